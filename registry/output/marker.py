"""The child process that marks cells in somebody's own workbook: fill, comment, and a column at the right that says why.

Run as a program by its path under limits of its own. Takes one object on standard input:
`{"path": FILE or null, "out": FILE, "sheets": [{"name", "rows"}], "marks": [{"sheet", "row", "column", "text"}], "words":
{"heading", "sheet", "author"}}`. Without `path`, or where the workbook cannot be kept, a new one is made of the cells that
were read. Writes the workbook to `out`.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import column_index_from_string
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

MOST_CHARACTERS = 32_767
# Changing a workbook takes more than reading it: every cell is an object.
MOST_MEMORY = 1024**3
MOST_SECONDS = 60
# A merge is made of a cell object for each of its cells.
_MOST_MERGED = 200_000
_FILL = PatternFill("solid", fgColor="FFFFC7CE")
_COMMENT_SIZE = 320, 120  # points


def main() -> None:
    """Mark the workbook named on standard input."""
    sys.path.insert(0, str(Path(__file__).parent))
    import sandbox

    sandbox.limit_self(MOST_MEMORY, MOST_SECONDS)
    asked = json.load(sys.stdin)
    book = _own_book(asked["path"], sandbox) if asked["path"] else None
    if book is None:
        book = _new_book(asked["sheets"])
    _mark(book, asked["marks"], {sheet["name"]: _width(sheet) for sheet in asked["sheets"]}, asked["words"])
    book.save(asked["out"])


def _own_book(path: str, sandbox) -> Workbook | None:
    """Return the person's workbook with its formatting; None where it is none that can be kept."""
    try:
        sandbox.check_container(Path(path).read_bytes())
        if _merged_cells(path) > _MOST_MERGED:
            return None
        return load_workbook(path, rich_text=True, keep_links=False)
    except (
        sandbox.Refused,
        InvalidFileException,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        OSError,
        MemoryError,
    ):
        return None


def _merged_cells(path: str) -> int:
    """Return how many cells the merges of a workbook cover, read without making any of them."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    with open(path, "rb") as file:
        workbook = CalamineWorkbook.from_filelike(file)
        names = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        return sum(
            (last_row - first_row + 1) * (last_column - first_column + 1)
            for name in names
            for (first_row, first_column), (last_row, last_column) in workbook.get_sheet_by_name(
                name
            ).merged_cell_ranges
            or []
        )


def _new_book(sheets: list[dict]) -> Workbook:
    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        made = book.create_sheet(sheet["name"])
        for row, texts in enumerate(sheet["rows"], start=1):
            for column, text in enumerate(texts, start=1):
                if text:
                    _write(made.cell(row, column), text)
    return book


def _width(sheet: dict) -> int:
    return max(map(len, sheet["rows"]), default=0)


def _write(cell: Cell, text: str) -> None:
    """Put text into a cell as text, whatever it begins with."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)[:MOST_CHARACTERS]
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(("=", "+", "-", "@", "\t"))


def _mark(book: Workbook, marks: list[dict], widths: dict[str, int], words: dict[str, str]) -> None:
    by_row: dict[tuple[str, int], list[str]] = defaultdict(list)
    for mark in marks:
        if mark["sheet"] not in book.sheetnames or not mark["row"]:
            continue
        sheet = book[mark["sheet"]]
        by_row[mark["sheet"], mark["row"]].append(f"{mark['column'] or ''}{mark['row']}: {mark['text']}")
        if mark["column"]:
            _mark_cell(sheet, mark["row"], column_index_from_string(mark["column"]), mark["text"], words["author"])
    for (name, row), texts in by_row.items():
        sheet, column = book[name], widths.get(name, 0) + 1
        heading = sheet.cell(1, column)
        if not isinstance(heading, MergedCell) and heading.value is None:
            _write(heading, words["heading"])
            heading.font = Font(bold=True)
            sheet.column_dimensions[heading.column_letter].width = 60
        _write_why(_free(sheet, row, column), "\n".join(texts))
    _list(book, marks, words)


def _mark_cell(sheet: Worksheet, row: int, column: int, text: str, author: str) -> None:
    cell = _free(sheet, row, column)
    cell.fill = _FILL
    before = f"{cell.comment.text}\n" if cell.comment else ""
    cell.comment = Comment(ILLEGAL_CHARACTERS_RE.sub("\ufffd", before + text)[:MOST_CHARACTERS], author)
    cell.comment.width, cell.comment.height = _COMMENT_SIZE


def _free(sheet: Worksheet, row: int, column: int) -> Cell:
    """Return a cell that can be written: of a merged one the first."""
    cell = sheet.cell(row, column)
    if isinstance(cell, MergedCell):
        for merged in sheet.merged_cells.ranges:
            if cell.coordinate in merged:
                return sheet.cell(merged.min_row, merged.min_col)
    return cell


def _write_why(cell: Cell, text: str) -> None:
    before = f"{cell.value}\n" if cell.value else ""
    _write(cell, before + text)
    cell.fill = _FILL
    cell.alignment = Alignment(wrap_text=True, vertical="top")


def _list(book: Workbook, marks: list[dict], words: dict[str, str]) -> None:
    """Put a sheet behind the others that lists every problem, those without a cell too."""
    name, number = words["sheet"], 1
    while name in book.sheetnames:
        number += 1
        name = f"{words['sheet']} {number}"
    sheet = book.create_sheet(name)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["C"].width = 20, 100
    for row, mark in enumerate(marks, start=1):
        _write(sheet.cell(row, 1), mark["sheet"] or "")
        _write(sheet.cell(row, 2), f"{mark['column'] or ''}{mark['row'] or ''}")
        _write(sheet.cell(row, 3), mark["text"])
        sheet.cell(row, 3).alignment = Alignment(wrap_text=True, vertical="top")


if __name__ == "__main__":
    main()
