"""Rights follow from live assignments and nothing else; a recusal beats them all."""

import datetime as dt

import pytest

from registry import access
from registry.actions import organization
from registry.actions.jobs import run_due
from registry.models import Assignment, OrganizationUserObjectPermission, Person, PointVersion, Recusal
from registry.roles import Permission, Role
from registry.rules import NotAllowed, Refused
from tests import factories

pytestmark = pytest.mark.django_db


def seen(person: Person) -> int:
    return access.visible_points(person).count()


def yesterday() -> dt.date:
    return factories.today() - dt.timedelta(days=1)


def test_a_role_that_ended_yesterday_gives_nothing_though_guardians_rows_remain(body):
    factories.filed(body)
    assert seen(body["inspector"]) == 1
    Assignment.objects.filter(person=body["inspector"]).update(ends_on=yesterday())
    assert OrganizationUserObjectPermission.objects.filter(user=body["inspector"]).exists()
    assert seen(body["inspector"]) == 0
    run_due("roles")
    assert not OrganizationUserObjectPermission.objects.filter(user=body["inspector"]).exists()


def test_a_role_that_begins_tomorrow_gives_nothing_today(body):
    factories.filed(body)
    stranger = body.people["stranger"] = factories.make_person("stranger", "新任")
    tomorrow = factories.today() + dt.timedelta(days=1)
    factories.give(body, "stranger", Role.INSPECTOR, "CZJ", starts_on=tomorrow)
    assert seen(stranger) == 0
    Assignment.objects.filter(person=stranger).update(starts_on=factories.today())
    assert seen(stranger) == 0  # the grant is not there yet; late, but never too wide
    assert run_due("roles") > 0
    assert seen(stranger) == 1
    assert run_due("roles") == 0


def test_grant_and_assignment_need_each_other(body):
    factories.filed(body)
    grants = OrganizationUserObjectPermission.objects.filter(user=body["inspector"])
    Assignment.objects.filter(person=body["inspector"]).delete()
    assert grants.exists()
    assert seen(body["inspector"]) == 0
    OrganizationUserObjectPermission.objects.filter(user=body["head"]).delete()
    assert not access.holders(Permission.REVIEW_SECTION, body.organization("CZJ-01")).exists()


def test_two_roles_that_share_a_permission_end_one_by_one(body):
    factories.give(body, "inspector", Role.OFFICE_CLERK, "CZJ")
    inspector = Assignment.objects.get(person=body["inspector"], organization__code="CZJ", role=Role.INSPECTOR)
    organization.end_assignment(by=body["clerk"], assignment=inspector, ends_on=yesterday(), reason="调整")
    assert any(
        right.permission == Permission.VIEW_LEDGER and right.organization_id == body.organization("CZJ").pk
        for right in access.rights_of(body["inspector"])
    )


def test_a_recusal_beats_every_grant_count_and_earlier_decision(body):
    declaration = factories.filed(body)
    reviewer = Person.objects.get(decisions__approval=declaration.approval, decisions__step="team")
    assert access.visible_declarations(reviewer).count() == 1
    assert access.decided_by(reviewer).count() == 1
    organization.recuse(
        by=body["clerk"],
        person=reviewer,
        organization=body.organization("CZJ-01"),
        starts_on=factories.today(),
        reason="近亲属",
    )
    assert seen(reviewer) == 0
    assert access.visible_declarations(reviewer).count() == 0
    assert access.decided_by(reviewer).count() == 0
    assert not access.sees_trace(declaration, reviewer)


def test_an_open_step_goes_to_the_next_when_its_reviewer_is_recused(body):
    declaration = factories.submitted(body)
    organization.recuse(
        by=body["clerk"],
        person=body["head"],
        organization=body.organization("CZJ-01"),
        starts_on=factories.today(),
        reason="近亲属",
    )
    assert access.waiting_for(body["supervisor"]).get() == declaration.approval
    with pytest.raises(NotAllowed, match="办公室"):
        access.check_decide(declaration.approval, body["head"])


def test_a_recusal_that_begins_by_the_clock_is_followed(body):
    declaration = factories.submitted(body)
    Recusal.objects.create(
        person=body["head"],
        organization=body.organization("CZJ-01"),
        entered_by=body["clerk"],
        starts_on=factories.today(),
        reason="近亲属",
    )
    assert not access.waiting_for(body["supervisor"]).exists()
    assert run_due("recusals") == 1
    assert access.waiting_for(body["supervisor"]).get() == declaration.approval


@pytest.mark.parametrize(
    ("gone", "asked"),
    [
        ([], {"head"}),
        (["head"], {"supervisor"}),
        (["head", "supervisor"], {"principal", "second_principal"}),
        (["head", "supervisor", "principal", "second_principal"], {"region_clerk"}),
        (["head", "supervisor", "principal", "second_principal", "region_clerk"], set()),
    ],
)
def test_the_ladder_goes_up_to_nobody(body, gone, asked):
    Person.objects.filter(pk__in=[body[name].pk for name in gone]).update(is_active=False)
    declaration = factories.submitted(body)
    people = access.asked_now(declaration.approval).people
    assert {name for name, person in body.people.items() if person.pk in people} == asked
    waiting = {name for name, person in body.people.items() if access.waiting_for(person).exists()}
    assert waiting == asked


def test_filing_goes_to_the_region_when_the_office_may_not(body):
    Person.objects.filter(pk=body["second_clerk"].pk).update(is_active=False)
    declaration = factories.decide(factories.decide(factories.submitted(body, "clerk")))
    assert access.waiting_for(body["region_clerk"]).get() == declaration.approval
    assert access.visible_declarations(body["region_clerk"]).get() == declaration
    assert seen(body["region_clerk"]) == 0


def test_rights_and_points_follow_a_section_that_moves(body):
    """Its rows go along with every place; whoever had the old unit loses them at once, the new unit's readers gain them."""
    declaration = factories.filed(body)
    factories.submitted(body, "colleague")
    assert (seen(body["principal"]), seen(body["outside_inspector"])) == (1, 0)
    organization.move_organization(
        by=body["clerk"],
        organization=body.organization("CZJ-01"),
        parent=body.organization("SWJ"),
        reason="机构改革",
    )
    assert (seen(body["principal"]), seen(body["outside_inspector"])) == (0, 1)
    version = PointVersion.objects.get(declaration=declaration)
    assert version.point.code.startswith("CZJ-")
    assert version.unit_name == "云岭地区财政局"
    assert access.waiting_for(body["head"]).count() == 1
    with pytest.raises(Refused):
        organization.move_organization(
            by=body["clerk"],
            organization=body.organization("SWJ"),
            parent=body.organization("MZJ"),
            reason="层级不符",
        )


def test_who_is_not_active_holds_nothing(body):
    factories.filed(body)
    assert access.rights_of(body["former"].__class__.objects.get(pk=body["former"].pk)) == []
    assert seen(Person.objects.get(pk=body["former"].pk)) == 0


@pytest.mark.parametrize(
    ("role", "code"), [(Role.SECTION_HEAD, "CZJ"), (Role.OFFICE_CLERK, "CZJ-01"), (Role.REGION_CLERK, "CZJ")]
)
def test_a_role_is_held_where_it_belongs(body, role, code):
    with pytest.raises(Refused):
        factories.give(body, "colleague", role, code)
