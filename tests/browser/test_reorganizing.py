"""A post is closed and its successor named; the successor's holder finds the points. Another is closed with nobody after it."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from registry.actions import organization
from tests import factories

from .acts import button, choice, confirm_entry, errors, expect_text, field, link, panel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WHY = "机构改革文件〔2026〕1号"
AFFECTED = "What it touches, and what becomes of it"


def leave(body: factories.Body, name: str) -> int:
    """Let somebody's appointment end yesterday; return the post."""
    appointment = body.appointment(name)
    yesterday = factories.today() - dt.timedelta(days=1)
    organization.end_appointment(
        by=organization.console_actor(), appointment=appointment, ends_on=yesterday, reason=WHY
    )
    return appointment.post_id


def test_closed_with_a_successor_and_with_nobody(arrive, look, watch, body):
    factories.filed(body, points=2)
    factories.filed(body, "other_holder")
    post, other = leave(body, "holder"), leave(body, "other_holder")
    successor = body.appointment("colleague").post

    # The page names what is affected; who takes over has to be chosen.
    keeper = arrive("system_administrator")
    keeper.goto(reverse("registry:post", args=[post]))
    expect_text(panel(keeper, "About it"), _("Nobody answers for these risk points until somebody is appointed."))
    look(keeper)
    link(keeper, "Close it").click()
    affected = panel(keeper, AFFECTED).first
    expect_text(affected, "CZJ-000001", "CZJ-000002", _("They stay in the ledger under their numbers."))
    expect(affected.get_by_text("未经审批用印")).to_have_count(0)
    look(keeper)
    field(keeper, "Reason").fill(WHY)
    watch.expect(422)
    button(keeper, "Close it").click()
    expect(errors(keeper)).to_have_count(1)
    expect(field(keeper, "Reason")).to_have_value(WHY)
    look(keeper)
    keeper.get_by_label(_("Last day")).fill((factories.today() - dt.timedelta(days=1)).isoformat())
    choice(keeper, "Who takes over its duties").select_option(str(successor.pk))
    button(keeper, "Close it").click()
    giver = arrive("security_administrator")
    confirm_entry(giver, body.appointment("holder").post.name)
    keeper.goto(reverse("registry:post", args=[post]))
    expect_text(panel(keeper, "About it"), successor.name)
    expect_text(panel(keeper, "What happened"), successor.name, WHY)
    look(keeper)

    # The successor's holder finds both points in the ledger of their supplement.
    colleague = arrive("colleague")
    link(panel(colleague, "Asked of you"), "Adjust what is filed").click()
    colleague.get_by_role("radio", name=_("the organization changed")).check()
    button(colleague, "Begin the supplement").click()
    filed = panel(colleague, "In the ledger")
    expect(filed.get_by_role("listitem")).to_have_count(2)
    expect_text(filed, "未经审批用印1", "未经审批用印2")

    # Nobody after it: the office sees it on the list, from the coverage and the ledger.
    keeper.goto(reverse("registry:post-close", args=[other]))
    keeper.get_by_label(_("Last day")).fill((factories.today() - dt.timedelta(days=1)).isoformat())
    choice(keeper, "Who takes over its duties").select_option("nobody")
    field(keeper, "Reason").fill(WHY)
    button(keeper, "Close it").click()
    clerk = arrive("clerk")
    clerk.goto(reverse("registry:ledger"))
    clerk.get_by_role("link", name=_("%(number)s risk point without a holder") % {"number": 1}).click()
    expect(clerk.get_by_role("row")).to_have_count(2)
    expect_text(clerk.locator("main"), "CZJ-000003", "预算编审岗", factories.today().isoformat())
    look(clerk)
    narrow = arrive("other_head", viewport={"width": 400, "height": 800})
    narrow.goto(reverse("registry:without-holder"))
    expect(link(narrow, "Begin the supplement")).to_have_count(1)
    look(narrow)

    # What is missing leads to who owes it, and whoever it is mends it there.
    narrow.goto(reverse("registry:coverage") + "?organization=CZJ-02")
    look(narrow)
    narrow.locator(".cell-missing a").first.click()
    look(narrow)
    button(narrow, "Begin the declaration").click()
    expect(narrow).to_have_url(re.compile("/edit/$"))

    # Named afterwards, somebody answers for it again.
    keeper.goto(reverse("registry:post", args=[other]))
    link(keeper, "Who takes over").click()
    look(keeper)
    choice(keeper, "Who takes over its duties").select_option(str(successor.pk))
    field(keeper, "Reason").fill(WHY)
    button(keeper, "Save").click()
    confirm_entry(giver, successor.name)
    clerk.reload()
    expect_text(clerk.locator("main"), _("Every point has a holder"))
    look(clerk)


def test_before_a_section_moves_its_page_says_what_goes_along(arrive, look, body):
    factories.filed(body)
    factories.submitted(body, "colleague")
    factories.posted(body, code="CZJ-01", scope="section")
    keeper = arrive("system_administrator", viewport={"width": 400, "height": 800})
    for name, code in (("move", "CZJ-01"), ("merge", "CZJ-01"), ("split", "CZJ-01"), ("close", "CZJ-01")):
        keeper.goto(reverse(f"registry:organization-{name}", args=[body.organization(code).pk]))
        expect_text(panel(keeper, AFFECTED).first, "CZJ-000001")
        expect(panel(keeper, AFFECTED).first.get_by_role("row")).to_have_count(2)
        look(keeper)
