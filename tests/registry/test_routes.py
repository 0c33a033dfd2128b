"""The way of a declaration as tables: every state and verb, every route of the domain, who is eligible."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.roles import ROLES, Permission, Role, roles_with
from registry.rules import (
    STEPS,
    DeclarationState,
    Level,
    Phase,
    Rank,
    Refused,
    Standing,
    StepKey,
    Verb,
    after,
    goes_to_region,
    next_step,
    reviewers,
    route,
    verb_for,
)
from registry.rules.routes import ROUTES

# What each state allows, written down by hand; everything else is refused with a sentence.
ALLOWED = {
    ("draft", "submit"): "submitted",
    ("returned", "submit"): "submitted",
    ("submitted", "approve"): "submitted",
    ("submitted", "return"): "returned",
    ("submitted", "file"): "filed",
    ("submitted", "withdraw"): "draft",
}


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(DeclarationState.values, Verb.values)))
def test_every_state_and_verb(state, verb):
    if (state, verb) in ALLOWED:
        assert after(state, Verb(verb)) == ALLOWED[state, verb]
    else:
        with pytest.raises(Refused) as refusal:
            after(state, Verb(verb))
        assert str(refusal.value)


# The two tables of the domain, by hand: steps in order and whether the region reviews for each rank.
POINTS = {
    ("post", "staff"): ["head", "team", "office"],
    ("post", "section_head"): ["supervisor", "team", "office"],
    ("post", "team_member"): ["principal", "team", "office"],
    ("post", "principal_leader"): ["principal", "team", "office"],
    ("section", None): ["supervisor", "team", "office"],
    ("leadership", None): ["resolution", "signature", "office"],
}
MEASURES = {
    ("post", "staff"): ["party", "office"],
    ("post", "section_head"): ["party", "office"],
    ("post", "team_member"): ["principal", "office"],
    ("post", "principal_leader"): ["principal", "office"],
    ("section", None): ["supervisor", "office"],
    ("leadership", None): ["principal", "office"],
}


@pytest.mark.parametrize(("phase", "table"), [("points", POINTS), ("measures", MEASURES)])
def test_every_route_is_the_domains(phase, table):
    assert {(level, standing) for a_phase, level, standing in ROUTES if a_phase == phase} == set(table)
    for (level, standing), steps in table.items():
        assert list(route(phase, level, standing)) == steps


def test_every_route_ends_with_the_step_that_files_and_no_other_files():
    for steps in ROUTES.values():
        assert [verb_for(key) for key in steps] == [Verb.APPROVE] * (len(steps) - 1) + [Verb.FILE]
        walk, place = [], 0
        while place is not None:
            walk.append(place)
            place = next_step(steps, place)
        assert walk == list(range(len(steps)))


@pytest.mark.parametrize(
    ("phase", "level", "standing", "rank", "expected"),
    [
        ("points", "post", "staff", "below_ke", False),
        ("points", "post", "staff", "ke", True),
        ("points", "post", "staff", "chu", True),
        # The role of section head alone never sends anything to the region; the rank does.
        ("points", "post", "section_head", "below_ke", False),
        ("points", "post", "section_head", "ke", True),
        ("points", "post", "team_member", "below_ke", True),
        ("points", "post", "principal_leader", "below_ke", True),
        ("points", "section", None, None, False),
        ("points", "leadership", None, None, True),
        ("measures", "post", "staff", "below_ke", False),
        ("measures", "post", "staff", "ke", True),
        ("measures", "section", None, None, True),
        ("measures", "leadership", None, None, True),
    ],
)
def test_what_goes_to_the_region(phase, level, standing, rank, expected):
    assert goes_to_region(phase, level, standing, rank) is expected


def test_every_step_can_be_carried_by_some_role_and_every_permission_by_one():
    for step in STEPS.values():
        for permission, place in step.ladder:
            assert roles_with(permission)
            assert place in ("section", "unit", "region")
            assert any(place in ROLES[Role(role)].held_on for role in roles_with(permission))
        assert step.clause
    for permission in Permission:
        assert roles_with(permission)


def test_administrators_read_and_decide_nothing():
    administrators = {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR}
    content = {permission for step in STEPS.values() for permission, _place in step.ladder} | {
        Permission.VIEW_LEDGER,
        Permission.VIEW_PROGRESS,
        Permission.VIEW_COUNTS,
        Permission.IMPORT_LEDGER,
    }
    for role in administrators:
        assert not ROLES[role].permissions & content


people = st.frozensets(st.integers(1, 6), max_size=4)


@given(st.sampled_from(list(StepKey)), st.lists(people, min_size=4, max_size=4), people, people, people)
def test_who_is_eligible(step, rungs, owners, decided, recused):
    """Never an owner, one who has decided or one recused; the lowest rung with somebody; nobody only if all are empty."""
    holders = dict(enumerate(rungs[: len(STEPS[step].ladder)]))
    excluded = owners | decided | recused
    found = reviewers(step, holders, owners=owners, decided=decided, recused=recused)
    assert not found.people & excluded
    if found.rung is None:
        assert not found.people
        assert all(not (rung - excluded) for rung in holders.values())
    else:
        assert found.people == holders[found.rung] - excluded
        assert found.people
        assert all(not (holders[lower] - excluded) for lower in range(found.rung))


def test_the_tables_use_known_words():
    for phase, level, standing in ROUTES:
        assert phase in Phase.values
        assert level in Level.values
        assert standing is None or standing in Standing.values
    assert Rank.values == ["below_ke", "ke", "chu"]
