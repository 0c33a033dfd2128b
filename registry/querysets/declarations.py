"""Choosing declarations."""

from collections.abc import Sequence

from django.db import models
from django.db.models import Q

from ..rules import DeclarationState, Interval
from .places import lies_within


class DeclarationQuerySet(models.QuerySet):
    def owned_by(self, person_id: int) -> "DeclarationQuerySet":
        """Return the declarations of a person's own matters."""
        return self.filter(Q(appointment__person=person_id) | Q(approval__owners=person_id)).distinct()

    def visible(
        self,
        person_id: int,
        *,
        progress: Sequence[Interval],
        ledger: Sequence[Interval],
        asked: models.QuerySet,
        recused: Sequence[Interval],
    ) -> "DeclarationQuerySet":
        """Return what a person may read: own; asked or having decided; under review for the office; filed for readers.

        `progress` and `ledger` are merged intervals from which recusals are taken out; `asked` the approvals waiting for the
        person; `recused` what even having decided does not open.
        """
        organizations = self.model._meta.get_field("organization").related_model
        approvals = self.model._meta.get_field("approval").related_model
        own = Q(appointment__person=person_id) | Q(
            approval__in=approvals.owners.through.objects.filter(person=person_id).values("approval")
        )
        decided = Q(approval__in=approvals.objects.filter(decisions__decided_by=person_id).values("pk")) & ~lies_within(
            recused, organizations
        )
        followed = Q(state__in=[DeclarationState.SUBMITTED, DeclarationState.RETURNED]) & lies_within(
            progress, organizations
        )
        filed = Q(state=DeclarationState.FILED) & lies_within(ledger, organizations)
        return self.filter(own | decided | Q(approval__in=asked.values("pk")) | followed | filed)


class ImportBatchQuerySet(models.QuerySet):
    def wholly_in(self, declarations: models.QuerySet) -> "ImportBatchQuerySet":
        """Return the batches all of whose declarations are among these (a query of their ids), in order of entry."""
        taken_in = self.model._meta.get_field("declarations").related_model
        partly = self.model.objects.filter(declarations__in=taken_in.objects.exclude(pk__in=declarations))
        found = self.filter(declarations__in=declarations).exclude(pk__in=partly)
        return found.distinct().order_by("entered_at", "pk")
