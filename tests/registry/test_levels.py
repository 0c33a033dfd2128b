"""What sections and leadership teams declare: prepared by a recorder, settled in a meeting, decided by others."""

import datetime as dt
import itertools

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from registry import access
from registry.actions import declarations as verbs
from registry.actions import records, suggestions, supplements
from registry.models import Appointment, Declaration, PointVersion
from registry.roles import Role
from registry.rules import Incomplete, NotAllowed, Refused, StepKey, digest
from tests import factories

from .test_workflow import act


@pytest.fixture(autouse=True)
def in_english():
    """Sentences are compared in the language they are written in."""
    with translation.override("en"):
        yield


def declarant(body, code):
    return access.Declarant.of_organization(body.organization(code))


@pytest.mark.parametrize(("code", "name"), [("CZJ-01", "head"), ("CZJ", "recorder"), ("MZJ-01", "mzj_head")])
def test_who_prepares_begins_it_once(body, code, name):
    begun = verbs.start_declaration(by=body[name], declarant=declarant(body, code))
    assert begun == verbs.start_declaration(by=body[name], declarant=declarant(body, code))
    assert begun.level == ("section" if "-" in code else "leadership")
    assert (begun.post, begun.appointment) == (None, None)


@pytest.mark.parametrize(
    ("code", "name"),
    [("CZJ-01", "holder"), ("CZJ-01", "recorder"), ("CZJ-01", "other_head"), ("CZJ", "head"), ("CZJ", "principal")],
)
def test_nobody_else_begins_it(body, code, name):
    with pytest.raises(NotAllowed, match="Only those who prepare"):
        verbs.start_declaration(by=body[name], declarant=declarant(body, code))


def test_a_region_declares_nothing(body):
    with pytest.raises(Refused, match="no declaration of its own"):
        declarant(body, "DQ")


def test_a_recusal_takes_the_preparing_away(body):
    from registry.actions import organization

    declaration = factories.organization_draft(body)
    organization.recuse(
        by=organization.console_actor(), person=body["head"], organization=body.organization("CZJ-01"),
        starts_on=factories.SINCE, reason="测试",
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        factories.submit(declaration)
    assert not access.prepared_by(body["head"])


ROUTES = {
    "CZJ-01": ("head", [StepKey.SUPERVISOR, StepKey.TEAM, StepKey.OFFICE], False),
    "CZJ": ("recorder", [StepKey.RESOLUTION, StepKey.SIGNATURE, StepKey.OFFICE], True),
}


@pytest.mark.parametrize("code", ROUTES)
def test_the_whole_way_into_the_ledger(body, code):
    name, steps, to_region = ROUTES[code]
    declaration = factories.file_all(factories.organization_draft(body, code, name, points=2))
    assert declaration.approval.steps == steps
    assert declaration.to_region == to_region
    points = list(declaration.pointversions.order_by("pk"))
    assert [point.state for point in points] == ["filed", "filed"]
    assert {(point.post_name, point.holder_name, point.level) for point in points} == {("", "", declaration.level)}
    # A section's points are its head's to answer for, a team's a principal leader's.
    answering = {"head"} if code == "CZJ-01" else {"principal", "second_principal"}
    assert {point.responsible for point in points} <= {body[each].name for each in answering}
    decided = {decision.decided_by for decision in declaration.approval.decisions.all()}
    assert body[name] not in decided
    assert len(decided) == 3


TEAM = {"supervisor", "member", "principal", "second_principal"}
# By state: who decides then (but for who has decided already), and how they agree.
WAYS = {
    "CZJ-01": {
        "supervisor": ({"supervisor"}, "approve"),
        "team": (TEAM, "meeting approve"),
        "office": ({"clerk", "second_clerk"}, "file"),
    },
    "CZJ": {
        "resolution": (TEAM, "approve"),
        "signature": ({"principal", "second_principal"}, "approve"),
        "office": ({"clerk", "second_clerk"}, "file"),
    },
}
VERBS = ("edit", "submit", "withdraw", "approve", "return", "file", "meeting approve", "meeting return")


def reach(body, code: str, state: str) -> Declaration:
    declaration = factories.organization_draft(body, code, ROUTES[code][0])
    if state == "draft":
        return declaration
    factories.submit(declaration)
    if state == "returned":
        return factories.decide(declaration, verdict="return", reason="请写清环节。")
    while declaration.state == "submitted" and declaration.approval.step_key != state:
        factories.decide(declaration)
    return declaration


def expected(code: str, state: str, verb: str, name: str, decided: set[str]) -> str:
    """What the domain says, by hand."""
    is_open = state in ("draft", "returned")
    if verb in ("edit", "submit", "withdraw"):
        if name != ROUTES[code][0]:
            return "not allowed"
        return "done" if is_open == (verb != "withdraw") and (is_open or state == next(iter(WAYS[code]))) else "refused"
    deciders, agreeing = WAYS[code].get(state, (set(), ""))
    meets = agreeing.startswith("meeting")
    if not deciders or verb.startswith("meeting") != meets and verb.startswith("meeting"):
        return "refused"
    if name not in deciders - decided:
        return "not allowed"
    if meets != verb.startswith("meeting"):
        return "refused"  # the team decides in a meeting, nobody of it on screen
    return "done" if verb == agreeing or verb.endswith("return") else "refused"


@pytest.mark.parametrize(
    ("code", "state"), [(code, state) for code in WAYS for state in ("draft", "returned", *WAYS[code], "filed")]
)
def test_every_state_verb_and_person(body, code, state):
    declaration = reach(body, code, state)
    decided = set()
    if declaration.approval is not None:
        made = declaration.approval.decisions.filter(round=declaration.approval.round)
        decided = set(made.values_list("decided_by__username", flat=True))
    wrong = []
    for verb, name in itertools.product(VERBS, [*factories.STAFF, *factories.OFFICES]):
        with transaction.atomic():
            found = act(Declaration.objects.get(pk=declaration.pk), verb, body[name])
            transaction.set_rollback(True)
        if found != (wanted := expected(code, state, verb, name, decided)):
            wrong.append((verb, name, found, wanted))
    assert not wrong


def test_who_prepared_it_decides_nowhere_in_it(body):
    """The head of a section who supervises it too decides on others' declarations, not on the one they wrote."""
    factories.give(body, "head", Role.SUPERVISING_LEADER, "CZJ-01")
    declaration = factories.submit(factories.organization_draft(body))
    assert declaration.approval.step_key == StepKey.SUPERVISOR
    with pytest.raises(NotAllowed, match="your own matter"):
        factories.decide(declaration, body["head"])
    factories.decide(declaration, body["supervisor"])


def test_everybody_who_wrote_on_it_is_an_owner(body):
    factories.give(body, "member", Role.RECORDER, "CZJ")
    declaration = factories.organization_draft(body, "CZJ", "recorder")
    factories.record(declaration, by=body["member"], minutes="补充记录。")
    factories.submit(declaration)
    assert set(declaration.approval.owners.all()) == {body["recorder"], body["member"]}
    assert body["member"].pk not in access.asked_now(declaration.approval).people


def test_without_a_record_it_is_not_submitted(body):
    declaration = verbs.start_declaration(by=body["head"], declarant=declarant(body, "CZJ-01"))
    targets = {gap.target for gap in verbs.missing(declaration)}
    assert targets == {"points", "nothing:process", "nothing:institutional", "nothing:environment", records.RECORD}
    declaration = factories.organization_draft(body)
    factories.record(declaration, by=body["head"], held_on=None, chair=None, present=[], minutes=" ")
    fields = {gap.field for gap in verbs.missing(declaration) if gap.target == records.RECORD}
    assert fields == {"held_on", "chair", "present", "minutes"}


def test_only_those_on_the_roll_were_present(body):
    declaration = factories.organization_draft(body)
    with pytest.raises(Refused, match="Not on the roll"):
        factories.record(declaration, by=body["head"], present=[body["head"], body["other_holder"]])


def test_leadership_points_stand_around_a_major_matter(body):
    declaration = factories.organization_draft(body, "CZJ", "recorder")
    point = factories.first_point(declaration)
    assert point.major == "large_sum"
    verbs.save_point(
        by=body["recorder"], declaration=declaration, version=point, expected=point.version,
        values=factories.point_values(title="没有写明事项"), measures=[],
    )  # fmt: skip
    with pytest.raises(Incomplete) as why:
        factories.submit(declaration)
    assert [(gap.target, gap.field) for gap in why.value.gaps] == [(f"point:{point.pk}", "major")]


def test_the_record_is_part_of_what_is_decided_on(body):
    declaration = factories.submit(factories.organization_draft(body))
    content = declaration.approval.submissions.get().content
    assert content["meeting"]["present"]
    meeting = declaration.meeting
    type(meeting).objects.filter(pk=meeting.pk).update(minutes="事后改写")
    assert digest(verbs.content_of(declaration)) != declaration.approval.submissions.get().digest


def test_a_draft_is_seen_by_those_who_prepare_it_only(body, client_of):
    declaration = factories.organization_draft(body)
    url = reverse("registry:declaration", args=[declaration.pk])
    found = {
        name: client_of(name).get(url).status_code for name in ("head", "holder", "supervisor", "clerk", "recorder")
    }
    assert found == {"head": 302, "holder": 404, "supervisor": 404, "clerk": 404, "recorder": 404}


def test_a_supplement_of_a_section_and_what_a_closed_post_left(body):
    """What nobody took over is withdrawn by the section; it keeps the names under which it was filed."""
    factories.filed(body)
    filed = factories.file_all(factories.organization_draft(body))
    appointment = body.appointment("holder")
    Appointment.objects.filter(pk=appointment.pk).update(ends_on=factories.today())
    type(appointment.post).objects.filter(pk=appointment.post_id).update(closed_on=factories.SINCE)
    supplement = supplements.start_supplement(by=body["head"], declarant=declarant(body, "CZJ-01"), trigger="structure")
    offered = list(supplements.open_to_change(supplement))
    assert {point.level for point in offered} == {"section", "post"}
    left = next(point for point in offered if point.level == "post")
    with pytest.raises(Refused, match="can only be withdrawn"):
        supplements.take_up(by=body["head"], declaration=supplement, filed=left, kind="changed")
    supplements.take_up(by=body["head"], declaration=supplement, filed=left, kind="withdrawn", reason="岗位撤销。")
    factories.record(supplement, by=body["head"])
    factories.file_all(supplement)
    left.refresh_from_db()
    assert left.state == "withdrawn"
    last = PointVersion.objects.get(replaces=left)
    assert (last.post_name, last.holder_name, last.level) == ("印章管理岗", body["holder"].name, "post")
    assert filed.pointversions.get().state == "filed"


def test_suggested_for_a_section_and_answered_by_who_prepares(body, client_of):
    made = factories.suggestion(body, body.organization("CZJ-01"), "holder")
    assert factories.suggestion(body, body.organization("CZJ-01"), "supervisor").method == "leader"
    with pytest.raises(NotAllowed):
        factories.suggestion(body, body.organization("CZJ-01"), "head")  # prepares it
    with pytest.raises(NotAllowed):
        factories.suggestion(body, body.organization("CZJ-01"), "mzj_holder")
    declaration = factories.organization_draft(body)
    page = client_of("head").get(reverse("registry:declaration-edit", args=[declaration.pk])).content.decode()
    assert made.title in page
    for each in list(suggestions.open_suggestions(declaration)):
        suggestions.decline_suggestion(by=body["head"], declaration=declaration, suggestion=each, reason="属个别岗位。")
    assert factories.submit(declaration).state == "submitted"


@pytest.mark.parametrize("code", ROUTES)
def test_its_pages(body, client_of, code):
    name = ROUTES[code][0]
    client = client_of(name)
    home = client.get(reverse("home")).content.decode()
    start = reverse("registry:organization-declaration-start", args=[body.organization(code).pk])
    assert start in home
    assert client_of("holder").post(start).status_code == 404
    begun = client.post(start)
    assert begun.status_code == 302
    assert client.get(begun.url).status_code == 200
    declaration = factories.organization_draft(body, code, name)
    for page in ("declaration-edit", "declaration-check", "point-add"):
        assert client.get(reverse(f"registry:{page}", args=[declaration.pk])).status_code == 200
    factories.submit(declaration)
    for page in ("declaration", "declaration-receipt", "declaration-sheet"):
        assert client.get(reverse(f"registry:{page}", args=[declaration.pk])).status_code == 200
    asked = access.asked_now(declaration.approval).people
    decider = next(key for key, person in body.people.items() if person.pk in asked)
    page = client_of(decider).get(reverse("registry:declaration-decide", args=[declaration.approval_id]))
    assert "逐项讨论风险点" in page.content.decode()


@pytest.mark.parametrize("how", ["ended", "recused"])
def test_who_prepares_it_no_longer_reads_what_was_submitted_only(body, client_of, how):
    from registry.actions import organization

    factories.give(body, "colleague", Role.RECORDER, "CZJ-01")
    declaration = factories.submit(factories.organization_draft(body, by="colleague"))
    factories.decide(declaration, verdict="return", reason="请写清环节。")
    if how == "ended":
        body["colleague"].assignments.update(ends_on=factories.today() - dt.timedelta(days=1))
    else:
        organization.recuse(
            by=organization.console_actor(), person=body["colleague"], organization=body.organization("CZJ-01"),
            starts_on=factories.SINCE, reason="测试",
        )  # fmt: skip
    point = factories.first_point(declaration)
    verbs.save_point(
        by=body["head"], declaration=declaration, version=point, expected=point.version,
        values=factories.point_values(title="继任者正在改写", category="process"), measures=[],
    )  # fmt: skip
    factories.record(declaration, by=body["head"], minutes="继任者写的纪要。")
    for name in ("declaration", "declaration-sheet"):
        answer = client_of("colleague").get(reverse(f"registry:{name}", args=[declaration.pk]))
        assert answer.status_code == (404 if how == "recused" else 200)
        assert "继任者" not in answer.content.decode()
