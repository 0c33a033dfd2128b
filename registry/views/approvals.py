"""The queue of what waits for a person, what they decided, and the page on which a declaration is decided."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from .. import access
from ..actions import declarations as verbs
from ..actions.approvals import DECLARATION, Outcome
from ..actions.records import RECORD
from ..forms.approvals import DecisionForm
from ..models import Approval, Declaration, Person, PointVersion
from ..rules import (
    ApprovalState,
    Changed,
    DeclarationState,
    Difference,
    NotAllowed,
    Refused,
    Scheme,
    compare,
    digest,
    verb_for,
)
from .declarations import reading, visible_declaration
from .formulas import hints_of
from .meetings import door_of_step
from .paging import page_context
from .wording import decide_url, field_label, in_words

PAGE = 50
MOST_NEIGHBOURS = 200


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits for the person's decision."""
    waiting = access.waiting_for(request.user).select_related("organization", "submitted_by")
    page = Paginator(waiting, PAGE).get_page(request.GET.get("page"))
    approvals = access.tell_for_whom(page.object_list)
    return render(request, "registry/queue.html", {"approvals": approvals, "page": page_context(request, page)})


@require_safe
def decided(request: HttpRequest) -> HttpResponse:
    """List what the person has decided, the latest first."""
    approvals = access.decided_by(request.user).with_names().select_related("organization", "submitted_by")
    page = Paginator(approvals, PAGE).get_page(request.GET.get("page"))
    return render(
        request, "registry/decided.html", {"approvals": page.object_list, "page": page_context(request, page)}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a declaration and decide the step it stands at. Who may not sees the buttons disabled with the reason."""
    approval = get_object_or_404(Approval, pk=pk, kind=DECLARATION)
    declaration = visible_declaration(request, get_object_or_404(Declaration, approval=approval).pk)
    if not access.sees_trace(declaration, request.user):
        raise NotAllowed(_("Decisions and remarks are seen by the owner and by those on the route only."))
    approval = declaration.approval
    content = verbs.content_of(declaration)
    entries = verbs.entry_titles(content)
    if request.method != "POST":
        form = DecisionForm(
            entries=entries, initial={"version": approval.version, "seen_digest": digest(content), "verdict": "return"}
        )
        return _decide_page(request, declaration, content, form)
    form = DecisionForm(request.POST, entries=entries)
    access.check_decide_on_screen(approval, request.user)
    if not form.is_valid():
        return _decide_page(request, declaration, content, form, status=422)
    try:
        outcome = verbs.decide_declaration(
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
        declaration.refresh_from_db()
        data, content = form.data.copy(), verbs.content_of(declaration)
        if isinstance(why, Changed):
            # What is decided next is what this page now shows.
            data["version"] = str(declaration.approval.version)
            data["seen_digest"] = digest(content)
        form = DecisionForm(data, entries=entries)
        return _decide_page(request, declaration, content, form, problem=str(why), status=409)
    messages.success(request, _said(outcome, declaration, request))
    return redirect(following_url(request.user))


def following_url(person: Person) -> str:
    """Return the address of what waits next for the person's decision, or of the empty queue."""
    following = access.waiting_for(person).first()
    return decide_url(following) if following is not None else reverse("registry:queue")


def place_in_queue(person: Person, approval: Approval) -> dict:
    """Return where an approval stands among those that wait for the person, with the addresses of its neighbours."""
    neighbours = list(access.waiting_for(person)[:MOST_NEIGHBOURS])
    place = next((number for number, each in enumerate(neighbours) if each.pk == approval.pk), None)
    return {
        "place": place + 1 if place is not None else None,
        "waiting_count": len(neighbours),
        "previous": decide_url(neighbours[place - 1]) if place else "",
        "next": (decide_url(neighbours[place + 1]) if place is not None and place + 1 < len(neighbours) else ""),
    }


def _said(outcome: Outcome, declaration: Declaration, request: HttpRequest) -> str:
    declaration.refresh_from_db()
    names = {"title": declaration.approval.title, "number": declaration.number}
    if outcome == Outcome.RETURNED:
        return _("Returned: %(title)s (%(number)s).") % names
    if outcome == Outcome.MOVED:
        names["who"] = access.who_decides(access.asked_now(declaration.approval)) or _("nobody yet")
        return _("Approved: %(title)s (%(number)s). Next: %(who)s.") % names
    if declaration.to_region:
        return _("Filed: %(title)s (%(number)s). It is to be sent to the region.") % names
    return _("Filed: %(title)s (%(number)s). Its risk points stand in the ledger.") % names


def _decide_page(
    request: HttpRequest,
    declaration: Declaration,
    content: dict,
    form: DecisionForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    approval = declaration.approval
    context = reading(request, declaration)
    cannot_decide = access.refusal(access.check_decide_on_screen, approval, request.user)
    cannot_agree = ""
    if not cannot_decide:
        cannot_agree = access.refusal(verbs.check_before_yes, declaration, approval.step_key, content, request.user)
    remarked = {} if cannot_decide else form.remark_fields
    changes = _changes(approval, declaration.rule)
    for point in context["points"]:
        target = f"point:{point.pk}"
        point.remark_field = form.remark_field(target) if target in remarked else None
        point.difference = changes.get(target) or _since_filed(point, declaration.rule)
    for statement in context["nothing_found"]:
        target = f"nothing:{statement.category}"
        statement.remark_field = form.remark_field(target) if target in remarked else None
        statement.difference = changes.get(target)
    if context["meeting"]:
        context["meeting_remark_field"] = form.remark_field(RECORD) if RECORD in remarked else None
        context["meeting_difference"] = changes.get(RECORD)
    removed = [change for change in changes.values() if change["difference"] == Difference.REMOVED]
    is_open = approval.state == ApprovalState.OPEN
    context |= {
        "formula_hints": hints_of(context["points"]),
        "approval": approval,
        "form": form,
        "problem": problem,
        "cannot_decide": cannot_decide,
        "cannot_agree": cannot_agree,
        "meeting_door": door_of_step(approval, request.user) if is_open else {},
        "is_open": is_open,
        "yes": verb_for(approval.step_key) if is_open else "",
        "removed": removed,
        "acting": access.acting_by(approval, request.user) if not cannot_decide else [],
        "step_label": approval.step_key.label,
        "is_returned": declaration.state == DeclarationState.RETURNED,
        **place_in_queue(request.user, approval),
    }
    return render(request, "registry/declaration_decide.html", context, status=status)


def _since_filed(point: PointVersion, rule: Scheme) -> dict | None:
    """Return how an entry differs from the filed version it is to replace; None for a new one."""
    if point.replaces_id is None:
        return None
    now, filed = verbs.point_content(point), verbs.point_content(point.replaces)
    names = (*verbs.POINT_FIELDS, "measures")
    return {
        "difference": Difference.CHANGED,
        "label": point.get_change_display(),
        "since_filed": True,
        "fields": [
            {
                "label": field_label(name),
                "before": in_words(name, filed[name], rule),
                "after": in_words(name, now[name], rule),
            }
            for name in names
            if filed[name] != now[name]
        ],
    }


def _record_in(content: dict) -> list[dict]:
    return [content["meeting"]] if content.get("meeting") else []


def _changes(approval: Approval, rule: Scheme) -> dict[str, dict]:
    """Return how each entry of this round differs from the round before: difference, label, title, changed fields."""
    rounds = list(approval.submissions.filter(withdrawn_at=None).order_by("-round")[:2])
    if len(rounds) < 2:
        return {}
    after, before = (submission.content for submission in rounds)
    titles = verbs.entry_titles(before) | verbs.entry_titles(after)
    compared = compare(*([*each["points"], *each["nothing"], *_record_in(each)] for each in (before, after)))
    return {
        target: {
            "difference": change.difference,
            "label": change.difference.label,
            "title": titles[target],
            "fields": [
                {"label": field_label(name), "before": in_words(name, old, rule), "after": in_words(name, new, rule)}
                for name, (old, new) in change.fields.items()
            ],
        }
        for target, change in compared.items()
    }
