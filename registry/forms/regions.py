"""Forms of what goes to the region: choosing what is sent, answering, filtering; and naming who decides."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Declaration, Organization, Person
from ..rules import REASON_LENGTH, Phase, RegionState
from .fields import ChosenField, CleanTextField

NAMING_LENGTH = 500
_ALL = ("", _("all"))


class SendForm(forms.Form):
    """What is ticked to be sent; the boxes stand in a table of their own."""

    chosen = ChosenField(
        label=_("To be sent"),
        queryset=Declaration.objects.none(),
        error_messages={"required": _("Choose what is to be sent.")},
    )

    def __init__(self, *args, offered, **kwargs) -> None:
        """`offered` is the queryset of those that may be named; what of them cannot be sent the verb says."""
        super().__init__(*args, **kwargs)
        self.fields["chosen"].queryset = offered


class RegionAnswerForm(forms.Form):
    """What the unit's office answers to what the region asked."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    text = CleanTextField(
        label=_("Answer to the region"),
        limit=REASON_LENGTH,
        rows=6,
        help_text=_("It stands beside the declaration as it was filed; to change what is filed needs a supplement."),
    )


class SentFilterForm(forms.Form):
    """What of that which was sent is shown. All but the year may be left empty; the unit is chosen by its code."""

    year = forms.TypedChoiceField(label=_("Year"), coerce=int)
    phase = forms.ChoiceField(label=_("Phase"), choices=[_ALL, *Phase.choices], required=False)
    unit = forms.ModelChoiceField(
        label=_("Unit"),
        queryset=Organization.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )
    state = forms.ChoiceField(label=_("At the region"), choices=[_ALL, *RegionState.choices], required=False)
    late = forms.BooleanField(label=_("Sent late only"), required=False)

    def __init__(self, *args, units, years, **kwargs) -> None:
        """`units` is the queryset of those one may choose, `years` those there may be something of."""
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units
        self.fields["year"].choices = [(year, year) for year in years]


class PersonSearchForm(forms.Form):
    """Part of a name or staff number."""

    q = CleanTextField(label=_("Name or staff number"), limit=100, one_line=True, required=False)


class NamingForm(forms.Form):
    """Whom the region names, from the people found, and why."""

    person = forms.ModelChoiceField(
        label=_("Who decides"), queryset=Person.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    reason = CleanTextField(label=_("Reason"), limit=NAMING_LENGTH, rows=3)

    def __init__(self, *args, people, **kwargs) -> None:
        """`people` is the queryset of those found, with the posts they hold as `held`."""
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people
        self.fields["person"].label_from_instance = _with_posts


def _with_posts(person: Person) -> str:
    """Return a person with their number and their posts today, so that namesakes are told apart."""
    posts = [f"{appointment.post.organization.name} {appointment.post.name}" for appointment in person.held]
    return " · ".join([person.name, person.username, *posts])
