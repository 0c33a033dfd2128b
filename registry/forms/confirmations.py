"""Forms with which an administrator decides on what another has entered."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Confirmation
from .fields import CleanTextField


class DeclineForm(forms.Form):
    """Why something is declined."""

    reason = CleanTextField(label=_("Reason"), limit=500, rows=3, help_text=_("Whoever entered it reads it."))


class TogetherForm(forms.Form):
    """Which of those on the page are confirmed: each is ticked by itself."""

    chosen = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={"required": _("Tick each entry you have read and confirm.")}
    )

    def __init__(self, *args: Any, offered: Iterable[Confirmation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {each.pk: each for each in offered}
        self.fields["chosen"].choices = [(pk, str(pk)) for pk in self.offered]
        self.fields["chosen"].label = _("Entries")
        self.fields["chosen"].error_messages["invalid_choice"] = _(
            "One of these is no longer open: it was decided meanwhile. The page shows what is."
        )

    def clean_chosen(self) -> list[Confirmation]:
        return [self.offered[pk] for pk in self.cleaned_data["chosen"]]
