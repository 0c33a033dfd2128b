"""Stored lists of choices in words."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import to_locale

from ..models import Approval, MeasureVersion
from ..rules import KINDS, Example, Scheme
from ..views import wording
from ..views.wording import in_words

register = template.Library()

# As browsers name themselves, in this order: most say they are others too.
_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def cause_words(value: list[str]) -> str:
    """Return the causes of a point in words."""
    return in_words("causes", value)


@register.filter
def method_words(value: list[str]) -> str:
    """Return how a point was found in words."""
    return in_words("methods", value)


@register.filter
def decide_url(approval: Approval) -> str:
    """Return the address of the page on which an approval is decided."""
    return wording.decide_url(approval)


@register.filter
def approval_words(approval: Approval) -> str:
    """Return what an approval is called."""
    return wording.approval_words(approval)


@register.filter
def kind_word(approval: Approval) -> str:
    """Return what is approved in a word."""
    return KINDS[approval.kind].label


@register.filter
def category_word(value: str) -> str:
    """Return a category in words."""
    return in_words("category", value)


@register.filter
def grade_word(grade: int | None, rule: Scheme) -> str:
    """Return the scheme's word for a grade."""
    return rule.word(grade)


@register.filter
def criteria_words(keys: list[str], rule: Scheme) -> str:
    """Return the criteria a point meets in words."""
    return in_words("criteria", keys, rule)


@register.filter
def level_word(value: str) -> str:
    """Return a level in words."""
    return in_words("level", value)


@register.filter
def verdict_word(value: str) -> str:
    """Return a verdict in a word."""
    return in_words("verdict", value)


@register.filter
def measure_note(measure: MeasureVersion) -> str:
    """Return who answers for a measure and how often, in brackets."""
    return wording.measure_note(measure.responsible, measure.rhythm)


@register.filter
def example_note(example: Example) -> str:
    """Return how often an example is carried out, in brackets."""
    return wording.measure_note("", example.rhythm)


@register.filter
def language_tag(code: str) -> str:
    """Return the code of a language as browsers and screen readers know it: zh-Hans, zh-Hant, en."""
    return to_locale(code).replace("_", "-")


@register.filter
def bracketed(text: str) -> str:
    """Return a word in the brackets of the language."""
    return _("(%(text)s)") % {"text": text}


@register.filter
def browser(agent: str) -> str:
    """Return which browser on which system calls itself so, as far as one knows it."""
    known = [next((name for mark, name in marks if mark in agent), "") for marks in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, known)) or _("another program")
