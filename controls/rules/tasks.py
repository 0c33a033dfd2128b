"""When a filed measure is to be carried out: its rhythm as dated periods (part III §4(3): 组织实施).

The document asks that measures be carried out through the year and leaves the days open; that each period is done by its last
day is practice.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.rules import Refused, Rhythm

# A period is a task some days before it begins, so that nobody is surprised by it.
HORIZON = dt.timedelta(days=7)
# What is due within so many days, or overdue, stands on the workbench and is counted in the navigation.
SOON = dt.timedelta(days=14)
# Some do at the end of one month what is meant for the next.
EARLY = dt.timedelta(days=7)
ONCE = "once"
MOST_FILES = 10
_MONTHS = {Rhythm.MONTHLY: 1, Rhythm.QUARTERLY: 3, Rhythm.YEARLY: 12}


@dataclass(frozen=True)
class Commitment:
    """A version of a measure as it binds: how often, in which year declared, and from which day to before which (None: still).

    `due_on` is the day it says itself, which counts for what is done once.
    """

    rhythm: str
    year: int
    valid_from: dt.date
    valid_to: dt.date | None = None
    due_on: dt.date | None = None


@dataclass(frozen=True)
class Occasion:
    """One time a measure is to be carried out: the name of the period, and its first and last day."""

    period: str
    starts_on: dt.date
    due_on: dt.date


def owed(commitment: Commitment, today: dt.date) -> list[Occasion]:
    """Return the occasions on which a measure is owed until today, and those that begin within the horizon, in order.

    The period in which it begins is the first. Of one that has ended, those count that ended before it did: what it was
    replaced by owes the rest. Older than from the beginning of last year on nothing is asked any more; what is done on
    an event, or by no known rhythm, is never owed by the clock.
    """
    begins, ends = commitment.valid_from, commitment.valid_to
    if commitment.rhythm == Rhythm.ONCE:
        last_day = commitment.due_on or dt.date(max(commitment.year, begins.year), 12, 31)
        occasion = Occasion(ONCE, begins, max(last_day, begins))
        is_owed = begins <= today + HORIZON and (ends is None or occasion.due_on < ends)
        return [occasion] if is_owed else []
    if commitment.rhythm not in _MONTHS:
        return []
    begins = max(begins, dt.date(today.year - 1, 1, 1))
    found = []
    for period, first, last in _periods(_MONTHS[Rhythm(commitment.rhythm)], begins):
        if max(first, begins) > today + HORIZON or (ends is not None and last >= ends):
            return found
        found.append(Occasion(period, max(first, begins), last))
    raise AssertionError("periods never end")


def _periods(months: int, day: dt.date) -> Iterator[tuple[str, dt.date, dt.date]]:
    """Name the periods of so many months from the one in which `day` lies on, each with its first and last day."""
    year, place = day.year, (day.month - 1) // months
    while True:
        first = dt.date(year, place * months + 1, 1)
        year, place = (year + 1, 0) if (place + 1) * months >= 12 else (year, place + 1)
        last = dt.date(year, place * months + 1, 1) - dt.timedelta(days=1)
        name = {1: f"{first:%Y-%m}", 3: f"{first.year}-Q{(first.month + 2) // 3}", 12: f"{first.year}"}[months]
        yield name, first, last


def keeps(task_due_on: dt.date, rhythm: str, valid_to: dt.date) -> bool:
    """Say whether an open task stays although its measure ended: it was due before that, or what it is about has occurred."""
    return task_due_on < valid_to or rhythm not in (*_MONTHS, Rhythm.ONCE)


def check_done_on(done_on: dt.date, starts_on: dt.date, today: dt.date) -> None:
    """Refuse a day on which it cannot have been done."""
    if done_on > today:
        raise Refused(_("What was done was not done in the future."))
    if done_on < starts_on - EARLY:
        raise Refused(
            _("This task begins on %(day)s; what was done before %(first)s is not counted for it.")
            % {"day": starts_on, "first": starts_on - EARLY}
        )


def check_occurred_on(occurred_on: dt.date, valid_from: dt.date, today: dt.date) -> None:
    """Refuse an occurrence that has not happened yet, or happened before the measure was filed."""
    if occurred_on > today:
        raise Refused(_("What was done was not done in the future."))
    if occurred_on < valid_from:
        raise Refused(
            _("This measure was filed on %(day)s; what occurred before is not reported.") % {"day": valid_from}
        )


def period_words(period: str) -> str:
    """Return the name of a period in words."""
    if period == ONCE:
        return str(Rhythm.ONCE.label)
    year, _dash, part = period.partition("-")
    if not part:
        return _("year %(year)s") % {"year": year}
    if part.startswith("Q"):
        return _("quarter %(quarter)s of %(year)s") % {"quarter": part[1:], "year": year}
    if len(part) == 2:
        return _("month %(month)s of %(year)s") % {"month": int(part), "year": year}
    return period


def days_words(due_on: dt.date, day: dt.date) -> str:
    """Return how long before or after its last day a task is on `day`, in words."""
    days = (due_on - day).days
    if days > 0:
        return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}
    if days == 0:
        return _("due today")
    return ngettext("%(days)s day overdue", "%(days)s days overdue", -days) % {"days": -days}


def lateness_words(due_on: dt.date, done_on: dt.date) -> str:
    """Return how late something was done, in words; nothing where it was in time."""
    days = (done_on - due_on).days
    return ngettext("done %(days)s day late", "done %(days)s days late", days) % {"days": days} if days > 0 else ""
