"""Who can see and do what where, and why: for those who keep roles, check the chain, or inspect. Rights only, no content.

Every answer comes from the functions that decide it in earnest, so that none can say anything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from ..models import Appointment, Assignment, Organization, Person, Recusal, StandIn
from ..roles import Permission
from ..rules import STEPS, Interval, OrganizationKind, StepKey, contains, merge
from .approvals import Asked, asked_at
from .organization import (
    CONSOLE,
    Right,
    inspected_by,
    ledger_scope,
    readable_organizations,
    recusals_of,
    rights_of,
    scope,
    within,
)


def explained_scope(person: Person) -> list[Interval]:
    """Return where the person is told who may do what: administrators of roles and of the audit, inspectors in jurisdiction."""
    return merge(
        [*scope(person, Permission.MANAGE_ROLES), *scope(person, Permission.READ_AUDIT), *inspected_by(person)]
    )


def explained_organizations(person: Person) -> QuerySet[Organization]:
    """Return the organizations of which the person is told who may do what there, in the order of the tree."""
    return Organization.objects.filter(within(explained_scope(person))).order_by("tree_from")


def explained_people(person: Person) -> QuerySet[Person]:
    """Return the people of whom the person is told what they may do: who has a post or role there today, and themselves."""
    today = timezone.localdate()
    places = explained_organizations(person).order_by().values("pk")
    own = {"person": OuterRef("pk")}
    belongs = Q(Exists(Appointment.objects.live(today).filter(**own, post__organization__in=places))) | Q(
        Exists(Assignment.objects.live(today).filter(**own, organization__in=places))
    )
    return Person.objects.filter(belongs | Q(pk=person.pk)).exclude(username=CONSOLE)


@dataclass(frozen=True)
class Reach:
    """Where a right counts: the organization, for whom where it is stood in for, and what recusals take out of it."""

    right: Right
    organization: Organization
    whom: Person | None
    without: Sequence[Organization]


def reach_of(person: Person) -> dict[Permission, list[Reach]]:
    """Return what the person may do today by permission, in the order of the permissions; nothing: they may do nothing."""
    rights = rights_of(person)
    places = Organization.objects.in_bulk({right.organization_id for right in rights})
    people = Person.objects.in_bulk({right.whom for right in rights} - {None})
    recused = _recused_organizations([person.pk, *people])
    found: dict[Permission, dict[tuple, Reach]] = {}
    for right in sorted(rights, key=lambda right: (places[right.organization_id].tree_from, right.whom or 0)):
        place = places[right.organization_id]
        without = [
            each
            for whose in {person.pk, right.whom} - {None}
            for each in recused.get(whose, [])
            if _touches(each, place)
        ]
        # Of one whose own recusal covers all of it nothing is left.
        if contains(recusals_of(person), place.tree_from) and not _is_below(without, place):
            continue
        reach = Reach(right, place, people.get(right.whom), without)
        found.setdefault(Permission(right.permission), {}).setdefault((place.pk, right.whom), reach)
    return {permission: list(found[permission].values()) for permission in Permission if permission in found}


def _recused_organizations(people: Sequence[int]) -> dict[int, list[Organization]]:
    found: dict[int, list[Organization]] = {}
    for recusal in Recusal.objects.live(timezone.localdate()).filter(person__in=people).select_related("organization"):
        found.setdefault(recusal.person_id, []).append(recusal.organization)
    return found


def _touches(one: Organization, other: Organization) -> bool:
    return one.tree_from <= other.tree_to and other.tree_from <= one.tree_to


def _is_below(recused: Sequence[Organization], place: Organization) -> bool:
    return all(place.tree_from < each.tree_from for each in recused)


def reads_ledger_of(person: Person) -> list[Organization]:
    """Return the topmost organizations whose filed points the person reads."""
    found: list[Organization] = []
    for organization in readable_organizations(person).order_by("tree_from"):
        if not found or organization.tree_from > found[-1].tree_to:
            found.append(organization)
    return found


def readers_of(organization: Organization) -> list[Person]:
    """Return who reads the filed points of an organization itself today, whatever opens them."""
    today = timezone.localdate()
    place = organization.tree_from
    above = {"organization__tree_from__lte": place, "organization__tree_to__gte": place}
    roles = Assignment.objects.live(today).filter(**above)
    candidates = Person.objects.filter(
        Q(pk__in=roles.values("person"))
        | Q(pk__in=StandIn.objects.live(today).filter(assignment__in=roles.values("pk")).values("person"))
        | Q(
            pk__in=Appointment.objects.live(today)
            .filter(post__organization__tree_from__lte=place, post__organization__tree_to__gte=place)
            .values("person")
        ),
        is_active=True,
    )
    return [person for person in candidates.order_by("username") if contains(ledger_scope(person), place)]


def deciders_at(organization: Organization) -> list[tuple[StepKey, Asked, int]]:
    """Return who decides each step there today about a matter of nobody on the ladder, and on which rung (0: nobody).

    Whoever is concerned in a matter is left out when it is decided; then it may go further up.
    """
    found = []
    for key, step in STEPS.items():
        first = step.ladder[0][1]
        if first == "section" and organization.kind != OrganizationKind.SECTION:
            continue
        if first == "unit" and organization.kind == OrganizationKind.REGION:
            continue
        asked = asked_at(key, organization, owners=())
        rungs = [permission for permission, _place in step.ladder]
        found.append((key, asked, rungs.index(Permission(asked.permission)) + 1 if asked.people else 0))
    return found
