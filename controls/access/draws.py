"""Who draws, who reveals, who reads a draw and replays it, and who keeps the pool of experts."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.access.organization import recused_from
from registry.models import Assignment, Organization, Person
from registry.roles import Permission, roles_with
from registry.rules import Interval, NotAllowed, OrganizationKind

from ..models import Draw, Expert
from .inspections import planning_scope, watching_scope


def _whole(intervals: list[Interval], prefix: str = "") -> Q:
    """Return the condition that an organization with all below it lies in one of `intervals`: who is recused from a part sees none."""
    inside = Q(pk__in=[])
    for low, high in intervals:
        inside |= Q(**{f"{prefix}tree_from__gte": low, f"{prefix}tree_to__lte": high})
    return inside


def places_to_draw(person: Person) -> QuerySet[Organization]:
    """Return the organizations from which the person may draw, in the order of the tree."""
    return Organization.objects.filter(_whole(planning_scope(person)), closed_on=None).order_by("tree_from")


def expert_regions(person: Person) -> QuerySet[Organization]:
    """Return the regions whose pool of experts the person keeps: discipline inspection of the region."""
    return places_to_draw(person).filter(kind=OrganizationKind.REGION)


def visible_experts(person: Person) -> QuerySet[Expert]:
    return Expert.objects.filter(region__in=expert_regions(person).order_by().values("pk"))


def check_experts(person: Person) -> None:
    """Refuse the pool of experts to others than discipline inspection of a region."""
    if not expert_regions(person).exists():
        raise NotAllowed(_("The pool of experts is kept by discipline inspection of the region."))


def visible_draws(person: Person) -> QuerySet[Draw]:
    """Return the draws from organizations of which the person plans or follows all inspections."""
    return Draw.objects.filter(_whole(watching_scope(person), "organization__"))


def check_draws(person: Person) -> None:
    """Refuse the list of draws to who neither draws nor follows inspections."""
    if not watching_scope(person):
        raise NotAllowed(_("Draws are read by those who plan inspections and by the principal leaders."))


def check_commit(organization: Organization, person: Person) -> None:
    """Refuse a draw from an organization whose inspections the person does not plan, or is recused from in part."""
    if not places_to_draw(person).filter(pk=organization.pk).exists():
        raise NotAllowed(_("What is checked there is drawn by the unit's office and by discipline inspection."))


def others_who_reveal(draw: Draw) -> QuerySet[Person]:
    """Return who else than the person who committed plans inspections of all the draw is about."""
    place = draw.organization
    planning = Assignment.objects.live(timezone.localdate()).filter(
        role__in=roles_with(Permission.PLAN_INSPECTIONS),
        organization__tree_from__lte=place.tree_from,
        organization__tree_to__gte=place.tree_to,
    )
    found = Person.objects.filter(pk__in=planning.order_by().values("person"), is_active=True)
    return found.exclude(pk__in=[draw.committed_by_id, *recused_from(place, True)]).order_by("username")


def check_reveal(draw: Draw, person: Person) -> None:
    """Refuse the reveal to who may not draw there, and to who committed where there is a second person for it."""
    check_commit(draw.organization, person)
    if person.pk == draw.committed_by_id and others_who_reveal(draw).exists():
        raise NotAllowed(_("Who committed to a draw does not reveal it; a second person does."))
