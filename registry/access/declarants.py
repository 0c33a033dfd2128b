"""Who declares: the holder of a post, a section, a leadership team (part III §4(2)); and who acts for it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Appointment, Declaration, Organization, Person, PointVersion, Post
from ..roles import Permission
from ..rules import STANDING_STATES, Level, NotAllowed, OrganizationKind, Origin, Refused, contains
from .organization import nearest, once_a_page, recusals_of, rights_of, scope

_LEVELS = {OrganizationKind.SECTION: Level.SECTION, OrganizationKind.UNIT: Level.LEADERSHIP}


@dataclass(frozen=True)
class Declarant:
    """One of the bodies that owe a declaration a year: an appointment, or (without one) an organization on its level."""

    organization: Organization
    level: Level
    appointment: Appointment | None = None

    @classmethod
    def of_post(cls, appointment: Appointment) -> "Declarant":
        return cls(appointment.post.organization, Level.POST, appointment)

    @classmethod
    def of_organization(cls, organization: Organization) -> "Declarant":
        """Return the section, or the leadership team of a unit; regions declare nothing themselves."""
        if organization.kind not in _LEVELS:
            raise Refused(_("A region has no declaration of its own."))
        return cls(organization, _LEVELS[OrganizationKind(organization.kind)])

    @classmethod
    def of(cls, declaration: Declaration) -> "Declarant":
        return cls(declaration.organization, Level(declaration.level), declaration.appointment)

    @property
    def declarations(self) -> QuerySet[Declaration]:
        """What it has declared."""
        if self.appointment is not None:
            return Declaration.objects.filter(appointment=self.appointment)
        return Declaration.objects.filter(
            organization=self.organization, level=self.level, appointment=None, origin=Origin.DECLARED
        )

    @property
    def fields(self) -> dict[str, Any]:
        """What a new declaration of it says of its place."""
        return {
            "level": self.level,
            "organization": self.organization,
            "unit": nearest(self.organization, OrganizationKind.UNIT),
            "position": self.organization.tree_from,
            "post": self.appointment.post if self.appointment else None,
            "appointment": self.appointment,
        }

    @property
    def filed_points(self) -> QuerySet[PointVersion]:
        """What stands in the ledger for it, whoever declared it, in order: of a post also what it has taken over.

        A section or team also answers for what nobody took over: of posts, and of sections of a unit, that were closed.
        What a merger brought was filed under another organization, but has its place here.
        """
        if self.appointment is not None:
            own = Q(post__in=Post.objects.answered_for_by(self.appointment.post))
        else:
            closed = Organization.objects.filter(parent=self.organization, closed_on__lt=timezone.localdate())
            own = (
                Q(position=self.organization.tree_from, level=self.level)
                | Q(position__in=closed.values("tree_from"), level=Level.SECTION)
                | Q(level=Level.POST, post__in=Post.objects.left_with(self.organization))
            )
        return PointVersion.objects.filter(own, state__in=STANDING_STATES).order_by("year", "pk")


def prepared_by(person: Person) -> set[int]:
    """Return the organizations whose own declaration the person prepares, without those they are recused from."""
    recused = recusals_of(person)
    return {
        right.organization_id
        for right in rights_of(person)
        if right.permission == Permission.PREPARE and not contains(recused, right.interval[0])
    }


@once_a_page
def posts_answered_for(person: Person) -> list[int]:
    """Return the posts the person holds today, with every closed one whose duties came to them."""
    today = timezone.localdate()
    held = Appointment.objects.live(today).filter(person=person).order_by().values("post")
    came = Post.objects.filter(Q(pk__in=held) | Q(closed_on__lt=today, successor__in=held)).order_by("pk")
    posts = dict(came.values_list("pk", "closed_on"))
    # Hardly ever have duties come to a post; then they may have come a longer way.
    if any(closed_on is not None and closed_on < today for closed_on in posts.values()):
        return Post.objects.with_predecessors(posts)
    return list(posts)


def prepared_places(person: Person) -> list[int]:
    """Return the positions of the sections and teams the person prepares for, by their own right or standing in."""
    recused = recusals_of(person)
    held = {right.interval[0] for right in rights_of(person) if right.permission == Permission.PREPARE}
    return sorted(low for low in held if not contains(recused, low))


def sees_work_on(version: PointVersion, person: Person) -> bool:
    """Say whether the person sees how the measures of a point are carried out: who watches over it, and whose it is."""
    if contains(scope(person, Permission.VIEW_WORK), version.position):
        return True
    if version.post_id is None:
        return version.position in prepared_places(person)
    return version.post_id in posts_answered_for(person)


def check_declare(declarant: Declarant, person: Person) -> None:
    """Refuse declaring for a post one does not hold today, or for a body one does not prepare the declaration of."""
    appointment = declarant.appointment
    if appointment is None:
        if declarant.organization.pk not in prepared_by(person):
            raise NotAllowed(_("Only those who prepare the declaration of %s write it.") % declarant.organization)
        if declarant.organization.closed_on is not None and declarant.organization.closed_on < timezone.localdate():
            raise Refused(_("%s is closed; it can no longer be declared for.") % declarant.organization)
        return
    if appointment.person_id != person.pk:
        raise NotAllowed(_("Only the holder of a post declares its risks."))
    if not Appointment.objects.live(timezone.localdate()).filter(pk=appointment.pk).exists():
        raise Refused(_("This appointment has ended; it can no longer be declared for."))
