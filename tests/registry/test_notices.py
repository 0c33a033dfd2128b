"""The life of a public notice: composing, the second person, frozen lines, objections, the end, replacing, taking down."""

import datetime as dt
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from registry import access
from registry.actions import calendar, jobs, organization
from registry.actions import notices as verbs
from registry.actions.extensions import own_calendar
from registry.actions.jobs import JOBS, run_due
from registry.documents import notices as documents
from registry.models import Approval, AuditEntry, Objection, PointVersion, PublicNotice, Scheme
from registry.roles import Role
from registry.rules import (
    Changed,
    Incomplete,
    NotAllowed,
    NoticeState,
    NoticeVerb,
    PointState,
    Refused,
    digest,
    notice_after,
)
from registry.rules.notices import NOTICE_TRANSITIONS, obstacle
from tests import factories

MANAGERS = ("clerk", "second_clerk", "publisher", "principal", "second_principal")


@pytest.fixture(autouse=True)
def in_english():
    """Sentences are compared in the language they are written in."""
    with translation.override("en"):
        yield


@pytest.fixture
def filed(body):
    """One filed point each of two posts in CZJ-01 and of one in CZJ-02."""
    for name in ("holder", "colleague", "other_holder"):
        factories.filed(body, name)
    return body


def states_of(notice: PublicNotice) -> list[str]:
    return list(
        PointVersion.objects.filter(notice_lines__notice=notice)
        .order_by("notice_lines__ordinal")
        .values_list("state", flat=True)
    )


def after_its_end(notice: PublicNotice) -> time_machine.travel:
    return time_machine.travel(
        dt.datetime.combine(notice.ends_on, dt.time(16, 1), dt.UTC), tick=False
    )  # 00:01 in Beijing


# --- Rules -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", NoticeState)
@pytest.mark.parametrize("verb", NoticeVerb)
def test_every_state_answers_every_verb(state, verb):
    if (state, verb) in NOTICE_TRANSITIONS:
        assert notice_after(state, verb) == NOTICE_TRANSITIONS[state, verb]
    else:
        with pytest.raises(Refused, match="notice"):
            notice_after(state, verb)


@pytest.mark.parametrize(
    ("level", "category", "grade", "scope", "may"),
    [
        ("post", "moral", 1, "unit", True),
        ("post", "moral", 1, "section", True),
        ("post", "moral", 1, "region", False),
        ("post", "duty", 1, "region", True),
        ("leadership", "moral", 1, "region", True),  # not of a single person
        ("", "duty", 1, "unit", False),
        ("post", "", 1, "unit", False),
        ("post", "duty", None, "unit", False),
    ],
)
def test_what_may_be_shown(level, category, grade, scope, may):
    assert (obstacle(level=level, category=category, grade=grade, scope=scope) == "") == may


# --- Composing and posting ---------------------------------------------------------------------------------------------


def test_it_begins_with_everything_filed_and_shows_only_what_may_be_shown(filed):
    notice = factories.composed(filed)
    content = verbs.content_of(notice)
    assert len(content["lines"]) == 3
    assert set(content["lines"][0]) == {
        "version", "code", "organization", "post", "holder", "level", "category", "title", "manifestation", "grade",
        "grade_word", "measures",
    }  # fmt: skip
    assert content["lines"][0]["holder"] == ""
    assert content["days"] == 5


def test_the_scheme_says_days_and_names(filed):
    Scheme.objects.create(
        organization=filed.organization("DQ"),
        year=factories.today().year,
        settings={"notice_days": 7, "notice_names": True},
    )
    content = verbs.content_of(factories.composed(filed))
    assert content["days"] == 7
    assert {line["holder"] for line in content["lines"]} == {
        filed[name].name for name in ("holder", "colleague", "other_holder")
    }


@pytest.mark.parametrize(
    "name", ["holder", "head", "member", "principal", "inspector", "mzj_clerk", "system_administrator"]
)
def test_only_publishers_compose(filed, name):
    with pytest.raises(NotAllowed):
        verbs.start_notice(by=filed[name], organization=filed.organization("CZJ"), year=factories.today().year)


def test_who_is_recused_from_a_part_composes_neither_for_it_nor_for_the_whole(filed):
    organization.recuse(
        by=organization.console_actor(), person=filed["clerk"], organization=filed.organization("CZJ-01"),
        starts_on=factories.SINCE, reason="测试",
    )  # fmt: skip
    codes = list(access.publishable_organizations(filed["clerk"]).values_list("code", flat=True))
    assert codes == ["CZJ-02"]
    # Nor does such a person post what another composed for the whole.
    notice = factories.submit_notice(factories.composed(filed), filed["publisher"])
    assert not access.waiting_for(filed["clerk"]).exists()
    assert not access.visible_notices(filed["clerk"]).exists()
    with pytest.raises(NotAllowed, match="recused"):
        factories.decide_notice(notice, filed["clerk"])


def test_nobody_posts_what_they_composed(filed):
    notice = factories.composed(filed, "publisher")
    # A second hand changes the title: both have composed it.
    values = {name: getattr(notice, name) for name in verbs.COMPOSED_FIELDS} | {"title": "公示"}
    notice = verbs.save_notice(by=filed["clerk"], notice=notice, expected=notice.version, values=values)
    notice = factories.submit_notice(notice, filed["publisher"])
    for name in ("publisher", "clerk"):
        with pytest.raises(NotAllowed, match="own matter"):
            factories.decide_notice(notice, filed[name])
    assert access.asked_now(notice.approval).people == {filed["second_clerk"].pk}
    notice = factories.decide_notice(notice, filed["second_clerk"])
    assert notice.state == NoticeState.POSTED
    with pytest.raises(IntegrityError), transaction.atomic():
        PublicNotice.objects.filter(pk=notice.pk).update(posted_by=notice.composed_by)


def test_a_wider_scope_needs_the_principal_leader_and_then_still_a_second_person(filed):
    notice = factories.submit_notice(factories.composed(filed, scope="region"), filed["publisher"])
    assert notice.shown_within == filed.organization("DQ")
    with pytest.raises(NotAllowed):
        factories.decide_notice(notice, filed["clerk"])
    factories.decide_notice(notice, filed["principal"])
    assert notice.state == NoticeState.SUBMITTED
    with pytest.raises(NotAllowed, match="already decided"):
        factories.decide_notice(notice, filed["principal"])
    assert factories.decide_notice(notice, filed["clerk"]).state == NoticeState.POSTED


@pytest.mark.usefixtures("unguarded")
def test_posting_numbers_dates_and_freezes(filed):
    with time_machine.travel(dt.datetime(2026, 4, 29, 2, 0, tzinfo=dt.UTC), tick=False):
        PointVersion.objects.update(year=2026)
        notice = factories.posted(filed)
    assert notice.number == "GS-CZJ-2026-001"
    # Labour Day is from 1 to 5 May in 2026, and 9 May is worked.
    assert (notice.starts_on, notice.ends_on) == (dt.date(2026, 4, 30), dt.date(2026, 5, 9))
    assert notice.is_certain
    assert states_of(notice) == [PointState.PUBLISHED] * 3
    assert [line.digest for line in notice.lines.all()] == [digest(line.content) for line in notice.lines.all()]
    assert notice.audit_head.split()[0].isdecimal()
    assert AuditEntry.objects.filter(act="notice.post", actor=notice.posted_by).exists()
    with pytest.raises(Refused, match="frozen"):
        verbs.save_notice(by=filed["publisher"], notice=notice, expected=notice.version, values={})


def test_an_own_calendar_counts(filed):
    today = factories.today()
    days = [[today + dt.timedelta(days=number), "off", ""] for number in range(1, 11)]
    calendar.set_calendar(by=organization.console_actor(), days=days, reason="放假通知")
    assert factories.posted(filed).starts_on > today + dt.timedelta(days=10)


@pytest.mark.usefixtures("unguarded")
def test_what_is_missing_is_said_all_at_once(filed):
    version = PointVersion.objects.order_by("pk").first()
    PointVersion.objects.filter(pk=version.pk).update(
        title="联系人电话１３８ ０００１ ２２２２", manifestation="见附图😀"
    )
    notice = factories.composed(filed, contact="", scope="section")
    with pytest.raises(Incomplete) as told:
        factories.submit_notice(notice, filed["publisher"])
    sentences = "\n".join(gap.sentence for gap in told.value.gaps)
    for part in ("where and how to object", "whole unit", "mobile"):
        assert part in sentences, sentences


@pytest.mark.usefixtures("unguarded")
def test_what_no_typeface_has_is_said_before_it_is_submitted(filed, client_of):
    PointVersion.objects.filter(declaration__appointment__person=filed["other_holder"]).update(manifestation="见附图😀")
    notice = factories.composed(filed)
    client, address = client_of("publisher"), f"/notices/{notice.pk}/check/"
    for response in (
        client.get(address),
        client.post(address, {"seen_digest": digest(verbs.content_of(notice))}),
    ):
        assert "😀 (U+1F600)" in response.content.decode()
    assert response.status_code == 422
    assert PublicNotice.objects.get().state == NoticeState.DRAFT


@pytest.mark.usefixtures("unguarded")
def test_what_looks_like_a_disposal_is_pointed_at_and_acknowledged(filed):
    PointVersion.objects.filter(declaration__appointment__person=filed["holder"]).update(
        manifestation="曾因此受到警告处分的情形再次发生。"
    )
    notice = factories.composed(filed)
    content = verbs.content_of(notice)
    assert [finding.ordinal for finding in verbs.findings(content)] != []
    with pytest.raises(Incomplete):
        verbs.submit_notice(by=filed["publisher"], notice=notice, seen_digest=digest(content), acknowledged=False)
    verbs.submit_notice(by=filed["publisher"], notice=notice, seen_digest=digest(content), acknowledged=True)


@pytest.mark.usefixtures("unguarded")
def test_a_post_is_refused_when_the_content_is_no_longer_what_was_seen(filed):
    notice = factories.submit_notice(factories.composed(filed), filed["publisher"])
    seen = digest(verbs.content_of(notice))
    PointVersion.objects.filter(pk=notice.chosen[0]).update(state=PointState.WITHDRAWN)
    with pytest.raises(Changed):
        verbs.decide_notice(
            by=filed["clerk"],
            approval=notice.approval,
            verdict="post",
            version=notice.approval.version,
            seen_digest=seen,
        )
    assert not PublicNotice.objects.exclude(number=None).exists()
    assert not PointVersion.objects.filter(state=PointState.PUBLISHED).exists()


def test_a_point_is_published_once(filed):
    first = factories.composed(filed, "publisher")
    second = factories.composed(filed, "second_clerk")
    first = factories.submit_notice(first, filed["publisher"])
    second = factories.submit_notice(second, filed["second_clerk"])
    factories.decide_notice(first, filed["clerk"])
    with pytest.raises((Changed, Incomplete)):
        factories.decide_notice(second, filed["clerk"])
    assert not verbs.candidates(second)


def test_returned_it_goes_back_with_the_reason_and_may_be_taken_back_before(filed):
    notice = factories.submit_notice(factories.composed(filed), filed["publisher"])
    verbs.withdraw_notice(by=filed["publisher"], notice=notice, expected=notice.version)
    notice.refresh_from_db()
    assert notice.state == NoticeState.DRAFT
    notice = factories.submit_notice(notice, filed["publisher"])
    notice = factories.decide_notice(notice, filed["clerk"], "return", "标题请写明年度。")
    assert notice.state == NoticeState.RETURNED
    notice = factories.submit_notice(notice, filed["publisher"])
    assert notice.approval.round == 3
    with pytest.raises(Refused, match="submitted before"):
        verbs.discard_notice(
            by=filed["publisher"],
            notice=PublicNotice.objects.get(pk=factories.decide_notice(notice, filed["clerk"], "return", "再看。").pk),
            expected=notice.version,
        )


def test_a_draft_is_thrown_away_and_its_points_stay_filed(filed):
    notice = factories.composed(filed)
    verbs.discard_notice(by=filed["publisher"], notice=notice, expected=notice.version)
    assert not PublicNotice.objects.exists()
    assert set(PointVersion.objects.values_list("state", flat=True)) == {"filed"}


def test_two_windows_of_composing_do_not_overwrite_each_other(filed):
    notice = factories.composed(filed)
    values = {name: getattr(notice, name) for name in verbs.COMPOSED_FIELDS}
    verbs.save_notice(by=filed["clerk"], notice=notice, expected=notice.version, values=values | {"title": "甲"})
    with pytest.raises(Changed):
        verbs.save_notice(
            by=filed["publisher"], notice=notice, expected=notice.version, values=values | {"title": "乙"}
        )
    assert PublicNotice.objects.get().title == "甲"


# --- Objections and the result -----------------------------------------------------------------------------------------


def test_upheld_the_line_is_marked_and_its_point_does_not_come_into_force(filed):
    notice = factories.posted(filed)
    first, second = factories.objection(filed, notice, ordinal=1), factories.objection(filed, notice, ordinal=2)
    verbs.answer_objection(by=filed["clerk"], objection=first, ruling="upheld", answer="属实，应予变更。", expected=1)
    verbs.answer_objection(
        by=filed["clerk"], objection=second, ruling="not_upheld", answer="经核查不属实。", expected=1
    )
    assert states_of(notice) == ["to_change", "published", "published"]
    assert run_due("notices") == 0
    with after_its_end(notice):
        assert run_due("notices") == 1
        assert run_due("notices") == 0
    notice.refresh_from_db()
    assert states_of(notice) == ["to_change", "in_force", "in_force"]
    assert notice.state == NoticeState.ENDED
    assert notice.result == {"lines": 3, "in_force": 2, "to_change": [1], "objections": 2, "upheld": 1, "late": 0}


def test_the_result_waits_for_the_last_answer(filed):
    notice = factories.posted(filed)
    objection = factories.objection(filed, notice)
    with after_its_end(notice):
        assert run_due("notices") == 0
        notice.refresh_from_db()
        assert notice.is_over
        assert notice.state == NoticeState.POSTED
        with pytest.raises(Refused, match="still to be answered"):
            verbs.end_notice(notice=notice)
        verbs.answer_objection(
            by=filed["clerk"], objection=objection, ruling="not_upheld", answer="不属实。", expected=1
        )
        assert run_due("notices") == 1
    assert states_of(notice) == ["in_force"] * 3


def test_the_end_follows_from_the_dates_not_from_the_job(filed):
    notice = factories.posted(filed)
    with time_machine.travel(
        dt.datetime.combine(notice.ends_on, dt.time(15, 59), dt.UTC), tick=False
    ):  # 23:59 in Beijing
        assert not notice.is_over
        factories.objection(filed, notice)
    with after_its_end(notice):
        assert notice.is_over
        with pytest.raises(Refused, match="ended on"):
            factories.objection(filed, notice)
        with pytest.raises(Refused, match="still open"), time_machine.travel(notice.posted_at):
            verbs.end_notice(notice=notice)


def test_an_objection_to_the_whole_names_its_lines_when_upheld(filed):
    notice = factories.posted(filed)
    objection = factories.objection(filed, notice, ordinal=None)
    answer = {"by": filed["clerk"], "objection": objection, "ruling": "upheld", "answer": "属实。", "expected": 1}
    with pytest.raises(Refused, match="which lines"):
        verbs.answer_objection(**answer)
    verbs.answer_objection(**answer, lines=list(notice.lines.filter(ordinal__in=[2, 3])))
    assert states_of(notice) == ["published", "to_change", "to_change"]


def test_without_a_name_nothing_says_who_wrote_it(filed):
    notice = factories.posted(filed)
    before = AuditEntry.objects.count()
    objection = factories.objection(filed, notice, objector="")
    assert objection.recorded_by is None
    entry = AuditEntry.objects.get(sequence=before + 1)
    assert entry.act == "objection.record"
    assert entry.actor == organization.console_actor()


def test_who_answers(filed):
    notice = factories.posted(filed)
    about_a_clerk = factories.objection(filed, notice, by="clerk")
    for name in ("clerk", "holder", "head", "inspector", "mzj_clerk"):
        with pytest.raises(NotAllowed):
            verbs.answer_objection(
                by=filed[name], objection=about_a_clerk, ruling="upheld", answer="属实。", expected=1
            )
    verbs.answer_objection(
        by=filed["principal"], objection=about_a_clerk, ruling="not_upheld", answer="不属实。", expected=1
    )
    with pytest.raises(Refused, match="has been answered"):
        verbs.answer_objection(by=filed["publisher"], objection=about_a_clerk, ruling="upheld", answer="？", expected=2)


def test_nobody_answers_about_their_own_post(body):
    factories.filed(body, "publisher")
    notice = factories.posted(body, "second_clerk")
    objection = factories.objection(body, notice)
    with pytest.raises(NotAllowed, match="own matter"):
        verbs.answer_objection(
            by=body["publisher"], objection=objection, ruling="not_upheld", answer="无。", expected=1
        )


def test_what_came_in_by_phone_is_recorded_for_its_day(filed):
    notice = factories.posted(filed)
    said = {"by": "clerk", "channel": "phone", "objector": ""}
    with pytest.raises(NotAllowed):
        factories.objection(filed, notice, **said | {"by": "colleague"})
    with pytest.raises(Refused, match="between"):
        factories.objection(filed, notice, **said, received_on=factories.today() + dt.timedelta(days=1))
    with after_its_end(notice):
        objection = factories.objection(filed, notice, **said, received_on=notice.ends_on)
        assert objection.recorded_by == filed["clerk"]
        # What comes in later is recorded as late, and the result does not wait for it.
        verbs.answer_objection(
            by=filed["publisher"], objection=objection, ruling="not_upheld", answer="无。", expected=1
        )
        late = factories.objection(filed, notice, **said, received_on=notice.ends_on + dt.timedelta(days=1))
        assert (objection.is_late, late.is_late) == (False, True)
        assert run_due("notices") == 1
        verbs.answer_objection(by=filed["publisher"], objection=late, ruling="upheld", answer="属实。", expected=1)
    notice.refresh_from_db()
    assert notice.result == {
        "lines": 3, "in_force": 2, "to_change": [1], "objections": 2, "late": 1, "upheld": 1,
    }  # fmt: skip
    verbs.take_down(by=filed["principal"], notice=notice, reason="误列。", expected=notice.version)
    with pytest.raises(Refused, match="replaced or taken down"):
        factories.objection(filed, notice, **said)


def test_an_objection_needs_words_and_an_answer_reasons(filed):
    notice = factories.posted(filed)
    with pytest.raises(Refused):
        factories.objection(filed, notice, text=" ")
    objection = factories.objection(filed, notice)
    with pytest.raises(Refused):
        verbs.answer_objection(by=filed["clerk"], objection=objection, ruling="upheld", answer=" ", expected=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Objection.objects.filter(pk=objection.pk).update(ruling="upheld")


# --- Mending a posted notice -------------------------------------------------------------------------------------------


def test_posted_anew_it_replaces_the_old_one_and_keeps_the_marks(filed):
    old = factories.posted(filed)
    factories_objection = factories.objection(filed, old, ordinal=1)
    anew = verbs.compose_anew(by=filed["publisher"], notice=old)
    assert verbs.compose_anew(by=filed["publisher"], notice=old) == anew
    # Only two of the three are shown again.
    values = {name: getattr(anew, name) for name in verbs.COMPOSED_FIELDS} | {"chosen": anew.chosen[:2]}
    anew = verbs.save_notice(by=filed["publisher"], notice=anew, expected=anew.version, values=values)
    anew = factories.decide_notice(factories.submit_notice(anew, filed["publisher"]), filed["clerk"])
    old.refresh_from_db()
    assert (old.state, anew.state) == (NoticeState.SUPERSEDED, NoticeState.POSTED)
    assert states_of(old) == ["published", "published", "filed"]
    # What came in against the old one counts for the same point on the new one.
    verbs.answer_objection(
        by=filed["clerk"], objection=factories_objection, ruling="upheld", answer="属实。", expected=1
    )
    assert anew.lines.get(ordinal=1).upheld_by == factories_objection
    assert states_of(anew) == ["to_change", "published"]
    with after_its_end(anew):
        assert run_due("notices") == 1
    assert states_of(anew) == ["to_change", "in_force"]


def test_taken_down_its_points_are_filed_as_before_and_nobody_sees_it(filed):
    notice = factories.posted(filed)
    assert access.visible_notices(filed["colleague"]).exists()
    with pytest.raises(Refused, match="why"):
        verbs.take_down(by=filed["principal"], notice=notice, reason=" ", expected=notice.version)
    verbs.take_down(by=filed["principal"], notice=notice, reason="误列个人信息。", expected=notice.version)
    assert states_of(notice) == ["filed"] * 3
    assert not access.visible_notices(filed["colleague"]).exists()
    assert access.visible_notices(filed["clerk"]).exists()
    with after_its_end(notice):
        assert run_due("notices") == 0
    assert verbs.candidates(factories.composed(filed))


# --- Who sees it -------------------------------------------------------------------------------------------------------


def test_who_sees_a_notice_of_each_scope(filed):
    everyone = [name for name in (*factories.STAFF, *factories.OFFICES) if name != "former"]

    def readers(notice: PublicNotice) -> set[str]:
        return {name for name in everyone if access.visible_notices(filed[name]).filter(pk=notice.pk).exists()}

    unit = {name for name, (_name, code, _post, _rank) in factories.STAFF.items() if code.startswith("CZJ")}
    region = {*factories.STAFF, "inspector", "outside_inspector", "region_clerk"}
    publishers = {"clerk", "second_clerk", "publisher"}
    section = factories.posted(filed, code="CZJ-01", scope="section")
    ledger = {"supervisor", "member", "principal", "second_principal", "inspector"}
    assert readers(section) == {"holder", "colleague", "head"} | ledger | publishers
    # Of CZJ-02 only, so that the inspector recused from CZJ-01 may see it too.
    wide = factories.posted(filed, scope="region")
    assert readers(wide) == region | {"recused_inspector"}
    factories.filed(filed, "head")
    whole = factories.posted(filed)
    assert readers(whole) == unit | {"inspector"}


def test_a_moved_section_takes_its_notice_along(filed):
    notice = factories.posted(filed, code="CZJ-01", scope="section")
    organization.move_organization(
        by=organization.console_actor(), organization=filed.organization("CZJ-01"), parent=filed.organization("MZJ"),
        reason="机构改革",
    )  # fmt: skip
    notice.refresh_from_db()
    moved = filed.organization("CZJ-01")
    moved.refresh_from_db()
    assert notice.position == moved.tree_from
    assert set(notice.lines.values_list("position", flat=True)) == {moved.tree_from}
    assert access.visible_notices(filed["colleague"]).filter(pk=notice.pk).exists()


def test_approvals_of_notices_are_in_the_queue_under_their_own_page(filed, client_of):
    notice = factories.submit_notice(factories.composed(filed), filed["publisher"])
    assert Approval.objects.get(notice=notice).kind == "notice"
    page = client_of("clerk").get("/approvals/").content.decode()
    assert f"/approvals/notices/{notice.approval_id}/" in page


def test_a_result_needs_no_session_of_anybody(filed):
    """`run_due` does it as the installation, and the chain says so."""
    notice = factories.posted(filed)
    with after_its_end(notice):
        run_due("notices")
    entry = AuditEntry.objects.get(act="notice.end")
    assert entry.actor == organization.console_actor()
    assert entry.subject == f"notice:{notice.pk}"
    assert timezone.localdate(entry.at) > notice.ends_on


def test_a_role_that_ended_publishes_nothing(filed):
    notice = factories.submit_notice(factories.composed(filed), filed["publisher"])
    for name in ("clerk", "second_clerk"):
        assignment = filed[name].assignments.get(role=Role.OFFICE_CLERK)
        organization.end_assignment(
            by=organization.console_actor(),
            assignment=assignment,
            ends_on=factories.today() - dt.timedelta(days=1),
            reason="测试",
        )
    asked = access.asked_now(notice.approval)
    assert asked.people == {filed["principal"].pk, filed["second_principal"].pk}


# --- Commands ----------------------------------------------------------------------------------------------------------


def test_the_sheet_is_printed_from_the_command_line(filed, tmp_path):
    notice = factories.posted(filed)
    for name in ("a.pdf", "b.pdf"):
        call_command("print_notice", notice.number, out=str(tmp_path / name), stdout=StringIO())
    first, second = ((tmp_path / name).read_bytes() for name in ("a.pdf", "b.pdf"))
    assert first.startswith(b"%PDF-")
    assert first == second
    with pytest.raises(CommandError, match="GS-CZJ-1999-001"):
        call_command("print_notice", "GS-CZJ-1999-001", out=str(tmp_path / "c.pdf"))
    with pytest.raises(CommandError, match="folder"):
        call_command("print_notice", notice.number, out=str(tmp_path / "nowhere" / "c.pdf"))


def test_the_calendar_is_entered_from_a_file_or_not_at_all(db, tmp_path):
    file = tmp_path / "days.csv"
    file.write_text("# 2031\n2031-10-01,off\n2031-10-11,上班\n", encoding="utf-8-sig")
    call_command("set_calendar", str(file), stdout=StringIO())
    assert own_calendar() == {dt.date(2031, 10, 1): False, dt.date(2031, 10, 11): True}
    file.write_text("2031-10-02,off\n2031-13-01,off\n2031-10-03,holiday\n", encoding="utf-8")
    with pytest.raises(CommandError) as told:
        call_command("set_calendar", str(file))
    assert "Line 2" in str(told.value)
    assert "Line 3" in str(told.value)
    assert len(own_calendar()) == 2
    file.write_text("各部门:\n一、元旦:1月1日至3日放假调休,共3天。1月4日上班。\n", encoding="utf-8")
    said = StringIO()
    call_command("set_calendar", str(file), "--year", "2031", stdout=said, stderr=said)
    assert "各部门" in said.getvalue()
    assert own_calendar()[dt.date(2031, 1, 4)]
    with pytest.raises(CommandError, match="already"):
        call_command("set_calendar", str(file), "--year", "2031")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("set_calendar", str(tmp_path / "none.csv"))


# --- What an attack found ----------------------------------------------------------------------------------------------


def test_who_edits_and_submits_a_later_round_does_not_post_it(filed):
    notice = factories.submit_notice(factories.composed(filed), filed["publisher"])
    verbs.withdraw_notice(by=filed["second_clerk"], notice=notice, expected=notice.version)
    notice.refresh_from_db()
    values = {name: getattr(notice, name) for name in verbs.COMPOSED_FIELDS} | {"title": "改成我写的标题"}
    notice = verbs.save_notice(by=filed["second_clerk"], notice=notice, expected=notice.version, values=values)
    notice = factories.submit_notice(notice, filed["second_clerk"])
    assert notice.approval.title == "改成我写的标题"
    for name in ("second_clerk", "publisher"):
        with pytest.raises(NotAllowed, match="own matter"):
            factories.decide_notice(notice, filed[name])
    # Taking back and returning is no hand in it.
    assert factories.decide_notice(notice, filed["clerk"]).state == NoticeState.POSTED


@pytest.mark.parametrize("how", ["replaced", "taken down"])
def test_an_objection_outlives_the_notice_it_came_in_on(filed, how):
    old = factories.posted(filed)
    objection = factories.objection(filed, old)
    if how == "replaced":
        anew = verbs.compose_anew(by=filed["publisher"], notice=old)
        anew = factories.decide_notice(factories.submit_notice(anew, filed["publisher"]), filed["clerk"])
    else:
        verbs.take_down(by=filed["principal"], notice=old, reason="误列。", expected=old.version)
        anew = factories.posted(filed)
    with after_its_end(anew):
        assert run_due("notices") == 0
        verbs.answer_objection(by=filed["clerk"], objection=objection, ruling="upheld", answer="属实。", expected=1)
        assert run_due("notices") == 1
    assert states_of(anew) == ["to_change", "in_force", "in_force"]


def test_what_came_in_in_time_is_recorded_after_the_result_and_mends_it(filed):
    notice = factories.posted(filed)
    with after_its_end(notice):
        run_due("notices")
        objection = factories.objection(
            filed, notice, by="clerk", channel="letter", objector="", received_on=notice.ends_on
        )
        verbs.answer_objection(by=filed["publisher"], objection=objection, ruling="upheld", answer="属实。", expected=1)
    notice.refresh_from_db()
    assert states_of(notice) == ["to_change", "in_force", "in_force"]
    assert notice.result == {"lines": 3, "in_force": 2, "to_change": [1], "objections": 1, "late": 0, "upheld": 1}


def test_a_section_that_moved_before_posting_is_shown_in_its_new_unit(filed):
    organization.assign(
        by=organization.console_actor(), person=filed["mzj_head"], organization=filed.organization("MZJ"),
        role=Role.NOTICE_PUBLISHER, starts_on=factories.SINCE, reason="测试",
    )  # fmt: skip
    notice = factories.submit_notice(factories.composed(filed, code="CZJ-01"), filed["publisher"])
    organization.move_organization(
        by=organization.console_actor(), organization=filed.organization("CZJ-01"), parent=filed.organization("MZJ"),
        reason="机构改革",
    )  # fmt: skip
    notice.refresh_from_db()
    notice = factories.decide_notice(notice, filed["mzj_clerk"])
    assert notice.shown_within == filed.organization("MZJ")
    assert access.visible_notices(filed["mzj_holder"]).exists()
    assert not access.visible_notices(filed["other_holder"]).exists()


def test_nobody_answers_about_their_own_line_through_the_whole_notice(body):
    factories.filed(body, "publisher")
    notice = factories.posted(body, "second_clerk")
    objection = factories.objection(body, notice, ordinal=None)
    with pytest.raises(NotAllowed, match="own matter"):
        verbs.answer_objection(
            by=body["publisher"], objection=objection, ruling="not_upheld", answer="无。", expected=1
        )


def test_a_name_on_screen_can_only_be_ones_own(filed):
    notice = factories.posted(filed)
    assert factories.objection(filed, notice, objector="贺兰亭").objector == filed["colleague"].name


def test_who_recorded_an_objection_does_not_answer_it(filed):
    notice = factories.posted(filed)
    objection = factories.objection(filed, notice, by="clerk", channel="phone", objector="")
    with pytest.raises(NotAllowed, match="recorded"):
        verbs.answer_objection(by=filed["clerk"], objection=objection, ruling="upheld", answer="属实。", expected=1)


def test_an_old_notice_taken_down_leaves_the_points_of_the_new_one_published(filed):
    old = factories.posted(filed)
    anew = verbs.compose_anew(by=filed["publisher"], notice=old)
    anew = factories.decide_notice(factories.submit_notice(anew, filed["publisher"]), filed["clerk"])
    old.refresh_from_db()
    verbs.take_down(by=filed["clerk"], notice=old, reason="误列。", expected=old.version)
    assert states_of(anew) == ["published"] * 3
    assert not access.visible_notices(filed["colleague"]).filter(pk=old.pk).exists()


def test_what_was_to_be_replaced_and_is_gone_does_not_hold_the_new_one_up(filed):
    old = factories.posted(filed)
    anew = factories.submit_notice(verbs.compose_anew(by=filed["publisher"], notice=old), filed["publisher"])
    verbs.take_down(by=filed["clerk"], notice=old, reason="误列。", expected=old.version)
    assert factories.decide_notice(anew, filed["clerk"]).state == NoticeState.POSTED


def test_a_result_that_is_not_to_be_recorded_any_more_stops_no_other(filed):
    first = factories.posted(filed, code="CZJ-01")
    second = factories.posted(filed, code="CZJ-02")
    with after_its_end(second):
        work = JOBS["notices"]()
        verbs.take_down(by=filed["clerk"], notice=first, reason="误列。", expected=first.version)
        assert sum(jobs._claimed("notices", key, act) for key, act in work) == 1
    second.refresh_from_db()
    assert second.state == NoticeState.ENDED


def test_a_recusal_from_a_part_hides_the_whole_from_what_one_has_decided(filed):
    notice = factories.submit_notice(factories.composed(filed), filed["publisher"])
    factories.decide_notice(notice, filed["clerk"], "return", "再看。")
    assert access.decided_by(filed["clerk"]).filter(kind="notice").exists()
    organization.recuse(
        by=organization.console_actor(), person=filed["clerk"], organization=filed.organization("CZJ-02"),
        starts_on=factories.SINCE, reason="测试",
    )  # fmt: skip
    assert not access.decided_by(filed["clerk"]).filter(kind="notice").exists()


def test_a_number_of_thousands_of_digits_breaks_nothing(filed, client_of):
    notice = factories.composed(filed)
    response = client_of("publisher").post(f"/notices/{notice.pk}/compose/", {"chosen": "9" * 5000})
    assert response.status_code == 422


def test_the_contact_may_hold_the_offices_telephone_but_no_identity_number(filed):
    factories.submit_notice(factories.composed(filed, code="CZJ-01"), filed["publisher"])
    notice = factories.composed(filed, code="CZJ-02", contact="身份证11010519491231002X，电话 0800-0000000")
    with pytest.raises(Incomplete, match="cannot be submitted"):
        factories.submit_notice(notice, filed["publisher"])


@pytest.mark.usefixtures("unguarded")
def test_a_long_sheet_is_made_in_the_background(filed, client_of, monkeypatch):
    PointVersion.objects.filter(declaration__appointment__person=filed["holder"]).update(manifestation="长" * 400)
    monkeypatch.setattr(documents, "MOST_CHARACTERS_AT_ONCE", 300)
    notice = factories.posted(filed)
    client, address = client_of("colleague"), f"/notices/{notice.pk}/sheet.pdf"
    assert client.get(address).status_code == 409
    assert documents.prepare_sheets() == 1
    assert documents.prepare_sheets() == 0
    assert client.get(address).content == documents.notice_document(notice).pdf()
