"""The score of a unit in a year from what was counted, entered and asked (part III §4(4), part I §3(1)(3)).

The document names what is assessed and that there are deductions and a veto; weights and bands are those of the scheme. All is exact
arithmetic, so that the same inputs give the same score anywhere; rounded, half up, is only what is shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

MOST = 100  # the highest score, and the sum of the weights


class Group(TextChoices):
    """Part III §4(4)1: what is assessed."""

    GROUNDWORK = "groundwork", gettext_lazy("groundwork")
    EFFECT = "effect", gettext_lazy("effect")
    SATISFACTION = "satisfaction", gettext_lazy("satisfaction")


class Source(TextChoices):
    """Where the value of an indicator comes from."""

    COUNTED = "counted", gettext_lazy("counted by the system")
    ENTERED = "entered", gettext_lazy("entered by the unit, checked and confirmed")
    ASKED = "asked", gettext_lazy("asked by questionnaire")


@dataclass(frozen=True)
class Indicator:
    """One thing that is assessed: how much it weighs of a hundred, and what it is."""

    key: str
    group: Group
    weight: int
    source: Source
    label: str


@dataclass(frozen=True)
class Band:
    """A grade of the assessment: from which score on, and whether it asks that no indicator is at zero."""

    label: str
    least: int
    no_zero: bool = False


# Part III §4(4)1, in its order; the words in brackets are the document's.
INDICATORS: tuple[Indicator, ...] = (
    Indicator("bodies", Group.GROUNDWORK, 5, Source.COUNTED, gettext_lazy("leading group and office are complete")),
    Indicator("training", Group.GROUNDWORK, 5, Source.COUNTED, gettext_lazy("publicity and training")),
    Indicator("declared", Group.GROUNDWORK, 10, Source.COUNTED, gettext_lazy("everybody has declared")),
    Indicator("covered", Group.GROUNDWORK, 10, Source.COUNTED, gettext_lazy("expected categories are covered")),
    Indicator("in_time", Group.GROUNDWORK, 5, Source.COUNTED, gettext_lazy("sent to the region in time")),
    Indicator("own_words", Group.GROUNDWORK, 5, Source.COUNTED, gettext_lazy("written in one's own words")),
    Indicator("measures", Group.GROUNDWORK, 10, Source.COUNTED, gettext_lazy("risk points have measures")),
    Indicator("rules", Group.GROUNDWORK, 5, Source.ENTERED, gettext_lazy("rules are complete and kept")),
    Indicator("tasks", Group.EFFECT, 15, Source.COUNTED, gettext_lazy("measures are carried out in time")),
    Indicator("corrected", Group.EFFECT, 10, Source.COUNTED, gettext_lazy("findings are corrected in time")),
    Indicator("conduct", Group.EFFECT, 5, Source.ENTERED, gettext_lazy("complaints, letters and conduct")),
    Indicator("staff", Group.SATISFACTION, 7, Source.ASKED, gettext_lazy("staff are satisfied")),
    Indicator("served", Group.SATISFACTION, 8, Source.ASKED, gettext_lazy("those served are satisfied")),
)
BANDS: tuple[Band, ...] = (
    Band(pgettext_lazy("grade of an assessment", "excellent"), 90, no_zero=True),
    Band(pgettext_lazy("grade of an assessment", "good"), 80),
    Band(pgettext_lazy("grade of an assessment", "fair"), 60),
    Band(pgettext_lazy("grade of an assessment", "poor"), 0),
)


@dataclass(frozen=True)
class Points:
    """What an indicator gave: its share from 0 to 1, or None where there is nothing to go by; points, and of how many."""

    indicator: Indicator
    share: Fraction | None
    points: Fraction


@dataclass(frozen=True)
class Score:
    """The score of a unit: what each indicator gave, before and after deductions, the grade and what decided it in words."""

    items: tuple[Points, ...]
    before: Fraction
    deducted: Fraction
    total: Fraction
    band: Band
    is_vetoed: bool
    reasons: tuple[str, ...]


def score(
    values: Mapping[str, Fraction | None],
    *,
    deductions: Iterable[Fraction] = (),
    vetoes: int = 0,
    indicators: Sequence[Indicator] = INDICATORS,
    bands: Sequence[Band] = BANDS,
) -> Score:
    """Return the score of a unit.

    `values` maps indicators to shares from 0 to 1; None, or none at all: there is nothing to go by (no task was due,
    nobody was asked), and the weight goes to the others in proportion. `deductions` are points taken off for registered reasons; a veto
    (一票否决) leaves the lowest grade whatever the score.
    """
    items = tuple(
        Points(each, _within(values.get(each.key)), (_within(values.get(each.key)) or Fraction(0)) * each.weight)
        for each in indicators
    )
    counted = [item for item in items if item.share is not None]
    weight = sum(item.indicator.weight for item in counted)
    before = sum((item.points for item in counted), Fraction(0)) * MOST / weight if weight else Fraction(0)
    deducted = sum((max(Fraction(0), each) for each in deductions), Fraction(0))
    total = max(Fraction(0), before - deducted)
    ordered = sorted(bands, key=lambda band: -band.least)
    reasons = []
    zero = [item.indicator for item in counted if item.share == 0]
    fitting = [band for band in ordered if total >= band.least]
    band = fitting[0]
    if band.no_zero and zero:
        reasons.append(
            _("“%(grade)s” asks that nothing is at zero; at zero is: %(names)s.")
            % {"grade": band.label, "names": _(", ").join(str(each.label) for each in zero)}
        )
        band = next(each for each in fitting if not each.no_zero)
    if vetoes:
        reasons.append(_("Vetoed: one grave failing decides the whole assessment."))
        band = ordered[-1]
    return Score(items, before, deducted, total, band, bool(vetoes), tuple(reasons))


def _within(share: Fraction | None) -> Fraction | None:
    return None if share is None else min(Fraction(1), max(Fraction(0), Fraction(share)))


def share_of(done: int, all_: int) -> Fraction | None:
    """Return how much of all is done; None where there was nothing to do."""
    return Fraction(done, all_) if all_ else None


def shown(value: Fraction) -> str:
    """Return a number as it is shown and printed: two places, rounded half up."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))
