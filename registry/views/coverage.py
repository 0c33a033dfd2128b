"""Coverage: what has been looked at in a year and what has not, who owes it, and who has not declared."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from .. import access
from ..documents import coverage as documents
from ..documents.without_holder import unheld_points
from ..models import Organization
from ..querysets.coverage import Coverage
from ..querysets.ledger import LedgerFilter
from ..rules import Category, Interval, Level, SuggestionState, contains, intersect
from .ledger import known_code
from .paging import page_context

PAGE = 50


@dataclass(frozen=True)
class Asked:
    """Of which organization the coverage is asked for, in which of the years offered; counted within `intervals`."""

    organization: Organization
    year: int
    years: list[int]
    intervals: list[Interval]


def _asked(request: HttpRequest) -> Asked:
    """Read the address; an organization of which the person sees no numbers does not exist: 404."""
    readable = access.counted_organizations(request.user)
    code = request.GET.get("organization", "")
    organization = readable.filter(code=known_code(code)).first() if code else readable.order_by("tree_from").first()
    if organization is None:
        raise Http404
    this_year = timezone.localdate().year
    years = [this_year + 1, this_year, this_year - 1, this_year - 2, this_year - 3]
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 and int(asked) in years else this_year
    return Asked(organization, year, years, intersect(access.counts_scope(request.user), [organization.interval]))


@dataclass(frozen=True)
class Looked:
    """What a reader sees of what they asked for: the rows of the matrix, the parts, and what they may follow, if anything."""

    asked: Asked
    rows: list
    parts: list[documents.Part]
    followed: Coverage | None


def coverage_of(request: HttpRequest) -> Looked:
    """Return levels by categories of the organization of the address, and its parts, as the reader may see them."""
    asked = _asked(request)
    organization, year, intervals = asked.organization, asked.year, asked.intervals
    counted = documents.counted(intervals, year)
    scheme = documents.scheme_of(organization, year)
    named = intersect(access.names_scope(request.user), intervals)
    # That somebody has handed something in is for those who follow it.
    followed = documents.counted(named, year) if named else None
    children = [
        child
        for child in access.counted_organizations(request.user).filter(parent=organization).order_by("tree_from")
        if contains(intervals, child.tree_from)
    ]
    parts = documents.parts(counted, followed, children, scheme)
    return Looked(asked, documents.matrix(counted, scheme), parts, followed)


@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """Show levels by categories of an organization within the person's scope, its parts, and who owes a declaration."""
    readable = access.counted_organizations(request.user)
    looked = coverage_of(request)
    organization, year, followed = looked.asked.organization, looked.asked.year, looked.followed
    page = None
    if followed is not None:
        owing = followed.missing_people()
        owing = owing.select_related("person", "post__organization").order_by(
            "post__organization__tree_from", "post", "pk"
        )
        page = Paginator(owing, PAGE).get_page(request.GET.get("page"))
    context = {
        "organization": organization,
        "above": readable.filter(pk=organization.parent_id).first(),
        "organizations": readable.order_by("tree_from")[:200],
        "year": year,
        "years": looked.asked.years,
        "rows": looked.rows,
        "categories": list(Category),
        "parts": looked.parts,
        "suggested": documents.suggested(followed) if followed else None,
        "suggestion_states": SuggestionState,
        "owing": page.object_list if page else None,
        "page": page_context(request, page) if page else None,
        **_in_ledger(request, organization, year),
    }
    return render(request, "registry/coverage.html", context)


def _in_ledger(request: HttpRequest, organization: Organization, year: int) -> dict:
    """Return how much of what stands in the ledger there is in want of something, for those who read it there."""
    if not contains(access.ledger_scope(request.user), organization.tree_from):
        return {}
    wanted = LedgerFilter(year=year, interval=organization.interval, without_measure=True)
    return {
        "without_holder": unheld_points(request.user, organization).count(),
        "without_measure": access.ledger(request.user, wanted).count(),
    }


@require_safe
def missing(request: HttpRequest) -> HttpResponse:
    """List the bodies that owe one cell: a level and a category; each with where it is mended by who looks."""
    asked = _asked(request)
    level, category = request.GET.get("level", ""), request.GET.get("category", "")
    if level not in Level.values or category not in Category.values:
        raise Http404
    level, category = Level(level), Category(category)
    is_expected = category in documents.scheme_of(asked.organization, asked.year).expected[level]
    counted = documents.counted(asked.intervals, asked.year)
    if level == Level.POST:
        found, rows_of = counted.missing_posts(category), documents.owing_posts
    else:
        found, rows_of = counted.missing_organizations(level, category), documents.owing_organizations
    page = Paginator(found if is_expected else found.none(), PAGE).get_page(request.GET.get("page"))
    context = {
        "organization": asked.organization,
        "year": asked.year,
        "level": level,
        "category": category,
        "is_expected": is_expected,
        "owing": rows_of(list(page.object_list), request.user, asked.year),
        "page": page_context(request, page),
    }
    return render(request, "registry/coverage_missing.html", context)
