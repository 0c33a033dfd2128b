"""Opt-outs of small offices: the region's office enters, confirms, declines and ends them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from .. import access
from ..actions import opt_outs as verbs
from ..forms.stand_ins import OptOutForm, ReasonForm, VersionForm
from ..models import OptOut
from .acting import Page, act, posted

_ACTS = require_http_methods(["GET", "HEAD", "POST"])
MOST = 200


@require_safe
def opt_outs(request: HttpRequest) -> HttpResponse:
    """List the opt-outs of the units of the region."""
    access.check_opt_outs(request.user)
    found = list(access.visible_opt_outs(request.user)[:MOST])
    for each in found:
        each.may_be_confirmed = not access.refusal(access.check_confirm_opt_out, each, request.user)
    return render(request, "registry/opt_outs.html", {"opt_outs": found})


@_ACTS
def enter(request: HttpRequest) -> HttpResponse:
    """Enter an opt-out for one unit."""
    access.check_opt_outs(request.user)
    page = Page(
        heading=_("Enter an opt-out of a small office"),
        back_url=reverse("registry:opt-outs"),
        back=_("Opt-outs of small offices"),
        button=_("Enter"),
        explain=[
            _("It holds once a second person of the region's office has confirmed it."),
            _("It counts only where nobody else of the unit may decide a step of a declaration."),
            _("Nobody decides on their own matter by it, nobody a third time, and nobody two steps in a row."),
            _("What is decided under it says so on every page and sheet."),
        ],
    )

    def do(values: dict) -> HttpResponse:
        made = verbs.enter_opt_out(by=request.user, **values)
        messages.success(request, _("Entered for %s. It waits for a second person's confirmation.") % made.unit)
        return redirect("registry:opt-outs")

    return act(request, page, OptOutForm(posted(request), units=access.units_to_opt_out(request.user)), do)


@_ACTS
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm an opt-out as second person."""
    opt_out = _visible(request, pk)
    access.check_confirm_opt_out(opt_out, request.user)
    page = _page(opt_out, _("Confirm the opt-out for %s"), _("Confirm"), [opt_out.get_relaxation_display()])

    def do(values: dict) -> HttpResponse:
        verbs.confirm_opt_out(by=request.user, opt_out=opt_out, expected=values["version"])
        return _done(request, _("Confirmed: %s.") % opt_out)

    return act(request, page, VersionForm(posted(request), initial={"version": opt_out.version}), do)


@_ACTS
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Decline an opt-out as second person."""
    opt_out = _visible(request, pk)
    access.check_confirm_opt_out(opt_out, request.user)
    page = _page(
        opt_out, _("Decline the opt-out for %s"), _("Decline"), [opt_out.get_relaxation_display()], is_grave=True
    )

    def do(values: dict) -> HttpResponse:
        verbs.decline_opt_out(by=request.user, opt_out=opt_out, expected=values["version"], reason=values["reason"])
        return _done(request, _("Declined: %s.") % opt_out)

    return act(request, page, ReasonForm(posted(request), initial={"version": opt_out.version}), do)


@_ACTS
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End an opt-out early, or take back one that waits."""
    opt_out = _visible(request, pk)
    access.check_end_opt_out(opt_out, request.user)
    explain = [_("It is over at once. What was decided under it stays decided, and marked.")]
    page = _page(opt_out, _("End the opt-out for %s"), _("End it"), explain, is_grave=True)

    def do(values: dict) -> HttpResponse:
        verbs.end_opt_out(by=request.user, opt_out=opt_out, expected=values["version"], reason=values["reason"])
        return _done(request, _("Ended: %s.") % opt_out)

    return act(request, page, ReasonForm(posted(request), initial={"version": opt_out.version}), do)


def _visible(request: HttpRequest, pk: int) -> OptOut:
    return get_object_or_404(access.visible_opt_outs(request.user), pk=pk)


def _page(opt_out: OptOut, heading: str, button: str, explain: list[str], *, is_grave: bool = False) -> Page:
    return Page(
        heading=heading % opt_out.unit,
        lead=opt_out.unit.code,
        back_url=reverse("registry:opt-outs"),
        back=_("Opt-outs of small offices"),
        button=button,
        explain=explain,
        numbers=[
            (_("From"), opt_out.starts_on.isoformat()),
            (_("Until"), opt_out.ends_on.isoformat()),
            (_("Reason"), opt_out.reason),
            (_("Entered by"), opt_out.entered_by.name),
        ],
        is_grave=is_grave,
    )


def _done(request: HttpRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("registry:opt-outs")
