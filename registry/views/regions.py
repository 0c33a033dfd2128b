"""Pages of what goes to the region: sending and answering by the unit's office, the region's list and its review; naming."""

from bisect import bisect_right

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from .. import access
from ..actions import approvals as approval_verbs
from ..actions import regions as verbs
from ..actions.approvals import Outcome
from ..actions.declarations import entry_titles
from ..actions.records import RECORD
from ..forms.approvals import DecisionForm
from ..forms.regions import NamingForm, PersonSearchForm, RegionAnswerForm, SendForm, SentFilterForm
from ..models import (
    Appointment,
    Approval,
    Decision,
    Declaration,
    MeasureVersion,
    NothingFound,
    Organization,
    Period,
    Person,
    PointVersion,
)
from ..querysets.people import named
from ..rules import (
    STANDING_STATES,
    ApprovalState,
    Changed,
    DeclarationState,
    Incomplete,
    NotAllowed,
    OrganizationKind,
    Refused,
    RegionState,
    Verdict,
    contains,
    days_late,
    digest,
)
from .approvals import following_url, place_in_queue
from .declarations import visible_declaration
from .paging import page_context
from .trace import at_region
from .wording import approval_words

PAGE = 50
MOST_SENT = 200  # at once
MOST_FOUND = 30
# What a list shows of a declaration.
_SHOWN = ("post", "organization", "unit", "approval", "region_approval")


# --- What the workbench tells ------------------------------------------------------------------------------------------


def office_tasks(person: Person) -> dict:
    """Return what an office has to see to, as numbers: to_send, overdue (of these), asked; unreviewed; each 0 for others."""
    tasks = {"to_send": 0, "overdue": 0, "asked": 0, "unreviewed": 0}
    if intervals := access.sending_scope(person):
        mine = Declaration.objects.filter(to_region=True, state=DeclarationState.FILED).within(intervals)
        unsent = _with_due(mine.filter(region_state="")).select_related(None)
        overdue = Count("pk", filter=Q(due__lt=timezone.localdate()))
        tasks |= unsent.order_by().aggregate(to_send=Count("pk"), overdue=overdue)
        tasks["asked"] = mine.filter(region_state=RegionState.ASKED).count()
    if access.sees_unreviewed(person):
        tasks["unreviewed"] = access.unreviewed(person).filter(asked_person=None).count()
    return tasks


# --- The unit's office -------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def to_send(request: HttpRequest) -> HttpResponse:
    """List what is filed and not sent yet, what the region asks and what it answered; send what is ticked."""
    intervals = access.sending_scope(request.user)
    if not intervals:
        raise NotAllowed(_("What goes to the region is sent by the office of the leading group of the unit."))
    mine = Declaration.objects.filter(to_region=True, state=DeclarationState.FILED).within(intervals)
    offered = mine.filter(region_state="").order_by("year", "phase", "position", "pk")
    form = SendForm(request.POST if request.method == "POST" else None, offered=mine)
    problem, gaps = "", []
    if request.method == "POST" and form.is_valid():
        try:
            sent = verbs.send_to_region(by=request.user, declarations=form.cleaned_data["chosen"])
        except Incomplete as why:
            problem, gaps = str(why), [gap.sentence for gap in why.gaps]
        else:
            said = ngettext(
                "Sent to the region: %(count)s declaration.", "Sent to the region: %(count)s declarations.", len(sent)
            )
            messages.success(request, said % {"count": len(sent)})
            return redirect("registry:region-to-send")
    page = Paginator(_with_due(mine.exclude(region_state="").order_by("-sent_at", "-pk")), PAGE)
    page = page.get_page(request.GET.get("page"))
    asked = mine.filter(region_state=RegionState.ASKED).order_by("region_approval__step_since", "pk")
    unsent = _rows(_with_due(offered)[:MOST_SENT], request.user)
    left_out = set(request.POST.getlist("offered")) - set(request.POST.getlist("chosen"))
    for declaration in unsent:
        declaration.is_chosen = str(declaration.pk) not in left_out
    context = {
        "form": form,
        "unsent": unsent,
        "is_cut": offered.count() > MOST_SENT,
        "most": MOST_SENT,
        "left_out": set(request.POST.getlist("offered")) - set(request.POST.getlist("chosen")),
        "asked": _rows(_with_due(asked), request.user),
        "sent": _rows(page.object_list, request.user),
        "page": page_context(request, page),
        "problem": problem,
        "problem_gaps": gaps,
    }
    status = 409 if problem else 422 if form.is_bound and form.errors else 200
    return render(request, "registry/region_to_send.html", context, status=status)


def _with_due(declarations: QuerySet[Declaration]) -> QuerySet[Declaration]:
    """Add the day `due` at the region, and what a list shows."""
    years = list(declarations.order_by().values_list("year", flat=True).distinct())
    return declarations.annotate(due=Period.objects.due_to_region(years)).select_related(*_SHOWN)


def _rows(declarations, person: Person) -> list[Declaration]:
    """Return the declarations of a list, each with days_late (so far, while it is not sent) and is_readable."""
    found = list(declarations)
    readable = set(
        access.visible_declarations(person).filter(pk__in=[each.pk for each in found]).values_list("pk", flat=True)
    )
    for each in found:
        sent_on = timezone.localdate(each.sent_at) if each.sent_at else timezone.localdate()
        each.days_late = days_late(sent_on, each.due)
        each.is_readable = each.pk in readable
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the region asked, and send the answer."""
    mine = Declaration.objects.within(access.sending_scope(request.user)).select_related(*_SHOWN)
    declaration = mine.filter(pk=pk).first()
    if declaration is None:
        declaration = visible_declaration(request, pk)  # who reads it may not answer: 403
    verbs.check_answerable(declaration, request.user)
    form = RegionAnswerForm(
        request.POST if request.method == "POST" else None, initial={"version": declaration.version}
    )
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            verbs.answer_region(
                by=request.user,
                declaration=declaration,
                text=form.cleaned_data["text"],
                expected=form.cleaned_data["version"],
            )
        except Changed as why:
            problem = str(why)
            declaration.refresh_from_db()
            data = form.data.copy()
            data["version"] = str(declaration.version)
            form = RegionAnswerForm(data)
        else:
            said = _("Answered: %(title)s (%(number)s). The region decides again.")
            messages.success(request, said % _named(declaration))
            return redirect("registry:region-to-send")
    context = {
        "declaration": declaration,
        "form": form,
        "problem": problem,
        "asked": _asked_last(declaration),
        "region": at_region(declaration, request.user),
    }
    status = 409 if problem else 422 if form.is_bound and form.errors else 200
    return render(request, "registry/region_answer.html", context, status=status)


def _asked_last(declaration: Declaration) -> Decision | None:
    """Return the decision by which the region asked for more last, if it ever did."""
    asked = declaration.region_approval.decisions.filter(verdict=Verdict.ASK)
    return asked.select_related("decided_by", "decided_for").prefetch_related("remarks").last()


def _named(declaration: Declaration) -> dict[str, str]:
    return {"title": declaration.approval.title, "number": declaration.number}


# --- The region's office -----------------------------------------------------------------------------------------------


@require_safe
def region(request: HttpRequest) -> HttpResponse:
    """List what was sent to the region, and count by unit what was sent in time, late, and not yet."""
    intervals = access.region_scope(request.user)
    if not intervals:
        raise NotAllowed(_("What was sent to the region is read by its office."))
    this_year = timezone.localdate().year
    units = access.reporting_units(request.user)
    years = [this_year + 1, this_year, this_year - 1, this_year - 2, this_year - 3]
    form = SentFilterForm({"year": this_year} | request.GET.dict(), units=units, years=years)
    if not form.is_valid():
        return render(request, "registry/region.html", {"form": form}, status=422)
    asked = form.cleaned_data
    reported = Declaration.objects.filter(to_region=True, state=DeclarationState.FILED, year=asked["year"])
    reported = reported.within(intervals)
    if asked["phase"]:
        reported = reported.filter(phase=asked["phase"])
    reported = reported.annotate(due=Period.objects.due_to_region([asked["year"]]))
    found = reported.exclude(region_state="")
    if asked["unit"]:
        found = found.filter(position__range=asked["unit"].interval)
    if asked["state"]:
        found = found.filter(region_state=asked["state"])
    if asked["late"]:
        found = found.filter(_LATE)
    found = found.select_related(*_SHOWN).order_by("-sent_at", "-pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "is_filtered": any(asked[name] for name in ("phase", "unit", "state", "late")),
        "sent": _rows(page.object_list, request.user),
        "page": page_context(request, page),
        "punctuality": _punctuality(reported, list(units)),
        "enters_opt_outs": access.enters_opt_outs(request.user),
        "sends": bool(access.sending_scope(request.user)),
    }
    return render(request, "registry/region.html", context)


_LATE = Q(sent_at__date__gt=F("due"))


def _punctuality(reported: QuerySet[Declaration], units: list[Organization]) -> list[dict]:
    """Return for each unit how many declarations with a date of their own were sent in time, late, and not yet.

    Of those not sent yet `overdue` are past their day. Places below a unit count for it.
    """
    unsent = Q(sent_at=None)
    counted = (
        reported.filter(supplement=0)
        .order_by()
        .values("position")
        .annotate(
            in_time=Count("pk", filter=Q(sent_at__date__lte=F("due"))),
            late=Count("pk", filter=_LATE),
            unsent=Count("pk", filter=unsent),
            overdue=Count("pk", filter=unsent & Q(due__lt=timezone.localdate())),
        )
    )
    names = ("in_time", "late", "unsent", "overdue")
    rows = [{"unit": unit, **dict.fromkeys(names, 0)} for unit in units]
    begins = [unit.tree_from for unit in units]
    for place in counted:
        number = bisect_right(begins, place["position"]) - 1
        if number >= 0 and place["position"] <= units[number].tree_to:
            for name in names:
                rows[number][name] += place[name]
    # Of a closed unit only what it has sent or owes is still of interest.
    return [row for row in rows if row["unit"].closed_on is None or any(row[name] for name in names)]


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Read what was sent exactly as the unit filed it; accept, ask for more, or return."""
    approval = get_object_or_404(Approval, pk=pk, kind=verbs.REGION_REVIEW)
    declaration = visible_declaration(request, get_object_or_404(Declaration, region_approval=approval).pk)
    if not access.sees_region_trace(declaration, request.user):
        raise NotAllowed(_("Decisions and remarks are seen by the owner and by those on the route only."))
    approval, content = declaration.region_approval, verbs.review_content(declaration)
    entries = entry_titles(content)
    if request.method != "POST":
        initial = {"version": approval.version, "seen_digest": digest(content), "verdict": Verdict.RETURN}
        return _decide_page(request, declaration, content, DecisionForm(entries=entries, initial=initial))
    form = DecisionForm(request.POST, entries=entries)
    access.check_decide(approval, request.user)
    if not form.is_valid():
        return _decide_page(request, declaration, content, form, status=422)
    try:
        outcome = verbs.decide_region(
            by=request.user,
            approval=approval,
            verdict=form.cleaned_data["verdict"],
            version=form.cleaned_data["version"],
            seen_digest=form.cleaned_data["seen_digest"],
            reason=form.opinion,
            remarks=form.remarks,
        )
    except NotAllowed:
        raise
    except Refused as why:
        declaration = visible_declaration(request, declaration.pk)
        content, data = verbs.review_content(declaration), form.data.copy()
        if isinstance(why, Changed):
            # What is decided next is what this page now shows.
            data["version"] = str(declaration.region_approval.version)
            data["seen_digest"] = digest(content)
        form = DecisionForm(data, entries=entries)
        return _decide_page(request, declaration, content, form, problem=str(why), status=409)
    messages.success(request, _said(outcome) % _named(declaration))
    return redirect(following_url(request.user))


def _said(outcome: Outcome) -> str:
    return {
        Outcome.COMPLETED: _("Accepted: %(title)s (%(number)s)."),
        Outcome.ASKED: _("Asked for more: %(title)s (%(number)s). The unit's office answers."),
        Outcome.RETURNED: _("Returned: %(title)s (%(number)s)."),
    }[outcome]


def _decide_page(
    request: HttpRequest,
    declaration: Declaration,
    content: dict,
    form: DecisionForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    approval = declaration.region_approval
    cannot_decide = access.refusal(access.check_decide, approval, request.user)
    remarked = {} if cannot_decide else form.remark_fields
    points = _as_filed(content)
    nothing = [NothingFound(category=each["category"], reason=each["reason"]) for each in content["nothing"]]
    for point in points:
        target = f"point:{point.pk}"
        point.remark_field = form.remark_field(target) if target in remarked else None
    for statement in nothing:
        target = f"nothing:{statement.category}"
        statement.remark_field = form.remark_field(target) if target in remarked else None
    region = at_region(declaration, request.user)
    is_open = approval.state == ApprovalState.OPEN
    context = {
        "declaration": declaration,
        "approval": approval,
        "points": points,
        "nothing_found": nothing,
        "meeting": content.get("meeting"),
        "meeting_remark_field": form.remark_field(RECORD) if RECORD in remarked else None,
        "changed_since": [point for point in points if point.state not in STANDING_STATES],
        "answer": content.get("answer", ""),
        "asked": _asked_last(declaration),
        "region": region,
        "trace": region["trace"],
        "form": form,
        "problem": problem,
        "cannot_decide": cannot_decide,
        "acting": access.acting_by(approval, request.user) if not cannot_decide else [],
        "is_open": is_open,
        "yes": Verdict.APPROVE if is_open else "",
        "may_ask": True,
        "step_label": approval.step_key.label,
        "reviews": bool(access.region_scope(request.user)),
        "is_owner": access.is_owner(declaration, request.user),
        **place_in_queue(request.user, approval),
    }
    return render(request, "registry/region_decide.html", context, status=status)


def _as_filed(content: dict) -> list[PointVersion]:
    """Return the points of a submitted content, each with its `shown_measures` as they were; code and state as they are."""
    rows = PointVersion.objects.select_related("point").in_bulk(
        [int(entry["target"].removeprefix("point:")) for entry in content["points"]]
    )
    points = []
    for entry in content["points"]:
        point = rows[int(entry["target"].removeprefix("point:"))]
        for name, value in entry.items():
            if name not in ("target", "code", "measures"):
                setattr(point, name, value)
        point.shown_measures = [MeasureVersion(**measure) for measure in entry["measures"]]
        points.append(point)
    return points


# --- Nobody eligible ---------------------------------------------------------------------------------------------------


@require_safe
def without_reviewer(request: HttpRequest) -> HttpResponse:
    """List what nobody is asked to decide by role, for both offices; the region's may name a person."""
    if not access.sees_unreviewed(request.user):
        raise NotAllowed(_("What waits without a reviewer is shown to the offices of the unit and of the region."))
    found = access.unreviewed(request.user).select_related("organization", "asked_person")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    own = {kind: access.naming_scope(kind, request.user) for kind in {approval.kind for approval in rows}}
    for approval in rows:
        # Whether the person may in fact is asked on the page itself.
        approval.names = contains(own[approval.kind], approval.position)
    names = bool(access.region_scope(request.user)) or any(approval.names for approval in rows)
    context = {"approvals": rows, "page": page_context(request, page), "names": names}
    return render(request, "registry/without_reviewer.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def name_reviewer(request: HttpRequest, pk: int) -> HttpResponse:
    """Look for a person of the region and name them, with a reason, for a step that nobody may decide by role."""
    approval = get_object_or_404(access.unreviewed(request.user).select_related("organization"), pk=pk)
    access.check_name(approval, request.user)
    search = PersonSearchForm(request.GET)
    words = search.cleaned_data["q"] if search.is_valid() else ""
    found, is_cut = _people_found(approval, words)
    form = NamingForm(request.POST if request.method == "POST" else None, people=found)
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            naming = approval_verbs.name_reviewer(by=request.user, approval=approval, **form.cleaned_data)
        except NotAllowed:
            raise
        except Refused as why:
            problem = str(why)
        else:
            said = {"name": naming.person, "title": approval_words(approval)}
            messages.success(request, _("%(name)s was named to decide: %(title)s.") % said)
            return redirect("registry:without-reviewer")
    context = {
        "approval": approval,
        "search": search,
        "words": words,
        "form": form,
        "has_found": bool(form.fields["person"].queryset),
        "is_cut": is_cut,
        "most": MOST_FOUND,
        "problem": problem,
        "namings": approval.namings.filter(round=approval.round, step=approval.step_key).select_related(
            "person", "named_by"
        ),
    }
    status = 409 if problem else 422 if form.is_bound and form.errors or not search.is_valid() else 200
    return render(request, "registry/reviewer_name.html", context, status=status)


def _people_found(approval: Approval, words: str) -> tuple[QuerySet[Person], bool]:
    """Return who may be named and is called so (without words: who belongs to the unit), and whether there are more."""
    eligible = access.people_to_name(approval)
    held = Appointment.objects.live(timezone.localdate())
    if words:
        eligible = eligible.filter(named(words, "name", "username"))
    else:
        unit = access.nearest(approval.organization, OrganizationKind.UNIT) or approval.organization
        there = held.filter(post__organization__tree_from__range=unit.interval)
        eligible = eligible.filter(pk__in=there.values("person"))
    first = list(eligible.values_list("pk", flat=True)[: MOST_FOUND + 1])
    held = held.select_related("post__organization").order_by("starts_on", "pk")
    posts = Prefetch("appointments", held, to_attr="held")
    found = Person.objects.filter(pk__in=first[:MOST_FOUND]).order_by("username").prefetch_related(posts)
    return found, len(first) > MOST_FOUND
