"""Suggesting risk points for a post, and answering (part III §4(2): 群众帮、领导提)."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import Declaration, Organization, Person, PointVersion, Post, Suggestion
from ..rules import Refused, SuggestionState
from .audit import record
from .declarations import check_entry, had_a_hand, save_point, suggestions_for
from .writing import change


@transaction.atomic
def suggest(*, by: Person, whom: Post | Organization, title: str, text: str) -> Suggestion:
    """Suggest a risk point for a post that somebody else of the unit holds, or for a section of the unit."""
    method = access.check_suggest(whom, by)
    suggestion = Suggestion.objects.create(
        **{"post" if isinstance(whom, Post) else "section": whom},
        method=method,
        title=title,
        text=text,
        suggested_by=by,
        suggested_at=timezone.now(),
    )
    record("suggestion.make", by=by, subject=suggestion, content=[title, text])
    return suggestion


def open_suggestions(declaration: Declaration) -> QuerySet[Suggestion]:
    """Return what is suggested for the post or section of a declaration and not answered yet."""
    return suggestions_for(declaration).filter(state=SuggestionState.OPEN).select_related("suggested_by")


@transaction.atomic
def take_up_suggestion(*, by: Person, declaration: Declaration, suggestion: Suggestion) -> PointVersion:
    """Make a suggestion a risk point of an open declaration; what is missing is filled in there."""
    _answerable(by, declaration, suggestion)
    empty = {
        "category": "",
        "matter": "",
        "major": "",
        "causes": [],
        "likelihood": None,
        "harm": None,
        "criteria": [],
        "grade": None,
        "grade_reason": "",
    }
    version = save_point(
        by=by,
        declaration=declaration,
        values=empty | {"title": suggestion.title, "manifestation": suggestion.text, "methods": [suggestion.method]},
        measures=[],
    )
    _answer(suggestion, by, declaration, state=SuggestionState.TAKEN_UP, taken_up_in=version)
    return version


@transaction.atomic
def decline_suggestion(*, by: Person, declaration: Declaration, suggestion: Suggestion, reason: str) -> None:
    """Say why a suggestion is not taken up; those who decide on the declaration see it."""
    _answerable(by, declaration, suggestion)
    if not reason.strip():
        raise Refused(_("Say why it is not taken up."))
    _answer(suggestion, by, declaration, state=SuggestionState.DECLINED, reason=reason.strip())


def _answerable(by: Person, declaration: Declaration, suggestion: Suggestion) -> None:
    check_entry(declaration, by, None)
    had_a_hand(declaration, by)
    if not open_suggestions(declaration).filter(pk=suggestion.pk).exists():
        raise Refused(_("This suggestion has been answered already."))


def _answer(suggestion: Suggestion, by: Person, declaration: Declaration, **values) -> None:
    change(
        suggestion,
        by=by,
        expected=suggestion.version,
        declaration=declaration,
        answered_by=by,
        answered_at=timezone.now(),
        **values,
    )
    record(f"suggestion.{suggestion.state}", by=by, subject=suggestion, content=suggestion.reason)
