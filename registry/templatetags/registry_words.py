"""Stored lists of choices in words."""

from django import template
from django.utils.translation import gettext as _

from ..models import MeasureVersion
from ..views import wording
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


@register.filter
def measure_note(measure: MeasureVersion) -> str:
    """Return who answers for a measure and how often, in brackets."""
    return wording.measure_note(measure.responsible, measure.rhythm)


@register.filter
def bracketed(text: str) -> str:
    """Return a word in the brackets of the language."""
    return _("(%(text)s)") % {"text": text}
