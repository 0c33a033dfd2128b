"""The workbook reader under attack, and the writer with any text."""

import io
import os
import re
import shutil
import subprocess
import zipfile

import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from registry.output import sandbox
from registry.output.reader import Unreadable, read_workbook
from registry.output.writer import MOST_CHARACTERS, Table, write_workbook
from registry.rules.text import is_forbidden

TOO_LARGE = "The workbook takes too much memory to read. Copy the table alone into a new workbook and try again."
TOO_MANY_ROWS = "A sheet reaches beyond row 20000 or column 200. Delete what stands there or split the workbook."
EMPTY = "The workbook is empty. Choose the file that holds the ledger."


@pytest.fixture(autouse=True)
def in_english():
    with override("en"):
        yield


HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "a_x0041_b",
    "_x000D_",
    " spaces ",
    "line\nline",
    "😀堃喆·",
    "<&>\"']]>",
    "长" * 10_000,
]


def write(path, texts):
    path.write_bytes(write_workbook([Table("表", ["题"], ["文"], [(text,) for text in texts], [30])]))
    return path


def read_back(path):
    rows = read_workbook(path)[0].rows[2:]
    return [row[0] if row else "" for row in rows]


def test_hostile_text_comes_back_exactly_and_as_text(tmp_path):
    path = write(tmp_path / "a.xlsx", HOSTILE)
    assert read_back(path) == HOSTILE
    cells = [row[0] for row in load_workbook(path).worksheets[0].iter_rows(min_row=3)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.quotePrefix for cell in cells[:6]] == [True] * 5 + [False]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters().filter(lambda char: not is_forbidden(char)), min_size=1), min_size=1))
def test_any_allowed_text_comes_back(tmp_path, texts):
    assert read_back(write(tmp_path / "any.xlsx", texts)) == texts


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_any_text_at_all_gives_a_file_that_opens(tmp_path, text):
    path = write(tmp_path / "any.xlsx", [text, "end"])
    load_workbook(path)
    assert read_back(path)[-1] == "end"


def test_text_longer_than_a_cell_is_refused():
    with pytest.raises(ValueError, match="32767"):
        write_workbook([Table("表", [], [], [("x" * (MOST_CHARACTERS + 1),)], [9])])
    with pytest.raises(ValueError, match="32767"):
        write_workbook([Table("表", [], [], [("😀" * (MOST_CHARACTERS // 2 + 1),)], [9])])


def test_print_set_up_and_merges(tmp_path):
    rows = [("1", "甲科", "岗", "x"), ("2", "甲科", "岗", "y"), ("3", "乙科", "岗", "z"), ("4", "乙科", "", "z")]
    table = Table("一'表", ["题"], ["a", "b", "c", "d"], rows, [9] * 4, merge_down={1: (), 2: (1,)})
    wide = Table("宽", [], ["h"] * 9, [("x",) * 9], [9] * 9)
    path = tmp_path / "a.xlsx"
    path.write_bytes(write_workbook([table, wide]))
    first, second = load_workbook(path).worksheets
    assert {str(merge) for merge in first.merged_cells.ranges} == {"A1:D1", "B3:B4", "B5:B6", "C3:C4"}
    assert (first.page_setup.orientation, first.page_setup.paperSize, second.page_setup.paperSize) == (
        "landscape",
        9,
        8,
    )
    assert (first.freeze_panes, first.print_title_rows, first.print_area) == ("A3", "$2:$2", "'一''表'!$A$1:$D$6")
    assert (first.page_setup.fitToHeight, first.sheet_properties.pageSetUpPr.fitToPage) == (0, True)
    assert "&P" in first.oddFooter.center.text and "&N" in first.oddFooter.center.text
    assert read_workbook(path)[0].merged == [(0, 0, 0, 3), (2, 1, 3, 1), (4, 1, 5, 1), (2, 2, 3, 2)]


def test_numbers_and_dates_become_text(tmp_path):
    book = Workbook()
    book.active.append([1, 2.0, 2.5, True, None, "x"])
    book.active["B3"] = "late"
    book.save(tmp_path / "a.xlsx")
    (sheet,) = read_workbook(tmp_path / "a.xlsx")
    assert sheet.rows == [["1", "2", "2.5", "TRUE", "", "x"], [], ["", "late"]]


def refusal(path):
    with pytest.raises(Unreadable) as caught:
        read_workbook(path)
    return str(caught.value)


def with_sheet_xml(path, xml):
    """Write a workbook whose sheet holds `xml` where its rows belong."""
    small = io.BytesIO()
    Workbook().save(small)
    with zipfile.ZipFile(small) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            content = source.read(member).decode()
            target.writestr(member.filename, re.sub(r"<sheetData\s*/>|<sheetData></sheetData>", xml, content))
    return path


def test_what_is_no_workbook_is_refused_with_a_sentence(tmp_path):
    absent = tmp_path / "absent.xlsx"
    text = tmp_path / "text.xlsx"
    text.write_text("not a workbook", encoding="utf-8")
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04" + os.urandom(100))
    other = tmp_path / "other.xlsx"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "x")
    damaged = tmp_path / "damaged.xls"
    damaged.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    sentences = {refusal(path) for path in (text, broken, other, damaged)}
    assert sentences == {"This is not a workbook. Save the ledger as .xlsx or .xls and try again."}
    assert "There is no file" in refusal(absent)
    assert "There is no file" in refusal(tmp_path)


def test_encrypted_workbook_is_refused(tmp_path):
    path = tmp_path / "locked.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    )
    assert "locked with a password" in refusal(path)


def test_empty_workbook_is_refused(tmp_path):
    Workbook().save(tmp_path / "empty.xlsx")
    assert refusal(tmp_path / "empty.xlsx") == EMPTY


def cell(reference):
    return f'<c r="{reference}" t="inlineStr"><is><t>x</t></is></c>'


def test_a_merge_over_the_whole_sheet_is_cut_to_what_is_used(tmp_path):
    path = with_sheet_xml(
        tmp_path / "merge.xlsx",
        f'<sheetData><row r="1">{cell("A1")}</row><row r="2">{cell("B2")}</row></sheetData>'
        '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>',
    )
    assert read_workbook(path)[0].merged == [(0, 0, 1, 1)]


def test_overlapping_merges_are_refused(tmp_path):
    merges = '<mergeCell ref="A1:B2"/>' * 5000
    path = with_sheet_xml(
        tmp_path / "merges.xlsx",
        f'<sheetData><row r="2">{cell("B2")}</row></sheetData><mergeCells count="5000">{merges}</mergeCells>',
    )
    assert refusal(path) == TOO_LARGE


@pytest.mark.parametrize(("row", "place"), [(1048576, "XFD1048576"), (1048576, "A1048576"), (2, "GT2")])
def test_a_cell_far_away_is_refused(tmp_path, row, place):
    path = with_sheet_xml(
        tmp_path / "far.xlsx",
        f'<sheetData><row r="1">{cell("A1")}</row><row r="{row}">{cell(place)}</row></sheetData>',
    )
    assert refusal(path) in (TOO_LARGE, TOO_MANY_ROWS)


def test_what_unpacks_too_large_is_refused_unread(tmp_path):
    path = with_sheet_xml(
        tmp_path / "bomb.xlsx", f'<sheetData><row r="1">{cell("A1")}</row>{" " * 60_000_000}</sheetData>'
    )
    assert path.stat().st_size < 100_000
    assert refusal(path) == TOO_LARGE


def test_a_reader_that_takes_too_long_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "MOST_SECONDS", 0.001)
    assert "took more than" in refusal(write(tmp_path / "a.xlsx", ["x"]))


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_old_xls_is_read_with_its_merges(tmp_path):
    book = Workbook()
    book.active.append(["甲", "乙"])
    book.active.append([None, "丙"])
    book.active.merge_cells("A1:A2")
    book.save(tmp_path / "a.xlsx")
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xls", "--outdir", tmp_path,
         tmp_path / "a.xlsx"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    (sheet,) = read_workbook(tmp_path / "a.xls")
    assert (sheet.rows, sheet.merged) == ([["甲", "乙"], ["", "丙"]], [(0, 0, 1, 0)])
