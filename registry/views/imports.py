"""Pages of taking in a ledger: what was taken in, uploading, looking over, taking in, taking back."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import access
from ..actions import uploads as verbs
from ..actions.import_report import SHOWN
from ..actions.undoing import undo_import, what_undoing_does
from ..actions.uploads import Choices
from ..documents import imports as documents
from ..forms.imports import ApplyForm, ChoicesForm, UndoForm, UploadForm
from ..forms.stand_ins import VersionForm
from ..models import ImportBatch, Organization, UploadedLedger
from ..output.reader import Unreadable
from ..rules import Changed, NotAllowed, Outcome, Refused, UploadState, marked_parts
from ..rules.workbooks import HEADINGS, Column
from .acting import Page, act, posted
from .paging import page_context

PAGE = 50
MOST_PROBLEMS = 200
_BADGES = {Outcome.ERROR: "problem", Outcome.NEW: "done", Outcome.CHANGED: "submitted"}
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _units(request: HttpRequest) -> list[Organization]:
    """Return the units whose ledgers the person takes in; nobody else comes to these pages."""
    units = access.units_to_import_for(request.user)
    if not units:
        raise NotAllowed(_("Ledgers on paper are taken in by the office of the unit's leading group."))
    return units


@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """List what is being looked over and what was taken in."""
    units = _units(request)
    batches = (
        access.visible_batches(request.user)
        .filter(undoes=None)
        .select_related("unit", "entered_by", "undone_by__entered_by")
        .defer("headings", "ended", "undone_by__headings", "undone_by__ended")
        .order_by("-entered_at", "-pk")
    )
    page = Paginator(batches, PAGE).get_page(request.GET.get("page"))
    context = {
        "units": units,
        "waiting": access.visible_uploads(request.user)
        .filter(state=UploadState.CHECKED)
        .without_file()
        .select_related("unit", "by"),
        "batches": [_taken_in(batch) for batch in page.object_list],
        "page": page_context(request, page),
        "days": verbs.DAYS_KEPT,
    }
    return render(request, "registry/imports.html", context)


def _taken_in(batch: ImportBatch) -> dict[str, Any]:
    """Return a line of the list."""
    undo = getattr(batch, "undone_by", None)
    today = timezone.localdate()
    return {
        "batch": batch,
        "undo": undo,
        "may_undo": undo is None and timezone.localdate(batch.entered_at) == today,
        "ledger": _ledger_of(batch.unit, batch.year),
    }


def _ledger_of(unit: Organization, year: int) -> str:
    return f"{reverse('registry:ledger')}?{urlencode({'organization': unit.code, 'year': year})}"


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Upload a file and look it over."""
    units = _units(request)
    if request.method != "POST":
        return render(request, "registry/import_new.html", {"form": UploadForm(units=units), "units": units})
    form = UploadForm(request.POST, request.FILES, units=units)
    if form.is_valid():
        values = form.cleaned_data
        upload = values.pop("file")
        try:
            sheets = documents.read_upload(upload.body, upload.name)
            kept = verbs.keep_upload(by=request.user, upload=upload, sheets=sheets, **values)
        except NotAllowed:
            raise
        except (Unreadable, Refused) as why:
            form.add_error("file", str(why))
        else:
            return redirect("registry:import", kept.pk)
    elif request.FILES and "file" not in form.errors:
        form.add_error("file", _("The file is not kept until everything else is right: choose it again."))
    return render(request, "registry/import_new.html", {"form": form, "units": units}, status=422)


def _upload(request: HttpRequest, pk: int) -> UploadedLedger:
    """Return an uploaded ledger the person may look at, else answer 404."""
    found = access.visible_uploads(request.user).select_related("unit", "by", "batch__undone_by__entered_by")
    return get_object_or_404(found.without_file(), pk=pk)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what taking the file in would do, or what became of it."""
    return _page(request, _upload(request, pk))


def _page(
    request: HttpRequest,
    upload: UploadedLedger,
    *,
    form: ChoicesForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    report = upload.report
    is_open = upload.state == UploadState.CHECKED
    counts = dict(upload.rows.order_by().values_list("outcome").annotate(Count("pk")))
    asked = request.GET.get("show", "")
    shown = asked if asked in Outcome.values else ""
    rows = upload.rows.filter(outcome=shown) if shown else upload.rows.all()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "upload": upload,
        "report": report,
        # What is still open is counted as it is shown below: a point with a problem is not new as well.
        "found": counts if is_open else report,
        "problem": problem,
        "is_open": is_open,
        "told_in": upload.language if is_open and upload.language not in ("", get_language()) else "",
        "chips": _chips(counts, shown),
        "rows": [_row(row) for row in page.object_list],
        "page": page_context(request, page),
        "problems": report["errors"][:MOST_PROBLEMS],
        "further_problems": max(0, len(report["errors"]) - MOST_PROBLEMS),
        "form": form or _choices_form(upload, initial={"version": upload.version}),
        "apply": ApplyForm(initial={"seen": upload.seen}),
        "does": sum(report[name] for name in ("new", "changed", "carried")),
        "lapses_on": timezone.localdate(upload.at) + dt.timedelta(days=verbs.DAYS_KEPT),
        "ledger": _ledger_of(upload.unit, upload.year),
        "taken_in": _taken_in(upload.batch) if upload.batch else None,
    }
    return render(request, "registry/import.html", context, status=status)


def _choices_form(upload: UploadedLedger, data: Any = None, **kwargs: Any) -> ChoicesForm:
    """Return the form of what is to be confirmed, each proposed category with the title of its point."""
    choices = Choices(**upload.choices)
    places = [proposal["place"] for proposal in upload.report["proposals"]] + list(choices.confirmed)
    titles = (
        dict(
            upload.rows.filter(content__place__in=places).values_list(
                "content__place", f"content__after__{Column.TITLE}"
            )
        )
        if places
        else {}
    )
    return ChoicesForm(data, report=upload.report, choices=choices, titles=titles, **kwargs)


def _chips(counts: dict[str, int], shown: str) -> list[dict[str, Any]]:
    """Return the choices of what the preview shows; choosing the current one again shows everything."""
    return [
        {
            "label": outcome.label,
            "count": counts.get(outcome.value, 0),
            "url": "?" if outcome == shown else f"?show={outcome.value}",
            "current": outcome == shown,
        }
        for outcome in Outcome
    ]


def _row(row: Any) -> dict[str, Any]:
    """Return a row of the preview: of what changed only what differs, of the rest what the file says."""
    content = row.content
    before, after = content["before"], content["after"]
    fields = []
    for name in SHOWN:
        old, new = (before or {}).get(name, ""), after.get(name, "")
        if before is not None and name in content["changed"]:
            left, right = marked_parts(old, new)
            fields.append({"label": HEADINGS[name], "before": left, "after": right, "differs": True})
        elif row.outcome in (Outcome.NEW, Outcome.ERROR) and name != Column.TITLE and new:
            fields.append({"label": HEADINGS[name], "after": [(new, False)]})
    return {
        "sheet": content["sheet"],
        "number": content["row"],
        "code": content["code"],
        "title": after.get(Column.TITLE, ""),
        "place": " / ".join(filter(None, [after.get(Column.ORGANIZATION, ""), after.get(Column.POST, "")])),
        "outcome": row.outcome,
        "label": row.get_outcome_display(),
        "badge": _BADGES.get(row.outcome, "withdrawn"),
        "fields": fields,
        "problems": content["problems"],
    }


@require_POST
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Look the file over again with what the person confirms."""
    upload = _upload(request, pk)
    if dealt_with := _dealt_with(request, upload):
        return dealt_with
    if "language" in request.POST:
        return _again(request, upload, Choices(**upload.choices), upload.version)
    form = _choices_form(upload, _ticked(request, upload))
    if not form.is_valid():
        return _page(request, upload, form=form, status=422)
    return _again(request, upload, form.chosen, form.cleaned_data["version"])


def _ticked(request: HttpRequest, upload: UploadedLedger) -> Any:
    """Return what was sent; the buttons that confirm everything of a kind tick it."""
    data = request.POST.copy()
    form = _choices_form(upload)
    for name in ("create", "confirmed"):
        if f"all_{name}" in data and name in form.fields:
            data.setlist(name, [value for value, _label in form.fields[name].choices])
    return data


def _dealt_with(request: HttpRequest, upload: UploadedLedger) -> HttpResponse | None:
    """Return the page with a sentence where the file was taken in, thrown away or has lapsed meanwhile."""
    try:
        verbs.check_open(upload)
    except Refused as why:
        return _page(request, upload, problem=str(why), status=409)
    return None


def _again(
    request: HttpRequest, upload: UploadedLedger, choices: Choices, expected: int, problem: str = ""
) -> HttpResponse:
    """Look the file over and show the page; with `problem`, why that was necessary."""
    try:
        sheets = documents.read_upload(bytes(upload.body), upload.name)
        verbs.check_again(by=request.user, upload=upload, sheets=sheets, choices=choices, expected=expected)
    except NotAllowed:
        raise
    except (Unreadable, Refused) as why:
        return _page(request, _upload(request, upload.pk), problem=str(why), status=409)
    if problem:
        return _page(request, _upload(request, upload.pk), problem=problem, status=409)
    return redirect("registry:import", upload.pk)


@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the file in as it was shown; if it would do something else by now, show that."""
    upload = _upload(request, pk)
    if dealt_with := _dealt_with(request, upload):
        return dealt_with
    form = ApplyForm(request.POST)
    seen = form.cleaned_data["seen"] if form.is_valid() else ""
    try:
        sheets = documents.read_upload(bytes(upload.body), upload.name)
        report = verbs.apply_upload(by=request.user, upload=upload, sheets=sheets, seen=seen)
    except NotAllowed:
        raise
    except Changed as why:
        now = _upload(request, pk)
        if now.state != UploadState.CHECKED:
            return _page(request, now, problem=str(why), status=409)
        return _again(request, now, Choices(**now.choices), now.version, problem=str(why))
    except (Unreadable, Refused) as why:
        return _page(request, _upload(request, pk), problem=str(why), status=409)
    written = report.new + report.changed + report.carried
    messages.success(
        request,
        ngettext("Taken in: %(number)s risk point.", "Taken in: %(number)s risk points.", written) % {"number": written}
        if written
        else _("Everything in this file stands in the ledger already; nothing had to be written."),
    )
    return redirect("registry:import", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw an uploaded file away."""
    upload = _upload(request, pk)
    back = reverse("registry:import", args=[pk])
    page = Page(
        heading=_("Throw away: %s") % upload.name,
        lead=f"{upload.unit} · {upload.year}",
        back_url=back,
        back=_("Back to the file"),
        button=_("Throw away"),
        explain=[_("Nothing was taken in from this file. The file is removed; the ledger stays as it is.")],
        is_grave=True,
    )

    def do(values: dict[str, Any]) -> HttpResponse:
        verbs.discard_upload(by=request.user, upload=upload, expected=values["version"])
        messages.success(request, _("Thrown away: %s.") % upload.name)
        return redirect("registry:imports")

    return act(request, page, VersionForm(posted(request), initial={"version": upload.version}), do)


@require_safe
def marked(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the person's own file with the cells marked and a column that says why."""
    upload = _upload(request, pk)
    if upload.state != UploadState.CHECKED or not upload.report["errors"]:
        raise Refused(_("There is nothing to mark in this file any more."))
    try:
        body = documents.marked_copy(bytes(upload.body), upload.name, upload.report["errors"])
    except Unreadable as why:
        raise Refused(str(why)) from None
    return _workbook(body, documents.marked_name(upload.name))


@require_safe
def template(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out a workbook to fill in, with the unit's own sections and posts to choose from."""
    unit = next((unit for unit in access.units_to_import_for(request.user) if unit.pk == pk), None)
    if unit is None:
        raise Http404
    body = documents.ledger_template(unit, timezone.localdate().year)
    return _workbook(body, documents.template_name(unit))


def _workbook(body: bytes, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=_WORKBOOK)
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an import back: say what that does, ask why, do it."""
    batch = get_object_or_404(
        access.visible_batches(request.user).filter(undoes=None).select_related("unit", "entered_by"), pk=pk
    )
    would = what_undoing_does(by=request.user, batch=batch)
    explain = [
        _("New points are withdrawn. They stay in the ledger as withdrawn, with their codes and the reason."),
        _("Points that were changed or carried over go on with what they said before."),
    ]
    explain += [_("Closed again, since nothing came to it: %s") % place for place in (*would.sections, *would.posts)]
    page = Page(
        heading=_("Take back: %s") % batch.file_name,
        lead=f"{batch.unit} · {batch.year}",
        back_url=reverse("registry:imports"),
        back=_("Ledgers taken in"),
        button=_("Take it back"),
        explain=explain,
        obstacles=would.obstacles,
        numbers=[
            (_("Taken in by"), batch.entered_by.name),
            (_("At"), f"{timezone.localtime(batch.entered_at):%Y-%m-%d %H:%M}"),
            (_("Points withdrawn"), would.withdrawn),
            (_("Points that go on as before"), would.restored),
        ],
        is_grave=True,
    )

    def do(values: dict[str, Any]) -> HttpResponse:
        undo_import(by=request.user, batch=batch, reason=values["reason"])
        messages.success(request, _("Taken back: %s.") % batch.file_name)
        return redirect("registry:imports")

    return act(request, page, UndoForm(posted(request)), do)
