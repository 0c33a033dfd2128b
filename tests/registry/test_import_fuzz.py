"""Hostile and odd workbooks, a family each: a sentence or a ledger, never a crash, never half of it, in bounds of time and memory."""

import datetime as dt
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from django.utils.translation import override
from openpyxl import Workbook, load_workbook

from registry.documents.ledger import ledger_workbook
from registry.models import AuditEntry, ImportBatch, MeasureVersion, Organization, PointVersion, Post
from registry.output import sandbox
from registry.output.reader import Unreadable
from registry.querysets.ledger import LedgerFilter
from registry.rules import Refused

from .ledgers import make_unit, take_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MOST_SECONDS = 20
MOST_RESIDENT = 256 * 1024  # in KiB, as the system counts it
TABLES = (AuditEntry, ImportBatch, MeasureVersion, Organization, PointVersion, Post)
XLS = Path(__file__).parent / "ledger.xls"

HEADINGS = ["序号", "科室", "风险类别", "风险点", "表现形式", "等级", "措施"]
ROW = ["1", "窗口", "业务流程", "用章", "私用公章。", "高", "登记"]

# What may become of a family.
UNREADABLE, NO_LEDGER, ERRORS, TAKEN_IN = "unreadable", "no ledger", "errors", "taken in"
FAMILIES: list = []


def family(*allowed: str, marks: tuple = ()) -> Callable:
    """Enter a function that writes a workbook to a path; `allowed` is what may become of it."""

    def enter(make: Callable[[Path], None]) -> Callable:
        FAMILIES.append(pytest.param(make, frozenset(allowed), id=make.__name__, marks=marks))
        return make

    return enter


def book(path: Path, rows: list, name: str = "表", merged: tuple = (), change: Callable | None = None) -> None:
    """Write rows as they are given; `change` gets the workbook before it is saved."""
    made = Workbook()
    sheet = made.active
    sheet.title = name
    for row in rows:
        sheet.append(row)
    for reference in merged:
        sheet.merge_cells(reference)
    if change is not None:
        change(made)
    made.save(path)


def good(path: Path, *rows: list, **options) -> None:
    book(path, [HEADINGS, *(rows or [ROW])], **options)


def rewrite(path: Path, change: Callable[[str, bytes], bytes | None], add: dict[str, bytes] | None = None) -> None:
    """Write the workbook again member by member; `change` gives the new content, None leaves the member out."""
    members = []
    with zipfile.ZipFile(path) as source:
        members = [(one.filename, change(one.filename, source.read(one))) for one in source.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members:
            if content is not None:
                target.writestr(name, content)
        for name, content in (add or {}).items():
            target.writestr(name, content)


def with_sheet(path: Path, xml: str, before: str = "") -> None:
    """Write a workbook whose first sheet holds `xml` in the place of its rows, `before` in front of the root."""
    good(path)

    def change(name: str, content: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return content
        text = re.sub(r"<sheetData.*</sheetData>", lambda _match: xml, content.decode(), flags=re.S)
        text = re.sub(r"<dimension[^>]*/>", "", text)
        return text.replace("<worksheet", before + "<worksheet", 1).encode()

    rewrite(path, change)


def cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def line(number: int, texts: list[str]) -> str:
    cells = "".join(cell(f"{'ABCDEFGHIJ'[column]}{number}", text) for column, text in enumerate(texts))
    return f'<row r="{number}">{cells}</row>'


TABLE = line(1, HEADINGS) + line(2, ROW)


# ---- what is no workbook


@family(UNREADABLE)
def empty_file(path):
    path.write_bytes(b"")


@family(UNREADABLE)
def text_by_the_name_of_a_workbook(path):
    path.write_text("\t".join(HEADINGS), encoding="utf-8")


@family(UNREADABLE)
def page_by_the_name_of_a_workbook(path):
    path.write_text("<html><table><tr><td>风险点</td></tr></table></html>", encoding="utf-8")


@family(UNREADABLE)
def xml_spreadsheet_of_2003(path):
    path.write_text('<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', encoding="utf-8")


@family(UNREADABLE)
def pdf(path):
    path.write_bytes(b"%PDF-1.7\n" + os.urandom(2000))


@family(UNREADABLE)
def picture(path):
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(2000))


@family(UNREADABLE)
def noise_that_begins_like_a_zip(path):
    path.write_bytes(b"PK\x03\x04" + os.urandom(5000))


@family(UNREADABLE)
def noise_that_begins_like_an_old_workbook(path):
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + os.urandom(5000))


@family(UNREADABLE)
def half_a_workbook(path):
    good(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@family(UNREADABLE)
def half_an_old_workbook(path):
    path.write_bytes(XLS.read_bytes()[: XLS.stat().st_size // 2])


@family(UNREADABLE, ERRORS, NO_LEDGER, TAKEN_IN)
def bits_turned_over(path):
    good(path)
    content = bytearray(path.read_bytes())
    for at in range(200, len(content) - 200, 97):
        content[at] ^= 0x10
    path.write_bytes(content)


@family(UNREADABLE)
def zip_with_nothing_in_it(path):
    with zipfile.ZipFile(path, "w"):
        pass


@family(UNREADABLE)
def document_of_a_word_processor(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")


@family(UNREADABLE)
def workbook_of_another_program(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<office:document-content/>")


@family(UNREADABLE)
def binary_workbook(path):
    good(path)
    rewrite(path, lambda _name, content: content, {"xl/workbook.bin": b"\x83\x01\x00"})


@family(UNREADABLE)
def locked_with_a_password(path):
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    )


@family(UNREADABLE)
def members_marked_as_encrypted(path):
    good(path)
    content = path.read_bytes()
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        pieces = content.split(magic)
        pieces[1:] = [piece[: at - 4] + bytes([piece[at - 4] | 1]) + piece[at - 3 :] for piece in pieces[1:]]
        content = magic.join(pieces)
    path.write_bytes(content)


@family(TAKEN_IN)
def old_workbook_by_the_name_of_a_new_one(path):
    path.write_bytes(XLS.read_bytes())


# ---- what is too large


@family(UNREADABLE)
def bomb_of_spaces(path):
    with_sheet(path, f"<sheetData>{TABLE}{' ' * 60_000_000}</sheetData>")


@family(UNREADABLE)
def bomb_of_texts_used_again(path):
    good(path)
    rewrite(path, lambda name, content: content, {"xl/extra.xml": b"x" * 60_000_000})


@family(UNREADABLE)
def one_text_repeated_in_every_cell(path):
    row = "".join(f'<c r="{letter}%d" t="s"><v>0</v></c>' for letter in "ABCDEFGHIJKLMNOPQRST")
    rows = "".join(f'<row r="{number}">{row.replace("%d", str(number))}</row>' for number in range(1, 15_000))
    with_sheet(path, f"<sheetData>{rows}</sheetData>")
    text = (
        f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{"长" * 32_000}</t></si></sst>'
    )
    rewrite(path, lambda name, content: text.encode() if name == "xl/sharedStrings.xml" else content)


@family(UNREADABLE)
def thousands_of_members(path):
    good(path)
    rewrite(path, lambda _name, content: content, {f"xl/media/{number}.png": b"" for number in range(3000)})


@family(UNREADABLE)
def member_that_says_it_is_small(path):
    with_sheet(path, f"<sheetData>{TABLE}{' ' * 5_000_000}</sheetData>")
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    path.write_bytes(content.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little")))


@family(UNREADABLE)
def rows_of_a_million(path):
    with_sheet(path, f'<sheetData>{TABLE}<row r="1048576">{cell("A1048576", "x")}</row></sheetData>')


@family(UNREADABLE)
def column_at_the_edge(path):
    with_sheet(path, f'<sheetData>{TABLE}<row r="3">{cell("XFD3", "x")}</row></sheetData>')


@family(UNREADABLE)
def corner_at_the_edge(path):
    with_sheet(path, f'<sheetData>{TABLE}<row r="1048576">{cell("XFD1048576", "x")}</row></sheetData>')


@family(UNREADABLE)
def place_beyond_every_sheet(path):
    with_sheet(path, f'<sheetData>{TABLE}<row r="99999999">{cell("ZZZZZZ99999999", "x")}</row></sheetData>')


@family(UNREADABLE)
def more_rows_than_a_ledger(path):
    with_sheet(path, "<sheetData>" + "".join(line(number, ROW[:3]) for number in range(1, 20_050)) + "</sheetData>")


@family(UNREADABLE)
def hundreds_of_sheets(path):
    good(path, change=lambda made: [made.create_sheet(f"页{number}") for number in range(150)])


@family(UNREADABLE)
def merges_upon_merges(path):
    merges = '<mergeCell ref="A1:G2"/>' * 20_000
    with_sheet(path, f"<sheetData>{TABLE}</sheetData><mergeCells>{merges}</mergeCells>")


# ---- XML that attacks whoever reads it


@family(UNREADABLE, NO_LEDGER, TAKEN_IN, ERRORS)
def entities_that_laugh(path):
    entities = '<!ENTITY a "长长长长长长长长长长">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    rows = f'<sheetData>{TABLE}<row r="3">{cell("D3", "&i;")}</row></sheetData>'
    with_sheet(path, rows, before=f"<!DOCTYPE worksheet [{entities}]>")


@family(UNREADABLE, NO_LEDGER, TAKEN_IN, ERRORS)
def entity_that_fetches_a_file(path):
    rows = f'<sheetData>{TABLE}<row r="3">{cell("D3", "&x;")}</row></sheetData>'
    with_sheet(path, rows, before='<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>')


@family(UNREADABLE, NO_LEDGER)
def elements_that_never_end(path):
    with_sheet(path, "<sheetData>" + "<row>" * 100_000)


@family(UNREADABLE, TAKEN_IN, NO_LEDGER)
def elements_within_elements(path):
    with_sheet(path, f"<sheetData>{TABLE}</sheetData>" + "<extLst>" * 50_000 + "</extLst>" * 50_000)


@family(UNREADABLE, TAKEN_IN)
def names_that_climb_out_of_the_folder(path):
    good(path)
    rewrite(path, lambda _name, content: content, {"../../../evil.txt": b"x", "/etc/evil": b"x"})


@family(UNREADABLE)
def sheet_in_another_encoding(path):
    good(path)
    rewrite(path, lambda name, content: content.decode().encode("utf-16") if name.endswith("sheet1.xml") else content)


@family(UNREADABLE)
def sheet_that_is_missing(path):
    good(path)
    rewrite(path, lambda name, content: None if name.endswith("sheet1.xml") else content)


@family(UNREADABLE, NO_LEDGER, TAKEN_IN)
def texts_that_are_missing(path):
    good(path)
    rewrite(path, lambda name, content: None if name.endswith("sharedStrings.xml") else content)


@family(UNREADABLE, NO_LEDGER)
def text_beyond_the_table_of_texts(path):
    with_sheet(path, '<sheetData><row r="1"><c r="A1" t="s"><v>999999</v></c></row></sheetData>')


@family(UNREADABLE, TAKEN_IN, ERRORS, NO_LEDGER)
def cells_twice_and_rows_upside_down(path):
    with_sheet(path, f"<sheetData>{line(2, ROW)}{line(1, HEADINGS)}{line(1, HEADINGS)}{line(2, ROW)}</sheetData>")


@family(UNREADABLE, TAKEN_IN)
def cells_without_a_place(path):
    with_sheet(path, re.sub(r' r="\w+"', "", f"<sheetData>{TABLE}</sheetData>"))


@family(UNREADABLE, TAKEN_IN, NO_LEDGER)
def merges_that_are_no_ranges(path):
    merges = "".join(f'<mergeCell ref="{reference}"/>' for reference in ("G9:A1", "x", "", "A1:", "A0:B0", "1:2"))
    with_sheet(path, f"<sheetData>{TABLE}</sheetData><mergeCells>{merges}</mergeCells>")


# ---- what is odd but a workbook


@family(UNREADABLE)
def workbook_without_a_word(path):
    book(path, [])


@family(UNREADABLE, NO_LEDGER)
def chart_alone(path):
    made = Workbook()
    made.create_chartsheet("图")
    made.remove(made.worksheets[0])
    made.save(path)


@family(NO_LEDGER)
def sheet_merged_into_one_cell(path):
    with_sheet(path, f'<sheetData>{TABLE}</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')


@family(TAKEN_IN)
def headings_merged_with_the_rows(path):
    good(path, ROW, ["2", "", "业务流程", "用车", "私用。", "低", "登记"], merged=("B1:B3",))


@family(TAKEN_IN)
def hidden_sheet(path):
    good(path, change=lambda made: (made.create_sheet("说明"), setattr(made.worksheets[0], "sheet_state", "hidden")))


@family(TAKEN_IN)
def sheet_hidden_from_the_menu(path):
    good(
        path, change=lambda made: (made.create_sheet("说明"), setattr(made.worksheets[0], "sheet_state", "veryHidden"))
    )


@family(TAKEN_IN)
def hidden_rows_and_columns(path):
    def change(made):
        made.active.row_dimensions[2].hidden = True
        made.active.column_dimensions["D"].hidden = True
        made.active.auto_filter.ref = "A1:G2"

    good(path, change=change)


@family(TAKEN_IN, UNREADABLE)
def sheets_of_one_name(path):
    good(path, change=lambda made: made.create_sheet("另页").append(["x"]))
    rewrite(path, lambda name, content: content.replace("另页".encode(), "表".encode()))


@family(TAKEN_IN, ERRORS, UNREADABLE)
def name_of_a_sheet_that_turns_the_line_around(path):
    good(path)
    rewrite(path, lambda _name, content: content.replace('"表"'.encode(), '"\u202e表&lt;script&gt;"'.encode()))


@family(TAKEN_IN)
def dates_counted_from_1904(path):
    def change(made):
        made.epoch = dt.datetime(1904, 1, 1)
        made.active["H1"], made.active["H2"] = "填报日期", dt.date(2026, 4, 20)

    good(path, change=change)


@family(TAKEN_IN, ERRORS)
def values_of_every_kind(path):
    values = [
        dt.datetime(2026, 4, 20, 8, 30),
        dt.time(8, 30),
        dt.timedelta(days=3),
        True,
        1e308,
        -0.0,
        1.5,
        10**15,
        "#REF!",
    ]

    def change(made):
        for number, value in enumerate(values, start=8):
            made.active.cell(1, number, f"列{number}")
            made.active.cell(2, number, value)

    good(path, change=change)


@family(UNREADABLE, ERRORS, TAKEN_IN)
def dates_before_and_beyond_all_years(path):
    good(path)
    numbers = "".join(
        f'<c r="{column}2" s="1"><v>{value}</v></c>'
        for column, value in zip("HIJ", ("-1e9", "1e18", "NaN"), strict=True)
    )
    with_sheet(
        path,
        f"<sheetData>{line(1, [*HEADINGS, '一', '二', '三'])}{line(2, ROW).replace('</row>', numbers + '</row>')}</sheetData>",
    )


@family(TAKEN_IN)
def formulas_nobody_has_worked_out(path):
    good(path, [*ROW[:3], "用章", '=CONCATENATE("a","b")', "高", "登记"])


@family(TAKEN_IN)
def commands_in_the_place_of_text(path):
    texts = ["=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", '=HYPERLINK("http://x.invalid","点")', "+1", "-1"]

    def change(made):
        for row in made.active.iter_rows(min_row=2):
            for one in row:
                one.data_type = "s"

    good(
        path,
        *([str(number), "窗口", "业务流程", text, text, "高", text] for number, text in enumerate(texts)),
        change=change,
    )


@family(TAKEN_IN)
def links_to_other_workbooks(path):
    good(path)
    link = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    rewrite(path, lambda _name, content: content, {"xl/externalLinks/externalLink1.xml": link})


@family(TAKEN_IN)
def macros(path):
    good(path)

    def change(_name: str, content: bytes) -> bytes:
        return content.replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml")

    rewrite(path, change, {"xl/vbaProject.bin": os.urandom(999)})


@family(TAKEN_IN)
def digits_of_full_width(path):
    good(path, ["１", "窗口", "（四）业务流程", "用章", "１．私用；\n２．代签", "２级", "１．登记；\n２．检查"])


@family(ERRORS)
def text_that_turns_the_line_around(path):
    good(path, [*ROW[:3], "用章\u202egnp.xlsx", "私用\u2066公章", "高", "登记"])


@family(ERRORS, TAKEN_IN)
def letters_nobody_sees(path):
    book(
        path,
        [
            ["序\u200b号", "\ufeff科室", "风\u00a0险点", "等\u2060级", "措施"],
            ["1", "窗口", "用\u200b章", "高\u00a0", "登记\u00ad"],
        ],
    )


@family(ERRORS)
def characters_that_control(path):
    good(path, [*ROW[:3], "用_x0000_章", "私用_x001B_[31m", "高", "登记_x0007_"])


@family(ERRORS, TAKEN_IN, UNREADABLE)
def half_characters(path):
    good(path, [*ROW[:3], "用_xD800_章", "私用_xDFFF_", "高", "登记"])


@family(TAKEN_IN)
def rare_characters(path):
    good(path, [*ROW[:3], "堃喆𠮷𬭎😀👨‍👩‍👧", "艾克热木·托合提 ﷽", "高", "鿫"])


@family(TAKEN_IN)
def text_in_pieces_with_readings(path):
    pieces = "<is><r><t>用</t></r><r><rPr><b/></rPr><t>章</t></r><rPh sb='0' eb='1'><t>yong</t></rPh></is>"
    with_sheet(path, "<sheetData>" + TABLE.replace("<is><t>用章</t></is>", pieces) + "</sheetData>")


@family(TAKEN_IN)
def notes_rules_and_colours(path):
    from openpyxl.comments import Comment
    from openpyxl.worksheet.datavalidation import DataValidation

    def change(made):
        made.active["D2"].comment = Comment("批注", "某人")
        made.active.add_data_validation(DataValidation(type="list", formula1='"高,中,低"', sqref="F2:F99"))

    good(path, change=change)


@family(ERRORS)
def longest_cell(path):
    good(path, [*ROW[:4], "长" * 32_767, "高", "措" * 32_767])


@family(NO_LEDGER, TAKEN_IN, ERRORS)
def brackets_without_an_end(path):
    texts = ["2", "窗口", "(" * 32_000, "(" * 150, "（" * 9_000, "【" * 32_000, "(" * 1_500]
    book(path, [*([["(" * 2_000] * 50] * 15), HEADINGS, ROW, texts])


@family(ERRORS)
def one_word_without_an_end(path):
    good(
        path,
        *([str(number), "风险" * 15_000, "风险" * 15_000, "点", "", "风险等级" * 8_000, ""] for number in range(5)),
    )


@family(NO_LEDGER, TAKEN_IN)
def headings_without_rows(path):
    book(path, [HEADINGS])


@family(TAKEN_IN, NO_LEDGER)
def headings_again_and_again(path):
    book(path, [HEADINGS, *([HEADINGS, ROW, HEADINGS[::-1], ROW[::-1]] * 150)])


@family(ERRORS)
def one_point_over_ten_thousand_rows(path):
    good(path, ROW, *(["", "", "", "", f"{number}.私用公章。", "", ""] for number in range(10_000)))


@family(ERRORS, marks=(pytest.mark.long,))
def long_text_merged_over_thousands_of_rows(path):
    rows = [[str(number), "窗口", "业务流程", f"点{number}", "", "高", "登记"] for number in range(4_000)]
    rows[0][4] = "长\u200e" * 16_000
    good(path, *rows, merged=("E2:E4001",))


@family(ERRORS)
def line_of_a_book_above_every_point(path):
    rows = [
        ["长" * 30_000],
        *([str(number), "窗口", "业务流程", f"点{number}", "", "高", "登记"] for number in range(2_000)),
    ]
    good(path, *rows, merged=("A2:G2",))


@family(ERRORS, TAKEN_IN)
def points_and_measures_by_the_hundred(path):
    listed = ["\n".join(f"{number}.{word}{number}" for number in range(1, 100)) for word in ("点", "措施")]
    book(path, [["序号", "科室", "风险点", "等级", "措施"], ["1", "窗口", listed[0], "高", listed[1]]])


@family(ERRORS)
def codes_of_points_that_do_not_exist(path):
    book(path, [[*HEADINGS, "编号"], *([*ROW, f"DAG-{number:06d}"] for number in range(500))])


@family(TAKEN_IN, ERRORS)
def hundreds_of_columns_nobody_knows(path):
    book(
        path,
        [[*HEADINGS, *(f"列{number}" for number in range(190))], [*ROW, *(f"文{number}" for number in range(190))]],
    )


@family(ERRORS)
def names_of_sections_that_are_essays(path):
    good(path, *([str(number), f"科室{'长' * 200}{number}", "业务流程", "点", "", "高", ""] for number in range(300)))


@family(TAKEN_IN)
def pages_that_say_they_are_safe(path):
    good(
        path,
        [*ROW[:3], "<script>alert(1)</script>", "{{ 7*7 }} {% load x %} ${7*7} %(x)s %s", "高", "'; DROP TABLE x; --"],
    )


@family(TAKEN_IN)
def dimension_that_lies(path):
    good(path)
    rewrite(path, lambda _name, content: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', content))


# ---- the trial


# A process that was begun by a large one counts the memory of that one as its own; so a small one begins the reader.
BEGINNER = (
    "import resource, subprocess, sys\n"
    "subprocess.run([sys.executable, '-I', *sys.argv[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


def resident(path: Path) -> tuple[int, float]:
    """Let the reading process alone take the file apart; return its greatest resident memory in KiB and its time in seconds."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-I", "-c", BEGINNER, sandbox.__file__, str(path)], capture_output=True, check=True
    )
    return int(done.stdout), time.monotonic() - began


def rows_stored() -> list[int]:
    return [model.objects.count() for model in TABLES]


def assert_sentence(text: str) -> None:
    assert text.strip().endswith((".", "。")), text
    assert not re.search(r"Traceback|Error\(|0x[0-9a-f]{8}|None", text), text


@pytest.mark.parametrize(("make", "allowed"), FAMILIES)
def test_a_family_of_workbooks(make, allowed, tmp_path, record_property):
    path = tmp_path / f"{make.__name__}.xlsx"
    make(path)
    memory, seconds = resident(path)
    with override("en"):
        unit = make_unit()
        before = rows_stored()
        began = time.monotonic()
        became = take_apart(path, unit, before)
        whole = time.monotonic() - began
    record_property(
        "figure",
        f"{make.__name__}: {became}; reading process {memory / 1024:.0f} MB, {seconds:.1f} s; with the import {whole:.1f} s",
    )
    assert became in allowed
    assert memory <= MOST_RESIDENT
    assert seconds <= MOST_SECONDS


def take_apart(path: Path, unit: Organization, before: list[int]) -> str:
    """Take a file in and return what became of it; whatever it was, all of it is written or nothing."""
    try:
        report = take_in(path, unit)
    except Unreadable as why:
        assert_sentence(str(why))
        assert rows_stored() == before
        return UNREADABLE
    except Refused as why:
        assert_sentence(str(why))
        assert rows_stored() == before
        return NO_LEDGER
    for problem in report.errors:
        assert_sentence(problem.text)
        assert problem.sheet and (problem.row is None or problem.row > 0)
    if report.errors:
        assert not report.applied
        assert rows_stored() == before
        return ERRORS
    assert report.applied
    assert PointVersion.objects.filter(state="filed").count() == report.new
    assert report.cells.lost == 0
    if report.new <= 200:
        assert_taken_out_as_text(unit, report.new, path.parent / "export.xlsx")
    return TAKEN_IN


def assert_taken_out_as_text(unit: Organization, points: int, path: Path) -> None:
    """The export holds no formula, and taken in again it changes nothing."""
    versions = PointVersion.objects.in_ledger().matching(LedgerFilter(year=2026, interval=unit.interval))
    path.write_bytes(ledger_workbook(versions, scope=unit.name, filter_sentence="", made_on=timezone.localdate()))
    cells = [one for sheet in load_workbook(path) for row in sheet.iter_rows() for one in row]
    assert not any(one.data_type == "f" for one in cells)
    if points:
        report = take_in(path, unit, create_missing=False)
        assert (report.same, report.new, report.changed, report.errors) == (points, 0, 0, [])


def test_there_are_families_enough():
    assert len({param.id for param in FAMILIES}) == len(FAMILIES) >= 45
