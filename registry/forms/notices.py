"""Forms of public notices and objections."""

from collections.abc import Sequence

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..models import NoticeLine, Organization, PublicNotice
from ..rules import (
    MOST_EXTRA_DAYS,
    REASON_LENGTH,
    TITLE_LENGTH,
    Channel,
    NoticeKind,
    NoticeOrder,
    NoticeScope,
    OrganizationKind,
    Ruling,
)
from .fields import ChosenField, CleanTextField


class NewNoticeForm(forms.Form):
    """For whom a notice is composed, and of which year."""

    organization = forms.ModelChoiceField(
        label=_("Unit or section"), queryset=Organization.objects.none(), to_field_name="code", empty_label=None
    )
    kind = forms.ChoiceField(
        label=_("What is shown"), choices=NoticeKind.choices, widget=forms.RadioSelect, initial=NoticeKind.POINTS
    )
    year = forms.TypedChoiceField(label=_("Year"), coerce=int)

    def __init__(self, *args, organizations, years: Sequence[int], **kwargs) -> None:
        """`organizations` is the queryset of those one may choose, `years` those that may be published."""
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = organizations
        self.fields["year"].choices = [(year, year) for year in years]


class NoticeForm(forms.Form):
    """What is composed. The lines are ticked in a table of their own."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title = CleanTextField(label=_("Title"), limit=TITLE_LENGTH, one_line=True)
    scope = forms.ChoiceField(
        label=_("Shown"),
        widget=forms.RadioSelect,
        help_text=_("Wider than the unit needs the consent of a principal leader."),
    )
    order = forms.ChoiceField(label=_("Order of the lines"), choices=NoticeOrder.choices)
    contact = CleanTextField(
        label=_("Where and how to object"),
        limit=REASON_LENGTH,
        rows=3,
        required=False,
        help_text=_("Office, telephone, mail or e-mail address, and room; it stands on the sheet."),
    )
    chosen = forms.TypedMultipleChoiceField(coerce=int, required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, notice: PublicNotice, offered: Sequence[int], **kwargs) -> None:
        """`offered` are the ids of the versions that may be ticked."""
        super().__init__(*args, **kwargs)
        scopes = list(NoticeScope)
        if notice.kind == NoticeKind.MEASURES:
            scopes = [NoticeScope.UNIT]
        elif notice.organization.kind != OrganizationKind.SECTION:
            scopes.remove(NoticeScope.SECTION)
        self.fields["scope"].choices = [(scope.value, scope.label) for scope in scopes]
        self.fields["chosen"].choices = [(pk, pk) for pk in offered]


class ObjectionForm(forms.Form):
    """An objection on screen; the name may be left out."""

    line = forms.ModelChoiceField(
        label=_("What it is about"),
        queryset=NoticeLine.objects.none(),
        required=False,
        empty_label=_("the notice as a whole"),
    )
    text = CleanTextField(
        label=_("Objection"), limit=REASON_LENGTH, help_text=_("What is wrong, and how it could be verified.")
    )
    named = forms.BooleanField(
        label=_("With my name"),
        required=False,
        initial=True,
        help_text=_("Without it nothing is stored of who wrote it, and you find the answer with the notice's result."),
    )

    def __init__(self, *args, notice: PublicNotice, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].queryset = notice.lines.all()


class ReceivedObjectionForm(ObjectionForm):
    """An objection that came in another way, as somebody records it."""

    channel = forms.ChoiceField(
        label=_("How it came in"), choices=[choice for choice in Channel.choices if choice[0] != Channel.SCREEN]
    )
    received_on = forms.DateField(
        label=_("Received on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    objector = CleanTextField(
        label=_("Who objects"), limit=100, one_line=True, required=False, help_text=_("May be left empty.")
    )
    named = None

    field_order = ("channel", "received_on", "line", "text", "objector")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["received_on"].initial = timezone.localdate


class AnswerForm(forms.Form):
    """The ruling on an objection, with its reasons."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    ruling = forms.ChoiceField(label=_("Ruling"), choices=Ruling.choices, widget=forms.RadioSelect)
    lines = ChosenField(
        label=_("Lines it is right about"),
        queryset=NoticeLine.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    answer = CleanTextField(
        label=_("Answer"), limit=REASON_LENGTH, help_text=_("What was looked into and why it is decided so.")
    )

    def __init__(self, *args, objection, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if objection.line_id is None:
            self.fields["lines"].queryset = objection.notice.lines.all()
        else:
            del self.fields["lines"]


class ExtensionForm(forms.Form):
    """By how many working days a posted notice is to run longer, and why."""

    days = forms.IntegerField(label=_("Working days more"), min_value=1, max_value=MOST_EXTRA_DAYS)
    reason = CleanTextField(
        label=_("Reason"), limit=200, rows=2, help_text=_("It stands on the sheet and on the page of the notice.")
    )


class TakeDownForm(forms.Form):
    """Why a posted notice is taken down at once."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = CleanTextField(label=_("Reason"), limit=REASON_LENGTH, rows=3)
