"""Forms of suggestions."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Organization, Post
from ..rules import REASON_LENGTH, TITLE_LENGTH
from .fields import CleanTextField


class SuggestionForm(forms.Form):
    """A risk point somebody else sees in a post or a section."""

    whom = forms.ChoiceField(label=_("Post or section"))
    title = CleanTextField(
        label=_("Risk point"), limit=TITLE_LENGTH, one_line=True, help_text=_("A short name of the risk, one line.")
    )
    text = CleanTextField(
        label=_("What you have seen"),
        limit=REASON_LENGTH,
        help_text=_(
            "How the risk shows, at which step. Who declares for the post or section and who reviews it read it with your name."
        ),
    )

    def __init__(self, *args, posts: Iterable[Post], sections: Iterable[Organization], **kwargs) -> None:
        """`posts` and `sections` are those one may suggest for."""
        super().__init__(*args, **kwargs)
        self._offered = {f"section-{each.pk}": each for each in sections} | {f"post-{each.pk}": each for each in posts}
        self.fields["whom"].choices = [
            ("", _("Please choose")),
            (_("Sections"), [(key, str(each)) for key, each in self._offered.items() if key.startswith("section")]),
            (
                _("Posts"),
                [
                    (key, f"{each.organization} · {each}")
                    for key, each in self._offered.items()
                    if key.startswith("post")
                ],
            ),
        ]

    def clean_whom(self) -> Post | Organization:
        return self._offered[self.cleaned_data["whom"]]


class DeclineForm(forms.Form):
    """Why a suggestion is not taken up."""

    reason = CleanTextField(label=_("Why it is not taken up"), limit=REASON_LENGTH, rows=3)
