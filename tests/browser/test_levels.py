"""A leadership team's declaration to the region and back; a post's measures from the proposal to the filing."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from registry.models import Declaration, MeasureVersion, PublicNotice
from registry.roles import Role
from registry.rules import Category, Level, MajorMatter, Method
from tests import factories

from .acts import button, choice, entry, errors, expect_text, field, fill_point, link, panel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_leadership_team_declares_to_the_region_and_back(arrive, look, watch, body):
    recorder = arrive("recorder")
    team = recorder.locator(f"#organization-{body.organization('CZJ').pk}")
    expect_text(team, Level.LEADERSHIP.label)
    look(recorder)
    button(team, "Begin the declaration").click()
    link(recorder, "Check and submit").first.click()
    expect_text(recorder.get_by_role("alert"), _("Enter the record of the meeting in which it was settled."))
    recorder.go_back()

    # The record of the meeting in which it was settled.
    link(recorder, "Enter the record").click()
    look(recorder)
    recorder.get_by_label(_("Held on"), exact=True).fill(factories.today().isoformat())
    choice(recorder, "Chair").select_option(str(body["principal"].pk))
    for name in ("supervisor", "member", "principal", "second_principal"):
        recorder.get_by_role("checkbox", name=body[name].name).check()
    field(recorder, "Minutes").fill("围绕大额资金安排逐项讨论，会议同意。")
    button(recorder, "Save").click()
    expect_text(panel(recorder, "Record of the meeting"), body["principal"].name)

    # A point of the team stands around a major matter.
    link(recorder, "Add a risk point").click()
    fill_point(recorder, title="大额资金安排酝酿不充分", category=Category.DUTY, methods=(Method.COLLECTIVE,))
    button(recorder, "Save").last.click()
    link(recorder, "Check and submit").first.click()
    expect(errors(recorder)).to_have_count(1)
    errors(recorder).get_by_role("link").click()
    recorder.get_by_role("radio", name=str(MajorMatter.LARGE_SUM.label), exact=True).check()
    look(recorder)
    button(recorder, "Save").last.click()
    look(recorder)
    link(recorder, "Check and submit").first.click()
    look(recorder)
    button(recorder, "Submit").click()
    declaration = Declaration.objects.get(level=Level.LEADERSHIP)
    expect_text(recorder.locator("main"), declaration.number)

    # A member who was there confirms the resolution; a principal leader signs; the office files.
    member = arrive("member")
    member.goto(reverse("registry:declaration-decide", args=[declaration.approval_id]))
    expect_text(panel(member, "Record of the meeting"), "围绕大额资金安排逐项讨论")
    look(member)
    button(member, "Approve").click()
    for _step in ("signature", "office"):
        factories.decide(Declaration.objects.get(pk=declaration.pk))

    # The office sends it, the region returns one point, and the recorder finds the supplement.
    clerk = arrive("clerk")
    clerk.goto(reverse("registry:region-to-send"))
    look(clerk)
    clerk.get_by_role("checkbox").first.check()
    button(clerk, "Send to the region").click()
    region = arrive("region_clerk")
    link(panel(region, _("Waiting for your decision: %(count)s") % {"count": 1}), declaration.approval.title).click()
    look(region)
    entry(region, "大额资金安排酝酿不充分").get_by_role("textbox").fill("请写明发生在预算追加的哪个环节。")
    button(region, "Return").click()
    recorder.goto(reverse("home"))
    expect_text(team, _("Go on with the supplement"))
    link(team, "Go on with the supplement").click()
    look(recorder)
    expect_text(panel(recorder, "In the ledger"), "大额资金安排酝酿不充分")


def test_measures_are_shown_within_the_unit_before_they_are_reviewed(arrive, look, watch, body):
    factories.give(body, "colleague", Role.PARTY_ORGANIZATION, "CZJ")
    factories.filed(body, points=2)
    holder = arrive("holder")
    button(holder, "Begin the measures").click()
    look(holder)
    link(holder, "未经审批用印1").click()
    field(holder, "Measure").first.fill("每次用印由两人在登记簿上签字，办公室主任每月抽查一次并记录。")
    button(holder, "One more measure").click()
    look(holder)
    field(holder, "Measure").nth(1).fill("外出用印另行审批，当日归还。")
    button(holder, "Save").last.click()
    expect_text(holder.locator("#points").locator(".."), "外出用印另行审批")
    link(holder, "Check and submit").first.click()
    locked = "Before the party organization reviews them, the measures are shown within the unit; from submission on they are locked."
    expect_text(holder.locator("main"), _(locked))
    look(holder)
    button(holder, "Submit").click()

    # The publisher composes the uniform table, another person posts it.
    publisher = arrive("publisher")
    publisher.goto(reverse("registry:notice-new"))
    publisher.get_by_role("radio").nth(1).check()
    look(publisher)
    button(publisher, "Begin").click()
    field(publisher, "Where and how to object").fill(factories.CONTACT)
    look(publisher)
    button(publisher, "Save and see the sheet").click()
    expect_text(publisher.frame_locator("iframe").locator("body"), "外出用印另行审批")
    button(publisher, "Submit").click()
    notice = factories.decide_notice(PublicNotice.objects.get())

    # While it runs the party organization can only return it, and the holder not take it back.
    measures = Declaration.objects.get(phase="measures")
    decide = reverse("registry:declaration-decide", args=[measures.approval_id])
    party = arrive("colleague")
    party.goto(decide)
    expect_text(party.locator("aside"), notice.number)
    expect(button(party, "Approve")).to_be_disabled()
    expect(button(party, "Return")).to_be_enabled()
    look(party)
    holder.goto(reverse("registry:declaration", args=[measures.pk]))
    expect(button(holder, "Take back")).to_be_disabled()
    look(holder)
    end = dt.datetime.combine(notice.ends_on + dt.timedelta(days=1), dt.time(9), timezone.get_current_timezone())
    with time_machine.travel(end):
        party = arrive("colleague")
        party.goto(decide)
        button(party, "Approve").click()
        factories.decide(Declaration.objects.get(pk=measures.pk))
    assert set(MeasureVersion.objects.filter(declaration=measures).values_list("state", flat=True)) == {"filed"}
