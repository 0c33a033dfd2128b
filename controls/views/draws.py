"""Pages of draws: choose, commit, reveal, replay, print; and of the pool of experts."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from registry.access import refusal
from registry.rules import NotAllowed, Refused
from registry.views.acting import Page, act, posted
from registry.views.ledger import known_code
from registry.views.paging import page_context
from registry.views.sheets import sheet_page, sheet_pdf

from .. import access
from ..actions import draws as verbs
from ..actions.inspection_plans import make_all_special
from ..documents.draws import draw_sheet, facts
from ..forms.draws import CommitForm, DrawnInspectionsForm, ExpertEndForm, ExpertForm, VersionForm, WantedForm
from ..models import Draw, Expert
from ..rules import DrawKind, DrawState, Holding

PAGE = 50
MEMBERS = 200  # of a list on its page; the text has them all
_ACTS = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def draws(request: HttpRequest) -> HttpResponse:
    """List the draws the person reads, the latest first."""
    access.check_draws(request.user)
    found = access.visible_draws(request.user).defer("members", "exclusions", "secret")
    page = Paginator(found.select_related("organization", "committed_by", "revealed_by"), PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "draws": page.object_list,
        "page": page_context(request, page),
        "may_draw": access.places_to_draw(request.user).exists(),
        "keeps_experts": access.expert_regions(request.user).exists(),
    }
    return render(request, "controls/draws.html", context)


@_ACTS
def new(request: HttpRequest) -> HttpResponse:
    """Choose what is drawn from; look at the list; say how many, for what and who is excluded; commit to it."""
    places = access.places_to_draw(request.user)
    if not places.exists():
        raise NotAllowed(_("What is checked there is drawn by the unit's office and by discipline inspection."))
    code = request.GET.get("organization", "")
    if code and not places.filter(code=known_code(code)).exists():
        raise Http404
    form = WantedForm(request.GET if "kind" in request.GET else None, places=places)
    if not form.is_bound or not form.is_valid():
        return render(request, "controls/draw_new.html", {"form": form}, status=422 if form.errors else 200)
    wanted = form.wanted
    members = verbs.population(wanted)
    commit = CommitForm(posted(request), members=members)
    problem = ""
    if "more" in request.POST:
        typed = {
            name: field.widget.value_from_datadict(commit.data, commit.files, name)
            for name, field in commit.fields.items()
        }
        commit = CommitForm(initial=typed, members=members)
    elif commit.is_bound and commit.is_valid():
        try:
            draw = verbs.commit_draw(
                by=request.user, wanted=wanted, seen_digest=request.POST.get("seen_digest", ""), **commit.cleaned_data
            )
        except NotAllowed:
            raise
        except Refused as why:
            problem = str(why)
        else:
            messages.success(request, _("Committed: %s. A second person reveals it.") % draw.number)
            return redirect("controls:draw", draw.pk)
    context = {
        "form": commit,
        "wanted": wanted,
        "members": list(enumerate(members, start=1)),
        "seen_digest": verbs.population_digest(members),
        "problem": problem,
    }
    status = 409 if problem else 422 if commit.is_bound and commit.errors else 200
    return render(request, "controls/draw_commit.html", context, status=status)


def _visible(request: HttpRequest, pk: int) -> Draw:
    found = access.visible_draws(request.user).select_related("organization", "committed_by", "revealed_by")
    return get_object_or_404(found, pk=pk)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show all inputs of a draw, and what it gave."""
    draw = _visible(request, pk)
    is_revealed = draw.state == DrawState.REVEALED
    context = {
        "draw": draw,
        "facts": facts(draw),
        "members": list(enumerate(draw.drawn_from.members[:MEMBERS], start=1)),
        "left": max(0, len(draw.members) - MEMBERS),
        "cannot_reveal": "" if is_revealed else refusal(access.check_reveal, draw, request.user),
        "others": access.others_who_reveal(draw)[:5] if not is_revealed else [],
        "may_inspect": is_revealed
        and draw.kind != DrawKind.EXPERTS
        and not refusal(access.check_plan, draw.organization, request.user),
        "inspections": access.visible_inspections(request.user).filter(draw=draw).for_lists()[:MEMBERS],
    }
    return render(request, "controls/draw.html", context)


@require_safe
def list_text(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the list exactly as it is digested: its SHA-256 is the digest that was committed to."""
    draw = _visible(request, pk)
    response = HttpResponse(draw.drawn_from.text.encode(), content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{draw.number}.txt")
    return response


@_ACTS
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Reveal the seed and draw; once, by a second person where there is one."""
    draw = _visible(request, pk)
    access.check_reveal(draw, request.user)
    if draw.state != DrawState.COMMITTED:
        raise Refused(_("This draw was revealed already; it is not drawn twice."))
    page = Page(
        heading=_("Reveal the draw"),
        lead=draw.number,
        back_url=reverse("controls:draw", args=[pk]),
        back=draw.number,
        button=_("Reveal and draw"),
        explain=[
            _(
                "The names follow from the seed, the list and the digest of this very act. Nobody knows or chooses them before."
            ),
            _("It is drawn once; there is no second try."),
        ],
        numbers=[
            (_("Drawn from"), draw.filter_words),
            (_("On the list"), len(draw.members)),
            (_("Excluded"), len(draw.exclusions)),
            (_("How many"), draw.wanted),
            (_("Committed by"), draw.committed_by.name),
        ],
    )

    def do(values: dict) -> HttpResponse:
        verbs.reveal_draw(by=request.user, draw=draw, expected=values["version"])
        messages.success(request, _("Drawn: %s.") % draw.number)
        return redirect("controls:draw", pk)

    return act(request, page, VersionForm(posted(request), initial={"version": draw.version}), do)


@require_safe
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Work the draw out again and say of each check whether it holds."""
    draw = _visible(request, pk)
    checks = verbs.replay_draw(draw)
    context = {
        "draw": draw,
        "checks": checks,
        "fails": Holding.FAILS in [holding for _check, holding in checks],
        "now": timezone.now(),
    }
    return render(request, "controls/draw_replay.html", context)


@_ACTS
def inspect(request: HttpRequest, pk: int) -> HttpResponse:
    """Have everything checked that was drawn: a special inspection each."""
    draw = _visible(request, pk)
    access.check_plan(draw.organization, request.user)
    if draw.state != DrawState.REVEALED or draw.kind == DrawKind.EXPERTS:
        raise Refused(_("Inspections follow a draw of posts, sections or risk points, once it is revealed."))
    page = Page(
        heading=_("Have what was drawn inspected"),
        lead=draw.number,
        back_url=reverse("controls:draw", args=[pk]),
        back=draw.number,
        button=_("Have them made"),
        explain=[
            _("A special inspection for each that was drawn, all by the same person. Nobody checks their own post.")
        ],
        numbers=[(_("Drawn"), len(draw.result))],
    )
    people = access.readers_to_name(draw.organization)
    form = DrawnInspectionsForm(posted(request), people=people, initial={"purpose": draw.purpose})

    def do(values: dict) -> HttpResponse:
        made = make_all_special(by=request.user, draw=draw, places=verbs.drawn_places(draw), **values)
        messages.success(request, _("Planned: %(count)s inspections.") % {"count": len(made)})
        return redirect("controls:draw", pk)

    return act(request, page, form, do)


@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the record of a draw as it is printed."""
    return sheet_page(
        request,
        draw_sheet(_visible(request, pk)),
        pdf_url=reverse("controls:draw-pdf", args=[pk]),
        back_url=reverse("controls:draw", args=[pk]),
    )


@require_safe
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the record of a draw as a PDF."""
    return sheet_pdf(draw_sheet(_visible(request, pk)))


# --- The pool of experts ---------------------------------------------------------------------------------------------------


@require_safe
def experts(request: HttpRequest) -> HttpResponse:
    """List the experts of the regions whose pool the person keeps."""
    access.check_experts(request.user)
    page = Paginator(access.visible_experts(request.user).select_related("region"), PAGE).get_page(
        request.GET.get("page")
    )
    context = {"experts": page.object_list, "page": page_context(request, page), "today": timezone.localdate()}
    return render(request, "controls/experts.html", context)


def _expert_page(heading: str, button: str, *explain: str) -> Page:
    return Page(
        heading=heading,
        back_url=reverse("controls:experts"),
        back=_("Pool of experts"),
        button=button,
        explain=explain,
    )


@_ACTS
def expert_new(request: HttpRequest) -> HttpResponse:
    """Take an expert into the pool."""
    access.check_experts(request.user)
    form = ExpertForm(
        posted(request),
        regions=access.expert_regions(request.user),
        is_new=True,
        initial={"starts_on": timezone.localdate()},
    )

    def do(values: dict) -> HttpResponse:
        values.pop("version")
        expert = verbs.enter_expert(by=request.user, **values)
        messages.success(request, _("Entered: %s.") % expert)
        return redirect("controls:experts")

    return act(request, _expert_page(_("Enter an expert"), _("Enter")), form, do)


def _expert(request: HttpRequest, pk: int) -> Expert:
    return get_object_or_404(access.visible_experts(request.user).select_related("region"), pk=pk)


@_ACTS
def expert_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is known of an expert."""
    expert = _expert(request, pk)
    initial = {
        "version": expert.version,
        "name": expert.name,
        "employer": expert.employer,
        "specialities": "\n".join(expert.specialities),
    }
    form = ExpertForm(posted(request), regions=None, is_new=False, initial=initial)

    def do(values: dict) -> HttpResponse:
        expected = values.pop("version") or 0
        verbs.change_expert(by=request.user, expert=expert, expected=expected, **values)
        messages.success(request, _("Changed: %s.") % expert)
        return redirect("controls:experts")

    explain = _("Draws that were made keep the words they were made with.")
    return act(request, _expert_page(_("Change an expert"), _("Change"), explain), form, do)


@_ACTS
def expert_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Let an expert leave the pool after a day."""
    expert = _expert(request, pk)
    initial = {"version": expert.version, "ends_on": expert.ends_on or timezone.localdate()}

    def do(values: dict) -> HttpResponse:
        verbs.end_expert(by=request.user, expert=expert, ends_on=values["ends_on"], expected=values["version"])
        messages.success(request, _("Ended: %s.") % expert)
        return redirect("controls:experts")

    explain = _("Until that day they can be drawn; earlier draws are not touched.")
    page = _expert_page(_("End an expert's time in the pool"), _("End it"), expert.name, explain)
    return act(request, page, ExpertEndForm(posted(request), initial=initial), do)
