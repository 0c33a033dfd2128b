"""Signing in as people do it: the second factor on paper and on the telephone, a form that outlives a session."""

import time

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse
from django.utils.translation import gettext as _
from playwright.sync_api import Page, expect

from registry.actions import factors, sessions
from tests import factories

from .acts import button, expect_text, field, fill_point, link, panel
from .conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def rest(page: Page, minutes: int) -> None:
    """Let the session of a window have rested so long."""
    keys = [each["value"] for each in page.context.cookies() if each["name"] == settings.SESSION_COOKIE_NAME]
    session = SessionStore(keys[0])
    session[sessions.SEEN] = time.time() - 60 * minutes
    session.save()


def give_code(page: Page, code: str, press: str) -> None:
    field(page, "One-time code").fill(code)
    button(page, press).click()


def test_an_inspector_sets_up_a_second_factor_and_signs_in_with_it(new_page, look, body, quick_passwords):
    person, page = body["inspector"], new_page()
    factors.remove_factor(person)
    page.goto(reverse("registry:ledger"))
    sign_in(page, "inspector")
    expect(page.locator("h1")).to_have_text(_("Set up a second factor"))
    expect(page.locator("img.factor-picture")).to_be_visible()
    look(page)
    secret = page.locator("#secret").inner_text().replace(" ", "")
    give_code(page, "123", "Set it up")
    expect(page.locator(".error-summary")).to_be_focused()
    look(page)
    assert page.locator("#secret").inner_text().replace(" ", "") == secret  # the entry on the telephone still counts
    give_code(page, factories.code_now(secret), "Set it up")
    expect(page.locator("#codes li")).to_have_count(10)
    codes = page.locator("#codes li").all_inner_texts()
    expect(button(page, "Print")).to_be_visible()
    look(page)
    link(page, "I have kept them").click()
    expect(page.locator("h1")).to_have_text(_("Workbench"))
    link(page, "Account").click()
    expect_text(panel(page, "Second factor"), "10")
    look(page)

    # The next time with a recovery code, for the app has shown its code already.
    button(page, "Sign out").click()
    field(page, "Staff number").fill("inspector")
    page.get_by_label(_("Password"), exact=True).fill(factories.PASSWORD)
    button(page, "Sign in").click()
    expect(page.locator("h1")).to_have_text(_("Second factor"))
    look(page)
    give_code(page, "000000", "Sign in")
    expect(page.locator(".error-summary")).to_be_focused()
    look(page)
    give_code(page, codes[0], "Sign in")
    expect(page.locator("h1")).to_have_text(_("Workbench"))
    link(page, "Account").click()
    expect_text(panel(page, "Second factor"), "9")


def test_what_was_typed_outlives_the_session(arrive, look, body):
    declaration = factories.draft(body)
    page = arrive("holder")
    page.goto(reverse("registry:point-add", args=[declaration.pk]))
    rest(page, settings.IDLE_MINUTES)
    fill_point(page, title="打到一半的风险点", manifestation="用印登记不全\n第二行 <b> “引号”")
    button(page, "Save").last.click()
    expect(page.locator("h1")).to_have_text(_("Sign in"))
    expect_text(page.locator(".messages"), str(settings.IDLE_MINUTES))
    sign_in(page, "holder")
    expect(page.locator("h1")).to_have_text(_("Add a risk point"))
    expect(field(page, "Risk point")).to_have_value("打到一半的风险点")
    expect(field(page, "Main content and how it shows")).to_have_value("用印登记不全\n第二行 <b> “引号”")
    assert not declaration.pointversions.filter(title="打到一半的风险点").exists()
    look(page)
    button(page, "Save").last.click()
    expect_text(panel(page, "Risk points"), "打到一半的风险点")


def test_a_line_warns_before_the_session_ends(arrive, look, body):
    page = arrive("holder")
    page.clock.install()
    page.goto(reverse("registry:suggestion-new"))
    warning = page.get_by_role("alert")
    expect(warning).to_have_count(0)
    page.clock.fast_forward(25 * 60 * 1000 - 2000)
    expect(warning).to_have_count(0)
    page.clock.fast_forward(3000)
    expect(warning).to_be_visible()
    look(page)
    rest(page, 26)
    with page.expect_response(lambda response: response.url.endswith(reverse("stay"))):
        button(page, "Stay signed in").click()
    expect(warning).to_have_count(0)
    rest(page, 29)
    page.goto(reverse("home"))
    expect(page.locator("h1")).to_have_text(_("Workbench"))


def test_ones_other_sessions_are_ended_from_the_list(arrive, look, body):
    here, there = arrive("holder"), arrive("holder")
    here.goto(reverse("account"))
    rows = panel(here, "Where you are signed in").locator("tbody tr")
    expect(rows).to_have_count(2)
    look(here)
    button(here, "End all others").click()
    expect(rows).to_have_count(1)
    there.goto("/")
    expect(there.locator("h1")).to_have_text(_("Sign in"))
