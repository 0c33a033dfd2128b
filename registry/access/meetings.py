"""Who enters and confirms the meetings of a leadership team, who reads them, and what is decided in one only."""

from collections.abc import Collection, Iterable

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Appointment, Approval, Decision, Declaration, Meeting, MeetingItem, Organization, Person, Recusal
from ..querysets.places import overlaps
from ..roles import Permission
from ..rules import (
    WRITING,
    MeetingPurpose,
    MeetingState,
    MeetingVerb,
    NotAllowed,
    OrganizationKind,
    Refused,
    contains,
    decided_in_meeting,
    meeting_after,
    subtract,
)
from .approvals import Asked, asked_now, check_decide, names, waiting_for
from .organization import holders, once_a_page, recusals_of, recused_from, rights_of, withheld_from

# The recorder of the team, the office of the unit, the members themselves.
_ENTERING = (Permission.PREPARE, Permission.FILE_DECLARATIONS, Permission.REVIEW_TEAM)


def units_met_for(person: Person) -> QuerySet[Organization]:
    """Return the units whose team's meetings the person enters: whole, without a part they are recused from.

    A meeting names declarations of the whole unit, and nobody meets what they are recused from.
    """
    held = [right.organization_id for right in rights_of(person) if right.permission in _ENTERING and right.is_whole]
    units = Organization.objects.filter(pk__in=held, kind=OrganizationKind.UNIT)
    return units.exclude(overlaps(recusals_of(person))).order_by("tree_from")


@once_a_page
def enters_meetings(person: Person) -> bool:
    """Say whether the person enters meetings anywhere: whether they stand in their navigation."""
    recused = recusals_of(person)
    held = {
        right.permission
        for right in rights_of(person)
        if right.permission in _ENTERING and right.is_whole and subtract([right.interval], recused) == [right.interval]
    }
    # Sections have recorders too; the other two are held on units alone.
    return units_met_for(person).exists() if held == {Permission.PREPARE} else bool(held)


def visible_meetings(person: Person) -> QuerySet[Meeting]:
    """Return the deciding meetings the person reads."""
    return Meeting.objects.visible(person.pk, units=units_met_for(person).values("pk"), recused=withheld_from(person))


def reads_meetings(person: Person) -> bool:
    """Say whether there can be a meeting for the person: who enters them, holds a post of a team, or was at one."""
    today = timezone.localdate()
    posts = Appointment.objects.live(today).filter(person=person, post__organization__kind=OrganizationKind.UNIT)
    return enters_meetings(person) or posts.exists() or visible_meetings(person).exists()


def visible_items(meeting: Meeting, person: Person) -> QuerySet[MeetingItem]:
    """Return the lines of a meeting without those about places the person is recused from."""
    hidden = Q(pk__in=[])
    for interval in withheld_from(person):
        hidden |= Q(approval__position__range=interval)
    return meeting.items.exclude(hidden)


def meetings_to_confirm(person: Person) -> QuerySet[Meeting]:
    """Return the meetings that wait for the person's confirmation, the oldest first."""
    if not any(right.permission == Permission.REVIEW_TEAM for right in rights_of(person)):
        return Meeting.objects.none()
    found = visible_meetings(person).to_confirm(person.pk, waiting_for(person))
    return found.select_related("organization").order_by("held_on", "pk")


def meetings_sent_back(person: Person) -> QuerySet[Meeting]:
    """Return the meetings the person entered that were sent back and can be changed again."""
    if not enters_meetings(person):
        return Meeting.objects.none()
    units = units_met_for(person).values("pk")
    found = Meeting.objects.filter(organization__in=units, purpose=MeetingPurpose.DECIDING, state=MeetingState.DRAFT)
    found = found.filter(entered_by=person).exclude(sent_back_reason="")
    return found.select_related("organization").order_by("held_on", "pk")


def may_enter(unit: Organization, person: Person) -> bool:
    """Say whether the person enters meetings of the team of this unit."""
    return units_met_for(person).filter(pk=unit.pk).exists()


def check_enter(unit: Organization, person: Person) -> None:
    """Refuse entering a meeting to all but the recorder, the office and the members of the team."""
    if not may_enter(unit, person):
        raise NotAllowed(
            _("Meetings of the leadership team of %s are entered by its recorder, the unit's office or a member.")
            % unit
        )


def check_write(meeting: Meeting, person: Person, verb: MeetingVerb = MeetingVerb.SAVE) -> None:
    """Refuse changing, putting or throwing away a meeting that is not one's own to enter or not being entered."""
    check_enter(meeting.organization, person)
    meeting_after(meeting.state, verb)


def writers_of(meeting: Meeting) -> set[int]:
    """Return who entered the meeting, changed it or put it to confirmation."""
    rows = meeting.history.filter(history_change_reason__in=WRITING, history_user__isnull=False)
    return {meeting.entered_by_id, *rows.values_list("history_user", flat=True)}


def confirmers_of(meeting: Meeting) -> QuerySet[Person]:
    """Return the members of the team today who were present and had no hand in entering the meeting."""
    members = holders(Permission.REVIEW_TEAM, meeting.organization)
    return members.filter(meetings=meeting).exclude(pk__in=writers_of(meeting)).order_by("username")


def check_confirm(meeting: Meeting, person: Person) -> None:
    """Refuse confirming to all but a member of the team who was present and had no hand in entering it."""
    confirmers = set(confirmers_of(meeting).values_list("pk", flat=True))
    if person.pk not in confirmers or contains(recusals_of(person), meeting.position):
        who = names(confirmers) or _("nobody at present")
        if person.pk in writers_of(meeting):
            raise NotAllowed(
                _("You entered or changed this meeting; another member who was present confirms it: %s.") % who
            )
        raise NotAllowed(_("A meeting is confirmed by a member of the team who was present: %s.") % who)
    meeting_after(meeting.state, MeetingVerb.CONFIRM)


def check_send_back(meeting: Meeting, person: Person) -> None:
    """Refuse sending back to all but those present who could confirm meetings, and those who enter them."""
    members = holders(Permission.REVIEW_TEAM, meeting.organization).filter(meetings=meeting)
    is_recused = contains(recusals_of(person), meeting.position)
    if (is_recused or not members.filter(pk=person.pk).exists()) and not may_enter(meeting.organization, person):
        raise NotAllowed(_("A meeting is sent back by a member who was present, or by those who enter meetings."))
    meeting_after(meeting.state, MeetingVerb.SEND_BACK)


# --- Deciding ---------------------------------------------------------------------------------------------------------


def concerned_in(approvals: Iterable[Approval], people: Collection[int]) -> dict[int, set[int]]:
    """Return by approval who of these people is concerned: it is their own matter, or they are recused from its place."""
    approvals = list(approvals)
    found: dict[int, set[int]] = {approval.pk: set() for approval in approvals}
    owners = Approval.owners.through.objects.filter(approval__in=list(found), person__in=people)
    for approval, person in owners.values_list("approval", "person"):
        found[approval].add(person)
    recusals = Recusal.objects.live(timezone.localdate()).filter(person__in=people)
    intervals = list(recusals.values_list("person", "organization__tree_from", "organization__tree_to"))
    for approval in approvals:
        found[approval.pk] |= {person for person, low, high in intervals if low <= approval.position <= high}
    return found


def members_who_may_decide(approvals: Iterable[Approval], unit: Organization) -> dict[int, set[int]]:
    """Return by approval which members of the team may decide on it: as `asked_now`, for many at once."""
    approvals = list(approvals)
    members = set(holders(Permission.REVIEW_TEAM, unit).values_list("pk", flat=True))
    found = {pk: members - concerned for pk, concerned in concerned_in(approvals, members).items()}
    made = Decision.objects.filter(approval__in=list(found), round=F("approval__round"))
    for approval, *people in made.values_list("approval", "decided_by", "decided_for"):
        found[approval] -= {*people}
    return found


def is_decided_in_meeting(approval: Approval, asked: Asked) -> bool:
    """Say whether the team decides this step in a meeting.

    Not where nobody enters meetings, or where whoever does is also the only one who could confirm: they decide on screen.
    """
    if not decided_in_meeting(approval.step_key, asked.permission):
        return False
    entering = _who_enters(asked.organization)
    return bool(entering) and len(entering | asked.people) > 1


def _who_enters(unit: Organization) -> set[int]:
    """Return who enters meetings of the team of a unit."""
    held = Q(pk__in=[])
    for permission in _ENTERING:
        held |= Q(pk__in=holders(permission, unit).values("pk"))
    return set(Person.objects.filter(held).values_list("pk", flat=True)) - set(recused_from(unit, True))


def check_meeting(approval: Approval, asked: Asked, item: MeetingItem | None) -> None:
    """Refuse deciding on screen what the team decides in a meeting, and in a meeting what it does not decide."""
    if is_decided_in_meeting(approval, asked):
        if item is None:
            raise Refused(_in_a_meeting(asked.organization))
        if item.meeting.organization_id == asked.organization.pk:
            return
    if item is not None:
        raise Refused(_("This step is not the leadership team's to decide any more."))


def _in_a_meeting(unit: Organization) -> str:
    entering = {
        person
        for permission in (Permission.PREPARE, Permission.FILE_DECLARATIONS)
        for person in holders(permission, unit).values_list("pk", flat=True)
    }
    who = names(entering)
    if who:
        return (
            _(
                "The leadership team decides in a meeting. It is entered by %s or a member of the team, and confirmed by "
                "another member who was present."
            )
            % who
        )
    return _(
        "The leadership team decides in a meeting. It is entered by a member of the team, and confirmed by another member "
        "who was present."
    )


def check_decide_on_screen(approval: Approval, person: Person) -> Asked:
    """Return by what right the person decides now, by themselves and on screen; raise with the reason why not."""
    asked = check_decide(approval, person)
    check_meeting(approval, asked, None)
    return asked


def check_present(declaration: Declaration, person: Person) -> None:
    """Refuse the team's resolution to members who were not at the meeting that settled it, or who prepared it.

    Where the step has come to another body, that one decides by itself.
    """
    asked = asked_now(declaration.approval)
    if asked.permission != Permission.REVIEW_TEAM:
        return
    present = set(declaration.meeting.present.values_list("pk", flat=True))
    preparers = set(declaration.preparers.values_list("pk", flat=True))
    if person.pk not in present - preparers:
        raise NotAllowed(
            _("The resolution is confirmed by a member who was at the meeting and did not prepare it: %s.")
            % (names((present & asked.people) - preparers) or _("nobody at present"))
        )
