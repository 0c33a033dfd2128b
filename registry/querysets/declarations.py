"""Choosing declarations."""

from collections.abc import Collection, Sequence

from django.db import models
from django.db.models import Q

from ..rules import DeclarationState, Interval, Origin, Phase, StepKey
from .places import lies_within


def of_prepared(organizations: Collection[int]) -> Q:
    """Return the condition that a declaration is that of one of these sections or leadership teams itself."""
    return Q(organization__in=organizations, appointment=None, origin=Origin.DECLARED)


class DeclarationQuerySet(models.QuerySet):
    def owned_by(self, person_id: int, prepared: Collection[int]) -> "DeclarationQuerySet":
        """Return the declarations of a person's own matters, and those of the organizations they prepare."""
        own = Q(appointment__person=person_id) | Q(approval__owners=person_id) | of_prepared(prepared)
        return self.filter(own).distinct()

    def within(self, intervals: Sequence[Interval]) -> "DeclarationQuerySet":
        """Return what lies in the merged `intervals` of the organization tree."""
        return self.filter(lies_within(intervals, self.model._meta.get_field("organization").related_model))

    def being_shown(self, interval: Interval, year: int) -> "DeclarationQuerySet":
        """Return the measures of posts in `interval` that wait for the party organization, who reviews them once shown."""
        return self.filter(
            phase=Phase.MEASURES,
            state=DeclarationState.SUBMITTED,
            year=year,
            position__range=interval,
            approval__step=0,
            approval__steps__0=StepKey.PARTY,
        )

    def visible(
        self,
        person_id: int,
        *,
        progress: Sequence[Interval],
        ledger: Sequence[Interval],
        asked: models.QuerySet,
        recused: Sequence[Interval],
        prepared: Collection[int],
        sent: Sequence[Interval],
    ) -> "DeclarationQuerySet":
        """Return what a person may read: own or prepared; asked or having decided; under review for the office; filed for readers.

        `progress`, `ledger` and `sent` (what the region's office sees once it was sent) are merged intervals from which
        recusals are taken out; `asked` the approvals waiting for the person; `recused` what even having decided does not
        open; `prepared` the organizations whose own one they prepare.
        """
        organizations = self.model._meta.get_field("organization").related_model
        approvals = self.model._meta.get_field("approval").related_model
        # Who had a hand in what a section or team declared keeps reading what was submitted, not what others draft since.
        had_a_hand = Q(approval__in=approvals.owners.through.objects.filter(person=person_id).values("approval"))
        no_longer = Q(appointment=None) & (Q(state=DeclarationState.DRAFT) | lies_within(recused, organizations))
        own = Q(appointment__person=person_id) | (had_a_hand & ~no_longer)
        deciding = approvals.objects.filter(
            Q(decisions__decided_by=person_id) | Q(decisions__decided_for=person_id)
        ).values("pk")
        decided = (Q(approval__in=deciding) | Q(region_approval__in=deciding)) & ~lies_within(recused, organizations)
        followed = Q(state__in=[DeclarationState.SUBMITTED, DeclarationState.RETURNED]) & lies_within(
            progress, organizations
        )
        filed = Q(state=DeclarationState.FILED) & lies_within(ledger, organizations)
        reported = Q(sent_at__isnull=False) & lies_within(sent, organizations)
        put = Q(approval__in=asked.values("pk")) | Q(region_approval__in=asked.values("pk"))
        return self.filter(own | of_prepared(prepared) | decided | put | followed | filed | reported)


class ImportBatchQuerySet(models.QuerySet):
    def wholly_in(self, declarations: models.QuerySet) -> "ImportBatchQuerySet":
        """Return the batches all of whose declarations are among these (a query of their ids), in order of entry.

        Those that take another one back brought no file and are left out.
        """
        taken_in = self.model._meta.get_field("declarations").related_model
        partly = self.model.objects.filter(declarations__in=taken_in.objects.exclude(pk__in=declarations))
        found = self.filter(declarations__in=declarations, undoes=None).exclude(pk__in=partly)
        return found.distinct().order_by("entered_at", "pk")
