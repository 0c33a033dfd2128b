"""Findings by place, by who corrects them, by what waits for whom."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q

from registry.models import Assignment, Organization
from registry.querysets.places import lies_within
from registry.roles import Role
from registry.rules import Interval

from ..rules import FindingState, FindingVerb


@dataclass(frozen=True)
class FindingFilter:
    """What the board shows: a state, a severity, an interval of the tree, only what is overdue; None and False: all."""

    state: str | None = None
    severity: str | None = None
    within: Interval | None = None
    overdue: bool = False


class FindingQuerySet(models.QuerySet):
    def at(self, intervals: Sequence[Interval]) -> "FindingQuerySet":
        """Return the findings at places in the merged `intervals`."""
        return self.filter(lies_within(intervals, Organization))

    def overdue(self, on: dt.date) -> "FindingQuerySet":
        """Return those still to be corrected whose day has passed."""
        return self.filter(state=FindingState.OPEN, due_on__lt=on)

    def matching(self, wanted: FindingFilter, on: dt.date) -> "FindingQuerySet":
        """Narrow to a filter."""
        found = self
        if wanted.state:
            found = found.filter(state=wanted.state)
        if wanted.severity:
            found = found.filter(severity=wanted.severity)
        if wanted.within:
            found = found.filter(position__range=wanted.within)
        return found.overdue(on) if wanted.overdue else found

    def counted(self, on: dt.date) -> dict[str, int]:
        """Return how many there are by state, and how many of them are overdue."""
        late = Count("pk", filter=Q(due_on__lt=on))
        rows = self.order_by().values_list("state").annotate(number=Count("pk"), late=late)
        found = {state.value: 0 for state in FindingState} | {"overdue": 0}
        for state, number, overdue in rows:
            found[state] = number
            if state == FindingState.OPEN:
                found["overdue"] = overdue
        return found

    def corrected_by(
        self,
        person_id: int,
        *,
        sections: Collection[int],
        units: Collection[int],
        below: Sequence[Interval],
        on: dt.date,
    ) -> "FindingQuerySet":
        """Return what a person corrects: what names them, and without a name what they lead.

        `sections` and `units` are organizations they lead; `below` the intervals of these units, in which they answer for
        sections that nobody heads.
        """
        heads = Assignment.objects.live(on).filter(
            organization=OuterRef("organization"), role=Role.SECTION_HEAD, person__is_active=True
        )
        nobody = Q(responsible=None) | Q(responsible__is_active=False)
        led = Q(organization__in=[*sections, *units])
        if below:
            led |= lies_within(below, Organization) & ~Q(Exists(heads))
        return self.filter(Q(responsible=person_id, responsible__is_active=True) | (nobody & led))

    def reported_by_others(self, person_id: int) -> "FindingQuerySet":
        """Return what was reported as corrected by others than this person, and is not theirs to correct."""
        own = self.model._meta.get_field("steps").related_model.objects.filter(
            Q(by=person_id) | Q(for_whom=person_id), finding=OuterRef("pk"), verb=FindingVerb.REPORT
        )
        return self.filter(state=FindingState.REPORTED).exclude(responsible=person_id).filter(~Exists(own))
