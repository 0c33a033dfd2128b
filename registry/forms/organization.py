"""Forms of the administration: organizations, posts, people, appointments, roles."""

import datetime as dt
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..models import Organization, Person, Post
from ..roles import ROLES, Role
from ..rules import CODE_LENGTH, NAME_LENGTH, NOTE_LENGTH, PARENTS, OrganizationKind, Rank
from ..rules.text import TEXT_LENGTH
from .fields import ChosenField, CleanTextField


class DayField(forms.DateField):
    """A day; the browser's own calendar where it has one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)
        self.validators.append(MinValueValidator(dt.date(1900, 1, 1)))


class StaffField(CleanTextField):
    """A person, named by staff number."""

    people: QuerySet[Person]

    def __init__(self, **kwargs: Any) -> None:
        told = {"label": _("Staff number"), "help_text": _("Look it up under “People”.")}
        super().__init__(limit=150, one_line=True, **told | kwargs)

    def clean(self, value: str | None) -> Person | None:
        username = super().clean(value)
        if not username:
            return None
        person = self.people.filter(username__iexact=username).first()
        if person is None:
            raise ValidationError(_("There is nobody with this staff number whom you administer."))
        return person


class OrganizationField(forms.ModelChoiceField):
    """One of the organizations one may choose, with what it is a part of and its code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Organization.objects.none(), to_field_name="code", empty_label="—", **kwargs)

    def label_from_instance(self, organization: Organization) -> str:
        parent = f"{organization.parent.name} / " if organization.kind == OrganizationKind.SECTION else ""
        return f"{parent}{organization.name} ({organization.code})"


class SuccessorField(forms.ChoiceField):
    """The post that takes over the duties of another one, or None where they end: that is a choice of its own."""

    NOBODY = "nobody"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Who takes over its duties"), **kwargs)

    def offer(self, posts: Iterable[Post]) -> None:
        """Let one of these posts be chosen: in the order of the tree, each with its `holders` of today."""
        found = list(posts)
        self.posts = {str(post.pk): post for post in found}
        groups = [
            (place.name, [(post.pk, _told(post)) for post in of_place])
            for place, of_place in groupby(found, key=lambda post: post.organization)
        ]
        self.choices = [("", "—"), (self.NOBODY, _("nobody: its duties end")), *groups]

    def clean(self, value: str | None) -> Post | None:
        return self.posts.get(super().clean(value))


def _told(post: Post) -> str:
    holders = _(", ").join(appointment.person.name for appointment in post.holders)
    return _("%(post)s – %(holders)s") % {"post": post.name, "holders": holders or _("nobody")}


def note() -> CleanTextField:
    """The field for why something is done."""
    return CleanTextField(
        label=_("Reason"),
        limit=NOTE_LENGTH,
        one_line=True,
        help_text=_("Such as the number of the document; it stands in the history."),
    )


class PartForm(forms.Form):
    """A new organization below `parent`."""

    kind = forms.ChoiceField(label=_("Kind"))
    code = CleanTextField(
        label=_("Code"),
        limit=CODE_LENGTH,
        one_line=True,
        help_text=_("Short and lasting: it becomes part of every number given there."),
    )
    name = CleanTextField(label=_("Name"), limit=NAME_LENGTH, one_line=True)
    opened_on = DayField(label=_("Opened on"))

    def __init__(self, *args: Any, parent: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind, kind.label) for kind, above in PARENTS.items() if parent.kind in above]
        self.fields["opened_on"].initial = timezone.localdate

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if not all(character.isalnum() or character in "-_." for character in code):
            raise ValidationError(_("A code is made of letters, digits and hyphens."))
        return code


class RenameForm(forms.Form):
    """Another name from now on."""

    name = CleanTextField(label=_("Name"), limit=NAME_LENGTH, one_line=True)
    reason = note()


class ReasonForm(forms.Form):
    """Why an account is helped."""

    reason = note()


class MoveForm(forms.Form):
    """Where something belongs from now on."""

    target = OrganizationField(label=_("New place"))
    reason = note()

    def __init__(self, *args: Any, targets: QuerySet[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].queryset = targets


class MergeForm(MoveForm):
    """Into what an organization is merged, from which day on."""

    on = DayField(label=_("From this day on"))

    field_order = ("target", "on", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].label = _("Merged into")
        self.fields["on"].initial = timezone.localdate


class _PostsField(ChosenField):
    """Posts with the number of risk points that stand for each (`standing_points`)."""

    def label_from_instance(self, post: Post) -> str:
        number = post.standing_points
        told = ngettext("%(post)s – %(number)s risk point", "%(post)s – %(number)s risk points", number)
        return told % {"post": post.name, "number": number}


class SplitForm(forms.Form):
    """A new section, and the posts it takes over."""

    code = PartForm.base_fields["code"]
    name = CleanTextField(label=_("Name of the new section"), limit=NAME_LENGTH, one_line=True)
    posts = _PostsField(
        label=_("Posts it takes over"), queryset=Post.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    on = DayField(label=_("From this day on"))
    reason = note()

    def __init__(self, *args: Any, source: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["posts"].queryset = source.posts.with_points().order_by("pk")
        self.fields["on"].initial = timezone.localdate

    clean_code = PartForm.clean_code


class EndForm(forms.Form):
    """The last day of something."""

    ends_on = DayField(label=_("Last day"))
    reason = note()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ends_on"].initial = timezone.localdate


class PostCloseForm(EndForm):
    """The last day of a post, and who takes over: to be chosen where risk points stand for it."""

    successor = SuccessorField()

    field_order = ("ends_on", "successor", "reason")

    def __init__(self, *args: Any, candidates: Iterable[Post], must_choose: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["successor"].offer(candidates)
        self.fields["successor"].required = must_choose


class SuccessorForm(forms.Form):
    """Who takes over the duties of a post that is closed."""

    successor = SuccessorField()
    reason = note()

    def __init__(self, *args: Any, candidates: Iterable[Post], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["successor"].offer(candidates)


class PostForm(forms.Form):
    """A new post."""

    name = CleanTextField(label=_("Post"), limit=NAME_LENGTH, one_line=True)
    duties = CleanTextField(label=_("Duties"), limit=TEXT_LENGTH, rows=6, required=False)
    opened_on = DayField(label=_("Opened on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["opened_on"].initial = timezone.localdate


class PostChangeForm(forms.Form):
    """Name and duties of a post from now on."""

    name = CleanTextField(label=_("Post"), limit=NAME_LENGTH, one_line=True)
    duties = CleanTextField(label=_("Duties"), limit=TEXT_LENGTH, rows=6, required=False)
    reason = note()


class PersonForm(forms.Form):
    """A new account."""

    username = CleanTextField(
        label=_("Staff number"),
        limit=150,
        one_line=True,
        help_text=_(
            "Letters, digits and . @ + - _; the person signs in with it, and it is never given to another one."
        ),
    )
    name = CleanTextField(label=_("Name of the person"), limit=NAME_LENGTH, one_line=True)


class NewPasswordForm(forms.Form):
    """Why somebody needs a new password."""

    reason = CleanTextField(label=_("Reason"), limit=NOTE_LENGTH, one_line=True)


class AppointForm(forms.Form):
    """Who holds a post from a day on."""

    person = StaffField()
    rank = forms.ChoiceField(
        label=_("Cadre rank"), choices=Rank.choices, help_text=_("It alone decides whether the region reviews.")
    )
    starts_on = DayField(label=_("From"))
    ends_on = DayField(label=_("Until"), required=False, help_text=_("Empty while it goes on."))

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].people = people
        self.fields["starts_on"].initial = timezone.localdate


class HandOverForm(forms.Form):
    """Who holds the post next, from which day on."""

    person = StaffField(label=_("Staff number of the new holder"))
    rank = forms.ChoiceField(label=_("Cadre rank"), choices=Rank.choices)
    starts_on = DayField(label=_("First day of the new holder"))
    reason = note()

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].people = people
        self.fields["starts_on"].initial = timezone.localdate


class RecusalForm(forms.Form):
    """Who has nothing to do with an organization, in which time, why."""

    person = StaffField()
    starts_on = DayField(label=_("From"))
    ends_on = DayField(label=_("Until"), required=False, help_text=_("Empty while it goes on."))
    reason = CleanTextField(label=_("Reason"), limit=500, rows=3)

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].people = people
        self.fields["starts_on"].initial = timezone.localdate


class RoleForm(RecusalForm):
    """Who holds which role on an organization."""

    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    field_order = ("role", "person", "starts_on", "ends_on", "reason")

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in roles_on(kind)]
        self.fields["reason"].help_text = _("Such as the number of the document.")


def roles_on(kind: str) -> Iterable[Role]:
    """Return the roles held on a kind of organization, in the order of the table."""
    return [role for role, description in ROLES.items() if kind in description.held_on]


class SearchForm(forms.Form):
    """What somebody looks for, and whether what is closed is shown too."""

    q = CleanTextField(label=_("Name or number"), limit=100, one_line=True, required=False)
    closed = forms.BooleanField(label=_("Show what is closed, too"), required=False)
