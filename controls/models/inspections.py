"""Inspections: plans, who checks whom, the check sheet made from risk points and measures, and who signed it.

Part I §3: 不同级别的多级管理; 谁检查谁签字、谁签字谁负责.
"""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.models import MeasureVersion, Organization, Person, PointVersion, Post, RiskPoint
from registry.rules import Grade

from ..querysets.inspections import InspectionQuerySet
from ..rules import PERMISSIONS, Answer, InspectionState, PlanState, Rung, lateness, plan_period_words


class InspectionPlan(models.Model):
    """The inspections of a unit in a year or a quarter, issued together. `period` is 2026 or 2026-Q2."""

    number = models.CharField(_("number"), max_length=40, unique=True)
    unit = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="inspection_plans")
    position = models.BigIntegerField()
    period = models.CharField(_("period"), max_length=10)
    # Months between checks for grades I, II, III, as the scheme said when it was issued.
    months = models.JSONField()
    state = models.CharField(_("state"), max_length=10, choices=PlanState, default=PlanState.ISSUED)
    issued_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    closed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    close_reason = models.TextField(_("why it is closed"), blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("plan of inspections")
        verbose_name_plural = _("plans of inspections")
        ordering = ["-issued_at", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["position", "issued_at", "id"], name="plan_by_place")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=PlanState.ISSUED, closed_by=None, closed_at=None)
                | (Q(state=PlanState.CLOSED, closed_by__isnull=False, closed_at__isnull=False) & ~Q(close_reason="")),
                name="plan_closed_with_reason",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def period_words(self) -> str:
        return plan_period_words(self.period)


class Inspection(models.Model):
    """One check of a post, of a section or leadership team, or of one risk point, on a uniform sheet. Signed, it never changes.

    With a `plan` the sheet is about the points of one `grade` in one `period`. `asked_permission` on `asked_organization` says
    which head checks (without an organization: discipline inspection in its jurisdiction); `inspector` is whoever was named
    instead. Without a plan it is a special inspection, with a `purpose`.
    """

    number = models.CharField(_("number"), max_length=40, unique=True)
    unit = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="kept_inspections")
    plan = models.ForeignKey(InspectionPlan, on_delete=models.PROTECT, null=True, related_name="inspections")
    draw = models.ForeignKey("controls.Draw", on_delete=models.PROTECT, null=True, related_name="inspections")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="inspections")
    position = models.BigIntegerField()
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="inspections")
    point = models.ForeignKey(RiskPoint, on_delete=models.PROTECT, null=True, related_name="inspections")
    grade = models.PositiveSmallIntegerField(_("grade"), choices=Grade, null=True)
    period = models.CharField(_("period"), max_length=10, blank=True)
    purpose = models.TextField(_("purpose"), blank=True)
    asked_permission = models.CharField(max_length=30, blank=True)
    asked_organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, related_name="+")
    inspector = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("who checks")
    )
    due_on = models.DateField(_("by"))
    state = models.CharField(_("state"), max_length=10, choices=InspectionState, default=InspectionState.PLANNED)
    opinion = models.TextField(_("opinion"), blank=True)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    begun_on = models.DateField(_("checked on"), null=True)
    signed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    signed_for = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=80, blank=True)
    dropped_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    dropped_at = models.DateTimeField(null=True)
    dropped_reason = models.TextField(_("why it is dropped"), blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = InspectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        ordering = ["due_on", "position", "pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["due_on", "id", "position", "state"], name="inspection_order"),
            models.Index(fields=["position", "due_on", "id"], name="inspection_by_place"),
            models.Index(fields=["state", "due_on", "position"], name="inspection_board"),
            models.Index(fields=["asked_organization", "asked_permission", "due_on"], name="inspection_asked"),
            models.Index(fields=["inspector", "due_on"], name="inspection_named"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=InspectionState.SIGNED, signed_by__isnull=False, signed_at__isnull=False)
                | (~Q(state=InspectionState.SIGNED) & Q(signed_by=None, signed_at=None)),
                name="inspection_signed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state=InspectionState.DROPPED) | ~Q(dropped_reason=""),
                name="inspection_dropped_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(asked_permission="") | Q(inspector__isnull=False), name="inspection_checked_by_somebody"
            ),
            # What a plan asks for is planned once, whatever plan asks for it.
            models.UniqueConstraint(
                fields=["post", "grade", "period"],
                condition=Q(plan__isnull=False, post__isnull=False) & ~Q(state=InspectionState.DROPPED),
                name="inspection_of_post_planned_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "grade", "period"],
                condition=Q(plan__isnull=False, post=None) & ~Q(state=InspectionState.DROPPED),
                name="inspection_of_place_planned_once",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def whom(self) -> str:
        """What is checked, in words."""
        place = f"{self.organization} · {self.post}" if self.post_id else str(self.organization)
        return f"{place} · {self.point}" if self.point_id else place

    @property
    def rung(self) -> Rung | None:
        """Which head is asked; None where somebody was named."""
        if self.inspector_id:
            return None
        return next(rung for rung, permission in PERMISSIONS.items() if permission == self.asked_permission)

    @property
    def who_checks(self) -> str:
        """Who checks, in words: the person named, else the head who is asked."""
        return self.inspector.name if self.inspector_id else str(self.rung.label)

    @property
    def period_words(self) -> str:
        return plan_period_words(self.period) if self.period else ""

    @property
    def is_open(self) -> bool:
        return self.state in (InspectionState.PLANNED, InspectionState.BEGUN)

    @property
    def days_late(self) -> int:
        """By how many days it is, or was signed, after its day; what was dropped is never late."""
        if self.state == InspectionState.DROPPED:
            return 0
        done = timezone.localdate(self.signed_at) if self.signed_at else timezone.localdate()
        return lateness(self.due_on, done)


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
    is_signed = models.BooleanField(default=False)  # with its sheet: from then on it never changes
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["inspection", "ordinal"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["inspection", "ordinal"], name="inspection_line_once"),
            models.CheckConstraint(
                condition=Q(answer="") | Q(answered_by__isnull=False), name="inspection_line_answered_by_somebody"
            ),
        ]

    @property
    def is_deviation(self) -> bool:
        """Whether it says that something was not, or only in part, carried out: a finding may follow."""
        return self.answer in (Answer.PARTLY, Answer.NO)

    @property
    def text(self) -> str:
        """What is looked at: the measure, or how the point shows where no measure is filed."""
        return self.measure_version.text if self.measure_version_id else self.point_version.manifestation
