"""Who gives a stand-in to whom, who confirms it, who ends it, and who sees it."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Appointment, Assignment, Organization, Person, StandIn
from ..roles import Permission, Role
from ..rules import (
    ADMINISTRATORS,
    EntryVerb,
    NotAllowed,
    OrganizationKind,
    Refused,
    carried,
    entry_after,
    superiors,
)
from .approvals import names
from .organization import (
    CONSOLE,
    administered_organizations,
    check_give_roles,
    held_on,
    is_console,
    nearest,
    recused_from,
    rights_of,
)


def roles_to_give(person: Person) -> QuerySet[Assignment]:
    """Return the roles the person holds today that somebody may stand in for; never what they only stand in for themselves."""
    stood_in_for = [role for role in Role.values if carried(role)]
    return (
        Assignment.objects.live(timezone.localdate())
        .filter(person=person, person__is_active=True, role__in=stood_in_for)
        .select_related("person", "organization")
    )


def candidates_for(assignment: Assignment) -> QuerySet[Person]:
    """Return who may stand in for a role: people of the same unit (of the region, for its office) who do not hold it there.

    Never an administrator: none of them ever sees what is declared.
    """
    today = timezone.localdate()
    lasting = Q(ends_on=None) | Q(ends_on__gte=today)
    place = assignment.organization
    unit = nearest(place, OrganizationKind.UNIT) or place
    inside = Organization.objects.filter(tree_from__range=unit.interval).values("pk")
    own = {"person": OuterRef("pk")}
    roles = Assignment.objects.live(today).filter(**own)
    belongs = Q(Exists(Appointment.objects.live(today).filter(**own, post__organization__in=inside))) | Q(
        Exists(roles.filter(organization__in=inside))
    )
    return (
        Person.objects.filter(belongs, is_active=True)
        .exclude(Exists(Assignment.objects.filter(lasting, **own, role__in=ADMINISTRATORS)))
        .exclude(Exists(roles.filter(role=assignment.role, organization=place)))
        .exclude(username=CONSOLE)
        .exclude(pk=assignment.person_id)
        .exclude(pk__in=recused_from(place))
        .order_by("username")
    )


def superiors_of(assignment: Assignment, person: Person) -> frozenset[int]:
    """Return who confirms that `person` stands in for a role: the next rung up with somebody on it by a right of their own.

    Neither of the two is ever among them, nor who is recused from the place; nobody: it cannot be confirmed.
    """
    place = assignment.organization
    places = {
        "section": place,
        "unit": nearest(place, OrganizationKind.UNIT),
        "region": nearest(place, OrganizationKind.REGION),
    }
    excluded = {assignment.person_id, person.pk, *recused_from(place)}
    for permission, where in superiors(assignment.role):
        if places[where] is None:
            continue
        people = frozenset(held.person for held in held_on(permission, places[where]) if held.whom is None) - excluded
        if people:
            return people
    return frozenset()


def check_give(assignment: Assignment, person: Person) -> None:
    """Refuse giving a stand-in to all but the holder of the role and, for one who is absent, the security administrator."""
    if assignment.person_id != person.pk:
        check_give_roles(assignment.organization, person)
    if not carried(assignment.role):
        raise Refused(
            _("Nobody stands in for the role “%s”: it is done in person, or has nobody above who could confirm it.")
            % assignment.get_role_display()
        )
    today = timezone.localdate()
    if assignment.ends_on is not None and assignment.ends_on < today or not assignment.person.is_active:
        raise Refused(_("This role has ended."))


def check_confirm_stand_in(stand_in: StandIn, person: Person) -> None:
    """Refuse confirming and declining to all but the superior, and of what waits no longer."""
    above = superiors_of(stand_in.assignment, stand_in.person)
    if person.pk not in above or person.pk == stand_in.entered_by_id:
        raise NotAllowed(_("This stand-in is confirmed by %s.") % (names(above) or _("nobody at present")))
    entry_after(stand_in.state, EntryVerb.CONFIRM, is_over=stand_in.is_over)


def check_still_candidate(stand_in: StandIn) -> None:
    """Refuse what was entered of somebody who has left the unit since, or has become what excludes it."""
    if not candidates_for(stand_in.assignment).filter(pk=stand_in.person_id).exists():
        raise Refused(
            _(
                "%s cannot stand in any more: they hold this role, administer the system, belong elsewhere, or are recused."
            )
            % stand_in.person
        )


def check_end_stand_in(stand_in: StandIn, person: Person) -> None:
    """Refuse ending to all but the holder of the role, the superior and the security administrator."""
    if person.pk != stand_in.assignment.person_id and not _is_superior(stand_in, person) and not is_console(person):
        place = stand_in.assignment.organization
        if not administered_organizations(person, Permission.MANAGE_ROLES).filter(pk=place.pk).exists():
            raise NotAllowed(
                _("A stand-in is ended by whom it is for, by who confirms it, or by the security administrator.")
            )
    entry_after(stand_in.state, EntryVerb.END, is_over=stand_in.is_over)


def _is_superior(stand_in: StandIn, person: Person) -> bool:
    return person.pk in superiors_of(stand_in.assignment, stand_in.person)


def visible_stand_ins(person: Person) -> QuerySet[StandIn]:
    """Return the stand-ins the person may see: of both people concerned, who entered or answered, the security administrator.

    The superior sees those on rungs below; `superiors_of` says exactly whether they confirm.
    """
    below = Q(pk__in=[])
    for right in rights_of(person):
        if right.whom is None:
            roles = [role for role in Role.values if right.permission in {rung for rung, _place in superiors(role)}]
            below |= Q(assignment__role__in=roles, assignment__organization__tree_from__range=right.interval)
    kept = administered_organizations(person, Permission.MANAGE_ROLES).order_by().values("pk")
    return StandIn.objects.filter(
        below
        | Q(assignment__person=person)
        | Q(person=person)
        | Q(entered_by=person)
        | Q(answered_by=person)
        | Q(assignment__organization__in=kept)
    )


def stand_ins_to_confirm(person: Person) -> list[StandIn]:
    """Return the stand-ins that wait for the person as superior, the first to begin first."""
    if not any(right.whom is None and right.permission in _CONFIRMING for right in rights_of(person)):
        return []
    waiting = visible_stand_ins(person).waiting(timezone.localdate()).told()
    return [each for each in waiting if each.entered_by_id != person.pk and _is_superior(each, person)]


_CONFIRMING = {permission for role in Role.values for permission, _place in superiors(role)}
