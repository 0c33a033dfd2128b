"""Who may decide and read, with real rows: the ladder, dates, recusals, moves, and what a grant alone is worth."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission as StoredPermission
from django.test import Client
from django.urls import reverse
from django.utils import translation

from registry import access
from registry.actions import declarations as verbs
from registry.actions import organization
from registry.actions.jobs import run_due
from registry.models import (
    Approval,
    Assignment,
    Declaration,
    Organization,
    OrganizationUserObjectPermission,
    Person,
    PointVersion,
)
from registry.roles import ROLES, Permission, Role
from registry.rules import NotAllowed, Refused
from tests import factories

DAY = dt.timedelta(days=1)
Grant = OrganizationUserObjectPermission


@pytest.fixture(autouse=True)
def in_english():
    """The sentences are compared as they stand in the code."""
    with translation.override("en"):
        yield


def end(body: factories.Body, name: str, role: str) -> None:
    """End a role of one of the cast by the real verb, yesterday being its last day."""
    organization.end_assignment(
        by=organization.console_actor(),
        assignment=Assignment.objects.get(person=body[name], role=role),
        ends_on=factories.today() - DAY,
        reason="测试",
    )


def recuse(body: factories.Body, name: str, code: str = "CZJ-01", starts_on: dt.date = factories.SINCE) -> None:
    organization.recuse(
        by=organization.console_actor(),
        person=body[name],
        organization=body.organization(code),
        starts_on=starts_on,
        reason="测试",
    )


def approval_of(declaration: Declaration) -> Approval:
    return Approval.objects.get(declaration=declaration)


def asked(body: factories.Body, declaration: Declaration) -> set[str]:
    """Return who is asked, by their names in the cast; what the queues show must say the same."""
    now = access.asked_now(approval_of(declaration)).people
    names = {name for name, person in body.people.items() if person.pk in now}
    queues = {
        name
        for name, person in body.people.items()
        if access.waiting_for(person).filter(declaration=declaration).exists()
    }
    assert names == queues, "the queue does not show what the rule says"
    return names


def sentence(declaration: Declaration, person: Person) -> str:
    return access.refusal(access.check_decide, approval_of(declaration), person)


def sees(person: Person) -> tuple[int, int]:
    """Return how many declarations and how many rows of the ledger a person reads."""
    return access.visible_declarations(person).count(), access.visible_points(person).count()


# --- Why not: the sentences ------------------------------------------------------------------------------------------


def test_nobody_decides_on_their_own_matter_whatever_they_are(body):
    factories.give(body, "holder", Role.SECTION_HEAD, "CZJ-01")
    factories.give(body, "holder", Role.TEAM_MEMBER, "CZJ")
    factories.give(body, "holder", Role.OFFICE_CLERK, "CZJ")
    declaration = factories.submitted(body)
    while declaration.state == "submitted":
        assert "holder" not in asked(body, declaration)
        with pytest.raises(NotAllowed, match="This is your own matter.*It is decided by"):
            access.check_decide(approval_of(declaration), body["holder"])
        factories.decide(declaration)
    assert declaration.state == "filed"


def test_a_principal_leader_is_reviewed_by_the_other_one_else_by_the_region(body):
    declaration = factories.submitted(body, "principal")
    assert asked(body, declaration) == {"second_principal"}
    end(body, "second_principal", Role.PRINCIPAL_LEADER)
    assert asked(body, declaration) == {"region_clerk"}


def test_who_has_decided_in_a_round_is_not_asked_again_in_it(body):
    factories.give(body, "head", Role.TEAM_MEMBER, "CZJ")
    declaration = factories.submitted(body)
    # The head's declaration would now go another way, the holder's still begins with the head.
    factories.decide(declaration, body["head"])
    assert asked(body, declaration) == {"supervisor", "member", "principal", "second_principal"}
    with pytest.raises(NotAllowed, match="You have already decided in this round"):
        access.check_decide(approval_of(declaration), body["head"])
    factories.decide(declaration, body["member"], "return", reason="再看一遍。")
    with pytest.raises(Refused, match="There is nothing to decide here at present") as why:
        access.check_decide(approval_of(declaration), body["head"])
    assert not isinstance(why.value, NotAllowed)
    factories.submit(declaration)
    assert asked(body, declaration) == {"head"}, "the next round is a new one"
    access.check_decide(approval_of(declaration), body["head"])


def test_who_is_not_asked_hears_who_is(body):
    declaration = factories.submitted(body)
    assert sentence(declaration, body["clerk"]) == f"This step is decided by {body['head'].name}."
    assert sentence(declaration, body["region_clerk"]) == f"This step is decided by {body['head'].name}."
    factories.decide(declaration, body["head"])
    assert " and 3 others" in sentence(declaration, body["clerk"])


def test_a_recused_reviewer_is_told_so_and_another_one_asked(body):
    declaration = factories.submitted(body)
    recuse(body, "head")
    assert sentence(declaration, body["head"]).startswith("You are recused from ")
    assert asked(body, declaration) == {"supervisor"}
    assert sees(body["head"]) == (0, 0)


# --- The ladder ------------------------------------------------------------------------------------------------------


def climb(body: factories.Body, declaration: Declaration, rungs: list[tuple[set[str], list[tuple[str, str]]]]) -> None:
    """See rung after rung empty itself: whom the rule asks, then which roles end."""
    for people, ending in rungs:
        assert asked(body, declaration) == people
        for name in people:
            access.check_decide(approval_of(declaration), body[name])
            assert access.visible_declarations(body[name]).filter(pk=declaration.pk).exists(), "asked, so may read"
            assert access.sees_trace(declaration, body[name])
        for name, role in ending:
            end(body, name, role)
            assert not access.waiting_for(body[name]).exists()
    assert asked(body, declaration) == set()
    assert approval_of(declaration).asked_permission == ""


def test_review_by_the_head_climbs_to_the_region_and_ends_with_nobody(body):
    declaration = factories.submitted(body)
    climb(
        body,
        declaration,
        [
            ({"head"}, [("head", Role.SECTION_HEAD)]),
            ({"supervisor"}, [("supervisor", Role.SUPERVISING_LEADER)]),
            (
                {"principal", "second_principal"},
                [("principal", Role.PRINCIPAL_LEADER), ("second_principal", Role.PRINCIPAL_LEADER)],
            ),
            ({"region_clerk"}, [("region_clerk", Role.REGION_CLERK)]),
        ],
    )
    for name in ("head", "member", "clerk", "region_clerk"):
        assert sentence(declaration, body[name]) == "This step is decided by nobody yet: the offices name a person."
    factories.give(body, "head", Role.SECTION_HEAD, "CZJ-01")
    assert asked(body, declaration) == {"head"}, "a new head is asked at once"


def test_filing_climbs_from_the_office_to_the_region_only(body):
    declaration = factories.submitted(body)
    factories.decide(declaration, body["head"])
    factories.decide(declaration, body["member"])
    climb(
        body,
        declaration,
        [
            ({"clerk", "second_clerk"}, [("clerk", Role.OFFICE_CLERK)]),
            ({"second_clerk"}, [("second_clerk", Role.OFFICE_CLERK)]),
            ({"region_clerk"}, []),
            ({"region_clerk"}, [("region_clerk", Role.REGION_CLERK)]),
        ],
    )


def test_the_region_standing_in_reads_that_declaration_and_nothing_else(body, client_of):
    declaration = factories.submitted(body)
    other = factories.submitted(body, "colleague")
    recuse(body, "clerk")
    recuse(body, "second_clerk")
    for name in ("head", "member"):
        factories.decide(declaration, body[name])
    assert asked(body, declaration) == {"region_clerk"}
    client = client_of("region_clerk")
    assert client.get(reverse("registry:declaration", args=[declaration.pk])).status_code == 200
    assert client.get(reverse("registry:declaration", args=[other.pk])).status_code == 404
    factories.decide(declaration, body["region_clerk"])
    assert declaration.state == "filed"
    assert sees(body["region_clerk"]) == (1, 0), "having decided opens the declaration, not the ledger"


# --- Dates -----------------------------------------------------------------------------------------------------------


def test_a_role_that_ended_yesterday_gives_nothing_though_its_grants_are_still_there(body):
    factories.filed(body, "colleague")
    declaration = factories.submitted(body)
    assert sees(body["clerk"]) == (2, 1)
    # Nobody told the system: only the calendar moved on.
    Assignment.objects.filter(person__in=[body["head"], body["clerk"]]).update(ends_on=factories.today() - DAY)
    assert Grant.objects.filter(user=body["head"]).exists()
    assert Grant.objects.filter(user=body["clerk"]).exists()
    for name in ("head", "clerk"):
        assert access.rights_of(body[name]) == []
        assert not access.waiting_for(body[name]).exists()
        assert not access.reviews_anything(body[name])
    assert access.asked_now(approval_of(declaration)).people == {body["supervisor"].pk}
    assert sentence(declaration, body["head"]).startswith("This step is decided by ")
    # Left is what they have decided, and what the members of their own section read.
    assert not access.visible_declarations(body["clerk"]).filter(pk=declaration.pk).exists()
    assert access.visible_points(body["clerk"]).count() == 0
    run_due("roles")
    assert asked(body, declaration) == {"supervisor"}
    assert not Grant.objects.filter(user=body["head"]).exists()


def test_the_last_day_of_a_role_still_counts(body):
    Assignment.objects.filter(person=body["head"]).update(ends_on=factories.today())
    declaration = factories.submitted(body)
    assert asked(body, declaration) == {"head"}


def test_a_role_that_begins_tomorrow_gives_nothing_today(body):
    factories.filed(body)
    factories.give(body, "outside_inspector", Role.INSPECTOR, "CZJ", starts_on=factories.today() + DAY)
    grant(body, "outside_inspector", Permission.VIEW_LEDGER, "CZJ")
    assert sees(body["outside_inspector"]) == (0, 0)
    assert not access.readable_organizations(body["outside_inspector"]).filter(code="CZJ").exists()
    factories.give(body, "colleague", Role.SECTION_HEAD, "CZJ-01", starts_on=factories.today() + DAY)
    grant(body, "colleague", Permission.REVIEW_SECTION, "CZJ-01")
    declaration = factories.submitted(body, "head")
    second = verbs.start_declaration(
        by=body["colleague"], declarant=access.Declarant.of_post(body.appointment("colleague"))
    )
    assert second.state == "draft"
    assert asked(body, declaration) == {"supervisor"}
    assert not access.reviews_anything(body["colleague"])


def test_a_recusal_that_begins_by_the_calendar_is_followed_by_the_clock(body, days_pass):
    declaration = factories.submitted(body)
    recuse(body, "head", starts_on=factories.today() + DAY)
    assert asked(body, declaration) == {"head"}
    days_pass(factories.today() + DAY)
    assert access.asked_now(approval_of(declaration)).people == {body["supervisor"].pk}
    assert not access.waiting_for(body["head"]).exists(), "the recused does not wait for the clock"
    run_due("recusals")
    assert asked(body, declaration) == {"supervisor"}


@pytest.fixture
def days_pass():
    """Return a function that lets the day come."""
    import time_machine

    travels = []

    def travel(day: dt.date) -> None:
        journey = time_machine.travel(dt.datetime.combine(day, dt.time(4), tzinfo=dt.UTC), tick=False)
        journey.start()
        travels.append(journey)

    yield travel
    for journey in reversed(travels):
        journey.stop()


# --- What a row alone is worth ---------------------------------------------------------------------------------------


def grant(body: factories.Body, name: str, permission: str, code: str) -> None:
    """Write a grant past the verbs."""
    Grant.objects.create(
        user=body[name],
        content_object=body.organization(code),
        permission=StoredPermission.objects.get(codename=permission, content_type__app_label="registry"),
    )


def test_a_grant_without_an_assignment_gives_nothing(body):
    factories.filed(body, "colleague")
    declaration = factories.submitted(body)
    outsider = "mzj_holder"
    for permission in Permission:
        for code in ("CZJ-01", "CZJ", "DQ"):
            grant(body, outsider, permission, code)
    assert access.rights_of(body[outsider]) == []
    assert sees(body[outsider]) == (0, 0)
    assert asked(body, declaration) == {"head"}
    assert not access.may_import(body[outsider], body.organization("CZJ"))


def test_a_grant_beside_an_assignment_gives_no_more_than_its_role(body):
    declaration = factories.submitted(body)
    # An inspector of CZJ reads its ledger; a grant to follow declarations was slipped in.
    for permission in (Permission.VIEW_PROGRESS, Permission.FILE_DECLARATIONS, Permission.REVIEW_TEAM):
        grant(body, "inspector", permission, "CZJ")
    assert sees(body["inspector"]) == (0, 0)
    assert {right.permission for right in access.rights_of(body["inspector"])} == ROLES[Role.INSPECTOR].permissions
    factories.decide(declaration, body["head"])
    assert "inspector" not in asked(body, declaration)


def test_an_assignment_without_its_grants_gives_nothing(body):
    factories.filed(body, "colleague")
    declaration = factories.submitted(body)
    Grant.objects.filter(user__in=[body["head"], body["clerk"], body["inspector"]]).delete()
    for name in ("head", "clerk", "inspector"):
        assert access.rights_of(body[name]) == []
        assert not access.waiting_for(body[name]).exists()
    assert access.asked_now(approval_of(declaration)).people == {body["supervisor"].pk}
    assert sees(body["inspector"]) == (0, 0)
    assert access.visible_points(body["clerk"]).count() == 0


def test_flags_of_the_account_open_nothing(body, client_of):
    """Django's own superuser and staff flags, and model-wide permissions, are no roles."""
    declaration = factories.filed(body)
    person = body["mzj_holder"]
    Person.objects.filter(pk=person.pk).update(is_superuser=True, is_staff=True)
    person.user_permissions.add(*StoredPermission.objects.filter(content_type__app_label="registry"))
    person.refresh_from_db()
    assert sees(person) == (0, 0)
    client = client_of("mzj_holder")
    assert client.get(reverse("registry:declaration", args=[declaration.pk])).status_code == 404
    assert client.get(reverse("registry:ledger")).context["page"]["total"] == 0


# --- An account that was ended ---------------------------------------------------------------------------------------


def test_a_deactivated_person_is_asked_nothing_and_their_session_ends(body, client_of):
    factories.filed(body, "colleague")
    declaration = factories.submitted(body)
    client = client_of("head")
    assert client.get(reverse("registry:queue")).status_code == 200
    Person.objects.filter(pk=body["head"].pk).update(is_active=False)
    body["head"].refresh_from_db()
    assert client.get(reverse("registry:queue")).status_code == 302
    assert access.rights_of(body["head"]) == []
    assert access.ledger_scope(body["head"]) == []
    assert access.visible_points(body["head"]).count() == 0
    assert access.asked_now(approval_of(declaration)).people == {body["supervisor"].pk}
    assert sentence(declaration, body["head"]).startswith("This step is decided by ")


# --- Moving ----------------------------------------------------------------------------------------------------------


def test_rights_follow_a_section_that_moves_to_another_unit_at_once(body):
    filed = factories.filed(body, "colleague")
    declaration = factories.submitted(body)
    factories.decide(declaration, body["head"])
    assert asked(body, declaration) == {"supervisor", "member", "principal", "second_principal"}
    code = factories.first_point(filed).point.code
    organization.move_organization(
        by=organization.console_actor(),
        organization=body.organization("CZJ-01"),
        parent=body.organization("SWJ"),
        reason="机构改革",
    )
    assert asked(body, declaration) == {"swj_principal"}
    # declarations: under review and filed; rows of the ledger
    expected = {
        "clerk": (1, 0),  # has decided on the filed one, sees no more of its ledger
        "second_clerk": (0, 0),
        "principal": (0, 0),
        "member": (0, 0),
        "inspector": (0, 0),
        "swj_principal": (2, 1),
        "outside_inspector": (1, 1),
        "supervisor": (1, 1),  # the section is still theirs
        "head": (2, 1),
        "holder": (2, 1),
        "mzj_clerk": (0, 0),
    }
    assert {name: sees(body[name]) for name in expected} == expected
    assert factories.first_point(filed).point.code == code, "a number that lasts"


def test_a_draft_that_moved_is_numbered_and_named_by_its_new_unit(body):
    factories.give(body, "swj_holder", Role.TEAM_MEMBER, "SWJ")
    factories.give(body, "swj_holder", Role.OFFICE_CLERK, "SWJ")
    draft = factories.draft(body)
    organization.move_organization(
        by=organization.console_actor(),
        organization=body.organization("CZJ-01"),
        parent=body.organization("SWJ"),
        reason="机构改革",
    )
    draft.refresh_from_db()
    declaration = factories.submit(draft)
    assert declaration.unit_name == body.organization("SWJ").name
    assert declaration.number.startswith("DJ-SWJ-")
    for name in ("head", "swj_principal", "swj_holder"):
        factories.decide(declaration, body[name])
    assert factories.first_point(declaration).point.code == "SWJ-000001"


def test_a_recusal_follows_a_section_that_moves(body):
    factories.filed(body)
    factories.filed(body, "mzj_holder")
    assert (sees(body["inspector"]), sees(body["recused_inspector"])) == ((2, 2), (1, 1))
    organization.move_organization(
        by=organization.console_actor(),
        organization=body.organization("CZJ-01"),
        parent=body.organization("MZJ"),
        reason="机构改革",
    )
    assert (sees(body["inspector"]), sees(body["recused_inspector"])) == ((2, 2), (1, 1))


# --- A recusal beats every grant, and every count --------------------------------------------------------------------


def counts(client) -> dict[str, int]:
    """Return every number the pages show about the record."""
    home, queue, decided, ledger = (
        client.get(reverse(name)).context for name in ("home", "registry:queue", "registry:decided", "registry:ledger")
    )
    badge = [entry["count"] for entry in home["navigation"] if entry["url"] == reverse("registry:queue")]
    return {
        "navigation": badge[0] if badge else 0,
        "workbench": home["waiting_count"],
        "queue": queue["page"]["total"],
        "decided": decided["page"]["total"],
        "ledger": ledger["page"]["total"],
        "matrix": sum(row["total"] for row in ledger["matrix"]),
        "grades": sum(chip["count"] for chip in ledger["grades"]),
    }


@pytest.mark.parametrize("name", ["clerk", "member", "principal", "head"])
def test_a_recusal_beats_every_count(body, client_of, name):
    """One section's filed and waiting declarations, and another one's: after the recusal only the other one's are counted."""
    factories.filed(body)  # decided by head, supervisor and clerk
    waiting = factories.submitted(body, "colleague")
    if name != "head":
        factories.decide(waiting, body["head"])
    if name == "clerk":
        factories.decide(waiting, body["supervisor"])
    other = factories.submitted(body, "other_holder")
    factories.decide(other, body["other_head"])
    factories.decide(other, body["member"])
    factories.decide(other, body["clerk"])
    before = counts(client_of(name))
    assert before["ledger"] == before["matrix"] == before["grades"] == (1 if name == "head" else 2)
    assert before["navigation"] == before["workbench"] == before["queue"] == 1
    recuse(body, name)
    after = counts(client_of(name))
    rest = 0 if name == "head" else 1
    assert {after[key] for key in ("ledger", "matrix", "grades")} == {rest}
    assert {after[key] for key in ("navigation", "workbench", "queue")} == {0}
    assert after["decided"] == {"clerk": 1, "member": 1, "principal": 0, "head": 0}[name]
    assert sees(body[name]) == (rest, rest)


def test_a_recusal_from_the_unit_takes_the_whole_unit_out(body, client_of):
    factories.filed(body)
    factories.filed(body, "other_holder")
    factories.filed(body, "mzj_holder")
    assert counts(client_of("inspector"))["ledger"] == 3
    recuse(body, "inspector", "CZJ")
    client = client_of("inspector")
    assert {counts(client)[key] for key in ("ledger", "matrix", "grades")} == {1}
    assert client.get(reverse("registry:ledger") + "?organization=CZJ").status_code == 404
    assert client.get(reverse("registry:ledger") + "?organization=CZJ-01").status_code == 404
    for version in PointVersion.objects.filter(point__code__startswith="CZJ"):
        assert client.get(reverse("registry:point", args=[version.point.code])).status_code == 404


def test_the_office_of_the_region_gets_no_rows_of_the_ledger(body, client_of):
    """Not even of ke rank and above: what a unit has filed is not yet sent."""
    factories.filed(body)
    above = factories.filed(body, "member")
    assert above.to_region
    client = client_of("region_clerk")
    assert sees(body["region_clerk"]) == (0, 0)
    assert not access.readable_organizations(body["region_clerk"]).exists()
    shown = counts(client)
    assert set(shown.values()) == {0}
    assert client.get(reverse("registry:ledger") + "?organization=CZJ").status_code == 404
    for version in PointVersion.objects.all():
        assert client.get(reverse("registry:point", args=[version.point.code])).status_code == 404


@pytest.mark.parametrize("name", ["system_administrator", "security_administrator", "audit_administrator"])
def test_administrators_read_nothing(body, name):
    factories.filed(body)
    factories.submitted(body, "colleague")
    assert sees(body[name]) == (0, 0)
    assert not access.readable_organizations(body[name]).exists()
    assert not access.reviews_anything(body[name])
    assert not any(access.may_import(body[name], unit) for unit in Organization.objects.filter(kind="unit"))


@pytest.mark.parametrize(
    "address",
    [
        "/ledger/?organization=%00",
        "/ledger/%00/",
        "/ledger/CZJ%E2%80%AE/",
        "/declarations/99999999999999999999/",
        "/approvals/99999999999999999999/",
    ],
)
def test_addresses_nobody_has_do_not_exist(client_of, address):
    assert client_of("inspector").get(address).status_code == 404


@pytest.mark.parametrize("cookie", ['"sessionkey\\000sessionkey"', "sessionkey'; --"])
def test_a_cookie_that_is_no_session_is_nobody(cookie, body):
    client = Client(headers={"cookie": f"sessionid={cookie}"})
    assert client.get("/").status_code == 302
    assert client.get("/login/").status_code == 200


def test_grants_follow_a_release_that_changed_what_a_role_carries(body):
    """As after an upgrade: the role carries the permission, the stored grants of earlier do not."""
    OrganizationUserObjectPermission.objects.filter(permission__codename="publish_notices").delete()
    assert not access.publishable_organizations(body["clerk"]).exists()
    assert run_due("grants") == 1
    assert access.publishable_organizations(body["clerk"]).exists()
    assert run_due("grants") == 0
