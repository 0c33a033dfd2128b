"""The record of the meeting in which a section or leadership team settled its declaration (part III §4(2) 集体定)."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import Appointment, Attachment, Declaration, Meeting, Organization, Person
from ..roles import Permission
from ..rules import Gap, Level, MeetingPurpose, OrganizationKind, Refused, Upload, record_gaps_of
from .attachments import drop_attachment, keep_attachment
from .audit import record
from .writing import change, create

RECORD = "meeting"  # the target of gaps and remarks


def roll_of(organization: Organization) -> QuerySet[Person]:
    """Return who belongs to a section, or to the leadership team of a unit: who can have been present."""
    held = Appointment.objects.live(timezone.localdate()).filter(post__organization=organization)
    belongs = Q(pk__in=held.values("person"))
    if organization.kind == OrganizationKind.UNIT:
        belongs |= Q(pk__in=access.holders(Permission.REVIEW_TEAM, organization).values("pk"))
    return Person.objects.filter(belongs, is_active=True).order_by("username")


def may_be_present(organization: Organization, meeting: Meeting | None) -> QuerySet[Person]:
    """Return whom a record may name: the roll of today, and who was named when it was entered and has left since."""
    known = Q(pk__in=roll_of(organization).values("pk"))
    if meeting is not None:
        known |= Q(meetings=meeting) | Q(pk=meeting.chair_id)
    return Person.objects.filter(known).distinct().order_by("username")


def check_present_on_roll(
    organization: Organization, meeting: Meeting | None, chair: Person | None, present: Collection[Person]
) -> None:
    """Refuse a record that names somebody who does not belong there."""
    named = {*present, *([chair] if chair else [])}
    strangers = named - set(may_be_present(organization, meeting))
    if strangers:
        who = _(", ").join(sorted(person.name for person in strangers))
        raise Refused(_("Not on the roll of %(place)s: %(names)s.") % {"place": organization, "names": who})


@transaction.atomic
def save_record(
    *,
    by: Person,
    declaration: Declaration,
    held_on: dt.date | None,
    chair: Person | None,
    present: Collection[Person],
    minutes: str,
    attachment: Upload | None = None,
    without_attachment: bool = False,
    expected: int = 0,
) -> Meeting:
    """Write the record of an open declaration if it still has the version `expected` (0: there is none yet).

    Without `attachment` the one that is there stays, but for `without_attachment`.
    """
    declaration = Declaration.objects.select_for_update(of=("self",)).get(pk=declaration.pk)
    access.check_edit(declaration, by)
    if declaration.appointment_id is not None:
        raise Refused(_("The declaration of a post is settled by its holder, not in a meeting."))
    meeting = Meeting.objects.filter(declaration=declaration).first()
    check_present_on_roll(declaration.organization, meeting, chair, present)
    values: dict[str, Any] = {"held_on": held_on, "chair": chair, "minutes": minutes}
    replaced = meeting.attachment_id if meeting and (attachment or without_attachment) else None
    if attachment is not None:
        values["attachment"] = keep_attachment(attachment, by=by)
    elif without_attachment:
        values["attachment"] = None
    if meeting is None and not expected:
        meeting = Meeting(
            purpose=MeetingPurpose.SETTLING,
            organization=declaration.organization,
            position=declaration.position,
            declaration=declaration,
            entered_by=by,
            entered_at=timezone.now(),
            **values,
        )
        create(meeting, by=by)
    else:
        change(meeting or Meeting(pk=0), by=by, expected=expected, **values)
    meeting._history_user = by
    meeting.present.set(present)
    # What was submitted once stays what was decided on.
    if replaced and declaration.approval_id is None:
        drop_attachment(replaced)
    declaration.preparers.add(by)
    record("record.save", by=by, subject=meeting, content=record_content(declaration))
    return meeting


def record_content(declaration: Declaration) -> dict[str, Any] | None:
    """Return the record as plain values; None while there is none."""
    meetings = Meeting.objects.select_related("chair", "attachment").defer("attachment__body")
    meeting = meetings.filter(declaration=declaration).first()
    if meeting is None:
        return None
    return {
        "target": RECORD,
        "held_on": meeting.held_on.isoformat() if meeting.held_on else "",
        "chair": meeting.chair.name if meeting.chair else "",
        "present": [person.name for person in meeting.present.order_by("username")],
        "minutes": meeting.minutes,
        "attachment": meeting.attachment.name if meeting.attachment else "",
        "attachment_digest": meeting.attachment.digest if meeting.attachment else "",
    }


def submitted_record(declaration: Declaration) -> dict[str, Any] | None:
    """Return the record as it was submitted last; None where nothing was, or no record with it."""
    content = submitted_content(declaration)
    return content.get("meeting") if content else None


def submitted_content(declaration: Declaration) -> dict[str, Any] | None:
    """Return what was submitted last and not taken back; None where nothing was."""
    if declaration.approval is None:
        return None
    last = declaration.approval.submissions.filter(withdrawn_at=None).last()
    return last.content if last else None


def attachment_of(declaration: Declaration, content: dict[str, Any] | None) -> Attachment | None:
    """Return the file that a record of this content names, also one that was replaced since; None where there is none."""
    if not content or not content["attachment"]:
        return None
    meeting = declaration.meeting
    ever = [meeting.attachment_id, *meeting.history.values_list("attachment", flat=True)]
    kept = Attachment.objects.filter(pk__in=[pk for pk in ever if pk is not None])
    return kept.filter(name=content["attachment"], digest=content["attachment_digest"]).last()


def record_gaps(declaration: Declaration) -> list[Gap]:
    """Return what the record lacks before the declaration can be submitted."""
    meeting = Meeting.objects.filter(declaration=declaration).first()
    if meeting is None:
        return [Gap(_("Enter the record of the meeting in which it was settled."), RECORD)]
    present = set(meeting.present.values_list("pk", flat=True))
    found = record_gaps_of(
        held_on=meeting.held_on,
        today=timezone.localdate(),
        chair=meeting.chair_id,
        present=present,
        roll=roll_of(declaration.organization).count(),
    )
    if not meeting.minutes.strip() and meeting.attachment_id is None:
        found.append(("minutes", _("Record of the meeting: write the minutes, or attach them.")))
    if declaration.level == Level.LEADERSHIP and present:
        members = set(access.holders(Permission.REVIEW_TEAM, declaration.organization).values_list("pk", flat=True))
        members -= set(declaration.preparers.values_list("pk", flat=True))
        # Where all of them had a hand in it, the next body up resolves.
        if members and not members & present:
            sentence = _("Record of the meeting: a member of the team who did not prepare it must have been present.")
            found.append(("present", sentence))
    return [Gap(sentence, RECORD, field) for field, sentence in found]
