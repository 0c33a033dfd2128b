"""Disposals by who may know of them, and those that are late."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from registry.models import Approval, Decision, Organization
from registry.querysets.places import lies_within
from registry.rules import ApprovalState, Interval, StepKey

from ..rules import DisposalState, DisposalVerb, Service


@dataclass(frozen=True)
class Knowing:
    """By what a person may know of disposals: intervals in which they handle them, groups of units and of regions they decide for.

    `leads` are organizations they answer for, `principal_of` the units of which they are a principal leader; `withheld` what they
    are recused from.
    """

    person_id: int
    handles: Sequence[Interval] = ()
    groups: Collection[int] = ()
    region_groups: Collection[int] = ()
    regions: Sequence[Interval] = ()
    leads: Collection[int] = ()
    principal_of: Collection[int] = ()
    withheld: Sequence[Interval] = field(default=())


class DisposalQuerySet(models.QuerySet):
    def at(self, intervals: Sequence[Interval]) -> "DisposalQuerySet":
        """Return the disposals at places in the merged `intervals`."""
        return self.filter(lies_within(intervals, Organization))

    def about(self, knowing: Knowing) -> "DisposalQuerySet":
        """Return those about the person, or about an organization they answer for, from serving on."""
        return self.filter(self._own(knowing), served_on__isnull=False)

    def known_in_full(self, knowing: Knowing) -> "DisposalQuerySet":
        """Return those the person handles, decides or has decided; never those about themselves."""
        deciding = Q(step=StepKey.UNIT_GROUP, unit__in=knowing.groups) | Q(
            body__in=[*knowing.groups, *knowing.region_groups]
        )
        above = (
            Q(step=StepKey.REGION_GROUP) | Q(approval__asked_organization__in=knowing.region_groups) | Q(reached__gte=2)
        )
        deciding |= lies_within(knowing.regions, Organization) & above
        asked = Approval.objects.filter(state=ApprovalState.OPEN, asked_person=knowing.person_id)
        made = Decision.objects.filter(Q(decided_by=knowing.person_id) | Q(decided_for=knowing.person_id))
        deciding |= Q(approval__in=asked.values("pk")) | Q(approval__in=made.values("approval"))
        known = Q(lies_within(knowing.handles, Organization)) | deciding
        return self.filter(known).exclude(lies_within(knowing.withheld, Organization)).exclude(self._own(knowing))

    def brought_before(self, knowing: Knowing) -> "DisposalQuerySet":
        """Return those whose lateness was brought before the person as principal leader of the unit."""
        return (
            self.filter(unit__in=knowing.principal_of, reached__gte=1)
            .exclude(lies_within(knowing.withheld, Organization))
            .exclude(self._own(knowing))
        )

    def known_to(self, knowing: Knowing) -> "DisposalQuerySet":
        """Return all the person may know of, in whatever measure."""
        pks = [
            found.values("pk")
            for found in (self.about(knowing), self.known_in_full(knowing), self.brought_before(knowing))
        ]
        return self.filter(Q(pk__in=pks[0]) | Q(pk__in=pks[1]) | Q(pk__in=pks[2]))

    def _own(self, knowing: Knowing) -> Q:
        return Q(person=knowing.person_id) | Q(person=None, organization__in=knowing.leads)

    def counted(self) -> dict[str, int]:
        """Return how many there are by state."""
        rows = dict(self.order_by().values_list("state").annotate(number=Count("pk")))
        return {state.value: rows.get(state.value, 0) for state in DisposalState}

    def unanswered(self, on: dt.date) -> "DisposalQuerySet":
        """Return what was served and is late, or was not accepted, whether it was brought before anybody yet or not."""
        refused = self.model._meta.get_field("steps").related_model.objects.filter(
            disposal=OuterRef("pk"), verb=DisposalVerb.SERVE, service=Service.REFUSED
        )
        return self.filter(state=DisposalState.SERVED).filter(Q(due_on__lt=on) | Q(Exists(refused)))

    def decided_in(self, year: int) -> "DisposalQuerySet":
        """Return those decided in a year."""
        first = timezone.make_aware(dt.datetime(year, 1, 1))
        return self.filter(decided_at__gte=first, decided_at__lt=timezone.make_aware(dt.datetime(year + 1, 1, 1)))
