"""Who plans inspections, who checks, and who reads which sheet."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.access import (
    ledger_scope,
    rights_of,
    scope,
    withheld_from,
)
from registry.access.organization import recused_from, within
from registry.models import Appointment, Assignment, Organization, Person, Post
from registry.querysets.places import lies_within
from registry.roles import Permission, roles_with
from registry.rules import Interval, NotAllowed, OrganizationKind, contains, merge, subtract

from ..models import Inspection, InspectionPlan
from ..rules import PERMISSIONS, InspectionState, Rung

_HEADS = {permission for rung, permission in PERMISSIONS.items() if rung != Rung.INSPECTION}
_INSPECTION = PERMISSIONS[Rung.INSPECTION]


def planning_scope(person: Person) -> list[Interval]:
    """Return where the person plans inspections and draws: the unit's office, discipline inspection in its jurisdiction."""
    return scope(person, Permission.PLAN_INSPECTIONS)


def watching_scope(person: Person) -> list[Interval]:
    """Return where the person follows all inspections: who plans them, and the principal leaders of a unit."""
    return merge([*planning_scope(person), *scope(person, Permission.REVIEW_PRINCIPAL)])


def units_to_plan(person: Person) -> QuerySet[Organization]:
    """Return the units whose inspections the person plans, in the order of the tree."""
    units = Organization.objects.filter(within(planning_scope(person)), kind=OrganizationKind.UNIT, closed_on=None)
    return units.order_by("tree_from")


def places_to_inspect(person: Person) -> QuerySet[Organization]:
    """Return the units and sections of which the person may have a special inspection made."""
    kinds = (OrganizationKind.UNIT, OrganizationKind.SECTION)
    return Organization.objects.filter(within(planning_scope(person)), kind__in=kinds).order_by("tree_from")


def check_plan(organization: Organization, person: Person) -> None:
    """Refuse planning to others than the office and discipline inspection."""
    if not contains(planning_scope(person), organization.tree_from):
        raise NotAllowed(_("Inspections are planned by the unit's office and by discipline inspection."))


def check_plans(person: Person) -> None:
    """Refuse the pages of planning to who plans nowhere."""
    if not planning_scope(person):
        raise NotAllowed(_("Inspections are planned by the unit's office and by discipline inspection."))


def check_close(plan: InspectionPlan, person: Person) -> None:
    """Refuse closing a plan to who does not plan for all of the unit: who is recused from a part leaves it to others."""
    check_plan(plan.unit, person)
    if subtract([plan.unit.interval], planning_scope(person)):
        raise NotAllowed(_("You do not plan for all of the unit; somebody else closes its plan."))


def visible_plans(person: Person) -> QuerySet[InspectionPlan]:
    """Return the plans of the units whose inspections the person follows."""
    return InspectionPlan.objects.filter(lies_within(watching_scope(person), Organization))


def _posts_held(*people: int) -> QuerySet:
    return Appointment.objects.live(timezone.localdate()).filter(person__in=people).order_by().values("post")


def _asked(person: Person) -> Q:
    """Return the condition that the person is the one to check: by their office, standing in for it, or by name.

    Nobody checks their own post, nor, standing in for somebody, that person's.
    """
    by_office = Q(pk__in=[])
    for right in rights_of(person):
        if right.permission in _HEADS and right.is_whole:
            asked = Q(asked_permission=right.permission, asked_organization=right.organization_id)
            by_office |= asked & ~Q(post__in=_posts_held(right.whom)) if right.whom else asked
    if jurisdiction := scope(person, _INSPECTION):
        by_office |= Q(asked_permission=_INSPECTION, asked_organization=None) & lies_within(jurisdiction, Organization)
    # Who was named reads the points there, or checks no more: somebody else is named.
    by_name = Q(inspector=person) & lies_within(ledger_scope(person), Organization)
    return (by_name | Q(inspector=None) & by_office) & ~Q(post__in=_posts_held(person.pk))


def visible_inspections(person: Person) -> QuerySet[Inspection]:
    """Return the inspections the person may read of: those they follow, those they check, and signed ones of their own.

    Their own are those of the section they lead or supervise, of the post they hold, and those they signed.
    """
    followed = lies_within(watching_scope(person), Organization)
    led = merge([*scope(person, Permission.REVIEW_SECTION), *scope(person, Permission.REVIEW_SUPERVISED)])
    own = lies_within(led, Organization) | Q(post__in=_posts_held(person.pk)) | Q(signed_by=person)
    found = Inspection.objects.filter(followed | _asked(person) | Q(state=InspectionState.SIGNED) & own)
    return found.exclude(lies_within(withheld_from(person), Organization))


def to_inspect(person: Person) -> QuerySet[Inspection]:
    """Return the open inspections the person is to make."""
    return Inspection.objects.open().filter(_asked(person)).exclude(lies_within(withheld_from(person), Organization))


def inspects_anything(person: Person) -> bool:
    """Say whether the person plans, follows or leads anything that is inspected, or has something to inspect."""
    heads = any(right.permission in {*_HEADS, _INSPECTION} for right in rights_of(person))
    return heads or bool(planning_scope(person)) or visible_inspections(person).exists()


def check_fill(inspection: Inspection, person: Person) -> int | None:
    """Return for whom the person checks (None: as themselves); refuse a sheet that is somebody else's, and one's own post."""
    if inspection.post_id and Appointment.objects.live(timezone.localdate()).filter(
        person=person, post=inspection.post_id
    ):
        raise NotAllowed(_("Nobody checks their own post."))
    if not to_inspect_or_signed(person).filter(pk=inspection.pk).exists():
        raise NotAllowed(_("This sheet is filled in by: %s.") % inspection.who_checks)
    if inspection.inspector_id or inspection.asked_permission == _INSPECTION:
        return None
    asked = (inspection.asked_permission, inspection.asked_organization_id)
    held = [right for right in rights_of(person) if (right.permission, right.organization_id) == asked]
    return sorted(held, key=lambda right: right.whom is not None)[0].whom


def to_inspect_or_signed(person: Person) -> QuerySet[Inspection]:
    """Return the inspections, open or not, that are the person's to make."""
    return Inspection.objects.filter(_asked(person)).exclude(lies_within(withheld_from(person), Organization))


def readers_to_name(organization: Organization) -> QuerySet[Person]:
    """Return who may be named to check somewhere there: those who read its ledger by role and are not recused from any of it."""
    reading = Assignment.objects.live(timezone.localdate()).filter(
        role__in=roles_with(Permission.VIEW_LEDGER),
        organization__tree_from__lte=organization.tree_from,
        organization__tree_to__gte=organization.tree_to,
    )
    found = Person.objects.filter(pk__in=reading.order_by().values("person"), is_active=True)
    return found.exclude(pk__in=recused_from(organization, True)).order_by("username")


def people_to_name(organization: Organization, post: Post | None) -> QuerySet[Person]:
    """Return who of them does not hold the post, or (post None) any post there: nobody checks their own."""
    held = Appointment.objects.live(timezone.localdate()).order_by()
    if post is not None:
        held = held.filter(post=post)
    else:
        held = held.filter(post__organization__tree_from__range=organization.interval)
    return readers_to_name(organization).exclude(pk__in=held.values("person"))
