"""Grading of a risk point (part V, question 2 of section two: by likelihood or harm) and the scheme that holds its numbers."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from .vocabulary import Category, Grade, Level

SCORES = range(1, 6)

# Part III §4(2): what each level is expected to look at. Leadership is asked about 三重一大 and high-risk business
# instead of particular categories.
EXPECTED: dict[str, tuple[str, ...]] = {
    Level.LEADERSHIP: (),
    Level.SECTION: (Category.PROCESS, Category.INSTITUTIONAL, Category.ENVIRONMENT),
    Level.POST: (Category.DUTY, Category.MORAL, Category.ENVIRONMENT),
}


@dataclass(frozen=True)
class Scheme:
    """The methodology in force: a product of likelihood and harm of at least `grade_1` is grade I, and so on.

    A public notice runs for `notice_days` working days; `notice_names` says whether it names the holders of posts.
    """

    grade_1: int = 12
    grade_2: int = 8
    notice_days: int = 5
    notice_names: bool = False
    expected: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(EXPECTED))

    @classmethod
    def from_settings(cls, settings: dict) -> "Scheme":
        """Return the scheme stored as JSON; what it does not say is the default."""
        expected = {**EXPECTED, **{level: tuple(names) for level, names in settings.get("expected", {}).items()}}
        return cls(
            grade_1=settings.get("grade_1", cls.grade_1),
            grade_2=settings.get("grade_2", cls.grade_2),
            notice_days=settings.get("notice_days", cls.notice_days),
            notice_names=settings.get("notice_names", cls.notice_names),
            expected=expected,
        )

    def grade(self, likelihood: int, harm: int) -> Grade:
        """Return the grade of two scores from 1 to 5."""
        if likelihood not in SCORES or harm not in SCORES:
            raise ValueError("likelihood and harm go from 1 to 5")
        product = likelihood * harm
        if product >= self.grade_1:
            return Grade.I
        return Grade.II if product >= self.grade_2 else Grade.III

    def explain(self, likelihood: int, harm: int) -> str:
        """Return the sentence that stands beside the grade: the product and the rule that was applied."""
        product = likelihood * harm
        rule = {
            Grade.I: _("from %(grade_1)s on it is grade I"),
            Grade.II: _("from %(grade_2)s to below %(grade_1)s it is grade II"),
            Grade.III: _("below %(grade_2)s it is grade III"),
        }[self.grade(likelihood, harm)]
        return _("likelihood %(likelihood)s × harm %(harm)s = %(product)s; %(rule)s") % {
            "likelihood": likelihood,
            "harm": harm,
            "product": product,
            "rule": rule % {"grade_1": self.grade_1, "grade_2": self.grade_2},
        }

    def table(self) -> list[tuple[int, list[Grade]]]:
        """Return the whole rule as rows of harm for each likelihood, highest first."""
        return [(likelihood, [self.grade(likelihood, harm) for harm in SCORES]) for likelihood in reversed(SCORES)]
