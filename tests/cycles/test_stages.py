"""The stages as plain rules: when they are, what may be changed, what follows what."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cycles.rules import (
    PARTS,
    STAGE_TRANSITIONS,
    Part,
    StageDates,
    StageKind,
    StageState,
    StageVerb,
    conditions_to_close,
    date_faults,
    default_stages,
    may_change,
    opens_by_itself,
    stage_after,
)
from registry.rules import Refused

DAY = dt.timedelta(days=1)


def test_the_documents_own_dates():
    """Part III §4(1)–(5)."""
    dates = default_stages(2026)
    assert [(str(each.opens)[5:], str(each.closes)[5:]) for each in dates.values()] == [
        ("02-01", "03-10"), ("03-11", "04-20"), ("04-21", "08-31"), ("09-01", "09-10"), ("09-11", "10-10"),
    ]  # fmt: skip
    assert str(dates[StageKind.IDENTIFICATION].due_to_region) == "2026-04-10"
    assert str(dates[StageKind.IMPLEMENTATION].due_to_region) == "2026-05-10"
    assert {part: [kind for kind in StageKind if PARTS[kind] == part] for part in Part} == {
        Part.PLAN: [StageKind.PREPARATION, StageKind.IDENTIFICATION],
        Part.DO: [StageKind.IMPLEMENTATION],
        Part.CHECK: [StageKind.ASSESSMENT],
        Part.ACT: [StageKind.CORRECTION],
    }


@given(st.integers(2000, 2100))
def test_the_documents_own_dates_are_right_in_every_year(year):
    assert date_faults(year, default_stages(year)) == []


@pytest.mark.parametrize(
    ("kind", "change", "told"),
    [
        (StageKind.PREPARATION, {"opens": dt.date(2025, 12, 31)}, (StageKind.PREPARATION, "opens")),
        (StageKind.CORRECTION, {"closes": dt.date(2027, 1, 1)}, (StageKind.CORRECTION, "closes")),
        (StageKind.ASSESSMENT, {"closes": dt.date(2026, 8, 31)}, (StageKind.ASSESSMENT, "closes")),
        (StageKind.ASSESSMENT, {"opens": dt.date(2026, 8, 31)}, (StageKind.ASSESSMENT, "opens")),
        (StageKind.IDENTIFICATION, {"due_to_region": None}, (StageKind.IDENTIFICATION, "due_to_region")),
        (StageKind.ASSESSMENT, {"due_to_region": dt.date(2026, 9, 5)}, (StageKind.ASSESSMENT, "due_to_region")),
        (StageKind.IMPLEMENTATION, {"due_to_region": dt.date(2026, 9, 1)}, (StageKind.IMPLEMENTATION, "due_to_region")),
    ],
)
def test_what_is_wrong_with_dates_is_said_at_its_place(kind, change, told):
    dates = default_stages(2026)
    dates[kind] = StageDates(**{**vars(dates[kind]), **change})
    assert told in {(fault.kind, fault.name) for fault in date_faults(2026, dates)}


@given(st.permutations(list(StageKind)))
def test_stages_in_another_order_are_wrong(order):
    days = default_stages(2026)
    moved = dict(zip(order, days.values(), strict=True))
    faults = date_faults(2026, moved)
    assert (faults == []) == (list(order) == list(StageKind))


TODAY = dt.date(2026, 3, 20)
RUNNING = StageDates(dt.date(2026, 3, 11), dt.date(2026, 4, 20), dt.date(2026, 4, 10))


@pytest.mark.parametrize("state", StageState)
def test_before_a_stage_begins_its_dates_are_free_afterwards_they_need_a_reason(state):
    later = StageDates(RUNNING.opens, RUNNING.closes + DAY, RUNNING.due_to_region)
    with_reason, without = (may_change(state, RUNNING, later, reason, TODAY) for reason in ("清明假期", " "))
    assert bool(with_reason) == (state == StageState.CLOSED)
    assert bool(without) == (state != StageState.PLANNED)
    assert may_change(state, RUNNING, RUNNING, "", TODAY) == ""


def test_of_a_running_stage_the_first_day_stays_and_the_last_is_not_over():
    begun_later = StageDates(RUNNING.opens + DAY, RUNNING.closes, RUNNING.due_to_region)
    over = StageDates(RUNNING.opens, TODAY - DAY, TODAY - DAY)
    today = StageDates(RUNNING.opens, TODAY, TODAY)
    for after, is_right in ((begun_later, False), (over, False), (today, True)):
        assert (may_change(StageState.OPEN, RUNNING, after, "理由", TODAY) == "") == is_right


@pytest.mark.parametrize("state", StageState)
@pytest.mark.parametrize("verb", StageVerb)
def test_what_follows_what(state, verb):
    if (state, verb) in STAGE_TRANSITIONS:
        assert stage_after(state, verb) == STAGE_TRANSITIONS[state, verb]
    else:
        with pytest.raises(Refused):
            stage_after(state, verb)


@given(st.sampled_from(StageState), st.sampled_from([None, *StageState]), st.integers(-3, 3))
def test_a_stage_begins_by_itself_on_its_day_after_the_one_before(state, before, ago):
    begins = opens_by_itself(state, RUNNING, before, RUNNING.opens + ago * DAY)
    assert begins == (state == StageState.PLANNED and before in (None, StageState.CLOSED) and ago >= 0)


def test_each_condition_names_its_clause_and_counts_in_words():
    keys = [condition.key for kind in StageKind for condition in conditions_to_close(kind)]
    assert len(keys) == len(set(keys)) and len(keys) >= 12
    for kind in StageKind:
        for condition in conditions_to_close(kind):
            assert condition.clause.startswith("III §")
            assert condition.missing % {"count": 1} and condition.missing % {"count": 5}
