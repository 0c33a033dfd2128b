"""What a workbook of a ledger says: headings, merged cells, words for grades and categories, measures in one cell.

Works on plain lists of lists of text. Offices write ledgers in their own ways; this reads them without losing a
character: what has no field of its own is kept under its heading, and cells whose exact wording matters are kept as written.
The same functions say what the cells of our own ledger show, so that an export can be taken in again.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from django.utils.translation import get_language, gettext, gettext_lazy, override

from .text import MEASURE_LENGTH, TEXT_LENGTH, TITLE_LENGTH, clean_text, problems
from .vocabulary import Category, Grade, Level

NAME_LENGTH = 100
# All that is kept of a row has to fit into one cell of our own ledger, where a character may count twice.
REMARK_LENGTH = 16_000
TITLE_FROM_TEXT = 60
HEADER_WITHIN = 20


class Column(StrEnum):
    """The columns of a ledger we know; UNIT, BODY and REMARK only in ledgers of others, see `_settle`."""

    NUMBER = "number"
    ORGANIZATION = "organization"
    UNIT = "unit"
    BODY = "body"
    POST = "post"
    LEVEL = "level"
    CATEGORY = "category"
    MATTER = "matter"
    TITLE = "title"
    MANIFESTATION = "manifestation"
    GRADE = "grade"
    MEASURES = "measures"
    RESPONSIBLE = "responsible"
    LEADER = "responsible_leader"
    CODE = "code"
    REMARK = "remark"


# The headings of our own ledger, in its order.
HEADINGS = {
    Column.NUMBER: gettext_lazy("No."),
    Column.ORGANIZATION: gettext_lazy("unit or section"),
    Column.POST: gettext_lazy("post"),
    Column.LEVEL: gettext_lazy("level"),
    Column.CATEGORY: gettext_lazy("risk category"),
    Column.MATTER: gettext_lazy("power or matter"),
    Column.TITLE: gettext_lazy("risk point"),
    Column.MANIFESTATION: gettext_lazy("main content and how it shows"),
    Column.GRADE: gettext_lazy("risk grade"),
    Column.MEASURES: gettext_lazy("preventive measures"),
    Column.RESPONSIBLE: gettext_lazy("responsible person"),
    Column.LEADER: gettext_lazy("responsible leader"),
    Column.CODE: gettext_lazy("code"),
    Column.REMARK: gettext_lazy("remarks"),
}

# Headings as offices write them, without 廉政 in front, spaces, punctuation and line breaks.
SYNONYMS: dict[Column, str] = {
    Column.NUMBER: "序号 顺序号 序 项次",
    Column.ORGANIZATION: "单位科室 科室单位 单位部门 部门单位 科室 科室名称 所属科室 部门 部门名称 所属部门 "
    "所在部门 股室 股室名称 处室 处室名称 内设机构",
    Column.UNIT: "单位 单位名称 所属单位 填报单位",
    Column.BODY: "责任部门 责任股室 责任主体 责任科室 责任处室 责任单位 主责部门 承办部门 承办科室",
    Column.POST: "岗位 岗位名称 岗位类别 岗位职务 职务岗位 职位 风险岗位",
    Column.LEVEL: "层次 层级 层面 风险层次 风险层级 风险层面",
    Column.CATEGORY: "风险类别 类别 风险类型 类型 风险种类 风险分类 风险点类别 风险点类型",
    Column.MATTER: "职权事项 职权名称 权力事项 权力名称 职权内容 职权 权力 事项 事项名称 权力类别 职权类别 "
    "权力或事项 工作事项 业务事项 关键环节 重要环节 工作内容 权责事项",
    Column.TITLE: "风险点 风险点名称 风险名称 风险点内容 风险事项 风险点及等级 风险点和等级 风险环节 排查风险点",
    Column.MANIFESTATION: "风险主要内容及表现形式 主要内容及表现形式 内容及表现形式 风险内容及表现形式 "
    "风险点内容及表现形式 表现形式 主要表现 主要表现形式 风险表现形式 风险表现 风险点表现形式 风险描述 "
    "风险点描述 风险情况描述 风险内容 风险点主要表现形式 具体表现 具体表现形式 风险情形",
    Column.GRADE: "风险等级 等级 风险级别 级别 风险点等级 风险程度 风险评级",
    Column.MEASURES: "防范措施 防控措施 制度措施 防控方法 预防措施 措施 防范防控措施 风险防控措施 风险防范措施 "
    "具体防控措施 主要防控措施 防治措施 控制措施 防范控制措施",
    Column.RESPONSIBLE: "责任人 部门负责人 科室负责人 股室负责人 处室负责人 直接责任人 具体责任人 防控责任人 第一责任人",
    Column.LEADER: "责任领导 主管领导 分管领导 分管责任领导 分管负责人",
    Column.CODE: "编号 风险点编号 风险编号 编码 风险点编码",
    Column.REMARK: "备注 说明",
}

CATEGORY_WORDS = {
    Category.MORAL: "思想道德 思想道德品质 道德品质 思想",
    Category.INSTITUTIONAL: "制度机制 机制制度 制度 机制 体制机制",
    Category.DUTY: "岗位职责 职责 岗位 岗位履职",
    Category.PROCESS: "业务流程 流程 业务 工作流程",
    Category.ENVIRONMENT: "外部环境 环境 外部",
}
GRADE_WORDS = {
    Grade.I: "高 高级 高等 一 一级 1 1级 i i级 a a级 一级高 高一级 重大",
    Grade.II: "中 中级 中等 二 二级 2 2级 ii ii级 b b级 二级中 中二级",
    Grade.III: "低 低级 低等 三 三级 3 3级 iii iii级 c c级 三级低 低三级",
}
LEVEL_WORDS = {
    Level.LEADERSHIP: "领导班子 班子 领导 领导班子成员 局领导班子 单位领导班子 党组 党委",
    Level.SECTION: "科室 部门 股室 处室 中层 内设机构",
    Level.POST: "岗位 个人 岗位个人",
}

# The traditional characters of the words here and in `rosters`, and the simplified ones they are looked up by.
_SIMPLIFIED = str.maketrans(
    "業個鄉體黨關內況別辦務區單縣發號員處備審導層屬崗佈幹開報據機權構檢註潔點"
    "環現監碼種稱類級紀組織終結統編職節範計設評說説負責質鍵門險隸項順預領風",
    "业个乡体党关内况别办务区单县发号员处备审导层属岗布干开报据机权构检注洁点"
    "环现监码种称类级纪组织终结统编职节范计设评说说负责质键门险隶项顺预领风",
)

_STARS = {"★★★": Grade.I, "★★☆": Grade.II, "★☆☆": Grade.III}
_BRACKETS = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
_LEADING_NUMBER = re.compile(
    r"^\s*(?:[(（]\s*(?:[一二三四五六七八九十]+|\d+)\s*[)）]|(?:[一二三四五六七八九十]+|\d+)\s*[、.．])\s*"
)
_IN_FRONT = ("廉政", "廉洁")
_BEHIND = ("风险点", "风险", "等级", "层面", "层次", "层级", "方面", "类")


def plain(text: str) -> str:
    """Return letters and digits of `text` in one form (full and half width, Ⅰ and I alike), for comparing."""
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isalnum()).lower()


def word_form(text: str) -> str:
    """Return `plain` text in the script of the vocabulary: offices write 风险点 or 風險點."""
    return plain(text).translate(_SIMPLIFIED)


def _bare(text: str) -> str:
    """Return the form of a word without what only says that it is about a risk."""
    text = word_form(text)
    for word in _IN_FRONT:
        text = text.removeprefix(word)
    changed = True
    while changed:
        changed = False
        for word in _BEHIND:
            if text != word and text.endswith(word):
                text, changed = text.removesuffix(word), True
    return text


@lru_cache
def _table(words: str, language: str | None) -> dict[str, object]:
    """Return form of a word → value of one of the vocabularies, our own labels in this language and in English included."""
    listed, labels = {
        "heading": (SYNONYMS, HEADINGS),
        "category": (CATEGORY_WORDS, dict(zip(Category, Category.labels, strict=True))),
        "grade": (GRADE_WORDS, dict(zip(Grade, Grade.labels, strict=True))),
        "level": (LEVEL_WORDS, dict(zip(Level, Level.labels, strict=True))),
    }[words]
    table = {word_form(word): value for value, line in listed.items() for word in line.split()}
    named = {Category: Category, Grade: Grade, Level: Level}
    for value, label in labels.items():
        enum = named.get(type(value))
        for chosen in (None, language):
            with override(chosen):
                table[word_form(str(enum(value).label if enum else label))] = value
    return table


def column_of(heading: str) -> Column | None:
    """Return the column a heading names, or None."""
    table = _table("heading", get_language())
    for text in (heading, _BRACKETS.sub("", heading)):
        name = word_form(text)
        for word in ("", *_IN_FRONT):
            if name.startswith(word) and (found := table.get(name.removeprefix(word))):
                return found
    return None


def _word(words: str, text: str) -> object | None:
    table = _table(words, get_language())
    unnumbered = _LEADING_NUMBER.sub("", text)
    for form in (word_form(text), word_form(unnumbered), _bare(unnumbered)):
        if form in table:
            return table[form]
    return None


def category_of(text: str) -> str:
    """Return the category `text` names, or an empty text."""
    return _word("category", text) or ""


def grade_of(text: str, words: Sequence[str] = ()) -> int | None:
    """Return the grade `text` names in any way of writing, or None. Several lines must agree.

    `words` are the unit's own for grades I, II, III, empty for the standard ones.
    """
    own = dict(zip(words, Grade, strict=False))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = {own.get(line) or _STARS.get(line) or _word("grade", line) for line in lines}
    return found.pop() if len(found) == 1 else None


def _grade_in_front(text: str) -> int | None:
    """Return the grade written as stars in front of every line of `text`; None where a line has none or another one."""
    found = {_STARS.get(line.strip()[:3]) for line in text.splitlines() if line.strip()}
    return found.pop() if len(found) == 1 else None


def is_open_word(text: str) -> bool:
    """Say whether a cell says that something is still to be settled."""
    return plain(text) in (plain("待定"), plain("to be settled"), plain(gettext("to be settled")))


def level_of(text: str) -> str:
    """Return the level `text` names, or an empty text."""
    found = {_word("level", line) for line in text.splitlines() if line.strip()}
    return (found.pop() or "") if len(found) == 1 else ""


# ---- several measures in one cell

_CHINESE_DIGITS = "零一二三四五六七八九"
# A way of numbering: a mark at the beginning of a line, or within a line after a sign that ends a clause.
_BEGINNING = r"(?:^|(?<=[\n;；。]))[^\S\n]*"
_NUMBERINGS = (
    re.compile(_BEGINNING + r"(\d{1,2})[.．](?!\d)"),
    re.compile(_BEGINNING + r"(\d{1,2})、"),
    re.compile(_BEGINNING + r"(\d{1,2})[)）]"),
    re.compile(_BEGINNING + r"[(（](\d{1,2})[)）]"),
    re.compile(_BEGINNING + r"([①-⑳])"),
    re.compile(_BEGINNING + r"([一二三四五六七八九十]{1,3})、"),
    re.compile(_BEGINNING + r"[(（]([一二三四五六七八九十]{1,3})[)）]"),
)


def _number(mark: str) -> int:
    """Return the number a mark stands for; 0 when it is none."""
    if mark.isascii():
        return int(mark)
    if len(mark) == 1 and "①" <= mark <= "⑳":
        return ord(mark) - ord("①") + 1
    tens, ten, ones = mark.partition("十")
    if not ten:
        return _CHINESE_DIGITS.find(mark) if len(mark) == 1 else 0
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return 0
    return (_CHINESE_DIGITS.find(tens) if tens else 1) * 10 + (_CHINESE_DIGITS.find(ones) if ones else 0)


def split_measures(text: str) -> list[str]:
    """Return the measures of one cell.

    A cell is split where its marks of one kind count from 1 without a gap, else where every line but the last ends a
    sentence. The parts hold, in order, every character but white space and the marks.
    """
    text = text.strip()
    if not text:
        return []
    for numbering in _NUMBERINGS:
        marks = list(numbering.finditer(text))
        if len(marks) < 2 or marks[0].start() != 0:
            continue
        if [_number(mark[1]) for mark in marks] != list(range(1, len(marks) + 1)):
            continue
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        parts = [text[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)]
        if all(parts):
            return parts
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and all(line.endswith((";", "；", "。")) for line in lines[:-1]):
        return lines
    return [text]


# ---- what the cells of our ledger show


def category_cell(category: str, written: str = "") -> str:
    """Return the category as it was written where that names it, else by its label."""
    if not category:
        return gettext("to be settled")
    return written if written and category_of(written) == category else str(Category(category).label)


def grade_word(grade: int | None, words: Sequence[str] = ()) -> str:
    """Return the unit's own word for a grade, else its label; an empty text for none."""
    if grade is None:
        return ""
    return words[grade - 1] if words else str(Grade(grade).label)


def grade_cell(grade: int | None, written: str = "", words: Sequence[str] = ()) -> str:
    """Return the grade by its word; another one for it that was written stands below."""
    return _labelled(grade_word(grade, words), written, grade_of(written, words) == grade)


def level_cell(level: str, written: str = "") -> str:
    """Return the level by its label; another word for it that was written stands below."""
    return _labelled(Level(level).label if level else "", written, level_of(written) == level)


def _labelled(label: str, written: str, agrees: bool) -> str:
    if not label:
        return gettext("to be settled")
    return f"{label}\n{written}" if written and agrees and written not in label else str(label)


def measures_cell(texts: Sequence[str], written: str = "") -> str:
    """Return measures as they were written while they still say the same, else numbered; a single one without a number."""
    if written and split_measures(written) == list(texts):
        return written
    if len(texts) < 2:
        return "".join(texts)
    return "\n".join(f"{number}.{text}" for number, text in enumerate(texts, start=1))


def remark_cell(kept: Mapping[str, str]) -> str:
    """Return what was kept without a field of its own: a line for each heading."""
    return "\n".join(f"{heading}：{text}" for heading, text in kept.items())


# ---- reading


class SheetLike(Protocol):
    """A worksheet: cells from A1 on, merges as (first row, first column, last row, last column) from 0."""

    name: str
    rows: Sequence[Sequence[str]]
    merged: Sequence[tuple[int, int, int, int]]


@dataclass(frozen=True)
class Problem:
    """Something wrong in the file; row as Excel counts, column by its letter. Both None: the file as a whole."""

    sheet: str | None
    row: int | None
    column: str | None
    text: str


@dataclass
class LedgerRow:
    """One risk point of a ledger: what it says, where it stands in the file, what is wrong with it.

    `values` are the texts by column as they go into the fields; `section` and `post` are names, empty where none is named.
    Open words are an empty category and level, a grade of None.
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
    as_written: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, column: Column | None, text: str) -> None:
        """Note something wrong in a cell of this row."""
        self.problems.append(Problem(self.sheet, self.numbers[0], self.letters.get(column), text))


@dataclass(frozen=True)
class Ledger:
    """All points of a workbook, and what is wrong above the tables.

    `sources` hold for each sheet its name, the lines above its table and its headings; `without` names the sheets that
    hold no ledger.
    """

    rows: list[LedgerRow]
    sources: list[dict]
    without: list[str]
    problems: list[Problem]


def read_ledger(
    sheets: Sequence[SheetLike], *, unit_name: str, unit_code: str, grade_words: Sequence[str] = ()
) -> Ledger:
    """Return the risk points of every sheet that holds a ledger, in the order of the file.

    A unit's own name in the organization column names no section; its codes are `unit_code` and a number; `grade_words`
    are its own for grades I, II, III.
    """
    rows, sources, without, found = [], [], [], []
    for sheet in sheets:
        header = _find_header(sheet)
        if header is None:
            without.append(sheet.name)
            continue
        sources.append({"sheet": sheet.name, "titles": header.titles, "headings": header.texts})
        above = "\n".join([sheet.name, *header.titles, *header.texts])
        found.extend(Problem(sheet.name, None, None, why) for why in problems(above, limit=TEXT_LENGTH))
        is_own_code = re.compile(re.escape(unit_code) + r"-\d{6,}").fullmatch
        rows.extend(_interpret(raw, header, unit_name, is_own_code, grade_words) for raw in _raw_rows(sheet, header))
    return Ledger(rows, sources, without, found)


def letter(column: int) -> str:
    """Return the letter of a column counted from 0."""
    name, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


@dataclass(frozen=True)
class _Header:
    last_row: int
    columns: dict[int, Column]
    headings: dict[int, str]
    titles: list[str]
    texts: list[str]

    def heading(self, column: int) -> str:
        return self.headings.get(column) or gettext("column %s") % letter(column)


def _cell(sheet: SheetLike, row: int, column: int) -> str:
    cells = sheet.rows[row] if row < len(sheet.rows) else ()
    return clean_text(cells[column]) if column < len(cells) else ""


def _find_header(sheet: SheetLike) -> _Header | None:
    """Return the header: the first row, or rows merged with it, that names a point or how it shows and two columns more."""
    top = range(min(HEADER_WITHIN, len(sheet.rows)))
    merges = [merge for merge in sheet.merged if merge[0] < HEADER_WITHIN]
    for first in top:
        for depth in _depths(sheet, first, merges):
            stacks = _stacks(sheet, first, depth, merges)
            found = {column: name for column, stack in stacks.items() if (name := _named(stack))}
            names = set(found.values())
            if len(names) >= 3 and names & {Column.TITLE, Column.MANIFESTATION}:
                return _Header(
                    last_row=first + depth - 1,
                    columns=_settle(found),
                    headings={column: stack[-1] for column, stack in stacks.items()},
                    titles=[text for row in range(first) for text in _texts(sheet, row)],
                    texts=[text for row in range(first, first + depth) for text in _texts(sheet, row)],
                )
    return None


def _texts(sheet: SheetLike, row: int) -> list[str]:
    return [text for column in range(len(sheet.rows[row])) if (text := _cell(sheet, row, column)).strip()]


def _depths(sheet: SheetLike, first: int, merges: Sequence[tuple[int, int, int, int]]) -> list[int]:
    """Return how many rows a header beginning in row `first` may have, the likelier first."""
    here = [merge for merge in merges if merge[0] == first]
    tallest = max((last_row for _row, _column, last_row, _last in here), default=first)
    if tallest > first:
        return [min(tallest - first + 1, 3)]
    # Two heading rows: a heading over several columns with further headings below it. A title is no heading.
    is_wide = any(last_column > column for _row, column, _last_row, last_column in here)
    named = [[column_of(text) for text in _texts(sheet, row)] for row in (first, first + 1) if row < len(sheet.rows)]
    if is_wide and len(named) == 2 and all(sum(name is not None for name in names) >= 2 for names in named):
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


def _named(stack: Sequence[str]) -> Column | None:
    """Return the column the heading rows above it name: the lowest text, the texts together, the upper ones."""
    for text in (stack[-1], "".join(stack), *reversed(stack[:-1])):
        if name := column_of(text):
            return name
    return None


def _settle(found: Mapping[int, Column]) -> dict[int, Column]:
    """Return which columns fill fields: each field once, and one column as the organization.

    A section or unit named outright is the organization; a responsible body only where there is none, otherwise it answers
    for the point if nobody else is named for that.
    """
    first: dict[Column, int] = {}
    for column, name in sorted(found.items()):
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

    `band` is the line between the rows above that holds for it, `note` what stands below the last point of the table.
    """

    sheet: str
    numbers: list[int]
    texts: dict[int, str]
    band: str = ""
    note: str = ""


def _raw_rows(sheet: SheetLike, header: _Header) -> list[_Raw]:
    """Return the points of a sheet with merged cells filled down and the rows of one point joined."""
    filled, wide = _merged_cells(sheet, header)
    points: list[_Raw] = []
    band, lines_between = "", []
    for row in range(header.last_row + 1, len(sheet.rows)):
        shared = filled.get(row, {})
        own = {
            column: text
            for column in range(len(sheet.rows[row]))
            if column not in shared and (text := _cell(sheet, row, column)).strip()
        }
        names = {header.columns.get(column) for column in own}
        if (
            not own
            or own.items() <= header.headings.items()
            or (names == {Column.NUMBER} and "".join(own.values()).isdigit())
        ):
            continue
        if (
            len(own) == 1
            and not any(shared.values())
            and (wide.get(row, 0) * 2 >= len(header.headings) or names == {Column.NUMBER})
        ):
            lines_between.extend(own.values())
        elif points and not lines_between and _goes_on(names, shared, header):
            points[-1].numbers.append(row + 1)
            for column, text in own.items():
                points[-1].texts[column] = "\n".join(filter(None, [points[-1].texts.get(column), text]))
        else:
            if lines_between:
                band, lines_between = "\n".join(lines_between), []
            points.append(_Raw(sheet.name, [row + 1], {**shared, **own}, band))
    if points:
        points[-1].note = "\n".join(lines_between)
    return points


def _merged_cells(sheet: SheetLike, header: _Header) -> tuple[dict[int, dict[int, str]], dict[int, int]]:
    """Return what cells merged downwards fill in (row → column → text), and how wide cells merged within one row are."""
    filled: dict[int, dict[int, str]] = {}
    wide: dict[int, int] = {}
    for first_row, first_column, last_row, last_column in sheet.merged:
        if first_row == last_row:
            wide[first_row] = max(wide.get(first_row, 0), last_column - first_column + 1)
        elif last_row > header.last_row:
            text = _cell(sheet, first_row, first_column) if first_row > header.last_row else ""
            for row in range(max(first_row, header.last_row) + 1, last_row + 1):
                filled.setdefault(row, {})[first_column] = text
    return filled, wide


def _goes_on(names: set[Column | None], shared: Mapping[int, str], header: _Header) -> bool:
    """Say whether a row whose own cells are `names` and whose merged cells are `shared` belongs to the point above it.

    Only texts may go on. With measures of its own a row goes on where the number, title or code is merged with the row
    above; with a text alone also below a merged matter, or where nothing else stands in the row.
    """
    if not names <= _GOES_ON:
        return False
    merged = {header.columns.get(column) for column, text in shared.items() if text} & _IDENTITY
    if merged - {Column.MATTER}:
        return True
    return len(names) == 1 and bool(_IDENTITY & set(header.columns.values()))


def _interpret(
    raw: _Raw, header: _Header, unit_name: str, is_own_code: Callable[[str], object], grade_words: Sequence[str]
) -> LedgerRow:
    """Return the point a raw row describes."""
    at = {name: column for column, name in header.columns.items()}
    for name in (Column.CATEGORY, Column.GRADE, Column.LEVEL):
        if is_open_word(raw.texts.get(at.get(name), "")):
            del raw.texts[at[name]]
    cells = {name: raw.texts.get(column, "") for name, column in at.items() if name != Column.NUMBER}
    row = LedgerRow(
        sheet=raw.sheet,
        numbers=tuple(raw.numbers),
        letters={name: letter(column) for name, column in at.items()},
        headings={name: header.heading(column) for name, column in at.items()},
        values={},
    )
    _place(row, cells, unit_name)
    _words(row, cells, raw.band, grade_words)
    _texts_of(row, cells)
    if is_own_code(cells.get(Column.CODE, "").strip()):
        row.values[Column.CODE] = cells[Column.CODE].strip()
    _keep_the_rest(row, raw, header, cells, unit_name)
    _check(row, raw, header)
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


def _words(row: LedgerRow, cells: Mapping[Column, str], band: str, grade_words: Sequence[str]) -> None:
    """Read category and grade; a category may stand as a line above its points."""
    category = cells.get(Column.CATEGORY, "").strip() or (band if category_of(band) else "")
    grade, level = (cells.get(name, "").strip() for name in (Column.GRADE, Column.LEVEL))
    row.category = category_of(category)
    row.grade = grade_of(grade, grade_words) if grade else _grade_in_front(cells.get(Column.TITLE, ""))
    for name, written, known in (
        (Column.CATEGORY, category, row.category),
        (Column.GRADE, grade, row.grade),
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


def _keep_the_rest(row: LedgerRow, raw: _Raw, header: _Header, cells: Mapping[Column, str], unit_name: str) -> None:
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
        name = header.columns.get(column)
        if name == Column.NUMBER or not text.strip() or any(text.strip() in place for place in shown.get(name, ())):
            continue
        kept.setdefault(header.heading(column), []).append(text)
    if raw.band and raw.band != row.as_written.get(Column.CATEGORY):
        kept.setdefault(gettext("line above"), []).append(raw.band)
    if raw.note:
        kept.setdefault(gettext("line below the table"), []).append(raw.note)
    row.kept = {heading: "\n".join(texts) for heading, texts in kept.items()}


_LIMITS = {
    Column.MATTER: TITLE_LENGTH,
    Column.TITLE: TITLE_LENGTH,
    Column.RESPONSIBLE: TITLE_LENGTH,
    Column.LEADER: TITLE_LENGTH,
}


def _check(row: LedgerRow, raw: _Raw, header: _Header) -> None:
    """Note what cannot be stored: characters by the cell they stand in, lengths by field, a row that says nothing."""
    for column, text in sorted(raw.texts.items()):
        if len(text) <= TEXT_LENGTH and text.replace("\n", "").isprintable():
            continue  # nearly every cell; nothing printable is forbidden
        limit = len(text) if header.columns.get(column) in (Column.MEASURES, Column.REMARK) else TEXT_LENGTH
        for sentence in problems(text, limit=limit):
            row.problems.append(Problem(row.sheet, row.numbers[0], letter(column), sentence))
    lengths = [(name, row.values[name], limit) for name, limit in _LIMITS.items()]
    lengths += [(Column.ORGANIZATION, row.section, NAME_LENGTH), (Column.POST, row.post, NAME_LENGTH)]
    lengths += [(Column.MEASURES, measure, MEASURE_LENGTH) for measure in row.measures]
    lengths += [(Column.REMARK, remark_cell(row.kept), REMARK_LENGTH)]
    for name, text, limit in lengths:
        if len(text) > limit:
            row.problem(name, problems("·" * len(text), limit=limit)[0])
    if not row.values[Column.TITLE].strip():
        row.problem(
            Column.TITLE,
            gettext("Neither a risk point, a matter nor a description stands in this row. Fill in one or delete it."),
        )
