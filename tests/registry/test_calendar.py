"""Working days with their make-up days, and the days on which a notice is open."""

import datetime as dt

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules import NoticePeriod, has_ended, is_known, is_working_day, notice_days

KNOWN_YEARS = {day.year for day in chinese_calendar.holidays}
LAST_KNOWN = max(KNOWN_YEARS)
UNKNOWN = LAST_KNOWN + 1

# From the last known years into unknown ones, with a table of one's own that may say anything.
dates = st.dates(dt.date(LAST_KNOWN - 2, 1, 1), dt.date(LAST_KNOWN + 2, 12, 31))
tables = st.dictionaries(dates, st.booleans(), max_size=30)
numbers_of_days = st.integers(1, 30)


def each_day(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def worked(first: dt.date, last: dt.date, own: dict) -> list[dt.date]:
    return [day for day in each_day(first, last) if is_working_day(day, own)]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        # National Day and Mid-Autumn 2025: off from 1 to 8 October, worked on Sunday 28 September and Saturday 11 October.
        ((2025, 9, 27), (2025, 10, 12), [(9, 28), (9, 29), (9, 30), (10, 9), (10, 10), (10, 11)]),
        # Spring Festival 2025: off from 28 January to 4 February, worked on Sunday 26 January and Saturday 8 February.
        ((2025, 1, 25), (2025, 2, 9), [(1, 26), (1, 27), (2, 5), (2, 6), (2, 7), (2, 8)]),
        # Spring Festival 2026: off from 15 to 23 February, worked on Saturdays 14 and 28 February.
        ((2026, 2, 13), (2026, 3, 1), [(2, 13), (2, 14), (2, 24), (2, 25), (2, 26), (2, 27), (2, 28)]),
        # National Day 2026: off from 1 to 7 October, worked on Saturday 10 October.
        ((2026, 9, 30), (2026, 10, 11), [(9, 30), (10, 8), (10, 9), (10, 10)]),
    ],
)
def test_holiday_weeks_as_they_were_announced(first, last, expected):
    first, last = dt.date(*first), dt.date(*last)
    assert worked(first, last, {}) == [dt.date(first.year, month, day) for month, day in expected]


def test_five_days_around_national_day():
    """Posted on Friday before it: the make-up Sunday is the first day, the holidays do not count."""
    assert notice_days(dt.date(2025, 9, 26), 5, {}) == NoticePeriod(dt.date(2025, 9, 28), dt.date(2025, 10, 10), True)


def test_five_days_over_spring_festival():
    assert notice_days(dt.date(2026, 2, 12), 5, {}) == NoticePeriod(dt.date(2026, 2, 13), dt.date(2026, 2, 26), True)


def test_the_day_of_posting_never_counts():
    """A notice put up on a Saturday or Sunday begins on Monday, one put up on Monday begins on Tuesday."""
    assert notice_days(dt.date(2026, 3, 14), 1, {}).starts_on == dt.date(2026, 3, 16)
    assert notice_days(dt.date(2026, 3, 15), 1, {}).starts_on == dt.date(2026, 3, 16)
    assert notice_days(dt.date(2026, 3, 16), 1, {}).starts_on == dt.date(2026, 3, 17)


def test_the_library_is_asked_which_years_it_knows():
    for year in range(min(KNOWN_YEARS) - 2, LAST_KNOWN + 3):
        assert is_known(dt.date(year, 6, 1), {}) == (year in KNOWN_YEARS)


def test_an_unknown_year_falls_back_to_the_week():
    for day in each_day(dt.date(UNKNOWN, 1, 1), dt.date(UNKNOWN, 1, 31)):
        assert is_working_day(day, {}) == (day.weekday() < 5)


def test_a_period_that_runs_into_an_unknown_year_is_not_certain():
    assert notice_days(dt.date(LAST_KNOWN, 12, 1), 5, {}).is_certain
    into = notice_days(dt.date(LAST_KNOWN, 12, 25), 10, {})
    assert into.ends_on.year == UNKNOWN
    assert not into.is_certain
    assert not notice_days(dt.date(UNKNOWN, 6, 1), 5, {}).is_certain


def test_the_turn_of_the_year_is_known_only_with_the_next_year():
    """The holiday of 1 January has moved the last days of December: 29 December 2018 was a worked Saturday."""
    assert is_working_day(dt.date(2018, 12, 29), {})
    assert not is_working_day(dt.date(2018, 12, 31), {})
    assert is_known(dt.date(LAST_KNOWN, 12, 28), {})
    assert not is_known(dt.date(LAST_KNOWN, 12, 29), {})
    assert is_known(dt.date(LAST_KNOWN, 12, 29), {dt.date(UNKNOWN, 1, 1): False})
    assert is_known(dt.date(LAST_KNOWN, 12, 29), {dt.date(LAST_KNOWN, 12, 29): True})


def test_one_entry_of_its_own_makes_a_year_known():
    own = {dt.date(UNKNOWN, 10, 1): False}
    assert is_known(dt.date(UNKNOWN, 3, 1), own)
    assert not is_known(dt.date(UNKNOWN + 1, 3, 1), own)
    assert notice_days(dt.date(UNKNOWN, 6, 1), 5, own).is_certain


def test_the_own_table_goes_before_the_library_both_ways():
    thursday, saturday = dt.date(2026, 3, 12), dt.date(2026, 3, 14)
    own = {thursday: False, saturday: True}
    assert worked(dt.date(2026, 3, 11), dt.date(2026, 3, 15), own) == [
        dt.date(2026, 3, 11),
        dt.date(2026, 3, 13),
        saturday,
    ]
    assert notice_days(dt.date(2026, 3, 11), 2, own) == NoticePeriod(dt.date(2026, 3, 13), saturday, True)


def test_less_than_a_day_is_no_notice():
    with pytest.raises(ValueError, match="at least one day"):
        notice_days(dt.date(2026, 3, 12), 0, {})


def test_a_notice_is_open_to_the_end_of_its_last_day():
    assert not has_ended(dt.date(2026, 3, 13), dt.date(2026, 3, 13))
    assert has_ended(dt.date(2026, 3, 13), dt.date(2026, 3, 14))


@given(dates, numbers_of_days, tables)
def test_exactly_so_many_working_days_lie_within(posted_on, days, own):
    period = notice_days(posted_on, days, own)
    assert posted_on < period.starts_on <= period.ends_on
    assert len(worked(period.starts_on, period.ends_on, own)) == days
    assert is_working_day(period.starts_on, own)
    assert is_working_day(period.ends_on, own)
    assert not worked(posted_on + dt.timedelta(days=1), period.starts_on - dt.timedelta(days=1), own)
    assert period.is_certain == all(is_known(day, own) for day in each_day(posted_on, period.ends_on))


@given(dates, numbers_of_days, tables)
def test_a_day_more_never_ends_sooner(posted_on, days, own):
    assert notice_days(posted_on, days, own).ends_on < notice_days(posted_on, days + 1, own).ends_on


@given(dates, dates, numbers_of_days, tables)
def test_who_posts_later_ends_no_sooner(one, other, days, own):
    sooner, later = notice_days(min(one, other), days, own), notice_days(max(one, other), days, own)
    assert sooner.starts_on <= later.starts_on
    assert sooner.ends_on <= later.ends_on
