"""Risk points and measures: an identity that lasts, and versions of which the filed ones never change."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from ..querysets.ledger import MeasureVersionQuerySet, PointVersionQuerySet
from ..rules import (
    EVIDENCE_LENGTH,
    STANDING_STATES,
    TITLE_LENGTH,
    Category,
    Change,
    Grade,
    Level,
    MajorMatter,
    MeasureState,
    Origin,
    PointState,
    Rhythm,
)
from .declarations import Declaration
from .organization import Organization, Person, Post


class RiskPoint(models.Model):
    """The identity of a risk point. The code is given at filing from the unit's counter and stays for ever."""

    unit = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="risk_points")
    code = models.CharField(_("code"), max_length=30, unique=True, null=True)

    class Meta:
        verbose_name = _("integrity-risk point")
        verbose_name_plural = _("integrity-risk points")
        default_permissions = ()

    def __str__(self) -> str:
        return self.code or ""


class Version(models.Model):
    """What versions of points and measures share: the declaration they stand on, what they replace, when they hold."""

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="%(class)ss")
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    change = models.CharField(max_length=10, choices=Change, default=Change.NEW)
    change_reason = models.TextField(_("reason for the change"), blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        abstract = True
        default_permissions = ()


class PointVersion(Version):
    """One version of a risk point. Once filed, only position, state and valid_to may change."""

    point = models.ForeignKey(RiskPoint, on_delete=models.PROTECT, related_name="versions")
    state = models.CharField(_("state"), max_length=12, choices=PointState, default=PointState.DRAFT)
    year = models.PositiveSmallIntegerField(_("year"))
    position = models.BigIntegerField()
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="point_versions")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="point_versions")
    level = models.CharField(_("level"), max_length=10, choices=Level, blank=True)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.DECLARED)

    category = models.CharField(_("risk category"), max_length=15, choices=Category, blank=True)
    matter = models.CharField(_("power or matter"), max_length=TITLE_LENGTH, blank=True)
    title = models.CharField(_("risk point"), max_length=TITLE_LENGTH)
    manifestation = models.TextField(_("main content and how it shows"), blank=True)
    causes = models.JSONField(_("causes"), default=list, blank=True)
    methods = models.JSONField(_("how it was found"), default=list, blank=True)
    # Around which major matter a leadership point stands; empty on the other levels.
    major = models.CharField(_("major matter"), max_length=15, choices=MajorMatter, blank=True)
    # The scheme says which scores there are, or which criteria (their keys) are counted instead.
    likelihood = models.PositiveSmallIntegerField(_("likelihood"), null=True, blank=True)
    harm = models.PositiveSmallIntegerField(_("harm"), null=True, blank=True)
    criteria = models.JSONField(_("criteria met"), default=list, blank=True)
    grade = models.PositiveSmallIntegerField(_("grade"), choices=Grade, null=True, blank=True)
    grade_reason = models.TextField(_("reason for setting the grade"), blank=True)
    responsible = models.CharField(_("responsible person"), max_length=TITLE_LENGTH, blank=True)
    responsible_leader = models.CharField(_("responsible leader"), max_length=TITLE_LENGTH, blank=True)

    unit_name = models.CharField(_("unit"), max_length=100, blank=True)
    organization_name = models.CharField(_("unit or section"), max_length=100, blank=True)
    post_name = models.CharField(_("post"), max_length=100, blank=True)
    holder_name = models.CharField(_("holder"), max_length=100, blank=True)

    # From a ledger on paper: text without a field of its own under its heading, and cells whose exact wording matters.
    kept = models.JSONField(default=dict, blank=True)
    as_written = models.JSONField(default=dict, blank=True)

    history = HistoricalRecords()
    objects = PointVersionQuerySet.as_manager()

    class Meta(Version.Meta):
        verbose_name = _("version of a risk point")
        verbose_name_plural = _("versions of risk points")
        ordering = ["year", "position", "pk"]
        indexes = [
            models.Index(fields=["year", "position", "id", "category", "grade", "state", "level"], name="ledger_order")
        ]
        constraints = [
            models.UniqueConstraint(fields=["point", "declaration"], name="point_once_per_declaration"),
            models.UniqueConstraint(
                fields=["point"],
                condition=Q(state__in=STANDING_STATES),
                name="point_stands_once",
            ),
            models.CheckConstraint(
                condition=Q(state=PointState.DRAFT)
                | Q(origin=Origin.IMPORTED)
                | (~Q(level="") & ~Q(category="") & Q(grade__isnull=False)),
                name="point_filed_complete",
            ),
            models.CheckConstraint(
                condition=Q(state=PointState.DRAFT, valid_from=None)
                | (~Q(state=PointState.DRAFT) & Q(valid_from__isnull=False)),
                name="point_filed_is_dated",
            ),
            models.CheckConstraint(
                condition=(Q(likelihood=None) & Q(harm=None))
                | Q(likelihood__gte=1, likelihood__lte=100, harm__gte=1, harm__lte=100),
                name="point_scores_in_range",
            ),
            models.CheckConstraint(condition=Q(grade=None) | Q(grade__in=Grade.values), name="point_grade_known"),
        ]

    def __str__(self) -> str:
        return self.title


class Measure(models.Model):
    """The identity of a preventive measure of a risk point."""

    point = models.ForeignKey(RiskPoint, on_delete=models.PROTECT, related_name="measures")

    class Meta:
        default_permissions = ()


class MeasureVersion(Version):
    """One version of a measure: what is done, who answers for it, how often."""

    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="versions")
    # The version of the point it was written for: what the ledger shows in one row.
    point_version = models.ForeignKey(PointVersion, on_delete=models.PROTECT, related_name="measures")
    state = models.CharField(max_length=12, choices=MeasureState, default=MeasureState.DRAFT)
    ordinal = models.PositiveSmallIntegerField(default=1)
    text = models.TextField(_("measure"))
    responsible = models.CharField(_("who answers for it"), max_length=TITLE_LENGTH, blank=True)
    rhythm = models.CharField(_("how often"), max_length=10, choices=Rhythm, blank=True)
    due_on = models.DateField(_("by"), null=True, blank=True)
    evidence = models.CharField(_("what will show that it was done"), max_length=EVIDENCE_LENGTH, blank=True)

    objects = MeasureVersionQuerySet.as_manager()

    class Meta(Version.Meta):
        verbose_name = _("preventive measure")
        verbose_name_plural = _("preventive measures")
        ordering = ["point_version", "ordinal", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=MeasureState.DRAFT, valid_from=None)
                | (~Q(state=MeasureState.DRAFT) & Q(valid_from__isnull=False)),
                name="measure_filed_is_dated",
            )
        ]
