"""Queues of approvals."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db import models
from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone

from ..rules import CONFIDENTIAL_APPROVALS, WHOLE_KINDS, ApprovalState, EntryState, Interval
from .places import lies_within, overlaps


@dataclass(frozen=True)
class Deciding:
    """Somebody by whose right something is decided: organizations by permission, and merged intervals of recusals."""

    person_id: int
    rights: Mapping[str, Collection[int]]
    recused: Sequence[Interval]


class ApprovalQuerySet(models.QuerySet):
    def asked_of(self, person: Deciding, for_others: Sequence[Deciding] = ()) -> "ApprovalQuerySet":
        """Return the open approvals that a person is asked to decide, by role, by name, or standing in `for_others`.

        Owners and those who have decided in this round, by themselves or through a stand-in, are not asked, but where the
        region lets a small office go on; nor who is recused. What one of the two may not decide, the other does not decide
        for them. With `for_others` each row has `for_whom`, the id of whom the person would decide it for, or None.
        """
        allowed = self._fresh(person.person_id) | self._once_more(person.person_id)
        own = (self._held(person) | Q(asked_person=person.person_id)) & allowed
        found = self.filter(state=ApprovalState.OPEN).filter(self._not_own(person))
        if not for_others:
            return found.filter(own)
        standing_in = {
            other.person_id: self._held(other)
            & self._not_own(other)
            & self._fresh(other.person_id)
            & self._fresh(person.person_id)
            for other in for_others
        }
        whom = Case(
            When(own, then=None),
            *(When(condition, then=Value(whom)) for whom, condition in standing_in.items()),
            output_field=BigIntegerField(),
        )
        return found.filter(reduce(or_, standing_in.values(), own)).annotate(for_whom=whom)

    def _held(self, deciding: Deciding) -> Q:
        held = Q(pk__in=[])
        for permission, organizations in deciding.rights.items():
            held |= Q(asked_permission=permission, asked_organization__in=organizations)
        return held

    def _not_own(self, deciding: Deciding) -> Q:
        """Return the condition that it is not the person's own matter, nor about a place they are recused from."""
        owners = self.model.owners.through
        organizations = self.model._meta.get_field("organization").related_model
        return (
            ~Q(Exists(owners.objects.filter(approval=OuterRef("pk"), person=deciding.person_id)))
            & ~lies_within(deciding.recused, organizations)
            & ~(Q(kind__in=WHOLE_KINDS) & overlaps(deciding.recused, "organization__"))
        )

    def _in_round(self) -> models.QuerySet:
        decisions = self.model._meta.get_field("decisions").related_model
        return decisions.objects.filter(approval=OuterRef("pk"), round=OuterRef("round"))

    def _fresh(self, person_id: int) -> Q:
        """Return the condition that the person has not decided in this round, nor anybody for them."""
        return ~Q(Exists(self._in_round().filter(Q(decided_by=person_id) | Q(decided_for=person_id))))

    def _once_more(self, person_id: int) -> Q:
        """Return the condition that an opt-out lets the person decide a second step: `decides_again` of the rules."""
        decisions = self.model._meta.get_field("decisions").related_model
        by_another_since = decisions.objects.filter(
            approval=OuterRef("approval"), round=OuterRef("round"), pk__gt=OuterRef("pk")
        ).exclude(decided_by=person_id)
        once = self._in_round().filter(Exists(by_another_since), decided_by=person_id, decided_for=None)
        again = self._in_round().filter(Q(decided_by=person_id, opt_out__isnull=False) | Q(decided_for=person_id))
        today = timezone.localdate()
        return Q(
            Q(Exists(once)),
            ~Q(Exists(again)),
            asked_opt_out__state=EntryState.CONFIRMED,
            asked_opt_out__starts_on__lte=today,
            asked_opt_out__ends_on__gte=today,
        )

    def decided_by(self, person_id: int, recused: Sequence[Interval]) -> "ApprovalQuerySet":
        """Return the approvals in which `person_id` has decided, or another for them, the latest first.

        What they are recused from is left out.
        """
        return (
            self.filter(Q(decisions__decided_by=person_id) | Q(decisions__decided_for=person_id))
            .exclude(lies_within(recused, self.model._meta.get_field("organization").related_model))
            .exclude(Q(kind__in=WHOLE_KINDS) & overlaps(recused, "organization__"))
            .annotate(own_verdict=F("decisions__verdict"), decided_at=F("decisions__decided_at"))
            .order_by("-decided_at", "-decisions__pk")
        )

    def with_names(self) -> "ApprovalQuerySet":
        """Return what `decided_by` returns with the names of `who` decided and for `whom`."""
        return self.annotate(who=F("decisions__decided_by__name"), whom=F("decisions__decided_for__name"))

    def unfinished_within(self, interval: Interval) -> "ApprovalQuerySet":
        """Return the open approvals at places in `interval`."""
        return self.filter(state=ApprovalState.OPEN, position__range=interval)

    def told_to_anybody(self) -> "ApprovalQuerySet":
        """Return those that are not of a confidential kind: all that may be counted for others than who is asked."""
        return self.exclude(kind__in=CONFIDENTIAL_APPROVALS)

    def without_reviewer(
        self,
        person_id: int,
        intervals: Sequence[Interval],
        recused: Sequence[Interval],
        confidential: Mapping[str, Sequence[Interval]],
    ) -> "ApprovalQuerySet":
        """Return the open approvals in the merged `intervals` that nobody is asked to decide by role, the oldest first.

        Recusals are taken out of `intervals`; `recused` takes out what is about a part of them too. Those of a confidential kind
        are found within its own intervals only, and never by who has a part in them.
        """
        organizations = self.model._meta.get_field("organization").related_model
        owners = self.model.owners.through.objects.filter(approval=OuterRef("pk"), person=person_id)
        told = Q(lies_within(intervals, organizations)) & ~Q(kind__in=CONFIDENTIAL_APPROVALS)
        for kind, where in confidential.items():
            if where:
                told |= Q(lies_within(where, organizations), ~Q(Exists(owners)), kind=kind)
        return (
            self.filter(told, state=ApprovalState.OPEN, asked_permission="")
            .exclude(Q(kind__in=WHOLE_KINDS) & overlaps(recused, "organization__"))
            .order_by("step_since", "pk")
        )
