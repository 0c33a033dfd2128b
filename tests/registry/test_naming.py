"""Where nobody is eligible the region names a person, and everybody is decided on by somebody else, or nobody is asked."""

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import access
from registry.actions import approvals, organization
from registry.models import (
    Approval,
    AuditEntry,
    Declaration,
    Naming,
)
from registry.roles import ROLES as DESCRIBED
from registry.roles import Permission, Role
from registry.rules import (
    STEPS,
    NotAllowed,
    Refused,
    StepKey,
    Verdict,
    reviewers,
)
from tests import factories
from tests.registry.test_regions import CAST, recuse, sees


@pytest.fixture(autouse=True)
def in_english():
    """Sentences are compared in the language they are written in."""
    with translation.override("en"):
        yield


# --- Nobody eligible: the region names a person ------------------------------------------------------------------------


def stuck(body) -> Declaration:
    """The declaration of SWJ's only leader: the region's clerk decided its first step, and nobody is left for the second."""
    declaration = factories.submitted(body, "swj_principal")
    factories.decide(declaration, body["region_clerk"])
    return declaration


def name(
    body, declaration: Declaration, who: str, by: str = "region_clerk", reason: str = "该局无其他班子成员"
) -> Naming:
    return approvals.name_reviewer(by=body[by], approval=declaration.approval, person=body[who], reason=reason)


def test_whom_the_region_names_decides(body):
    declaration = stuck(body)
    approval = declaration.approval
    assert access.asked_now(approval) == access.Asked(frozenset())
    assert set(access.unreviewed(body["region_clerk"])) == {approval}
    naming = name(body, declaration, "outside_inspector")
    assert (naming.step, naming.round, naming.named_by) == ("team", 1, body["region_clerk"])
    assert access.asked_now(approval).people == {body["outside_inspector"].pk}
    assert set(access.waiting_for(body["outside_inspector"])) == {approval}
    assert sees(body, "outside_inspector", declaration)
    factories.decide(declaration, body["outside_inspector"])
    decision = approval.decisions.get(step="team")
    assert (decision.decided_by, decision.acting_as) == (body["outside_inspector"], "")
    # At the next step it is for somebody else again: who has decided is not named.
    for decided in ("outside_inspector", "region_clerk"):
        with pytest.raises(Refused, match="cannot decide this step"):
            name(body, declaration, decided)
    name(body, declaration, "inspector")
    factories.decide(declaration, body["inspector"])
    assert declaration.state == "filed"
    assert AuditEntry.objects.filter(act="declaration.name_reviewer").count() == 2


def test_who_may_name_and_who_may_be_named(body):
    declaration = stuck(body)
    for by in CAST:
        if by != "region_clerk":
            with pytest.raises(NotAllowed):
                name(body, declaration, "inspector", by=by)
    for who in ("swj_principal", "system_administrator", "security_administrator", "audit_administrator", "former"):
        with pytest.raises(Refused, match="cannot decide this step"):
            name(body, declaration, who)
    recuse(body, "inspector", "SWJ")
    with pytest.raises(Refused, match="cannot decide this step"):
        name(body, declaration, "inspector")
    with pytest.raises(Refused, match="why this person"):
        name(body, declaration, "swj_holder", reason=" ")
    with pytest.raises(Refused, match="nobody is named"):
        name(body, factories.submitted(body), "inspector")
    assert not Naming.objects.exists()


def test_the_latest_naming_counts_and_only_while_it_can(body):
    declaration = stuck(body)
    name(body, declaration, "inspector")
    name(body, declaration, "swj_holder", reason="前者出差")
    assert access.asked_now(declaration.approval).people == {body["swj_holder"].pk}
    assert not access.waiting_for(body["inspector"]).exists()
    recuse(body, "swj_holder", "SWJ")
    assert access.asked_now(declaration.approval).people == frozenset()
    with pytest.raises(NotAllowed):
        factories.decide(declaration, body["swj_holder"])
    assert not access.waiting_for(body["swj_holder"]).exists()


def test_somebody_eligible_by_role_is_asked_instead(body):
    declaration = stuck(body)
    name(body, declaration, "inspector")
    factories.give(body, "swj_holder", Role.TEAM_MEMBER, "SWJ")
    declaration.approval.refresh_from_db()
    assert declaration.approval.asked_person is None
    assert declaration.approval.asked_permission == Permission.REVIEW_TEAM
    assert not access.waiting_for(body["inspector"]).exists()
    assert not access.unreviewed(body["region_clerk"]).exists()
    with pytest.raises(NotAllowed):
        access.check_decide(declaration.approval, body["inspector"])


def test_a_naming_holds_for_its_round_only(body):
    declaration = stuck(body)
    name(body, declaration, "inspector")
    factories.decide(declaration, body["inspector"], Verdict.RETURN, reason="请修改")
    factories.submit(declaration)
    factories.decide(declaration, body["region_clerk"])
    assert access.asked_now(declaration.approval).people == frozenset()


def test_a_notice_too_gets_somebody_named(body):
    """In MZJ one clerk composes and nobody else publishes; the region's clerk is recused from a part of it."""
    factories.filed(body, "mzj_holder")
    notice = factories.composed(body, "mzj_clerk", "MZJ")
    body.people["second_region_clerk"] = factories.make_person("second_region_clerk", "地区办二")
    recuse(body, "region_clerk", "MZJ-01")
    notice = factories.submit_notice(notice, body["mzj_clerk"])
    assert access.asked_now(notice.approval).people == frozenset()
    # Nobody may name: a role given to a further person is what helps.
    with pytest.raises(NotAllowed):
        approvals.name_reviewer(by=body["region_clerk"], approval=notice.approval, person=body["inspector"], reason="x")
    assert not access.unreviewed(body["region_clerk"]).exists()
    factories.give(body, "second_region_clerk", Role.REGION_CLERK, "DQ")
    notice.approval.refresh_from_db()
    assert access.asked_now(notice.approval).people == {body["second_region_clerk"].pk}


def test_the_pages_of_naming(body, english):
    declaration = stuck(body)
    listed = reverse("registry:without-reviewer")
    address = reverse("registry:reviewer-name", args=[declaration.approval_id])
    region = english("region_clerk")
    assert "1 step that nobody may decide" in region.get(reverse("home")).content.decode()
    page = region.get(listed).content.decode()
    assert declaration.approval.title in page
    assert address in page
    # Without words the people of the unit; with words those of the region.
    first = region.get(address).content.decode()
    assert body["swj_holder"].name in first
    assert body["inspector"].name not in first
    found = region.get(address, {"q": "insp"}).content.decode()
    assert body["inspector"].name in found
    assert "called that" in region.get(address, {"q": "nobody-at-all"}).content.decode()
    wrong = region.post(address + "?q=insp", {"person": body["inspector"].pk, "reason": ""})
    assert wrong.status_code == 422
    foreign = region.post(address, {"person": body["swj_principal"].pk, "reason": "理由"})
    assert foreign.status_code == 422
    done = region.post(address + "?q=insp", {"person": body["inspector"].pk, "reason": "该局无其他班子成员"})
    assert done.status_code == 302
    assert body["inspector"].name in region.get(listed).content.decode()
    assert "nobody may decide" not in region.get(reverse("home")).content.decode()
    named = english("inspector")
    assert declaration.approval.title in named.get(reverse("home")).content.decode()
    decide = reverse("registry:declaration-decide", args=[declaration.approval_id])
    text = named.get(decide).content.decode()
    assert "该局无其他班子成员" in text
    assert 'value="approve" disabled' not in text
    # The unit's office sees its own on the list and names nobody; others see no list at all.
    factories.give(body, "swj_holder", Role.OFFICE_CLERK, "SWJ")
    office = english("swj_holder")
    assert declaration.approval.title in office.get(listed).content.decode()
    assert address not in office.get(listed).content.decode()
    assert office.get(address).status_code == 403
    assert declaration.approval.title not in english("clerk").get(listed).content.decode()
    assert english("clerk").get(address).status_code == 404
    assert english("holder").get(listed).status_code == 403
    assert english("holder").get(address).status_code == 404


# --- Everybody is decided on by somebody else, or nobody is asked ------------------------------------------------------

PLACES = ("section", "unit", "region")
HELD = sorted({(permission.value, place) for step in STEPS.values() for permission, place in step.ladder}, key=str)
bodies = st.integers(1, 7).flatmap(
    lambda size: st.tuples(
        st.just(size),
        st.lists(st.tuples(st.integers(1, size), st.sampled_from(HELD)), max_size=12),
        st.frozensets(st.integers(1, size), min_size=1, max_size=2),
        st.frozensets(st.integers(1, size), max_size=2),
    )
)


@given(bodies, st.sampled_from(list(StepKey)))
def test_every_step_has_somebody_eligible_or_nobody_never_an_owner(drawn, step):
    """For every body of one person or more under a region's office, with roles as they may be."""
    _size, roles, owners, recused = drawn
    decided: set[int] = set()
    holders = {
        rung: {person for person, held in roles if held == (permission.value, place)}
        for rung, (permission, place) in enumerate(STEPS[step].ladder)
    }
    found = reviewers(step, holders, owners=owners, decided=decided, recused=recused)
    assert not found.people & (owners | recused)
    allowed = set().union(*holders.values()) - owners - recused
    assert bool(found.people) == bool(allowed)
    assert (found.rung is None) == (not allowed)


class Rollback(Exception):
    pass


GIVEN = [
    (Role.SECTION_HEAD, "CZJ-01"), (Role.SUPERVISING_LEADER, "CZJ-01"), (Role.TEAM_MEMBER, "CZJ"),
    (Role.PRINCIPAL_LEADER, "CZJ"), (Role.PARTY_ORGANIZATION, "CZJ"), (Role.OFFICE_CLERK, "CZJ"),
    (Role.NOTICE_PUBLISHER, "CZJ"), (Role.REGION_CLERK, "DQ"), (Role.REGION_LEADER, "DQ"),
]  # fmt: skip


@pytest.fixture
def bare(db):
    """A region, a unit and a section, four people with a post there and none with a role."""
    body = factories.Body()
    console = organization.console_actor()
    for kind, code, parent in (("region", "DQ", ""), ("unit", "CZJ", "DQ"), ("section", "CZJ-01", "CZJ")):
        body.organizations[code] = organization.create_organization(
            by=console,
            kind=kind,
            code=code,
            name=code,
            parent=body.organizations.get(parent),
            opened_on=factories.SINCE,
        )
    for number in range(4):
        body.people[str(number)] = factories.make_person(f"p{number}", f"人员{number}")
        post = organization.create_post(
            by=console, organization=body.organization("CZJ-01"), name=f"岗位{number}", duties="日常工作。"
        )
        organization.appoint(by=console, person=body[str(number)], post=post, rank="ke", starts_on=factories.SINCE)
    return body


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    given_roles=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(GIVEN)), max_size=8, unique=True),
    step=st.sampled_from(list(StepKey)),
    owner=st.integers(0, 3),
    named=st.integers(0, 3),
)
def test_the_same_in_the_database_with_naming(bare, given_roles, step, owner, named):
    try:
        with transaction.atomic():
            for number, (role, code) in given_roles:
                factories.give(bare, str(number), role, code)
            section = bare.organization("CZJ-01")
            owners = {bare[str(owner)].pk}
            asked = access.asked_at(step, section, owners=owners)
            assert not asked.people & owners
            codes = {"section": "CZJ-01", "unit": "CZJ", "region": "DQ"}
            ladder = {(permission, codes[place]) for permission, place in STEPS[step].ladder}
            may = {
                bare[str(number)].pk
                for number, (role, code) in given_roles
                if any((permission, code) in ladder for permission in DESCRIBED[role].permissions)
            } - owners
            assert bool(asked.people) == bool(may)
            assert asked.people <= may
            # The same for an approval that is open; where nobody is left, a person named counts unless it is their own.
            approval = Approval.objects.create(
                kind="declaration", organization=section, position=section.tree_from, title="某岗位", steps=[step],
                submitted_by=bare[str(owner)], submitted_at=timezone.now(), step_since=timezone.now(),
            )  # fmt: skip
            approval.owners.set(owners)
            Naming.objects.create(
                approval=approval, round=1, step=step, person=bare[str(named)], named_by=bare[str(owner)],
                named_at=timezone.now(), reason="测试",
            )  # fmt: skip
            approvals.ask_again(section)
            approval.refresh_from_db()
            now = access.asked_now(approval)
            waits = {key for key, person in bare.people.items() if access.waiting_for(person).exists()}
            assert {bare[key].pk for key in waits} == now.people
            assert now.people == (asked.people or ({bare[str(named)].pk} - owners))
            raise Rollback
    except Rollback:
        pass
