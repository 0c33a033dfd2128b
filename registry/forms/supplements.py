"""Forms of supplementary declarations."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..rules import REASON_LENGTH, Trigger
from .fields import CleanTextField


class SupplementForm(forms.Form):
    """Why what is filed has to be adjusted."""

    trigger = forms.ChoiceField(
        label=_("Why it is adjusted"),
        choices=Trigger.choices,
        widget=forms.RadioSelect,
        help_text=_("What is filed changes only when duties, people, law, organization or events do."),
    )


class WithdrawalForm(forms.Form):
    """Why a filed point is withdrawn."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = CleanTextField(
        label=_("Why it is withdrawn"),
        limit=REASON_LENGTH,
        rows=3,
        help_text=_("What has changed so that this risk no longer exists in the post."),
    )
