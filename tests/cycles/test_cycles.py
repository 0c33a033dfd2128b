"""The year of a region: who sets it going, begins and closes its stages, and what the record says of it."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cycles import access
from cycles.actions import cycles, preparation
from cycles.actions.conditions import missing, open_ends
from cycles.models import Closing, Cycle, Stage, StageChange, Training
from cycles.rules import StageDates, StageKind, StageState, StageVerb, stage_after
from registry.actions.jobs import run_due
from registry.actions.periods import set_period
from registry.actions.verification import verify
from registry.models import AuditEntry, Period, Scheme
from registry.roles import Role
from registry.rules import Changed, Dates, Incomplete, NotAllowed, Phase, Refused
from tests import factories

from . import made

pytestmark = pytest.mark.django_db

REGION_ALONE = ("clerk", "principal", "inspector", "holder", "system_administrator", "mzj_clerk")


@pytest.fixture
def two(body) -> factories.Body:
    """The cast with a second person in the region's office."""
    body.people["second_region_clerk"] = factories.make_person("second_region_clerk", "地区办二")
    factories.give(body, "second_region_clerk", Role.REGION_CLERK, "DQ")
    return body


# --- Setting a year going ----------------------------------------------------------------------------------------------


def test_a_year_begins_with_the_documents_dates_which_the_ground_floor_reads(body):
    year = factories.today().year
    cycle = cycles.open_cycle(by=body["region_clerk"], region=body.organization("DQ"), year=year)
    assert [stage.kind for stage in cycle.stages.all()] == list(StageKind)
    assert {stage.state for stage in cycle.stages.all()} == {StageState.PLANNED}
    place = body.organization("CZJ-01").tree_from
    assert Period.objects.dates(place, year, Phase.POINTS).due_to_region == dt.date(year, 4, 10)
    with pytest.raises(Refused, match="there already|已"):
        cycles.open_cycle(by=body["region_clerk"], region=body.organization("DQ"), year=year)
    assert Cycle.objects.of(body.organization("CZJ-01"), year) == cycle
    assert verify().reason == ""


@pytest.mark.parametrize("name", REGION_ALONE)
def test_only_the_regions_office_sets_it_going(body, name):
    with pytest.raises(NotAllowed):
        cycles.open_cycle(by=body[name], region=body.organization("DQ"), year=factories.today().year)
    assert not Cycle.objects.exists()


@pytest.mark.parametrize("ahead", [-1, 2])
def test_a_year_that_is_over_or_far_away_is_not_set_going(body, ahead):
    with pytest.raises(Refused):
        cycles.open_cycle(by=body["region_clerk"], region=body.organization("DQ"), year=factories.today().year + ahead)


def test_everybody_of_the_region_sees_the_year_and_no_administrator(body):
    cycle = made.cycle_of(body)
    for name in ("holder", "mzj_clerk", "region_clerk", "inspector", "principal"):
        assert cycle in access.visible_cycles(body[name])
    for name in ("system_administrator", "security_administrator", "audit_administrator", "former"):
        assert not access.visible_cycles(body[name]).exists()


# --- Dates -------------------------------------------------------------------------------------------------------------


def moved(cycle: Cycle, kind: str, **days: dt.date) -> dict:
    stages = {StageKind(stage.kind): stage for stage in cycle.stages.all()}
    dates = {each: stage.dates for each, stage in stages.items()}
    dates[kind] = StageDates(**{**vars(dates[kind]), **days})
    return {"dates": dates, "versions": {each: stage.version for each, stage in stages.items()}}


def test_dates_changed_are_written_down_for_the_ground_floor_and_remembered(body):
    cycle, year = made.cycle_of(body), factories.today().year
    by = body["region_clerk"]
    days = {"closes": dt.date(year, 4, 18), "due_to_region": dt.date(year, 4, 8)}
    cycles.change_dates(by=by, cycle=cycle, reason="", **moved(cycle, StageKind.IDENTIFICATION, **days))
    place = body.organization("MZJ-01").tree_from
    assert Period.objects.dates(place, year, Phase.POINTS) == Dates(
        dt.date(year, 3, 11), dt.date(year, 4, 8), dt.date(year, 4, 18)
    )
    change = StageChange.objects.latest("pk")
    assert (change.before["closes"], change.after["closes"]) == (f"{year}-04-20", f"{year}-04-18")
    assert verify().reason == ""


def test_wrong_dates_change_nothing_and_are_all_told(body):
    cycle, year = made.cycle_of(body), factories.today().year
    wrong = moved(cycle, StageKind.IDENTIFICATION, closes=dt.date(year, 4, 25), due_to_region=dt.date(year, 5, 25))
    with pytest.raises(Incomplete) as refused:
        cycles.change_dates(by=body["region_clerk"], cycle=cycle, reason="", **wrong)
    assert {gap.target for gap in refused.value.gaps} == {"identification-due_to_region", "implementation-opens"}
    assert made.stage_of(cycle, StageKind.IDENTIFICATION).closes == dt.date(year, 4, 20)


def test_dates_that_somebody_else_changed_meanwhile_are_not_written_over(body):
    cycle, year = made.cycle_of(body), factories.today().year
    seen = moved(cycle, StageKind.CORRECTION, closes=dt.date(year, 10, 12))
    cycles.change_dates(
        by=body["region_clerk"],
        cycle=cycle,
        reason="",
        **moved(cycle, StageKind.CORRECTION, closes=dt.date(year, 10, 20)),
    )
    with pytest.raises(Changed):
        cycles.change_dates(by=body["region_clerk"], cycle=cycle, reason="", **seen)
    assert made.stage_of(cycle, StageKind.CORRECTION).closes == dt.date(year, 10, 20)


# --- Beginning and closing ---------------------------------------------------------------------------------------------


def test_a_stage_begins_on_its_day_and_after_the_one_before(two):
    cycle = made.cycle_of(two)
    second = made.stage_of(cycle, StageKind.IDENTIFICATION)
    with pytest.raises(Refused):
        cycles.begin_stage(by=two["region_clerk"], stage=second, expected=second.version)
    stage = made.begun(cycle, two)
    assert (stage.state, stage.opened_at is not None) == (StageState.OPEN, True)
    with pytest.raises(Refused):
        cycles.begin_stage(by=two["region_clerk"], stage=stage, expected=stage.version)


@pytest.mark.parametrize("state", StageState)
@pytest.mark.parametrize("verb", StageVerb)
@pytest.mark.parametrize("name", ["region_clerk", *REGION_ALONE])
def test_every_state_verb_and_role(two, state, verb, name, unguarded):
    cycle = made.cycle_of(two)
    stage = made.stage_of(cycle, StageKind.PREPARATION)
    closed = {"closed_by": two["region_clerk"], "closed_at": timezone.now()} if state == StageState.CLOSED else {}
    Stage.objects.filter(pk=stage.pk).update(state=state, **closed)
    may = name == "region_clerk"
    try:
        stage_after(state, verb)
    except Refused:
        may = False
    acts = {
        StageVerb.OPEN: lambda: cycles.begin_stage(by=two[name], stage=stage, expected=stage.version),
        StageVerb.CLOSE: lambda: cycles.close_stage(
            by=two[name], stage=stage, expected=stage.version, seen=open_ends(cycle, stage.kind), reason="另行督促"
        ),
    }
    if may:
        acts[verb]()
    else:
        with pytest.raises(Refused):
            acts[verb]()
        assert Stage.objects.get(pk=stage.pk).state == state
        assert not Closing.objects.exists()


def test_without_open_ends_one_person_closes(two):
    cycle = made.cycle_of(two)
    stage = made.begun(cycle, two)
    assert set(open_ends(cycle, stage.kind)) == {"scheme", "leading_groups", "training", "notice"}
    year = factories.today().year
    Scheme.objects.create(organization=two.organization("DQ"), year=year, settings={})
    factories.give(two, "member", Role.REGION_LEADER, "DQ")
    for code in ("MZJ", "SWJ"):
        for name, role in (("mzj_holder", Role.PRINCIPAL_LEADER), ("swj_holder", Role.OFFICE_CLERK)):
            factories.give(two, name, role, code)
    factories.give(two, "mzj_head", Role.OFFICE_CLERK, "SWJ")
    made.trained(cycle, two)
    made.noticed(cycle, two, issued=True)
    cycle = Cycle.objects.get(pk=cycle.pk)
    assert open_ends(cycle, stage.kind) == {}
    assert cycles.close_stage(by=two["region_clerk"], stage=stage, expected=stage.version, seen={}) is None
    assert Stage.objects.get(pk=stage.pk).closed_by == two["region_clerk"]
    assert verify().reason == ""


def test_with_open_ends_two_people_close_and_it_says_so_for_ever(two, client_of):
    cycle = made.cycle_of(two)
    stage = made.begun(cycle, two)
    closing = made.asked_to_close(stage, two, by="region_clerk")
    assert Stage.objects.get(pk=stage.pk).state == StageState.OPEN
    with pytest.raises(NotAllowed):
        cycles.agree_to_closing(by=two["region_clerk"], closing=closing, seen=closing.open_ends)
    with pytest.raises(Changed):
        cycles.agree_to_closing(by=two["second_region_clerk"], closing=closing, seen={"training": 1})
    cycles.agree_to_closing(by=two["second_region_clerk"], closing=closing, seen=open_ends(cycle, stage.kind))
    stage = Stage.objects.get(pk=stage.pk)
    assert (stage.state, stage.closed_by) == (StageState.CLOSED, two["second_region_clerk"])
    page = client_of("holder").get(reverse("cycles:cycle", args=[cycle.pk])).content.decode()
    assert "另行督促" in page and two["region_clerk"].name in page and two["second_region_clerk"].name in page
    assert verify().reason == ""
    with pytest.raises(Refused):
        cycles.decline_closing(by=two["second_region_clerk"], closing=closing, reason="晚了")


def test_one_who_does_not_agree_says_why_and_the_stage_stays_open(two):
    stage = made.begun(made.cycle_of(two), two)
    closing = made.asked_to_close(stage, two, by="region_clerk")
    with pytest.raises(Refused):
        made.asked_to_close(stage, two, by="second_region_clerk")  # it is asked for once
    with pytest.raises(Refused):
        cycles.decline_closing(by=two["second_region_clerk"], closing=closing, reason=" ")
    cycles.decline_closing(by=two["second_region_clerk"], closing=closing, reason="先补培训")
    assert Stage.objects.get(pk=stage.pk).state == StageState.OPEN
    assert made.asked_to_close(stage, two, by="region_clerk").pk != closing.pk


def test_what_was_open_when_it_was_seen_is_what_is_closed_with(two):
    cycle = made.cycle_of(two)
    stage = made.begun(cycle, two)
    seen = open_ends(cycle, stage.kind)
    made.trained(cycle, two, by="region_clerk", code="DQ")
    with pytest.raises(Changed):
        cycles.close_stage(by=two["region_clerk"], stage=stage, expected=stage.version, seen=seen, reason="另行督促")


# --- What is missing ---------------------------------------------------------------------------------------------------


def test_what_identification_waits_for_is_counted_as_on_the_ground_floor(body):
    cycle = made.cycle_of(body)
    unit = [body.organization("CZJ").interval]
    before = missing(cycle, StageKind.IDENTIFICATION, unit)
    assert before["undeclared"] == 13 and before["undeclared_bodies"] == 3
    factories.filed(body, "holder")
    factories.submitted(body, "colleague")
    factories.filed(body, "other_head")
    counted = missing(cycle, StageKind.IDENTIFICATION, unit)
    assert counted["undeclared"] == before["undeclared"] - 3
    assert (counted["unfiled"], counted["unsent"], counted["unanswered"]) == (1, 1, 0)
    factories.sent(body, "member")
    counted = missing(cycle, StageKind.IDENTIFICATION, unit)
    assert (counted["unsent"], counted["unanswered"]) == (1, 1)
    assert missing(cycle, StageKind.IDENTIFICATION, [body.organization("SWJ").interval])["undeclared"] == 2


def test_a_unit_is_told_of_its_own_part(body, client_of):
    cycle = made.cycle_of(body)
    made.begun(cycle, body)
    region = client_of("region_clerk").get(reverse("cycles:cycle", args=[cycle.pk]))
    unit = client_of("clerk").get(reverse("cycles:cycle", args=[cycle.pk]))
    assert region.context["is_whole"] and not unit.context["is_whole"]

    def told(response) -> list:
        return [
            condition
            for _part, stages in response.context["parts"]
            for each in stages
            for condition in each["conditions"]
        ]

    assert len(told(region)) == len(told(unit)) == 4


# --- Trainings and the notice ------------------------------------------------------------------------------------------


def test_a_training_struck_out_stays_and_counts_no_longer(body):
    cycle = made.cycle_of(body)
    training = made.trained(cycle, body)
    assert missing(cycle, StageKind.PREPARATION, [cycle.region.interval])["training"] == 0
    with pytest.raises(NotAllowed):
        preparation.strike_training(by=body["mzj_clerk"], training=training, reason="录错")
    preparation.strike_training(by=body["clerk"], training=training, reason="录错")
    assert missing(cycle, StageKind.PREPARATION, [cycle.region.interval])["training"] == 1
    assert Training.objects.get().struck_reason == "录错"
    assert verify().reason == ""


@pytest.mark.parametrize("values", [{"held_on": dt.date(2999, 1, 1)}, {"people": 0}], ids=["in the future", "nobody"])
def test_a_training_that_was_not_held_is_not_recorded(body, values):
    cycle = made.cycle_of(body)
    given = {"held_on": factories.today(), "topic": "培训", "people": 3} | values
    with pytest.raises(Refused):
        preparation.record_training(by=body["clerk"], cycle=cycle, organization=body.organization("CZJ"), **given)


def test_the_notice_is_numbered_once_and_never_changes(body, client_of):
    cycle = made.cycle_of(body)
    draft = made.noticed(cycle, body, issued=False)
    assert client_of("holder").get(reverse("cycles:notice", args=[cycle.pk])).status_code == 404
    issued = preparation.issue_notice(by=body["region_clerk"], cycle=cycle, expected=draft.version)
    assert issued.number == f"廉险〔{cycle.year}〕1号"
    for act in (
        lambda: preparation.issue_notice(by=body["region_clerk"], cycle=cycle, expected=issued.version),
        lambda: preparation.save_notice(
            by=body["region_clerk"], cycle=cycle, expected=issued.version, title="改", text="改"
        ),
    ):
        with pytest.raises(Refused):
            act()
    assert client_of("holder").get(reverse("cycles:notice", args=[cycle.pk])).status_code == 200
    assert client_of("holder").get(reverse("cycles:notice-pdf", args=[cycle.pk])).content.startswith(b"%PDF")
    assert verify().reason == ""


def test_two_who_write_the_notice_lose_nothing(body, client_of):
    cycle = made.cycle_of(body)
    made.noticed(cycle, body, issued=False)
    typed = {"version": 0, "title": "我的题目", "text": "我的正文"}
    page = client_of("region_clerk").post(reverse("cycles:notice-edit", args=[cycle.pk]), typed)
    assert page.status_code == 409
    told = page.content.decode()
    assert "我的正文" in told and "请按期完成" in told


# --- By the clock ------------------------------------------------------------------------------------------------------


def test_the_clock_begins_a_stage_once(two):
    year = factories.today().year
    cycle = made.cycle_of(two, year)
    with time_machine.travel(dt.datetime(year, 1, 2, 9)):
        assert run_due("stages") == 1
        assert run_due("stages") == 0
    assert made.stage_of(cycle, StageKind.PREPARATION).state == StageState.OPEN
    assert AuditEntry.objects.filter(act="stage.begin").count() == 1


# --- The dates on the ground floor ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REGION_ALONE)
def test_dates_of_the_region_are_written_by_its_office(body, name):
    region, year = body.organization("DQ"), factories.today().year
    dates = Dates(dt.date(year, 3, 1), dt.date(year, 4, 1), dt.date(year, 4, 2))
    with pytest.raises(NotAllowed):
        set_period(by=body[name], organization=region, year=year, phase=Phase.POINTS, dates=dates)
    assert not Period.objects.exists()


def test_dates_of_a_year_that_is_closed_stay(body):
    cycle = made.cycle_of(body)
    stage = cycle.stages.get(kind=StageKind.IDENTIFICATION)
    Period.objects.filter(year=cycle.year).update(locked_by=body["region_clerk"], locked_at=timezone.now())
    later = Dates(stage.opens, stage.due_to_region, stage.closes + dt.timedelta(days=1))
    with pytest.raises(Refused):
        set_period(by=body["region_clerk"], organization=cycle.region, year=cycle.year, phase=Phase.POINTS, dates=later)
