"""Numbered copies: each with its number on every page, a code, two digests, a register of issue and return."""

import csv
import datetime as dt
import io
import zipfile
from hashlib import sha256

import pdfplumber
import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from registry.actions import copies, notices, shelf
from registry.actions.checks import find
from registry.actions.verification import verify
from registry.documents import shelf as documents
from registry.forms.copies import MOST_COPIES
from registry.models import AuditEntry, NumberedCopy, ShelfItem
from registry.rules import NotAllowed, Refused
from tests import factories


def make() -> bytes:
    """Make what waits, as the maker would, and return the file."""
    item = shelf.claim_next()
    assert shelf.keep(item, documents.make(item, lambda done, total: None))
    return bytes(ShelfItem.objects.get(pk=item.pk).file.body)


def issue(client, address: str, recipients: str = "县档案馆", **said):
    return client.post(address, {"recipients": recipients, "purpose": "存档", **said})


def pages(body: bytes) -> list[str]:
    with pdfplumber.open(io.BytesIO(body)) as file:
        return ["".join(char["text"] for char in page.chars) for page in file.pages]


def test_copies_of_a_notice_each_with_their_number_on_every_page(body, client_of):
    factories.filed(body, "other_holder", points=12)
    notice = factories.posted(body)
    response = issue(
        client_of("clerk"), reverse("registry:copy-issue-notice", args=[notice.pk]), "县档案馆\n\n县纪委\n"
    )
    assert response.headers["Location"] == reverse("registry:shelf")
    archive = zipfile.ZipFile(io.BytesIO(make()))
    year = timezone.localdate().year
    found = list(NumberedCopy.objects.order_by("serial"))
    assert [copy.serial for copy in found] == [f"FB-CZJ-{year}-0001", f"FB-CZJ-{year}-0002"]
    assert [copy.issued_to for copy in found] == ["县档案馆", "县纪委"]
    for copy, name in zip(found, sorted(archive.namelist()), strict=True):
        file = archive.read(name)
        assert copy.serial in name and copy.file_digest == sha256(file).hexdigest()
        assert copy.content_digest == notice.digest and copy.count == 12
        texts = pages(file)
        assert len(texts) > 1 and all(copy.serial in text for text in texts)
        assert copy.code in "".join(texts) and notice.code not in "".join(texts)
        known = find(digest=copy.file_digest)
        assert known == find(code=copy.code) and (known.copy, known.notice) == (copy, notice)
    assert [entry.act for entry in AuditEntry.objects.filter(act__startswith="copy.").order_by("pk")] == [
        "copy.issue", "copy.issue", "copy.make", "copy.make",
    ]  # fmt: skip
    assert verify().ok


@pytest.mark.parametrize("kind", ["ledger_sheet", "ledger_workbook"])
def test_a_copy_of_a_ledger(body, client_of, kind):
    factories.filed(body, points=3)
    address = reverse("registry:copy-issue-ledger", args=[kind]) + "?organization=CZJ-01"
    assert issue(client_of("clerk"), address, due_on="2099-12-31").status_code == 302
    file = make()
    copy = NumberedCopy.objects.get()
    assert copy.unit.code == "CZJ" and copy.count == 3 and copy.file_digest == sha256(file).hexdigest()
    if kind == "ledger_sheet":
        texts = pages(file)
        assert all(copy.serial in text for text in texts)
        assert copy.code in "".join(texts) and copy.content_digest in "".join(texts)
    else:
        cover = [cell for row in load_workbook(io.BytesIO(file)).worksheets[0].values for cell in row]
        assert copy.serial in cover and copy.code in cover
    assert find(code=copy.code).copy == copy and find(code=copy.code).notice is None
    # The same content has the same digest, whoever gets it; the file has not.
    assert issue(client_of("clerk"), address).status_code == 302
    make()
    second = NumberedCopy.objects.order_by("pk").last()
    assert second.content_digest == copy.content_digest and second.file_digest != copy.file_digest


def test_the_number_is_given_once_even_where_nothing_is_made(body, client_of):
    factories.filed(body, "other_holder")
    notice = factories.posted(body)
    client, address = client_of("clerk"), reverse("registry:copy-issue-notice", args=[notice.pk])
    issue(client, address)
    item = shelf.claim_next()
    shelf.fail(item, "字体缺失")
    again = reverse("registry:shelf-again", args=[item.pk])
    assert again not in client.get(reverse("registry:shelf")).content.decode()
    assert client.post(again).status_code == 409
    issue(client, address)
    make()
    never, made = NumberedCopy.objects.order_by("pk")
    assert never.made_at is None and made.serial.endswith("0002")
    with pytest.raises(Refused):
        copies.take_back(by=body["clerk"], copy=never, returned_on=factories.today(), remark="")
    shelf.delete(by=body["clerk"], item=item)  # the copy stays in the register
    assert NumberedCopy.objects.count() == 2 and verify().ok


def test_what_is_typed_wrong_is_said_and_kept(body, client_of):
    factories.filed(body, "other_holder")
    notice = factories.posted(body)
    client, address = client_of("clerk"), reverse("registry:copy-issue-notice", args=[notice.pk])
    for recipients in ("", " \n ", "\n".join(["某单位"] * (MOST_COPIES + 1)), "长" * 101):
        response = issue(client, address, recipients, due_on="昨天")
        assert response.status_code == 422 and "昨天" in response.content.decode()
    assert not NumberedCopy.objects.exists()
    for _number in range(5):
        issue(client, address)
    response = issue(client, address, "县纪委")
    assert response.status_code == 409 and "县纪委" in response.content.decode()
    assert NumberedCopy.objects.count() == 5  # no number was used up by what was refused


def test_a_copy_comes_back_once(body, client_of):
    factories.filed(body, "other_holder")
    notice = factories.posted(body)
    copy = factories.copy_of(notice, body["clerk"], due_on=factories.today())
    client, address = client_of("publisher"), reverse("registry:copy-return", args=[copy.pk])
    for day in (factories.today() + dt.timedelta(days=1), factories.today() - dt.timedelta(days=1)):
        assert client.post(address, {"returned_on": day.isoformat()}).status_code == 409
    assert client.post(address, {"returned_on": factories.today().isoformat(), "remark": "完好"}).status_code == 302
    copy.refresh_from_db()
    assert (copy.returned_on, copy.returned_by, copy.return_remark) == (factories.today(), body["publisher"], "完好")
    assert client.post(address, {"returned_on": factories.today().isoformat()}).status_code == 409
    assert verify().ok
    assert find(code=copy.code).is_genuine  # it is what it was


def test_the_register_is_filtered(body, client_of):
    factories.filed(body, "other_holder")
    notice = factories.posted(body)
    late, out, back = (factories.copy_of(notice, body["clerk"], due_on=due) for due in (factories.SINCE, None, None))
    copies.take_back(by=body["clerk"], copy=back, returned_on=factories.today(), remark="")
    client = client_of("clerk")

    def shown(query: str) -> set[str]:
        page = client.get(reverse("registry:copies") + query)
        assert page.status_code == 200
        return {copy.serial for copy in page.context["copies"]}

    assert shown("") == {late.serial, out.serial, back.serial}
    assert shown("?state=late") == {late.serial}
    assert shown("?state=out") == {late.serial, out.serial}
    assert shown("?state=returned") == {back.serial}
    assert shown("?state=never") == set()
    assert shown(f"?words={out.serial}") == {out.serial}
    assert shown("?words=档案馆 存档") == {late.serial, out.serial, back.serial}
    assert client.get(reverse("registry:copies") + "?state=lost").status_code == 422
    assert (
        reverse("registry:copy-issue-notice", args=[notice.pk])
        in client.get(reverse("registry:notice", args=[notice.pk])).content.decode()
    )


def test_only_office_and_publishers_of_the_unit_issue_and_see(body, client_of):
    factories.filed(body, "other_holder")
    notice = factories.posted(body)
    factories.copy_of(notice, body["clerk"])
    issued = {"recipients": ["某人"], "purpose": "", "due_on": None}
    for name in ("principal", "member", "inspector", "mzj_clerk"):
        with pytest.raises(NotAllowed):
            copies.issue_notice(by=body[name], notice=notice, issued=issued)
    assert list(client_of("mzj_clerk").get(reverse("registry:copies")).context["copies"]) == []


@pytest.mark.parametrize("change", [{"issued_to": "别人"}, {"serial": "FB-CZJ-1"}, {"code": "A"}])
def test_what_was_issued_is_final(body, change):
    from django.db import IntegrityError, transaction

    factories.filed(body, "other_holder")
    copy = factories.copy_of(factories.posted(body), body["clerk"])
    with pytest.raises(IntegrityError), transaction.atomic():
        NumberedCopy.objects.filter(pk=copy.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.delete()


@pytest.mark.parametrize("recipients", ["县档案馆", "县档案馆\n县纪委"])
def test_no_title_leads_out_of_the_folder_or_is_too_long_for_a_name(body, client_of, recipients):
    factories.filed(body)
    notice = factories.posted(body, title="../../../../" + "通" * 180)
    issue(client_of("clerk"), reverse("registry:copy-issue-notice", args=[notice.pk]), recipients)
    made = make()
    item = ShelfItem.objects.get()
    names = zipfile.ZipFile(io.BytesIO(made)).namelist() if "\n" in recipients else [item.file_name]
    assert len(names) == len(recipients.split())
    for name in names:
        assert "/" not in name and "\\" not in name and not name.startswith(".") and len(name.encode()) <= 255
        assert notice.number in name and "FB-CZJ" in name and name.endswith(".pdf")


def test_no_copy_is_made_of_a_notice_that_was_taken_down_meanwhile(body, client_of):
    factories.filed(body)
    notice = factories.posted(body)
    issue(client_of("clerk"), reverse("registry:copy-issue-notice", args=[notice.pk]))
    notices.take_down(by=body["clerk"], notice=notice, reason="误列", expected=notice.version)
    with pytest.raises(Refused):
        make()
    assert NumberedCopy.objects.get().made_at is None


def test_a_copy_is_not_to_be_returned_before_today(body, client_of):
    factories.filed(body)
    notice, client = factories.posted(body), client_of("clerk")
    address = reverse("registry:copy-issue-notice", args=[notice.pk])
    yesterday = factories.today() - dt.timedelta(days=1)
    answer = issue(client, address, due_on=yesterday.isoformat())
    assert answer.status_code == 422 and "县档案馆" in answer.content.decode()
    assert not NumberedCopy.objects.exists()
    assert issue(client, address, due_on=factories.today().isoformat()).status_code == 302


@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
def test_no_title_is_a_formula_in_the_list_of_digests(body, client_of, sign):
    factories.filed(body)
    notice = factories.posted(body, title=f"{sign}cmd|'/c calc'!A1")
    client_of("publisher").get(reverse("registry:notice-pdf", args=[notice.pk]))
    listed = client_of("publisher").get(reverse("registry:copy-digests")).content.decode("utf-8-sig")
    (row,) = list(csv.reader(io.StringIO(listed)))[1:]
    assert row[2] == f"'{notice.title}"
