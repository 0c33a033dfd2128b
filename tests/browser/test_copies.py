"""The office issues numbered copies, somebody outside checks the sheet and the file, and a copy comes back."""

import io
import re
from hashlib import sha256
from pathlib import Path

import pdfplumber
import pytest
from django.urls import reverse
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from registry.documents import making
from registry.models import NumberedCopy
from tests import factories

from .acts import button, expect_text, field, link

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_copy_is_issued_checked_and_returned(arrive, new_page, look, watch, body, tmp_path):
    factories.filed(body, "other_holder")
    notice = factories.posted(body)
    clerk = arrive("clerk")
    clerk.goto(reverse("registry:notice", args=[notice.pk]))
    link(clerk, "Issue numbered copies").click()
    look(clerk)
    watch.expect(422)
    button(clerk, "Issue the copies").click()
    expect(clerk.get_by_role("alert")).to_be_visible()
    look(clerk)
    field(clerk, "Issued to").fill("县档案馆")
    field(clerk, "Purpose").fill("存档")
    button(clerk, "Issue the copies").click()
    expect(clerk.locator("h1")).to_have_text(_("My documents"))
    assert making.make_waiting() == 1
    with clerk.expect_download() as waiting:
        clerk.get_by_role("link", name=re.compile(_("Download"))).click()
    file = tmp_path / "副本.pdf"
    file.write_bytes(Path(waiting.value.path()).read_bytes())
    copy = NumberedCopy.objects.get()
    with pdfplumber.open(io.BytesIO(file.read_bytes())) as printed:
        assert copy.serial in "".join(char["text"] for char in printed.pages[0].chars)

    # Outside, by the code as it is typed from paper.
    passer_by = new_page()
    passer_by.goto(reverse("registry:check"))
    look(passer_by)
    field(passer_by, "Code for checking").fill(copy.code.lower().replace("-", " "))
    button(passer_by, "Check the code").click()
    expect_text(passer_by.locator("main"), copy.serial, notice.number, notice.digest)
    expect(passer_by.locator("main")).not_to_contain_text("县档案馆")
    look(passer_by)
    # By the file, whose bytes never leave the browser.
    sent = []
    passer_by.on("request", lambda request: sent.append((request.method, request.post_data, request.url)))
    passer_by.get_by_label(_("PDF or workbook as it was given out")).set_input_files(file)
    expect(field(passer_by, "SHA-256 digest of the file")).to_have_value(copy.file_digest)
    button(passer_by, "Check the file").click()
    expect_text(passer_by.locator("main"), _("Genuine"), copy.serial)
    assert all(method == "GET" and body is None for method, body, _url in sent)
    assert any(copy.file_digest in url for _method, _body, url in sent)
    file.write_bytes(file.read_bytes() + b" ")
    passer_by.get_by_label(_("PDF or workbook as it was given out")).set_input_files(file)
    watch.expect(404)
    expect(field(passer_by, "SHA-256 digest of the file")).not_to_have_value("")
    button(passer_by, "Check the file").click()
    expect_text(passer_by.locator("main"), _("No such file"))
    look(passer_by)

    clerk.goto(reverse("registry:notices"))
    link(clerk, "Numbered copies").click()
    expect_text(clerk.get_by_role("row").nth(1), copy.serial, "县档案馆")
    look(clerk)
    clerk.get_by_role("link", name=re.compile(_("Enter the return"))).click()
    look(clerk)
    field(clerk, "Remark").fill("完好")
    button(clerk, "Enter the return").click()
    expect_text(clerk.get_by_role("row").nth(1), "完好")
    look(clerk)


def test_the_browser_works_out_the_digest_of_any_file(new_page, tmp_path):
    page = new_page()
    page.goto(reverse("registry:check"))
    for size in (0, 1, 55, 56, 63, 64, 65, 119, 120, 1_000_003):  # around the ends of blocks
        content = bytes(number * 7 % 256 for number in range(size))
        file = tmp_path / f"{size}.pdf"
        file.write_bytes(content)
        page.get_by_label(_("PDF or workbook as it was given out")).set_input_files(file)
        expect(field(page, "SHA-256 digest of the file")).to_have_value(sha256(content).hexdigest())


def test_the_check_works_without_scripts(new_page, look, body):
    factories.filed(body, "other_holder")
    copy = factories.copy_of(factories.posted(body), body["clerk"])
    page = new_page(java_script_enabled=False)
    page.goto(reverse("registry:check"))
    expect(page.locator("input[type=file]")).to_be_hidden()
    field(page, "SHA-256 digest of the file").fill(copy.file_digest.upper())
    button(page, "Check the file").click()
    expect_text(page.locator("main"), _("Genuine"), copy.serial)
