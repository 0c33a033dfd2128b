"""Approvals of anything on any floor, what was submitted in each round, and the decisions."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..querysets.approvals import ApprovalQuerySet
from ..roles import Permission
from ..rules import ApprovalState, StepKey, Verdict
from .opt_outs import OptOut
from .organization import Organization, Person
from .stand_ins import StandIn, for_words


class Approval(models.Model):
    """What a line of the queue shows. The subject points here; who may decide now is stored so that queues are one query.

    `asked_permission` on `asked_organization` is the rung of the step's ladder that was found eligible; both are empty when
    nobody is: then `asked_person` is whom the region has named. Deciding works it out afresh.
    """

    kind = models.CharField(max_length=30)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="approvals")
    position = models.BigIntegerField()
    title = models.CharField(max_length=300, blank=True)
    owners = models.ManyToManyField(Person, related_name="owned_approvals")
    state = models.CharField(max_length=10, choices=ApprovalState, default=ApprovalState.OPEN)
    steps = models.JSONField()
    step = models.PositiveSmallIntegerField(default=0)
    round = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    asked_permission = models.CharField(max_length=30, choices=Permission, blank=True)
    asked_organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, related_name="+")
    asked_person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    # What lets somebody be asked who has decided in this round already.
    asked_opt_out = models.ForeignKey(OptOut, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True)
    submitted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    step_since = models.DateTimeField()

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ["due_on", "submitted_at", "pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["state", "asked_permission", "asked_organization", "due_on"], name="approval_queue"),
            models.Index(fields=["state", "position"], name="approval_place"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def step_key(self) -> StepKey:
        return StepKey(self.steps[self.step])


class Submission(models.Model):
    """The content of one round exactly as it was submitted, and its digest. Never changed but to note it was taken back."""

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="submissions")
    round = models.PositiveSmallIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=80)
    submitted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["approval", "round"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["approval", "round"], name="submission_once_per_round")]


class Decision(models.Model):
    """Who decided what at which step, about exactly which content; `decided_for` is whom they stood in for, and by which entry."""

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="decisions")
    round = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=20, choices=StepKey)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="decisions")
    decided_for = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="decisions_by_stand_in")
    stand_in = models.ForeignKey(StandIn, on_delete=models.PROTECT, null=True, related_name="decisions")
    # Set where the same person had decided in this round before: the region allowed it.
    opt_out = models.ForeignKey(OptOut, on_delete=models.PROTECT, null=True, related_name="decisions")
    # Empty: named by the region for this step.
    acting_as = models.CharField(max_length=30, choices=Permission, blank=True)
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.TextField(blank=True)
    seen_digest = models.CharField(max_length=80)
    decided_at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["decided_at", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["approval", "round", "step"], name="decision_once_per_step"),
            models.UniqueConstraint(
                fields=["approval", "round", "decided_by"], condition=Q(opt_out=None), name="decision_once_per_person"
            ),
            models.UniqueConstraint(
                fields=["approval", "round", "decided_by"],
                condition=Q(opt_out__isnull=False),
                name="decision_once_again_by_opt_out",
            ),
            models.UniqueConstraint(fields=["approval", "round", "decided_for"], name="decision_once_for_a_person"),
            models.CheckConstraint(
                condition=Q(decided_for=None, stand_in=None) | Q(decided_for__isnull=False, stand_in__isnull=False),
                name="decision_for_somebody_by_stand_in",
            ),
        ]

    @property
    def decided_by_words(self) -> str:
        """Return who decided, and for whom where they stood in."""
        return for_words(self.decided_by.name, self.decided_for.name if self.decided_for else "")


class Naming(models.Model):
    """Whom the region named to decide a step for which nobody was eligible, and why; the latest one counts."""

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="namings")
    round = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=20, choices=StepKey)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    named_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    reason = models.CharField(_("reason"), max_length=500)

    class Meta:
        ordering = ["named_at", "pk"]
        default_permissions = ()


class Remark(models.Model):
    """A remark on one entry of what was returned. `target` names the entry in the submitted content."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="remarks")
    target = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    text = models.TextField()

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["decision", "target"], name="remark_once_per_target"),
            models.CheckConstraint(condition=~Q(text=""), name="remark_says_something"),
        ]
