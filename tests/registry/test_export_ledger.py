"""The ledger as a workbook: what it shows, who gets what, and that it can be taken in again."""

import datetime as dt
import re
import shutil
import subprocess
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django.utils.translation import override
from openpyxl import load_workbook

from registry.actions.organization import console_actor, create_organization
from registry.documents.ledger import file_name, ledger_columns, ledger_rows, ledger_workbook
from registry.models import MeasureVersion, Organization, PointVersion
from registry.querysets.ledger import LedgerFilter
from registry.rules.workbooks import Beside, beside_cells

from .ledgers import (
    MERGED_OFFICE,
    REAL_LEDGERS,
    SPREAD_POINTS,
    cell_texts,
    change_cell,
    find_cell,
    make_person,
    make_unit,
    take_in,
    write_file,
)

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 4, 20)


@pytest.fixture(params=["zh-hans", "zh-hant", "en"])
def language(request):
    with override(request.param):
        yield request.param


@pytest.fixture
def unit():
    return make_unit()


@pytest.fixture
def filled(unit, tmp_path):
    """A unit with the points of two files."""
    take_in(write_file(tmp_path / "sources.xlsx", MERGED_OFFICE, SPREAD_POINTS), unit)
    return unit


def rows_of(unit, year=2026):
    return PointVersion.objects.in_ledger().matching(LedgerFilter(year=year, interval=unit.interval))


def export(unit, path, year=2026, beside=()):
    body = ledger_workbook(rows_of(unit, year), scope=unit.name, filter_sentence="", made_on=DAY, beside=beside)
    path.write_bytes(body)
    return path


def assert_changes_nothing(path, unit, points):
    report = take_in(path, unit, create_missing=False)
    assert report.errors == []
    assert (report.rows, report.same, report.new, report.changed, report.carried) == (points, points, 0, 0, 0)


# What stands before each of several points in a cell: its number, or its grade as stars.
MARKS = re.compile(r"(?:^|(?<=[\n;；。]))\s*(?:\d{1,2}[.、]|(★[★☆]{2}))")


def lost(source, exported):
    """Return the cells of the source, but for the numbers in its first column, whose text the export does not hold.

    Of a cell that lists points each one is looked for, and the stars.
    """
    shown = "\0".join(text for _place, text in cell_texts(exported))
    return [
        (place, text)
        for place, text in cell_texts(source)
        if text.replace("\r\n", "\n") not in shown
        and not (text.isdigit() and place.partition("!")[2].startswith("A"))
        and not all((part or "").strip() in shown for part in MARKS.split(text))
    ]


def test_no_text_of_the_source_is_lost_and_the_export_changes_nothing(filled, tmp_path, language):
    path = export(filled, tmp_path / "export.xlsx")
    assert lost(tmp_path / "sources.xlsx", path) == []
    assert_changes_nothing(path, filled, 6)


@pytest.mark.usefixtures("unguarded")
def test_chosen_columns_tell_what_the_register_knows_and_change_nothing(filled, tmp_path, language):
    rows = rows_of(filled)
    PointVersion.objects.filter(pk=rows[0].pk).update(methods=["self", "leader"])
    export(filled, tmp_path / "plain.xlsx")
    path = export(filled, tmp_path / "export.xlsx", beside=Beside.values)
    told = dict(cell_texts(path)).values()
    assert {str(column.label) for column in Beside} <= {*told}
    cells = beside_cells(["self", "leader"], "filed", timezone.localdate(), None)
    assert {text for text in cells.values() if text} <= {*told}
    assert set(Counter(told) - Counter(dict(cell_texts(tmp_path / "plain.xlsx")).values())) <= {
        *map(str, Beside.labels), *cells.values()
    }  # fmt: skip
    assert_changes_nothing(path, filled, 6)
    # What became of a point since does not make another row of it.
    PointVersion.objects.filter(pk=rows[0].pk).update(state="published")
    assert_changes_nothing(path, filled, 6)


@pytest.mark.usefixtures("unguarded")
def test_what_a_person_writes_into_a_chosen_column_is_kept(filled, tmp_path):
    PointVersion.objects.filter(pk=rows_of(filled)[0].pk).update(methods=["self"])
    path = export(filled, tmp_path / "export.xlsx", beside=[Beside.METHODS, Beside.STATE])
    change_cell(path, *find_cell(path, "自己找"), "自己找，经科务会讨论")
    report = take_in(path, filled, create_missing=False)
    assert (report.errors, report.same, report.changed) == ([], 5, 1)
    assert (
        rows_of(filled).filter(state="filed").exclude(kept={}).latest("pk").kept["查找方式"] == "自己找，经科务会讨论"
    )


def test_an_export_in_one_script_changes_nothing_in_the_other(filled, tmp_path):
    with override("zh-hant"):
        path = export(filled, tmp_path / "export.xlsx")
    assert "風險等級" in dict(cell_texts(path)).values()
    assert_changes_nothing(path, filled, 6)


@pytest.mark.skipif(not REAL_LEDGERS.is_dir(), reason="the folder of published ledgers is not here")
@pytest.mark.parametrize("number", ["01", "02", "04", "05", "08", "14"])
def test_no_text_of_published_ledgers_is_lost(unit, tmp_path, number, language):
    (source,) = REAL_LEDGERS.glob(f"{number}_*.xlsx")
    points = take_in(source, unit).new
    path = export(unit, tmp_path / "export.xlsx")
    assert lost(source, path) == []
    assert_changes_nothing(path, unit, points)


def test_each_level_has_a_sheet_and_the_summary_counts_them(unit, tmp_path):
    rows = [
        ["科室", "岗位", "风险类别", "风险点", "等级"],
        ["领导班子", "", "思想道德", "甲", "高"],
        ["保管利用科", "", "业务流程", "乙", "高"],
        ["保管利用科", "库房管理岗", "业务流程", "丙", "低"],
        ["保管利用科", "库房管理岗", "业务流程", "丁", "低"],
        ["", "", "", "戊", ""],
    ]
    take_in(write_file(tmp_path / "a.xlsx", (rows, [])), unit)
    with override("en"):
        book = load_workbook(export(unit, tmp_path / "export.xlsx"))
        assert_changes_nothing(tmp_path / "export.xlsx", unit, 5)
    assert book.sheetnames == [
        "cover",
        "summary",
        "leadership team",
        "section level",
        "post level",
        "level to be settled",
    ]
    summary = [[cell.value for cell in row] for row in book["summary"].iter_rows(min_row=3)]
    assert summary[0][-2:] == ["to be settled", "together"]
    assert [row[-1] for row in summary[1:]] == [1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 2, 0, 2, 0, 0, 0, 1, 1, 5]
    posts = book["post level"]
    assert [cell.value for cell in posts[3]] == ledger_columns_in("en")
    assert (posts["A4"].value, posts["A5"].value, posts.freeze_panes, posts.page_setup.paperSize) == ("1", "2", "A4", 8)
    assert {"B4:B5", "C4:C5"} <= {str(merge) for merge in posts.merged_cells.ranges}
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def ledger_columns_in(language):
    with override(language):
        return ledger_columns()


def test_responsible_people_are_not_merged_across_sections(unit, tmp_path):
    rows = [
        ["科室", "风险点", "等级", "责任人"],
        *([section, "甲", "高", "科长"] for section in ("保管利用科", "保管利用科", "窗口")),
    ]
    take_in(write_file(tmp_path / "a.xlsx", (rows, [])), unit)
    sheet = load_workbook(export(unit, tmp_path / "export.xlsx")).worksheets[2]
    assert {str(merge) for merge in sheet.merged_cells.ranges} == {"A1:N1", "A2:N2", "B4:B5", "K4:K5"}


def test_hostile_text_stays_text(unit, tmp_path):
    texts = ["=cmd|' /C calc'!A0", "+1", "@x", "😀堃喆·", "长" * 10_000]
    rows = [["科室", "风险点", "表现形式", "等级"], *(["窗口", f"点{n}", text, "高"] for n, text in enumerate(texts))]
    take_in(write_file(tmp_path / "a.xlsx", (rows, [])), unit)
    sheet = load_workbook(export(unit, tmp_path / "export.xlsx")).worksheets[2]
    cells = [sheet.cell(row, 8) for row in range(4, 9)]
    assert [cell.value for cell in cells] == texts
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.quotePrefix for cell in cells] == [True, True, True, False, False]
    assert_changes_nothing(tmp_path / "export.xlsx", unit, 5)


@pytest.mark.usefixtures("unguarded")
def test_only_measures_that_stand_are_shown(filled):
    (measure, *_rest) = MeasureVersion.objects.order_by("pk")
    MeasureVersion.objects.filter(pk=measure.pk).update(state="proposed")
    line = ledger_rows(rows_of(filled))[0]
    assert "钥匙分管" in line.cells[9]
    MeasureVersion.objects.filter(pk=measure.pk).update(state="superseded", valid_to=timezone.localdate())
    assert ledger_rows(rows_of(filled))[0].cells[9] == "1.每季交接;\n2.交接有记录。"


def test_measures_longer_than_a_cell_go_on_below(filled, tmp_path):
    version = rows_of(filled).first()
    measure = version.measures.first()
    MeasureVersion.objects.bulk_create(
        MeasureVersion(
            declaration=version.declaration, measure=measure.measure, point_version=version, state="filed", ordinal=n, text="长" * 1999,
            valid_from=DAY, changed_by=measure.changed_by, changed_at=measure.changed_at,
        )
        for n in range(4, 30)
    )  # fmt: skip
    assert_changes_nothing(export(filled, tmp_path / "export.xlsx"), filled, 6)


def test_edits_in_the_export_are_found_by_the_code(filled, tmp_path):
    path = export(filled, tmp_path / "export.xlsx")
    number, place = find_cell(path, "堃喆·数字化外包")
    change_cell(path, number, place, "数字化外包")
    report = take_in(path, filled)
    assert (report.changed, report.same, report.new) == (1, 5, 0)
    assert PointVersion.objects.get(point__code="DAG-000003", state="filed").title == "数字化外包"
    version = PointVersion.objects.get(point__code="DAG-000006")
    path = export(filled, tmp_path / "again.xlsx")
    number, place = find_cell(path, "DAG-000006")
    change_cell(path, number, f"K{place[1:]}", "窗口负责人")
    assert take_in(path, filled).changed == 1
    newer = PointVersion.objects.get(point__code="DAG-000006", state="filed")
    assert (newer.responsible, newer.kept) == ("窗口负责人", version.kept)


def test_several_units_are_told_apart(filled, tmp_path):
    other = make_unit("SWJ", "某县税务局")
    take_in(write_file(tmp_path / "a.xlsx", MERGED_OFFICE), other)
    names = {line.cells[1] for line in ledger_rows(PointVersion.objects.in_ledger().matching(LedgerFilter(year=2026)))}
    assert {"某县税务局 保管利用科", "某县档案馆 保管利用科"} <= names


def test_queries_do_not_grow_with_the_rows(filled, django_assert_num_queries):
    with django_assert_num_queries(4):  # versions, measures, the chain's head, sources
        ledger_workbook(rows_of(filled), scope="x", filter_sentence="", made_on=DAY)


def test_file_names_are_safe():
    with override("en"):
        assert file_name('某局/办:公"室', 2026, DAY) == "Integrity-risk ledger 某局_办_公_室 2026 (2026-04-20).xlsx"
        assert len(file_name("长" * 300, None, DAY).encode()) < 250


# ---- the command


def run(unit, out, **options):
    printed = StringIO()
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    call_command("export_ledger", "--unit", unit, "--year", "2026", "--out", str(out), *arguments, stdout=printed)
    return printed.getvalue()


def test_the_command_writes_what_the_person_may_see(filled, tmp_path):
    section = Organization.objects.get(code="DAG-02")
    make_person("head", "section_head", section)
    run("DAG", tmp_path / "all.xlsx")
    run("DAG", tmp_path / "head.xlsx", **{"as": "head"})
    everything, own = ({text for _place, text in cell_texts(tmp_path / name)} for name in ("all.xlsx", "head.xlsx"))
    assert {"堃喆·数字化外包", "DAG-000004"} <= everything
    assert "DAG-000004" in own
    assert not any(hidden in text for text in own for hidden in ("堃喆·数字化外包", "DAG-000001", "分管副馆长"))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_command_refuses_with_a_sentence(filled, tmp_path):
    elsewhere = create_organization(by=console_actor(), kind="region", code="QT", name="别县", parent=None)
    make_person("inspector", "inspector", elsewhere)
    former = make_person("former", "inspector", filled)
    type(former).objects.filter(pk=former.pk).update(is_active=False)
    for unit, out, options in (
        ("XX", "a.xlsx", {}),
        ("DAG-01", "a.xlsx", {}),
        ("DAG", "a.xlsx", {"as": "inspector"}),
        ("DAG", "a.xlsx", {"as": "former"}),
        ("DAG", "a.xlsx", {"as": "absent"}),
        ("DAG", "missing/a.xlsx", {}),
        ("DAG", "", {}),
    ):
        with pytest.raises(CommandError):
            run(unit, tmp_path / out, **options)
    assert {path.name for path in tmp_path.iterdir()} == {"sources.xlsx"}


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_what_libreoffice_opens_and_saves_changes_nothing(filled, tmp_path):
    path = export(filled, tmp_path / "export.xlsx")
    (tmp_path / "saved").mkdir()
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx", "--outdir",
         tmp_path / "saved", path],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    assert lost(path, tmp_path / "saved" / "export.xlsx") == []
    assert_changes_nothing(tmp_path / "saved" / "export.xlsx", filled, 6)
