"""Meetings in which a team decides: entered by one, confirmed by another; and those that settle the team's own declaration."""

import datetime as dt
import itertools

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from registry import access
from registry.actions import declarations, meetings, organization, records
from registry.models import Attachment, AuditEntry, Decision, Meeting, MeetingItem, PointVersion
from registry.roles import Permission, Role
from registry.rules import Changed, Incomplete, NotAllowed, Refused, Upload, Verdict, digest
from tests import factories
from tests.registry.test_uploads import PDF

pytestmark = pytest.mark.django_db

CAST = [*factories.STAFF, *factories.OFFICES]
ENTERING = {"clerk", "second_clerk", "recorder", "supervisor", "member", "principal", "second_principal"}
TEAM = {"supervisor", "member", "principal", "second_principal"}
MINUTES = Upload("纪要.pdf", "application/pdf", PDF)


@pytest.fixture(autouse=True)
def in_english():
    """Sentences are compared in the language they are written in."""
    with translation.override("en"):
        yield


def before_team(body, name="holder"):
    """A declaration that waits for a meeting of the team."""
    declaration = factories.submitted(body, name)
    while declaration.approval.step_key != "team":
        factories.decide(declaration)
        declaration.approval.refresh_from_db()
    return declaration


def entered(body, *these, by="clerk", **said) -> Meeting:
    return factories.entered_meeting(body.organization("CZJ"), these, body[by], **said)


def put(body, *these, by="clerk", **said) -> Meeting:
    meeting = entered(body, *these, by=by, **said)
    return meetings.put_meeting(by=body[by], meeting=meeting, expected=meeting.version)


def confirm(body, meeting: Meeting, name: str) -> meetings.Confirmed:
    meeting.refresh_from_db()
    done = meetings.confirm_meeting(**factories.confirmation(meeting, body[name]))
    meeting.refresh_from_db()
    return done


def save_again(body, meeting: Meeting, by="clerk", **changes) -> Meeting:
    """Save a meeting as it stands but for `changes`."""
    meeting.refresh_from_db()
    items = [
        meetings.Said(item.approval, item.approval_version, item.verdict, item.reason, list(item.withdrawn.all()))
        for item in meeting.items.all()
    ]
    values = {
        **{name: getattr(meeting, name) for name in ("held_on", "chair", "minutes")},
        "present": list(meeting.present.all()),
        "items": items,
    }
    return meetings.save_meeting(by=body[by], meeting=meeting, expected=meeting.version, **{**values, **changes})


def recuse(body, name: str, code: str) -> None:
    organization.recuse(
        by=organization.console_actor(), person=body[name], organization=body.organization(code),
        starts_on=factories.SINCE, reason="测试",
    )  # fmt: skip


# --- Every state, verb and person -------------------------------------------------------------------------------------


def reach(body, state: str) -> Meeting:
    """A meeting in a state, with one declaration; the clerk entered it, sent back once by a member, or confirmed by one."""
    declaration = before_team(body)
    meeting = entered(body, declaration)
    if state == "draft":
        return meeting
    meeting = meetings.put_meeting(by=body["clerk"], meeting=meeting, expected=meeting.version)
    if state == "closed":
        confirm(body, meeting, "member")
    elif state == "sent_back":
        meetings.send_back_meeting(by=body["member"], meeting=meeting, expected=meeting.version, reason="少记一人。")
    meeting.refresh_from_db()
    return meeting


def act(body, meeting: Meeting, verb: str, name: str) -> str:
    """Do a verb; return "done", "refused" (the state) or "not allowed" (the person)."""
    said = {"by": body[name], "meeting": meeting, "expected": meeting.version}
    try:
        match verb:
            case "save":
                save_again(body, meeting, by=name, minutes="改过的记录。")
            case "put":
                meetings.put_meeting(**said)
            case "confirm":
                meetings.confirm_meeting(**said)
            case "send back":
                meetings.send_back_meeting(**said, reason="日期不对。")
            case "discard":
                meetings.discard_meeting(**said)
    except NotAllowed as why:
        assert str(why)
        return "not allowed"
    except Refused as why:
        assert str(why)
        return "refused"
    return "done"


def expected(state: str, verb: str, name: str) -> str:
    """What the domain says, by hand."""
    # The clerk has entered it; a member who sends back has written nothing.
    allowed = TEAM if verb == "confirm" else ENTERING
    if name not in allowed:
        return "not allowed"
    open_in = {
        "save": ("draft", "sent_back"),
        "put": ("draft", "sent_back"),
        "discard": ("draft",),
        "confirm": ("put",),
        "send back": ("put",),
    }
    return "done" if state in open_in[verb] else "refused"


@pytest.mark.parametrize("state", ["draft", "put", "sent_back", "closed"])
def test_every_state_verb_and_person(body, state):
    meeting = reach(body, state)
    wrong = []
    for verb, name in itertools.product(["save", "put", "confirm", "send back", "discard"], CAST):
        with transaction.atomic():
            found = act(body, Meeting.objects.get(pk=meeting.pk), verb, name)
            transaction.set_rollback(True)
        if found != expected(state, verb, name):
            wrong.append((verb, name, found))
    assert not wrong


def test_who_enters_one_at_all(body):
    found = set()
    for name in CAST:
        try:
            meetings.enter_meeting(by=body[name], unit=body.organization("CZJ"))
        except NotAllowed:
            continue
        found.add(name)
    assert found == ENTERING


def test_whoever_is_recused_from_a_part_of_the_unit_enters_none(body):
    recuse(body, "clerk", "CZJ-02")
    with pytest.raises(NotAllowed):
        meetings.enter_meeting(by=body["clerk"], unit=body.organization("CZJ"))
    assert not access.enters_meetings(body["clerk"])


# --- What it does -----------------------------------------------------------------------------------------------------


def test_confirmed_by_a_member_each_declaration_is_decided_in_their_name(body):
    agreed, returned = before_team(body), before_team(body, "colleague")
    meeting = entered(body, agreed)
    said = [
        meetings.Said(agreed.approval, agreed.approval.version, Verdict.APPROVE),
        meetings.Said(returned.approval, returned.approval.version, Verdict.RETURN, "措施不具体。"),
    ]
    meeting = save_again(body, meeting, items=said)
    meetings.put_meeting(by=body["clerk"], meeting=meeting, expected=meeting.version)
    done = confirm(body, meeting, "member")
    assert [item.approval for item in done.decided] == [agreed.approval, returned.approval]
    assert meeting.state == "closed"
    for declaration in (agreed, returned):
        declaration.refresh_from_db()
    assert (agreed.approval.step_key, returned.state) == ("office", "returned")
    decisions = list(Decision.objects.filter(step="team").order_by("pk"))
    assert [(each.decided_by, each.verdict, each.reason) for each in decisions] == [
        (body["member"], "approve", ""),
        (body["member"], "return", "措施不具体。"),
    ]
    assert [each.acting_as for each in decisions] == [Permission.REVIEW_TEAM] * 2
    assert {each.meeting_item.meeting for each in decisions} == {meeting}
    note = meetings.meeting_note(decisions[0])
    assert note == (
        f"At the meeting of {date_format(factories.today())}, chaired by {meeting.chair}; confirmed by {body['member']}."
    )


def test_on_screen_a_member_decides_nothing_the_team_decides(body, client_of):
    declaration = before_team(body)
    approval = declaration.approval
    with pytest.raises(Refused, match="decides in a meeting") as why:
        declarations.decide_declaration(
            by=body["member"], approval=approval, verdict="approve", version=approval.version,
            seen_digest=digest(declarations.content_of(declaration)),
        )  # fmt: skip
    assert body["recorder"].name in str(why.value)
    assert access.waiting_for(body["member"]).filter(pk=approval.pk).exists()
    url = reverse("registry:declaration-decide", args=[approval.pk])
    page = client_of("member").get(url).content.decode()
    assert "领导班子" in page and reverse("registry:meetings") in page
    assert 'value="approve" disabled' in page
    data = {
        "version": approval.version,
        "seen_digest": digest(declarations.content_of(declaration)),
        "verdict": "approve",
    }
    assert client_of("member").post(url, data).status_code == 409
    # The office sees the same, and where a meeting is entered; once one waits, the way leads there.
    assert reverse("registry:meetings") in client_of("clerk").get(url).content.decode()
    meeting = put(body, declaration)
    assert reverse("registry:meeting", args=[meeting.pk]) in client_of("member").get(url).content.decode()


def test_where_the_next_rung_is_asked_it_decides_on_screen(body):
    declaration = before_team(body)
    for name in TEAM - {"principal"}:
        recuse(body, name, "CZJ-01")
    recuse(body, "principal", "CZJ")
    assert access.asked_now(declaration.approval).permission == Permission.DECIDE_FOR_REGION
    factories.decide(declaration, body["region_clerk"])
    assert declaration.approval.step_key == "office"
    with pytest.raises(Changed, match="does not wait"):
        entered(body, declaration)


def test_a_single_person_without_anybody_to_confirm_decides_on_screen(body):
    """The tax bureau has one leader and neither recorder nor office."""
    declaration = factories.submitted(body, "swj_holder")
    while declaration.approval.step_key != "team":
        factories.decide(declaration)
    assert not access.is_decided_in_meeting(declaration.approval, access.asked_now(declaration.approval))
    assert access.refusal(access.check_decide_on_screen, declaration.approval, body["swj_principal"]) == (
        access.refusal(access.check_decide, declaration.approval, body["swj_principal"])
    )


def test_what_waits_for_a_member_is_theirs_to_see(body):
    declaration = before_team(body)
    meeting = put(body, declaration)
    waiting = {name for name in CAST if access.meetings_to_confirm(body[name]).filter(pk=meeting.pk).exists()}
    assert waiting == TEAM
    confirm(body, meeting, "principal")
    assert not any(access.meetings_to_confirm(body[name]).exists() for name in CAST)


def test_who_wrote_any_of_it_does_not_confirm_it_also_after_it_was_sent_back(body):
    meeting = entered(body, before_team(body), by="recorder")
    save_again(body, meeting, by="member", minutes="补记一句。")
    meeting.refresh_from_db()
    meetings.put_meeting(by=body["clerk"], meeting=meeting, expected=meeting.version)
    meeting.refresh_from_db()
    with pytest.raises(NotAllowed, match="entered or changed"):
        confirm(body, meeting, "member")
    meetings.send_back_meeting(by=body["principal"], meeting=meeting, expected=meeting.version, reason="少记一人。")
    meeting.refresh_from_db()
    assert (meeting.state, meeting.sent_back_reason) == ("draft", "少记一人。")
    assert list(access.meetings_sent_back(body["recorder"])) == [meeting]
    meetings.put_meeting(by=body["recorder"], meeting=meeting, expected=meeting.version)
    meeting.refresh_from_db()
    assert meeting.sent_back_reason == ""
    assert access.writers_of(meeting) == {body[name].pk for name in ("recorder", "member", "clerk")}
    confirm(body, meeting, "principal")  # who sent it back wrote nothing of it
    assert meeting.state == "closed"


def test_sending_back_says_why(body):
    meeting = put(body, before_team(body))
    with pytest.raises(Refused, match="Say why"):
        meetings.send_back_meeting(by=body["member"], meeting=meeting, expected=meeting.version, reason="  ")


def test_what_was_put_once_is_not_thrown_away(body):
    meeting = reach(body, "sent_back")
    with pytest.raises(Refused, match="put to confirmation before"):
        meetings.discard_meeting(by=body["clerk"], meeting=meeting, expected=meeting.version)


def test_thrown_away_nothing_is_left(body):
    declaration = before_team(body)
    meeting = save_again(body, entered(body, declaration), attachment=MINUTES)
    meetings.discard_meeting(by=body["clerk"], meeting=meeting, expected=meeting.version)
    assert not Meeting.objects.exists() and not MeetingItem.objects.exists() and not Attachment.objects.exists()
    assert [each.approval for each in put(body, declaration).items.all()] == [declaration.approval]


# --- Those concerned --------------------------------------------------------------------------------------------------


def test_owners_and_those_recused_are_marked_by_the_system(body):
    """A member's own declaration, and one of a section from which a member is recused."""
    own, other = before_team(body, "member"), before_team(body)
    recuse(body, "supervisor", "CZJ-01")
    meeting = put(body, own, other, present=[body[name] for name in sorted(TEAM)])
    withdrawn = {item.approval: {person for person in item.withdrawn.all()} for item in meeting.items.all()}
    assert withdrawn == {own.approval: {body["member"]}, other.approval: {body["supervisor"]}}


def test_who_was_not_present_did_not_withdraw(body):
    own = before_team(body, "member")
    present = [body[name] for name in ("principal", "second_principal", "supervisor")]
    meeting = put(body, own, present=present, chair=body["principal"])
    assert not meeting.items.get().withdrawn.exists()


def test_more_are_marked_by_hand_and_confirm_no_more(body):
    declaration = before_team(body)
    meeting = entered(body, declaration)
    said = meetings.Said(declaration.approval, declaration.approval.version, "approve", withdrawn=[body["member"]])
    meeting = save_again(body, meeting, items=[said])
    meetings.put_meeting(by=body["clerk"], meeting=meeting, expected=meeting.version)
    assert not access.meetings_to_confirm(body["member"]).exists()
    with pytest.raises(NotAllowed, match="withdrew"):
        confirm(body, meeting, "member")
    assert len(confirm(body, meeting, "principal").decided) == 1


def test_two_confirm_each_what_the_other_may_not(body):
    """Their own declarations: the one confirms that of the other, and nobody's takes effect by their own word."""
    first, second = before_team(body, "member"), before_team(body, "supervisor")
    meeting = put(body, first, second, present=[body["member"], body["supervisor"]], chair=body["member"])
    done = confirm(body, meeting, "member")
    assert [item.approval for item in done.decided] == [second.approval]
    assert [(item.approval, "withdrew" in why) for item, why in done.left] == [(first.approval, True)]
    assert meeting.state == "put"
    assert not access.meetings_to_confirm(body["member"]).exists()
    with pytest.raises(NotAllowed):
        confirm(body, meeting, "member")
    assert [item.approval for item in confirm(body, meeting, "supervisor").decided] == [first.approval]
    assert meeting.state == "closed"


def test_who_decided_an_earlier_step_leaves_the_line_to_another(body):
    """The supervising leader agreed to the head's declaration; as a member of the team they cannot confirm it again."""
    declaration, other = before_team(body, "head"), before_team(body)
    meeting = put(body, declaration, other)
    done = confirm(body, meeting, "supervisor")
    assert [item.approval for item in done.decided] == [other.approval]
    assert "already decided" in done.left[0][1]
    assert [item.approval for item in confirm(body, meeting, "member").decided] == [declaration.approval]


@pytest.mark.parametrize("present", [("supervisor", "principal"), ("supervisor", "holder")])
def test_somebody_must_be_left_who_may_confirm(body, present):
    declaration = before_team(body, "head")
    if "holder" in present:
        post = organization.create_post(
            by=organization.console_actor(), organization=body.organization("CZJ"), name="列席岗"
        )
        organization.appoint(
            by=organization.console_actor(), person=body["holder"], post=post, rank="ke", starts_on=factories.SINCE
        )
    # The principal enters it; the supervising leader has decided on it before.
    meeting = entered(
        body, declaration, by="principal", present=[body[name] for name in present], chair=body["supervisor"]
    )
    with pytest.raises(Incomplete) as why:
        meetings.put_meeting(by=body["principal"], meeting=meeting, expected=meeting.version)
    assert [gap.target for gap in why.value.gaps] == [f"item:{declaration.approval_id}"]
    assert "nobody can confirm" in why.value.gaps[0].sentence


def test_many_at_once_know_the_same_as_one(body):
    """The batch that feeds the pages says of each declaration what `asked_now` says."""
    recuse(body, "second_principal", "CZJ-02")
    waiting = [before_team(body, name).approval for name in ("holder", "head", "member", "principal", "other_head")]
    found = access.members_who_may_decide(waiting, body.organization("CZJ"))
    assert found == {approval.pk: set(access.asked_now(approval).people) for approval in waiting}


# --- What stands against it -------------------------------------------------------------------------------------------


def test_everything_that_is_missing_is_said_at_once(body):
    meeting = meetings.enter_meeting(by=body["clerk"], unit=body.organization("CZJ"))
    with pytest.raises(Incomplete) as why:
        meetings.put_meeting(by=body["clerk"], meeting=meeting, expected=meeting.version)
    assert [(gap.target, gap.field) for gap in why.value.gaps] == [
        ("meeting", "held_on"), ("meeting", "chair"), ("meeting", "present"), ("items", ""),
    ]  # fmt: skip


DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("days", "why"), [(1, "lies in the future"), (-1, "after the meeting"), (0, "")], ids=["later", "earlier", "today"]
)
def test_the_day_is_not_to_come_and_not_before_the_declaration(body, days, why):
    meeting = entered(body, before_team(body), held_on=factories.today() + days * DAY)
    found = [gap.sentence for gap in meetings.meeting_gaps(meeting, body["clerk"])]
    assert len(found) == bool(why) and why in "".join(found)


def test_only_those_on_the_roll_were_present_and_the_chair_among_them(body):
    declaration = before_team(body)
    with pytest.raises(Refused, match="Not on the roll"):
        entered(body, declaration, present=[body["member"], body["clerk"]])
    with pytest.raises(Refused, match="Not on the roll"):
        entered(body, declaration, chair=body["swj_principal"])
    meeting = entered(body, declaration, chair=body["principal"], present=[body["member"], body["supervisor"]])
    assert "not among those present" in meetings.meeting_gaps(meeting, body["clerk"])[0].sentence


@pytest.mark.parametrize(("verdict", "why"), [("return", "say why"), ("file", "agrees to"), ("ask", "agrees to")])
def test_a_meeting_agrees_or_returns_with_a_reason(body, verdict, why):
    with pytest.raises(Refused, match=why):
        entered(body, before_team(body), verdict=verdict)


def test_only_what_waits_for_this_team_is_dealt_with(body):
    at_head, elsewhere = factories.submitted(body), factories.submitted(body, "mzj_holder")
    for declaration in (at_head, elsewhere):
        with pytest.raises(Changed, match="does not wait"):
            entered(body, declaration)
    team = factories.submit(factories.organization_draft(body, "CZJ", "recorder"))
    assert team.approval.asked_permission == Permission.REVIEW_TEAM
    with pytest.raises(Changed, match="does not wait"):
        entered(body, team)  # a resolution is decided on screen


def test_a_declaration_waits_in_one_meeting_only(body):
    declaration = before_team(body)
    first, second = entered(body, declaration), entered(body, declaration, by="recorder")
    meetings.put_meeting(by=body["clerk"], meeting=first, expected=first.version)
    with pytest.raises(Incomplete) as why:
        meetings.put_meeting(by=body["recorder"], meeting=second, expected=second.version)
    assert "look at it again" in why.value.gaps[0].sentence.lower()
    assert meetings.approvals_before_team(body.organization("CZJ")) == []
    first.refresh_from_db()
    meetings.send_back_meeting(by=body["member"], meeting=first, expected=first.version, reason="重复。")
    meetings.put_meeting(by=body["recorder"], meeting=second, expected=second.version)


def test_two_windows_do_not_overwrite_each_other(body):
    meeting = entered(body, before_team(body))
    old = meeting.version
    save_again(body, meeting, minutes="甲窗口")
    with pytest.raises(Changed, match=body["clerk"].name):
        meetings.save_meeting(
            by=body["member"], meeting=meeting, expected=old, held_on=None, chair=None, present=[], minutes="乙窗口", items=[]
        )  # fmt: skip
    meeting.refresh_from_db()
    assert meeting.minutes == "甲窗口"


# --- What changes meanwhile -------------------------------------------------------------------------------------------


def test_returned_and_submitted_anew_it_is_set_aside(body):
    """Two meetings were entered; the other one has returned it, and it has come again since."""
    declaration, other = before_team(body), before_team(body, "colleague")
    meeting = put(body, declaration, other)
    meetings.send_back_meeting(by=body["member"], meeting=meeting, expected=meeting.version, reason="先退回一件。")
    factories.decide(declaration, body["principal"], Verdict.RETURN, reason="再改。")
    factories.submit(declaration)
    factories.decide(declaration)
    meeting.refresh_from_db()
    assert "has changed" in meetings.meeting_gaps(meeting, body["clerk"])[0].sentence
    with pytest.raises(Incomplete):
        meetings.put_meeting(by=body["clerk"], meeting=meeting, expected=meeting.version)
    with pytest.raises(Changed, match="submitted anew"):
        save_again(body, meeting)
    declaration.approval.refresh_from_db()
    again = [meetings.Said(each.approval, each.approval.version, "approve") for each in (declaration, other)]
    meeting = save_again(body, meeting, items=again)
    meetings.put_meeting(by=body["clerk"], meeting=meeting, expected=meeting.version)
    assert len(confirm(body, meeting, "member").decided) == 2


@pytest.mark.usefixtures("unguarded")
def test_what_another_body_has_decided_meanwhile_is_set_aside_at_confirmation(body):
    """Behind a meeting that waits: nobody of the team could decide any more, the region stood in."""
    declaration, other = before_team(body), before_team(body, "other_holder")
    meeting = put(body, declaration, other)
    for name in TEAM:
        recuse(body, name, "CZJ-01")
    factories.decide(declaration, body["region_clerk"])
    for recusal in body["member"].recusals.all():
        recusal.delete()
    done = confirm(body, meeting, "member")
    assert [item.approval for item in done.decided] == [other.approval]
    assert [(item.approval, "since" in why) for item, why in done.set_aside] == [(declaration.approval, True)]
    assert (meeting.state, declaration.approval.step_key) == ("closed", "office")


def test_content_changed_behind_the_systems_back_is_not_confirmed(body):
    declaration = before_team(body)
    meeting = put(body, declaration)
    PointVersion.objects.filter(declaration=declaration).update(title="事后改动")
    done = confirm(body, meeting, "member")
    assert [item.approval for item, _why in done.set_aside] == [declaration.approval]
    assert not Decision.objects.filter(step="team").exists()
    # It still waits for the team, and the next meeting is about what stands there now.
    assert meeting.state == "closed"
    factories.decide(declaration, body["member"])
    assert declaration.approval.step_key == "office"


def test_partly_confirmed_and_sent_back_the_rest_waits_for_another_meeting(body):
    first, second = before_team(body, "member"), before_team(body)
    meeting = put(body, first, second)
    assert len(confirm(body, meeting, "member").decided) == 1
    sent = meetings.send_back_meeting(
        by=body["clerk"], meeting=meeting, expected=meeting.version, reason="其余下次再议。"
    )
    assert (sent.state, sent.sent_back_reason) == ("closed", "其余下次再议。")
    assert meetings.approvals_before_team(body.organization("CZJ")) == [first.approval]
    factories.decide(first, body["supervisor"])


def test_a_confirmation_is_of_the_meeting_that_was_seen(body):
    declaration = before_team(body)
    meeting = put(body, declaration)
    seen = meeting.version
    meetings.send_back_meeting(by=body["principal"], meeting=meeting, expected=seen, reason="改一处。")
    save_again(body, meeting, minutes="改过。")
    meeting.refresh_from_db()
    meetings.put_meeting(by=body["clerk"], meeting=meeting, expected=meeting.version)
    with pytest.raises(Changed):
        meetings.confirm_meeting(by=body["member"], meeting=meeting, expected=seen)
    assert not Decision.objects.filter(step="team").exists()


def test_each_act_is_noted_without_a_word_of_what_was_said(body):
    meeting = reach(body, "sent_back")
    save_again(body, meeting, minutes="秘密的记录。")
    entries = AuditEntry.objects.filter(subject=f"meeting:{meeting.pk}")
    assert [entry.act for entry in entries] == [
        "meeting.enter", "meeting.save", "meeting.put", "meeting.send_back", "meeting.save",
    ]  # fmt: skip
    assert all("秘密" not in f"{entry.act}{entry.content_digest}" for entry in entries)


# --- Pages ------------------------------------------------------------------------------------------------------------


def form_data(meeting: Meeting, *said: tuple, **changes) -> dict:
    """What the page of entering sends: (declaration, verdict, reason) for each."""
    data = {
        "version": meeting.version,
        "held_on": meeting.held_on or factories.today(),
        "chair": meeting.chair_id or "",
        "present": [person.pk for person in meeting.present.all()],
        "minutes": "",
        "save": "1",
    }
    for declaration, verdict, reason in said:
        approval = declaration.approval
        data |= {f"version-{approval.pk}": approval.version, f"verdict-{approval.pk}": verdict}
        data |= {f"reason-{approval.pk}": reason}
    return data | changes


def page(client, name: str, meeting: Meeting, **data):
    url = reverse(f"registry:meeting-{name}", args=[meeting.pk])
    return client.post(url, data) if data else client.get(url)


def test_entered_on_the_page_and_put(body, client_of):
    declaration, other = before_team(body), before_team(body, "colleague")
    client = client_of("recorder")
    begun = client.post(reverse("registry:meeting-new"), {"organization": "CZJ"})
    meeting = Meeting.objects.get()
    assert begun.url == reverse("registry:meeting-edit", args=[meeting.pk])
    shown = client.get(begun.url).content.decode()
    assert declaration.approval.title in shown and other.approval.title in shown
    data = form_data(
        meeting, (declaration, "approve", ""), (other, "return", "请补充。"), put="1",
        chair=body["principal"].pk, present=[body[name].pk for name in sorted(TEAM)],
        **{f"withdrawn-{declaration.approval_id}": [body["supervisor"].pk]},
    )  # fmt: skip
    answer = client.post(begun.url, data)
    assert answer.url == reverse("registry:meeting-put", args=[meeting.pk])
    assert client.get(answer.url).status_code == 200
    meeting.refresh_from_db()
    assert page(client, "put", meeting, version=meeting.version).status_code == 302
    assert [(item.verdict, [each.username for each in item.withdrawn.all()]) for item in meeting.items.all()] == [
        ("approve", ["supervisor"]), ("return", []),
    ]  # fmt: skip
    home = client_of("member").get(reverse("home")).content.decode()
    assert reverse("registry:meeting-confirm", args=[meeting.pk]) in home
    meeting.refresh_from_db()
    assert page(client_of("member"), "confirm", meeting).status_code == 200
    assert page(client_of("member"), "confirm", meeting, version=meeting.version).status_code == 302
    meeting.refresh_from_db()
    assert meeting.state == "closed"
    shown = client.get(reverse("registry:meeting", args=[meeting.pk])).content.decode()
    assert body["member"].name in shown and "请补充。" in shown
    # The owner reads at which meeting it was.
    trace = client_of("holder").get(reverse("registry:declaration", args=[declaration.pk])).content.decode()
    assert body["principal"].name in trace and f"{factories.today()}" in trace
    sheet = client_of("holder").get(reverse("registry:declaration-sheet", args=[declaration.pk])).content.decode()
    assert body["principal"].name in sheet


def test_all_that_were_not_dealt_with_are_agreed_to_without_saving(body, client_of):
    declaration, other = before_team(body), before_team(body, "colleague")
    meeting = meetings.enter_meeting(by=body["recorder"], unit=body.organization("CZJ"))
    data = form_data(meeting, (declaration, "return", "退。"), (other, "", ""), agree_all="1")
    answer = client_of("recorder").post(reverse("registry:meeting-edit", args=[meeting.pk]), data)
    chosen = [(line.verdict.value(), line.reason.value()) for line in answer.context["form"].lines]
    assert chosen == [("return", "退。"), ("approve", "")]
    assert not meeting.items.exists()


def test_an_error_keeps_what_was_typed_and_asks_for_the_file_again(body, client_of):
    declaration = before_team(body)
    meeting = meetings.enter_meeting(by=body["recorder"], unit=body.organization("CZJ"))
    data = form_data(meeting, (declaration, "return", ""), minutes="记录。", held_on="2026-02-31")
    data["attachment"] = SimpleUploadedFile("纪要.pdf", PDF)
    answer = client_of("recorder").post(reverse("registry:meeting-edit", args=[meeting.pk]), data)
    assert answer.status_code == 422
    form = answer.context["form"]
    assert set(form.errors) == {"held_on", "attachment", f"reason-{declaration.approval_id}"}
    assert "记录。" in answer.content.decode() and not Attachment.objects.exists()


def test_another_window_was_first(body, client_of):
    declaration = before_team(body)
    meeting = entered(body, declaration)
    data = form_data(meeting, (declaration, "approve", "我的意见。"), minutes="我的记录。")
    save_again(body, meeting, minutes="别人的记录。")
    url = reverse("registry:meeting-edit", args=[meeting.pk])
    answer = client_of("clerk").post(url, data)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "我的记录。" in shown and "别人的记录。" in shown and "我的意见。" in shown
    meeting.refresh_from_db()
    assert client_of("clerk").post(url, data | {"version": meeting.version}).status_code == 302


def test_what_comes_while_the_page_is_open_is_not_dealt_with(body, client_of):
    declaration = before_team(body)
    meeting = entered(body)
    data = form_data(meeting, (declaration, "approve", ""))
    before_team(body, "colleague")
    assert client_of("clerk").post(reverse("registry:meeting-edit", args=[meeting.pk]), data).status_code == 302
    assert [item.approval for item in meeting.items.all()] == [declaration.approval]


def test_what_does_not_wait_any_more_is_left_out_and_said(body, client_of):
    gone, other = before_team(body), before_team(body, "colleague")
    meeting = entered(body)
    data = form_data(meeting, (gone, "approve", ""), (other, "approve", ""))
    factories.decide(gone)
    answer = client_of("clerk").post(reverse("registry:meeting-edit", args=[meeting.pk]), data, follow=True)
    assert len(answer.context["messages"]) == 2
    assert [item.approval for item in meeting.items.all()] == [other.approval]


def test_who_reads_a_meeting_and_who_gets_nothing(body, client_of):
    """Those who enter, and those who were present; also one of them who sits in the team by their post alone."""
    console = organization.console_actor()
    post = organization.create_post(by=console, organization=body.organization("CZJ"), name="列席岗")
    organization.appoint(by=console, person=body["publisher"], post=post, rank="ke", starts_on=factories.SINCE)
    meeting = put(body, before_team(body))
    url = reverse("registry:meeting", args=[meeting.pk])
    found = {name for name in CAST if client_of(name).get(url).status_code == 200}
    assert found == ENTERING | {"publisher"}
    assert client_of("publisher").get(reverse("registry:meetings")).status_code == 200
    assert client_of("holder").get(reverse("registry:meetings")).status_code == 403
    recuse(body, "publisher", "CZJ")
    assert client_of("publisher").get(url).status_code == 404


def test_a_recusal_takes_lines_and_counts_out_of_a_meeting_one_was_at(body, client_of):
    hidden, other = before_team(body, "other_holder"), before_team(body)
    meeting = put(body, hidden, other)
    recuse(body, "member", "CZJ-02")
    client = client_of("member")
    for url in (reverse("registry:meeting", args=[meeting.pk]), reverse("registry:meeting-confirm", args=[meeting.pk])):
        shown = client.get(url).content.decode()
        assert other.approval.title in shown and hidden.approval.title not in shown
    listed = client.get(reverse("registry:meetings")).context["waiting"].get()
    assert (listed.item_count, listed.decided_count) == (1, 0)
    answer = client.post(
        reverse("registry:meeting-confirm", args=[meeting.pk]), {"version": meeting.version}, follow=True
    )
    assert hidden.approval.title not in answer.content.decode()
    assert meeting.items.exclude(decision=None).get().approval == other.approval


@pytest.mark.parametrize("name", ["meeting-edit", "meeting-put", "meeting", "meeting-confirm"])
def test_pages_take_the_same_queries_for_few_and_for_many(body, client_of, name):
    is_put = name in ("meeting", "meeting-confirm")
    reader = "member" if is_put else "clerk"

    def count(*these) -> int:
        meeting = (put if is_put else entered)(body, *these)
        client = client_of(reader)
        url = reverse(f"registry:{name}", args=[meeting.pk])
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        if is_put:
            meetings.send_back_meeting(by=body["clerk"], meeting=meeting, expected=meeting.version, reason="重来。")
        return len(queries)

    names = ["holder", "colleague", "other_holder", "clerk"]
    waiting = [before_team(body, each) for each in names]
    assert count(waiting[0]) == count(*waiting)


def test_the_list_takes_the_same_queries_for_few_and_for_many(body, client_of):
    client, url = client_of("clerk"), reverse("registry:meetings")
    factories.decide(before_team(body), body["member"])
    put(body, before_team(body, "colleague"))

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    few = count()
    for name in ("other_holder", "publisher"):
        factories.decide(before_team(body, name), body["member"])
        entered(body)
    assert count() == few


def test_at_most_so_many_stand_on_one_page(body, client_of, monkeypatch):
    monkeypatch.setattr(meetings, "MOST_ITEMS", 1)
    first, second = before_team(body), before_team(body, "colleague")
    meeting = entered(body, second)
    answer = client_of("clerk").get(reverse("registry:meeting-edit", args=[meeting.pk]))
    # What it deals with already comes first.
    assert answer.context["form"].approvals == [second.approval]
    assert answer.context["left_out"] == 1
    with pytest.raises(Refused, match="at most 1"):
        entered(body, first, second)


# --- The team's own declaration ---------------------------------------------------------------------------------------


def test_a_resolution_is_confirmed_by_a_member_who_was_there(body):
    declaration = factories.organization_draft(body, "CZJ", "recorder")
    present = [body["principal"], body["member"]]
    factories.record(declaration, by=body["recorder"], present=present, chair=body["principal"])
    factories.submit(declaration)
    for name in ("supervisor", "second_principal"):
        with pytest.raises(NotAllowed, match="was at the meeting") as why:
            factories.decide(declaration, body[name])
        assert body["member"].name in str(why.value)
    factories.decide(declaration, body["member"])
    assert declaration.approval.step_key == "signature"


def test_a_member_who_prepared_it_does_not_resolve_on_it(body):
    factories.give(body, "member", Role.RECORDER, "CZJ")
    declaration = factories.organization_draft(body, "CZJ", "member")
    lacking = [gap for gap in records.record_gaps(declaration)]
    assert not lacking
    factories.record(
        declaration, by=body["member"], present=[body["member"], body["principal"]], chair=body["principal"]
    )
    assert not records.record_gaps(declaration)
    access_to = factories.submit(declaration)
    with pytest.raises(NotAllowed):
        access.check_present(access_to, body["member"])


def test_somebody_who_may_resolve_must_have_been_present(body):
    factories.give(body, "member", Role.RECORDER, "CZJ")
    console = organization.console_actor()
    post = organization.create_post(by=console, organization=body.organization("CZJ"), name="列席岗")
    organization.appoint(by=console, person=body["publisher"], post=post, rank="ke", starts_on=factories.SINCE)
    declaration = factories.organization_draft(body, "CZJ", "member")
    factories.record(declaration, by=body["member"], present=[body["member"], body["publisher"]], chair=body["member"])
    gaps = records.record_gaps(declaration)
    assert [(gap.target, gap.field) for gap in gaps] == [("meeting", "present")]
    assert "did not prepare" in gaps[0].sentence


def test_a_meeting_decides_on_nothing_that_came_after_it(body):
    """It came to the team when the step before agreed, not when it was submitted."""
    with time_machine.travel(timezone.now() - dt.timedelta(days=5), tick=False):
        declaration = factories.submitted(body, "holder")
    factories.decide(declaration)
    held_on = factories.today() - dt.timedelta(days=3)
    meeting = factories.entered_meeting(body.organization("CZJ"), [declaration], body["clerk"], held_on=held_on)
    with pytest.raises(Incomplete) as why:
        meetings.put_meeting(by=body["clerk"], meeting=meeting, expected=meeting.version)
    assert "came to the team on" in why.value.gaps[0].sentence


def test_what_is_no_id_was_not_present(body, client_of):
    declaration = factories.organization_draft(body)
    url = reverse("registry:meeting-record", args=[declaration.pk])
    data = {"version": declaration.meeting.version, "present": "9" * 25, "minutes": "记录。"}
    answer = client_of("head").post(url, data)
    assert (answer.status_code, "记录。" in answer.content.decode()) == (422, True)
