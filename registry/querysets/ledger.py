"""The ledger: risk points as filed, in their order, filtered, a page at a time."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import Count, Prefetch, Q

from ..rules import LEDGER_STATES, STANDING_STATES, Interval, PointState
from .places import lies_within

LEDGER_ORDER = ("year", "position", "id")
# What a row of the ledger's page shows (templates/registry/ledger.html), and its place in the order.
PAGE_FIELDS = (
    "year", "position", "unit_name", "organization_name", "post_name", "level", "category", "title", "manifestation",
    "grade", "responsible", "responsible_leader", "state", "point__code",
)  # fmt: skip


@dataclass(frozen=True)
class LedgerFilter:
    """What a reader asks for. Empty values do not filter; without `state` the points that stand are shown.

    With `day` it is what was valid on that day, whatever became of it since.
    """

    day: dt.date | None = None
    year: int | None = None
    interval: Interval | None = None
    level: str = ""
    category: str = ""
    grade: int | None = None
    state: str = ""
    words: str = ""


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
        return rows.order_by(*LEDGER_ORDER)

    def with_measures(self) -> "PointVersionQuerySet":
        """Return the rows with their measures in order as the list `shown_measures`."""
        measures = self.model._meta.get_field("measures").related_model
        ordered = measures.objects.order_by("ordinal", "pk")
        return self.prefetch_related(Prefetch("measures", ordered, to_attr="shown_measures"))

    def years(self) -> list[int]:
        """Return the years there are rows of, the latest first: one seek in the ledger's index for each candidate."""
        everything = self.model.objects.order_by("year").values_list("year", flat=True)
        first, last = everything.first(), everything.last()
        if first is None:
            return []
        return [year for year in range(last, first - 1, -1) if self.filter(year=year).exists()]

    def counted(self) -> dict[tuple[str, str, int | None], int]:
        """Return how many there are by (level, category, grade): one query on the covering index."""
        rows = self.order_by().values("level", "category", "grade").annotate(count=Count("id"))
        return {(row["level"], row["category"], row["grade"]): row["count"] for row in rows}

    def page(self, first: int, size: int) -> list:
        """Return `size` rows from `first` on with their measures: their ids from the index, in the same query the rows.

        Of a row only what the page shows is read (PAGE_FIELDS): most of the time went into making objects of the rest.
        """
        measures = self.model._meta.get_field("measures").related_model
        shown = measures.objects.order_by("ordinal", "pk").only("point_version", "text", "state")
        return list(
            self.model.objects.filter(id__in=self.values("id")[first : first + size])
            .order_by(*LEDGER_ORDER)
            .select_related("point")
            .only(*PAGE_FIELDS)
            .prefetch_related(Prefetch("measures", shown, to_attr="shown_measures"))
        )
