"""Forms of numbered copies: to whom they go, when they came back; and what is typed to have a sheet checked."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..rules import NOTE_LENGTH
from .fields import CleanTextField

MOST_COPIES = 20
LONGEST_RECIPIENT = 100


class IssueForm(forms.Form):
    """One copy for each line of `recipients`."""

    recipients = CleanTextField(
        label=_("Issued to"),
        limit=MOST_COPIES * (LONGEST_RECIPIENT + 1),
        rows=5,
        help_text=_("One recipient a line; each gets a copy with a number of its own."),
    )
    purpose = CleanTextField(label=_("Purpose"), limit=NOTE_LENGTH, one_line=True, required=False)
    due_on = forms.DateField(
        label=_("To be returned by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Leave it empty where the copy need not come back."),
    )

    def clean_recipients(self) -> list[str]:
        found = [line.strip() for line in self.cleaned_data["recipients"].splitlines() if line.strip()]
        if len(found) > MOST_COPIES:
            raise ValidationError(
                _("These are %(count)s copies; at most %(most)s are issued at once.")
                % {"count": len(found), "most": MOST_COPIES}
            )
        if long := [name for name in found if len(name) > LONGEST_RECIPIENT]:
            raise ValidationError(
                _("A recipient has at most %(most)s characters: %(name)s")
                % {"most": LONGEST_RECIPIENT, "name": long[0]}
            )
        return found

    def clean_due_on(self) -> dt.date | None:
        day = self.cleaned_data["due_on"]
        if day is not None and day < timezone.localdate():
            raise ValidationError(_("The day by which it is to be returned lies in the past."))
        return day


class ReturnForm(forms.Form):
    """That a copy came back."""

    returned_on = forms.DateField(
        label=_("Returned on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    remark = CleanTextField(label=_("Remark"), limit=NOTE_LENGTH, one_line=True, required=False)


class RegisterForm(forms.Form):
    """What of the register is shown."""

    OUT, LATE, RETURNED, NEVER = "out", "late", "returned", "never"

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("all")),
            (OUT, _("not returned")),
            (LATE, _("late")),
            (RETURNED, pgettext_lazy("copy", "returned")),
            (NEVER, _("never made")),
        ],
    )
    words = CleanTextField(label=_("Words"), limit=100, one_line=True, required=False)


class CheckForm(forms.Form):
    """What stands on a sheet, or the digest of a file; anybody may type anything."""

    code = CleanTextField(
        label=_("Code for checking"),
        limit=100,
        one_line=True,
        required=False,
        help_text=_("Twelve letters and figures under the QR code. Capitals, spaces and hyphens do not matter."),
    )
    digest = CleanTextField(
        label=_("SHA-256 digest of the file"),
        limit=200,
        one_line=True,
        required=False,
        help_text=_("On Windows “certutil -hashfile FILE SHA256” works it out, on Linux “sha256sum FILE”."),
    )
