"""Which opt-outs of small offices hold, and which wait."""

from django.db import models

from ..rules import EntryState


class OptOutQuerySet(models.QuerySet):
    def live(self, on) -> "OptOutQuerySet":
        """Return those that hold on day `on`: confirmed and within their days."""
        return self.filter(state=EntryState.CONFIRMED, starts_on__lte=on, ends_on__gte=on)

    def lasting(self, on) -> "OptOutQuerySet":
        """Return those that hold or wait, on day `on` or later."""
        return self.filter(state__in=[EntryState.WAITING, EntryState.CONFIRMED], ends_on__gte=on)

    def told(self) -> "OptOutQuerySet":
        """Return them with everybody and the unit a line about one names."""
        return self.select_related("unit", "entered_by", "answered_by", "ended_by")
