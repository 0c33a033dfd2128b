"""Alerts (预警): which colour follows from what is counted, to whom an alert goes, and to whom next.

The document asks for early warning while things can still be stopped (part III §2(3)2: 中期监控); rules, colours and days are
practice and stand in the scheme (registry/rules/alert_table.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registry.roles import Permission
from registry.rules import AlertColour, AlertTable, Grade, OrganizationKind, Refused

from .vocabulary import AlertRule, AlertState, AlertVerb


class Cause(TextChoices):
    """What is counted: a row of the table each, and the grade of a point."""

    GRADE = "grade", gettext_lazy("grade of the risk point")
    POINT = "point", gettext_lazy("signals about the same risk point")
    POST = "post", gettext_lazy("signals about the same post")
    ORGANIZATION = "organization", gettext_lazy("signals about the same organization")
    SIGNAL = "signal", gettext_lazy("days a signal is not judged")
    FINDING = "finding", gettext_lazy("days a finding is not corrected in time")
    TASK = "task", gettext_lazy("days a task is not done in time")


_RULES = {
    Cause.GRADE: AlertRule.GRADE,
    Cause.POINT: AlertRule.REPEAT,
    Cause.POST: AlertRule.REPEAT,
    Cause.ORGANIZATION: AlertRule.REPEAT,
    Cause.SIGNAL: AlertRule.OVERDUE,
    Cause.FINDING: AlertRule.OVERDUE,
    Cause.TASK: AlertRule.OVERDUE,
}


@dataclass(frozen=True)
class Given:
    """A colour that was given: what was counted, how much of it there is, and from where on the table gives this colour."""

    colour: AlertColour
    cause: Cause
    number: int
    least: int = 0

    @property
    def rule(self) -> AlertRule:
        return _RULES[self.cause]

    @property
    def facts(self) -> dict[str, Any]:
        """What is stored beside the colour, so that the sentence can be told in every language."""
        return {"cause": self.cause.value, "number": self.number, "least": self.least}


def given_by(facts: Mapping[Cause, int], table: AlertTable) -> Given | None:
    """Return the darkest colour that `facts` (what is counted → how much; for the grade its ordinal) give, or None.

    Where several give the same colour, the first in the order of `Cause` does.
    """
    found = []
    for cause in Cause:
        number = facts.get(cause, 0)
        if not number:
            continue
        colour = table.colour_of_grade(number) if cause == Cause.GRADE else table.colour(cause.value, number)
        if colour is not None:
            least = 0 if cause == Cause.GRADE else getattr(table, cause.value)[colour - 1]
            found.append(Given(colour, cause, number, least))
    return max(found, key=lambda given: given.colour, default=None)


def reached_by(cause: Cause, table: AlertTable) -> int:
    """Return how many days overdue give the first alert; 0 where none is ever given."""
    return min((least for least in getattr(table, cause.value) if least), default=0)


def sentence_of(facts: Mapping[str, Any], colour: int) -> str:
    """Return why an alert was first given its colour, from the facts stored with it."""
    cause, number = Cause(facts["cause"]), facts["number"]
    word = AlertColour(colour).label
    if cause == Cause.GRADE:
        about = {"grade": Grade(number).label, "colour": word}
        return _("A signal judged as risk about a risk point of %(grade)s: the table gives %(colour)s.") % about
    about = {"number": number, "least": facts["least"], "colour": word}
    sentences = {
        Cause.POINT: ngettext(
            "%(number)s signal judged as risk about the same risk point within twelve months; from %(least)s on it is %(colour)s.",
            "%(number)s signals judged as risk about the same risk point within twelve months; from %(least)s on it is %(colour)s.",
            number,
        ),
        Cause.POST: ngettext(
            "%(number)s signal judged as risk about the same post within twelve months; from %(least)s on it is %(colour)s.",
            "%(number)s signals judged as risk about the same post within twelve months; from %(least)s on it is %(colour)s.",
            number,
        ),
        Cause.ORGANIZATION: ngettext(
            "%(number)s signal judged as risk about the same organization within twelve months; from %(least)s on it is %(colour)s.",
            "%(number)s signals judged as risk about the same organization within twelve months; from %(least)s on it is %(colour)s.",
            number,
        ),
        Cause.SIGNAL: ngettext(
            "A signal is not judged %(number)s day after it came in; from %(least)s on it is %(colour)s.",
            "A signal is not judged %(number)s days after it came in; from %(least)s on it is %(colour)s.",
            number,
        ),
        Cause.FINDING: ngettext(
            "A finding is not corrected %(number)s day after its deadline; from %(least)s on it is %(colour)s.",
            "A finding is not corrected %(number)s days after its deadline; from %(least)s on it is %(colour)s.",
            number,
        ),
        Cause.TASK: ngettext(
            "A task is not done %(number)s day after its deadline; from %(least)s on it is %(colour)s.",
            "A task is not done %(number)s days after its deadline; from %(least)s on it is %(colour)s.",
            number,
        ),
    }
    return sentences[cause] % about


# --- To whom ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AlertRung:
    """Who is addressed: by which permission, on the nearest organization of which kind; None: by jurisdiction over the place."""

    permission: Permission
    kind: OrganizationKind | None


# From the head next to the place up; where nobody holds a rung it is left out. The last one is always there.
HEADS = (
    AlertRung(Permission.REVIEW_SECTION, OrganizationKind.SECTION),
    AlertRung(Permission.REVIEW_SUPERVISED, OrganizationKind.SECTION),
    AlertRung(Permission.REVIEW_PRINCIPAL, OrganizationKind.UNIT),
    AlertRung(Permission.DECIDE_DISPOSALS, OrganizationKind.REGION),
)
# Nobody in a unit learns of a signal that is not judged: it is the inspectors' to judge, and their superiors' to ask for it.
JUDGES = (
    AlertRung(Permission.HANDLE_SIGNALS, None),
    AlertRung(Permission.DECIDE_DISPOSALS, OrganizationKind.REGION),
)


def darker(colour: int) -> AlertColour:
    """Return the colour an alert has once it was not answered in time: the next darker one; red stays red."""
    return AlertColour(min(colour + 1, AlertColour.RED))


# What is not here is refused.
ALERT_TRANSITIONS: dict[tuple[AlertState, AlertVerb], AlertState] = {
    (AlertState.OPEN, AlertVerb.ESCALATE): AlertState.OPEN,
    (AlertState.OPEN, AlertVerb.ANSWER): AlertState.ANSWERED,
    (AlertState.OPEN, AlertVerb.LAPSE): AlertState.LAPSED,
}


def alert_after(state: str, verb: AlertVerb) -> AlertState:
    """Return the state that follows; raise Refused with a sentence when there is none."""
    try:
        return ALERT_TRANSITIONS[AlertState(state), verb]
    except KeyError:
        if state == AlertState.ANSWERED:
            raise Refused(_("This alert was answered already.")) from None
        raise Refused(_("This alert is closed: its cause is gone.")) from None
