"""What every test may ask for: the cast, and browsers-as-clients signed in as one of them."""

import os

import pytest
from django.conf import settings
from django.test import Client

from tests import factories

# Playwright drives the browser from an event loop of its own; Django takes it for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


# Tests of what knows no database: the suite runs on both, these on the default one only.
WITHOUT_DATABASE = {
    "test_calendar", "test_catalogs", "test_docs", "test_house", "test_output", "test_privacy", "test_routes", "test_rules",
    "test_sheets", "test_workbook_rules",
}  # fmt: skip


def pytest_collection_modifyitems(config, items: list[pytest.Item]) -> None:
    """On PostgreSQL leave out what is marked `once`, and the tests of what knows no database."""
    if "postgresql" not in settings.DATABASES["default"]["ENGINE"]:
        return
    left_out = [item for item in items if item.get_closest_marker("once") or item.path.stem in WITHOUT_DATABASE]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


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
