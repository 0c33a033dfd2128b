"""Forms of monitoring signals."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.forms.fields import CleanTextField
from registry.forms.imports import LedgerFileField
from registry.forms.organization import DayField
from registry.models import Organization, PointVersion, Post
from registry.rules import REASON_LENGTH, TEXT_LENGTH, Refused

from ..querysets.signals import SignalFilter
from ..rules import SOURCE_LENGTH, Judging, SignalChannel, check_received

_ALL = ("", _("all"))
WORDS_LENGTH = 100


class SignalFilterForm(forms.Form):
    """What the register is to show; all fields may be left empty. Words are asked of those only who read every text."""

    year = forms.TypedChoiceField(label=_("Year"), coerce=int, empty_value=None, required=False)
    organization = forms.ModelChoiceField(
        label=_("Unit or section"),
        queryset=Organization.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("all"),
    )
    channel = forms.ChoiceField(label=_("Channel"), choices=[_ALL, *SignalChannel.choices], required=False)
    judged = forms.ChoiceField(label=_("Judged"), choices=[_ALL, *Judging.choices], required=False)
    words = CleanTextField(label=_("Words"), limit=WORDS_LENGTH, one_line=True, required=False)

    def __init__(
        self, *args: Any, organizations: QuerySet[Organization], years: list[int], with_words: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = organizations
        self.fields["year"].choices = [_ALL, *((year, year) for year in years)]
        if not with_words:
            del self.fields["words"]

    @property
    def wanted(self) -> SignalFilter:
        """What is asked for, once the form is valid."""
        values = self.cleaned_data
        organization = values["organization"]
        return SignalFilter(
            year=values["year"],
            interval=organization.interval if organization else None,
            channel=values["channel"],
            judged=values["judged"],
            words=values.get("words", ""),
        )


class PlaceForm(forms.Form):
    """The first step: which organization a signal is about."""

    organization = forms.ModelChoiceField(
        label=_("About which organization"),
        queryset=Organization.objects.none(),
        to_field_name="code",
        empty_label=_("Please choose"),
    )

    def __init__(self, *args: Any, organizations: QuerySet[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = organizations
        self.fields["organization"].label_from_instance = lambda each: f"{each.name} ({each.code})"


class PostForm(forms.Form):
    """The second step: which post of it, or the organization as a whole."""

    post = forms.ModelChoiceField(
        label=_("About which post"),
        queryset=Post.objects.none(),
        required=False,
        empty_label=_("the organization as a whole"),
    )

    def __init__(self, *args: Any, posts: QuerySet[Post], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post"].queryset = posts


class _PointField(forms.ModelChoiceField):
    def label_from_instance(self, version: PointVersion) -> str:
        return f"{version.title} ({version.point.code})"


class SignalForm(forms.Form):
    """The third step: about which risk point, and what came in by which channel."""

    point = _PointField(
        label=_("About which risk point"),
        queryset=PointVersion.objects.none(),
        required=False,
        empty_label=_("none in particular"),
    )
    channel = forms.ChoiceField(label=_("Channel"), choices=[("", _("Please choose")), *SignalChannel.choices])
    received_on = DayField(label=_("Received on"))
    text = CleanTextField(
        label=_("What it says"),
        limit=TEXT_LENGTH,
        rows=8,
        help_text=_("In its own words where possible. Who it came from does not belong here but into the field below."),
    )
    is_confidential = forms.BooleanField(
        label=_("Confidential"),
        required=False,
        initial=True,
        help_text=_("Then only the discipline inspectors read it, and whoever entered it."),
    )
    source = CleanTextField(
        label=_("Who it came from"),
        limit=SOURCE_LENGTH,
        rows=2,
        required=False,
        help_text=_(
            "May stay empty. It is stored encrypted; only the discipline inspectors can have it shown, each time recorded. "
            "You will not see it again either."
        ),
    )

    def __init__(self, *args: Any, points: QuerySet[PointVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["point"].queryset = points
        self.fields["received_on"].initial = timezone.localdate

    def clean_received_on(self) -> dt.date:
        try:
            check_received(self.cleaned_data["received_on"], timezone.localdate())
        except Refused as why:
            raise ValidationError(str(why)) from None
        return self.cleaned_data["received_on"]


class JudgeForm(forms.Form):
    """What a signal is, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    judged = forms.ChoiceField(
        label=_("It shows"),
        choices=[
            (Judging.RISK.value, _("a risk")),
            (Judging.NO_RISK.value, _("no risk")),
            (Judging.OPEN.value, _("that cannot be said yet")),
        ],
        widget=forms.RadioSelect,
    )
    reason = CleanTextField(label=_("Reasons"), limit=REASON_LENGTH, rows=4)


class OpenSignalForm(forms.Form):
    """Why a signal is not confidential."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = CleanTextField(label=_("Why it is not confidential"), limit=REASON_LENGTH, rows=3)


class SignalFileForm(forms.Form):
    """A workbook of signals."""

    file = LedgerFileField(label=_("Workbook"), help_text=_("Our template filled in, .xlsx or .xls."))


class SeenForm(forms.Form):
    """The digest of what the page showed."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=80)
