"""What a year begins with: trainings, and the notice of the work."""

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from registry.rules import Changed, NotAllowed, Refused
from registry.views.acting import Page, act, posted
from registry.views.paging import page_context
from registry.views.sheets import sheet_page, sheet_pdf

from .. import access
from ..actions import preparation as verbs
from ..documents.work_notice import proposed_notice, work_notice_sheet
from ..forms.cycles import NoticeForm, SeenForm, StrikeForm, TrainingForm
from ..models import Cycle, Training, WorkNotice
from .cycles import visible_cycle

_ACTS = require_http_methods(["GET", "HEAD", "POST"])
PAGE = 50


@require_safe
def trainings(request: HttpRequest, pk: int) -> HttpResponse:
    """List the trainings of a year."""
    cycle = visible_cycle(request, pk)
    kept = {place.pk for place in access.keeps_trainings_of(cycle, request.user)}
    found = cycle.trainings.select_related("organization", "recorded_by", "struck_by", "attachment").defer(
        "attachment__body"
    )
    page = Paginator(found.order_by("-held_on", "-pk"), PAGE).get_page(request.GET.get("page"))
    for training in page:
        training.may_be_struck = training.organization_id in kept and training.struck_by_id is None
    context = {"cycle": cycle, "trainings": page, "page": page_context(request, page), "keeps": bool(kept)}
    return render(request, "cycles/trainings.html", context)


@_ACTS
def training_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a training that was held."""
    cycle = visible_cycle(request, pk)
    organizations = access.keeps_trainings_of(cycle, request.user)
    if not organizations:
        raise NotAllowed(_("Trainings are recorded by the office of the leading group."))
    page = _page(cycle, _("Record a training"), _("Record"))

    def do(values: dict) -> HttpResponse:
        training = verbs.record_training(by=request.user, cycle=cycle, **values)
        messages.success(request, _("Recorded: %s.") % training)
        return redirect("cycles:trainings", cycle.pk)

    form = TrainingForm(posted(request), request.FILES or None, organizations=organizations)
    return act(request, page, form, do)


@_ACTS
def training_strike(request: HttpRequest, pk: int) -> HttpResponse:
    """Strike out a training that was recorded by mistake."""
    training = _training(request, pk)
    access.check_record_training(training, request.user)
    explain = [_("It stays to be read, struck out, and counts no longer.")]
    page = _page(training.cycle, _("Strike out: %s") % training, _("Strike out"), explain, is_grave=True)

    def do(values: dict) -> HttpResponse:
        verbs.strike_training(by=request.user, training=training, reason=values["reason"])
        messages.success(request, _("Struck out: %s.") % training)
        return redirect("cycles:trainings", training.cycle_id)

    return act(request, page, StrikeForm(posted(request)), do)


@require_safe
def training_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Give out the file of a training to whoever sees the cycle."""
    training = _training(request, pk)
    if training.attachment is None:
        raise Http404
    response = HttpResponse(bytes(training.attachment.body), content_type=training.attachment.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, training.attachment.name)
    return response


@require_safe
@csp_update({"frame-src": [SELF]})
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the notice of the year's work as it is printed, and what is to be done with it."""
    cycle = visible_cycle(request, pk)
    found = _notice(cycle)
    runs = access.runs(cycle, request.user)
    if not runs and (found is None or found.issued_on is None):
        raise Http404
    sheet = work_notice_sheet(found).body() if found else ""
    return render(request, "cycles/notice.html", {"cycle": cycle, "notice": found, "sheet": sheet, "runs": runs})


@_ACTS
def notice_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the notice of the year's work; the first time it begins with a proposal."""
    cycle = visible_cycle(request, pk)
    access.check_run(cycle, request.user)
    found = _notice(cycle)
    if found is not None and found.issued_on:
        raise Refused(_("The notice is issued and stays as it is."))
    title, text = (found.title, found.text) if found else proposed_notice(cycle)
    form = NoticeForm(posted(request), initial={"version": found.version if found else 0, "title": title, "text": text})
    problem, status = "", 200
    if request.method == "POST":
        if form.is_valid():
            try:
                verbs.save_notice(
                    by=request.user,
                    cycle=cycle,
                    expected=form.cleaned_data["version"],
                    title=form.cleaned_data["title"],
                    text=form.cleaned_data["text"],
                )
                messages.success(request, _("Saved."))
                return redirect("cycles:notice", cycle.pk)
            except Changed as why:
                problem, status = str(why), 409
        else:
            status = 422
    context = {"cycle": cycle, "form": form, "problem": problem, "theirs": found if problem else None}
    return render(request, "cycles/notice_edit.html", context, status=status)


@_ACTS
def notice_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Number and issue the notice."""
    cycle = visible_cycle(request, pk)
    access.check_run(cycle, request.user)
    found = _notice(cycle)
    if found is None:
        raise Http404
    explain = [
        _("It gets its number and today's day, and never changes from then on."),
        _("Everybody of the region and its units can read it."),
    ]
    page = Page(
        heading=_("Issue the notice"),
        lead=found.title,
        back_url=reverse("cycles:notice", args=[cycle.pk]),
        back=_("Notice of the year's work"),
        button=_("Issue"),
        explain=explain,
    )

    def do(values: dict) -> HttpResponse:
        issued = verbs.issue_notice(by=request.user, cycle=cycle, expected=values["version"])
        messages.success(request, _("Issued as %s.") % issued.number)
        return redirect("cycles:notice", cycle.pk)

    return act(request, page, SeenForm(posted(request), initial={"version": found.version}), do)


@require_safe
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})
def notice_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the notice as a page a browser prints."""
    found = _readable_notice(request, pk)
    return sheet_page(
        request,
        work_notice_sheet(found),
        pdf_url=reverse("cycles:notice-pdf", args=[pk]),
        back_url=reverse("cycles:notice", args=[pk]),
    )


@require_safe
def notice_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Give out the notice as a PDF."""
    return sheet_pdf(work_notice_sheet(_readable_notice(request, pk)))


def _notice(cycle: Cycle) -> WorkNotice | None:
    found = WorkNotice.objects.filter(cycle=cycle).first()
    if found is not None:
        found.cycle = cycle
    return found


def _readable_notice(request: HttpRequest, pk: int) -> WorkNotice:
    cycle = visible_cycle(request, pk)
    found = _notice(cycle)
    if found is None or (found.issued_on is None and not access.runs(cycle, request.user)):
        raise Http404
    return found


def _training(request: HttpRequest, pk: int) -> Training:
    training = get_object_or_404(Training.objects.select_related("cycle__region", "organization", "attachment"), pk=pk)
    visible_cycle(request, training.cycle_id)
    return training


def _page(cycle: Cycle, heading: str, button: str, explain: list[str] | None = None, *, is_grave: bool = False) -> Page:
    return Page(
        heading=heading,
        lead=str(cycle),
        back_url=reverse("cycles:trainings", args=[cycle.pk]),
        back=_("Trainings"),
        button=button,
        explain=explain or [],
        is_grave=is_grave,
    )
