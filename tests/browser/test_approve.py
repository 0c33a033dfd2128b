"""A declaration is returned, mended, approved, reviewed and filed; nobody decides on their own matter."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from playwright.sync_api import Page, expect

from registry.rules import Difference
from tests import factories

from .acts import button, entry, errors, expect_text, field, link, panel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

REMARK = "请写清发生在哪个环节。"
MENDED = "用印登记不全，事后补签；发生在介绍信领用环节。"


def refused(page: Page, sentence: str) -> None:
    """Expect the page to say no with this sentence."""
    expect_text(page.get_by_role("alert"), _(sentence))


def test_returned_mended_approved_filed(arrive, look, watch, body):
    declaration = factories.submitted(body, "holder", points=2)
    first, second = declaration.pointversions.order_by("pk")
    title = declaration.approval.title

    # The section head finds it in the queue and reads it.
    head = arrive("head")
    expect(head.get_by_role("heading", name=_("Waiting for your decision: %(count)s") % {"count": 1})).to_be_visible()
    look(head)
    head.get_by_role("navigation").get_by_role("link", name=_("Waiting for me")).click()
    expect_text(head.get_by_role("row").nth(1), title, body.organization("CZJ-01").name)
    look(head)
    link(head, title).click()
    expect(head.locator("article.entry")).to_have_count(4)
    expect_text(entry(head, first.title), first.manifestation, first.matter, factories.MEASURE["text"])
    look(head)

    # A return without a reason, and approval beside a remark, are refused; what was written stays.
    watch.expect(409, 409)
    button(head, "Return").click()
    refused(head, "Say why you return it: a reason for the whole, or a remark on an entry.")
    look(head)
    remark = entry(head, first.title).get_by_role("textbox")
    remark.fill(REMARK)
    field(head, "Opinion").fill("其余属实。")
    button(head, "Approve").click()
    refused(head, "You wrote remarks on entries. Return the declaration, or clear the remarks and give an opinion.")
    expect(remark).to_have_value(REMARK)
    expect(field(head, "Opinion")).to_have_value("其余属实。")
    button(head, "Return").click()
    expect(head).to_have_url(re.compile(r"/approvals/$"))
    expect_text(head.get_by_role("status"), title)
    look(head)

    # The holder sees the remark and can change that point only.
    holder = arrive("holder")
    link(panel(holder, "Asked of you"), "See the remarks and mend it").click()
    task_list = holder.url
    expect_text(panel(holder, "Returned"), body["head"].name, "其余属实。")
    expect_text(holder.locator(f"#point-{first.pk}"), REMARK)
    expect(holder.locator(f"#point-{first.pk}").get_by_role("link")).to_have_count(2)
    expect(holder.locator(f"#point-{second.pk}").get_by_role("link")).to_have_count(0)
    expect(holder.locator("#cells").locator("..").get_by_role("link")).to_have_count(0)
    expect(link(holder, "Add a risk point")).to_have_count(0)
    look(holder)
    watch.expect(409)
    holder.goto(reverse("registry:point-edit", args=[declaration.pk, second.pk]))
    expect_text(holder.locator("main"), _("Only the entries that were returned with a remark can be changed."))
    holder.goto(task_list)
    link(holder, first.title).click()
    expect_text(holder.locator(".panel-attention"), _("Remark of the reviewer"), REMARK)
    look(holder)
    field(holder, "Main content and how it shows").fill(MENDED)
    button(holder, "Save").last.click()
    link(holder, "Check and submit").first.click()
    button(holder, "Submit").click()
    expect_text(panel(holder, "Steps").get_by_role("listitem").first, body["head"].name)
    expect_text(holder.get_by_role("status"), declaration.number)

    # Round two begins at the first step; the head sees what changed, and only that.
    head.get_by_role("navigation").get_by_role("link", name=_("Waiting for me")).click()
    expect_text(head.get_by_role("row").nth(1), _("round %(round)s") % {"round": 2})
    link(head, title).click()
    changed = entry(head, first.title)
    expect_text(changed, Difference.CHANGED.label)
    expect(changed.locator("del")).to_have_text(first.manifestation)
    expect(changed.locator("ins")).to_have_text(MENDED)
    expect(entry(head, second.title).locator("del, ins")).to_have_count(0)
    look(head)
    head.get_by_role("combobox", name=_("Standard phrase")).select_option("true_and_agreed")
    button(head, "Approve").click()
    expect_text(head.get_by_role("status"), title, body["member"].name)
    link(head, "Decided by me").click()
    expect_text(head.get_by_role("row").nth(1), title)
    look(head)

    # The team decides in a meeting, nobody of it on screen; then the office files it.
    member = arrive("member")
    link(member, title).click()
    expect_text(panel(member, "What happened"), REMARK)
    expect(button(member, "Approve")).to_be_disabled()
    look(member)
    declaration.refresh_from_db()
    factories.decide(declaration, body["member"], reason="同意。")
    clerk = arrive("clerk")
    link(clerk, title).click()
    look(clerk)
    button(clerk, "File into the ledger").click()
    expect_text(clerk.get_by_role("status"), declaration.number)
    clerk.get_by_role("navigation").get_by_role("link", name=_("Ledger"), exact=True).click()
    expect_text(clerk.get_by_role("row").filter(has_text="CZJ-000001"), first.title, MENDED)
    expect_text(clerk.get_by_role("row").filter(has_text="CZJ-000002"), second.title)

    # The trace tells the owner who did what, when, and what was said.
    holder.goto(reverse("registry:declaration", args=[declaration.pk]))
    trace = panel(holder, "What happened").locator("ol.trace > li")
    expected = [
        ("holder", _("submitted"), ""),
        ("head", _("returned"), REMARK),
        ("holder", _("submitted again, round %s") % 2, ""),
        ("head", _("approved"), _("The matter is as described; agreed.")),
        ("member", _("approved"), "同意。"),
        ("clerk", _("filed"), ""),
    ]
    expect(trace).to_have_count(len(expected))
    for place, (who, what, said) in enumerate(expected):
        expect_text(trace.nth(place), body[who].name, what, said, f"{timezone.localdate():%Y-%m-%d}")
    look(holder)


def test_ones_own_matter_goes_to_somebody_else(arrive, look, body):
    declaration = factories.submitted(body, "head")
    title = declaration.approval.title
    address = reverse("registry:declaration-decide", args=[declaration.approval.pk])

    head = arrive("head")
    expect(head.get_by_role("link", name=title)).to_have_count(0)
    head.goto(address)
    why = head.locator("#why-not")
    expect_text(why, body["supervisor"].name)
    for name in ("Approve", "Return"):
        expect(button(head, name)).to_be_disabled()
        expect(button(head, name)).to_have_accessible_description(why.inner_text())
    expect(head.get_by_role("textbox")).to_have_count(0)
    look(head)

    supervisor = arrive("supervisor")
    link(supervisor, title).click()
    button(supervisor, "Approve").click()
    expect_text(supervisor.get_by_role("status"), body["member"].name)
    supervisor.goto(address)
    expect_text(supervisor.locator("#why-not"), body["member"].name)
    expect(button(supervisor, "Approve")).to_be_disabled()

    factories.decide(declaration, body["member"])
    clerk = arrive("clerk")
    link(clerk, title).click()
    button(clerk, "File into the ledger").click()
    filed = _("Filed: %(title)s (%(number)s). It is to be sent to the region.")
    expect_text(clerk.get_by_role("status"), filed % {"title": title, "number": declaration.number})

    # A head is of ke rank: the region is next.
    head.goto(reverse("registry:declaration", args=[declaration.pk]))
    expect_text(head.locator("main"), _("to be sent to the region"))
    look(head)


def test_taking_back_works_until_somebody_has_decided(arrive, look, body):
    declaration = factories.submitted(body, "holder")
    holder = arrive("holder")
    holder.goto(reverse("registry:declaration", args=[declaration.pk]))
    link(holder, "Take back").click()
    look(holder)
    button(holder, "Take back").click()
    expect_text(holder.get_by_role("status"), _("The declaration was taken back and can be changed again."))
    expect(errors(holder)).to_have_count(0)
    declaration.refresh_from_db()
    assert declaration.state == "draft"

    link(holder, "Check and submit").first.click()
    button(holder, "Submit").click()
    expect(holder.locator("h1")).to_have_text(_("Receipt"))
    expect_text(holder.get_by_role("status"), declaration.number)
    declaration.refresh_from_db()
    factories.decide(declaration, body["head"])
    link(holder, "Read the declaration").click()
    taking_back = button(holder, "Take back")
    expect(taking_back).to_be_disabled()
    expect_text(holder.locator("#why-not-withdraw"), body["head"].name)
    expect(taking_back).to_have_accessible_description(holder.locator("#why-not-withdraw").inner_text())
    look(holder)
