"""Forms of the declaration. They keep what was typed; what is still missing is said at the check page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import PointVersion
from ..rules import (
    MEASURE_LENGTH,
    REASON_LENGTH,
    TITLE_LENGTH,
    Category,
    Cause,
    Grade,
    Method,
    Rhythm,
)
from .fields import CleanTextField

_UNSET = ("", _("Please choose"))
LIKELIHOODS = {
    1: _("1 – hardly ever"),
    2: _("2 – seldom"),
    3: _("3 – now and then"),
    4: _("4 – often"),
    5: _("5 – almost certain"),
}
HARMS = {1: _("1 – slight"), 2: _("2 – small"), 3: _("3 – noticeable"), 4: _("4 – serious"), 5: _("5 – grave")}
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
    grading = forms.ChoiceField(
        label=_("How to grade"),
        choices=[(SCORED, _("by likelihood and harm")), (SET, _("set the grade directly, with a reason"))],
        widget=forms.RadioSelect,
        initial=SCORED,
    )
    likelihood = forms.TypedChoiceField(
        label=_("Likelihood"), choices=[_UNSET, *LIKELIHOODS.items()], coerce=int, empty_value=None, required=False
    )
    harm = forms.TypedChoiceField(
        label=_("Harm"), choices=[_UNSET, *HARMS.items()], coerce=int, empty_value=None, required=False
    )
    grade = forms.TypedChoiceField(
        label=_("Grade"), choices=[_UNSET, *Grade.choices], coerce=int, empty_value=None, required=False
    )
    grade_reason = CleanTextField(label=_("Reason for setting the grade"), limit=REASON_LENGTH, rows=2, required=False)

    @classmethod
    def initial_of(cls, point: PointVersion) -> dict[str, Any]:
        """Return what the form shows of a stored point."""
        values = {name: getattr(point, name) for name in cls.base_fields if hasattr(point, name)}
        is_set = point.grade is not None and point.likelihood is None
        values["grading"] = cls.SET if is_set else cls.SCORED
        # A grade that follows from the scores is shown beside them, not as if it had been chosen.
        values["grade"] = point.grade if is_set else None
        return values

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("grading") == self.SCORED:
            if (values.get("likelihood") is None) != (values.get("harm") is None):
                missing = "harm" if values.get("likelihood") is not None else "likelihood"
                self.add_error(missing, _("Grading needs both likelihood and harm."))
            values |= {"grade": None, "grade_reason": ""}
        else:
            if values.get("grade") is not None and not values.get("grade_reason") and "grade_reason" not in self.errors:
                self.add_error("grade_reason", _("Say why the grade is set directly."))
            values |= {"likelihood": None, "harm": None}
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

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not values.get("text") and "text" not in self.errors and (values.get("responsible") or values.get("rhythm")):
            self.add_error("text", _("Say what is done, or leave the whole row empty."))
        return values


MOST_MEASURES = 20
MeasureFormSet = forms.formset_factory(MeasureForm, extra=0, max_num=MOST_MEASURES, validate_max=True, absolute_max=50)


class NothingFoundForm(forms.Form):
    """Why nothing was found in a category."""

    version = forms.IntegerField(widget=forms.HiddenInput, initial=0, min_value=0)
    reason = CleanTextField(
        label=_("Why nothing was found"),
        limit=REASON_LENGTH,
        help_text=_("What was looked at, and why there is no risk of this category in the post."),
    )
