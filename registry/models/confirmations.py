"""What one administrator entered and another confirms."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ..querysets.confirmations import ConfirmationQuerySet
from ..rules import OPEN_CONFIRMATIONS, Act, ConfirmationState
from .organization import Organization, Person


class Confirmation(models.Model):
    """An act of an administrator with its plain values. It waits until another confirms it, or is in effect and waits for that.

    `values` are the arguments of the verb, `before` what stood when it was entered; both are never changed. `person` is whom
    it is about, `organization` and `other` are the places it touches: who confirms it administers both.
    """

    act = models.CharField(_("act"), max_length=30, choices=Act)
    values = models.JSONField()
    before = models.JSONField(default=dict)
    # The same thing does not wait twice.
    key = models.CharField(max_length=80)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="confirmations")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="confirmations")
    other = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ConfirmationState)
    entered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    entered_with = models.CharField(max_length=30)
    confirmed_with = models.CharField(max_length=30)
    # None: it is in effect and waits as long as it takes.
    lapses_on = models.DateField(null=True)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    remark = models.CharField(_("reason"), max_length=500, blank=True)
    # When the password was made that this allowed.
    used_at = models.DateTimeField(null=True)

    objects = ConfirmationQuerySet.as_manager()

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        ordering = ["-pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["state", "confirmed_with", "organization"], name="confirmation_open"),
            models.Index(fields=["organization", "state"], name="confirmation_place"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(decided_by=F("entered_by")), name="confirmation_by_another"),
            models.CheckConstraint(condition=~Q(decided_by=F("person")), name="confirmation_not_by_whom_it_is_about"),
            models.CheckConstraint(condition=~Q(confirmed_with=F("entered_with")), name="confirmation_other_kind"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[ConfirmationState.CONFIRMED, ConfirmationState.DECLINED],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                | Q(state__in=[ConfirmationState.TAKEN_BACK, ConfirmationState.LAPSED], decided_by=None)
                | Q(state__in=list(OPEN_CONFIRMATIONS), decided_by=None, decided_at=None),
                name="confirmation_decided",
            ),
            models.UniqueConstraint(
                fields=["key"], condition=Q(state=ConfirmationState.WAITING), name="confirmation_waits_once"
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_CONFIRMATIONS
