"""Encrypting what lies in the database and must not be read there, with keys derived from SECRET_KEY."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


class Unreadable(Exception):
    """What was sealed cannot be opened: SECRET_KEY is another one, or somebody changed it."""


def seal(text: str, purpose: str) -> str:
    """Encrypt a text; only the same purpose opens it."""
    return _box(purpose).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str, purpose: str) -> str:
    """Decrypt what `seal` made, also with an older key that is named in SECRET_KEY_FALLBACKS."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable(purpose) from None


def _box(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = (
        salted_hmac(f"registry.encryption.{purpose}", "", secret=key, algorithm="sha256").digest() for key in keys
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
