"""The form of a scheme: one for each way of scoring, checked as a whole by its rule."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise, keep_lazy_text
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..rules import (
    OPTIONAL_STEPS,
    OVERDUES,
    REPEATS,
    THRESHOLD_ROWS,
    AlertColour,
    AlertTable,
    Category,
    Criterion,
    Degree,
    Grade,
    Level,
    Scheme,
    Scoring,
    clean_text,
    digest,
)
from ..rules.grading import (
    EXPECTED,
    INSPECT_MONTHS,
    MOST_CRITERIA,
    MOST_DEGREES,
    MOST_NOTICE_DAYS,
    MOST_SCORE,
    THRESHOLDS,
    USUAL_HARMS,
    USUAL_LIKELIHOODS,
    WORD_LENGTH,
)
from .fields import CleanTextField

REASON_LENGTH = 500
_BLANK_ROWS = 3


class RowColumn(NamedTuple):
    """A column of a field of rows: its name, its heading, and what stands in it (number, text, check or hidden)."""

    name: str
    heading: str | Promise
    kind: str


class RowsWidget(forms.Widget):
    """A few like rows, blank ones after them; a value is a list of dicts by column."""

    template_name = "registry/scheme_rows.html"
    use_fieldset = True

    def __init__(self, columns: Sequence[RowColumn], most: int) -> None:
        super().__init__()
        self.columns, self.most = columns, most

    def value_from_datadict(self, data: Mapping, files: Mapping, name: str) -> list[dict[str, str]]:
        rows = [
            {column.name: data.get(f"{name}-{number}-{column.name}", "") for column in self.columns}
            for number in range(self.most)
        ]
        return [
            row for row in rows if any(row[column.name].strip() for column in self.columns if column.kind != "hidden")
        ]

    def value_omitted_from_data(self, data: Mapping, files: Mapping, name: str) -> bool:
        return False

    def get_context(self, name: str, value: list[dict] | None, attrs: dict | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        known = value or []
        rows = [*known, *({} for _blank in range(min(_BLANK_ROWS, self.most - len(known))))]
        context["widget"] |= {
            "columns": [column for column in self.columns if column.kind != "hidden"],
            "rows": [
                [
                    {"name": f"{name}-{number}-{column.name}", "column": column, "value": row.get(column.name, "")}
                    for column in self.columns
                ]
                for number, row in enumerate(rows)
            ],
            "has_more": len(rows) < self.most,
        }
        return context

    def id_for_label(self, id_: str) -> str:
        return ""


class DegreesField(forms.Field):
    """The degrees of a scale, lowest first."""

    def __init__(self, **kwargs: Any) -> None:
        columns = (RowColumn("score", _("Score"), "number"), RowColumn("words", _("What it means"), "text"))
        super().__init__(widget=RowsWidget(columns, MOST_DEGREES), required=False, **kwargs)

    def clean(self, value: list[dict[str, str]]) -> tuple[Degree, ...]:
        scores = [row["score"].strip() for row in value]
        if not all(score.isdecimal() and len(score) <= len(str(MOST_SCORE)) for score in scores):
            raise ValidationError(_("A score is a number from 1 to %s.") % MOST_SCORE)
        return tuple(
            Degree(int(score), clean_text(row["words"]).strip()) for score, row in zip(scores, value, strict=True)
        )


class CriteriaField(forms.Field):
    """Criteria; a row that was there keeps its key while it is reworded, a new one gets one of its own."""

    def __init__(self, **kwargs: Any) -> None:
        columns = (
            RowColumn("key", "", "hidden"),
            RowColumn("text", _("Criterion"), "text"),
            RowColumn("alone", _("Alone makes the highest grade"), "check"),
        )
        super().__init__(widget=RowsWidget(columns, MOST_CRITERIA), required=False, **kwargs)

    def clean(self, value: list[dict[str, str]]) -> tuple[Criterion, ...]:
        taken = {row["key"] for row in value}
        found = []
        for row in value:
            text = clean_text(row["text"]).strip()
            key = row["key"]
            while not key or key in {criterion.key for criterion in found}:
                key = digest([text, len(taken)])[-8:]
                taken.add(key)
            found.append(Criterion(key, text, bool(row["alone"])))
        return tuple(found)


ALERT_ROWS = {
    "point": _("signals about the same risk point"),
    "post": _("signals about the same post"),
    "organization": _("signals about the same organization"),
    "signal": _("days a signal is not judged"),
    "finding": _("days a finding is not corrected in time"),
    "task": _("days a task is not done in time"),
    "answer": _("days to answer"),
}


class AlertsWidget(forms.Widget):
    """The table of alerts: numbers by row and colour, and a colour for each grade. A value is a dict of texts by cell."""

    template_name = "registry/scheme_alerts.html"
    use_fieldset = True

    def value_from_datadict(self, data: Mapping, files: Mapping, name: str) -> dict[str, str]:
        cells = [f"{row}-{colour.value}" for row in (*THRESHOLD_ROWS, "answer") for colour in AlertColour]
        cells += [f"grades-{grade.value}" for grade in Grade]
        return {cell: data[f"{name}-{cell}"] for cell in cells if f"{name}-{cell}" in data}

    def get_context(self, name: str, value: dict | None, attrs: dict | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        value = value or {}

        def cells(row: str) -> list[dict[str, Any]]:
            names = [f"{row}-{colour.value}" for colour in AlertColour]
            return [
                {"name": f"{name}-{cell}", "value": value.get(cell, ""), "colour": colour.label}
                for cell, colour in zip(names, AlertColour, strict=True)
            ]

        context["widget"] |= {
            "colours": list(AlertColour),
            "groups": [
                (_("Signals judged as risk within twelve months, from"), _rows_of(REPEATS, cells)),
                (_("Days overdue, from"), _rows_of(OVERDUES, cells)),
                (_("Time to answer"), _rows_of(("answer",), cells)),
            ],
            "grades": [
                {
                    "name": f"{name}-grades-{grade.value}",
                    "label": grade.label,
                    "value": str(value.get(f"grades-{grade.value}", "")),
                    "choices": [("0", _("no alert")), *((str(each.value), each.label) for each in AlertColour)],
                }
                for grade in Grade
            ],
        }
        return context

    def id_for_label(self, id_: str) -> str:
        return ""


def _rows_of(rows: Sequence[str], cells: Callable[[str], list]) -> list[tuple[str | Promise, list]]:
    return [(ALERT_ROWS[row], cells(row)) for row in rows]


class AlertsField(forms.Field):
    """The table from which alerts follow; where nothing of it was sent it is the standard one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=AlertsWidget(), required=False, **kwargs)

    def clean(self, value: dict[str, str]) -> AlertTable:
        if not value:
            return AlertTable()
        numbers = {}
        for cell, text in value.items():
            text = text.strip()
            if text and not (text.isascii() and text.isdecimal() and len(text) <= 3):
                raise ValidationError(_("The table of alerts holds numbers; a cell that stays empty gives no alert."))
            numbers[cell] = int(text or 0)
        table = {
            row: tuple(numbers.get(f"{row}-{colour.value}", 0) for colour in AlertColour)
            for row in (*THRESHOLD_ROWS, "answer")
        }
        grades = tuple(numbers.get(f"grades-{grade.value}", 0) for grade in Grade)
        if any(colour and colour not in AlertColour.values for colour in grades):
            raise ValidationError(_("Choose one of the colours for each grade."))
        return AlertTable(**table, grades=grades)

    @staticmethod
    def initial_of(table: AlertTable) -> dict[str, str]:
        """Return what the field shows for a table."""
        rows = table.to_settings()
        grades = rows.pop("grades")
        cells = {
            f"{row}-{colour.value}": str(number or "")
            for row, numbers in rows.items()
            for colour, number in zip(AlertColour, numbers, strict=True)
        }
        return cells | {f"grades-{grade.value}": str(colour) for grade, colour in zip(Grade, grades, strict=True)}


def _in_order(level: Level, chosen: Collection[str]) -> tuple[str, ...]:
    """Return the chosen categories as the document names them, then the others."""
    named = EXPECTED[level]
    return tuple(name for name in (*named, *(each.value for each in Category if each not in named)) if name in chosen)


@keep_lazy_text
def _expected(level: str) -> str:
    return gettext("Expected: %s") % level


def _every(grade: Grade) -> forms.TypedChoiceField:
    """Return the choice of how often points of a grade are inspected."""
    return forms.TypedChoiceField(
        label=_inspected(grade.label), choices=[(months, str(months)) for months in INSPECT_MONTHS], coerce=int
    )


@keep_lazy_text
def _inspected(grade: str) -> str:
    return gettext("%s: months between two inspections") % grade


def _categories(level: Level) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_expected(level.label),
        choices=Category.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class SchemeForm(forms.Form):
    """Everything a scheme says. Once valid, `rule` is what was asked for."""

    rule: Scheme

    likelihoods = DegreesField(label=_("Degrees of likelihood"), help_text=_("From the lowest to the highest."))
    harms = DegreesField(label=_("Degrees of harm"), help_text=_("From the lowest to the highest."))
    criteria = CriteriaField(
        label=_("Criteria"),
        help_text=_("Reword a criterion in its own row: what was ticked before still counts. Clear a row to drop it."),
    )
    grade_1 = forms.IntegerField(min_value=1)
    grade_2 = forms.IntegerField(min_value=1)
    allows_direct = forms.BooleanField(label=_("A grade may also be set directly, with a reason"), required=False)
    word_1 = CleanTextField(label=Grade.I.label, limit=WORD_LENGTH, one_line=True, required=False)
    word_2 = CleanTextField(label=Grade.II.label, limit=WORD_LENGTH, one_line=True, required=False)
    word_3 = CleanTextField(label=Grade.III.label, limit=WORD_LENGTH, one_line=True, required=False)
    expected_leadership = _categories(Level.LEADERSHIP)
    expected_section = _categories(Level.SECTION)
    expected_post = _categories(Level.POST)
    left_out = forms.MultipleChoiceField(
        label=_("Steps left out"),
        choices=[(step.value, step.label) for step in OPTIONAL_STEPS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_(
            "Of the review of risk points. What the document names stays: the leadership team's review and the filing."
        ),
    )
    notice_days = forms.IntegerField(
        label=_("Working days of a public notice"), min_value=1, max_value=MOST_NOTICE_DAYS
    )
    notice_names = forms.BooleanField(label=_("A notice names the holders of posts"), required=False)
    publish_after_region = forms.BooleanField(label=_("Publication waits for the region's answer"), required=False)
    alerts = AlertsField(
        label=_("Alerts"),
        help_text=_("From which number on each colour is given. A cell that stays empty never gives its colour."),
    )
    inspect_1, inspect_2, inspect_3 = _every(Grade.I), _every(Grade.II), _every(Grade.III)
    reason = CleanTextField(
        label=_("Why it is changed"),
        limit=REASON_LENGTH,
        rows=2,
        help_text=_("Such as the number of the document; it stands beside the version."),
    )

    def __init__(self, *args: Any, scoring: str, **kwargs: Any) -> None:
        """`scoring` is the way of scoring asked about."""
        super().__init__(*args, **kwargs)
        self.scoring = Scoring(scoring)
        unasked = {
            Scoring.PRODUCT: ("likelihoods", "harms", "criteria"),
            Scoring.SCALES: ("criteria",),
            Scoring.CRITERIA: ("likelihoods", "harms"),
        }
        for name in unasked[self.scoring]:
            del self.fields[name]
        counted = self.scoring == Scoring.CRITERIA
        labels = (
            (_("Number of criteria from which it is grade I"), _("Number of criteria from which it is grade II"))
            if counted
            else (_("Product from which it is grade I"), _("Product from which it is grade II"))
        )
        for name, label in zip(("grade_1", "grade_2"), labels, strict=True):
            self.fields[name].label = label

    @classmethod
    def initial_of(cls, rule: Scheme, scoring: str) -> dict[str, Any]:
        """Return what the form shows to begin with: what holds now, and of another way of scoring what is usual."""
        stays = rule.scoring == scoring
        grade_1, grade_2 = (rule.grade_1, rule.grade_2) if stays else THRESHOLDS[Scoring(scoring)]
        likelihoods, harms = (rule.likelihoods, rule.harms) if stays else (USUAL_LIKELIHOODS, USUAL_HARMS)
        words = dict(zip(("word_1", "word_2", "word_3"), rule.words, strict=False))
        names = ("allows_direct", "notice_days", "notice_names", "publish_after_region")
        return {
            "likelihoods": [{"score": each.score, "words": each.words} for each in likelihoods],
            "harms": [{"score": each.score, "words": each.words} for each in harms],
            "criteria": [{"key": each.key, "text": each.text, "alone": each.alone} for each in rule.criteria],
            "grade_1": grade_1,
            "grade_2": grade_2,
            "left_out": rule.left_out,
            "alerts": AlertsField.initial_of(rule.alerts),
            **words,
            **{f"expected_{level}": rule.expected[level] for level in Level},
            **{f"inspect_{grade}": months for grade, months in zip(Grade, rule.inspect_months, strict=True)},
            **{name: getattr(rule, name) for name in names},
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        self.rule = self._rule_of(values)
        unread = set(self.errors)  # is not judged as well
        for fault in self.rule.faults():
            fields = {"words": "word_1", "expected": "expected_post", "inspect_months": "inspect_1"}
            name = fields.get(fault.setting, fault.setting)
            if name not in unread:
                self.add_error(name, fault.sentence)
        return values

    def _rule_of(self, values: Mapping[str, Any]) -> Scheme:
        words = tuple(values.get(name, "") for name in ("word_1", "word_2", "word_3"))
        grade_1, grade_2 = THRESHOLDS[self.scoring]
        return Scheme(
            scoring=self.scoring,
            grade_1=values.get("grade_1") or grade_1,
            grade_2=values.get("grade_2") or grade_2,
            likelihoods=values.get("likelihoods", ()),
            harms=values.get("harms", ()),
            criteria=values.get("criteria", ()),
            allows_direct=values["allows_direct"],
            words=words if any(words) else (),
            notice_days=values.get("notice_days") or Scheme.notice_days,
            notice_names=values["notice_names"],
            publish_after_region=values["publish_after_region"],
            expected={level: _in_order(level, values.get(f"expected_{level}", ())) for level in Level},
            left_out=tuple(step.value for step in OPTIONAL_STEPS if step in values.get("left_out", ())),
            alerts=values.get("alerts") or AlertTable(),
            inspect_months=tuple(
                values.get(f"inspect_{grade}") or months
                for grade, months in zip(Grade, Scheme.inspect_months, strict=True)
            ),
        )
