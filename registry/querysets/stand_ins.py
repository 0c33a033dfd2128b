"""Which stand-ins hold, and which wait."""

from django.db import models
from django.db.models import Q

from ..rules import EntryState


class StandInQuerySet(models.QuerySet):
    def live(self, on) -> "StandInQuerySet":
        """Return those that hold on day `on`: confirmed, within their days, for a role its holder has and could use."""
        role = Q(assignment__ends_on=None) | Q(assignment__ends_on__gte=on)
        return self.filter(
            role,
            state=EntryState.CONFIRMED,
            starts_on__lte=on,
            ends_on__gte=on,
            assignment__starts_on__lte=on,
            assignment__person__is_active=True,
        )

    def lasting(self, on) -> "StandInQuerySet":
        """Return those that hold or wait, on day `on` or later."""
        return self.filter(state__in=[EntryState.WAITING, EntryState.CONFIRMED], ends_on__gte=on)

    def waiting(self, on) -> "StandInQuerySet":
        """Return those that can still be confirmed on day `on`, the first to begin first."""
        return self.filter(state=EntryState.WAITING, ends_on__gte=on).order_by("starts_on", "pk")

    def told(self) -> "StandInQuerySet":
        """Return them with everybody and the place a line about one names."""
        return self.select_related(
            "person", "assignment__person", "assignment__organization", "entered_by", "answered_by", "ended_by"
        )
