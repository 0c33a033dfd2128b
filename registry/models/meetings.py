"""Meetings: the record of the one in which a declaration was settled, and those in which the leadership team decides."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from ..querysets.meetings import MeetingItemQuerySet, MeetingQuerySet
from ..rules import MeetingPurpose, MeetingState, Verdict
from .approvals import Approval, Decision
from .declarations import Declaration
from .organization import Organization, Person


class Attachment(models.Model):
    """A file that belongs to a record, kept in the database so that it is written and saved together with it."""

    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()  # bytes
    digest = models.CharField(max_length=80)
    body = models.BinaryField()
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class Meeting(models.Model):
    """Who met when, with what result (part III §4(2): 集体定、领导班子审核把关).

    A settling one belongs to its declaration and is submitted with it; a deciding one has a line for each declaration and
    takes effect when a member who was present confirms it.
    """

    purpose = models.CharField(max_length=10, choices=MeetingPurpose)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="meetings")
    position = models.BigIntegerField()
    declaration = models.OneToOneField(Declaration, on_delete=models.PROTECT, null=True, related_name="meeting")
    state = models.CharField(_("state"), max_length=10, choices=MeetingState, default=MeetingState.DRAFT)
    held_on = models.DateField(_("held on"), null=True, blank=True)
    chair = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("chair")
    )
    present = models.ManyToManyField(Person, related_name="meetings", verbose_name=_("present"), blank=True)
    minutes = models.TextField(_("minutes"), blank=True)
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="meetings")
    entered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    sent_back_reason = models.TextField(blank=True)

    history = HistoricalRecords(m2m_fields=[present])
    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ["-held_on", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["state", "position"], name="meeting_place")]
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose=MeetingPurpose.SETTLING, declaration__isnull=False)
                | Q(purpose=MeetingPurpose.DECIDING, declaration=None),
                name="meeting_settles_one_declaration",
            ),
            models.CheckConstraint(
                condition=Q(state=MeetingState.DRAFT) | Q(held_on__isnull=False, chair__isnull=False),
                name="meeting_put_is_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.held_on or ''}".strip()


class MeetingItem(models.Model):
    """What a deciding meeting said about one declaration, about exactly which content; decided once it is confirmed."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="meeting_items")
    ordinal = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.TextField(_("opinion"), blank=True)
    withdrawn = models.ManyToManyField(Person, related_name="+", blank=True)  # left the room for this line
    approval_version = models.PositiveIntegerField()
    seen_digest = models.CharField(max_length=80)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, null=True, related_name="meeting_item")

    objects = MeetingItemQuerySet.as_manager()

    class Meta:
        ordering = ["meeting", "ordinal"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["meeting", "approval"], name="meeting_item_once"),
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.RETURN) | ~Q(reason=""), name="meeting_return_says_why"
            ),
        ]
