"""Rules of passwords beyond Django's own, and when one has to be changed."""

from django.contrib.auth import BACKEND_SESSION_KEY
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import ngettext

from registry.actions import organization, sign_in
from registry.models import Person
from registry.rules.sign_in import PASSWORDS_REMEMBERED

OWN_PASSWORDS = "django.contrib.auth.backends.ModelBackend"


def has_to_change(request: HttpRequest) -> bool:
    """Say whether the person signed in with a password that somebody else has seen, or that is too old."""
    if request.session.get(BACKEND_SESSION_KEY) != OWN_PASSWORDS:
        return False
    return sign_in.is_one_time(request.user) or sign_in.has_expired(request.user)


class NotUsedLately:
    """The present password, and those before it, may not come back at once."""

    def validate(self, password: str, user: Person | None = None) -> None:
        if user is not None and user.pk and sign_in.was_used(Person.objects.get(pk=user.pk), password):
            raise ValidationError(self.get_help_text(), code="password_used_lately")

    def password_changed(self, password: str, user: Person | None = None) -> None:
        """Called by Django where a password was saved without our verb, as by `manage.py changepassword`."""
        if user is not None and user.pk:
            organization.note_password_given(by=organization.console_actor(), person=user, password=password)

    def get_help_text(self) -> str:
        return ngettext(
            "It may not be your present password.",
            "It may not be one of your last %(number)d passwords.",
            PASSWORDS_REMEMBERED,
        ) % {"number": PASSWORDS_REMEMBERED}
