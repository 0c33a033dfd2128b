"""Forms of records of meetings and of the meetings in which a team decides."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import Approval, Organization, Person
from ..rules import REASON_LENGTH, TEXT_LENGTH, Upload, Verb, Verdict
from ..rules.uploads import ENDINGS, MOST_BYTES, too_large, upload_of
from .fields import ChosenField, CleanTextField


class UploadField(forms.FileField):
    """A file that may be kept (rules/uploads.py), every problem named. The cleaned value is an Upload, or None."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.FileInput(attrs={"accept": ",".join(ENDINGS)}))
        super().__init__(required=False, **kwargs)

    def to_python(self, data: UploadedFile | None) -> Upload | None:
        if data is None:
            return None
        if data.size > MOST_BYTES:
            raise ValidationError(too_large())
        upload, found = upload_of(data.name, data.read())
        if found:
            raise ValidationError(found)
        return upload

    def clean(self, data: UploadedFile | None, initial: object = None) -> Upload | None:
        return self.to_python(data)


class RecordForm(forms.Form):
    """When a meeting was, who chaired it, who was present, what was said. What is missing may be added later."""

    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    held_on = forms.DateField(
        label=_("Held on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    chair = forms.ModelChoiceField(
        label=_("Chair"), queryset=Person.objects.none(), required=False, empty_label=_("Please choose")
    )
    present = ChosenField(
        label=_("Present"), queryset=Person.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    minutes = CleanTextField(label=_("Minutes"), limit=TEXT_LENGTH, rows=8, required=False)
    attachment = UploadField(
        label=_("Attachment"),
        help_text=_("PDF, picture (PNG, JPEG), .docx or .xlsx without macros, 10 MB at most."),
    )
    without_attachment = forms.BooleanField(label=_("Remove the attached file"), required=False)

    def __init__(self, *args: Any, roll: Any, attached: str = "", **kwargs: Any) -> None:
        """`roll` is the queryset of those who can have been present, `attached` the name of the file that is there."""
        super().__init__(*args, **kwargs)
        self.attached = attached
        self.fields["chair"].queryset = self.fields["present"].queryset = roll
        if not attached:
            del self.fields["without_attachment"]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if self.errors and "attachment" not in self.errors and values.get("attachment"):
            self.ask_for_the_file_again()
        return values

    def ask_for_the_file_again(self) -> None:
        """Say at the field that a file does not come back with what was typed."""
        if self.files.get(self.add_prefix("attachment")):
            self.add_error(
                "attachment", gettext("The file is not kept until everything else is saved: choose it again.")
            )

    @property
    def record(self) -> dict[str, Any]:
        """What was entered, as the verbs take it."""
        names = ("held_on", "chair", "minutes", "attachment")
        return {
            **{name: self.cleaned_data[name] for name in names},
            "present": list(self.cleaned_data["present"]),
            "without_attachment": self.cleaned_data.get("without_attachment", False),
        }


NOT_DEALT_WITH = ""


@dataclass(frozen=True)
class Line:
    """A declaration that the meeting may deal with: what stands of it on the page, and its fields."""

    approval: Approval
    concerned: Sequence[Person]
    is_changed: bool
    url: str
    version: forms.BoundField
    verdict: forms.BoundField
    reason: forms.BoundField
    withdrawn: forms.BoundField | None


class MeetingForm(RecordForm):
    """A meeting in which the team decides: its record, and what it said about each declaration."""

    def __init__(
        self,
        *args: Any,
        approvals: Sequence[Approval],
        concerned: Mapping[int, Collection[int]],
        changed: Collection[int] = (),
        urls: Mapping[int, str] | None = None,
        **kwargs: Any,
    ) -> None:
        """`approvals` stand before the team; by their ids: `concerned` whom each concerns, `changed` what came anew, `urls`."""
        super().__init__(*args, **kwargs)
        self.approvals, self.concerned, self.changed, self.urls = approvals, concerned, changed, urls or {}
        self.people = {person.pk: person for person in self.fields["present"].queryset}
        for approval in approvals:
            about = {"title": approval.title}
            # What has come before the team since the page was shown is not on it, and is not dealt with.
            self.fields[f"version-{approval.pk}"] = forms.IntegerField(
                widget=forms.HiddenInput, initial=approval.version, label=approval.title, required=False
            )
            self.fields[f"verdict-{approval.pk}"] = forms.ChoiceField(
                label=gettext("Decision on “%(title)s”") % about,
                choices=[
                    (Verdict.APPROVE.value, _("agreed")),
                    (Verdict.RETURN.value, Verb.RETURN.label),
                    (NOT_DEALT_WITH, _("not dealt with")),
                ],
                required=False,
                initial=NOT_DEALT_WITH,
                widget=forms.RadioSelect,
            )
            self.fields[f"reason-{approval.pk}"] = CleanTextField(
                label=gettext("Opinion on “%(title)s”") % about, limit=REASON_LENGTH, rows=2, required=False
            )
            others = [person for pk, person in self.people.items() if pk not in concerned[approval.pk]]
            if others:
                self.fields[f"withdrawn-{approval.pk}"] = forms.TypedMultipleChoiceField(
                    label=gettext("Withdrawn from “%(title)s”") % about,
                    choices=[(person.pk, person.name) for person in others],
                    coerce=int,
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                )

    def clean(self) -> dict[str, Any]:
        for approval in self.approvals:
            verdict = self.cleaned_data.get(f"verdict-{approval.pk}")
            reason = f"reason-{approval.pk}"
            if verdict == Verdict.RETURN and not self.cleaned_data.get(reason) and reason not in self.errors:
                self.add_error(reason, gettext("Say why it is returned."))
        return super().clean()

    def agree_to_the_rest(self) -> None:
        """Show everything that was not dealt with as agreed to; nothing is stored by it."""
        self.data = self.data.copy()
        for approval in self.approvals:
            if not self.data.get(f"verdict-{approval.pk}"):
                self.data[f"verdict-{approval.pk}"] = Verdict.APPROVE.value

    def see_again(self, approvals: Iterable[Approval]) -> None:
        """Let the page stand for these approvals as they are now, after somebody has acted on one of them."""
        self.data = self.data.copy()
        for approval in approvals:
            self.data[f"version-{approval.pk}"] = str(approval.version)

    @property
    def lines(self) -> list[Line]:
        """The declarations in order, each with its fields."""
        return [
            Line(
                approval=approval,
                concerned=[self.people[pk] for pk in self.people if pk in self.concerned[approval.pk]],
                is_changed=approval.pk in self.changed,
                url=self.urls.get(approval.pk, ""),
                version=self[f"version-{approval.pk}"],
                verdict=self[f"verdict-{approval.pk}"],
                reason=self[f"reason-{approval.pk}"],
                withdrawn=self[f"withdrawn-{approval.pk}"] if f"withdrawn-{approval.pk}" in self.fields else None,
            )
            for approval in self.approvals
        ]

    @property
    def dealt_with(self) -> list[dict[str, Any]]:
        """What was said about each declaration that was dealt with: approval, version, verdict, reason, withdrawn."""
        said = self.cleaned_data
        return [
            {
                "approval": approval,
                "version": said[f"version-{approval.pk}"] or 0,
                "verdict": said[f"verdict-{approval.pk}"],
                "reason": said[f"reason-{approval.pk}"],
                "withdrawn": [self.people[pk] for pk in said.get(f"withdrawn-{approval.pk}", ())],
            }
            for approval in self.approvals
            if said[f"verdict-{approval.pk}"]
        ]


class NewMeetingForm(forms.Form):
    """For the team of which unit a meeting is entered."""

    organization = forms.ModelChoiceField(
        label=_("Unit"), queryset=Organization.objects.none(), to_field_name="code", empty_label=None
    )

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = units


class SendBackForm(forms.Form):
    """Why a meeting is sent back."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = CleanTextField(label=_("Reason"), limit=REASON_LENGTH, rows=3)
