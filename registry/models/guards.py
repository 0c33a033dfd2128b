"""What the database itself refuses, whoever asks: changes to what is final, and cuts into the audit chain.

One table of guards; each is a trigger on PostgreSQL and on SQLite. They are taken away before a migration and put back after
it, for SQLite remakes whole tables and loses them silently; `check` and /readyz say when one is missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from django.apps.registry import Apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from ..rules import ADMINISTRATORS
from .audit import AuditEntry, AuditHead, Seal, SealForm
from .ledger import RiskPoint
from .notices import NoticeExtension, PublicNotice
from .organization import Assignment, Counter
from .sealing import SEALED

_REFUSE = "registry_refuse"
_RAISE = "RAISE EXCEPTION 'registry: %', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';"


@dataclass(frozen=True)
class Guard:
    """One trigger. `when` is a condition on OLD and NEW in which `{differs}` compares, empty: always.

    `clash` is a condition that looks at other rows, too; PostgreSQL asks it in a function of the guard's own.
    """

    name: str
    model: type[models.Model]
    event: str  # INSERT, UPDATE, DELETE or TRUNCATE
    when: str = ""
    clash: str = ""

    @property
    def function(self) -> tuple[str, str]:
        """Return name and body of the function PostgreSQL calls."""
        if not self.clash:
            return _REFUSE, f"BEGIN {_RAISE} END"
        return f"registry_{self.name}", f"BEGIN IF {self.clash} THEN {_RAISE} END IF; RETURN NEW; END"

    def sql(self, vendor: str) -> str:
        """Return the statement that makes it."""
        table = self.model._meta.db_table
        asked = [self.when] if vendor == "postgresql" else [self.when, self.clash]
        condition = " AND ".join(f"({each})" for each in asked if each)
        condition = condition.replace("{differs}", "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT")
        condition = f" WHEN ({condition})" if condition else ""
        if vendor == "postgresql":
            each = "STATEMENT" if self.event == "TRUNCATE" else "ROW"
            return (
                f'CREATE TRIGGER "{self.name}" BEFORE {self.event} ON "{table}" FOR EACH {each}{condition} '
                f"EXECUTE FUNCTION {self.function[0]}('{self.name}')"
            )
        return (
            f'CREATE TRIGGER "{self.name}" BEFORE {self.event} ON "{table}" FOR EACH ROW{condition} '
            f"BEGIN SELECT RAISE(ABORT, 'registry: {self.name}'); END"
        )


def _differs(columns: Iterable[str]) -> str:
    return " OR ".join(f'OLD."{name}" {{differs}} NEW."{name}"' for name in columns)


def _columns(model: type[models.Model], loose: Iterable[str] = ()) -> list[str]:
    names = {field.attname: field.column for field in model._meta.concrete_fields}
    return sorted(column for attname, column in names.items() if attname not in set(loose))


def _guards() -> list[Guard]:
    found = []

    def keep(model: type[models.Model], columns: Sequence[str], final: str = "", also: str = "") -> None:
        """Refuse changes to `columns` and removal where `final` holds of the old row, and what `also` describes."""
        name = model._meta.model_name
        changed = " OR ".join(filter(None, (_differs(columns), also)))
        found.append(Guard(f"{name}_changed", model, "UPDATE", f"{final} AND ({changed})" if final else changed))
        found.append(Guard(f"{name}_removed", model, "DELETE", final))
        found.append(Guard(f"{name}_emptied", model, "TRUNCATE"))

    for table in SEALED.values():
        keep(table.model, _columns(table.model, table.loose | table.later), table.guarded, table.refused)
    for model in (AuditEntry, Seal, SealForm):
        keep(model, _columns(model))
    keep(AuditHead, [], also='NEW."sequence" <> OLD."sequence" + 1')
    roles = ", ".join(f"'{role.value}'" for role in ADMINISTRATORS)
    clash = (
        f'EXISTS (SELECT 1 FROM "{Assignment._meta.db_table}" AS other WHERE other.person_id = NEW.person_id '
        "AND other.id <> NEW.id AND other.role <> NEW.role "
        f"AND (NEW.role IN ({roles}) OR other.role IN ({roles})) "
        "AND (other.ends_on IS NULL OR other.ends_on >= NEW.starts_on) "
        "AND (NEW.ends_on IS NULL OR other.starts_on <= NEW.ends_on))"
    )
    # An administrator holds no other role beside. To end one early is always possible.
    prolonged = 'OLD."ends_on" IS NOT NULL AND (NEW."ends_on" IS NULL OR NEW."ends_on" > OLD."ends_on")'
    found += [
        Guard("assignment_excludes_new", Assignment, "INSERT", clash=clash),
        Guard("assignment_excludes_longer", Assignment, "UPDATE", when=prolonged, clash=clash),
    ]
    keep(RiskPoint, ["code"], final='OLD."code" IS NOT NULL')
    keep(Counter, ["name"], also='NEW."last" < OLD."last"')
    # A notice runs longer only by an extension that says so.
    longer = 'OLD."number" IS NOT NULL AND NEW."ends_on" > OLD."ends_on"'
    unsaid = (
        f'NOT EXISTS (SELECT 1 FROM "{NoticeExtension._meta.db_table}" AS said WHERE said.notice_id = NEW.id '
        "AND said.state = 'extended' AND said.ends_before = OLD.ends_on AND said.ends_on = NEW.ends_on)"
    )
    found.append(Guard("publicnotice_longer", PublicNotice, "UPDATE", when=longer, clash=unsaid))
    return found


@cache
def guards() -> tuple[Guard, ...]:
    """Return every guard there is, of all floors; asked for when the tables of all of them are declared."""
    return tuple(_guards())


def guards_fit(state: Apps) -> bool:
    """Say whether the tables of a migration's state have every column a guard names."""
    try:
        there = {guard.model: state.get_model(guard.model._meta.label_lower) for guard in guards()}
    except LookupError:
        return False
    return all(set(_columns(model)) <= set(_columns(found)) for model, found in there.items())


def install_guards(connection: BaseDatabaseWrapper) -> None:
    """Put every guard in its place, whatever stood there before."""
    remove_guards(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name, body in dict(guard.function for guard in guards()).items():
                cursor.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
        for guard in _of(connection):
            cursor.execute(guard.sql(connection.vendor))
            if connection.vendor == "postgresql":
                table = guard.model._meta.db_table
                cursor.execute(f'COMMENT ON TRIGGER "{guard.name}" ON "{table}" IS %s', [guard.sql(connection.vendor)])


def remove_guards(connection: BaseDatabaseWrapper) -> None:
    """Take every guard away: a migration may remake the tables. Guards of an earlier release go with them."""
    with connection.cursor() as cursor:
        for name, table in _standing(connection):
            place = f' ON "{table}"' if connection.vendor == "postgresql" else ""
            cursor.execute(f'DROP TRIGGER "{name}"{place}')


def missing_guards(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of the guards that are not there as they are declared, or are switched off."""
    standing = _standing(connection)
    return [
        guard.name
        for guard in _of(connection)
        if standing.get((guard.name, guard.model._meta.db_table))
        != (
            guard.sql(connection.vendor),
            guard.function[1] if connection.vendor == "postgresql" else "",
        )
    ]


def _of(connection: BaseDatabaseWrapper) -> list[Guard]:
    # SQLite has no TRUNCATE.
    return [guard for guard in guards() if connection.vendor == "postgresql" or guard.event != "TRUNCATE"]


def _standing(connection: BaseDatabaseWrapper) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the text each standing trigger was declared with (empty: it is switched off) and its function's body."""
    if connection.vendor == "postgresql":
        question = (
            "SELECT t.tgname, c.relname, CASE WHEN t.tgenabled = 'O'"
            " THEN coalesce(obj_description(t.oid, 'pg_trigger'), '') ELSE '' END, p.prosrc"
            " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE NOT t.tgisinternal AND p.proname LIKE %s AND pg_table_is_visible(c.oid)"
        )
        arguments = [r"registry\_%"]
    else:
        question = "SELECT name, tbl_name, sql, '' FROM sqlite_master WHERE type = 'trigger' AND sql LIKE %s"
        arguments = ["%RAISE(ABORT, 'registry: %"]
    with connection.cursor() as cursor:
        cursor.execute(question, arguments)
        return {(name, table): (text, body) for name, table, text, body in cursor.fetchall()}
