"""Who can see and do what, and why: the pages say what the system does, to those who may know it."""

import pytest
from django.urls import reverse
from django.utils import translation

from registry import access
from registry.actions import organization
from registry.models import Approval
from registry.roles import Permission
from registry.rules import StepKey, contains
from tests import factories


@pytest.fixture
def cast(body):
    factories.standing_in(body)
    return body


def names_of(body, people) -> set[str]:
    found = {person.pk for person in people}
    return {name for name, person in body.people.items() if person.pk in found}


@pytest.mark.parametrize("code", ["CZJ", "CZJ-01", "CZJ-02", "MZJ-01", "SWJ", "DQ"])
def test_who_reads_is_who_sees_the_points(cast, code):
    place = cast.organization(code)
    told = names_of(cast, access.readers_of(place))
    for name, person in cast.people.items():
        person.refresh_from_db()
        assert (name in told) == contains(access.ledger_scope(person), place.tree_from), name


def test_who_reads_is_who_finds_what_is_filed(cast):
    filed = factories.filed(cast)
    told = names_of(cast, access.readers_of(filed.organization))
    assert "stand_in" in told and "expired_stand_in" not in told
    for name, person in cast.people.items():
        person.refresh_from_db()
        assert (name in told) == access.visible_points(person).filter(declaration=filed).exists(), name


def test_who_decides_each_step_is_who_may_decide_it(cast):
    """Of a matter of somebody who stands on no ladder, each step asks exactly those the page names."""
    declaration = factories.submitted(cast)
    told = {key: asked for key, asked, _rung in access.deciders_at(declaration.organization)}
    for _step in range(3):
        approval = Approval.objects.get(declaration=declaration)
        decided = set().union(*access.decided_in_round(approval))
        may = set()
        for name, person in cast.people.items():
            person.refresh_from_db()
            if not access.refusal(access.check_decide, approval, person):
                may.add(name)
        asked = told[approval.step_key]
        assert {cast[name].pk for name in may} == asked.people - decided, approval.step_key
        factories.decide(declaration)
    assert declaration.state == "filed"


def test_a_step_without_anybody_is_told(cast):
    found = {key: (asked.people, rung) for key, asked, rung in access.deciders_at(cast.organization("SWJ"))}
    assert found[StepKey.PRINCIPAL] == ({cast["swj_principal"].pk}, 1)
    assert found[StepKey.OFFICE] == ({cast["region_clerk"].pk}, 2)  # nobody of the unit's office: a rung further up


def test_reach_is_what_rights_say(cast):
    for name, person in cast.people.items():
        person.refresh_from_db()
        reach = access.reach_of(person)
        for permission in Permission:
            places = {each.organization.pk for each in reach.get(permission, [])}
            held = {
                right.organization_id
                for right in access.rights_of(person)
                if right.permission == permission and access.scope(person, permission)
            }
            assert places == held, (name, permission)
    assert {each.whom for each in access.reach_of(cast["stand_in"])[Permission.REVIEW_SECTION]} == {cast["head"]}
    assert access.reach_of(cast["expired_stand_in"]) == {}


def test_a_recusal_is_told_with_what_it_takes_away(cast):
    found = access.reach_of(cast["recused_inspector"])[Permission.VIEW_LEDGER]
    assert {(each.organization.code, tuple(part.code for part in each.without)) for each in found} == {
        ("CZJ", ("CZJ-01",)),
        ("MZJ", ()),
    }
    organization.recuse(
        by=organization.console_actor(), person=cast["inspector"], organization=cast.organization("CZJ"),
        starts_on=factories.SINCE, reason="测试",
    )  # fmt: skip
    found = access.reach_of(cast["inspector"])[Permission.VIEW_LEDGER]
    assert [each.organization.code for each in found] == ["MZJ"]


READERS = {"security_administrator", "audit_administrator", "inspector", "recused_inspector", "outside_inspector"}


def test_who_is_told(cast):
    told = {name for name, person in cast.people.items() if access.explained_scope(person)}
    assert told == READERS
    organizations = {
        name: set(access.explained_organizations(cast[name]).values_list("code", flat=True)) for name in READERS
    }
    assert organizations["recused_inspector"] == {"CZJ", "CZJ-02", "MZJ", "MZJ-01"}
    assert organizations["outside_inspector"] == {"SWJ", "SWJ-01"}
    assert {"DQ", "CZJ", "SWJ-01"} <= organizations["audit_administrator"]


def test_the_pages_say_it(cast, client_of):
    factories.filed(cast)
    client = client_of("audit_administrator")
    place = client.get(reverse("registry:rights-of-organization", args=[cast.organization("CZJ-01").pk]))
    text = place.content.decode()
    assert cast["stand_in"].name in text
    person = client.get(reverse("registry:rights-of-person", args=[cast["stand_in"].pk])).content.decode()
    with translation.override("zh-hans"):
        assert str(Permission.REVIEW_SECTION.label) in person
    assert "未经审批用印" not in text + person, "rights, no risk content"
    assert (
        client_of("outside_inspector")
        .get(reverse("registry:rights-of-organization", args=[cast.organization("CZJ-01").pk]))
        .status_code
        == 404
    )
    own = reverse("registry:rights-of-person", args=[cast["holder"].pk])
    assert client_of("holder").get(own).status_code == 200
    assert client_of("colleague").get(own).status_code == 404
    assert client_of("holder").get(reverse("registry:rights")).status_code == 403
    found = client.get(reverse("registry:rights") + "?q=CZJ-01").content.decode()
    assert reverse("registry:rights-of-organization", args=[cast.organization("CZJ-01").pk]) in found
