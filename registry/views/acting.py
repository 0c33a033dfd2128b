"""The one page by which an administrator does something: GET says what it will do and asks, POST does it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ..rules import Incomplete, NotAllowed, Refused


@dataclass(frozen=True)
class Page:
    """How the page reads: heading, the way back, what will happen, what stands against it, the button."""

    heading: str
    back_url: str
    back: str
    button: str
    lead: str = ""
    explain: Sequence[str] = ()
    obstacles: Sequence[str] = ()
    numbers: Sequence[tuple[str, object]] = field(default_factory=tuple)
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


def posted(request: HttpRequest) -> Any:
    """Return what was sent with a POST, or None, for a form that is to be shown first."""
    return request.POST if request.method == "POST" else None
