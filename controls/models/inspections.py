"""Inspections: who checks whom, the check sheet made from risk points and measures, and who signed it.

Part I §3: 不同级别的多级管理; 谁检查谁签字、谁签字谁负责.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.models import MeasureVersion, Organization, Person, PointVersion, Post
from registry.roles import Permission
from registry.rules import Grade

from ..rules import Answer, InspectionState


class Inspection(models.Model):
    """One check of an organization or a post on a uniform sheet. Signed, it never changes.

    `asked_permission` on `asked_organization` says which head checks; `inspector` is whoever was named instead.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    unit = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="kept_inspections")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="inspections")
    position = models.BigIntegerField()
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="inspections")
    grade = models.PositiveSmallIntegerField(_("grade"), choices=Grade, null=True)
    period = models.CharField(_("period"), max_length=10, blank=True)
    asked_permission = models.CharField(max_length=30, choices=Permission, blank=True)
    asked_organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, related_name="+")
    inspector = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(_("by"))
    state = models.CharField(_("state"), max_length=10, choices=InspectionState, default=InspectionState.PLANNED)
    opinion = models.TextField(_("opinion"), blank=True)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    signed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    signed_for = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=80, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        ordering = ["due_on", "position", "pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["position", "due_on", "id"], name="inspection_by_place"),
            models.Index(fields=["state", "due_on", "position"], name="inspection_board"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=InspectionState.SIGNED, signed_by__isnull=False, signed_at__isnull=False)
                | (~Q(state=InspectionState.SIGNED) & Q(signed_by=None, signed_at=None)),
                name="inspection_signed_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return self.number


class InspectionLine(models.Model):
    """One line of a check sheet: a measure of a risk point, or the point itself; what was found, and by whom."""

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="lines")
    ordinal = models.PositiveSmallIntegerField()
    point_version = models.ForeignKey(PointVersion, on_delete=models.PROTECT, related_name="+")
    measure_version = models.ForeignKey(MeasureVersion, on_delete=models.PROTECT, null=True, related_name="+")
    answer = models.CharField(_("answer"), max_length=15, choices=Answer, blank=True)
    note = models.TextField(_("what was found"), blank=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["inspection", "ordinal"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["inspection", "ordinal"], name="inspection_line_once")]
