"""The assessment of the units: the list with scores, one unit, entering, taking off, submitting, deciding, the sheet."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from registry import access as below
from registry.actions.approvals import Outcome
from registry.forms.approvals import DecisionForm
from registry.models import Organization
from registry.rules import (
    ApprovalState,
    Changed,
    NotAllowed,
    OrganizationKind,
    Refused,
    StepKey,
    Verdict,
    digest,
    verb_for,
)
from registry.views.acting import Page, act, posted
from registry.views.approvals import following_url, place_in_queue
from registry.views.paging import page_context
from registry.views.sheets import sheet_page, sheet_pdf
from registry.views.trace import steps_of, trace_of

from .. import access
from ..actions import assessment as verbs
from ..documents import assessment as documents
from ..forms.assessment import DeductionForm, EntryForm, VersionForm
from ..forms.cycles import StrikeForm
from ..models import Assessment, Deduction, SelfAssessment
from ..rules import AssessmentState
from ..rules.assessment import shown
from .cycles import visible_cycle

_ACTS = require_http_methods(["GET", "HEAD", "POST"])
PAGE = 50


@require_safe
def assessments(request: HttpRequest, pk: int) -> HttpResponse:
    """List the units that are assessed, with score and grade; for the region by score, for a unit its own."""
    cycle = visible_cycle(request, pk)
    runs = access.runs(cycle, request.user)
    found = access.visible_assessments(cycle, request.user)
    rows = []
    for assessment in found:
        inputs = _inputs(assessment)
        rows.append({"assessment": assessment, "score": verbs.score_of(inputs)})
    if runs:
        rows.sort(key=lambda row: (-row["score"].total, row["assessment"].unit.tree_from))
    for number, row in enumerate(rows, start=1):
        row["rank"] = number if runs else None
        row["total"] = shown(row["score"].total)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    to_start = [
        unit
        for unit in access.keeps_trainings_of(cycle, request.user)
        if unit.kind == OrganizationKind.UNIT and unit.pk not in {row["assessment"].unit_id for row in rows}
    ]
    context = {
        "cycle": cycle,
        "rows": page,
        "page": page_context(request, page),
        "runs": runs,
        "to_start": to_start,
        "obstacle": below.refusal(verbs.check_runs, cycle),
    }
    return render(request, "cycles/assessments.html", context)


@require_POST
def start(request: HttpRequest, pk: int, unit: int) -> HttpResponse:
    """Begin the assessment of a unit."""
    cycle = visible_cycle(request, pk)
    found = get_object_or_404(Organization, pk=unit, tree_from__range=cycle.region.interval)
    assessment = verbs.start_assessment(by=request.user, cycle=cycle, unit=found)
    return redirect("cycles:assessment", assessment.pk)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one unit: every indicator with what it gave and by what, what was taken off, the score."""
    assessment = visible_assessment(request, pk)
    return render(request, "cycles/assessment.html", _context(request, assessment))


def _context(request: HttpRequest, assessment: Assessment) -> dict[str, Any]:
    inputs = _inputs(assessment)
    found = verbs.score_of(inputs)
    sees = access.sees_reason(assessment, request.user)
    is_draft = assessment.state == AssessmentState.DRAFT
    return {
        "assessment": assessment,
        "cycle": assessment.cycle,
        "groups": documents.rows(found, inputs, verbs.latest(assessment)),
        "deductions": [
            {"deduction": each, "reason": documents.reason_of(each, sees), "points": shown(each.points)}
            for each in assessment.deductions.select_related("by", "struck_by")
        ],
        "total": shown(found.total),
        "before": shown(found.before),
        "score": found,
        "enters": is_draft and not below.refusal(access.check_assess, assessment.cycle, assessment.unit, request.user),
        "deducts": assessment.state != AssessmentState.CONFIRMED
        and not below.refusal(access.check_deduct, assessment, request.user),
        "entered_keys": {indicator.key for indicator in verbs.ENTERED},
        "trace": trace_of(assessment.approval) if assessment.approval else [],
    }


@_ACTS
def enter(request: HttpRequest, pk: int, indicator: str) -> HttpResponse:
    """Enter how far the unit meets what cannot be counted."""
    assessment = visible_assessment(request, pk)
    access.check_assess(assessment.cycle, assessment.unit, request.user)
    known = {each.key: each for each in verbs.ENTERED}
    if indicator not in known:
        raise Http404
    before = verbs.latest(assessment).get(indicator)
    page = _page(assessment, str(known[indicator].label), _("Fill in"))
    initial = {"percent": before.percent, "text": before.text} if before else {}

    def do(values: dict) -> HttpResponse:
        verbs.enter_value(by=request.user, assessment=assessment, indicator=indicator, **values)
        messages.success(request, _("Entered: %s.") % known[indicator].label)
        return redirect("cycles:assessment", assessment.pk)

    return act(request, page, EntryForm(posted(request), request.FILES or None, initial=initial), do)


@require_safe
def entry_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Give out the file of an entry to whoever reads the assessment."""
    entry = get_object_or_404(SelfAssessment.objects.select_related("attachment"), pk=pk, attachment__isnull=False)
    visible_assessment(request, entry.assessment_id)
    response = HttpResponse(bytes(entry.attachment.body), content_type=entry.attachment.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, entry.attachment.name)
    return response


@_ACTS
def deduct(request: HttpRequest, pk: int) -> HttpResponse:
    """Take points off, or veto."""
    assessment = visible_assessment(request, pk)
    access.check_deduct(assessment, request.user)
    page = _page(assessment, _("Take points off"), _("Take points off"), is_grave=True)
    form = DeductionForm(posted(request))

    def do(values: dict) -> HttpResponse:
        verbs.deduct(
            by=request.user,
            assessment=assessment,
            hundredths=form.hundredths,
            **{name: values[name] for name in ("is_veto", "reason", "is_confidential")},
        )
        messages.success(request, _("Entered."))
        return redirect("cycles:assessment", assessment.pk)

    return act(request, page, form, do)


@_ACTS
def strike(request: HttpRequest, pk: int) -> HttpResponse:
    """Strike out what was taken off."""
    deduction = get_object_or_404(Deduction.objects.select_related("assessment"), pk=pk)
    assessment = visible_assessment(request, deduction.assessment_id)
    access.check_deduct(assessment, request.user)
    page = _page(assessment, _("Strike out"), _("Strike out"), is_grave=True)

    def do(values: dict) -> HttpResponse:
        verbs.strike_deduction(by=request.user, deduction=deduction, reason=values["reason"])
        messages.success(request, _("Struck out."))
        return redirect("cycles:assessment", assessment.pk)

    return act(request, page, StrikeForm(posted(request)), do)


@_ACTS
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the unit's own assessment to its leader and then the region."""
    assessment = visible_assessment(request, pk)
    access.check_assess(assessment.cycle, assessment.unit, request.user)
    page = _page(
        assessment,
        _("Submit the assessment"),
        _("Submit"),
        [
            _("The principal leader of the unit checks it, then the region's office confirms it."),
            _("What the system counts goes on being counted until it is confirmed; then the score is frozen."),
        ],
    )

    def do(values: dict) -> HttpResponse:
        verbs.submit_assessment(by=request.user, assessment=assessment, expected=values["version"])
        messages.success(request, _("Submitted."))
        return redirect("cycles:assessment", assessment.pk)

    return act(request, page, VersionForm(posted(request), initial={"version": assessment.version}), do)


@_ACTS
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Check the assessment of a unit and agree, or return it."""
    assessment = get_object_or_404(Assessment.objects.select_related("cycle__region"), approval=pk)
    assessment = visible_assessment(request, assessment.pk)
    approval = assessment.approval
    seen = digest(verbs.content_of(assessment))
    initial = {"version": approval.version, "seen_digest": seen, "verdict": Verdict.RETURN}
    if request.method != "POST":
        return _decide_page(request, assessment, DecisionForm(entries={}, initial=initial))
    form = DecisionForm(request.POST, entries={})
    below.check_decide(approval, request.user)
    if not form.is_valid():
        return _decide_page(request, assessment, form, status=422)
    try:
        outcome = verbs.decide_assessment(
            by=request.user,
            approval=approval,
            verdict=form.cleaned_data["verdict"],
            version=form.cleaned_data["version"],
            seen_digest=form.cleaned_data["seen_digest"],
            reason=form.opinion,
        )
    except NotAllowed:
        raise
    except Refused as why:
        assessment, data = visible_assessment(request, assessment.pk), form.data.copy()
        if isinstance(why, Changed):
            # What is decided next is what this page now shows.
            data["version"] = str(assessment.approval.version)
            data["seen_digest"] = digest(verbs.content_of(assessment))
        return _decide_page(request, assessment, DecisionForm(data, entries={}), problem=str(why), status=409)
    said = {
        Outcome.MOVED: _("Checked; the region's office confirms it."),
        Outcome.COMPLETED: _("Confirmed: the score is frozen."),
        Outcome.RETURNED: _("Returned to the unit."),
        Outcome.ASKED: _("Asked for more; the unit's office completes it."),
    }
    messages.success(request, said[outcome])
    return redirect(following_url(request.user))


def _decide_page(
    request: HttpRequest, assessment: Assessment, form: DecisionForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    approval = assessment.approval
    is_open = approval.state == ApprovalState.OPEN
    cannot_decide = below.refusal(below.check_decide, approval, request.user)
    who = below.who_decides(below.asked_now(approval)) if is_open else ""
    context = _context(request, assessment) | {
        "approval": approval,
        "form": form,
        "problem": problem,
        "cannot_decide": cannot_decide,
        "acting": below.acting_by(approval, request.user) if not cannot_decide else [],
        "is_open": is_open,
        "yes": verb_for(approval.step_key) if is_open else "",
        "may_ask": is_open and approval.step_key == StepKey.REGION,
        "step_label": approval.step_key.label,
        "back_url": reverse("registry:queue"),
        "back": _("Waiting for me"),
        "steps": steps_of(approval, who or _("nobody yet: the offices name a person")),
        **place_in_queue(request.user, approval),
    }
    return render(request, "cycles/assessment_decide.html", context, status=status)


@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the result as a page a browser prints."""
    assessment = visible_assessment(request, pk)
    return sheet_page(
        request,
        _sheet(request, assessment),
        pdf_url=reverse("cycles:assessment-pdf", args=[pk]),
        back_url=reverse("cycles:assessment", args=[pk]),
    )


@require_safe
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Give out the result as a PDF."""
    return sheet_pdf(_sheet(request, visible_assessment(request, pk)))


def _sheet(request: HttpRequest, assessment: Assessment):
    inputs = _inputs(assessment)
    return documents.assessment_sheet(
        assessment,
        verbs.score_of(inputs),
        inputs,
        assessment.deductions.filter(struck_by=None),
        sees=access.sees_reason(assessment, request.user),
    )


def _inputs(assessment: Assessment) -> dict[str, Any]:
    """Return the inputs as they were confirmed, else as they are now."""
    return assessment.inputs if assessment.state == AssessmentState.CONFIRMED else verbs.inputs_of(assessment)


def visible_assessment(request: HttpRequest, pk: int) -> Assessment:
    """Return an assessment the person reads, or answer 404."""
    found = get_object_or_404(Assessment.objects.select_related("cycle__region"), pk=pk)
    return get_object_or_404(access.visible_assessments(found.cycle, request.user), pk=pk)


def _page(
    assessment: Assessment, heading: str, button: str, explain: list[str] | None = None, *, is_grave: bool = False
) -> Page:
    return Page(
        heading=heading,
        lead=str(assessment),
        back_url=reverse("cycles:assessment", args=[assessment.pk]),
        back=_("Assessment"),
        button=button,
        explain=explain or [],
        is_grave=is_grave,
    )
