"""What one administrator enters and another confirms: which acts, what waits and what counts at once, for how long.

The document asks for checks by a second person wherever power is used (part I: 双人双岗, 互相监督); that accounts and roles are
entered by one administrator and confirmed by one of the other kind is practice.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from ..roles import Permission
from .refusals import Refused

# What nobody has confirmed by then is entered anew; so does a confirmed password nobody has made.
DAYS_TO_CONFIRM = 14
# At most this many are confirmed with one press of a button.
MOST_TOGETHER = 50


class Act(TextChoices):
    """What is entered by one administrator and confirmed by another; everything else an administrator does alone."""

    PERSON_CREATE = "person.create", _("enter a person")
    PERSON_PASSWORD = "person.password", _("give a new password")  # noqa: S105 - no password
    FACTOR_RESET = "factor.reset", _("remove a second factor")
    PERSON_RENAME = "person.rename", _("change the name of a person")
    PERSON_END = "person.end", _("close an account")
    ROLE_GIVE = "role.give", _("give a role")
    ROLE_END = "role.end", _("end a role")
    RECUSAL_ENTER = "recusal.enter", _("recuse somebody")
    RECUSAL_END = "recusal.end", _("end a recusal")
    APPOINT = "appointment.begin", _("appoint somebody")
    APPOINTMENT_END = "appointment.end", _("end an appointment")
    HAND_OVER = "appointment.hand_over", _("hand over a post")
    ORGANIZATION_MOVE = "organization.move", _("move an organization")
    ORGANIZATION_MERGE = "organization.merge", _("merge organizations")
    ORGANIZATION_SPLIT = "organization.split", _("split a section")
    ORGANIZATION_CLOSE = "organization.close", _("close an organization")
    POST_MOVE = "post.move", _("move a post")
    POST_CLOSE = "post.close", _("close a post")
    POST_SUCCESSOR = "post.successor", _("name who takes over a post")
    CALENDAR = "calendar.set", _("set days of the calendar")
    IMPORT = "organization.import", _("take in a workbook")


@dataclass(frozen=True)
class ActRule:
    """Who enters an act, and whether it waits until it is confirmed; if not, it narrows rights and counts at once."""

    permission: Permission
    waits: bool


_ACCOUNTS, _ROLES = Permission.MANAGE_ACCOUNTS, Permission.MANAGE_ROLES

ACTS: dict[Act, ActRule] = {
    Act.PERSON_CREATE: ActRule(_ACCOUNTS, waits=True),
    Act.PERSON_PASSWORD: ActRule(_ACCOUNTS, waits=True),
    Act.FACTOR_RESET: ActRule(_ACCOUNTS, waits=True),
    Act.PERSON_RENAME: ActRule(_ACCOUNTS, waits=True),
    Act.PERSON_END: ActRule(_ACCOUNTS, waits=False),
    Act.ROLE_GIVE: ActRule(_ROLES, waits=True),
    Act.ROLE_END: ActRule(_ROLES, waits=False),
    Act.RECUSAL_ENTER: ActRule(_ROLES, waits=False),
    Act.RECUSAL_END: ActRule(_ROLES, waits=True),
    # Who holds a post reads the ledger of its section, so what gives posts, or moves them, widens rights.
    Act.APPOINT: ActRule(_ACCOUNTS, waits=True),
    Act.APPOINTMENT_END: ActRule(_ACCOUNTS, waits=False),
    Act.HAND_OVER: ActRule(_ACCOUNTS, waits=True),
    Act.ORGANIZATION_MOVE: ActRule(_ACCOUNTS, waits=True),
    Act.ORGANIZATION_MERGE: ActRule(_ACCOUNTS, waits=True),
    Act.ORGANIZATION_SPLIT: ActRule(_ACCOUNTS, waits=True),
    Act.ORGANIZATION_CLOSE: ActRule(_ACCOUNTS, waits=False),
    Act.POST_MOVE: ActRule(_ACCOUNTS, waits=True),
    Act.POST_CLOSE: ActRule(_ACCOUNTS, waits=False),
    Act.POST_SUCCESSOR: ActRule(_ACCOUNTS, waits=True),
    # It moves the last days of notices, and so until when people may object.
    Act.CALENDAR: ActRule(_ACCOUNTS, waits=True),
    # Entered by either; each of the acts inside belongs to its own administrator.
    Act.IMPORT: ActRule(_ACCOUNTS, waits=True),
}


def waits(act: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Say whether an act waits: what widens rights does, what narrows them counts at once.

    Moving a last day does the one or the other. `before` and `after` are what stands and what is entered. Nobody alone takes the
    audit's eyes away: what narrows who reads the audit chain waits too.
    """
    if before.get("reads_audit"):
        return True
    match act:
        case Act.ROLE_END | Act.APPOINTMENT_END:
            return before["ends_on"] is not None and after["ends_on"] > before["ends_on"]
        case Act.RECUSAL_END:
            return before["ends_on"] is None or after["ends_on"] < before["ends_on"]
        case Act.POST_CLOSE:
            return after.get("successor") is not None
        case _:
            return ACTS[Act(act)].waits


def other_kind(permission: str) -> Permission:
    """Return the permission by which is confirmed what was entered by `permission`."""
    return _ROLES if permission == _ACCOUNTS else _ACCOUNTS


class ConfirmationState(TextChoices):
    WAITING = "waiting", _("waits for confirmation")
    IN_EFFECT = "in_effect", _("in effect, to be confirmed")
    CONFIRMED = "confirmed", _("confirmed")
    DECLINED = "declined", _("declined")
    TAKEN_BACK = "taken_back", _("taken back")
    LAPSED = "lapsed", _("lapsed")


class ConfirmationVerb(StrEnum):
    CONFIRM = "confirm"
    DECLINE = "decline"
    TAKE_BACK = "take_back"
    LAPSE = "lapse"


OPEN_CONFIRMATIONS = (ConfirmationState.WAITING, ConfirmationState.IN_EFFECT)

# What is in effect is neither taken back nor does it lapse: it is undone by entering the opposite, which waits.
CONFIRMATION_TRANSITIONS: dict[tuple[ConfirmationState, ConfirmationVerb], ConfirmationState] = {
    (ConfirmationState.WAITING, ConfirmationVerb.CONFIRM): ConfirmationState.CONFIRMED,
    (ConfirmationState.WAITING, ConfirmationVerb.DECLINE): ConfirmationState.DECLINED,
    (ConfirmationState.WAITING, ConfirmationVerb.TAKE_BACK): ConfirmationState.TAKEN_BACK,
    (ConfirmationState.WAITING, ConfirmationVerb.LAPSE): ConfirmationState.LAPSED,
    (ConfirmationState.IN_EFFECT, ConfirmationVerb.CONFIRM): ConfirmationState.CONFIRMED,
    (ConfirmationState.IN_EFFECT, ConfirmationVerb.DECLINE): ConfirmationState.DECLINED,
}

_REFUSALS = {
    ConfirmationState.WAITING: _("This waits for confirmation."),
    ConfirmationState.IN_EFFECT: _("This is in effect already; to undo it, enter the opposite."),
    ConfirmationState.CONFIRMED: _("This was confirmed already."),
    ConfirmationState.DECLINED: _("This was declined already; enter it anew if it is still wanted."),
    ConfirmationState.TAKEN_BACK: _("This was taken back by who entered it."),
    ConfirmationState.LAPSED: _("Nobody confirmed this in time, so it lapsed; enter it anew if it is still wanted."),
}


def confirmation_after(state: str, verb: ConfirmationVerb) -> ConfirmationState:
    """Return the state that follows; raise Refused with a sentence when there is none."""
    try:
        return CONFIRMATION_TRANSITIONS[ConfirmationState(state), verb]
    except KeyError:
        raise Refused(str(_REFUSALS[ConfirmationState(state)])) from None


def lapses_on(entered_on: dt.date) -> dt.date:
    """Return the last day on which what was entered can be confirmed."""
    return entered_on + dt.timedelta(days=DAYS_TO_CONFIRM)
