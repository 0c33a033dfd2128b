"""Form fields that hold the text rules (rules/text.py), and rows chosen by their ids."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from ..rules import TEXT_LENGTH, clean_text, problems

LONGEST_ID = 19  # digits: below what a 64-bit number holds


class CleanTextField(forms.CharField):
    """Text as given, with every problem named; a Textarea unless `one_line`."""

    def __init__(self, *, limit: int = TEXT_LENGTH, one_line: bool = False, rows: int = 4, **kwargs) -> None:
        self.limit, self.one_line = limit, one_line
        if not one_line:
            kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows, "data-counter": limit}))
        super().__init__(**kwargs)
        # Django's own check of null characters would hide all other problems behind one.
        self.validators = []

    def clean(self, value: str | None) -> str:
        text = clean_text(value or "").strip()
        found = problems(text, limit=self.limit, one_line=self.one_line)
        if found:
            raise ValidationError(found)
        return super().clean(text)


class ChosenField(forms.ModelMultipleChoiceField):
    """Rows chosen by id. What is no id of any database is a wrong choice, not an error of the database."""

    def clean(self, value: list[str] | None) -> QuerySet:
        for each in value or []:
            if not (each.isascii() and each.isdecimal() and len(each) < LONGEST_ID):
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": each}
                )
        return super().clean(value)
