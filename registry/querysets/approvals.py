"""Queues of approvals."""

from collections.abc import Collection, Mapping, Sequence

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from ..rules import WHOLE_KINDS, ApprovalState, Interval
from .places import lies_within, overlaps


class ApprovalQuerySet(models.QuerySet):
    def asked_of(
        self, person_id: int, rights: Mapping[str, Collection[int]], recused: Sequence[Interval]
    ) -> "ApprovalQuerySet":
        """Return the open approvals that `person_id` is asked to decide.

        `rights` maps a permission to the organizations it is held on; `recused` are merged intervals. Owners and those who
        have decided in this round are not asked.
        """
        held = Q(pk__in=[])
        for permission, organizations in rights.items():
            held |= Q(asked_permission=permission, asked_organization__in=organizations)
        decisions = self.model._meta.get_field("decisions").related_model
        owners = self.model.owners.through
        return (
            self.filter(held, state=ApprovalState.OPEN)
            .filter(~Exists(owners.objects.filter(approval=OuterRef("pk"), person=person_id)))
            .filter(
                ~Exists(
                    decisions.objects.filter(approval=OuterRef("pk"), round=OuterRef("round"), decided_by=person_id)
                )
            )
            .exclude(lies_within(recused, self.model._meta.get_field("organization").related_model))
            .exclude(Q(kind__in=WHOLE_KINDS) & overlaps(recused, "organization__"))
        )

    def decided_by(self, person_id: int, recused: Sequence[Interval]) -> "ApprovalQuerySet":
        """Return the approvals in which `person_id` has decided, the latest first, but for what they are recused from."""
        return (
            self.filter(decisions__decided_by=person_id)
            .exclude(lies_within(recused, self.model._meta.get_field("organization").related_model))
            .exclude(Q(kind__in=WHOLE_KINDS) & overlaps(recused, "organization__"))
            .annotate(own_verdict=F("decisions__verdict"), decided_at=F("decisions__decided_at"))
            .order_by("-decided_at", "-decisions__pk")
        )

    def unfinished_within(self, interval: Interval) -> "ApprovalQuerySet":
        """Return the open approvals at places in `interval`."""
        return self.filter(state=ApprovalState.OPEN, position__range=interval)
