"""The ledger shows each reader their jurisdiction, filters it, and exports exactly what the screen shows."""

import datetime as dt
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import openpyxl
import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from playwright.sync_api import Page, expect

from registry import access
from registry.actions import declarations
from registry.models import Declaration, PointVersion
from registry.roles import Role
from registry.rules import Category, Grade, Level, PointState
from registry.rules.workbooks import Beside
from tests import factories

from .acts import button, choice, expect_text, field, link

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Columns of the workbook that stand on the screen too.
SHOWN = (
    "unit or section", "post", "level", "risk category", "risk point", "main content and how it shows", "grade",
    "preventive measures", "responsible person", "responsible leader", "code",
)  # fmt: skip


def file_points(body: factories.Body, name: str, *points: dict) -> Declaration:
    """Bring these points of a person into the ledger by the real acts."""
    person = body[name]
    declaration = declarations.start_declaration(by=person, declarant=access.Declarant.of_post(body.appointment(name)))
    for values in points:
        declarations.save_point(
            by=person,
            declaration=declaration,
            values=factories.point_values(**values),
            measures=[factories.MEASURE, {**factories.MEASURE, "text": "空白介绍信编号领用。"}],
        )
    for category in sorted({"duty", "moral", "environment"} - {values["category"] for values in points}):
        declarations.state_nothing_found(by=person, declaration=declaration, category=category, reason="没有。")
    factories.submit(declaration)
    while declaration.state == "submitted":
        factories.decide(declaration)
    return declaration


@pytest.fixture
def filed(body) -> dict[str, list[str]]:
    """Points of three units and of two years; return the codes by section."""
    for role in (Role.TEAM_MEMBER, Role.OFFICE_CLERK):
        factories.give(body, {"team_member": "member", "office_clerk": "clerk"}[role], role, "SWJ")
    last_year = timezone.localdate().year - 1
    with time_machine.travel(dt.datetime(last_year, 4, 1, 3, tzinfo=dt.UTC)):
        file_points(body, "colleague", {"category": "duty", "title": "接待费超标准", "likelihood": 1, "harm": 3})
    file_points(
        body,
        "holder",
        {"category": "duty", "title": "未经审批用印"},
        {"category": "environment", "title": "供应商宴请", "likelihood": 2, "harm": 4},
    )
    file_points(body, "other_holder", {"category": "moral", "title": "编审迁就熟人", "likelihood": 2, "harm": 2})
    file_points(body, "mzj_holder", {"category": "process", "title": "低保审核走过场", "likelihood": 2, "harm": 5})
    file_points(body, "swj_holder", {"category": "duty", "title": "评估结论随意"})
    codes: dict[str, list[str]] = {}
    for section, code in (
        PointVersion.objects.in_ledger().order_by("pk").values_list("organization__code", "point__code")
    ):
        codes.setdefault(section, []).append(code)
    assert {section: len(some) for section, some in codes.items()} == {
        "CZJ-01": 3,
        "CZJ-02": 1,
        "MZJ-01": 1,
        "SWJ-01": 1,
    }
    return codes


def expect_codes(page: Page, *codes: str) -> None:
    """Expect exactly these points, in any order, and the pager to count them."""
    rows = page.locator("table.ledger tbody tr")
    expect(rows).to_have_count(len(codes))
    for code in codes:
        expect(rows.filter(has_text=code)).to_have_count(1)
    if not codes:
        expect_text(page.locator("main"), _("Nothing fits this filter"))
    else:
        counted = _("Rows %(first)s–%(last)s of %(total)s")
        expect_text(page.locator("main"), counted % {"first": 1, "last": len(codes), "total": len(codes)})


def show(page: Page, **wanted: object) -> None:
    """Choose in the filter and ask for the rows; what is not named is cleared first."""
    labels = {
        "year": "Year",
        "organization": "Unit or section",
        "level": "Level",
        "category": "Risk category",
        "grade": "Grade",
        "state": "State",
    }
    if link(page, "Clear the filter").count():
        link(page, "Clear the filter").click()
        page.wait_for_url(lambda address: "?" not in address)
    for name, value in wanted.items():
        if name == "words":
            field(page, "Words").fill(str(value))
        else:
            choice(page, labels[name]).select_option(str(value))
    button(page, "Show").click()
    asked = {name: str(value) for name, value in wanted.items()}
    page.wait_for_url(lambda address: asked.items() <= dict(parse_qsl(urlsplit(address).query, True)).items())


def test_a_reader_sees_the_jurisdiction_and_filters_it(arrive, look, watch, filed):
    everything = filed["CZJ-01"] + filed["CZJ-02"] + filed["MZJ-01"]
    last_year, of_this_year = filed["CZJ-01"][0], everything[1:]
    duty, environment = filed["CZJ-01"][1:]
    [moral], [process], [foreign] = filed["CZJ-02"], filed["MZJ-01"], filed["SWJ-01"]

    page = arrive("inspector")
    page.get_by_role("navigation").get_by_role("link", name=_("Ledger"), exact=True).click()
    expect_codes(page, *of_this_year)
    look(page)

    for wanted, codes in (
        ({"year": ""}, everything),
        ({"year": timezone.localdate().year}, of_this_year),
        ({"year": timezone.localdate().year - 1}, [last_year]),
        ({"organization": "MZJ"}, [process]),
        ({"organization": "CZJ"}, [duty, environment, moral]),
        ({"organization": "CZJ", "year": ""}, filed["CZJ-01"] + filed["CZJ-02"]),
        ({"level": Level.POST.value}, of_this_year),
        ({"level": Level.SECTION.value}, []),
        ({"category": Category.MORAL.value}, [moral]),
        ({"grade": Grade.II.value}, [environment, process]),
        ({"state": PointState.FILED.value}, of_this_year),
        ({"state": PointState.WITHDRAWN.value}, []),
        ({"words": "供应商 宴请"}, [environment]),
        ({"words": duty}, [duty]),
        ({"category": Category.DUTY.value, "grade": Grade.III.value}, []),
        ({"category": Category.DUTY.value, "grade": Grade.III.value, "year": ""}, [last_year]),
    ):
        show(page, **wanted)
        expect_codes(page, *codes)
    # Once a unit is chosen, its sections can be.
    show(page, organization="CZJ")
    choice(page, "Unit or section").select_option("CZJ-02")
    button(page, "Show").click()
    expect_codes(page, moral)

    # Chips and cells say what choosing them gives; choosing again lets go.
    link(page, "Clear the filter").click()
    chip = page.get_by_role("group", name=_("Grade")).get_by_role("link", name=str(Grade.II.label))
    expect_text(chip, "2")
    chip.click()
    expect_codes(page, environment, process)
    expect(chip).to_have_attribute("aria-current", "true")
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=str(Level.POST.label), exact=True))
    cell = row.first.get_by_role("cell").nth(3)
    expect_text(cell, "1")
    cell.get_by_role("link").click()
    expect_codes(page, process)
    look(page)
    chip.click()
    expect_codes(page, process)
    show(page, words="没有这样的词")
    expect_codes(page)
    look(page)

    # A point's page, and the way back.
    show(page, words=duty)
    link(page, "未经审批用印").click()
    expect(page.locator("h1")).to_have_text("未经审批用印")
    expect_text(page.locator("main"), duty, "空白介绍信编号领用。", "林晓堃")
    look(page)

    # What lies outside does not exist.
    watch.expect(404, 404)
    for address in (reverse("registry:ledger") + "?organization=SWJ", reverse("registry:point", args=[foreign])):
        page.goto(address)
        expect(page.locator("body")).not_to_contain_text("税务局")
        assert look(page)


def test_a_recusal_takes_out_the_section(arrive, watch, filed):
    page = arrive("recused_inspector")
    page.goto(reverse("registry:ledger"))
    expect_codes(page, *filed["CZJ-02"], *filed["MZJ-01"])
    expect(page.locator("body")).not_to_contain_text("未经审批用印")
    show(page, organization="CZJ")
    expect_codes(page, *filed["CZJ-02"])
    expect(choice(page, "Unit or section").locator("option[value='CZJ-01']")).to_have_count(0)
    watch.expect(404, 404)
    page.goto(reverse("registry:ledger") + "?organization=CZJ-01")
    page.goto(reverse("registry:point", args=[filed["CZJ-01"][1]]))
    expect(page.locator("body")).not_to_contain_text("未经审批用印")


def screen_rows(page: Page) -> list[list[str]]:
    """Return the rows of the table with the columns SHOWN; measures one a line."""
    rows = []
    for row in page.locator("table.ledger tbody tr").all():
        cells = row.locator("th, td")
        text = [cell.inner_text().strip() for cell in cells.all()]
        code = cells.nth(5).locator(".num").inner_text()
        title = cells.nth(5).get_by_role("link").inner_text()
        measures = "\n".join(item.text_content().split(" （")[0] for item in cells.nth(8).locator("li").all())
        leader = "".join(cells.nth(9).locator(".muted").all_inner_texts())
        responsible = text[9].removesuffix(leader).strip()
        leader = leader.removeprefix(_("responsible leader")).strip()
        rows.append([*text[1:5], title, text[6], text[7], measures, responsible, leader, code])
    return rows


def workbook_rows(path: Path) -> list[list[str]]:
    """Return the rows of the workbook's sheets with the columns SHOWN, merged cells filled."""
    headings = [_(name) for name in SHOWN]
    rows = []
    for sheet in openpyxl.load_workbook(path).worksheets:
        for area in list(sheet.merged_cells.ranges):
            value = sheet.cell(area.min_row, area.min_col).value
            sheet.unmerge_cells(str(area))
            for line in sheet.iter_rows(area.min_row, area.max_row, area.min_col, area.max_col):
                for cell in line:
                    cell.value = value
        lines = [[str(cell or "") for cell in line] for line in sheet.iter_rows(values_only=True)]
        head = next((place for place, line in enumerate(lines) if set(headings) <= set(line)), None)
        if head is None:
            continue
        places = [lines[head].index(heading) for heading in headings]
        rows += [[line[place] for place in places] for line in lines[head + 1 :] if line[places[-1]]]
    return rows


def test_the_export_holds_exactly_what_the_screen_shows(arrive, filed, tmp_path):
    page = arrive("inspector")
    page.goto(reverse("registry:ledger"))
    for wanted, expected in (({"year": ""}, 5), ({"category": Category.DUTY.value}, 1)):
        show(page, **wanted)
        expect(page.locator("table.ledger tbody tr")).to_have_count(expected)
        with page.expect_download() as waiting:
            link(page, "Export to Excel").click()
        assert waiting.value.suggested_filename.endswith(".xlsx")
        path = tmp_path / "ledger.xlsx"
        waiting.value.save_as(path)
        on_screen, in_workbook = screen_rows(page), workbook_rows(path)
        if len({row[0].split()[0] for row in on_screen}) == 1:  # the sheets of one unit do not repeat its name
            on_screen = [[row[0].split()[1], *row[1:]] for row in on_screen]
        measures = SHOWN.index("preventive measures")
        for row in in_workbook:
            row[measures] = re.sub(r"^\d+[.．、]\s*", "", row[measures], flags=re.MULTILINE)
        assert len(on_screen) == expected
        assert in_workbook == on_screen


def test_columns_are_chosen_and_a_wide_table_says_that_it_goes_on(arrive, look, filed, tmp_path):
    page = arrive("inspector")
    page.goto(reverse("registry:ledger"))
    headings = page.locator("table.ledger thead th")
    expect(headings).to_have_count(10)
    for column in (Beside.METHODS, Beside.STATE):
        page.get_by_role("checkbox", name=str(column.label), exact=True).check()
    button(page, "Show").click()
    expect(headings).to_have_count(12)
    expect(headings.nth(11)).to_have_text(str(Beside.STATE.label))
    rows = page.locator("table.ledger tbody tr")
    expect(rows.first.locator("td").last).to_have_text(str(PointState.FILED.label))
    look(page)
    # The choice stays when something else is filtered, and is in what is taken out.
    page.locator(".chips a").first.click()
    expect(headings).to_have_count(12)
    page.go_back()
    with page.expect_download() as waiting:
        link(page, "Export to Excel").click()
    path = tmp_path / "ledger.xlsx"
    waiting.value.save_as(path)
    cells = {cell for sheet in openpyxl.load_workbook(path) for line in sheet.values for cell in line}
    assert {str(Beside.METHODS.label), str(Beside.STATE.label), str(PointState.FILED.label)} <= cells
    assert str(Beside.SINCE.label) not in cells
    # On a narrow screen.
    page.set_viewport_size({"width": 390, "height": 800})
    region = page.locator(".ledger-region")
    expect(region).to_have_class(re.compile(r"\bgoes-on\b"))
    region.evaluate("region => region.scrollTo(region.scrollWidth, 0)")
    expect(region).not_to_have_class(re.compile(r"\bgoes-on\b"))
