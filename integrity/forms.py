"""Forms of signing in."""

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from registry.actions import factors, sign_in
from registry.models import Person
from registry.rules.sign_in import LOCKED_FOR

LOCKED = _(
    "Too many failures. For %(minutes)d minutes nobody can sign in with this staff number, or from this address. The "
    "system administrator can lift the lock of a staff number; that of an address ends by itself."
)


def locked() -> ValidationError:
    """Return what is said to whoever is locked, whether the staff number exists or not."""
    return ValidationError(LOCKED, code="locked", params={"minutes": LOCKED_FOR.total_seconds() // 60})


class SignInForm(AuthenticationForm):
    """Staff number and password. What is wrong with them is not said, and whether the account exists neither."""

    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": _("The staff number or the password is wrong. Mind capital and small letters."),
    }

    def __init__(self, request: HttpRequest | None = None, *args, **kwargs) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = _("Staff number")
        self.attempt: sign_in.Attempt | None = None

    def clean(self) -> dict:
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if username is None or not password:
            return self.cleaned_data
        self.attempt = sign_in.begin_attempt(username=username, address=self.request.address)
        if self.attempt is None:
            raise locked()
        self.user_cache = authenticate(self.request, username=username, password=password)
        if self.user_cache is None:
            sign_in.attempt_failed(self.attempt)
            raise self.get_invalid_login_error()
        return self.cleaned_data


def _code(help_text: Promise) -> forms.CharField:
    """A field for a code of an authenticator app, or one that stands for it."""
    typed = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    return forms.CharField(label=_("One-time code"), max_length=40, help_text=help_text, widget=typed)


class OwnPasswordForm(PasswordChangeForm):
    """A new password for oneself; a wrong present one counts like a failure to sign in."""

    def __init__(self, *args, address: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.address = address

    def clean_old_password(self) -> str:
        """Look at the present password while there are guesses left."""
        attempt = sign_in.begin_attempt(username=self.user.username, address=self.address)
        if attempt is None:
            raise locked()
        try:
            password = super().clean_old_password()
        except ValidationError:
            sign_in.attempt_failed(attempt, self.user)
            raise
        sign_in.attempt_succeeded(attempt, entered=False)
        return password


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = _code(_("Six digits from the authenticator app, or one of your recovery codes."))

    def __init__(self, data=None, *, person: Person, address: str) -> None:
        super().__init__(data)
        self.person, self.address = person, address
        self.attempt: sign_in.Attempt | None = None

    def clean_code(self) -> str:
        """Check the code; wrong ones count like wrong passwords, and lock like them."""
        code = self.cleaned_data["code"]
        self.attempt = sign_in.begin_attempt(username=self.person.username, address=self.address)
        if self.attempt is None:
            raise locked()
        if not factors.check_code(self.person, code):
            sign_in.attempt_failed(self.attempt, self.person)
            raise ValidationError(
                _(
                    "This code is wrong, or was used already. Wait for the next one; see that the telephone's clock is right."
                )
            )
        return code


class FirstCodeForm(forms.Form):
    """The first code of an authenticator app that is being set up."""

    code = _code(_("The six digits the app shows now."))
