"""States of the database that are reached once in a process, and put back row by row wherever a test wants the same again.

A walk of `factories` does real acts, each of them many questions; hundreds of tests begin with the same walks from the same
body. Nothing is lost by keeping what they led to. The first test that wants a walk does it, by the same verbs as ever. It is put
back only where it would be done from the very state it was done from: since the tables were empty, this test has done the same
walks with the same arguments and written nothing else, not even a session; `_watch` sees every statement. Then the rows are
those the walk would write, but for salts and the seconds of the clock. Where the day, the language, a setting, a patch or a
stopped clock could lead the walk elsewhere, and in tests that commit, it is done anew.
"""

import datetime as dt
import functools
import pickle
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import time_machine
from django.apps import apps
from django.conf import UserSettingsHolder, settings
from django.contrib.auth.models import Permission
from django.core.management.color import no_style
from django.db import connection, transaction
from django.utils import timezone, translation

from registry.models import OrganizationUserObjectPermission

# Made with the tables; everything else is emptied between tests.
_STAY = {"django_migrations", "django_content_type", "django_site", "auth_permission"}
_READING = ("SELECT", "SAVEPOINT", "RELEASE")
_PLAIN = (str, int, type(None), dt.date)
_GRANTS = OrganizationUserObjectPermission._meta.db_table

# The rows by table that walks have led to, and what the last of them gave (pickled: each test gets objects of its own).
_kept: dict[tuple, tuple[dict[str, list], bytes]] = {}


@dataclass
class _Standing:
    """Where this test stands: the walks done since the tables were empty, or None when something else was written."""

    walks: tuple | None = None
    empty: str | None = None  # the savepoint of empty tables, where the test is in a transaction
    depth: int = 0
    patches: pytest.MonkeyPatch | None = None  # of this test


standing = _Standing()


def forget(patches: pytest.MonkeyPatch) -> None:
    """Begin a test that may patch by `patches`: whatever the one before it did is gone."""
    standing.walks, standing.empty, standing.patches = None, None, patches


def begin() -> None:
    """Note that walks begin: in empty tables they may be kept one after the other, else only the first of them."""
    standing.walks, standing.empty = (), None
    if _watch not in connection.execute_wrappers:
        connection.execute_wrappers.append(_watch)
    if connection.in_atomic_block and not apps.get_model("registry", "Person").objects.exists():
        standing.empty, standing.depth = transaction.savepoint(), len(connection.savepoint_ids)


def once(walk: Callable) -> Callable:
    """Keep what a walk leads to; its first argument is the body, which it does not change."""

    @functools.wraps(walk)
    def again(body, *args, **kwargs):
        before = standing.walks
        done = (walk.__name__, args, tuple(sorted(kwargs.items())))
        if before is None or not _may_be_kept(before, [*args, *kwargs.values()]):
            return walk(body, *args, **kwargs)
        # The body is the same on every day: it begins on one of its own.
        walks = (*before, (*done, timezone.localdate() if before else None, translation.get_language()))
        if walks in _kept:
            rows, value = _kept[walks]
            if standing.empty is not None and before:
                transaction.savepoint_rollback(standing.empty)
            _put_back(rows)
            result = pickle.loads(value)  # noqa: S301 - our own, of this process
        else:
            result = walk(body, *args, **kwargs)
            _kept[walks] = _rows(), pickle.dumps(result)
        standing.walks = walks if standing.empty is not None else None
        return result

    return again


def _may_be_kept(before: tuple, given: list) -> bool:
    if not before:
        return True
    return (
        not (standing.patches._setattr or standing.patches._setitem)
        and len(connection.savepoint_ids) == standing.depth
        and not time_machine.escape_hatch.is_travelling()
        and not isinstance(settings._wrapped, UserSettingsHolder)
        and all(isinstance(each, _PLAIN) for each in given)
    )


def _watch(execute, sql, params, many, context):
    """Notice whatever is written: then the tables are no longer what a walk left."""
    if not str(sql).startswith(_READING):
        standing.walks = None
    return execute(sql, params, many, context)


def _permissions() -> list[tuple[int, str]]:
    on_organizations = Permission.objects.filter(content_type__app_label="registry", content_type__model="organization")
    return list(on_organizations.values_list("pk", "codename"))


def _rows() -> dict[str, list]:
    """Return all rows by table. Grants point at permissions, which have other ids after a test that commits: by their name."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table not in _STAY:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - its own name
                if rows := cursor.fetchall():
                    found[table] = rows
                if table == _GRANTS:
                    at = [column[0] for column in cursor.description].index("permission_id")
    names = dict(_permissions())
    found[_GRANTS] = [(*row[:at], names[row[at]], *row[at + 1 :]) for row in found[_GRANTS]]
    return found


def _put_back(found: dict[str, list]) -> None:
    ids = {name: pk for pk, name in _permissions()}
    with transaction.atomic(), connection.cursor() as cursor:
        for table, rows in found.items():
            name = connection.ops.quote_name(table)
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608 - the same
            if table == _GRANTS:
                rows = [tuple(ids.get(value, value) for value in row) for row in rows]
            places = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608 - the same
        models = [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table in found]
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
