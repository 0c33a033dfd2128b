"""The public check of a sheet or a file: no login, however a code is typed, one answer for all that is unknown, and counted."""

import csv
import io
import json
import re
from hashlib import sha256

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _

from registry.actions import checks, notices, shelf
from registry.models import CheckTally, NoticeLine, PrintedFile
from registry.rules.verification import COUNTED_FOR, MOST_CHECKS, read_code, read_digest
from tests import factories

UNKNOWN = "ABCD-EFGH-JKMN"


@pytest.fixture
def notice(body):
    factories.filed(body, "other_holder")
    return factories.posted(body)


def check(**typed) -> tuple[int, str]:
    response = Client().get(reverse("registry:check"), typed)
    return response.status_code, response.content.decode()


def test_a_code_is_read_however_it_is_typed():
    for typed in (
        "ABCD-EFGH-JKMN",
        " abcd efgh jkmn ",
        "abcdefghjkmn",
        "ＡＢＣＤ－ｅｆｇｈ　ｊｋｍｎ",
        "AB CD–EF GH—JK MN",
        "ABCD-\u200bEFGH-JKMN",
    ):
        assert read_code(typed) == "ABCD-EFGH-JKMN", typed
    for typed in ("", "ABCD-EFGH", "ABCD-EFGH-JKM0", "ABCD-EFGH-JKMNP", "甲乙丙丁", "\x00" * 12):
        assert read_code(typed) == "", typed
    digest = sha256(b"1").hexdigest()
    pairs = " ".join(digest[at : at + 2] for at in range(0, 64, 2))
    for typed in (digest, digest.upper(), pairs, pairs.replace(" ", ":"), f" {digest}\n"):
        assert read_digest(typed) == digest
    assert read_digest(digest[:-1]) == read_digest("G" * 64) == ""


def test_a_sheet_is_genuine_by_its_code_without_a_login(notice):
    for typed in (notice.code, notice.code.lower().replace("-", " ")):
        status, page = check(code=typed)
        assert status == 200 and notice.number in page and notice.digest in page
    assert Client().get(reverse("registry:verify", args=[notice.code.lower()])).status_code == 200
    assert check()[0] == 200


def test_everything_unknown_gets_the_same_answer_after_the_same_questions(body, notice):
    copy = factories.copy_of(notice, body["clerk"])
    asked, answers = {}, {}
    typed = {
        "notice": {"code": notice.code}, "copy": {"code": copy.code}, "unknown": {"code": UNKNOWN}, "none": {"code": "什么码子"},
        "file": {"digest": copy.file_digest}, "no file": {"digest": "0" * 64}, "no digest": {"digest": "什么摘要"},
    }  # fmt: skip
    check(code=UNKNOWN)  # the count of this address is there
    for name, what in typed.items():
        with CaptureQueriesContext(connection) as captured:
            answers[name] = check(**what)
        asked[name] = [
            re.sub(r"'[^']*'|\"s\d+_x\d+\"|\b\d+\b", "?", entry["sql"]) for entry in captured.captured_queries
        ]
    assert asked["notice"] == asked["copy"] == asked["unknown"] == asked["none"]
    assert asked["file"] == asked["no file"] == asked["no digest"]
    assert len(asked["unknown"]) == len(asked["file"])
    same = {
        name: page.replace(escape(next(iter(typed[name].values()))), "?") for name, (_status, page) in answers.items()
    }
    csrf = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|name="next" value="[^"]*"')
    same = {name: csrf.sub("", page) for name, page in same.items()}
    assert answers["unknown"][0] == answers["none"][0] == answers["no file"][0] == answers["no digest"][0] == 404
    assert same["unknown"] == same["none"] and same["no file"] == same["no digest"]


def test_nothing_is_told_that_does_not_stand_on_the_sheet(body, notice):
    canary = "金丝雀"
    copy = factories.copy_of(notice, body["clerk"])
    line = NoticeLine.objects.filter(notice=notice).first()
    objection = factories.objection(body, notice, text=canary)
    for typed in ({"code": notice.code}, {"code": copy.code}, {"digest": copy.file_digest}):
        status, page = check(**typed)
        assert status == 200
        main = page[page.index("<main") :]
        for secret in (
            line.content["title"], line.content["manifestation"], copy.issued_to, copy.purpose, canary, objection.text,
            body["publisher"].name, body["clerk"].name, notice.contact,
        ):  # fmt: skip
            assert secret and secret not in main, secret
    assert canary not in check(code=UNKNOWN)[1]


def test_a_notice_that_was_taken_down_is_not_named(body, notice):
    copy = factories.copy_of(notice, body["clerk"])
    notices.take_down(by=body["principal"], notice=notice, reason="误列", expected=notice.version)
    for code in (notice.code, copy.code):
        _status, page = check(code=code)
        assert notice.title not in page and _("Taken down") in page


def test_a_copy_that_was_never_made_is_unknown(body, notice):
    made = factories.copy_of(notice, body["clerk"])
    from registry.actions import copies

    issued = {"recipients": ["县档案馆"], "purpose": "", "due_on": None}
    (never,) = copies.issue_notice(by=body["clerk"], notice=notice, issued=issued)
    shelf.fail(shelf.claim_next(), "字体缺失")
    assert check(code=never.code)[0] == 404 and check(code=made.code)[0] == 200
    assert check(digest="")[0] == 200  # nothing was asked


def test_what_was_typed_is_shown_as_text_and_short(body):
    _status, page = check(code="<script>alert(1)</script>")
    assert "<script>alert" not in page
    assert "甲" * 100 in check(code="甲" * 100)[1]
    assert check(code="甲" * 101)[0] == 422
    assert Client().get(reverse("registry:verify", args=["甲" * 300])).status_code == 404


def test_so_many_checks_from_one_address_and_no_more(notice):
    begun = timezone.now()
    with time_machine.travel(begun, tick=False):
        client = Client()
        address = reverse("registry:verify", args=[notice.code])
        answers = [client.get(address).status_code for _check in range(MOST_CHECKS)]
        assert set(answers) == {200}
        refused = client.get(address)
        assert refused.status_code == 429 and refused.headers["Retry-After"] == "900"
        assert notice.number not in refused.content.decode()
        unknown = client.get(reverse("registry:verify", args=[UNKNOWN]))
        told = unknown.content.decode()
        assert unknown.status_code == 429 and UNKNOWN not in told[told.index("<main") :]
        assert client.get(reverse("registry:check")).status_code == 200  # the form itself is no check
        elsewhere = Client(REMOTE_ADDR="192.0.2.9").get(address)
        assert elsewhere.status_code == 200
        assert "192.0.2.9" not in str(list(CheckTally.objects.values()))
    with time_machine.travel(begun + COUNTED_FOR, tick=False):
        assert Client().get(address).status_code == 200
        checks.clear_away()
        assert CheckTally.objects.count() == 1


def test_the_digest_of_every_notice_that_was_given_out_is_kept(body, notice, client_of, tmp_path, capsys):
    body_of_file = client_of("colleague").get(reverse("registry:notice-pdf", args=[notice.pk])).content
    assert body_of_file.startswith(b"%PDF")
    digest = sha256(body_of_file).hexdigest()
    assert PrintedFile.objects.get().digest == digest
    assert check(digest=digest.upper())[0] == 200
    file = tmp_path / "公示.pdf"
    file.write_bytes(body_of_file)
    call_command("verify_file", str(file), "--json")
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "genuine": True, "sha256": digest, "number": notice.number, "title": notice.title, "notice_state": "posted"
    }  # fmt: skip
    file.write_bytes(body_of_file + b" ")
    with pytest.raises(SystemExit):
        call_command("verify_file", str(file))
    copy = factories.copy_of(notice, body["clerk"])
    call_command("list_digests", "--out", str(tmp_path / "digests.csv"))
    rows = list(csv.reader(io.StringIO((tmp_path / "digests.csv").read_text(encoding="utf-8-sig"))))
    assert [row[:2] for row in rows[1:]] == [[digest, notice.number], [copy.file_digest, copy.serial]]
    listed = client_of("clerk").get(reverse("registry:copy-digests")).content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(listed))) == rows


def test_no_answer_is_kept_by_a_cache(notice):
    for address in (
        reverse("registry:check"),
        *(reverse("registry:verify", args=[code]) for code in (notice.code, UNKNOWN)),
    ):
        assert "no-store" in Client().get(address).headers["Cache-Control"]
