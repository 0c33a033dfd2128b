"""A head fills in a sheet and signs it; a draw is committed, revealed by a second person and replayed by another account."""

import re

import pytest
from django.urls import reverse
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from controls.models import Draw, Inspection
from controls.rules import Answer, Holding
from tests import factories
from tests.controls import inspected

from .acts import button, choice, errors, expect_text, field, link, panel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_planned_filled_in_and_signed(arrive, look, body):
    inspected.filed(body, "holder", 3, 3)
    clerk = arrive("clerk")
    clerk.get_by_role("navigation").get_by_role("link", name=re.compile("^" + _("Inspections"))).click()
    look(clerk)
    link(clerk, "Make a plan").click()
    button(clerk, "See what it would be").click()
    look(clerk)
    button(clerk, "Issue the plan").click()
    expect_text(panel(clerk, "Inspections"), "印章管理岗", _("section head"))
    look(clerk)

    head = arrive("head")
    head.get_by_role("navigation").get_by_role("link", name=re.compile("^" + _("Inspections"))).click()
    inspection = Inspection.objects.get()
    head.get_by_role("link", name=inspection.number).click()
    look(head)
    button(head, "Begin the check").click()
    look(head)
    lines = head.locator(".meeting-line")
    expect(lines).to_have_count(2)
    lines.nth(0).get_by_role("radio", name=str(Answer.YES.label), exact=True).check()
    button(head, "Save, check and sign").click()
    # Everything that is missing is named, and leads to where it is mended.
    expect(errors(head)).to_have_count(2)
    look(head)
    errors(head).first.get_by_role("link").click()
    expect(lines.nth(0).get_by_role("radio", name=str(Answer.YES.label), exact=True)).to_be_checked()
    lines.nth(1).get_by_role("radio", name=str(Answer.PARTLY.label), exact=True).check()
    lines.nth(1).get_by_role("textbox").fill("抽查十份，两份登记滞后。")
    field(head, "Your opinion").fill("总体落实较好，登记应当及时。")
    button(head, "Save, check and sign").click()
    expect(errors(head)).to_have_count(0)
    expect_text(panel(head, "Check sheet"), "抽查十份，两份登记滞后。")
    look(head)
    button(head, "Sign").click()
    expect_text(panel(head, "The inspection"), body["head"].name)
    expect(button(head, "Begin the check")).to_have_count(0)

    # The holder reads the signed sheet of their own post, and nothing can be changed on it.
    holder = arrive("holder")
    holder.goto(reverse("controls:inspection", args=[inspection.pk]))
    expect_text(panel(holder, "Check sheet"), "抽查十份，两份登记滞后。")
    look(holder)
    expect(link(holder, "Fill in the sheet")).to_have_count(0)


def test_drawn_and_replayed_by_another_account(arrive, look, body):
    for name in ("holder", "colleague", "other_holder"):
        inspected.filed(body, name, 2)
    clerk = arrive("clerk")
    clerk.goto(reverse("controls:draws"))
    look(clerk)
    link(clerk, "Prepare a draw").click()
    look(clerk)
    choice(clerk, "What is drawn").select_option("posts")
    button(clerk, "See the list").click()
    field(clerk, "What the draw is for").fill("季度抽查。")
    clerk.get_by_role("spinbutton").fill("1")
    rows = clerk.locator("table.rows tbody tr")
    rows.nth(0).get_by_role("textbox").nth(0).fill("1")
    rows.nth(0).get_by_role("textbox").nth(1).fill("上季度已抽查")
    look(clerk)
    button(clerk, "Commit to it").last.click()
    draw = Draw.objects.get()
    expect_text(panel(clerk, "All inputs"), draw.commitment, draw.list_digest)
    expect(button(clerk, "Reveal")).to_be_disabled()
    look(clerk)

    second = arrive("second_clerk")
    second.goto(reverse("controls:draw", args=[draw.pk]))
    link(second, "Reveal").click()
    look(second)
    button(second, "Reveal and draw").click()
    draw.refresh_from_db()
    expect_text(panel(second, "Drawn, in this order"), draw.names[0].label)
    look(second)

    principal = arrive("principal")
    principal.goto(reverse("controls:draw", args=[draw.pk]))
    link(principal, "Replay the draw").click()
    expect(panel(principal, "Checks").get_by_text(str(Holding.HOLDS.label), exact=True)).to_have_count(6)
    expect_text(panel(principal, "Drawn, in this order"), draw.names[0].label)
    look(principal)

    link(second, "Have it inspected").click()
    choice(second, "Who checks").select_option("inspector")
    second.get_by_label(_("To be checked by")).fill(factories.today().isoformat())
    button(second, "Have them made").click()
    expect_text(panel(second, "Inspections"), body["inspector"].name)
