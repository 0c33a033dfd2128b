"""The ledger: filter, counts, a page of rows, the workbook of exactly that, and one point's page."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .. import access
from ..actions.ledger import note_export
from ..documents import ledger as documents
from ..documents.shelf import scope_words
from ..documents.without_holder import unheld_points
from ..forms.ledger import LedgerFilterForm
from ..models import Organization, PointVersion, RiskPoint, Scheme
from ..querysets.ledger import LedgerFilter, LedgerRow
from ..rules import Category, Grade, Level, OrganizationKind, Refused
from ..rules import Scheme as SchemeRule
from ..rules.shelf import DocumentKind
from ..rules.text import is_forbidden
from ..rules.workbooks import Beside, beside_cells
from .paging import pager
from .trace import story_of

PAGE = 100
# What upper floors show on the page of a point, each for itself as markup, empty where there is nothing for the reader.
POINT_PANELS: list[Callable[[HttpRequest, RiskPoint], str]] = []


def ledger_form(request: HttpRequest) -> LedgerFilterForm:
    """Return the bound filter; an organization that is none or not to be seen does not exist: 404."""
    readable = access.readable_organizations(request.user)
    code = request.GET.get("organization", "")
    chosen = readable.filter(code=known_code(code)).first() if code else None
    if code and chosen is None:
        raise Http404
    units = readable.filter(kind=OrganizationKind.UNIT)
    offered = readable
    if units.count() > 1:
        # In a wide jurisdiction only the units are offered, and the sections of the one that is chosen.
        offered = readable.exclude(kind=OrganizationKind.SECTION)
        if chosen is not None:
            unit = chosen if chosen.kind != OrganizationKind.SECTION else chosen.parent
            offered = offered | readable.filter(kind=OrganizationKind.SECTION, parent=unit)
    years = access.visible_points(request.user).years()
    data = request.GET
    if "year" not in data and not data.get("day") and years:
        # A year is one stretch of the index; all years at once is a choice, not what everybody begins with.
        data = data.copy()
        data["year"] = str(years[0])
    rule = _rule_for(request, chosen, data)
    return LedgerFilterForm(data, organizations=offered.order_by("tree_from"), years=years, rule=rule)


def _rule_for(request: HttpRequest, chosen: Organization | None, data: QueryDict) -> SchemeRule:
    """Return the scheme that gives the words for grades: the one that holds for all that is looked at."""
    intervals = [chosen.interval] if chosen else access.ledger_scope(request.user)
    if not intervals:
        return SchemeRule()
    asked = data.get("year") or data.get("day", "")[:4]
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else timezone.localdate().year
    return Scheme.objects.rule_over((intervals[0][0], intervals[-1][1]), year)


def known_code(text: str) -> str:
    """Return a code from an address; one with characters no code has (PostgreSQL refuses them) does not exist: 404."""
    if any(is_forbidden(character) for character in text):
        raise Http404
    return text


def wanted_of(form: LedgerFilterForm) -> LedgerFilter | None:
    return form.wanted if form.is_valid() else None


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """Show a page of the ledger within the person's scope, with counts and chips."""
    form = ledger_form(request)
    wanted = wanted_of(form)
    if wanted is None:
        return render(request, "registry/ledger.html", {"form": form, "page": None}, status=422)
    beside = form.cleaned_data["beside"]
    counts = _counts(request, wanted)
    total = sum(count for key, count in counts.items() if _fits(key, wanted))
    pages = max(1, -(-total // PAGE))
    number = _page_number(request, pages)
    rows = access.ledger(request.user, wanted).page((number - 1) * PAGE, PAGE) if total else []
    context = {
        "form": form,
        "lines": _with_columns(rows, beside),
        "beside": [Beside(name).label for name in beside],
        "first_number": (number - 1) * PAGE,
        "page": pager(request, number=number, size=PAGE, total=total),
        "matrix": _matrix(request, counts, wanted),
        "grades": _chips(request, form.rule, counts, wanted.grade),
        "grade_open": sum(number for (_level, _category, grade), number in counts.items() if grade is None),
        "categories": [label for _category, label in _columns(counts)],
        "sentence": filter_sentence(form),
        "query": _query(request, page=None),
        "most_rows": documents.MOST_ROWS,
        "most_on_paper": documents.MOST_ROWS_ON_PAPER,
        "without_holder": unheld_points(request.user, form.cleaned_data["organization"]).count(),
        "organization": form.cleaned_data["organization"],
        "may_import": bool(access.units_to_import_for(request.user)),
        "issues_copies": form.cleaned_data["organization"] is not None and access.keeps_copies(request.user),
        "is_filtered": any(request.GET.get(name) for name in form.fields) or "year" in request.GET,
    }
    return render(request, "registry/ledger.html", context)


def _with_columns(rows: Sequence[LedgerRow], beside: Sequence[str]) -> list[tuple[LedgerRow, list[str]]]:
    """Return each row with the cells of the columns chosen besides; they are asked for only where there are any."""
    if not beside:
        return [(row, []) for row in rows]
    facts = PointVersion.objects.facts_beside([row.id for row in rows])
    told = {pk: beside_cells(*fact) for pk, fact in facts.items()}
    return [(row, [told[row.id][name] for name in beside]) for row in rows]


def _page_number(request: HttpRequest, pages: int) -> int:
    asked = request.GET.get("page", "1")
    return min(max(int(asked), 1), pages) if asked.isdecimal() and len(asked) < 10 else 1


def _counts(request: HttpRequest, wanted: LedgerFilter) -> dict[tuple[str, str, int | None], int]:
    """Count by level, category and grade without these three filters, so that chips say what choosing them gives."""
    return access.ledger(request.user, replace(wanted, level="", category="", grade=None)).counted()


def _fits(key: tuple[str, str, int | None], wanted: LedgerFilter) -> bool:
    level, category, grade = key
    return wanted.level in ("", level) and wanted.category in ("", category) and wanted.grade in (None, grade)


def _query(request: HttpRequest, **changes: object) -> str:
    """Return the address of the same page with some filters changed (None: taken away), from its first page on."""
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


def _columns(counts: dict) -> list[tuple[str, str]]:
    """Return the categories with their words; what is open has a column of its own, so that the sums are those of the rows."""
    columns = [(category.value, category.label) for category in Category]
    if any(not category for _level, category, _grade in counts):
        columns.append(("", _("to be settled")))
    return columns


def _matrix(request: HttpRequest, counts: dict, wanted: LedgerFilter) -> list[dict]:
    """Return level × category with counts and the address each cell leads to; what is open has a row of its own."""
    levels = [(level.value, level.label) for level in Level]
    if any(not level for level, _category, _grade in counts):
        levels.append(("", _("level to be settled")))
    rows = []
    for level, label in levels:
        cells = []
        for category, _label in _columns(counts):
            count = sum(
                number
                for (row, column, grade), number in counts.items()
                if row == level and column == category and wanted.grade in (None, grade)
            )
            is_chosen_by = bool(level and category)  # nobody can filter by what is open
            current = is_chosen_by and wanted.level == level and wanted.category == category
            changes = {"level": None, "category": None} if current else {"level": level, "category": category}
            url = _query(request, **changes) if is_chosen_by else ""
            cells.append({"count": count, "url": url, "current": current})
        rows.append({"label": label, "cells": cells, "total": sum(cell["count"] for cell in cells)})
    return rows


def _chips(request: HttpRequest, rule: SchemeRule, counts: dict, current: int | None) -> list[dict]:
    return [
        {
            "label": rule.word(grade),
            "count": sum(number for (_level, _category, its), number in counts.items() if its == grade),
            "url": _query(request, grade=None if current == grade else grade.value),
            "current": current == grade,
            "value": grade.value,
        }
        for grade in Grade
    ]


def filter_sentence(form: LedgerFilterForm) -> str:
    """Return what was asked for in words: for the page's head and the workbook's cover."""
    parts = []
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if name == "beside" or value in (None, "", False):
            continue
        if value is True:
            parts.append(field.label)
            continue
        words = dict(getattr(field, "choices", ())) if name not in ("organization", "year") else {}
        parts.append(_("%(label)s: %(value)s") % {"label": field.label, "value": words.get(value, value)})
    return _("; ").join(str(part) for part in parts)


def in_background(request: HttpRequest, kind: str) -> HttpResponse:
    """Lead to where the ledger with the same filter is asked for as a document made in the background."""
    return redirect(reverse("registry:shelf-new", args=[kind]) + (f"?{request.GET.urlencode()}" if request.GET else ""))


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Return the workbook of what the screen shows: the same scope, filter and order."""
    form = ledger_form(request)
    wanted = wanted_of(form)
    if wanted is None:
        raise Refused(_("The filter has a mistake; correct it on the ledger's page first."))
    rows = access.visible_points(request.user).matching(wanted)
    count = rows.count()
    if count > documents.MOST_ROWS:
        return in_background(request, DocumentKind.LEDGER_WORKBOOK)
    organization: Organization | None = form.cleaned_data["organization"]
    scope = scope_words(organization)
    today = timezone.localdate()
    body = documents.ledger_workbook(
        rows,
        scope=scope,
        filter_sentence=filter_sentence(form),
        made_on=today,
        words=form.rule.words,
        beside=form.cleaned_data["beside"],
    )
    note_export(by=request.user, wanted=wanted, count=count)
    response = HttpResponse(body, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    name = documents.file_name(scope, wanted.year, today)
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


@require_safe
def point(request: HttpRequest, code: str) -> HttpResponse:
    """Show a filed point: how it stands, its measures, its versions."""
    versions = list(
        access.visible_points(request.user)
        .filter(point__code=known_code(code))
        .select_related("point", "declaration__scheme", "organization", "post")
        .with_measures()
        .order_by("-valid_from", "-pk")
    )
    if not versions:
        raise Http404
    context = {
        "version": versions[0],
        "versions": versions,
        "code": versions[0].point.code,
        "story": story_of(request.user, versions),
        "panels": [panel(request, versions[0].point) for panel in POINT_PANELS],
        # The page of its tasks stands on an upper floor; who watches over them, and who has them, are told the way.
        "may_see_work": access.sees_work_on(versions[0], request.user),
    }
    return render(request, "registry/point.html", context)
