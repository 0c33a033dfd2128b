"""Working days with their make-up days, and the days on which a notice is open."""

import datetime as dt

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules import (
    MOST_EXTRA_DAYS,
    DayEntry,
    DayWord,
    NoticePeriod,
    Refused,
    answer_by,
    check_extra_days,
    extended_period,
    has_ended,
    is_known,
    is_working_day,
    notice_days,
    read_days,
    special_days,
)

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


# --- Longer, never shorter ----------------------------------------------------------------------------------------------


@given(dates, numbers_of_days, tables, tables)
def test_a_running_notice_follows_the_calendar_from_its_first_day(posted_on, days, before, after):
    period = notice_days(posted_on, days, before)
    now = extended_period(period.starts_on, days, {**before, **after})
    assert now.starts_on == period.starts_on
    assert len(worked(period.starts_on, now.ends_on, {**before, **after})) == days
    assert is_working_day(now.ends_on, {**before, **after})


@given(dates, tables)
def test_an_objection_is_answered_within_five_working_days(received_on, own):
    assert len(worked(received_on + dt.timedelta(days=1), answer_by(received_on, own), own)) == 5


@pytest.mark.parametrize(
    ("days", "may"), [(0, False), (1, True), (MOST_EXTRA_DAYS, True), (MOST_EXTRA_DAYS + 1, False)]
)
def test_how_many_days_are_added_at_once(days, may):
    if may:
        check_extra_days(days)
    else:
        with pytest.raises(Refused):
            check_extra_days(days)


# --- Days as they are typed or pasted -----------------------------------------------------------------------------------

ANNOUNCED = """各有关部门:现将2025年放假调休日期的具体安排通知如下。
一、元旦:1月1日(周三)放假1天,不调休。
二、春节:1月28日(农历除夕、周二)至2月4日(农历正月初七、周二)放假调休,共8天。1月26日(周日)、2月8日(周六)上班。
三、清明节:4月4日(周五)至6日(周日)放假,共3天。
四、劳动节:5月1日(周四)至5日(周一)放假调休,共5天。4月27日(周日)上班。
五、端午节:5月31日(周六)至6月2日(周一)放假,共3天。
六、国庆节、中秋节:10月1日(周三)至8日(周三)放假调休,共8天。9月28日(周日)、10月11日(周六)上班。
节假日期间,请妥善安排好值班。"""


def test_an_announcement_is_read_as_it_is():
    """All that differs from the week in 2025 is found, and nothing that does not."""
    read = read_days(ANNOUNCED, 2025)
    assert read.problems == []
    assert read.left_out == [ANNOUNCED.splitlines()[0], ANNOUNCED.splitlines()[-1]]
    own = {entry.day: entry.word == DayWord.WORK for entry in read.entries}
    assert {day: chinese_calendar.is_workday(day) for day in own} == own
    assert {each.day for each in special_days(2025, {})} <= set(own)
    assert read.entries[0] == DayEntry(dt.date(2025, 1, 1), DayWord.OFF, "元旦")


@pytest.mark.parametrize(
    ("text", "first", "count", "word", "note"),
    [
        ("2027-10-01,off", "2027-10-01", 1, "off", ""),
        ("2027-10-09,work,国庆节", "2027-10-09", 1, "work", "国庆节"),
        ("2027/10/1 至 2027/10/7 休息", "2027-10-01", 7, "off", ""),
        ("2027-10-01 to 2027-10-07,off,国庆节", "2027-10-01", 7, "off", "国庆节"),
        ("2027-10-01 - 2027-10-07 off", "2027-10-01", 7, "off", ""),
        ("2027年12月31日至2028年1月2日放假", "2027-12-31", 3, "off", ""),
        ("临时放假:10月1日至7日放假。", "2027-10-01", 7, "off", "临时放假"),
        ("放假:10月1日至7日", "2027-10-01", 7, "off", ""),
        ("2027-10-01\tannounced", "2027-10-01", 1, "announced", ""),
        ("# 说明\n\n2027-10-01,off\n2027-10-01,off,国庆节", "2027-10-01", 1, "off", "国庆节"),
    ],
)
def test_lines_and_stretches_are_read(text, first, count, word, note):
    read = read_days(text, 2027)
    assert read.problems == read.left_out == []
    assert (str(read.entries[0].day), len(read.entries)) == (first, count)
    assert {(entry.word.value, entry.note) for entry in read.entries} == {(word, note)}


@pytest.mark.parametrize(
    "line",
    [
        "2027-02-30,off", "2027-10-01", "2027-10-01,perhaps", "tomorrow,off", "2027-10-011,off", "2027-10-07 to 2027-10-01,off",
        "2027-01-01 to 2029-01-01,off", "2027-10-01,off\n2027-10-01,work", "0000-01-01,off", "10月32日放假",
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_its_line(line):
    read = read_days("2027-05-01,off\n" + line, 2027)
    assert len(read.problems) == 1
    assert f"{len(line.splitlines()) + 1}" in read.problems[0]


@given(st.text(max_size=300))
def test_no_text_breaks_reading(text):
    read = read_days(text, 2027)
    assert len({entry.day for entry in read.entries}) == len(read.entries)
