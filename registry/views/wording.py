"""Fields and values of a submitted content in words, for comparing two rounds."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from ..models import Approval, MeasureVersion, NothingFound, PointVersion
from ..rules import KINDS, Category, Cause, Grade, Level, Method, Rhythm, Verdict

_LABELS = {
    "measures": MeasureVersion._meta.verbose_name_plural,
    "reason": NothingFound._meta.get_field("reason").verbose_name,
}
_WORDS = {"level": Level, "category": Category, "grade": Grade, "causes": Cause, "methods": Method, "verdict": Verdict}


def decide_url(approval: Approval) -> str:
    """Return the address of the page on which an approval is decided, whatever floor its subject stands on."""
    return reverse(KINDS[approval.kind].decide, args=[approval.pk])


def field_label(name: str) -> str:
    """Return the name of a field of a submitted content in the user's language."""
    return str(_LABELS[name] if name in _LABELS else PointVersion._meta.get_field(name).verbose_name)


def measure_note(responsible: str, rhythm: str) -> str:
    """Return who answers for a measure and how often, in brackets; nothing when neither is known."""
    said = _(", ").join(part for part in (responsible, str(Rhythm(rhythm).label) if rhythm else "") if part)
    return _("(%(text)s)") % {"text": said} if said else ""


def in_words(name: str, value: Any) -> str:
    """Return a value of a submitted content in words."""
    if name == "measures":
        return "\n".join(
            f"{number}. {measure['text']} {measure_note(measure['responsible'], measure['rhythm'])}".rstrip()
            for number, measure in enumerate(value or [], start=1)
        )
    if value in (None, "", []):
        return "—"
    if isinstance(value, list):
        return _(", ").join(str(_WORDS[name](each).label) for each in value)
    return str(_WORDS[name](value).label) if name in _WORDS else str(value)
