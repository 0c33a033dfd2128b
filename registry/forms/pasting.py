"""The form for rows copied from a spreadsheet."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..rules import clean_text, problems
from .fields import CleanTextField

MOST_CHARACTERS = 200_000


class CellsField(CleanTextField):
    """Copied cells exactly as they came: a tab in front is an empty first cell."""

    def clean(self, value: str | None) -> str:
        text = clean_text(value or "").rstrip()
        if found := problems(text, limit=self.limit):
            raise ValidationError(found)
        return forms.CharField.clean(self, text)


class PasteForm(forms.Form):
    """What was copied, and how many entries the declaration had when it was looked at."""

    expected = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    cells = CellsField(
        label=_("Rows from the spreadsheet"),
        limit=MOST_CHARACTERS,
        rows=12,
        strip=False,
        help_text=_(
            "Mark the rows in Excel, copy them, click here and paste. With a row of headings any order will do."
        ),
    )
