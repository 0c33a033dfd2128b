"""What is printed: a page for the browser's own print, and the PDF. Who sees the page that is printed sees its sheet."""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .. import access
from ..actions.ledger import note_export
from ..documents import ledger as ledgers
from ..documents.coverage_sheet import coverage_sheet
from ..documents.declarations import blank_declaration_sheet, declaration_sheet
from ..documents.measures_sheet import measures_sheet
from ..documents.sheets import Sheet
from ..documents.shelf import scope_words
from ..rules import Level, Phase, Refused
from ..rules.shelf import DocumentKind
from .coverage import coverage_of
from .declarations import reading, visible_declaration
from .ledger import filter_sentence, in_background, ledger_form, wanted_of


def sheet_page(request: HttpRequest, sheet: Sheet, *, pdf_url: str, back_url: str) -> HttpResponse:
    """Return the page a browser prints, with a bar above it in the reader's language that is not printed."""
    context = sheet.frame() | {
        "bar_language": translation.get_language(),
        "obstacle": sheet.obstacle(),
        "pdf_url": pdf_url,
        "back_url": back_url,
        # Another page of ours shows the sheet in a frame: without the bar, which that page has itself.
        "framed": "frame" in request.GET,
    }
    return HttpResponse(render_to_string("documents/page.html", context))


def sheet_pdf(sheet: Sheet) -> HttpResponse:
    """Return the PDF as a file to be kept; refuse with a sentence when it cannot be made."""
    if sheet.is_long:
        raise Refused(_("This sheet is too long to be made as a PDF while you wait. Print it from the browser."))
    return pdf_file(sheet.pdf(), sheet.file_name)


def pdf_file(body: bytes, file_name: str) -> HttpResponse:
    """Return a PDF to be kept under its name."""
    response = HttpResponse(body, content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(True, file_name)
    return response


def _declaration_sheet(request: HttpRequest, pk: int) -> Sheet:
    declaration = visible_declaration(request, pk)
    read = reading(request, declaration)
    return declaration_sheet(
        declaration,
        points=read["points"],
        nothing_found=read["nothing_found"],
        meeting=read["meeting"],
        with_decisions=read["sees_trace"],
    )


@require_safe
def declaration(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a declaration as it is printed."""
    return sheet_page(
        request,
        _declaration_sheet(request, pk),
        pdf_url=reverse("registry:declaration-pdf", args=[pk]),
        back_url=reverse("registry:declaration", args=[pk]),
    )


@require_safe
def declaration_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a declaration as a PDF."""
    return sheet_pdf(_declaration_sheet(request, pk))


def _blank_sheet(request: HttpRequest) -> Sheet:
    """Return the empty form of the level and phase of the address, of a post's risk points unless it says otherwise."""
    level, phase = request.GET.get("level", Level.POST), request.GET.get("phase", Phase.POINTS)
    if level not in Level.values or phase not in Phase.values:
        raise Http404
    return blank_declaration_sheet(Level(level), Phase(phase))


@require_safe
def blank(request: HttpRequest) -> HttpResponse:
    """Show the empty form of a declaration."""
    return sheet_page(
        request,
        _blank_sheet(request),
        pdf_url=reverse("registry:declaration-blank-pdf") + _query(request),
        back_url=reverse("registry:my-declarations"),
    )


@require_safe
def blank_pdf(request: HttpRequest) -> HttpResponse:
    """Return the empty form of a declaration as a PDF."""
    return sheet_pdf(_blank_sheet(request))


def _query(request: HttpRequest) -> str:
    """Return what was asked for, to be put behind the address of another page about the same."""
    return f"?{request.GET.urlencode()}" if request.GET else ""


def _of_the_ledger(request: HttpRequest, make: Callable[..., Sheet], *chosen: str) -> Sheet | None:
    """Return a sheet of exactly the points the screen shows, and note in the chain that it was taken out.

    `chosen` are fields of the form that only some sheets follow. None where the points are too many to wait for.
    """
    with translation.override(settings.LANGUAGE_CODE):
        form = ledger_form(request)
        wanted = wanted_of(form)
        sentence = filter_sentence(form) if wanted else ""
    if wanted is None:
        raise Refused(_("The filter has a mistake; correct it on the ledger's page first."))
    rows = access.visible_points(request.user).matching(wanted)
    count = rows.count()
    if count > ledgers.MOST_ROWS_ON_PAPER:
        return None
    with translation.override(settings.LANGUAGE_CODE):
        scope = scope_words(form.cleaned_data["organization"])
    sheet = make(
        rows,
        scope=scope,
        filter_sentence=sentence,
        year=wanted.year,
        made_on=timezone.localdate(),
        words=form.rule.words,
        **{name: form.cleaned_data[name] for name in chosen},
    )
    note_export(by=request.user, wanted=wanted, count=count)
    return sheet


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """Show the ledger as it is printed, with the filter of its page; a long one is made in the background."""
    sheet = _of_the_ledger(request, ledgers.ledger_sheet, "beside")
    if sheet is None:
        return in_background(request, DocumentKind.LEDGER_SHEET)
    return sheet_page(
        request,
        sheet,
        pdf_url=reverse("registry:ledger-pdf") + _query(request),
        back_url=reverse("registry:ledger") + _query(request),
    )


@require_safe
def ledger_pdf(request: HttpRequest) -> HttpResponse:
    """Return the ledger as a PDF, with the filter of its page; a long one is made in the background."""
    sheet = _of_the_ledger(request, ledgers.ledger_sheet, "beside")
    if sheet is None or sheet.is_long:
        return in_background(request, DocumentKind.LEDGER_SHEET)
    return sheet_pdf(sheet)


@require_safe
def measures(request: HttpRequest) -> HttpResponse:
    """Show the measures of the points of the ledger as they are printed; a long table is made in the background."""
    sheet = _of_the_ledger(request, measures_sheet)
    if sheet is None:
        return in_background(request, DocumentKind.MEASURES_SHEET)
    return sheet_page(
        request,
        sheet,
        pdf_url=reverse("registry:ledger-measures-pdf") + _query(request),
        back_url=reverse("registry:ledger") + _query(request),
    )


@require_safe
def measures_pdf(request: HttpRequest) -> HttpResponse:
    """Return the measures of the points of the ledger as a PDF; a long table is made in the background."""
    sheet = _of_the_ledger(request, measures_sheet)
    if sheet is None or sheet.is_long:
        return in_background(request, DocumentKind.MEASURES_SHEET)
    return sheet_pdf(sheet)


def _coverage_sheet(request: HttpRequest) -> Sheet:
    looked = coverage_of(request)
    return coverage_sheet(
        looked.asked.organization,
        year=looked.asked.year,
        rows=looked.rows,
        parts=looked.parts,
        made_on=timezone.localdate(),
    )


@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """Show the coverage of an organization as it is printed."""
    return sheet_page(
        request,
        _coverage_sheet(request),
        pdf_url=reverse("registry:coverage-pdf") + _query(request),
        back_url=reverse("registry:coverage") + _query(request),
    )


@require_safe
def coverage_pdf(request: HttpRequest) -> HttpResponse:
    """Return the coverage of an organization as a PDF."""
    return sheet_pdf(_coverage_sheet(request))
