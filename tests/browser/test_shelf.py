"""Somebody asks for a ledger that is too long to wait for, sees it being made, and takes it."""

import re
from pathlib import Path

import openpyxl
import pytest
from django.urls import reverse
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from registry.actions import shelf
from registry.documents import ledger as ledgers
from registry.documents import making
from registry.models import ShelfItem
from tests import factories

from .acts import button, expect_text, link

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_long_ledger_is_made_in_the_background(arrive, look, body, monkeypatch):
    factories.filed(body, points=3)
    monkeypatch.setattr(ledgers, "MOST_ROWS", 2)
    member = arrive("member")
    link(member, "My documents").click()
    expect_text(member.locator("main"), _("No documents"))
    look(member)
    member.goto(reverse("registry:ledger") + "?words=用印")
    link(member, "Export to Excel in the background").click()
    expect_text(member.locator("main"), "3")
    look(member)
    button(member, "Make it in the background").click()
    expect(member.locator("h1")).to_have_text(_("My documents"))
    row = member.get_by_role("row").nth(1)
    expect(row).to_contain_text(ShelfItem.objects.get().get_state_display())
    look(member)

    # The page looks by itself, without being loaded again.
    member.evaluate("() => { window.stayed = true; }")
    claimed = shelf.claim_next()
    assert shelf.renew(claimed, done=1, total=4)
    expect(row.get_by_role("progressbar")).to_have_attribute("value", "25")
    look(member)
    shelf.release(claimed)
    assert making.make_waiting() == 1
    download = row.get_by_role("link", name=re.compile(_("Download")))
    expect(download).to_be_visible()
    assert member.evaluate("() => window.stayed")
    look(member)
    with member.expect_download() as waiting:
        download.click()
    path = Path(waiting.value.path())
    book = openpyxl.load_workbook(path.rename(path.with_suffix(".xlsx")))
    assert sum("未经审批用印" in str(cell) for row in book.worksheets[2].values for cell in row) >= 3
    assert str(factories.today().year) in waiting.value.suggested_filename

    # What failed says why, and can be asked for again.
    row.get_by_role("button", name=re.compile(_("Delete"))).click()
    expect_text(member.locator("main"), _("No documents"))
    item = factories.document(body)
    shelf.fail(shelf.claim_next(), "字体缺失，请换个写法。")
    member.reload()
    expect_text(member.locator("main"), "字体缺失，请换个写法。")
    look(member)
    member.get_by_role("button", name=re.compile(_("Ask for it again"))).click()
    expect(member.get_by_role("button", name=re.compile(_("Stop and delete")))).to_be_visible()
    assert not ShelfItem.objects.filter(pk=item.pk).exists()


def test_the_shelf_works_without_scripts(arrive, body):
    factories.document(body)
    member = arrive("member", java_script_enabled=False)
    link(member, "My documents").click()
    link(member, "Look again").click()
    member.get_by_role("button", name=re.compile(_("Stop and delete"))).click()
    expect_text(member.locator("main"), _("No documents"))
