"""The tests make their tables from the models; an installation makes them by the migrations. Both must be the same."""

import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from tests.registry.copies import Copy

pytestmark = pytest.mark.django_db(transaction=True)

OURS = ("registry_", "controls_", "cycles_")  # in a table of Django's own the two ways give an id two sizes


@pytest.fixture
def empty() -> Iterator[Copy]:
    made = Copy("migrated")
    made.make_empty()
    yield made
    made.drop()


def manage(database: str, *command: str) -> str:
    """Run a command on a database in a process of its own, as whoever installs does; return what it printed."""
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database}"
    else:
        known = connection.settings_dict
        user = ":".join(quote(known[part], safe="") for part in ("USER", "PASSWORD") if known[part])
        url = f"postgres://{user}@{known['HOST']}:{known['PORT']}/{database}"
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def schema() -> dict[str, object]:
    """Return what each table of ours is made of, in any order: columns, keys, indexes, checks, guards."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # which keeps what it was told
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
            found = {name: definitions(sql) for name, sql in cursor.fetchall()}
        else:
            look = connection.introspection
            found = {
                table: (
                    sorted((one.name, one.type_code, one.null_ok) for one in look.get_table_description(cursor, table)),
                    sorted(str(sorted(one.items())) for one in look.get_constraints(cursor, table).values()),
                )
                for table in look.table_names(cursor)
            }
    return {name: made_of for name, made_of in found.items() if name.startswith(OURS)}


def definitions(sql: str) -> list[str]:
    """Return the parts of a table's definition: what the outermost brackets and the commas within them part."""
    parts, depth, quote_mark = [""], 0, ""
    for character in sql:
        before = depth
        if quote_mark:
            quote_mark = "" if character == quote_mark else quote_mark
        elif character in "'\"":
            quote_mark = character
        else:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if {before, depth} == {0, 1} or (character == "," and depth == 1):
                parts.append("")
                continue
        parts[-1] += character
    return sorted(part.strip() for part in parts)


def test_migrations_from_empty_make_what_the_models_say(empty):
    manage(empty.name, "migrate", "--verbosity", "0")
    assert "no issues" in manage(empty.name, "check"), "every guard stands"
    wanted = schema()
    with empty.opened():
        assert schema() == wanted
