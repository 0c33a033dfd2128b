"""Choosing inspections, from plain values."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import Case, CharField, Count, F, Q, Value, When

from registry.querysets.places import lies_within
from registry.rules import Interval

from ..rules import OPEN_INSPECTIONS, InspectionState

ORDER = ("due_on", "id")


@dataclass(frozen=True)
class InspectionFilter:
    """What a reader asks for; empty values do not filter. `late`: open and past their day, or signed after it."""

    year: int | None = None
    interval: Interval | None = None
    state: str = ""
    grade: int | None = None
    late: bool = False
    special: bool = False
    plan: int | None = None


class InspectionQuerySet(models.QuerySet):
    def open(self) -> "InspectionQuerySet":
        return self.filter(state__in=OPEN_INSPECTIONS)

    def within(self, intervals: Sequence[Interval]) -> "InspectionQuerySet":
        """Return those in the merged `intervals` of the organization tree."""
        return self.filter(lies_within(intervals, self.model._meta.get_field("organization").related_model))

    def matching(self, wanted: InspectionFilter, today: dt.date) -> "InspectionQuerySet":
        """Return what a reader asked for, by the day it is due."""
        rows = self
        if wanted.year is not None:
            rows = rows.filter(due_on__range=(dt.date(wanted.year, 1, 1), dt.date(wanted.year, 12, 31)))
        if wanted.interval is not None:
            rows = rows.filter(position__range=wanted.interval)
        if wanted.state:
            rows = rows.filter(state=wanted.state)
        if wanted.grade is not None:
            rows = rows.filter(grade=wanted.grade)
        if wanted.plan is not None:
            rows = rows.filter(plan=wanted.plan)
        if wanted.special:
            rows = rows.filter(plan=None)
        if wanted.late:
            rows = rows.filter(self.is_late(today))
        return rows.order_by(*ORDER)

    @staticmethod
    def is_late(today: dt.date) -> Q:
        """Return the condition that it is open past its day, or was signed after it."""
        return Q(state__in=OPEN_INSPECTIONS, due_on__lt=today) | Q(
            state=InspectionState.SIGNED, signed_at__date__gt=F("due_on")
        )

    def counted(self, today: dt.date) -> dict[tuple[int | None, str, bool], int]:
        """Return how many there are by (grade, state, late): one query."""
        late = Case(When(self.is_late(today), then=Value("late")), default=Value(""), output_field=CharField())
        rows = self.order_by().values_list("grade", "state").annotate(late=late).annotate(number=Count("id"))
        return {(grade, state, bool(is_late)): number for grade, state, is_late, number in rows}

    def page(self, first: int, size: int) -> list[models.Model]:
        """Return `size` of them from `first` on with what a row shows: ids from the index first."""
        ids = list(self.values_list("pk", flat=True)[first : first + size])
        return list(self.model.objects.filter(pk__in=ids).for_lists().order_by(*ORDER))

    def for_lists(self) -> "InspectionQuerySet":
        return self.select_related("organization", "post", "point", "unit", "inspector", "signed_by", "signed_for")
