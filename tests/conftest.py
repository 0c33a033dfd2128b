"""What every test may ask for: the cast, and browsers-as-clients signed in as one of them."""

import os

import pytest
from django.conf import settings
from django.test import Client

from tests import factories

# Playwright drives the browser from an event loop of its own; Django takes it for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, tmp_path_factory) -> None:
    """Let SQLite use a file: in memory all threads share one connection, and with it one transaction."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture
def body(db) -> factories.Body:
    """The region with its three units and the named cast."""
    return factories.make_body()


@pytest.fixture
def client_of(body):
    """Return a function that gives a client signed in as a member of the cast."""

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(body[name])
        return client

    return sign_in
