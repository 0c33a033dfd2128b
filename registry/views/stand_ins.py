"""Stand-ins: who stands in for me, for whom I stand in, what waits for my confirmation as superior."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from .. import access
from ..actions import stand_ins as verbs
from ..forms.stand_ins import ReasonForm, StandInForm, VersionForm
from ..models import Assignment, StandIn
from .acting import Page, act, posted

_ACTS = require_http_methods(["GET", "HEAD", "POST"])
ENDED = 50  # how many of the past are listed


@require_safe
def stand_ins(request: HttpRequest) -> HttpResponse:
    """List the stand-ins that concern the reader."""
    known = StandIn.objects.told()
    context = {
        "roles": access.roles_to_give(request.user),
        "given": known.filter(assignment__person=request.user)[:ENDED],
        "standing_in": known.filter(person=request.user)[:ENDED],
        "to_confirm": access.stand_ins_to_confirm(request.user),
    }
    return render(request, "registry/stand_ins.html", context)


@_ACTS
def give(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody stand in for a role: one's own, or as security administrator that of somebody absent."""
    assignment = get_object_or_404(Assignment.objects.select_related("person", "organization"), pk=pk)
    is_own = assignment.person_id == request.user.pk
    if (
        not is_own
        and not access.administered_organizations(request.user).filter(pk=assignment.organization_id).exists()
    ):
        raise Http404
    access.check_give(assignment, request.user)
    back = reverse("registry:stand-ins") if is_own else reverse("registry:person", args=[assignment.person_id])
    page = Page(
        heading=_("A stand-in for the role “%s”") % assignment.get_role_display(),
        lead=f"{assignment.person} · {assignment.organization}",
        back_url=back,
        back=_("My stand-ins") if is_own else assignment.person.name,
        button=_("Enter"),
        explain=[
            _("It holds once a superior has confirmed it, from its first day until its last one."),
            _("Who stands in acts under their own account; every decision says for whom it was made."),
            _(
                "What is your own matter, or theirs, or was decided by one of you in this round, they do not decide for you."
            ),
            _("Your own rights stay. What is stood in for is not passed on."),
        ]
        if is_own
        else [
            _("It holds once a superior has confirmed it, from its first day until its last one."),
            _("Enter it for somebody who is absent and cannot do it themselves; they see it among their stand-ins."),
        ],
    )

    def do(values: dict) -> HttpResponse:
        made = verbs.give_stand_in(by=request.user, assignment=assignment, **values)
        above = access.names(access.superiors_of(assignment, made.person))
        messages.success(request, _("Entered: %(who)s. It waits for %(above)s.") % {"who": made, "above": above})
        return redirect(back)

    return act(request, page, StandInForm(posted(request), people=access.candidates_for(assignment)), do)


@_ACTS
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm a stand-in as superior."""
    stand_in = _visible(request, pk)
    access.check_confirm_stand_in(stand_in, request.user)
    page = _page(
        stand_in,
        _("Confirm: %s"),
        _("Confirm"),
        [
            _("From the first day on %(person)s reads and decides what %(whom)s reads and decides in this role.")
            % {"person": stand_in.person, "whom": stand_in.assignment.person}
        ],
    )

    def do(values: dict) -> HttpResponse:
        verbs.confirm_stand_in(by=request.user, stand_in=stand_in, expected=values["version"])
        return _done(request, _("Confirmed: %s.") % stand_in)

    return act(request, page, VersionForm(posted(request), initial={"version": stand_in.version}), do)


@_ACTS
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Decline a stand-in as superior."""
    stand_in = _visible(request, pk)
    access.check_confirm_stand_in(stand_in, request.user)
    page = _page(
        stand_in, _("Decline: %s"), _("Decline"), [_("It never holds. The reason is shown to both.")], is_grave=True
    )

    def do(values: dict) -> HttpResponse:
        verbs.decline_stand_in(by=request.user, stand_in=stand_in, expected=values["version"], reason=values["reason"])
        return _done(request, _("Declined: %s.") % stand_in)

    return act(request, page, ReasonForm(posted(request), initial={"version": stand_in.version}), do)


@_ACTS
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a stand-in early, or take back one that waits."""
    stand_in = _visible(request, pk)
    access.check_end_stand_in(stand_in, request.user)
    page = _page(
        stand_in,
        _("End: %s"),
        _("End it"),
        [_("It is over at once. What was decided under it stays decided.")],
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        verbs.end_stand_in(by=request.user, stand_in=stand_in, expected=values["version"], reason=values["reason"])
        return _done(request, _("Ended: %s.") % stand_in)

    return act(request, page, ReasonForm(posted(request), initial={"version": stand_in.version}), do)


def _visible(request: HttpRequest, pk: int) -> StandIn:
    return get_object_or_404(access.visible_stand_ins(request.user).told(), pk=pk)


def _page(stand_in: StandIn, heading: str, button: str, explain: list[str], *, is_grave: bool = False) -> Page:
    return Page(
        heading=heading % stand_in,
        lead=f"{stand_in.assignment.get_role_display()} · {stand_in.assignment.organization}",
        back_url=reverse("registry:stand-ins"),
        back=_("My stand-ins"),
        button=button,
        explain=explain,
        numbers=[
            (_("From"), stand_in.starts_on.isoformat()),
            (_("Until"), stand_in.ends_on.isoformat()),
            (_("Reason"), stand_in.reason),
            (_("Entered by"), stand_in.entered_by.name),
        ],
        is_grave=is_grave,
    )


def _done(request: HttpRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("registry:stand-ins")
