"""Coverage: covered, declared empty, missing; and who has not declared, for those who may know."""

import pytest
from django.urls import reverse

from registry.actions import organization
from registry.documents import coverage as documents
from registry.models import Declaration, MeasureVersion, Organization, PointVersion, Scheme
from registry.rules import Category, Level, level_cells
from registry.rules.grading import Scheme as SchemeRule
from tests import factories


def cells(rows, level) -> dict[str, tuple[int, int, int]]:
    """Return covered, empty, missing by category of a level."""
    found = next(cells for its_level, _bodies, cells in rows if its_level == level)
    return {cell.category: (cell.covered, cell.empty, cell.missing) for cell in found}


def rows_of(code: str) -> list:
    organization = Organization.objects.get(code=code)
    counted = documents.counted([organization.interval], factories.today().year)
    return documents.matrix(counted, SchemeRule())


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


QUERIES = 35


@pytest.mark.usefixtures("unguarded")
def test_points_without_a_measure_are_counted_and_lead_to_the_ledger(body, client_of):
    factories.filed(body, "colleague", points=2)
    page = client_of("clerk").get(reverse("registry:coverage"), {"organization": "CZJ-01"})
    assert page.context["without_measure"] == 0 and "without_measure" not in page.content.decode()
    MeasureVersion.objects.filter(point_version=factories.first_point(Declaration.objects.get())).delete()
    page = client_of("clerk").get(reverse("registry:coverage"), {"organization": "CZJ-01"})
    way = f"?organization=CZJ-01&amp;year={factories.today().year}&amp;without_measure=1"
    assert page.context["without_measure"] == 1 and way in page.content.decode()
    ledger = client_of("clerk").get(reverse("registry:ledger") + way.replace("&amp;", "&"))
    assert [row.title for row, _ in ledger.context["lines"]] == ["未经审批用印1"]
    assert sum(chip["count"] for chip in ledger.context["grades"]) == 1, "the chips count what choosing them gives"
    assert str(ledger.context["form"]["without_measure"].label) in str(ledger.context["sentence"])
    assert "True" not in str(ledger.context["sentence"])
    # The region's office counts, and reads no ledger.
    page = client_of("region_clerk").get(reverse("registry:coverage"), {"organization": "CZJ-01"})
    assert "without_measure" not in page.context


# --- Who owes a cell -----------------------------------------------------------------------------------------------------


def cell_page(client, code: str, level: str, category: str, **also):
    query = {"organization": code, "level": level, "category": category, **also}
    return client.get(reverse("registry:coverage-missing"), query)


def listed(client, code: str, level: str, category: str, **also) -> list[str]:
    response = cell_page(client, code, level, category, **also)
    assert response.status_code == 200
    return [row.name for row in response.context["owing"]]


def ask_teams(body) -> None:
    """Let the scheme ask leadership teams for one category, too."""
    settings = {"expected": {"leadership": ["duty"]}}
    Scheme.objects.create(organization=body.organization("DQ"), year=factories.today().year, settings=settings)


def test_the_list_of_a_cell_has_exactly_those_the_matrix_counts(body, client_of):
    factories.filed(body, "holder")
    factories.filed(body, "other_holder", points=2)
    factories.submitted(body, "colleague")
    factories.file_all(factories.organization_draft(body))
    ask_teams(body)
    client, year = client_of("region_clerk"), factories.today().year
    counted = 0
    for code in ("DQ", "CZJ", "CZJ-01", "MZJ"):
        within = documents.counted([body.organization(code).interval], year)
        for level, _bodies, row in documents.matrix(within, documents.scheme_of(body.organization(code), year)):
            for cell in row:
                found = cell_page(client, code, level, cell.category).context["page"]["total"]
                assert found == cell.missing, (code, level, cell.category)
                counted += found
    assert counted > 50, "there is something to count"
    assert listed(client, "CZJ-01", "post", "duty") == ["会务接待岗", "办公室主任岗"]
    assert listed(client, "CZJ", "section", "process") == ["预算科"]
    assert listed(client, "DQ", "leadership", "duty") == ["云岭地区财政局", "云岭地区民政局", "云岭地区税务局"]


def test_each_page_of_the_coverage_leads_to_who_is_missing(body, client_of):
    page = client_of("head").get(reverse("registry:coverage"), {"organization": "CZJ-01"}).content.decode()
    for level, category in (("post", "duty"), ("post", "moral"), ("section", "process")):
        way = f"organization=CZJ-01&amp;year={factories.today().year}&amp;level={level}&amp;category={category}"
        assert way in page
    assert "level=post&amp;category=process" not in page, "not expected"


@pytest.mark.parametrize(
    ("name", "told"), [("clerk", True), ("head", False), ("inspector", False), ("region_clerk", False)]
)
def test_names_are_for_who_follows_the_declaring(body, client_of, name, told):
    for level, category, who in (("post", "duty", "holder"), ("section", "process", "head")):
        page = cell_page(client_of(name), "CZJ-01", level, category).content.decode()
        assert (body[who].name in page.split("<main")[1]) == told, (level, who)
    assert "印章管理岗" in cell_page(client_of(name), "CZJ-01", "post", "duty").content.decode()


def test_ones_own_is_mended_where_one_stands(body, client_of):
    start = reverse("registry:declaration-start", args=[body.appointment("holder").pk])
    edit = "registry:declaration-edit"
    client = client_of("holder")

    def page() -> str:
        return cell_page(client, "CZJ-01", "post", "duty").content.decode()

    assert f'action="{start}"' in page()
    for name in ("colleague", "head"):
        assert reverse("registry:declaration-start", args=[body.appointment(name).pk]) not in page()
    draft = factories.draft(body)
    assert reverse(edit, args=[draft.pk]) in page() and start not in page()
    factories.submit(draft)
    assert reverse("registry:declaration", args=[draft.pk]) in page()
    while draft.state == "submitted":
        factories.decide(draft)
    assert "印章管理岗" not in page(), "it is no longer missing"
    PointVersion.objects.update(state="withdrawn")
    assert reverse("registry:supplement-start", args=[body.appointment("holder").pk]) in page()
    last_year = factories.today().year - 1
    again = cell_page(client, "CZJ-01", "post", "duty", year=last_year).content.decode()
    assert start not in again and str(last_year) in again


def test_who_prepares_a_section_or_team_begins_there(body, client_of):
    ask_teams(body)
    factories.give(body, "member", "recorder", "CZJ")
    for name, code, level, category in (
        ("head", "CZJ-01", "section", "process"), ("member", "CZJ", "leadership", "duty"),
    ):  # fmt: skip
        start = reverse("registry:organization-declaration-start", args=[body.organization(code).pk])
        assert f'action="{start}"' in cell_page(client_of(name), code, level, category).content.decode(), name
        assert start not in cell_page(client_of("clerk"), code, level, category).content.decode()
    draft = factories.organization_draft(body)
    page = cell_page(client_of("head"), "CZJ-01", "section", "process").content.decode()
    assert reverse("registry:declaration-edit", args=[draft.pk]) in page


def test_what_lies_outside_does_not_exist_and_what_is_not_expected_is_not_missing(body, client_of):
    client = client_of("head")
    assert cell_page(client, "CZJ-02", "post", "duty").status_code == 404
    assert cell_page(client, "CZJ-01", "team", "duty").status_code == 404
    assert cell_page(client, "CZJ-01", "post", "").status_code == 404
    assert cell_page(client_of("system_administrator"), "CZJ-01", "post", "duty").status_code == 404
    response = cell_page(client, "CZJ-01", "post", "process")
    assert (response.status_code, list(response.context["owing"])) == (200, [])
    assert listed(client_of("recused_inspector"), "CZJ", "post", "duty"), "there are other sections"
    assert "印章管理岗" not in listed(client_of("recused_inspector"), "CZJ", "post", "duty")


@pytest.mark.parametrize(("level", "category", "name"), [("post", "duty", "clerk"), ("section", "process", "clerk")])
def test_the_list_of_a_cell_takes_the_same_queries_for_few_and_for_many(
    body, client_of, django_assert_num_queries, level, category, name
):
    client, query = client_of(name), {"organization": "CZJ", "level": level, "category": category}
    client.get(reverse("registry:coverage-missing"), query)
    with django_assert_num_queries(CELL_QUERIES[level]):
        client.get(reverse("registry:coverage-missing"), query)
    console = organization.console_actor()
    for number in range(12):
        section = organization.create_organization(
            by=console, kind="section", code=f"CZJ-{number + 50}", name=f"科{number}", parent=body.organization("CZJ")
        )
        post = organization.create_post(by=console, organization=section, name=f"岗{number}")
        for who in ("head", "other_head"):
            organization.appoint(by=console, person=body[who], post=post, rank="ke", starts_on=factories.SINCE)
            organization.assign(
                by=console, person=body[who], organization=section, role="section_head", starts_on=factories.SINCE,
                reason="测试",
            )  # fmt: skip
    with django_assert_num_queries(CELL_QUERIES[level]):
        response = client.get(reverse("registry:coverage-missing"), query)
    assert response.context["page"]["total"] > 12


# Of the list of posts two are for what the reader declares themselves.
CELL_QUERIES = {"post": 18, "section": 16}
