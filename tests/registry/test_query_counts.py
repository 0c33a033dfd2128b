"""How many queries a list takes: the same number for few rows and for many. A larger number here is a decision, not a slip."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from registry.actions.audit import record
from registry.models import (
    Appointment,
    Declaration,
    ImportBatch,
    MeasureVersion,
    NoticeLine,
    NumberedCopy,
    PointVersion,
    PublicNotice,
    RiskPoint,
    ShelfItem,
    UploadedLedger,
    UploadedRow,
)
from registry.roles import Role
from tests import factories

# Queries are asked by the same lines on both databases.
pytestmark = pytest.mark.once

MANY = 30  # less than the smallest page, so that all of them are on it

# list → (who reads it, its address, how many queries). Each begins with two for the session and the person.
LISTS = {
    "workbench of a holder": ("holder", "home", "", 28),
    "workbench of a reviewer": ("head", "home", "", 36),
    "workbench of an office": ("clerk", "home", "", 32),
    "my declarations": ("holder", "registry:my-declarations", "", 11),
    "queue": ("head", "registry:queue", "", 16),
    "decided": ("head", "registry:decided", "", 16),
    "ledger of a section": ("colleague", "registry:ledger", "", 21),
    "ledger of a unit": ("member", "registry:ledger", "", 22),
    "ledger of a unit, filtered": (
        "member",
        "registry:ledger",
        "?year=&organization=CZJ-01&category=duty&grade=2&words=用印",
        22,
    ),
    "ledger of two units": ("inspector", "registry:ledger", "", 23),
    "ledger of three stretches": ("outside_inspector", "registry:ledger", "", 23),
    "ledger of three stretches, filtered": ("outside_inspector", "registry:ledger", "?level=post&category=duty", 23),
    "ledger without scope": ("region_clerk", "registry:ledger", "", 14),
    "notices": ("colleague", "registry:notices", "", 12),
    "notices of a publisher": ("publisher", "registry:notices", "", 16),
    "numbered copies": ("clerk", "registry:copies", "", 14),
    "one's documents": ("member", "registry:shelf", "", 12),
    "export": ("member", "registry:ledger-export", "", 20),
}
STAYS_EMPTY = {"workbench of an office", "ledger without scope"}

# page of a notice → (who reads it, its address, how many queries)
NOTICE_PAGES = {
    "a notice": ("colleague", "registry:notice", 20),
    "a notice with its objections": ("clerk", "registry:notice", 30),
    "the sheet": ("colleague", "registry:notice-sheet", 8),
    "composing": ("publisher", "registry:notice-compose", 17),
    "checking": ("publisher", "registry:notice-check", 30),
}

# page of a declaration under review or in draft → (whose, who reads it, its address, how many queries)
PAGES = {
    "reading": ("colleague", "clerk", "registry:declaration", 37),
    "deciding": ("colleague", "head", "registry:declaration-decide", 57),
    "task list": ("head", "head", "registry:declaration-edit", 28),
    "check": ("head", "head", "registry:declaration-check", 46),
}


def multiply_points(versions) -> None:
    """Copy points with their measures into the same places."""
    for version in list(versions):
        measures = list(version.measures.all())
        points = RiskPoint.objects.bulk_create(
            RiskPoint(unit=version.point.unit, code=f"{version.point.code or version.pk}-{number}")
            for number in range(MANY)
        )
        copies = PointVersion.objects.bulk_create(
            copy(version, point=point, title=f"未经审批用印{point.code}") for point in points
        )
        MeasureVersion.objects.bulk_create(
            copy(measure, point_version=copied) for copied in copies for measure in measures
        )


def copy(row, **changes):
    """Return an unsaved copy of a row."""
    values = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    made = type(row)(**values)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def multiply_approvals(declaration: Declaration) -> None:
    """Copy a declaration and its approval, with owners and decisions, into other years."""
    approval = declaration.approval
    for number in range(1, MANY + 1):
        copied = copy(approval, due_on=approval.due_on - dt.timedelta(days=number))
        copied.save()
        copied.owners.set(approval.owners.all())
        for decision in approval.decisions.all():
            copy(decision, approval=copied, decided_at=timezone.now()).save()
        copy(
            declaration, approval=copied, year=declaration.year - number, number=f"{declaration.number}-{number}"
        ).save()


def multiply_notices() -> None:
    """Copy the notices with their lines."""
    for notice in PublicNotice.objects.filter(approval__isnull=True) | PublicNotice.objects.exclude(number=None):
        lines = list(notice.lines.all())
        for number in range(MANY):
            unique = {"number": f"{notice.number}-{number}", "code": f"{notice.code}-{number}"} if notice.number else {}
            made = copy(notice, approval=None, **unique)
            made.save()
            NoticeLine.objects.bulk_create(copy(line, notice=made) for line in lines)


def multiply_documents() -> None:
    """Copy what lies on the shelves, and numbered copies."""
    for issued in list(NumberedCopy.objects.all()):
        NumberedCopy.objects.bulk_create(
            copy(issued, serial=f"{issued.serial}-{number}", code=f"{number}") for number in range(MANY)
        )
    for item in list(ShelfItem.objects.all()):
        ShelfItem.objects.bulk_create(copy(item) for _number in range(MANY))


def multiply_lines(notice: PublicNotice) -> None:
    """Put many more filed points beside the notice's own, and many more lines and objections on it."""
    line = notice.lines.first()
    multiply_points(PointVersion.objects.filter(pk__in=notice.chosen))
    if line is None:
        notice.chosen = list(PointVersion.objects.filter(state="filed").values_list("pk", flat=True))
        notice.save()
        return
    others = PointVersion.objects.exclude(notice_lines__notice=notice).order_by("pk")[:MANY]
    for number, version in enumerate(others, start=notice.lines.count() + 1):
        made = copy(line, ordinal=number, point_version=version)
        made.save()
        copy(notice.objections.first(), line=made).save()


@pytest.fixture
def few(body) -> factories.Body:
    """One row of everything in each place."""
    for name in ("holder", "other_holder", "mzj_holder"):
        factories.filed(body, name)
    factories.give(body, "swj_principal", Role.TEAM_MEMBER, "SWJ")
    factories.give(body, "outside_inspector", Role.INSPECTOR, "CZJ-02")
    factories.give(body, "outside_inspector", Role.INSPECTOR, "MZJ-01")
    factories.submitted(body, "colleague")
    factories.draft(body, "head")
    factories.document(body)
    return body


def fetched(client, address: str) -> tuple[list[str], int]:
    """Return the queries of a page and its length."""
    assert client.get(address).status_code == 200  # what is kept between requests is there
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200
    return [entry["sql"] for entry in captured.captured_queries], len(response.content)


def compare(first: tuple[list[str], int], then: tuple[list[str], int], expected: int, grows: bool) -> None:
    assert (then[1] > first[1]) == grows, "the many rows are not on the page" if grows else "there are rows on the page"
    assert len(then[0]) == len(first[0]), "\n".join(["with few rows:", *first[0], "with many:", *then[0]])
    assert len(first[0]) == expected, "\n".join(first[0])


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_the_same_queries_for_few_rows_and_for_many(name, few, client_of):
    who, view, query, expected = LISTS[name]
    if "copies" in name:
        factories.copy_of(factories.posted(few), few["clerk"])
    if "notices" in name:
        factories.posted(few)
        factories.composed(few)
    client, address = client_of(who), reverse(view) + query
    first = fetched(client, address)
    multiply_points(PointVersion.objects.in_ledger())
    multiply_approvals(Declaration.objects.get(appointment__person=few["colleague"]))
    multiply_approvals(Declaration.objects.get(appointment__person=few["holder"]))
    multiply_notices()
    multiply_documents()
    compare(first, fetched(client, address), expected, grows=name not in STAYS_EMPTY)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_takes_the_same_queries_for_few_points_and_for_many(name, few, client_of):
    whose, who, view, expected = PAGES[name]
    declaration = Declaration.objects.get(appointment__person=few[whose])
    pk = declaration.approval_id if view == "registry:declaration-decide" else declaration.pk
    client, address = client_of(who), reverse(view, args=[pk])
    first = fetched(client, address)
    multiply_points(declaration.pointversions.all())
    compare(first, fetched(client, address), expected, grows=True)


@pytest.mark.parametrize("name", NOTICE_PAGES)
def test_a_page_of_a_notice_takes_the_same_queries_for_few_lines_and_for_many(name, few, client_of):
    who, view, expected = NOTICE_PAGES[name]
    notice = factories.composed(few) if view.endswith(("compose", "check")) else factories.posted(few)
    if notice.number:
        factories.objection(few, notice)
    client, address = client_of(who), reverse(view, args=[notice.pk])
    first = fetched(client, address)
    multiply_lines(notice)
    compare(first, fetched(client, address), expected, grows=True)


def make_batch(upload: UploadedLedger, name: str) -> None:
    """Note a ledger as taken in."""
    counts = {"new": 1, "changed": 0, "carried": 0}
    ImportBatch.objects.create(
        unit=upload.unit, year=upload.year, file_name=name, file_digest="", headings=[], entered_by=upload.by,
        entered_at=timezone.now(), counts=counts,
    )  # fmt: skip


IMPORT_PAGES = {"list": 15, "look over": 16}


@pytest.mark.parametrize("name", IMPORT_PAGES)
def test_a_page_of_an_import_takes_the_same_queries_for_few_points_and_for_many(name, body, client_of):
    """The preview shows as many rows as one page holds, whatever the file holds."""
    upload = factories.uploaded(body, points=2)
    make_batch(upload, "台账.xlsx")
    address = reverse("registry:imports") if name == "list" else reverse("registry:import", args=[upload.pk])
    client = client_of("clerk")
    first = fetched(client, address)
    row = upload.rows.first()
    UploadedRow.objects.bulk_create(copy(row, ordinal=number) for number in range(100, 100 + MANY))
    for number in range(MANY):
        copy(upload, name=f"台账{number}.xlsx").save()
        make_batch(upload, f"台账{number}.xlsx")
    compare(first, fetched(client, address), IMPORT_PAGES[name], grows=True)


def test_a_further_post_costs_six_queries_on_the_workbench(few, client_of):
    """Six: the dates twice, the declaration, a supplement, whose duties it took over, whether anything is filed; where it is,
    four more for the measures. Few people hold more than two posts.
    """
    client, address = client_of("holder"), reverse("home")
    first = fetched(client, address)
    for name in ("other_holder", "other_head"):
        Appointment.objects.create(
            person=few["holder"], post=few.appointment(name).post, rank="below_ke", starts_on=factories.SINCE
        )
    then = fetched(client, address)
    assert len(then[0]) - len(first[0]) == 2 * 6 + 4


@pytest.mark.usefixtures("unguarded")
def test_a_further_year_costs_one_query_on_the_ledger(few, client_of):
    client, address = client_of("member"), reverse("registry:ledger")
    first = fetched(client, address)
    PointVersion.objects.filter(organization__code="MZJ-01").update(year=factories.today().year - 4)
    then = fetched(client, address)
    assert len(then[0]) - len(first[0]) == 4


# list about the region → (who reads it, its address, how many queries)
REGION_LISTS = {
    "to the region": ("clerk", "registry:region-to-send", 25),
    "sent to the region": ("region_clerk", "registry:region", 20),
    "without a reviewer": ("region_clerk", "registry:without-reviewer", 13),
    "naming": ("region_clerk", "registry:reviewer-name", 27),
}


def multiply_at_region(declaration: Declaration) -> None:
    """Copy a filed declaration with its approvals as further supplements."""
    for number in range(1, MANY + 1):
        copied = {}
        for name in ("approval", "region_approval"):
            if (approval := getattr(declaration, name)) is not None:
                copied[name] = copy(approval)
                copied[name].save()
                copied[name].owners.set(approval.owners.all())
        copy(declaration, **copied, supplement=number, number=f"{declaration.number}-{number}").save()


@pytest.mark.parametrize("name", REGION_LISTS)
def test_a_list_of_the_region_takes_the_same_queries_for_few_rows_and_for_many(name, few, client_of):
    who, view, expected = REGION_LISTS[name]
    rows = [factories.filed(few, "member"), factories.sent(few, "supervisor")]
    asked = factories.sent(few, "principal")
    rows.append(factories.decide_region(asked, few["region_clerk"], "ask", reason="请补充。"))
    stuck = factories.decide(factories.submitted(few, "swj_principal"), by=few["region_clerk"])
    arguments = [stuck.approval_id] if name == "naming" else []
    client, address = client_of(who), reverse(view, args=arguments)
    first = fetched(client, address)
    for declaration in [*rows, stuck]:
        multiply_at_region(declaration)
    for number in range(MANY // 2):
        person = factories.make_person(f"further{number}", f"补充人员{number}")
        Appointment.objects.create(
            person=person, post=few.appointment("swj_holder").post, rank="below_ke", starts_on=factories.SINCE
        )
    compare(first, fetched(client, address), expected, grows=True)


def test_the_audit_chain_takes_the_same_queries_for_few_entries_and_for_many(few, client_of):
    client, address = client_of("audit_administrator"), reverse("registry:audit") + "?kind=calendar&organization=CZJ"

    def enter(count: int) -> None:
        for _entry in range(count):
            record("calendar.set", by=few["clerk"], subject="calendar", place=few.organization("CZJ"))

    enter(2)
    first = fetched(client, address)
    enter(MANY)
    compare(first, fetched(client, address), 13, grows=True)
