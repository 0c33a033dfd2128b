"""Pages of findings: the board, what one corrects, what one verifies, a finding, raising one and going on with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from registry import access as rights
from registry.models import Attachment, Organization, Person, Post, RiskPoint
from registry.roles import Permission
from registry.rules import Incomplete, NotAllowed, OrganizationKind, Refused, contains
from registry.views.paging import page_context

from ..access import findings as access
from ..actions import findings as verbs
from ..forms.findings import BoardForm, CorrectionForm, ExtensionForm, FindingForm, PlaceForm, StepForm, SupplementForm
from ..models import Finding, FindingStep, InspectionLine, Signal
from ..querysets.findings import FindingFilter
from ..rules import FindingState, FindingVerb

PAGE = 50
OVERDUE = "overdue"
_TAKEN_OVER = gettext_lazy("taken over by the inspectors")


# --- Lists -----------------------------------------------------------------------------------------------------------------


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """List the findings at the places the person reads, by state, severity and place."""
    if not access.reads_findings(request.user):
        raise NotAllowed(_("Findings are read by those who handle them and by who leads the place."))
    places = rights.readable_organizations(request.user).exclude(kind=OrganizationKind.REGION)
    form = BoardForm(request.GET, places=places)
    today = timezone.localdate()
    found, counts = Finding.objects.none(), {}
    chosen = request.GET.get("state", "")
    if form.is_valid():
        place = form.cleaned_data["organization"]
        wanted = FindingFilter(
            state=chosen if chosen in FindingState.values else None,
            severity=form.cleaned_data["severity"] or None,
            within=place.interval if place else None,
            overdue=chosen == OVERDUE,
        )
        visible = access.visible_findings(request.user)
        counts = visible.matching(FindingFilter(severity=wanted.severity, within=wanted.within), today).counted(today)
        found = visible.matching(wanted, today)
    context = {
        "form": form,
        "chips": _chips(request, counts, chosen),
        "is_filtered": any(request.GET.get(name) for name in ("state", *form.fields)),
        "may_raise": access.units_to_raise_for(request.user).exists(),
        **_listed(request, found),
    }
    return render(request, "controls/findings.html", context, status=200 if form.is_valid() else 422)


@require_safe
def to_correct(request: HttpRequest) -> HttpResponse:
    """List what the person is to correct, the most urgent first."""
    return render(
        request, "controls/findings_to_correct.html", _listed(request, access.findings_to_correct(request.user))
    )


@require_safe
def to_verify(request: HttpRequest) -> HttpResponse:
    """List what was reported as corrected and the person may verify."""
    if not access.handles_findings(request.user):
        raise NotAllowed(_("Corrections are verified by the leading group's office and the discipline inspectors."))
    return render(
        request, "controls/findings_to_verify.html", _listed(request, access.findings_to_verify(request.user))
    )


def _listed(request: HttpRequest, found) -> dict[str, Any]:
    ordered = found.select_related("organization", "responsible").order_by("due_on", "pk")
    page = Paginator(ordered, PAGE).get_page(request.GET.get("page"))
    return {"findings": _told(page.object_list, request.user), "page": page_context(request, page)}


def _told(findings, person: Person) -> list[Finding]:
    """Return findings with what a list tells of each: its state in words, who corrects it, by how many days it is late."""
    today, rows = timezone.localdate(), list(findings)
    for finding in rows:
        finding.state_word = state_word(finding, person)
        finding.who = access.who_corrects(finding)
        finding.days_late = (today - finding.due_on).days if finding.state == FindingState.OPEN else 0
    return rows


def state_word(finding: Finding, person: Person) -> str:
    """Return the state in words. That somebody is to be disposed of is nobody's business but that of those who deal with it."""
    if finding.state == FindingState.DISPOSAL and not access.sees_disposals_at(finding.position, person):
        return str(_TAKEN_OVER)
    return finding.get_state_display()


def _chips(request: HttpRequest, counts: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    labels = {
        FindingState.OPEN.value: FindingState.OPEN.label,
        OVERDUE: _("overdue"),
        FindingState.REPORTED.value: FindingState.REPORTED.label,
        FindingState.VERIFIED.value: FindingState.VERIFIED.label,
        FindingState.DISPOSAL.value: _TAKEN_OVER,
    }
    chips = []
    for state, label in labels.items():
        query = request.GET.copy()
        query.pop("page", None)
        query["state"] = "" if chosen == state else state
        chips.append(
            {"label": label, "count": counts.get(state, 0), "url": f"?{query.urlencode()}", "current": chosen == state}
        )
    return chips


# --- One finding -----------------------------------------------------------------------------------------------------------


def visible_finding(request: HttpRequest, pk: int) -> Finding:
    """Return the finding if the person may read it, else answer 404."""
    found = access.visible_findings(request.user).select_related(
        "organization", "unit", "post", "point", "responsible", "raised_by", "signal", "line__inspection"
    )
    return get_object_or_404(found, pk=pk)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a finding: what was found, who corrects it, what was done about it."""
    finding = visible_finding(request, pk)
    person, today = request.user, timezone.localdate()
    finding = _told([finding], person)[0]
    sees_disposals = access.sees_disposals_at(finding.position, person)
    context = {
        "finding": finding,
        "steps": _steps(finding, person, sees_disposals),
        "signal": finding.signal if finding.signal and access.sees_signal(finding.signal, person) else None,
        "may": {verb.value for verb in FindingVerb if not rights.refusal(access.check_act, finding, verb, person)},
        "repeated": access.repeated(finding.point, person, on=today) if finding.point else 0,
        "shows_point": bool(finding.point) and rights.visible_points(person).filter(point=finding.point).exists(),
        "may_propose_disposal": finding.state == FindingState.DISPOSAL
        and contains(rights.scope(person, Permission.HANDLE_DISPOSALS), finding.position),
    }
    return render(request, "controls/finding.html", context)


def _steps(finding: Finding, person: Person, sees_disposals: bool) -> list[FindingStep]:
    """Return the steps as the person may read them."""
    steps = list(finding.steps.select_related("by", "for_whom", "supplement").prefetch_related("attachments"))
    opened = [step.supplement_id for step in steps if step.supplement_id]
    readable = (
        set(rights.visible_declarations(person).filter(pk__in=opened).values_list("pk", flat=True)) if opened else ()
    )
    for step in steps:
        step.word = step.get_verb_display()
        step.opens = step.supplement_id in readable
        if step.verb == FindingVerb.HAND_OVER and not sees_disposals:
            step.word, step.text = str(_TAKEN_OVER), ""
    return steps


@require_safe
def attachment(request: HttpRequest, pk: int, attachment_id: int) -> HttpResponse:
    """Hand out a file that shows how a finding was corrected."""
    finding = visible_finding(request, pk)
    found = get_object_or_404(Attachment.objects.filter(finding_steps__finding=finding), pk=attachment_id)
    return file_response(found)


def file_response(found: Attachment) -> HttpResponse:
    """Return a file to be kept: never shown in the page, never taken for anything but what it was checked to be."""
    response = HttpResponse(bytes(found.body), content_type=found.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, found.name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


# --- Raising one -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """What a new finding comes from, and the place it is about."""

    organization: Organization | None = None
    post: Post | None = None
    point: RiskPoint | None = None
    signal: Signal | None = None
    line: InspectionLine | None = None


def _source(request: HttpRequest) -> Source:
    """Return what the address names; what the person may not see answers 404."""
    given = {name: number_given(request.GET.get(name, "")) for name in ("signal", "line")}
    if given["signal"]:
        signal = get_object_or_404(Signal.objects.select_related("organization", "post", "point"), pk=given["signal"])
        if not access.sees_signal(signal, request.user):
            raise Http404
        return Source(signal.organization, signal.post, signal.point, signal=signal)
    if given["line"]:
        lines = InspectionLine.objects.select_related(
            "inspection__organization", "inspection__post", "point_version__point"
        )
        line = get_object_or_404(lines, pk=given["line"])
        if rights.refusal(_check_line, line, request.user):
            raise Http404
        return Source(line.inspection.organization, line.inspection.post, line.point_version.point, line=line)
    if code := request.GET.get("point", ""):
        version = (
            rights.visible_points(request.user)
            .filter(point__code=code)
            .select_related("point", "organization", "post")
            .last()
        )
        if version is None:
            raise Http404
        place = Organization.objects.filter(tree_from=version.position).first() or version.organization
        return Source(place, version.post, version.point)
    code = request.GET.get("organization", "")
    return Source(access.units_to_raise_for(request.user).filter(code=code).first() if code else None)


def _check_line(line: InspectionLine, person: Person) -> None:
    access.check_raise(line.inspection.organization, person, signal=None, line=line)


def number_given(text: str) -> int:
    """Return the id an address gives, 0 where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Raise a finding: about a place one chooses, or from a signal, a line of a check sheet, a risk point."""
    source = _source(request)
    if source.organization is None:
        return _choose_place(request)
    access.check_raise(source.organization, request.user, signal=source.signal, line=source.line)
    unit = rights.nearest(source.organization, OrganizationKind.UNIT)
    if unit is None:
        raise Refused(_("Findings are about a unit, its sections and their posts."))
    offered = {
        "posts": Post.objects.filter(organization=source.organization, closed_on=None).order_by("pk"),
        "people": access.people_to_correct(unit),
    }
    initial = {"post": source.post, "point_code": source.point.code if source.point else ""}
    form = FindingForm(request.POST, **offered) if request.method == "POST" else FindingForm(initial=initial, **offered)
    problem, gaps = "", []
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            point = _point(request, values.pop("point_code"))
            finding = verbs.raise_finding(
                by=request.user, unit=unit, organization=source.organization, point=point, signal=source.signal,
                line=source.line, **values,
            )  # fmt: skip
        except NotAllowed:
            raise
        except Incomplete as why:
            for gap in why.gaps:
                form.add_error(gap.field, gap.sentence)
        except Refused as why:
            problem = str(why)
        else:
            messages.success(request, _("Raised: finding %s.") % finding.number)
            return redirect("controls:finding", finding.pk)
    context = {"form": form, "source": source, "problem": problem, "problem_gaps": gaps}
    status = 409 if problem else 422 if form.is_bound and form.errors else 200
    return render(request, "controls/finding_new.html", context, status=status)


def _point(request: HttpRequest, code: str) -> RiskPoint | None:
    if not code:
        return None
    version = rights.visible_points(request.user).filter(point__code=code).select_related("point").last()
    if version is None:
        raise Refused(_("No risk point with the code %s is shown to you.") % code)
    return version.point


def _choose_place(request: HttpRequest) -> HttpResponse:
    places = access.units_to_raise_for(request.user)
    if not places.exists():
        raise NotAllowed(
            _("Findings are raised by the leading group's office and the discipline inspectors of the place.")
        )
    form = PlaceForm(request.GET if "organization" in request.GET else None, places=places)
    return render(
        request,
        "controls/finding_place.html",
        {"form": form},
        status=422 if form.is_bound and not form.is_valid() else 200,
    )


# --- Going on with one -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Doing:
    """How the page of one step reads, and what it does."""

    heading: str
    lead: str
    button: str
    said: str
    form: type[forms.Form]
    do: Callable[..., Finding]


_DOINGS = {
    FindingVerb.REPORT: Doing(
        gettext_lazy("Report as corrected"),
        gettext_lazy("Somebody else verifies it. Until then it can be sent back."),
        gettext_lazy("Report as corrected"),
        gettext_lazy("Reported as corrected: %s."),
        CorrectionForm,
        verbs.report_correction,
    ),
    FindingVerb.VERIFY: Doing(
        gettext_lazy("Verify the correction"),
        gettext_lazy("You say by name that what was found is corrected. Nothing of it changes afterwards."),
        gettext_lazy("It is corrected"),
        gettext_lazy("Verified as corrected: %s."),
        StepForm,
        verbs.verify,
    ),
    FindingVerb.SEND_BACK: Doing(
        gettext_lazy("Send the correction back"),
        gettext_lazy("It is to be corrected again, by the same day as before."),
        gettext_lazy("Send back"),
        gettext_lazy("Sent back: %s."),
        StepForm,
        verbs.send_back,
    ),
    FindingVerb.EXTEND: Doing(
        gettext_lazy("Extend the deadline"),
        gettext_lazy("The day it had before stays in its course."),
        gettext_lazy("Extend the deadline"),
        gettext_lazy("Extended: %s."),
        ExtensionForm,
        verbs.extend,
    ),
    FindingVerb.HAND_OVER: Doing(
        gettext_lazy("Hand over for disposal"),
        gettext_lazy(
            "It is no longer corrected in the ordinary way. Others read only that the inspectors have taken it over."
        ),
        gettext_lazy("Hand over"),
        gettext_lazy("Handed over: %s."),
        StepForm,
        verbs.hand_over,
    ),
    FindingVerb.SUPPLEMENT: Doing(
        gettext_lazy("Ask for a supplementary declaration"),
        gettext_lazy(
            "A supplement is opened with whoever declares for the point; they write it, and it goes the ordinary way."
        ),
        gettext_lazy("Open the supplement"),
        gettext_lazy("A supplement is open: %s."),
        SupplementForm,
        verbs.ask_for_supplement,
    ),
}


def _act(request: HttpRequest, pk: int, verb: FindingVerb) -> HttpResponse:
    """Show the form of a step, or do it. A refusal comes back on the same page with what was typed."""
    finding = visible_finding(request, pk)
    doing = _DOINGS[verb]
    if isinstance(why := _refusal(finding, verb, request.user), NotAllowed):
        raise why
    problem = str(why or "")
    form = doing.form(initial={"version": finding.version})
    if request.method == "POST":
        form = doing.form(request.POST, request.FILES)
        if form.is_valid() and not problem:
            values = dict(form.cleaned_data)
            try:
                doing.do(by=request.user, finding=finding, expected=values.pop("version"), **values)
            except NotAllowed:
                raise
            except Refused as refused:
                problem = str(refused)
                finding.refresh_from_db()
                form.data = form.data.copy()
                form.data["version"] = str(finding.version)
            else:
                messages.success(request, doing.said % finding.number)
                return redirect("controls:finding", finding.pk)
    status = 409 if problem else 422 if form.is_bound and form.errors else 200
    context = {"finding": finding, "doing": doing, "form": form, "problem": problem}
    return render(request, "controls/finding_act.html", context, status=status)


def _refusal(finding: Finding, verb: FindingVerb, person: Person) -> Refused | None:
    try:
        access.check_act(finding, verb, person)
    except Refused as why:
        return why
    return None


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Report a finding as corrected."""
    return _act(request, pk, FindingVerb.REPORT)


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Verify a correction."""
    return _act(request, pk, FindingVerb.VERIFY)


@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a correction back."""
    return _act(request, pk, FindingVerb.SEND_BACK)


@require_http_methods(["GET", "HEAD", "POST"])
def extend(request: HttpRequest, pk: int) -> HttpResponse:
    """Extend the deadline of a finding."""
    return _act(request, pk, FindingVerb.EXTEND)


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a finding over for disposal."""
    return _act(request, pk, FindingVerb.HAND_OVER)


@require_http_methods(["GET", "HEAD", "POST"])
def supplement(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a supplementary declaration of the point of a finding, or of its measures."""
    return _act(request, pk, FindingVerb.SUPPLEMENT)


def point_panel(request: HttpRequest, point: RiskPoint) -> str:
    """Return what the page of a risk point shows of findings: the latest, how many within a year, raising one."""
    person = request.user
    rows = access.findings_on_point(point, person).select_related("organization", "responsible")[:PAGE]
    context = {
        "findings": _told(rows, person),
        "repeated": access.repeated(point, person, on=timezone.localdate()),
        "raises_finding": bool(access.handles_findings(person)),
        "code": point.code,
    }
    return render_to_string("controls/_findings_on_point.html", context, request)
