"""Working days, and from when to when a notice runs.

The founding document asks for a notice "within a certain scope" (part III §4(2): 在一定范围内公示) and names no number
of days; the number is the scheme's and counting working days is practice. Which days are worked is announced year by
year, with make-up days at weekends. The administrator's own table says it first, then the library, then the week.

`own` is that table: days of Beijing's calendar, True where the day is worked.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import chinese_calendar

ONE_DAY = dt.timedelta(days=1)
# New Year's holiday is announced with the year it begins; its days off and make-up days have reached back to
# 29 December. Until the next year is known, the last three days of a year are not.
TURN_OF_THE_YEAR = dt.timedelta(days=3)


@dataclass(frozen=True)
class NoticePeriod:
    """First and last day of a notice, both of them working days and both counted."""

    starts_on: dt.date
    ends_on: dt.date
    is_certain: bool  # False: some day of it is taken from the week alone, because its year is not announced


@lru_cache(maxsize=256)
def _in_library(year: int) -> bool:
    try:
        chinese_calendar.is_workday(dt.date(year, 1, 1))
    except NotImplementedError:  # how the library says that it has no data for a year
        return False
    return True


def is_working_day(day: dt.date, own: Mapping[dt.date, bool]) -> bool:
    """Say whether `day` is worked: by the own table, else by the library, else Monday to Friday."""
    if day in own:
        return own[day]
    if _in_library(day.year):
        return chinese_calendar.is_workday(day)
    return day.weekday() < 5


def is_known(day: dt.date, own: Mapping[dt.date, bool]) -> bool:
    """Say whether `is_working_day` rests on an announcement; a year with any entry of its own counts as announced."""
    if day in own:
        return True
    years = {day.year, (day + TURN_OF_THE_YEAR).year}
    return all(_in_library(year) or any(entry.year == year for entry in own) for year in years)


def notice_days(posted_on: dt.date, days: int, own: Mapping[dt.date, bool]) -> NoticePeriod:
    """Return the period of a notice that is open for `days` working days; day 1 is the first one after `posted_on`.

    Raise ValueError for less than one day.
    """
    if days < 1:
        raise ValueError("a notice runs for at least one day")
    worked: list[dt.date] = []
    day, is_certain = posted_on, is_known(posted_on, own)
    while len(worked) < days:
        day += ONE_DAY
        is_certain = is_certain and is_known(day, own)
        if is_working_day(day, own):
            worked.append(day)
    return NoticePeriod(worked[0], worked[-1], is_certain)


def has_ended(ends_on: dt.date, today: dt.date) -> bool:
    """Say whether a notice is over; it is open until 24:00 of `ends_on`. `today` is the date in Beijing."""
    return today > ends_on
