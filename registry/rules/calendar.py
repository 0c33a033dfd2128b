"""Working days, and from when to when a notice runs.

The founding document asks for a notice "within a certain scope" (part III §4(2): 在一定范围内公示) and names no number
of days; the number is the scheme's and counting working days is practice. Which days are worked is announced year by
year, with make-up days at weekends. The administrator's own table says it first, then the library, then the week.

`own` is that table: days of Beijing's calendar, True where the day is worked.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import chinese_calendar
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .refusals import Refused

ONE_DAY = dt.timedelta(days=1)
# New Year's holiday is announced with the year it begins; its days off and make-up days have reached back to
# 29 December. Until the next year is known, the last three days of a year are not.
TURN_OF_THE_YEAR = dt.timedelta(days=3)
# Within how many working days an objection is answered (practice).
DAYS_TO_ANSWER = 5
# By how many working days a notice is extended at once (practice).
MOST_EXTRA_DAYS = 30
MOST_DAYS_AT_ONCE = 400
NOTE_OF_A_DAY = 100


class DayWord(TextChoices):
    """What the administrator's own table says of a day; AS_ANNOUNCED takes its own entry away."""

    WORK = "work", gettext_lazy("worked")
    OFF = "off", gettext_lazy("day off")
    AS_ANNOUNCED = "announced", gettext_lazy("as announced (no entry of one's own)")


@dataclass(frozen=True)
class NoticePeriod:
    """First and last day of a notice, both of them working days and both counted."""

    starts_on: dt.date
    ends_on: dt.date
    is_certain: bool  # False: some day of it is taken from the week alone, because its year is not announced


@lru_cache(maxsize=256)
def _in_library(year: int) -> bool:
    try:
        chinese_calendar.is_workday(dt.date(year, 1, 1))
    except NotImplementedError:  # how the library says that it has no data for a year
        return False
    return True


def is_working_day(day: dt.date, own: Mapping[dt.date, bool]) -> bool:
    """Say whether `day` is worked: by the own table, else by the library, else Monday to Friday."""
    if day in own:
        return own[day]
    if _in_library(day.year):
        return chinese_calendar.is_workday(day)
    return day.weekday() < 5


def is_known(day: dt.date, own: Mapping[dt.date, bool]) -> bool:
    """Say whether `is_working_day` rests on an announcement; a year with any entry of its own counts as announced."""
    if day in own:
        return True
    return all(is_year_known(year, own) for year in {day.year, (day + TURN_OF_THE_YEAR).year})


def notice_days(posted_on: dt.date, days: int, own: Mapping[dt.date, bool]) -> NoticePeriod:
    """Return the period of a notice that is open for `days` working days; day 1 is the first one after `posted_on`.

    Raise ValueError for less than one day.
    """
    if days < 1:
        raise ValueError("a notice runs for at least one day")
    worked: list[dt.date] = []
    day, is_certain = posted_on, is_known(posted_on, own)
    while len(worked) < days:
        day += ONE_DAY
        is_certain = is_certain and is_known(day, own)
        if is_working_day(day, own):
            worked.append(day)
    return NoticePeriod(worked[0], worked[-1], is_certain)


@dataclass(frozen=True)
class SpecialDay:
    """A day that differs from the week: worked or off, and whether the own table says so."""

    day: dt.date
    is_working: bool
    is_own: bool


def special_days(year: int, own: Mapping[dt.date, bool]) -> list[SpecialDay]:
    """Return the days of a year that differ from Monday to Friday, and all the own table names."""
    first = dt.date(year, 1, 1)
    days = [first + dt.timedelta(days=number) for number in range((dt.date(year, 12, 31) - first).days + 1)]
    return [
        SpecialDay(day, is_working_day(day, own), day in own)
        for day in days
        if day in own or is_working_day(day, own) != (day.weekday() < 5)
    ]


def is_year_known(year: int, own: Mapping[dt.date, bool]) -> bool:
    """Say whether the days of a year are announced: in the library, or entered by oneself."""
    return _in_library(year) or any(entry.year == year for entry in own)


def extended_period(starts_on: dt.date, days: int, own: Mapping[dt.date, bool]) -> NoticePeriod:
    """Return the period that `days` working days make of a notice which began on `starts_on`, as the calendar is now.

    The first day stays what it was. Who extends a notice takes the later of this and what it has: a notice never gets shorter.
    """
    period = notice_days(starts_on - ONE_DAY, days, own)
    return NoticePeriod(starts_on, period.ends_on, period.is_certain)


def check_extra_days(days: int) -> None:
    """Refuse an extension by no working day, or by more than one adds at once."""
    if not 1 <= days <= MOST_EXTRA_DAYS:
        raise Refused(_("A notice is extended by 1 to %s working days at once.") % MOST_EXTRA_DAYS)


def answer_by(received_on: dt.date, own: Mapping[dt.date, bool]) -> dt.date:
    """Return the day by which an objection that came in on `received_on` is to be answered."""
    return notice_days(received_on, DAYS_TO_ANSWER, own).ends_on


def has_ended(ends_on: dt.date, today: dt.date) -> bool:
    """Say whether a notice is over; it is open until 24:00 of `ends_on`. `today` is the date in Beijing."""
    return today > ends_on


# --- Days as somebody types or pastes them ------------------------------------------------------------------------------


@dataclass(frozen=True)
class DayEntry:
    """One day of the administrator's own table as it was read: what it is, and for what occasion."""

    day: dt.date
    word: DayWord
    note: str = ""


@dataclass
class ReadDays:
    """What was read from a text: the days in their order, each once; what is wrong, by line; lines without any date."""

    entries: list[DayEntry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


_WORDS = {
    "work": DayWord.WORK,
    "上班": DayWord.WORK,
    "补班": DayWord.WORK,
    "off": DayWord.OFF,
    "休息": DayWord.OFF,
    "放假": DayWord.OFF,
    "announced": DayWord.AS_ANNOUNCED,
    "照常": DayWord.AS_ANNOUNCED,
}
_SAID = re.compile("|".join(_WORDS))
_LISTED = re.compile(rf"[,,\t]\s*(?:{_SAID.pattern})\s*(?:[,,\t]|$)")
_REMARKS = re.compile(r"[((][^()()]*[))]")
# 2027-10-01, 2027/10/1, 2027.10.1, 2027年10月1日; in an announcement also 10月1日, and after 至 the day alone.
_DATE = r"(?:(?:(?P<{0}y>\d{{4}})\s*[-/.年]\s*)?(?P<{0}m>\d{{1,2}})\s*[-/.月]\s*)?(?P<{0}d>\d{{1,2}})(?!\d)(?:\s*日)?"
_FIRST = re.compile(
    r"(?:(?P<y>\d{4})\s*(?:[-/.]|年)\s*(?P<m>\d{1,2})\s*(?:[-/.]|月)\s*(?P<d>\d{1,2})(?!\d)(?:\s*日)?"
    r"|(?P<m2>\d{1,2})\s*月\s*(?P<d2>\d{1,2})(?!\d)(?:\s*日)?)"
    r"(?:(?:\s*(?:至|到|~|~|—+|–|\.\.)\s*|\s+(?:-|to)\s+)" + _DATE.format("t") + ")?"
)
_OCCASION = re.compile(r"^\s*(?:[一二三四五六七八九十]+、|\d+[.、]\s*(?=\D))?\s*([^\d::,,]{1,20})[::]")


def read_days(text: str, year: int) -> ReadDays:
    """Read days as typed line by line (`2027-10-01,off`), as stretches, or as the State Council's office announces them.

    A date without a year is of `year`. Every sentence gives its dates the word that follows them: 放假 or off, 上班 or work,
    照常 or announced. Lines that begin with # are remarks. Nothing is taken where something is wrong: see `problems`.
    """
    found = ReadDays()
    given: dict[dt.date, DayEntry] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        plain = _REMARKS.sub("", line)
        occasion = _OCCASION.match(plain)
        if not _FIRST.search(plain) and not _LISTED.search(plain):
            found.left_out.append(line.strip())
            continue
        try:
            rest = plain[occasion.end() :] if occasion else plain
            for entry in _days_of(rest, year, occasion.group(1).strip() if occasion else ""):
                before = given.get(entry.day)
                if before is not None and before.word != entry.word:
                    raise ValueError(_("%s stands there twice, each time otherwise") % entry.day)
                given[entry.day] = before if before is not None and before.note else entry
        except ValueError as why:
            told = {"number": number, "text": line.strip()[:80], "why": why}
            found.problems.append(_("Line %(number)s: “%(text)s”: %(why)s.") % told)
    if len(given) > MOST_DAYS_AT_ONCE:
        found.problems.append(_("These are %(count)s days; at most %(most)s are entered at once.") % {
            "count": len(given), "most": MOST_DAYS_AT_ONCE,
        })  # fmt: skip
    found.entries = [given[day] for day in sorted(given)]
    return found


def _days_of(line: str, year: int, occasion: str) -> Iterable[DayEntry]:
    """Return the days of one line; raise ValueError with what is wrong."""
    waiting: list[dt.date] = []
    at = 0
    while at < len(line):
        date, said = _FIRST.search(line, at), _SAID.search(line, at)
        if date is None and said is None:
            break
        if said is None or (date is not None and date.start() < said.start()):
            waiting += _stretch(date, year)
            at = date.end()
            continue
        if not waiting and at == 0:
            raise ValueError(_("there is no date as in 2027-10-01"))
        at = said.end()
        # In a list of days, what stands after the word is for what occasion.
        note = occasion
        if not note and (after := re.match(r"\s*[,,\t]\s*([^,,。;;\t]{1,100})\s*$", line[at:])):
            note = after.group(1).strip()
        yield from (DayEntry(day, _WORDS[said.group()], note[:NOTE_OF_A_DAY]) for day in waiting)
        waiting = []
    if waiting and (said := _SAID.search(occasion)):  # as in 放假：10月1日至7日
        yield from (DayEntry(day, _WORDS[said.group()]) for day in waiting)
    elif waiting:
        raise ValueError(_("nothing says whether the day is worked or off"))


def _stretch(date: re.Match[str], year: int) -> Sequence[dt.date]:
    parts = {name: int(value) for name, value in date.groupdict().items() if value is not None}
    first = _day(parts.get("y", year), parts.get("m", parts.get("m2", 0)), parts.get("d", parts.get("d2", 0)))
    if "td" not in parts:
        return [first]
    last = _day(parts.get("ty", first.year), parts.get("tm", first.month), parts["td"])
    if last < first:
        raise ValueError(_("the last day lies before the first"))
    if (last - first).days > MOST_DAYS_AT_ONCE:
        raise ValueError(_("the stretch is longer than a year"))
    return [first + dt.timedelta(days=days) for days in range((last - first).days + 1)]


def _day(year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise ValueError(_("there is no such day")) from None
