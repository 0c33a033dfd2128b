"""Pages of plans of inspections, and of special inspections."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from registry.access import refusal
from registry.models import Post
from registry.rules import Grade, NotAllowed, Refused
from registry.views.acting import Page, act, posted
from registry.views.ledger import known_code
from registry.views.paging import page_context, pager

from .. import access
from ..actions import inspection_plans as verbs
from ..forms.inspections import PlanForm, ReasonForm, SpecialForm
from ..models import Inspection, InspectionPlan
from ..querysets.inspections import InspectionFilter
from ..rules import PlanState
from .inspections import PAGE, page_number

_ACTS = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """List the plans of the units whose inspections the person follows, the latest first."""
    if not access.watching_scope(request.user):
        raise NotAllowed(_("Plans are read by those who plan inspections and by the principal leaders."))
    found = access.visible_plans(request.user).select_related("unit", "issued_by")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "plans": page.object_list,
        "page": page_context(request, page),
        "makes": bool(access.planning_scope(request.user)),
    }
    return render(request, "controls/inspection_plans.html", context)


@_ACTS
def new(request: HttpRequest) -> HttpResponse:
    """Choose a unit and a time; see what the plan would be, in numbers; issue it."""
    access.check_plans(request.user)
    asked = request.POST if request.method == "POST" else request.GET
    units, years = access.units_to_plan(request.user), verbs.plan_years()
    form = PlanForm(asked if "unit" in asked else None, units=units, years=years)
    context = {"form": form, "proposal": None, "has_units": units.exists()}
    if not form.is_bound or not form.is_valid():
        return render(request, "controls/inspection_plan_new.html", context, status=422 if form.errors else 200)
    wanted, problem = form.cleaned_data, ""
    if request.method == "POST":
        try:
            plan = verbs.issue_plan(by=request.user, **wanted, seen_digest=request.POST.get("seen_digest", ""))
        except NotAllowed:
            raise
        except Refused as why:
            problem = str(why)
        else:
            messages.success(request, _("Issued: %s.") % plan.number)
            return redirect("controls:inspection-plan", plan.pk)
    proposal = verbs.propose(by=request.user, **wanted)
    context |= {
        "proposal": proposal,
        "grades": [(grade, months) for grade, months in zip(Grade, proposal.months, strict=True)],
        "problem": problem,
    }
    return render(request, "controls/inspection_plan_new.html", context, status=409 if problem else 200)


def _visible(request: HttpRequest, pk: int) -> InspectionPlan:
    found = access.visible_plans(request.user).select_related("unit", "issued_by", "closed_by")
    return get_object_or_404(found, pk=pk)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a plan and a page of its inspections."""
    plan = _visible(request, pk)
    found = access.visible_inspections(request.user).matching(InspectionFilter(plan=pk), timezone.localdate())
    total = found.count()
    number = page_number(request, max(1, -(-total // PAGE)))
    context = {
        "plan": plan,
        "rows": found.page((number - 1) * PAGE, PAGE) if total else [],
        "page": pager(request, number=number, size=PAGE, total=total),
        "grades": [(grade, months) for grade, months in zip(Grade, plan.months, strict=True)],
        "may_close": plan.state == PlanState.ISSUED and not refusal(access.check_close, plan, request.user),
    }
    return render(request, "controls/inspection_plan.html", context)


@_ACTS
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a plan with a reason; what is not signed is dropped."""
    plan = _visible(request, pk)
    access.check_close(plan, request.user)
    if plan.state != PlanState.ISSUED:
        raise Refused(_("This plan is closed already."))
    open_sheets = Inspection.objects.filter(plan=plan).open().count()
    page = Page(
        heading=_("Close the plan"),
        lead=f"{plan.number} · {plan.unit}",
        back_url=reverse("controls:inspection-plan", args=[pk]),
        back=plan.number,
        button=_("Close it"),
        explain=[_("Inspections that are not signed are dropped with the same reason; signed ones stay.")],
        numbers=[(_("Not signed"), open_sheets)],
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        verbs.close_plan(by=request.user, plan=plan, reason=values["reason"], expected=values["version"])
        messages.success(request, _("Closed: %s.") % plan.number)
        return redirect("controls:inspection-plan", pk)

    return act(request, page, ReasonForm(posted(request), initial={"version": plan.version}), do)


@_ACTS
def special(request: HttpRequest) -> HttpResponse:
    """Choose an organization; then a post of it or all of it, who checks, by when and for what."""
    access.check_plans(request.user)
    places = access.places_to_inspect(request.user)
    code = request.GET.get("organization", "")
    place = get_object_or_404(places, code=known_code(code)) if code else None
    if place is None:
        return render(request, "controls/inspection_special.html", {"places": places.select_related("parent")})
    page = Page(
        heading=_("Have an inspection made"),
        lead=place.name,
        back_url=reverse("controls:inspection-special"),
        back=_("Another unit or section"),
        button=_("Have it made"),
        explain=[
            _(
                "The sheet has a line for each filed measure of every risk point that stands there on the day of the check."
            ),
            _("Nobody checks their own post."),
        ],
    )
    form = SpecialForm(
        posted(request),
        posts=Post.objects.filter(organization=place, closed_on=None).order_by("name"),
        people=access.readers_to_name(place),
    )

    def do(values: dict) -> HttpResponse:
        made = verbs.make_special(by=request.user, organization=place, **values)
        messages.success(request, _("Planned: %s.") % made.number)
        return redirect("controls:inspection", made.pk)

    return act(request, page, form, do)
