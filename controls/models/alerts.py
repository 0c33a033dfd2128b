"""Alerts (预警): that something repeats, is grave or overdue, which head is to see to it, and what came of it.

"Warning" is a word of disposals; the coloured one is an alert.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.models import Organization, Person, Post, RiskPoint
from registry.models.stand_ins import for_words
from registry.rules import AlertColour

from ..querysets.alerts import AlertQuerySet
from ..rules import AlertRule, AlertState, AlertVerb
from .findings import Finding
from .signals import Signal
from .tasks import Task

_OPEN = Q(state=AlertState.OPEN)


class Alert(models.Model):
    """One alert about a signal, a finding or a task, addressed to who holds `asked_permission` on `asked_organization`.

    `facts` are what the rule counted when it was raised (rules/alerts.py); colour, addressee and day follow when nobody answers.
    """

    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, null=True, related_name="alerts")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, null=True, related_name="alerts")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, null=True, related_name="alerts")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="alerts")
    position = models.BigIntegerField()
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="alerts")
    point = models.ForeignKey(RiskPoint, on_delete=models.PROTECT, null=True, related_name="alerts")
    first_colour = models.PositiveSmallIntegerField(choices=AlertColour)
    colour = models.PositiveSmallIntegerField(_("colour"), choices=AlertColour)
    rule = models.CharField(_("rule"), max_length=10, choices=AlertRule)
    facts = models.JSONField()
    raised_at = models.DateTimeField()
    answer_by = models.DateField(_("answer by"))
    rung = models.PositiveSmallIntegerField(default=0)
    asked_permission = models.CharField(max_length=30)
    asked_organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=AlertState, default=AlertState.OPEN)
    version = models.PositiveIntegerField(default=1)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-raised_at", "-pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["state", "answer_by", "position"], name="alert_board"),
            models.Index(fields=["asked_organization", "asked_permission", "state"], name="alert_of_head"),
            models.Index(fields=["position", "raised_at", "id"], name="alert_by_place"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(signal__isnull=False, finding=None, task=None)
                | Q(signal=None, finding__isnull=False, task=None)
                | Q(signal=None, finding=None, task__isnull=False),
                name="alert_about_one_thing",
            ),
            models.UniqueConstraint(fields=["signal"], condition=_OPEN, name="alert_open_once_of_signal"),
            models.UniqueConstraint(fields=["finding"], condition=_OPEN, name="alert_open_once_of_finding"),
            models.UniqueConstraint(fields=["task"], condition=_OPEN, name="alert_open_once_of_task"),
        ]

    def __str__(self) -> str:
        return f"{self.get_colour_display()} {self.organization}"


class AlertStep(models.Model):
    """What happened with an alert, with whom it was addressed to then; never changed."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="steps")
    verb = models.CharField(max_length=10, choices=AlertVerb)
    colour = models.PositiveSmallIntegerField(choices=AlertColour)
    asked_permission = models.CharField(max_length=30)
    asked_organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    answer_by = models.DateField()
    text = models.TextField(_("answer"), blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    for_whom = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["asked_organization", "asked_permission"], name="alert_step_of_head")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(verb=AlertVerb.ANSWER) | ~Q(text=""), name="alert_answer_says_something"
            )
        ]

    @property
    def who(self) -> str:
        """Who did it, with whom they stood in for."""
        return for_words(self.by.name, self.for_whom.name if self.for_whom else "")
