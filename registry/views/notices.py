"""Pages of public notices: list, composing, posting, reading, objecting, answering, and the check of a printed sheet."""

from collections.abc import Iterable

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import access
from ..actions import notices as verbs
from ..actions.approvals import Outcome
from ..actions.corrections import takes_place
from ..actions.extensions import check_runs, own_calendar
from ..documents.notices import notice_document, notice_pdf, unprintable
from ..forms.approvals import DecisionForm
from ..forms.notices import (
    AnswerForm,
    NewNoticeForm,
    NoticeForm,
    ObjectionForm,
    ReceivedObjectionForm,
    TakeDownForm,
)
from ..models import Approval, Objection, PublicNotice
from ..rules import (
    COMPOSING,
    SHOWN,
    ApprovalState,
    Changed,
    ExtensionState,
    Incomplete,
    NotAllowed,
    NoticeState,
    NoticeVerb,
    Refused,
    answer_by,
    digest,
    notice_after,
    verb_for,
)
from .approvals import following_url, place_in_queue
from .declarations import confirmed_version
from .paging import page_context
from .sheets import pdf_file, sheet_page
from .trace import steps_of, trace_of

PAGE = 50
# The sheet stands in a frame, with a style of its own.
shows_the_sheet = csp_update({"frame-src": [SELF]})


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """List the notices within whose scope the person is: open ones, those in the making, those that are over."""
    visible = access.visible_notices(request.user).select_related("organization", "unit")
    today = timezone.localdate()
    composes = access.publishable_organizations(request.user).exists()
    anew = access.notices_to_post_anew(request.user)
    in_the_making = visible.exclude(state__in=[*SHOWN, NoticeState.TAKEN_DOWN]).order_by("-composed_at")
    over = visible.filter(state__in=[*SHOWN, NoticeState.TAKEN_DOWN]).exclude(
        pk__in=visible.running(today).values("pk")
    )
    page = Paginator(over, PAGE).get_page(request.GET.get("page"))
    context = {
        "running": visible.running(today).order_by("ends_on", "pk"),
        "in_the_making": in_the_making if composes else [],
        "over": page.object_list,
        "page": page_context(request, page),
        "composes": composes,
        "to_post_anew": anew,
    }
    return render(request, "registry/notices.html", context)


def visible_notice(request: HttpRequest, pk: int) -> PublicNotice:
    """Return the notice if the person may read it, else answer 404."""
    return get_object_or_404(
        access.visible_notices(request.user).select_related("organization", "unit", "shown_within", "approval"), pk=pk
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose for whom and for which year a notice is composed; begin it."""
    organizations = access.publishable_organizations(request.user)
    if not organizations.exists():
        raise NotAllowed(_("Public notices are composed by the notice publishers and the office of a unit."))
    years = [timezone.localdate().year + offset for offset in (1, 0, -1, -2)]
    form = NewNoticeForm(
        request.POST if request.method == "POST" else None,
        organizations=organizations,
        years=years,
        initial={"year": years[1]},
    )
    if request.method == "POST" and form.is_valid():
        notice = verbs.start_notice(by=request.user, **form.cleaned_data)
        return redirect("registry:notice-compose", notice.pk)
    return render(request, "registry/notice_new.html", {"form": form}, status=422 if form.errors else 200)


def _composed(request: HttpRequest, pk: int) -> PublicNotice:
    notice = visible_notice(request, pk)
    verbs.check_edit_notice(notice, request.user)
    return notice


@require_http_methods(["GET", "HEAD", "POST"])
def compose(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the lines, title, scope, order and contact of a notice."""
    notice = _composed(request, pk)
    versions = verbs.candidates(notice)
    offered = [version.pk for version in versions]
    conflict = ""
    if request.method == "POST":
        form = NoticeForm(request.POST, notice=notice, offered=offered)
        if form.is_valid():
            try:
                verbs.save_notice(
                    by=request.user, notice=notice, expected=form.cleaned_data["version"], values=form.cleaned_data
                )
            except Changed as why:
                conflict = str(why)
                data = form.data.copy()
                notice.refresh_from_db()
                data["version"] = str(notice.version)
                form = NoticeForm(data, notice=notice, offered=offered)
            else:
                messages.success(request, _("Saved: “%s”.") % notice.title)
                return redirect("registry:notice-check" if "check" in request.POST else "registry:notice-compose", pk)
        chosen = {int(each) for each in request.POST.getlist("chosen") if each.isdecimal() and len(each) < 19}
    else:
        initial = {name: getattr(notice, name) for name in ("version", "title", "scope", "order", "contact")}
        form = NoticeForm(initial=initial, notice=notice, offered=offered)
        chosen = set(notice.chosen)
    for version in versions:
        version.obstacle = verbs.obstacle_of(notice, version)
        version.is_chosen = version.pk in chosen
    context = {"notice": notice, "form": form, "versions": versions, "conflict": conflict}
    context |= {"last_return": _last_return(notice), "rule": verbs.rule_of(notice)}
    status = 409 if conflict else 422 if form.is_bound and form.errors else 200
    return render(request, "registry/notice_compose.html", context, status=status)


def _last_return(notice: PublicNotice):
    if notice.state != NoticeState.RETURNED:
        return None
    return notice.approval.decisions.filter(verdict="return").select_related("decided_by", "decided_for").last()


@require_http_methods(["GET", "HEAD", "POST"])
@shows_the_sheet
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Show exactly the sheet, what the checker points at and who will post it; submit."""
    notice = visible_notice(request, pk)
    if request.method == "POST" and notice.state == NoticeState.SUBMITTED:
        access.check_compose(notice.organization, request.user)
        return redirect("registry:notice", pk)  # the second click of a double one
    verbs.check_edit_notice(notice, request.user)
    acknowledged = request.POST.get("acknowledged") == "on"
    content = verbs.content_of(notice)
    glyphs = unprintable(content)
    problem = ""
    if request.method == "POST" and not glyphs:
        try:
            verbs.submit_notice(
                by=request.user,
                notice=notice,
                seen_digest=request.POST.get("seen_digest", ""),
                acknowledged=acknowledged,
            )
        except Incomplete:
            pass  # the page names every gap
        except Changed as why:
            problem, acknowledged = str(why), False  # what was acknowledged is no longer what is shown
        else:
            messages.success(request, _("Submitted: “%s”. Another person posts it.") % notice.title)
            return redirect("registry:notice", pk)
    findings = verbs.findings(content)
    lacking = [*verbs.lacking(notice, content, acknowledged=acknowledged or request.method != "POST"), *glyphs]
    targets = {"lines": "#lines", "contact": "#id_contact", "scope": "#id_scope", "title": "#id_title"}
    mending = reverse("registry:notice-compose", args=[pk])
    context = {
        "notice": notice,
        "findings": findings,
        "must_acknowledge": any(not finding.suspicion.is_certain for finding in findings),
        "acknowledged": acknowledged,
        "gaps": [
            {
                "sentence": gap.sentence,
                "url": "#findings" if gap.target == "findings" else mending + targets[gap.target],
            }
            for gap in lacking
        ],
        "plan": verbs.planned_steps(notice, request.user),
        "seen_digest": digest(content),
        "line_count": len(content["lines"]),
        "problem": problem,
    }
    status = 409 if problem else 422 if request.method == "POST" else 200
    return render(request, "registry/notice_check.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then throw a notice away that was never submitted."""
    notice = _composed(request, pk)
    if request.method == "POST":
        verbs.discard_notice(by=request.user, notice=notice, expected=confirmed_version(request))
        messages.success(request, _("Thrown away: “%s”.") % notice.title)
        return redirect("registry:notices")
    return render(request, "registry/notice_discard.html", {"notice": notice})


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then take a notice back before anybody has decided on it."""
    notice = visible_notice(request, pk)
    verbs.check_withdraw_notice(notice, request.user)
    if request.method == "POST":
        verbs.withdraw_notice(by=request.user, notice=notice, expected=confirmed_version(request))
        messages.success(request, _("The notice was taken back and can be changed again."))
        return redirect("registry:notice-compose", pk)
    return render(request, "registry/notice_withdraw.html", {"notice": notice})


@require_http_methods(["GET", "HEAD", "POST"])
@shows_the_sheet
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at the sheet and consent, post or return."""
    approval = get_object_or_404(Approval, pk=pk, kind=verbs.NOTICE)
    notice = visible_notice(request, get_object_or_404(PublicNotice, approval=approval).pk)
    approval = notice.approval
    if not _sees_trace(notice, request):
        raise NotAllowed(_("Decisions and remarks are seen by the owner and by those on the route only."))
    if request.method != "POST":
        initial = {
            "version": approval.version,
            "seen_digest": digest(verbs.content_of(notice)) if approval.state == ApprovalState.OPEN else "",
            "verdict": "return",
        }
        return _decide_page(request, notice, DecisionForm(entries={}, initial=initial))
    form = DecisionForm(request.POST, entries={})
    access.check_decide(approval, request.user)
    if not form.is_valid():
        return _decide_page(request, notice, form, status=422)
    try:
        outcome = verbs.decide_notice(
            by=request.user,
            approval=approval,
            verdict=form.cleaned_data["verdict"],
            version=form.cleaned_data["version"],
            seen_digest=form.cleaned_data["seen_digest"],
            reason=form.opinion,
        )
    except NotAllowed:
        raise
    except Refused as why:
        notice.refresh_from_db()
        gaps = [gap.sentence for gap in why.gaps] if isinstance(why, Incomplete) else []
        data = form.data.copy()
        if isinstance(why, Changed):
            # What is decided next is what this page now shows.
            data["version"] = str(notice.approval.version)
            data["seen_digest"] = digest(verbs.content_of(notice))
        form = DecisionForm(data, entries={})
        return _decide_page(request, notice, form, problem=str(why), gaps=gaps, status=409)
    notice.refresh_from_db()
    if outcome == Outcome.COMPLETED:
        said = _("Posted: %(title)s (%(number)s), open to objections until %(day)s.")
        messages.success(request, said % {"title": notice.title, "number": notice.number, "day": notice.ends_on})
        return redirect("registry:notice", notice.pk)
    said = _("Returned: “%s”.") if outcome == Outcome.RETURNED else _("Agreed: “%s”. Another person posts it.")
    messages.success(request, said % notice.title)
    return redirect(following_url(request.user))


def _sees_trace(notice: PublicNotice, request: HttpRequest) -> bool:
    approval = notice.approval
    return approval is not None and access.sees_route(notice, approval, request.user)


def _decide_page(
    request: HttpRequest,
    notice: PublicNotice,
    form: DecisionForm,
    *,
    problem: str = "",
    gaps: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    approval = notice.approval
    is_open = approval.state == ApprovalState.OPEN
    context = {
        "notice": notice,
        "approval": approval,
        "findings": verbs.findings(verbs.content_of(notice)) if is_open else [],
        "form": form,
        "problem": problem,
        "problem_gaps": gaps or [],
        "cannot_decide": (cannot_decide := access.refusal(access.check_decide, approval, request.user)),
        "acting": access.acting_by(approval, request.user) if not cannot_decide else [],
        "is_open": is_open,
        "yes": verb_for(approval.step_key) if is_open else "",
        "step_label": approval.step_key.label,
        "back_url": reverse("registry:queue"),
        "back": _("Waiting for me"),
        **_course(notice),
        **place_in_queue(request.user, approval),
    }
    return render(request, "registry/notice_decide.html", context, status=status)


def _course(notice: PublicNotice) -> dict:
    approval = notice.approval
    if approval is None:
        return {"trace": [], "steps": []}
    who = access.who_decides(access.asked_now(approval)) if approval.state == ApprovalState.OPEN else ""
    return {
        "trace": trace_of(approval),
        "steps": steps_of(approval, who or _("nobody yet: the offices name a person")),
    }


@require_safe
@shows_the_sheet
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a notice: its lines as they were frozen; whoever sees to it also gets objections and what can be done."""
    notice = visible_notice(request, pk)
    manages = access.may_manage(notice, request.user)
    if notice.state in COMPOSING:
        return redirect("registry:notice-compose", pk)
    objections = notice.objections.select_related("line", "recorded_by", "answered_by")
    objections = objections if manages else objections.filter(recorded_by=request.user, channel="screen")
    cannot_compose = access.refusal(access.check_compose, notice.organization, request.user)
    context = {
        "notice": notice,
        "today": timezone.localdate(),
        "lines": notice.lines.select_related("upheld_by"),
        "shows_sheet": notice.state == NoticeState.SUBMITTED,
        "manages": manages,
        "cannot_object": access.refusal(access.check_object, notice, request.user),
        "objections": _with_terms(objections, notice),
        "cannot_withdraw": access.refusal(verbs.check_withdraw_notice, notice, request.user),
        "composes": not cannot_compose,
        "is_posted": notice.state == NoticeState.POSTED,
        "may_record": notice.state in (NoticeState.POSTED, NoticeState.ENDED),
        "may_take_down": notice.state in SHOWN,
        "is_over": notice.is_over,
        **_again(notice, manages=manages),
        **_longer(notice, manages=manages),
        **(_course(notice) if _sees_trace(notice, request) else {}),
    }
    return render(request, "registry/notice.html", context)


def _with_terms(objections: Iterable[Objection], notice: PublicNotice) -> list[Objection]:
    """Return the objections of a notice, each with the day by which it is to be answered."""
    found = list(objections)
    own = own_calendar() if any(not each.ruling for each in found) else {}
    for each in found:
        each.notice = notice
        each.answer_by = answer_by(each.received_on, own)
    return found


def _again(notice: PublicNotice, *, manages: bool) -> dict:
    """Return what was posted instead of a notice or shows lines of it anew, and what of it still has to be."""
    later = list(notice.shown_anew.exclude(number=None).order_by("posted_at"))
    replaced_by = [each for each in later if each.earlier is None or each.earlier["takes_place"]]
    context = {
        "replaced_by": replaced_by[0] if replaced_by else None,
        "corrected_on": [each for each in later if each not in replaced_by],
    }
    if not manages or notice.state not in SHOWN:
        return context
    corrected = list(notice.lines.to_show_anew())
    is_running = takes_place(notice)
    return context | {
        "is_running": is_running,
        "returned_lines": notice.lines.returned_by_region() if is_running else [],
        "corrected_lines": corrected,
        "begun": notice.shown_anew.filter(number=None).first(),
        "may_show_anew": is_running or bool(corrected),
        "open_before": Objection.objects.open_about(notice).exclude(notice=notice).select_related("notice", "line")
        if notice.state == NoticeState.POSTED
        else [],
    }


def _longer(notice: PublicNotice, *, manages: bool) -> dict:
    """Return how long a notice runs and why longer than it was posted for; what is asked for only to who sees to it."""
    extensions = list(notice.extensions.select_related("asked_by", "approval"))
    extended = [each for each in extensions if each.state == ExtensionState.EXTENDED]
    asked = [each for each in extensions if each.state == ExtensionState.ASKED]
    return {
        "extended": extended,
        "posted_until": extended[0].ends_before if extended else notice.ends_on,
        "asked_extension": asked[0] if asked and manages else None,
        "may_extend": manages and not asked and not access.refusal(check_runs, notice),
    }


@require_safe
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet of a notice, as a page to print, and what the pages around it show; before posting marked as a sample."""
    notice = visible_notice(request, pk)
    return sheet_page(
        request,
        notice_document(notice),
        pdf_url=reverse("registry:notice-pdf", args=[pk]),
        back_url=reverse("registry:notice", args=[pk]),
    )


@require_safe
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet of a notice as a PDF file; a long one is made in the background."""
    notice = visible_notice(request, pk)
    body = notice_pdf(notice)
    if body is None:
        if notice.number is None:
            raise Refused(_("A sample of this length is not made as a PDF; look at it on the page."))
        raise Refused(_("This sheet is long and is being prepared. Come back in a few minutes."))
    return pdf_file(body, notice_document(notice).file_name)


@require_http_methods(["GET", "HEAD", "POST"])
def object_to(request: HttpRequest, pk: int) -> HttpResponse:
    """Object to a line or to the whole notice, with or without a name."""
    notice = visible_notice(request, pk)
    access.check_object(notice, request.user)
    form = ObjectionForm(
        request.POST if request.method == "POST" else None,
        notice=notice,
        initial={"line": request.GET.get("line")},
    )
    return _objection_page(request, notice, form, is_received=False)


@require_http_methods(["GET", "HEAD", "POST"])
def record_objection(request: HttpRequest, pk: int) -> HttpResponse:
    """Record an objection that came by phone, letter or in person."""
    notice = visible_notice(request, pk)
    access.check_manage(notice, request.user)
    if notice.state != NoticeState.ENDED:
        notice_after(notice.state, NoticeVerb.END)  # refuses with the sentence of the state
    form = ReceivedObjectionForm(request.POST if request.method == "POST" else None, notice=notice)
    return _objection_page(request, notice, form, is_received=True)


def _objection_page(
    request: HttpRequest, notice: PublicNotice, form: ObjectionForm, *, is_received: bool
) -> HttpResponse:
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            said = form.cleaned_data
            if said.pop("named", False):
                said["objector"] = request.user.name
            objection = verbs.object_to(by=request.user, notice=notice, **said)
        except NotAllowed:
            raise
        except Refused as why:
            problem = str(why)
        else:
            unnamed = objection.recorded_by_id is None
            messages.success(
                request,
                _("Your objection was recorded without your name.") if unnamed else _("The objection was recorded."),
            )
            return redirect("registry:notice", notice.pk)
    context = {"notice": notice, "form": form, "problem": problem, "is_received": is_received}
    status = 409 if problem else 422 if form.errors else 200
    return render(request, "registry/notice_object.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, pk: int, objection_id: int) -> HttpResponse:
    """Answer an objection: upheld or not, with reasons."""
    notice = visible_notice(request, pk)
    access.check_manage(notice, request.user)
    objection = get_object_or_404(
        Objection.objects.select_related("line__point_version__declaration", "notice"), notice=notice, pk=objection_id
    )
    cannot_answer = access.refusal(access.check_answer, objection, request.user)
    form = AnswerForm(
        request.POST if request.method == "POST" else None, objection=objection, initial={"version": objection.version}
    )
    problem = ""
    if request.method == "POST":
        access.check_answer(objection, request.user)
        if form.is_valid():
            values = form.cleaned_data
            try:
                verbs.answer_objection(
                    by=request.user,
                    objection=objection,
                    ruling=values["ruling"],
                    answer=values["answer"],
                    expected=values["version"],
                    lines=list(values.get("lines", ())),
                )
            except NotAllowed:
                raise
            except Refused as why:
                problem = str(why)
            else:
                messages.success(request, _("The objection was answered."))
                return redirect("registry:notice", pk)
    context = {
        "notice": notice,
        "objection": objection,
        "form": form,
        "problem": problem,
        "cannot_answer": cannot_answer,
    }
    status = 409 if problem else 422 if form.errors else 200
    return render(request, "registry/notice_answer.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def take_down(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then take a posted notice down."""
    notice = visible_notice(request, pk)
    access.check_manage(notice, request.user)
    notice_after(notice.state, NoticeVerb.TAKE_DOWN)
    form = TakeDownForm(request.POST if request.method == "POST" else None, initial={"version": notice.version})
    if request.method == "POST" and form.is_valid():
        verbs.take_down(
            by=request.user,
            notice=notice,
            reason=form.cleaned_data["reason"],
            expected=form.cleaned_data["version"],
        )
        messages.success(request, _("Taken down: %s.") % notice.number)
        return redirect("registry:notices")
    context = {"notice": notice, "form": form}
    return render(request, "registry/notice_take_down.html", context, status=422 if form.errors else 200)


@require_POST
def anew(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a notice that will replace this one."""
    notice = visible_notice(request, pk)
    begun = verbs.compose_anew(by=request.user, notice=notice)
    return redirect("registry:notice-compose", begun.pk)
