"""The one page by which an administrator does something: GET says what it will do and asks, POST does it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from .. import access
from ..actions.organization import Affected
from ..models import Confirmation, Organization, Person
from ..rules import ACTS, Act, Incomplete, NotAllowed, Refused, other_kind


@dataclass(frozen=True)
class Concern:
    """Something an act touches: how many there are, and what becomes of them."""

    label: str
    number: int
    outcomes: Sequence[str]


@dataclass(frozen=True)
class Page:
    """How the page reads: heading, the way back, what will happen, what stands against it, whom it touches, the button."""

    heading: str
    back_url: str
    back: str
    button: str
    lead: str = ""
    explain: Sequence[str] = ()
    confirmed: str = ""  # who confirms it, before or afterwards
    obstacles: Sequence[str] = ()
    numbers: Sequence[tuple[str, object]] = field(default_factory=tuple)
    affected: Affected | None = None
    concerns: Sequence[Concern] = ()
    is_grave: bool = False


def act(
    request: HttpRequest, page: Page, form: forms.Form, do: Callable[[dict[str, Any]], HttpResponse]
) -> HttpResponse:
    """Show the form, or do what it asks. A refusal comes back on the same page with what was typed."""
    problem, gaps = "", []
    if request.method == "POST" and form.is_valid():
        try:
            return do(form.cleaned_data)
        except NotAllowed:
            raise
        except Refused as why:
            problem = str(why)
            gaps = [gap.sentence for gap in why.gaps] if isinstance(why, Incomplete) else []
    context = {"page": page, "form": form, "problem": problem, "problem_gaps": gaps}
    status = 409 if problem else 422 if form.is_bound and form.errors else 200
    return render(request, "registry/administration_act.html", context, status=status)


def who_confirms(request: HttpRequest, act: Act, place: Organization, *concerned: Person) -> str:
    """Say before something is entered who will confirm it, or what to do where nobody can."""
    permission = other_kind(ACTS[act].permission)
    left_out = {request.user.pk, *(person.pk for person in concerned)}
    found = [person for person in access.confirmers(permission, place, None) if person.pk not in left_out]
    if not found:
        return access.nobody_confirms(permission, place)
    names = _(", ").join(person.name for person in found)
    if ACTS[act].waits:
        return _("It takes effect when it is confirmed by %s.") % names
    return _("What takes rights away takes effect at once and is confirmed afterwards, all else before: by %s.") % names


def acted(request: HttpRequest, outcome: Confirmation, said: str, address: str) -> HttpResponse:
    """Say what came of an act that another administrator confirms: what waits is shown, what is done is said."""
    if outcome.lapses_on is not None:
        messages.info(request, _("Entered. It takes effect when another administrator confirms it."))
        return redirect("registry:confirmation", outcome.pk)
    messages.success(request, said)
    return redirect(address)


def posted(request: HttpRequest) -> Any:
    """Return what was sent with a POST, or None, for a form that is to be shown first."""
    return request.POST if request.method == "POST" else None
