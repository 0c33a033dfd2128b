"""What a reader of the audit chain looks for."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Organization, Person
from ..querysets.people import named
from ..rules.acts import acts_about, kinds_of_acts
from .fields import CleanTextField

_DAY = {"type": "date"}


class AuditFilterForm(forms.Form):
    """All fields may be left empty. A person is found as the one who acted, never as the one it was about."""

    person = CleanTextField(label=_("Who acted"), limit=100, one_line=True, required=False)
    organization = forms.ModelChoiceField(
        label=_("Organization and what is below it"),
        queryset=Organization.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )
    kind = forms.ChoiceField(label=_("Kind of act"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))

    def __init__(self, *args, organizations, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = organizations
        self.fields["kind"].choices = [("", _("all")), *kinds_of_acts()]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day lies before the first."))
        for name in ("since", "until"):
            day: dt.date | None = values.get(name)
            if day is not None and not 1900 <= day.year <= 9000:
                self.add_error(name, _("No entry is of that year."))
        return values

    @property
    def wanted(self) -> dict[str, Any]:
        """What is asked for, once the form is valid, as AuditQuerySet.wanted takes it."""
        values = self.cleaned_data
        words, place, kind = values["person"], values["organization"], values["kind"]
        return {
            "actors": Person.objects.filter(named(words, "name", "username")) if words else None,
            "place": place.interval if place else None,
            "acts": acts_about(kind) if kind else None,
            "since": values["since"],
            "until": values["until"],
        }
