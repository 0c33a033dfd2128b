"""Organizations, posts, people, appointments; roles on organizations and the permissions derived from them."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase
from simple_history.models import HistoricalRecords

from ..querysets.places import OrganizationQuerySet
from ..querysets.posts import PostQuerySet
from ..roles import Permission, Role
from ..rules import Interval, OrganizationKind, Rank


class Person(AbstractUser):
    """A person and their account. The username is the staff number; a person is ended, never deleted."""

    first_name = None
    last_name = None
    name = models.CharField(_("name"), max_length=100)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    history = HistoricalRecords(excluded_fields=["last_login", "password"])

    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


def remember_login(sender: type, user: Person, **kwargs: object) -> None:
    """Store the time of a login without a row in the person's history."""
    Person.objects.filter(pk=user.pk).update(last_login=timezone.now())


class Organization(models.Model):
    """A region, unit or section. A subtree is the range `tree_from`–`tree_to` of one indexed number (rules/tree.py)."""

    kind = models.CharField(_("kind"), max_length=10, choices=OrganizationKind)
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=100)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    tree_from = models.BigIntegerField(unique=True, editable=False)
    tree_to = models.BigIntegerField(editable=False)
    depth = models.PositiveSmallIntegerField(editable=False)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    objects = OrganizationQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["tree_from"]
        default_permissions = ()
        permissions = [(permission.value, str(permission.name)) for permission in Permission]
        constraints = [
            models.CheckConstraint(condition=Q(tree_from__lte=F("tree_to")), name="organization_interval"),
            models.UniqueConstraint(fields=["parent", "name"], name="organization_name_once_per_parent"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def interval(self) -> Interval:
        return self.tree_from, self.tree_to


class OrganizationUserObjectPermission(UserObjectPermissionBase):
    """Guardian's grants on organizations. Derived from assignments by `access.sync_grants`; never edited by hand."""

    content_object = models.ForeignKey(Organization, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        indexes = [models.Index(fields=["user", "permission"], name="grant_by_user")]


class Post(models.Model):
    """A post of a section, or of a unit itself (then of its leadership team)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="posts")
    name = models.CharField(_("post"), max_length=100)
    duties = models.TextField(_("duties"), blank=True)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    # Who takes over the duties, and the filed risk points, of a post that is closed.
    successor = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="predecessors")

    history = HistoricalRecords()
    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["organization__tree_from", "pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="post_name_once_per_organization")]

    def __str__(self) -> str:
        return self.name


class DatedQuerySet(models.QuerySet):
    """Rows with `starts_on` and `ends_on`; both days count."""

    def live(self, on) -> "DatedQuerySet":
        """Return the rows that hold on day `on`."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)


class Dated(models.Model):
    """Something that holds from a day until a day, both included."""

    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="%(class)s_ends_after_start"
            )
        ]


class Appointment(Dated):
    """A person holds a post. The rank decides whether the region reviews; a declaration freezes it."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="appointments")
    rank = models.CharField(_("cadre rank"), max_length=10, choices=Rank)

    history = HistoricalRecords()

    class Meta(Dated.Meta):
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["starts_on", "pk"]
        default_permissions = ()


class Assignment(Dated):
    """A role of a person on an organization: who gave it, when and why stands beside it."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="assignments")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField(_("role"), max_length=30, choices=Role)
    assigned_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(default=timezone.now, editable=False)
    reason = models.CharField(_("reason"), max_length=500)

    class Meta(Dated.Meta):
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["organization__tree_from", "role", "pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["organization", "role"], name="assignment_by_organization")]


class Recusal(Dated):
    """A person has nothing to do with an organization and what is below it. It beats every grant."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="recusals")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="recusals")
    entered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now, editable=False)
    reason = models.CharField(_("reason"), max_length=500)

    class Meta(Dated.Meta):
        verbose_name = _("recusal")
        verbose_name_plural = _("recusals")
        default_permissions = ()


class Counter(models.Model):
    """The last number given out under a name; numbers are never used again."""

    name = models.CharField(max_length=60, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
