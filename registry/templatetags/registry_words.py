"""Stored lists of choices in words."""

from django import template

from ..views.wording import in_words

register = template.Library()


@register.filter
def cause_words(value: list[str]) -> str:
    """Return the causes of a point in words."""
    return in_words("causes", value)


@register.filter
def method_words(value: list[str]) -> str:
    """Return how a point was found in words."""
    return in_words("methods", value)


@register.filter
def verdict_word(value: str) -> str:
    """Return a verdict in a word."""
    return in_words("verdict", value)
