"""A ledger from Excel: uploaded, looked over, confirmed, taken in, taken back; and rows pasted into a declaration."""

import io

import pytest
from django.urls import reverse
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from playwright.sync_api import expect

from registry.models import ImportBatch, PointVersion
from tests import factories

from .acts import button, expect_text, field, link, panel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_taken_in_and_taken_back(arrive, look, body, tmp_path):
    clerk = arrive("clerk")
    clerk.get_by_role("navigation").get_by_role("link", name=_("Ledger"), exact=True).click()
    link(clerk, "Take in from Excel").click()
    look(clerk)
    link(clerk, "Upload a ledger").first.click()
    look(clerk)
    with clerk.expect_download() as template:
        clerk.get_by_role("link", name=body.organization("CZJ").name).click()
    template.value.save_as(tmp_path / "template.xlsx")
    assert load_workbook(tmp_path / "template.xlsx").worksheets[0].data_validations.count == 5

    field(clerk, "Filed on paper: where, when, document number").fill("财发〔2026〕3号")
    path = tmp_path / "台账.xlsx"
    path.write_bytes(factories.ledger_file("调研科"))
    clerk.get_by_label(_("Workbook")).set_input_files(path)
    button(clerk, "Upload and look over").click()
    expect(clerk.locator("h1")).to_have_text("台账.xlsx")
    expect_text(panel(clerk, "Problems"), "A2", "A3", "调研科")
    look(clerk)
    with clerk.expect_download() as marked:
        link(clerk, "Download your file with the cells marked").click()
    assert load_workbook(io.BytesIO(marked.value.path().read_bytes()))["台账"]["A2"].comment

    clerk.get_by_role("checkbox", name="调研科", exact=True).check()
    button(clerk, "Look over again with this").click()
    expect(panel(clerk, "Problems")).to_have_count(0)
    link(clerk, f"{_('new')} 2").click()
    expect(clerk.locator(".import-preview tbody tr")).to_have_count(2)
    look(clerk)
    clerk.locator("form[action$='/apply/'] button").click()
    expect_text(panel(clerk, "What became of it"), "财发〔2026〕3号")
    assert PointVersion.objects.filter(title__startswith="风险").count() == 2
    look(clerk)

    # The other clerk sees that it was the wrong file.
    other = arrive("second_clerk")
    other.goto(reverse("registry:imports"))
    other.get_by_role("link", name=_("Take back: %(name)s") % {"name": "台账.xlsx"}).click()
    expect_text(other.locator("main"), "调研科", body["clerk"].name)
    look(other)
    field(other, "Reason").fill("选错文件")
    button(other, "Take it back").click()
    expect_text(panel(other, "Taken in"), _("taken back"), "选错文件", body["second_clerk"].name)
    look(other)
    assert ImportBatch.objects.filter(undoes__isnull=False).count() == 1
    clerk.reload()
    expect_text(clerk.locator("main"), "选错文件")


def test_rows_pasted_into_a_declaration(arrive, look, watch, body):
    draft = factories.draft(body)
    holder = arrive("holder")
    holder.goto(reverse("registry:declaration-edit", args=[draft.pk]))
    link(holder, "Paste rows from Excel").click()
    look(holder)
    cells = field(holder, "Rows from the spreadsheet")
    cells.fill("风险点\t风险类别\t防控措施\n介绍信外借\t自创类\t登记")
    watch.expect(422)
    button(holder, "See what they become").click()
    expect_text(holder.get_by_role("alert"), "自创类")
    look(holder)
    cells.fill('风险点\t风险类别\t防控措施\n介绍信外借\t岗位职责\t"1.登记\n2.抽查"')
    button(holder, "See what they become").click()
    expect_text(holder.get_by_role("table"), "介绍信外借", "登记", "抽查")
    look(holder)
    holder.locator("button[name=add]").click()
    expect_text(panel(holder, "Risk points"), "介绍信外借")
    assert draft.pointversions.count() == 2
