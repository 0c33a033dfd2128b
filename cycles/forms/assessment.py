"""Forms of the assessment: what the unit enters, what the region takes off."""

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.forms.fields import CleanTextField
from registry.forms.meetings import UploadField


class EntryForm(forms.Form):
    """How far the unit meets something, and what shows it."""

    percent = forms.IntegerField(label=_("How far it is met, in percent"), min_value=0, max_value=100)
    text = CleanTextField(label=_("What shows it"), rows=6)
    attachment = UploadField(
        label=_("Attachment"), help_text=_("PDF, picture (PNG, JPEG), .docx or .xlsx without macros, 10 MB at most.")
    )


class DeductionForm(forms.Form):
    """Points taken off, or a veto."""

    is_veto = forms.BooleanField(
        label=_("Veto"),
        required=False,
        help_text=_("One grave failing decides the whole assessment; no points are named."),
    )
    points = forms.DecimalField(
        label=_("Points taken off"), required=False, min_value=0, max_value=100, max_digits=5, decimal_places=2
    )
    reason = CleanTextField(label=_("Reason"), rows=3, limit=1000)
    is_confidential = forms.BooleanField(
        label=_("From a disposal"),
        required=False,
        help_text=_("Who may not see disposals reads only that a reason is registered."),
    )

    def clean(self) -> dict:
        values = super().clean()
        if not self.errors and not values.get("is_veto") and not values.get("points"):
            self.add_error("points", _("Say how many points are taken off, or tick the veto."))
        return values

    @property
    def hundredths(self) -> int:
        """The points taken off, in hundredths."""
        return int((self.cleaned_data.get("points") or 0) * 100)


class VersionForm(forms.Form):
    """The version of what was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput)
