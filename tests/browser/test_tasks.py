"""A filed measure carried out over a quarter: reported with evidence, one overdue and seen by those above, sent back and mended."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from playwright.sync_api import Page, expect

from controls.models import Task
from registry.actions.jobs import run_due
from tests import factories
from tests.registry.test_uploads import PDF

from .acts import button, errors, expect_text, field, link, panel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def on(day: dt.date):
    """Travel to a day's morning; the clock goes on there."""
    return time_machine.travel(dt.datetime.combine(day, dt.time(9), timezone.get_current_timezone()))


def overdue(days: int) -> str:
    return ngettext("%(days)s day overdue", "%(days)s days overdue", days) % {"days": days}


def report(page: Page, day: dt.date, text: str, *names: str) -> None:
    """Fill in a report and send it off."""
    page.get_by_label(_("Done on")).fill(f"{day}")
    field(page, "What was done, and what shows it").fill(text)
    page.get_by_label(_("Evidence")).set_input_files(
        [{"name": name, "mimeType": "application/pdf", "buffer": PDF} for name in names]
    )
    button(page, "Report done").click()


def test_a_quarter_of_a_measure(arrive, look, watch, body):
    year = factories.today().year + 1
    april, may, june, july = (dt.date(year, month, 10) for month in (4, 5, 6, 7))
    with on(april):
        measure = factories.measures_filed(body)
        run_due("tasks")
        holder = arrive("holder")
        link(holder, "My tasks").click()
        expect_text(holder.locator("main"), measure.text, measure.evidence)
        look(holder)
        holder.get_by_role("link", name=_("Report done")).click()
        look(holder)
        # Nothing typed is lost: the day lies in the future, and files are to be chosen again.
        watch.expect(422)
        report(holder, may, "四月逐次核对，登记完整。", "四月.pdf")
        expect(errors(holder)).not_to_have_count(0)
        expect(field(holder, "What was done, and what shows it")).to_have_value("四月逐次核对，登记完整。")
        look(holder)
        report(holder, april, "四月逐次核对，登记完整。", "四月.pdf", "照片.pdf")
        expect_text(holder.get_by_role("status"), _("Reported as done: “%s”.") % measure.text)
        expect(holder.get_by_text(_("Nothing is to be done"))).to_be_visible()
        look(holder)
    with on(june):  # of May nothing was reported
        run_due("tasks")
        holder = arrive("holder")
        expect_text(holder.locator("main"), measure.text, overdue(10))
        clerk = arrive("clerk")
        link(clerk, "Measures carried out").click()
        expect_text(panel(clerk, "By section"), "办公室")
        panel(clerk, "By section").get_by_role("row").filter(has_text="办公室").get_by_role("link").nth(1).click()
        expect_text(clerk.locator("main"), overdue(10), body["holder"].name)
        look(clerk)
        holder.goto(reverse("controls:my-tasks"))
        holder.get_by_role("link", name=_("Report done")).first.click()
        report(holder, june, "五月补核对。", "五月.pdf")
        expect_text(holder.get_by_role("status"), measure.text)
        # The section head sends it back on a telephone; the task is open again with the reason.
        head = arrive("head", viewport={"width": 400, "height": 800})
        head.goto(reverse("controls:task", args=[Task.objects.get(period=f"{year}-05").pk]))
        expect_text(
            head.locator("main"), ngettext("done %(days)s day late", "done %(days)s days late", 10) % {"days": 10}
        )
        look(head)
        link(head, "Send back").click()
        look(head)
        field(head, "Reason").fill("缺少签字页。")
        button(head, "Send back").click()
        expect_text(head.get_by_role("status"), _("Sent back. The task is to be done again."))
        look(head)
        holder.goto(reverse("controls:my-tasks"))
        holder.get_by_role("link", name=_("Report done")).first.click()
        expect_text(panel(holder, "Sent back"), "缺少签字页。")
        report(holder, june, "五月补核对，附签字页。", "五月签字.pdf")
        holder.get_by_role("link", name=_("Report done")).first.click()
        report(holder, june, "六月核对，登记完整。", "六月.pdf")
    with on(july):
        run_due("tasks")
        inspector = arrive("inspector", viewport={"width": 400, "height": 800})
        inspector.goto(reverse("registry:point", args=[measure.point_version.point.code]))
        link(inspector, "How its measures are carried out").click()
        look(inspector)
        states = dict(Task.objects.values_list("period", "state"))
        assert [states[f"{year}-0{month}"] for month in (4, 5, 6, 7)] == ["done", "done", "done", "open"]
        may_task = Task.objects.get(period=f"{year}-05")
        assert may_task.reports.count() == 2 and may_task.reports.exclude(sent_back_by=None).count() == 1
        inspector.get_by_role("row").filter(has_text=f"{year}-05-31").get_by_role("link").click()
        with inspector.expect_download() as download:
            link(inspector, "五月签字.pdf").click()
        assert download.value.suggested_filename == "五月签字.pdf"
