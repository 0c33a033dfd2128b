"""Public notices: what is composed, the lines as they were frozen, extensions, objections, and the calendar of working days."""

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from ..querysets.notices import NoticeLineQuerySet, NoticeQuerySet, ObjectionQuerySet
from ..rules import (
    SHOWN,
    TITLE_LENGTH,
    Channel,
    ExtensionCause,
    ExtensionState,
    NoticeKind,
    NoticeOrder,
    NoticeScope,
    NoticeState,
    Ruling,
    has_ended,
)
from .approvals import Approval
from .declarations import Declaration
from .ledger import PointVersion
from .organization import Organization, Person


class PublicNotice(models.Model):
    """A sheet on the wall. Composed from filed versions (`chosen`: their ids), posted by a second person, then frozen.

    `shown_within` is the organization whose people see it. Number, code, dates, names and digest are given at posting.
    `replaces` names the notice this one takes the place of, or whose corrected lines it shows anew; `earlier` is what the
    sheet says of it. `ends_on` moves later by extensions only.
    """

    kind = models.CharField(max_length=10, choices=NoticeKind, default=NoticeKind.POINTS)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="notices")
    unit = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    position = models.BigIntegerField()
    year = models.PositiveSmallIntegerField(_("year"))
    state = models.CharField(_("state"), max_length=12, choices=NoticeState, default=NoticeState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    scope = models.CharField(_("shown"), max_length=10, choices=NoticeScope, default=NoticeScope.UNIT)
    shown_within = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    order = models.CharField(_("order of the lines"), max_length=10, choices=NoticeOrder, default=NoticeOrder.PLACE)
    contact = models.TextField(_("where and how to object"), blank=True)
    chosen = models.JSONField(default=list)
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, null=True, related_name="notice")
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="shown_anew")
    earlier = models.JSONField(null=True)
    composed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    composed_at = models.DateTimeField()
    composers = models.ManyToManyField(Person, related_name="+")  # everybody who wrote on it or submitted it
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    number = models.CharField(_("number"), max_length=40, unique=True, null=True)
    code = models.CharField(_("short code"), max_length=20, unique=True, null=True)
    issuer = models.CharField(_("issuing body"), max_length=TITLE_LENGTH, blank=True)
    names = models.BooleanField(default=False)
    posted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    posted_at = models.DateTimeField(null=True)
    days = models.PositiveSmallIntegerField(null=True)
    size = models.PositiveIntegerField(default=0)  # characters on the sheet
    starts_on = models.DateField(_("from"), null=True)
    ends_on = models.DateField(_("until"), null=True)
    is_certain = models.BooleanField(default=True)
    digest = models.CharField(max_length=80, blank=True)
    audit_head = models.CharField(max_length=100, blank=True)
    result = models.JSONField(null=True)
    result_at = models.DateTimeField(null=True)
    taken_down_at = models.DateTimeField(null=True)
    taken_down_reason = models.TextField(blank=True)

    history = HistoricalRecords()
    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("public notice")
        verbose_name_plural = _("public notices")
        ordering = ["-posted_at", "-composed_at", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["state", "ends_on"], name="notice_running")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=[*SHOWN, NoticeState.TAKEN_DOWN])
                | Q(
                    number__isnull=False,
                    code__isnull=False,
                    posted_by__isnull=False,
                    starts_on__isnull=False,
                    ends_on__isnull=False,
                ),
                name="notice_posted_is_numbered",
            ),
            # Nobody posts what they composed themselves.
            models.CheckConstraint(
                condition=Q(posted_by=None) | ~Q(posted_by=models.F("composed_by")), name="notice_second_person"
            ),
            models.UniqueConstraint(fields=["replaces"], condition=Q(number=None), name="notice_begun_anew_once"),
        ]

    def __str__(self) -> str:
        return self.number or self.title

    @property
    def posted_on(self) -> dt.date | None:
        return timezone.localdate(self.posted_at) if self.posted_at else None

    @property
    def is_over(self) -> bool:
        """Whether its time is over: computed from the dates, whether a job has recorded the result or not."""
        return self.ends_on is not None and has_ended(self.ends_on, timezone.localdate())


class NoticeLine(models.Model):
    """One line exactly as it stood on the sheet. Only `upheld_by` is ever set later, and the position follows a move."""

    notice = models.ForeignKey(PublicNotice, on_delete=models.PROTECT, related_name="lines")
    ordinal = models.PositiveSmallIntegerField()
    point_version = models.ForeignKey(PointVersion, on_delete=models.PROTECT, related_name="notice_lines")
    # On a notice of measures: the declaration they were submitted with.
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, null=True, related_name="notice_lines")
    position = models.BigIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=80)
    upheld_by = models.ForeignKey("Objection", on_delete=models.PROTECT, null=True, related_name="upheld_lines")

    objects = NoticeLineQuerySet.as_manager()

    class Meta:
        ordering = ["notice", "ordinal"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["notice", "ordinal"], name="notice_line_once"),
            models.UniqueConstraint(fields=["notice", "point_version"], name="notice_point_once"),
        ]

    def __str__(self) -> str:
        return f"{self.ordinal}. {self.content.get('title', '')}"


class NoticeExtension(models.Model):
    """That a posted notice runs longer: by days off that were announced later, or because two people decided so.

    A decision asks for working days (`days`) and waits on its approval; the calendar adds none of its own. Once extended it says
    from which last day to which.
    """

    notice = models.ForeignKey(PublicNotice, on_delete=models.PROTECT, related_name="extensions")
    cause = models.CharField(max_length=10, choices=ExtensionCause)
    days = models.PositiveSmallIntegerField(default=0)
    reason = models.TextField(_("reason"))
    state = models.CharField(_("state"), max_length=10, choices=ExtensionState)
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, null=True, related_name="extension")
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    ends_before = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    extended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("extension of a public notice")
        verbose_name_plural = _("extensions of public notices")
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["notice"], condition=Q(state=ExtensionState.ASKED), name="extension_asked_once"
            ),
            models.CheckConstraint(
                condition=~Q(state=ExtensionState.EXTENDED)
                | Q(extended_at__isnull=False, ends_before__isnull=False, ends_on__gt=models.F("ends_before")),
                name="extension_only_longer",
            ),
            models.CheckConstraint(
                condition=Q(cause=ExtensionCause.CALENDAR, days=0, approval=None)
                | Q(cause=ExtensionCause.DECISION, days__gt=0, approval__isnull=False),
                name="extension_has_its_cause",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def extended_on(self) -> dt.date:
        """The day in Beijing on which it was extended."""
        return timezone.localdate(self.extended_at)


class Objection(models.Model):
    """What somebody holds against a line, or against the notice as a whole, and the answer.

    Without a name nothing says who wrote it: `recorded_by` is empty then for what came in on screen.
    """

    notice = models.ForeignKey(PublicNotice, on_delete=models.PROTECT, related_name="objections")
    line = models.ForeignKey(NoticeLine, on_delete=models.PROTECT, null=True, related_name="objections")
    channel = models.CharField(_("how it came in"), max_length=10, choices=Channel, default=Channel.SCREEN)
    objector = models.CharField(_("who objects"), max_length=100, blank=True)
    text = models.TextField(_("objection"))
    received_on = models.DateField(_("received on"))
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    ruling = models.CharField(_("ruling"), max_length=12, choices=Ruling, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        ordering = ["recorded_at", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(ruling="", answered_by=None, answered_at=None)
                | (~Q(ruling="") & ~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False)),
                name="objection_answered_whole",
            ),
            models.CheckConstraint(
                condition=Q(channel=Channel.SCREEN) | Q(recorded_by__isnull=False),
                name="objection_of_others_is_recorded_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def is_late(self) -> bool:
        """Whether it came in after the notice's time: it is answered, and changes what it changes, but nothing waits for it."""
        return self.received_on > self.notice.ends_on


class CalendarDay(models.Model):
    """A day of the administrator's own calendar: whether it is worked, whatever the general one says."""

    day = models.DateField(_("day"), primary_key=True)
    is_working = models.BooleanField(_("is a working day"))
    note = models.CharField(_("note"), max_length=100, blank=True)

    class Meta:
        ordering = ["day"]
        default_permissions = ()


class PreparedSheet(models.Model):
    """The PDF of a long notice, made in the background once; the same content always gives the same bytes."""

    notice = models.OneToOneField(PublicNotice, on_delete=models.CASCADE, related_name="prepared_sheet")
    body = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
