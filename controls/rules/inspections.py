"""Plans of inspections: which points are checked by whom and by when (part I §3: 不同级别的多级管理).

That grade I is checked by the principal leader, II by the supervising leader and III by the section head is practice; how often
stands in the scheme. The document's own words for a check: 谁检查谁签字、谁签字谁负责.
"""

import calendar
import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.roles import Permission
from registry.rules import Gap, Grade

from .vocabulary import Answer, InspectionState, InspectionVerb

MONTHS_OF_YEAR = 12
# A special inspection of a whole unit may be as long as this; what is longer is split by section.
MOST_LINES = 500
NOTE_LENGTH = 2_000
# An answer that says something was wrong says what.
WITH_NOTE = (Answer.PARTLY, Answer.NO)


class Rung(TextChoices):
    """Who checks, from the nearest head upwards; discipline inspection where no head is left who may."""

    SECTION_HEAD = "section_head", gettext_lazy("section head")
    SUPERVISING_LEADER = "supervising_leader", gettext_lazy("supervising leader")
    PRINCIPAL_LEADER = "principal_leader", gettext_lazy("principal leader")
    INSPECTION = "inspection", gettext_lazy("discipline inspection")


# By which right a rung checks: the heads on exactly one organization, discipline inspection in its jurisdiction.
PERMISSIONS: dict[Rung, Permission] = {
    Rung.SECTION_HEAD: Permission.REVIEW_SECTION,
    Rung.SUPERVISING_LEADER: Permission.REVIEW_SUPERVISED,
    Rung.PRINCIPAL_LEADER: Permission.REVIEW_PRINCIPAL,
    Rung.INSPECTION: Permission.HANDLE_SIGNALS,
}
LADDER = tuple(Rung)
FIRST_RUNG: dict[Grade, Rung] = {
    Grade.I: Rung.PRINCIPAL_LEADER,
    Grade.II: Rung.SUPERVISING_LEADER,
    Grade.III: Rung.SECTION_HEAD,
}

# (state, verb) → state. What is not here is refused.
INSPECTION_TRANSITIONS: dict[tuple[InspectionState, InspectionVerb], InspectionState] = {
    (InspectionState.PLANNED, InspectionVerb.BEGIN): InspectionState.BEGUN,
    (InspectionState.PLANNED, InspectionVerb.NAME): InspectionState.PLANNED,
    (InspectionState.PLANNED, InspectionVerb.DROP): InspectionState.DROPPED,
    (InspectionState.BEGUN, InspectionVerb.SAVE): InspectionState.BEGUN,
    (InspectionState.BEGUN, InspectionVerb.SIGN): InspectionState.SIGNED,
    (InspectionState.BEGUN, InspectionVerb.NAME): InspectionState.BEGUN,
    (InspectionState.BEGUN, InspectionVerb.DROP): InspectionState.DROPPED,
}
OPEN_INSPECTIONS = (InspectionState.PLANNED, InspectionState.BEGUN)


def inspection_after(state: str, verb: str) -> InspectionState | None:
    """Return the state a verb leads to, None where it is refused."""
    return INSPECTION_TRANSITIONS.get((InspectionState(state), InspectionVerb(verb)))


# --- The plan --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Window:
    """Some whole months of a year in which something is checked once; `period` is 2026-01/03."""

    period: str
    ends_on: dt.date


def windows(months: int, year: int, quarter: int | None = None) -> list[Window]:
    """Return the windows of `months` months each of a year, of a quarter those that end in it.

    The windows of the four quarters together are those of the year: nothing is left out or planned twice.
    """
    if MONTHS_OF_YEAR % months:
        raise ValueError(f"{months} months do not divide a year")
    found = []
    for last in range(months, MONTHS_OF_YEAR + 1, months):
        if quarter is None or -(-last // 3) == quarter:
            day = calendar.monthrange(year, last)[1]
            found.append(Window(f"{year}-{last - months + 1:02d}/{last:02d}", dt.date(year, last, day)))
    return found


def period_of(year: int, quarter: int | None) -> str:
    """Return how a plan names its time: 2026, or 2026-Q2."""
    return f"{year}-Q{quarter}" if quarter else str(year)


def plan_period_words(period: str) -> str:
    """Return a plan's or a window's time in words."""
    year, _dash, part = period.partition("-")
    if not part:
        return _("%(year)s, the whole year") % {"year": year}
    if part.startswith("Q"):
        return _("%(year)s, quarter %(quarter)s") % {"year": year, "quarter": part[1:]}
    first, _slash, last = part.partition("/")
    if first == last:
        return _("%(year)s, month %(month)s") % {"year": year, "month": int(first)}
    return _("%(year)s, months %(first)s to %(last)s") % {"year": year, "first": int(first), "last": int(last)}


@dataclass(frozen=True)
class Body:
    """What one sheet is about: the points of a grade of a post, or (post None) of a section or leadership team itself."""

    organization: int
    post: int | None
    grade: Grade
    is_section: bool


@dataclass(frozen=True)
class PlannedSheet:
    """One sheet of a plan: what, in which window, by whom."""

    body: Body
    window: Window
    rung: Rung


def checked_by(body: Body, heads: Mapping[Rung, Collection[int]], holders: Collection[int]) -> Rung:
    """Return who checks: the head of the grade, else the next one up. Nobody checks their own post.

    `heads` are the people on each rung, `holders` those who hold the post.
    """
    first = FIRST_RUNG[body.grade] if body.is_section else Rung.PRINCIPAL_LEADER
    for rung in LADDER[LADDER.index(first) :]:
        if set(heads.get(rung, ())) - set(holders):
            return rung
    return Rung.INSPECTION


def plan(
    bodies: Iterable[Body],
    *,
    months: Sequence[int],
    year: int,
    quarter: int | None,
    today: dt.date,
    heads: Mapping[int, Mapping[Rung, Collection[int]]],
    holders: Mapping[int, Collection[int]],
) -> list[PlannedSheet]:
    """Return the sheets of a year or a quarter: for each body one in every window of its grade that is not over yet.

    `months` are those between checks for grades I, II, III; `heads` by organization, `holders` by post.
    """
    return [
        PlannedSheet(body, window, checked_by(body, heads.get(body.organization, {}), holders.get(body.post, ())))
        for body in dict.fromkeys(bodies)
        for window in windows(months[body.grade - 1], year, quarter)
        if window.ends_on >= today
    ]


# --- The sheet -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LineFacts:
    """What of a line counts for signing: its number on the sheet, its answer and note."""

    ordinal: int
    answer: str
    note: str


def sheet_gaps(lines: Sequence[LineFacts], opinion: str) -> list[Gap]:
    """Return everything that keeps a sheet from being signed, each with the line that mends it."""
    found = []
    for line in lines:
        if not line.answer:
            sentence = _("Line %s is not answered yet.") % line.ordinal
        elif line.answer in WITH_NOTE and not line.note.strip():
            sentence = _("Line %s: say what was found where it was not, or only in part, carried out.") % line.ordinal
        else:
            continue
        found.append(Gap(sentence, "sheet", f"line-{line.ordinal}"))
    if not opinion.strip():
        found.append(Gap(_("The opinion of who checked is missing."), "sheet", "opinion"))
    return found


def lateness(due_on: dt.date, done_on: dt.date) -> int:
    """Return how many days after its day something was, 0 when it was in time."""
    return max((done_on - due_on).days, 0)
