"""The year: its board, its dates, beginning and closing its stages."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from registry import access as below
from registry.rules import Gap, Incomplete, NotAllowed, Refused
from registry.views.acting import Page, act, posted

from .. import access
from ..actions import cycles as verbs
from ..actions.conditions import missing, open_ends
from ..forms.cycles import CloseForm, DatesForm, DeclineForm, OpenCycleForm, SeenForm
from ..models import Closing, Cycle, Stage
from ..rules import PARTS, Part, StageKind, StageState, StageVerb, conditions_to_close, stage_after

_ACTS = require_http_methods(["GET", "HEAD", "POST"])

# Where what a condition misses is mended; each opens for whoever may, and says so to others.
_MENDED = {
    "scheme": "registry:schemes",
    "leading_groups": "registry:rights",
    "training": "cycles:trainings",
    "notice": "cycles:notice",
    "undeclared": "registry:coverage",
    "undeclared_bodies": "registry:coverage",
    "unfiled": "registry:region",
    "unsent": "registry:region-to-send",
    "unanswered": "registry:region",
    "without_measure": "registry:coverage",
    "overdue_tasks": "controls:tasks",
    "unassessed": "cycles:assessments",
    "open_findings": "controls:findings",
}
_OF_CYCLE = {"cycles:trainings", "cycles:notice", "cycles:assessments"}


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Show the latest cycle the person takes part in, or that there is none yet."""
    cycle = access.visible_cycles(request.user).filter(year__lte=timezone.localdate().year).first()
    cycle = cycle or access.visible_cycles(request.user).last()
    if cycle is None:
        return render(request, "cycles/none.html", {"regions": access.regions_to_open(request.user)})
    return redirect("cycles:cycle", cycle.pk)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the four parts of a year with their stages, what each waits for, and what the person may do."""
    cycle = visible_cycle(request, pk)
    runs = access.runs(cycle, request.user)
    counted = access.counted_in(cycle, request.user)
    stages = list(cycle.stages.select_related("closed_by"))
    closings = {
        closing.stage_id: closing
        for closing in Closing.objects.filter(stage__in=stages)
        .exclude(is_agreed=False)
        .select_related("asked_by", "answered_by")
    }
    today = timezone.localdate()
    before: Stage | None = None
    parts: dict[Part, list[dict]] = {part: [] for part in Part}
    for stage in stages:
        closing = closings.get(stage.pk)
        parts[PARTS[StageKind(stage.kind)]].append(
            {
                "stage": stage,
                "days_left": stage.dates.days_left(today),
                "days_late": -stage.dates.days_left(today),
                "conditions": _conditions(cycle, stage.kind, missing(cycle, stage.kind, counted))
                if counted and stage.state == StageState.OPEN
                else [],
                "closing": closing,
                "left_open": _told(stage.kind, closing.left_open) if closing and closing.is_agreed else [],
                "asked_open": _told(stage.kind, closing.open_ends) if closing and closing.is_agreed is None else [],
                "may_answer": closing is not None
                and closing.is_agreed is None
                and not below.refusal(access.check_answer_closing, closing, request.user),
                "to_begin": runs
                and stage.state == StageState.PLANNED
                and (before is None or before.state == StageState.CLOSED),
                "obstacle": below.refusal(verbs.check_begin, stage, before)
                if stage.state == StageState.PLANNED
                else "",
                "to_close": runs
                and stage.state == StageState.OPEN
                and (closing is None or closing.is_agreed is not None),
            }
        )
        before = stage
    context = {
        "cycle": cycle,
        "parts": parts.items(),
        "runs": runs,
        "others": access.visible_cycles(request.user).exclude(pk=cycle.pk)[:20],
        "may_open": bool(access.regions_to_open(request.user)),
        "sees_progress": bool(access.progress_scope(cycle, request.user)),
        "is_whole": counted == [cycle.region.interval],
        "keeps_trainings": bool(access.keeps_trainings_of(cycle, request.user)),
        "notice": getattr(cycle, "notice", None),
    }
    return render(request, "cycles/cycle.html", context)


@_ACTS
def open_(request: HttpRequest) -> HttpResponse:
    """Set the year of a region going."""
    regions = access.regions_to_open(request.user)
    if not regions:
        raise NotAllowed(_("The annual cycle is set going by the region's leading group and its office."))
    page = Page(
        heading=_("Set a year going"),
        back_url=reverse("cycles:board"),
        back=_("Annual cycle"),
        button=_("Set it going"),
        explain=[
            _("The five stages begin with the days of the founding document; they can be changed before each begins."),
            _("It is the cycle of the region and of every unit in it."),
        ],
    )

    def do(values: dict) -> HttpResponse:
        cycle = verbs.open_cycle(by=request.user, **values)
        messages.success(request, _("The year %(year)s is set going.") % {"year": cycle.year})
        return redirect("cycles:cycle", cycle.pk)

    form = OpenCycleForm(posted(request), regions=regions, years=verbs.years_to_open())
    return act(request, page, form, do)


@_ACTS
def dates(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the days of the stages."""
    cycle = visible_cycle(request, pk)
    access.check_run(cycle, request.user)
    form = DatesForm(posted(request), stages=list(cycle.stages.all()))
    problem, status = "", 200
    if request.method == "POST":
        if form.is_valid():
            try:
                made = verbs.change_dates(
                    by=request.user,
                    cycle=cycle,
                    dates=form.dates,
                    versions=form.versions,
                    reason=form.cleaned_data["reason"],
                )
                messages.success(request, _("The dates are changed (%(count)s).") % {"count": len(made)})
                return redirect("cycles:cycle", cycle.pk)
            except NotAllowed:
                raise
            except Incomplete as why:
                _at_their_fields(form, why.gaps)
            except Refused as why:
                problem, status = str(why), 409
        status = 422 if form.errors else status
    context = {"cycle": cycle, "form": form, "problem": problem, "changes": _changes(cycle)}
    return render(request, "cycles/dates.html", context, status=status)


def _at_their_fields(form: DatesForm, gaps: list[Gap]) -> None:
    for gap in gaps:
        form.add_error(gap.target if gap.target in form.fields else None, gap.sentence)


def _changes(cycle: Cycle) -> list:
    return [change for stage in cycle.stages.prefetch_related("changes__by") for change in stage.changes.all()]


@_ACTS
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a stage begin."""
    stage = _stage(request, pk)
    access.check_run(stage.cycle, request.user)
    page = _page(stage, _("Begin: %s"), _("Begin"))

    def do(values: dict) -> HttpResponse:
        verbs.begin_stage(by=request.user, stage=stage, expected=values["version"])
        messages.success(request, _("%s has begun.") % stage)
        return redirect("cycles:cycle", stage.cycle_id)

    return act(request, page, SeenForm(posted(request), initial={"version": stage.version}), do)


@_ACTS
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a stage; with open ends a second person has to agree."""
    stage = _stage(request, pk)
    access.check_run(stage.cycle, request.user)
    stage_after(stage.state, StageVerb.CLOSE)
    left = open_ends(stage.cycle, stage.kind)
    explain = [f"{label}: {told}" for label, told in _told(stage.kind, left)]
    if left:
        explain.append(
            _(
                "Somebody else of the leading group or its office has to agree; that it was closed like that stays to be read."
            )
        )
    page = _page(
        stage, _("Close: %s"), _("Ask for it to be closed") if left else _("Close"), explain, is_grave=bool(left)
    )
    made = CloseForm if left else SeenForm
    form = made(posted(request), initial={"version": stage.version, "seen": left})

    def do(values: dict) -> HttpResponse:
        closing = verbs.close_stage(
            by=request.user,
            stage=stage,
            expected=values["version"],
            seen=_seen(values),
            reason=values.get("reason", ""),
        )
        said = _("It is closed when a second person agrees.") if closing else _("%s is closed.") % stage
        messages.success(request, said)
        return redirect("cycles:cycle", stage.cycle_id)

    return act(request, page, form, do)


@_ACTS
def agree(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree, as second person, to closing a stage with open ends."""
    closing = _closing(request, pk)
    access.check_answer_closing(closing, request.user)
    stage = closing.stage
    left = open_ends(stage.cycle, stage.kind)
    explain = [
        _("%(name)s asks for it: %(reason)s") % {"name": closing.asked_by, "reason": closing.reason},
        *(f"{label}: {told}" for label, told in _told(stage.kind, left)),
    ]
    page = _page(stage, _("Agree to closing: %s"), _("Agree and close"), explain, is_grave=True)

    def do(values: dict) -> HttpResponse:
        verbs.agree_to_closing(by=request.user, closing=closing, seen=_seen(values))
        messages.success(request, _("%s is closed.") % stage)
        return redirect("cycles:cycle", stage.cycle_id)

    return act(request, page, SeenForm(posted(request), initial={"version": stage.version, "seen": left}), do)


@_ACTS
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Not agree, with a reason."""
    closing = _closing(request, pk)
    access.check_answer_closing(closing, request.user)
    explain = [_("%(name)s asks for it: %(reason)s") % {"name": closing.asked_by, "reason": closing.reason}]
    page = _page(closing.stage, _("Do not agree to closing: %s"), _("Do not agree"), explain)

    def do(values: dict) -> HttpResponse:
        verbs.decline_closing(by=request.user, closing=closing, reason=values["reason"])
        messages.success(request, _("The stage stays open."))
        return redirect("cycles:cycle", closing.stage.cycle_id)

    return act(request, page, DeclineForm(posted(request)), do)


def _page(stage: Stage, heading: str, button: str, explain: list[str] | None = None, *, is_grave: bool = False) -> Page:
    return Page(
        heading=heading % stage,
        lead=str(stage.cycle),
        back_url=reverse("cycles:cycle", args=[stage.cycle_id]),
        back=_("Annual cycle"),
        button=button,
        explain=explain or [],
        numbers=[(_("First day"), stage.opens.isoformat()), (_("Last day"), stage.closes.isoformat())],
        is_grave=is_grave,
    )


def _seen(values: Mapping) -> dict[str, int]:
    """Return the open ends that were on the page; what else was sent is nothing that was seen."""
    seen = values["seen"]
    return seen if isinstance(seen, dict) else {}


def _conditions(cycle: Cycle, kind: str, counted: Mapping[str, int]) -> list[dict]:
    return [
        {
            "label": condition.label,
            "clause": condition.clause,
            "is_met": not counted[condition.key],
            "told": condition.missing % {"count": counted[condition.key]} if counted[condition.key] else "",
            "url": _mended_at(cycle, condition.key),
        }
        for condition in conditions_to_close(kind)
    ]


def _mended_at(cycle: Cycle, key: str) -> str:
    name = _MENDED[key]
    return reverse(name, args=[cycle.pk]) if name in _OF_CYCLE else reverse(name)


def _told(kind: str, counted: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return open ends in words: what it is, and how much of it."""
    return [
        (str(condition.label), condition.missing % {"count": counted[condition.key]})
        for condition in conditions_to_close(kind)
        if counted.get(condition.key)
    ]


def visible_cycle(request: HttpRequest, pk: int) -> Cycle:
    return get_object_or_404(access.visible_cycles(request.user), pk=pk)


def _stage(request: HttpRequest, pk: int) -> Stage:
    stage = get_object_or_404(Stage.objects.select_related("cycle__region"), pk=pk)
    visible_cycle(request, stage.cycle_id)
    return stage


def _closing(request: HttpRequest, pk: int) -> Closing:
    closing = get_object_or_404(Closing.objects.select_related("stage__cycle__region", "asked_by"), pk=pk)
    if not access.runs(visible_cycle(request, closing.stage.cycle_id), request.user):
        raise Http404
    return closing
