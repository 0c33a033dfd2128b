"""The form of a decision."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from ..rules import REASON_LENGTH, Verdict
from .fields import CleanTextField

PHRASES = [
    ("", _("No standard phrase")),
    ("true_and_agreed", _("The matter is as described; agreed.")),
    ("accurate_measures_fit", _("Risk points are found accurately, the measures fit; agreed.")),
    ("complete_please", _("Please complete it as remarked and submit it again.")),
]


class DecisionForm(forms.Form):
    """Approve, file or return, with an opinion, and remarks on single entries."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    seen_digest = forms.CharField(widget=forms.HiddenInput)
    verdict = forms.ChoiceField(choices=Verdict.choices, widget=forms.HiddenInput)
    phrase = forms.ChoiceField(label=_("Standard phrase"), choices=PHRASES, required=False)
    reason = CleanTextField(label=_("Opinion"), limit=REASON_LENGTH, rows=3, required=False)

    def __init__(self, *args, entries: Mapping[str, str], **kwargs) -> None:
        """`entries` are the names of the entries that may be remarked on, by target."""
        super().__init__(*args, **kwargs)
        self.remark_fields = {target: "remark-" + target.replace(":", "-") for target in entries}
        for target, name in self.remark_fields.items():
            self.fields[name] = CleanTextField(
                label=_("Remark on “%s”") % entries[target], limit=REASON_LENGTH, rows=2, required=False
            )

    @property
    def opinion(self) -> str:
        """The phrase and what was typed, as one text."""
        phrase = str(dict(PHRASES)[self.cleaned_data["phrase"]]) if self.cleaned_data["phrase"] else ""
        return "\n".join(part for part in (phrase, self.cleaned_data["reason"]) if part)

    @property
    def remarks(self) -> dict[str, str]:
        """The remarks by target, without empty ones."""
        return {target: text for target, name in self.remark_fields.items() if (text := self.cleaned_data[name])}

    def remark_field(self, target: str) -> forms.BoundField:
        """Return the field in which `target` is remarked on."""
        return self[self.remark_fields[target]]
