"""What changed between two submitted contents: for reviewers of a later round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
