"""Coverage: covered, declared empty, missing; and who has not declared, for those who may know."""

import pytest
from django.urls import reverse

from registry.documents import coverage as documents
from registry.models import Organization, PointVersion
from registry.rules import Category, Level, level_cells
from registry.rules.grading import Scheme
from tests import factories


def cells(rows, level) -> dict[str, tuple[int, int, int]]:
    """Return covered, empty, missing by category of a level."""
    found = next(cells for its_level, _bodies, cells in rows if its_level == level)
    return {cell.category: (cell.covered, cell.empty, cell.missing) for cell in found}


def rows_of(code: str) -> list:
    organization = Organization.objects.get(code=code)
    counted = documents.counted([organization.interval], factories.today().year)
    return documents.matrix(counted, [organization.interval], Scheme())


def test_cells_are_what_is_covered_empty_and_missing():
    found = level_cells(
        Level.POST,
        bodies=3,
        points={"duty": 4},
        covered={"duty": 2},
        empty={"moral": 1, "duty": 1},
        expected=["duty", "moral"],
    )
    by_category = {cell.category: cell for cell in found}
    assert list(by_category) == list(Category)
    assert (by_category["duty"].covered, by_category["duty"].empty, by_category["duty"].missing) == (2, 1, 0)
    assert by_category["moral"].missing == 2
    assert by_category["process"].missing == 0
    assert not by_category["process"].is_expected


def test_the_matrix_follows_what_is_filed(body):
    # CZJ-01 has three posts with a holder: of holder, colleague and head.
    assert cells(rows_of("CZJ-01"), Level.POST)["duty"] == (0, 0, 3)
    factories.submitted(body, "holder")
    assert cells(rows_of("CZJ-01"), Level.POST)["duty"] == (0, 0, 3)
    factories.filed(body, "colleague", points=2)
    found = cells(rows_of("CZJ-01"), Level.POST)
    assert found["duty"] == (1, 0, 2)
    assert found["moral"] == (0, 1, 2)
    assert found["process"] == (0, 0, 0)
    assert cells(rows_of("CZJ-01"), Level.SECTION)["process"] == (0, 0, 1)
    assert cells(rows_of("DQ"), Level.POST)["duty"][0] == 1


def test_a_withdrawn_point_no_longer_covers(body):
    factories.filed(body, "colleague")
    PointVersion.objects.update(state="withdrawn")
    assert cells(rows_of("CZJ-01"), Level.POST)["duty"] == (0, 0, 3)


@pytest.mark.parametrize(
    ("name", "code", "sees"),
    [
        ("head", "CZJ-01", False),
        ("clerk", "CZJ", True),
        ("principal", "CZJ", False),
        ("colleague", "CZJ-01", False),
        ("inspector", "CZJ", False),
        ("region_clerk", "CZJ", False),
    ],
)
def test_who_has_not_declared_is_told_to_the_office(body, client_of, name, code, sees):
    page = client_of(name).get(reverse("registry:coverage"), {"organization": code}).content.decode()
    assert (body["holder"].name in page) == sees
    if sees:
        factories.submitted(body, "holder")
        again = client_of(name).get(reverse("registry:coverage"), {"organization": code}).content.decode()
        assert body["holder"].name not in again


def test_a_recusal_takes_its_part_out_of_every_number(body, client_of):
    factories.filed(body, "holder")
    page = client_of("recused_inspector").get(reverse("registry:coverage"), {"organization": "CZJ"}).content.decode()
    assert "办公室" not in page.split("</form>")[1]
    whole, part = rows_of("CZJ"), rows_of("CZJ-02")
    assert cells(whole, Level.POST)["duty"][0] == 1
    assert cells(part, Level.POST)["duty"][0] == 0


def test_it_takes_the_same_queries_for_few_and_for_many(body, client_of, django_assert_num_queries):
    factories.filed(body, "holder")
    client = client_of("clerk")
    client.get(reverse("registry:coverage"))
    with django_assert_num_queries(QUERIES):
        client.get(reverse("registry:coverage"))
    for name in ("colleague", "other_holder", "head", "publisher"):
        factories.filed(body, name, points=3)
    with django_assert_num_queries(QUERIES):
        client.get(reverse("registry:coverage"))


QUERIES = 28
