"""A declaration goes to the region: sent, asked about, answered, returned, mended; and somebody named where nobody may decide."""

import pytest
from django.urls import reverse
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from registry.models import Approval, Declaration, PointVersion
from tests import factories

from .acts import button, choice, entry, errors, expect_text, field, link, panel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_sent_asked_answered_returned_and_mended(arrive, look, watch, body):
    declaration = factories.filed(body, "head", points=2)
    other = factories.filed(body, "member")
    title, point = declaration.approval.title, factories.first_point(declaration)

    # The clerk finds on the workbench what is to be sent, chooses nothing, then one of two.
    clerk = arrive("clerk")
    panel(clerk, "For the office to see to").get_by_role("link").first.click()
    unsent = panel(clerk, "Filed and not sent yet")
    expect(unsent.get_by_role("checkbox")).to_have_count(2)
    expect_text(panel(clerk, "Sent"), _("Nothing was sent yet"))
    look(clerk)
    for box in unsent.get_by_role("checkbox").all():
        box.uncheck()
    watch.expect(422)
    button(clerk, "Send to the region").click()
    expect_text(errors(clerk), _("Choose what is to be sent."))
    look(clerk)
    unsent.get_by_role("checkbox", name=title).check()
    button(clerk, "Send to the region").click()
    expect_text(panel(clerk, "Sent"), title, _("sent to the region"))
    expect_text(unsent, other.approval.title)
    look(clerk)

    # The region's clerk reads it in the queue and asks for more, saying what.
    region = arrive("region_clerk")
    link(panel(region, _("Waiting for your decision: %(count)s") % {"count": 1}), title).click()
    expect_text(entry(region, point.title), point.point.code)
    expect(region.locator("main")).not_to_contain_text(body["supervisor"].name + " " + _("approved"))
    look(region)
    watch.expect(409)
    button(region, "Ask for more").click()
    expect_text(region.get_by_role("alert"), _("Say what you ask for: of the whole, or in a remark on an entry."))
    look(region)
    field(region, "Opinion").fill("请说明抽查的依据。")
    button(region, "Ask for more").click()
    expect_text(region.get_by_role("status"), declaration.number)

    # The office answers; the holder sees the question meanwhile.
    head = arrive("head")
    head.goto(reverse("registry:declaration", args=[declaration.pk]))
    expect_text(panel(head, "At the region"), "请说明抽查的依据。", _("the region asks for more"))
    look(head)
    clerk.goto(reverse("home"))
    expect_text(panel(clerk, "For the office to see to"), "1")
    clerk.goto(reverse("registry:region-to-send"))
    link(panel(clerk, "The region asks for more"), title).click()
    look(clerk)
    watch.expect(422)
    button(clerk, "Send the answer").click()
    expect(errors(clerk)).to_have_count(1)
    field(clerk, "Answer to the region").fill("依据是用印管理办法第六条。")
    button(clerk, "Send the answer").click()
    expect_text(panel(clerk, "Sent"), _("sent to the region"))

    # The region finds the answer beside its question, and returns one point.
    region.get_by_role("navigation").get_by_role("link", name=_("Region")).click()
    expect_text(panel(region, "Who has sent in time"), body.organization("CZJ").name, body.organization("MZJ").name)
    look(region)
    choice(region, "At the region").select_option("sent")
    button(region, "Show").click()
    link(panel(region, "Sent"), title).click()
    expect_text(panel(region, "Answer of the unit's office"), "请说明抽查的依据。", "依据是用印管理办法第六条。")
    look(region)
    entry(region, point.title).get_by_role("textbox").fill("请写清发生在哪个环节。")
    button(region, "Return").click()
    expect_text(region.get_by_role("status"), declaration.number)
    assert list(PointVersion.objects.filter(declaration=declaration).order_by("pk").values_list("state", flat=True)) == [
        "to_change", "filed",
    ]  # fmt: skip

    # The holder finds it on the workbench and mends it by the supplement that is open.
    head.goto("/")
    look(head)
    returned = panel(head, "Returned by the region")
    expect_text(returned, "请写清发生在哪个环节。", declaration.number)
    link(returned, "Go on with the supplement").click()
    expect_text(panel(head, "Returned by the region"), "请写清发生在哪个环节。")
    look(head)
    panel(head, "In the ledger").get_by_role("listitem").nth(0).get_by_role("button").click()
    field(head, "Main content and how it shows").fill("在复核用印申请的环节补签。")
    button(head, "Save").last.click()
    link(head, "Check and submit").first.click()
    button(head, "Submit").click()
    supplement = Declaration.objects.get(supplement=1)
    expect_text(head.locator("main"), supplement.number)
    head.goto("/")
    expect(link(panel(head, "Returned by the region"), "Read the supplement")).to_be_visible()
    while Declaration.objects.get(pk=supplement.pk).state == "submitted":
        factories.decide(Declaration.objects.get(pk=supplement.pk))
    head.goto("/")
    expect(panel(head, "Returned by the region")).to_have_count(0)
    head.goto(reverse("registry:my-declarations"))
    expect_text(head.locator("main"), _("returned by the region"), _("to be sent to the region"))

    # On a narrow screen.
    small = arrive("region_clerk", viewport={"width": 400, "height": 800})
    declaration.refresh_from_db()
    for name, pk in (("registry:region", []), ("registry:region-decide", [declaration.region_approval_id])):
        small.goto(reverse(name, args=pk))
        look(small)
    small = arrive("clerk", viewport={"width": 400, "height": 800})
    small.goto(reverse("registry:region-to-send"))
    look(small)


def test_the_region_names_who_decides(arrive, look, watch, body):
    declaration = factories.decide(factories.submitted(body, "swj_principal"), body["region_clerk"])
    title = declaration.approval.title
    region = arrive("region_clerk")
    panel(region, "For the office to see to").get_by_role("link").click()
    expect_text(region.locator("tbody"), title, _("nobody yet"))
    look(region)
    region.get_by_role("link", name=_("Name a person")).click()
    expect(region.get_by_role("radio")).to_have_count(1)  # of the unit
    look(region)
    field(region, "Name or staff number").fill("没有这个人")
    button(region, "Search").click()
    expect_text(region.locator("main"), _("Nobody who may decide this is called that"))
    look(region)
    field(region, "Name or staff number").fill(body["inspector"].name)
    button(region, "Search").click()
    watch.expect(422)
    button(region, "Name this person").click()
    expect(errors(region)).to_have_count(2)
    look(region)
    region.get_by_role("radio", name=body["inspector"].name).check()
    field(region, "Reason").fill("该局无其他班子成员。")
    button(region, "Name this person").click()
    expect_text(region.locator("tbody"), body["inspector"].name, _("named by the region"))
    look(region)

    inspector = arrive("inspector")
    link(panel(inspector, _("Waiting for your decision: %(count)s") % {"count": 1}), title).click()
    expect_text(panel(inspector, "What happened"), "该局无其他班子成员。")
    look(inspector)
    button(inspector, "Approve").click()
    assert Approval.objects.get(pk=declaration.approval_id).step == 2
    small = arrive("region_clerk", viewport={"width": 400, "height": 800})
    for name, pk in (("registry:without-reviewer", []), ("registry:reviewer-name", [declaration.approval_id])):
        small.goto(reverse(name, args=pk))
        look(small)
