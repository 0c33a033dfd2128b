"""From filed points to a notice on the wall, objections upheld and not, and the end by a moved clock."""

import datetime as dt
import re

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from registry.actions.jobs import run_due
from registry.models import PointVersion, PublicNotice
from registry.rules import Channel, NoticeState
from tests import factories

from .acts import button, choice, errors, expect_text, field, link, panel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TITLE = "关于云岭地区财政局2026年度廉政风险点的公示"


def line(page, number: int):
    """A row of the notice's lines."""
    return page.locator(f"#line-{number}")


def number(page, label: str):
    """The field for a number with this label."""
    return page.get_by_role("spinbutton", name=_(label), exact=True)


def test_composed_posted_objected_to_and_ended(arrive, new_page, look, watch, body):
    for name in ("holder", "other_holder"):
        factories.filed(body, name)
    draft = factories.draft(body, "head")
    draft.pointversions.update(title="曾受警告处分的情形再次发生")
    factories.file_all(draft)

    # The publisher begins, takes one line out and is told what is missing.
    publisher = arrive("publisher")
    publisher.get_by_role("navigation").get_by_role("link", name=_("Public notices")).click()
    expect_text(panel(publisher, "Open to objections"), _("No notice is open at present"))
    look(publisher)
    link(publisher, "Compose a notice").click()
    look(publisher)
    choice(publisher, "Unit or section").select_option("CZJ")
    button(publisher, "Begin").click()
    expect(publisher.get_by_role("checkbox")).to_have_count(3)
    look(publisher)
    field(publisher, "Title").fill(TITLE)
    button(publisher, "Save and see the sheet").click()
    expect_text(errors(publisher), _("Say where and how to object."))
    expect_text(panel(publisher, "What the checker points at"), "警告")
    look(publisher)
    link(publisher, "Say where and how to object.").click()
    field(publisher, "Where and how to object").fill(factories.CONTACT)
    button(publisher, "Save and see the sheet").click()
    expect(errors(publisher)).to_have_count(0)
    sheet = publisher.frame_locator("iframe.sheet-preview")
    expect_text(sheet.locator("main"), TITLE, _("SAMPLE"), factories.CONTACT, "未经审批用印1")

    # What the checker points at has to be looked at: here it is left out instead.
    watch.expect(422)
    button(publisher, "Submit").click()
    expect_text(errors(publisher), _("Look at each passage the checker points at, and say that they may be shown."))
    link(publisher, "Back to composing").click()
    publisher.get_by_role("checkbox", name="曾受警告处分").uncheck()
    button(publisher, "Save and see the sheet").click()
    expect(panel(publisher, "What the checker points at")).not_to_contain_text("警告")
    button(publisher, "Submit").click()
    expect_text(publisher.get_by_role("status"), TITLE)
    notice = PublicNotice.objects.get()
    look(publisher)

    # Nobody posts their own; another person returns it once and posts it then.
    publisher.goto(reverse("registry:notice-decide", args=[notice.approval_id]))
    expect(button(publisher, "Post the notice")).to_be_disabled()
    look(publisher)
    clerk = arrive("clerk")
    clerk.get_by_role("navigation").get_by_role("link", name=_("Waiting for me")).click()
    link(clerk, TITLE).click()
    expect_text(clerk.frame_locator("iframe.sheet-preview").locator("main"), "未经审批用印1")
    look(clerk)
    field(clerk, "Opinion").fill("请注明年度。")
    button(clerk, "Return").click()
    publisher.goto(reverse("registry:notice-compose", args=[notice.pk]))
    expect_text(publisher.locator(".panel-attention"), body["clerk"].name, "请注明年度。")
    button(publisher, "Save and see the sheet").click()
    button(publisher, "Submit").click()
    clerk.goto(reverse("registry:notice-decide", args=[notice.approval_id]))
    button(clerk, "Post the notice").click()
    notice.refresh_from_db()
    assert notice.state == NoticeState.POSTED
    expect_text(clerk.get_by_role("status"), notice.number)
    expect_text(clerk.locator("main"), factories.CONTACT, "未经审批用印1", notice.issuer)
    look(clerk)

    # A colleague sees it on the workbench and objects to a line; the head to the other one, without a name.
    colleague = arrive("colleague")
    link(panel(colleague, "Public notices open to objections"), TITLE).click()
    expect(colleague.locator("tbody tr")).to_have_count(2)
    expect(button(colleague, "Post anew")).to_have_count(0)
    look(colleague)
    line(colleague, 1).get_by_role("link").click()
    look(colleague)
    watch.expect(422)
    button(colleague, "Raise an objection").click()
    expect(errors(colleague)).to_have_count(1)
    field(colleague, "Objection").fill("这一环节今年已经取消。")
    button(colleague, "Raise an objection").click()
    expect_text(panel(colleague, "My objections"), "这一环节今年已经取消。", _("to be answered"))
    look(colleague)
    head = arrive("head")
    head.goto(reverse("registry:notice-object", args=[notice.pk]))
    choice(head, "What it is about").select_option(index=2)
    field(head, "Objection").fill("等级偏低。")
    head.get_by_role("checkbox", name=_("With my name")).uncheck()
    button(head, "Raise an objection").click()
    expect_text(head.get_by_role("status"), _("Your objection was recorded without your name."))
    expect(head.locator("main")).not_to_contain_text("等级偏低。")

    # One by letter; the answers: the first is upheld, the others are not.
    link(clerk, "Record an objection by phone, letter or in person").click()
    look(clerk)
    choice(clerk, "How it came in").select_option(Channel.LETTER)
    field(clerk, "Objection").fill("来信反映措施不具体。")
    button(clerk, "Record").click()
    expect(clerk.locator("article.objection")).to_have_count(3)
    expect(clerk.locator("article.objection").nth(1)).not_to_contain_text(body["head"].name)
    # What the clerk recorded is answered by another person.
    publisher.goto(reverse("registry:notice", args=[notice.pk]))
    for page, number, ruling, said in (
        (clerk, 0, "upheld", "属实。"),
        (clerk, 1, "not upheld", "经核查不属实。"),
        (publisher, 2, "not upheld", "措施可行。"),
    ):
        link(page.locator("article.objection").nth(number), "Answer").click()
        look(page)
        page.get_by_role("radio", name=_(ruling), exact=True).check()
        field(page, "Answer").fill(said)
        button(page, "Answer").click()
    clerk.reload()
    expect_text(line(clerk, 1), _("to be changed after an objection"))
    look(clerk)
    colleague.goto(reverse("registry:notice", args=[notice.pk]))
    expect_text(panel(colleague, "My objections"), _("upheld"), "属实。")
    expect(colleague.locator("article.objection")).to_have_count(1)

    # The clock moves on: the end follows from the date, the result is recorded by the job.
    with time_machine.travel(dt.datetime.combine(notice.ends_on, dt.time(17), dt.UTC)):
        late = arrive("other_head")
        late.goto(reverse("registry:notice", args=[notice.pk]))
        expect_text(panel(late, "About the notice"), _("ended, result still to be recorded"))
        expect(link(late, "Raise an objection")).to_have_count(0)
        assert run_due("notices") == 1
        late.reload()
        expect_text(panel(late, "Result"), "1")
        look(late)
    states = PointVersion.objects.filter(notice_lines__notice=notice).order_by("notice_lines__ordinal")
    assert list(states.values_list("state", flat=True)) == ["to_change", "in_force"]

    # Who holds the printed sheet asks whether it is genuine, without signing in.
    passer_by = new_page()
    passer_by.goto(reverse("registry:verify", args=[notice.code]))
    expect_text(passer_by.locator("main"), notice.number, TITLE, notice.digest)
    expect(passer_by.locator("main")).not_to_contain_text("未经审批用印")
    look(passer_by)
    watch.expect(404)
    passer_by.goto(reverse("registry:verify", args=["AAAA-BBBB-CCCC"]))
    expect_text(passer_by.locator("main"), _("No such sheet"))
    look(passer_by)


def test_a_posted_notice_is_replaced_and_taken_down(arrive, look, body):
    for name in ("holder", "other_holder"):
        factories.filed(body, name)
    old = factories.posted(body)
    clerk = arrive("clerk")
    clerk.goto(reverse("registry:notice", args=[old.pk]))
    button(clerk, "Post anew").click()
    clerk.get_by_role("checkbox").first.uncheck()
    button(clerk, "Save and see the sheet").click()
    button(clerk, "Submit").click()
    publisher = arrive("publisher")
    link(publisher.get_by_role("row"), old.title).click()
    button(publisher, "Post the notice").click()
    expect(publisher.get_by_role("status")).to_be_visible()
    anew = PublicNotice.objects.get(replaces=old)
    clerk.goto(reverse("registry:notice", args=[old.pk]))
    expect_text(clerk.locator("main"), _("Replaced by a later notice:"), anew.number)
    look(clerk)
    clerk.goto(reverse("registry:notice", args=[anew.pk]))
    link(clerk, "Take down").click()
    look(clerk)
    field(clerk, "Reason").fill("误列内容。")
    button(clerk, "Take down").click()
    expect_text(clerk.get_by_role("status"), anew.number)
    assert set(PointVersion.objects.values_list("state", flat=True)) == {"filed"}
    clerk.goto(reverse("registry:verify", args=[anew.code]))
    expect_text(clerk.locator("main"), _("Taken down"))
    look(clerk)


def test_a_draft_is_thrown_away_and_a_submitted_one_taken_back(arrive, look, body):
    factories.filed(body)
    draft = factories.composed(body)
    publisher = arrive("publisher")
    publisher.goto(reverse("registry:notice-compose", args=[draft.pk]))
    link(publisher, "Throw away").click()
    look(publisher)
    button(publisher, "Throw away").click()
    expect(publisher).to_have_url(re.compile(r"/notices/$"))
    assert not PublicNotice.objects.exists()
    submitted = factories.submit_notice(factories.composed(body), body["publisher"])
    publisher.goto(reverse("registry:notice", args=[submitted.pk]))
    link(publisher, "Take back").click()
    look(publisher)
    button(publisher, "Take back").click()
    expect(field(publisher, "Title")).to_have_value(submitted.title)


def test_the_sheet_of_a_notice_is_taken_as_a_file(arrive, look, body, tmp_path):
    factories.filed(body)
    notice = factories.posted(body)
    holder = arrive("holder")
    holder.goto(reverse("registry:notice", args=[notice.pk]))
    link(holder, "Print the sheet").click()
    look(holder)
    with holder.expect_download() as download:
        link(holder, "Take the PDF").click()
    assert download.value.suggested_filename.endswith(".pdf")
    assert notice.number in download.value.suggested_filename
    file = tmp_path / "sheet.pdf"
    download.value.save_as(file)
    assert file.read_bytes().startswith(b"%PDF-")
    assert timezone.localdate() <= notice.ends_on


def test_two_people_extend_a_notice(arrive, look, watch, body):
    factories.filed(body)
    notice = factories.posted(body)
    publisher = arrive("publisher")
    publisher.goto(reverse("registry:notice", args=[notice.pk]))
    link(publisher, "Extend").click()
    watch.expect(422)
    button(publisher, "Ask for the extension").click()
    expect(errors(publisher)).to_be_visible()
    look(publisher)
    number(publisher, "Working days more").fill("2")
    field(publisher, "Reason").fill("群众要求延期")
    button(publisher, "Ask for the extension").click()
    expect_text(publisher.locator("main"), _("waits for a second person"))
    look(publisher)
    clerk = arrive("clerk")
    clerk.goto(reverse("registry:queue"))
    link(clerk.get_by_role("row"), notice.title).click()
    expect_text(clerk.locator("main"), "群众要求延期")
    look(clerk)
    button(clerk, "Approve").click()
    expect(clerk.get_by_role("status")).to_be_visible()
    before = notice.ends_on
    notice.refresh_from_db()
    assert notice.ends_on > before
    holder = arrive("holder")
    for name, argument in (("registry:notice", notice.pk), ("registry:verify", notice.code)):
        holder.goto(reverse(name, args=[argument]))
        expect_text(holder.locator("main"), f"{before:%Y-%m-%d}", f"{notice.ends_on:%Y-%m-%d}")
        look(holder)
    holder.goto(reverse("registry:notice-sheet", args=[notice.pk]))
    expect_text(holder.locator("body"), "群众要求延期")


def test_days_are_pasted_looked_at_entered_and_confirmed(arrive, look, watch, body):
    factories.filed(body)
    notice = factories.posted(body)
    keeper = arrive("system_administrator")
    keeper.goto(reverse("registry:organizations"))
    link(keeper, "Calendar of working days").click()
    look(keeper)
    link(keeper, "Enter days").click()
    day = notice.starts_on
    said = f"各部门:\n临时放假:{day.month}月{day.day}日放假。\n2027-02-30,off"
    field(keeper, "Or paste many days").fill(said)
    number(keeper, "Year of dates without one").fill(str(day.year))
    field(keeper, "Reason").fill("放假通知")
    watch.expect(422)
    button(keeper, "See what it changes").click()
    expect_text(errors(keeper), "2027-02-30")
    expect(field(keeper, "Or paste many days")).to_have_value(said)
    look(keeper)
    field(keeper, "Or paste many days").fill(said.rpartition("\n")[0])
    button(keeper, "See what it changes").click()
    expect_text(keeper.locator("main"), notice.number, f"{day:%Y-%m-%d}")
    look(keeper)
    button(keeper, "Enter these days").click()
    expect(keeper).to_have_url(re.compile(r"/confirmations/\d+/$"))
    giver = arrive("security_administrator")
    giver.goto(reverse("registry:confirmations"))
    giver.get_by_role("main").get_by_role(
        "link",
        name=re.compile(re.escape(str(_("Set days of the calendar of working days: %(number)s") % {"number": 1}))),
    ).click()
    expect_text(giver.locator("main"), notice.number)
    look(giver)
    button(giver, "Confirm").click()
    expect(giver.get_by_role("status")).to_be_visible()
    notice.refresh_from_db()
    assert notice.extensions.get().cause == "calendar"
