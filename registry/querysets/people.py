"""Choosing people and organizations by what somebody types."""

from django.db.models import Q


def named(words: str, *fields: str) -> Q:
    """Return the condition that every word stands in one of the fields."""
    condition = Q()
    for word in words.split():
        found = Q()
        for name in fields:
            found |= Q(**{f"{name}__icontains": word})
        condition &= found
    return condition
