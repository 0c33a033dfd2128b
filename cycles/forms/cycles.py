"""Forms of the year: setting it going, its dates, closing stages, trainings, the notice of the work."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.forms.fields import CleanTextField
from registry.forms.meetings import UploadField
from registry.models import Organization

from ..models import Stage
from ..rules import StageDates, StageKind
from ..rules.stages import PHASES

REASON_LENGTH = 500


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class OpenCycleForm(forms.Form):
    region = forms.ModelChoiceField(label=_("Region"), queryset=Organization.objects.none(), empty_label=None)
    year = forms.TypedChoiceField(label=_("Year"), coerce=int)

    def __init__(self, *args: Any, regions: Sequence[Organization], years: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = Organization.objects.filter(pk__in=[region.pk for region in regions])
        self.fields["year"].choices = [(year, year) for year in years]


class DatesForm(forms.Form):
    """First and last day of every stage, and by when it is reported to the region; the versions seen go along hidden."""

    reason = CleanTextField(
        label=_("Reason"), limit=REASON_LENGTH, rows=2, required=False, help_text=_("Needed where the stage has begun.")
    )

    def __init__(self, *args: Any, stages: Sequence[Stage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stages = {StageKind(stage.kind): stage for stage in stages}
        for kind, stage in self.stages.items():
            for name, label in (
                ("opens", _("First day")),
                ("closes", _("Last day")),
                ("due_to_region", _("To the region by")),
            ):
                if name == "due_to_region" and kind not in PHASES:
                    continue
                self.fields[f"{kind}-{name}"] = _day(label)
                self.initial[f"{kind}-{name}"] = getattr(stage, name)
            self.fields[f"{kind}-version"] = forms.IntegerField(widget=forms.HiddenInput)
            self.initial[f"{kind}-version"] = stage.version
        self.order_fields([name for name in self.fields if name != "reason"] + ["reason"])

    @property
    def rows(self) -> list[tuple[Stage, list[forms.BoundField]]]:
        """The fields of each stage, for the page."""
        return [
            (stage, [self[name] for name in self.fields if name.startswith(f"{kind}-")])
            for kind, stage in self.stages.items()
        ]

    @property
    def dates(self) -> dict[StageKind, StageDates]:
        values = self.cleaned_data
        return {
            kind: StageDates(values[f"{kind}-opens"], values[f"{kind}-closes"], values.get(f"{kind}-due_to_region"))
            for kind in self.stages
        }

    @property
    def versions(self) -> dict[StageKind, int]:
        return {kind: self.cleaned_data[f"{kind}-version"] for kind in self.stages}


class SeenForm(forms.Form):
    """What was before the person's eyes: the version of the stage, and what was open."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.JSONField(widget=forms.HiddenInput, required=False)


class CloseForm(SeenForm):
    reason = CleanTextField(label=_("Why it is closed although something is open"), limit=REASON_LENGTH, rows=3)


class DeclineForm(forms.Form):
    reason = CleanTextField(label=_("Why you do not agree"), limit=REASON_LENGTH, rows=3)


class TrainingForm(forms.Form):
    """A training that was held."""

    organization = forms.ModelChoiceField(label=_("Held by"), queryset=Organization.objects.none(), empty_label=None)
    held_on = _day(_("Held on"))
    topic = CleanTextField(label=_("Topic"), limit=200, one_line=True)
    people = forms.IntegerField(label=_("How many took part"), min_value=1, max_value=1_000_000)
    text = CleanTextField(label=_("Course of the training"), required=False, rows=4)
    attachment = UploadField(
        label=_("Attachment"), help_text=_("PDF, picture (PNG, JPEG), .docx or .xlsx without macros, 10 MB at most.")
    )

    def __init__(self, *args: Any, organizations: Sequence[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pks = [organization.pk for organization in organizations]
        self.fields["organization"].queryset = Organization.objects.filter(pk__in=pks).order_by("tree_from")


class StrikeForm(forms.Form):
    reason = CleanTextField(label=_("Why it is struck out"), limit=REASON_LENGTH, rows=3)


class NoticeForm(forms.Form):
    """The notice of the work as it is being written."""

    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    title = CleanTextField(label=_("Title"), limit=200, one_line=True)
    text = CleanTextField(label=_("Text"), rows=18, limit=20_000)
