"""What a unit has filed of its leaders goes to the region (part III §4(2), (3)): its states there, and who sent late.

Asking for more and the supplement that follows a return are practice; the document names the review and its dates.
"""

import datetime as dt

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .refusals import Refused
from .vocabulary import RegionState, Verdict

NOT_SENT = ""  # the state of what has not been sent yet


class RegionVerb(TextChoices):
    SEND = "send", _("send to the region")
    ACCEPT = "accept", _("accept")
    ASK = "ask", _("ask for more")
    ANSWER = "answer", _("answer what was asked")
    RETURN = "return", _("return")


# What is not here is refused. The unit's office sends and answers, the region's office does the rest.
REGION_TRANSITIONS: dict[tuple[str, RegionVerb], RegionState] = {
    (NOT_SENT, RegionVerb.SEND): RegionState.SENT,
    (RegionState.SENT, RegionVerb.ACCEPT): RegionState.ACCEPTED,
    (RegionState.SENT, RegionVerb.ASK): RegionState.ASKED,
    (RegionState.SENT, RegionVerb.RETURN): RegionState.RETURNED,
    (RegionState.ASKED, RegionVerb.ANSWER): RegionState.SENT,
}
REGION_VERDICTS: dict[str, RegionVerb] = {
    Verdict.APPROVE: RegionVerb.ACCEPT,
    Verdict.ASK: RegionVerb.ASK,
    Verdict.RETURN: RegionVerb.RETURN,
}

_REFUSALS = {
    NOT_SENT: _("This declaration has not been sent to the region yet."),
    RegionState.SENT: _("This declaration was sent to the region and waits for its answer."),
    RegionState.ASKED: _("The region asks for more; the unit's office answers first."),
    RegionState.ACCEPTED: _("The region has accepted this declaration."),
    RegionState.RETURNED: _("The region has returned this declaration; what has to change goes into a supplement."),
}


def region_after(state: str, verb: RegionVerb) -> RegionState:
    """Return the state at the region that follows; raise Refused with a sentence when there is none."""
    try:
        return REGION_TRANSITIONS[state, verb]
    except KeyError:
        raise Refused(str(_REFUSALS[state])) from None


def days_late(sent_on: dt.date, due: dt.date | None) -> int:
    """Return how many days after `due` it was sent, 0 when in time; what has no date of its own is never late.

    Late is who sent late (part III §4(2): by 10 April), never who waits for the region's answer.
    """
    return max(0, (sent_on - due).days) if due else 0
