"""What every test may ask for: the cast, and browsers-as-clients signed in as one of them."""

import os

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests import factories, kept

# How long a value takes to be made says how busy the machine is, and nothing about the program.
hypothesis_settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("suite")

# Playwright drives the browser from an event loop of its own; Django takes it for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


# Tests of what knows no database, or whose question is about files: the suite runs on both, these on the default one only.
WITHOUT_DATABASE = {
    "test_calendar", "test_catalogs", "test_docs", "test_hostile", "test_house", "test_kinds", "test_output", "test_package",
    "test_privacy", "test_reading", "test_routes", "test_rules", "test_sheets", "test_uploads", "test_workbook_rules",
}  # fmt: skip

# What lets a test reach the database; without one of them it is refused, so such a test cannot tell two databases apart.
REACHING = {"db", "transactional_db", "live_server", "django_db_setup"}

# Begun first, so that no process is left alone with one of them at the end.
LONGEST = {"test_access_matrix", "test_visibility"}


def pytest_collection_modifyitems(config, items: list[pytest.Item]) -> None:
    """Put first what takes longest; on PostgreSQL leave out what is marked `once`, what knows no database and what cannot reach one."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)
    if "postgresql" not in settings.DATABASES["default"]["ENGINE"]:
        return
    left_out = [
        item
        for item in items
        if item.get_closest_marker("once") or item.path.stem in WITHOUT_DATABASE or not reaches_database(item)
    ]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def reaches_database(item: pytest.Item) -> bool:
    return item.get_closest_marker("django_db") is not None or not REACHING.isdisjoint(item.fixturenames)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, tmp_path_factory) -> None:
    """Let SQLite use a file: in memory all threads share one connection, and with it one transaction."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


_empty = TransactionTestCase._fixture_teardown


def _empty_without_guards(case: TransactionTestCase) -> None:
    """Take the guards away while a test that commits empties the tables after itself; `flush` puts them back."""
    from registry.models import remove_guards

    remove_guards(connection)
    _empty(case)


TransactionTestCase._fixture_teardown = _empty_without_guards


@pytest.fixture
def unguarded(db) -> None:
    """Without the database's guards, for tests that bring about what no act does; the end of the test brings them back."""
    from registry.models import remove_guards

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # it takes no trigger off a table for which checks are still waiting
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        remove_guards(connection)
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture(autouse=True)
def forgotten(monkeypatch) -> None:
    """No test goes on from the walks of another; what it has patched may change what its own do."""
    kept.forget(monkeypatch)


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


def pytest_terminal_summary(terminalreporter) -> None:
    """Print what trials have counted, a line each: what a test gave as `record_property("figure", …)`."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    figures = [
        value
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, value in report.user_properties
        if name == "figure"
    ]
    if figures:
        terminalreporter.section("figures")
        for line in figures:
            terminalreporter.write_line(line)
