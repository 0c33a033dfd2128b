"""Form fields that hold the text rules (rules/text.py)."""

from django import forms
from django.core.exceptions import ValidationError

from ..rules import TEXT_LENGTH, clean_text, problems


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
