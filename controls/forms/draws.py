"""Forms of draws and of the pool of experts."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registry.forms.fields import CleanTextField
from registry.forms.schemes import RowColumn, RowsWidget
from registry.models import Organization, Person
from registry.rules import (
    NAME_LENGTH,
    NOTE_LENGTH,
    REASON_LENGTH,
    Category,
    Grade,
    OrganizationKind,
    clean_text,
    problems,
)

from ..actions.draws import Wanted
from ..rules import MOST_WANTED, DrawKind, Member
from .inspections import day_field

_ALL = ("", _("all"))
MOST_EXCLUSIONS = 50
MOST_SPECIALITIES = 10


class WantedForm(forms.Form):
    """What is drawn from; asked first, in the address of the page."""

    organization = forms.ModelChoiceField(
        label=_("Drawn from all of"), queryset=Organization.objects.none(), to_field_name="code", empty_label=None
    )
    kind = forms.ChoiceField(label=_("What is drawn"), choices=DrawKind.choices)
    grade = forms.TypedChoiceField(
        label=_("With risk points of grade"),
        choices=[_ALL, *Grade.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    category = forms.ChoiceField(
        label=_("With risk points of category"), choices=[_ALL, *Category.choices], required=False
    )
    speciality = CleanTextField(
        label=_("Speciality of experts"), limit=NAME_LENGTH, one_line=True, required=False,
        help_text=_("As it is written in the pool, such as structure or cost."),
    )  # fmt: skip

    def __init__(self, *args: Any, places: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = places

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        place = values.get("organization")
        if values.get("kind") == DrawKind.EXPERTS and place is not None and place.kind != OrganizationKind.REGION:
            self.add_error("organization", gettext("Experts are drawn from the pool of a region."))
        return values

    @property
    def wanted(self) -> Wanted:
        """What is asked for, once the form is valid; what is asked of points is not asked of experts, and the reverse."""
        values = dict(self.cleaned_data)
        if values["kind"] == DrawKind.EXPERTS:
            values |= {"grade": None, "category": ""}
        else:
            values["speciality"] = ""
        return Wanted(**values)


class ExclusionsField(forms.Field):
    """Who is not drawn from, by the number on the list that is shown, and why."""

    def __init__(self, members: Sequence[Member], **kwargs: Any) -> None:
        self.members = members
        columns = (RowColumn("number", _("Number on the list"), "number"), RowColumn("reason", _("Why"), "text"))
        super().__init__(widget=RowsWidget(columns, MOST_EXCLUSIONS), required=False, **kwargs)

    def clean(self, value: list[Mapping[str, str]]) -> list[tuple[str, str]]:
        found, faults = [], []
        for row in value:
            number, reason = row["number"].strip(), clean_text(row["reason"]).strip()
            if not (
                number.isascii() and number.isdecimal() and len(number) < 6 and 0 < int(number) <= len(self.members)
            ):
                faults.append(gettext("“%s” is no number on the list.") % number)
                continue
            if not reason:
                faults.append(gettext("Say why number %s is excluded.") % number)
            faults += problems(reason, limit=NOTE_LENGTH, one_line=True)
            found.append((self.members[int(number) - 1].key, reason))
        if len({key for key, _reason in found}) != len(found):
            faults.append(gettext("A number stands there twice."))
        if faults:
            raise ValidationError(faults)
        return found


class CommitForm(forms.Form):
    """How many, for what, and who is excluded."""

    count = forms.IntegerField(label=_("How many are drawn"), min_value=1, max_value=MOST_WANTED)
    purpose = CleanTextField(label=_("What the draw is for"), limit=REASON_LENGTH, rows=2)

    def __init__(self, *args: Any, members: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["exclusions"] = ExclusionsField(
            members,
            label=_("Excluded"),
            help_text=_("Such as for a conflict of interest. After the commitment nobody can be excluded any more."),
        )


class VersionForm(forms.Form):
    """The version that was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class DrawnInspectionsForm(forms.Form):
    """Who checks what was drawn, by when."""

    inspector = forms.ModelChoiceField(
        label=_("Who checks"), queryset=Person.objects.none(), to_field_name="username", empty_label=_("Please choose")
    )
    due_on = day_field(_("To be checked by"))
    purpose = CleanTextField(label=_("What it is for"), limit=REASON_LENGTH, rows=3)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["inspector"].queryset = people


class ExpertForm(forms.Form):
    """What is known of an expert."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    region = forms.ModelChoiceField(
        label=_("Region"), queryset=Organization.objects.none(), to_field_name="code", empty_label=None
    )
    name = CleanTextField(label=_("Name"), limit=NAME_LENGTH, one_line=True)
    employer = CleanTextField(label=_("Employer"), limit=NAME_LENGTH, one_line=True)
    specialities = CleanTextField(
        label=_("Specialities"), limit=500, rows=4, help_text=_("One on each line, such as structure or cost.")
    )
    starts_on = day_field(_("In the pool from"))

    def __init__(self, *args: Any, regions: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = regions
        if not is_new:
            del self.fields["region"], self.fields["starts_on"]

    def clean_specialities(self) -> list[str]:
        found = list(dict.fromkeys(" ".join(line.split()) for line in self.cleaned_data["specialities"].split("\n")))
        found = [each for each in found if each]
        if len(found) > MOST_SPECIALITIES:
            raise ValidationError(gettext("At most %s specialities.") % MOST_SPECIALITIES)
        return found


class ExpertEndForm(VersionForm):
    """The last day of an expert in the pool."""

    ends_on = day_field(_("Last day in the pool"))

    def clean_ends_on(self) -> dt.date:
        day = self.cleaned_data["ends_on"]
        if day.year > timezone.localdate().year + 50:
            raise ValidationError(gettext("That is no year to plan for."))
        return day
