"""Findings: what monitoring and inspections brought up, who corrects it by when, and how that was verified."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.models import Attachment, Declaration, Organization, Person, Post, RiskPoint

from ..querysets.findings import FindingQuerySet
from ..rules import FindingState, FindingVerb, Severity
from .inspections import InspectionLine
from .signals import Signal


class Finding(models.Model):
    """A problem that was found: it is corrected and verified, or handed over for disposal (part III §2(3)3).

    What it says never changes; what happened to it stands in its steps. Without a responsible person whoever leads the
    organization answers for it.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    unit = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="kept_findings")
    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, null=True, related_name="findings")
    line = models.ForeignKey(InspectionLine, on_delete=models.PROTECT, null=True, related_name="findings")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="findings")
    position = models.BigIntegerField()
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="findings")
    point = models.ForeignKey(RiskPoint, on_delete=models.PROTECT, null=True, related_name="findings")
    facts = models.TextField(_("facts"))
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    responsible = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="findings", verbose_name=_("who corrects it")
    )
    due_on = models.DateField(_("to be corrected by"))
    state = models.CharField(_("state"), max_length=10, choices=FindingState, default=FindingState.OPEN)
    raised_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ["due_on", "pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["state", "due_on", "position"], name="finding_board"),
            models.Index(fields=["position", "due_on", "id"], name="finding_by_place"),
            models.Index(fields=["responsible", "state", "due_on"], name="finding_of_person"),
            models.Index(fields=["point", "raised_at"], name="finding_of_point"),
        ]
        constraints = [
            # A check sheet's own line, a signal, or neither: found without one.
            models.CheckConstraint(condition=Q(signal=None) | Q(line=None), name="finding_from_one_source")
        ]

    def __str__(self) -> str:
        return self.number


class FindingStep(models.Model):
    """What somebody did about a finding; never changed."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="steps")
    verb = models.CharField(max_length=10, choices=FindingVerb)
    text = models.TextField(blank=True)
    due_on = models.DateField(null=True)  # the new day where the deadline was extended
    supplement = models.ForeignKey(Declaration, on_delete=models.PROTECT, null=True, related_name="finding_steps")
    attached = models.JSONField(default=list)  # digests of the attachments, so that the seal covers them
    attachments = models.ManyToManyField(Attachment, related_name="finding_steps")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    for_whom = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        default_permissions = ()
