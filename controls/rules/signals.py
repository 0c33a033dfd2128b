"""Monitoring signals: when one can have come in, and what it is numbered (part III §2(3)2: 中期监控; the numbers: practice)."""

import datetime as dt

from django.utils.translation import gettext as _

from registry.rules import Refused

# A source is a name, an address, a number to call back: no second text.
SOURCE_LENGTH = 500
# Taken in from one workbook.
MOST_SIGNALS = 500
NUMBER_WIDTH = 4
# Within which signals about the same thing count as repeated.
TWELVE_MONTHS = dt.timedelta(days=365)
EARLIEST = dt.date(2000, 1, 1)


def check_received(received_on: dt.date, today: dt.date) -> None:
    """Refuse a day that is still to come, or one before there were signals to keep."""
    if received_on > today:
        raise Refused(_("A signal cannot have come in on a day that is still to come."))
    if received_on < EARLIEST:
        raise Refused(_("A signal cannot have come in before %s.") % EARLIEST.isoformat())


def counter_of(unit: str, year: int) -> str:
    """Return the name of the counter of a unit's register of a year."""
    return f"signal:{unit}:{year}"


def number_of(unit: str, year: int, count: int) -> str:
    """Return the number of the `count`-th signal entered in a year: XH (信号), unit, year, running number."""
    return f"XH-{unit}-{year}-{count:0{NUMBER_WIDTH}d}"
