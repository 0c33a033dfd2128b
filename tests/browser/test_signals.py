"""A complaint entered by the office, judged as risk by an inspector, becomes a yellow alert that the section head answers."""

import pytest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from playwright.sync_api import expect

from controls.models import Alert, Signal
from registry.actions import declarations
from registry.models import PointVersion
from tests import factories

from .acts import button, choice, expect_text, field, link, panel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

COMPLAINT, SOURCE = "来电投诉用印登记不全，事后补签。", "投诉人：李某"


def point_of_grade_two(body: factories.Body) -> PointVersion:
    """A filed point of the colleague's post whose scores make it grade II."""
    declaration = factories.draft(body, "colleague")
    version = factories.first_point(declaration)
    declarations.save_point(
        by=body["colleague"],
        declaration=declaration,
        version=version,
        expected=version.version,
        values=factories.point_values(title="用印登记不全", likelihood=3, harm=3),
        measures=[factories.MEASURE],
    )
    return factories.first_point(factories.file_all(declaration))


def test_from_a_complaint_to_an_answered_alert(arrive, look, watch, body):
    point = point_of_grade_two(body)
    clerk = arrive("clerk")
    clerk.get_by_role("navigation").get_by_role("link", name=_("Monitoring signals")).click()
    look(clerk)
    link(clerk, "Enter a signal").click()
    look(clerk)
    choice(clerk, "About which organization").select_option("CZJ-01")
    button(clerk, "Go on").click()
    look(clerk)
    choice(clerk, "About which post").select_option(str(point.post_id))
    button(clerk, "Go on").click()
    look(clerk)
    choice(clerk, "About which risk point").select_option(str(point.pk))
    choice(clerk, "Channel").select_option("complaint")
    field(clerk, "What it says").fill(COMPLAINT)
    field(clerk, "Who it came from").fill(SOURCE)
    button(clerk, "Enter").click()
    signal = Signal.objects.get()
    expect(clerk.locator("h1")).to_have_text(signal.number)
    expect(clerk.locator("main")).not_to_contain_text(SOURCE)

    inspector = arrive("inspector")
    inspector.get_by_role("navigation").get_by_role("link", name=_("Monitoring signals")).click()
    expect_text(inspector.get_by_role("navigation"), "1")
    inspector.get_by_role("link", name=signal.number).click()
    look(inspector)
    button(inspector, "Show who it came from").click()
    expect_text(inspector.locator("main"), SOURCE)
    look(inspector)
    link(inspector, signal.number).click()
    inspector.get_by_label(_("a risk"), exact=True).check()
    field(inspector, "Reasons").fill("抽查登记簿，投诉属实。")
    button(inspector, "Judge").click()
    expect_text(panel(inspector, "Judgements"), body["inspector"].name, "抽查登记簿，投诉属实。")
    expect_text(panel(inspector, "Alerts"), pgettext("colour of an alert", "yellow"))
    look(inspector)

    head = arrive("head")
    head.get_by_role("navigation").get_by_role("link", name=_("Alerts")).click()
    look(head)
    head.locator("tbody").get_by_role("link").click()
    expect_text(head.locator("main"), pgettext("colour of an alert", "yellow"), "用印登记不全")
    for secret in (COMPLAINT, SOURCE, signal.number, str(signal.get_channel_display())):
        expect(head.locator("main")).not_to_contain_text(secret)
    look(head)
    link(head, "Answer").click()
    watch.expect(422)
    button(head, "Answer and close").click()
    expect(head.get_by_role("alert").locator("li")).to_have_count(1)
    field(head, "What you found, and what is done about it").fill("已补齐登记，今后每周抽查。")
    look(head)
    button(head, "Answer and close").click()
    expect_text(head.locator("main"), "已补齐登记，今后每周抽查。", body["head"].name)
    assert Alert.objects.get().state == "answered"
    inspector.goto(reverse("controls:alert", args=[Alert.objects.get().pk]))
    expect_text(inspector.locator("main"), "已补齐登记，今后每周抽查。")
