"""The declaration on paper (登记表): as it was filled in and decided, or empty to be filled in by hand."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..actions.declarations import standing_of
from ..models import Decision, Declaration, NothingFound, PointVersion
from ..rules import DeclarationState, Level, Origin, Phase, Standing, StepKey, route
from .sheets import Sheet, in_own_language

BLANK_POINTS = 2


def _title(level: str) -> str:
    return {
        Level.POST: _("Register of a post's integrity-risk points"),
        Level.SECTION: _("Register of a section's integrity-risk points"),
        Level.LEADERSHIP: _("Register of a leadership team's integrity-risk points"),
    }.get(level) or _("Register of integrity-risk points")


@in_own_language
def declaration_sheet(
    declaration: Declaration,
    *,
    points: Iterable[PointVersion],
    nothing_found: Iterable[NothingFound],
    with_decisions: bool,
) -> Sheet:
    """Return the sheet of a declaration with these entries, each point with its `shown_measures`.

    `with_decisions` only for whom `access.sees_trace` allows them.
    """
    title = _title(declaration.level)
    is_draft = declaration.state == DeclarationState.DRAFT
    context = {
        "declaration": declaration,
        "facts": _facts(declaration),
        "points": list(points),
        "nothing_found": list(nothing_found),
        "boxes": _boxes(declaration) if with_decisions else [],
        "on_paper": _on_paper(declaration),
        "filler": "" if is_draft else declaration.holder_name,
        "submitted_on": _day(declaration.submitted_at),
    }
    return Sheet(
        template="documents/declaration.html",
        context=context,
        title=title,
        stem=" ".join(filter(None, [title, declaration.holder_name, declaration.number])),
        mark=str(DeclarationState.DRAFT.label) if is_draft else "",
    )


@in_own_language
def blank_declaration_sheet() -> Sheet:
    """Return the form of a post's declaration with nothing in it, for the way a member of staff's goes."""
    steps = route(Phase.POINTS, Level.POST, Standing.STAFF)
    context = {
        "facts": [{"label": label, "value": "", "is_wide": is_wide} for label, is_wide in _labels()],
        "points": [None] * BLANK_POINTS,
        "boxes": [_box(step) for step in steps],
        "is_blank": True,
    }
    title = _title(Level.POST)
    return Sheet("documents/declaration.html", context, title=title, stem=_("%s (blank)") % title)


def _labels() -> list[tuple[str, bool]]:
    """Return the facts of the form in order; a wide one has a line of its own."""
    return [
        (_("Unit"), False),
        (_("Section"), False),
        (_("Post"), False),
        (_("Holder's name"), False),
        (_("Cadre rank"), False),
        (_("Year"), False),
        (_("Duties of the post"), True),
    ]


def _facts(declaration: Declaration) -> list[dict[str, Any]]:
    """Return the facts as they were frozen at submission; before that as they stand."""
    organization = declaration.organization_name or declaration.organization.name
    appointment, post = declaration.appointment, declaration.post
    values = (
        declaration.unit_name or declaration.unit.name,
        organization if declaration.organization_id != declaration.unit_id else "",
        declaration.post_name or (post.name if post else ""),
        declaration.holder_name or (appointment.person.name if appointment else ""),
        declaration.get_rank_display() if declaration.rank else "",
        str(declaration.year),
        post.duties if post else "",
    )
    return [
        {"label": label, "value": value, "is_wide": is_wide}
        for (label, is_wide), value in zip(_labels(), values, strict=True)
    ]


def _boxes(declaration: Declaration) -> list[dict[str, Any]]:
    """Return an opinion box for each step of the last round, empty where nobody has decided yet."""
    if declaration.origin == Origin.IMPORTED:
        return []
    approval = declaration.approval
    if approval is None:
        standing = standing_of(declaration.appointment) if declaration.appointment else None
        return [_box(step) for step in route(declaration.phase, declaration.level, standing)]
    decisions = approval.decisions.filter(round=approval.round).select_related("decided_by").prefetch_related("remarks")
    made = {decision.step: decision for decision in decisions}
    return [_box(StepKey(step), made.get(step)) for step in approval.steps]


def _box(step: StepKey, decision: Decision | None = None) -> dict[str, Any]:
    if decision is None:
        return {"label": _("%s: opinion") % step.label}
    return {
        "label": _("%s: opinion") % step.label,
        "verdict": decision.get_verdict_display(),
        "opinion": decision.reason,
        "remarks": list(decision.remarks.all()),
        "name": decision.decided_by.name,
        "day": _day(decision.decided_at),
    }


def _on_paper(declaration: Declaration) -> str:
    """Return the sentence that says a declaration was filed on paper and entered later, or an empty text."""
    batch = declaration.batch
    if batch is None:
        return ""
    said = {"name": batch.entered_by.name, "day": _day(batch.entered_at), "basis": batch.basis}
    if batch.basis:
        return _("Filed on paper (%(basis)s); entered by %(name)s on %(day)s.") % said
    return _("Filed on paper; entered by %(name)s on %(day)s.") % said


def _day(moment) -> str:
    return date_format(timezone.localtime(moment).date()) if moment else ""
