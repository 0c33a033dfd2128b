"""The way of a finding: corrected and verified, or handed over for disposal (part III §2(3)3); who does which step.

That the deadline is extended with a reason, and that nobody verifies what they corrected, is practice (谁检查谁签字、谁签字谁负责, I §3).
"""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.rules import Refused

from .vocabulary import FindingState, FindingVerb

REPEATED_WITHIN = dt.timedelta(days=365)  # findings on one point in this time are pointed out together
MOST_DAYS = 366  # a deadline lies no further away

FINDING_TRANSITIONS: dict[tuple[FindingState, FindingVerb], FindingState] = {
    (FindingState.OPEN, FindingVerb.REPORT): FindingState.REPORTED,
    (FindingState.OPEN, FindingVerb.EXTEND): FindingState.OPEN,
    (FindingState.REPORTED, FindingVerb.VERIFY): FindingState.VERIFIED,
    (FindingState.REPORTED, FindingVerb.SEND_BACK): FindingState.OPEN,
    (FindingState.OPEN, FindingVerb.HAND_OVER): FindingState.DISPOSAL,
    (FindingState.REPORTED, FindingVerb.HAND_OVER): FindingState.DISPOSAL,
    # What is filed about the point may be adjusted whatever becomes of the finding (III §5(4)).
    **{(state, FindingVerb.SUPPLEMENT): state for state in FindingState},
}

_REFUSALS = {
    FindingState.OPEN: gettext_lazy("This finding has not been reported as corrected yet."),
    FindingState.REPORTED: gettext_lazy("This finding is reported as corrected and waits to be verified."),
    FindingState.VERIFIED: gettext_lazy("This finding is verified as corrected."),
    FindingState.DISPOSAL: gettext_lazy("The inspectors have taken this finding over."),
}
# Steps that say nothing without their text. A verification may stand by itself.
NEED_TEXT = frozenset(FindingVerb) - {FindingVerb.VERIFY}


def finding_after(state: str, verb: str) -> FindingState:
    """Return the state that follows; raise Refused with a sentence when there is none."""
    try:
        return FINDING_TRANSITIONS[FindingState(state), FindingVerb(verb)]
    except KeyError:
        raise Refused(str(_REFUSALS[FindingState(state)])) from None


def finding_gaps(
    *, facts: str, due_on: dt.date | None, raised_on: dt.date, has_responsible: bool, corrects_oneself: bool
) -> list[tuple[str, str]]:
    """Return what stands against a new finding, all at once: (field, sentence).

    `has_responsible`: somebody was named; `corrects_oneself`: it is who raises it.
    """
    found = []
    if not facts.strip():
        found.append(("facts", _("Say what was found.")))
    if due_on is None:
        found.append(("due_on", _("Say by when it is to be corrected.")))
    else:
        found += [("due_on", sentence) for sentence in deadline_faults(due_on, after=raised_on)]
    if has_responsible and corrects_oneself:
        found.append(("responsible", _("Nobody corrects what they found themselves; name another person.")))
    return found


def deadline_faults(due_on: dt.date, *, after: dt.date) -> list[str]:
    """Return what is wrong with a deadline that has to lie after a day."""
    if due_on <= after:
        return [_("The deadline lies after %s.") % after]
    if (due_on - after).days > MOST_DAYS:
        return [_("The deadline lies more than a year away.")]
    return []
