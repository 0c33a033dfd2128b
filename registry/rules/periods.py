"""The calendar of a year as far as declarations need it (part III §4): stage dates by default, lateness."""

import datetime as dt
from dataclasses import dataclass

from .vocabulary import Phase

# Month and day of: opens, due at the region, closes. Identification 11 March – 20 April (region by 10 April);
# measures from 21 April to 31 August (region by 10 May).
DEFAULT_DATES: dict[str, tuple[tuple[int, int], tuple[int, int], tuple[int, int]]] = {
    Phase.POINTS: ((3, 11), (4, 10), (4, 20)),
    Phase.MEASURES: ((4, 21), (5, 10), (8, 31)),
}


@dataclass(frozen=True)
class Dates:
    opens: dt.date
    due_to_region: dt.date
    closes: dt.date

    def days_left(self, today: dt.date) -> int:
        """Return the days until the stage closes, today not counted; negative when it is over."""
        return (self.closes - today).days


def default_dates(year: int, phase: str) -> Dates:
    """Return the founding document's own dates for `year`."""
    return Dates(*(dt.date(year, month, day) for month, day in DEFAULT_DATES[phase]))
