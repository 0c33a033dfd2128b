"""Inspections: planned by grade, filled in line by line, signed by who checked, and never changed afterwards (part I §3)."""

import datetime as dt
from collections import Counter

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from controls import access
from controls.actions import inspection_plans, inspections
from controls.documents import inspections as documents
from controls.models import Inspection, InspectionLine, InspectionPlan
from controls.rules import InspectionState, Rung
from registry.actions import organization
from registry.actions.verification import verify
from registry.models import AuditEntry, PointVersion, Seal
from registry.rules import Changed, Incomplete, NotAllowed, Refused, digest
from tests import factories

from . import inspected


@pytest.fixture(autouse=True)
def in_english():
    """Sentences are compared in the language they are written in; the year is young, so that all of it is planned."""
    with translation.override("en"), time_machine.travel(dt.datetime(2026, 1, 12, 2, tzinfo=dt.UTC), tick=True):
        yield


# --- A plan -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def points(body):
    """The holder has a point of each grade, the section head and the principal leader one of grade III and I."""
    inspected.filed(body, "holder", 1, 2, 3)
    inspected.filed(body, "head", 3)
    inspected.filed(body, "principal", 1)
    return body


def asked_of(plan: InspectionPlan) -> dict[tuple[str, int], set[tuple[str, str]]]:
    found: dict = {}
    for each in plan.inspections.select_related("post", "asked_organization"):
        place = each.asked_organization.code if each.asked_organization_id else ""
        found.setdefault((each.post.name, each.grade), set()).add((each.rung.value, place))
    return found


def test_a_plan_asks_the_head_of_the_grade_and_the_next_one_for_their_own_post(points):
    proposed = inspected.proposal(points)
    assert (proposed.points, proposed.known, proposed.ungraded, proposed.without_head) == (5, 0, 0, 0)
    assert proposed.by_rung() == [
        (Rung.SECTION_HEAD, [0, 0, 1]),
        (Rung.SUPERVISING_LEADER, [0, 2, 1]),
        (Rung.PRINCIPAL_LEADER, [8, 0, 0]),
        (Rung.INSPECTION, [0, 0, 0]),
    ]
    plan = inspected.issued(points)
    assert asked_of(plan) == {
        ("印章管理岗", 1): {("principal_leader", "CZJ")},
        ("印章管理岗", 2): {("supervising_leader", "CZJ-01")},
        ("印章管理岗", 3): {("section_head", "CZJ-01")},
        ("办公室主任岗", 3): {("supervising_leader", "CZJ-01")},  # the head's own
        ("局长岗", 1): {("principal_leader", "CZJ")},  # there is a second one
    }
    assert plan.inspections.count() == 4 + 2 + 1 + 1 + 4
    assert plan.number == "JH-CZJ-2026-001"
    assert not access.to_inspect(points["principal"]).filter(post=points.appointment("principal").post).exists()
    assert access.to_inspect(points["second_principal"]).filter(post=points.appointment("principal").post).count() == 4


def test_where_no_head_is_left_discipline_inspection_checks(points):
    console = organization.console_actor()
    role = points["second_principal"].assignments.get()
    organization.end_assignment(by=console, assignment=role, ends_on=factories.today() - factories.DAY, reason="调离")
    plan = inspected.issued(points)
    own = plan.inspections.filter(post=points.appointment("principal").post)
    assert {each.rung for each in own} == {Rung.INSPECTION}
    assert access.to_inspect(points["inspector"]).count() == 4
    assert access.to_inspect(points["outside_inspector"]).count() == 0


def test_planning_again_plans_only_what_is_new(points):
    inspected.issued(points, quarter=1)
    again = inspected.proposal(points, quarter=1)
    assert again.sheets == [] and again.known == 2
    with pytest.raises(Refused, match="nothing to plan"):
        inspected.issued(points, quarter=1)
    inspected.filed(points, "colleague", 1)
    assert inspected.issued(points, quarter=1).inspections.count() == 1
    rest = inspected.issued(points)
    assert rest.inspections.count() + 3 == 4 * 3 + 2 + 1 + 1


def test_a_plan_is_issued_as_it_was_looked_at(points):
    seen = inspected.proposal(points).digest
    inspected.filed(points, "colleague", 2)
    with pytest.raises(Changed):
        inspection_plans.issue_plan(
            by=points["clerk"], unit=points.organization("CZJ"), year=2026, quarter=None, seen_digest=seen
        )
    assert not InspectionPlan.objects.exists() and not Inspection.objects.exists()


def test_a_recused_inspector_plans_around_the_section(points):
    assert inspected.proposal(points, by="recused_inspector").points == 1
    assert inspected.proposal(points, by="inspector").points == 5


@pytest.mark.parametrize("name", ["holder", "head", "principal", "mzj_clerk", "region_clerk", "system_administrator"])
def test_only_the_office_and_discipline_inspection_plan(points, name):
    with pytest.raises(NotAllowed):
        inspected.proposal(points, by=name)


def test_a_closed_plan_drops_what_is_not_signed(points):
    plan = inspected.issued(points)
    done = inspected.signed(
        points, plan.inspections.filter(grade=3, post=points.appointment("holder").post).get(), "head"
    )
    with pytest.raises(Refused, match="why"):
        inspection_plans.close_plan(by=points["clerk"], plan=plan, reason=" ", expected=plan.version)
    dropped = inspection_plans.close_plan(by=points["clerk"], plan=plan, reason="机构调整", expected=plan.version)
    assert dropped == 11
    done.refresh_from_db()
    assert done.state == InspectionState.SIGNED
    assert set(plan.inspections.exclude(pk=done.pk).values_list("state", "dropped_reason")) == {("dropped", "机构调整")}
    plan.refresh_from_db()
    with pytest.raises(Refused, match="closed already"):
        inspection_plans.close_plan(by=points["clerk"], plan=plan, reason="再次", expected=plan.version)
    # What was dropped can be planned again.
    assert len(inspected.proposal(points).sheets) == 11


def test_the_database_itself_keeps_from_planning_twice(points):
    plan = inspected.issued(points)
    first = plan.inspections.first()
    first.pk = None
    first.number = "JC-CZJ-2026-99999"
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save(force_insert=True)


# --- The sheet ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def sheet(points):
    """The planned inspection of the holder's point of grade III, which the head checks."""
    return inspected.issued(points).inspections.get(grade=3, post=points.appointment("holder").post)


def test_lines_are_those_that_stand_on_the_day_of_the_check(body):
    inspected.section_measured(body)
    inspected.filed(body, "holder", 1)
    found = inspected.special(body, "holder")
    assert [line.text for line in inspections.sheet_lines(found)] == ["用印登记不全，事后补签，空白介绍信外借。"]
    section = inspection_plans.make_special(
        by=body["clerk"], organization=body.organization("CZJ-01"), inspector=body["inspector"],
        due_on=factories.today(), purpose="专项检查",
    )  # fmt: skip
    inspected.begun(body, section, "inspector")
    lines = list(section.lines.select_related("measure_version", "point_version").order_by("ordinal"))
    assert [line.text for line in lines] == [
        "每次用印由两人登记，月末核对登记簿。",
        "办公室主任每季度抽查用印登记簿一次。",
        "用印登记不全，事后补签，空白介绍信外借。",
    ]
    # What is filed later is on no sheet that was begun before.
    inspected.filed(body, "colleague", 1)
    assert section.lines.count() == 3


def test_filled_in_signed_and_sealed(points, sheet):
    inspected.begun(points, sheet, "head")
    sheet.refresh_from_db()
    with pytest.raises(Incomplete) as why:
        inspected.sign(points, sheet, "head")
    assert [gap.field for gap in why.value.gaps] == ["line-1", "opinion"]
    inspected.answered(points, sheet, "head", ("partly", ""))
    with pytest.raises(Incomplete) as why:
        inspected.sign(points, sheet, "head")
    assert [gap.field for gap in why.value.gaps] == ["line-1"]
    inspected.answered(points, sheet, "head", ("partly", "八月缺两次登记。"))
    done = inspected.sign(points, sheet, "head")
    assert (done.state, done.signed_by, done.signed_for) == ("signed", points["head"], None)
    assert done.digest == digest(inspections.content_of(done))
    assert verify().reason == ""
    sealed = Counter(Seal.objects.values_list("form__table", flat=True))
    assert (sealed["inspection"], sealed["inspectionline"]) == (1, 1)
    for change in ({"opinion": "改过"}, {"state": "begun"}, {"due_on": factories.today()}):
        with pytest.raises(IntegrityError, match="inspection_changed"), transaction.atomic():
            Inspection.objects.filter(pk=done.pk).update(**change)
    for change in ({"answer": "yes"}, {"note": "改过"}, {"is_signed": False}):
        with pytest.raises(IntegrityError, match="inspectionline_changed"), transaction.atomic():
            InspectionLine.objects.filter(inspection=done).update(**change)
    with pytest.raises(Refused, match="signed"):
        inspected.answered(points, done, "head", ("yes", ""))


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize(
    ("model", "change"),
    [(Inspection, {"opinion": "改过的意见"}), (InspectionLine, {"answer": "no"}), (InspectionLine, {"note": "x"})],
)
def test_a_signed_sheet_changed_behind_the_back_is_found(points, sheet, model, change):
    done = inspected.signed(points, sheet, "head")
    assert verify().reason == ""
    row = done if model is Inspection else done.lines.get()
    model.objects.filter(pk=row.pk).update(**change)
    assert verify().row == f"{model._meta.model_name}:{row.pk}"


def test_what_was_not_seen_is_not_signed(points, sheet):
    inspected.answered(points, inspected.begun(points, sheet, "head"), "head")
    seen = digest(inspections.content_of(sheet))
    inspected.answered(points, sheet, "head", ("no", "登记簿没有找到。"))
    with pytest.raises(Changed):
        inspected.sign(points, sheet, "head", seen)


def test_two_windows_lose_nothing(points, sheet):
    inspected.begun(points, sheet, "head")
    sheet.refresh_from_db()
    line = sheet.lines.get()
    first = inspections.Said(line.pk, line.version, "yes", "")
    inspections.save_sheet(by=points["head"], inspection=sheet, said=[first], opinion="甲", expected=sheet.version)
    # The other window typed nothing into the line: it takes nothing away, nor the opinion.
    empty = inspections.Said(line.pk, line.version, "", "")
    assert (
        inspections.save_sheet(by=points["head"], inspection=sheet, said=[empty], opinion="", expected=sheet.version)
        == 0
    )
    line.refresh_from_db()
    assert (line.answer, Inspection.objects.get(pk=sheet.pk).opinion) == ("yes", "甲")
    other = inspections.Said(line.pk, 1, "no", "没有登记。")
    with pytest.raises(Changed, match="1"):
        inspections.save_sheet(by=points["head"], inspection=sheet, said=[other], opinion="", expected=sheet.version)
    with pytest.raises(Changed):
        inspections.save_sheet(by=points["head"], inspection=sheet, said=[], opinion="乙", expected=sheet.version)
    line.refresh_from_db()
    assert line.answer == "yes"


def test_a_stand_in_signs_for_whom_they_stand_in(points, sheet):
    factories.standing_in(points)
    done = inspected.signed(points, sheet, "stand_in")
    assert (done.signed_by, done.signed_for) == (points["stand_in"], points["head"])
    assert documents.signed_words(done).startswith(points["stand_in"].name)
    with pytest.raises(NotAllowed):
        inspected.begun(points, inspected.special(points), "expired_stand_in")


def test_nobody_checks_their_own_post_nor_that_of_whom_they_stand_in_for(points):
    """A plan may be older than an appointment: it is asked again on the day."""
    factories.standing_in(points)
    plan = inspected.issued(points)
    sheet = plan.inspections.get(grade=3, post=points.appointment("holder").post)
    organization.appoint(
        by=organization.console_actor(), person=points["head"], post=sheet.post, rank="ke", starts_on=factories.today()
    )
    for name in ("head", "stand_in"):
        with pytest.raises(NotAllowed):
            inspected.begun(points, sheet, name)
        assert not access.to_inspect(points[name]).filter(pk=sheet.pk).exists()
    with pytest.raises(Refused, match="their own"):
        inspections.name_inspector(
            by=points["clerk"], inspection=sheet, inspector=points["head"], reason="测试", expected=sheet.version
        )
    sheet = inspections.name_inspector(
        by=points["clerk"],
        inspection=sheet,
        inspector=points["supervisor"],
        reason="科长兼任该岗位",
        expected=sheet.version,
    )
    assert inspected.signed(points, sheet, "supervisor").signed_by == points["supervisor"]


@pytest.mark.parametrize("name", ["holder", "colleague", "principal", "supervisor", "clerk", "inspector", "other_head"])
def test_only_who_is_asked_fills_in(points, sheet, name):
    with pytest.raises(NotAllowed):
        inspected.begun(points, sheet, name)


def test_a_successor_has_the_inspections_at_once(points, sheet):
    console = organization.console_actor()
    role = points["head"].assignments.get()
    organization.end_assignment(by=console, assignment=role, ends_on=factories.today() - factories.DAY, reason="轮岗")
    factories.give(points, "other_holder", "section_head", "CZJ-01")
    assert not access.to_inspect(points["head"]).exists()
    assert inspected.signed(points, sheet, "other_holder").signed_by == points["other_holder"]


def test_dropping_needs_a_reason_and_keeps_the_row(points, sheet):
    with pytest.raises(Refused):
        inspections.drop_inspection(by=points["clerk"], inspection=sheet, reason="", expected=sheet.version)
    with pytest.raises(NotAllowed):
        inspections.drop_inspection(by=points["head"], inspection=sheet, reason="不需要", expected=sheet.version)
    inspections.drop_inspection(by=points["clerk"], inspection=sheet, reason="岗位撤销", expected=sheet.version)
    with pytest.raises(Refused, match="岗位撤销"):
        inspected.begun(points, sheet, "head")


def test_a_sheet_without_points_is_not_begun(points, sheet):
    PointVersion.objects.filter(post=sheet.post).update(state="withdrawn")
    with pytest.raises(Refused, match="No risk point"):
        inspected.begun(points, sheet, "head")


def test_a_special_inspection_is_refused_where_nothing_stands_or_nobody_may(points):
    asked = {"by": points["clerk"], "due_on": factories.today(), "purpose": "专项检查"}
    with pytest.raises(Refused, match="No risk point"):
        inspection_plans.make_special(
            organization=points.organization("CZJ-02"), inspector=points["inspector"], **asked
        )
    with pytest.raises(Refused, match="cannot check there"):
        inspection_plans.make_special(
            organization=points.organization("CZJ-01"), inspector=points["recused_inspector"], **asked
        )
    with pytest.raises(Refused, match="cannot check there"):  # the head's own post is there
        inspection_plans.make_special(organization=points.organization("CZJ-01"), inspector=points["head"], **asked)
    with pytest.raises(NotAllowed):
        inspection_plans.make_special(
            organization=points.organization("MZJ-01"), inspector=points["inspector"], **asked
        )


# --- Who reads -----------------------------------------------------------------------------------------------------------------


READERS = {
    "planned": {"head", "stand_in", "clerk", "second_clerk", "principal", "second_principal", "inspector"},
    # The head signed it; the stand-in leads the section today.
    "signed": {
        "head", "stand_in", "clerk", "second_clerk", "principal", "second_principal", "inspector", "supervisor", "holder",
    },
}  # fmt: skip


@pytest.mark.parametrize("state", READERS)
def test_who_reads_a_sheet(points, sheet, state):
    factories.standing_in(points)
    if state == "signed":
        inspected.signed(points, sheet, "head")
    names = [*factories.STAFF, *factories.OFFICES]
    reading = {name for name in names if access.visible_inspections(points[name]).filter(pk=sheet.pk).exists()}
    assert reading == READERS[state]


def test_what_is_not_signed_is_read_by_who_writes_it(points, sheet, client_of):
    inspected.answered(points, inspected.begun(points, sheet, "head"), "head", ("no", "只给检查人看的话"))
    for name in ("clerk", "principal", "inspector"):
        for route in ("inspection", "inspection-sheet"):
            answer = client_of(name).get(reverse(f"controls:{route}", args=[sheet.pk]))
            assert answer.status_code == 200 and "只给检查人看的话" not in answer.content.decode()
        assert client_of(name).get(reverse("controls:inspection-workbook", args=[sheet.pk])).status_code == 403
    assert "只给检查人看的话" in client_of("head").get(reverse("controls:inspection", args=[sheet.pk])).content.decode()


# --- Pages -----------------------------------------------------------------------------------------------------------------------


def test_a_head_fills_in_and_signs_on_the_pages(points, sheet, client_of):
    head = client_of("head")
    assert sheet.number in head.get(reverse("controls:inspections-mine")).content.decode()
    head.post(reverse("controls:inspection-begin", args=[sheet.pk]))
    address = reverse("controls:inspection-fill", args=[sheet.pk])
    line = sheet.lines.get()
    sheet.refresh_from_db()
    typed = {
        "version": sheet.version,
        f"version-{line.pk}": 1,
        f"answer-{line.pk}": "partly",
        f"note-{line.pk}": "",
        "opinion": "",
    }
    assert head.post(address, typed).status_code == 302
    page = head.get(reverse("controls:inspection-sign", args=[sheet.pk])).content.decode()
    assert "第 1 项" in page and "检查意见" in page
    # Another window was first: what was typed is still there, and saving again replaces it.
    stale = {**typed, f"answer-{line.pk}": "no", f"note-{line.pk}": "另一个窗口写的", "opinion": inspected.OPINION}
    answer = head.post(address, stale)
    assert answer.status_code == 409 and "另一个窗口写的" in answer.content.decode()
    typed = {**stale, f"version-{line.pk}": 2}
    assert head.post(address, {**typed, "sign": "1"}).status_code == 302
    page = head.get(reverse("controls:inspection-sign", args=[sheet.pk]))
    seen = page.context["seen_digest"]
    version = page.context["inspection"].version
    answer = head.post(
        reverse("controls:inspection-sign", args=[sheet.pk]), {"version": version, "seen_digest": "sha256:0"}
    )
    assert answer.status_code == 409
    head.post(reverse("controls:inspection-sign", args=[sheet.pk]), {"version": version, "seen_digest": seen})
    sheet.refresh_from_db()
    assert sheet.state == InspectionState.SIGNED


def test_overdue_is_told_in_words(points, sheet, client_of):
    with time_machine.travel(dt.datetime(2027, 1, 3, 2, tzinfo=dt.UTC)):
        page = client_of("head").get(reverse("controls:inspections-mine")).content.decode()
        assert "逾期 3 天" in page
        board = client_of("clerk").get(reverse("controls:inspections") + "?year=2026&late=on&state=planned")
        assert sheet.number in board.content.decode()


def test_the_summary_counts(points):
    plan = inspected.issued(points)
    post = points.appointment("holder").post
    inspected.signed(points, plan.inspections.get(grade=3, post=post), "head", ("partly", "八月缺两次登记。"))
    late = plan.inspections.filter(grade=2, post=post).order_by("due_on").first()
    with time_machine.travel(dt.datetime.combine(late.due_on, dt.time(12), dt.UTC) + 3 * factories.DAY):
        inspected.signed(points, late, "supervisor")
        found = documents.summary(Inspection.objects.all())
    assert [row.cells for row in found.rows] == [
        (8, 0, 0, 8, 4, 0),
        (2, 1, 1, 1, 0, 0),
        (2, 1, 0, 1, 0, 0),
        (0, 0, 0, 0, 0, 0),
        (12, 2, 1, 10, 4, 0),
    ]
    assert dict(found.by_category)["post duties"] == [1, 1, 0, 0]
    assert [numbers for _label, numbers in found.by_grade] == [[0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0]]
    assert (found.findings, found.findings_open) == (0, 0)


def test_acts_stand_in_the_chain(points, sheet):
    inspected.signed(points, sheet, "head")
    acts = list(
        AuditEntry.objects.filter(act__startswith="inspection").order_by("sequence").values_list("act", flat=True)
    )
    assert acts == ["inspection_plan.issue", "inspection.begin", "inspection.save", "inspection.sign"]
    assert timezone.localdate(sheet.made_at) == factories.today()


# --- Places change hands ---------------------------------------------------------------------------------------------------------


def test_what_moves_takes_its_inspections_and_draws_along(points):
    """The post goes to another section, the section to another unit; who reads follows, signed sheets stay sound."""
    console = organization.console_actor()
    plan = inspected.issued(points)
    post = points.appointment("holder").post
    done = inspected.signed(points, plan.inspections.get(grade=3, post=post), "head")
    draw = inspected.committed(points, asked=inspected.wanted(points, "CZJ-01"))
    organization.move_post(by=console, post=post, organization=points.organization("CZJ-02"), reason="职责调整")
    positions = set(Inspection.objects.filter(post=post).values_list("position", flat=True))
    assert positions == {points.organization("CZJ-02").tree_from}
    organization.move_organization(
        by=console, organization=points.organization("CZJ-01"), parent=points.organization("MZJ"), reason="机构改革"
    )
    section = points.organization("CZJ-01")
    section.refresh_from_db()
    draw.refresh_from_db()
    assert draw.position == section.tree_from
    own = Inspection.objects.filter(post=points.appointment("head").post)
    assert set(own.values_list("position", flat=True)) == {section.tree_from}
    assert access.visible_draws(points["mzj_clerk"]).get() == draw
    assert access.visible_inspections(points["other_head"]).get() == done
    assert verify().reason == ""
