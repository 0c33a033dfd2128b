"""What is filed is changed and withdrawn by a supplement; the ledger before and after."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from registry.models import Declaration
from tests import factories

from .acts import button, entry, errors, expect_text, field, link, panel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_changed_withdrawn_and_the_ledger_before_and_after(arrive, look, watch, body):
    factories.filed(body, points=2)
    first_day = factories.today()
    with time_machine.travel(timezone.now() + dt.timedelta(days=30)):
        holder = arrive("holder")
        link(panel(holder, "Asked of you"), "Adjust what is filed").click()
        look(holder)
        watch.expect(422)
        button(holder, "Begin the supplement").click()
        expect(errors(holder)).to_have_count(1)
        holder.get_by_role("radio", name=_("duties or powers changed")).check()
        button(holder, "Begin the supplement").click()
        filed = panel(holder, "In the ledger")
        expect(filed.get_by_role("listitem")).to_have_count(2)
        look(holder)

        # One is changed, the other withdrawn with a reason.
        filed.get_by_role("listitem").nth(0).get_by_role("button").click()
        expect(field(holder, "Risk point")).to_have_value("未经审批用印1")
        field(holder, "Risk point").fill("电子印章未经审批使用")
        button(holder, "Save").last.click()
        filed.get_by_role("listitem").nth(0).get_by_role("link").click()
        look(holder)
        watch.expect(422)
        button(holder, "Put into the declaration").click()
        field(holder, "Why it is withdrawn").fill("纸质印章已全部上交。")
        button(holder, "Put into the declaration").click()
        expect_text(panel(holder, "Risk points"), _("to be changed"), _("to be withdrawn"))
        expect(panel(holder, "In the ledger")).to_have_count(0)
        look(holder)

        # The reason can be mended before it is submitted.
        link(panel(holder, "Risk points"), "未经审批用印2").click()
        expect(field(holder, "Why it is withdrawn")).to_have_value("纸质印章已全部上交。")
        field(holder, "Why it is withdrawn").fill("纸质印章已全部上交封存。")
        button(holder, "Save").click()
        link(holder, "Check and submit").first.click()
        look(holder)
        button(holder, "Submit").click()
        supplement = Declaration.objects.get(supplement=1)
        expect_text(holder.locator("main"), supplement.number)

        # The head sees what it was and what it is to be; others agree and it is filed.
        head = arrive("head")
        head.goto(reverse("registry:declaration-decide", args=[supplement.approval_id]))
        changed = entry(head, "电子印章未经审批使用")
        expect_text(changed, _("Changed since it was filed:"), "未经审批用印1")
        expect_text(entry(head, "未经审批用印2"), "纸质印章已全部上交封存。")
        look(head)
        button(head, "Approve").click()
        while factories.Declaration.objects.get(pk=supplement.pk).state == "submitted":
            factories.decide(factories.Declaration.objects.get(pk=supplement.pk))

        # The ledger of today, and of the day before.
        inspector = arrive("inspector")
        inspector.goto(reverse("registry:ledger"))
        table = inspector.locator("table.ledger tbody")
        expect(table.get_by_role("row")).to_have_count(1)
        expect_text(table, "电子印章未经审批使用")
        inspector.get_by_label(_("As of"), exact=True).fill(first_day.isoformat())
        button(inspector, "Show").click()
        expect(table.get_by_role("row")).to_have_count(2)
        expect_text(table, "未经审批用印1", "未经审批用印2")
        look(inspector)
        table.get_by_role("link").first.click()
        expect_text(panel(inspector, "Its story"), supplement.number)
        look(inspector)
