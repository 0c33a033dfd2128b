"""The rules as plain functions: grading, coverage, tree numbers, text, comparison."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules import (
    Category,
    Difference,
    Grade,
    Level,
    Scheme,
    clean_text,
    compare,
    contains,
    digest,
    free_place,
    gaps,
    merge,
    open_targets,
    problems,
    subtract,
)
from registry.rules.periods import default_dates
from registry.rules.text import is_forbidden
from registry.rules.tree import DEEPEST, ROOTS, WIDTHS

SCORES = range(1, 6)
scores = st.sampled_from(list(SCORES))
intervals = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: (min(pair), max(pair))), max_size=8
)


@pytest.mark.parametrize(
    ("likelihood", "harm", "grade"),
    [(1, 1, 3), (1, 5, 3), (2, 3, 3), (2, 4, 2), (4, 2, 2), (3, 3, 2), (2, 5, 2), (3, 4, 1), (5, 5, 1)],
)
def test_grade_by_the_default_thresholds(likelihood, harm, grade):
    assert Scheme().grade(likelihood, harm) == grade


@given(scores, scores, scores, scores)
def test_more_likely_and_more_harmful_is_never_a_lower_grade(likelihood, harm, more_likely, more_harm):
    scheme = Scheme()
    if more_likely >= likelihood and more_harm >= harm:
        assert scheme.grade(more_likely, more_harm) <= scheme.grade(likelihood, harm)


@pytest.mark.parametrize(("likelihood", "harm"), [(0, 3), (3, 6), (-1, 2)])
def test_scores_outside_one_to_five_are_no_scores(likelihood, harm):
    with pytest.raises(ValueError, match="is not one of"):
        Scheme().grade(likelihood, harm)


def test_the_table_shows_every_pair_with_the_grade_it_gives():
    scheme = Scheme(grade_1=20, grade_2=10)
    assert [likelihood for likelihood, _row in scheme.table()] == [5, 4, 3, 2, 1]
    for likelihood, row in scheme.table():
        assert row == [scheme.grade(likelihood, harm) for harm in SCORES]


def test_the_explanation_names_product_and_threshold():
    sentence = Scheme().explain(3, 4)
    assert "12" in sentence
    assert "3" in sentence


def test_a_stored_scheme_keeps_what_it_does_not_say():
    scheme = Scheme.from_settings({"grade_1": 15, "expected": {"post": ["duty"]}})
    assert (scheme.grade_1, scheme.grade_2) == (15, Scheme().grade_2)
    assert scheme.expected[Level.POST] == ("duty",)
    assert scheme.expected[Level.SECTION] == Scheme().expected[Level.SECTION]


def complete(category: str) -> dict:
    return {
        "category": category,
        "major": "",
        "matter": "m",
        "title": "t",
        "manifestation": "x",
        "causes": ["education"],
        "methods": ["self"],
        "grade": 2,
    }


def test_a_complete_declaration_lacks_nothing():
    assert gaps(Level.POST, Scheme(), [("point:1", complete("duty"))], {"moral", "environment"}) == []


def test_every_gap_is_named_at_once_with_its_place():
    empty = {
        "category": "duty",
        "major": "",
        "matter": "",
        "title": "标题",
        "manifestation": "",
        "causes": [],
        "methods": [],
        "grade": None,
    }
    found = gaps(Level.POST, Scheme(), [("point:7", empty)], set())
    assert {(gap.target, gap.field) for gap in found} == {
        ("point:7", "matter"),
        ("point:7", "manifestation"),
        ("point:7", "causes"),
        ("point:7", "methods"),
        ("point:7", "grade"),
        ("nothing:moral", ""),
        ("nothing:environment", ""),
    }
    assert all("标题" in gap.sentence for gap in found if gap.target == "point:7")


def test_a_point_and_a_statement_that_there_is_none_contradict_each_other():
    found = gaps(Level.POST, Scheme(), [("point:1", complete("duty"))], {"duty", "moral", "environment"})
    assert [gap.target for gap in found] == ["nothing:duty"]


def test_only_marked_entries_are_open_when_any_is_marked():
    assert open_targets(None, {"a", "b"}) == {"a", "b"}
    assert open_targets({"a", "gone"}, {"a", "b"}) == {"a"}


@given(intervals, intervals, st.integers(0, 60))
def test_subtraction_keeps_exactly_what_is_granted_and_not_removed(granted, removed, number):
    rest = subtract(granted, removed)
    assert contains(rest, number) == (contains(granted, number) and not contains(removed, number))
    assert rest == merge(rest)


@given(intervals)
def test_merged_intervals_are_apart_and_in_order(given_intervals):
    merged = merge(given_intervals)
    assert all(low <= high for low, high in merged)
    assert all(first[1] + 1 < second[0] for first, second in zip(merged, merged[1:], strict=False))


def test_places_in_the_tree_never_overlap_and_lie_inside_their_parent():
    parent = free_place(ROOTS, 0, [])
    places = [parent]
    for depth in range(1, DEEPEST + 1):
        taken: list[int] = []
        for _child in range(3):
            place = free_place(parent, depth, taken)
            assert parent[0] < place[0]
            assert place[1] <= parent[1]
            taken.append(place[0])
        assert len(set(taken)) == 3
        assert all(b - a == WIDTHS[depth] for a, b in zip(taken, taken[1:], strict=False))
        parent = free_place(parent, depth, taken)
        places.append(parent)
    with pytest.raises(ValueError, match="floors"):
        free_place(parent, DEEPEST + 1, [])


def test_a_full_parent_says_so():
    parent = free_place(ROOTS, 0, [])
    with pytest.raises(ValueError, match="no place left"):
        free_place(parent, 1, [parent[1] + 1 - WIDTHS[1]])


@given(st.text())
def test_text_without_problems_survives_every_output(text):
    cleaned = clean_text(text)
    if not problems(cleaned, limit=10_000):
        assert cleaned.encode("utf-8").decode("utf-8") == cleaned
        assert not any(is_forbidden(character) for character in cleaned)
        assert clean_text(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "place"), [("好\x07", "2"), ("\x00", "1"), ("ab\ud800", "3"), ("\ufffe", "1"), ("a\u202eb", "2")]
)
def test_a_forbidden_character_is_named_with_its_place(text, place):
    found = problems(text, limit=100)
    assert len(found) == 1
    assert place in found[0]
    assert f"{ord(text[int(place) - 1]):04X}" in found[0]


@pytest.mark.parametrize("text", ["堃喆·", "😀👍🏽", "=cmd|' /C calc'!A0", "<script>", "第一行\n第二行\t缩进", "Ⅱ①㎡"])
def test_rare_and_hostile_but_harmless_text_is_kept(text):
    assert clean_text(text) == text
    assert problems(text, limit=100) == []


def test_words_soft_line_break_becomes_a_line_end():
    assert clean_text("一\x0b二\r\n三\u2028四") == "一\n二\n三\n四"


def test_length_and_line_problems_are_told_together():
    assert len(problems("一\n二三四", limit=3, one_line=True)) == 2


def test_comparing_two_rounds_names_what_changed():
    before = [
        {"target": "point:1", "title": "a"},
        {"target": "point:2", "title": "b"},
        {"target": "point:3", "title": "c"},
    ]
    after = [
        {"target": "point:1", "title": "a"},
        {"target": "point:2", "title": "B"},
        {"target": "point:4", "title": "d"},
    ]
    found = compare(before, after)
    assert {target: change.difference for target, change in found.items()} == {
        "point:1": Difference.SAME,
        "point:2": Difference.CHANGED,
        "point:3": Difference.REMOVED,
        "point:4": Difference.NEW,
    }
    assert found["point:2"].fields == {"title": ("b", "B")}


def test_the_digest_is_of_the_content_not_of_its_order():
    assert digest({"a": 1, "b": ["堃"]}) == digest({"b": ["堃"], "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
    assert digest({}).startswith("sha256:")


def test_the_documents_own_dates_hold_where_none_are_set():
    dates = default_dates(2026, "points")
    assert (str(dates.opens), str(dates.due_to_region), str(dates.closes)) == ("2026-03-11", "2026-04-10", "2026-04-20")
    assert default_dates(2026, "measures").due_to_region.isoformat() == "2026-05-10"
    assert dates.days_left(dates.closes) == 0


def test_the_five_categories_stand_in_the_documents_order():
    assert Category.values == ["moral", "institutional", "duty", "process", "environment"]
    assert Grade.values == [1, 2, 3]
