"""Coverage: what has been looked at in a year and what has not, and who has not declared."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from .. import access
from ..documents import coverage as documents
from ..rules import Category, SuggestionState, contains, intersect
from .ledger import known_code
from .paging import page_context

PAGE = 50


@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """Show levels by categories of an organization within the person's scope, its parts, and who owes a declaration."""
    readable = access.counted_organizations(request.user)
    code = request.GET.get("organization", "")
    organization = readable.filter(code=known_code(code)).first() if code else readable.order_by("tree_from").first()
    if organization is None:
        raise Http404
    this_year = timezone.localdate().year
    years = [this_year + 1, this_year, this_year - 1, this_year - 2, this_year - 3]
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 and int(asked) in years else this_year
    intervals = intersect(access.counts_scope(request.user), [organization.interval])
    counted = documents.counted(intervals, year)
    scheme = documents.scheme_of(organization, year)
    named = intersect(access.names_scope(request.user), intervals)
    # That somebody has handed something in is for those who follow it.
    followed = documents.counted(named, year) if named else None
    page = None
    if followed is not None:
        owing = followed.missing_people()
        owing = owing.select_related("person", "post__organization").order_by(
            "post__organization__tree_from", "post", "pk"
        )
        page = Paginator(owing, PAGE).get_page(request.GET.get("page"))
    children = [
        child
        for child in readable.filter(parent=organization).order_by("tree_from")
        if contains(intervals, child.tree_from)
    ]
    context = {
        "organization": organization,
        "above": readable.filter(pk=organization.parent_id).first(),
        "organizations": readable.order_by("tree_from")[:200],
        "year": year,
        "years": years,
        "rows": documents.matrix(counted, intervals, scheme),
        "categories": list(Category),
        "parts": documents.parts(counted, followed, children, scheme),
        "suggested": documents.suggested(followed) if followed else None,
        "suggestion_states": SuggestionState,
        "owing": page.object_list if page else None,
        "page": page_context(request, page) if page else None,
    }
    return render(request, "registry/coverage.html", context)
