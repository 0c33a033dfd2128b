"""Grading of a risk point (part V, question 2 of section two: by likelihood or harm) and the scheme that says how.

The document names neither scales nor thresholds; the three ways of scoring are those in use. Stored is always the ordinal.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from .alert_table import AlertTable
from .routes import OPTIONAL_STEPS
from .text import problems
from .vocabulary import Category, Grade, Level
from .workbooks import grade_of, grade_word, is_open_word, plain

MOST_SCORE = 100
MOST_DEGREES = 10
MOST_CRITERIA = 20
MOST_NOTICE_DAYS = 30
# Months between two checks of a point: they divide the year, so that every year begins afresh.
INSPECT_MONTHS = (1, 2, 3, 4, 6, 12)
WORD_LENGTH = 10
DEGREE_LENGTH = 40
CRITERION_LENGTH = 200

# Part III §4(2): what each level is expected to look at. Leadership is asked about 三重一大 and high-risk business
# instead of particular categories.
EXPECTED: dict[str, tuple[str, ...]] = {
    Level.LEADERSHIP: (),
    Level.SECTION: (Category.PROCESS, Category.INSTITUTIONAL, Category.ENVIRONMENT),
    Level.POST: (Category.DUTY, Category.MORAL, Category.ENVIRONMENT),
}


class Scoring(TextChoices):
    """What is scored: two scales whose product counts, or criteria of which the number counts."""

    PRODUCT = "product", gettext_lazy("likelihood × harm, each from 1 to 5")
    SCALES = "scales", gettext_lazy("likelihood × harm on scales of one's own")
    CRITERIA = "criteria", gettext_lazy("number of criteria met")


# Of the product, or of the number of criteria: from where on it is grade I, and grade II.
THRESHOLDS = {Scoring.PRODUCT: (12, 8), Scoring.SCALES: (240, 90), Scoring.CRITERIA: (5, 3)}


@dataclass(frozen=True)
class Degree:
    """One degree of likelihood or harm: its score and what it means."""

    score: int
    words: str

    @property
    def label(self) -> str:
        return f"{self.score} – {self.words}"


LIKELIHOODS = (
    Degree(1, pgettext_lazy("likelihood", "hardly ever")),
    Degree(2, pgettext_lazy("likelihood", "seldom")),
    Degree(3, pgettext_lazy("likelihood", "now and then")),
    Degree(4, pgettext_lazy("likelihood", "often")),
    Degree(5, pgettext_lazy("likelihood", "almost certain")),
)
HARMS = (
    Degree(1, pgettext_lazy("harm", "slight")),
    Degree(2, pgettext_lazy("harm", "small")),
    Degree(3, pgettext_lazy("harm", "noticeable")),
    Degree(4, pgettext_lazy("harm", "serious")),
    Degree(5, pgettext_lazy("harm", "grave")),
)
# What scales of one's own begin with: those most in use.
USUAL_LIKELIHOODS = (
    Degree(1, pgettext_lazy("likelihood", "hardly ever")),
    Degree(3, pgettext_lazy("likelihood", "now and then")),
    Degree(6, pgettext_lazy("likelihood", "often")),
    Degree(10, pgettext_lazy("likelihood", "almost certain")),
)
USUAL_HARMS = (
    Degree(7, pgettext_lazy("harm", "small")),
    Degree(15, pgettext_lazy("harm", "noticeable")),
    Degree(40, pgettext_lazy("harm", "serious")),
    Degree(100, pgettext_lazy("harm", "grave")),
)


@dataclass(frozen=True)
class Criterion:
    """A criterion a risk point meets or not. The key stays while the text is reworded; met `alone` it makes grade I."""

    key: str
    text: str
    alone: bool = False


@dataclass(frozen=True)
class Fault:
    """Something wrong with a scheme: a sentence, and the setting it is about."""

    setting: str
    sentence: str


@dataclass(frozen=True)
class Scheme:
    """The methodology in force: how points are graded, what is expected, which steps are left out.

    A product (or number of criteria) of at least `grade_1` is grade I, of at least `grade_2` grade II. `likelihoods` and
    `harms` are the scales of one's own, lowest first; `words` those for grades I, II, III, empty for the standard ones.
    With `allows_direct` a grade may be set directly, with a reason. A public notice runs for `notice_days` working days;
    `notice_names` says whether it names the holders of posts; with `publish_after_region` it waits for the region's answer.
    `alerts` is the table from which alerts follow.
    `inspect_months` are the months between checks of points of grades I, II, III (part I §3: 不同级别的多级管理; the numbers: practice).
    """

    scoring: str = Scoring.PRODUCT
    grade_1: int = THRESHOLDS[Scoring.PRODUCT][0]
    grade_2: int = THRESHOLDS[Scoring.PRODUCT][1]
    likelihoods: tuple[Degree, ...] = ()
    harms: tuple[Degree, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    allows_direct: bool = True
    words: tuple[str, ...] = ()
    notice_days: int = 5
    notice_names: bool = False
    publish_after_region: bool = False
    expected: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(EXPECTED))
    left_out: tuple[str, ...] = ()
    alerts: AlertTable = AlertTable()
    inspect_months: tuple[int, int, int] = (3, 6, 12)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "Scheme":
        """Return the scheme stored as JSON; what it does not say is the default of its way of scoring."""
        scoring = Scoring(settings.get("scoring", Scoring.PRODUCT))
        grade_1, grade_2 = THRESHOLDS[scoring]
        expected = {level: tuple(names) for level, names in settings.get("expected", {}).items()}
        return cls(
            scoring=scoring,
            grade_1=settings.get("grade_1", grade_1),
            grade_2=settings.get("grade_2", grade_2),
            likelihoods=tuple(Degree(score, words) for score, words in settings.get("likelihoods", ())),
            harms=tuple(Degree(score, words) for score, words in settings.get("harms", ())),
            criteria=tuple(Criterion(key, text, alone) for key, text, alone in settings.get("criteria", ())),
            words=tuple(settings.get("words", ())),
            expected={**EXPECTED, **expected},
            left_out=tuple(settings.get("left_out", ())),
            alerts=AlertTable.from_settings(settings.get("alerts", {})),
            inspect_months=tuple(settings.get("inspect_months", cls.inspect_months)),
            **{
                name: settings.get(name, getattr(cls, name))
                for name in ("allows_direct", "notice_days", "notice_names", "publish_after_region")
            },
        )

    def to_settings(self) -> dict[str, Any]:
        """Return the scheme as it is stored: everything said, so that a later default changes nothing."""
        return {
            "scoring": str(self.scoring),
            "grade_1": self.grade_1,
            "grade_2": self.grade_2,
            "likelihoods": [[degree.score, str(degree.words)] for degree in self.likelihoods],
            "harms": [[degree.score, str(degree.words)] for degree in self.harms],
            "criteria": [[criterion.key, criterion.text, criterion.alone] for criterion in self.criteria],
            "allows_direct": self.allows_direct,
            "words": list(self.words),
            "notice_days": self.notice_days,
            "notice_names": self.notice_names,
            "publish_after_region": self.publish_after_region,
            "expected": {str(level): [str(name) for name in names] for level, names in self.expected.items()},
            "left_out": [str(step) for step in self.left_out],
            "alerts": self.alerts.to_settings(),
            "inspect_months": list(self.inspect_months),
        }

    # --- What a point is given -------------------------------------------------------------------------------------------

    @property
    def counts_criteria(self) -> bool:
        return self.scoring == Scoring.CRITERIA

    @property
    def scales(self) -> tuple[tuple[Degree, ...], tuple[Degree, ...]]:
        """The degrees of likelihood and of harm."""
        if self.scoring == Scoring.PRODUCT:
            return LIKELIHOODS, HARMS
        return self.likelihoods, self.harms

    def word(self, grade: int | None) -> str:
        """Return the word for a grade; an empty text for none."""
        return grade_word(grade, self.words)

    def grade(self, likelihood: int, harm: int) -> Grade:
        """Return the grade of two scores, each a degree of its scale."""
        for score, scale in zip((likelihood, harm), self.scales, strict=True):
            if score not in [degree.score for degree in scale]:
                raise ValueError(f"{score} is not one of {[degree.score for degree in scale]}")
        return self._of(likelihood * harm)

    def grade_met(self, keys: Collection[str]) -> Grade:
        """Return the grade of the criteria met, at least one of the scheme's own."""
        met = [criterion for criterion in self.criteria if criterion.key in keys]
        if not met or len(met) != len(set(keys)):
            raise ValueError(f"{sorted(keys)} are not criteria of this scheme")
        return Grade.I if any(criterion.alone for criterion in met) else self._of(len(met))

    def _of(self, number: int) -> Grade:
        if number >= self.grade_1:
            return Grade.I
        return Grade.II if number >= self.grade_2 else Grade.III

    def scored(self, values: Mapping[str, Any]) -> Grade | None:
        """Return the grade that follows from `likelihood` and `harm`, or from `criteria`; None where not all of it is there.

        Scores of another way of scoring count for nothing here.
        """
        try:
            if self.counts_criteria:
                return self.grade_met(values.get("criteria") or ())
            return self.grade(values.get("likelihood"), values.get("harm"))
        except ValueError:
            return None

    def explained(self, values: Mapping[str, Any]) -> str:
        """Return the sentence that stands beside the grade that follows from `values`."""
        if not self.counts_criteria:
            return self.explain(values["likelihood"], values["harm"])
        met = [criterion for criterion in self.criteria if criterion.key in values["criteria"]]
        if decisive := next((criterion for criterion in self.decisive if criterion in met), None):
            return _("“%(text)s” alone makes it %(word)s") % {"text": decisive.text, "word": self.word(Grade.I)}
        count = ngettext("%(count)s criterion met", "%(count)s criteria met", len(met)) % {"count": len(met)}
        return _("%(scored)s; %(rule)s") % {"scored": count, "rule": self.sentence(self._of(len(met)))}

    def explain(self, likelihood: int, harm: int) -> str:
        """Return the sentence for two scores: the product and the rule that was applied."""
        scored = _("likelihood %(likelihood)s × harm %(harm)s = %(product)s") % {
            "likelihood": likelihood,
            "harm": harm,
            "product": likelihood * harm,
        }
        return _("%(scored)s; %(rule)s") % {"scored": scored, "rule": self.sentence(self.grade(likelihood, harm))}

    def sentence(self, grade: int) -> str:
        """Return where a grade begins and ends, in words."""
        rule = {
            Grade.I: _("from %(grade_1)s on it is %(word)s"),
            Grade.II: _("from %(grade_2)s to below %(grade_1)s it is %(word)s"),
            Grade.III: _("below %(grade_2)s it is %(word)s"),
        }[Grade(grade)]
        return rule % {"grade_1": self.grade_1, "grade_2": self.grade_2, "word": self.word(grade)}

    def sentences(self) -> list[tuple[Grade, str]]:
        """Return the whole rule as a sentence for each grade."""
        return [(grade, self.sentence(grade)) for grade in Grade]

    @property
    def decisive(self) -> list[Criterion]:
        """The criteria that make grade I alone."""
        return [criterion for criterion in self.criteria if criterion.alone]

    def table(self) -> list[tuple[int, list[Grade]]]:
        """Return the whole rule of two scales as rows of harm for each likelihood, highest first."""
        likelihoods, harms = self.scales
        return [
            (likelihood.score, [self.grade(likelihood.score, harm.score) for harm in harms])
            for likelihood in reversed(likelihoods)
        ]

    def criteria_texts(self, keys: Iterable[str]) -> list[str]:
        """Return the criteria met in the order of the scheme; those it does not know any more as their number."""
        keys = list(keys)
        texts = [criterion.text for criterion in self.criteria if criterion.key in keys]
        unknown = len(keys) - len(texts)
        if unknown:
            sentence = ngettext(
                "%(count)s criterion of another scheme", "%(count)s criteria of another scheme", unknown
            )
            texts.append(sentence % {"count": unknown})
        return texts

    # --- What is wrong with a scheme ---------------------------------------------------------------------------------------

    def reachable(self) -> set[Grade]:
        """Return the grades some point can get."""
        if self.counts_criteria:
            counted = len(self.criteria) - len(self.decisive)
            return {self._of(number) for number in range(1, counted + 1)} | ({Grade.I} if self.decisive else set())
        return {grade for _score, row in self.table() for grade in row}

    def compares_with(self, other: "Scheme") -> bool:
        """Say whether what was scored under `other` can be graded here: the same scales, or no criterion it did not ask."""
        if self.counts_criteria != other.counts_criteria:
            return False
        if self.counts_criteria:
            return {criterion.key for criterion in self.criteria} <= {criterion.key for criterion in other.criteria}
        mine, theirs = ([[degree.score for degree in scale] for scale in scheme.scales] for scheme in (self, other))
        return mine == theirs

    def regraded(self, values: Mapping[str, Any], under: "Scheme") -> Grade | None:
        """Return the grade a point scored under another scheme would get here; None where that cannot be said."""
        if not self.compares_with(under) or under.scored(values) is None:
            return None
        known = {criterion.key for criterion in self.criteria}
        return self.scored({**values, "criteria": [key for key in values.get("criteria") or () if key in known]})

    def faults(self) -> list[Fault]:
        """Return everything that keeps the scheme from being enacted."""
        found = [*self._faults_of_scales(), *self._faults_of_criteria()]
        if not self.grade_1 > self.grade_2 >= 1:
            found.append(Fault("grade_1", _("Grade I begins above where grade II begins, and both above 0.")))
        elif not found:
            found += [
                Fault("grade_1" if grade == Grade.I else "grade_2", _("Nothing can be given %s.") % self.word(grade))
                for grade in Grade
                if grade not in self.reachable()
            ]
        found += self._faults_of_words()
        if not 1 <= self.notice_days <= MOST_NOTICE_DAYS:
            found.append(Fault("notice_days", _("A notice runs from 1 to %s working days.") % MOST_NOTICE_DAYS))
        for level, names in self.expected.items():
            if level not in Level.values or len(set(names)) != len(names) or set(names) - set(Category.values):
                found.append(Fault("expected", _("What is expected are some of the five categories, each once.")))
        if set(self.left_out) - set(OPTIONAL_STEPS):
            found.append(Fault("left_out", _("Only steps the document does not name can be left out.")))
        return [
            *found,
            *self._faults_of_inspections(),
            *(Fault("alerts", sentence) for sentence in self.alerts.faults()),
        ]

    def _faults_of_inspections(self) -> list[Fault]:
        months = self.inspect_months
        if len(months) != len(Grade) or set(months) - set(INSPECT_MONTHS):
            return [Fault("inspect_months", _("Points are inspected every 1, 2, 3, 4, 6 or 12 months."))]
        if list(months) != sorted(months):
            sentence = _("Points of a higher grade are inspected at least as often as those of a lower one.")
            return [Fault("inspect_months", sentence)]
        return []

    def _faults_of_scales(self) -> list[Fault]:
        found = []
        if self.scoring != Scoring.SCALES:
            return found
        for setting, scale in (("likelihoods", self.likelihoods), ("harms", self.harms)):
            scores = [degree.score for degree in scale]
            if not 2 <= len(scale) <= MOST_DEGREES:
                found.append(Fault(setting, _("A scale has from 2 to %s degrees.") % MOST_DEGREES))
            if any(not 1 <= score <= MOST_SCORE for score in scores):
                found.append(Fault(setting, _("A score is a number from 1 to %s.") % MOST_SCORE))
            if any(lower >= higher for lower, higher in zip(scores, scores[1:], strict=False)):
                found.append(Fault(setting, _("The scores rise from one degree to the next.")))
            found += _faults_of_texts(setting, [str(degree.words) for degree in scale], DEGREE_LENGTH)
        return found

    def _faults_of_criteria(self) -> list[Fault]:
        if not self.counts_criteria:
            return []
        found = []
        if not 1 <= len(self.criteria) <= MOST_CRITERIA:
            found.append(Fault("criteria", _("There are from 1 to %s criteria.") % MOST_CRITERIA))
        keys = [criterion.key for criterion in self.criteria]
        if len(set(keys)) != len(keys) or not all(keys):
            found.append(Fault("criteria", _("Each criterion has a key of its own.")))
        return found + _faults_of_texts("criteria", [criterion.text for criterion in self.criteria], CRITERION_LENGTH)

    def _faults_of_words(self) -> list[Fault]:
        if not self.words:
            return []
        if len(self.words) != len(Grade):
            return [Fault("words", _("Give a word for each of the three grades, or for none."))]
        found = _faults_of_texts("words", self.words, WORD_LENGTH)
        for grade, word in zip(Grade, self.words, strict=True):
            read = grade_of(word)
            if read is not None and read != grade:
                sentence = _("“%(word)s” is read as %(other)s everywhere else; it cannot stand for %(grade)s.")
                about = {"word": word, "other": Grade(read).label, "grade": grade.label}
                found.append(Fault("words", sentence % about))
            if is_open_word(word):
                found.append(Fault("words", _("“%s” says that a grade is still to be settled.") % word))
        return found


def _faults_of_texts(setting: str, texts: Sequence[str], limit: int) -> list[Fault]:
    """Return a fault for what is empty, too long, cannot be stored or is said twice."""
    found = [Fault(setting, why) for text in texts for why in problems(text, limit=limit, one_line=True)]
    if not all(text.strip() for text in texts):
        found.append(Fault(setting, _("Every row needs words.")))
    said = [plain(text) or text for text in texts if text.strip()]
    twice = [text for text in texts if said.count(plain(text) or text) > 1]
    return found + [Fault(setting, _("“%s” stands there twice.") % text) for text in twice[:1]]
