"""Pages of documents made in the background: the shelf, how far each is, asking, fetching, asking again, deleting."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import access
from ..actions import shelf as verbs
from ..documents.shelf import ledger_arguments, ledger_rows, scope_words, size_of
from ..forms.ledger import LedgerFilterForm
from ..models import Organization, ShelfItem
from ..rules import Refused
from ..rules.shelf import KEPT_FOR, LIMITS, MOST_ON_SHELF, OF_THE_LEDGER, UNFINISHED, DocumentKind, Size, check_size
from .ledger import filter_sentence, ledger_form, wanted_of

_TYPES = {
    DocumentKind.LEDGER_WORKBOOK: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    DocumentKind.LEDGER_SHEET: "application/pdf",
    DocumentKind.MEASURES_SHEET: "application/pdf",
    DocumentKind.NOTICE_SHEET: "application/pdf",
}


def _listed(request: HttpRequest) -> dict:
    items = list(access.own_documents(request.user).listed())
    now = timezone.now()
    for item in items:
        item.is_ready = item.state == "ready" and item.expires_at > now
        item.is_over = not item.is_ready and item.state not in UNFINISHED
    return {
        "items": items,
        "goes_on": any(item.state in UNFINISHED for item in items),
        "days": KEPT_FOR.days,
        "most": MOST_ON_SHELF,
    }


@require_safe
def shelf(request: HttpRequest) -> HttpResponse:
    """List the person's own documents with how far each is."""
    return render(request, "registry/shelf.html", _listed(request))


@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """Return the list alone; the page asks for it again while something is being made."""
    return render(request, "registry/_shelf_table.html", _listed(request))


@dataclass(frozen=True)
class Asked:
    """What is asked for of the ledger: the bound filter, its place, and both as plain values."""

    form: LedgerFilterForm
    organization: Organization | None
    arguments: dict


def ledger_wanted(request: HttpRequest, kind: str) -> Asked:
    """Return what the filter in the address asks for; refuse one with a mistake. Paper is in the language of the house."""
    language = translation.get_language() if kind == DocumentKind.LEDGER_WORKBOOK else settings.LANGUAGE_CODE
    with translation.override(language):
        form = ledger_form(request)
        wanted = wanted_of(form)
        sentence = filter_sentence(form) if wanted else ""
    if wanted is None:
        raise Refused(_("The filter has a mistake; correct it on the ledger's page first."))
    organization = form.cleaned_data["organization"]
    arguments = ledger_arguments(
        wanted, organization, sentence=sentence, words=form.rule.words, beside=form.cleaned_data["beside"]
    )
    return Asked(form, organization, arguments)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """Say how large the ledger with this filter is, and ask for it as a document made in the background."""
    if kind not in OF_THE_LEDGER:
        raise Http404
    asked = ledger_wanted(request, kind)
    form, organization, arguments = asked.form, asked.organization, asked.arguments
    size = size_of(kind, ledger_rows(request.user, arguments))
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    try:
        check_size(kind, size)
        if request.method == "POST":
            words = _("%(scope)s; %(filter)s") % {
                "scope": scope_words(organization),
                "filter": filter_sentence(form) or _("no filter"),
            }
            verbs.ask(by=request.user, kind=kind, arguments=arguments, words=words, size=size)
            messages.success(request, _("It is being made. You can go on meanwhile; it will lie here."))
            return redirect("registry:shelf")
    except Refused as why:
        problem = str(why)
    else:
        problem = ""
    context = {
        "kind": DocumentKind(kind),
        "scope": scope_words(organization),
        "sentence": filter_sentence(form),
        "size": size,
        "most": LIMITS[DocumentKind(kind)],
        "days": KEPT_FOR.days,
        "problem": problem,
        "back_url": reverse("registry:ledger") + query,
    }
    return render(request, "registry/shelf_new.html", context, status=409 if problem else 200)


def _own(request: HttpRequest, pk: int) -> ShelfItem:
    return get_object_or_404(access.own_documents(request.user), pk=pk)


@require_safe
def fetch(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the file of a document that is ready."""
    item = _own(request, pk)
    body = verbs.fetch(by=request.user, item=item)
    is_archive = item.file_name.endswith(".zip")  # several numbered copies
    response = HttpResponse(body, content_type="application/zip" if is_archive else _TYPES[DocumentKind(item.kind)])
    response.headers["Content-Disposition"] = content_disposition_header(True, item.file_name)
    return response


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask anew for a document that failed or expired."""
    item = _own(request, pk)
    is_ledger = item.kind in OF_THE_LEDGER
    size = size_of(item.kind, ledger_rows(request.user, item.arguments)) if is_ledger else Size(0, 0)
    verbs.ask_again(by=request.user, item=item, size=size)
    messages.success(request, _("It is being made anew."))
    return redirect("registry:shelf")


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a document off the shelf; one that is being made is stopped."""
    verbs.delete(by=request.user, item=_own(request, pk))
    messages.success(request, _("Deleted."))
    return redirect("registry:shelf")
