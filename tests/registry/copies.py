"""Other databases beside the one of the tests: copies of it that may be spoilt, and empty ones."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection


class Copy:
    """A database beside the test database, of the same kind; `name` is its file or name."""

    def __init__(self, purpose: str) -> None:
        self.original = str(connection.settings_dict["NAME"])
        self.name = f"{self.original}_{purpose}"

    def make(self) -> None:
        """Make it anew as a copy of the test database."""
        self.drop()
        if connection.vendor == "sqlite":
            # Not by copying the file: closing it takes from this process every lock that SQLite holds on it.
            with closing(sqlite3.connect(self.original)) as original, closing(sqlite3.connect(self.name)) as copied:
                original.backup(copied)
            return
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.original}"')

    def make_empty(self) -> None:
        """Make it anew without a table."""
        self.drop()
        if connection.vendor == "postgresql":  # SQLite makes the file when it is opened
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{self.name}"')

    def drop(self) -> None:
        connection.close()
        if connection.vendor == "sqlite":
            for suffix in ("", "-wal", "-shm"):
                Path(self.name + suffix).unlink(missing_ok=True)
            return
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Within, this process reads it instead of the test database."""
        connection.close()
        connection.settings_dict["NAME"] = self.name
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = self.original
