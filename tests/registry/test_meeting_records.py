"""The record that settles a declaration: written with it, read by its owner and its route, with a file."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from registry import access
from registry.actions import declarations, records
from registry.models import Attachment
from registry.rules import Upload, Verdict
from registry.rules.uploads import MOST_BYTES
from tests import factories
from tests.registry.test_meetings import CAST, ENTERING, MINUTES, before_team, entered, save_again
from tests.registry.test_uploads import PDF, PNG

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    """Sentences are compared in the language they are written in."""
    with translation.override("en"):
        yield


def record_data(declaration, **changes) -> dict:
    roll = list(records.roll_of(declaration.organization))
    return {
        "version": 0,
        "held_on": factories.today(),
        "chair": roll[0].pk,
        "present": [person.pk for person in roll],
        "minutes": "集体讨论，一致同意。",
        **changes,
    }


def section_draft(body):
    return declarations.start_declaration(
        by=body["head"], declarant=access.Declarant.of_organization(body.organization("CZJ-01"))
    )


def test_the_record_is_entered_on_its_page_with_a_file(body, client_of):
    declaration = section_draft(body)
    url = reverse("registry:meeting-record", args=[declaration.pk])
    client = client_of("head")
    shown = client.get(url).content.decode()
    assert body["holder"].name in shown and body["other_holder"].name not in shown
    answer = client.post(url, record_data(declaration, attachment=SimpleUploadedFile("../签到 表.png", PNG)))
    assert answer.url == reverse("registry:declaration-edit", args=[declaration.pk])
    meeting = declaration.meeting
    assert (meeting.attachment.name, meeting.attachment.media_type) == ("签到 表.png", "image/png")
    assert bytes(meeting.attachment.body) == PNG
    assert declaration.preparers.get() == body["head"]
    content = records.record_content(declaration)
    assert content["attachment"] == "签到 表.png" and content["attachment_digest"] == meeting.attachment.digest
    assert "签到 表.png" in client.get(answer.url).content.decode()
    # Without a new file the old one stays; before anything was submitted, one that is replaced or removed is gone.
    client.post(url, record_data(declaration, version=meeting.version, minutes="改。"))
    meeting.refresh_from_db()
    assert meeting.attachment.name == "签到 表.png"
    client.post(url, record_data(declaration, version=meeting.version, without_attachment="on"))
    meeting.refresh_from_db()
    assert meeting.attachment is None and not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [("a.exe", b"MZ", "not taken"), ("a.pdf", b"", "empty"), ("a.pdf", PDF + bytes(MOST_BYTES), "10 MB")],
    ids=["program", "empty", "large"],
)
def test_a_file_that_is_not_taken_is_said_at_the_field(body, client_of, name, content, why):
    declaration = section_draft(body)
    data = record_data(declaration, attachment=SimpleUploadedFile(name, content))
    client = client_of("head")
    client.cookies["django_language"] = "en"
    answer = client.post(reverse("registry:meeting-record", args=[declaration.pk]), data)
    assert answer.status_code == 422
    assert why in answer.context["form"].errors["attachment"][0]
    assert "集体讨论，一致同意。" in answer.content.decode() and not Attachment.objects.exists()


def test_of_a_flood_no_more_is_taken_in_than_shows_that_it_is_one(body, client_of):
    from integrity.uploads import TakeInNoMore

    handler, taken = TakeInNoMore(), 0
    for start in range(0, 10 * MOST_BYTES, 65_536):
        taken += len(handler.receive_data_chunk(bytes(65_536), start) or b"")
    assert MOST_BYTES < taken <= MOST_BYTES + 65_536


def test_who_gets_to_the_page_of_the_record(body, client_of):
    declaration = factories.organization_draft(body)
    url = reverse("registry:meeting-record", args=[declaration.pk])
    found = {
        name: client_of(name).get(url).status_code for name in ("head", "holder", "supervisor", "clerk", "recorder")
    }
    assert found == {"head": 200, "holder": 404, "supervisor": 404, "clerk": 404, "recorder": 404}
    factories.submit(declaration)
    found = {name: client_of(name).get(url).status_code for name in ("head", "supervisor", "clerk", "holder")}
    assert found == {"head": 409, "supervisor": 403, "clerk": 403, "holder": 404}
    own = factories.draft(body)
    assert client_of("holder").get(reverse("registry:meeting-record", args=[own.pk])).status_code == 404


def test_two_windows_of_a_record_show_both_texts(body, client_of):
    declaration = factories.organization_draft(body)
    data = record_data(declaration, version=declaration.meeting.version, minutes="我的。")
    factories.record(declaration, by=body["head"], minutes="别人的。")
    answer = client_of("head").post(reverse("registry:meeting-record", args=[declaration.pk]), data)
    assert answer.status_code == 409
    assert "我的。" in answer.content.decode() and "别人的。" in answer.content.decode()


def test_a_record_returned_with_a_remark_on_a_point_can_be_changed_all_the_same(body):
    declaration = factories.submit(factories.organization_draft(body))
    point = factories.first_point(declaration)
    factories.decide(declaration, verdict=Verdict.RETURN, remarks={f"point:{point.pk}": "写具体。"})
    factories.record(declaration, by=body["head"], minutes="补充讨论。")
    assert records.record_content(declaration)["minutes"] == "补充讨论。"


def download(client, declaration):
    return client.get(reverse("registry:record-attachment", args=[declaration.pk]))


def test_a_download_is_a_file_and_nothing_else(body, client_of):
    declaration = factories.organization_draft(body)
    factories.record(declaration, by=body["head"], attachment=MINUTES)
    answer = download(client_of("head"), declaration)
    assert answer.content == PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=utf-8''%E7%BA%AA%E8%A6%81.pdf")
    assert answer.headers["Cache-Control"] == "no-store"


def test_minutes_and_file_are_for_those_on_the_route(body, client_of):
    """Filed, everybody of the section reads date, chair and those present; what was said stays with those who decide."""
    declaration = factories.organization_draft(body)
    factories.record(declaration, by=body["head"], attachment=MINUTES, minutes="只给经办人看的话。")
    factories.file_all(declaration)
    on_the_route = {"head", "clerk", "supervisor"}
    for name in (*sorted(on_the_route), "holder", "inspector", "mzj_holder"):
        client = client_of(name)
        answer = client.get(reverse("registry:declaration", args=[declaration.pk]))
        assert answer.status_code == (404 if name == "mzj_holder" else 200), name
        if name != "mzj_holder":
            shown = answer.content.decode()
            assert f"{factories.today()}" in shown and body["colleague"].name in shown
            assert ("只给经办人看的话。" in shown) == (name in on_the_route), name
        assert download(client, declaration).status_code == (200 if name in on_the_route else 404), name


def test_while_it_is_mended_others_get_the_file_that_was_submitted(body, client_of):
    declaration = factories.organization_draft(body)
    factories.record(declaration, by=body["head"], attachment=MINUTES)
    factories.submit(declaration)
    factories.decide(declaration, verdict=Verdict.RETURN, reason="附件不清楚。")
    factories.record(declaration, by=body["head"], attachment=Upload("新.png", "image/png", PNG))
    assert download(client_of("head"), declaration).content == PNG
    assert download(client_of("supervisor"), declaration).content == PDF
    factories.submit(declaration)
    assert download(client_of("supervisor"), declaration).content == PNG


def test_a_file_of_a_meeting_is_for_its_readers(body, client_of):
    meeting = save_again(body, entered(body, before_team(body)), attachment=MINUTES)
    url = reverse("registry:meeting-attachment", args=[meeting.pk])
    found = {name for name in CAST if client_of(name).get(url).status_code == 200}
    assert found == ENTERING
    without = entered(body)
    assert client_of("clerk").get(reverse("registry:meeting-attachment", args=[without.pk])).status_code == 404


def test_no_list_reads_the_files(body, client_of):
    meeting = save_again(body, entered(body, before_team(body)), attachment=MINUTES)
    draft = factories.organization_draft(body)
    factories.record(draft, by=body["head"], attachment=MINUTES)
    for name, url in (
        ("clerk", reverse("registry:meetings")),
        ("clerk", reverse("registry:meeting", args=[meeting.pk])),
        ("clerk", reverse("registry:meeting-edit", args=[meeting.pk])),
        ("head", reverse("registry:declaration-edit", args=[draft.pk])),
        ("head", reverse("registry:meeting-record", args=[draft.pk])),
    ):
        with CaptureQueriesContext(connection) as queries:
            assert client_of(name).get(url).status_code == 200
        assert not any('"body"' in query["sql"] for query in queries), url
