"""Reading the ledger of somebody else: where its tables begin, what its rows say, several points in one row.

Works on plain lists of lists of text. What has no field of its own is kept under its heading, and cells whose exact wording
matters are kept as written, so that no character is lost; `conservation` proves it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext

from .cell_lists import Part, grade_counts, numbered_parts, point_parts, split_measures
from .text import MEASURE_LENGTH, TEXT_LENGTH, TITLE_LENGTH, clean_text, problems, too_long
from .vocabulary import Level
from .workbooks import (
    Column,
    Problem,
    SheetLike,
    category_of,
    column_of,
    grade_of,
    is_number_mark,
    is_open_word,
    letter,
    level_cell,
    level_of,
    plain,
    remark_cell,
    word_form,
)

NAME_LENGTH = 100
# All that is kept of a row has to fit into one cell of our own ledger, where a character may count twice.
REMARK_LENGTH = 16_000
TITLE_FROM_TEXT = 60
HEADER_WITHIN = 20
# A row in between whose cells are all as short may be the headings of another table.
LONGEST_HEADING = 40


@dataclass
class LedgerRow:
    """One risk point of a ledger: what it says, where it stands in the file, what is wrong with it.

    `values` are the texts by column as they go into the fields; `section` and `post` are names, empty where none is named.
    Open words are an empty category and level, a grade of None. `part` counts the points of one row from 1, 0 where it holds
    one; of such parts `as_written` holds what the cell says of each. `category_confirmed`: the file leaves the category open, and
    a person chose it.
    """

    sheet: str
    numbers: tuple[int, ...]
    letters: dict[Column, str]
    headings: dict[Column, str]
    values: dict[Column, str]
    section: str = ""
    post: str = ""
    level: str = ""
    category: str = ""
    grade: int | None = None
    measures: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    # What the register itself told in its chosen columns, by heading: no text of the row.
    told: dict[str, str] = field(default_factory=dict)
    as_written: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    part: int = 0
    category_confirmed: bool = False

    @property
    def place(self) -> str:
        """Where the point stands in the file, for naming it again: sheet, row and part."""
        return f"{self.sheet}!{self.numbers[0]}" + (f".{self.part}" if self.part else "")

    def problem(self, column: Column | None, text: str) -> None:
        """Note something wrong in a cell of this row."""
        self.problems.append(Problem(self.sheet, self.numbers[0], self.letters.get(column), text))


@dataclass(frozen=True)
class Table:
    """One table of a sheet: where its headings end, what its columns mean, and its points.

    `headings` are the lowest headings by column counted from 0, `texts` all cells of the heading rows, `titles` those above.
    """

    sheet: SheetLike
    last_row: int
    columns: dict[int, Column]
    headings: dict[int, str]
    titles: list[str]
    texts: list[str]
    rows: list[LedgerRow] = field(default_factory=list)

    def heading(self, column: int) -> str:
        """Return the heading of a column; one without is named by its letter."""
        return self.headings.get(column) or gettext("column %s") % letter(column)


@dataclass(frozen=True)
class Ledger:
    """All points of a workbook, and what is wrong above the tables.

    `sources` hold for each table the name of its sheet, the lines above it and its headings; `without` names the sheets that
    hold no ledger.
    """

    rows: list[LedgerRow]
    tables: list[Table]
    sources: list[dict]
    without: list[str]
    problems: list[Problem]


def read_ledger(
    sheets: Sequence[SheetLike],
    *,
    unit_name: str,
    unit_code: str,
    grade_words: Sequence[str] = (),
    learned: Mapping[str, Column] | None = None,
) -> Ledger:
    """Return the risk points of every sheet that holds a ledger, in the order of the file.

    A unit's own name in the organization column names no section; its codes are `unit_code` and a number; `grade_words`
    are its own for grades I, II, III. `learned` are what headings mean by their `word_form`, before what everybody knows.
    """
    tables, without = [], []
    is_own_code = re.compile(re.escape(unit_code) + r"-\d{6,}").fullmatch
    named = Meanings(learned or {})
    for sheet in sheets:
        found = _read_sheet(sheet, named)
        if not found:
            without.append(sheet.name)
        for table, points in found:
            for raw in points:
                wrong = _problems_of_cells(raw, table)
                rows = [
                    _interpret(one, table, unit_name, is_own_code, grade_words)
                    for one in _split(raw, table, is_own_code)
                ]
                rows[0].problems[:0] = wrong
                table.rows.extend(rows)
            tables.append(table)
    return Ledger(
        rows=[row for table in tables for row in table.rows],
        tables=tables,
        sources=[{"sheet": table.sheet.name, "titles": table.titles, "headings": table.texts} for table in tables],
        without=without,
        problems=[
            Problem(table.sheet.name, None, None, why)
            for table in tables
            for why in problems("\n".join([table.sheet.name, *table.titles, *table.texts]), limit=TEXT_LENGTH)
        ],
    )


@dataclass(frozen=True)
class Meanings:
    """What headings mean: what a person said of them by their `word_form`, else what everybody knows."""

    learned: Mapping[str, Column]

    def __call__(self, heading: str) -> Column | None:
        return self.learned.get(word_form(heading)) or column_of(heading)

    def is_learned(self, heading: str) -> bool:
        """Say whether a person said what this heading means."""
        return word_form(heading) in self.learned


def _cell(sheet: SheetLike, row: int, column: int) -> str:
    cells = sheet.rows[row] if row < len(sheet.rows) else ()
    return clean_text(cells[column]) if column < len(cells) else ""


def _header_at(sheet: SheetLike, first: int, named: Meanings, titles: Sequence[str]) -> Table | None:
    """Return the table whose headings begin in row `first`: they name a point or how it shows and two columns more."""
    merges = [merge for merge in sheet.merged if first <= merge[0] < first + 3]
    for depth in _depths(sheet, first, merges, named):
        stacks = _stacks(sheet, first, depth, merges)
        found = {column: name for column, stack in stacks.items() if (name := _named(stack, named))}
        names = set(found.values())
        if len(names) >= 3 and names & {Column.TITLE, Column.MANIFESTATION}:
            return Table(
                sheet=sheet,
                last_row=first + depth - 1,
                columns=_settle(
                    dict(sorted(found.items(), key=lambda item: (not named.is_learned(stacks[item[0]][-1]), item[0])))
                ),
                headings={column: stack[-1] for column, stack in stacks.items()},
                titles=list(titles),
                texts=[text for row in range(first, first + depth) for text in _texts(sheet, row)],
            )
    return None


def _texts(sheet: SheetLike, row: int) -> list[str]:
    return [text for column in range(len(sheet.rows[row])) if (text := _cell(sheet, row, column)).strip()]


def _depths(sheet: SheetLike, first: int, merges: Sequence[tuple[int, int, int, int]], named: Meanings) -> list[int]:
    """Return how many rows a header beginning in row `first` may have, the likelier first."""
    here = [merge for merge in merges if merge[0] == first]
    tallest = max((last_row for _row, _column, last_row, _last in here), default=first)
    if tallest > first:
        return [min(tallest - first + 1, 3)]
    # Two heading rows: a heading over several columns with further headings below it. A title is no heading.
    is_wide = any(last_column > column for _row, column, _last_row, last_column in here)
    known = [[named(text) for text in _texts(sheet, row)] for row in (first, first + 1) if row < len(sheet.rows)]
    if is_wide and len(known) == 2 and all(sum(name is not None for name in names) >= 2 for names in known):
        return [2, 1]
    return [1]


def _stacks(
    sheet: SheetLike, first: int, depth: int, merges: Sequence[tuple[int, int, int, int]]
) -> dict[int, list[str]]:
    """Return for every column the different texts of the header from top to bottom, merged cells filled."""
    stacks: dict[int, list[str]] = {}
    for row in range(first, first + depth):
        texts = {
            column: text
            for column in range(len(sheet.rows[row]) if row < len(sheet.rows) else 0)
            if (text := _cell(sheet, row, column).strip())
        }
        for merge_row, merge_column, last_row, last_column in merges:
            if merge_row <= row <= last_row and (text := _cell(sheet, merge_row, merge_column).strip()):
                texts |= dict.fromkeys(range(merge_column, last_column + 1), text)
        for column, text in texts.items():
            stack = stacks.setdefault(column, [])
            if text not in stack:
                stack.append(text)
    return stacks


def _named(stack: Sequence[str], named: Meanings) -> Column | None:
    """Return the column the heading rows above it name: the lowest text, the texts together, the upper ones."""
    for text in (stack[-1], "".join(stack), *reversed(stack[:-1])):
        if name := named(text):
            return name
    return None


def _settle(found: Mapping[int, Column]) -> dict[int, Column]:
    """Return which columns fill fields: each field once, by the first of `found`, and one column as the organization.

    A section or unit named outright is the organization; a responsible body only where there is none, otherwise it answers
    for the point if nobody else is named for that.
    """
    first: dict[Column, int] = {}
    for column, name in found.items():
        first.setdefault(name, column)
    for name in (Column.UNIT, Column.BODY):
        if name in first and Column.ORGANIZATION not in first:
            first[Column.ORGANIZATION] = first.pop(name)
    if Column.BODY in first and Column.RESPONSIBLE not in first:
        first[Column.RESPONSIBLE] = first.pop(Column.BODY)
    first.pop(Column.BODY, None)
    return {column: name for name, column in first.items()}


# ---- rows

# A point may go on in further rows with these alone; all other cells are then merged or empty.
_GOES_ON = {Column.MANIFESTATION, Column.MEASURES, Column.REMARK}
_IDENTITY = {Column.NUMBER, Column.MATTER, Column.TITLE, Column.CODE}


@dataclass
class _Raw:
    """The cells of one point: text by column index, the rows it stands in as Excel counts.

    `own` are the columns whose cell is not filled from above. `band` is the line between the rows above that holds for it,
    `note` what stands below the last point of the table, `covered` what other text merged cells cover. Of the parts of one
    row, `written` is what the cells say of this one, `grade` what they together say of each.
    """

    sheet: str
    numbers: list[int]
    texts: dict[int, str]
    own: set[int] = field(default_factory=set)
    band: str = ""
    note: str = ""
    covered: list[str] = field(default_factory=list)
    part: int = 0
    written: dict[Column, str] = field(default_factory=dict)
    stars: str = ""
    grade: int | None = None


def _read_sheet(sheet: SheetLike, named: Meanings) -> list[tuple[Table, list[_Raw]]]:
    """Return the tables of a sheet with their points; none where no heading row is found among the first rows."""
    for first in range(min(HEADER_WITHIN, len(sheet.rows))):
        titles = [text for row in range(first) for text in _texts(sheet, row)]
        if table := _header_at(sheet, first, named, titles):
            break
    else:
        return []
    found, band, merges = [], "", _merges(sheet)
    while table is not None:
        points, lines, following = _raw_rows(table, merges, named, band)
        found.append((table, points))
        band = ""
        if following is not None:
            band = next((line for line in lines if category_of(line)), "")
            if following.headings == table.headings and points and not lines:
                band = points[-1].band
            following.titles.extend(lines)
        elif points:
            points[-1].note = "\n".join(lines)
        else:
            table.titles.extend(lines)
        table = following
    return found


def _raw_rows(
    table: Table, merges: "_Merges", named: Meanings, band: str
) -> tuple[list[_Raw], list[str], Table | None]:
    """Return the points of a table with merged cells filled down and the rows of one point joined.

    With them the lines below the last point, and the table that follows in the same sheet, if any.
    """
    sheet = table.sheet
    points: list[_Raw] = []
    going_on: list[dict[int, list[str]]] = []
    lines_between: list[str] = []
    hidden: list[str] = []
    following = None
    for row in range(table.last_row + 1, len(sheet.rows)):
        # What is merged with the headings fills nothing in.
        shared = {
            column: text if anchor > table.last_row else ""
            for column, (anchor, text) in merges.filled.get(row, {}).items()
        }
        below = merges.covered.get(row, {})
        own = {
            column: text
            for column in range(len(sheet.rows[row]))
            if column not in below and (text := _cell(sheet, row, column)).strip()
        }
        hidden.extend(filter(None, below.values()))
        names = {table.columns.get(column) for column in own}
        if not own or own.items() <= table.headings.items() or _is_number_alone(own, names):
            pass
        elif following := _table_in_between(sheet, row, own, named):
            break
        elif (
            len(own) == 1
            and not any(shared.values())
            and (merges.wide.get(row, 0) * 2 >= len(table.headings) or names == {Column.NUMBER})
        ):
            lines_between.extend(own.values())
        elif points and not lines_between and _goes_on(names, shared, table):
            points[-1].numbers.append(row + 1)
            points[-1].own.update(own)
            for column, text in own.items():
                going_on[-1].setdefault(column, []).append(text)
        else:
            if lines_between:
                band, lines_between = "\n".join(lines_between), []
            points.append(_Raw(sheet.name, [row + 1], {}, set(own), band))
            going_on.append({column: [text] for column, text in {**shared, **own}.items()})
        if points and hidden:
            points[-1].covered.extend(hidden)
            hidden = []
    for point, pieces in zip(points, going_on, strict=True):
        point.texts = {column: "\n".join(filter(None, texts)) for column, texts in pieces.items()}
    return points, lines_between, following


def _is_number_alone(own: Mapping[int, str], names: set[Column | None]) -> bool:
    return names == {Column.NUMBER} and is_number_mark("".join(own.values()))


def _table_in_between(sheet: SheetLike, row: int, own: Mapping[int, str], named: Meanings) -> Table | None:
    """Return the table whose headings stand in this row below another table; None for a row of points."""
    if len(own) < 3 or any(len(text) > LONGEST_HEADING for text in own.values()):
        return None
    if sum(named(text) is not None for text in own.values()) < 2:
        return None
    return _header_at(sheet, row, named, ())


@dataclass
class _Merges:
    """What merged cells say, by row: what they fill in below (row of the text, text), what other text they cover, widths.

    A covered text that only repeats the visible one is empty. `wide` is for cells merged within one row.
    """

    filled: dict[int, dict[int, tuple[int, str]]] = field(default_factory=dict)
    covered: dict[int, dict[int, str]] = field(default_factory=dict)
    wide: dict[int, int] = field(default_factory=dict)


def _merges(sheet: SheetLike) -> _Merges:
    found = _Merges()
    for first_row, first_column, last_row, last_column in sheet.merged:
        if first_row == last_row:
            found.wide[first_row] = max(found.wide.get(first_row, 0), last_column - first_column + 1)
        text = _cell(sheet, first_row, first_column)
        for row in range(first_row, min(last_row + 1, len(sheet.rows))):
            if row > first_row:
                found.filled.setdefault(row, {})[first_column] = first_row, text
            for column in range(first_column + (row == first_row), min(last_column + 1, len(sheet.rows[row]))):
                if (other := _cell(sheet, row, column)).strip():
                    found.covered.setdefault(row, {})[column] = "" if other.strip() == text.strip() else other
    return found


def _goes_on(names: set[Column | None], shared: Mapping[int, str], table: Table) -> bool:
    """Say whether a row whose own cells are `names` and whose merged cells are `shared` belongs to the point above it.

    Only texts may go on. With measures of its own a row goes on where the number, title or code is merged with the row
    above; with a text alone also below a merged matter, or where nothing else stands in the row.
    """
    if not names <= _GOES_ON:
        return False
    merged = {table.columns.get(column) for column, text in shared.items() if text} & _IDENTITY
    if merged - {Column.MATTER}:
        return True
    return len(names) == 1 and bool(_IDENTITY & set(table.columns.values()))


def _split(raw: _Raw, table: Table, is_own_code: Callable[[str], object]) -> list[_Raw]:
    """Return the points of one row: several where title or description leave no doubt that they list points.

    What the row says beside its list (measures, place, matter) holds for each of them. A row with a code of our own is one
    point whatever it says.
    """
    at = {name: column for column, name in table.columns.items()}
    cells = {name: raw.texts.get(column, "").strip() for name, column in at.items()}
    if is_own_code(cells.get(Column.CODE, "")):
        return [raw]
    lists = _lists_of_points(cells, _counted(raw, table, cells))
    if not lists:
        return [raw]
    count = len(next(iter(lists.values())))
    written_grade = cells.get(Column.GRADE, "")
    grades = numbered_parts(written_grade) or [Part(line, line) for line in written_grade.splitlines() if line.strip()]
    if count > 1 and len(grades) == count and all(grade_of(part.text) for part in grades):
        lists[Column.GRADE] = [replace(part, text=part.written) for part in grades]
    counts = grade_counts(written_grade)
    agreed = next(iter(counts)) if len(counts) == 1 and sum(counts.values()) == count else None
    points = []
    for number in range(count):
        parts = {name: parts[number] for name, parts in lists.items()}
        starred = next((part.stars for part in parts.values() if part.stars), "")
        # Beside a grade of its own the stars stay a part of the text.
        texts = {at[name]: part.written if part.stars and written_grade else part.text for name, part in parts.items()}
        points.append(
            replace(
                raw,
                texts=raw.texts | texts,
                part=number + 1 if count > 1 else 0,
                written={name: part.written for name, part in parts.items()},
                stars="" if written_grade else starred,
                grade=agreed,
            )
        )
    return points


def _counted(raw: _Raw, table: Table, cells: Mapping[Column, str]) -> set[int]:
    """Return how many points a row says it holds: by a column for their number, or by counting them in the grade's."""
    found = {sum(grade_counts(cells.get(Column.GRADE, "")).values())}
    for column, text in raw.texts.items():
        if column not in table.columns and text.strip().isdecimal() and len(text) <= 3:
            if any(word in word_form(table.heading(column)) for word in ("数量", "个数", "点数")):
                found.add(int(text))
    return found


def _lists_of_points(cells: Mapping[Column, str], counted: set[int]) -> dict[Column, list[Part]]:
    """Return the parts by column where title or description list risk points without doubt; else nothing."""
    titles = point_parts(cells.get(Column.TITLE, ""))
    shown = point_parts(cells.get(Column.MANIFESTATION, ""))
    if titles and not cells.get(Column.MANIFESTATION):
        return {Column.TITLE: titles}
    if len(titles) > 1 and len(titles) == len(shown):
        return {Column.TITLE: titles, Column.MANIFESTATION: shown}
    if len(titles) == 1:
        return {Column.TITLE: titles}
    is_starred = shown and all(part.stars for part in shown)
    if not titles and (is_starred or (not cells.get(Column.TITLE) and len(shown) in counted)):
        return {Column.MANIFESTATION: shown} if shown else {}
    return {}


def _interpret(
    raw: _Raw, table: Table, unit_name: str, is_own_code: Callable[[str], object], grade_words: Sequence[str]
) -> LedgerRow:
    """Return the point a raw row describes."""
    at = {name: column for column, name in table.columns.items()}
    texts = {
        column: text
        for column, text in raw.texts.items()
        if table.columns.get(column) not in (Column.CATEGORY, Column.GRADE, Column.LEVEL) or not is_open_word(text)
    }
    raw = replace(raw, texts=texts)
    cells = {name: texts.get(column, "") for name, column in at.items() if name != Column.NUMBER}
    row = LedgerRow(
        sheet=raw.sheet,
        numbers=tuple(raw.numbers),
        letters={name: letter(column) for name, column in at.items()},
        headings={name: table.heading(column) for name, column in at.items()},
        values={},
        as_written=dict(raw.written),
        part=raw.part,
    )
    _place(row, cells, unit_name)
    _words(row, cells, raw, grade_words)
    _texts_of(row, cells)
    if is_own_code(cells.get(Column.CODE, "").strip()):
        row.values[Column.CODE] = cells[Column.CODE].strip()
    _keep_the_rest(row, raw, table, cells, unit_name)
    _check(row)
    return row


def _one_line(text: str, glue: str = "、") -> str:
    return glue.join(line.strip() for line in text.splitlines() if line.strip())


def _place(row: LedgerRow, cells: Mapping[Column, str], unit_name: str) -> None:
    """Work out section, post and level: a post is named → post; else a section; else the leadership team; else open."""
    section = _one_line(cells.get(Column.ORGANIZATION, ""))
    post = _one_line(cells.get(Column.POST, ""))
    named = _leadership_named(section, unit_name), _leadership_named(post, unit_name)
    row.section = "" if named[0] or plain(section) == plain(unit_name) else section
    row.post = "" if named[1] else post
    if row.post:
        row.level = Level.POST
    elif row.section:
        row.level = Level.SECTION
    elif any(named) or level_of(cells.get(Column.LEVEL, "")) == Level.LEADERSHIP:
        row.level = Level.LEADERSHIP


def _leadership_named(text: str, unit_name: str) -> bool:
    """Say whether a cell names the leadership team, alone or with the unit's name in front."""
    words = (text, text.removeprefix(unit_name))
    return any(
        word_form(word).endswith("领导班子") or plain(word) == plain(str(Level.LEADERSHIP.label)) for word in words
    )


def _words(row: LedgerRow, cells: Mapping[Column, str], raw: _Raw, grade_words: Sequence[str]) -> None:
    """Read category and grade; a category may stand as a line above its points, a grade as stars before the text."""
    category = cells.get(Column.CATEGORY, "").strip() or (raw.band if category_of(raw.band) else "")
    grade, level = (cells.get(name, "").strip() for name in (Column.GRADE, Column.LEVEL))
    row.category = category_of(category)
    grade = grade or raw.stars
    row.grade = raw.grade or grade_of(grade, grade_words)
    for name, written, known in (
        (Column.CATEGORY, category, row.category),
        (Column.GRADE, grade, grade_of(grade, grade_words)),
        (Column.LEVEL, level, row.level and level_of(level) == row.level),
    ):
        if written and known:
            row.as_written[name] = written


def _texts_of(row: LedgerRow, cells: Mapping[Column, str]) -> None:
    """Fill the fields of text. A list in the title's place is the description; without a title the matter or text gives one."""
    title, manifestation = cells.get(Column.TITLE, ""), cells.get(Column.MANIFESTATION, "")
    matter = cells.get(Column.MATTER, "")
    if len(title) > TITLE_LENGTH or "\n" in title.strip():
        if manifestation.strip():
            title = _one_line(title, "")
            title = title if len(title) <= TITLE_LENGTH else title[:TITLE_FROM_TEXT]
        else:
            title, manifestation = "", title
    if not title.strip():
        first_line = next((line.strip() for line in manifestation.splitlines() if line.strip()), "")
        title = _one_line(matter, "") or first_line[:TITLE_FROM_TEXT]
    row.values = {
        Column.MATTER: matter,
        Column.TITLE: title,
        Column.MANIFESTATION: manifestation,
        Column.RESPONSIBLE: cells.get(Column.RESPONSIBLE, ""),
        Column.LEADER: cells.get(Column.LEADER, ""),
        Column.CODE: "",
        Column.REMARK: cells.get(Column.REMARK, ""),
    }
    measures = cells.get(Column.MEASURES, "")
    row.measures = split_measures(measures)
    if row.measures:
        row.as_written[Column.MEASURES] = measures


def kept_apart() -> tuple[str, str, str]:
    """Return what stands for the heading of text without a column: lines above and below, what merged cells cover."""
    return gettext("line above"), gettext("line below the table"), gettext("below merged cells")


def _keep_the_rest(row: LedgerRow, raw: _Raw, table: Table, cells: Mapping[Column, str], unit_name: str) -> None:
    """Keep under its heading every text that our own ledger would not show in the place of its column."""
    shown = {
        Column.ORGANIZATION: [row.section or unit_name, level_cell(row.level)],
        Column.UNIT: [unit_name],
        Column.POST: [row.post, level_cell(row.level)],
        Column.LEVEL: [level_cell(row.level, row.as_written.get(Column.LEVEL, ""))],
        Column.CATEGORY: [row.as_written.get(Column.CATEGORY, "")],
        Column.GRADE: [row.as_written.get(Column.GRADE, "")],
        Column.TITLE: [row.values[Column.TITLE], row.values[Column.MANIFESTATION]],
        Column.MEASURES: [row.as_written.get(Column.MEASURES, "")],
        **{name: [text] for name, text in row.values.items() if name not in (Column.TITLE, Column.REMARK)},
    }
    kept: dict[str, list[str]] = {}
    for column, text in sorted(raw.texts.items()):
        name = table.columns.get(column)
        if not text.strip() or any(text.strip() in place for place in shown.get(name, ())):
            continue
        if name == Column.NUMBER and is_number_mark(text):
            continue
        kept.setdefault(table.heading(column), []).append(text)
    above, below, covered = kept_apart()
    if raw.band and raw.band != row.as_written.get(Column.CATEGORY):
        kept.setdefault(above, []).append(raw.band)
    if raw.note:
        kept.setdefault(below, []).append(raw.note)
    if raw.covered:
        kept.setdefault(covered, []).extend(raw.covered)
    row.kept = {heading: "\n".join(texts) for heading, texts in kept.items()}


_LIMITS = {
    Column.MATTER: TITLE_LENGTH,
    Column.TITLE: TITLE_LENGTH,
    Column.RESPONSIBLE: TITLE_LENGTH,
    Column.LEADER: TITLE_LENGTH,
}


def _problems_of_cells(raw: _Raw, table: Table) -> list[Problem]:
    """Return what cannot be stored, by the cell it stands in; what is filled from above is told where it stands."""
    found = []
    for column, text in sorted(raw.texts.items()):
        if column not in raw.own or (len(text) <= TEXT_LENGTH and text.replace("\n", "").isprintable()):
            continue  # nearly every cell; nothing printable is forbidden
        limit = len(text) if table.columns.get(column) in (Column.MEASURES, Column.REMARK) else TEXT_LENGTH
        for sentence in problems(text, limit=limit):
            found.append(Problem(raw.sheet, raw.numbers[0], letter(column), sentence))
    return found


def _check(row: LedgerRow) -> None:
    """Note texts longer than their field, and a row that says nothing."""
    lengths = [(name, row.values[name], limit) for name, limit in _LIMITS.items()]
    lengths += [(Column.ORGANIZATION, row.section, NAME_LENGTH), (Column.POST, row.post, NAME_LENGTH)]
    lengths += [(Column.MEASURES, measure, MEASURE_LENGTH) for measure in row.measures]
    lengths += [(Column.REMARK, remark_cell(row.kept), REMARK_LENGTH)]
    for name, text, limit in lengths:
        if len(text) > limit:
            row.problem(name, too_long(len(text), limit))
    if not row.values[Column.TITLE].strip():
        row.problem(
            Column.TITLE,
            gettext("Neither a risk point, a matter nor a description stands in this row. Fill in one or delete it."),
        )
