"""Pages of taking signals in from a workbook: choosing the file, looking it over, taking all of it in."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from registry.documents.imports import read_upload
from registry.output.reader import Unreadable
from registry.rules import NotAllowed, Refused
from registry.views.paging import page_context

from .. import access
from ..actions import signal_uploads as verbs
from ..documents import signals as documents
from ..forms.signals import SeenForm, SignalFileForm
from ..rules import MOST_SIGNALS, SignalChannel
from .signals import workbook

PAGE = 50
MOST_PROBLEMS = 200


def _uploads(request: HttpRequest):
    return access.visible_signal_uploads(request.user, verbs.kept_since()).order_by("-at")


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose a workbook; it is read at once, and nothing is taken in yet."""
    access.check_enters_signals(request.user)
    form = SignalFileForm(request.POST, request.FILES) if request.method == "POST" else SignalFileForm()
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            sheets = read_upload(upload.body, upload.name)
            kept = verbs.keep_upload(by=request.user, name=upload.name, sheets=sheets)
        except NotAllowed:
            raise
        except (Unreadable, Refused) as why:
            form.add_error("file", str(why))
        else:
            return redirect("controls:signal-import", kept.pk)
    context = {"form": form, "waiting": _uploads(request)[:PAGE], "most": MOST_SIGNALS}
    return render(request, "controls/signal_import_new.html", context, status=422 if form.errors else 200)


@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """Hand out the workbook to fill in, with the places of one's own scope to choose from."""
    access.check_enters_signals(request.user)
    body = documents.signals_template(list(access.organizations_to_enter_for(request.user)))
    return workbook(body, documents.template_name())


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what taking the workbook in would do, every problem by its cell; take it in."""
    access.check_enters_signals(request.user)
    upload = get_object_or_404(_uploads(request), pk=pk)
    problem = ""
    if request.method == "POST":
        form = SeenForm(request.POST)
        try:
            seen = form.cleaned_data["seen"] if form.is_valid() else ""
            signals = verbs.take_in(by=request.user, upload=upload, seen=seen)
        except NotAllowed:
            raise
        except Refused as why:
            problem = str(why)
        else:
            said = ngettext("Taken in: %(number)s signal.", "Taken in: %(number)s signals.", len(signals))
            messages.success(request, said % {"number": len(signals)})
            return redirect("controls:signals")
    planned = verbs.plan(upload, request.user)
    page = Paginator(planned.lines, PAGE).get_page(request.GET.get("page"))
    context = {
        "upload": upload,
        "problems": planned.problems[:MOST_PROBLEMS],
        "number_of_problems": len(planned.problems),
        "lines": [_told(line) for line in page.object_list],
        "page": page_context(request, page),
        "total": len(planned.lines),
        "form": SeenForm(initial={"seen": planned.digest}),
        "problem": problem,
    }
    return render(request, "controls/signal_import.html", context, status=409 if problem else 200)


def _told(line: dict[str, Any]) -> dict[str, Any]:
    """Return a line of the preview; of the source, whether there is one."""
    return {
        **{name: value for name, value in line.items() if name != "source"},
        "channel": SignalChannel(line["channel"]).label if line["channel"] else "",
        "has_source": bool(line["source"]),
    }


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw away what was uploaded."""
    access.check_enters_signals(request.user)
    upload = get_object_or_404(_uploads(request), pk=pk)
    verbs.discard_upload(by=request.user, upload=upload)
    messages.success(request, _("Thrown away. Nothing was taken in."))
    return redirect("controls:signal-import-new")
