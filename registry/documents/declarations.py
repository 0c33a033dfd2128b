"""The declaration on paper (登记表): as it was filled in and decided, or empty to be filled in by hand."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..actions.declarations import standing_of
from ..actions.meetings import meeting_note
from ..models import Decision, Declaration, NothingFound, PointVersion
from ..rules import DeclarationState, Level, Origin, Phase, Standing, StepKey, route
from .sheets import Sheet, in_own_language, safe_name

BLANK_POINTS = 2


def _title(level: str, phase: str = Phase.POINTS) -> str:
    if phase == Phase.MEASURES:
        return _("Register of preventive measures against integrity risks")
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
    meeting: Mapping[str, Any] | None,
    with_decisions: bool,
) -> Sheet:
    """Return the sheet of a declaration with these entries, each point with its `shown_measures`.

    `meeting` is the record in which a section or team settled it; `with_decisions`, and with them its minutes, only for whom
    `access.sees_trace` allows them.
    """
    title = _title(declaration.level, declaration.phase)
    is_draft = declaration.state == DeclarationState.DRAFT
    context = {
        "declaration": declaration,
        "facts": _facts(declaration) + _meeting_facts(meeting, with_minutes=with_decisions),
        "points": list(points),
        "nothing_found": list(nothing_found),
        "boxes": _boxes(declaration) if with_decisions else [],
        "on_paper": _on_paper(declaration),
        "filler": "" if is_draft else declaration.holder_name or _submitted_by(declaration),
        "submitted_on": _day(declaration.submitted_at),
    }
    return Sheet(
        template="documents/declaration.html",
        context=context,
        title=title,
        stem=" ".join(
            filter(None, [title, safe_name(declaration.holder_name or declaration.whose), declaration.number])
        ),
        mark=str(DeclarationState.DRAFT.label) if is_draft else "",
    )


@in_own_language
def blank_declaration_sheet(level: Level = Level.POST, phase: Phase = Phase.POINTS) -> Sheet:
    """Return the form with nothing in it, with a box for each step; of a post those that a member of staff's goes."""
    steps = route(phase, level, Standing.STAFF if level == Level.POST else None)
    labels = [*_labels(level), *(_meeting_labels() if level != Level.POST else [])]
    title = _title(level, phase)
    context = {
        "facts": [{"label": label, "value": "", "is_wide": is_wide} for label, is_wide in labels],
        "points": [None] * BLANK_POINTS,
        "boxes": [_box(step) for step in steps],
        "is_blank": True,
        "asks_what_was_not_found": phase == Phase.POINTS,
    }
    level_word = [_("(%(text)s)") % {"text": level.label}] if phase == Phase.MEASURES else []
    stem = "".join([_("%s (blank)") % title, *level_word])
    return Sheet("documents/declaration.html", context, title=title, stem=stem)


def _labels(level: str) -> list[tuple[str, bool]]:
    """Return the facts of the form of a level in order; a wide one has a line of its own."""
    if level in (Level.SECTION, Level.LEADERSHIP):
        return [(_("Unit"), False), (_("Section"), False), (_("Level"), False), (_("Year"), False)]
    return [
        (_("Unit"), False),
        (_("Section"), False),
        (_("Post"), False),
        (_("Holder's name"), False),
        (_("Cadre rank"), False),
        (_("Year"), False),
        (_("Duties of the post"), True),
    ]


def _meeting_labels() -> list[tuple[str, bool]]:
    return [(_("Meeting held on"), False), (_("Chair"), False), (_("Present"), True)]


def _facts(declaration: Declaration) -> list[dict[str, Any]]:
    """Return the facts as they were frozen at submission; before that as they stand."""
    organization = declaration.organization_name or declaration.organization.name
    appointment, post = declaration.appointment, declaration.post
    if declaration.level in (Level.SECTION, Level.LEADERSHIP):
        values = (
            declaration.unit_name or declaration.unit.name,
            organization if declaration.organization_id != declaration.unit_id else "",
            declaration.get_level_display(),
            str(declaration.year),
        )
        return _filled(_labels(declaration.level), values)
    values = (
        declaration.unit_name or declaration.unit.name,
        organization if declaration.organization_id != declaration.unit_id else "",
        declaration.post_name or (post.name if post else ""),
        declaration.holder_name or (appointment.person.name if appointment else ""),
        declaration.get_rank_display() if declaration.rank else "",
        str(declaration.year),
        post.duties if post else "",
    )
    return _filled(_labels(declaration.level), values)


def _filled(labels: Iterable[tuple[str, bool]], values: Iterable[str]) -> list[dict[str, Any]]:
    return [
        {"label": label, "value": value, "is_wide": is_wide}
        for (label, is_wide), value in zip(labels, values, strict=True)
    ]


def _meeting_facts(meeting: Mapping[str, Any] | None, *, with_minutes: bool) -> list[dict[str, Any]]:
    """Return the lines of the form that say in which meeting it was settled."""
    if not meeting:
        return []
    held_on = dt.date.fromisoformat(meeting["held_on"]) if meeting["held_on"] else None
    values = (date_format(held_on) if held_on else "", meeting["chair"], _(", ").join(meeting["present"]))
    told = _filled(_meeting_labels(), values)
    if with_minutes and meeting["minutes"]:
        told += _filled([(_("Minutes"), True)], [meeting["minutes"]])
    return told


def _submitted_by(declaration: Declaration) -> str:
    """Return who submitted last: who fills in the form of a section or team."""
    return declaration.approval.submissions.last().submitted_by.name if declaration.approval else ""


def _boxes(declaration: Declaration) -> list[dict[str, Any]]:
    """Return an opinion box for each step of the last round, empty where nobody has decided yet."""
    if declaration.origin == Origin.IMPORTED:
        return []
    approval = declaration.approval
    if approval is None:
        standing = standing_of(declaration.appointment) if declaration.appointment else None
        return [_box(step) for step in route(declaration.phase, declaration.level, standing)]
    decisions = approval.decisions.filter(round=approval.round).prefetch_related("remarks")
    decisions = decisions.select_related("decided_by", "decided_for", "opt_out", "meeting_item__meeting__chair")
    made = {decision.step: decision for decision in decisions}
    return [_box(StepKey(step), made.get(step)) for step in approval.steps]


def _box(step: StepKey, decision: Decision | None = None) -> dict[str, Any]:
    if decision is None:
        return {"label": _("%s: opinion") % step.label}
    return {
        "label": _("%s: opinion") % step.label,
        "verdict": decision.get_verdict_display(),
        "meeting": meeting_note(decision),
        "opinion": decision.reason,
        "remarks": list(decision.remarks.all()),
        "opt_out": decision.opt_out.note if decision.opt_out else "",
        "name": decision.decided_by_words,
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
