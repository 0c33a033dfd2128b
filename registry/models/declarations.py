"""Declarations, schemes and periods, and the batches in which ledgers on paper come in."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from ..querysets.declarations import DeclarationQuerySet, ImportBatchQuerySet
from ..querysets.periods import PeriodQuerySet, SchemeQuerySet
from ..rules import (
    NOTE_LENGTH,
    Category,
    Dates,
    DeclarationState,
    Level,
    Origin,
    Phase,
    Rank,
    RegionState,
    Standing,
    Trigger,
)
from ..rules import Scheme as SchemeRule
from .approvals import Approval
from .organization import Appointment, Organization, Person, Post


class Scheme(models.Model):
    """The methodology of an organization and what is below it for a year; a new version replaces, never edits."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="schemes")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField(default=1)
    settings = models.JSONField(default=dict)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(null=True)

    history = HistoricalRecords()
    objects = SchemeQuerySet.as_manager()

    class Meta:
        ordering = ["organization", "year", "version"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["organization", "year", "version"], name="scheme_version_once")]

    @property
    def rule(self) -> SchemeRule:
        return SchemeRule.from_settings(self.settings)


class Period(models.Model):
    """The dates of a phase in a year for an organization and what is below it; without a row the document's own dates."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="periods")
    year = models.PositiveSmallIntegerField()
    phase = models.CharField(max_length=10, choices=Phase)
    opens = models.DateField()
    due_to_region = models.DateField()
    closes = models.DateField()
    locked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    locked_at = models.DateTimeField(null=True)

    history = HistoricalRecords()
    objects = PeriodQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["organization", "year", "phase"], name="period_once"),
            models.CheckConstraint(
                condition=Q(locked_by=None, locked_at=None) | Q(locked_by__isnull=False, locked_at__isnull=False),
                name="period_lock_says_who_and_when",
            ),
        ]

    @property
    def dates(self) -> Dates:
        return Dates(self.opens, self.due_to_region, self.closes)


class ImportBatch(models.Model):
    """One file of a ledger that was filed on paper: what it was, who entered it, what came of it."""

    unit = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="import_batches")
    year = models.PositiveSmallIntegerField()
    file_name = models.CharField(max_length=255)
    file_digest = models.CharField(max_length=80)
    headings = models.JSONField()
    basis = models.CharField(_("filed on paper: where, when, document number"), max_length=300, blank=True)
    entered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    counts = models.JSONField()
    # What it changed beside its own rows, as ids: the sections and posts it made, and what ended for it, by the state it had.
    created = models.JSONField(default=dict)
    ended = models.JSONField(default=dict)
    # The batch that takes another one back names it, and says why; nothing is taken back twice.
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")
    reason = models.CharField(max_length=NOTE_LENGTH, blank=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        ordering = ["entered_at", "pk"]
        default_permissions = ()


class LearnedHeading(models.Model):
    """What a heading means in the ledgers of a unit: somebody said so when taking one in, and it holds for the next ones.

    `form` is the heading as it is compared, `heading` as it was written, `column` a value of `rules.workbooks.Column`.
    """

    unit = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="learned_headings")
    form = models.CharField(max_length=100)
    heading = models.CharField(_("heading"), max_length=200)
    column = models.CharField(_("column"), max_length=20)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["unit", "form"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["unit", "form"], name="heading_learned_once")]

    def __str__(self) -> str:
        return self.heading


class Declaration(models.Model):
    """The form of one year: of an appointment (level post), or of a section or leadership team, or taken in from paper.

    Names and rank are frozen at submission. `supplement` 0 is the year's declaration, later numbers change what was filed.
    """

    level = models.CharField(max_length=10, choices=Level, blank=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="declarations")
    unit = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    position = models.BigIntegerField()
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="declarations")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, null=True, related_name="declarations")
    year = models.PositiveSmallIntegerField()
    phase = models.CharField(max_length=10, choices=Phase)
    supplement = models.PositiveSmallIntegerField(default=0)
    trigger = models.CharField(_("why it is adjusted"), max_length=20, choices=Trigger, blank=True)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.DECLARED)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, related_name="declarations")
    state = models.CharField(max_length=10, choices=DeclarationState, default=DeclarationState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    number = models.CharField(max_length=40, unique=True, null=True)
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, null=True, related_name="+")
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, null=True, related_name="declaration")
    drafted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="drafted_declarations")
    drafted_at = models.DateTimeField()
    preparers = models.ManyToManyField(Person, related_name="+")  # who wrote on one of a section or leadership team
    submitted_at = models.DateTimeField(null=True)
    filed_at = models.DateTimeField(null=True)
    rank = models.CharField(max_length=10, choices=Rank, blank=True)
    standing = models.CharField(max_length=20, choices=Standing, blank=True)
    to_region = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    region_state = models.CharField(_("at the region"), max_length=10, choices=RegionState, blank=True)
    region_approval = models.OneToOneField(
        Approval, on_delete=models.PROTECT, null=True, related_name="reviewed_declaration"
    )
    unit_name = models.CharField(max_length=100, blank=True)
    organization_name = models.CharField(max_length=100, blank=True)
    post_name = models.CharField(max_length=100, blank=True)
    holder_name = models.CharField(max_length=100, blank=True)

    objects = DeclarationQuerySet.as_manager()

    class Meta:
        verbose_name = _("declaration")
        verbose_name_plural = _("declarations")
        ordering = ["-year", "position", "pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["state", "position"], name="declaration_place")]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "year", "phase", "supplement"],
                condition=Q(origin=Origin.DECLARED, appointment__isnull=False),
                name="declaration_once_per_appointment",
            ),
            models.UniqueConstraint(
                fields=["organization", "level", "year", "phase", "supplement"],
                condition=Q(origin=Origin.DECLARED, appointment__isnull=True),
                name="declaration_once_per_organization",
            ),
            models.CheckConstraint(
                condition=Q(origin=Origin.IMPORTED) | (~Q(level="") & Q(batch=None)),
                name="declaration_open_level_only_imported",
            ),
            models.CheckConstraint(
                condition=Q(origin=Origin.IMPORTED, approval=None, batch__isnull=False)
                | Q(origin=Origin.DECLARED, approval=None, state=DeclarationState.DRAFT)
                | Q(origin=Origin.DECLARED, approval__isnull=False),
                name="declaration_leaves_draft_with_approval",
            ),
            models.CheckConstraint(
                condition=Q(region_state="", sent_at=None, sent_by=None, region_approval=None)
                | Q(sent_at__isnull=False, sent_by__isnull=False, region_approval__isnull=False, to_region=True)
                & ~Q(region_state=""),
                name="declaration_sent_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.year}"

    @property
    def whose(self) -> str:
        """For which post, section or leadership team it is, by the name it had at submission or has now."""
        if self.post_id is not None:
            return self.post_name or self.post.name
        return self.organization_name or self.organization.name

    @property
    def rule(self) -> SchemeRule:
        """The scheme the declaration is graded and checked by."""
        return self.scheme.rule if self.scheme else SchemeRule()


class NothingFound(models.Model):
    """The statement that a category was looked at and nothing was found; approved like any other entry."""

    declaration = models.ForeignKey(Declaration, on_delete=models.CASCADE, related_name="nothing_found")
    category = models.CharField(max_length=15, choices=Category)
    reason = models.TextField(_("reason"))
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["declaration", "category"], name="nothing_found_once")]
