"""Forms of tasks: reporting one done with its evidence, an occurrence, sending back, and what is asked for on the board."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registry.forms.fields import CleanTextField
from registry.forms.meetings import UploadField
from registry.models import Organization
from registry.rules import REASON_LENGTH, TEXT_LENGTH, Upload
from registry.rules.uploads import ENDINGS

from ..querysets.tasks import OVERDUE, TaskFilter
from ..rules import MOST_FILES, TaskState


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class UploadsField(UploadField):
    """Some files that may be kept, each checked as the one of a meeting is. The cleaned value is a list of uploads."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=SeveralFiles(attrs={"accept": ",".join(ENDINGS)}), **kwargs)

    def clean(self, data: list[UploadedFile] | None, initial: object = None) -> list[Upload]:
        files = [each for each in data or [] if each]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(gettext("A report has at most %(most)s files.") % {"most": MOST_FILES})
        found, faults = [], []
        for each in files:
            try:
                found.append(self.to_python(each))
            except forms.ValidationError as why:
                faults += [
                    gettext("“%(name)s”: %(fault)s") % {"name": each.name, "fault": fault} for fault in why.messages
                ]
        if faults:
            raise forms.ValidationError(faults)
        return found


class ReportForm(forms.Form):
    """That a task was done: when, what, with which evidence."""

    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    done_on = forms.DateField(label=_("Done on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    text = CleanTextField(
        label=_("What was done, and what shows it"),
        limit=TEXT_LENGTH,
        rows=6,
        help_text=_("Who did what, and where it can be looked up: a register, minutes, a document number."),
    )
    files = UploadsField(
        label=_("Evidence"),
        help_text=_("Up to ten files: PDF, picture (PNG, JPEG), .docx or .xlsx without macros, 10 MB each at most."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if self.errors and "files" not in self.errors:
            self.ask_for_the_files_again()
        return values

    def ask_for_the_files_again(self) -> None:
        """Say at the field that files do not come back with what was typed."""
        if self.files.get(self.add_prefix("files")):
            self.add_error("files", gettext("Files are not kept until everything else is saved: choose them again."))


class TaskSendBackForm(forms.Form):
    """Why a report is sent back."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = CleanTextField(label=_("Reason"), limit=REASON_LENGTH, rows=3)


_ALL = ("", _("all"))


class TaskFilterForm(forms.Form):
    """What is looked at on the board. All fields may be left empty; the organization is chosen by its code."""

    year = forms.TypedChoiceField(label=_("Due in"), coerce=int, empty_value=None, required=False)
    organization = forms.ModelChoiceField(
        label=_("Unit or section"),
        queryset=Organization.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )
    state = forms.ChoiceField(
        label=_("State"), choices=[_ALL, (OVERDUE, _("overdue")), *TaskState.choices], required=False
    )
    words = CleanTextField(label=_("Post or person"), limit=100, one_line=True, required=False)

    def __init__(self, *args: Any, organizations: Any, years: Any, **kwargs: Any) -> None:
        """`organizations` is the queryset of those one may choose, `years` those that have tasks."""
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = organizations
        self.fields["year"].choices = [_ALL, *((year, year) for year in years)]

    @property
    def wanted(self) -> TaskFilter:
        """What is asked for, once the form is valid."""
        values = dict(self.cleaned_data)
        organization = values.pop("organization")
        return TaskFilter(interval=organization.interval if organization else None, **values)
