"""The assessment of a unit in a year: what was entered and deducted, the score as it was confirmed, and the unit's appeal."""

from fractions import Fraction

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.models import Approval, Attachment, Organization, Person

from ..rules import AssessmentState
from .cycles import Cycle


class Assessment(models.Model):
    """One unit in one year. `inputs` and `result` are frozen when the region confirms: from the one follows the other, anywhere."""

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="assessments")
    unit = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="assessments")
    state = models.CharField(_("state"), max_length=10, choices=AssessmentState, default=AssessmentState.DRAFT)
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, null=True, related_name="assessment")
    inputs = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    confirmed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        ordering = ["cycle", "unit__tree_from"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["cycle", "unit"], name="assessment_once_a_year"),
            models.CheckConstraint(
                condition=Q(state=AssessmentState.CONFIRMED, confirmed_at__isnull=False)
                | (~Q(state=AssessmentState.CONFIRMED) & Q(confirmed_at=None)),
                name="assessment_confirmed_is_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.cycle.year}"


class SelfAssessment(models.Model):
    """What the unit says of an indicator the system cannot count: a percentage, and what shows it. A later one stands for it."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="entries")
    indicator = models.CharField(max_length=20)
    percent = models.PositiveSmallIntegerField(_("how far it is met, in percent"))
    text = models.TextField(_("what shows it"))
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(percent__lte=100), name="self_assessment_in_percent"),
            models.CheckConstraint(condition=~Q(text=""), name="self_assessment_shown"),
        ]


class Deduction(models.Model):
    """Points taken off, or a veto (一票否决): registered by the region with its reason; struck out it counts no longer.

    Where the reason is a disposal it `is_confidential`: who may not see disposals reads only that a reason is registered.
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="deductions")
    is_veto = models.BooleanField(default=False)
    hundredths = models.PositiveSmallIntegerField(default=0)  # of a point
    reason = models.TextField(_("reason"))
    is_confidential = models.BooleanField(_("from a disposal"), default=False)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    struck_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    struck_at = models.DateTimeField(null=True)
    struck_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(is_veto=True, hundredths=0) | Q(is_veto=False, hundredths__gt=0),
                name="deduction_takes_points_or_vetoes",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="deduction_has_reason"),
        ]

    @property
    def points(self) -> Fraction:
        return Fraction(self.hundredths, 100)
