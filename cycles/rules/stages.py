"""When the stages of a year are, what may still be changed about that, and what each waits for (part III §4)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from registry.rules import Phase, Refused, default_dates

from .vocabulary import StageKind, StageState, StageVerb

# Month and day of the first and the last day where the ground floor does not know them already (registry/rules/periods.py):
# 2月至3月上旬, 9月上旬, 9月中旬至10月上旬.
_DAYS = {
    StageKind.PREPARATION: ((2, 1), (3, 10)),
    StageKind.ASSESSMENT: ((9, 1), (9, 10)),
    StageKind.CORRECTION: ((9, 11), (10, 10)),
}
# The stages in which something is filed and reported to the region: their dates hold on the ground floor.
PHASES = {StageKind.IDENTIFICATION: Phase.POINTS, StageKind.IMPLEMENTATION: Phase.MEASURES}

# What is not here is refused.
STAGE_TRANSITIONS: dict[tuple[StageState, StageVerb], StageState] = {
    (StageState.PLANNED, StageVerb.OPEN): StageState.OPEN,
    (StageState.OPEN, StageVerb.CLOSE): StageState.CLOSED,
}
_REFUSALS = {
    StageState.PLANNED: gettext_lazy("This stage has not begun."),
    StageState.OPEN: gettext_lazy("This stage is running already."),
    StageState.CLOSED: gettext_lazy("This stage is closed, and stays so."),
}


@dataclass(frozen=True)
class StageDates:
    """First and last day, both included; where something is reported to the region, by when."""

    opens: dt.date
    closes: dt.date
    due_to_region: dt.date | None = None

    def days_left(self, today: dt.date) -> int:
        """Return the days until the stage ends, today not counted; negative when it is over."""
        return (self.closes - today).days


@dataclass(frozen=True)
class Fault:
    """Something wrong with dates: of which stage, at which of its dates, and a sentence."""

    kind: StageKind
    name: str
    sentence: str


def default_stages(year: int) -> dict[StageKind, StageDates]:
    """Return the document's own dates for `year`, in the order of the stages."""
    found = {}
    for kind in StageKind:
        if kind in PHASES:
            dates = default_dates(year, PHASES[kind])
            found[kind] = StageDates(dates.opens, dates.closes, dates.due_to_region)
        else:
            found[kind] = StageDates(*(dt.date(year, month, day) for month, day in _DAYS[kind]))
    return found


def date_faults(year: int, stages: Mapping[StageKind, StageDates]) -> list[Fault]:
    """Return everything that is wrong with the dates of a year: within it, in order, one after the other."""
    faults = []
    before: StageDates | None = None
    for kind in StageKind:
        dates = stages[kind]
        if dates.opens.year != year:
            faults.append(Fault(kind, "opens", _("This day is not in %(year)s.") % {"year": year}))
        if dates.closes < dates.opens:
            faults.append(Fault(kind, "closes", _("It would end before it begins.")))
        elif dates.closes.year != year:
            faults.append(Fault(kind, "closes", _("This day is not in %(year)s.") % {"year": year}))
        if (kind in PHASES) != (dates.due_to_region is not None):
            faults.append(Fault(kind, "due_to_region", _("Say by when it is reported to the region.")))
        elif dates.due_to_region and not dates.opens <= dates.due_to_region <= dates.closes:
            faults.append(Fault(kind, "due_to_region", _("This day lies outside the stage.")))
        if before and dates.opens <= before.closes:
            faults.append(
                Fault(kind, "opens", _("The stage before it ends on %s, and stages do not overlap.") % before.closes)
            )
        before = dates
    return faults


def may_change(state: str, before: StageDates, after: StageDates, reason: str, today: dt.date) -> str:
    """Return why dates may not be changed like that, or an empty text.

    Before a stage begins they are changed freely; afterwards only what still lies ahead, and with a reason; closed, nothing.
    """
    if before == after:
        return ""
    if state == StageState.CLOSED:
        return str(_REFUSALS[StageState.CLOSED])
    if state == StageState.PLANNED:
        return ""
    if after.opens != before.opens:
        return _("This stage has begun on %s; that day stays.") % before.opens
    if after.closes != before.closes and after.closes < today:
        return _("A stage that is running ends today at the earliest.")
    if not reason.strip():
        return _("This stage has begun: say why its dates are changed.")
    return ""


def stage_after(state: str, verb: StageVerb) -> StageState:
    """Return the state that follows; raise Refused with a sentence when there is none."""
    try:
        return STAGE_TRANSITIONS[StageState(state), verb]
    except KeyError:
        raise Refused(str(_REFUSALS[StageState(state)])) from None


def opens_by_itself(state: str, dates: StageDates, before: str | None, today: dt.date) -> bool:
    """Say whether a stage begins today: its first day has come and the one before it is closed."""
    return state == StageState.PLANNED and dates.opens <= today and before in (None, StageState.CLOSED)


@dataclass(frozen=True)
class Condition:
    """What a stage waits for before it is closed: a name, what is missing in words for a number, and the clause."""

    key: str
    label: str | Promise
    missing: Promise
    clause: str


_CONDITIONS: dict[StageKind, tuple[Condition, ...]] = {
    StageKind.PREPARATION: (
        Condition(
            "scheme",
            gettext_lazy("The scheme of the year is chosen"),
            ngettext_lazy("no scheme is in force for the year", "no scheme is in force for the year", "count"),
            "III §2(3)1(2) 制定具体方案",
        ),
        Condition(
            "leading_groups",
            gettext_lazy("Leading groups and their offices are named"),
            ngettext_lazy(
                "%(count)s unit has no principal leader or no office",
                "%(count)s units have no principal leader or no office",
                "count",
            ),
            "III §4(1) 建立组织机构; §5(2)",
        ),
        Condition(
            "training",
            gettext_lazy("People were trained"),
            ngettext_lazy("no training is recorded", "no training is recorded", "count"),
            "III §4(1) 进行培训",
        ),
        Condition(
            "notice",
            gettext_lazy("The notice of the work is issued"),
            ngettext_lazy("it is not issued", "it is not issued", "count"),
            "III §4(1) 制定下发意见",
        ),
    ),
    StageKind.IDENTIFICATION: (
        Condition(
            "undeclared",
            gettext_lazy("Everybody has declared for their post"),
            ngettext_lazy("%(count)s person has not declared", "%(count)s people have not declared", "count"),
            "III §4(2)3",
        ),
        Condition(
            "undeclared_bodies",
            gettext_lazy("Every section and leadership team has declared"),
            ngettext_lazy("%(count)s has not declared", "%(count)s have not declared", "count"),
            "III §4(2)1, 2",
        ),
        Condition(
            "unfiled",
            gettext_lazy("What was handed in is filed"),
            ngettext_lazy("%(count)s declaration is not filed", "%(count)s declarations are not filed", "count"),
            "III §4(2) 备案",
        ),
        Condition(
            "unsent",
            gettext_lazy("What goes to the region was sent"),
            ngettext_lazy("%(count)s declaration was not sent", "%(count)s declarations were not sent", "count"),
            "III §4(2) 报地区",
        ),
        Condition(
            "unanswered",
            gettext_lazy("The region has answered"),
            ngettext_lazy(
                "%(count)s declaration waits for the region", "%(count)s declarations wait for the region", "count"
            ),
            "III §4(2) 报地区审核",
        ),
    ),
    StageKind.IMPLEMENTATION: (
        Condition(
            "without_measure",
            gettext_lazy("Every risk point has a filed measure"),
            ngettext_lazy("%(count)s risk point has none", "%(count)s risk points have none", "count"),
            "III §4(3)",
        ),
        Condition(
            "overdue_tasks",
            gettext_lazy("What was due of the measures is done"),
            ngettext_lazy("%(count)s task is overdue", "%(count)s tasks are overdue", "count"),
            "III §4(3) 组织实施",
        ),
    ),
    StageKind.ASSESSMENT: (
        Condition(
            "unassessed",
            gettext_lazy("Every unit's assessment is confirmed"),
            ngettext_lazy("%(count)s unit is not", "%(count)s units are not", "count"),
            "III §4(4)",
        ),
    ),
    StageKind.CORRECTION: (
        Condition(
            "open_findings",
            gettext_lazy("What was found is corrected"),
            ngettext_lazy("%(count)s finding is open", "%(count)s findings are open", "count"),
            "III §2(3)4 纠正存在的问题",
        ),
    ),
}


def conditions_to_close(kind: str) -> Sequence[Condition]:
    """Return what a stage waits for before it is closed without open ends, in order."""
    return _CONDITIONS[StageKind(kind)]
