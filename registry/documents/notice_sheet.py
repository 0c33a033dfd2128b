"""The public-notice sheet (公示表): what hangs on the wall, made from plain values that are frozen with the notice."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..rules import ExtensionCause
from ..rules.workbooks import HEADINGS, Column, category_cell, grade_cell, level_cell, measures_cell
from .sheets import LANDSCAPE, Grid, Sheet, in_own_language, safe_name

HOLDER = "holder"
_COLUMNS = (
    Column.NUMBER, Column.ORGANIZATION, Column.POST, HOLDER, Column.LEVEL, Column.CATEGORY, Column.TITLE,
    Column.MANIFESTATION, Column.GRADE, Column.MEASURES,
)  # fmt: skip
_FLOWING = frozenset({Column.TITLE, Column.MANIFESTATION, Column.MEASURES})
# Cells merged down, each only beside equal cells of the columns given.
_MERGED = {Column.ORGANIZATION: (), Column.POST: (Column.ORGANIZATION,), HOLDER: (Column.ORGANIZATION, Column.POST)}


@in_own_language
def notice_sheet(content: Mapping[str, Any]) -> Sheet:
    """Return the sheet of a notice; without a number it is a preview and says so across every page.

    `content`: title, issuer, number, code, address (what the QR code opens), starts_on, ends_on, posted_on (ISO dates or
    None), days, contact, names (whether holders are named), digest, head, measures_kind, lines, earlier (the notice it names, or
    None), extensions.
    """
    number = content["number"]
    title = content["title"]
    return Sheet(
        template="documents/notice.html",
        context={
            "notice": content,
            "intro": _intro(content),
            "opt_outs": _opt_outs(content),
            "earlier": _of_earlier(content["earlier"]),
            "corrections": _corrections(content),
            "extensions": [_extension(each) for each in content["extensions"]],
            "posted_on": _day(content["posted_on"]),
            "running": _("Notice %s") % number if number else "",
            "qr": segno.make(content["address"], error="m").svg_data_uri(border=0) if content["address"] else "",
        },
        title=title,
        stem=f"{safe_name(title)} {number}".strip(),
        paper=LANDSCAPE,
        grids=[_grid(content)],
        mark="" if number else _("SAMPLE"),
    )


def verification_address(code: str) -> str:
    """Return the address behind the QR code of a sheet; where the installation's own is not set, the short code alone."""
    if not code:
        return ""
    if not settings.SITE_URL:
        return code
    return settings.SITE_URL.rstrip("/") + reverse("registry:verify", args=[code])


def _day(text: str | None) -> str:
    return date_format(dt.date.fromisoformat(text)) if text else ""


def _intro(content: Mapping[str, Any]) -> str:
    """Return the paragraph above the table: what is shown, by whom, how long."""
    about = {"issuer": content["issuer"], "count": len(content["lines"]), "days": content["days"]}
    if content["measures_kind"]:
        what = _(
            "As the work plan for controlling integrity risks provides, the preventive measures that the holders of posts "
            "have drawn up for %(count)s integrity-risk points are hereby shown by %(issuer)s before the party organization "
            "reviews them, for everybody to supervise."
        )
    else:
        what = _(
            "As the work plan for controlling integrity risks provides, %(count)s integrity-risk points of %(issuer)s, identified, "
            "graded, reviewed and filed, are hereby made public for everybody to supervise."
        )
    if content["starts_on"] and content["ends_on"]:
        about |= {"starts_on": _day(content["starts_on"]), "ends_on": _day(content["ends_on"])}
        how_long = _("The notice runs from %(starts_on)s to %(ends_on)s (%(days)s working days).")
    else:
        how_long = _("The notice runs for %(days)s working days from the day it is posted.")
    how = _("Objections are taken within this time in the ways given at the end.")
    return _("%(what)s %(how_long)s %(how)s") % {"what": what % about, "how_long": how_long % about, "how": how}


def _of_earlier(earlier: Mapping[str, Any] | None) -> str:
    """Return what the sheet says above its table of the notice it names."""
    if not earlier:
        return ""
    if not earlier["takes_place"]:
        return _("This notice shows anew what was corrected after notice %(number)s.") % earlier
    said = _("This notice takes the place of notice %(number)s.") % earlier
    if not earlier["left_out"]:
        return said
    numbers = _(", ").join(str(ordinal) for ordinal in earlier["left_out"])
    left_out = _("Of that notice it no longer shows: lines %(numbers)s.") % {"numbers": numbers}
    return _("%(first)s %(second)s") % {"first": said, "second": left_out}


def _corrections(content: Mapping[str, Any]) -> list[str]:
    """Return what the sheet says below its table of lines that were corrected after a notice."""
    said = []
    for number, line in enumerate(content["lines"], start=1):
        if "corrects" not in line:
            continue
        corrects = line["corrects"]
        told = {
            "line": number,
            "number": corrects["number"],
            "ordinal": corrects["ordinal"],
            "changed": _(", ").join(_heading(name) for name in corrects["changed"]) or _("nothing that is shown"),
        }
        sentence = (
            _("Line %(line)s corrects line %(ordinal)s of notice %(number)s after an objection; changed: %(changed)s.")
            if corrects["cause"] == "objection"
            else _(
                "Line %(line)s corrects line %(ordinal)s of notice %(number)s after the region's review; changed: %(changed)s."
            )
        )
        said.append(sentence % told)
    return said


def _heading(name: str) -> str:
    return str(HEADINGS[Column(name)])


def _extension(extension: Mapping[str, Any]) -> str:
    """Return the line that says until when and why a notice runs longer."""
    told = {
        "ends_on": _day(extension["ends_on"]),
        "days": extension["days"],
        "reason": extension["reason"],
        "extended_on": _day(extension["extended_on"]),
    }
    if extension["cause"] == ExtensionCause.CALENDAR:
        return _("Extended until %(ends_on)s, because days off were announced (%(extended_on)s): %(reason)s") % told
    return _("Extended by %(days)s working days until %(ends_on)s (%(extended_on)s), because: %(reason)s") % told


def _opt_outs(content: Mapping[str, Any]) -> list[str]:
    """Return what the lines say of opt-outs of small offices, each once with the numbers of its lines."""
    told: dict[str, list[str]] = {}
    for number, line in enumerate(content["lines"], start=1):
        if "opt_out" in line:
            told.setdefault(line["opt_out"], []).append(str(number))
    return [
        _("Lines %(numbers)s: %(note)s") % {"numbers": _(", ").join(numbers), "note": note}
        for note, numbers in told.items()
    ]


def _grid(content: Mapping[str, Any]) -> Grid:
    columns = [column for column in _COLUMNS if column != HOLDER or content["names"]]
    at = {column: place for place, column in enumerate(columns)}
    return Grid(
        columns=columns,
        headings=[_("Holder's name") if column == HOLDER else str(HEADINGS[column]) for column in columns],
        rows=[_cells(number, line, columns) for number, line in enumerate(content["lines"], start=1)],
        merge_down={at[column]: [at[other] for other in others] for column, others in _MERGED.items() if column in at},
        flowing=_FLOWING,
    )


def _cells(number: int, line: Mapping[str, Any], columns: list[str]) -> list[str]:
    worded = {
        Column.NUMBER: str(number),
        Column.LEVEL: level_cell(line["level"]),
        Column.CATEGORY: category_cell(line["category"]),
        Column.GRADE: line.get("grade_word") or grade_cell(line["grade"]),
        Column.MEASURES: measures_cell(line["measures"]),
    }
    return [worded[column] if column in worded else line[column] for column in columns]
