"""A meeting of the leadership team: entered with three declarations, one returned, put, confirmed by a second member."""

import pytest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from playwright.sync_api import Page, expect

from registry.models import Meeting
from tests import factories
from tests.registry.test_uploads import PDF

from .acts import button, choice, errors, expect_text, field, link, panel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def confirmed(count: int) -> str:
    """What is said after confirming so many lines."""
    return ngettext("Confirmed: %(count)s declaration.", "Confirmed: %(count)s declarations.", count) % {"count": count}


def line(page: Page, title: str):
    """What is entered about one declaration."""
    return page.get_by_role("group", name=title, exact=True)


def test_entered_sent_back_mended_and_confirmed(arrive, look, watch, body):
    waiting = [factories.decide(factories.submitted(body, name)) for name in ("holder", "colleague", "head")]
    holders, colleagues, heads = (declaration.approval.title for declaration in waiting)
    recorder = arrive("recorder")
    link(recorder, "Meetings").click()
    look(recorder)
    link(recorder, "Enter a meeting").click()
    look(recorder)
    button(recorder, "Begin").click()
    expect(line(recorder, holders)).to_be_visible()
    look(recorder)

    # All are agreed to, then one is returned; the reason is asked for.
    button(recorder, "Agree to all that are not dealt with").click()
    expect(line(recorder, heads).get_by_role("radio", name=_("agreed"))).to_be_checked()
    field(recorder, "Minutes").fill("逐件审议，一件退回补充。")
    recorder.get_by_label(_("Held on")).fill(f"{factories.today()}")
    choice(recorder, "Chair").select_option(label=body["principal"].name)
    for name in ("member", "principal", "second_principal", "supervisor"):
        recorder.get_by_role("group", name=_("Present"), exact=True).get_by_label(body[name].name).check()
    recorder.get_by_label(_("Attachment")).set_input_files(
        {"name": "纪要.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    line(recorder, colleagues).get_by_role("radio", name=_("return")).check()
    watch.expect(422)
    button(recorder, "Save and look it over").click()
    expect(errors(recorder)).to_have_count(2)
    expect_text(errors(recorder).first, _("The file is not kept until everything else is saved: choose it again."))
    look(recorder)
    line(recorder, colleagues).get_by_role("textbox").fill("措施不够具体，请写明频次。")
    line(recorder, holders).get_by_text(_("Others who withdrew")).click()
    line(recorder, holders).get_by_role("checkbox", name=body["second_principal"].name).check()
    recorder.get_by_label(_("Attachment")).set_input_files(
        {"name": "纪要.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    button(recorder, "Save and look it over").click()
    expect_text(panel(recorder, "Record of the meeting"), body["principal"].name, "纪要.pdf")
    look(recorder)
    button(recorder, "Put to confirmation").click()
    expect_text(recorder.get_by_role("status"), _("Put to confirmation. Another member who was present confirms it."))
    expect(button(recorder, "Confirm")).to_be_disabled()
    look(recorder)

    # On screen nobody of the team decides; the page leads to the meeting.
    member = arrive("member")
    link(member, holders).click()
    expect(button(member, "Approve")).to_be_disabled()
    expect_text(member.locator("#why-not"), body["recorder"].name)
    look(member)
    link(member, "See the meeting that dealt with it").click()
    link(member, "Send back").click()
    look(member)
    watch.expect(422)
    button(member, "Send back").click()
    field(member, "Reason").fill("附件里少一页。")
    button(member, "Send back").click()
    expect_text(member.locator("main"), "附件里少一页。")

    # The recorder finds it on the workbench and puts it again.
    recorder.goto("/")
    meetings = panel(recorder, "Meetings of the leadership team")
    expect_text(meetings, "附件里少一页。")
    meetings.get_by_role("link").click()
    button(recorder, "Save and look it over").click()
    button(recorder, "Put to confirmation").click()

    # A member confirms what is theirs; the head's declaration, on which they decided before, waits for another.
    supervisor = arrive("supervisor", viewport={"width": 400, "height": 800})
    look(supervisor)
    panel(supervisor, "Meetings of the leadership team").get_by_role("link").click()
    look(supervisor)
    expect_text(panel(supervisor, "For another member to confirm"), heads)
    button(supervisor, "Confirm").click()
    expect_text(supervisor.get_by_role("status").first, confirmed(2))
    look(supervisor)
    member.goto("/")
    panel(member, "Meetings of the leadership team").get_by_role("link").click()
    button(member, "Confirm").click()
    meeting = Meeting.objects.get()
    assert meeting.state == "closed"
    member.goto(reverse("registry:meetings"))
    expect(panel(member, "Closed").get_by_role("row")).to_have_count(2)
    look(member)

    # Whose declaration it was reads at which meeting, under whom, confirmed by whom.
    holder = arrive("holder")
    holder.goto(reverse("registry:declaration", args=[waiting[0].pk]))
    expect_text(holder.locator(".trace"), body["principal"].name, body["supervisor"].name, f"{factories.today()}")
    colleague = arrive("colleague")
    colleague.goto(reverse("registry:declaration-edit", args=[waiting[1].pk]))
    expect_text(panel(colleague, "Returned"), "措施不够具体，请写明频次。")


def test_a_section_settles_its_declaration_in_a_meeting(arrive, look, watch, body):
    declaration = factories.organization_draft(body)
    declaration.meeting.present.clear()
    head = arrive("head")
    head.goto(reverse("registry:declaration-edit", args=[declaration.pk]))
    link(head, "Change the record").click()
    look(head)
    for name in ("head", "holder"):
        head.get_by_role("group", name=_("Present"), exact=True).get_by_label(body[name].name).check()
    head.get_by_label(_("Attachment")).set_input_files(
        {"name": "program.pdf", "mimeType": "application/pdf", "buffer": b"MZ"}
    )
    watch.expect(422)
    button(head, "Save").click()
    expect(errors(head)).to_have_count(1)
    look(head)
    head.get_by_label(_("Attachment")).set_input_files(
        {"name": "纪要.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    button(head, "Save").click()
    record = panel(head, "Record of the meeting")
    expect_text(record, body["holder"].name, "纪要.pdf")
    with head.expect_download() as download:
        link(record, "纪要.pdf").click()
    assert download.value.suggested_filename == "纪要.pdf"
    look(head)
