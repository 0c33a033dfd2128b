"""Taking in ledgers that were filed on paper."""

import json
import shutil
import subprocess
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django.utils.translation import override

from registry.actions import imports
from registry.actions.headings import forget_heading
from registry.models import (
    AuditEntry,
    Declaration,
    ImportBatch,
    LearnedHeading,
    Measure,
    MeasureVersion,
    Organization,
    PointVersion,
    Post,
    RiskPoint,
)
from registry.rules import Changed, NotAllowed, Refused, reading

from .ledgers import (
    MERGED_OFFICE,
    REAL_LEDGERS,
    SPREAD_POINTS,
    cell_texts,
    change_cell,
    make_person,
    make_unit,
    take_in,
    write_file,
)

pytestmark = pytest.mark.django_db
TABLES = (AuditEntry, Declaration, ImportBatch, Measure, MeasureVersion, Organization, PointVersion, Post, RiskPoint)


@pytest.fixture(autouse=True)
def in_english():
    with override("en"):
        yield


@pytest.fixture
def unit():
    return make_unit()


@pytest.fixture
def office(tmp_path):
    return write_file(tmp_path / "office.xlsx", MERGED_OFFICE)


@pytest.fixture
def spread(tmp_path):
    return write_file(tmp_path / "spread.xlsx", SPREAD_POINTS)


def stored() -> list[int]:
    return [model.objects.count() for model in TABLES]


def run(*arguments: object) -> tuple[int, str]:
    """Run the command; return its exit code and what it printed."""
    out = StringIO()
    try:
        call_command("import_ledger", *map(str, arguments), stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_a_ledger_is_taken_in_as_filed_on_paper(unit, office):
    report = take_in(office, unit, create_missing=False, basis="某文〔2026〕1号")
    assert (report.rows, report.new, report.errors, report.applied) == (3, 3, [], True)
    first, second, third = PointVersion.objects.select_related("point", "declaration").order_by("pk")
    assert [version.point.code for version in (first, second, third)] == ["DAG-000001", "DAG-000002", "DAG-000003"]
    assert (first.origin, first.state, first.change, first.year) == ("imported", "filed", "new", 2026)
    assert (first.level, first.category, first.grade, second.grade, third.grade) == ("section", "duty", 3, 1, 2)
    assert first.organization.code == "DAG-01"
    assert first.position == first.organization.tree_from
    assert (first.unit_name, first.organization_name, first.post_name) == ("某县档案馆", "保管利用科", "")
    assert (first.responsible, third.responsible_leader) == ("科长", "分管副馆长")
    assert first.valid_from == timezone.localdate()
    assert list(first.measures.values_list("text", "state")) == [
        ("钥匙分管;", "filed"),
        ("每季交接;", "filed"),
        ("交接有记录。", "filed"),
    ]
    assert third.title == "堃喆·数字化外包"
    declaration = first.declaration
    assert (declaration.origin, declaration.state, declaration.approval, declaration.level) == (
        "imported",
        "filed",
        None,
        "section",
    )
    assert Declaration.objects.count() == 1
    batch = declaration.batch
    assert (batch.file_name, batch.basis, batch.counts["new"]) == ("office.xlsx", "某文〔2026〕1号", 3)
    assert batch.headings[0]["titles"] == ["县档案馆廉政风险点及防控措施一览表"]
    assert AuditEntry.objects.filter(act="ledger.import").count() == 1


def test_a_point_over_several_rows_and_open_words(unit, spread):
    report = take_in(spread, unit)
    assert (report.rows, report.new) == (3, 3)
    assert report.open == {"category": 1, "grade": 1, "level": 0}
    second, third = PointVersion.objects.order_by("pk")[1:]
    assert second.manifestation == "1.超期不办。\n2.条件不符仍然办理。\n3.收受财物。"
    assert second.matter == "核发证照"
    assert (third.category, third.grade) == ("", None)
    assert third.kept["风险类别"] == "待核实类" and third.kept["风险等级"] == "1中2低"
    assert "注：本表一式两份。" in third.kept.values()


def test_the_dry_run_tells_everything_and_writes_nothing(unit, spread):
    Organization.objects.filter(code="DAG-02").update(name="别的科")
    before = stored()
    report = take_in(spread, unit, apply=False)
    assert (report.new, report.created, report.applied) == (3, {"sections": ["窗口"], "posts": []}, False)
    assert stored() == before
    report = take_in(spread, unit, create_missing=False)
    assert [(problem.sheet, problem.row, problem.column) for problem in report.errors] == [
        ("表1", 4, "G"),
        ("表1", 5, "G"),
        ("表1", 8, "G"),
    ]
    assert stored() == before


def test_missing_sections_and_posts_are_created_by_the_verbs(unit, tmp_path):
    rows = [
        ["科室", "岗位", "风险点", "等级"],
        ["法规科", "复议岗", "甲", "高"],
        ["法 规 科", "复议岗", "乙", "低"],
        ["", "馆长", "丙", "低"],
    ]
    report = take_in(write_file(tmp_path / "a.xlsx", (rows, [])), unit)
    assert report.created == {"sections": ["法规科"], "posts": ["法规科 / 复议岗", "某县档案馆 / 馆长"]}
    section = Organization.objects.get(name="法规科")
    assert (section.code, section.parent) == ("DAG-03", unit)
    assert {version.post.name for version in PointVersion.objects.filter(organization=section)} == {"复议岗"}
    assert PointVersion.objects.get(title="丙").level == "post"
    assert Declaration.objects.count() == 2
    assert PointVersion.objects.get(title="乙").kept == {"科室": "法 规 科"}
    assert AuditEntry.objects.filter(act="post.create").count() == 3  # with the one of the fixture


def test_the_same_file_again_writes_nothing(unit, office, spread):
    for path in (office, spread):
        take_in(path, unit)
    before = stored()
    for path in (office, spread):
        report = take_in(path, unit)
        assert (report.new, report.changed, report.carried, report.same) == (0, 0, 0, 3)
    assert stored() == before


def test_a_change_is_a_new_version_that_replaces_the_old_one(unit, office):
    take_in(office, unit)
    change_cell(office, 0, "F3", "中")
    change_cell(office, 0, "G3", "1.钥匙分管; 2.装监控")
    report = take_in(office, unit)
    assert (report.new, report.changed, report.same) == (0, 1, 2)
    old, new = PointVersion.objects.filter(point__code="DAG-000001").order_by("pk")
    assert (old.state, old.valid_to, new.replaces, new.change) == ("superseded", timezone.localdate(), old, "changed")
    assert (old.grade, new.grade) == (3, 2)
    kept, added = new.measures.all()
    assert (kept.change, kept.replaces.text, kept.measure) == ("unchanged", "钥匙分管;", old.measures.first().measure)
    assert (added.change, added.replaces, added.text) == ("new", None, "装监控")
    assert set(old.measures.values_list("state", flat=True)) == {"superseded"}


def test_changed_text_is_found_by_place_matter_category_and_title(unit, office):
    take_in(office, unit)
    change_cell(office, 0, "E4", "未经批准借出原件或者拍照。")
    report = take_in(office, unit)
    assert (report.new, report.changed, report.same) == (0, 1, 2)


def test_equal_rows_pair_in_the_order_of_the_file(unit, tmp_path):
    rows = [
        ["科室", "风险点", "等级", "措施"],
        ["窗口", "甲", "高", "一"],
        ["窗口", "甲", "高", "二"],
        ["窗口", "甲", "高", "一"],
    ]
    path = write_file(tmp_path / "a.xlsx", (rows, []))
    assert take_in(path, unit).new == 3
    assert take_in(path, unit).same == 3
    change_cell(path, 0, "D3", "三")
    assert take_in(path, unit).changed == 1
    assert PointVersion.objects.get(point__code="DAG-000002", state="filed").measures.get().text == "三"


def test_an_unchanged_point_of_an_earlier_year_is_carried(unit, office):
    take_in(office, unit, year=2025)
    report = take_in(office, unit, year=2026)
    assert (report.new, report.carried, report.same) == (0, 3, 0)
    assert set(PointVersion.objects.filter(year=2026).values_list("change", flat=True)) == {"unchanged"}
    assert set(PointVersion.objects.filter(year=2025).values_list("state", flat=True)) == {"superseded"}
    assert take_in(office, unit, year=2026).same == 3
    assert MeasureVersion.objects.filter(state="filed").count() == 5


@pytest.mark.usefixtures("unguarded")
def test_what_was_approved_is_never_changed_by_a_file(unit, office):
    take_in(office, unit)
    PointVersion.objects.filter(point__code="DAG-000001").update(origin="declared")
    assert take_in(office, unit).same == 3
    change_cell(office, 0, "F3", "高")
    change_cell(office, 0, "F4", "低")
    before = stored()
    (problem,) = take_in(office, unit).errors
    assert (problem.row, "supplementary declaration" in problem.text) == (3, True)
    assert stored() == before


@pytest.mark.usefixtures("unguarded")
def test_who_is_slower_is_refused(unit, office):
    take_in(office, unit)
    standing = imports._standing_of(unit)
    PointVersion.objects.filter(pk=standing[0].version.pk).update(state="withdrawn")
    with pytest.raises(Changed):
        imports._end(standing, timezone.localdate())


def test_unknown_and_doubled_codes_are_problems(unit, tmp_path):
    rows = [["科室", "风险点", "等级", "编号"], ["窗口", "甲", "高", ""]]
    take_in(write_file(tmp_path / "a.xlsx", (rows, [])), unit)
    rows = [rows[0], *(["窗口", "甲", "高", code] for code in ("DAG-000001", "DAG-000001", "DAG-000009", "外-1"))]
    path = write_file(tmp_path / "b.xlsx", (rows, []))
    report = take_in(path, unit, apply=False)
    assert [(problem.row, problem.column) for problem in report.errors] == [(3, "D"), (4, "D")]
    assert (report.same, report.new) == (1, 3)


def test_one_problem_anywhere_and_nothing_is_written(unit, tmp_path):
    rows = [["科室", "风险点", "等级"], ["窗口", "甲", "高"], ["窗口", "", "低"]]
    before = stored()
    report = take_in(write_file(tmp_path / "a.xlsx", (rows, []), MERGED_OFFICE), unit)
    assert (report.sheets, report.rows, len(report.errors), report.applied) == (2, 5, 1, False)
    assert stored() == before


def test_text_nobody_expects_comes_through_or_is_named(unit, tmp_path):
    formula = "=cmd|' /C calc'!A0"
    rows = [
        ["科室", "风险点", "表现形式", "等级"],
        ["窗口", formula, "长" * 10_000, "高"],
        ["窗口", "艾克热木·托合提😀", "第一行_x000B_第二行", "低"],
    ]
    assert take_in(write_file(tmp_path / "a.xlsx", (rows, [])), unit).errors == []
    first, second = PointVersion.objects.order_by("pk")
    assert (first.title, len(first.manifestation)) == (formula, 10_000)
    assert (second.title, second.manifestation) == ("艾克热木·托合提😀", "第一行\n第二行")
    rows[1][2] = "长" * 10_001
    rows[2][1] = "甲_x0007_乙"
    report = take_in(write_file(tmp_path / "b.xlsx", (rows, [])), unit)
    assert [(problem.row, problem.column) for problem in report.errors] == [(2, "C"), (3, "B")]
    assert "U+0007" in report.errors[1].text


def test_only_who_may_take_in_ledgers_does(unit, office):
    clerk = make_person("clerk", "office_clerk", unit)
    assert take_in(office, unit, by=clerk, apply=False).new == 3
    for other in (make_person("head", "principal_leader", unit), make_person("nobody")):
        with pytest.raises(NotAllowed):
            take_in(office, unit, by=other, apply=False)


def test_a_region_and_a_file_without_a_ledger_are_refused(unit, office, tmp_path):
    with pytest.raises(Refused):
        take_in(office, unit.parent)
    with pytest.raises(Refused, match="No sheet holds a ledger"):
        take_in(write_file(tmp_path / "a.xlsx", ([["甲", "乙"]], [])), unit)


def test_queries_are_far_fewer_than_rows(unit, tmp_path, django_assert_max_num_queries):
    rows = [["科室", "风险点", "等级", "措施"], *(["窗口", f"点{n}", "高", "1.甲\n2.乙"] for n in range(1_000))]
    path = write_file(tmp_path / "a.xlsx", (rows, []))
    with django_assert_max_num_queries(150):
        assert take_in(path, unit).new == 1_000
    with django_assert_max_num_queries(20):
        assert take_in(path, unit).same == 1_000


# ---- several points in a row, proposals, what headings mean

LISTED = (
    [
        ["关键环节", "涉及对象", "廉政风险点及等级", "防控措施", "风险类别"],
        ["用车", "驾驶员", "★★☆未经批准用车；\n★☆☆公车私用。", "1.登记；\n2.检查", ""],
        ["接待", "办公室", "★★☆宴请超标", "检查", "其他"],
    ],
    [],
)


def test_points_of_one_cell_share_what_stands_beside_them(unit, tmp_path):
    path = write_file(tmp_path / "a.xlsx", LISTED)
    report = take_in(path, unit)
    assert (report.rows, report.new, report.errors) == (3, 3, [])
    first, second, third = PointVersion.objects.order_by("pk")
    assert [(one.title, one.grade) for one in (first, second, third)] == [
        ("未经批准用车；", 2),
        ("公车私用。", 3),
        ("宴请超标", 2),
    ]
    assert [list(one.measures.values_list("text", flat=True)) for one in (first, second)] == [["登记；", "检查"]] * 2
    assert first.kept == second.kept == {"涉及对象": "驾驶员"}
    assert take_in(path, unit).same == 3
    change_cell(path, 0, "C2", "★★☆未经批准用车；\n★★★公车私用。")
    report = take_in(path, unit)
    assert (report.same, report.changed, report.new) == (2, 1, 0)


def test_the_report_tells_each_row_before_and_after(unit, tmp_path):
    path = write_file(tmp_path / "a.xlsx", LISTED)
    report = take_in(path, unit, apply=False)
    assert [(one.place, one.row, one.part, one.becomes, one.before) for one in report.details] == [
        ("表1!2.1", 2, 1, "new", None),
        ("表1!2.2", 2, 2, "new", None),
        ("表1!3", 3, 0, "new", None),
    ]
    assert report.details[0].after["measures"] == "1.登记；\n2.检查"
    take_in(path, unit)
    change_cell(path, 0, "D3", "公示")
    last = take_in(path, unit, apply=False).details[-1]
    assert (last.becomes, last.code, last.changed) == ("changed", "DAG-000003", ["measures"])
    assert (last.before["measures"], last.after["measures"]) == ("检查", "公示")
    assert json.loads(json.dumps(report.as_dict()))["details"][0]["after"]["title"] == "未经批准用车；"


def test_a_proposed_category_stays_open_until_a_person_confirms_it(unit, tmp_path):
    path = write_file(tmp_path / "a.xlsx", LISTED)
    report = take_in(path, unit)
    proposed = {proposal.place: proposal.category for proposal in report.proposals}
    assert proposed == {"表1!2.2": "moral", "表1!3": "environment"}
    assert set(PointVersion.objects.values_list("category", flat=True)) == {""}
    report = take_in(path, unit, confirmed=proposed)
    assert (report.new, report.changed, report.same, report.confirmed, report.errors) == (0, 2, 1, 2, [])
    version = PointVersion.objects.get(point__code="DAG-000002", state="filed")
    assert (version.category, version.as_written["category_words"]) == ("moral", "私用")
    assert ImportBatch.objects.last().counts["confirmed"] == 2
    # The file still says nothing of it; what was settled stays.
    report = take_in(path, unit)
    assert (report.same, report.changed, report.proposals) == (3, 0, [])
    report = take_in(path, unit, confirmed={"表1!2.1": "duty", "表1!3": "environment"})
    assert (report.same, report.changed) == (2, 1)
    version = PointVersion.objects.get(point__code="DAG-000001", state="filed")
    assert (version.category, version.as_written["category_words"]) == ("duty", "")


def test_a_category_the_file_fills_in_later_changes_the_point(unit, tmp_path):
    path = write_file(tmp_path / "a.xlsx", LISTED)
    take_in(path, unit)
    change_cell(path, 0, "E2", "岗位职责")
    report = take_in(path, unit)
    assert (report.new, report.changed, report.same) == (0, 2, 1)
    assert take_in(path, unit).same == 3


def test_confirming_what_is_not_there_is_refused(unit, office, tmp_path):
    path = write_file(tmp_path / "a.xlsx", LISTED)
    before = stored()
    for confirmed in ({"表1!9": "duty"}, {"表1!3": "weather"}):
        with pytest.raises(Refused, match="No point stands at"):
            take_in(path, unit, confirmed=confirmed)
    (problem,) = take_in(office, unit, confirmed={"表1!3": "moral"}).errors
    assert (problem.row, "names another category" in problem.text) == (3, True)
    assert stored() == before


def test_what_a_heading_means_is_remembered_for_the_unit(unit, tmp_path):
    path = write_file(tmp_path / "a.xlsx", ([["科室", "隐患", "后果", "等级"], ["窗口", "甲", "乙", "高"]], []))
    with pytest.raises(Refused, match="No sheet holds a ledger"):
        take_in(path, unit)
    said = {"隐 患": "title", "后果": "remark"}
    assert take_in(path, unit, mapping=said, apply=False).new == 1
    assert not LearnedHeading.objects.exists()
    assert take_in(path, unit, mapping=said).new == 1
    assert PointVersion.objects.get().kept == {"后果": "乙"}
    report = take_in(path, unit)
    assert (report.same, report.new) == (1, 0)
    assert [(one.column, one.becomes, one.learned) for one in report.headings] == [
        ("A", "organization", False),
        ("B", "title", True),
        ("C", "remark", True),
        ("D", "grade", False),
    ]
    assert AuditEntry.objects.filter(act="heading.learn").count() == 2
    with pytest.raises(Refused, match="No sheet holds a ledger"):
        take_in(path, make_unit("SWJ", "某县税务局"))
    clerk, head = make_person("clerk", "office_clerk", unit), make_person("head", "principal_leader", unit)
    with pytest.raises(NotAllowed):
        forget_heading(by=head, unit=unit, heading="隐患")
    forget_heading(by=clerk, unit=unit, heading="隐患")
    with pytest.raises(Refused, match="Nothing is remembered"):
        forget_heading(by=clerk, unit=unit, heading="隐患")
    with pytest.raises(Refused, match="No sheet holds a ledger"):
        take_in(path, unit)
    assert AuditEntry.objects.filter(act="heading.forget").count() == 1


def test_what_is_said_of_headings_has_to_fit_the_file(unit, office):
    before = stored()
    for mapping, part in (
        ({"风险点": "colour"}, "no column"),
        ({"——": "title"}, "no heading"),
        ({"长" * 101: "title"}, "no heading"),
    ):
        with pytest.raises(Refused, match=part):
            take_in(office, unit, mapping=mapping)
    (problem,) = take_in(office, unit, mapping={"法律依据": "remark"}).errors
    assert "法律依据" in problem.text
    assert stored() == before
    assert not LearnedHeading.objects.exists()


def test_a_cell_that_would_be_lost_stops_the_import(unit, office, monkeypatch):
    def forgetful(*arguments, **options):
        ledger = reading.read_ledger(*arguments, **options)
        ledger.rows[1].values["responsible_leader"] = ledger.rows[1].values["manifestation"] = ""
        return ledger

    monkeypatch.setattr(imports, "read_ledger", forgetful)
    before = stored()
    report = take_in(office, unit)
    (problem,) = report.errors
    assert (problem.sheet, problem.row, problem.column, report.cells.lost) == ("表1", 4, "E", 1)
    assert stored() == before


def test_an_old_workbook_is_taken_in_with_its_merges(unit):
    report = take_in(Path(__file__).parent / "ledger.xls", unit)
    assert (report.rows, report.new, report.errors, report.cells.lost) == (2, 2, [], 0)
    first, second = PointVersion.objects.order_by("pk")
    assert (first.title, first.manifestation, first.grade) == ("材料审核", "1.不一次告知。\n2.收受礼品。", 1)
    assert {first.organization_name, second.organization_name} == {"窗口"}


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_ledger_says_the_same_as_an_old_workbook(unit, tmp_path):
    path = write_file(tmp_path / "spread.xlsx", SPREAD_POINTS, MERGED_OFFICE)
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xls", "--outdir", tmp_path, path],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    assert take_in(path, unit).new == 6
    report = take_in(tmp_path / "spread.xls", unit)
    assert (report.same, report.new, report.changed, report.errors, report.cells.lost) == (6, 0, 0, [], 0)


# ---- the command


def test_the_command_prints_one_object(unit, office):
    code, printed = run(office, "--unit", "DAG", "--year", 2026, "--json")
    report = json.loads(printed)
    assert code == 0
    assert {name: report[name] for name in ("sheets", "rows", "new", "changed", "same", "errors", "applied")} == {
        "sheets": 1,
        "rows": 3,
        "new": 3,
        "changed": 0,
        "same": 0,
        "errors": [],
        "applied": False,
    }
    assert not PointVersion.objects.exists()
    code, printed = run(office, "--unit", "DAG", "--year", 2026, "--json", "--apply")
    assert (code, json.loads(printed)["applied"], PointVersion.objects.count()) == (0, True, 3)


def test_the_command_confirms_learns_and_forgets(unit, tmp_path):
    path = write_file(tmp_path / "a.xlsx", LISTED)
    arguments = (path, "--unit", "DAG", "--year", 2026)
    code, printed = run(*arguments)
    assert code == 0
    assert "表1!3" in printed and "--accept-proposals" in printed and "0 lost" in printed
    code, printed = run(*arguments, "--apply", "--accept-proposals", "--heading", "涉及对象=responsible")
    assert (code, "Categories confirmed: 2." in printed, LearnedHeading.objects.count()) == (0, True, 1)
    assert set(PointVersion.objects.values_list("responsible", flat=True)) == {"驾驶员", "办公室"}
    assert sorted(PointVersion.objects.values_list("category", flat=True)) == ["", "environment", "moral"]
    code, printed = run(*arguments, "--forget-heading", "涉及对象")
    assert (code, "3 changed" in printed, LearnedHeading.objects.count()) == (0, True, 1)
    code, printed = run(*arguments, "--forget-heading", "涉及对象", "--apply")
    assert (code, LearnedHeading.objects.count()) == (0, 0)
    assert PointVersion.objects.filter(state="filed", responsible="").count() == 3
    with pytest.raises(CommandError, match="HEADING=COLUMN"):
        call_command("import_ledger", *map(str, (*arguments, "--heading", "涉及对象")))


def test_the_command_says_what_is_wrong_where(unit, office):
    change_cell(office, 0, "B3", "无此科")
    code, printed = run(office, "--unit", "DAG", "--year", 2026, "--json")
    first = json.loads(printed)["errors"][0]
    assert (code, first["sheet"], first["row"], first["column"]) == (1, "表1", 3, "B")
    code, printed = run(office, "--unit", "DAG", "--year", 2026, "--apply")
    assert code == 1
    assert "表1 B3" in printed and "--create-missing" in printed
    assert not PointVersion.objects.exists()


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"--unit": "XX"}, "no unit with the code XX"),
        ({"--year": "26"}, "26"),
        ({"--as": "absent"}, "no active account absent"),
        ({"--as": "reader"}, "may not take in ledgers"),
        ({"file": "absent.xlsx"}, "no file"),
        ({"file": "text.xlsx"}, "not a workbook"),
    ],
)
def test_the_command_refuses_with_a_sentence(unit, office, tmp_path, change, part):
    make_person("reader", "inspector", unit)
    (tmp_path / "text.xlsx").write_text("x", encoding="utf-8")
    options = {"file": office.name, "--unit": "DAG", "--year": "2026"} | change
    arguments = [tmp_path / options.pop("file"), *(part for option in options.items() for part in option)]
    with pytest.raises(CommandError, match=part):
        call_command("import_ledger", *map(str, arguments))
    code, printed = run(*arguments, "--json")
    (problem,) = json.loads(printed)["errors"]
    assert (code, problem["sheet"], problem["row"], problem["column"]) == (1, None, None, None)
    assert part in problem["text"]


# ---- ledgers as public bodies publish them


@pytest.mark.skipif(not REAL_LEDGERS.is_dir(), reason="the folder of published ledgers is not here")
@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("01_water_transfer_handbook", 271),
        ("02_bozhou_zhujian", 5),
        ("04_tax_registration", 6),
        ("05_baoan_market", 13),
        ("08_hengshan_town", 6),
        ("14_district_committee_office", 11),
    ],
)
def test_published_ledgers_are_taken_in_once(unit, name, points, record_property):
    path = REAL_LEDGERS / f"{name}.xlsx"
    report = take_in(path, unit)
    assert (report.rows, report.new, report.errors) == (points, points, [])
    cells = report.cells
    assert cells.read == len(cell_texts(path)) > 0
    assert cells.placed + cells.remarks + cells.headings + cells.numbers == cells.read
    assert (cells.lost, cells.elsewhere) == (0, 0)
    record_property(
        "figure",
        f"{name}: {points} points; cells {cells.read} = {cells.placed} in fields + {cells.remarks} in remarks + "
        f"{cells.headings} headings and titles + {cells.numbers} row numbers; {len(report.proposals)} categories proposed",
    )
    report = take_in(path, unit, create_missing=False)
    assert (report.same, report.new, report.changed, report.errors) == (points, 0, 0, [])
