"""Three hundred hostile texts through every output: all open again, nothing is interpreted, nothing is lost."""

import re
import shutil
import subprocess
import unicodedata
import zipfile
from html.parser import HTMLParser
from itertools import zip_longest
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils.translation import override
from openpyxl import load_workbook

from registry.documents.ledger import ledger_sheet, ledger_workbook
from registry.documents.measures_sheet import measures_sheet
from registry.documents.notice_sheet import notice_sheet
from registry.documents.notices import unprintable
from registry.documents.sheets import Sheet, Unprintable
from registry.models import Measure, MeasureVersion, NothingFound, Organization, PointVersion, RiskPoint
from registry.output import pdf
from registry.output.reader import read_workbook
from registry.output.writer import Table, write_workbook
from registry.querysets.ledger import LedgerFilter
from registry.rules import Scheme

from .hostile import TEXTS, allowed, refused
from .kinds import DAY, content, line
from .ledgers import make_person, make_unit, take_in
from .paper import opened, tags, texts_of_marks

pytestmark = pytest.mark.once
needs_libraries = pytest.mark.skipif(bool(pdf.unavailable()), reason="the libraries for PDF are not on this machine")


def printable() -> list[str]:
    return [text for text in allowed() if not pdf.missing_glyphs(text)]


def inked(text: str) -> str:
    """Return what of a text can be seen on paper, in the order of its characters."""
    return "".join(
        char
        for char in text.replace("・", "·").replace(
            "•", "·"
        )  # one glyph of the face, which the file calls by one of them
        if not char.isspace()
        and unicodedata.category(char) != "Cf"
        and not 0xFE00 <= ord(char) <= 0xFE0F
        and not 0xE0100 <= ord(char) <= 0xE01EF
    )


def test_each_comes_in_as_it_is_or_is_refused_with_a_sentence(record_property):
    assert len(set(TEXTS)) >= 300
    kept = allowed()
    assert all(text and not refused(text) for text in kept)
    sentences = [refused(text) for text in TEXTS if refused(text)]
    assert len(kept) + len(sentences) == len(TEXTS) and all(sentence for each in sentences for sentence in each)
    record_property(
        "figure", f"{len(TEXTS)} hostile texts: {len(kept)} come in, {len(sentences)} are refused with a sentence"
    )


# ---- workbooks


def test_a_workbook_holds_each_as_text(tmp_path):
    texts = allowed()
    rows = [(text, str(number)) for number, text in enumerate(texts)]
    path = tmp_path / "a.xlsx"
    path.write_bytes(write_workbook([Table("表", texts[:2], ["文", "号"], rows, [30, 9])]))
    assert [row[0] for row in read_workbook(path)[0].rows[3:]] == texts
    cells = [row[0] for row in load_workbook(path).worksheets[0].iter_rows(min_row=4)]
    # Another library; it leaves _x0041_ and the like to whoever reads.
    pairs = zip(cells, texts, strict=True)
    assert [cell.value for cell, text in pairs if "_x" not in text] == [text for text in texts if "_x" not in text]
    assert {cell.data_type for cell in cells} == {"s"}
    with zipfile.ZipFile(path) as package:
        assert not any("externalLink" in name or "vbaProject" in name for name in package.namelist())
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")
        relations = b"".join(package.read(name) for name in package.namelist() if name.endswith(".rels"))
        assert b"External" not in relations


@pytest.fixture
def filled(db, tmp_path):
    """A unit with a point for each text, and the texts."""
    unit, texts = make_unit(), allowed()
    headings = ["科室", "风险点", "主要内容及表现形式", "风险等级", "防范措施"]
    rows = [("窗口", f"点{number}", text, "高", f"措施{number}") for number, text in enumerate(texts)]
    path = tmp_path / "source.xlsx"
    path.write_bytes(write_workbook([Table("台账", [], headings, rows, [9] * 5)]))
    report = take_in(path, unit)
    assert (report.errors, report.new) == ([], len(texts))
    return unit, texts


def points_of(unit):
    return PointVersion.objects.in_ledger().matching(LedgerFilter(year=2026, interval=unit.interval))


def test_a_ledger_holds_each_and_taken_in_again_changes_nothing(filled, tmp_path):
    unit, texts = filled
    assert list(points_of(unit).values_list("manifestation", flat=True)) == texts
    path = tmp_path / "export.xlsx"
    path.write_bytes(ledger_workbook(points_of(unit), scope=unit.name, filter_sentence="=1+1", made_on=DAY.date()))
    assert [row[7] for row in read_workbook(path)[2].rows[3:]] == texts
    assert unchanged(path, unit) == (len(texts), 0, 0)


def unchanged(path: Path, unit) -> tuple[int, int, int]:
    report = take_in(path, unit, create_missing=False)
    assert report.errors == []
    return report.same, report.new, report.changed


# What LibreOffice 7 spells differently when it saves; it shows both as they are.
NOT_BY_LIBREOFFICE = {"_x005F_x0041_", "_x00_"}


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_each_and_saves_it_as_it_was(tmp_path, record_property):
    texts = [text for text in allowed() if text not in NOT_BY_LIBREOFFICE]
    path = tmp_path / "a.xlsx"
    path.write_bytes(write_workbook([Table("表", [], ["文"], [(text,) for text in texts], [30])]))
    (tmp_path / "saved").mkdir()
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx", "--outdir",
         tmp_path / "saved", path],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    assert [row[0] for row in read_workbook(tmp_path / "saved" / "a.xlsx")[0].rows[1:]] == texts
    record_property(
        "figure", f"{len(texts)} hostile texts opened and saved by LibreOffice, each character for character"
    )


# ---- pages and sheets


class Cells(HTMLParser):
    """The texts of the cells of a page, and how often each element occurs within them and elsewhere."""

    def __init__(self, markup: str, kind: str = "td") -> None:
        super().__init__()
        self.kind, self.texts, self.tags, self.open = kind, [], [], False
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == self.kind:
            self.texts.append("")
            self.open = True

    def handle_endtag(self, tag):
        self.open = self.open and tag != self.kind

    def handle_data(self, data):
        if self.open:
            self.texts[-1] += data


@pytest.mark.django_db
def test_a_page_shows_each_and_has_no_element_more(filled, client):
    unit, texts = filled
    reader = make_person("reader", "section_head", Organization.objects.get(code="DAG-02"))
    client.force_login(reader)
    shown = []
    for number in range(1, 6):
        page = client.get(reverse("registry:ledger"), {"year": 2026, "page": number}).text
        table = re.search(r'<table class="table ledger">.*?</table>', page, re.DOTALL)[0]
        cells = Cells(table)
        assert set(cells.tags) <= {
            "table",
            "caption",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "a",
            "span",
            "ol",
            "li",
            "svg",
            "path",
        }
        shown += re.findall(r'<td class="text">(.*?)</td>', table, re.DOTALL)
        if len(shown) >= len(texts):
            break
    assert [Cells(f"<td>{cell}</td>").texts[0] for cell in shown] == texts
    assert all("<" not in cell for cell in shown)


def test_a_sheet_shows_each_and_has_no_element_more():
    texts = allowed()
    for make in (as_notice, as_declaration):
        body, plain = make(texts).body(), make(["文"] * len(texts)).body()
        assert Cells(body).tags == Cells(plain).tags
        found = set(Cells(body).texts) | set(Cells(body, "li").texts)
        assert [text for text in texts if text not in found and f"1.{text}" not in "".join(found)] == []


def as_notice(texts: list[str]) -> Sheet:
    """Return a notice with two texts in each line, whose sections all differ."""
    lines = [
        line(number, organization=f"科{number}", manifestation=first, measures=[second])
        for number, (first, second) in enumerate(zip_longest(texts[::2], texts[1::2], fillvalue="文"))
    ]
    return notice_sheet(content(*lines))


def as_declaration(texts: list[str]) -> Sheet:
    """Return the form of a declaration that is stored nowhere, with three texts in each point."""
    points = []
    for number, (first, second, third) in enumerate(zip_longest(texts[::3], texts[1::3], texts[2::3], fillvalue="文")):
        point = PointVersion(point=RiskPoint(code=f"X-{number}"), title="点", category="duty", grade=1)
        point.manifestation, point.grade_reason = first, second
        point.shown_measures = [MeasureVersion(measure=Measure(), text=third)]
        points.append(point)
    with override("zh-hans"):
        return Sheet(
            "documents/declaration.html",
            {
                "declaration": SimpleNamespace(number="", rule=Scheme()),
                "facts": [],
                "points": points,
                "boxes": [],
                "nothing_found": [NothingFound(category="moral", reason=texts[0])],
            },
            title="登记表",
            stem="登记表",
        )


@needs_libraries
@pytest.mark.parametrize("longest", [150, pytest.param(10_000, marks=pytest.mark.long)])
def test_a_printed_notice_holds_each(longest, record_property):
    texts = [text for text in printable() if len(text) <= longest]
    with opened(as_notice(texts).pdf()) as document:
        assert printed_columns(document, 10)[7] == inked("".join(texts[::2]))
        pages = len(document.pages)
    record_property("figure", f"{len(texts)} hostile texts on {pages} printed pages, each character for character")


def printed_columns(document, count: int, merged: tuple[int, ...] = ()) -> list[str]:
    """Return the text of each column over all pages, of what can be seen. Cells of `merged` columns go down equal rows."""
    texts = texts_of_marks(document)
    columns, below = [""] * count, [column for column in range(count) if column not in merged]
    for body in tags(document).every("TBody"):
        for row in body.every("TR"):
            places = {count: range(count), len(below): below}.get(len(row.kids), ())
            for column, cell in zip(places, row.kids, strict=False):
                columns[column] += "".join(texts.get(mark, "") for each in cell.every() for mark in each.marks)
    return [inked(column) for column in columns]


@needs_libraries
@pytest.mark.long
def test_a_printed_ledger_and_table_of_measures_hold_each(filled):
    unit, texts = filled
    there = printable()
    for make, column, merged, expected in (
        (ledger_sheet, 7, (1, 2, 10, 11), inked("".join(there))),
        (measures_sheet, 5, (1, 2), "".join(f"措施{number}" for number, text in enumerate(texts) if text in there)),
    ):
        points = points_of(unit).filter(manifestation__in=there)
        sheet = make(points, scope="<b>范围</b>", filter_sentence="{{ 1 }}", year=2026, made_on=DAY.date())
        with opened(sheet.pdf()) as document:
            assert printed_columns(document, len(sheet.grids[0].columns), merged)[column] == expected


@needs_libraries
def test_what_no_font_has_is_told_before_anything_is_printed():
    texts = [text for text in allowed() if pdf.missing_glyphs(text)]
    assert len(texts) > 10
    for text in texts:
        with pytest.raises(Unprintable) as told:
            as_notice([text]).pdf()
        assert all(f"U+{ord(char):04X}" in str(told.value) for char in pdf.missing_glyphs(text))
    # What only looks like a reference to a character is text.
    assert unprintable(content(line(0, grade_word="", title="&#0;&#x1F600;"))) == []
    with pytest.raises(Unprintable):
        as_declaration(["🙂"]).pdf()
