"""The words of a ledger: headings, grades, categories and levels as offices write them, and what our own cells show.

The same words are read (`reading`) and shown, so that an export can be taken in again.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache, partial
from typing import Protocol

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import get_language, gettext, gettext_lazy, override

from .cell_lists import STARS, split_measures
from .vocabulary import Category, Grade, Level, Method, PointState

# No heading and no word for a category or grade is longer; a longer text need not be looked up.
LONGEST_WORD = 100


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


class Beside(TextChoices):
    """Columns a reader of our ledger may choose besides: they tell what the register knows of a point, nothing its row says."""

    METHODS = "methods", gettext_lazy("how it was found")
    STATE = "state", gettext_lazy("state")
    SINCE = "since", gettext_lazy("in the ledger since")
    UNTIL = "until", gettext_lazy("in the ledger until")


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

# The traditional characters of the words here, in `rosters` and in `proposals`, and the simplified ones they are looked up by.
_SIMPLIFIED = str.maketrans(
    "專業嚴個爲為義樂習鄉亂親價衆眾會體黨關內況準別辦務區單佔縣雙發號喫後員圍圖處備複夠學實審對導層屬崗佈"
    "幹應開張強歸態惡託執擾報攏據斷無時機權來闆構標覈檔檢氣汙洩註潔瀆滯濫點獨獵翫環現監碼確禮離種稱類係級"
    "紀組織終結統續編羣職聯脫節範虛蝕觀規計認記論設評識誘說説請謀負責質貪購費賄輸違採錢鋪銷鍵門陽陰際險隸"
    "項順預領風驗",
    "专业严个为为义乐习乡乱亲价众众会体党关内况准别办务区单占县双发号吃后员围图处备复够学实审对导层属岗布"
    "干应开张强归态恶托执扰报拢据断无时机权来板构标核档检气污泄注洁渎滞滥点独猎玩环现监码确礼离种称类系级"
    "纪组织终结统续编群职联脱节范虚蚀观规计认记论设评识诱说说请谋负责质贪购费贿输违采钱铺销键门阳阴际险隶"
    "项顺预领风验",
)

_BRACKETS = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
# What stands in a number column and says nothing but the place of the row.
_NUMBER_MARK = re.compile(
    r"[(（]?(?:\d{1,6}(?:[-—.．]\d{1,3})*|[一二三四五六七八九十百]{1,5}|[①-⑳⑴-⒇⒈-⒛㈠-㈩❶-❿])[)）]?[、.．]?"
)
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
    if len(heading) > LONGEST_WORD:
        return None
    table = _table("heading", get_language())
    for text in (heading, _BRACKETS.sub("", heading)):
        name = word_form(text)
        for word in ("", *_IN_FRONT):
            if name.startswith(word) and (found := table.get(name.removeprefix(word))):
                return found
    return None


def _word(words: str, text: str) -> object | None:
    if len(text) > LONGEST_WORD:
        return None
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
    found = {own.get(line) or STARS.get(line) or _word("grade", line) for line in lines}
    return found.pop() if len(found) == 1 else None


def is_open_word(text: str) -> bool:
    """Say whether a cell says that something is still to be settled."""
    return plain(text) in (plain("待定"), plain("to be settled"), plain(gettext("to be settled")))


def is_number_mark(text: str) -> bool:
    """Say whether a cell of the number column holds a number alone: 1, 1.1, （一）, ①."""
    return _NUMBER_MARK.fullmatch(unicodedata.normalize("NFC", text.strip())) is not None


def level_of(text: str) -> str:
    """Return the level `text` names, or an empty text."""
    found = {_word("level", line) for line in text.splitlines() if line.strip()}
    return (found.pop() or "") if len(found) == 1 else ""


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


def beside_cells(methods: Sequence[str], state: str, since: dt.date | None, until: dt.date | None) -> dict[Beside, str]:
    """Return what the chosen columns tell of a version: the days as 2026-11-24, of what still stands no last one."""
    return {
        Beside.METHODS: _methods_cell(methods),
        Beside.STATE: str(PointState(state).label),
        Beside.SINCE: since.isoformat() if since else "",
        Beside.UNTIL: until.isoformat() if until else "",
    }


def _methods_cell(methods: Sequence[str]) -> str:
    return gettext(", ").join(str(Method(method).label) for method in methods)


def without_beside(kept: Mapping[str, str], methods: Sequence[str]) -> dict[str, str]:
    """Return the texts kept of a row of our own ledger without what its chosen columns told, in whatever language.

    `methods` are those of the point: other words under that heading were written by a person and stay. The state and the
    days may have changed since; any state and any day is the register's own word.
    """
    columns, states = _beside_words()
    found = {}
    for heading, text in kept.items():
        column, word = columns.get(heading), text.strip()
        if not (
            (column == Beside.METHODS and word in _in_all_languages(partial(_methods_cell, methods)))
            or (column == Beside.STATE and word in states)
            or (column in (Beside.SINCE, Beside.UNTIL) and _DAY.fullmatch(word))
        ):
            found[heading] = text
    return found


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _in_all_languages(say: Callable[[], str]) -> set[str]:
    """Return what `say` says in every language of the installation."""
    said = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            said.add(say())
    return said


@cache
def _beside_words() -> tuple[dict[str, Beside], set[str]]:
    """Return heading → column, and the words for states."""
    columns = {heading: column for column in Beside for heading in _in_all_languages(partial(str, column.label))}
    return columns, {word for state in PointState for word in _in_all_languages(partial(str, state.label))}


# ---- a workbook of somebody else


class SheetLike(Protocol):
    """A worksheet: cells from A1 on, merges as (first row, first column, last row, last column) from 0; `hidden` in the file."""

    name: str
    rows: Sequence[Sequence[str]]
    merged: Sequence[tuple[int, int, int, int]]
    hidden: bool


@dataclass(frozen=True)
class Problem:
    """Something wrong in the file; row as Excel counts, column by its letter. Both None: the file as a whole."""

    sheet: str | None
    row: int | None
    column: str | None
    text: str


def letter(column: int) -> str:
    """Return the letter of a column counted from 0."""
    name, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
