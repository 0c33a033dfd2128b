"""What a reader of the ledger may ask for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Organization
from ..querysets.ledger import LedgerFilter
from ..rules import LEDGER_STATES, Category, Grade, Level, Scheme
from ..rules.workbooks import Beside
from .fields import CleanTextField

_ALL = ("", _("all"))


class LedgerFilterForm(forms.Form):
    """All fields may be left empty. The organization is chosen by its code."""

    day = forms.DateField(
        label=_("As of"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    year = forms.TypedChoiceField(label=_("Year"), coerce=int, empty_value=None, required=False)
    organization = forms.ModelChoiceField(
        label=_("Unit or section"),
        queryset=Organization.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )
    level = forms.ChoiceField(label=_("Level"), choices=[_ALL, *Level.choices], required=False)
    category = forms.ChoiceField(label=_("Risk category"), choices=[_ALL, *Category.choices], required=False)
    grade = forms.TypedChoiceField(label=_("Grade"), coerce=int, empty_value=None, required=False)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("those that stand")), *((state.value, state.label) for state in LEDGER_STATES)],
        required=False,
    )
    words = CleanTextField(label=_("Words"), limit=100, one_line=True, required=False)
    without_measure = forms.BooleanField(label=_("Without a measure"), required=False)
    beside = forms.MultipleChoiceField(
        label=_("Columns besides"), choices=Beside.choices, widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args, organizations, years, rule: Scheme, **kwargs) -> None:
        """`organizations` is the queryset of those one may choose, `years` those that have points; `rule` gives the words."""
        super().__init__(*args, **kwargs)
        self.rule = rule
        self.fields["grade"].choices = [_ALL, *((grade.value, rule.word(grade)) for grade in Grade)]
        self.fields["organization"].queryset = organizations
        self.fields["year"].choices = [_ALL, *((year, year) for year in years)]

    @property
    def wanted(self) -> LedgerFilter:
        """What is asked for, once the form is valid."""
        values = dict(self.cleaned_data)
        organization = values.pop("organization")
        del values["beside"]  # which columns there are, not which rows
        return LedgerFilter(interval=organization.interval if organization else None, **values)
