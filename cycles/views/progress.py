"""How far the units are in a year, who is late, and urging them."""

import datetime as dt

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from registry import access as below
from registry.models import Organization, Person
from registry.rules import NotAllowed, Refused, contains, intersect
from registry.views.ledger import known_code
from registry.views.paging import page_context

from .. import access
from ..actions import progress as verbs
from ..documents import progress as documents
from ..forms.progress import UrgeForm
from ..models import Urging
from ..rules import Step
from .cycles import visible_cycle

PAGE = 50
SHOWN_FOR = dt.timedelta(days=7)
MOST_SHOWN = 3


@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the units of a region, or the parts of one, with how far each step is."""
    cycle = visible_cycle(request, pk)
    intervals = access.progress_scope(cycle, request.user)
    if not intervals:
        raise NotAllowed(_("How far the units are is for their offices, leaders and inspectors to see."))
    readable = below.counted_organizations(request.user).filter(tree_from__range=cycle.region.interval, closed_on=None)
    code = request.GET.get("organization", "")
    organization = readable.filter(code=known_code(code)).first() if code else readable.order_by("tree_from").first()
    if organization is None:
        raise Http404
    parts = readable.filter(parent=organization).order_by("tree_from")
    page = Paginator(parts, PAGE).get_page(request.GET.get("page"))
    shown = [organization, *page]
    rows = documents.rows(verbs.progress_of(cycle, intersect(intervals, [organization.interval])), shown)
    context = {
        "cycle": cycle,
        "organization": organization,
        "whole": rows[0],
        "rows": rows[1:],
        "page": page_context(request, page),
        "above": organization.parent
        if organization.parent and readable.filter(pk=organization.parent_id).exists()
        else None,
        "told": contains(access.late_scope(cycle, request.user), organization.tree_from),
        "steps": Step,
    }
    return render(request, "cycles/progress.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def late(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """List who is late with a step, and urge those that are ticked."""
    cycle = visible_cycle(request, pk)
    if step not in Step.values:
        raise Http404
    scope = access.late_scope(cycle, request.user)
    if not scope:
        raise NotAllowed(_("Who is late is told to the office of the leading group of the unit."))
    code = request.GET.get("organization", "")
    organization = None
    if code:
        organization = get_object_or_404(Organization.objects.filter(below.within(scope)), code=known_code(code))
        scope = intersect(scope, [organization.interval])
    found = verbs.late(cycle, step, scope)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    form = UrgeForm(request.POST if request.method == "POST" else None, offered=found)
    problem, status = "", 200
    if request.method == "POST":
        if form.is_valid():
            try:
                made = verbs.urge(
                    by=request.user, cycle=cycle, step=step, appointments=list(form.cleaned_data["chosen"])
                )
                messages.success(
                    request,
                    ngettext("%(count)s person was urged.", "%(count)s people were urged.", len(made))
                    % {"count": len(made)},
                )
                query = f"?organization={organization.code}" if organization else ""
                return redirect(reverse("cycles:late", args=[cycle.pk, step]) + query)
            except NotAllowed:
                raise
            except Refused as why:
                problem, status = str(why), 409
        else:
            status = 422
    today = timezone.localdate()
    urged: dict[int, Urging] = {}
    for urging in Urging.objects.of([each.person_id for each in page], today.replace(month=1, day=1)).select_related(
        "by"
    ):
        urged.setdefault(urging.person_id, urging)
    rows = []
    for each in page:
        urging = urged.get(each.person_id)
        is_urged_today = urging is not None and urging.on == today
        rows.append({"appointment": each, "urged": urging, "is_urged_today": is_urged_today})
    context = {
        "cycle": cycle,
        "step": Step(step),
        "steps": Step,
        "organization": organization,
        "rows": rows,
        "page": page_context(request, page),
        "form": form,
        "problem": problem,
    }
    return render(request, "cycles/late.html", context, status=status)


def urged_of(person: Person) -> list[Urging]:
    """Return what the person was urged to do in the last week and is still late with, the latest first; for the home page."""
    since = timezone.localdate() - SHOWN_FOR
    found = Urging.objects.of([person.pk], since).select_related("by", "cycle__region", "organization")
    return [
        urging
        for urging in found[:MOST_SHOWN]
        if verbs.late(urging.cycle, urging.step, [urging.organization.interval]).filter(person=person).exists()
    ]
