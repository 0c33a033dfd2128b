"""Forms of findings."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from registry.forms.fields import CleanTextField
from registry.models import Organization, Person, Post
from registry.rules import REASON_LENGTH, TEXT_LENGTH, Phase

from ..actions.findings import MOST_ATTACHMENTS
from ..rules import Severity
from .fields import UploadsField, ask_for_the_files_again

_DAY = {"type": "date"}


def day_field(**kwargs: Any) -> forms.DateField:
    """Return a field for a day, as browsers offer it."""
    return forms.DateField(widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"), **kwargs)


class PlaceForm(forms.Form):
    """About which unit or section a finding is."""

    organization = forms.ModelChoiceField(
        label=_("Unit or section"),
        queryset=Organization.objects.none(),
        to_field_name="code",
        empty_label=_("Please choose"),
    )

    def __init__(self, *args: Any, places: QuerySet[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = places


class FindingForm(forms.Form):
    """A finding about one organization."""

    post = forms.ModelChoiceField(
        label=_("Post"), queryset=Post.objects.none(), required=False, empty_label=_("The organization as a whole")
    )
    point_code = CleanTextField(
        label=_("Risk point"),
        limit=40,
        one_line=True,
        required=False,
        help_text=_("Its code, where it is about a filed risk point."),
    )
    facts = CleanTextField(
        label=_("Facts"),
        limit=TEXT_LENGTH,
        rows=6,
        required=False,
        help_text=_("What was found, where and when. It never changes, and who corrects it reads it. Name no source."),
    )
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices, widget=forms.RadioSelect)
    responsible = forms.ModelChoiceField(
        label=_("Who corrects it"),
        queryset=Person.objects.none(),
        required=False,
        empty_label=_("Whoever leads the organization"),
    )
    due_on = day_field(label=_("To be corrected by"), required=False)

    def __init__(self, *args: Any, posts: QuerySet[Post], people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post"].queryset, self.fields["responsible"].queryset = posts, people


class StepForm(forms.Form):
    """What is said with a step."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    text = CleanTextField(label=_("Reason"), limit=REASON_LENGTH, rows=4, required=False)


class CorrectionForm(StepForm):
    """How a finding was corrected, with what shows it."""

    text = CleanTextField(label=_("How it was corrected"), limit=TEXT_LENGTH, rows=6, required=False)
    attachments = UploadsField(
        label=_("What shows it"),
        most=MOST_ATTACHMENTS,
        help_text=_("PDF, pictures (PNG, JPEG), .docx or .xlsx without macros; 10 MB each, five files at most."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if self.errors and "attachments" not in self.errors:
            ask_for_the_files_again(self)
        return values


class ExtensionForm(StepForm):
    """More time."""

    due_on = day_field(label=_("To be corrected by"))


class SupplementForm(StepForm):
    """What of the registry is to be adjusted, and why."""

    phase = forms.ChoiceField(
        label=_("What is to be adjusted"), choices=Phase.choices, widget=forms.RadioSelect, initial=Phase.POINTS
    )


class BoardForm(forms.Form):
    """What the board shows."""

    organization = forms.ModelChoiceField(
        label=_("Unit or section"),
        queryset=Organization.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("All"),
    )
    severity = forms.ChoiceField(label=_("Severity"), choices=[("", _("All")), *Severity.choices], required=False)

    def __init__(self, *args: Any, places: QuerySet[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = places
