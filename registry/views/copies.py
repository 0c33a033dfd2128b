"""Pages of numbered copies: the register of a unit, issuing, entering a return, the list of digests."""

import csv
from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from .. import access
from ..actions import copies as verbs
from ..documents.copies import digest_rows
from ..documents.shelf import ledger_rows, scope_words, size_of
from ..forms.copies import IssueForm, RegisterForm, ReturnForm
from ..models import NumberedCopy
from ..rules import NotAllowed, OrganizationKind, Refused
from ..rules.shelf import LEDGERS, DocumentKind
from .notices import visible_notice
from .paging import page_context
from .shelf import ledger_wanted

PAGE = 50


def _register(request: HttpRequest):
    if not access.units_with_copies(request.user).exists():
        raise NotAllowed(
            _("The register of numbered copies is kept by the office and the publishers of notices of a unit.")
        )
    return access.visible_copies(request.user)


@require_safe
def copies(request: HttpRequest) -> HttpResponse:
    """Show the register of numbered copies: to whom, when, whether it came back."""
    found = _register(request).select_related("issued_by", "returned_by", "item", "unit")
    form = RegisterForm(request.GET)
    today = timezone.localdate()
    if form.is_valid():
        narrowed = {
            form.OUT: found.out(),
            form.LATE: found.late(today),
            form.RETURNED: found.returned(),
            form.NEVER: found.filter(made_at=None),
        }
        found = narrowed.get(form.cleaned_data["state"], found).searched(form.cleaned_data["words"])
    else:
        found = found.none()
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    for copy in page.object_list:
        copy.is_late = (
            copy.made_at is not None and copy.returned_on is None and bool(copy.due_on and copy.due_on < today)
        )
    context = {
        "form": form,
        "copies": page.object_list,
        "page": page_context(request, page),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "registry/copies.html", context, status=200 if form.is_valid() else 422)


@require_http_methods(["GET", "HEAD", "POST"])
def issue_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue numbered copies of a posted notice."""
    notice = visible_notice(request, pk)
    access.check_issue_notice(notice, request.user)
    return _issue_page(
        request,
        title=notice.title,
        kind=DocumentKind.NOTICE_SHEET,
        back_url=reverse("registry:notice", args=[pk]),
        issue=lambda issued: verbs.issue_notice(by=request.user, notice=notice, issued=issued),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def issue_ledger(request: HttpRequest, kind: str) -> HttpResponse:
    """Issue numbered copies of the ledger with the filter of its page."""
    if kind not in LEDGERS:
        raise Http404
    asked = ledger_wanted(request, kind)
    organization = asked.organization
    unit = access.nearest(organization, OrganizationKind.UNIT) if organization else None
    if unit is None:
        raise Refused(_("A numbered copy is issued by a unit. Choose a unit or section in the ledger's filter first."))
    access.check_issue(unit, request.user)
    other = LEDGERS[1 - LEDGERS.index(DocumentKind(kind))]
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    title = _("Integrity-risk ledger of %(scope)s") % {"scope": scope_words(organization)}
    return _issue_page(
        request,
        title=title,
        kind=DocumentKind(kind),
        back_url=reverse("registry:ledger") + query,
        other_url=reverse("registry:copy-issue-ledger", args=[other]) + query,
        issue=lambda issued: verbs.issue_ledger(
            by=request.user,
            unit=unit,
            kind=kind,
            arguments=asked.arguments,
            size=size_of(kind, ledger_rows(request.user, asked.arguments)),
            title=title,
            scope=scope_words(organization),
            issued=issued,
        ),
    )


def _issue_page(
    request: HttpRequest,
    *,
    title: str,
    kind: DocumentKind,
    back_url: str,
    issue: Callable[[dict], list[NumberedCopy]],
    other_url: str = "",
) -> HttpResponse:
    form = IssueForm(request.POST if request.method == "POST" else None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            issued = issue(form.cleaned_data)
        except NotAllowed:
            raise
        except Refused as why:
            problem = str(why)
        else:
            said = ngettext(
                "%(count)d copy has its number; the file is being made and will lie here.",
                "%(count)d copies have their numbers; the files are being made and will lie here.",
                len(issued),
            )
            messages.success(request, said % {"count": len(issued)})
            return redirect("registry:shelf")
    context = {"form": form, "title": title, "kind": kind, "back_url": back_url, "other_url": other_url}
    context["problem"] = problem
    status = 409 if problem else 422 if form.errors else 200
    return render(request, "registry/copy_issue.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter that a copy came back."""
    copy: NumberedCopy = get_object_or_404(access.visible_copies(request.user).select_related("unit"), pk=pk)
    access.check_return(copy, request.user)
    posted = request.POST if request.method == "POST" else None
    form = ReturnForm(posted, initial={"returned_on": timezone.localdate()})
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            verbs.take_back(by=request.user, copy=copy, **form.cleaned_data)
        except NotAllowed:
            raise
        except Refused as why:
            problem = str(why)
        else:
            messages.success(request, _("Entered: copy %s came back.") % copy.serial)
            return redirect("registry:copies")
    context = {"form": form, "copy": copy, "problem": problem}
    return render(request, "registry/copy_return.html", context, status=409 if problem else 422 if form.errors else 200)


@require_safe
def digests(request: HttpRequest) -> HttpResponse:
    """Return the digests of all files with a number of the person's units as CSV, to check files where there is no network."""
    _register(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="digests.csv"'
    response.write("\ufeff")
    csv.writer(response).writerows(digest_rows(access.units_with_copies(request.user)))
    return response
