"""The child process of the reader: takes a workbook apart under limits and prints it as JSON.

Run as a program by its path, so that neither Django nor this project is loaded. Prints one object to standard output:
`{"sheets": [{"name", "rows", "merged", "hidden"}]}` or `{"refused": CODE}`, CODE one of the constants below. A process killed by a
limit, or ended with OUT_OF_MEMORY, has not said all; the parent takes that for TOO_LARGE.
"""

import datetime as dt
import io
import json
import sys
import zipfile

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

try:
    import resource
except ImportError:  # Windows has no such limits; there the parent's time limit alone holds.
    resource = None

NOT_A_WORKBOOK = "not-a-workbook"
OTHER_KIND = "other-kind"
ENCRYPTED = "encrypted"
TOO_LARGE = "too-large"
TOO_MANY_ROWS = "too-many-rows"
EMPTY = "empty"

OUT_OF_MEMORY = 3

MOST_SECONDS = 20
# Address space, which is more than what is ever resident.
MOST_MEMORY = 256 * 1024**2
MOST_UNPACKED = 200 * 1024**2
MOST_MEMBERS = 2_000
# XML of real ledgers packs 5 to 30 times; small files are never worth refusing for their ratio.
MOST_RATIO = 200
RATIO_COUNTS_FROM = 20 * 1024**2
MOST_ROWS = 20_000
MOST_COLUMNS = 200
MOST_SHEETS = 100
MOST_CELLS = 400_000
MOST_CHARACTERS = 10_000_000

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Refused(Exception):
    """The workbook is not read; the argument is one of the codes."""


def limit_self(memory: int = MOST_MEMORY, seconds: int = MOST_SECONDS) -> None:
    """Bound memory (bytes) and processor time of this process, and write no core file when it dies."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def check_container(content: bytes) -> None:
    """Refuse by the outside of the file what is no workbook, is locked by a password, or unpacks too large."""
    if content.startswith(_OLE):
        # Office puts an encrypted .xlsx into an OLE container under this name, as UTF-16.
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Refused(ENCRYPTED)
        return
    if not content.startswith(_ZIP):
        raise Refused(NOT_A_WORKBOOK)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Refused(NOT_A_WORKBOOK) from None
    # Formats of other programs, whose merged cells would be lost.
    if any(member.filename in ("mimetype", "content.xml", "xl/workbook.bin") for member in members):
        raise Refused(OTHER_KIND)
    unpacked = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS or unpacked > MOST_UNPACKED:
        raise Refused(TOO_LARGE)
    if unpacked > RATIO_COUNTS_FROM and unpacked > MOST_RATIO * len(content):
        raise Refused(TOO_LARGE)


def text_of(value: object) -> str:
    """Return a cell's value as text: whole numbers without `.0`, dates as ISO, truth as in Excel."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def read_rows(sheet) -> list[list[str]]:
    """Return the cells from A1 on as text, without empty rows and columns at the end."""
    if sheet.total_width > MOST_COLUMNS or sheet.total_height > MOST_ROWS:
        raise Refused(TOO_MANY_ROWS)
    if sheet.total_width * sheet.total_height > MOST_CELLS:
        raise Refused(TOO_LARGE)
    first_row, first_column = sheet.start or (0, 0)
    rows: list[list[str]] = [[] for _row in range(first_row)]
    for values in sheet.iter_rows():
        row = [""] * first_column + [text_of(value) for value in values]
        while row and not row[-1]:
            row.pop()
        rows.append(row)
    while rows and not rows[-1]:
        rows.pop()
    return rows


def clip_merges(ranges, height: int, width: int) -> list[list[int]]:
    """Return merges as [first row, first column, last row, last column], cut to the used area.

    Merges may not overlap, so together they cover at most the area; more is an attack on whoever fills them.
    """
    clipped, covered = [], 0
    for (first_row, first_column), (last_row, last_column) in ranges:
        last_row, last_column = min(last_row, height - 1), min(last_column, width - 1)
        if first_row > last_row or first_column > last_column or (first_row, first_column) == (last_row, last_column):
            continue
        covered += (last_row - first_row + 1) * (last_column - first_column + 1)
        if covered > height * width:
            raise Refused(TOO_LARGE)
        clipped.append([first_row, first_column, last_row, last_column])
    return clipped


def read(content: bytes) -> list[dict]:
    """Return the sheets of the workbook. Raises Refused."""
    check_container(content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if len(workbook.sheets_metadata) > MOST_SHEETS:
            raise Refused(TOO_LARGE)
        sheets, characters = [], 0
        for number, known in enumerate(workbook.sheets_metadata):
            if known.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_index(number)
            rows = read_rows(sheet)
            characters += sum(len(text) for row in rows for text in row)
            if characters > MOST_CHARACTERS:
                raise Refused(TOO_LARGE)
            width = max(map(len, rows), default=0)
            merged = clip_merges(sheet.merged_cell_ranges or [], len(rows), width)
            is_hidden = known.visible != SheetVisibleEnum.Visible
            sheets.append({"name": known.name, "rows": rows, "merged": merged, "hidden": is_hidden})
    except PasswordError:
        raise Refused(ENCRYPTED) from None
    except (CalamineError, OSError, ValueError):
        raise Refused(NOT_A_WORKBOOK) from None
    if not any(sheet["rows"] for sheet in sheets):
        raise Refused(EMPTY)
    return sheets


def main(path: str) -> None:
    """Read the workbook at `path` and print what became of it."""
    limit_self()
    try:
        with open(path, "rb") as file:
            answer = {"sheets": read(file.read(MOST_UNPACKED))}
        json.dump(answer, sys.stdout, ensure_ascii=True)
    except Refused as why:
        json.dump({"refused": why.args[0]}, sys.stdout)
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main(sys.argv[1])
