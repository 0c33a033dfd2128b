"""The words of the top floor as choices: stored values in English, labels in the user's language (docs/glossary.md)."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Part(TextChoices):
    """Part III §2(1), (3): 计划、执行、考核、修正."""

    PLAN = "plan", pgettext_lazy("part of the cycle", "plan")
    DO = "do", pgettext_lazy("part of the cycle", "do")
    CHECK = "check", pgettext_lazy("part of the cycle", "check")
    ACT = "act", pgettext_lazy("part of the cycle", "act")


class StageKind(TextChoices):
    """Part III §4(1)–(5), in the order of the year."""

    PREPARATION = "preparation", _("preparation and mobilization")
    IDENTIFICATION = "identification", _("identification of risk points")
    IMPLEMENTATION = "implementation", _("measures and implementation")
    ASSESSMENT = "assessment", _("assessment")
    CORRECTION = "correction", _("correction and completion")


PARTS: dict[StageKind, Part] = {
    StageKind.PREPARATION: Part.PLAN,
    StageKind.IDENTIFICATION: Part.PLAN,
    StageKind.IMPLEMENTATION: Part.DO,
    StageKind.ASSESSMENT: Part.CHECK,
    StageKind.CORRECTION: Part.ACT,
}


class StageState(TextChoices):
    PLANNED = "planned", pgettext_lazy("state of a stage", "not begun")
    OPEN = "open", pgettext_lazy("state of a stage", "running")
    CLOSED = "closed", pgettext_lazy("state of a stage", "closed")


class StageVerb(TextChoices):
    OPEN = "open", pgettext_lazy("verb", "begin")
    CLOSE = "close", pgettext_lazy("verb", "close")


class Step(TextChoices):
    """What somebody can be late with in a year, and be urged to do (催办)."""

    DECLARE = "declare", _("declare the risks of the post")
    MEND = "mend", _("mend a returned declaration")
    MEASURES = "measures", _("name measures for every risk point")
    TASKS = "tasks", _("carry out measures that are overdue")


class AssessmentState(TextChoices):
    """Part III §4(4)2: the unit's own check first, then the region's."""

    DRAFT = "draft", _("the unit assesses itself")
    SUBMITTED = "submitted", _("being checked")
    CONFIRMED = "confirmed", _("confirmed by the region")
