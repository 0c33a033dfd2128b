"""The form of those who are urged."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from registry.forms.fields import ChosenField
from registry.models import Appointment


class UrgeForm(forms.Form):
    """Who is urged; the boxes stand in the table."""

    chosen = ChosenField(
        label=_("To be urged"),
        queryset=Appointment.objects.none(),
        error_messages={"required": _("Choose who is urged.")},
    )

    def __init__(self, *args: Any, offered: QuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen"].queryset = offered
