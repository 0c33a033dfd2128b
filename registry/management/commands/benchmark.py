"""Measure the ledger against SQL written by hand, and against guardian with a grant for each point.

Both sides are run in turn in one process, after one run of each in which their answers are compared: what differs is not
measured. Ratios of medians count; times belong to the machine.
"""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Permission as StoredPermission
from django.contrib.contenttypes.models import ContentType
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils.translation import gettext as _
from guardian.shortcuts import get_objects_for_user

from registry import access
from registry.management.scale import ALL_READER, HALF_READER, SECTION_READER, SUBTREES_READER, YEARS, make_scale
from registry.models import Organization, Person, PointVersion
from registry.querysets.ledger import LedgerFilter, LedgerRow, ledger_rows
from registry.rules import STANDING_STATES, Interval

PAGE = 50
JURISDICTIONS = {
    "one section": SECTION_READER,
    "3 subtrees with a recusal": SUBTREES_READER,
    "half the region": HALF_READER,
    "all": ALL_READER,
}
FILTERS = {
    "year": LedgerFilter(year=YEARS[-1]),
    "year, category, grade": LedgerFilter(year=YEARS[-1], category="duty", grade=2),
}
PLACES = {"first page": 0.0, "90 % depth": 0.9}
# What a row of the ledger's page shows; its measures follow.
SHOWN = (
    "unit_name", "organization_name", "post_name", "level", "category", "matter", "title", "manifestation", "grade", "responsible",
    "responsible_leader",
)  # fmt: skip

# How many there are, and the shown columns of some of the rows, as plain values.
Answer = tuple[int, list[tuple]]


@dataclass(frozen=True)
class Case:
    """One page somebody asks for."""

    jurisdiction: str
    filter: str
    place: str

    @property
    def wanted(self) -> LedgerFilter:
        return FILTERS[self.filter]

    def first(self, total: int) -> int:
        """Return the number of the page's first row, at the beginning of a page."""
        return int(total * PLACES[self.place]) // PAGE * PAGE


CASES = [
    Case(jurisdiction, name, place) for jurisdiction in JURISDICTIONS for name in FILTERS for place in PLACES
]  # fmt: skip


def ours(person: Person, case: Case) -> tuple[int, list[LedgerRow]]:
    """Do what the ledger's page does: read the grants, count, fetch a page."""
    with access.one_page():
        ledger = access.ledger(person, case.wanted)
        total = ledger.count()
        return total, ledger.page(case.first(total), PAGE)


def guardians(person: Person, case: Case) -> tuple[int, list[LedgerRow]]:
    """Do the same with guardian's grants on points: everything but who may see what is ours, too."""
    visible = get_objects_for_user(
        person, "registry.read_point", PointVersion.objects.in_ledger(), use_groups=False, accept_global_perms=False
    )
    rows = visible.matching(case.wanted)
    total = rows.count()
    page = list(rows.page(case.first(total), PAGE))
    return total, ledger_rows(page, rows.measures_of([row[0] for row in page]))


# Names and placeholders only are put into the text of what follows; every value is a parameter.
# ruff: noqa: S608
def condition(wanted: LedgerFilter, intervals: Sequence[Interval]) -> tuple[str, list]:
    """Return the WHERE of SQL written by hand, and its parameters."""
    states = ", ".join(["%s"] * len(STANDING_STATES))
    column = "position" if len(intervals) <= 2 else "tree_from"
    place = " OR ".join([f"{column} BETWEEN %s AND %s"] * len(intervals))
    if column == "tree_from":
        # Three times as fast as the ranges themselves, on both databases.
        place = f"position IN (SELECT tree_from FROM registry_organization WHERE {place})"
    sql, values = f"state IN ({states}) AND year = %s AND ({place})", [str(state.value) for state in STANDING_STATES]
    values += [wanted.year, *(number for interval in intervals for number in interval)]
    for name in ("category", "grade"):
        if value := getattr(wanted, name):
            sql, values = f"{sql} AND {name} = %s", [*values, value]
    return sql, values


def by_hand(intervals: Sequence[Interval], case: Case) -> Answer:
    """Count and fetch the same page in SQL written by hand, where the reader may look being known."""
    where, values = condition(case.wanted, intervals)
    columns = ", ".join(f"version.{name}" for name in SHOWN)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM registry_pointversion WHERE {where}", values)
        total = cursor.fetchone()[0]
        cursor.execute(
            f"SELECT version.id, {columns}, point.code FROM registry_pointversion version "
            "JOIN registry_riskpoint point ON point.id = version.point_id WHERE version.id IN "
            f"(SELECT id FROM registry_pointversion WHERE {where} ORDER BY year, position, id LIMIT %s OFFSET %s) "
            "ORDER BY version.year, version.position, version.id",
            [*values, PAGE, case.first(total)],
        )
        rows = cursor.fetchall()
        if not rows:
            return total, []
        places = ", ".join(["%s"] * len(rows))
        cursor.execute(
            "SELECT point_version_id, text, measure.state FROM registry_measureversion measure "
            "JOIN registry_pointversion version ON version.id = point_version_id "
            f"WHERE point_version_id IN ({places}) "
            "AND (measure.valid_from IS NOT NULL OR measure.declaration_id = version.declaration_id) "
            "AND (measure.valid_to IS NULL OR measure.valid_to >= version.valid_to) "
            "ORDER BY point_version_id, ordinal, measure.id",
            [row[0] for row in rows],
        )
        measures: dict[int, list] = {row[0]: [] for row in rows}
        for version, text, state in cursor.fetchall():
            measures[version].append((text, state))
    return total, [(*row, measures[row[0]]) for row in rows]


def matrix_by_hand(intervals: Sequence[Interval], wanted: LedgerFilter) -> dict:
    where, values = condition(wanted, intervals)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT level, category, grade, count(*) FROM registry_pointversion "
            f"WHERE {where} GROUP BY level, category, grade",
            values,
        )
        return {tuple(row[:3]): row[3] for row in cursor.fetchall()}


def in_turn(sides: Sequence[Callable[[], Any]], repeats: int) -> list[float]:
    """Return the median time of each side in ms; they take turns, so that a busy moment hits all of them."""
    times: list[list[float]] = [[] for _side in sides]
    for _turn in range(repeats):
        for taken, side in zip(times, sides, strict=True):
            began = time.perf_counter()
            side()
            taken.append((time.perf_counter() - began) * 1000)
    return [statistics.median(taken) for taken in times]


class Command(BaseCommand):
    help = "Measure the ledger against SQL written by hand and against a grant for each point."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", choices=["ledger"], help="what is measured")
        parser.add_argument("--points", type=int, metavar="N", help="fill an empty database with N points first")
        parser.add_argument("--repeats", type=int, default=15, metavar="N", help="runs of each side (15)")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")

    def handle(self, *args: object, points: int | None, repeats: int, **options: Any) -> None:
        if points and not Organization.objects.exists():
            self.stderr.write(_("Filling the database ..."))
            make_scale(points)
        self.people = {person.username: person for person in Person.objects.filter(username__in=JURISDICTIONS.values())}
        stored = PointVersion.objects.count()
        if len(self.people) < len(JURISDICTIONS) or points not in (None, stored):
            raise CommandError(_("This database does not hold what was asked for; fill an empty one with make_scale."))
        cases = [self.compare(case, repeats) for case in CASES]
        result = {
            "points": stored,
            "database": connection.vendor,
            "cases": cases,
            "median_ratio": round(statistics.median(case["ratio"] for case in cases), 2),
            "worst_ratio": max(case["ratio"] for case in cases),
            "matrix": self.matrix(repeats),
            "guardian": self.guardian(max(1, repeats // 5)),
        }
        result["matrix_ratio"] = result["matrix"]["ratio"]
        result["guardian_ratio"] = round(statistics.median(case["ratio"] for case in result["guardian"]["cases"]), 1)
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False, indent=1))
        else:
            self.show(result)

    def compare(self, case: Case, repeats: int) -> dict[str, Any]:
        """Measure a page of ours against the same by hand."""
        person = self.people[JURISDICTIONS[case.jurisdiction]]
        intervals = access.ledger_scope(person)
        total, rows = ours(person, case)
        if (total, rows) != by_hand(intervals, case):
            raise CommandError(_("The answers differ: %s") % case)
        mine, hand = in_turn([lambda: ours(person, case), lambda: by_hand(intervals, case)], repeats)
        return {
            "jurisdiction": case.jurisdiction,
            "filter": case.filter,
            "page": case.place,
            "rows": total,
            "ours_ms": round(mine, 2),
            "by_hand_ms": round(hand, 2),
            "ratio": round(mine / hand, 2),
        }

    def matrix(self, repeats: int) -> dict[str, Any]:
        """Measure the count of a region's year by level, category and grade."""
        person, wanted = self.people[ALL_READER], FILTERS["year"]
        intervals = access.ledger_scope(person)

        def counted() -> dict:
            with access.one_page():
                return access.ledger(person, wanted).counted()

        if counted() != matrix_by_hand(intervals, wanted):
            raise CommandError(_("The answers differ: %s") % "matrix")
        mine, hand = in_turn([counted, lambda: matrix_by_hand(intervals, wanted)], repeats)
        return {"ours_ms": round(mine, 2), "by_hand_ms": round(hand, 2), "ratio": round(mine / hand, 2)}

    def guardian(self, repeats: int) -> dict[str, Any]:
        """Measure pages of half the region against guardian with a grant for each point; nothing of it stays."""
        person, cases = self.people[HALF_READER], []
        with transaction.atomic():
            grants = self.grant_each_point(person)
            for case in CASES:
                if case.jurisdiction != "half the region":
                    continue
                total, rows = ours(person, case)
                theirs_total, theirs = guardians(person, case)
                if (total, rows) != (theirs_total, theirs):
                    raise CommandError(_("The answers differ: %s") % case)
                mine, guardian = in_turn(
                    [lambda case=case: ours(person, case), lambda case=case: guardians(person, case)], repeats
                )
                cases.append(
                    {
                        "filter": case.filter,
                        "page": case.place,
                        "rows": total,
                        "ours_ms": round(mine, 2),
                        "guardian_ms": round(guardian, 2),
                        "ratio": round(guardian / mine, 1),
                    }
                )
            transaction.set_rollback(True)
        return {"grants": grants, "cases": cases}

    def grant_each_point(self, person: Person) -> int:
        """Give guardian's own (generic) table a grant on each point the person reads."""
        model = ContentType.objects.get_for_model(PointVersion)
        permission = StoredPermission.objects.create(codename="read_point", name="read point", content_type=model)
        ((low, high),) = access.ledger_scope(person)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO guardian_userobjectpermission (object_pk, content_type_id, permission_id, user_id) "
                "SELECT CAST(id AS varchar(255)), %s, %s, %s FROM registry_pointversion WHERE position BETWEEN %s AND %s",
                [model.pk, permission.pk, person.pk, low, high],
            )
            grants = cursor.rowcount
            cursor.execute("ANALYZE guardian_userobjectpermission")
        return grants

    def show(self, result: dict[str, Any]) -> None:
        def table(rows: Sequence[dict[str, Any]]) -> None:
            names = list(rows[0])
            self.stdout.write("\n| " + " | ".join(name.replace("_", " ") for name in names) + " |")
            self.stdout.write("|" + "---|" * len(names))
            for row in rows:
                self.stdout.write("| " + " | ".join(str(row[name]) for name in names) + " |")

        self.stdout.write(f"{result['database']}, {result['points']:,} points")
        table(result["cases"])
        self.stdout.write(f"median {result['median_ratio']}, worst {result['worst_ratio']}")
        table([result["matrix"]])
        table(result["guardian"]["cases"])
        self.stdout.write(f"{result['guardian']['grants']:,} grants, guardian / ours {result['guardian_ratio']}")
