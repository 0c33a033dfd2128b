"""Notices that run longer, by two people or by the calendar; corrected lines that are shown anew; and who may do which of it."""

import datetime as dt
import importlib

import pytest
import time_machine
from django.apps import apps
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from registry import access
from registry.actions import approvals, calendar, extensions, organization
from registry.actions import notices as verbs
from registry.actions.confirmations import confirm
from registry.actions.jobs import run_due
from registry.actions.verification import verify
from registry.documents.notices import notice_document
from registry.models import Approval, AuditEntry, Confirmation, NoticeExtension, Objection, PreparedSheet, PublicNotice
from registry.roles import Role
from registry.rules import (
    EXTENSION_TRANSITIONS,
    ExtensionState,
    ExtensionVerb,
    NotAllowed,
    NoticeState,
    Refused,
    digest,
    extension_after,
    notice_days,
)
from tests import factories

ONE_DAY = dt.timedelta(days=1)
WHY = "系统停机,群众无法查看。"
MANAGERS = {"clerk", "second_clerk", "publisher", "principal", "second_principal"}
PUBLISHERS = {"clerk", "second_clerk", "publisher"}


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def notice(body) -> PublicNotice:
    """A posted notice with one line of each of two posts."""
    for name in ("holder", "other_holder"):
        factories.filed(body, name)
    return factories.posted(body)


def ask(notice: PublicNotice, by, days: int = 3, reason: str = WHY) -> NoticeExtension:
    return extensions.ask_extension(by=by, notice=notice, days=days, reason=reason)


def decide(extension: NoticeExtension, by, verdict: str = "approve", reason: str = "") -> PublicNotice:
    notice = PublicNotice.objects.get(pk=extension.notice_id)
    approval = Approval.objects.get(pk=extension.approval_id)
    extensions.decide_extension(
        by=by,
        approval=approval,
        verdict=verdict,
        version=approval.version,
        seen_digest=digest(extensions.extension_content(notice, extension.days, extension.reason)),
        reason=reason,
    )
    notice.refresh_from_db()
    return notice


def at_night_of(day: dt.date) -> time_machine.travel:
    """00:01 in Beijing after the end of `day`."""
    return time_machine.travel(dt.datetime.combine(day, dt.time(16, 1), dt.UTC), tick=False)


# --- Two people -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ExtensionState)
@pytest.mark.parametrize("verb", ExtensionVerb)
def test_every_state_answers_every_verb(state, verb):
    if (state, verb) in EXTENSION_TRANSITIONS:
        assert extension_after(state, verb) == EXTENSION_TRANSITIONS[state, verb]
    elif state != ExtensionState.ASKED:
        with pytest.raises(Refused):
            extension_after(state, verb)


def test_two_people_extend_a_notice_and_everything_says_so(notice, body, client_of):
    before = notice.ends_on
    PreparedSheet.objects.create(notice=notice, body=b"%PDF", made_at=notice.posted_at)
    extension = ask(notice, body["publisher"])
    with pytest.raises(Refused, match="waits for a second person already"):
        ask(notice, body["clerk"])
    with pytest.raises(NotAllowed, match="own matter"):
        decide(extension, body["publisher"])
    page = client_of("clerk").get(reverse("registry:notice", args=[notice.pk])).content.decode()
    assert WHY in page
    assert WHY not in client_of("colleague").get(reverse("registry:notice", args=[notice.pk])).content.decode()
    notice = decide(extension, body["clerk"])
    assert notice.ends_on == notice_days(before, 3, {}).ends_on > before
    assert not PreparedSheet.objects.exists()
    assert AuditEntry.objects.filter(act="notice.extend", actor=body["clerk"]).exists()
    # The period it was posted for stays on the sheet; what made it longer stands beside it.
    sheet = notice_document(notice).context
    assert WHY in sheet["extensions"][0]
    assert sheet["notice"]["ends_on"] == before.isoformat()
    for address in (reverse("registry:notice", args=[notice.pk]), reverse("registry:verify", args=[notice.code])):
        told = client_of("colleague").get(address).content.decode()
        assert f"{before:%Y-%m-%d}" in told
        assert f"{notice.ends_on:%Y-%m-%d}" in told
    # The old last day ends nothing any more; the new one does.
    with at_night_of(before):
        assert run_due("notices") == 0
        factories.objection(body, notice)
        verbs.answer_objection(
            by=body["clerk"], objection=notice.objections.get(), ruling="not_upheld", answer="无。", expected=1
        )
    with at_night_of(notice.ends_on):
        assert run_due("notices") == 1
    assert verify().ok


def test_what_is_not_extended(notice, body, client_of):
    for name in ("colleague", "holder", "head", "member", "mzj_clerk", "region_clerk", "system_administrator"):
        with pytest.raises(NotAllowed):
            ask(notice, body[name])
    for days in (0, 31):
        with pytest.raises(Refused, match="1 to 30"):
            ask(notice, body["clerk"], days)
    with pytest.raises(Refused, match="Say why"):
        ask(notice, body["clerk"], reason=" ")
    for reason in (
        "来电13800138000要求延期",
        "受警告处分后",
    ):  # what never stands on a notice does not stand there as a reason
        with pytest.raises(Refused, match="never stands on a notice"):
            ask(notice, body["clerk"], reason=reason)
    address = reverse("registry:notice-extend", args=[notice.pk])
    assert "U+1F642" in client_of("clerk").post(address, {"days": 1, "reason": "延期🙂"}).content.decode()
    extension = ask(notice, body["clerk"])
    with at_night_of(notice.ends_on):
        with pytest.raises(Refused, match="not extended any more"):
            decide(extension, body["publisher"])
        with pytest.raises(Refused, match="not extended any more"):
            ask(notice, body["publisher"])
        # What nobody decided on lapses with the notice, and leaves the queue.
        assert run_due("notices") == 1
    extension.refresh_from_db()
    assert extension.state == ExtensionState.LAPSED
    assert not access.waiting_for(body["publisher"]).exists()
    with pytest.raises(Refused, match="result is recorded"):
        ask(notice, body["publisher"])


def test_taken_back_returned_and_asked_again(notice, body):
    first = ask(notice, body["publisher"])
    with pytest.raises(NotAllowed, match="Only who asked"):
        extensions.withdraw_extension(by=body["clerk"], extension=first)
    extensions.withdraw_extension(by=body["publisher"], extension=first)
    second = ask(notice, body["publisher"], days=1)
    with pytest.raises(Refused, match="Say why you return it"):
        decide(second, body["clerk"], "return")
    before = notice.ends_on
    assert decide(second, body["clerk"], "return", "五天已够。").ends_on == before
    with pytest.raises(Refused):
        decide(second, body["clerk"])
    third = ask(notice, body["clerk"], days=2)
    with pytest.raises(Refused, match="has changed since"):  # what is agreed to is what was seen
        approval = third.approval
        extensions.decide_extension(
            by=body["publisher"], approval=approval, verdict="approve", version=approval.version, seen_digest="sha256:0"
        )
    verbs.take_down(by=body["principal"], notice=notice, reason="误列。", expected=notice.version)
    assert list(NoticeExtension.objects.values_list("state", flat=True)) == ["withdrawn", "returned", "lapsed"]
    assert not Approval.objects.filter(kind="notice_extension", state="open").exists()


def test_where_nobody_may_agree_the_region_names_somebody(notice, body):
    """Everybody of the unit and of the region's office is recused; whom the region names sees what they decide on."""
    extension = ask(notice, body["publisher"])
    out = MANAGERS - {"publisher"}
    for name in out:
        organization.recuse(
            by=organization.console_actor(), person=body[name], organization=body.organization("CZJ"),
            starts_on=factories.SINCE, reason="测试",
        )  # fmt: skip
    (asked,) = access.waiting_for(body["region_clerk"])
    assert asked == extension.approval
    assert access.visible_notices(body["region_clerk"]).filter(pk=notice.pk).exists()
    organization.recuse(
        by=organization.console_actor(), person=body["region_clerk"], organization=body.organization("CZJ-01"),
        starts_on=factories.SINCE, reason="测试",
    )  # fmt: skip
    factories.give(body, "inspector", Role.REGION_CLERK, "DQ")
    approval = Approval.objects.get(pk=extension.approval_id)
    with pytest.raises(Refused, match="nobody is named"):
        approvals.name_reviewer(by=body["inspector"], approval=approval, person=body["member"], reason="无人可审。")
    factories.give(body, "publisher", Role.REGION_CLERK, "DQ")
    with pytest.raises(NotAllowed, match="own matter"):
        decide(extension, body["publisher"])
    assert decide(extension, body["inspector"]).extensions.get().state == ExtensionState.EXTENDED


def test_the_database_refuses_what_no_extension_says(notice, body):
    row = PublicNotice.objects.filter(pk=notice.pk)
    changes = [
        {"ends_on": notice.ends_on - ONE_DAY}, {"ends_on": notice.ends_on + ONE_DAY}, {"title": "改过的标题"},
        {"contact": "别处"}, {"days": 1}, {"scope": "region"}, {"chosen": []},
    ]  # fmt: skip
    for values in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**values)
    extended = decide(ask(notice, body["publisher"]), body["clerk"])
    said = NoticeExtension.objects.filter(notice=extended)
    for values in ({"reason": "别的理由"}, {"ends_on": extended.ends_on + ONE_DAY}, {"state": "returned"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            said.update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        said.delete()
    # What has ended runs no longer, whatever a row says.
    with at_night_of(extended.ends_on):
        run_due("notices")
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(state="posted")


@pytest.mark.usefixtures("unguarded")
def test_what_was_posted_and_objected_to_before_is_sealed_by_the_migration(notice, body):
    row = PublicNotice.objects.get(pk=notice.pk)
    row.pk, row.number, row.code, row.approval = None, "GS-CZJ-2025-001", "OLDS-HEET-0001", None
    row.save(force_insert=True)
    now = timezone.now()
    Objection.objects.create(
        notice=row, text="旧异议", received_on=now.date(), recorded_by=body["clerk"], recorded_at=now
    )
    assert not verify().ok
    migration = importlib.import_module("registry.migrations.0009_notices_in_full")
    with translation.override(None):
        migration.seal_what_was_there(apps, None)
    assert verify().ok


# --- The calendar ---------------------------------------------------------------------------------------------------------


def off(first: dt.date, count: int, word: str = "off") -> list[list]:
    return [[first + number * ONE_DAY, word, "临时放假"] for number in range(count)]


def test_days_off_make_running_notices_longer_and_days_worked_none_shorter(notice, body):
    starts_on, ends_on = notice.starts_on, notice.ends_on
    console = organization.console_actor()
    calendar.set_calendar(by=console, days=off(notice.starts_on, 3), reason="国务院办公厅通知")
    notice.refresh_from_db()
    extension = notice.extensions.get()
    assert (extension.cause, extension.days, extension.ends_before) == ("calendar", 0, ends_on)
    assert notice.ends_on == extension.ends_on > ends_on
    assert notice.starts_on == starts_on
    assert "国务院办公厅通知" in notice_document(notice).context["extensions"][0]
    # Taken back, and every Saturday worked: nothing gets shorter, nothing is written down.
    saturdays = [notice.starts_on + number * ONE_DAY for number in range(20)]
    days = off(notice.starts_on, 3, "announced") + [
        [day, "work", ""] for day in saturdays if day.weekday() > 4 and day > notice.starts_on + 3 * ONE_DAY
    ]
    assert calendar.longer_by(days) == []
    calendar.set_calendar(by=console, days=days, reason="更正")
    before = notice.ends_on
    notice.refresh_from_db()
    assert notice.ends_on == before
    # Two people add to what it has.
    assert decide(ask(notice, body["publisher"], days=1), body["clerk"]).ends_on > before
    assert verify().ok


def test_a_year_that_becomes_known_makes_a_notice_certain(notice, body):
    row = PublicNotice.objects.filter(pk=notice.pk)
    days = [[dt.date(notice.ends_on.year + number, 12, 31), "off", ""] for number in range(2)]
    with time_machine.travel(dt.datetime(2030, 6, 3, 1, tzinfo=dt.UTC), tick=False):
        for name in ("colleague",):
            factories.filed(body, name)
        later = factories.posted(body)
        assert not later.is_certain
        days = [[dt.date(2030, 12, 31), "off", ""]]
        calendar.set_calendar(by=organization.console_actor(), days=days, reason="通知")
        later.refresh_from_db()
        assert later.is_certain
        assert not later.extensions.exists()
    assert row.get().ends_on == notice.ends_on


def test_one_administrator_enters_the_days_and_another_confirms_them(notice, body, client_of):
    keeper, giver = client_of("system_administrator"), client_of("security_administrator")
    first = notice.starts_on
    address = reverse("registry:calendar-enter")
    said = {"text": f"{first},off,临时放假", "year": first.year, "reason": "国务院办公厅通知"}
    shown = keeper.post(address, said)
    assert shown.status_code == 200
    assert notice.number in shown.content.decode()
    assert not Confirmation.objects.exists()
    wrong = keeper.post(address, said | {"text": "2027-02-30,off\n明天,off"})
    assert wrong.status_code == 422
    assert all(f"“{line}”" in wrong.content.decode() for line in ("2027-02-30,off", "明天,off"))
    assert "2027-02-30,off\n明天,off" in wrong.content.decode()  # nothing typed is lost
    entered = keeper.post(address, said | {"enter": "1"})
    waiting = Confirmation.objects.get()
    assert entered.url == reverse("registry:confirmation", args=[waiting.pk])
    again = keeper.post(address, said | {"enter": "1"})
    assert again.status_code == 409
    notice.refresh_from_db()
    assert not notice.extensions.exists()
    page = giver.get(reverse("registry:confirmation", args=[waiting.pk])).content.decode()
    assert notice.number in page
    assert "临时放假" in page
    with pytest.raises(NotAllowed):
        confirm(by=body["system_administrator"], confirmation=waiting)
    giver.post(reverse("registry:confirmation-confirm", args=[waiting.pk]))
    notice.refresh_from_db()
    assert notice.extensions.get().reason == "国务院办公厅通知"
    listed = giver.get(reverse("registry:calendar"), {"year": first.year}).content.decode()
    assert f"{first:%Y-%m-%d}" in listed
    for name in ("audit_administrator", "clerk", "publisher", "region_clerk"):
        assert client_of(name).get(address).status_code == 403
        assert client_of(name).get(reverse("registry:calendar")).status_code == 403
    assert giver.get(address).status_code == 403  # who confirms does not enter


# --- Shown anew -----------------------------------------------------------------------------------------------------------


def correct(body, notice: PublicNotice, ordinal: int = 1) -> None:
    """Let an objection against a line be right, and file what corrects the point."""
    objection = factories.objection(body, notice, ordinal=ordinal)
    verbs.answer_objection(by=body["clerk"], objection=objection, ruling="upheld", answer="属实。", expected=1)
    supplement = factories.supplement(body)
    version = notice.lines.get(ordinal=ordinal).point_version
    factories.change_filed(supplement, version, title="更正后的风险点")
    factories.file_all(supplement)


def post(anew: PublicNotice, body) -> PublicNotice:
    return factories.decide_notice(factories.submit_notice(anew, body["publisher"]), body["clerk"])


def test_what_an_objection_corrected_is_shown_anew_once_and_names_what_it_corrects(notice, body, client_of):
    ordinal = notice.lines.get(point_version__post=body.appointment("holder").post).ordinal
    with at_night_of(notice.starts_on):
        correct(body, notice, ordinal)
        (due,) = access.notices_to_post_anew(body["publisher"])
        assert (due.notice, due.corrected, [line.ordinal for line in due.lines]) == (notice, 1, [ordinal])
    with at_night_of(notice.ends_on):
        run_due("notices")
        notice.refresh_from_db()
        assert notice.state == NoticeState.ENDED
        with pytest.raises(NotAllowed):
            verbs.compose_anew(by=body["principal"], notice=notice)
        anew = verbs.compose_anew(by=body["publisher"], notice=notice)
        assert verbs.compose_anew(by=body["clerk"], notice=notice) == anew
        content = verbs.content_of(anew)
        (line,) = content["lines"]
        assert line["corrects"] == {
            "number": notice.number, "ordinal": ordinal, "cause": "objection", "changed": ["title"],
        }  # fmt: skip
        assert content["earlier"] == {"number": notice.number, "takes_place": False, "left_out": []}
        for name in ("publisher", "clerk"):
            for address in (reverse("home"), reverse("registry:notices")):
                assert reverse("registry:notice", args=[anew.pk]) in client_of(name).get(address).content.decode()
        anew = post(anew, body)
        notice.refresh_from_db()
        # What came into force stays; the old notice says where the corrected line is.
        assert notice.state == NoticeState.ENDED
        said = notice_document(anew).context
        assert notice.number in said["earlier"]
        assert notice.number in said["corrections"][0]
        for address in (reverse("registry:notice", args=[notice.pk]), reverse("registry:verify", args=[notice.code])):
            assert anew.number in client_of("colleague").get(address).content.decode()
        assert access.notices_to_post_anew(body["publisher"]) == []
        with pytest.raises(Refused, match="nothing that was corrected"):
            verbs.compose_anew(by=body["publisher"], notice=notice)
        # Taken down, it was not shown after all.
        verbs.take_down(by=body["principal"], notice=anew, reason="误列。", expected=anew.version)
        assert [due.notice for due in access.notices_to_post_anew(body["publisher"])] == [notice]
    assert verify().ok


def test_while_it_runs_the_new_notice_takes_its_place(notice, body, client_of):
    ordinal = notice.lines.get(point_version__post=body.appointment("holder").post).ordinal
    other = 3 - ordinal
    open_one = factories.objection(body, notice, by="colleague", ordinal=other)
    correct(body, notice, ordinal)
    extension = ask(notice, body["publisher"])
    anew = verbs.compose_anew(by=body["publisher"], notice=notice)
    assert {line["title"] for line in verbs.content_of(anew)["lines"]} == {
        "更正后的风险点", notice.lines.get(ordinal=other).content["title"],
    }  # fmt: skip
    anew = post(anew, body)
    notice.refresh_from_db()
    extension.refresh_from_db()
    assert (notice.state, extension.state) == (NoticeState.SUPERSEDED, ExtensionState.LAPSED)
    # What came in on the old one is still to be answered, and the new one says so and waits for it.
    page = client_of("clerk").get(reverse("registry:notice", args=[anew.pk])).content.decode()
    assert reverse("registry:objection-answer", args=[notice.pk, open_one.pk]) in page
    with at_night_of(anew.ends_on):
        assert run_due("notices") == 0
        verbs.answer_objection(by=body["clerk"], objection=open_one, ruling="not_upheld", answer="无。", expected=1)
        assert run_due("notices") == 1
    assert access.notices_to_post_anew(body["publisher"]) == []


def test_a_notice_that_was_over_meanwhile_is_not_replaced(notice, body):
    """Composed while the old one ran, posted after its end but before the result was recorded."""
    correct(body, notice, notice.lines.get(point_version__post=body.appointment("holder").post).ordinal)
    anew = factories.submit_notice(verbs.compose_anew(by=body["publisher"], notice=notice), body["publisher"])
    with at_night_of(notice.ends_on):
        content = verbs.content_of(anew)
        assert [line["title"] for line in content["lines"]] == ["更正后的风险点"]
        assert not content["earlier"]["takes_place"]
        factories.decide_notice(anew, body["clerk"])
        notice.refresh_from_db()
        assert notice.state == NoticeState.POSTED
        assert run_due("notices") == 1


# --- Who may do what, in which state ----------------------------------------------------------------------------------------

STATES = ("draft", "submitted", "posted", "over", "ended", "superseded", "taken_down")
# verb → in which states it is done at all, and by whom. Nobody posts what they composed: the publisher.
DOES = {
    "compose": ({"draft"}, PUBLISHERS),
    "post": ({"submitted"}, PUBLISHERS - {"publisher"}),
    "withdraw": ({"submitted"}, PUBLISHERS),
    "object": ({"posted"}, None),  # whoever sees it
    "record": ({"posted", "over", "ended"}, MANAGERS),
    "extend": ({"posted"}, MANAGERS),
    "anew": ({"posted"}, PUBLISHERS),
    "take_down": ({"posted", "over", "ended", "superseded"}, MANAGERS),
}
READERS = MANAGERS | {"holder", "colleague", "head", "member", "inspector"}
OTHERS = {"mzj_clerk", "region_clerk", "system_administrator", "security_administrator", "audit_administrator"}


def trying(verb: str, notice: PublicNotice, by) -> None:
    """Do something with a notice as somebody."""
    said = {"by": by, "notice": notice}
    match verb:
        case "compose":
            values = {name: getattr(notice, name) for name in verbs.COMPOSED_FIELDS}
            verbs.save_notice(**said, expected=notice.version, values=values)
        case "post":
            factories.decide_notice(notice, by, "post")
        case "withdraw":
            verbs.withdraw_notice(**said, expected=notice.version)
        case "object":
            verbs.object_to(**said, text="与实际不符。")
        case "record":
            verbs.object_to(**said, text="与实际不符。", channel="phone")
        case "extend":
            ask(notice, by)
        case "anew":
            verbs.compose_anew(**said)
        case _:
            verbs.take_down(**said, reason="误列。", expected=notice.version)


@pytest.mark.parametrize("state", STATES)
def test_each_state_lets_each_role_do_what_the_table_says(body, state):
    factories.filed(body)
    notice = factories.composed(body)
    if state != "draft":
        notice = factories.submit_notice(notice, body["publisher"])
    if state not in ("draft", "submitted"):
        notice = factories.decide_notice(notice, body["clerk"])
    if state == "superseded":
        post(verbs.compose_anew(by=body["publisher"], notice=notice), body)
    if state == "taken_down":
        verbs.take_down(by=body["clerk"], notice=notice, reason="误列。", expected=notice.version)
    day = notice.ends_on if state in ("over", "ended") else factories.today() - ONE_DAY
    found = {}
    with at_night_of(day):
        if state == "ended":
            run_due("notices")
        for verb, (states, people) in DOES.items():
            for name in sorted(READERS | OTHERS):
                notice = PublicNotice.objects.get(pk=notice.pk)
                if verb == "post" and notice.approval is None:
                    continue  # nothing to decide on
                if verb == "object" and not access.visible_notices(body[name]).filter(pk=notice.pk).exists():
                    continue  # the page is not there for them
                try:
                    with transaction.atomic():
                        trying(verb, notice, body[name])
                        transaction.set_rollback(True)
                    done = True
                except Refused:
                    done = False
                expected = state in states and name in (people or READERS)
                if done != expected:
                    found[verb, name] = done
    assert found == {}
