"""The ledger: risk points as filed, in their order, filtered, a page at a time."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from django.db import models
from django.db.models import Count, Exists, F, Func, IntegerField, OuterRef, Prefetch, Q, Sum
from django.db.models.functions import Coalesce, Length

from ..rules import LEDGER_STATES, STANDING_STATES, Category, Interval, Level, MeasureState, PointState
from .places import lies_within
from .prepared import Prepared, Values, given, stand_in

LEDGER_ORDER = ("year", "position", "id")
# The parts of a filter whose values a written statement takes.
_GIVEN = ("day", "year", "interval", "level", "category", "grade", "state")
# What makes a row long.
_TEXTS = ("organization_name", "post_name", "matter", "title", "manifestation", "responsible", "responsible_leader")
_HOW_MANY = Func(template="COUNT(*)", output_field=IntegerField())

# The measures of a version that hold, or held to its end: not what another declaration prepares, not what ended before it did.
HOLDING = (Q(valid_from__isnull=False) | Q(declaration=F("point_version__declaration"))) & (
    Q(valid_to=None) | Q(valid_to__gte=F("point_version__valid_to"))
)


@dataclass(frozen=True)
class LedgerFilter:
    """What a reader asks for. Empty values do not filter; without `state` the points that stand are shown.

    With `day` it is what was valid on that day, whatever became of it since; `without_measure` those for which none holds.
    """

    day: dt.date | None = None
    year: int | None = None
    interval: Interval | None = None
    level: str = ""
    category: str = ""
    grade: int | None = None
    state: str = ""
    words: str = ""
    without_measure: bool = False


class ShownMeasure(NamedTuple):
    """A measure of a row of the ledger's page, as stored."""

    text: str
    state: str

    def get_state_display(self) -> str:
        return MeasureState(self.state).label


class LedgerRow(NamedTuple):
    """A row of the ledger's page as stored, nothing it does not show; an object of the model took longer to make than to find."""

    id: int
    unit_name: str
    organization_name: str
    post_name: str
    level: str
    category: str
    matter: str
    title: str
    manifestation: str
    grade: int | None
    responsible: str
    responsible_leader: str
    code: str
    shown_measures: list[ShownMeasure]

    def get_level_display(self) -> str:
        return Level(self.level).label

    def get_category_display(self) -> str:
        return Category(self.category).label


class PointVersionQuerySet(models.QuerySet):
    def in_ledger(self) -> "PointVersionQuerySet":
        """Return what was filed, whatever became of it: LEDGER_STATES, asked for by the one state that is not among them.

        Beside the states a reader asks for, a second list of six cost a third of the time of a count.
        """
        return self.exclude(state=PointState.DRAFT)

    def within(self, intervals: Sequence[Interval]) -> "PointVersionQuerySet":
        """Return what lies in the merged `intervals` of the organization tree."""
        return self.filter(lies_within(intervals, self.model._meta.get_field("organization").related_model))

    def matching(self, wanted: LedgerFilter) -> "PointVersionQuerySet":
        """Return what a reader asked for, in ledger order."""
        if wanted.day is not None:
            rows = self.filter(
                Q(valid_to=None) | Q(valid_to__gt=wanted.day), valid_from__lte=wanted.day, state__in=LEDGER_STATES
            )
            rows = rows.filter(state=wanted.state) if wanted.state else rows
        else:
            rows = self.filter(state=wanted.state) if wanted.state else self.filter(state__in=STANDING_STATES)
        if wanted.year is not None:
            rows = rows.filter(year=wanted.year)
        if wanted.interval is not None:
            rows = rows.filter(position__range=wanted.interval)
        for name in ("level", "category", "grade"):
            if value := getattr(wanted, name):
                rows = rows.filter(**{name: value})
        for word in wanted.words.split():
            rows = rows.filter(
                Q(title__icontains=word)
                | Q(manifestation__icontains=word)
                | Q(matter__icontains=word)
                | Q(post_name__icontains=word)
                | Q(organization_name__icontains=word)
                | Q(point__code__iexact=word)
            )
        if wanted.without_measure:
            measures = self.model._meta.get_field("measures").related_model
            rows = rows.filter(~Exists(measures.objects.filter(HOLDING, point_version=OuterRef("pk"))))
        return rows.order_by(*LEDGER_ORDER)

    def with_measures(self) -> "PointVersionQuerySet":
        """Return the rows with the measures that hold in order as the list `shown_measures`."""
        measures = self.model._meta.get_field("measures").related_model
        ordered = measures.objects.filter(HOLDING).order_by("ordinal", "pk")
        return self.prefetch_related(Prefetch("measures", ordered, to_attr="shown_measures"))

    def measured_in(self, declarations: models.QuerySet) -> "PointVersionQuerySet":
        """Return the points for which measures stand on `declarations`, with these as the list `shown_measures`."""
        measures = self.model._meta.get_field("measures").related_model
        ordered = measures.objects.filter(declaration__in=declarations).order_by("ordinal", "pk")
        points = self.filter(pk__in=measures.objects.filter(declaration__in=declarations).values("point_version"))
        return points.prefetch_related(Prefetch("measures", ordered, to_attr="shown_measures"))

    def by_scores(self, year: int) -> models.QuerySet:
        """Return how many points stand of `year` for each scheme, what was scored under it, and the grade; as dicts."""
        rows = self.filter(year=year, state__in=STANDING_STATES).order_by()
        return rows.values("declaration__scheme", "likelihood", "harm", "criteria", "grade").annotate(count=Count("id"))

    def years(self) -> list[int]:
        """Return the years there are rows of, the latest first: one seek in the ledger's index for each candidate."""
        everything = self.model.objects.order_by("year").values_list("year", flat=True)
        first, last = everything.first(), everything.last()
        if first is None:
            return []
        return [year for year in range(last, first - 1, -1) if self.filter(year=year).exists()]

    def how_many(self) -> "PointVersionQuerySet":
        """Return how many there are, as one plain value."""
        return self.order_by().values_list(_HOW_MANY)

    def extent(self) -> tuple[int, int, int]:
        """Return how many rows there are, how many characters stand in them and their measures, how many measures: two queries."""
        texts = [Coalesce(Length(name), 0) for name in _TEXTS]
        found = self.order_by().aggregate(count=Count("id"), characters=Sum(sum(texts[1:], texts[0])))
        measures = self.model._meta.get_field("measures").related_model.objects.filter(HOLDING)
        beside = measures.filter(point_version__in=self.order_by().values("pk")).aggregate(
            characters=Sum(Length("text")), count=Count("id")
        )
        return found["count"], (found["characters"] or 0) + (beside["characters"] or 0), beside["count"]

    def by_kind(self) -> "PointVersionQuerySet":
        """Return how many there are as (level, category, grade, number): one query on the covering index."""
        return self.order_by().values_list("level", "category", "grade").annotate(Count("id"))

    def page(self, first: int, size: int) -> "PointVersionQuerySet":
        """Return `size` rows from `first` on as plain values: their ids from the index, in the same query the rows."""
        ids = self.values("id")[first : first + size]
        rows = self.model.objects.filter(id__in=ids).order_by(*LEDGER_ORDER)
        return rows.values_list(*LedgerRow._fields[:-2], "point__code")

    def facts_beside(self, ids: Sequence[int]) -> dict[int, tuple]:
        """Return what the columns a reader may choose tell of the versions with these ids, by id: one query."""
        facts = self.model.objects.filter(pk__in=ids).order_by()
        return {pk: told for pk, *told in facts.values_list("pk", "methods", "state", "valid_from", "valid_to")}

    def measures_of(self, ids: Sequence[int]) -> models.QuerySet:
        """Return the measures that hold of the versions with these ids, as plain values (id, text, state)."""
        measures = self.model._meta.get_field("measures").related_model
        rows = measures.objects.filter(HOLDING, point_version__id__in=ids).order_by("ordinal", "pk")
        return rows.values_list("point_version", "text", "state")


class MeasureVersionQuerySet(models.QuerySet):
    def held_by(self, versions: PointVersionQuerySet) -> "MeasureVersionQuerySet":
        """Return the measures that hold of `versions`, of a replaced version those it had, by version and in their order."""
        held = self.filter(HOLDING, point_version__in=versions.order_by().values("pk"))
        return held.order_by("point_version", "ordinal", "pk")


def ledger_rows(page: Iterable[tuple], measures: Iterable[tuple]) -> list[LedgerRow]:
    """Return the rows of a page with their measures, both as plain values."""
    by_version = defaultdict(list)
    for version, text, state in measures:
        by_version[version].append(ShownMeasure(text, state))
    return [LedgerRow(*values, by_version[values[0]]) for values in page]


@dataclass(frozen=True)
class Ledger:
    """What a reader asked for of what lies within merged intervals: counted, and read a page at a time.

    It answers what PointVersionQuerySet would; statements are written once for as many intervals and the same filters set.
    """

    versions: type[models.Model]
    intervals: Sequence[Interval]
    wanted: LedgerFilter

    def count(self) -> int:
        """Return how many rows there are."""
        return sum(number for (number,) in self._answer(PointVersionQuerySet.how_many))

    def counted(self) -> dict[tuple[str, str, int | None], int]:
        """Return how many rows there are by (level, category, grade)."""
        return {tuple(kind): number for *kind, number in self._answer(PointVersionQuerySet.by_kind)}

    def page(self, first: int, size: int) -> list[LedgerRow]:
        """Return `size` rows from `first` on with their measures: two queries."""
        page = self._answer(PointVersionQuerySet.page, first, size)
        ids = {f"id{number}": row[0] for number, row in enumerate(page)}
        return ledger_rows(page, _measures(self.versions, len(ids)).rows(ids)) if ids else []

    def _answer(self, question: Callable[..., models.QuerySet], *limits: int) -> list[tuple]:
        if not self.intervals:
            return []
        values: Values = {}
        intervals = stand_in("within", tuple(self.intervals), values)
        # Words and switches change the statement; so does the number of a page.
        asked = {name: getattr(self.wanted, name) for name in _GIVEN}
        wanted = replace(self.wanted, **{name: stand_in(name, value, values) for name, value in asked.items() if value})
        return _statement(self.versions, intervals, wanted, question, *limits).rows(values)


@lru_cache(maxsize=500)
def _statement(
    versions: type[models.Model], intervals: tuple, wanted: LedgerFilter, question: Callable, *limits: int
) -> Prepared:
    return Prepared(question(versions.objects.in_ledger().within(intervals).matching(wanted), *limits))


@lru_cache
def _measures(versions: type[models.Model], count: int) -> Prepared:
    return Prepared(versions.objects.measures_of([given(f"id{number}") for number in range(count)]))
