"""The small office: what a region may relax for one unit, for some days, and what it never relaxes.

The document asks for review by others than the owner (part III §4(2), (3)); that nobody decides twice in one round is practice.
A unit with fewer people than steps sends the rest to the region. Only that may be relaxed, and only so far:

- nobody decides on their own matter, nobody recused decides, and no stand-in decides twice: no opt-out changes that;
- a person decides a second step of a round only after somebody else has decided in it, and never a third: with the owner
  there are always three people, and no two steps follow each other in one hand;
- it counts for declarations only. A notice speaks to everybody: whoever composed it never posts it.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

MOST_OPT_OUT_DAYS = 366  # a year's round; then the region looks again


class Relaxation(TextChoices):
    TWO_STEPS = (
        "two_steps",
        gettext_lazy("a person may decide a second step of a round, after somebody else has decided"),
    )


def decides_again(decided: Sequence[Collection[int]]) -> frozenset[int]:
    """Return who of those that have decided in this round may decide once more under TWO_STEPS.

    `decided` holds for each decision, in their order, who made it and for whom they stood in.
    """
    alone = {person for people in decided[:-1] if len(people) == 1 for person in people}
    return frozenset(person for person in alone if sum(person in people for people in decided) == 1)


def opt_out_faults(starts_on: dt.date, ends_on: dt.date, *, today: dt.date) -> list[tuple[str, str]]:
    """Return what is wrong with the days of an opt-out, all at once: (field, sentence)."""
    found = []
    if starts_on < today:
        found.append(("starts_on", _("An opt-out begins today or later; what is decided already stays as it was.")))
    if ends_on < starts_on:
        found.append(("ends_on", _("The last day lies before the first.")))
    elif (ends_on - starts_on).days >= MOST_OPT_OUT_DAYS:
        sentence = ngettext(
            "An opt-out lasts at most %(days)s day.", "An opt-out lasts at most %(days)s days.", MOST_OPT_OUT_DAYS
        )
        found.append(("ends_on", sentence % {"days": MOST_OPT_OUT_DAYS}))
    return found
