"""The score of a unit as a plain rule: never out of bounds, monotone, whatever the order, the same to the last digit."""

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from cycles.rules.assessment import (
    BANDS,
    INDICATORS,
    MOST,
    Group,
    score,
    share_of,
    shown,
)

KEYS = [indicator.key for indicator in INDICATORS]
shares = st.fractions(0, 1, max_denominator=400)
values = st.fixed_dictionaries({key: st.none() | shares for key in KEYS})
points = st.lists(st.fractions(0, 20, max_denominator=4), max_size=4)


def order_of(band) -> int:
    return [each.least for each in sorted(BANDS, key=lambda each: each.least)].index(band.least)


def test_the_weights_make_a_hundred_and_every_group_has_some():
    assert sum(indicator.weight for indicator in INDICATORS) == MOST
    assert {indicator.group for indicator in INDICATORS} == set(Group)
    assert len(set(KEYS)) == len(KEYS)
    assert min(band.least for band in BANDS) == 0


@given(values, points, st.integers(0, 2))
def test_a_score_never_leaves_its_bounds(given_values, deductions, vetoes):
    found = score(given_values, deductions=deductions, vetoes=vetoes)
    assert 0 <= found.total <= found.before <= MOST
    assert all(0 <= item.points <= item.indicator.weight for item in found.items)
    assert found.is_vetoed == bool(vetoes)


@given(values, points, st.sampled_from(KEYS), shares)
def test_a_better_value_never_gives_less(given_values, deductions, key, better):
    assume(given_values[key] is not None and better >= given_values[key])
    before = score(given_values, deductions=deductions)
    after = score({**given_values, key: better}, deductions=deductions)
    assert after.total >= before.total
    assert order_of(after.band) >= order_of(before.band)


@given(values, points, st.fractions(0, 20, max_denominator=4))
def test_one_more_deduction_never_gives_more(given_values, deductions, one_more):
    before, after = (score(given_values, deductions=each) for each in (deductions, [*deductions, one_more]))
    assert after.total <= before.total
    assert order_of(after.band) <= order_of(before.band)


@given(values, points, st.randoms(use_true_random=False))
def test_the_order_changes_nothing(given_values, deductions, random):
    indicators, shuffled, mixed = list(INDICATORS), list(deductions), list(given_values.items())
    for each in (indicators, shuffled, mixed):
        random.shuffle(each)
    one, other = (
        score(given_values, deductions=deductions),
        score(dict(mixed), deductions=shuffled, indicators=indicators),
    )
    assert (one.total, one.band, set(one.items)) == (other.total, other.band, set(other.items))


@given(values, points)
def test_a_veto_leaves_the_lowest_grade_and_the_score_as_it_is(given_values, deductions):
    free, vetoed = (score(given_values, deductions=deductions, vetoes=vetoes) for vetoes in (0, 1))
    assert order_of(vetoed.band) == 0 and vetoed.total == free.total


def test_what_there_is_nothing_to_go_by_weighs_nothing():
    full = dict.fromkeys(KEYS, Fraction(1))
    assert score(full).total == MOST
    assert score({**full, "staff": None, "served": None}).total == MOST
    half = {**full, "tasks": Fraction(1, 2)}
    assert score(half).total == Fraction(185, 2)
    assert score({**half, "staff": None, "served": None}).total == Fraction(100 * (85 - Fraction(15, 2)), 85)
    assert score({}).total == 0


def test_the_best_grade_asks_that_nothing_is_at_zero():
    values = {**dict.fromkeys(KEYS, Fraction(1)), "training": Fraction(0)}
    found = score(values)
    assert found.total == 95 and found.band.least == 80 and len(found.reasons) == 1


def test_as_in_a_sum_done_by_hand():
    """10 of 12 declared (of 10 points), 3 of 4 tasks (of 15), everything else whole, 2.5 points off."""
    values = {**dict.fromkeys(KEYS, Fraction(1)), "declared": share_of(10, 12), "tasks": share_of(3, 4)}
    found = score(values, deductions=[Fraction(5, 2)])
    assert shown(found.before) == "94.58" and shown(found.total) == "92.08"
