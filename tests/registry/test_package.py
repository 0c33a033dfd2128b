"""What Excel and WPS ask of a workbook before they open it without repairing it, as far as the file format says (ECMA-376)."""

import io
import re
import zipfile
from itertools import combinations
from xml.etree import ElementTree

import pytest
from django.utils.translation import override
from openpyxl.utils import range_boundaries

from registry.documents.ledger import ledger_workbook
from registry.documents.rosters import roster_template
from registry.models import PointVersion
from registry.output.writer import MOST_CHARACTERS, Table, write_workbook
from registry.querysets.ledger import LedgerFilter

from .hostile import allowed
from .kinds import DAY
from .ledgers import MERGED_OFFICE, SPREAD_POINTS, make_unit, take_in, write_file

pytestmark = pytest.mark.once
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# The children of CT_Worksheet in the only order the schema allows, of those we know.
ORDER = [
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetProtection", "autoFilter", "mergeCells",
    "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter",
]  # fmt: skip


def _tree(part: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(part)  # noqa: S314 - what our own writer has made


def problems_of(body: bytes) -> list[str]:
    """Return a sentence for each rule of the format that a workbook breaks."""
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
        names = package.namelist()
    found = [] if len(names) == len(set(names)) else ["a part stands in the package twice"]
    found += _of_the_package(parts)
    book = _tree(parts["xl/workbook.xml"])
    sheets = book.findall(f"{MAIN}sheets/{MAIN}sheet")
    found += _of_names([sheet.get("name") for sheet in sheets], book)
    styles = _tree(parts["xl/styles.xml"])
    formats = len(styles.findall(f"{MAIN}cellXfs/{MAIN}xf"))
    for part in sorted(name for name in parts if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)):
        found += [f"{part}: {problem}" for problem in _of_a_sheet(_tree(parts[part]), formats)]
    return found


def _of_the_package(parts: dict[str, bytes]) -> list[str]:
    types = _tree(parts["[Content_Types].xml"])
    space = "{http://schemas.openxmlformats.org/package/2006/content-types}"
    told = {each.get("PartName").lstrip("/") for each in types.findall(f"{space}Override")}
    endings = {each.get("Extension") for each in types.findall(f"{space}Default")}
    found = [f"{name} is told of, and missing" for name in told if name not in parts]
    found += [f"{name} has no type" for name in parts if name not in told and name.rpartition(".")[2] not in endings]
    for name in (name for name in parts if name.endswith(".rels")):
        folder = name.replace("_rels/", "").rpartition("/")[0]
        for relation in _tree(parts[name]):
            target = relation.get("Target")
            path = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}".lstrip("/")
            if relation.get("TargetMode") == "External" or path not in parts:
                found.append(f"{name}: {target} leads out of the package, or nowhere")
    return found


def _of_names(names: list[str], book: ElementTree.Element) -> list[str]:
    found = [
        f"a sheet must not be called {name!r}"
        for name in names
        if not 1 <= len(name) <= 31 or re.search(r"[\\/*?:\[\]]", name) or name.startswith("'") or name.endswith("'")
        or name.lower() == "history"
    ]  # fmt: skip
    if len({name.lower() for name in names}) != len(names):
        found.append("two sheets have one name")
    for defined in book.findall(f"{MAIN}definedNames/{MAIN}definedName"):
        number = int(defined.get("localSheetId", -1))
        quoted = "'" + names[number].replace("'", "''") + "'!" if 0 <= number < len(names) else None
        if quoted is None or not all(part.startswith(quoted) for part in defined.text.split(",")):
            found.append(f"{defined.get('name')} names another sheet than its own: {defined.text}")
    return found


def _of_a_sheet(sheet: ElementTree.Element, formats: int) -> list[str]:
    found = []
    kinds = [child.tag.removeprefix(MAIN) for child in sheet]
    if unknown := set(kinds) - set(ORDER):
        found.append(f"unknown parts {unknown}")
    elif kinds != sorted(kinds, key=ORDER.index) or len(kinds) != len(set(kinds)):
        found.append(f"parts out of order: {kinds}")
    left, top, right, bottom = range_boundaries(sheet.find(f"{MAIN}dimension").get("ref"))
    last_row = 0
    for row in sheet.iter(f"{MAIN}row"):
        number, last_column = int(row.get("r")), 0
        if number <= last_row:
            found.append(f"row {number} does not come after row {last_row}")
        if not 0 < float(row.get("ht")) <= 409.5:
            found.append(f"row {number} is {row.get('ht')} high")
        last_row = number
        for cell in row:
            column, line, *_same = range_boundaries(cell.get("r"))
            if line != number or column <= last_column or not (left <= column <= right and top <= line <= bottom):
                found.append(f"{cell.get('r')} out of place")
            last_column = column
            text = "".join(cell.itertext())
            if cell.find(f"{MAIN}f") is not None or cell.get("t") not in (None, "inlineStr"):
                found.append(f"{cell.get('r')} is no plain text or number")
            if len(text.encode("utf-16-le")) // 2 > MOST_CHARACTERS or int(cell.get("s", 0)) >= formats:
                found.append(f"{cell.get('r')} holds too much, or has a style that is none")
    merges = [range_boundaries(merge.get("ref")) for merge in sheet.iter(f"{MAIN}mergeCell")]
    held = sheet.find(f"{MAIN}mergeCells")
    if held is not None and int(held.get("count")) != len(merges):
        found.append("another number of merged cells than is told")
    for one, other in combinations(sorted(merges), 2):
        if one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]:
            found.append(f"merged cells overlap: {one} {other}")
    for each in sheet.findall(f"{MAIN}cols/{MAIN}col"):
        if not 0 < float(each.get("width")) <= 255:
            found.append(f"column {each.get('min')} is {each.get('width')} wide")
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_the_ledger_keeps_the_rules_of_the_format(tmp_path, language):
    unit = make_unit()
    take_in(write_file(tmp_path / "sources.xlsx", MERGED_OFFICE, SPREAD_POINTS), unit)
    points = PointVersion.objects.in_ledger().matching(LedgerFilter(year=2026, interval=unit.interval))
    with override(language):
        assert problems_of(ledger_workbook(points, scope=unit.name, filter_sentence="", made_on=DAY.date())) == []
        # Nothing fits the filter: a workbook all the same.
        nothing = ledger_workbook(points.none(), scope=unit.name, filter_sentence="无", made_on=DAY.date())
        assert problems_of(nothing) == []


def test_other_workbooks_keep_the_rules_of_the_format():
    assert problems_of(roster_template()) == []
    rows = [(text, number) for number, text in enumerate(allowed())]
    table = Table("一'表", ["题", "副题"], ["文", "号"], rows, [30, 9], merge_down={1: ()})
    assert problems_of(write_workbook([table])) == []


@pytest.mark.parametrize(
    ("part", "there", "instead", "told"),
    [
        ("xl/worksheets/sheet1.xml", b'ref="A1:B1"', b'ref="A1:B2"', "merged cells overlap"),
        ("xl/worksheets/sheet1.xml", b"<mergeCells", b"<hyperlinks/><mergeCells", "out of order"),
        ("xl/worksheets/sheet1.xml", b"<is>", b"<f>1</f><is>", "no plain text"),
        ("xl/worksheets/sheet1.xml", b'r="A2"', b'r="C2"', "out of place"),
        ("xl/workbook.xml", 'name="表"'.encode(), 'name="表/"'.encode(), "must not be called"),
        ("xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml", b"worksheets/sheet9.xml", "nowhere"),
    ],
)
def test_a_broken_rule_is_told(part, there, instead, told):
    body = write_workbook([Table("表", ["题", "副题"], ["a", "b"], [("1", "2")], [9, 9])])
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            assert name != part or there in content
            target.writestr(name, content.replace(there, instead) if name == part else content)
    assert any(told in problem for problem in problems_of(changed.getvalue()))
