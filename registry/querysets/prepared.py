"""Questions nearly every page puts to the database: the ORM writes their statement once, values come in each time.

For a small answer the ORM took ten times as long to write the statement as the database to answer it.
"""

import datetime as dt
from collections.abc import Callable
from enum import Enum
from functools import cache, wraps
from inspect import signature
from typing import Any

from django.db import connection
from django.db.models import Expression, QuerySet
from django.db.models.sql.compiler import SQLCompiler

# Values by the names of what stands for them.
Values = dict[str, Any]


class Given(Expression):
    """Stands in a queryset for a value that comes with the question."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: object) -> tuple[str, list["Given"]]:
        return "%s", [self]


# One object for each name: written statements are found by what stands in them.
given = cache(Given)


def stand_in(name: str, value: Any, values: Values) -> Any:
    """Return what stands for `value`, of a tuple for each of its parts, and put what it stands for into `values`."""
    if isinstance(value, tuple):
        return tuple([stand_in(f"{name}.{number}", part, values) for number, part in enumerate(value)])
    values[name] = value
    return given(name)


class Prepared:
    """The statement of a queryset of plain values."""

    def __init__(self, rows: QuerySet) -> None:
        compiler = rows.query.get_compiler(rows.db)
        self.sql, parameters = compiler.as_sql()
        # Drivers take several times as long for the class of a choice.
        self.parameters = [value.value if isinstance(value, Enum) else value for value in parameters]
        for column, _sql, _alias in compiler.select:
            if connection.ops.get_db_converters(column) or column.output_field.get_db_converters(connection):
                raise TypeError(f"{column} would come as the database stores it")

    def rows(self, values: Values) -> list[tuple]:
        """Return the answer for these values: one query."""
        sent = [values[value.name] if isinstance(value, Given) else value for value in self.parameters]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [_stored(value) for value in sent])
            return cursor.fetchall()


def _stored(value: Any) -> Any:
    return connection.ops.adapt_datefield_value(value) if isinstance(value, dt.date) else value


def prepared(question: Callable[..., QuerySet]) -> Callable[..., list[tuple]]:
    """Let a question, a function from values to a queryset, answer with rows; called by keyword."""

    @cache
    def statement() -> Prepared:
        return Prepared(question(**{name: given(name) for name in signature(question).parameters}))

    @wraps(question)
    def answer(**values: Any) -> list[tuple]:
        return statement().rows(values)

    return answer
