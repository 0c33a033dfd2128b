"""Content in any size, and the benchmark on it: the answers of both sides are the same. Nothing is timed here."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F

from registry import access
from registry.management.commands import benchmark
from registry.management.scale import LARGE, LEAST_POINTS, READERS, YEARS, make_scale
from registry.models import (
    Appointment,
    Assignment,
    Counter,
    Declaration,
    MeasureVersion,
    Organization,
    Person,
    PointVersion,
    Post,
    Recusal,
    RiskPoint,
)
from registry.rules import LEDGER_STATES, Category, DeclarationState, Grade, Level, PointState
from tests import factories

POINTS = LEAST_POINTS + 7  # no multiple of anything


def constraints() -> set[tuple]:
    """Return all constraints and indexes as the database describes them."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' UNION "
                "SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) FROM pg_constraint"
            )
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master")
        return set(cursor.fetchall())


def test_the_content_has_the_shape_of_the_domain_and_keeps_every_constraint(db):
    before = constraints()
    make_scale(POINTS)
    assert constraints() == before
    connection.check_constraints()
    assert PointVersion.objects.count() == MeasureVersion.objects.count() == POINTS
    assert Post.objects.count() == Appointment.objects.count() == 30_000
    assert set(Organization.objects.values_list("kind", "depth")) == {
        ("region", 0), ("region", 1), ("unit", 2), ("section", 3),
    }  # fmt: skip
    outside = Organization.objects.filter(parent__isnull=False).exclude(
        tree_from__gt=F("parent__tree_from"), tree_to__lte=F("parent__tree_to")
    )
    assert not outside.exists()
    assert set(PointVersion.objects.values_list("state", flat=True)) == set(PointState)
    assert set(PointVersion.objects.filter(year=YEARS[-1]).values_list("state", flat=True)) == set(PointState) - {
        PointState.SUPERSEDED
    }
    assert set(PointVersion.objects.values_list("year", flat=True)) == set(YEARS)
    cells = set(PointVersion.objects.in_ledger().values_list("level", "category"))
    assert cells == {(level, category) for level in Level for category in Category}
    assert set(PointVersion.objects.values_list("grade", flat=True)) == set(Grade)
    assert set(Declaration.objects.values_list("state", flat=True)) == set(DeclarationState)
    # What is superseded has a successor that is in the ledger, what stands has none.
    filed = PointVersion.objects.filter(replaces__isnull=False).exclude(state=PointState.DRAFT)
    assert filed.exists() and not filed.exclude(replaces__state=PointState.SUPERSEDED).exists()
    superseded = PointVersion.objects.filter(state=PointState.SUPERSEDED)
    assert (
        superseded.count() == filed.count() and not superseded.exclude(replaced_by__valid_from=F("valid_to")).exists()
    )
    assert not PointVersion.objects.exclude(year=F("declaration__year")).exists()
    assert not PointVersion.objects.exclude(position=F("organization__tree_from")).exists()
    # The next rows get numbers of their own.
    RiskPoint.objects.create(unit=Organization.objects.get(code="SC0101"))
    Person.objects.create(username="next", name="后来")


def content() -> list:
    """Return every row; of rows numbered by the database, without the number."""
    tables = [
        list(model.objects.order_by("pk").values_list()) for model in (Organization, Person, Post, *LARGE, Counter)
    ]
    given = [
        list(model.objects.order_by("pk").values_list("person", "organization")) for model in (Assignment, Recusal)
    ]
    return tables + given


def test_two_runs_give_the_same_content(db):
    runs = []
    for _run in range(2):
        with transaction.atomic():
            make_scale(POINTS)
            runs.append(content())
            transaction.set_rollback(True)
    assert runs[0] == runs[1]


def test_it_goes_into_an_empty_database_only(body):
    with pytest.raises(CommandError):
        call_command("make_scale", points=POINTS)
    with pytest.raises(CommandError):
        call_command("make_scale", points=10)
    with pytest.raises(CommandError):
        call_command("benchmark", "ledger", "--points", str(POINTS))


def test_the_benchmark_compares_the_same_answers(db):
    out = StringIO()
    call_command(
        "benchmark", "ledger", "--points", str(POINTS), "--repeats", "1", "--json", stdout=out, stderr=StringIO()
    )
    result = json.loads(out.getvalue())
    assert {"cases", "median_ratio", "worst_ratio", "guardian_ratio", "matrix_ratio"} <= set(result)
    assert result["points"] == POINTS
    assert {(case["jurisdiction"], case["filter"], case["page"]) for case in result["cases"]} == {
        (case.jurisdiction, case.filter, case.place) for case in benchmark.CASES
    }
    assert len(result["cases"]) == 4 * 2 * 2
    assert all(case["rows"] for case in result["cases"] if case["filter"] == "year" or case["jurisdiction"] == "all")
    assert result["guardian"]["grants"] > POINTS / 3
    scopes = [access.ledger_scope(Person.objects.get(username=username)) for username in READERS]
    assert [len(scope) for scope in scopes] == [1, 4, 1, 1]
    # Nothing of guardian's grants stays.
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM guardian_userobjectpermission")
        assert cursor.fetchone() == (0,)


def test_a_benchmark_of_different_answers_is_refused(db, monkeypatch):
    make_scale(POINTS)
    monkeypatch.setattr(benchmark, "PAGE", 7)
    right = benchmark.by_hand
    monkeypatch.setattr(benchmark, "by_hand", lambda intervals, case: (right(intervals, case)[0], []))
    with pytest.raises(CommandError):
        call_command("benchmark", "ledger", "--repeats", "1", stdout=StringIO())


def test_the_ledger_is_everything_but_drafts(body):
    """`in_ledger` asks for the one state that is not of the ledger."""
    assert set(LEDGER_STATES) == set(PointState) - {PointState.DRAFT}
    factories.filed(body, "holder")
    factories.draft(body, "head")
    assert set(PointVersion.objects.in_ledger()) == set(PointVersion.objects.filter(state__in=LEDGER_STATES))
