"""How many queries the lists of inspections and draws take: the same for few rows and for 10,000."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controls.models import Draw, Expert, Inspection, InspectionPlan
from tests import factories
from tests.registry.test_query_counts import copy

from . import inspected

pytestmark = pytest.mark.once

MANY = 10_000
# list → (who reads it, its address, how many queries)
LISTS = {
    "to inspect": ("inspector", "inspections-mine", "", 16),
    "board of an office": ("clerk", "inspections", "", 16),
    "board of an office, filtered": ("clerk", "inspections", "?year=&organization=CZJ-01&state=planned&late=on", 19),
    "board of an inspector": ("inspector", "inspections", "", 17),
    "signed sheets of a holder": ("holder", "inspections", "", 15),
    "summary": ("clerk", "inspection-summary", "", 15),
    "plans": ("clerk", "inspection-plans", "", 13),
    "draws": ("clerk", "draws", "", 15),
    "experts": ("outside_inspector", "experts", "", 15),
}


@pytest.fixture
def few(body) -> factories.Body:
    """One row of each."""
    inspected.filed(body, "holder", 3)
    inspected.issued(body)
    inspected.signed(body, inspected.special(body, inspector="supervisor"), "supervisor")
    late = inspected.special(body)
    Inspection.objects.filter(pk=late.pk).update(due_on=factories.today() - factories.DAY)
    inspected.revealed(body, inspected.committed(body))
    factories.give(body, "outside_inspector", "inspector", "DQ")
    inspected.experts(body, "outside_inspector", 1)
    return body


def multiply() -> None:
    for row in list(Inspection.objects.filter(plan=None)):
        Inspection.objects.bulk_create(
            (copy(row, number=f"{row.number}-{number}") for number in range(MANY // 2)), batch_size=500
        )
    for model in (InspectionPlan, Draw):
        row = model.objects.first()
        model.objects.bulk_create(copy(row, number=f"{row.number}-{number}") for number in range(60))
    row = Expert.objects.first()
    Expert.objects.bulk_create(copy(row, name=f"{row.name}{number}") for number in range(60))


def fetched(client, address: str) -> list[str]:
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return [entry["sql"] for entry in captured.captured_queries]


def test_the_lists_take_the_same_queries_for_few_rows_and_for_many(few, client_of):
    addresses = {name: reverse(f"controls:{view}") + query for name, (_who, view, query, _n) in LISTS.items()}
    clients = {name: client_of(who) for name, (who, *_rest) in LISTS.items()}
    first = {name: fetched(clients[name], address) for name, address in addresses.items()}
    multiply()
    then = {name: fetched(clients[name], address) for name, address in addresses.items()}
    assert {name: len(queries) for name, queries in then.items()} == {name: len(each) for name, each in first.items()}
    assert {name: len(queries) for name, queries in first.items()} == {name: n for name, (*_rest, n) in LISTS.items()}


def test_a_sheet_takes_the_same_queries_for_few_lines_and_for_many(body, client_of):
    inspected.filed(body, "holder", 3)
    inspected.filed(body, "colleague", *[3] * 8)
    counts = set()
    for name in ("holder", "colleague"):
        sheet = inspected.begun(body, inspected.special(body, name), "inspector")
        for view in ("inspection", "inspection-fill", "inspection-sign"):
            counts.add((view, len(fetched(client_of("inspector"), reverse(f"controls:{view}", args=[sheet.pk])))))
    assert len(counts) == 3, counts


@pytest.mark.parametrize(("who", "expected"), [("holder", 1), ("clerk", 1), ("head", 1), ("region_clerk", 1)])
def test_the_navigation_asks_one_question_about_inspections_on_every_page(body, client_of, who, expected):
    queries = fetched(client_of(who), reverse("registry:my-declarations"))
    assert len([sql for sql in queries if 'FROM "controls_inspection"' in sql]) == expected
