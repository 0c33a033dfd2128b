"""Draws: a list that was frozen, a commitment in the chain, a reveal by a second person, and anybody's replay."""

import datetime as dt
import io
import json

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from controls import access
from controls.actions import draws, inspection_plans
from controls.models import Draw
from controls.rules import Check, Holding
from registry.actions import organization
from registry.actions.verification import verify
from registry.models import AuditEntry, Post, Seal
from registry.rules import Changed, NotAllowed, Refused
from tests import factories

from . import inspected


@pytest.fixture(autouse=True)
def in_english():
    """Sentences are compared in the language they are written in."""
    with translation.override("en"):
        yield


@pytest.fixture
def points(body):
    """Three posts of CZJ have risk points."""
    inspected.filed(body, "holder", 1, 3)
    inspected.filed(body, "colleague", 3)
    inspected.filed(body, "other_holder", 2)
    return body


def test_what_is_drawn_from(points):
    def labels(**asked) -> list[str]:
        return [member.label for member in draws.population(inspected.wanted(points, **asked))]

    assert labels() == ["办公室 · 印章管理岗", "办公室 · 会务接待岗", "预算科 · 预算编审岗"]
    assert labels(code="CZJ-01", grade=3) == ["办公室 · 印章管理岗", "办公室 · 会务接待岗"]
    assert labels(kind="sections") == ["云岭地区财政局 · 办公室", "云岭地区财政局 · 预算科"]
    assert labels(kind="points", grade=2) == ["CZJ-000004 · 预算科 · 预算编审岗 · 登记不全1"]
    assert labels(kind="points", category="moral") == labels(code="MZJ") == []


def test_committed_revealed_and_replayed(points):
    draw = inspected.committed(points, count=2)
    assert (draw.number[:7], draw.state, draw.seed, draw.result) == ("CQ-CZJ-", "committed", "", [])
    assert draw.secret and draw.commitment not in draw.secret
    with pytest.raises(NotAllowed, match="second person"):
        inspected.revealed(points, draw, "clerk")
    draw = inspected.revealed(points, draw)
    assert len(draw.result) == 2 and set(draw.result) <= {key for key, _label in draw.members}
    assert draws.replay_draw(draw) == [(check, Holding.HOLDS) for check in Check]
    acts = AuditEntry.objects.filter(subject=f"draw:{draw.pk}").order_by("sequence").values_list("act", flat=True)
    assert list(acts) == ["draw.commit", "draw.reveal", "draw.record"]
    assert verify().reason == "" and Seal.objects.filter(form__table="draw").count() == 2
    with pytest.raises(Refused, match="revealed already"):
        inspected.revealed(points, draw, "inspector")


def test_the_value_is_not_there_before_the_reveal(points):
    draw = inspected.committed(points)
    before = set(AuditEntry.objects.values_list("digest", flat=True))
    assert inspected.revealed(points, draw).value not in before


def test_alone_one_reveals_in_a_second_step(points):
    console = organization.console_actor()
    yesterday = factories.today() - factories.DAY
    for name in ("second_clerk", "inspector", "recused_inspector"):
        for role in points[name].assignments.all():
            organization.end_assignment(by=console, assignment=role, ends_on=yesterday, reason="轮岗")
    draw = inspected.committed(points)
    assert inspected.revealed(points, draw, "clerk").state == "revealed"


@pytest.mark.parametrize(
    "name", ["holder", "head", "principal", "recused_inspector", "outside_inspector", "region_clerk", "mzj_clerk"]
)
def test_only_who_plans_there_and_is_not_recused_draws(points, name):
    with pytest.raises(NotAllowed):
        inspected.committed(points, by=name)
    draw = inspected.committed(points)
    with pytest.raises(NotAllowed):
        inspected.revealed(points, draw, name)


def test_without_a_list_or_with_another_one_nothing_is_committed_to(points):
    with pytest.raises(Refused, match="nobody and nothing"):
        inspected.committed(points, asked=inspected.wanted(points, category="moral"))
    asked = inspected.wanted(points)
    seen = draws.population_digest(draws.population(asked))
    inspected.filed(points, "head", 1)
    with pytest.raises(Changed):
        draws.commit_draw(by=points["clerk"], wanted=asked, count=1, purpose="抽查", exclusions=[], seen_digest=seen)
    assert not Draw.objects.exists()


def test_excluded_with_a_reason_and_never_drawn(points):
    post = points.appointment("holder").post
    key = f"post-{post.pk:010d}"
    draw = inspected.committed(points, count=2, exclusions=[(key, "经办人近亲属在该岗位")])
    assert draw.exclusions == [[key, "办公室 · 印章管理岗", "经办人近亲属在该岗位"]]
    assert key not in inspected.revealed(points, draw).result
    with pytest.raises(Refused, match="are wanted"):
        inspected.committed(points, count=3, exclusions=[(key, "回避")])


CHANGES = {
    "members": [["post-0000000001", "换掉的岗位"]],
    "exclusions": [["post-0000000009", "甲", "乙"]],
    "wanted": 3,
    "list_digest": "0" * 64,
    "commitment": "0" * 64,
    "seed": "1" * 64,
    "value": "sha256:" + "0" * 64,
    "final": "0" * 64,
    "result": ["post-0000000001"],
}


@pytest.fixture
def drawn(points) -> Draw:
    return inspected.revealed(points, inspected.committed(points, count=2))


@pytest.mark.parametrize("column", CHANGES)
def test_the_database_refuses_to_change_a_draw(drawn, column):
    with pytest.raises(IntegrityError, match="draw_changed"), transaction.atomic():
        Draw.objects.filter(pk=drawn.pk).update(**{column: CHANGES[column]})
    with pytest.raises(IntegrityError, match="draw_removed"), transaction.atomic():
        Draw.objects.filter(pk=drawn.pk)._raw_delete("default")


@pytest.mark.usefixtures("unguarded")
def test_each_change_behind_the_back_is_found_by_replay_command_and_chain(drawn):
    for column, value in CHANGES.items():
        point = transaction.savepoint()
        Draw.objects.filter(pk=drawn.pk).update(**{column: value})
        changed = Draw.objects.get(pk=drawn.pk)
        assert Holding.FAILS in dict(draws.replay_draw(changed)).values(), column
        with pytest.raises(SystemExit) as code:
            call_command("replay_draw", str(drawn.pk), stdout=io.StringIO())
        assert code.value.code == 1
        assert verify().row == f"draw:{drawn.pk}", column
        transaction.savepoint_rollback(point)
    assert draws.replay_draw(Draw.objects.get(pk=drawn.pk)) == [(check, Holding.HOLDS) for check in Check]


@pytest.mark.usefixtures("unguarded")
def test_what_the_chain_does_not_hold_is_found(drawn):
    entry = AuditEntry.objects.get(act="draw.reveal")
    AuditEntry.objects.filter(pk=entry.pk).update(salt="0" * 32)
    assert dict(draws.replay_draw(drawn))[Check.VALUE] == Holding.FAILS


@pytest.mark.usefixtures("unguarded")
def test_a_list_changed_before_the_reveal_is_not_drawn_from(points):
    draw = inspected.committed(points)
    Draw.objects.filter(pk=draw.pk).update(members=draw.members[:1])
    with pytest.raises(Refused, match="not those that were committed to"):
        inspected.revealed(points, draw)


def test_the_command_tells_all_inputs(drawn):
    out = io.StringIO()
    call_command("replay_draw", drawn.number, "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert found["result"] == drawn.result and found["list"] == drawn.drawn_from.text
    assert set(found["checks"].values()) == {"holds"}


def test_what_was_drawn_becomes_special_inspections_once(points, drawn):
    asked = {"inspector": points["inspector"], "due_on": factories.today() + dt.timedelta(days=9), "purpose": "抽查"}
    made = inspection_plans.make_all_special(by=points["clerk"], draw=drawn, places=draws.drawn_places(drawn), **asked)
    posts = [f"post-{each.post_id:010d}" for each in made]
    assert posts == drawn.result
    with pytest.raises(Refused, match="already"):
        inspection_plans.make_all_special(by=points["clerk"], draw=drawn, places=draws.drawn_places(drawn), **asked)


def test_all_or_nothing_is_inspected(points):
    draw = inspected.revealed(points, inspected.committed(points, count=3))
    places = draws.drawn_places(draw)
    inspector = points["head"]  # reads the ledger of CZJ-01 only
    with pytest.raises(Refused, match="cannot check"):
        inspection_plans.make_all_special(
            by=points["clerk"], draw=draw, places=places, inspector=inspector, due_on=factories.today(), purpose="抽查"
        )
    assert not draw.inspections.exists()


@pytest.mark.parametrize("kind", ["sections", "points"])
def test_sections_and_points_are_inspected_too(points, kind):
    draw = inspected.revealed(points, inspected.committed(points, asked=inspected.wanted(points, kind=kind)))
    made = inspection_plans.make_all_special(
        by=points["clerk"], draw=draw, places=draws.drawn_places(draw), inspector=points["inspector"],
        due_on=factories.today(), purpose="抽查",
    )  # fmt: skip
    inspection = inspected.begun(points, made[0], "inspector")
    assert inspection.lines.exists()
    if kind == "points":
        assert inspection.lines.count() == 1


# --- Experts -------------------------------------------------------------------------------------------------------------------


def test_experts_of_a_speciality_are_drawn_for_the_region(body):
    name = inspected.region_inspector(body)
    experts = inspected.experts(body, name)
    asked = inspected.wanted(body, "DQ", "experts", speciality="造价")
    assert len(draws.population(asked)) == 2
    asked = inspected.wanted(body, "DQ", "experts", speciality="结构")
    draws.end_expert(by=body[name], expert=experts[0], ends_on=factories.today() - factories.DAY, expected=1)
    assert len(draws.population(asked)) == 5
    excluded = f"expert-{experts[1].pk:010d}"
    draw = inspected.committed(body, name, 3, [(excluded, "参与过该项目的编制")], asked)
    draw = inspected.revealed(body, draw, name)  # nobody else is there who may
    assert len(draw.result) == 3 and excluded not in draw.result
    assert draws.replay_draw(draw) == [(check, Holding.HOLDS) for check in Check]
    with pytest.raises(Refused, match="From 3 to 5"):
        inspected.committed(body, name, 2, [], asked)


@pytest.mark.parametrize("name", ["clerk", "inspector", "region_clerk", "system_administrator", "holder"])
def test_only_the_regions_inspection_keeps_the_pool(body, name):
    keeper = inspected.region_inspector(body)
    expert = inspected.experts(body, keeper, 1)[0]
    assert not access.visible_experts(body[name]).exists()
    with pytest.raises(NotAllowed):
        draws.end_expert(by=body[name], expert=expert, ends_on=factories.today(), expected=1)


def test_two_windows_of_an_expert(body):
    keeper = inspected.region_inspector(body)
    expert = inspected.experts(body, keeper, 1)[0]
    said = {"by": body[keeper], "expert": expert, "name": "欧阳启航", "specialities": ["道桥"], "expected": 1}
    draws.change_expert(employer="甲院", **said)
    with pytest.raises(Changed):
        draws.change_expert(employer="乙院", **said)


# --- Who reads -------------------------------------------------------------------------------------------------------------------


def test_who_reads_a_draw(points):
    draw = inspected.committed(points)
    reading = {
        name
        for name in (*factories.STAFF, *factories.OFFICES)
        if access.visible_draws(points[name]).filter(pk=draw.pk).exists()
    }
    assert reading == {"clerk", "second_clerk", "principal", "second_principal", "inspector"}


def test_anybody_entitled_replays_with_one_click(drawn, client_of):
    page = client_of("principal").get(reverse("controls:draw-replay", args=[drawn.pk])).content.decode()
    assert "全部一致" in page
    text = client_of("principal").get(reverse("controls:draw-list", args=[drawn.pk]))
    assert text.content.decode() == drawn.drawn_from.text
    assert client_of("holder").get(reverse("controls:draw-replay", args=[drawn.pk])).status_code == 404


def test_committing_on_the_page_keeps_what_was_typed(points, client_of):
    clerk = client_of("clerk")
    address = reverse("controls:draw-new") + "?organization=CZJ&kind=posts&grade=&category=&speciality="
    page = clerk.get(address)
    seen = page.context["seen_digest"]
    typed = {
        "count": 2,
        "purpose": "季度抽查",
        "seen_digest": seen,
        "exclusions-0-number": "9",
        "exclusions-0-reason": "回避",
    }
    answer = clerk.post(address, typed)
    assert answer.status_code == 422 and "季度抽查" in answer.content.decode()
    answer = clerk.post(address, {**typed, "exclusions-0-number": "1"})
    draw = Draw.objects.get()
    assert answer.url == reverse("controls:draw", args=[draw.pk]) and len(draw.exclusions) == 1
    page = client_of("second_clerk").get(reverse("controls:draw", args=[draw.pk])).content.decode()
    assert draw.commitment in page and draw.secret not in page
    client_of("second_clerk").post(reverse("controls:draw-reveal", args=[draw.pk]), {"version": draw.version})
    draw.refresh_from_db()
    assert draw.state == "revealed"
    assert Post.objects.count() > len(draw.members)
