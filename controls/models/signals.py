"""Monitoring signals: what came in by which channel, from whom, and what it was judged to be (part III §2(3)2)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.models import Organization, Person, Post, RiskPoint

from ..querysets.signals import SignalQuerySet
from ..rules import Judging, SignalChannel


class Signal(models.Model):
    """Something the channels of supervision brought. Confidential unless somebody says otherwise; never deleted, never edited.

    `unit` keeps the register in which it is numbered; `organization`, `post` and `point` say what it is about.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    unit = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="kept_signals")
    channel = models.CharField(_("channel"), max_length=15, choices=SignalChannel)
    received_on = models.DateField(_("received on"))
    text = models.TextField(_("what it says"))
    is_confidential = models.BooleanField(_("confidential"), default=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="signals")
    position = models.BigIntegerField()
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, blank=True, related_name="signals")
    point = models.ForeignKey(RiskPoint, on_delete=models.PROTECT, null=True, blank=True, related_name="signals")
    entered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    # What the last judgement said; the judgements themselves stay one under the other.
    judged = models.CharField(_("judged"), max_length=10, choices=Judging, default=Judging.OPEN)
    # Who marked it as not confidential later, and why.
    opened_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(null=True)
    opened_reason = models.TextField(_("why it is not confidential"), blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = SignalQuerySet.as_manager()

    class Meta:
        verbose_name = _("monitoring signal")
        verbose_name_plural = _("monitoring signals")
        ordering = ["-received_on", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(opened_by=None, opened_at=None, opened_reason="")
                | (Q(is_confidential=False, opened_by__isnull=False, opened_at__isnull=False) & ~Q(opened_reason="")),
                name="signal_opened_with_reason",
            )
        ]
        indexes = [
            models.Index(fields=["position", "received_on", "id"], name="signal_by_place"),
            models.Index(fields=["received_on", "id", "position"], name="signal_by_day"),
            models.Index(fields=["judged", "position", "received_on"], name="signal_to_judge"),
        ]

    def __str__(self) -> str:
        return self.number


class SignalSource(models.Model):
    """Who a signal came from, where anybody knows; encrypted, and shown to few, each time with an entry in the chain."""

    signal = models.OneToOneField(Signal, on_delete=models.PROTECT, related_name="source")
    secret = models.TextField()

    class Meta:
        default_permissions = ()


class Judgement(models.Model):
    """What somebody by name judged a signal to be, and why. A later one stands beside it, never instead."""

    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, related_name="judgements")
    judged = models.CharField(_("judged"), max_length=10, choices=Judging)
    reason = models.TextField(_("reason"))
    judged_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    judged_at = models.DateTimeField()

    class Meta:
        ordering = ["judged_at", "pk"]
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="judgement_has_reason")]


class SignalUpload(models.Model):
    """Signals read from a workbook and not taken in yet: encrypted, for who uploaded them, for a day."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    secret = models.TextField()
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
