"""Forms of the declaration. They keep what was typed; what is still missing is said at the check page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Declaration, PointVersion
from ..rules import (
    EVIDENCE_LENGTH,
    MEASURE_LENGTH,
    REASON_LENGTH,
    TITLE_LENGTH,
    Category,
    Cause,
    Grade,
    Level,
    MajorMatter,
    Method,
    Rhythm,
    Scheme,
)
from .fields import CleanTextField

_UNSET = ("", _("Please choose"))
_NO_SCORES = {"likelihood": None, "harm": None, "criteria": []}
EXAMPLES = {
    Category.MORAL: _("Ideals and conduct: favours accepted, false reports, extravagance, indifference to the public."),
    Category.INSTITUTIONAL: _(
        "Rules and mechanisms: missing, outdated or not carried out, so that power is not bound."
    ),
    Category.DUTY: _("Power of the post over people, money and goods: used for private gain, or duties neglected."),
    Category.PROCESS: _("Steps of the work: no separation, no time limits, no check, room for arbitrary handling."),
    Category.ENVIRONMENT: _("From outside: those one deals with offer advantages or exert improper influence."),
}


class PointForm(forms.Form):
    """One risk point. Only category and title are needed to save it."""

    SCORED, SET = "scored", "set"

    version = forms.IntegerField(widget=forms.HiddenInput, initial=0, min_value=0)
    category = forms.ChoiceField(
        label=_("Risk category"), choices=Category.choices, widget=forms.RadioSelect, help_text=_("Choose one of five.")
    )
    matter = CleanTextField(
        label=_("Power or matter"),
        limit=TITLE_LENGTH,
        one_line=True,
        required=False,
        help_text=_("Which power or business it is about, for example administrative approval or use of funds."),
    )
    major = forms.ChoiceField(
        label=_("Major matter"),
        choices=MajorMatter.choices,
        widget=forms.RadioSelect,
        required=False,
        help_text=_("What a leadership team's risks stand around."),
    )
    title = CleanTextField(
        label=_("Risk point"), limit=TITLE_LENGTH, one_line=True, help_text=_("A short name of the risk, one line.")
    )
    manifestation = CleanTextField(
        label=_("Main content and how it shows"),
        required=False,
        help_text=_("What could happen, at which step, and how one would notice it."),
    )
    causes = forms.MultipleChoiceField(
        label=_("Causes"), choices=Cause.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    methods = forms.MultipleChoiceField(
        label=_("How it was found"), choices=Method.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    grading = forms.ChoiceField(label=_("How to grade"), widget=forms.RadioSelect, initial=SCORED)
    likelihood = forms.TypedChoiceField(label=_("Likelihood"), coerce=int, empty_value=None, required=False)
    harm = forms.TypedChoiceField(label=_("Harm"), coerce=int, empty_value=None, required=False)
    criteria = forms.MultipleChoiceField(
        label=_("Criteria met"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Tick all that apply."),
    )
    grade = forms.TypedChoiceField(label=_("Grade"), coerce=int, empty_value=None, required=False)
    grade_reason = CleanTextField(label=_("Reason for setting the grade"), limit=REASON_LENGTH, rows=2, required=False)

    def __init__(self, *args, declaration: Declaration, **kwargs) -> None:
        """`declaration` is the one the point stands on: its level and scheme say what is asked."""
        super().__init__(*args, **kwargs)
        if declaration.level != Level.LEADERSHIP:
            del self.fields["major"]
        self.rule = declaration.rule
        self._ask_for_scores()
        if self.rule.allows_direct:
            how = _("by the criteria it meets") if self.rule.counts_criteria else _("by likelihood and harm")
            self.fields["grading"].choices = [
                (self.SCORED, how),
                (self.SET, _("set the grade directly, with a reason")),
            ]
            self.fields["grade"].choices = [_UNSET, *((grade.value, self.rule.word(grade)) for grade in Grade)]
        else:
            for name in ("grading", "grade", "grade_reason"):
                del self.fields[name]

    def _ask_for_scores(self) -> None:
        """Ask for what the scheme scores by, and for nothing else."""
        if self.rule.counts_criteria:
            self.fields["criteria"].choices = [(each.key, each.text) for each in self.rule.criteria]
            del self.fields["likelihood"], self.fields["harm"]
            return
        del self.fields["criteria"]
        for name, scale in zip(("likelihood", "harm"), self.rule.scales, strict=True):
            self.fields[name].choices = [_UNSET, *((degree.score, degree.label) for degree in scale)]

    @classmethod
    def initial_of(cls, point: PointVersion, rule: Scheme) -> dict[str, Any]:
        """Return what the form shows of a stored point under `rule`."""
        values = {name: getattr(point, name) for name in cls.base_fields if hasattr(point, name)}
        is_set = cls.is_set_directly(point) and rule.allows_direct
        values["grading"] = cls.SET if is_set else cls.SCORED
        # A grade that follows from the scores is shown beside them, not as if it had been chosen.
        values["grade"] = point.grade if is_set else None
        return values | (_NO_SCORES if cls.was_graded_otherwise(point, rule) else {})

    @staticmethod
    def is_set_directly(point: PointVersion) -> bool:
        """Say whether a stored point has a grade that follows from no scores."""
        return point.grade is not None and point.likelihood is None and not point.criteria

    @classmethod
    def was_graded_otherwise(cls, point: PointVersion, rule: Scheme) -> bool:
        """Say whether a stored point has a grade that `rule` does not give, so that it is to be graded anew."""
        if point.grade is None or cls.is_set_directly(point) and rule.allows_direct:
            return False
        return rule.scored({name: getattr(point, name) for name in _NO_SCORES}) != point.grade

    def scores(self) -> dict[str, Any]:
        """Return what is scored so far, whatever is wrong elsewhere."""
        found = dict(_NO_SCORES)
        for name in found.keys() & self.fields.keys():
            said = self[name].value()
            if name == "criteria":
                found[name] = said or []
            elif str(said) in {str(score) for score, _label in self.fields[name].choices if score}:
                found[name] = int(said)
        return found

    def clean(self) -> dict[str, Any]:
        unasked = {"major": "", "grading": self.SCORED, "grade": None, "grade_reason": ""}
        values = unasked | _NO_SCORES | super().clean()
        if values["grading"] == self.SCORED:
            if (values["likelihood"] is None) != (values["harm"] is None):
                missing = "harm" if values["likelihood"] is not None else "likelihood"
                self.add_error(missing, _("Grading needs both likelihood and harm."))
            values |= {"grade": None, "grade_reason": ""}
        else:
            if values["grade"] is not None and not values["grade_reason"] and "grade_reason" not in self.errors:
                self.add_error("grade_reason", _("Say why the grade is set directly."))
            values |= _NO_SCORES
        return values


class MeasureForm(forms.Form):
    """One preventive measure; an empty row is no measure."""

    text = CleanTextField(
        label=_("Measure"),
        limit=MEASURE_LENGTH,
        rows=2,
        required=False,
    )
    responsible = CleanTextField(label=_("Who answers for it"), limit=TITLE_LENGTH, one_line=True, required=False)
    rhythm = forms.ChoiceField(label=_("How often"), choices=[_UNSET, *Rhythm.choices], required=False)
    evidence = CleanTextField(
        label=_("What will show that it was done"),
        limit=EVIDENCE_LENGTH,
        one_line=True,
        required=False,
        help_text=_("A register, minutes, a document: what can be looked up afterwards."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if (
            not values.get("text")
            and "text" not in self.errors
            and any(values.get(name) for name in ("responsible", "rhythm", "evidence"))
        ):
            self.add_error("text", _("Say what is done, or leave the whole row empty."))
        return values


class DeclaredMeasureForm(MeasureForm):
    """A measure in its own declaration; `measure` is the one that the row goes on from."""

    measure = forms.IntegerField(widget=forms.HiddenInput, required=False)


MOST_MEASURES = 20
MeasureFormSet = forms.formset_factory(MeasureForm, extra=0, max_num=MOST_MEASURES, validate_max=True, absolute_max=50)


DeclaredMeasureFormSet = forms.formset_factory(
    DeclaredMeasureForm, extra=0, max_num=MOST_MEASURES, validate_max=True, absolute_max=50
)


class NothingFoundForm(forms.Form):
    """Why nothing was found in a category."""

    version = forms.IntegerField(widget=forms.HiddenInput, initial=0, min_value=0)
    reason = CleanTextField(
        label=_("Why nothing was found"),
        limit=REASON_LENGTH,
        help_text=_("What was looked at, and why there is no risk of this category in the post."),
    )
