"""The second factor: codes of an authenticator app (TOTP), and recovery codes for the day the telephone is gone.

allauth keeps them; its pages are not used. That a code counts once is held by the row, not by a cache: there are several
processes.
"""

import datetime as dt
from dataclasses import dataclass

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import Person
from ..rules import Refused
from . import sessions
from .audit import record
from .encryption import Unreadable, seal, unseal

_PURPOSE = "second factor"
STEP = "step"


class SealedSecrets(DefaultMFAAdapter):
    """How allauth stores secrets: encrypted."""

    def encrypt(self, text: str) -> str:
        return seal(text, _PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, _PURPOSE)


@dataclass(frozen=True)
class Factor:
    """What a person has set up."""

    since: dt.datetime
    last_used: dt.datetime | None
    recovery_codes: int


def factor_of(person: Person) -> Factor | None:
    """Return the person's second factor, if they have one."""
    row = _authenticators(person, Authenticator.Type.TOTP).first()
    return row and Factor(row.created_at, row.last_used_at, len(_unused_codes(person)))


def new_secret() -> str:
    """Return the secret of a factor to be set up."""
    return generate_totp_secret()


def begin_factor(*, by: Person, secret: str, code: str, session_key: str | None) -> list[str] | None:
    """Set up a second factor whose first code is right, and return its recovery codes; None where the code is wrong."""
    step = _step_of(secret, code)
    if step is None:
        return None
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=by.pk)
        if access.has_second_factor(by):
            raise Refused(_("You have set up a second factor already."))
        row = TOTP.activate(by, secret).instance
        row.data[STEP], row.last_used_at = step, timezone.now()
        row.save()
        codes = _new_codes(by)
        # Who got hold of the password earlier may sit in another session.
        sessions.end_sessions(by, but=session_key)
        record("factor.begin", by=by, subject=by)
    return codes


def check_code(person: Person, code: str) -> bool:
    """Say whether a code opens the account: of the app, each once, or a recovery code, each once."""
    with transaction.atomic():
        row = _authenticators(person, Authenticator.Type.TOTP).select_for_update().first()
        if row is None:
            return False
        try:
            step = _step_of(unseal(row.data["secret"], _PURPOSE), code)
            if step is not None and step > row.data.get(STEP, 0):
                row.data[STEP], row.last_used_at = step, timezone.now()
                row.save()
                return True
            codes = _authenticators(person, Authenticator.Type.RECOVERY_CODES).first()
            if step is None and codes is not None and RecoveryCodes(codes).validate_code(code):
                record("factor.recovery", by=person, subject=person)
                return True
        except Unreadable:
            return False
    return False


@transaction.atomic
def renew_codes(*, by: Person) -> list[str]:
    """Make new recovery codes; the old ones open nothing any more."""
    codes = _new_codes(by)
    record("factor.codes", by=by, subject=by)
    return codes


@transaction.atomic
def end_factor(*, by: Person, session_key: str | None) -> None:
    """Take one's own second factor away, where none is required; other sessions end."""
    access.check_factor_optional(by)
    _authenticators(by).delete()
    sessions.end_sessions(by, but=session_key)
    record("factor.end", by=by, subject=by)


def remove_factor(person: Person) -> bool:
    """Remove a factor that was lost, with its recovery codes; say whether there was one. Sessions begun with it end."""
    removed, _rows = _authenticators(person).delete()
    sessions.end_sessions(person)
    return bool(removed)


def _authenticators(person: Person, kind: str = ""):
    theirs = Authenticator.objects.filter(user=person)
    return theirs.filter(type=kind) if kind else theirs


def _step_of(secret: str, code: str) -> int | None:
    """Return the half minute to which a code of the app belongs, now or next to now; None for a wrong one."""
    for step in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    return None


def _new_codes(person: Person) -> list[str]:
    _authenticators(person, Authenticator.Type.RECOVERY_CODES).delete()
    return RecoveryCodes.activate(person).generate_codes()


def _unused_codes(person: Person) -> list[str]:
    row = _authenticators(person, Authenticator.Type.RECOVERY_CODES).first()
    try:
        return RecoveryCodes(row).get_unused_codes() if row else []
    except Unreadable:
        return []
