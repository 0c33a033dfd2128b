"""The register of monitoring signals as a workbook and on paper, and the workbook by which signals are taken in.

Who a signal came from is never among what is written here.
"""

import datetime as dt
from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from registry.documents.ledger import running_line, safe_name
from registry.documents.sheets import LANDSCAPE, Grid, Sheet, in_own_language
from registry.models import Organization, PointVersion, Post
from registry.output.choosing import with_choices
from registry.output.writer import Table, write_workbook
from registry.rules import STANDING_STATES

from ..models import Signal
from ..rules import SignalChannel
from ..rules.signal_sheets import FIELDS, NO, YES

MOST_ROWS = 5_000
MOST_ROWS_ON_PAPER = 500
ROWS = 300
_COLUMNS = ("number", "received", "channel", "organization", "about", "text", "judged")
_WIDTHS = (20, 13, 16, 22, 26, 60, 14, 40, 14)
_TEMPLATE_WIDTHS = {
    "channel": 16, "received_on": 14, "organization": 26, "post": 20, "point": 22, "text": 60, "is_confidential": 9, "source": 24,
}  # fmt: skip


def _rows(signals: QuerySet[Signal]) -> list[Signal]:
    return list(
        signals.select_related("organization", "unit", "post", "point").prefetch_related("judgements__judged_by")
    )


def _place(signal: Signal) -> str:
    if signal.organization_id == signal.unit_id:
        return signal.unit.name
    return f"{signal.unit.name}\n{signal.organization.name}"


def _about(signal: Signal) -> str:
    return "\n".join(filter(None, [signal.post.name if signal.post else "", signal.point.code if signal.point else ""]))


def _reason(signal: Signal) -> str:
    last = next(reversed(list(signal.judgements.all())), None)
    return "" if last is None else _("%(name)s: %(reason)s") % {"name": last.judged_by.name, "reason": last.reason}


def _confidential(signal: Signal) -> str:
    return str(YES if signal.is_confidential else NO)


@in_own_language
def register_workbook(signals: QuerySet[Signal], *, scope: str, filter_sentence: str, made_on: dt.date) -> bytes:
    """Return the register as a workbook, in its order. The caller has counted that there are not too many."""
    rows = [
        (
            signal.number,
            signal.received_on.isoformat(),
            signal.get_channel_display(),
            _place(signal),
            _about(signal),
            signal.text,
            signal.get_judged_display(),
            _reason(signal),
            _confidential(signal),
        )
        for signal in _rows(signals)
    ]
    about = _("Scope: %(scope)s; filter: %(filter_sentence)s; made on %(made_on)s") % {
        "scope": scope,
        "filter_sentence": filter_sentence or _("none"),
        "made_on": made_on.isoformat(),
    }
    headings = (
        _("No."), _("Received on"), _("Channel"), _("Unit or section"), _("Post, risk point"), _("What it says"), _("Judged"),
        _("Last reason"), _("Confidential"),
    )  # fmt: skip
    title = _("Register of monitoring signals")
    return write_workbook([Table(title, (title, about), headings, rows, _WIDTHS)])


@in_own_language
def register_sheet(signals: QuerySet[Signal], *, scope: str, filter_sentence: str, made_on: dt.date) -> Sheet:
    """Return the register on paper, every page marked as confidential."""
    rows = [
        (
            signal.number,
            date_format(signal.received_on),
            str(signal.get_channel_display()),
            _place(signal),
            _about(signal),
            signal.text,
            "\n".join(filter(None, [str(signal.get_judged_display()), _reason(signal)])),
        )
        for signal in _rows(signals)
    ]
    title = _("Register of monitoring signals")
    about = _("Scope: %(scope)s; filter: %(filter_sentence)s; made on %(made_on)s; %(count)s signals") % {
        "scope": scope,
        "filter_sentence": filter_sentence or _("none"),
        "made_on": date_format(made_on),
        "count": len(rows),
    }
    return Sheet(
        "documents/ledger.html",
        {"kind": "signals", "about": about, "running": running_line()},
        title=title,
        stem=" ".join([title, safe_name(scope), made_on.isoformat()]),
        paper=LANDSCAPE,
        mark=_("Confidential"),
        grids=[
            Grid(
                columns=_COLUMNS,
                headings=[
                    _("No."), _("Received on"), _("Channel"), _("Unit or section"), _("Post, risk point"), _("What it says"),
                    _("Judged"),
                ],
                rows=rows,
                flowing=frozenset({"text"}),
            )
        ],
    )  # fmt: skip


def register_name(scope: str, made_on: dt.date) -> str:
    """Return what the workbook is called; nothing of what stands in it."""
    return f"{_('Register of monitoring signals')} {safe_name(scope)} {made_on.isoformat()}.xlsx"


def template_name() -> str:
    """Return what the template is called."""
    return _("Monitoring signals to fill in.xlsx")


@in_own_language
def signals_template(organizations: Sequence[Organization]) -> bytes:
    """Return an empty workbook with the organizations, their posts and risk points, channels and answers to choose from."""
    posts = Post.objects.filter(organization__in=organizations, closed_on=None).order_by(
        "organization__tree_from", "pk"
    )
    points = (
        PointVersion.objects.filter(organization__in=organizations, state__in=STANDING_STATES)
        .order_by("position", "pk")
        .values_list("point__code", "title")
    )
    listed = {
        "channel": [str(each.label) for each in SignalChannel],
        "organization": [f"{each.code} {each.name}" for each in organizations],
        "post": list(dict.fromkeys(posts.values_list("name", flat=True))),
        "point": [f"{code} {title}" for code, title in points[:MOST_ROWS]],
        "is_confidential": [str(YES), str(NO)],
    }
    signals, lists = _("Monitoring signals"), _("To choose from")
    names = [each.name for each in FIELDS]
    headings = {each.name: str(each.heading) for each in FIELDS}
    tallest = max(map(len, listed.values()))
    tables = [
        Table(
            name=signals,
            titles=(),
            headings=list(headings.values()),
            rows=[[""] * len(FIELDS)] * ROWS,
            widths=[_TEMPLATE_WIDTHS[name] for name in names],
        ),
        Table(
            name=lists,
            titles=(),
            headings=[headings[name] for name in listed],
            rows=[[column[row] if row < len(column) else "" for column in listed.values()] for row in range(tallest)],
            widths=[30] * len(listed),
        ),
        _explanations(),
    ]
    choices = {names.index(name): (number, texts) for number, (name, texts) in enumerate(listed.items())}
    return with_choices(write_workbook(tables), sheet=signals, rows=(2, ROWS + 1), lists=lists, choices=choices)


def _explanations() -> Table:
    rows = [(str(each.heading), _("yes") if each.is_needed else _("no"), str(each.help)) for each in FIELDS]
    return Table(
        name=_("How to fill in"),
        titles=(
            _("How to fill in the workbook of monitoring signals"),
            _(
                "One row for each signal, in the first sheet. Look it over on the page first: nothing is taken in before that."
            ),
        ),
        headings=(_("Column"), _("Needed"), _("What to enter")),
        rows=rows,
        widths=(24, 10, 60),
    )
