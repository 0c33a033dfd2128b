"""Fields and values of a submitted content in words, for comparing two rounds."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Approval, MeasureVersion, Meeting, NothingFound, PointVersion
from ..rules import KINDS, Category, Cause, Level, MajorMatter, Method, Rhythm, Scheme, Verdict

_LABELS = {
    "measures": MeasureVersion._meta.verbose_name_plural,
    "reason": NothingFound._meta.get_field("reason").verbose_name,
    **{name: Meeting._meta.get_field(name).verbose_name for name in ("held_on", "chair", "present", "minutes")},
    "attachment": gettext_lazy("attachment"),
    "attachment_digest": gettext_lazy("digest of the attachment"),
}
_WORDS = {
    "level": Level, "category": Category, "major": MajorMatter, "causes": Cause, "methods": Method, "verdict": Verdict,
}  # fmt: skip


def decide_url(approval: Approval) -> str:
    """Return the address of the page on which an approval is decided, whatever floor its subject stands on."""
    return reverse(KINDS[approval.kind].decide, args=[approval.pk])


def approval_words(approval: Approval) -> str:
    """Return what an approval is called: its title, or of one without a title its number."""
    return approval.title or _("No. %s") % approval.pk


def field_label(name: str) -> str:
    """Return the name of a field of a submitted content in the user's language."""
    return str(_LABELS[name] if name in _LABELS else PointVersion._meta.get_field(name).verbose_name)


def measure_note(responsible: str, rhythm: str) -> str:
    """Return who answers for a measure and how often, in brackets; nothing when neither is known."""
    said = _(", ").join(part for part in (responsible, str(Rhythm(rhythm).label) if rhythm else "") if part)
    return _("(%(text)s)") % {"text": said} if said else ""


def evidence_note(evidence: str) -> str:
    """Return what will show that a measure was carried out, as it is read beside the measure."""
    return _("Evidence: %(evidence)s") % {"evidence": evidence}


def in_words(name: str, value: Any, rule: Scheme | None = None) -> str:
    """Return a value of a submitted content in words; grades and criteria in those of the scheme `rule`."""
    if name == "measures":
        return "\n".join(
            f"{number}. {measure['text']} {measure_note(measure['responsible'], measure['rhythm'])}".rstrip()
            + (f"\n{evidence_note(measure['evidence'])}" if measure.get("evidence") else "")
            for number, measure in enumerate(value or [], start=1)
        )
    if value in (None, "", []):
        return "—"
    if name == "grade":
        return (rule or Scheme()).word(value)
    if name == "criteria":
        return "\n".join((rule or Scheme()).criteria_texts(value))
    if isinstance(value, list):
        return _(", ").join(str(_WORDS[name](each).label) if name in _WORDS else each for each in value)
    return str(_WORDS[name](value).label) if name in _WORDS else str(value)
