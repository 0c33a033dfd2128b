"""Assessing a unit: what the system counts, what is entered and taken off, who decides, and the same score for ever."""

import json
from fractions import Fraction
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.urls import reverse

from cycles.actions import assessment as verbs
from cycles.actions.conditions import missing
from cycles.actions.counting import counted
from cycles.models import Assessment, Deduction
from cycles.rules import AssessmentState, StageKind
from cycles.rules.assessment import shown
from registry import access
from registry.actions.verification import verify
from registry.roles import Role
from registry.rules import Changed, Incomplete, NotAllowed, Refused, digest
from tests import factories

from . import made

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle(body):
    return made.assessing_cycle(body)


# --- What is counted ---------------------------------------------------------------------------------------------------


def test_what_is_counted_is_what_was_done(body, cycle):
    unit = body.organization("CZJ")
    before = counted(cycle, unit)
    assert (before["bodies"].done, before["bodies"].all) == (2, 2)
    assert before["training"].done == before["declared"].done == before["measures"].all == 0
    assert before["in_time"].share is None
    factories.filed(body, "holder", points=2)
    made.trained(cycle, body)
    now = counted(cycle, unit)
    assert now["training"].done == 1 and now["declared"].done == 1
    assert (now["measures"].done, now["measures"].all) == (2, 2)
    assert now["covered"].done > before["covered"].done
    assert counted(cycle, body.organization("SWJ"))["bodies"].done == 1  # there is no office


def test_the_same_words_of_three_posts_are_nobodys_own(body, cycle):
    unit = body.organization("CZJ")
    for name in ("holder", "colleague"):
        factories.filed(body, name)
    assert counted(cycle, unit)["own_words"].share == 1
    factories.filed(body, "other_holder")
    assert counted(cycle, unit)["own_words"].done == 0 and counted(cycle, unit)["own_words"].all == 3


# --- The way of an assessment ------------------------------------------------------------------------------------------


def test_a_unit_assesses_itself_its_leader_checks_the_region_confirms(body, cycle):
    assessment = made.self_assessed(cycle, body)
    assert made.submitted(assessment, body).state == AssessmentState.SUBMITTED
    with pytest.raises(NotAllowed):
        made.decided(assessment, body, "clerk")
    with pytest.raises(NotAllowed):
        made.decided(assessment, body, "region_clerk")  # not before the leader
    made.decided(assessment, body, "principal")
    confirmed = made.decided(assessment, body, "region_clerk")
    assert confirmed.state == AssessmentState.CONFIRMED
    assert confirmed.result == verbs.told(verbs.score_of(confirmed.inputs))
    assert verify().reason == ""
    assert missing(cycle, StageKind.ASSESSMENT, [body.organization("CZJ").interval])["unassessed"] == 0
    assert missing(cycle, StageKind.ASSESSMENT, [body.organization("DQ").interval])["unassessed"] == 2


def test_what_is_missing_is_said_at_once(body, cycle):
    assessment = verbs.start_assessment(by=body["clerk"], cycle=cycle, unit=body.organization("CZJ"))
    with pytest.raises(Incomplete) as refused:
        made.submitted(assessment, body)
    assert {gap.target for gap in refused.value.gaps} == {indicator.key for indicator in verbs.ENTERED}


def test_returned_it_is_the_units_again_and_goes_the_same_way(body, cycle):
    assessment = made.submitted(made.self_assessed(cycle, body), body)
    with pytest.raises(Refused):
        verbs.enter_value(by=body["clerk"], assessment=assessment, indicator="rules", percent=90, text="补充")
    returned = made.decided(assessment, body, "principal", "return", "请补充佐证")
    assert returned.state == AssessmentState.DRAFT
    verbs.enter_value(by=body["clerk"], assessment=returned, indicator="rules", percent=60, text="核减")
    again = made.submitted(returned, body)
    assert (again.approval_id, again.approval.round) == (assessment.approval_id, 2)
    made.decided(again, body, "principal")
    assert made.decided(again, body, "region_clerk").inputs["entered"]["rules"] == 60


def test_a_deduction_meanwhile_is_a_change_of_what_was_seen(body, cycle):
    assessment = made.submitted(made.self_assessed(cycle, body), body)
    approval = assessment.approval
    seen = digest(verbs.content_of(assessment))
    verbs.deduct(by=body["region_clerk"], assessment=assessment, hundredths=250, reason="迟报")
    with pytest.raises(Changed):
        verbs.decide_assessment(
            by=body["principal"], approval=approval, verdict="approve", version=approval.version, seen_digest=seen
        )


@pytest.mark.parametrize("name", ["principal", "head", "holder", "mzj_clerk", "region_clerk", "inspector"])
def test_only_its_own_office_assesses_a_unit(body, cycle, name):
    with pytest.raises(NotAllowed):
        verbs.start_assessment(by=body[name], cycle=cycle, unit=body.organization("CZJ"))


def test_units_are_assessed_while_the_stage_runs(body):
    cycle = made.cycle_of(body)
    with pytest.raises(Refused):
        verbs.start_assessment(by=body["clerk"], cycle=cycle, unit=body.organization("CZJ"))


# --- Deductions and vetoes ---------------------------------------------------------------------------------------------


def test_points_off_and_a_veto_stand_with_their_reasons_until_struck_out(body, cycle):
    assessment = made.self_assessed(cycle, body)
    free = verbs.score_of(verbs.inputs_of(assessment))
    verbs.deduct(by=body["region_clerk"], assessment=assessment, hundredths=150, reason="迟报")
    veto = verbs.deduct(by=body["region_clerk"], assessment=assessment, is_veto=True, reason="发生违纪案件")
    now = verbs.score_of(verbs.inputs_of(assessment))
    assert (now.before, now.total, now.is_vetoed) == (free.before, max(Fraction(0), free.total - Fraction(3, 2)), True)
    verbs.strike_deduction(by=body["region_clerk"], deduction=veto, reason="查无实据")
    assert not verbs.score_of(verbs.inputs_of(assessment)).is_vetoed
    assert Deduction.objects.count() == 2 and verify().reason == ""
    for name in ("clerk", "principal", "inspector"):
        with pytest.raises(NotAllowed):
            verbs.deduct(by=body[name], assessment=assessment, hundredths=100, reason="x")


def test_of_a_disposal_only_that_a_reason_is_registered_is_read(body, cycle, client_of):
    assessment = made.self_assessed(cycle, body)
    verbs.deduct(
        by=body["region_clerk"],
        assessment=assessment,
        hundredths=100,
        reason="因诫勉纠错决定扣分",
        is_confidential=True,
    )
    address = reverse("cycles:assessment", args=[assessment.pk])
    for name, sees in (("clerk", False), ("region_clerk", False), ("principal", True)):
        page = client_of(name).get(address).content.decode()
        assert ("因诫勉纠错决定扣分" in page) == sees, name
        assert sees or "已登记理由" in page


# --- For ever ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def confirmed(body, cycle) -> Assessment:
    assessment = made.submitted(made.self_assessed(cycle, body), body)
    made.decided(assessment, body, "principal")
    return made.decided(assessment, body, "region_clerk")


def assess(cycle, *arguments: str) -> dict:
    told = StringIO()
    call_command("assess", str(cycle.pk), "--json", *arguments, stdout=told)
    return json.loads(told.getvalue())


def test_a_confirmed_score_stays_whatever_is_done_later(body, cycle, confirmed):
    factories.filed(body, "holder")
    made.trained(cycle, body)
    for act in (
        lambda: verbs.deduct(by=body["region_clerk"], assessment=confirmed, hundredths=100, reason="迟报"),
        lambda: verbs.enter_value(by=body["clerk"], assessment=confirmed, indicator="rules", percent=1, text="改"),
        lambda: made.submitted(confirmed, body),
    ):
        with pytest.raises(Refused):
            act()
    [unit] = assess(cycle)["units"]
    assert unit["ok"] and unit["result"] == confirmed.result and unit["inputs"]["counted"]["training"] == [0, 1]


def test_the_database_keeps_a_confirmed_score(confirmed):
    with pytest.raises(DatabaseError), transaction.atomic():
        Assessment.objects.filter(pk=confirmed.pk).update(result={"total": "100"})


def test_a_score_that_does_not_follow_from_its_inputs_is_found_out(cycle, confirmed, unguarded):
    Assessment.objects.filter(pk=confirmed.pk).update(result={**confirmed.result, "total": "100"})
    with pytest.raises(SystemExit) as ended:
        assess(cycle)
    assert ended.value.code == 1
    assert verify().reason != ""


# --- Pages -------------------------------------------------------------------------------------------------------------


def test_the_region_sees_all_in_order_a_unit_its_own(body, cycle, client_of):
    factories.give(body, "swj_principal", Role.OFFICE_CLERK, "SWJ")
    ours, theirs = made.self_assessed(cycle, body), made.self_assessed(cycle, body, by="mzj_clerk", code="MZJ")
    verbs.deduct(by=body["region_clerk"], assessment=ours, hundredths=10_000, reason="一票")
    address = reverse("cycles:assessments", args=[cycle.pk])
    rows = list(client_of("region_clerk").get(address).context["rows"])
    assert [(row["rank"], row["assessment"]) for row in rows] == [(1, theirs), (2, ours)]
    assert [row["assessment"] for row in client_of("clerk").get(address).context["rows"]] == [ours]
    assert not list(client_of("holder").get(address).context["rows"])
    for name, seen in (
        ("clerk", 200),
        ("principal", 200),
        ("region_clerk", 200),
        ("mzj_clerk", 404),
        ("head", 404),
        ("holder", 404),
    ):
        assert client_of(name).get(reverse("cycles:assessment", args=[ours.pk])).status_code == seen, name


def test_from_beginning_to_the_frozen_score_on_the_pages(body, cycle, client_of):
    clerk, leader, region = client_of("clerk"), client_of("principal"), client_of("region_clerk")
    start = reverse("cycles:assessment-start", args=[cycle.pk, body.organization("CZJ").pk])
    page = clerk.post(start).headers["Location"]
    for indicator in verbs.ENTERED:
        enter = f"{page}enter/{indicator.key}/"
        assert clerk.post(enter, {"percent": 101, "text": "有台账"}).status_code == 422
        assert clerk.post(enter, {"percent": 75, "text": "有台账"}).status_code == 302
    assessment = Assessment.objects.get()
    assert clerk.post(f"{page}submit/", {"version": assessment.version}).status_code == 302
    assessment.refresh_from_db()
    for client in (leader, region):
        assert (
            access.waiting_for(body["principal" if client is leader else "region_clerk"])
            .filter(kind="assessment")
            .exists()
        )
        decide = reverse("cycles:assessment-decide", args=[assessment.approval_id])
        form = client.get(decide).context["form"]
        sent = {name: form.initial[name] for name in ("version", "seen_digest")} | {"verdict": "approve"}
        assert client.post(decide, sent).status_code == 302
    assessment.refresh_from_db()
    assert assessment.state == AssessmentState.CONFIRMED
    told = clerk.get(page).content.decode()
    assert shown(Fraction(assessment.result["total"])) in told
    pdf = clerk.get(reverse("cycles:assessment-pdf", args=[assessment.pk]))
    assert pdf.status_code == 200 and pdf.content.startswith(b"%PDF")
