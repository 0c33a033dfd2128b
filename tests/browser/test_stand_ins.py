"""Somebody stands in: given by who is away, confirmed by the superior, decided in their place, and every trace says so."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from registry.models.stand_ins import for_words
from tests import factories

from .acts import button, choice, errors, expect_text, field, link, panel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_given_confirmed_decided_and_told(arrive, look, watch, body):
    declaration = factories.submitted(body, "other_holder")
    title, words = declaration.approval.title, for_words(body["recorder"].name, body["other_head"].name)
    until = factories.today() + dt.timedelta(days=9)

    # The head, who is to be away, finds nobody standing in for them, and gives it: first for too long.
    head = arrive("other_head")
    head.goto(reverse("registry:queue"))
    link(head, "My stand-ins").click()
    expect_text(panel(head, "Who stands in for you"), _("Nobody stands in for you"))
    look(head)
    panel(head, "Who stands in for you").get_by_role("link").click()
    choice(head, "Who stands in").select_option(str(body["recorder"].pk))
    head.get_by_label(_("Until"), exact=True).fill((until + dt.timedelta(days=200)).isoformat())
    field(head, "Reason").fill("参加脱产培训")
    look(head)
    watch.expect(409)
    button(head, "Enter").click()
    expect(errors(head)).to_have_count(1)
    expect(field(head, "Reason")).to_have_value("参加脱产培训")
    look(head)
    head.get_by_label(_("Until"), exact=True).fill(until.isoformat())
    button(head, "Enter").click()
    expect_text(panel(head, "Who stands in for you"), words, _("to be confirmed"))
    look(head)

    # Before it is confirmed nothing waits for who is to stand in.
    recorder = arrive("recorder")
    recorder.goto(reverse("registry:queue"))
    expect_text(recorder.locator("main"), _("Nothing waits for you"))

    # Nobody supervises the section, so a principal leader confirms, from the workbench.
    principal = arrive("principal")
    panel(principal, "Stand-ins to be confirmed by you").get_by_role("link", name=words).click()
    look(principal)
    button(principal, "Confirm").click()
    expect_text(principal.get_by_role("status"), words)

    # Now it does, and the line says for whom.
    recorder.reload()
    expect_text(recorder.locator("main"), title, words)
    look(recorder)
    recorder.get_by_role("link", name=title).first.click()
    expect_text(recorder.locator("main"), words)
    look(recorder)
    button(recorder, "Approve").click()
    expect_text(recorder.get_by_role("status"), title)

    # The holder reads who decided for whom.
    holder = arrive("other_holder")
    holder.goto(reverse("registry:declaration", args=[declaration.pk]))
    expect_text(panel(holder, "What happened"), words)
    look(holder)

    # Back early, the head ends it; the next request of who stood in says so.
    head.goto(reverse("registry:stand-ins"))
    head.get_by_role("link", name=_("End: %(stand_in)s") % {"stand_in": words}).click()
    field(head, "Reason").fill("提前返岗")
    button(head, "End it").click()
    expect_text(panel(head, "Who stands in for you"), _("ended early"))
    recorder.goto(reverse("registry:stand-ins"))
    expect_text(panel(recorder, "For whom you stand in"), _("ended early"), "提前返岗")
