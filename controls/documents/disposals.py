"""Disposals on paper: the document of each kind, the form of its answer, the register as a workbook; and counts for others."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from registry.documents.ledger import safe_name
from registry.documents.sheets import Sheet, in_own_language
from registry.models import Organization, Person
from registry.output.writer import Table, write_workbook

from ..models import Disposal, DisposalStep
from ..querysets.disposals import DisposalQuerySet
from ..rules import DisposalKind, DisposalState, DisposalVerb, not_to_be_computed

MOST_ROWS = 20_000


def reader_mark(reader: Person) -> str:
    """Return what stands across every page, on paper and on screen: who took it, and on which day."""
    return f"{reader.name} {timezone.localdate():%Y-%m-%d}"


def _titles() -> dict[str, str]:
    return {
        DisposalKind.WARNING: _("Letter of warning"),
        DisposalKind.ADMONITION: _("Letter of admonition"),
        DisposalKind.RECTIFICATION: _("Rectification order"),
    }


@in_own_language
def disposal_sheet(disposal: Disposal, *, reader: Person) -> Sheet:
    """Return the document of a decided disposal, marked with who takes it."""
    title = _titles()[disposal.kind]
    context = {
        "disposal": disposal,
        "issuer": _("Leading group of %s") % disposal.body.name,
        "decided_on": date_format(timezone.localdate(disposal.decided_at)),
        "answer": _answer_sentence(disposal),
        "is_of_a_person": disposal.person_id is not None,
    }
    stem = " ".join([title, safe_name(disposal.number)])
    return Sheet("documents/disposal.html", context, title=title, stem=stem, mark=reader_mark(reader))


def _answer_sentence(disposal: Disposal) -> str:
    return _(
        "Answer in writing within %(days)s days of the day this is served: with an analysis, a commitment and the correction measures."
    ) % {"days": disposal.term_days}


@in_own_language
def answer_sheet(disposal: Disposal, step: DisposalStep | None, *, reader: Person) -> Sheet:
    """Return the form of the answer, filled in with `step` or empty, marked with who takes it."""
    title = _("Answer to a disposal")
    context = {
        "disposal": disposal,
        "what": _titles()[disposal.kind],
        "step": step,
        "served_on": date_format(disposal.served_on) if disposal.served_on else "",
        "due_on": date_format(disposal.due_on) if disposal.due_on else "",
        "answered_on": date_format(timezone.localdate(step.at)) if step else "",
        "boxes": [
            (_("Analysis"), step.analysis if step else ""),
            (_("Commitment"), step.commitment if step else ""),
            (_("Correction measures"), step.correction if step else ""),
        ],
    }
    stem = " ".join([title, safe_name(disposal.number)])
    return Sheet("documents/disposal_answer.html", context, title=title, stem=stem, mark=reader_mark(reader))


def register_workbook(disposals: Iterable[Disposal], *, reader: Person) -> bytes:
    """Return the register of disposals in the order given; who took it and when stands above it."""
    headings = [
        _("No."), _("number"), _("kind"), _("whom it is about"), _("facts"), _("what is demanded"), _("decided by"),
        _("decided on"), _("served on"), _("to be answered by"), _("state"), _("outcome"),
    ]  # fmt: skip
    rows = [
        (
            number,
            each.number or "",
            str(each.get_kind_display()),
            each.whom,
            each.facts,
            each.demand,
            each.body.name if each.body else "",
            _day(timezone.localdate(each.decided_at) if each.decided_at else None),
            _day(each.served_on),
            _day(each.due_on),
            str(each.get_state_display()),
            each.outcome,
        )
        for number, each in enumerate(disposals, start=1)
    ]
    titles = [_("Register of disposals"), reader_mark(reader)]
    table = Table(_("disposals"), titles, headings, rows, (6, 18, 12, 30, 50, 40, 20, 12, 12, 12, 12, 40))
    return write_workbook([table])


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def with_outcomes(disposals: Iterable[Disposal]) -> list[Disposal]:
    """Return disposals, each with its `outcome` in words: what the step that closed or annulled it says."""
    found = list(disposals)
    verbs = (DisposalVerb.ACCEPT, DisposalVerb.REPLACE, DisposalVerb.ANNUL)
    steps = DisposalStep.objects.filter(disposal__in=[each.pk for each in found], verb__in=verbs).order_by("pk")
    said = {step.disposal_id: step.text for step in steps}
    for each in found:
        each.outcome = said.get(each.pk, "")
    return found


def shown_counts(found: DisposalQuerySet, units: Sequence[Organization]) -> list[dict[str, Any]]:
    """Return a row for each unit and one for all: its name, and how many of each kind and altogether were decided; None: not told.

    Annulled ones are not counted. No small count can be computed from the others (rules/disposals.py).
    """
    tallies = {(unit.pk, kind): 0 for unit in units for kind in DisposalKind.values}
    for unit, kind in found.exclude(state=DisposalState.ANNULLED).order_by().values_list("unit", "kind"):
        if (unit, kind) in tallies:
            tallies[unit, kind] += 1
    if not units:
        return []
    table = not_to_be_computed([[tallies[unit.pk, kind] for kind in DisposalKind.values] for unit in units])
    names = [*(unit.name for unit in units), _("together")]
    return [{"name": name, "counts": counts} for name, counts in zip(names, table, strict=True)]
