"""Files of taking in a ledger: reading what was uploaded, the same file marked, a template to fill in."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from ..models import Organization, Post, Scheme
from ..output.choosing import with_choices
from ..output.marking import mark_workbook
from ..output.reader import Sheet, read_workbook
from ..output.writer import Table, write_workbook
from ..rules import Category, Grade, Level
from ..rules.workbooks import HEADINGS, Column
from .sheets import in_own_language

# Rows that are prepared for filling in; more can be added below them.
ROWS = 300
_WIDTHS = {
    Column.ORGANIZATION: 16, Column.POST: 16, Column.LEVEL: 11, Column.CATEGORY: 14, Column.MATTER: 18, Column.TITLE: 20,
    Column.MANIFESTATION: 40, Column.GRADE: 14, Column.MEASURES: 42, Column.RESPONSIBLE: 12, Column.LEADER: 12,
    Column.REMARK: 18,
}  # fmt: skip
_COLUMNS = tuple(_WIDTHS)
_LISTED = (Column.ORGANIZATION, Column.POST, Column.LEVEL, Column.CATEGORY, Column.GRADE)


def read_upload(body: bytes, name: str) -> list[Sheet]:
    """Return the sheets of an uploaded workbook, read in the limited child process. Raises Unreadable."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"ledger{Path(name).suffix.lower()}")
        path.write_bytes(body)
        return read_workbook(path)


def marked_copy(body: bytes, name: str, problems: Sequence[Mapping]) -> bytes:
    """Return the person's own workbook with the cells of `problems` (sheet, row, column, text) marked.

    Of an .xls it is a new .xlsx with the same cells. Raises Unreadable.
    """
    return mark_workbook(
        body,
        keeps_own=not name.lower().endswith(".xls"),
        sheets=read_upload(body, name),
        marks=problems,
        words={"heading": _("What is wrong"), "sheet": _("Problems"), "author": _("Integrity-risk registry")},
    )


def marked_name(name: str) -> str:
    """Return what the marked copy of a file is called."""
    return _("%(name)s (marked).xlsx") % {"name": Path(name).stem}


def template_name(unit: Organization) -> str:
    """Return what the template of a unit is called."""
    return _("Ledger to fill in, %(unit)s.xlsx") % {"unit": unit.name}


@in_own_language
def ledger_template(unit: Organization, year: int) -> bytes:
    """Return an empty ledger of the unit, with its sections and posts, levels, categories and grades to choose from."""
    sections = Organization.objects.open_sections().filter(parent=unit)
    posts = Post.objects.open_at([unit, *sections])
    words = Scheme.objects.rule_over(unit.interval, year).words
    listed = {
        Column.ORGANIZATION: [unit.name, *(section.name for section in sections)],
        Column.POST: list(dict.fromkeys(post.name for post in posts)),
        Column.LEVEL: [str(level.label) for level in Level],
        Column.CATEGORY: [str(category.label) for category in Category],
        Column.GRADE: list(words) or [str(grade.label) for grade in Grade],
    }
    ledger, lists = _("Ledger"), _("To choose from")
    tables = [
        Table(
            name=ledger,
            titles=(),
            headings=[str(HEADINGS[column]) for column in _COLUMNS],
            rows=[[""] * len(_COLUMNS)] * ROWS,
            widths=list(_WIDTHS.values()),
        ),
        Table(
            name=lists,
            titles=(),
            headings=[str(HEADINGS[column]) for column in _LISTED],
            rows=_side_by_side(list(listed.values())),
            widths=[24] * len(_LISTED),
        ),
        _explanations(),
    ]
    choices = {_COLUMNS.index(column): (number, listed[column]) for number, column in enumerate(_LISTED)}
    return with_choices(write_workbook(tables), sheet=ledger, rows=(2, ROWS + 1), lists=lists, choices=choices)


def _side_by_side(columns: Sequence[Sequence[str]]) -> list[list[str]]:
    tallest = max(map(len, columns))
    return [[column[row] if row < len(column) else "" for column in columns] for row in range(tallest)]


def _explanations() -> Table:
    told = {
        Column.ORGANIZATION: (_("The section; the unit itself for its leadership team and its posts."), "办公室"),
        Column.POST: (
            _("The post; empty for what concerns the section or the leadership team as a whole."),
            "印章管理岗",
        ),
        Column.LEVEL: (
            _("Follows from the two columns before where they say it; may stay empty then."),
            Level.POST.label,
        ),
        Column.CATEGORY: (_("One of the five categories."), Category.DUTY.label),
        Column.MATTER: (_("Which power or business it is about."), "印章使用"),
        Column.TITLE: (_("A short name of the risk, one line."), "未经审批用印"),
        Column.MANIFESTATION: (
            _("What could happen, at which step, and how one would notice it."),
            "用印登记不全，事后补签。",
        ),
        Column.GRADE: (_("How grave it is, in the words of the unit."), Grade.II.label),
        Column.MEASURES: (_("Several measures are numbered, each on a line of its own."), "1.双人保管。\n2.用印留痕。"),
        Column.RESPONSIBLE: (_("Who answers for it."), "科长"),
        Column.LEADER: (_("Which leader answers for it."), "分管领导"),
        Column.REMARK: (_("Whatever else is to be kept."), ""),
    }
    return Table(
        name=_("How to fill in"),
        titles=(
            _("How to fill in the ledger"),
            _("One row for each risk point, in the first sheet. This sheet and the lists are not taken in."),
        ),
        headings=(_("Column"), _("What to enter"), _("For example")),
        rows=[(str(HEADINGS[column]), text, str(example)) for column, (text, example) in told.items()],
        widths=(24, 60, 40),
    )
