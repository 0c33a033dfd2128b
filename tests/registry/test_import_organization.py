"""Taking in a workbook of an organization."""

import datetime as dt
import json
from io import StringIO

import opencc
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils.translation import override
from openpyxl import Workbook

from registry import access
from registry.actions.organization import assign, console_actor
from registry.actions.rosters import import_organization
from registry.documents.rosters import roster_template
from registry.models import Appointment, Assignment, AuditEntry, Confirmation, Organization, Person, Post
from registry.output.reader import read_workbook
from registry.roles import Permission, Role
from registry.rules import NotAllowed, Refused
from registry.rules.rosters import Part, date_of, read_roster
from tests import factories

pytestmark = pytest.mark.django_db

TABLES = (Appointment, Assignment, AuditEntry, Organization, Person, Post)
# As an office writes it: its own words for headings, dates as text and as dates, parents after their parts.
BOOK = {
    "机构": [
        ["某县机构表"],
        ["机构代码", "机构名称", "类别", "上级代码", "设立日期"],
        ["DAG-01", "保管利用科", "科室", "DAG", "2020年1月1日"],
        ["DAG", "某县档案馆", "单位", "MX", dt.date(2020, 1, 1)],
        ["MX", "某县", "地区", "", ""],
    ],
    "岗位": [
        ["机构代码", "岗位名称", "岗位职责"],
        ["DAG-01", "库房管理岗", "保管库房钥匙。\n每季交接。"],
        ["DAG", "馆长岗", ""],
    ],
    "人员": [["工号", "姓名"], ["DAG001", "程守拙"], ["DAG002", "艾克热木·托合提"]],
    "任职": [
        ["工号", "机构代码", "岗位", "职级", "任职日期", "免职日期"],
        ["DAG001", "DAG", "馆长岗", "正科级", "2021.3.1", ""],
        ["DAG002", "DAG-01", "库房管理岗", "股级", dt.datetime(2022, 5, 1), ""],
    ],
    "角色": [
        ["工号", "机构代码", "角色", "起", "止", "依据"],
        ["DAG001", "DAG", "党政主要领导", "20210301", "", "某组〔2021〕3号"],
        ["DAG002", "DAG-01", "科室负责人", "2022-05-01", "2099-12-31", ""],
    ],
}


@pytest.fixture(autouse=True)
def in_english():
    with override("en"):
        yield


def write(path, book=BOOK, **changed):
    """Write a workbook; `changed` replaces sheets."""
    made = Workbook()
    made.remove(made.active)
    for name, rows in (book | changed).items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append([value or None for value in row])
    made.save(path)
    return path


def take_in(path, apply=True, by=None):
    return import_organization(
        sheets=read_workbook(path), by=by or console_actor(), apply=apply, file_digest="sha256:test"
    )


def stored() -> list[int]:
    return [model.objects.count() for model in TABLES]


def totals(report, name: str) -> list[int]:
    return [report.counts[part][name] for part in Part]


def run(*arguments) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("import_organization", *map(str, arguments), stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_everything_is_taken_in_and_works(tmp_path):
    report = take_in(write(tmp_path / "a.xlsx"))
    assert (report.errors, report.applied, totals(report, "new")) == ([], True, [3, 2, 2, 2, 2])
    section = Organization.objects.get(code="DAG-01")
    assert (section.parent.code, section.parent.parent.code, section.opened_on) == ("DAG", "MX", dt.date(2020, 1, 1))
    assert Post.objects.get(name="库房管理岗").duties == "保管库房钥匙。\n每季交接。"
    appointment = Appointment.objects.get(person__username="DAG001")
    assert (appointment.rank, appointment.starts_on) == ("ke", dt.date(2021, 3, 1))
    assert Appointment.objects.get(person__username="DAG002").starts_on == dt.date(2022, 5, 1)
    role = Assignment.objects.get(role=Role.PRINCIPAL_LEADER)
    assert (role.reason, role.starts_on, role.assigned_by) == ("某组〔2021〕3号", dt.date(2021, 3, 1), console_actor())
    assert access.holders(Permission.REVIEW_SECTION, section).get().username == "DAG002"
    assert not Person.objects.get(username="DAG001").has_usable_password()
    assert AuditEntry.objects.filter(act="organization.import").count() == 1


def test_the_same_file_again_changes_nothing(tmp_path):
    path = write(tmp_path / "a.xlsx")
    take_in(path)
    before = stored()
    report = take_in(path)
    assert (totals(report, "same"), totals(report, "new"), totals(report, "changed")) == (
        [3, 2, 2, 2, 2],
        [0] * 5,
        [0] * 5,
    )
    assert stored() == before


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path):
    path = write(tmp_path / "a.xlsx")
    console_actor()
    before = stored()
    report = take_in(path, apply=False)
    assert (report.applied, totals(report, "new"), report.errors) == (False, [3, 2, 2, 2, 2], [])
    assert stored() == before
    assert not Organization.objects.exists()


def test_what_changed_is_changed_by_the_verbs(tmp_path):
    take_in(write(tmp_path / "a.xlsx"))
    roles = [*BOOK["角色"][:2], ["DAG002", "DAG-01", "科室负责人", "2022-05-01", "2099-06-30", ""]]
    changed = {
        "机构": [["代码", "名称", "类别", "上级代码"], ["DAG-01", "保管科", "科室", "DAG"]],
        "人员": [["工号", "姓名"], ["DAG001", "程守拙"], ["DAG002", "艾克热木"]],
        "任职": [BOOK["任职"][0], ["DAG002", "DAG-01", "库房管理岗", "股级", "2022-05-01", "2026-03-31"]],
        "角色": roles,
    }
    report = take_in(write(tmp_path / "b.xlsx", **changed))
    assert (report.errors, totals(report, "changed")) == ([], [1, 0, 1, 1, 1])
    assert Organization.objects.get(code="DAG-01").name == "保管科"
    assert Appointment.objects.get(person__username="DAG002").ends_on == dt.date(2026, 3, 31)
    assert Assignment.objects.get(role=Role.SECTION_HEAD).ends_on == dt.date(2099, 6, 30)
    assert Organization.objects.get(code="DAG-01").history.count() == 2


def test_every_problem_is_named_at_once_with_its_cell(tmp_path):
    book = {
        "机构": [
            ["代码", "名称", "类别", "上级代码"],
            ["MX", "某县", "地区", ""],
            ["DAG", "某县档案馆", "乡镇", "MX"],
            ["DAG-01", "保管科", "科室", "DAG"],
            ["MX", "另一县", "地区", ""],
            ["KE", "孤立科", "科室", ""],
            ["SHANG", "局", "单位", "无此"],
        ],
        "岗位": [["机构代码", "岗位"], ["DAG-01", "库房岗"], ["XX", "某岗"], ["MX", "县岗"]],
        "人员": [["工号", "姓名"], ["A 1", "甲"], ["A2", ""], ["A3", "丙_x0007_"]],
        "任职": [
            ["工号", "机构代码", "岗位", "职级", "起", "止"],
            ["A3", "DAG-01", "库房岗", "部级", "昨天", ""],
            ["A9", "DAG-01", "库房岗", "科级", "2026-03-01", "2026-02-01"],
        ],
        "角色": [["工号", "机构代码", "角色", "起"], ["A2", "MX", "科室负责人", "2026-02-30"]],
    }
    report = take_in(write(tmp_path / "a.xlsx", book))
    cells = {(problem.sheet, f"{problem.column or ''}{problem.row or ''}") for problem in report.errors}
    assert cells == {
        ("机构", "C3"), ("机构", "A5"), ("机构", "D6"), ("机构", "D7"), ("岗位", "A3"), ("岗位", "4"), ("人员", "2"),
        ("人员", "B3"), ("人员", "B4"), ("任职", "D2"), ("任职", "E2"), ("任职", "F3"), ("角色", "D2"),
    }  # fmt: skip
    assert not report.applied and not Organization.objects.exists()


def test_a_move_a_kind_and_a_rank_are_not_changed_by_a_file(tmp_path):
    take_in(write(tmp_path / "a.xlsx"))
    book = {
        "机构": [
            ["代码", "名称", "类别", "上级代码", "设立日期"],
            ["DAG-01", "保管利用科", "单位", "MX", "2021-01-01"],
        ],
        "任职": [BOOK["任职"][0], ["DAG001", "DAG", "馆长岗", "处级", "2021-03-01", ""]],
    }
    report = take_in(write(tmp_path / "b.xlsx", book))
    assert [problem.column for problem in report.errors] == ["C", "D", "E", "D"]
    assert "move it on its page" in report.errors[1].text


def test_a_circle_a_double_sheet_and_missing_columns(tmp_path):
    book = {
        "机构": [["代码", "名称", "类别", "上级代码"], ["A", "甲", "地区", "B"], ["B", "乙", "地区", "A"]],
        "organizations": [["code"]],
        "岗位": [["岗位", "职责"], ["某岗", ""]],
        "人员": [["只有说明"]],
        "说明": [["随便写"]],
    }
    report = take_in(write(tmp_path / "a.xlsx", book))
    assert report.skipped == ["说明"]
    assert [problem.sheet for problem in report.errors] == ["organizations", "岗位", "人员", "机构", "机构"]
    with pytest.raises(Refused, match="No sheet"):
        take_in(write(tmp_path / "b.xlsx", {"说明": [["随便写"]]}))


def test_administrators_take_in_workbooks_and_nobody_else_does(body, tmp_path, client_of):
    people = {"人员": [["工号", "姓名"], ["N1", "新人"]]}
    path = write(tmp_path / "a.xlsx", people)
    assert take_in(path, by=body["system_administrator"]).applied
    for name in ("holder", "principal", "audit_administrator"):
        with pytest.raises(NotAllowed):
            take_in(path, by=body[name])
    roles = {"角色": [["工号", "机构代码", "角色", "起"], ["N1", "CZJ", "领导班子成员", "2026-01-01"]]}
    path = write(tmp_path / "b.xlsx", roles)
    report = take_in(path, by=body["system_administrator"])
    assert (report.errors, report.applied, report.waiting) == ([], True, 1)
    new = Person.objects.get(username="N1")
    assert not new.assignments.exists(), "a role in it waits"
    entry = Confirmation.objects.get(act="organization.import")
    page = client_of("security_administrator").get(reverse("registry:confirmation", args=[entry.pk]))
    assert "N1" in page.content.decode(), "of two people with one name, which one"
    factories.confirm_all(body["security_administrator"])
    assert new.assignments.get().assigned_by == body["security_administrator"]
    more = {"人员": [["工号", "姓名"], ["N2", "又一新人"]]} | roles
    report = take_in(write(tmp_path / "c.xlsx", more), by=body["security_administrator"])
    assert (len(report.errors), report.applied) == (1, False), "who gives roles makes no accounts"


def test_a_workbook_in_traditional_characters_is_understood(tmp_path):
    convert = opencc.OpenCC("s2t").convert
    book = {
        convert(name): [[convert(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
        for name, rows in BOOK.items()
    }
    assert list(book) == ["機構", "崗位", "人員", "任職", "角色"]
    roster, simplified = (
        read_roster(read_workbook(write(tmp_path / f"{number}.xlsx", each))) for number, each in enumerate((book, BOOK))
    )
    assert (roster.found, roster.problems) == (set(Part), [])
    for part, rows in roster.rows.items():
        assert rows and not any(row.problems for row in rows)
        for name in ("kind", "rank", "role"):
            assert [row.values.get(name) for row in rows] == [row.values.get(name) for row in simplified.rows[part]]


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_the_template_can_be_read_and_is_empty(tmp_path, language, settings):
    path = tmp_path / "template.xlsx"
    settings.LANGUAGE_CODE = language
    path.write_bytes(roster_template())
    with override(language):
        sheets = read_workbook(path)
        roster = read_roster(sheets)
    assert (roster.found, roster.problems) == (set(Part), [])
    assert not any(roster.rows.values())
    assert len(roster.skipped) == 1, "the explanations"


def test_days_are_read_in_the_usual_ways():
    day = dt.date(2026, 3, 1)
    for text in ("2026-03-01", "2026/3/1", "2026.3.1", "2026年3月1日", "20260301", " 2026 年 3 月 1 日 "):
        assert date_of(text) == day, text
    for text in ("2026-02-30", "3月1日", "46082", "今天", "2026-3"):
        assert date_of(text) is None, text


# ---- the command


def test_the_command_prints_one_object_and_words(tmp_path):
    path = write(tmp_path / "a.xlsx")
    code, printed = run(path, "--json")
    report = json.loads(printed)
    assert (code, report["applied"], report["counts"]["people"]) == (
        0,
        False,
        {"rows": 2, "new": 2, "changed": 0, "same": 0},
    )
    code, printed = run(path, "--apply")
    assert (code, "2 rows; 2 new" in printed, Organization.objects.count()) == (0, True, 3)
    bad = write(tmp_path / "b.xlsx", **{"人员": [["工号", "姓名"], ["N1", ""]]})
    code, printed = run(bad, "--apply")
    assert (code, "人员 B2" in printed, "Nothing was written" in printed) == (1, True, True)


def test_the_command_writes_the_template_and_refuses_with_a_sentence(tmp_path):
    assert run("--template", tmp_path / "t.xlsx")[0] == 0
    assert (tmp_path / "t.xlsx").stat().st_size > 1_000
    for arguments, part in (
        ([], "--template"),
        ([tmp_path / "absent.xlsx"], "no file"),
        ([tmp_path / "t.xlsx", "--as", "absent"], "no active account"),
        (["--template", tmp_path / "no" / "t.xlsx"], "cannot be written"),
    ):
        with pytest.raises(CommandError, match=part):
            call_command("import_organization", *map(str, arguments))
    code, printed = run(tmp_path / "absent.xlsx", "--json")
    assert (code, "no file" in json.loads(printed)["errors"][0]["text"]) == (1, True)


def test_a_county_of_its_own_is_kept_by_its_own_administrator(body, tmp_path):
    """A file may hold the whole below one's own region, and nothing beside it."""
    local = factories.make_person("local", "乡管员")
    unit = body.organization("DQ")
    assign(
        by=console_actor(), person=local, organization=unit, role=Role.SYSTEM_ADMINISTRATOR, starts_on=factories.SINCE,
        reason="测试",
    )  # fmt: skip
    head = ["代码", "名称", "类别", "上级代码"]
    rows = [head, ["LX", "陆溪县", "地区", "DQ"], ["LXJ", "陆溪县财政局", "单位", "LX"], ["Q", "他县", "地区", ""]]
    report = take_in(write(tmp_path / "a.xlsx", {"机构": rows}), by=local)
    assert [(problem.row, "command line" in problem.text) for problem in report.errors] == [(4, True)]
