"""The list of risk points without a holder."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .. import access
from ..documents.without_holder import rows, unheld_points
from .ledger import known_code
from .paging import page_context

PAGE = 50


@require_safe
def without_holder(request: HttpRequest) -> HttpResponse:
    """List, within the person's ledger, the points of posts for which nobody answers, and what is to be done with each."""
    organization = None
    if code := request.GET.get("organization", ""):
        organization = access.readable_organizations(request.user).filter(code=known_code(code)).first()
        if organization is None:
            raise Http404
    found = unheld_points(request.user, organization).select_related("point", "post")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "organization": organization,
        "found": rows(page.object_list),
        "prepared": access.prepared_by(request.user),
        "page": page_context(request, page),
    }
    return render(request, "registry/without_holder.html", context)
