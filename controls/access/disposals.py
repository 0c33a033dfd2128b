"""Who proposes, decides, serves, answers and checks disposals; and in which measure anybody knows of one."""

from enum import Enum

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from registry import access
from registry.models import Appointment, Organization, Person
from registry.roles import Permission
from registry.rules import Interval, NotAllowed, OrganizationKind, Refused, contains, merge, subtract

from ..models import Disposal, Finding
from ..querysets.disposals import Knowing
from ..rules import DisposalState, DisposalVerb, FindingState, disposal_after
from .findings import stands_in_at


class Seen(Enum):
    """How much of a disposal a person sees."""

    FULL = "full"  # who handles or decides it
    OWN = "own"  # whom it is about, from serving on: the document, its answers, what came of them
    LATE = "late"  # a leader before whom it was brought: that it is late, not why it was decided


# Who answers for a section, who for a unit.
_LEADS = (Permission.REVIEW_SECTION, Permission.REVIEW_PRINCIPAL)
_HANDLING = frozenset(
    {
        DisposalVerb.REVISE, DisposalVerb.DROP, DisposalVerb.SERVE, DisposalVerb.ACCEPT, DisposalVerb.SEND_BACK,
    }
)  # fmt: skip


def handles_disposals(person: Person) -> list[Interval]:
    """Return where the person proposes, serves and checks disposals."""
    return access.scope(person, Permission.HANDLE_DISPOSALS)


@access.once_a_page
def knowing(person: Person) -> Knowing:
    """Return by what the person may know of disposals today."""
    rights = access.rights_of(person)
    recused = access.recusals_of(person)
    held = {right.organization_id for right in rights if right.permission == Permission.DECIDE_DISPOSALS}
    regions = list(Organization.objects.filter(pk__in=held, kind=OrganizationKind.REGION)) if held else []
    region_ids = {region.pk for region in regions}
    return Knowing(
        person_id=person.pk,
        handles=handles_disposals(person),
        groups=held - region_ids,
        region_groups=region_ids,
        regions=subtract([region.interval for region in regions], recused),
        leads=_led_by(person),
        principal_of={right.organization_id for right in rights if right.permission == Permission.REVIEW_PRINCIPAL},
        withheld=access.withheld_from(person),
    )


def _led_by(person: Person) -> set[int]:
    """Return the sections and units the person answers for; who stands in answers, too."""
    return {right.organization_id for right in access.rights_of(person) if right.permission in _LEADS}


def visible_disposals(person: Person) -> QuerySet[Disposal]:
    """Return the disposals the person may know of, in whatever measure (`seen`)."""
    return Disposal.objects.known_to(knowing(person))


def disposals_in_full(person: Person) -> QuerySet[Disposal]:
    """Return the disposals the person handles, decides or has decided."""
    return Disposal.objects.known_in_full(knowing(person))


def knows_of_disposals(person: Person) -> bool:
    """Say whether the door to disposals stands in the person's navigation."""
    known = knowing(person)
    return bool(known.handles or known.groups or known.regions) or visible_disposals(person).exists()


def door_to_disposals(person: Person) -> int | None:
    """Return how many disposals wait for the person, for the navigation; None: there is no door for them. One query."""
    known = knowing(person)
    if known.handles or known.groups or known.regions:
        return waiting_disposals(person).count()
    is_open = Count("pk", filter=Q(state=DisposalState.SERVED))
    found = Disposal.objects.known_to(known).order_by().aggregate(every=Count("pk"), open=is_open)
    return found["open"] if found["every"] else None


def seen(disposal: Disposal, person: Person) -> Seen | None:
    """Return how much of a disposal the person sees; None: not even that it is there."""
    known, this = knowing(person), Disposal.objects.filter(pk=disposal.pk)
    for measure, found in (
        (Seen.OWN, this.about(known)),
        (Seen.FULL, this.known_in_full(known)),
        (Seen.LATE, this.brought_before(known)),
    ):
        if found.exists():
            return measure
    return None


def waiting_disposals(person: Person) -> QuerySet[Disposal]:
    """Return what the person has to go on with: to serve, to check, to propose again; of their own to acknowledge and answer."""
    known = knowing(person)
    own = Disposal.objects.about(known).filter(state=DisposalState.SERVED)
    to_handle = (
        Disposal.objects.known_in_full(known)
        .at(known.handles)
        .filter(state__in=[DisposalState.RETURNED, DisposalState.DECIDED, DisposalState.ANSWERED])
    )
    return Disposal.objects.filter(Q(pk__in=own.values("pk")) | Q(pk__in=to_handle.values("pk")))


def is_about(disposal: Disposal, person: Person) -> bool:
    """Say whether a disposal is about the person, or about what they answer for."""
    if disposal.person_id is not None:
        return disposal.person_id == person.pk
    return disposal.organization_id in _led_by(person)


def heads_of(organization: Organization) -> set[int]:
    """Return who answers for a section or unit today, with those who stand in."""
    permission = (
        Permission.REVIEW_PRINCIPAL if organization.kind == OrganizationKind.UNIT else Permission.REVIEW_SECTION
    )
    return {held.person for held in access.held_on(permission, organization)}


def places_to_propose_for(person: Person) -> QuerySet[Organization]:
    """Return the units and sections in which the person proposes disposals, in the order of the tree."""
    kinds = (OrganizationKind.UNIT, OrganizationKind.SECTION)
    inside = access.within(handles_disposals(person))
    return Organization.objects.filter(inside, kind__in=kinds, closed_on=None).order_by("tree_from")


def appointments_to_propose_for(organization: Organization, person: Person) -> QuerySet[Appointment]:
    """Return the posts of an organization held today by others than the person themselves."""
    live = Appointment.objects.live(timezone.localdate()).filter(
        post__organization=organization, person__is_active=True
    )
    return live.exclude(person=person).select_related("person", "post").order_by("post", "pk")


def check_propose(
    organization: Organization, by: Person, *, finding: Finding | None, previous: Disposal | None
) -> None:
    """Refuse proposing a disposal outside the jurisdiction of an inspector, or from what was not handed over or not escalated."""
    if not contains(handles_disposals(by), organization.tree_from):
        raise NotAllowed(_("Disposals are proposed by the discipline inspectors of the place."))
    if finding is not None:
        if finding.organization_id != organization.pk:
            raise Refused(_("This finding is about another place."))
        if finding.state != FindingState.DISPOSAL:
            raise Refused(_("This finding was not handed over for disposal."))
    if previous is not None and not disposals_in_full(by).filter(pk=previous.pk).exists():
        raise NotAllowed(_("Disposals are proposed by the discipline inspectors of the place."))


def check_act(disposal: Disposal, verb: str, person: Person) -> None:
    """Refuse a step about a disposal the person knows of: to who may not do it, or where its state does not allow it."""
    verb = DisposalVerb(verb)
    if verb in _HANDLING:
        _check_handle(disposal, person)
    elif verb in (DisposalVerb.ACKNOWLEDGE, DisposalVerb.ANSWER):
        if not is_about(disposal, person) or disposal.served_on is None:
            raise NotAllowed(_("Only who it is about does this."))
    elif verb == DisposalVerb.ANNUL:
        _check_annul(disposal, person)
    disposal_after(disposal.state, verb)
    if verb == DisposalVerb.ACKNOWLEDGE and is_acknowledged(disposal):
        raise Refused(_("It is acknowledged already."))


def _check_handle(disposal: Disposal, person: Person) -> None:
    if is_about(disposal, person) or not contains(handles_disposals(person), disposal.position):
        raise NotAllowed(_("Only the discipline inspectors of the place do this."))


def _check_annul(disposal: Disposal, person: Person) -> None:
    """What the leading group has decided it annuls; who it is about and who proposed it decide nothing, nor anybody for them."""
    if disposal.body is None:
        disposal_after(disposal.state, DisposalVerb.ANNUL)
    held = [each for each in access.held_on(Permission.DECIDE_DISPOSALS, disposal.body) if each.person == person.pk]
    excluded = {disposal.proposed_by_id, disposal.person_id} - {None}
    if disposal.person_id is None:
        excluded |= heads_of(disposal.organization)
    is_recused = contains(access.recusals_of(person), disposal.position)
    may = any(each.whom is None or each.whom not in excluded for each in held)
    if is_recused or person.pk in excluded or not may:
        raise NotAllowed(_("What the leading group of %s has decided only its leader annuls.") % disposal.body)


def annuls_for(disposal: Disposal, person: Person) -> int | None:
    """Return for whom the person annuls a disposal: None where the right is their own."""
    held = [each for each in access.held_on(Permission.DECIDE_DISPOSALS, disposal.body) if each.person == person.pk]
    return None if any(each.whom is None for each in held) else held[0].whom


def answers_for(disposal: Disposal, person: Person) -> int | None:
    """Return for whom the person acknowledges and answers: None where it is their own."""
    if disposal.person_id is not None:
        return None
    unit = disposal.organization.kind == OrganizationKind.UNIT
    permission = Permission.REVIEW_PRINCIPAL if unit else Permission.REVIEW_SECTION
    return stands_in_at(person, permission, disposal.position)


def is_acknowledged(disposal: Disposal) -> bool:
    """Say whether who it is about has acknowledged it on screen."""
    return disposal.steps.filter(verb=DisposalVerb.ACKNOWLEDGE).exists()


def takes_register(person: Person) -> bool:
    """Say whether the person takes the register of disposals out as a workbook."""
    return bool(handles_disposals(person))


def counts_scope(person: Person) -> list[Interval]:
    """Return where the person reads how many disposals there were, small counts left out: the region's office, and who knows all."""
    return merge([*access.scope(person, Permission.VIEW_COUNTS), *handles_disposals(person), *knowing(person).regions])
