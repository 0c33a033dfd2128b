"""Forms of stand-ins and of the opt-outs of small offices."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..models import Organization, Person
from ..rules import NOTE_LENGTH, Relaxation
from .fields import CleanTextField
from .organization import DayField


class VersionForm(forms.Form):
    """The version of the row that was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(VersionForm):
    """The same, and why."""

    reason = CleanTextField(label=_("Reason"), limit=NOTE_LENGTH, one_line=True)


class DaysForm(forms.Form):
    """From which day until which, and why."""

    starts_on = DayField(label=_("From"))
    ends_on = DayField(label=_("Until"), help_text=_("The last day; it ends by itself."))
    reason = CleanTextField(label=_("Reason"), limit=NOTE_LENGTH, one_line=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].initial = timezone.localdate


class _PersonField(forms.ModelChoiceField):
    def label_from_instance(self, person: Person) -> str:
        return f"{person.name} ({person.username})"


class StandInForm(DaysForm):
    """Who stands in, from which day until which, and why."""

    person = _PersonField(label=_("Who stands in"), queryset=Person.objects.none())

    field_order = ("person", "starts_on", "ends_on", "reason")

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people


class _UnitField(forms.ModelChoiceField):
    def label_from_instance(self, unit: Organization) -> str:
        return f"{unit.name} ({unit.code})"


class OptOutForm(DaysForm):
    """For which unit what is relaxed, from which day until which, and why."""

    unit = _UnitField(label=_("Unit"), queryset=Organization.objects.none())
    relaxation = forms.ChoiceField(label=_("What is relaxed"), choices=Relaxation.choices, widget=forms.RadioSelect)

    field_order = ("unit", "relaxation", "starts_on", "ends_on", "reason")

    def __init__(self, *args: Any, units: QuerySet[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units
        self.fields["relaxation"].initial = Relaxation.TWO_STEPS
