"""Signing in by what an organization has already: a directory (LDAP), or a provider of OpenID Connect.

Both say who somebody is, by staff number. They make no account, open none that was ended, and give no right. The libraries
are extras and are loaded only where the installation uses them.
"""

import logging
import ssl
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from registry.models import Person

log = logging.getLogger("integrity.directories")

PATIENCE = 10  # seconds
_TO = "provider_to"


def _person(staff_number: str) -> Person | None:
    """Return the person of a staff number whose account is open."""
    return Person.objects.filter(username=staff_number, is_active=True, ended_on=None).first()


# --- LDAP ----------------------------------------------------------------------------------------------------------------


class DirectoryBackend(ModelBackend):
    """Asks the directory whether the password is right: it finds the entry of the staff number, then binds as that entry."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Person | None:
        # With an empty password a directory says yes to anybody: it takes it for a bind without a name.
        if not username or not password:
            return None
        # The directory is asked for unknown people too, so that the time it takes tells nothing.
        return _person(username) if self._is_right(username, password) else None

    def _is_right(self, username: str, password: str) -> bool:
        from ldap3.core.exceptions import LDAPException

        try:
            entry = self._entry_of(username)
            if entry is None:
                return False
            with self._connection(entry, password) as bound:
                return bound.bound
        except LDAPException as error:
            log.error("the directory does not answer: %s", type(error).__name__)
            return False

    def _entry_of(self, username: str) -> str | None:
        from ldap3.utils.conv import escape_filter_chars

        with self._connection(settings.LDAP_BIND_DN, settings.LDAP_BIND_PASSWORD) as bound:
            if not bound.bound:
                log.error("the directory refuses LDAP_BIND_DN")
                return None
            bound.search(
                settings.LDAP_SEARCH_BASE,
                f"({settings.LDAP_STAFF_ATTRIBUTE}={escape_filter_chars(username)})",
                attributes=[settings.LDAP_STAFF_ATTRIBUTE],
                size_limit=2,
            )
            found = [each for each in bound.response or [] if each["type"] == "searchResEntry"]
        # Directories compare loosely: the number must be the one that was typed, and of one entry only.
        if len(found) != 1 or username not in _texts(found[0]["attributes"].get(settings.LDAP_STAFF_ATTRIBUTE)):
            return None
        return found[0]["dn"]

    def _connection(self, name: str, password: str):
        import ldap3

        tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=settings.LDAP_CA_FILE or None)
        server = ldap3.Server(settings.LDAP_URL, tls=tls, connect_timeout=PATIENCE, get_info=ldap3.NONE)
        connection = ldap3.Connection(
            server,
            user=name or None,
            password=password or None,
            read_only=True,
            receive_timeout=PATIENCE,
            auto_referrals=False,
            check_names=False,
        )
        connection.open()
        if not server.ssl:  # no password ever goes over the line unencrypted
            connection.start_tls()
        connection.bind()
        return connection


def _texts(values: Any) -> list[str]:
    """Return the values of an attribute as texts."""
    many = values if isinstance(values, list) else [values]
    return [each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in many]


# --- OpenID Connect ------------------------------------------------------------------------------------------------------


class ProviderBackend(ModelBackend):
    """Marks sessions of people whom the provider vouched for; it checks no password."""

    def authenticate(self, request: HttpRequest | None, **kwargs: Any) -> None:
        return None


BACKEND = f"{ProviderBackend.__module__}.{ProviderBackend.__qualname__}"


@cache
def _provider(issuer: str):
    """Return the client of the provider: code flow, PKCE, and the token checked against the provider's keys."""
    from authlib.integrations.django_client import OAuth

    return OAuth().register(
        "provider",
        client_id=settings.OIDC_CLIENT_ID,
        client_secret=settings.OIDC_CLIENT_SECRET,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile", "code_challenge_method": "S256", "default_timeout": PATIENCE},
    )


@login_not_required
@never_cache
@require_safe
def login_provider(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider."""
    if not settings.OIDC_ISSUER:
        raise Http404
    to = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(to, {request.get_host()}, require_https=request.is_secure())
    request.session[_TO] = to if is_ours else ""
    try:
        return _provider(settings.OIDC_ISSUER).authorize_redirect(request, _back(request))
    except Exception as error:  # whatever a library raises when a foreign server does not answer
        return _turned_away(request, error)


@login_not_required
@never_cache
@require_safe
def login_provider_back(request: HttpRequest) -> HttpResponse:
    """Take what the provider says about who came back, and let them in like anybody else."""
    from .sign_in import come_in

    if not settings.OIDC_ISSUER:
        raise Http404
    try:
        provider = _provider(settings.OIDC_ISSUER)
        said = provider.authorize_access_token(request).get("userinfo") or {}  # of the token: checked with its keys
        if provider.load_server_metadata()["issuer"].rstrip("/") != settings.OIDC_ISSUER.rstrip("/"):
            raise ValueError("another issuer")
    except Exception as error:  # the same: everything that is not a yes is a no
        return _turned_away(request, error)
    staff_number = said.get(settings.OIDC_STAFF_CLAIM)
    person = _person(staff_number) if isinstance(staff_number, str) else None
    if person is None:
        log.warning("the provider vouched for somebody who has no open account")
        messages.error(request, _("You have no open account here. The system administrator makes one."))
        return redirect("login")
    return come_in(request, person, BACKEND, request.session.pop(_TO, "") or reverse(settings.LOGIN_REDIRECT_URL))


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("login_provider_back"))


def _turned_away(request: HttpRequest, error: Exception) -> HttpResponse:
    log.warning("sign-in by the provider failed: %s", type(error).__name__)
    messages.error(request, _("Signing in by your organization's provider did not work. Try once more."))
    return redirect("login")
