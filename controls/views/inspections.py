"""Pages of inspections: what one is to inspect, the board, one sheet to read, fill in, sign, print."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from registry.access import refusal, scope
from registry.access.organization import within
from registry.documents.ledger import safe_name
from registry.documents.sheets import Sheet, in_own_language
from registry.models import Organization, Person, Scheme
from registry.models.stand_ins import for_words
from registry.roles import Permission
from registry.rules import (
    Changed,
    Incomplete,
    NotAllowed,
    OrganizationKind,
    Refused,
    contains,
    digest,
)
from registry.rules import Scheme as SchemeRule
from registry.views.acting import Page, act, posted
from registry.views.ledger import known_code
from registry.views.paging import pager
from registry.views.sheets import sheet_page, sheet_pdf

from .. import access
from ..actions import inspections as verbs
from ..documents import inspections as documents
from ..forms.inspections import InspectionFilterForm, NameForm, ReasonForm, SheetForm
from ..models import Inspection, InspectionLine
from ..querysets.inspections import InspectionFilter
from ..rules import Answer, InspectionState

PAGE = 50
LINES = 50
_ACTS = require_http_methods(["GET", "HEAD", "POST"])
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def page_number(request: HttpRequest, pages: int) -> int:
    asked = request.GET.get("page", "1")
    return min(max(int(asked), 1), pages) if asked.isdecimal() and len(asked) < 10 else 1


# --- Lists ---------------------------------------------------------------------------------------------------------------


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """List what the person is to inspect, what is due first; what is late says by how many days."""
    _check_any(request)
    found = access.to_inspect(request.user)
    total = found.count()
    number = page_number(request, max(1, -(-total // PAGE)))
    context = {
        "rows": found.order_by("due_on", "id").page((number - 1) * PAGE, PAGE) if total else [],
        "late": found.filter(due_on__lt=timezone.localdate()).count() if total else 0,
        "page": pager(request, number=number, size=PAGE, total=total),
    }
    return render(request, "controls/inspections_mine.html", context)


def _check_any(request: HttpRequest) -> None:
    if not access.inspects_anything(request.user):
        raise NotAllowed(_("Inspections are read by those who plan and make them, and by those who were inspected."))


def board_form(request: HttpRequest) -> InspectionFilterForm:
    """Return the bound filter of the board; an organization the person does not see does not exist: 404."""
    code = request.GET.get("organization", "")
    places = _places(request)
    chosen = places.filter(code=known_code(code)).first() if code else None
    if code and chosen is None:
        raise Http404
    data = request.GET
    if "year" not in data:
        data = data.copy()
        data["year"] = str(timezone.localdate().year)
    return InspectionFilterForm(data, organizations=places, rule=_rule(chosen))


def _places(request: HttpRequest) -> Any:
    """Return the units the person may filter by, and the sections where there is only one unit."""
    watched = Organization.objects.filter(within(access.watching_scope(request.user))).order_by("tree_from")
    units = watched.filter(kind=OrganizationKind.UNIT)
    return watched.exclude(kind=OrganizationKind.SECTION) if units.count() > 1 else watched


def _rule(organization: Organization | None) -> SchemeRule:
    if organization is None:
        return SchemeRule()
    return Scheme.objects.rule_over(organization.interval, timezone.localdate().year)


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Show a page of the inspections the person reads of, with counts of what the filter gives."""
    _check_any(request)
    form = board_form(request)
    if not form.is_valid():
        return render(request, "controls/inspections.html", {"form": form, "page": None}, status=422)
    today = timezone.localdate()
    found = access.visible_inspections(request.user).matching(form.wanted, today)
    counts = found.counted(today)
    total = sum(counts.values())
    number = page_number(request, max(1, -(-total // PAGE)))
    context = {
        "form": form,
        "rows": found.page((number - 1) * PAGE, PAGE) if total else [],
        "late": sum(count for (_grade, _state, late), count in counts.items() if late),
        "states": _by_state(request, counts),
        "page": pager(request, number=number, size=PAGE, total=total),
        "plans": bool(access.planning_scope(request.user)),
        "watches": bool(access.watching_scope(request.user)),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "query": request.GET.urlencode(),
    }
    return render(request, "controls/inspections.html", context)


def _by_state(request: HttpRequest, counts: dict) -> list[dict]:
    """Return the states with how many there are, and the address that filters by each."""
    chips = []
    for state in InspectionState:
        query = request.GET.copy()
        query.pop("page", None)
        is_current = query.get("state") == state
        query["state"] = "" if is_current else state.value
        chips.append(
            {
                "label": state.label,
                "count": sum(count for (_grade, its, _late), count in counts.items() if its == state),
                "url": f"?{query.urlencode()}",
                "current": is_current,
            }
        )
    return chips


# --- The summary -----------------------------------------------------------------------------------------------------------


def _summary(request: HttpRequest) -> tuple[documents.Summary, str]:
    """Return the summary of the plan or the filter of the address, and what it is of in words."""
    if not access.watching_scope(request.user):
        raise NotAllowed(_("The summary is read by those who plan inspections and by the principal leaders."))
    asked = request.GET.get("plan", "")
    today = timezone.localdate()
    if asked:
        if not (asked.isdecimal() and len(asked) < 19):
            raise Http404
        plan = get_object_or_404(access.visible_plans(request.user).select_related("unit"), pk=int(asked))
        wanted = InspectionFilter(plan=plan.pk)
        words = _rule(plan.unit).words
        label = _("%(unit)s, plan %(number)s (%(period)s)") % {
            "unit": plan.unit,
            "number": plan.number,
            "period": plan.period_words,
        }
        interval = plan.unit.interval
    else:
        form = board_form(request)
        if not form.is_valid():
            raise Refused(_("The filter has a mistake; correct it on the page of inspections first."))
        place, wanted = form.cleaned_data["organization"], form.wanted
        words = form.rule.words
        label = _("%(place)s, %(year)s") % {
            "place": place or _("all organizations in one's scope"),
            "year": wanted.year or _("all years"),
        }
        interval = place.interval if place else None
    followed = access.visible_inspections(request.user).within(access.watching_scope(request.user))
    handled = scope(request.user, Permission.HANDLE_FINDINGS) or scope(request.user, Permission.VIEW_WORK)
    tells_findings = interval is None or contains(handled, interval[0])
    return documents.summary(followed.matching(wanted, today), words=words, findings=tells_findings), label


def _summary_query(request: HttpRequest) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""


@require_safe
def summary(request: HttpRequest) -> HttpResponse:
    """Show the numbers of a plan, or of what the filter of the board gives."""
    found, scope_words = _summary(request)
    context = {"summary": found, "scope": scope_words, "answers": list(Answer), "query": _summary_query(request)}
    return render(request, "controls/inspection_summary.html", context)


@require_safe
def summary_sheet(request: HttpRequest) -> HttpResponse:
    """Show the summary as it is printed."""
    return sheet_page(
        request,
        _summary_on_paper(request),
        pdf_url=reverse("controls:inspection-summary-pdf") + _summary_query(request),
        back_url=reverse("controls:inspection-summary") + _summary_query(request),
    )


@require_safe
def summary_pdf(request: HttpRequest) -> HttpResponse:
    """Return the summary as a PDF."""
    return sheet_pdf(_summary_on_paper(request))


@in_own_language
def _summary_on_paper(request: HttpRequest) -> Sheet:
    found, scope_words = _summary(request)
    return documents.summary_sheet(found, scope=scope_words, made_on=timezone.localdate())


@require_safe
def summary_workbook(request: HttpRequest) -> HttpResponse:
    """Return the summary as a workbook."""
    found, scope_words = _summary(request)
    today = timezone.localdate()
    name = _("Summary of inspections %(scope)s %(day)s.xlsx") % {
        "scope": safe_name(scope_words),
        "day": today.isoformat(),
    }
    return workbook(documents.summary_workbook(found, scope=scope_words, made_on=today), name)


def workbook(body: bytes, name: str) -> HttpResponse:
    """Return a workbook to be kept under its name."""
    response = HttpResponse(body, content_type=WORKBOOK)
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


# --- One inspection ----------------------------------------------------------------------------------------------------------


def visible(request: HttpRequest, pk: int) -> Inspection:
    """Return the inspection if the person may read of it, else answer 404."""
    return get_object_or_404(access.visible_inspections(request.user).for_lists().select_related("plan", "draw"), pk=pk)


def _reads_lines(request: HttpRequest, inspection: Inspection) -> bool:
    """Say whether the person reads what is written: what is not signed, whoever fills it in only."""
    signed = inspection.state == InspectionState.SIGNED
    return signed or not refusal(access.check_fill, inspection, request.user)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an inspection: who, when, how far; and the lines where they are signed or one's own to write."""
    inspection = visible(request, pk)
    reads = _reads_lines(request, inspection)
    lines = verbs.sheet_lines(inspection) if reads and inspection.state != InspectionState.DROPPED else []
    place = inspection.organization.tree_from
    context = {
        "inspection": inspection,
        "lines": lines,
        "reads": reads,
        "signed": documents.signed_words(inspection) if inspection.signed_by_id else "",
        "rule": _rule(inspection.unit),
        "cannot_fill": refusal(access.check_fill, inspection, request.user) if inspection.is_open else "",
        "plans": contains(access.planning_scope(request.user), place),
        "raises": contains(scope(request.user, Permission.HANDLE_FINDINGS), place),
        "deviations": any(line.is_deviation for line in lines),
        "drawn": inspection.draw_id and access.visible_draws(request.user).filter(pk=inspection.draw_id).first(),
        "planned": inspection.plan_id and access.visible_plans(request.user).filter(pk=inspection.plan_id).first(),
    }
    return render(request, "controls/inspection.html", context)


@require_POST
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin the check: from now on the lines stand."""
    inspection = visible(request, pk)
    access.check_fill(inspection, request.user)
    if inspection.state == InspectionState.PLANNED:
        verbs.begin_inspection(by=request.user, inspection=inspection, expected=inspection.version)
    return redirect("controls:inspection-fill", pk)


@_ACTS
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the lines of a page of the sheet; saved on the server, as often as one likes."""
    inspection = visible(request, pk)
    access.check_fill(inspection, request.user)
    if inspection.state != InspectionState.BEGUN:
        return redirect("controls:inspection", pk)
    total = inspection.lines.count()
    number = page_number(request, max(1, -(-total // LINES)))
    lines = verbs.sheet_lines(inspection)[(number - 1) * LINES : number * LINES]
    page = pager(request, number=number, size=LINES, total=total)
    if request.method != "POST":
        return _fill_page(request, inspection, SheetForm(inspection=inspection, lines=lines), page)
    form = SheetForm(request.POST, inspection=inspection, lines=lines)
    if not form.is_valid():
        return _fill_page(request, inspection, form, page, status=422)
    try:
        changed = verbs.save_sheet(
            by=request.user,
            inspection=inspection,
            said=form.said,
            opinion=form.cleaned_data["opinion"],
            expected=form.cleaned_data["version"],
        )
    except NotAllowed:
        raise
    except Changed as why:
        inspection = visible(request, pk)
        conflict = {"conflict": str(why), "changes": _changes(form, lines, inspection)}
        form.see_again(inspection)
        return _fill_page(request, inspection, form, page, status=409, **conflict)
    except Refused as why:
        conflict = {"conflict": str(why), "closed": True}
        return _fill_page(request, visible(request, pk), form, page, status=409, **conflict)
    if "sign" in request.POST:
        return redirect("controls:inspection-sign", pk)
    if changed:
        messages.success(request, _("Saved: %s.") % timezone.localtime().strftime("%H:%M"))
    if "next" in request.POST and page["next_url"]:
        return redirect(reverse("controls:inspection-fill", args=[pk]) + page["next_url"])
    return redirect(reverse("controls:inspection-fill", args=[pk]) + f"?page={number}")


def _changes(form: SheetForm, lines: Sequence[InspectionLine], now: Inspection) -> list[dict[str, str]]:
    """Return how what was typed differs from what another window has stored meanwhile."""
    said = {each.line: each for each in form.said}
    found = []
    for line in lines:
        typed = said.get(line.pk)
        if typed is None or typed.version == line.version or (typed.answer, typed.note) == (line.answer, line.note):
            continue
        found.append(
            {
                "label": _("Line %s") % line.ordinal,
                "before": _answer_words(line.answer, line.note),
                "after": _answer_words(typed.answer, typed.note),
            }
        )
    opinion = form.cleaned_data["opinion"]
    if form.cleaned_data["version"] != now.version and opinion != now.opinion:
        found.append({"label": _("Your opinion"), "before": now.opinion, "after": opinion})
    return found


def _answer_words(answer: str, note: str) -> str:
    return "\n".join(filter(None, [str(Answer(answer).label) if answer else "", note]))


def _fill_page(
    request: HttpRequest, inspection: Inspection, form: SheetForm, page: dict, *, status: int = 200, **conflict: Any
) -> HttpResponse:
    lines = inspection.lines
    context = {
        "inspection": inspection,
        "form": form,
        "page": page,
        "rule": _rule(inspection.unit),
        "answered": lines.exclude(answer="").count(),
        "replaces": True,
        **conflict,
    }
    return render(request, "controls/inspection_fill.html", context, status=status)


@_ACTS
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Show exactly the sheet that is signed, and sign it; while something is missing, say all of it."""
    inspection = visible(request, pk)
    whom = access.check_fill(inspection, request.user)
    problem, gaps = "", []
    if request.method == "POST":
        try:
            verbs.sign_inspection(
                by=request.user,
                inspection=inspection,
                seen_digest=request.POST.get("seen_digest", ""),
                expected=_version(request),
            )
        except NotAllowed:
            raise
        except Incomplete as why:
            problem = str(why)
        except Refused as why:
            problem = str(why)
        else:
            messages.success(request, _("Signed: %s. The sheet stays as it is from now on.") % inspection.number)
            return redirect("controls:inspection", pk)
    if inspection.state != InspectionState.BEGUN:
        if not problem:
            return redirect("controls:inspection", pk)
        lines: list[InspectionLine] = []
    else:
        inspection = visible(request, pk)
        lines = verbs.sheet_lines(inspection)
        fill_url = reverse("controls:inspection-fill", args=[pk])
        gaps = [{"sentence": gap.sentence, "url": _gap_url(fill_url, gap.field)} for gap in verbs.gaps_of(inspection)]
    words = for_words(request.user.name, _name_of(whom))
    context = {
        "inspection": inspection,
        "lines": lines,
        "rule": _rule(inspection.unit),
        "gaps": gaps,
        "problem": problem,
        "seen_digest": digest(verbs.content_of(inspection)),
        "signs_as": words,
        "is_stand_in": whom is not None,
    }
    return render(request, "controls/inspection_sign.html", context, status=409 if problem else 200)


def _name_of(whom: int | None) -> str:
    return Person.objects.values_list("name", flat=True).get(pk=whom) if whom else ""


def _version(request: HttpRequest) -> int:
    """Return the version the page stood for; -1, which none has, for what is no number."""
    asked = request.POST.get("version", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else -1


def _gap_url(address: str, place: str) -> str:
    """Return where a gap is mended: the page of the sheet on which its line stands."""
    if not place.startswith("line-"):
        return f"{address}#id_opinion"
    number = int(place.removeprefix("line-"))
    return f"{address}?page={-(-number // LINES)}#{place}"


@_ACTS
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop an inspection that is not signed, with a reason."""
    inspection = visible(request, pk)
    access.check_plan(inspection.organization, request.user)
    verbs.check_open(inspection)
    page = _page(
        inspection,
        _("Drop the inspection"),
        _("Drop it"),
        [_("It stays in the list as dropped, with your reason. What was written down in it stays, too.")],
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        verbs.drop_inspection(
            by=request.user, inspection=inspection, reason=values["reason"], expected=values["version"]
        )
        messages.success(request, _("Dropped: %s.") % inspection.number)
        return redirect("controls:inspection", pk)

    return act(request, page, ReasonForm(posted(request), initial={"version": inspection.version}), do)


@_ACTS
def name(request: HttpRequest, pk: int) -> HttpResponse:
    """Name somebody to check instead of the head who is asked."""
    inspection = visible(request, pk)
    access.check_plan(inspection.organization, request.user)
    verbs.check_open(inspection)
    page = _page(
        inspection,
        _("Name who checks"),
        _("Name them"),
        [_("They check instead of: %s.") % inspection.who_checks, _("Nobody checks their own post.")],
    )
    people = access.people_to_name(inspection.organization, inspection.post)

    def do(values: dict) -> HttpResponse:
        verbs.name_inspector(
            by=request.user,
            inspection=inspection,
            inspector=values["inspector"],
            reason=values["reason"],
            expected=values["version"],
        )
        messages.success(request, _("Named: %s.") % values["inspector"])
        return redirect("controls:inspection", pk)

    return act(request, page, NameForm(posted(request), people=people, initial={"version": inspection.version}), do)


def _page(inspection: Inspection, heading: str, button: str, explain: Sequence[str], *, is_grave: bool = False) -> Page:
    return Page(
        heading=heading,
        lead=f"{inspection.number} · {inspection.whom}",
        back_url=reverse("controls:inspection", args=[inspection.pk]),
        back=inspection.number,
        button=button,
        explain=explain,
        is_grave=is_grave,
    )


# --- Paper -------------------------------------------------------------------------------------------------------------------


def _sheet(request: HttpRequest, pk: int) -> Sheet:
    """Return the sheet as the person may see it: for others than who fills it in, what is not signed is blank."""
    inspection = visible(request, pk)
    if inspection.state == InspectionState.DROPPED:
        raise Refused(_("This inspection was dropped: %s") % inspection.dropped_reason)
    blank = "blank" in request.GET or not _reads_lines(request, inspection)
    lines = verbs.sheet_lines(inspection)
    if not lines:
        raise Refused(_("No risk point stands there any more. The office that planned the inspection can drop it."))
    return documents.inspection_sheet(inspection, lines, words=_rule(inspection.unit).words, blank=blank)


@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the sheet as it is printed; with `blank` for filling in by hand."""
    query = "?blank=1" if "blank" in request.GET else ""
    return sheet_page(
        request,
        _sheet(request, pk),
        pdf_url=reverse("controls:inspection-pdf", args=[pk]) + query,
        back_url=reverse("controls:inspection", args=[pk]),
    )


@require_safe
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the sheet as a PDF."""
    return sheet_pdf(_sheet(request, pk))


@require_safe
def sheet_workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the sheet as a workbook, once it is signed or for who fills it in."""
    inspection = visible(request, pk)
    if not _reads_lines(request, inspection):
        raise NotAllowed(_("What is not signed yet is read by whoever fills it in."))
    lines = verbs.sheet_lines(inspection)
    body = documents.inspection_workbook(inspection, lines, words=_rule(inspection.unit).words)
    return workbook(body, _("Check sheet %s.xlsx") % inspection.number)
