"""What a workbook of an organization says: organizations, posts, people, appointments and roles, a sheet for each.

Works on plain lists of lists of text. Everything that is wrong is collected, with sheet, row and column, so that a file
is corrected once and not cell by cell.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, gettext, gettext_lazy, override, pgettext_lazy

from ..roles import Role
from .organization import CODE_LENGTH, NAME_LENGTH, PARENTS
from .text import TEXT_LENGTH, clean_text, problems
from .vocabulary import OrganizationKind, Rank
from .workbooks import Problem, SheetLike, word_form

HEADER_WITHIN = 20


class Part(StrEnum):
    """The sheets, in the order in which they are taken in."""

    ORGANIZATIONS = "organizations"
    POSTS = "posts"
    PEOPLE = "people"
    APPOINTMENTS = "appointments"
    ROLES = "roles"


@dataclass(frozen=True)
class Field:
    """A column: how our own template heads it, how others do, what may stand in it."""

    name: str
    heading: str
    words: str
    help: str
    is_needed: bool = True
    limit: int = NAME_LENGTH
    choices: Mapping[str, str] = field(default_factory=dict)
    is_date: bool = False
    is_one_line: bool = True


# Words as offices write them; our own labels in every language count besides.
KIND_WORDS = {
    OrganizationKind.REGION: "地区 区县 县 市 区 州",
    OrganizationKind.UNIT: "单位 局 部门 机关",
    OrganizationKind.SECTION: "科室 股室 处室 内设机构",
}
RANK_WORDS = {
    Rank.BELOW_KE: "股级及以下 股级 科员 办事员 一般干部 股级以下",
    Rank.KE: "科级 正科级 副科级 正科 副科 乡科级",
    Rank.CHU: "处级及以上 处级 县处级 正处级 副处级 处级以上",
}
ROLE_WORDS = {
    Role.SECTION_HEAD: "科室负责人 股室负责人 部门负责人",
    Role.SUPERVISING_LEADER: "分管领导",
    Role.TEAM_MEMBER: "领导班子成员 班子成员",
    Role.PRINCIPAL_LEADER: "党政主要领导 主要领导",
    Role.PARTY_ORGANIZATION: "党组织 党组 党委",
    Role.OFFICE_CLERK: "领导小组办公室 领导小组办公室人员",
    Role.REGION_CLERK: "地区领导小组办公室 地区领导小组办公室人员",
    Role.INSPECTOR: "纪检监察人员 纪检监察",
    Role.NOTICE_PUBLISHER: "公示发布人",
    Role.RECORDER: "记录人 会议记录人",
    Role.SYSTEM_ADMINISTRATOR: "系统管理员",
    Role.SECURITY_ADMINISTRATOR: "安全管理员",
    Role.AUDIT_ADMINISTRATOR: "审计管理员",
}

SHEETS: dict[Part, tuple[str, str]] = {
    Part.ORGANIZATIONS: (pgettext_lazy("sheet", "organizations"), "机构 机构表 组织机构"),
    Part.POSTS: (pgettext_lazy("sheet", "posts"), "岗位 岗位表"),
    Part.PEOPLE: (pgettext_lazy("sheet", "people"), "人员 人员表 人员名单"),
    Part.APPOINTMENTS: (pgettext_lazy("sheet", "appointments"), "任职 任职表"),
    Part.ROLES: (pgettext_lazy("sheet", "roles"), "角色 角色表"),
}

_CODE = ("机构代码 机构编码 单位代码 科室代码 所在机构代码", gettext_lazy("Code of the organization it belongs to."))
_FROM = Field(
    "starts_on",
    gettext_lazy("from"),
    "起 起始日期 开始日期 任职日期 自",
    gettext_lazy("First day, as in 2026-03-01."),
    is_date=True,
)
_UNTIL = Field(
    "ends_on",
    gettext_lazy("until"),
    "止 终止日期 结束日期 免职日期 至",
    gettext_lazy("Last day; empty while it goes on."),
    is_needed=False,
    is_date=True,
)
_OPENED = Field(
    "opened_on",
    gettext_lazy("opened on"),
    "设立日期 成立日期",
    gettext_lazy("May be left empty."),
    is_needed=False,
    is_date=True,
)
_NUMBER = Field(
    "username",
    gettext_lazy("staff number"),
    "工号 人员编号 职工号",
    gettext_lazy("Letters, digits and . @ + - _; the person signs in with it."),
    limit=150,
)
_IN = Field("organization", gettext_lazy("code of its organization"), *_CODE, limit=CODE_LENGTH)
_POST = Field("post", gettext_lazy("post"), "岗位 岗位名称 职位", gettext_lazy("Name of the post."))

FIELDS: dict[Part, tuple[Field, ...]] = {
    Part.ORGANIZATIONS: (
        Field(
            "code",
            gettext_lazy("code of the organization"),
            "代码 编码 机构代码 机构编码",
            gettext_lazy(
                "Short and lasting: it becomes part of every number given there. Sections of CZJ are CZJ-01, …"
            ),
            limit=CODE_LENGTH,
        ),
        Field(
            "name",
            gettext_lazy("name of the organization"),
            "名称 机构名称 单位名称 科室名称",
            gettext_lazy("Full name."),
        ),
        Field(
            "kind",
            gettext_lazy("kind of organization"),
            "类别 类型 机构类别 机构类型",
            gettext_lazy("Region, unit or section."),
            choices=KIND_WORDS,
        ),
        Field(
            "parent",
            gettext_lazy("code of what it is a part of"),
            "上级代码 上级机构代码 上级编码 隶属机构代码 上级",
            gettext_lazy("Empty only for the first region."),
            is_needed=False,
            limit=CODE_LENGTH,
        ),
        _OPENED,
    ),
    Part.POSTS: (
        _IN,
        _POST,
        Field(
            "duties",
            gettext_lazy("duties"),
            "职责 岗位职责 主要职责",
            gettext_lazy("May be left empty."),
            is_needed=False,
            limit=TEXT_LENGTH,
            is_one_line=False,
        ),
        _OPENED,
    ),
    Part.PEOPLE: (
        _NUMBER,
        Field(
            "name",
            gettext_lazy("name of the person"),
            "姓名 名字 人员姓名",
            gettext_lazy("In full; up to 100 characters."),
        ),
    ),
    Part.APPOINTMENTS: (
        _NUMBER,
        _IN,
        _POST,
        Field(
            "rank",
            gettext_lazy("cadre rank"),
            "职级 干部职级 级别",
            gettext_lazy("Below ke rank, ke rank, or chu rank or above. It decides whether the region reviews."),
            choices=RANK_WORDS,
        ),
        _FROM,
        _UNTIL,
    ),
    Part.ROLES: (
        _NUMBER,
        _IN,
        Field(
            "role", gettext_lazy("role"), "角色 角色名称", gettext_lazy("One of the roles below."), choices=ROLE_WORDS
        ),
        _FROM,
        _UNTIL,
        Field(
            "reason",
            gettext_lazy("basis"),
            "依据 任命依据 文号 备注 说明",
            gettext_lazy("Document by which it was given; may be left empty."),
            is_needed=False,
            limit=500,
        ),
    ),
}
# What tells rows of one sheet apart.
KEYS: dict[Part, tuple[str, ...]] = {
    Part.ORGANIZATIONS: ("code",),
    Part.POSTS: ("organization", "post"),
    Part.PEOPLE: ("username",),
    Part.APPOINTMENTS: ("username", "organization", "post", "starts_on"),
    Part.ROLES: ("username", "organization", "role", "starts_on"),
}

_DATE = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*日?")
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")


@dataclass
class RosterRow:
    """One row: values by field (dates as dates, choices as stored values), where it stands, what is wrong with it."""

    part: Part
    sheet: str
    row: int
    values: dict[str, Any]
    letters: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def problem(self, name: str | None, text: str) -> None:
        """Note what is wrong in a field of this row (None: the row as a whole)."""
        self.problems.append(Problem(self.sheet, self.row, self.letters.get(name or ""), text))

    @property
    def key(self) -> tuple:
        return tuple(self.values[name] for name in KEYS[self.part])


@dataclass
class Roster:
    """What was read: rows by sheet, what is wrong with the file, sheets that are none of ours."""

    rows: dict[Part, list[RosterRow]] = field(default_factory=lambda: {part: [] for part in Part})
    problems: list[Problem] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    found: set[Part] = field(default_factory=set)


def read_roster(sheets: Sequence[SheetLike]) -> Roster:
    """Read the five sheets; any may be missing. Organizations come in an order in which parents stand first."""
    roster = Roster()
    for sheet in sheets:
        part = _table("sheet", get_language()).get(word_form(sheet.name))
        if part is None:
            if any(sheet.rows):
                roster.skipped.append(sheet.name)
        elif part in roster.found:
            roster.problems.append(Problem(sheet.name, None, None, gettext("There is a second sheet of this kind.")))
        else:
            roster.found.add(part)
            _read_sheet(roster, part, sheet)
    for part, rows in roster.rows.items():
        _find_doubles(part, rows)
    _check_organizations(roster.rows[Part.ORGANIZATIONS])
    for row in (*roster.rows[Part.APPOINTMENTS], *roster.rows[Part.ROLES]):
        first, last = row.values.get("starts_on"), row.values.get("ends_on")
        if first and last and last < first:
            row.problem("ends_on", gettext("The last day lies before the first."))
    return roster


def _read_sheet(roster: Roster, part: Part, sheet: SheetLike) -> None:
    found = _header(part, sheet)
    if found is None:
        roster.problems.append(
            Problem(
                sheet.name,
                None,
                None,
                gettext("No row names the columns of this sheet: %s.")
                % gettext(", ").join(str(each.heading) for each in FIELDS[part] if each.is_needed),
            )
        )
        return
    header, columns = found
    missing = [each for each in FIELDS[part] if each.is_needed and each.name not in columns]
    for each in missing:
        roster.problems.append(
            Problem(sheet.name, header + 1, None, gettext("The column “%s” is missing.") % each.heading)
        )
    letters = {name: _letter(column) for name, column in columns.items()}
    for number, cells in enumerate(sheet.rows[header + 1 :], start=header + 2):
        texts = {
            name: clean_text(cells[column]).strip() if column < len(cells) else "" for name, column in columns.items()
        }
        if not any(texts.values()):
            continue
        row = RosterRow(part, sheet.name, number, {each.name: None for each in FIELDS[part]}, letters)
        for each in FIELDS[part]:
            if each.name in texts:
                row.values[each.name] = _value(each, texts[each.name], row)
        roster.rows[part].append(row)
    if missing:
        roster.rows[part].clear()


def _header(part: Part, sheet: SheetLike) -> tuple[int, dict[str, int]] | None:
    """Return the row that names the columns (from 0) and the column of each field; the row with most of them."""
    best: tuple[int, dict[str, int]] | None = None
    table = _table(part, get_language())
    for number, cells in enumerate(sheet.rows[:HEADER_WITHIN]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(cells):
            name = table.get(word_form(re.sub(r"[(（].*?[)）]", "", cell)))
            if name is not None:
                columns.setdefault(name, column)
        if len(columns) >= 2 and (best is None or len(columns) > len(best[1])):
            best = number, columns
    return best


def _value(each: Field, text: str, row: RosterRow) -> Any:
    """Return a cell as what is stored; note what is wrong with it."""
    if not text:
        if each.is_needed:
            row.problem(each.name, gettext("“%s” is missing.") % each.heading)
        return None if each.is_date else ""
    if each.is_date:
        day = date_of(text)
        if day is None:
            row.problem(each.name, gettext("“%s” is no date; write it as 2026-03-01.") % text[:40])
        return day
    if each.choices:
        found = _table(each.name, get_language()).get(word_form(text))
        if found is None:
            known = gettext(", ").join(str(type(value)(value).label) for value in each.choices)
            row.problem(each.name, gettext("“%(text)s” is none of: %(known)s.") % {"text": text[:40], "known": known})
        return found or ""
    for sentence in problems(text, limit=each.limit, one_line=each.is_one_line):
        row.problem(each.name, sentence)
    return text


def date_of(text: str) -> dt.date | None:
    """Return the day a cell names in one of the usual ways, or None."""
    found = _DATE.fullmatch(text.strip()) or _EIGHT_DIGITS.fullmatch(text.strip())
    try:
        return dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _find_doubles(part: Part, rows: Sequence[RosterRow]) -> None:
    seen: dict[tuple, int] = {}
    for row in rows:
        key = tuple(value.lower() if isinstance(value, str) else value for value in row.key)
        if None in key or "" in key:
            continue
        if key in seen:
            row.problem(KEYS[part][0], gettext("The same stands in row %s already.") % seen[key])
        seen.setdefault(key, row.row)


def _check_organizations(rows: list[RosterRow]) -> None:
    """Check who may be a part of whom within the file, and put parents in front."""
    by_code = {row.values["code"]: row for row in rows}
    depths: dict[str, int] = {}

    def depth(code: str, below: tuple[str, ...] = ()) -> int:
        if code in below:
            return -1
        if code not in depths:
            parent = by_code[code].values["parent"]
            above = depth(parent, (*below, code)) if parent in by_code else 0
            depths[code] = -1 if above < 0 else above + 1
        return depths[code]

    for row in rows:
        code, parent, kind = (row.values[name] for name in ("code", "parent", "kind"))
        if code in by_code and depth(code) < 0:
            row.problem("parent", gettext("It would be a part of itself."))
        elif kind and not parent and None not in PARENTS[kind]:
            row.problem("parent", gettext("A %s is always a part of something.") % OrganizationKind(kind).label)
        elif kind and parent in by_code and (above := by_code[parent].values["kind"]) and above not in PARENTS[kind]:
            row.problem(
                "parent",
                gettext("A %(kind)s cannot be a part of a %(parent)s.")
                % {"kind": OrganizationKind(kind).label, "parent": OrganizationKind(above).label},
            )
    rows.sort(key=lambda row: depths.get(row.values["code"], 0))


@lru_cache
def _table(words: str, language: str | None) -> dict[str, Any]:
    """Return form of a word → value of a vocabulary: its words, our own in this language and in English, the stored value."""
    table: dict[str, Any] = {}
    entries: list[tuple[Any, str, Any]] = []
    if words == "sheet":
        entries = [(part, listed, label) for part, (label, listed) in SHEETS.items()]
    elif words in FIELDS:
        entries = [(each.name, each.words, each.heading) for each in FIELDS[Part(words)]]
    else:
        listed = {"kind": KIND_WORDS, "rank": RANK_WORDS, "role": ROLE_WORDS}[words]
        entries = [(value, line, type(value)(value).label) for value, line in listed.items()]
    for value, line, label in entries:
        for word in line.split():
            table.setdefault(word_form(word), value)
        for chosen in (None, language):
            with override(chosen):
                table.setdefault(word_form(str(label)), value)
        table.setdefault(word_form(str(value)), value)
    return table


def _letter(column: int) -> str:
    """Return the letters by which a workbook names a column counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
