"""From a finding of an inspection to a disposal that is closed: raised, handed over, proposed, decided, served, answered, checked."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from controls.models import Disposal, Finding
from controls.rules import DisposalKind, DisposalState, Service, Severity

from .acts import button, choice, errors, expect_text, field, link

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_finding_becomes_an_admonition_and_is_closed(arrive, look, watch, body):
    inspector = arrive("inspector")
    link(inspector, "Findings").first.click()
    look(inspector)
    link(inspector, "Raise a finding").click()
    choice(inspector, "Unit or section").select_option("CZJ-01")
    button(inspector, "Go on").click()
    look(inspector)
    field(inspector, "Facts").fill("检查发现三次用印未经审批。")
    inspector.get_by_role("radio", name=str(Severity.SERIOUS.label), exact=True).check()
    choice(inspector, "Who corrects it").select_option(label=body["holder"].name)
    inspector.get_by_label(_("To be corrected by"), exact=True).fill(
        (timezone.localdate() + dt.timedelta(days=10)).isoformat()
    )
    button(inspector, "Raise the finding").click()
    finding = Finding.objects.get()
    link(inspector, "Hand over for disposal").click()
    field(inspector, "Reason").fill("情节较重。")
    button(inspector, "Hand over").click()
    link(inspector, "Propose a disposal").click()
    look(inspector)
    expect(field(inspector, "Facts")).to_have_value("检查发现三次用印未经审批。")
    inspector.get_by_role("radio", name=str(DisposalKind.ADMONITION.label), exact=True).check()
    watch.expect(422)
    button(inspector, "Propose").click()
    expect(errors(inspector)).to_have_count(2)
    field(inspector, "Basis").fill("管理办法第九条。")
    field(inspector, "What is demanded").fill("立即纠正，书面说明。")
    button(inspector, "Propose").click()
    look(inspector)
    disposal = Disposal.objects.get()

    # Whom it is about reads that the inspectors have taken it over, and nothing else.
    holder = arrive("holder")
    holder.goto(reverse("controls:finding", args=[finding.pk]))
    expect_text(holder.locator("main"), _("taken over by the inspectors"))
    watch.expect(404)
    assert holder.goto(reverse("controls:disposal", args=[disposal.pk])).status == 404

    leader = arrive("principal")
    leader.goto(reverse("registry:queue"))
    expect(leader.locator("main")).not_to_contain_text(body["holder"].name)
    leader.get_by_role("link", name=_("No. %s") % disposal.approval_id).click()
    look(leader)
    expect_text(leader.locator("main"), "立即纠正，书面说明。", body["principal"].name)
    button(leader, "Approve").click()

    inspector.goto(reverse("controls:disposal", args=[disposal.pk]))
    link(inspector, "Serve it").click()
    look(inspector)
    inspector.get_by_role("radio", name=str(Service.SCREEN.label), exact=True).check()
    button(inspector, "Record the service").click()

    link(holder, "Workbench").first.click()
    holder.get_by_role("navigation").get_by_role("link", name=_("Disposals")).click()
    disposal.refresh_from_db()
    holder.get_by_role("link", name=disposal.number).click()
    look(holder)
    link(holder, "Acknowledge receipt").click()
    button(holder, "Acknowledge receipt").click()
    link(holder, "Answer").click()
    look(holder)
    field(holder, "Analysis").fill("图省事。")
    watch.expect(422)
    button(holder, "Hand in the answer").click()
    expect(errors(holder)).to_have_count(2)
    expect(field(holder, "Analysis")).to_have_value("图省事。")
    field(holder, "Commitment").fill("不再发生。")
    field(holder, "Correction measures").fill("已逐项补登。")
    button(holder, "Hand in the answer").click()

    inspector.goto(reverse("controls:disposal", args=[disposal.pk]))
    expect_text(inspector.locator("main"), "已逐项补登。")
    link(inspector, "Accept the answer and close").click()
    field(inspector, "Outcome").fill("已核对，纠正到位。")
    button(inspector, "Accept and close").click()
    look(inspector)
    disposal.refresh_from_db()
    assert disposal.state == DisposalState.CLOSED
    holder.goto(reverse("controls:disposal", args=[disposal.pk]))
    expect_text(holder.locator("main"), "已核对，纠正到位。")
    small = arrive("holder", viewport={"width": 400, "height": 800})
    small.goto(reverse("controls:disposal", args=[disposal.pk]))
    look(small)
