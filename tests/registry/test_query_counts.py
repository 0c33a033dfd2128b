"""A list asks the database the same number of questions however long it is: the numbers are written down here."""

import pytest

from registry.models import PointVersion, RiskPoint
from registry.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db

# Session and person come with every page; navigation asks for rights, queue and ledger scope.
BASELINE = {
    ("holder", "/"): 22,
    ("holder", "/declarations/"): 9,
    ("head", "/"): 28,
    ("head", "/approvals/"): 17,
    ("head", "/approvals/decided/"): 15,
    ("inspector", "/ledger/"): 29,
    ("inspector", "/ledger/?organization=CZJ&category=duty&words=用印"): 31,
    ("wide_inspector", "/ledger/"): 26,
}


def more_points(version: PointVersion, number: int) -> None:
    """Copy a filed point many times, as an index would hold them."""
    points = RiskPoint.objects.bulk_create(
        RiskPoint(unit=version.point.unit, code=f"CZJ-9{place:05d}") for place in range(number)
    )
    values = {
        field.attname: getattr(version, field.attname)
        for field in PointVersion._meta.concrete_fields
        if field.name not in ("id", "point", "replaces")
    }
    PointVersion.objects.bulk_create(PointVersion(**values, point=point) for point in points)


@pytest.mark.parametrize(("who", "address"), BASELINE)
def test_a_list_asks_as_much_with_few_rows_as_with_many(who, address, body, client_of, django_assert_num_queries):
    if who == "wide_inspector":
        body.people[who] = factories.make_person(who, "辖区多人")
        for code in ("CZJ-01", "MZJ-01", "SWJ"):
            factories.give(body, who, Role.INSPECTOR, code)
    factories.decide(factories.submitted(body, "holder"), body["head"])
    factories.submitted(body, "colleague")
    filed = factories.filed(body, "clerk")
    client = client_of(who)
    client.get(address)
    with django_assert_num_queries(BASELINE[who, address]):
        assert client.get(address).status_code == 200
    # More of everything a list could show: filed points, waiting and decided approvals.
    more_points(factories.first_point(filed), 150)
    for name in ("mzj_holder", "other_holder", "second_clerk"):
        factories.submitted(body, name)
    factories.give(body, "head", Role.SECTION_HEAD, "CZJ-02")
    with django_assert_num_queries(BASELINE[who, address]):
        assert client.get(address).status_code == 200
