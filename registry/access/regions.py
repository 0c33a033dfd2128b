"""What goes to the region: who sends it and who sees its answer; whom the region may name where nobody is eligible."""

from collections import defaultdict

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Appointment, Approval, Assignment, Declaration, Organization, Person, Recusal
from ..roles import Permission, roles_with
from ..rules import (
    CONFIDENTIAL_APPROVALS,
    KINDS,
    ApprovalState,
    DeclarationState,
    Interval,
    NotAllowed,
    OrganizationKind,
    Refused,
    RegionState,
    contains,
    merge,
    subtract,
)
from .approvals import asked_now, has_decided, waiting_for, who_decides
from .declarants import prepared_by
from .declarations import is_owner
from .organization import (
    ADMINISTERING,
    CONSOLE,
    holders,
    nearest,
    once_a_page,
    recusals_of,
    recused_from,
    region_scope,
    rights_of,
    scope,
    within,
)

# None of these ever sees what is declared, so none of them is named to decide on it.
_ADMINISTRATORS = {role for permission in (*ADMINISTERING, Permission.READ_AUDIT) for role in roles_with(permission)}


# --- Sending and answering ---------------------------------------------------------------------------------------------


@once_a_page
def sending_scope(person: Person) -> list[Interval]:
    """Return where the person sends what is filed to the region: as the unit's office; the region's where there is none.

    As with filing, the region's office steps in where nobody of the unit's may.
    """
    region = region_scope(person)
    return merge(
        [*scope(person, Permission.FILE_DECLARATIONS), *(subtract(region, _seen_to(region)) if region else [])]
    )


def _seen_to(intervals: list[Interval]) -> list[Interval]:
    """Return where within `intervals` some office of a unit sees to it."""
    today = timezone.localdate()
    clerks = Assignment.objects.live(today).filter(
        role__in=roles_with(Permission.FILE_DECLARATIONS),
        person__is_active=True,
        organization__in=Organization.objects.filter(within(intervals)).values("pk"),
    )
    recused = defaultdict(list)
    for recusal in (
        Recusal.objects.live(today).filter(person__in=clerks.values("person")).select_related("organization")
    ):
        recused[recusal.person_id].append(recusal.organization.interval)
    found: list[Interval] = []
    for clerk in clerks.select_related("organization"):
        found += subtract([clerk.organization.interval], recused[clerk.person_id])
    return found


def check_send(declaration: Declaration, person: Person) -> None:
    """Refuse sending to the region, and answering what it asks, to all but the unit's office."""
    if not contains(sending_scope(person), declaration.position):
        raise NotAllowed(_("What goes to the region is sent by the office of the leading group of the unit."))


def sees_region_trace(declaration: Declaration, person: Person) -> bool:
    """Say whether the region's decisions and remarks are shown: to owners, to both offices, to who decides or has decided."""
    if is_owner(declaration, person):
        return True
    place = declaration.position
    if contains(recusals_of(person), place):
        return False
    if any(contains(intervals, place) for intervals in (region_scope(person), scope(person, Permission.VIEW_PROGRESS))):
        return True
    approval = declaration.region_approval
    return approval is not None and (
        has_decided(approval, person)
        or waiting_for(person).filter(pk=approval.pk).exists()
        or contains(sending_scope(person), place)
    )


def reporting_units(person: Person) -> QuerySet[Organization]:
    """Return the units that report to a region in whose office the person is, in the order of the tree."""
    return Organization.objects.filter(within(region_scope(person)), kind=OrganizationKind.UNIT).order_by("tree_from")


def returned_to_mend(person: Person) -> QuerySet[Declaration]:
    """Return what the region returned of what the person answers for today, until a later supplement is filed."""
    live = Appointment.objects.live(timezone.localdate())
    own = live.filter(person=person)
    later = Declaration.objects.filter(
        Q(post=OuterRef("post")) | Q(post=None, organization=OuterRef("organization"), level=OuterRef("level")),
        phase=OuterRef("phase"),
        supplement__gt=0,
        state=DeclarationState.FILED,
        filed_at__gt=OuterRef("region_approval__step_since"),
    )
    # Of a post whose holder has left it is the successor's to mend.
    mine = Q(appointment__in=own.values("pk")) | Q(post__in=own.values("post")) & ~Q(appointment__in=live.values("pk"))
    mine |= Q(appointment=None, organization__in=prepared_by(person))
    return Declaration.objects.filter(mine, ~Exists(later), region_state=RegionState.RETURNED)


# --- Nobody eligible: the region names a person ------------------------------------------------------------------------


def unreviewed_scope(person: Person) -> list[Interval]:
    """Return where the person is shown what nobody is asked to decide by role: of the unit's office, of the region's."""
    return merge([*scope(person, Permission.VIEW_PROGRESS), *region_scope(person)])


def unreviewed(person: Person) -> QuerySet[Approval]:
    """Return the approvals shown to the person that nobody is asked to decide by role, the oldest first."""
    confidential = {kind: _told_of(kind, person) for kind in CONFIDENTIAL_APPROVALS}
    return Approval.objects.without_reviewer(person.pk, unreviewed_scope(person), recusals_of(person), confidential)


def sees_unreviewed(person: Person) -> bool:
    """Say whether the person is shown anything that nobody is asked to decide by role."""
    return bool(unreviewed_scope(person)) or any(_told_of(kind, person) for kind in CONFIDENTIAL_APPROVALS)


def naming_scope(kind: str, person: Person) -> list[Interval]:
    """Return where the person may name who decides approvals of this kind for which nobody is eligible."""
    permission = KINDS[kind].named_by
    if permission == Permission.DECIDE_FOR_REGION:
        return region_scope(person)
    held = {right.organization_id: right.interval for right in rights_of(person) if right.permission == permission}
    regions = Organization.objects.filter(pk__in=held, kind=OrganizationKind.REGION) if held else ()
    return subtract([region.interval for region in regions], recusals_of(person))


def _told_of(kind: str, person: Person) -> list[Interval]:
    return merge([*naming_scope(kind, person), *scope(person, KINDS[kind].followed_by)])


def check_name(approval: Approval, person: Person) -> None:
    """Refuse naming who decides to all but the region's office, and wherever somebody is eligible by role."""
    if approval.state != ApprovalState.OPEN:
        raise Refused(_("There is nothing to decide here at present."))
    asked = asked_now(approval)
    if asked.permission:
        raise Refused(_("This step is decided by %s; nobody is named.") % who_decides(asked))
    region = nearest(approval.organization, OrganizationKind.REGION)
    kind = KINDS[approval.kind]
    if region is None or not holders(kind.named_by, region).filter(pk=person.pk).exists():
        if kind.is_confidential:
            raise NotAllowed(_("Where nobody is eligible, the region's leading group names a person."))
        raise NotAllowed(_("Where nobody is eligible, the region's office names a person."))
    if approval.owners.filter(pk=person.pk).exists():
        raise NotAllowed(_("This is your own matter; another person of the region's office names who decides."))
    if person.pk in recused_from(approval.organization, KINDS[approval.kind].is_whole):
        raise NotAllowed(_("You are recused from %s.") % approval.organization)


def people_to_name(approval: Approval) -> QuerySet[Person]:
    """Return who may be named: people of the region who are no owner, have not decided in this round, are not recused.

    Whoever administers the system is never among them.
    """
    today = timezone.localdate()
    region = nearest(approval.organization, OrganizationKind.REGION)
    if region is None:
        return Person.objects.none()
    inside = Organization.objects.filter(tree_from__range=region.interval).values("pk")
    own = {"person": OuterRef("pk")}
    belongs = Q(Exists(Appointment.objects.live(today).filter(**own, post__organization__in=inside))) | Q(
        Exists(Assignment.objects.live(today).filter(**own, organization__in=inside))
    )
    administers = Exists(Assignment.objects.live(today).filter(**own, role__in=_ADMINISTRATORS))
    made = approval.decisions.filter(round=approval.round)
    return (
        Person.objects.filter(belongs, ~administers, is_active=True)
        .exclude(username=CONSOLE)
        .exclude(pk__in=approval.owners.values("pk"))
        .exclude(pk__in=made.values("decided_by"))
        .exclude(pk__in=made.exclude(decided_for=None).values("decided_for"))
        .exclude(pk__in=recused_from(approval.organization, KINDS[approval.kind].is_whole))
        .order_by("username")
    )
