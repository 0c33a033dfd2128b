"""Pages of disposals: behind a door of their own, each page marked with who reads it and on which day."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from registry import access as rights
from registry.actions.approvals import Outcome
from registry.forms.approvals import PHRASES, DecisionForm
from registry.models import Appointment, Approval, Attachment, Organization, Person
from registry.rules import (
    ApprovalState,
    Changed,
    Incomplete,
    NotAllowed,
    OrganizationKind,
    Refused,
    contains,
    digest,
    verb_for,
)
from registry.views.approvals import following_url, place_in_queue
from registry.views.paging import page_context
from registry.views.sheets import sheet_page, sheet_pdf
from registry.views.trace import steps_of, trace_of

from ..access import disposals as access
from ..access.disposals import Seen
from ..access.findings import visible_findings
from ..actions import disposals as verbs
from ..documents import disposals as documents
from ..forms.disposals import (
    AcknowledgeForm,
    AgainForm,
    AnswerForm,
    DisposalsForm,
    OutcomeForm,
    ProposalForm,
    ReasonForm,
    RevisionForm,
    ServiceForm,
)
from ..forms.findings import PlaceForm
from ..models import Disposal, DisposalStep, Finding
from ..rules import (
    NEXT_KIND,
    SEEN_BY_TARGET,
    DisposalKind,
    DisposalState,
    DisposalVerb,
    Service,
)
from .findings import file_response, number_given

PAGE = 50
_SHOWN = ("organization", "unit", "person", "post", "body", "approval", "finding", "previous", "proposed_by")


def _marked(request: HttpRequest, seen: Seen | None = None) -> dict[str, Any]:
    """Return what every page of a disposal says: who reads it today, and who else can see it."""
    return {"mark": documents.reader_mark(request.user), "seen": seen.value if seen else ""}


# --- Lists and counts ------------------------------------------------------------------------------------------------------


def _checked_door(request: HttpRequest) -> None:
    if not access.knows_of_disposals(request.user):
        raise NotAllowed(_("Disposals are read by those who deal with them, and each by whom it is about."))


def _narrowed(request: HttpRequest, form: DisposalsForm):
    """Return what the person may know of, narrowed to kind and place."""
    found = access.visible_disposals(request.user)
    if not form.is_valid():
        return found.none()
    if kind := form.cleaned_data["kind"]:
        found = found.filter(kind=kind)
    if place := form.cleaned_data["organization"]:
        found = found.at([place.interval])
    return found


def _form(request: HttpRequest) -> DisposalsForm:
    places = access.places_to_propose_for(request.user)
    return DisposalsForm(request.GET, places=places)


@require_safe
def disposals(request: HttpRequest) -> HttpResponse:
    """List the disposals the person may know of, the latest first."""
    _checked_door(request)
    form = _form(request)
    found = _narrowed(request, form)
    chosen = request.GET.get("state", "")
    counts = found.counted()
    if chosen in DisposalState.values:
        found = found.filter(state=chosen)
    page = Paginator(found.select_related("organization"), PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    for disposal in page.object_list:
        disposal.days_late = _days_late(disposal, today)
    context = {
        "form": form,
        "chips": _chips(request, counts, chosen),
        "disposals": page.object_list,
        "page": page_context(request, page),
        "is_filtered": any(request.GET.get(name) for name in ("state", *form.fields)),
        "may_propose": bool(access.handles_disposals(request.user)),
        "may_count": bool(access.counts_scope(request.user)),
        "query": f"?{request.GET.urlencode()}" if request.GET else "",
        **_marked(request),
    }
    return render(request, "controls/disposals.html", context, status=200 if form.is_valid() else 422)


def _days_late(disposal: Disposal, today) -> int:
    is_awaited = disposal.state == DisposalState.SERVED and disposal.due_on is not None
    return max((today - disposal.due_on).days, 0) if is_awaited else 0


def _chips(request: HttpRequest, counts: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    chips = []
    for state in DisposalState:
        if not counts[state.value] and chosen != state:
            continue
        query = request.GET.copy()
        query.pop("page", None)
        query["state"] = "" if chosen == state else state.value
        chips.append(
            {
                "label": state.label,
                "count": counts[state.value],
                "url": f"?{query.urlencode()}",
                "current": chosen == state,
            }
        )
    return chips


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Return the register as a workbook: what the list shows, for those who handle disposals."""
    _checked_door(request)
    if not access.takes_register(request.user):
        raise NotAllowed(_("The register of disposals is taken out by the discipline inspectors."))
    form = _form(request)
    found = _narrowed(request, form).filter(pk__in=access.disposals_in_full(request.user).values("pk"))
    chosen = request.GET.get("state", "")
    if chosen in DisposalState.values:
        found = found.filter(state=chosen)
    rows = documents.with_outcomes(found.select_related("body")[: documents.MOST_ROWS])
    body = documents.register_workbook(rows, reader=request.user)
    verbs.note_taken("export", by=request.user, about=request.user, content=[row.pk for row in rows])
    response = HttpResponse(body, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    name = _("Register of disposals %s.xlsx") % f"{timezone.localdate():%Y-%m-%d}"
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


@require_safe
def numbers(request: HttpRequest) -> HttpResponse:
    """Show how many disposals of each kind were decided in a year that is over; small counts cannot be known or computed."""
    scope = access.counts_scope(request.user)
    if not scope:
        raise NotAllowed(
            _("How many disposals there were is told to the region's office and to those who deal with them.")
        )
    this_year = timezone.localdate().year
    year = number_given(request.GET.get("year", "")) or this_year - 1
    if not this_year - 10 <= year < this_year:
        raise Http404
    units = Organization.objects.filter(rights.within(scope), kind=OrganizationKind.UNIT).order_by("tree_from")
    context = {
        "year": year,
        "years": range(this_year - 1, this_year - 6, -1),
        "kinds": [kind.label for kind in DisposalKind],
        "rows": documents.shown_counts(Disposal.objects.at(scope).decided_in(year), list(units)),
    }
    return render(request, "controls/disposal_numbers.html", context)


# --- One disposal ----------------------------------------------------------------------------------------------------------


def visible_disposal(request: HttpRequest, pk: int, *measures: Seen) -> tuple[Disposal, Seen]:
    """Return the disposal and how much of it the person sees; 404 where it is less than one of `measures` (any, without)."""
    disposal = get_object_or_404(access.visible_disposals(request.user).select_related(*_SHOWN), pk=pk)
    seen = access.seen(disposal, request.user)
    if seen is None or measures and seen not in measures:
        raise Http404
    return disposal, seen


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a disposal as far as the person may."""
    disposal, seen = visible_disposal(request, pk)
    person = request.user
    disposal.days_late = _days_late(disposal, timezone.localdate())
    context = {
        "disposal": disposal,
        "steps": _steps(disposal, seen),
        "may": {verb.value for verb in DisposalVerb if not rights.refusal(access.check_act, disposal, verb, person)},
        "is_acknowledged": access.is_acknowledged(disposal),
        "has_paper": disposal.number is not None and seen != Seen.LATE,
        **_marked(request, seen),
    }
    if seen == Seen.FULL:
        context |= _in_full(disposal, person)
    return render(request, "controls/disposal.html", context)


def _steps(disposal: Disposal, seen: Seen) -> list[DisposalStep]:
    if seen == Seen.LATE:
        return []
    steps = disposal.steps.select_related("by", "for_whom").prefetch_related("attachments")
    return list(steps.filter(verb__in=SEEN_BY_TARGET) if seen == Seen.OWN else steps)


def _in_full(disposal: Disposal, person: Person) -> dict[str, Any]:
    """Return what only those see who handle or decide it: who proposed and decided, where it came from, what follows."""
    approval = disposal.approval
    may_decide = approval.state == ApprovalState.OPEN and not rights.refusal(rights.check_decide, approval, person)
    late = Disposal.objects.unanswered(timezone.localdate()).filter(pk=disposal.pk).exists()
    severer = NEXT_KIND.get(disposal.kind)
    followed = Disposal.objects.filter(previous=disposal).exclude(state=DisposalState.DROPPED).first()
    handles = contains(access.handles_disposals(person), disposal.position)
    return {
        "shows_decision": True,
        "may_decide": may_decide,
        "finding": visible_findings(person).filter(pk=disposal.finding_id).first() if disposal.finding_id else None,
        "previous": disposal.previous,
        "followed": followed,
        "severer": DisposalKind(severer).label if severer and late and handles and followed is None else "",
        **_course(disposal),
    }


def _course(disposal: Disposal) -> dict[str, Any]:
    approval = disposal.approval
    who = rights.who_decides(rights.asked_now(approval)) if approval.state == ApprovalState.OPEN else ""
    return {"trace": trace_of(approval), "steps_ahead": steps_of(approval, who or _("nobody yet"))}


@require_safe
def attachment(request: HttpRequest, pk: int, attachment_id: int) -> HttpResponse:
    """Hand out a file that belongs to a step the person may read."""
    disposal, seen = visible_disposal(request, pk, Seen.FULL, Seen.OWN)
    steps = [step.pk for step in _steps(disposal, seen)]
    return file_response(
        get_object_or_404(Attachment.objects.filter(disposal_steps__in=steps).distinct(), pk=attachment_id)
    )


# --- Papers ----------------------------------------------------------------------------------------------------------------


def _sheet_of(request: HttpRequest, pk: int):
    disposal, _seen = visible_disposal(request, pk, Seen.FULL, Seen.OWN)
    if disposal.number is None:
        raise Http404
    verbs.note_taken("print", by=request.user, about=disposal, content=disposal.number)
    return documents.disposal_sheet(disposal, reader=request.user)


def _answer_of(request: HttpRequest, pk: int):
    disposal, _seen = visible_disposal(request, pk, Seen.FULL, Seen.OWN)
    if disposal.number is None:
        raise Http404
    step = disposal.steps.filter(verb=DisposalVerb.ANSWER).select_related("by").last()
    verbs.note_taken("print", by=request.user, about=disposal, content=[disposal.number, step and step.pk])
    return documents.answer_sheet(disposal, step, reader=request.user)


@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the document of a disposal as it is printed."""
    return sheet_page(
        request,
        _sheet_of(request, pk),
        pdf_url=reverse("controls:disposal-pdf", args=[pk]),
        back_url=reverse("controls:disposal", args=[pk]),
    )


@require_safe
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the document of a disposal as a PDF."""
    return sheet_pdf(_sheet_of(request, pk))


@require_safe
def answer_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the answer to a disposal, or its empty form, as it is printed."""
    return sheet_page(
        request,
        _answer_of(request, pk),
        pdf_url=reverse("controls:disposal-answer-pdf", args=[pk]),
        back_url=reverse("controls:disposal", args=[pk]),
    )


@require_safe
def answer_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the answer to a disposal, or its empty form, as a PDF."""
    return sheet_pdf(_answer_of(request, pk))


# --- Proposing and deciding ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """What a proposal is made from, and the place it is about."""

    organization: Organization
    finding: Finding | None = None
    previous: Disposal | None = None


def _source(request: HttpRequest) -> Source | None:
    person = request.user
    if pk := number_given(request.GET.get("finding", "")):
        finding = get_object_or_404(visible_findings(person).select_related("organization"), pk=pk)
        return Source(finding.organization, finding=finding)
    if pk := number_given(request.GET.get("previous", "")):
        previous = get_object_or_404(access.disposals_in_full(person).select_related("organization"), pk=pk)
        return Source(previous.organization, previous=previous)
    code = request.GET.get("organization", "")
    place = access.places_to_propose_for(person).filter(code=code).first() if code else None
    return Source(place) if place else None


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Propose a disposal: about a place one chooses, from a finding, or as the next step after one that was not answered."""
    if not access.handles_disposals(request.user):
        raise NotAllowed(_("Disposals are proposed by the discipline inspectors of the place."))
    source = _source(request)
    if source is None:
        form = PlaceForm(
            request.GET if "organization" in request.GET else None, places=access.places_to_propose_for(request.user)
        )
        status = 422 if form.is_bound and not form.is_valid() else 200
        return render(request, "controls/disposal_place.html", {"form": form, **_marked(request)}, status=status)
    finding, previous = source.finding, source.previous
    access.check_propose(source.organization, request.user, finding=finding, previous=previous)
    offered = {
        "organization": source.organization,
        "held": access.appointments_to_propose_for(source.organization, request.user),
    }
    problem = ""
    form = ProposalForm(request.POST if request.method == "POST" else None, initial=_begun(source), **offered)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            disposal = verbs.propose(
                by=request.user,
                organization=source.organization,
                appointment=values.pop("target"),
                finding=finding,
                previous=previous,
                **values,
            )
        except NotAllowed:
            raise
        except Incomplete as why:
            _at_fields(form, why)
        except Refused as why:
            problem = str(why)
        else:
            messages.success(request, _("Proposed. The leading group with authority decides."))
            return redirect("controls:disposal", disposal.pk)
    context = {"form": form, "source": source, "problem": problem, **_marked(request)}
    status = 409 if problem else 422 if form.is_bound and form.errors else 200
    return render(request, "controls/disposal_new.html", context, status=status)


def _begun(source: Source) -> dict[str, Any]:
    """Return what the form begins with: the facts of the finding, or those of the milder one with the next kind."""
    if source.previous is not None:
        before = source.previous
        return {
            "kind": NEXT_KIND.get(before.kind),
            "target": _held_by(source.organization, before.person_id) if before.person_id else "organization",
            "facts": before.facts,
            "basis": before.basis,
            "demand": before.demand,
            "term_days": before.term_days,
        }
    if source.finding is not None:
        return {"facts": source.finding.facts, "target": _held_by(source.organization, source.finding.responsible_id)}
    return {}


def _held_by(organization: Organization, person_id: int | None) -> int | str:
    live = Appointment.objects.live(timezone.localdate())
    held = live.filter(post__organization=organization, person=person_id).first() if person_id else None
    return held.pk if held else ""


def _at_fields(form: forms.Form, why: Incomplete) -> None:
    for gap in why.gaps:
        form.add_error(gap.field, gap.sentence)


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a proposal and decide it for the leading group. Who handles it reads it here, too, without deciding."""
    approval = get_object_or_404(Approval, pk=pk, kind=verbs.DISPOSAL)
    found = get_object_or_404(access.disposals_in_full(request.user).select_related(*_SHOWN), approval=approval)
    if request.method != "POST":
        initial = {"version": approval.version, "seen_digest": digest(verbs.content_of(found)), "verdict": "return"}
        return _decide_page(request, found, _decision_form(initial=initial))
    form = _decision_form(request.POST)
    rights.check_decide(approval, request.user)
    if not form.is_valid():
        return _decide_page(request, found, form, status=422)
    try:
        outcome = verbs.decide_disposal(
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
        found = Disposal.objects.select_related(*_SHOWN).get(pk=found.pk)
        data = form.data.copy()
        if isinstance(why, Changed):
            # What is decided next is what this page now shows.
            data["version"] = str(found.approval.version)
            data["seen_digest"] = digest(verbs.content_of(found))
        return _decide_page(request, found, _decision_form(data), problem=str(why), status=409)
    if outcome == Outcome.COMPLETED:
        found.refresh_from_db()
        messages.success(request, _("Decided: %s. It is to be served.") % found.number)
    else:
        messages.success(request, _("Returned to who proposed it."))
    return redirect(following_url(request.user))


def _decision_form(data: Any = None, **kwargs: Any) -> DecisionForm:
    form = DecisionForm(data, entries={}, **kwargs)
    form.fields["phrase"].choices = PHRASES[:2]
    return form


def _decide_page(
    request: HttpRequest, disposal: Disposal, form: DecisionForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    approval = disposal.approval
    is_open = approval.state == ApprovalState.OPEN
    cannot_decide = rights.refusal(rights.check_decide, approval, request.user)
    course = _course(disposal)
    context = {
        "disposal": disposal,
        "approval": approval,
        "form": form,
        "problem": problem,
        "cannot_decide": cannot_decide,
        "acting": [] if cannot_decide else rights.acting_by(approval, request.user),
        "is_open": is_open,
        "yes": verb_for(approval.step_key) if is_open else "",
        "step_label": approval.step_key.label,
        "trace": course["trace"],
        "steps": course["steps_ahead"],
        **place_in_queue(request.user, approval),
        **_marked(request, Seen.FULL),
    }
    return render(request, "controls/disposal_decide.html", context, status=status)


# --- Going on with one -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Doing:
    """How the page of one step reads, and what it does."""

    heading: str
    lead: str
    button: str
    said: str
    form: type[forms.Form]
    do: Callable[..., Disposal]
    begin: Callable[[Disposal], dict[str, Any]] = lambda disposal: {}


def _texts(disposal: Disposal) -> dict[str, Any]:
    return {name: getattr(disposal, name) for name in ("kind", "facts", "basis", "demand", "term_days")}


_DOINGS = {
    DisposalVerb.REVISE: Doing(
        gettext_lazy("Propose it again"),
        gettext_lazy("What the leading group returned is mended and goes to it again."),
        gettext_lazy("Propose again"),
        gettext_lazy("Proposed again."),
        RevisionForm,
        verbs.revise,
        _texts,
    ),
    DisposalVerb.DROP: Doing(
        gettext_lazy("Not pursue it"),
        gettext_lazy("The proposal ends here; it stays on record for those who deal with disposals."),
        gettext_lazy("Not pursue it"),
        gettext_lazy("It is not pursued."),
        ReasonForm,
        verbs.drop,
    ),
    DisposalVerb.SERVE: Doing(
        gettext_lazy("Serve it"),
        gettext_lazy("From now on whom it is about sees the document, and the term of the answer runs."),
        gettext_lazy("Record the service"),
        gettext_lazy("Served."),
        ServiceForm,
        verbs.serve,
        lambda disposal: {"day": timezone.localdate(), "service": Service.SCREEN},
    ),
    DisposalVerb.ACKNOWLEDGE: Doing(
        gettext_lazy("Acknowledge receipt"),
        gettext_lazy("You say that you have received and read it. Acknowledging is not agreeing."),
        gettext_lazy("Acknowledge receipt"),
        gettext_lazy("Receipt is acknowledged."),
        AcknowledgeForm,
        verbs.acknowledge,
    ),
    DisposalVerb.ANSWER: Doing(
        gettext_lazy("Answer"),
        gettext_lazy("The discipline inspectors check the answer. It cannot be changed afterwards."),
        gettext_lazy("Hand in the answer"),
        gettext_lazy("The answer is handed in."),
        AnswerForm,
        verbs.answer,
    ),
    DisposalVerb.ACCEPT: Doing(
        gettext_lazy("Accept the answer and close"),
        gettext_lazy("You say by name that the answer was checked and what came of it."),
        gettext_lazy("Accept and close"),
        gettext_lazy("Closed."),
        OutcomeForm,
        verbs.accept,
    ),
    DisposalVerb.SEND_BACK: Doing(
        gettext_lazy("Let it be answered again"),
        gettext_lazy("The reason is read by whom it is about."),
        gettext_lazy("Let it be answered again"),
        gettext_lazy("It is to be answered again."),
        AgainForm,
        verbs.send_back,
    ),
    DisposalVerb.ANNUL: Doing(
        gettext_lazy("Annul it"),
        gettext_lazy(
            "The decision is taken back and stays on record. If it was served, whom it is about reads the reason."
        ),
        gettext_lazy("Annul"),
        gettext_lazy("Annulled."),
        ReasonForm,
        verbs.annul,
    ),
}


def _act(request: HttpRequest, pk: int, verb: DisposalVerb) -> HttpResponse:
    """Show the form of a step, or do it. A refusal comes back on the same page with what was typed."""
    disposal, seen = visible_disposal(request, pk)
    doing, problem = _DOINGS[verb], ""
    try:
        access.check_act(disposal, verb, request.user)
    except NotAllowed:
        raise
    except Refused as why:
        problem = str(why)
    form = doing.form(initial={"version": disposal.version, **doing.begin(disposal)})
    if request.method == "POST":
        form = doing.form(request.POST, request.FILES)
        if form.is_valid() and not problem:
            values = dict(form.cleaned_data)
            try:
                doing.do(by=request.user, disposal=disposal, expected=values.pop("version"), **values)
            except NotAllowed:
                raise
            except Incomplete as why:
                _at_fields(form, why)
            except Refused as why:
                problem = str(why)
                disposal.refresh_from_db()
                form.data = form.data.copy()
                form.data["version"] = str(disposal.version)
            else:
                messages.success(request, doing.said)
                return redirect("controls:disposal", disposal.pk)
    context = {"disposal": disposal, "doing": doing, "form": form, "problem": problem, **_marked(request, seen)}
    status = 409 if problem else 422 if form.is_bound and form.errors else 200
    return render(request, "controls/disposal_act.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose again what was returned."""
    return _act(request, pk, DisposalVerb.REVISE)


@require_http_methods(["GET", "HEAD", "POST"])
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Not pursue a proposal."""
    return _act(request, pk, DisposalVerb.DROP)


@require_http_methods(["GET", "HEAD", "POST"])
def serve(request: HttpRequest, pk: int) -> HttpResponse:
    """Record how a disposal was served."""
    return _act(request, pk, DisposalVerb.SERVE)


@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Acknowledge a disposal on screen."""
    return _act(request, pk, DisposalVerb.ACKNOWLEDGE)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a disposal."""
    return _act(request, pk, DisposalVerb.ANSWER)


@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept an answer and close the disposal."""
    return _act(request, pk, DisposalVerb.ACCEPT)


@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a disposal be answered again."""
    return _act(request, pk, DisposalVerb.SEND_BACK)


@require_http_methods(["GET", "HEAD", "POST"])
def annul(request: HttpRequest, pk: int) -> HttpResponse:
    """Annul a disposal."""
    return _act(request, pk, DisposalVerb.ANNUL)
