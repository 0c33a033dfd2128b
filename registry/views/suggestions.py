"""Pages of suggestions: what one has suggested, suggesting, taking up and declining."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import access
from ..actions import suggestions as verbs
from ..actions.declarations import suggestions_for
from ..forms.suggestions import DeclineForm, SuggestionForm
from ..models import Declaration, Suggestion
from ..rules import NotAllowed, Refused
from .declarations import visible_declaration
from .paging import page_context

PAGE = 50


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """List what the person has suggested and what became of it."""
    page = Paginator(access.suggestions_by(request.user), PAGE).get_page(request.GET.get("page"))
    context = {
        "suggestions": page.object_list,
        "page": page_context(request, page),
        "may_suggest": access.posts_to_suggest_for(request.user).exists()
        or access.sections_to_suggest_for(request.user).exists(),
    }
    return render(request, "registry/suggestions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Suggest a risk point for a post or a section of one's unit."""
    posts, sections = access.posts_to_suggest_for(request.user), access.sections_to_suggest_for(request.user)
    if not posts and not sections:
        raise NotAllowed(
            _("Risk points are suggested for posts and sections of one's own unit that others declare for.")
        )
    form = SuggestionForm(request.POST if request.method == "POST" else None, posts=posts, sections=sections)
    if request.method == "POST" and form.is_valid():
        verbs.suggest(by=request.user, **form.cleaned_data)
        messages.success(request, _("Suggested: “%s”.") % form.cleaned_data["title"])
        return redirect("registry:suggestions")
    return render(request, "registry/suggestion_new.html", {"form": form}, status=422 if form.errors else 200)


def _asked(request: HttpRequest, pk: int, suggestion_id: int) -> tuple[Declaration, Suggestion]:
    """Return the person's open declaration and a suggestion for its post or section."""
    declaration = visible_declaration(request, pk)
    access.check_edit(declaration, request.user)
    return declaration, get_object_or_404(suggestions_for(declaration), pk=suggestion_id)


@require_POST
def take_up(request: HttpRequest, pk: int, suggestion_id: int) -> HttpResponse:
    """Make a suggestion a risk point and go on to its form."""
    declaration, suggestion = _asked(request, pk, suggestion_id)
    version = verbs.take_up_suggestion(by=request.user, declaration=declaration, suggestion=suggestion)
    return redirect("registry:point-edit", pk, version.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: HttpRequest, pk: int, suggestion_id: int) -> HttpResponse:
    """Ask why a suggestion is not taken up."""
    declaration, suggestion = _asked(request, pk, suggestion_id)
    form = DeclineForm(request.POST if request.method == "POST" else None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            verbs.decline_suggestion(
                by=request.user, declaration=declaration, suggestion=suggestion, reason=form.cleaned_data["reason"]
            )
        except Refused as why:
            problem = str(why)
        else:
            messages.success(request, _("Answered: “%s”.") % suggestion.title)
            return redirect("registry:declaration-edit", pk)
    context = {"declaration": declaration, "suggestion": suggestion, "form": form, "problem": problem}
    status = 409 if problem else 422 if form.errors else 200
    return render(request, "registry/suggestion_decline.html", context, status=status)
