"""The one writer of workbooks. Text is always text, and what comes out always opens.

openpyxl makes the package (styles, widths, print setup); the rows are put into its sheet parts as XML with the numbers of
those styles, which takes a tenth of the time of a cell object each.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, product
from math import ceil

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

MOST_CHARACTERS = 32_767
COLUMNS_ON_A4 = 8
_A3, _A4 = 8, 9
# Heights in points: of a line of 11 pt type, around it, of the title, and the most Excel knows. Programs other than Excel do
# not fit rows to wrapped text on opening, so they are given, a little too tall rather than cut.
_LINE, _PADDING, _TITLE, _TALLEST = 16.5, 4, 32, 409
_WIDER = 1.1

# What XML 1.0 cannot hold. Line ends are made uniform before, so a lone carriage return cannot occur.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
# Workbooks spell characters as _x000D_; text that looks like that is spelled so that it stays what it is.
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_STARTS_LIKE_A_FORMULA = ("=", "+", "-", "@", "\t")
_SHEET_DATA = re.compile(rb"<sheetData\s*/>|<sheetData>.*?</sheetData>", re.DOTALL)
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"\s*/>')

Value = str | int | None


@dataclass(frozen=True)
class Table:
    """One sheet: lines above, a header row, rows. Columns are counted from 0.

    `widths` are in characters of the standard font. `merge_down` names columns whose equal neighbouring cells become one;
    two cells are equal when they and the cells of the columns given for them are. `centred` columns are set in the middle.
    """

    name: str
    titles: Sequence[str]
    headings: Sequence[str]
    rows: Sequence[Sequence[Value]]
    widths: Sequence[float]
    merge_down: Mapping[int, Sequence[int]] = field(default_factory=dict)
    centred: frozenset[int] = frozenset()


def write_workbook(tables: Sequence[Table]) -> bytes:
    """Return an .xlsx file with a sheet for each table.

    Characters no workbook can hold become U+FFFD. Raises ValueError for text of more than 32,767 characters.
    """
    book = Workbook()
    book.remove(book.active)
    sheets = [book.create_sheet(table.name) for table in tables]
    for sheet, table in zip(sheets, tables, strict=True):
        _set_up(sheet, table)
    styles = _Styles(sheets[0])
    package = io.BytesIO()
    book.save(package)
    parts = {f"xl/worksheets/sheet{number}.xml": table for number, table in enumerate(tables, start=1)}
    return _with_rows(package, parts, styles)


class _Styles:
    """The numbers of the styles, each with a twin that carries the quote mark of text which looks like a formula."""

    def __init__(self, sheet: Worksheet) -> None:
        line = Side(style="thin", color="FF808080")
        border = Border(left=line, right=line, top=line, bottom=line)
        body, heading = Font(name="仿宋", size=11), Font(name="宋体", size=11, bold=True)
        middle = Alignment(horizontal="center", vertical="center", wrap_text=True)
        left = Alignment(horizontal="left", vertical="center", wrap_text=True)
        fill = PatternFill("solid", fgColor="FFE7EEF5")
        looks = {
            "title": {"font": Font(name="宋体", size=18, bold=True), "alignment": middle},
            "line": {"font": body, "alignment": left},
            "heading": {"font": heading, "alignment": middle, "border": border, "fill": fill},
            "text": {"font": body, "alignment": left, "border": border},
            "centred": {"font": body, "alignment": middle, "border": border},
        }
        # openpyxl numbers a style when a cell carries it; these cells are overwritten with the rows.
        self._numbers = {}
        for column, (name, quoted) in enumerate(product(looks, (False, True)), start=1):
            scratch = sheet.cell(1, column)
            for attribute, value in looks[name].items():
                setattr(scratch, attribute, value)
            scratch.quotePrefix = quoted
            self._numbers[name, quoted] = scratch.style_id

    def number(self, name: str, value: Value) -> int:
        return self._numbers[name, isinstance(value, str) and value.startswith(_STARTS_LIKE_A_FORMULA)]


def _set_up(sheet: Worksheet, table: Table) -> None:
    """Set widths and everything that concerns printing."""
    for column, width in enumerate(table.widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A3 if len(table.widths) > COLUMNS_ON_A4 else _A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.center.text = _("Page &P of &N")
    if table.headings:
        header = len(table.titles) + 1
        sheet.freeze_panes = f"A{header + 1}"
        sheet.print_title_rows = f"{header}:{header}"
    sheet.print_area = _area(table)


def _area(table: Table) -> str:
    last_row = max(len(table.titles) + bool(table.headings) + len(table.rows), 1)
    return f"A1:{get_column_letter(len(table.widths))}{last_row}"


def _with_rows(package: io.BytesIO, parts: Mapping[str, Table], styles: _Styles) -> bytes:
    """Return the package with the rows of the tables in its sheets."""
    finished = io.BytesIO()
    with (
        zipfile.ZipFile(package) as source,
        zipfile.ZipFile(finished, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as target,
    ):
        for member in source.infolist():
            content = source.read(member)
            if table := parts.get(member.filename):
                before, after = _SHEET_DATA.split(content, maxsplit=1)
                before = _DIMENSION.sub(f'<dimension ref="{_area(table)}"/>'.encode(), before)
                with target.open(
                    member.filename, "w"
                ) as part:  # row by row: the XML of a long table is many times its text
                    part.writelines(chain([before], _sheet_data(table, styles), [_merges(table), after]))
            else:
                target.writestr(member.filename, content)
    return finished.getvalue()


def _sheet_data(table: Table, styles: _Styles) -> Iterator[bytes]:
    """Yield the rows of a sheet as XML."""
    letters = [get_column_letter(column + 1) for column in range(len(table.widths))]
    looks = ["centred" if column in table.centred else "text" for column in range(len(table.widths))]
    yield b"<sheetData>"
    for row, line in enumerate(table.titles, start=1):
        yield _row_xml(row, _TITLE if row == 1 else _LINE, [line], letters, ["title" if row == 1 else "line"], styles)
    first_row = len(table.titles) + 1
    if table.headings:
        height = _height(table.headings, table.widths)
        yield _row_xml(first_row, height, table.headings, letters, ["heading"] * len(letters), styles)
        first_row += 1
    heights = _heights(table)
    for row, (height, values) in enumerate(zip(heights, table.rows, strict=True), start=first_row):
        yield _row_xml(row, height, values, letters, looks, styles)
    yield b"</sheetData>"


def _heights(table: Table) -> list[float]:
    """Return the height of every row in points. Cells merged over rows share their text among these."""
    widths = list(table.widths)
    alone = [0 if column in table.merge_down else width for column, width in enumerate(widths)]
    heights = [_height(values, alone) for values in table.rows]
    for column, equal_too in table.merge_down.items():
        for start, end in _runs(table.rows, column, equal_too):
            rows = range(start, end + 1)
            lacking = _lines(table.rows[start][column], widths[column]) * _LINE - sum(heights[row] for row in rows)
            if lacking > 0:
                for row in rows:
                    heights[row] = min(heights[row] + lacking / len(rows), _TALLEST)
    return heights


def _height(values: Sequence[Value], widths: Sequence[float]) -> float:
    lines = (_lines(value, width) for value, width in zip(values, widths, strict=False) if value and width)
    return min(max(lines, default=1) * _LINE + _PADDING, _TALLEST)


def _lines(value: Value, width: float) -> int:
    """Return how many lines a text takes in a column. A Chinese character, three bytes in UTF-8, is two columns wide."""
    return sum(
        max(1, ceil((len(line.encode(errors="replace")) + len(line)) / 2 * _WIDER / width))
        for line in str(value).split("\n")
    )


def _row_xml(
    row: int, height: float, values: Sequence[Value], letters: list[str], looks: list[str], styles: _Styles
) -> bytes:
    cells = []
    for letter, look, value in zip(letters, looks, values, strict=False):
        place = f'<c r="{letter}{row}" s="{styles.number(look, value)}"'
        if value is None or value == "":
            cells.append(f"{place}/>")
        elif isinstance(value, int):
            cells.append(f"{place}><v>{value}</v></c>")
        else:
            cells.append(f'{place} t="inlineStr"><is><t xml:space="preserve">{_text_xml(value)}</t></is></c>')
    return f'<row r="{row}" ht="{height:.1f}" customHeight="1">{"".join(cells)}</row>'.encode()


def _text_xml(text: str) -> str:
    """Return text as the content of an element; what a workbook cannot hold becomes U+FFFD."""
    # Excel counts in UTF-16: a character beyond U+FFFF counts twice.
    if len(text) > MOST_CHARACTERS // 2 and len(text) + sum(char > "\uffff" for char in text) > MOST_CHARACTERS:
        raise ValueError(f"a cell holds at most {MOST_CHARACTERS} characters")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _LOOKS_ESCAPED.sub("_x005F_", _FORBIDDEN.sub("\ufffd", text))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _merges(table: Table) -> bytes:
    """Return the merged cells: lines above the table over its whole width, equal neighbours down the named columns."""
    last_letter = get_column_letter(len(table.widths))
    ranges = [f"A{row}:{last_letter}{row}" for row in range(1, len(table.titles) + 1)] if len(table.widths) > 1 else []
    first_row = len(table.titles) + bool(table.headings) + 1
    for column, equal_too in table.merge_down.items():
        letter = get_column_letter(column + 1)
        for start, end in _runs(table.rows, column, equal_too):
            if end > start:
                ranges.append(f"{letter}{first_row + start}:{letter}{first_row + end}")
    if not ranges:
        return b""
    return f'<mergeCells count="{len(ranges)}">{"".join(f"""<mergeCell ref="{ref}"/>""" for ref in ranges)}</mergeCells>'.encode()


def _runs(rows: Sequence[Sequence[Value]], column: int, equal_too: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last row of every run of equal cells that are not empty, also those of one row."""
    start = 0
    for row in range(1, len(rows) + 1):
        if row < len(rows) and all(rows[row][part] == rows[start][part] for part in (column, *equal_too)):
            continue
        if rows[start][column]:
            yield start, row - 1
        start = row
