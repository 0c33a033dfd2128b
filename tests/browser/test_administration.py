"""An administrator's year: a new section with a post and a person, roles by another, a merge, a close; each confirms the other's."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils.translation import gettext as _
from playwright.sync_api import Page, expect

from registry.models import Organization, Person, PointVersion
from registry.roles import Permission
from tests import factories

from .acts import button, choice, confirm_entry, errors, expect_text, field, link, panel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WHY = "机构改革文件〔2026〕1号"


def open_organization(page: Page, name: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=_("Organization"), exact=True).click()
    page.get_by_role("link", name=name, exact=True).first.click()


def do(page: Page, label: str) -> None:
    """Give the reason and press the button."""
    field(page, "Reason").fill(WHY)
    button(page, label).click()


def test_made_filled_merged_and_closed(arrive, new_page, look, watch, body):
    filed = factories.filed(body, "other_holder")
    yesterday = (factories.today() - dt.timedelta(days=1)).isoformat()
    keeper = arrive("system_administrator")

    # A section; a code that is taken is refused and what was typed is still there.
    open_organization(keeper, "云岭地区财政局")
    look(keeper)
    link(keeper, "Make a part").click()
    look(keeper)
    field(keeper, "Code").fill("CZJ-01")
    field(keeper, "Name").fill("绩效科")
    watch.expect(409)
    button(keeper, "Make it").click()
    expect_text(keeper.get_by_role("alert"), "CZJ-01")
    expect(field(keeper, "Name")).to_have_value("绩效科")
    look(keeper)
    field(keeper, "Code").fill("CZJ-03")
    button(keeper, "Make it").click()
    expect(keeper.locator("h1")).to_have_text("绩效科")
    look(keeper)

    # A post in it, a person with a first password, and the person holds the post.
    link(keeper, "Make a post").click()
    field(keeper, "Post").fill("绩效评价岗")
    field(keeper, "Duties").fill("组织绩效评价。")
    button(keeper, "Make it").click()
    expect(keeper.locator("h1")).to_have_text("绩效评价岗")
    post_address = keeper.url
    look(keeper)
    keeper.goto(reverse("registry:people"))
    look(keeper)
    link(keeper, "Enter a person").click()
    look(keeper)
    field(keeper, "Staff number").fill("CZJ900")
    field(keeper, "Name of the person").fill("艾克热木·托合提")
    button(keeper, "Enter").click()
    expect_text(keeper.locator("main"), body["security_administrator"].name)
    look(keeper)
    entered, giver = keeper.url, arrive("security_administrator")
    confirm_entry(giver, "CZJ900")
    keeper.goto(entered)
    look(keeper)
    link(keeper, "Make the password").click()
    button(keeper, "Make a new password").click()
    password = keeper.locator("#password").inner_text()
    look(keeper)
    keeper.goto(post_address)
    link(keeper, "Appoint somebody").click()
    field(keeper, "Staff number").fill("CZJ900")
    choice(keeper, "Cadre rank").select_option("ke")
    look(keeper)
    button(keeper, "Appoint").click()
    confirm_entry(giver, "绩效评价岗")
    keeper.goto(post_address)
    expect_text(panel(keeper, "Who holds and held it").first, "艾克热木·托合提")
    look(keeper)

    # The person signs in with it and has to choose their own.
    person = new_page()
    person.goto("/")
    person.get_by_label(_("Staff number")).fill("CZJ900")
    person.get_by_label(_("Password"), exact=True).fill(password)
    person.get_by_role("button", name=_("Sign in")).click()
    expect(person).to_have_url(keeper.url.split("/organization")[0] + reverse("password_change"))
    assert Person.objects.get(username="CZJ900").check_password(password)

    # The security administrator gives the role; the system administrator has no button for it.
    section = Organization.objects.get(code="CZJ-03")
    address = reverse("registry:organization", args=[section.pk])
    keeper.goto(address)
    expect(link(keeper, "Give a role")).to_have_count(0)
    giver.goto(address)
    look(giver)
    expect(link(giver, "Merge")).to_have_count(0)
    link(giver, "Give a role").click()
    look(giver)
    giver.get_by_role("radio", name=_("section head"), exact=True).check()
    field(giver, "Staff number").fill("CZJ900")
    do(giver, "Give the role")
    look(giver)
    confirm_entry(keeper, "绩效科")
    giver.goto(address)
    expect_text(panel(giver, "Roles").first, "艾克热木·托合提", WHY)
    look(giver)
    giver.goto(reverse("registry:person", args=[Person.objects.get(username="CZJ900").pk]))
    look(giver)

    # The budget section is merged into the new one; what was filed there stands in the new place.
    keeper.goto(reverse("registry:organization", args=[body.organization("CZJ-02").pk]))
    link(keeper, "Merge").click()
    look(keeper)
    choice(keeper, "Merged into").select_option("CZJ-03")
    do(keeper, "Merge")
    confirm_entry(giver, "绩效科")
    keeper.goto(address)
    expect(keeper.locator("h1")).to_have_text("绩效科")
    expect_text(panel(keeper, "Posts").first, "预算编审岗", body["other_holder"].name)
    expect_text(panel(keeper, "What happened").first, WHY)
    look(keeper)
    version = PointVersion.objects.get(declaration=filed)
    section.refresh_from_db()
    assert (version.position, version.organization_name) == (section.tree_from, "预算科")

    # Closing names everything that still hangs on it; emptied, it closes.
    keeper.goto(reverse("registry:organization", args=[body.organization("SWJ-01").pk]))
    link(keeper, "Close it").click()
    expect_text(panel(keeper, "This still stands against it today").first, body["swj_holder"].name)
    look(keeper)
    watch.expect(409)
    do(keeper, "Close it")
    expect_text(errors(keeper), body["swj_holder"].name)
    expect(field(keeper, "Reason")).to_have_value(WHY)
    keeper.goto(reverse("registry:post", args=[body.appointment("swj_holder").post_id]))
    keeper.locator("tbody").get_by_role("link", name=_("End")).last.click()
    look(keeper)
    keeper.get_by_label(_("Last day")).fill(yesterday)
    do(keeper, "End it")
    keeper.goto(reverse("registry:organization-close", args=[body.organization("SWJ-01").pk]))
    keeper.get_by_label(_("Last day")).fill(yesterday)
    do(keeper, "Close it")
    expect_text(keeper.locator("h1"), _("closed"))
    keeper.get_by_role("navigation").get_by_role("link", name=_("Organization"), exact=True).click()
    expect(keeper.get_by_role("link", name="征管科")).to_have_count(0)
    keeper.get_by_role("checkbox", name=_("Show what is closed, too")).check()
    button(keeper, "Search").click()
    expect(keeper.get_by_role("link", name="征管科")).to_have_count(1)
    look(keeper)


def test_a_role_waits_until_it_is_confirmed_and_the_next_click_has_it(arrive, look, watch, body):
    filed = factories.filed(body)
    factories.give_factor(body["mzj_clerk"])
    reader, giver, keeper = (arrive(name) for name in ("mzj_clerk", "security_administrator", "system_administrator"))
    ledger = reverse("registry:ledger") + "?organization=CZJ-01"

    def enter(name: str) -> None:
        giver.goto(reverse("registry:role-give", args=[body.organization("CZJ").pk]))
        expect_text(giver.locator("main"), body["system_administrator"].name)  # who will confirm it
        giver.get_by_role("radio", name=_("discipline inspector"), exact=True).check()
        field(giver, "Staff number").fill(name)
        do(giver, "Give the role")

    enter("mzj_clerk")
    look(giver)
    watch.expect(404)
    reader.goto(ledger)

    # The other administrator sees it counted, reads it in full, and confirms.
    keeper.goto(reverse("registry:people"))
    expect_text(keeper.get_by_role("navigation").get_by_role("link", name=_("To confirm")), "1")
    keeper.get_by_role("navigation").get_by_role("link", name=_("To confirm")).click()
    look(keeper)
    keeper.get_by_role("row").filter(has_text=body["mzj_clerk"].name).get_by_role("link").click()
    expect_text(keeper.locator("main"), WHY, body["security_administrator"].name, Permission.VIEW_LEDGER.label)
    look(keeper)
    button(keeper, "Confirm").click()
    expect_text(keeper.locator("main"), _("Nothing to confirm"))
    look(keeper)
    reader.goto(ledger)
    expect_text(reader.locator("main"), factories.first_point(filed).point.code)

    # A decline without its reason keeps the page; with it the one who entered reads why.
    enter("swj_holder")
    entered = giver.url
    keeper.goto(entered)
    link(keeper, "Decline").click()
    watch.expect(422)
    button(keeper, "Decline").click()
    look(keeper)
    field(keeper, "Reason").fill("人选未经研究")
    button(keeper, "Decline").click()
    giver.goto(entered)
    expect_text(giver.locator("main"), "人选未经研究", _("declined"))
    look(giver)

    # Several are read on one page, each ticked by itself, also on a narrow screen.
    for name in ("holder", "colleague", "head"):
        enter(name)
    keeper.set_viewport_size({"width": 400, "height": 800})
    keeper.goto(reverse("registry:confirmations"))
    link(keeper, "Read and confirm several").click()
    look(keeper)
    watch.expect(422)
    button(keeper, "Confirm what is ticked").click()
    look(keeper)
    for box in keeper.get_by_role("checkbox").all()[:2]:
        box.check()
    button(keeper, "Confirm what is ticked").click()
    expect(keeper.get_by_role("row")).to_have_count(2)  # its head, and the one that is left
    look(keeper)
