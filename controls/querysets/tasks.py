"""Choosing tasks: by place, by state, overdue or soon due; counted by section."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import Count, Q

from registry.querysets.places import lies_within
from registry.rules import Interval

from ..rules import SOON, TaskState

OVERDUE = "overdue"


@dataclass(frozen=True)
class TaskFilter:
    """What is asked for on the board. Empty values do not filter; `state` may be OVERDUE; `words` name a post or a person."""

    year: int | None = None
    interval: Interval | None = None
    state: str = ""
    words: str = ""


class TaskQuerySet(models.QuerySet):
    def within(self, intervals: Sequence[Interval]) -> "TaskQuerySet":
        """Return what lies in the merged `intervals` of the organization tree."""
        return self.filter(lies_within(intervals, self.model._meta.get_field("organization").related_model))

    def outside(self, intervals: Sequence[Interval]) -> "TaskQuerySet":
        """Return what lies in none of `intervals`."""
        hidden = Q(pk__in=[])
        for interval in intervals:
            hidden |= Q(position__range=interval)
        return self.exclude(hidden) if intervals else self

    def answered_for(self, posts: Sequence[int], places: Sequence[int]) -> "TaskQuerySet":
        """Return those of these posts, and of the sections and teams at these positions themselves."""
        return self.filter(Q(post__in=posts) | Q(post=None, position__in=places))

    def due(self, today: dt.date) -> "TaskQuerySet":
        """Return what is open, has begun, and is due soon or overdue."""
        return self.filter(state=TaskState.OPEN, due_on__lte=today + SOON, starts_on__lte=today)

    def in_state(self, state: str, today: dt.date) -> "TaskQuerySet":
        """Return those in a state, or those OVERDUE; of no state all of them."""
        if state == OVERDUE:
            return self.filter(state=TaskState.OPEN, due_on__lt=today)
        return self.filter(state=state) if state else self

    def matching(self, wanted: TaskFilter, today: dt.date) -> "TaskQuerySet":
        """Return what was asked for on the board, in the order of the days on which it is due."""
        rows = self.in_state(wanted.state, today)
        if wanted.year is not None:
            rows = rows.filter(due_on__range=(dt.date(wanted.year, 1, 1), dt.date(wanted.year, 12, 31)))
        if wanted.interval is not None:
            rows = rows.filter(position__range=wanted.interval)
        for word in wanted.words.split():
            held = Q(ends_on=None) | Q(ends_on__gte=today)
            appointments = (
                self.model._meta.get_field("post").related_model._meta.get_field("appointments").related_model
            )
            named = Q(person__name__icontains=word) | Q(person__username__iexact=word)
            holding = appointments.objects.filter(held, named, starts_on__lte=today)
            rows = rows.filter(Q(post__name__icontains=word) | Q(post__in=holding.values("post")))
        return rows.order_by("due_on", "position", "pk")

    def by_state(self) -> dict[str, int]:
        """Return how many there are in each state that occurs."""
        return dict(self.order_by("state").values_list("state").annotate(Count("pk")))

    def counted(self, today: dt.date) -> models.QuerySet:
        """Return by position how many are open, of these how many overdue, done and dropped: one query."""
        is_open = Q(state=TaskState.OPEN)
        return (
            self.order_by("position")
            .values("position")
            .annotate(
                open=Count("pk", filter=is_open),
                overdue=Count("pk", filter=is_open & Q(due_on__lt=today)),
                done=Count("pk", filter=Q(state=TaskState.DONE)),
                dropped=Count("pk", filter=Q(state=TaskState.DROPPED)),
                total=Count("pk"),
            )
        )

    def told(self) -> "TaskQuerySet":
        """Return the rows with what a line of a list tells of them."""
        return self.select_related("measure_version__point_version__point", "organization", "post")
