"""How far the units are, who is late, and urging them once a day."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cycles import access
from cycles.actions import progress as verbs
from cycles.documents import progress as documents
from cycles.models import Urging
from cycles.rules import Step
from registry.actions.verification import verify
from registry.models import Appointment, MeasureVersion, RiskPoint
from registry.rules import NotAllowed, Refused
from tests import factories

from . import made

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle(body):
    return made.cycle_of(body)


def row_of(body, cycle, code: str) -> documents.Row:
    progress = verbs.progress_of(cycle, [body.organization("DQ").interval])
    return documents.rows(progress, [body.organization(code)])[0]


def test_each_number_is_that_of_what_was_done(body, cycle):
    before = row_of(body, cycle, "CZJ")
    assert (before.declared, before.filed, before.points) == (0, 0, 0)
    factories.filed(body, "holder", points=2)
    factories.submitted(body, "colleague")
    factories.returned(body, "other_holder")
    row = row_of(body, cycle, "CZJ")
    assert (row.declared, row.reviewed, row.returned, row.filed) == (3, 1, 1, 1)
    assert (row.points, row.published, row.with_measure) == (2, 0, 2)
    section, region = row_of(body, cycle, "CZJ-01"), row_of(body, cycle, "DQ")
    assert (section.declared, section.people) == (2, 3)
    assert region.people == sum(row_of(body, cycle, code).people for code in ("CZJ", "MZJ", "SWJ"))
    factories.posted(body)
    assert row_of(body, cycle, "CZJ").published == 2


def test_who_is_late_is_who_the_numbers_count(body, cycle, unguarded):
    unit = [body.organization("CZJ").interval]
    factories.filed(body, "holder")
    factories.returned(body, "colleague")
    late = {step: {each.person.username for each in verbs.late(cycle, step, unit)} for step in Step}
    assert "holder" not in late[Step.DECLARE] and "colleague" not in late[Step.DECLARE]
    assert len(late[Step.DECLARE]) == row_of(body, cycle, "CZJ").undeclared
    assert late[Step.MEND] == {"colleague"}
    assert late[Step.MEASURES] == set() == late[Step.TASKS]
    MeasureVersion.objects.filter(point_version__point__in=RiskPoint.objects.all()).delete()
    assert {each.person.username for each in verbs.late(cycle, Step.MEASURES, unit)} == {"holder"}


def test_urged_once_a_day_whoever_urges_and_it_is_recorded(body, cycle):
    appointment = body.appointment("holder")
    made_now = verbs.urge(by=body["clerk"], cycle=cycle, step=Step.DECLARE, appointments=[appointment])
    assert [(each.person, each.by) for each in made_now] == [(body["holder"], body["clerk"])]
    with pytest.raises(Refused):
        verbs.urge(by=body["second_clerk"], cycle=cycle, step=Step.DECLARE, appointments=[appointment])
    with time_machine.travel(timezone.now() + dt.timedelta(days=1)):
        verbs.urge(by=body["second_clerk"], cycle=cycle, step=Step.DECLARE, appointments=[appointment])
    assert Urging.objects.count() == 2
    assert verify().reason == ""


@pytest.mark.parametrize("name", ["head", "principal", "mzj_clerk", "region_clerk", "inspector", "holder"])
def test_nobody_but_the_office_urges(body, cycle, name):
    with pytest.raises(NotAllowed):
        verbs.urge(by=body[name], cycle=cycle, step=Step.DECLARE, appointments=[body.appointment("holder")])
    assert not Urging.objects.exists()


def test_who_is_not_late_any_more_is_not_urged(body, cycle):
    factories.submitted(body, "holder")
    with pytest.raises(Refused):
        verbs.urge(by=body["clerk"], cycle=cycle, step=Step.DECLARE, appointments=[body.appointment("holder")])


def test_the_home_page_says_so_until_it_is_done(body, cycle, client_of):
    verbs.urge(by=body["clerk"], cycle=cycle, step=Step.DECLARE, appointments=[body.appointment("holder")])
    holder = client_of("holder")
    assert "您被催办" in holder.get(reverse("home")).content.decode()
    assert "您被催办" not in client_of("colleague").get(reverse("home")).content.decode()
    factories.submitted(body, "holder")
    assert "您被催办" not in holder.get(reverse("home")).content.decode()


def test_the_page_urges_those_ticked_and_shows_when_they_were(body, cycle, client_of):
    client = client_of("clerk")
    address = reverse("cycles:late", args=[cycle.pk, "declare"]) + "?organization=CZJ-01"
    page = client.get(address)
    assert {row["appointment"].person.username for row in page.context["rows"]} == {"holder", "colleague", "head"}
    assert client.post(address, {}).status_code == 422
    chosen = [body.appointment(name).pk for name in ("holder", "colleague")]
    assert client.post(address, {"chosen": chosen}).status_code == 302
    page = client.get(address)
    assert {row["appointment"].person.username for row in page.context["rows"] if row["is_urged_today"]} == {
        "holder",
        "colleague",
    }
    assert client.post(address, {"chosen": chosen}).status_code == 409
    # Somebody of another unit stands in no list of this office.
    assert client.post(address, {"chosen": [body.appointment("mzj_holder").pk]}).status_code == 422


def test_numbers_are_for_readers_names_for_the_office(body, cycle, client_of):
    progress, late = (reverse("cycles:progress", args=[cycle.pk]), reverse("cycles:late", args=[cycle.pk, "declare"]))
    for name, numbers, names in (
        ("clerk", 200, 200), ("region_clerk", 200, 403), ("inspector", 200, 403), ("principal", 200, 403), ("holder", 200, 403),
    ):  # fmt: skip
        client = client_of(name)
        assert (client.get(progress).status_code, client.get(late).status_code) == (numbers, names), name
    assert client_of("mzj_clerk").get(progress + "?organization=CZJ").status_code == 404
    assert access.late_scope(cycle, body["recused_inspector"]) == []


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "route", "most"),
    [("clerk", "cycles:progress", 40), ("region_clerk", "cycles:progress", 40), ("clerk", "cycles:late", 25)],
)
def test_a_page_takes_as_many_queries_for_many_as_for_few(body, cycle, client_of, name, route, most):
    client = client_of(name)
    address = reverse(route, args=[cycle.pk, *(["declare"] if route.endswith("late") else [])])
    factories.filed(body, "holder")

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        return len(found)

    few = queries()
    for who in ("colleague", "other_holder"):
        factories.filed(body, who, points=3)
    for number in range(30):
        person = factories.make_person(f"new{number}", f"新人{number}")
        Appointment.objects.create(
            person=person, post=body.appointment("other_holder").post, rank="below_ke", starts_on=factories.SINCE
        )
    assert queries() == few <= most
