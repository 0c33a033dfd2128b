"""The meetings in which a leadership team decides: entered by one, confirmed by another (part III §4(2) 领导班子审核把关)."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .. import access
from ..models import Approval, Decision, Declaration, Meeting, MeetingItem, Organization, Person
from ..roles import Permission
from ..rules import (
    VERDICTS,
    ApprovalState,
    Changed,
    Gap,
    Incomplete,
    ItemFacts,
    MeetingPurpose,
    MeetingState,
    MeetingVerb,
    NotAllowed,
    Refused,
    Upload,
    Verdict,
    decided_in_meeting,
    digest,
    item_gaps,
    meeting_after,
    record_gaps_of,
)
from .approvals import DECLARATION
from .attachments import drop_attachment, keep_attachment
from .audit import record
from .declarations import content_of, decide_declaration
from .records import RECORD, check_present_on_roll, roll_of
from .writing import change, create

MOST_ITEMS = 200  # of one meeting


@dataclass(frozen=True)
class Said:
    """What a meeting said about one declaration, as it is entered. `version` is of the approval as it was seen."""

    approval: Approval
    version: int
    verdict: str
    reason: str = ""
    withdrawn: Collection[Person] = ()


def approvals_before_team(unit: Organization) -> list[Approval]:
    """Return the declarations that wait for a meeting of the team, in the order of the tree.

    Those that another meeting has dealt with, and that wait for its confirmation, are left out.
    """
    asked = Approval.objects.filter(
        kind=DECLARATION,
        state=ApprovalState.OPEN,
        asked_permission=Permission.REVIEW_TEAM,
        asked_organization=unit,
    )
    waiting = MeetingItem.objects.waiting().values("approval")
    found = asked.exclude(pk__in=waiting).select_related("organization", "asked_organization")
    return [
        approval
        for approval in found.order_by("position", "submitted_at", "pk")
        if decided_in_meeting(approval.step_key, approval.asked_permission)
    ]


@transaction.atomic
def enter_meeting(*, by: Person, unit: Organization) -> Meeting:
    """Begin to enter a meeting of the leadership team of a unit."""
    access.check_enter(unit, by)
    meeting = Meeting(
        purpose=MeetingPurpose.DECIDING,
        organization=unit,
        position=unit.tree_from,
        entered_by=by,
        entered_at=timezone.now(),
    )
    meeting._change_reason = MeetingVerb.ENTER
    create(meeting, by=by)
    record("meeting.enter", by=by, subject=meeting)
    return meeting


@transaction.atomic
def save_meeting(
    *,
    by: Person,
    meeting: Meeting,
    expected: int,
    held_on: dt.date | None,
    chair: Person | None,
    present: Collection[Person],
    minutes: str,
    items: Sequence[Said],
    attachment: Upload | None = None,
    without_attachment: bool = False,
) -> Meeting:
    """Write a meeting that is being entered if it still has the version `expected`. `items` replace those it had.

    Whoever of those present is concerned by a declaration is marked as withdrawn, also where nobody said so.
    """
    meeting = _lock(meeting)
    access.check_write(meeting, by)
    check_present_on_roll(meeting.organization, meeting, chair, present)
    _check_said(meeting, items)
    values: dict[str, Any] = {"held_on": held_on, "chair": chair, "minutes": minutes}
    replaced = meeting.attachment_id if attachment or without_attachment else None
    if attachment is not None:
        values["attachment"] = keep_attachment(attachment, by=by)
    elif without_attachment:
        values["attachment"] = None
    _change(meeting, MeetingVerb.SAVE, by=by, expected=expected, **values)
    meeting._history_user = by
    meeting.present.set(present)
    if replaced and not _was_put(meeting):
        drop_attachment(replaced)
    _write_items(meeting, items)
    record("meeting.save", by=by, subject=meeting, content=meeting_content(meeting))
    return meeting


def _check_said(meeting: Meeting, items: Sequence[Said]) -> None:
    """Refuse lines about what does not stand before the team, or not as it was seen."""
    if len(items) > MOST_ITEMS:
        raise Refused(_("A meeting deals with at most %(most)s declarations.") % {"most": MOST_ITEMS})
    standing = {approval.pk: approval for approval in approvals_before_team(meeting.organization)}
    for said in items:
        now = standing.get(said.approval.pk)
        about = {"title": said.approval.title}
        if now is None:
            raise Changed(_("“%(title)s” does not wait for a meeting of the team any more.") % about)
        if now.version != said.version:
            raise Changed(_("“%(title)s” was submitted anew meanwhile. Look at it again.") % about)
        if said.verdict not in VERDICTS:
            raise Refused(_("A meeting agrees to a declaration or returns it."))
        if said.verdict == Verdict.RETURN and not said.reason.strip():
            raise Refused(_("“%(title)s”: say why it is returned.") % about)


def _write_items(meeting: Meeting, items: Sequence[Said]) -> None:
    """Make the lines of a meeting those that were said, each bound to the content as it is now."""
    known = {item.approval_id: item for item in meeting.items.all()}
    meeting.items.exclude(approval__in=[said.approval.pk for said in items]).delete()
    present = set(meeting.present.values_list("pk", flat=True))
    concerned = access.concerned_in([said.approval for said in items], present)
    for ordinal, said in enumerate(items, start=1):
        item = known.get(said.approval.pk) or MeetingItem(meeting=meeting, approval=said.approval)
        item.ordinal, item.verdict, item.reason = ordinal, said.verdict, said.reason.strip()
        if item.pk is None or item.approval_version != said.version:
            item.approval_version = said.version
            item.seen_digest = digest(content_of(Declaration.objects.get(approval=said.approval)))
        item.save()
        item.withdrawn.set(({person.pk for person in said.withdrawn} & present) | concerned[said.approval.pk])


def meeting_content(meeting: Meeting) -> dict[str, Any]:
    """Return a meeting as plain values: what its entries in the audit chain are about."""
    return {
        "held_on": meeting.held_on.isoformat() if meeting.held_on else "",
        "chair": meeting.chair_id,
        "present": sorted(meeting.present.values_list("pk", flat=True)),
        "minutes": meeting.minutes,
        "attachment": meeting.attachment_id,
        "items": [
            {
                "approval": item.approval_id,
                "verdict": item.verdict,
                "reason": item.reason,
                "withdrawn": sorted(person.pk for person in item.withdrawn.all()),
                "version": item.approval_version,
                "digest": item.seen_digest,
            }
            for item in meeting.items.prefetch_related("withdrawn")
        ],
    }


def meeting_gaps(meeting: Meeting, by: Person) -> list[Gap]:
    """Return what keeps a meeting from being put to confirmation by `by`, who then is one of its writers."""
    found = record_gaps_of(
        held_on=meeting.held_on,
        today=timezone.localdate(),
        chair=meeting.chair_id,
        present=set(meeting.present.values_list("pk", flat=True)),
        roll=roll_of(meeting.organization).count(),
    )
    items = list(meeting.items.select_related("approval").prefetch_related("withdrawn"))
    standing = {approval.pk: approval.version for approval in approvals_before_team(meeting.organization)}
    elsewhere = set(MeetingItem.objects.waiting().exclude(meeting=meeting).values_list("approval", flat=True))
    could = confirmers_by_item(meeting, items, also_writing=by)
    facts = [
        ItemFacts(
            target=f"item:{item.approval_id}",
            title=item.approval.title,
            came_on=timezone.localdate(item.approval.step_since),
            confirmers=could[item.pk],
            is_stale=standing.get(item.approval_id) != item.approval_version,
            waits_elsewhere=item.approval_id in elsewhere,
        )
        for item in items
    ]
    return [Gap(sentence, RECORD, name) for name, sentence in found] + item_gaps(facts, meeting.held_on)


def confirmers_by_item(
    meeting: Meeting, items: Collection[MeetingItem], also_writing: Person | None = None
) -> dict[int, set[int]]:
    """Return by line who may confirm it: members present whom it does not concern, and who wrote nothing of the meeting.

    `items` come with their approvals, and `withdrawn` fetched.
    """
    confirmers = set(access.confirmers_of(meeting).values_list("pk", flat=True))
    confirmers -= {also_writing.pk} if also_writing else set()
    may = access.members_who_may_decide([item.approval for item in items], meeting.organization)
    return {
        item.pk: (confirmers & may[item.approval_id]) - {person.pk for person in item.withdrawn.all()} for item in items
    }


@transaction.atomic
def put_meeting(*, by: Person, meeting: Meeting, expected: int) -> Meeting:
    """Put a meeting to confirmation. Raises Incomplete with everything that stands against it."""
    # Two meetings of one unit are put one after the other: a declaration waits in one of them only.
    Organization.objects.select_for_update(no_key=True).get(pk=meeting.organization_id)
    meeting = _lock(meeting)
    access.check_write(meeting, by, MeetingVerb.PUT)
    state = meeting_after(meeting.state, MeetingVerb.PUT)
    present = set(meeting.present.values_list("pk", flat=True))
    items = list(meeting.items.select_related("approval"))
    # Whom it has come to concern since it was entered.
    concerned = access.concerned_in([item.approval for item in items], present)
    for item in items:
        item.withdrawn.add(*concerned[item.approval_id])
    lacking = meeting_gaps(meeting, by)
    if lacking:
        raise Incomplete(_("The meeting cannot be confirmed like this yet."), lacking)
    _change(meeting, MeetingVerb.PUT, by=by, expected=expected, state=state, sent_back_reason="")
    record("meeting.put", by=by, subject=meeting, content=meeting_content(meeting))
    return meeting


@dataclass
class Confirmed:
    """What came of a confirmation: lines decided, lines set aside and lines left for another member, these with why."""

    decided: list[MeetingItem] = field(default_factory=list)
    set_aside: list[tuple[MeetingItem, str]] = field(default_factory=list)
    left: list[tuple[MeetingItem, str]] = field(default_factory=list)


def waiting_items(meeting: Meeting, person: Person) -> Confirmed:
    """Return what would come of it if the person confirmed the meeting now."""
    outlook = Confirmed()
    items = list(
        meeting.items.filter(decision=None).select_related("approval__organization").prefetch_related("withdrawn")
    )
    may = access.members_who_may_decide([item.approval for item in items], meeting.organization)
    for item in items:
        approval = item.approval
        if approval.state != ApprovalState.OPEN or approval.version != item.approval_version:
            outlook.set_aside.append((item, _("It has been decided, taken back or submitted anew since.")))
        elif not _is_before(meeting, approval):
            outlook.set_aside.append((item, _("It is not this leadership team's to decide any more.")))
        elif person in item.withdrawn.all():
            outlook.left.append((item, _("You withdrew from it at the meeting; another member confirms it.")))
        elif person.pk in may[approval.pk]:
            outlook.decided.append(item)
        else:
            outlook.left.append((item, access.refusal(access.check_decide, approval, person)))
    return outlook


def _is_before(meeting: Meeting, approval: Approval) -> bool:
    return approval.asked_organization_id == meeting.organization_id and decided_in_meeting(
        approval.step_key, approval.asked_permission
    )


@transaction.atomic
def confirm_meeting(*, by: Person, meeting: Meeting, expected: int) -> Confirmed:
    """Let every line that `by` may decide take effect; when no line waits any more, the meeting is closed.

    A line whose declaration has changed meanwhile is set aside: nothing is decided on it.
    """
    meeting = _lock(meeting)
    access.check_confirm(meeting, by)
    # All at once and in one order, before the audit chain is locked by the first decision.
    about = list(meeting.items.filter(decision=None).values_list("approval", flat=True))
    list(Declaration.objects.select_for_update(of=("self",)).filter(approval__in=about).order_by("pk"))
    list(Approval.objects.select_for_update(of=("self",)).filter(pk__in=about).order_by("pk"))
    outlook = waiting_items(meeting, by)
    done = Confirmed(set_aside=outlook.set_aside, left=outlook.left)
    for item in outlook.decided:
        try:
            decide_declaration(
                by=by,
                approval=item.approval,
                verdict=item.verdict,
                version=item.approval_version,
                seen_digest=item.seen_digest,
                reason=item.reason,
                meeting_item=item,
            )
        except NotAllowed as why:
            done.left.append((item, str(why)))
        except Refused as why:
            done.set_aside.append((item, str(why)))
        else:
            done.decided.append(item)
    if not done.decided and not done.set_aside:
        raise NotAllowed(done.left[0][1])
    verb = MeetingVerb.CONFIRM if done.left else MeetingVerb.CLOSE
    _change(meeting, verb, by=by, expected=expected, state=meeting_after(meeting.state, verb))
    record("meeting.confirm", by=by, subject=meeting, content=[item.approval_id for item in done.decided])
    return done


@transaction.atomic
def send_back_meeting(*, by: Person, meeting: Meeting, expected: int, reason: str) -> Meeting:
    """Give a meeting back to those who entered it, with a reason; where a part is confirmed, close it without the rest."""
    meeting = _lock(meeting)
    access.check_send_back(meeting, by)
    if not reason.strip():
        raise Refused(_("Say why the meeting is sent back."))
    is_partly_confirmed = meeting.items.exclude(decision=None).exists()
    verb = MeetingVerb.CLOSE if is_partly_confirmed else MeetingVerb.SEND_BACK
    state = meeting_after(meeting.state, verb)
    _change(meeting, verb, by=by, expected=expected, state=state, sent_back_reason=reason.strip())
    record("meeting.send_back", by=by, subject=meeting, content=reason.strip())
    return meeting


@transaction.atomic
def discard_meeting(*, by: Person, meeting: Meeting, expected: int) -> None:
    """Throw away a meeting that was never put to confirmation, if it still reads as it was seen."""
    meeting = _lock(meeting)
    access.check_write(meeting, by, MeetingVerb.DISCARD)
    if _was_put(meeting):
        raise Refused(_("This meeting was put to confirmation before. Mend it and put it again."))
    _change(meeting, MeetingVerb.DISCARD, by=by, expected=expected)
    record("meeting.discard", by=by, subject=meeting)
    attachment = meeting.attachment_id
    meeting.items.all().delete()
    meeting._history_user = by
    meeting.delete()
    drop_attachment(attachment)


def meeting_note(decision: Decision) -> str:
    """Return at which meeting a decision was made and who confirmed it; empty for one made on screen.

    The decision comes with its line, the line's meeting and that one's chair.
    """
    item = getattr(decision, "meeting_item", None)
    if item is None:
        return ""
    return _("At the meeting of %(day)s, chaired by %(chair)s; confirmed by %(name)s.") % {
        "day": date_format(item.meeting.held_on),
        "chair": item.meeting.chair,
        "name": decision.decided_by,
    }


def may_discard(meeting: Meeting) -> bool:
    """Say whether a meeting may be thrown away: it is being entered, and nobody has been asked to confirm it yet."""
    return meeting.state == MeetingState.DRAFT and not _was_put(meeting)


def _was_put(meeting: Meeting) -> bool:
    return meeting.history.filter(history_change_reason=MeetingVerb.PUT).exists()


def _lock(meeting: Meeting) -> Meeting:
    return (
        Meeting.objects.select_for_update(of=("self",))
        .select_related("organization")
        .get(pk=meeting.pk, purpose=MeetingPurpose.DECIDING)
    )


def _change(meeting: Meeting, verb: MeetingVerb, *, by: Person, expected: int, **values: Any) -> None:
    """Change a meeting, with the verb in its history: those who wrote it are known by it."""
    meeting._change_reason = verb
    change(meeting, by=by, expected=expected, **values)
