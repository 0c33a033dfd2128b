"""Draws: a list that was frozen and committed to, a seed nobody could choose, the names it gave; and the pool of experts."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.models import Organization, Person
from registry.rules import NAME_LENGTH

from ..rules import DrawKind, DrawList, DrawState, Exclusion, Member


class Draw(models.Model):
    """One draw. What was committed to never changes; the reveal is added once (rules/draw.py says what each value is).

    `members` are lists of key and label, `exclusions` of key, label and reason, `result` keys in the order they were drawn.
    `secret` is the encrypted seed; `seed`, as 64 hexadecimal digits, is there from the reveal on.
    """

    number = models.CharField(_("number"), max_length=40, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="draws")
    position = models.BigIntegerField()
    kind = models.CharField(_("drawn from"), max_length=10, choices=DrawKind)
    purpose = models.TextField(_("purpose"))
    filter_words = models.CharField(_("filter"), max_length=500, blank=True)
    wanted = models.PositiveSmallIntegerField(_("how many"))
    members = models.JSONField()
    exclusions = models.JSONField(default=list)
    list_digest = models.CharField(max_length=64)
    secret = models.TextField()
    commitment = models.CharField(max_length=64)
    committed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    committed_at = models.DateTimeField()
    state = models.CharField(_("state"), max_length=10, choices=DrawState, default=DrawState.COMMITTED)
    seed = models.CharField(max_length=64, blank=True)
    value = models.CharField(max_length=80, blank=True)
    final = models.CharField(max_length=64, blank=True)
    result = models.JSONField(default=list)
    revealed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    revealed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("draw")
        verbose_name_plural = _("draws")
        ordering = ["-committed_at", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["position", "committed_at", "id"], name="draw_by_place")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=DrawState.COMMITTED, seed="", value="", final="", revealed_by=None)
                | (
                    Q(state=DrawState.REVEALED, revealed_by__isnull=False, revealed_at__isnull=False)
                    & ~Q(seed="")
                    & ~Q(value="")
                    & ~Q(final="")
                ),
                name="draw_revealed_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def drawn_from(self) -> DrawList:
        """The list as it is stored now; nothing is sorted or checked."""
        return DrawList(
            self.kind,
            self.wanted,
            tuple(Member(*each) for each in self.members),
            tuple(Exclusion(*each) for each in self.exclusions),
        )

    @property
    def names(self) -> list[Member]:
        """Who or what was drawn, in the order in which it was."""
        labels = {key: label for key, label in self.members}
        return [Member(key, labels.get(key, key)) for key in self.result]


class Expert(models.Model):
    """Somebody of the pool a region draws experts from (part IV: 项目专家库), for some time."""

    region = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="experts")
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    employer = models.CharField(_("employer"), max_length=NAME_LENGTH)
    specialities = models.JSONField(_("specialities"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    entered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("expert")
        verbose_name_plural = _("experts")
        ordering = ["name", "pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["region", "name", "id"], name="expert_of_region")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="expert_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return self.name
