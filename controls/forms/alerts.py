"""Forms of alerts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.forms.fields import CleanTextField
from registry.rules import REASON_LENGTH, AlertColour

from ..rules import AlertState

_ALL = ("", _("all"))


class AlertFilterForm(forms.Form):
    """Which alerts the list is to show."""

    state = forms.ChoiceField(label=_("State"), choices=[_ALL, *AlertState.choices], required=False)
    colour = forms.TypedChoiceField(
        label=_("Colour"), choices=[_ALL, *AlertColour.choices], coerce=int, empty_value=None, required=False
    )

    @property
    def wanted(self) -> dict[str, Any]:
        """What is asked for as values of fields, once the form is valid."""
        return {name: value for name, value in self.cleaned_data.items() if value}


class AnswerAlertForm(forms.Form):
    """What a head found and does about it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    text = CleanTextField(
        label=_("What you found, and what is done about it"),
        limit=REASON_LENGTH,
        rows=6,
        help_text=_("The alert is closed with this answer; who passed it on and who follows alerts reads it."),
    )
