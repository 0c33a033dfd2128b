"""The template of the workbook by which an organization is taken in."""

from django.utils.translation import gettext as _

from ..output.writer import Table, write_workbook
from ..rules.rosters import FIELDS, SHEETS, Part
from .sheets import in_own_language

_WIDTH, _WIDE = 18, 60


@in_own_language
def roster_template() -> bytes:
    """Return a workbook with the five empty sheets and one that explains every column."""
    tables = [
        Table(
            name=str(SHEETS[part][0]),
            titles=(),
            headings=[str(each.heading) for each in FIELDS[part]],
            rows=(),
            widths=[_WIDE if not each.is_one_line else _WIDTH for each in FIELDS[part]],
        )
        for part in Part
    ]
    return write_workbook([*tables, _explanations()])


def _explanations() -> Table:
    rows = []
    for part in Part:
        for each in FIELDS[part]:
            words = "\n".join(str(type(value)(value).label) for value in each.choices)
            rows.append(
                (
                    str(SHEETS[part][0]),
                    str(each.heading),
                    _("yes") if each.is_needed else _("no"),
                    "\n".join(filter(None, [str(each.help), words])),
                )
            )
    return Table(
        name=_("How to fill it in"),
        titles=(
            _("How to fill in the workbook of an organization"),
            _(
                "Fill in the sheets in front; any of them may stay empty. manage.py import_organization says what would happen."
            ),
            _("Taken in again, the same file changes nothing: what is there already is compared, not doubled."),
        ),
        headings=(_("Sheet"), _("Column"), _("Needed"), _("What to enter")),
        rows=rows,
        widths=(16, 26, 10, _WIDE),
        merge_down={0: ()},
    )
