"""The year of a region and of its units: its stages, how their dates came to be, and what was left open when one was closed."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.models import Attachment, Organization, Person

from ..querysets.cycles import CycleQuerySet
from ..rules import PARTS, Part, StageDates, StageKind, StageState


class Cycle(models.Model):
    """The work of one year in a region and in every unit below it that no nearer region has a cycle for."""

    region = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="cycles")
    year = models.PositiveSmallIntegerField(_("year"))
    opened_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    objects = CycleQuerySet.as_manager()

    class Meta:
        verbose_name = _("annual cycle")
        verbose_name_plural = _("annual cycles")
        ordering = ["-year", "region__tree_from"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["region", "year"], name="cycle_once_a_year")]

    def __str__(self) -> str:
        return f"{self.region} {self.year}"


class Stage(models.Model):
    """One of the five stages of a cycle."""

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="stages")
    kind = models.CharField(_("stage"), max_length=15, choices=StageKind)
    ordinal = models.PositiveSmallIntegerField()
    opens = models.DateField(_("first day"))
    closes = models.DateField(_("last day"))
    due_to_region = models.DateField(_("to the region by"), null=True)
    state = models.CharField(_("state"), max_length=10, choices=StageState, default=StageState.PLANNED)
    opened_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ["cycle", "ordinal"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["cycle", "kind"], name="stage_once_in_cycle"),
            models.CheckConstraint(condition=Q(closes__gte=F("opens")), name="stage_ends_after_start"),
            models.CheckConstraint(
                condition=Q(state=StageState.CLOSED, closed_by__isnull=False, closed_at__isnull=False)
                | (~Q(state=StageState.CLOSED) & Q(closed_by=None, closed_at=None)),
                name="stage_closed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @property
    def dates(self) -> StageDates:
        return StageDates(self.opens, self.closes, self.due_to_region)

    @property
    def part(self) -> Part:
        return PARTS[StageKind(self.kind)]


class StageChange(models.Model):
    """That the dates of a stage were changed: from what to what, by whom, and why where it had begun."""

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="changes")
    before = models.JSONField()  # ISO dates by name
    after = models.JSONField()
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        default_permissions = ()


class Closing(models.Model):
    """That somebody wants a stage closed although something is open; another person agrees or not. It says so for ever.

    `open_ends` are the conditions that were not met, with how many were missing, when it was asked for; `left_open` the same
    when it was agreed to.
    """

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="closings")
    open_ends = models.JSONField()  # {condition: number missing}
    reason = models.CharField(_("reason"), max_length=500)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    is_agreed = models.BooleanField(null=True)
    left_open = models.JSONField(default=dict)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["asked_at", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["stage"], condition=Q(is_agreed=None), name="closing_asked_once"),
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("asked_by")), name="closing_by_two_people"
            ),
            models.CheckConstraint(
                condition=Q(is_agreed=None, answered_by=None) | Q(is_agreed__isnull=False, answered_by__isnull=False),
                name="closing_answered_by_somebody",
            ),
        ]


class Training(models.Model):
    """That people were trained (part III §4(1)); one entered by mistake is struck out, with a reason, and stays."""

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="trainings")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="trainings")
    held_on = models.DateField(_("held on"))
    topic = models.CharField(_("topic"), max_length=200)
    people = models.PositiveIntegerField(_("how many took part"))
    text = models.TextField(_("what was done"), blank=True)
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="trainings")
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    struck_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    struck_at = models.DateTimeField(null=True)
    struck_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("training")
        verbose_name_plural = _("trainings")
        ordering = ["held_on", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(struck_by=None, struck_reason="") | (Q(struck_by__isnull=False) & ~Q(struck_reason="")),
                name="training_struck_with_reason",
            )
        ]

    def __str__(self) -> str:
        return self.topic


class WorkNotice(models.Model):
    """The notice by which the region sets the year's work going (part III §4(1)); issued, it never changes."""

    cycle = models.OneToOneField(Cycle, on_delete=models.PROTECT, related_name="notice")
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"))
    number = models.CharField(_("document number"), max_length=60, blank=True)
    issued_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    issued_on = models.DateField(null=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.title
