"""What changed between two submitted contents: for reviewers of a later round."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Difference(TextChoices):
    SAME = "same", _("unchanged")
    NEW = "new", _("added")
    CHANGED = "changed", _("changed")
    REMOVED = "removed", _("removed")


@dataclass(frozen=True)
class EntryChange:
    """One entry: its target, how it differs, and the fields that do as {name: (before, after)}."""

    target: str
    difference: Difference
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


def compare(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> dict[str, EntryChange]:
    """Compare two lists of entries that name themselves by `target`; the answer holds every target of both."""
    old = {entry["target"]: entry for entry in before}
    new = {entry["target"]: entry for entry in after}
    found = {}
    for target, entry in new.items():
        if target not in old:
            found[target] = EntryChange(target, Difference.NEW)
            continue
        fields = {
            name: (old[target].get(name), value)
            for name, value in entry.items()
            if old[target].get(name, value) != value  # what an older content did not know has not changed
        }
        found[target] = EntryChange(target, Difference.CHANGED if fields else Difference.SAME, fields)
    for target in old:
        if target not in new:
            found[target] = EntryChange(target, Difference.REMOVED)
    return found


# A word of letters or digits, else one character: Chinese has no spaces between its words.
_WORD = re.compile(r"[A-Za-z0-9]+|.", re.DOTALL)
# Comparing takes the square of the length; longer texts are marked as a whole.
_MOST_WORDS = 1_500
# A few words said over and over take far more than that, of 1,500 words a minute; prose of this length has 23,000 pairs.
_MOST_PAIRS = 30_000


def marked_parts(before: str, after: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Return both texts as parts (text, whether it differs from the other), words that are the same left unmarked."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > _MOST_WORDS or _pairs(old, new) > _MOST_PAIRS:
        return [(before, True)], [(after, True)]
    left, right = [], []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for parts, words in ((left, old[old_from:old_to]), (right, new[new_from:new_to])):
            if words:
                parts.append(("".join(words), tag != "equal"))
    return left, right


def _pairs(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many pairs of an old and a new word are the same: what comparing looks at again and again."""
    there = Counter(new)
    return sum(there[word] for word in old)
