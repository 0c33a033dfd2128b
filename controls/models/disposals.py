"""Disposals: warnings, admonitions and rectification orders; proposed, decided, served, answered, checked (part III §2(3)3)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.models import Approval, Attachment, Organization, Person, Post
from registry.rules import Rank, StepKey

from ..querysets.disposals import DisposalQuerySet
from ..rules import DisposalKind, DisposalState, DisposalTarget, DisposalVerb, Service
from .findings import Finding


class Disposal(models.Model):
    """A disposal of a person (`person`, in `post`) or of a unit or section (`organization` without a person).

    `target`, `rank` and `whom` are as they were when it was proposed. Decided, it has a number of the body that decided and never
    changes; what happens to it afterwards stands in its steps.
    """

    kind = models.CharField(_("kind"), max_length=15, choices=DisposalKind)
    number = models.CharField(_("number"), max_length=40, null=True)
    unit = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    position = models.BigIntegerField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+")
    target = models.CharField(max_length=10, choices=DisposalTarget)
    rank = models.CharField(_("cadre rank"), max_length=10, choices=Rank, blank=True)
    whom = models.CharField(max_length=300)  # in words
    step = models.CharField(max_length=20, choices=StepKey)
    facts = models.TextField(_("facts"))
    basis = models.TextField(_("basis"))
    demand = models.TextField(_("what is demanded"))
    term_days = models.PositiveSmallIntegerField(_("term in days"))
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, null=True, related_name="+")
    # The milder one that was refused or not answered.
    previous = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    proposed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, null=True, related_name="+")
    body = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, related_name="+")  # whose group decided
    decided_at = models.DateTimeField(null=True)
    state = models.CharField(_("state"), max_length=10, choices=DisposalState, default=DisposalState.PROPOSED)
    served_on = models.DateField(_("served on"), null=True)
    due_on = models.DateField(_("to be answered by"), null=True)
    reached = models.PositiveSmallIntegerField(default=0)  # how far its lateness was brought (rules/disposals.py)
    version = models.PositiveIntegerField(default=1)

    objects = DisposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("disposal")
        verbose_name_plural = _("disposals")
        ordering = ["-proposed_at", "-pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["position", "proposed_at", "id"], name="disposal_by_place"),
            models.Index(fields=["person", "state"], name="disposal_of_person"),
            models.Index(fields=["state", "due_on"], name="disposal_due"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["body", "number"], name="disposal_number_once_per_body"),
            models.CheckConstraint(
                condition=Q(number=None, body=None, decided_at=None)
                | Q(number__isnull=False, body__isnull=False, decided_at__isnull=False),
                name="disposal_decided_has_number",
            ),
            models.CheckConstraint(
                condition=Q(person=None, post=None, rank="")
                | (Q(person__isnull=False, post__isnull=False) & ~Q(rank="")),
                name="disposal_of_a_person_has_rank",
            ),
        ]

    def __str__(self) -> str:
        return self.number or str(self.get_kind_display())


class DisposalStep(models.Model):
    """What somebody did about a disposal; never changed."""

    disposal = models.ForeignKey(Disposal, on_delete=models.PROTECT, related_name="steps")
    verb = models.CharField(max_length=15, choices=DisposalVerb)
    text = models.TextField(blank=True)
    day = models.DateField(null=True)  # served on; the new day of an answer
    service = models.CharField(max_length=10, choices=Service, blank=True)
    witnesses = models.TextField(blank=True)
    analysis = models.TextField(_("analysis"), blank=True)
    commitment = models.TextField(_("commitment"), blank=True)
    correction = models.TextField(_("correction measures"), blank=True)
    reached = models.PositiveSmallIntegerField(default=0)
    attached = models.JSONField(default=list)  # digests of the attachments, so that the seal covers them
    attachments = models.ManyToManyField(Attachment, related_name="disposal_steps")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    for_whom = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        default_permissions = ()
