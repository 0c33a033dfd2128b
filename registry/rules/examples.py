"""Which filed measures are shown as examples for a point: those against similar ones, and why (practice)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

MOST_EXAMPLES = 10
# From so much in common on two texts are called similar.
_SIMILAR = 0.25


@dataclass(frozen=True)
class Example:
    """A filed measure with what it is against; `title` and `matter` are compared and never shown."""

    pk: int
    text: str
    rhythm: str
    evidence: str
    title: str
    matter: str
    why: str = ""


def likeness(one: str, other: str) -> float:
    """Return how much two short texts have in common, from 0 to 1: their pairs of neighbouring characters."""
    pairs, others = _pairs(one), _pairs(other)
    return len(pairs & others) / len(pairs | others) if pairs and others else 0.0


def _pairs(text: str) -> set[str]:
    letters = re.sub(r"\W+", "", text.lower())
    return {letters[place : place + 2] for place in range(len(letters) - 1)}


def ranked(title: str, matter: str, found: Iterable[Example]) -> list[Example]:
    """Return the examples for a point, the most alike first: the power or matter counts twice, the title once.

    Of the same words only one is shown, and of all at most MOST_EXAMPLES, each with the reason for which it is.
    """
    scored = []
    for example in found:
        by_matter, by_title = likeness(matter, example.matter), likeness(title, example.title)
        if by_matter >= _SIMILAR:
            why = _("same or similar power or matter")
        elif by_title >= _SIMILAR:
            why = _("similar risk point")
        else:
            why = _("same risk category")
        scored.append((-(2 * by_matter + by_title), -example.pk, why, example))
    kept: dict[str, Example] = {}
    for _score, _pk, why, example in sorted(scored, key=lambda each: each[:2]):
        known = "".join(example.text.split())
        if known and known not in kept:
            kept[known] = Example(**{**vars(example), "why": why})
        if len(kept) == MOST_EXAMPLES:
            break
    return list(kept.values())
