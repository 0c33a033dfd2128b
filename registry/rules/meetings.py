"""Meetings in which the leadership team decides (part III §4(2): 领导班子审核把关): states, what a meeting lacks.

The document names the leadership team; that a team decides in a meeting, entered by one and confirmed by another, is practice.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..roles import Permission
from .completeness import Gap
from .refusals import Refused
from .routes import STEPS, StepKey
from .vocabulary import MeetingState, Verdict

VERDICTS = (Verdict.APPROVE, Verdict.RETURN)  # what a meeting may say about a declaration


class MeetingVerb(StrEnum):
    """What is done with a meeting; each history row of one carries the verb that made it."""

    ENTER = "enter"
    SAVE = "save"
    PUT = "put"
    CONFIRM = "confirm"
    CLOSE = "close"
    SEND_BACK = "send_back"
    DISCARD = "discard"


# By these a person has written what another is to confirm.
WRITING = (MeetingVerb.ENTER, MeetingVerb.SAVE, MeetingVerb.PUT)

# Confirming leaves open what is for another member; sending back after a part was confirmed closes the rest undecided.
MEETING_TRANSITIONS: dict[tuple[MeetingState, MeetingVerb], MeetingState] = {
    (MeetingState.DRAFT, MeetingVerb.SAVE): MeetingState.DRAFT,
    (MeetingState.DRAFT, MeetingVerb.PUT): MeetingState.PUT,
    (MeetingState.DRAFT, MeetingVerb.DISCARD): MeetingState.DRAFT,  # gone altogether
    (MeetingState.PUT, MeetingVerb.CONFIRM): MeetingState.PUT,
    (MeetingState.PUT, MeetingVerb.CLOSE): MeetingState.CLOSED,
    (MeetingState.PUT, MeetingVerb.SEND_BACK): MeetingState.DRAFT,
}

_REFUSALS = {
    MeetingState.DRAFT: gettext_lazy("This meeting is still being entered."),
    MeetingState.PUT: gettext_lazy("This meeting waits for confirmation; it is sent back before it is changed."),
    MeetingState.CLOSED: gettext_lazy("This meeting is confirmed and closed."),
}


def meeting_after(state: str, verb: MeetingVerb) -> MeetingState:
    """Return the state that follows; raise Refused with a sentence when there is none."""
    try:
        return MEETING_TRANSITIONS[MeetingState(state), verb]
    except KeyError:
        raise Refused(str(_REFUSALS[MeetingState(state)])) from None


def decided_in_meeting(step: StepKey, permission: str) -> bool:
    """Say whether a step is decided in a meeting where `permission` is asked: only the team itself meets."""
    return STEPS[step].by_meeting and permission == Permission.REVIEW_TEAM


@dataclass(frozen=True)
class ItemFacts:
    """What is asked of one line of a meeting: the declaration's title, the day it came to the team, who could confirm it."""

    target: str
    title: str
    came_on: dt.date
    confirmers: Collection[int]  # present, not concerned, and no writer of the meeting
    is_stale: bool  # decided, taken back or submitted anew since it was entered
    waits_elsewhere: bool  # in another meeting that waits for confirmation


def record_gaps_of(
    *, held_on: dt.date | None, today: dt.date, chair: int | None, present: Collection[int], roll: int
) -> list[tuple[str, str]]:
    """Return what a record of any meeting lacks, as (field, sentence). `roll`: how many could have been present."""
    found = []
    if held_on is None:
        found.append(("held_on", _("Record of the meeting: give the day it was held.")))
    elif held_on > today:
        found.append(("held_on", _("Record of the meeting: the day it was held lies in the future.")))
    if chair is None:
        found.append(("chair", _("Record of the meeting: say who chaired it.")))
    elif chair not in present:
        found.append(("present", _("Record of the meeting: who chaired it is not among those present.")))
    if len(present) < min(2, roll):
        found.append(("present", _("Record of the meeting: a meeting is of two people at least; name those present.")))
    return found


def item_gaps(items: Sequence[ItemFacts], held_on: dt.date | None) -> list[Gap]:
    """Return what keeps the lines of a meeting from being put to confirmation."""
    if not items:
        return [Gap(_("No declaration is dealt with: say of one at least what the meeting decided."), "items")]
    found = []
    for item in items:
        about = {"title": item.title, "day": item.came_on}
        if item.is_stale:
            sentence = _("“%(title)s” has changed since it was entered. Look at it again, or leave it out.")
        elif item.waits_elsewhere:
            sentence = _("“%(title)s” waits for confirmation in another meeting already. Leave it out.")
        elif held_on is not None and held_on < item.came_on:
            sentence = _("“%(title)s” came to the team on %(day)s, after the meeting. Leave it out, or mend the day.")
        elif not item.confirmers:
            sentence = _(
                "“%(title)s”: nobody can confirm it. A member of the team must have been present whom it does not concern, "
                "who has not decided on it before, and who did not enter this meeting."
            )
        else:
            continue
        found.append(Gap(sentence % about, item.target))
    return found
