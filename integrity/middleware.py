"""What happens around every request."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils import translation

from registry import access
from registry.actions.organization import is_one_time
from registry.rules import NotAllowed, Refused

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


def reading(get_response: Responder) -> Responder:
    """Ask for a person's rights once on a page that is only read."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return get_response(request)
        with access.one_page():
            return get_response(request)

    return respond


# What somebody with a password that another person has seen may still do.
_WITH_A_GIVEN_PASSWORD = {"password_change", "logout", "set_language", "healthz", "readyz", "registry:verify"}


def own_password(get_response: Responder) -> Responder:
    """Lead whoever signed in with a password given by an administrator to where they choose their own."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and is_one_time(request.user):
            try:
                wanted = resolve(request.path_info).view_name
            except Resolver404:
                wanted = ""
            if wanted not in _WITH_A_GIVEN_PASSWORD:
                return redirect("password_change")
        return get_response(request)

    return respond


class Refusals:
    """Turn a rule's no into a page: 403 for who may not, 409 with the sentence where the state of things refuses."""

    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, NotAllowed):
            return render(request, "403.html", {"exception": str(exception)}, status=403)
        if isinstance(exception, Refused):
            return render(request, "errors/refused.html", {"sentence": str(exception)}, status=409)
        return None
