"""The algorithm of a draw: written down so that anybody can replay it, fair, and sensitive to every input."""

import hashlib
from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from controls.rules import (
    Check,
    DrawFacts,
    DrawList,
    Exclusion,
    Holding,
    Member,
    commitment_of,
    drawn,
    final_seed,
    make_list,
    replay,
)
from controls.rules.draw import below, numbers
from registry.rules import Refused

SEED = "00" * 32
EXAMPLE = ["post-0000000002", "post-0000000010", "post-0000000001"]
MEMBERS = tuple(Member(f"post-{number:010d}", f"岗位{number}") for number in range(1, 11))


def test_the_numbers_are_those_of_the_handbook():
    """The worked example of docs/how-to/draws.md."""
    first = hashlib.sha256(f"{SEED}:0".encode()).digest()[:8]
    assert next(numbers(SEED)) == int.from_bytes(first, "big")
    final = final_seed(SEED, "11" * 32, "sha256:" + "22" * 32)
    assert final == "f4417a86ce645469c14f0793704b6488069048bca0fd14c771e8c512e6c6b214"
    assert drawn(final, [member.key for member in MEMBERS], 3) == EXAMPLE


@given(
    keys=st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=1, max_size=30, unique=True),
    share=st.floats(0, 1),
    seed=st.binary(min_size=32, max_size=32).map(bytes.hex),
)
def test_a_draw_takes_as_many_as_wanted_each_once_whatever_the_order_of_the_list(keys, share, seed):
    count = 1 + int(share * (len(keys) - 1))
    found = drawn(seed, keys, count)
    assert len(found) == len(set(found)) == count and set(found) <= set(keys)
    assert drawn(seed, sorted(keys, reverse=True), count) == found
    # The first names do not depend on how many are wanted.
    assert drawn(seed, keys, len(keys))[:count] == found


def test_what_would_favour_the_lower_numbers_is_passed_over():
    limit = 2**63 + 1  # nearly half of all numbers are above the last whole multiple
    fair = 2**64 - 2**64 % limit
    source = iter([fair, 2**64 - 1, 7])
    assert below(source, limit) == 7


CRITICAL = {4: 16.27, 9: 27.88}  # chi-square at 0.001, degrees of freedom


def test_each_member_is_equally_likely():
    """4,000 seeds, 3 of 10: each comes 1,200 times but for chance, and as often first as second as third."""
    keys = [member.key for member in MEMBERS]
    trials, wanted = 4_000, 3
    seeds = [hashlib.sha256(f"trial {number}".encode()).hexdigest() for number in range(trials)]
    results = [drawn(seed, keys, wanted) for seed in seeds]
    expected = trials / len(keys)
    for place in range(wanted):
        counts = Counter(result[place] for result in results)
        assert sum((counts[key] - expected) ** 2 / expected for key in keys) < CRITICAL[9], place
    # Of all 10 × 9 ordered pairs none is favoured either: chi-square with 89 degrees of freedom at 0.001.
    pairs = Counter((result[0], result[1]) for result in results)
    expected = trials / 90
    assert sum((pairs[a, b] - expected) ** 2 / expected for a in keys for b in keys if a != b) < 135.98


def test_numbers_below_a_limit_are_even():
    counts = Counter(below(iter([number]), 5) for number in islice(numbers(SEED), 5_000))
    assert sum((counts[number] - 1_000) ** 2 / 1_000 for number in range(5)) < CRITICAL[4]


# --- The list -----------------------------------------------------------------------------------------------------------------


def test_the_text_is_what_is_digested():
    frozen = make_list(
        "posts", 1, list(reversed(MEMBERS[:3])), [Exclusion(MEMBERS[0].key, "岗位1", "近亲属\t在该岗位")]
    )
    assert frozen.text == (
        "draw\t1\nkind\tposts\nwanted\t1\nmember\tpost-0000000002\t岗位2\nmember\tpost-0000000003\t岗位3\n"
        "excluded\tpost-0000000001\t岗位1\t近亲属 在该岗位\n"
    )
    assert frozen.digest == hashlib.sha256(frozen.text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("kind", "wanted", "population", "exclusions", "why"),
    [
        ("posts", 1, [], [], "nobody and nothing"),
        ("posts", 0, MEMBERS, [], "From 1 to"),
        ("posts", 11, MEMBERS, [], "are wanted"),
        ("posts", 10, MEMBERS, [Exclusion(MEMBERS[0].key, "", "回避")], "are wanted"),
        ("posts", 1, MEMBERS, [Exclusion("post-9", "", "回避")], "on the list"),
        ("posts", 1, MEMBERS, [Exclusion(MEMBERS[0].key, "", "甲")] * 2, "each once"),
        ("posts", 1, MEMBERS, [Exclusion(MEMBERS[0].key, "", " ")], "why"),
        ("experts", 2, MEMBERS, [], "From 3 to 5"),
        ("experts", 6, MEMBERS, [], "From 3 to 5"),
        ("points", 1, [Member(str(number), "") for number in range(5_001)], [], "Narrow"),
    ],
)
def test_a_list_that_cannot_be_drawn_from_is_refused(kind, wanted, population, exclusions, why):
    with translation.override("en"), pytest.raises(Refused, match=why):
        make_list(kind, wanted, population, exclusions)


# --- Replay --------------------------------------------------------------------------------------------------------------------


def facts(**changes) -> DrawFacts:
    frozen = make_list("posts", 3, MEMBERS[1:], [])
    value = "sha256:" + "5a" * 32
    final = final_seed(SEED, frozen.digest, value)
    found = DrawFacts(
        state="revealed",
        drawn_from=frozen,
        list_digest=frozen.digest,
        commitment=commitment_of(SEED),
        seed=SEED,
        value=value,
        final=final,
        result=tuple(drawn(final, [member.key for member in frozen.members], 3)),
        committed=True,
        revealed_by=value,
    )
    return replace(found, **changes)


FROZEN = facts().drawn_from
CHANGES = {
    "a name on the list": {
        "drawn_from": replace(FROZEN, members=(Member(MEMBERS[1].key, "改名"), *FROZEN.members[1:]))
    },
    "a member less": {"drawn_from": replace(FROZEN, members=FROZEN.members[1:])},
    "another order": {"drawn_from": replace(FROZEN, members=FROZEN.members[::-1])},
    "an exclusion more": {"drawn_from": replace(FROZEN, exclusions=(Exclusion("post-1", "甲", "乙"),))},
    "another number": {"drawn_from": replace(FROZEN, wanted=2)},
    "another kind": {"drawn_from": replace(FROZEN, kind="points")},
    "digest of the list": {"list_digest": "0" * 64},
    "commitment": {"commitment": "0" * 64},
    "seed": {"seed": "11" * 32},
    "value": {"value": "sha256:" + "6b" * 32},
    "final seed": {"final": "0" * 64},
    "result": {"result": facts().result[::-1]},
    "no entry of the commitment": {"committed": False},
    "no entry of the reveal": {"revealed_by": None},
    "another entry of the reveal": {"revealed_by": "sha256:" + "7c" * 32},
}


def test_what_was_done_holds():
    assert replay(facts()) == [(check, Holding.HOLDS) for check in Check]
    waiting = facts(state="committed", seed="", value="", final="", result=(), revealed_by=None)
    assert dict(replay(waiting)) == {
        check: Holding.HOLDS if check in (Check.LIST, Check.COMMITTED) else Holding.LATER for check in Check
    }


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_each_changed_input_is_found(change):
    assert Holding.FAILS in dict(replay(facts(**change))).values()


def test_a_list_says_its_kind():
    assert DrawList("posts", 1, MEMBERS).digest != DrawList("points", 1, MEMBERS).digest
