"""What happens around every request."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import gettext as _

from registry import access
from registry.actions.audit import note_denial
from registry.actions.sessions import FACTOR
from registry.rules import NotAllowed, Refused

from .passwords import has_to_change

Responder = Callable[[HttpRequest], HttpResponse]


def chosen_language(get_response: Responder) -> Responder:
    """Use the language the person chose, else the installation's; what the browser prefers is not asked.

    An office sees its own language on every machine, also on one whose browser was installed in another.
    """
    known = dict(settings.LANGUAGES)

    def respond(request: HttpRequest) -> HttpResponse:
        language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        with translation.override(language if language in known else settings.LANGUAGE_CODE):
            request.LANGUAGE_CODE = translation.get_language()
            response = get_response(request)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
            return response

    return respond


def address_of_client(get_response: Responder) -> Responder:
    """Say from where a request comes: of what was forwarded, only what one's own proxies added is believed."""

    def respond(request: HttpRequest) -> HttpResponse:
        address = request.META.get("REMOTE_ADDR", "")
        if settings.TRUSTED_PROXIES:
            forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
            address = forwarded[-settings.TRUSTED_PROXIES :][0].strip() or address
        request.address = address[:45]
        return get_response(request)

    return respond


def known_form_of_session(get_response: Responder) -> Responder:
    """Forget a session cookie that is no session's key: PostgreSQL refuses to look for some characters."""

    def respond(request: HttpRequest) -> HttpResponse:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        if not (key.isascii() and key.isalnum()):
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return get_response(request)

    return respond


def personal_pages(get_response: Responder) -> Responder:
    """Keep pages of a signed-in person out of every cache."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated:
            response.headers["Cache-Control"] = "no-store"
        return response

    return respond


def denials(get_response: Responder) -> Responder:
    """Put into the audit chain what a signed-in person was refused, or asked for although it is not there for them."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        match = request.resolver_match
        if response.status_code in (403, 404) and match is not None and request.user.is_authenticated:
            note_denial(by=request.user, route=match.view_name, given=match.kwargs)
        return response

    return respond


def reading(get_response: Responder) -> Responder:
    """Ask for a person's rights once on a page that is only read."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return get_response(request)
        with access.one_page():
            return get_response(request)

    return respond


_ALWAYS = {"logout", "set_language", "healthz", "readyz", "registry:check", "registry:verify", "stay"}


def _led_to(page: str, request: HttpRequest) -> HttpResponse | None:
    """Lead to the one page a person has to see to first, unless they are there."""
    try:
        wanted = resolve(request.path_info).view_name
    except Resolver404:
        wanted = ""
    return None if wanted in (page, *_ALWAYS) else redirect(page)


def own_password(get_response: Responder) -> Responder:
    """Lead whoever signed in with a password given by an administrator, or too old, to where they choose their own."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and has_to_change(request):
            return _led_to("password_change", request) or get_response(request)
        return get_response(request)

    return respond


def second_factor(get_response: Responder) -> Responder:
    """Lead whoever holds a role that asks for a second factor, and has none, to where they set it up."""

    def respond(request: HttpRequest) -> HttpResponse:
        has_none = request.user.is_authenticated and not request.session.get(FACTOR)
        if has_none and access.needs_second_factor(request.user) and not has_to_change(request):
            return _led_to("second_factor", request) or get_response(request)
        return get_response(request)

    return respond


class Refusals:
    """Turn a no into a page: 403 for who may not, 409 with the sentence where the state of things refuses, 405 for an address."""

    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        if response.status_code == 405 and is_page:
            # Opened by its address, or on the way back from signing in.
            sentence = _("This address only takes what a button sends. Go back to the page and press it there.")
            page = render(request, "errors/refused.html", {"sentence": sentence}, status=405)
            page.headers["Allow"] = response.headers["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, NotAllowed):
            return render(request, "403.html", {"exception": str(exception)}, status=403)
        if isinstance(exception, Refused):
            return render(request, "errors/refused.html", {"sentence": str(exception)}, status=409)
        return None
