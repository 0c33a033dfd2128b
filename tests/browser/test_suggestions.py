"""One suggestion is taken up and one declined; who suggested and who reviews see both."""

import pytest
from django.urls import reverse
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from registry.models import Declaration
from tests import factories

from .acts import button, choice, errors, expect_text, field, fill_point, link, panel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_taken_up_and_declined(arrive, look, body):
    draft = factories.draft(body)
    colleague = arrive("colleague")
    colleague.get_by_role("navigation").get_by_role("link", name=_("My declarations")).click()
    link(colleague, "My suggestions").click()
    look(colleague)
    for title in ("空白介绍信外借", "会议室预订插队"):
        link(colleague, "Suggest a risk point").click()
        look(colleague)
        choice(colleague, "Post or section").select_option(f"post-{draft.post_id}")
        field(colleague, "Risk point").fill(title)
        field(colleague, "What you have seen").fill("在领用环节见过，没有登记。")
        button(colleague, "Suggest").click()
    expect_text(colleague.locator("main"), _("to be answered"))
    look(colleague)

    # The holder may not submit before both are answered.
    holder = arrive("holder")
    holder.goto(reverse("registry:declaration-check", args=[draft.pk]))
    expect(errors(holder)).to_have_count(2)
    holder.goto(reverse("registry:declaration-edit", args=[draft.pk]))
    suggested = panel(holder, "Suggested for this post")
    look(holder)
    suggested.get_by_role("listitem").nth(0).get_by_role("button").click()
    expect(field(holder, "Risk point")).to_have_value("空白介绍信外借")
    fill_point(holder, title="空白介绍信外借", methods=())
    button(holder, "Save").last.click()
    suggested.get_by_role("listitem").nth(0).get_by_role("link").click()
    look(holder)
    field(holder, "Why it is not taken up").fill("会议室预订不属于本岗位。")
    button(holder, "Save").click()
    expect(suggested).to_have_count(0)
    link(holder, "Check and submit").first.click()
    expect_text(panel(holder, "Suggested by others"), "会议室预订不属于本岗位。", _("taken up"))
    button(holder, "Submit").click()

    # The head sees both answers, and so does who suggested.
    head = arrive("head")
    head.goto(reverse("registry:declaration-decide", args=[Declaration.objects.get(pk=draft.pk).approval_id]))
    expect_text(panel(head, "Suggested by others"), body["colleague"].name, "会议室预订不属于本岗位。")
    look(head)
    colleague.goto(reverse("registry:suggestions"))
    expect_text(colleague.locator("main"), _("taken up"), _("not taken up"), "会议室预订不属于本岗位。")
