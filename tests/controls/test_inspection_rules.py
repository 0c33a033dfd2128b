"""The rules of inspections alone: which sheets a plan has, who checks, when a sheet is complete."""

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controls.rules import (
    INSPECTION_TRANSITIONS,
    LADDER,
    Answer,
    Body,
    InspectionState,
    InspectionVerb,
    LineFacts,
    Rung,
    inspection_after,
    plan,
    sheet_gaps,
    windows,
)
from registry.rules import Grade, Scheme
from registry.rules.grading import INSPECT_MONTHS

bodies = st.builds(
    Body,
    organization=st.integers(1, 4),
    post=st.none() | st.integers(1, 6),
    grade=st.sampled_from(Grade),
    is_section=st.booleans(),
)
people = st.sets(st.integers(1, 5), max_size=3)
rungs = st.dictionaries(st.sampled_from(LADDER[:-1]), people)
months_of = st.lists(st.sampled_from(INSPECT_MONTHS), min_size=3, max_size=3).map(sorted)


@given(
    found=st.lists(bodies, max_size=12),
    months=months_of,
    heads=st.dictionaries(st.integers(1, 4), rungs),
    holders=st.dictionaries(st.integers(1, 6), people),
)
def test_each_point_is_on_exactly_the_sheets_its_grade_asks_for_and_nobody_checks_their_own(
    found, months, heads, holders
):
    asked = {"months": months, "year": 2026, "today": dt.date(2026, 1, 1), "heads": heads, "holders": holders}
    year = plan(found, quarter=None, **asked)
    counts = Counter(sheet.body for sheet in year)
    assert counts == {body: 12 // months[body.grade - 1] for body in set(found)}
    # Four quarters are the year, no sheet more and none less.
    quarters = [sheet for quarter in (1, 2, 3, 4) for sheet in plan(found, quarter=quarter, **asked)]
    assert Counter(quarters) == Counter(year)
    for sheet in year:
        rung, body = sheet.rung, sheet.body
        own = set(holders.get(body.post, ()))
        able = {each for each in LADDER if set(heads.get(body.organization, {}).get(each, ())) - own}
        lowest = {1: 2, 2: 1, 3: 0}[body.grade] if body.is_section else 2
        above = [each for each in LADDER[lowest:] if each in able]
        assert rung == (above[0] if above else Rung.INSPECTION)


@given(months=st.sampled_from(INSPECT_MONTHS), year=st.integers(2000, 2100))
def test_the_windows_of_a_year_follow_each_other_without_a_gap(months, year):
    found = windows(months, year)
    assert len(found) == 12 // months
    assert found[-1].ends_on == dt.date(year, 12, 31)
    ends = [window.ends_on.month for window in found]
    assert ends == list(range(months, 13, months))


def test_months_that_are_over_are_not_planned():
    found = [Body(1, None, Grade.I, False)]
    asked = {"months": (3, 6, 12), "year": 2026, "quarter": None, "heads": {}, "holders": {}}
    assert [sheet.window.period for sheet in plan(found, today=dt.date(2026, 7, 1), **asked)] == [
        "2026-07/09",
        "2026-10/12",
    ]
    assert plan(found, today=dt.date(2027, 1, 1), **asked) == []


@given(
    lines=st.lists(st.tuples(st.sampled_from(["", *Answer.values]), st.sampled_from(["", " ", "看过"]))),
    opinion=st.text(),
)
def test_a_sheet_is_complete_when_every_line_is_answered_and_deviations_say_what(lines, opinion):
    facts = [LineFacts(number, *line) for number, line in enumerate(lines, start=1)]
    wrong = {
        f"line-{number}"
        for number, (answer, note) in enumerate(lines, start=1)
        if not answer or (answer in ("partly", "no") and not note.strip())
    }
    gaps = {gap.field for gap in sheet_gaps(facts, opinion)}
    assert gaps == wrong | (set() if opinion.strip() else {"opinion"})


@pytest.mark.parametrize("verb", InspectionVerb)
@pytest.mark.parametrize("state", InspectionState)
def test_what_is_signed_or_dropped_stays_so(state, verb):
    after = inspection_after(state, verb)
    if state in (InspectionState.SIGNED, InspectionState.DROPPED):
        assert after is None
    assert (after is not None) == ((state, verb) in INSPECTION_TRANSITIONS)


@pytest.mark.parametrize(
    ("months", "is_right"),
    [
        ((3, 6, 12), True),
        ((1, 1, 1), True),
        ((6, 3, 12), False),
        ((5, 6, 12), False),
        ((3, 6), False),
        ((12, 6, 3), False),
    ],
)
def test_a_scheme_says_how_often(months, is_right):
    scheme = Scheme(inspect_months=months)
    assert ("inspect_months" not in {fault.setting for fault in scheme.faults()}) == is_right
    assert Scheme.from_settings(scheme.to_settings()).inspect_months == months
    assert Scheme.from_settings({}).inspect_months == (3, 6, 12)
