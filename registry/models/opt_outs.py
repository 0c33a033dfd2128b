"""What a region allows a unit that is too small for the separation of duties."""

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.models import HistoricalRecords

from ..querysets.opt_outs import OptOutQuerySet
from ..rules import Relaxation
from .confirming import Confirmed
from .organization import Organization


class OptOut(Confirmed):
    """The region's office lets one relaxation hold in one unit; each decision made under it names it."""

    unit = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="opt_outs")
    relaxation = models.CharField(gettext_lazy("what is relaxed"), max_length=20, choices=Relaxation)

    history = HistoricalRecords()
    objects = OptOutQuerySet.as_manager()

    class Meta(Confirmed.Meta):
        verbose_name = gettext_lazy("opt-out of a small office")
        verbose_name_plural = gettext_lazy("opt-outs of small offices")
        ordering = ["-starts_on", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["unit", "state", "ends_on"], name="opt_out_by_unit")]

    def __str__(self) -> str:
        return _("opt-out from %(day)s: %(what)s") % {"day": self.starts_on, "what": self.get_relaxation_display()}

    @property
    def note(self) -> str:
        """Return the sentence that marks what was decided under it."""
        return _("Decided under the region's opt-out for small offices of %(day)s: %(reason)s") % {
            "day": self.starts_on,
            "reason": self.reason,
        }
