"""An administrator's year: a new section with a post and a person, roles by another administrator, a merge, a close."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils.translation import gettext as _
from playwright.sync_api import Page, expect

from registry.models import Organization, Person, PointVersion
from tests import factories

from .acts import button, choice, errors, expect_text, field, link, panel

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
    password = keeper.locator("#password").inner_text()
    look(keeper)
    keeper.goto(post_address)
    link(keeper, "Appoint somebody").click()
    field(keeper, "Staff number").fill("CZJ900")
    choice(keeper, "Cadre rank").select_option("ke")
    look(keeper)
    button(keeper, "Appoint").click()
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
    giver = arrive("security_administrator")
    giver.goto(address)
    look(giver)
    expect(link(giver, "Merge")).to_have_count(0)
    link(giver, "Give a role").click()
    look(giver)
    giver.get_by_role("radio", name=_("section head"), exact=True).check()
    field(giver, "Staff number").fill("CZJ900")
    do(giver, "Give the role")
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
