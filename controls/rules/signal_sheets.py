"""What a workbook of monitoring signals says, from plain lists of lists of text; every problem named with its cell."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, gettext, gettext_lazy, override, pgettext_lazy

from registry.rules import TEXT_LENGTH, Refused, clean_text, problems
from registry.rules.rosters import date_of
from registry.rules.workbooks import Problem, SheetLike, letter, word_form

from .signals import MOST_SIGNALS, SOURCE_LENGTH, check_received
from .vocabulary import SignalChannel

HEADER_WITHIN = 20
_WORD_LENGTH = 300


@dataclass(frozen=True)
class SignalField:
    """A column: how our template heads it, how others do, what to enter."""

    name: str
    heading: str
    words: str
    help: str
    is_needed: bool = True
    limit: int = _WORD_LENGTH
    is_one_line: bool = True


FIELDS = (
    SignalField(
        "channel",
        gettext_lazy("channel"),
        "渠道 来源渠道 信息渠道 监控渠道",
        gettext_lazy("One of the channels of the list."),
    ),
    SignalField(
        "received_on",
        gettext_lazy("received on"),
        "收到日期 受理日期 接收日期 日期",
        gettext_lazy("The day it came in, as in 2026-03-01."),
    ),
    SignalField(
        "organization",
        gettext_lazy("about which organization"),
        "涉及机构 反映机构 机构 单位 科室 涉及单位 涉及科室",
        gettext_lazy("Its code; what stands behind the code is for whoever reads the sheet."),
    ),
    SignalField(
        "post",
        gettext_lazy("about which post"),
        "涉及岗位 反映岗位 岗位",
        gettext_lazy("The name of the post; empty for the organization as a whole."),
        is_needed=False,
    ),
    SignalField(
        "point",
        gettext_lazy("about which risk point"),
        "涉及风险点 风险点 风险点编号 编号",
        gettext_lazy("Its code; may stay empty."),
        is_needed=False,
    ),
    SignalField(
        "text",
        gettext_lazy("what it says"),
        "内容 信息内容 反映内容 主要内容",
        gettext_lazy("What was brought, in its own words where possible."),
        limit=TEXT_LENGTH,
        is_one_line=False,
    ),
    SignalField(
        "is_confidential",
        gettext_lazy("confidential"),
        "保密 是否保密",
        gettext_lazy("Yes or no; empty is yes."),
        is_needed=False,
    ),
    SignalField(
        "source",
        gettext_lazy("who it came from"),
        "来源 反映人 举报人 信息来源",
        gettext_lazy("Stored encrypted and shown to inspectors only; may stay empty."),
        is_needed=False,
        limit=SOURCE_LENGTH,
        is_one_line=False,
    ),
)
CHANNEL_WORDS = {
    SignalChannel.MEETING: "民主生活会",
    SignalChannel.APPRAISAL: "群众评议 评议",
    SignalChannel.MEDIA: "舆论监督 媒体监督 媒体 舆情",
    SignalChannel.LETTER: "信访举报 信访 举报 来信来访",
    SignalChannel.HOTLINE: "政风行风热线 热线",
    SignalChannel.COMPLAINT: "行政投诉 投诉",
    SignalChannel.SELF_CHECK: "自查 自查自纠",
    SignalChannel.COVERT: "明查暗访 明察暗访 暗访",
    SignalChannel.SPECIAL: "专项检查",
    SignalChannel.AUDIT: "审计 审计监督",
}
YES = pgettext_lazy("confidential", "yes")
NO = pgettext_lazy("confidential", "no")


@dataclass
class SignalRow:
    """One row: where it stands, what it says by field, and what is wrong with it."""

    sheet: str
    row: int
    letters: Mapping[str, str]
    values: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)

    def problem(self, name: str, text: str) -> None:
        """Note something wrong in the cell of a field."""
        self.problems.append(Problem(self.sheet, self.row, self.letters.get(name), text))


@dataclass
class SignalSheet:
    """What was read: the rows, and what is wrong with the file as a whole."""

    rows: list[SignalRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_signals(sheets: Sequence[SheetLike], today: dt.date) -> SignalSheet:
    """Read the first sheet that has the columns; raises Refused where none has."""
    for sheet in sheets:
        found = _header(sheet)
        if found is not None:
            return _read(sheet, *found, today)
    needed = gettext(", ").join(str(each.heading) for each in FIELDS if each.is_needed)
    raise Refused(gettext("No sheet of this workbook names the columns: %s. Use the template.") % needed)


def _header(sheet: SheetLike) -> tuple[int, dict[str, int]] | None:
    table = _headings(get_language())
    for number, cells in enumerate(sheet.rows[:HEADER_WITHIN]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(cells):
            name = table.get(word_form(cell)) if len(cell) <= _WORD_LENGTH else None
            if name is not None:
                columns.setdefault(name, column)
        if len(columns) >= 3:
            return number, columns
    return None


def _read(sheet: SheetLike, header: int, columns: Mapping[str, int], today: dt.date) -> SignalSheet:
    found = SignalSheet()
    for each in FIELDS:
        if each.is_needed and each.name not in columns:
            sentence = gettext("The column “%s” is missing.") % each.heading
            found.problems.append(Problem(sheet.name, header + 1, None, sentence))
    if found.problems:
        return found
    letters = {name: letter(column) for name, column in columns.items()}
    for number, cells in enumerate(sheet.rows[header + 1 :], start=header + 2):
        texts = {
            each.name: clean_text(cells[columns[each.name]]).strip()
            if each.name in columns and columns[each.name] < len(cells)
            else ""
            for each in FIELDS
        }
        if not any(texts.values()):
            continue
        row = SignalRow(sheet.name, number, letters, {})
        for each in FIELDS:
            row.values[each.name] = _value(each, texts[each.name], row, today)
        found.rows.append(row)
    if not found.rows:
        found.problems.append(Problem(sheet.name, None, None, gettext("There is no row below the headings.")))
    if len(found.rows) > MOST_SIGNALS:
        sentence = gettext("At most %(most)s signals are taken in from one workbook; this has %(rows)s.")
        found.problems.append(
            Problem(sheet.name, None, None, sentence % {"most": MOST_SIGNALS, "rows": len(found.rows)})
        )
        found.rows = []
    return found


def _value(each: SignalField, text: str, row: SignalRow, today: dt.date) -> Any:
    """Return a cell as what is stored; note what is wrong with it."""
    if not text:
        if each.is_needed:
            row.problem(each.name, gettext("“%s” is missing.") % each.heading)
        return True if each.name == "is_confidential" else ""
    sentences = problems(text, limit=each.limit, one_line=each.is_one_line)
    for sentence in sentences:
        row.problem(each.name, sentence)
    if sentences:
        return ""
    match each.name:
        case "channel":
            return _chosen(each, text, row, _channels(get_language()))
        case "is_confidential":
            found = _chosen(each, text, row, _answers(get_language()))
            return True if found == "" else found
        case "received_on":
            return _day(each, text, row, today)
        case "organization" | "point":
            return text.split()[0]
    return text


def _chosen(each: SignalField, text: str, row: SignalRow, table: Mapping[str, Any]) -> Any:
    found = table.get(word_form(text))
    if found is None:
        row.problem(
            each.name, gettext("“%s” is none of the words of this column; see the list in the template.") % text[:40]
        )
        return ""
    return found


def _day(each: SignalField, text: str, row: SignalRow, today: dt.date) -> str:
    day = date_of(text)
    if day is None:
        row.problem(each.name, gettext("“%s” is no date; write it as 2026-03-01.") % text[:40])
        return ""
    try:
        check_received(day, today)
    except Refused as why:
        row.problem(each.name, str(why))
    return day.isoformat()


@lru_cache
def _headings(language: str | None) -> dict[str, str]:
    return _by_words([(each.name, each.words, each.heading) for each in FIELDS], language)


@lru_cache
def _channels(language: str | None) -> dict[str, str]:
    return _by_words([(each.value, words, each.label) for each, words in CHANNEL_WORDS.items()], language)


@lru_cache
def _answers(language: str | None) -> dict[str, bool]:
    return _by_words([(True, "是 yes", YES), (False, "否 no", NO)], language)


def _by_words(entries: Sequence[tuple[Any, str, Any]], language: str | None) -> dict[str, Any]:
    """Return form of a word → value: the words themselves, and the label in English and in the language that is read."""
    table: dict[str, Any] = {}
    for value, words, label in entries:
        for word in words.split():
            table.setdefault(word_form(word), value)
        for chosen in (None, language):
            with override(chosen):
                table.setdefault(word_form(str(label)), value)
    return table
