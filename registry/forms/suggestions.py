"""Forms of suggestions."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Post
from ..rules import REASON_LENGTH, TITLE_LENGTH
from .fields import CleanTextField


class PostField(forms.ModelChoiceField):
    def label_from_instance(self, post: Post) -> str:
        return f"{post.organization.name} · {post.name}"


class SuggestionForm(forms.Form):
    """A risk point somebody else sees in a post."""

    post = PostField(label=_("Post"), queryset=Post.objects.none())
    title = CleanTextField(
        label=_("Risk point"), limit=TITLE_LENGTH, one_line=True, help_text=_("A short name of the risk, one line.")
    )
    text = CleanTextField(
        label=_("What you have seen"),
        limit=REASON_LENGTH,
        help_text=_(
            "How the risk shows, at which step. The holder of the post and those who review it read it with your name."
        ),
    )

    def __init__(self, *args, posts, **kwargs) -> None:
        """`posts` is the queryset of those one may suggest for."""
        super().__init__(*args, **kwargs)
        self.fields["post"].queryset = posts


class DeclineForm(forms.Form):
    """Why a suggestion is not taken up."""

    reason = CleanTextField(label=_("Why it is not taken up"), limit=REASON_LENGTH, rows=3)
