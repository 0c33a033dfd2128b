"""Pages on which an administrator confirms or declines what another has entered."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import access
from ..actions import confirmations as verbs
from ..actions.calendar import longer_by
from ..forms.confirmations import DeclineForm, TogetherForm
from ..models import Confirmation
from ..rules import MOST_TOGETHER, Act, NotAllowed, Refused
from .acting import Page, act, posted
from .entries import Entry, entries
from .paging import page_context

PAGE = 50
_ACTS = require_http_methods(["GET", "HEAD", "POST"])
_WITH = ("entered_by", "decided_by", "organization", "other", "person")


@require_safe
def confirmations(request: HttpRequest) -> HttpResponse:
    """What waits for this administrator; on demand what they entered themselves, and everything in their part."""
    access.check_administers(request.user)
    which = request.GET.get("which", "")
    deciding = access.confirmations_to_decide(request.user)
    visible = access.visible_confirmations(request.user)
    found = {"mine": visible.filter(entered_by=request.user), "all": visible}.get(which, deciding)
    page = Paginator(found.select_related(*_WITH).order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    context = {
        "which": which if which in ("mine", "all") else "",
        "entries": entries(page.object_list),
        "page": page_context(request, page),
        "waiting": deciding.count(),
    }
    return render(request, "registry/confirmations.html", context)


def open_entries(request: HttpRequest, about: Q) -> list[tuple[Entry, str]]:
    """Return what is open of what was entered about something the reader administers, with who confirms it."""
    found = access.visible_confirmations(request.user).open(timezone.localdate()).filter(about)
    return [(entry, _who(entry)) for entry in entries(found.select_related(*_WITH).order_by("pk"))]


def _visible(request: HttpRequest, pk: int) -> Confirmation:
    return get_object_or_404(access.visible_confirmations(request.user).select_related(*_WITH), pk=pk)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One thing that was entered: by whom, when, why, what would change, who confirms it."""
    return _page(request, _visible(request, pk))


def _page(request: HttpRequest, confirmation: Confirmation, problem: str = "") -> HttpResponse:
    (entry,) = entries([confirmation])
    context = {
        "entry": entry,
        "row": confirmation,
        "problem": problem,
        "who": _who(entry),
        "may_decide": entry.is_open and not access.refusal(access.check_confirmation, confirmation, request.user),
        "is_mine": confirmation.entered_by_id == request.user.pk,
        "longer": longer_by(verbs.restored(confirmation.values)["days"])
        if confirmation.act == Act.CALENDAR and entry.waits
        else None,
        "password_for": _password_for(request, confirmation),
    }
    return render(request, "registry/confirmation.html", context, status=409 if problem else 200)


def _who(entry: Entry) -> str:
    """Return who may confirm, or what to do where nobody may; nothing when it is over."""
    if not entry.is_open:
        return ""
    row = entry.row
    people = access.deciders_of(row)
    if not people:
        return access.nobody_confirms(row.confirmed_with, row.organization)
    return _("It is confirmed by %s.") % _(", ").join(person.name for person in people)


def _password_for(request: HttpRequest, confirmation: Confirmation) -> int | None:
    """Return for whom the reader may make a password by this."""
    person = confirmation.person
    if person is None or verbs.password_allowed(request.user, person) != confirmation:
        return None
    return person.pk


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm what another administrator entered."""
    confirmation = _visible(request, pk)
    try:
        verbs.confirm(by=request.user, confirmation=confirmation)
    except NotAllowed:
        raise
    except Refused as why:
        return _page(request, _visible(request, pk), problem=str(why))
    messages.success(request, _("Confirmed."))
    return redirect("registry:confirmations")


@_ACTS
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Decline what another administrator entered, and say why."""
    confirmation = _visible(request, pk)
    access.check_confirmation(confirmation, request.user)
    (entry,) = entries([confirmation])
    page = Page(
        heading=_("Decline: %s") % entry.title,
        back_url=reverse("registry:confirmation", args=[pk]),
        back=_("What was entered"),
        button=_("Decline"),
        explain=[
            _("It does not take effect. Whoever entered it reads the reason.")
            if entry.waits
            else _("It stays in effect until the opposite is entered. Whoever entered it reads the reason.")
        ],
        is_grave=True,
    )

    def do(values: dict) -> HttpResponse:
        verbs.decline(by=request.user, confirmation=confirmation, reason=values["reason"])
        messages.success(request, _("Declined."))
        return redirect("registry:confirmations")

    return act(request, page, DeclineForm(posted(request)), do)


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what one entered oneself."""
    confirmation = _visible(request, pk)
    try:
        verbs.take_back(by=request.user, confirmation=confirmation)
    except NotAllowed:
        raise
    except Refused as why:
        return _page(request, _visible(request, pk), problem=str(why))
    messages.success(request, _("Taken back."))
    return redirect("registry:confirmation", pk)


@_ACTS
def together(request: HttpRequest) -> HttpResponse:
    """Confirm several at once: each stands there in full and is ticked by itself."""
    access.check_administers(request.user)
    found = list(_oldest(access.confirmations_to_decide(request.user)))
    form = TogetherForm(posted(request), offered=found)
    if request.method == "POST" and form.is_valid():
        return _confirm_each(request, form.cleaned_data["chosen"])
    chosen = set(form.data.getlist("chosen")) if form.is_bound else set()
    context = {"form": form, "entries": entries(found), "chosen": chosen, "most": MOST_TOGETHER}
    return render(request, "registry/confirmations_together.html", context, status=422 if form.is_bound else 200)


def _oldest(found: QuerySet[Confirmation]) -> QuerySet[Confirmation]:
    return found.select_related(*_WITH).order_by("pk")[:MOST_TOGETHER]


def _confirm_each(request: HttpRequest, chosen: list[Confirmation]) -> HttpResponse:
    """Confirm each by itself; what is refused is told and stays, the others are done."""
    refused, done = [], 0
    for confirmation in chosen:
        try:
            verbs.confirm(by=request.user, confirmation=confirmation)
            done += 1
        except Refused as why:
            refused.append((confirmation, str(why)))
    told = {row.row.pk: row.title for row in entries([each for each, _why in refused])}
    for confirmation, why in refused:
        messages.warning(request, _("Not confirmed: %(what)s. %(why)s") % {"what": told[confirmation.pk], "why": why})
    if done:
        said = ngettext("%(number)s entry confirmed.", "%(number)s entries confirmed.", done)
        messages.success(request, said % {"number": done})
    return redirect("registry:confirmations")
