"""Pages of the alerts: one's own and those one follows, one alert with its course, answering it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from registry import access as ground
from registry.models import Person, PointVersion
from registry.roles import Permission, Role
from registry.rules import STANDING_STATES, NotAllowed, Refused, contains
from registry.views.paging import page_context

from .. import access
from ..actions.alerts import answer_alert
from ..forms.alerts import AlertFilterForm, AnswerAlertForm
from ..models import Alert
from ..rules import AlertState, Cause, sentence_of

PAGE = 50
_HEADS = {
    Permission.REVIEW_SECTION: Role.SECTION_HEAD,
    Permission.REVIEW_SUPERVISED: Role.SUPERVISING_LEADER,
    Permission.REVIEW_PRINCIPAL: Role.PRINCIPAL_LEADER,
    Permission.DECIDE_DISPOSALS: Role.REGION_LEADER,
    Permission.HANDLE_SIGNALS: Role.INSPECTOR,
}


@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """List the alerts addressed to the person and those they follow, the latest first."""
    access.check_sees_alerts(request.user)
    form = AlertFilterForm(request.GET)
    if not form.is_valid():
        return render(request, "controls/alerts.html", {"form": form, "page": None}, status=422)
    rows = access.visible_alerts(request.user).filter(**form.wanted)
    page = Paginator(rows.select_related("organization", "asked_organization", "point"), PAGE).get_page(
        request.GET.get("page")
    )
    found = list(page.object_list)
    own = set(access.alerts_for(request.user).filter(pk__in=[alert.pk for alert in found]).values_list("pk", flat=True))
    context = {
        "form": form,
        "lines": _lines(request.user, found, own),
        "page": page_context(request, page),
        "waiting": access.alerts_for(request.user).count(),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "controls/alerts.html", context)


def _lines(person: Person, found: Sequence[Alert], own: set[int]) -> list[dict[str, Any]]:
    """Return what a list shows of each alert: of a signal nothing but colour, place and what is expected, to who does not read it."""
    signals = {alert.signal_id for alert in found} - {None}
    readable = (
        set(access.visible_signals(person).filter(pk__in=signals).values_list("pk", flat=True)) if signals else set()
    )
    points = {alert.point_id for alert in found} - {None}
    standing = PointVersion.objects.filter(point__in=points, state__in=STANDING_STATES)
    titles = dict(standing.order_by("pk").values_list("point", "title")) if points else {}
    scope = ground.ledger_scope(person)
    today = timezone.localdate()
    return [
        {
            "alert": alert,
            "why": sentence_of(alert.facts, alert.first_colour)
            if alert.signal_id is None or alert.signal_id in readable
            else "",
            "expected": _expected(alert, titles.get(alert.point_id, ""), scope),
            "head": Role(_HEADS[Permission(alert.asked_permission)]).label,
            "is_own": alert.pk in own,
            "is_late": alert.state == AlertState.OPEN and alert.answer_by < today,
        }
        for alert in found
    ]


def _expected(alert: Alert, title: str, scope: list) -> str:
    """Return what a head is to do, in words that tell nothing of a signal."""
    match alert.facts["cause"]:
        case Cause.SIGNAL:
            return _("See to it that the signal is judged.")
        case Cause.FINDING:
            return _("See to it that the finding is corrected.")
        case Cause.TASK:
            return _("See to it that the measure is carried out.")
    if title and contains(scope, alert.position):
        return _("Check the risk point “%s” and its measures.") % title
    return _("Check the risk points of %s and their measures.") % alert.organization


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an alert, why it was given where the person may know, its course, and whether they are to answer."""
    return render(request, "controls/alert.html", _context(request, _visible(request, pk)))


def _visible(request: HttpRequest, pk: int) -> Alert:
    found = access.visible_alerts(request.user).select_related(
        "organization", "asked_organization", "signal", "finding", "task__measure_version", "point"
    )
    return get_object_or_404(found, pk=pk)


def _context(request: HttpRequest, alert: Alert) -> dict[str, Any]:
    is_own = not ground.refusal(access.check_answer, alert, request.user)
    (line,) = _lines(request.user, [alert], {alert.pk} if is_own else set())
    steps = [
        {"step": step, "head": Role(_HEADS[Permission(step.asked_permission)]).label}
        for step in alert.steps.select_related("by", "for_whom", "asked_organization")
    ]
    return line | {
        "steps": steps,
        "asked": access.addressee_of(alert) if alert.state == AlertState.OPEN else "",
        "reads_cause": access.reads_cause(alert, request.user),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer an alert: what was found, what is done."""
    alert = _visible(request, pk)
    if alert.state == AlertState.OPEN:
        access.check_answer(alert, request.user)
    form = AnswerAlertForm(request.POST if request.method == "POST" else None, initial={"version": alert.version})
    problem = "" if alert.state == AlertState.OPEN else _("There is nothing to answer here any more.")
    if request.method == "POST" and form.is_valid():
        try:
            answer_alert(
                by=request.user, alert=alert, text=form.cleaned_data["text"], expected=form.cleaned_data["version"]
            )
        except NotAllowed:
            raise
        except Refused as why:
            problem = str(why)
        else:
            messages.success(request, _("The alert is answered and closed."))
            return redirect("controls:alert", pk)
    context = _context(request, alert) | {"form": form, "problem": problem}
    status = 409 if problem else 422 if form.errors else 200
    return render(request, "controls/alert_answer.html", context, status=status)
