"""Signing in, and what a person sees to about it: password, second factor, sessions."""

import time
from urllib.parse import quote

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import BACKEND_SESSION_KEY, load_backend, login, update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from registry import access
from registry.actions import encryption, factors, sessions, sign_in
from registry.models import Person
from registry.rules import Refused
from registry.rules.sign_in import CODE_AWAITED_FOR

from .forms import CodeForm, FirstCodeForm, OwnPasswordForm, SignInForm
from .passwords import OWN_PASSWORDS, has_to_change
from .resting import RESTED, with_kept

_FORM = require_http_methods(["GET", "HEAD", "POST"])
# Who has given the right password and not yet the code: no session is theirs so far.
AWAITED = "code_awaited"
_NEW_FACTOR = "new_factor"
_BEING_SET_UP = "second factor being set up"


@method_decorator(_FORM, name="dispatch")
class LoginView(auth_views.LoginView):
    form_class = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: SignInForm) -> HttpResponse:
        person = form.get_user()
        return come_in(self.request, person, person.backend, self.get_success_url(), form.attempt)


def come_in(
    request: HttpRequest, person: Person, backend: str, to: str, attempt: sign_in.Attempt | None = None
) -> HttpResponse:
    """Let in who has shown who they are; who has a second factor is asked for its code first."""
    if not access.has_second_factor(person):
        return _let_in(request, person, backend, to, attempt)
    if attempt:
        sign_in.attempt_succeeded(attempt, entered=False)
    request.session[AWAITED] = {
        "person": person.pk,
        "hash": person.get_session_auth_hash(),
        "backend": backend,
        "to": to,
        "at": time.time(),
    }
    return redirect("login_code")


def _let_in(
    request: HttpRequest, person: Person, backend: str, to: str, attempt: sign_in.Attempt | None
) -> HttpResponse:
    if attempt:
        sign_in.attempt_succeeded(attempt, entered=True)
    for ended in (AWAITED, RESTED):
        request.session.pop(ended, None)
    login(request, person, backend=backend)
    kept = sessions.kept_form(person)
    return redirect(with_kept(kept) if kept else to)


def _awaited(request: HttpRequest) -> tuple[Person, str, str] | None:
    """Return who is to give the code, how they showed who they are, and where they want to go; for five minutes."""
    held = request.session.get(AWAITED)
    if not held or time.time() - held["at"] > CODE_AWAITED_FOR.total_seconds():
        return None
    if held["backend"] not in settings.AUTHENTICATION_BACKENDS:
        return None
    person = load_backend(held["backend"]).get_user(held["person"])
    if person is None or not constant_time_compare(held["hash"], person.get_session_auth_hash()):
        return None
    return person, held["backend"], held["to"]


@login_not_required
@never_cache
@_FORM
def login_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code of the second factor."""
    awaited = None if request.user.is_authenticated else _awaited(request)
    if awaited is None:
        request.session.pop(AWAITED, None)
        return redirect("login")
    person, backend, to = awaited
    form = CodeForm(request.POST if request.method == "POST" else None, person=person, address=request.address)
    if form.is_valid():
        return _let_in(request, person, backend, to, form.attempt)
    return render(request, "registration/code.html", {"form": form})


@method_decorator(_FORM, name="dispatch")
class PasswordChangeView(auth_views.PasswordChangeView):
    form_class = OwnPasswordForm
    success_url = reverse_lazy("home")

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"address": self.request.address}

    def get_context_data(self, **kwargs) -> dict:
        due = {"is_due": has_to_change(self.request), "is_one_time": sign_in.is_one_time(self.request.user)}
        return super().get_context_data(**kwargs) | due

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.user.is_authenticated and request.session.get(BACKEND_SESSION_KEY) != OWN_PASSWORDS:
            raise PermissionDenied(_("You sign in by your organization's directory; the password is changed there."))
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form) -> HttpResponse:
        person = form.save(commit=False)
        sign_in.change_password(by=person, session_key=self.request.session.session_key)
        update_session_auth_hash(self.request, person)
        sessions.begin_session(Person, self.request, person)
        messages.success(self.request, _("Your password was changed. Your other sessions have ended."))
        return redirect(self.success_url)


# --- What belongs to one's account ------------------------------------------------------------------------------------


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show how one signs in and where one is signed in."""
    context = {
        "factor": factors.factor_of(request.user),
        "required": access.needs_second_factor(request.user),
        "own_password": request.session.get(BACKEND_SESSION_KEY) == OWN_PASSWORDS,
        "sessions": request.user.open_sessions.all(),
        "current": request.session.session_key,
    }
    return render(request, "registration/account.html", context)


@sensitive_post_parameters()
@_FORM
def second_factor(request: HttpRequest) -> HttpResponse:
    """Set up a second factor: the secret as a picture and in letters, then the first code, then recovery codes."""
    if access.has_second_factor(request.user):
        raise Refused(_("You have set up a second factor already."))
    secret = _new_secret(request)
    form = FirstCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        codes = factors.begin_factor(
            by=request.user,
            secret=secret,
            code=form.cleaned_data["code"],
            session_key=request.session.session_key,
        )
        if codes is not None:
            del request.session[_NEW_FACTOR]
            request.session[sessions.FACTOR] = True
            return _codes_page(request, codes)
        form.add_error(
            "code", _("This is not the code of the entry you have just made. Wait for the next one and type it.")
        )
    name = _("Integrity-risk registry")
    address = f"otpauth://totp/{quote(name)}:{quote(request.user.username)}?secret={secret}&issuer={quote(name)}"
    context = {
        "form": form,
        "picture": segno.make(address, error="m").svg_data_uri(scale=5, border=2),
        "secret": " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        "required": access.needs_second_factor(request.user),
    }
    return render(request, "registration/second_factor.html", context)


def _new_secret(request: HttpRequest) -> str:
    """Return the secret being set up, the same until it is; it waits encrypted in the session."""
    try:
        return encryption.unseal(request.session[_NEW_FACTOR], _BEING_SET_UP)
    except (KeyError, encryption.Unreadable):
        secret = factors.new_secret()
        request.session[_NEW_FACTOR] = encryption.seal(secret, _BEING_SET_UP)
        return secret


def _codes_page(request: HttpRequest, codes: list[str]) -> HttpResponse:
    # Not after a redirect: then the codes would have to be kept somewhere in between.
    return render(request, "registration/recovery_codes.html", {"codes": codes})


@_FORM
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes, against a code of the app or one of the old ones."""
    if not access.has_second_factor(request.user):
        raise Refused(_("You have no second factor yet."))
    form = _code_form(request)
    if form.is_valid():
        sign_in.attempt_succeeded(form.attempt, entered=True)
        return _codes_page(request, factors.renew_codes(by=request.user))
    return render(request, "registration/recovery_codes.html", {"form": form})


@_FORM
def second_factor_remove(request: HttpRequest) -> HttpResponse:
    """Take one's second factor away, where none is required."""
    access.check_factor_optional(request.user)
    if not access.has_second_factor(request.user):
        raise Refused(_("You have no second factor yet."))
    form = _code_form(request)
    if form.is_valid():
        sign_in.attempt_succeeded(form.attempt, entered=True)
        factors.end_factor(by=request.user, session_key=request.session.session_key)
        request.session[sessions.FACTOR] = False
        messages.success(request, _("You sign in without a second factor from now on."))
        return redirect("account")
    return render(request, "registration/second_factor_remove.html", {"form": form})


def _code_form(request: HttpRequest) -> CodeForm:
    data = request.POST if request.method == "POST" else None
    return CodeForm(data, person=request.user, address=request.address)


@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """End one of one's other sessions, or all of them."""
    chosen = request.POST.get("session", "")
    pk = int(chosen) if chosen.isascii() and chosen.isdecimal() and len(chosen) < 19 else None
    if pk is None and "others" not in request.POST:
        raise Http404
    ended = sessions.end_own_sessions(by=request.user, current=request.session.session_key, pk=pk)
    said = ngettext("%(number)d session ended.", "%(number)d sessions ended.", ended) % {"number": ended}
    messages.success(request, said)
    return redirect(reverse("account") + "#sessions")


@require_safe
def stay(request: HttpRequest) -> HttpResponse:
    """Note that the person is there; asked for by the script that warns before a session ends."""
    return HttpResponse(status=204)
