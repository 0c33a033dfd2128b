"""Forms of disposals."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from registry.forms.fields import CleanTextField
from registry.models import Appointment, Organization
from registry.rules import REASON_LENGTH, TEXT_LENGTH

from ..actions.disposals import MOST_ATTACHMENTS
from ..rules import MOST_TERM_DAYS, DisposalKind, Service
from .fields import UploadsField, ask_for_the_files_again
from .findings import day_field

_FILES = _("PDF, pictures (PNG, JPEG), .docx or .xlsx without macros; 10 MB each, five files at most.")


class TextsForm(forms.Form):
    """What a disposal says."""

    kind = forms.ChoiceField(label=_("Kind"), choices=DisposalKind.choices, widget=forms.RadioSelect)
    facts = CleanTextField(label=_("Facts"), limit=TEXT_LENGTH, rows=6, required=False)
    basis = CleanTextField(
        label=_("Basis"),
        limit=REASON_LENGTH,
        rows=3,
        required=False,
        help_text=_("The rule it is based on, with its clause."),
    )
    demand = CleanTextField(label=_("What is demanded"), limit=REASON_LENGTH, rows=3, required=False)
    term_days = forms.IntegerField(
        label=_("Term of the answer in days"),
        initial=10,
        required=False,
        min_value=1,
        max_value=MOST_TERM_DAYS,
        help_text=_("Counted from the day it is served."),
    )


class ProposalForm(TextsForm):
    """A new proposal about an organization or who holds a post there."""

    target = forms.ChoiceField(label=_("Whom it is about"))
    field_order = ["target", "kind", "facts", "basis", "demand", "term_days"]

    def __init__(self, *args: Any, organization: Organization, held: Iterable[Appointment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held = {str(appointment.pk): appointment for appointment in held}
        people = [(key, f"{each.person.name} · {each.post.name}") for key, each in self._held.items()]
        self.fields["target"].choices = [
            ("", _("Please choose")),
            ("organization", _("%s as a whole") % organization.name),
            *people,
        ]

    def clean_target(self) -> Appointment | None:
        """Return the appointment of whom it is about; None: the organization."""
        return self._held.get(self.cleaned_data["target"])


class RevisionForm(TextsForm):
    """A proposal that was returned."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    """What is said with a step."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    text = CleanTextField(label=_("Reason"), limit=REASON_LENGTH, rows=4, required=False)


class AcknowledgeForm(ReasonForm):
    """A remark on acknowledging."""

    text = CleanTextField(label=_("Remark"), limit=REASON_LENGTH, rows=3, required=False)


class OutcomeForm(ReasonForm):
    """What came of it."""

    text = CleanTextField(label=_("Outcome"), limit=REASON_LENGTH, rows=4, required=False)


class AgainForm(ReasonForm):
    """Why and until when it is answered again."""

    day = day_field(label=_("To be answered by"))


class _WithFiles(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    attachments = UploadsField(label=_("Attachments"), most=MOST_ATTACHMENTS, help_text=_FILES)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if self.errors and "attachments" not in self.errors:
            ask_for_the_files_again(self)
        return values


class ServiceForm(_WithFiles):
    """How a disposal was served."""

    service = forms.ChoiceField(label=_("How it is served"), choices=Service.choices, widget=forms.RadioSelect)
    day = day_field(label=_("Served on"))
    witnesses = CleanTextField(
        label=_("Witnesses"), limit=REASON_LENGTH, rows=2, required=False, help_text=_("Where acceptance was refused.")
    )
    text = CleanTextField(label=_("Remark"), limit=REASON_LENGTH, rows=2, required=False)
    field_order = ["version", "service", "day", "witnesses", "text", "attachments"]


class AnswerForm(_WithFiles):
    """The answer of whom a disposal is about."""

    analysis = CleanTextField(
        label=_("Analysis"), limit=TEXT_LENGTH, rows=5, required=False, help_text=_("What went wrong and why.")
    )
    commitment = CleanTextField(label=_("Commitment"), limit=TEXT_LENGTH, rows=4, required=False)
    correction = CleanTextField(
        label=_("Correction measures"),
        limit=TEXT_LENGTH,
        rows=5,
        required=False,
        help_text=_("What is done, and by when."),
    )
    field_order = ["version", "analysis", "commitment", "correction", "attachments"]


class DisposalsForm(forms.Form):
    """What the list shows."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("All")), *DisposalKind.choices], required=False)
    organization = forms.ModelChoiceField(
        label=_("Unit or section"),
        queryset=Organization.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("All"),
    )

    def __init__(self, *args: Any, places: QuerySet[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = places
