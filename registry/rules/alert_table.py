"""The table from which alerts follow (practice): from where on each colour is given, and how long there is to answer.

The document speaks of early warning without naming thresholds (part III §2(3)2); the four colours are those in use. The
controls give alerts by it (controls/rules/alerts.py); it stands here because the scheme holds it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.db.models import IntegerChoices
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

MOST_THRESHOLD = 366
MOST_DAYS_TO_ANSWER = 60


class AlertColour(IntegerChoices):
    """How pressing an alert is; a higher number is a darker colour."""

    BLUE = 1, pgettext_lazy("colour of an alert", "blue")
    YELLOW = 2, pgettext_lazy("colour of an alert", "yellow")
    ORANGE = 3, pgettext_lazy("colour of an alert", "orange")
    RED = 4, pgettext_lazy("colour of an alert", "red")


@dataclass(frozen=True)
class AlertTable:
    """Numbers for the colours from blue to red.

    `point`, `post` and `organization` are how many signals judged as risk within twelve months; `signal`, `finding` and `task`
    how many days overdue. A colour begins with its number; 0 means that this row never gives it. `grades` are the colours a
    signal judged as risk gives by the grade of its point (I, II, III), 0 none; `answer` the days there are to answer.
    """

    point: tuple[int, ...] = (1, 2, 3, 4)
    post: tuple[int, ...] = (1, 2, 4, 6)
    organization: tuple[int, ...] = (1, 3, 6, 10)
    signal: tuple[int, ...] = (7, 15, 30, 60)
    finding: tuple[int, ...] = (1, 10, 20, 30)
    task: tuple[int, ...] = (7, 15, 30, 60)
    grades: tuple[int, ...] = (AlertColour.ORANGE.value, AlertColour.YELLOW.value, AlertColour.BLUE.value)
    answer: tuple[int, ...] = (15, 10, 5, 3)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Sequence[int]]) -> "AlertTable":
        """Return the table stored as JSON; a row it does not have is the standard one."""
        return cls(**{row.name: tuple(settings.get(row.name, row.default)) for row in fields(cls)})

    def to_settings(self) -> dict[str, Any]:
        """Return every row as it is stored."""
        return {row.name: [int(value) for value in getattr(self, row.name)] for row in fields(self)}

    def colour(self, row: str, number: int) -> AlertColour | None:
        """Return the darkest colour that `number` reaches in a row of thresholds, or None."""
        reached = [colour for colour, least in zip(AlertColour, getattr(self, row), strict=True) if 0 < least <= number]
        return max(reached, default=None)

    def colour_of_grade(self, grade: int | None) -> AlertColour | None:
        """Return the colour a signal judged as risk gives by the grade of its point, or None."""
        number = self.grades[grade - 1] if grade else 0
        return AlertColour(number) if number else None

    def days_to_answer(self, colour: int) -> int:
        """Return how many days there are to answer an alert of this colour."""
        return self.answer[colour - 1]

    def faults(self) -> list[str]:
        """Return a sentence for everything that is wrong with the table."""
        found = []
        for row in THRESHOLD_ROWS:
            given = [least for least in getattr(self, row) if least]
            if any(not 0 <= least <= MOST_THRESHOLD for least in getattr(self, row)):
                found.append(_("A threshold of alerts is a number from 0 to %s.") % MOST_THRESHOLD)
            if any(lighter >= darker for lighter, darker in zip(given, given[1:], strict=False)):
                found.append(_("The thresholds of alerts rise from blue to red."))
        if any(higher < lower for higher, lower in zip(self.grades, self.grades[1:], strict=False)):
            found.append(_("A higher grade never gives a lighter colour of alert."))
        if any(not 1 <= days <= MOST_DAYS_TO_ANSWER for days in self.answer):
            found.append(_("There are from 1 to %s days to answer an alert.") % MOST_DAYS_TO_ANSWER)
        if any(lighter < darker for lighter, darker in zip(self.answer, self.answer[1:], strict=False)):
            found.append(_("A darker alert is never to be answered later than a lighter one."))
        return list(dict.fromkeys(found))


# In the order in which they are edited and told.
REPEATS = ("point", "post", "organization")
OVERDUES = ("signal", "finding", "task")
THRESHOLD_ROWS = (*REPEATS, *OVERDUES)
