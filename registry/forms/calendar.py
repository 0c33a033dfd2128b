"""Forms of the calendar of working days."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..rules import DayEntry, DayWord, read_days
from ..rules.calendar import NOTE_OF_A_DAY
from .fields import CleanTextField
from .organization import DayField

MOST_TEXT = 20_000
YEARS = range(2000, 2100)


class YearForm(forms.Form):
    """Which year of the calendar is looked at."""

    year = forms.IntegerField(min_value=YEARS[0], max_value=YEARS[-1], required=False)


class CalendarForm(forms.Form):
    """Days of one's own: a stretch, or many of them pasted, and why. `entries` are the days that were read."""

    first = DayField(label=_("First day"), required=False)
    last = DayField(label=_("Last day"), required=False, help_text=_("Empty: the one day."))
    word = forms.ChoiceField(label=_("These days are"), choices=DayWord.choices, initial=DayWord.OFF, required=False)
    note = CleanTextField(label=_("Occasion"), limit=NOTE_OF_A_DAY, one_line=True, required=False)
    text = CleanTextField(
        label=_("Or paste many days"),
        limit=MOST_TEXT,
        rows=8,
        required=False,
        help_text=_(
            "The announcement of the State Council as it is, or one line a day or stretch, such as “2027-10-01 to 2027-10-07,off,"
            "National Day” and “2027-10-09,work”; “announced” takes an entry of your own away."
        ),
    )
    year = forms.IntegerField(
        label=_("Year of dates without one"), min_value=YEARS[0], max_value=YEARS[-1], widget=forms.NumberInput
    )
    reason = CleanTextField(
        label=_("Reason"),
        limit=200,
        one_line=True,
        help_text=_(
            "It stands on the sheets of notices that get longer, for example the document that announced the days."
        ),
    )

    entries: list[DayEntry]
    left_out: list[str]

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self.entries, self.left_out = [], []
        if self.errors:
            return said
        first, last = said["first"], said["last"]
        if last is not None and (first is None or last < first):
            self.add_error("last", _("The last day comes after a first day."))
            return said
        lines = said["text"].splitlines()
        if first is not None:
            lines.append(f"{first} to {last or first} {said['word'] or DayWord.OFF},{said['note']}".rstrip(","))
        read = read_days("\n".join(lines), said["year"])
        self.entries, self.left_out = read.entries, read.left_out
        for problem in read.problems:
            self.add_error("text", problem)
        if not read.entries and not read.problems:
            self.add_error("text", _("No day was found. Give a first day, or lines such as 2027-10-01,off."))
        return said

    @property
    def plain_text(self) -> str:
        """The days that were read, one line each, as this form reads them again."""
        return "\n".join(f"{each.day},{each.word.value},{each.note}".rstrip(",") for each in self.entries)


def initial_of(today: dt.date) -> dict[str, Any]:
    """Return what an empty form begins with: towards the end of a year the next one is announced."""
    return {"year": today.year + (today.month >= 10)}
