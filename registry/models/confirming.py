"""What one person enters and another confirms, for some days."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..rules import EntryState
from .organization import Person


class Confirmed(models.Model):
    """Holds from a day until a day, both included, once somebody else has confirmed it and while nobody has ended it."""

    starts_on = models.DateField(gettext_lazy("from"))
    ends_on = models.DateField(gettext_lazy("until"))
    reason = models.CharField(gettext_lazy("reason"), max_length=500)
    state = models.CharField(gettext_lazy("state"), max_length=10, choices=EntryState, default=EntryState.WAITING)
    entered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True)  # why it was declined
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="%(class)s_ends_after_start"),
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("entered_by")), name="%(class)s_answered_by_another"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[EntryState.WAITING, EntryState.ENDED]) | Q(answered_by__isnull=False),
                name="%(class)s_answered_by_somebody",
            ),
        ]

    @property
    def is_over(self) -> bool:
        """Say whether its last day has passed."""
        return self.ends_on < timezone.localdate()

    @property
    def is_live(self) -> bool:
        """Say whether it is confirmed and holds today by its own days."""
        return self.state == EntryState.CONFIRMED and self.starts_on <= timezone.localdate() <= self.ends_on

    @property
    def can_be_ended(self) -> bool:
        """Say whether there is something left to end."""
        return self.state in (EntryState.WAITING, EntryState.CONFIRMED) and not self.is_over

    @property
    def state_words(self) -> str:
        """Return how it stands today in words."""
        if self.is_over and self.state in (EntryState.WAITING, EntryState.CONFIRMED):
            return _("over")
        if self.is_live:
            return _("holds today")
        return self.get_state_display()
