"""Attempts to sign in, and the passwords people choose."""

import logging
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import check_password, is_password_usable
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ..models import Person, SignInTally, UsedPassword
from ..rules.sign_in import FAILURES_OF_ADDRESS, FAILURES_OF_PERSON, PASSWORDS_REMEMBERED, Tally
from . import sessions
from .audit import record

# Marks, in the stored hash, a password that somebody else has seen: no random salt holds a hyphen.
ONCE = "once-"

log = logging.getLogger("registry.sign_in")


# --- Attempts ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attempt:
    """An attempt that may be looked at. It counts as failed until it is said to have succeeded."""

    username: str
    address: str
    name_key: str
    address_key: str


def begin_attempt(*, username: str, address: str) -> Attempt | None:
    """Count an attempt to sign in; None where the name or the address is locked, whether the name exists or not.

    Counted before the password is looked at and in a transaction of its own: of many at once, no more than the limit are
    looked at.
    """
    attempt = Attempt(username, address, _key("name", username.casefold()), _key("address", address))
    if _counted(attempt.address_key, FAILURES_OF_ADDRESS):
        if _counted(attempt.name_key, FAILURES_OF_PERSON):
            return attempt
        _take_back(attempt.address_key, FAILURES_OF_ADDRESS)
    log.warning("attempt to sign in refused: locked")
    return None


def attempt_failed(attempt: Attempt, person: Person | None = None) -> None:
    """Write down a failure: in the audit chain where the staff number is somebody's, else in the log, without the name.

    The person stands as the actor, for it was in their name; that it was they is what nobody knows.
    """
    person = person or Person.objects.filter(username__iexact=attempt.username).first()
    if person is None:
        log.warning("attempt to sign in failed: no such staff number")
        return
    with transaction.atomic():
        record("sign_in.fail", by=person, subject=person, content=[attempt.address])
        if SignInTally.objects.filter(key=attempt.name_key, locked_until__isnull=False).exists():
            record("sign_in.lock", by=person, subject=person, content=[attempt.address])


def attempt_succeeded(attempt: Attempt, *, entered: bool) -> None:
    """Say that an attempt succeeded. Only who has `entered`, with password and code, begins from nought again.

    Otherwise whoever knows the password could guess codes for ever, giving the right password in between.
    """
    _take_back(attempt.address_key, FAILURES_OF_ADDRESS)
    if entered:
        SignInTally.objects.filter(key=attempt.name_key).delete()
    else:
        _take_back(attempt.name_key, FAILURES_OF_PERSON)


def is_locked(person: Person) -> bool:
    """Say whether nobody can sign in as the person now."""
    tally = SignInTally.objects.filter(key=_key("name", person.username.casefold())).first()
    return tally is not None and _plain(tally).is_locked(timezone.now())


def open_lock(person: Person) -> None:
    """Forget the failures under the person's staff number."""
    SignInTally.objects.filter(key=_key("name", person.username.casefold())).delete()


def _key(kind: str, text: str) -> str:
    return salted_hmac(f"registry.sign_in.{kind}", text, algorithm="sha256").hexdigest()


def _plain(row: SignInTally) -> Tally:
    return Tally(row.failures, row.last, row.locked_until)


def _counted(key: str, most: int) -> bool:
    """Count an attempt under a key; False where it is locked."""
    now = timezone.now()
    with transaction.atomic():
        row, _made = SignInTally.objects.select_for_update().get_or_create(key=key)
        if _plain(row).is_locked(now):
            return False
        _store(row, _plain(row).tried(now, most))
    return True


def _take_back(key: str, most: int) -> None:
    with transaction.atomic():
        row = SignInTally.objects.select_for_update().filter(key=key).first()
        if row is not None:
            _store(row, _plain(row).undone(most))


def _store(row: SignInTally, tally: Tally) -> None:
    row.failures, row.last, row.locked_until = tally.failures, tally.last, tally.locked_until
    row.save()


# --- Passwords -----------------------------------------------------------------------------------------------------------


def change_password(*, by: Person, session_key: str | None) -> None:
    """Store the password the person has set on themselves, hashed already; their other sessions end."""
    with transaction.atomic():
        before = Person.objects.select_for_update(no_key=True).get(pk=by.pk)
        if not is_one_time(before) and not before.used_passwords.filter(password=before.password).exists():
            before.used_passwords.create(password=before.password, since=before.date_joined)
        Person.objects.filter(pk=by.pk).update(password=by.password)
        remember_password(by)
        sessions.end_sessions(by, but=session_key)
        record("password.change", by=by, subject=by)


def is_one_time(person: Person) -> bool:
    """Say whether the account's password was given by somebody else and has to be changed."""
    return f"${ONCE}" in person.password


def remember_password(person: Person) -> None:
    """Keep the hash of the person's present password, and forget those that may come back."""
    UsedPassword.objects.create(person=person, password=person.password, since=timezone.now())
    kept = person.used_passwords.values_list("pk", flat=True)[:PASSWORDS_REMEMBERED]
    person.used_passwords.exclude(pk__in=list(kept)).delete()


def was_used(person: Person, password: str) -> bool:
    """Say whether this is the person's present password or one of those remembered. Slow: each is a hash of its own."""
    hashes = [person.password, *person.used_passwords.values_list("password", flat=True)]
    return any(is_password_usable(each) and check_password(password, each) for each in dict.fromkeys(hashes))


def has_expired(person: Person) -> bool:
    """Say whether the person's password is older than the installation allows; never, unless it says so."""
    if not settings.PASSWORD_EXPIRES_DAYS:
        return False
    last = person.used_passwords.values_list("since", flat=True).first() or person.date_joined
    return (timezone.now() - last).days >= settings.PASSWORD_EXPIRES_DAYS
