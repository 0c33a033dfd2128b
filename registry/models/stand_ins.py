"""Who stands in for whom."""

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.models import HistoricalRecords

from ..querysets.stand_ins import StandInQuerySet
from .confirming import Confirmed
from .organization import Assignment, Person


class StandIn(Confirmed):
    """`person` stands in for the holder of `assignment`, in this one role on its organization."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="stand_ins")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="standing_in")

    history = HistoricalRecords()
    objects = StandInQuerySet.as_manager()

    class Meta(Confirmed.Meta):
        verbose_name = gettext_lazy("stand-in")
        verbose_name_plural = gettext_lazy("stand-ins")
        ordering = ["-starts_on", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["person", "state", "ends_on"], name="stand_in_by_person")]

    def __str__(self) -> str:
        return for_words(self.person.name, self.assignment.person.name)


def for_words(name: str, whom: str) -> str:
    """Return a name, and for whom they act where they stand in for somebody: “B 代 A”."""
    return _("%(name)s for %(whom)s") % {"name": name, "whom": whom} if whom else name
