"""Forms of inspections: the filter of the board, a plan, a special inspection, the sheet to fill in."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registry.forms.fields import CleanTextField
from registry.models import Organization, Person, Post
from registry.rules import REASON_LENGTH, TEXT_LENGTH, Grade, Scheme

from ..actions.inspections import Said
from ..models import Inspection, InspectionLine
from ..querysets.inspections import InspectionFilter
from ..rules import NOTE_LENGTH, WITH_NOTE, Answer, InspectionState

_ALL = ("", _("all"))
_LARGEST_YEAR = 9000


def day_field(label: str, **kwargs: Any) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class InspectionFilterForm(forms.Form):
    """All fields may be left empty. The organization is chosen by its code."""

    year = forms.TypedChoiceField(label=_("Year"), coerce=int, empty_value=None, required=False)
    organization = forms.ModelChoiceField(
        label=_("Unit or section"),
        queryset=Organization.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )
    grade = forms.TypedChoiceField(label=_("Grade"), coerce=int, empty_value=None, required=False)
    state = forms.ChoiceField(label=_("State"), choices=[_ALL, *InspectionState.choices], required=False)
    late = forms.BooleanField(label=_("Late only"), required=False)
    special = forms.BooleanField(label=_("Special inspections only"), required=False)

    def __init__(self, *args: Any, organizations: Any, rule: Scheme, **kwargs: Any) -> None:
        """`organizations` is the queryset of those one may choose; `rule` gives the words for grades."""
        super().__init__(*args, **kwargs)
        self.rule = rule
        year = timezone.localdate().year
        self.fields["organization"].queryset = organizations
        self.fields["year"].choices = [_ALL, *((each, each) for each in range(year + 1, year - 5, -1))]
        self.fields["grade"].choices = [_ALL, *((grade.value, rule.word(grade)) for grade in Grade)]

    @property
    def wanted(self) -> InspectionFilter:
        """What is asked for, once the form is valid."""
        values = dict(self.cleaned_data)
        organization = values.pop("organization")
        return InspectionFilter(interval=organization.interval if organization else None, **values)


class PlanForm(forms.Form):
    """Of which unit, for which year or quarter."""

    unit = forms.ModelChoiceField(
        label=_("Unit"), queryset=Organization.objects.none(), to_field_name="code", empty_label=None
    )
    year = forms.TypedChoiceField(label=_("Year"), coerce=int)
    quarter = forms.TypedChoiceField(
        label=_("Quarter"),
        choices=[("", _("the whole year")), *((number, str(number)) for number in range(1, 5))],
        coerce=int,
        empty_value=None,
        required=False,
    )

    def __init__(self, *args: Any, units: Any, years: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units
        self.fields["year"].choices = [(year, str(year)) for year in years]


class ReasonForm(forms.Form):
    """Why something is dropped or closed."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = CleanTextField(label=_("Reason"), limit=REASON_LENGTH, rows=3)


class NameForm(ReasonForm):
    """Who checks instead, and why."""

    inspector = forms.ModelChoiceField(
        label=_("Who checks"), queryset=Person.objects.none(), to_field_name="username", empty_label=_("Please choose")
    )
    field_order = ("version", "inspector", "reason")

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["inspector"].queryset = people


class SpecialForm(forms.Form):
    """A special inspection of the place chosen before: of all of it or of one post."""

    post = forms.ModelChoiceField(
        label=_("Post"), queryset=Post.objects.none(), required=False, empty_label=_("all that stands there")
    )
    inspector = forms.ModelChoiceField(
        label=_("Who checks"), queryset=Person.objects.none(), to_field_name="username", empty_label=_("Please choose")
    )
    due_on = day_field(_("To be checked by"))
    purpose = CleanTextField(label=_("What it is for"), limit=REASON_LENGTH, rows=3)

    def __init__(self, *args: Any, posts: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post"].queryset = posts
        self.fields["inspector"].queryset = people
        if posts is None:
            del self.fields["post"]

    def clean_due_on(self) -> dt.date:
        day = self.cleaned_data["due_on"]
        if day < timezone.localdate():
            raise forms.ValidationError(gettext("The day lies in the past."))
        if day.year > _LARGEST_YEAR:
            raise forms.ValidationError(gettext("That is no year to plan for."))
        return day


@dataclass(frozen=True)
class SheetLine:
    """A line of the sheet on the page: what stands on it, and its fields."""

    line: InspectionLine
    version: forms.BoundField
    answer: forms.BoundField
    note: forms.BoundField
    is_first: bool  # of its risk point


class SheetForm(forms.Form):
    """The lines of a page of a sheet, and the opinion. Nothing has to be filled in yet; signing asks for all of it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    opinion = CleanTextField(
        label=_("Your opinion"),
        limit=TEXT_LENGTH,
        rows=4,
        required=False,
        help_text=_("What you found on the whole, and what is to be done. Whoever signs answers for it."),
    )

    def __init__(self, *args: Any, inspection: Inspection, lines: Sequence[InspectionLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lines = lines
        self.fields["version"].initial = inspection.version
        self.fields["opinion"].initial = inspection.opinion
        for line in lines:
            about = {"number": line.ordinal}
            self.fields[f"version-{line.pk}"] = forms.IntegerField(
                widget=forms.HiddenInput, initial=line.version, label=str(line.ordinal), required=False
            )
            self.fields[f"answer-{line.pk}"] = forms.ChoiceField(
                label=gettext("Line %(number)s: carried out?") % about,
                choices=Answer.choices,
                required=False,
                initial=line.answer,
                widget=forms.RadioSelect,
            )
            self.fields[f"note-{line.pk}"] = CleanTextField(
                label=gettext("Line %(number)s: what was found") % about,
                limit=NOTE_LENGTH,
                rows=2,
                required=False,
                initial=line.note,
            )

    @property
    def lines(self) -> list[SheetLine]:
        """The lines in order, each with its fields."""
        before = [None, *(line.point_version_id for line in self._lines)]
        return [
            SheetLine(
                line=line,
                version=self[f"version-{line.pk}"],
                answer=self[f"answer-{line.pk}"],
                note=self[f"note-{line.pk}"],
                is_first=line.point_version_id != previous,
            )
            for line, previous in zip(self._lines, before, strict=False)
        ]

    @property
    def said(self) -> list[Said]:
        """What was typed into each line that was on the page."""
        values = self.cleaned_data
        return [
            Said(
                line.pk,
                values[f"version-{line.pk}"] or 0,
                values[f"answer-{line.pk}"],
                values[f"note-{line.pk}"],
            )
            for line in self._lines
            if f"version-{line.pk}" in self.data
        ]

    def see_again(self, inspection: Inspection) -> None:
        """Let the page stand for the sheet as it is stored now; what was typed stays."""
        self.data = self.data.copy()
        self.data["version"] = str(inspection.version)
        for line in self._lines:
            self.data[f"version-{line.pk}"] = str(line.version)

    @property
    def without_note(self) -> list[int]:
        """The numbers of the lines that say something was wrong, and not yet what."""
        return [
            line.ordinal
            for line in self._lines
            if self[f"answer-{line.pk}"].value() in WITH_NOTE and not (self[f"note-{line.pk}"].value() or "").strip()
        ]
