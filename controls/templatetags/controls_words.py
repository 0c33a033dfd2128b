"""Periods, days and rhythms in words, for templates."""

from django import template

from registry.rules import Rhythm

from .. import rules

register = template.Library()


@register.filter
def period_word(period: str) -> str:
    """Return the name of a period in words."""
    return rules.period_words(period)


@register.filter
def rhythm_word(rhythm: str) -> str:
    """Return how often in words; nothing where it is not known."""
    return str(Rhythm(rhythm).label) if rhythm else ""
