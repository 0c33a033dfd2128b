"""Pages on which a posted notice is extended: somebody asks, a second person decides."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from .. import access
from ..actions import extensions as verbs
from ..actions.approvals import Outcome
from ..documents.notices import unprintable_reason
from ..forms.approvals import DecisionForm
from ..forms.notices import ExtensionForm
from ..models import NoticeExtension
from ..rules import ApprovalState, Changed, ExtensionState, NotAllowed, Refused, digest, verb_for
from .approvals import following_url, place_in_queue
from .notices import visible_notice
from .trace import steps_of, trace_of

_ACTS = require_http_methods(["GET", "HEAD", "POST"])


@_ACTS
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for some working days more, with the reason; a second person decides."""
    notice = visible_notice(request, pk)
    verbs.check_extend(notice, request.user)
    form = ExtensionForm(request.POST if request.method == "POST" else None, initial={"days": 1})
    problem = ""
    if request.method == "POST" and form.is_valid() and (sentence := unprintable_reason(form.cleaned_data["reason"])):
        form.add_error("reason", sentence)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.ask_extension(by=request.user, notice=notice, **form.cleaned_data)
        except NotAllowed:
            raise
        except Refused as why:
            problem = str(why)
        else:
            messages.success(request, _("Asked for. The notice runs longer once a second person agrees."))
            return redirect("registry:notice", pk)
    context = {"notice": notice, "form": form, "problem": problem}
    status = 409 if problem else 422 if form.errors else 200
    return render(request, "registry/notice_extend.html", context, status=status)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what one asked for, before anybody has decided."""
    notice = visible_notice(request, pk)
    access.check_manage(notice, request.user)
    extension = notice.extensions.filter(state=ExtensionState.ASKED).first()
    if extension is None:
        raise Refused(_("No extension of this notice waits any more."))
    verbs.withdraw_extension(by=request.user, extension=extension)
    messages.success(request, _("The extension was taken back."))
    return redirect("registry:notice", pk)


@_ACTS
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at what is asked for and agree, or not."""
    extension = get_object_or_404(NoticeExtension.objects.select_related("approval", "asked_by"), approval=pk)
    notice = visible_notice(request, extension.notice_id)
    approval = extension.approval
    if not access.sees_route(notice, approval, request.user):
        raise NotAllowed(_("Decisions and remarks are seen by the owner and by those on the route only."))
    seen = digest(verbs.extension_content(notice, extension.days, extension.reason))
    initial = {"version": approval.version, "seen_digest": seen, "verdict": "return"}
    if request.method != "POST":
        return _decide_page(request, extension, DecisionForm(entries={}, initial=initial))
    form = DecisionForm(request.POST, entries={})
    access.check_decide(approval, request.user)
    if not form.is_valid():
        return _decide_page(request, extension, form, status=422)
    try:
        outcome = verbs.decide_extension(
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
        extension = NoticeExtension.objects.select_related("approval", "asked_by").get(pk=extension.pk)
        data = form.data.copy()
        if isinstance(why, Changed):
            # What is decided next is what this page now shows: days of the calendar may have come in between.
            now = verbs.extension_content(visible_notice(request, notice.pk), extension.days, extension.reason)
            data["version"], data["seen_digest"] = str(extension.approval.version), digest(now)
        return _decide_page(request, extension, DecisionForm(data, entries={}), problem=str(why), status=409)
    notice.refresh_from_db()
    if outcome == Outcome.COMPLETED:
        messages.success(request, _("Extended until %(day)s: %(number)s.") % {"day": notice.ends_on, "number": notice})
    else:
        messages.success(request, _("Not agreed to; the notice ends on %(day)s.") % {"day": notice.ends_on})
    return redirect(following_url(request.user))


def _decide_page(
    request: HttpRequest, extension: NoticeExtension, form: DecisionForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    notice, approval = extension.notice, extension.approval
    is_open = approval.state == ApprovalState.OPEN
    cannot_decide = access.refusal(access.check_decide, approval, request.user)
    who = access.who_decides(access.asked_now(approval)) if is_open else ""
    context = {
        "notice": notice,
        "extension": extension,
        "until": verbs.longer_until(notice, extension.days) if is_open else extension.ends_on,
        "approval": approval,
        "form": form,
        "problem": problem,
        "cannot_decide": cannot_decide,
        "cannot_agree": access.refusal(verbs.check_runs, notice) if is_open else "",
        "acting": access.acting_by(approval, request.user) if not cannot_decide else [],
        "is_open": is_open,
        "yes": verb_for(approval.step_key) if is_open else "",
        "step_label": approval.step_key.label,
        "back_url": reverse("registry:queue"),
        "back": _("Waiting for me"),
        "trace": trace_of(approval),
        "steps": steps_of(approval, who or _("nobody yet: the offices name a person")),
        **place_in_queue(request.user, approval),
    }
    return render(request, "registry/notice_extension_decide.html", context, status=status)
