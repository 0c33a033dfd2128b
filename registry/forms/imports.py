"""Forms of taking in a ledger in the browser."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from ..actions.uploads import Choices
from ..models import Organization
from ..rules import NOTE_LENGTH, Category, Upload
from ..rules.uploads import LEDGER_ENDINGS, MOST_BYTES, ledger_of, too_large
from ..rules.workbooks import HEADINGS, Column
from .fields import CleanTextField

_BASIS_LENGTH = 300
KEEP = Column.REMARK


class LedgerFileField(forms.FileField):
    """A workbook that may hold a ledger (rules/uploads.py), every problem named. The cleaned value is an Upload."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.FileInput(attrs={"accept": ",".join(LEDGER_ENDINGS)}), **kwargs)

    def to_python(self, data: UploadedFile | None) -> Upload | None:
        if data is None:
            return None
        if data.size > MOST_BYTES:
            raise ValidationError(too_large())
        upload, found = ledger_of(data.name, data.read())
        if found:
            raise ValidationError(found)
        return upload


class _UnitField(forms.ModelChoiceField):
    def label_from_instance(self, unit: Organization) -> str:
        return f"{unit.name} ({unit.code})"


class UploadForm(forms.Form):
    """Which file, for which unit and year, and where it was filed on paper."""

    unit = _UnitField(label=_("Unit"), queryset=Organization.objects.none(), empty_label=None)
    year = forms.IntegerField(label=_("Year of the ledger"), min_value=1990, max_value=2100)
    basis = CleanTextField(
        label=_("Filed on paper: where, when, document number"),
        limit=_BASIS_LENGTH,
        one_line=True,
        required=False,
        help_text=_("Where the ledger was filed before, so that it can be found again. May stay empty."),
    )
    file = LedgerFileField(
        label=_("Workbook"),
        help_text=_("The .xlsx or .xls the unit already has, as it is, or our template filled in; 10 MB at most."),
    )

    def __init__(self, *args: Any, units: Sequence[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Organization.objects.filter(pk__in=[unit.pk for unit in units]).order_by(
            "tree_from"
        )
        self.fields["unit"].initial = units[0].pk
        self.fields["year"].initial = timezone.localdate().year


class ChoicesForm(forms.Form):
    """What a person confirms for a file: places to make, meanings of headings, categories that were proposed."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    create = forms.MultipleChoiceField(
        label=_("Sections and posts to be made"), required=False, widget=forms.CheckboxSelectMultiple
    )
    confirmed = forms.MultipleChoiceField(
        label=_("Categories that are right as proposed"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, *args: Any, report: dict[str, Any], choices: Choices, titles: Mapping[str, str], **kwargs: Any
    ) -> None:
        """`report` is what was found last, with `choices`; what was confirmed then is offered again, ticked.

        `titles` are those of the points by their place in the file: a category is judged by what the point says.
        """
        initial = {"create": choices.create, "confirmed": list(choices.confirmed)}
        super().__init__(*args, initial={**initial, **kwargs.pop("initial", {})}, **kwargs)
        missing = report["missing"]
        names = [*missing["sections"], *missing["posts"]]
        self.fields["create"].choices = [(name, name) for name in names]
        self.proposed = {proposal["place"]: proposal["category"] for proposal in report["proposals"]}
        self.proposed |= choices.confirmed
        why = {proposal["place"]: proposal["why"] for proposal in report["proposals"]}
        self.fields["confirmed"].choices = [
            (
                place,
                format_html(
                    '<span>{} · {} <span class="hint d-block">{} {}</span></span>',
                    Category(category).label,
                    titles.get(place, ""),
                    place,
                    why.get(place, ""),
                ),
            )
            for place, category in self.proposed.items()
        ]
        self.headings = _headings_to_ask(report, choices)
        columns = [(KEEP.value, _("keep it in the remarks"))]
        columns += [(column.value, label) for column, label in HEADINGS.items() if column != KEEP]
        for number, heading in enumerate(self.headings):
            self.fields[f"heading_{number}"] = forms.ChoiceField(
                label=heading, choices=columns, initial=choices.mapping.get(heading, KEEP.value)
            )
        for name in ("create", "confirmed"):
            if not self.fields[name].choices:
                del self.fields[name]

    @property
    def asks_something(self) -> bool:
        return len(self.fields) > 1

    @property
    def heading_fields(self) -> list[forms.BoundField]:
        return [self[f"heading_{number}"] for number in range(len(self.headings))]

    @property
    def chosen(self) -> Choices:
        """What was confirmed. A heading that stays in the remarks is no meaning anybody has to remember."""
        values = self.cleaned_data
        told = {heading: values[f"heading_{number}"] for number, heading in enumerate(self.headings)}
        return Choices(
            create=values.get("create", []),
            mapping={heading: column for heading, column in told.items() if column != KEEP},
            confirmed={place: self.proposed[place] for place in values.get("confirmed", [])},
        )


def _headings_to_ask(report: dict[str, Any], choices: Choices) -> list[str]:
    """Return the headings nobody knows, and those told for this file, each once in the order of the file."""
    unknown = [" ".join(heading["heading"].split()) for heading in report["headings"] if not heading["becomes"]]
    return [heading for heading in dict.fromkeys([*unknown, *choices.mapping]) if heading]


class ApplyForm(forms.Form):
    """The digest of what the page showed."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=80)


class UndoForm(forms.Form):
    """Why an import is taken back."""

    reason = CleanTextField(label=_("Reason"), limit=NOTE_LENGTH, one_line=True)
