"""What one person enters and another confirms, for some days: a stand-in, an opt-out of a small office."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .refusals import Refused


class EntryState(TextChoices):
    WAITING = "waiting", _("to be confirmed")
    CONFIRMED = "confirmed", _("confirmed")
    DECLINED = "declined", _("declined")
    ENDED = "ended", _("ended early")


class EntryVerb(StrEnum):
    CONFIRM = "confirm"
    DECLINE = "decline"
    END = "end"


# What is not here is refused. What is over by its dates keeps its state; nothing can be done with it any more.
ENTRY_TRANSITIONS: dict[tuple[EntryState, EntryVerb], EntryState] = {
    (EntryState.WAITING, EntryVerb.CONFIRM): EntryState.CONFIRMED,
    (EntryState.WAITING, EntryVerb.DECLINE): EntryState.DECLINED,
    (EntryState.WAITING, EntryVerb.END): EntryState.ENDED,
    (EntryState.CONFIRMED, EntryVerb.END): EntryState.ENDED,
}

_REFUSALS = {
    EntryState.WAITING: _("This waits to be confirmed."),
    EntryState.CONFIRMED: _("This was confirmed already."),
    EntryState.DECLINED: _("This was declined; enter it anew."),
    EntryState.ENDED: _("This was ended early; enter it anew."),
}


def entry_after(state: str, verb: EntryVerb, *, is_over: bool) -> EntryState:
    """Return the state that follows; raise Refused with a sentence when there is none, or when its last day has passed."""
    try:
        following = ENTRY_TRANSITIONS[EntryState(state), verb]
    except KeyError:
        raise Refused(str(_REFUSALS[EntryState(state)])) from None
    if is_over:
        raise Refused(str(_("Its last day has passed.")))
    return following
