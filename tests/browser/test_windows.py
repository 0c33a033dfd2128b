"""Two windows, double clicks, hostile text: nothing typed is lost, nothing is done twice, no page breaks."""

import openpyxl
import pytest
from django.urls import reverse
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from registry.models import Declaration, PointVersion
from registry.rules import TEXT_LENGTH, Category
from tests import factories

from .acts import (
    button,
    choice,
    errors,
    expect_fields,
    expect_text,
    field,
    fill_measure,
    fill_point,
    link,
    measure_row,
    panel,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_second_of_two_windows_loses_nothing(arrive, look, watch, body):
    declaration = factories.draft(body, "holder")
    point = factories.first_point(declaration)
    address = reverse("registry:point-edit", args=[declaration.pk, point.pk])
    first = arrive("holder")
    second = first.context.new_page()
    first.goto(address)
    second.goto(address)

    field(first, "Main content and how it shows").fill("第一个窗口写的。")
    fill_measure(first, 2, "第一个窗口加的措施。")
    button(first, "Save").last.click()
    expect_text(first.get_by_role("status"), point.title)

    field(second, "Main content and how it shows").fill("第二个窗口写的。")
    choice(second, "Harm").select_option("5")
    fill_measure(second, 2, "第二个窗口加的措施。")
    watch.expect(409)
    button(second, "Save").last.click()
    conflict = second.get_by_role("alert")
    expect_text(conflict, body["holder"].name, "第一个窗口写的。", "第二个窗口写的。")
    expect_text(conflict, "第一个窗口加的措施。", "第二个窗口加的措施。")
    expect_fields(second, {"Main content and how it shows": "第二个窗口写的。"})
    expect_fields(measure_row(second, 2), {"Measure": "第二个窗口加的措施。"})
    expect(choice(second, "Harm")).to_have_value("5")
    look(second)
    assert PointVersion.objects.get().manifestation == "第一个窗口写的。"

    button(second, "Save").last.click()
    expect_text(second.get_by_role("status"), point.title)
    stored = PointVersion.objects.get()
    assert (stored.manifestation, stored.harm) == ("第二个窗口写的。", 5)
    assert [measure.text for measure in stored.measures.all()] == [factories.MEASURE["text"], "第二个窗口加的措施。"]


def test_what_another_window_removed_is_not_lost_with_it(arrive, watch, body):
    declaration = factories.draft(body, "holder", points=2)
    point = factories.first_point(declaration)
    first = arrive("holder")
    second = first.context.new_page()
    second.goto(reverse("registry:point-edit", args=[declaration.pk, point.pk]))
    field(second, "Main content and how it shows").fill("第二个窗口写的。")
    first.goto(reverse("registry:point-remove", args=[declaration.pk, point.pk]))
    button(first, "Remove").click()
    expect_text(first.get_by_role("status"), point.title)
    watch.expect(409)
    button(second, "Save").last.click()
    expect(second.get_by_role("alert")).to_be_visible()
    expect_fields(second, {"Main content and how it shows": "第二个窗口写的。", "Risk point": point.title})
    button(second, "Save").last.click()
    expect_text(second.get_by_role("status"), point.title)
    assert declaration.pointversions.order_by("pk").last().manifestation == "第二个窗口写的。"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_double_click_submits_once(arrive, watch, body, scripts):
    declaration = factories.draft(body, "holder")
    page = arrive("holder", java_script_enabled=scripts)
    page.goto(reverse("registry:declaration-check", args=[declaration.pk]))
    button(page, "Submit").dblclick()
    expect(page.locator("h1")).to_have_text(_("Receipt"))
    declaration = Declaration.objects.get()
    assert declaration.state == "submitted"
    assert declaration.approval.submissions.count() == 1
    assert declaration.number.endswith("-00001")
    expect_text(page.get_by_role("status"), declaration.number)


def test_no_text_breaks_a_page(arrive, look, watch, body, tmp_path):
    title, matter = "<script>alert(1)</script>", "=cmd|' /C calc'!A0"
    responsible = "\"'><img src=x onerror=alert(2)> & </textarea> 👮🏽‍♀️"
    longest = ("甲乙丙丁\n𠮷家👨‍👩‍👧\t& <b>" * TEXT_LENGTH)[: TEXT_LENGTH - 1] + "终"
    declaration = factories.draft(body, "holder", points=0)
    page = arrive("holder")
    task_list = reverse("registry:declaration-edit", args=[declaration.pk])
    page.goto(reverse("registry:point-add", args=[declaration.pk]))

    # A control character is refused with its place; everything else that was typed is still there.
    fill_point(page, title="", category=Category.DUTY, matter=matter, manifestation=longest)
    fill_measure(page, 1, "每月抽查。", responsible)
    field(page, "Risk point").click()
    page.keyboard.insert_text("响\u0007铃")
    watch.expect(422)
    button(page, "Save").last.click()
    refused = _("Character %(place)s (U+%(code)s) cannot be stored. Delete it or type the text again.")
    expect_text(errors(page), refused % {"place": 2, "code": "0007"})
    expect_fields(page, {"Power or matter": matter, "Main content and how it shows": longest})
    expect_fields(measure_row(page, 1), {"Measure": "每月抽查。", "Who answers for it": responsible})
    expect(page.get_by_role("radio", name=str(Category.DUTY.label), exact=True)).to_be_checked()
    look(page)

    # One character too many is refused with both numbers, and exactly the limit is accepted.
    field(page, "Risk point").fill(title)
    field(page, "Main content and how it shows").fill(longest + "多")
    watch.expect(422)
    button(page, "Save").last.click()
    expect_text(errors(page), f"{TEXT_LENGTH + 1}", f"{TEXT_LENGTH}")
    expect_fields(page, {"Main content and how it shows": longest + "多"})
    field(page, "Main content and how it shows").fill(longest)
    button(page, "Save").last.click()
    expect(page).to_have_url(f"{page.url.partition('/declarations')[0]}{task_list}")
    stored = PointVersion.objects.get()
    assert (stored.title, stored.matter, stored.manifestation) == (title, matter, longest)
    assert stored.measures.get().responsible == responsible

    # Every page on its way shows it as text.
    look(page)
    link(page, title).click()
    expect_fields(page, {"Risk point": title, "Main content and how it shows": longest})
    look(page)
    page.goto(reverse("registry:declaration-check", args=[declaration.pk]))
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    look(page)
    button(page, "Submit").click()
    declaration.refresh_from_db()
    head = arrive("head")
    head.goto(reverse("registry:declaration-decide", args=[declaration.approval.pk]))
    expect_text(head.locator("article.entry").first, title, matter, responsible)
    assert head.locator("article.entry p.text").first.text_content() == longest
    look(head)
    while declaration.state == "submitted":
        factories.decide(declaration)
    head.goto(reverse("registry:ledger"))
    expect(link(head, title)).to_be_visible()
    look(head)
    with head.expect_download() as waiting:
        link(head, "Export to Excel").click()
    waiting.value.save_as(tmp_path / "ledger.xlsx")
    cells = [
        cell
        for sheet in openpyxl.load_workbook(tmp_path / "ledger.xlsx").worksheets
        for line in sheet.iter_rows()
        for cell in line
    ]
    for text in (title, matter, longest):
        assert [cell.data_type for cell in cells if cell.value == text] == ["s"]
    link(head, title).click()
    expect(head.locator("h1")).to_have_text(title)
    look(head)
    assert not watch.questions


def test_a_filter_of_words_takes_any_text(arrive, look, watch, body):
    factories.filed(body, "holder")
    page = arrive("inspector")
    page.goto(reverse("registry:ledger"))
    field(page, "Words").fill("%_'\"<script>")
    button(page, "Show").click()
    expect_text(page.locator("main"), _("Nothing fits this filter"))
    expect(field(page, "Words")).to_have_value("%_'\"<script>")
    watch.expect(422)
    page.goto(reverse("registry:ledger") + "?words=%07&grade=9")
    expect(panel(page, "Ledger")).to_have_count(0)
    expect(errors(page)).to_have_count(2)
    look(page)
