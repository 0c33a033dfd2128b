"""What goes to the region: its states there, sending, asking, answering, returning."""

import datetime as dt
import itertools

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from registry import access
from registry.actions import measures, notices, organization, regions
from registry.models import (
    Appointment,
    AuditEntry,
    Declaration,
    NoticeLine,
    Period,
    PointVersion,
)
from registry.roles import Role
from registry.rules import (
    REGION_TRANSITIONS,
    STEPS,
    Changed,
    Incomplete,
    NotAllowed,
    PointState,
    Refused,
    RegionState,
    RegionVerb,
    StepKey,
    Verdict,
    days_late,
    digest,
    region_after,
)
from tests import factories

CAST = [*factories.STAFF, *factories.OFFICES]


@pytest.fixture(autouse=True)
def in_english():
    """Sentences are compared in the language they are written in."""
    with translation.override("en"):
        yield


# --- Rules -------------------------------------------------------------------------------------------------------------


def test_the_table_of_states():
    """By hand from the domain: sent, then accepted, asked (and answered: sent again) or returned; nothing else."""
    for state, verb in itertools.product(["", *RegionState.values], RegionVerb):
        found = {
            ("", "send"): "sent",
            ("sent", "accept"): "accepted",
            ("sent", "ask"): "asked",
            ("sent", "return"): "returned",
            ("asked", "answer"): "sent",
        }.get((state, verb.value))
        if found is not None:
            assert region_after(state, verb) == found
            continue
        with pytest.raises(Refused) as why:
            region_after(state, verb)
        assert len(str(why.value)) > 20
    assert len(REGION_TRANSITIONS) == 5


@pytest.mark.parametrize(
    ("sent", "due", "late"),
    [
        ((2026, 4, 9), (2026, 4, 10), 0),
        ((2026, 4, 10), (2026, 4, 10), 0),
        ((2026, 4, 11), (2026, 4, 10), 1),
        ((2026, 5, 2), (2026, 4, 10), 22),
        ((2027, 1, 1), None, 0),
    ],
)
def test_late_is_who_sent_late(sent, due, late):
    assert days_late(dt.date(*sent), dt.date(*due) if due else None) == late


def test_only_the_regions_step_asks_for_more():
    assert [step.key for step in STEPS.values() if step.also] == [StepKey.REGION]


# --- Every state, verb and person --------------------------------------------------------------------------------------


def reach(body, state: str) -> Declaration:
    """Return the head's declaration in a state at the region; "unfiled" is under review in the unit."""
    if state == "unfiled":
        return factories.submitted(body, "head")
    if state == "":
        return factories.filed(body, "head")
    declaration = factories.sent(body)
    if state == "sent":
        return declaration
    verdict = {"asked": "ask", "accepted": "approve", "returned": "return"}[state]
    said = {} if state == "accepted" else {"reason": "请补充依据。"}
    return factories.decide_region(declaration, body["region_clerk"], verdict, **said)


def act(declaration: Declaration, verb: str, by) -> str:
    """Do a verb; return "done", "refused" (the state) or "not allowed" (the person)."""
    try:
        if verb == "send":
            regions.send_to_region(by=by, declarations=[declaration])
        elif verb == "answer":
            regions.answer_region(by=by, declaration=declaration, text="说明", expected=declaration.version)
        elif declaration.region_approval is None:
            return "refused"
        else:
            factories.decide_region(declaration, by, {"accept": "approve"}.get(verb, verb), reason="理由")
    except NotAllowed as why:
        assert str(why)
        return "not allowed"
    except Refused as why:
        assert str(why)
        return "refused"
    return "done"


def expected(state: str, verb: str, name: str) -> str:
    """What the domain says, by hand."""
    if verb in ("send", "answer"):
        if name not in ("clerk", "second_clerk"):
            return "not allowed"
        return "done" if (state, verb) in (("", "send"), ("asked", "answer")) else "refused"
    if state != "sent":
        return "refused"
    return "done" if name == "region_clerk" else "not allowed"


@pytest.mark.parametrize("state", ["unfiled", "", "sent", "asked", "accepted", "returned"])
def test_every_state_verb_and_person(body, state):
    declaration = reach(body, state)
    wrong = []
    for verb, name in itertools.product([verb.value for verb in RegionVerb], CAST):
        with transaction.atomic():
            found = act(Declaration.objects.get(pk=declaration.pk), verb, body[name])
            transaction.set_rollback(True)
        if found != expected(state, verb, name):
            wrong.append((verb, name, found))
    assert not wrong


# --- Sending -----------------------------------------------------------------------------------------------------------


def test_sent_the_region_is_asked_about_exactly_what_was_filed(body):
    declaration = factories.sent(body)
    approval = declaration.region_approval
    assert (declaration.region_state, declaration.sent_by) == ("sent", body["clerk"])
    assert declaration.state == "filed"
    assert (approval.kind, approval.organization, approval.step_key) == (
        "region_review",
        body.organization("CZJ-01"),
        "region",
    )
    assert set(approval.owners.all()) == {body["head"], body["clerk"]}  # whose it is, and who sent it
    assert access.asked_now(approval).people == {body["region_clerk"].pk}
    filed = declaration.approval.submissions.get().content
    assert regions.review_content(declaration) == {name: filed[name] for name in filed if name != "suggestions"}
    # What the unit writes later (here measures in the making) is neither shown nor makes the decision void.
    seen = digest(regions.review_content(declaration))
    measures.start_measures(by=body["head"], declarant=access.Declarant.of_post(body.appointment("head")))
    assert digest(regions.review_content(declaration)) == seen
    factories.decide_region(declaration, body["region_clerk"])
    assert declaration.region_state == RegionState.ACCEPTED
    assert set(declaration.pointversions.values_list("state", flat=True)) == {"filed"}


def test_all_are_sent_or_none_and_every_refusal_is_named(body):
    good, staff, sent = factories.filed(body, "head"), factories.filed(body), factories.sent(body, "member")
    unfiled = factories.submitted(body, "principal")
    with pytest.raises(Incomplete) as why, transaction.atomic():
        regions.send_to_region(by=body["clerk"], declarations=[good, staff, sent, unfiled])
    assert [gap.target for gap in why.value.gaps] == [
        f"declaration:{each.pk}" for each in sorted([staff, sent, unfiled], key=lambda each: each.pk)
    ]
    assert [staff.number in gap.sentence for gap in why.value.gaps].count(True) == 1
    good.refresh_from_db()
    assert good.region_state == ""
    assert not AuditEntry.objects.filter(act="region_review.submit", subject=f"approval:{good.approval_id}").exists()
    regions.send_to_region(by=body["clerk"], declarations=[good])
    with pytest.raises(Refused):
        regions.send_to_region(by=body["clerk"], declarations=[])


def test_nobody_sends_what_is_of_another_unit_or_of_a_place_they_are_recused_from(body):
    declaration = factories.filed(body, "head")
    with pytest.raises(NotAllowed):
        factories.send(declaration, body["mzj_clerk"])
    recuse(body, "clerk")
    with pytest.raises(NotAllowed):
        factories.send(declaration, body["clerk"])
    factories.send(declaration, body["second_clerk"])


def recuse(body, name: str, code: str = "CZJ-01") -> None:
    organization.recuse(
        by=organization.console_actor(),
        person=body[name],
        organization=body.organization(code),
        starts_on=factories.SINCE,
        reason="近亲属在该科室",
    )


def test_where_the_unit_has_no_office_the_regions_steps_in(body):
    """SWJ has none; the region's clerk files there, and sends. In CZJ it does not, as long as one of the office may."""
    assert access.sending_scope(body["region_clerk"]) != []
    swj = body.organization("SWJ")
    assert any(low <= swj.tree_from <= high for low, high in access.sending_scope(body["region_clerk"]))
    declaration = factories.filed(body, "head")
    with pytest.raises(NotAllowed):
        factories.send(declaration, body["region_clerk"])
    for name in ("clerk", "second_clerk"):
        recuse(body, name)
    factories.send(declaration, body["region_clerk"])


def test_lateness_follows_the_dates_of_the_place(body):
    year = factories.today().year
    declarations = {name: factories.filed(body, name) for name in ("head", "member")}
    Period.objects.create(
        organization=body.organization("CZJ-01"), year=year, phase="points",
        opens=dt.date(year, 3, 1), due_to_region=dt.date(year, 12, 30), closes=dt.date(year, 12, 31),
    )  # fmt: skip
    due = Period.objects.due_to_region([year])
    found = dict(Declaration.objects.annotate(due=due).values_list("pk", "due"))
    assert found == {
        declarations["head"].pk: dt.date(year, 12, 30),
        declarations["member"].pk: dt.date(year, 4, 10),
    }
    # A supplement has no date of its own.
    Declaration.objects.update(supplement=1)
    assert set(Declaration.objects.annotate(due=due).values_list("due", flat=True)) == {None}


# --- Asking and answering ----------------------------------------------------------------------------------------------


def test_asked_answered_and_accepted(body):
    declaration = factories.sent(body)
    point = factories.first_point(declaration)
    with pytest.raises(Refused, match="what you ask for"), transaction.atomic():
        factories.decide_region(declaration, body["region_clerk"], Verdict.ASK)
    factories.decide_region(
        declaration, body["region_clerk"], Verdict.ASK, remarks={f"point:{point.pk}": "请说明抽查的依据。"}
    )
    assert (declaration.region_state, declaration.region_approval.state) == ("asked", "returned")
    assert declaration.state == "filed"
    with pytest.raises(Refused):
        factories.answer_region(declaration, body["clerk"], "  ")
    with pytest.raises(NotAllowed):
        factories.answer_region(declaration, body["head"])
    factories.answer_region(declaration, body["clerk"], "依据是用印管理办法第六条。")
    assert (declaration.region_state, declaration.region_approval.round) == ("sent", 2)
    content = regions.review_content(declaration)
    assert content["answer"] == "依据是用印管理办法第六条。"
    # What was decided on before the answer came is not what stands there now.
    approval = declaration.region_approval
    with pytest.raises(Changed), transaction.atomic():
        regions.decide_region(
            by=body["region_clerk"],
            approval=approval,
            verdict=Verdict.APPROVE,
            version=approval.version,
            seen_digest=approval.submissions.get(round=1).digest,
        )
    factories.decide_region(declaration, body["region_clerk"])
    assert (declaration.region_state, declaration.region_approval.state) == ("accepted", "completed")
    acts = list(AuditEntry.objects.filter(act__startswith="region_review").values_list("act", flat=True))
    assert acts == ["region_review.submit", "region_review.ask", "region_review.submit", "region_review.approve"]


def test_an_old_window_does_not_answer_twice(body):
    declaration = reach(body, "asked")
    old = declaration.version
    factories.answer_region(declaration, body["clerk"])
    factories.decide_region(declaration, body["region_clerk"], Verdict.ASK, reason="再说明一点。")
    with pytest.raises(Changed):
        regions.answer_region(by=body["clerk"], declaration=declaration, text="旧窗口", expected=old)


def test_other_steps_are_not_asked_for_more(body):
    with pytest.raises(Refused, match="cannot be decided that way"):
        factories.decide(factories.submitted(body), body["head"], Verdict.ASK, reason="请补充")


# --- Returning ---------------------------------------------------------------------------------------------------------


def test_returned_as_a_whole_all_points_are_marked_and_a_supplement_is_open(body):
    declaration = factories.sent(body, points=2)
    factories.decide_region(declaration, body["region_clerk"], Verdict.RETURN, reason="等级偏低，请重新评定。")
    assert (declaration.region_state, declaration.state) == ("returned", "filed")
    assert set(declaration.pointversions.values_list("state", flat=True)) == {PointState.TO_CHANGE}
    supplement = Declaration.objects.get(supplement=1)
    assert (supplement.trigger, supplement.appointment, supplement.state) == (
        "region",
        body.appointment("head"),
        "draft",
    )
    assert supplement.drafted_by == body["head"]
    first = factories.first_point(declaration)
    factories.change_filed(supplement, first, title="重新评定的风险")
    factories.file_all(supplement)
    assert supplement.to_region
    factories.send(supplement, body["clerk"])
    factories.decide_region(supplement, body["region_clerk"])
    declaration.refresh_from_db()
    assert (supplement.region_state, declaration.region_state) == ("accepted", "returned")


def test_with_remarks_only_those_points_are_marked(body):
    declaration = factories.sent(body, points=2)
    marked, other = declaration.pointversions.order_by("pk")
    factories.decide_region(
        declaration, body["region_clerk"], Verdict.RETURN, remarks={f"point:{marked.pk}": "请写清环节。"}
    )
    states = dict(declaration.pointversions.values_list("pk", "state"))
    assert states == {marked.pk: PointState.TO_CHANGE, other.pk: PointState.FILED}


def test_a_remark_on_a_statement_marks_no_point_and_opens_the_supplement(body):
    declaration = factories.sent(body)
    factories.decide_region(declaration, body["region_clerk"], Verdict.RETURN, remarks={"nothing:moral": "请再找。"})
    assert set(declaration.pointversions.values_list("state", flat=True)) == {PointState.FILED}
    assert Declaration.objects.filter(supplement=1, trigger="region").exists()


def test_a_remark_on_what_is_not_in_it_is_refused(body):
    declaration = factories.sent(body)
    with pytest.raises(NotAllowed):
        factories.decide_region(declaration, body["region_clerk"], Verdict.RETURN, remarks={"point:999999": "别人的"})


def test_an_open_supplement_is_gone_on_with(body):
    declaration = factories.sent(body)
    begun = factories.supplement(body, "head", trigger="law")
    factories.decide_region(declaration, body["region_clerk"], Verdict.RETURN, reason="请修改。")
    assert Declaration.objects.filter(supplement__gt=0).get() == begun


def test_points_that_a_supplement_has_replaced_meanwhile_stay_as_they_are(body):
    declaration = factories.sent(body, points=2)
    first, second = declaration.pointversions.order_by("pk")
    supplement = factories.supplement(body, "head")
    factories.change_filed(supplement, first, title="已按新规定修改")
    factories.file_all(supplement)
    factories.decide_region(declaration, body["region_clerk"], Verdict.RETURN, reason="请修改。")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (PointState.SUPERSEDED, PointState.TO_CHANGE)


def test_where_nobody_holds_the_post_nothing_is_opened_and_the_page_says_so(body, english):
    declaration = factories.sent(body)
    Appointment.objects.filter(pk=declaration.appointment_id).update(ends_on=factories.today() - dt.timedelta(days=1))
    factories.decide_region(declaration, body["region_clerk"], Verdict.RETURN, reason="请修改。")
    assert not Declaration.objects.filter(supplement__gt=0).exists()
    page = english("clerk").get(reverse("registry:declaration", args=[declaration.pk])).content.decode()
    assert "Where nobody holds it today, its points wait" in page


def test_the_successor_mends_what_was_returned_to_the_predecessor(body, english):
    declaration = factories.sent(body)
    post = declaration.post
    Appointment.objects.filter(pk=declaration.appointment_id).update(ends_on=factories.today() - dt.timedelta(days=1))
    organization.appoint(
        by=organization.console_actor(), person=body["publisher"], post=post, rank="ke", starts_on=factories.today()
    )
    factories.decide_region(declaration, body["region_clerk"], Verdict.RETURN, reason="请重新评定等级。")
    assert [each.pk for each in access.returned_to_mend(body["publisher"])] == [declaration.pk]
    assert not access.returned_to_mend(body["head"]).exists()
    page = english("publisher").get(reverse("home")).content.decode()
    assert "请重新评定等级。" in page
    assert "Go on with the supplement" in page


def test_measures_that_are_returned_are_mended_by_measures(body):
    factories.filed(body, "head")
    declarant = access.Declarant.of_post(body.appointment("head"))
    declaration = measures.start_measures(by=body["head"], declarant=declarant)
    factories.submit(declaration)
    point = PointVersion.objects.get(declaration__appointment__person=body["head"])
    Declaration.objects.filter(pk=declaration.pk).update(state="filed", to_region=True)
    declaration.refresh_from_db()
    factories.send(declaration, body["clerk"])
    factories.decide_region(
        declaration, body["region_clerk"], Verdict.RETURN, remarks={f"point:{point.pk}": "措施不具体。"}
    )
    point.refresh_from_db()
    assert point.state == PointState.FILED
    mending = Declaration.objects.get(phase="measures", supplement=1)
    assert (mending.trigger, mending.drafted_by) == ("region", body["head"])


def test_publishers_are_told_to_post_anew_what_shows_returned_points(body, english):
    declaration = factories.sent(body)
    factories.filed(body)
    notice = factories.posted(body)
    line = NoticeLine.objects.get(notice=notice, point_version__declaration=declaration)
    assert access.notices_to_post_anew(body["publisher"]) == []
    factories.decide_region(declaration, body["region_clerk"], Verdict.RETURN, reason="请修改。")
    (due,) = access.notices_to_post_anew(body["publisher"])
    assert (due.notice, due.lines, due.corrected, due.begun) == (notice, [line], 0, None)
    assert access.notices_to_post_anew(body["colleague"]) == []
    assert "Public notices to be posted anew" in english("publisher").get(reverse("home")).content.decode()
    address = reverse("registry:notice", args=[notice.pk])
    assert f'href="#line-{line.ordinal}"' in english("publisher").get(address).content.decode()
    # The verdict is not for everybody who reads the notice.
    assert "The region has returned" not in english("colleague").get(address).content.decode()
    # Still so once the supplement is filed: the wall shows the old text.
    supplement = Declaration.objects.get(supplement=1)
    factories.change_filed(supplement, factories.first_point(declaration), title="修改后的风险")
    factories.file_all(supplement)
    (due,) = access.notices_to_post_anew(body["publisher"])
    assert (due.notice, due.corrected) == (notice, 1)
    anew = notices.compose_anew(by=body["publisher"], notice=notice)
    # What corrects it stands on the new notice by itself, and says what it corrects.
    lines = {each["title"]: each for each in notices.content_of(anew)["lines"]}
    assert set(lines) == {"未经审批用印1", "修改后的风险"}
    assert "corrects" not in lines["未经审批用印1"]
    assert lines["修改后的风险"]["corrects"] == {
        "number": notice.number, "ordinal": line.ordinal, "cause": "region", "changed": ["title"],
    }  # fmt: skip
    (due,) = access.notices_to_post_anew(body["publisher"])
    assert due.begun == anew
    factories.decide_notice(factories.submit_notice(anew, body["publisher"]), body["clerk"])
    assert access.notices_to_post_anew(body["publisher"]) == []


# --- Who sees what -----------------------------------------------------------------------------------------------------


def sees(body, name: str, declaration: Declaration) -> bool:
    return access.visible_declarations(body[name]).filter(pk=declaration.pk).exists()


@pytest.fixture
def two_regions(body):
    """A county of its own below the region, with a unit, and its own clerk; and another region beside."""
    console = organization.console_actor()

    def part(kind: str, code: str, parent: str | None) -> None:
        body.organizations[code] = organization.create_organization(
            by=console, kind=kind, code=code, name=code, parent=body.organizations.get(parent or ""),
            opened_on=factories.SINCE,
        )  # fmt: skip

    part("region", "XIAN", "DQ")
    part("unit", "XCZJ", "XIAN")
    part("section", "XCZJ-01", "XCZJ")
    part("region", "LIN", None)
    for name, code in (("county_clerk", "XIAN"), ("neighbour_clerk", "LIN")):
        body.people[name] = factories.make_person(name, name)
        factories.give(body, name, Role.REGION_CLERK, code)
    body.people["county_head"] = factories.make_person("county_head", "县局科长")
    post = organization.create_post(
        by=console, organization=body.organization("XCZJ-01"), name="科长岗", duties="主持。"
    )
    organization.appoint(by=console, person=body["county_head"], post=post, rank="ke", starts_on=factories.SINCE)
    for name, role in (("holder", Role.SUPERVISING_LEADER), ("colleague", Role.TEAM_MEMBER)):
        factories.give(body, name, role, {"supervising_leader": "XCZJ-01", "team_member": "XCZJ"}[role])
    factories.give(body, "other_holder", Role.OFFICE_CLERK, "XCZJ")
    return body


def test_the_regions_office_sees_only_what_was_sent_to_it(two_regions):
    body = two_regions
    declaration = factories.filed(body, "head")
    assert not sees(body, "region_clerk", declaration)
    factories.send(declaration, body["clerk"])
    assert sees(body, "region_clerk", declaration)
    for name in ("county_clerk", "neighbour_clerk", "mzj_clerk", "mzj_head", "system_administrator"):
        assert not sees(body, name, declaration)
    county = factories.sent(body, "county_head", by="other_holder")
    assert {name for name in body.people if sees(body, name, county)} == {
        "county_head", "county_clerk", "other_holder", "holder", "colleague",
    }  # fmt: skip
    assert not access.visible_points(body["region_clerk"]).exists()
    # A recusal takes it away again.
    recuse(body, "region_clerk")
    assert not sees(body, "region_clerk", declaration)


def test_the_unit_s_decisions_stay_with_the_unit_and_the_regions_with_those_concerned(body, english):
    declaration = factories.submitted(body, "head")
    factories.decide(declaration, body["supervisor"], reason="单位内部的意见")
    while declaration.state == "submitted":
        factories.decide(declaration)
    factories.send(declaration, body["clerk"])
    factories.decide_region(declaration, body["region_clerk"], Verdict.ASK, reason="地区的意见")
    page = reverse("registry:declaration", args=[declaration.pk])
    deciding = reverse("registry:region-decide", args=[declaration.region_approval_id])
    for name, unit, region in (
        ("head", True, True),
        ("clerk", True, True),
        ("supervisor", True, False),
        ("region_clerk", False, True),
        ("colleague", False, False),
        ("inspector", False, False),
    ):
        text = english(name).get(page).content.decode()
        assert ("单位内部的意见" in text, "地区的意见" in text) == (unit, region), name
        # Those who read it and do not follow it learn that it was sent, not how it was answered.
        assert ("the region asks for more" in text) == region, name
        assert ("sent to the region" in text) == (not region), name
        assert english(name).get(deciding).status_code == (200 if region else 403), name
    assert english("mzj_holder").get(deciding).status_code == 404
    assert english("mzj_holder").post(deciding).status_code == 404


def test_the_lists_of_both_offices(body, english):
    year = factories.today().year
    due = dt.datetime(year, 4, 10, 4, tzinfo=dt.UTC)
    with time_machine.travel(due - dt.timedelta(days=1), tick=False):
        in_time = factories.sent(body, "head")
    with time_machine.travel(due + dt.timedelta(days=5), tick=False):
        late = factories.sent(body, "member")
        unsent = factories.filed(body, "principal")
        clerk = english("clerk")
        page = clerk.get(reverse("registry:region-to-send")).content.decode()
        assert unsent.number in page
        assert "5 days late" in page
        assert "1 overdue" in clerk.get(reverse("home")).content.decode()
        region = english("region_clerk")
        page = region.get(reverse("registry:region")).content.decode()
        assert in_time.number in page
        assert late.number in page
        assert unsent.number not in page
        filtered = region.get(
            reverse("registry:region"), {"late": "on", "unit": "CZJ", "state": "sent"}
        ).content.decode()
        assert late.number in filtered
        assert in_time.number not in filtered
        assert "Nothing fits" in region.get(reverse("registry:region"), {"unit": "MZJ"}).content.decode()
        assert region.get(reverse("registry:region"), {"unit": "CZJ-01"}).status_code == 422
        counted = region.get(reverse("registry:region")).context["punctuality"]
        rows = {row["unit"].code: (row["in_time"], row["late"], row["unsent"], row["overdue"]) for row in counted}
        assert rows == {"CZJ": (1, 1, 1, 1), "MZJ": (0, 0, 0, 0), "SWJ": (0, 0, 0, 0)}
    for name, to_send, received in (
        ("mzj_clerk", 200, 403),
        ("holder", 403, 403),
        ("principal", 403, 403),
        ("inspector", 403, 403),
    ):
        assert english(name).get(reverse("registry:region-to-send")).status_code == to_send
        assert english(name).get(reverse("registry:region")).status_code == received
    assert unsent.number not in english("mzj_clerk").get(reverse("registry:region-to-send")).content.decode()


def test_sending_on_the_page(body, english):
    first, second = factories.filed(body, "head"), factories.filed(body, "member")
    clerk, address = english("clerk"), reverse("registry:region-to-send")
    nothing = clerk.post(address, {"offered": [first.pk, second.pk]})
    assert nothing.status_code == 422
    assert "Choose what is to be sent." in nothing.content.decode()
    assert ' checked aria-label="Send' not in nothing.content.decode()  # what was left out stays left out
    factories.send(second, body["second_clerk"])
    conflict = clerk.post(address, {"offered": [first.pk, second.pk], "chosen": [first.pk, second.pk]})
    assert conflict.status_code == 409
    assert second.number in conflict.content.decode()
    first.refresh_from_db()
    assert first.region_state == ""
    assert clerk.post(address, {"chosen": [first.pk]}).status_code == 302
    first.refresh_from_db()
    assert first.region_state == "sent"
    foreign = factories.filed(body, "mzj_holder")
    Declaration.objects.filter(pk=foreign.pk).update(to_region=True)
    assert clerk.post(address, {"chosen": [foreign.pk]}).status_code == 422


def test_answering_on_the_page(body, english):
    declaration = reach(body, "asked")
    address = reverse("registry:region-answer", args=[declaration.pk])
    clerk = english("clerk")
    assert "请补充依据。" in clerk.get(address).content.decode()
    assert clerk.post(address, {"version": declaration.version, "text": " "}).status_code == 422
    stale = clerk.post(address, {"version": declaration.version - 1, "text": "已补充依据"})
    assert (stale.status_code, "已补充依据" in stale.content.decode()) == (409, True)
    for name, status in (("head", 403), ("region_clerk", 403), ("mzj_clerk", 404)):
        assert english(name).get(address).status_code == status
    assert clerk.post(address, {"version": declaration.version, "text": "已补充依据"}).status_code == 302
    deciding = reverse("registry:region-decide", args=[declaration.region_approval_id])
    page = english("region_clerk").get(deciding).content.decode()
    assert "已补充依据" in page
    assert "请补充依据。" in page
    assert clerk.get(address).status_code == 409  # nothing is asked any more


def test_deciding_on_the_page(body, english):
    declaration = factories.sent(body)
    approval = declaration.region_approval
    address = reverse("registry:region-decide", args=[approval.pk])
    region = english("region_clerk")
    page = region.get(address).content.decode()
    for button in ('value="approve"', 'value="ask"', 'value="return"'):
        assert button in page
    assert PointVersion.objects.get(declaration=declaration).point.code in page
    seen = {"version": approval.version, "seen_digest": digest(regions.review_content(declaration))}
    assert region.post(address, seen | {"verdict": "ask"}).status_code == 409
    assert region.post(address, seen | {"verdict": "file"}).status_code == 409
    kept = region.post(address, seen | {"verdict": "ask", "reason": "请说明", "version": approval.version - 1})
    assert (kept.status_code, "请说明" in kept.content.decode()) == (409, True)
    assert english("clerk").post(address, seen | {"verdict": "approve"}).status_code == 403
    assert english("head").post(address, seen | {"verdict": "approve"}).status_code == 403
    assert region.post(address, seen | {"verdict": "return", "reason": "请修改"}).status_code == 302
    # The holder finds the reason on the workbench, on the supplement, and on the declaration.
    head = english("head")
    supplement = Declaration.objects.get(supplement=1)
    for name, pk in (
        ("home", []),
        ("registry:declaration-edit", [supplement.pk]),
        ("registry:declaration", [declaration.pk]),
    ):
        assert "请修改" in head.get(reverse(name, args=pk)).content.decode()
    assert "returned by the region" in head.get(reverse("registry:my-declarations")).content.decode()


# --- Two at once -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_clerks_decide_at_once(racing):
    body = factories.make_body()
    body.people["second"] = factories.make_person("second_region_clerk", "地区办二")
    factories.give(body, "second", Role.REGION_CLERK, "DQ")
    declarations = [factories.sent(body, name) for name in ("head", "member")]
    with racing("region accepts/returns") as race:
        for declaration in declarations:
            approval = declaration.region_approval
            job = {
                "approval": approval.pk,
                "version": approval.version,
                "seen": digest(regions.review_content(declaration)),
            }
            said = race.at_once(
                ("decide", {**job, "by": "region_clerk", "verdict": "return"}),
                ("decide", {**job, "by": "second_region_clerk", "verdict": "approve"}),
            )
            race.count_decisions(approval.pk, said["decide"], 1)
            declaration.refresh_from_db()
            decision = approval.decisions.get()
            assert declaration.region_state == {"return": "returned", "approve": "accepted"}[decision.verdict]
            states = set(declaration.pointversions.values_list("state", flat=True))
            assert states == {"to_change" if decision.verdict == "return" else "filed"}


def test_nobody_of_the_region_reviews_what_they_answered_for_the_unit(body):
    declaration = factories.filed(body, "head")
    factories.send(declaration, body["clerk"])
    factories.decide_region(declaration, body["region_clerk"], Verdict.ASK, reason="请补充依据。")
    for name in ("clerk", "second_clerk"):
        body[name].assignments.update(ends_on=factories.today() - dt.timedelta(days=1))
    factories.answer_region(declaration, body["region_clerk"], "由地区办公室代为答复。")
    with pytest.raises(NotAllowed):
        factories.decide_region(declaration, body["region_clerk"])


def test_what_is_no_id_is_a_wrong_choice(body, client_of):
    factories.filed(body, "head")
    for wrong in ("9" * 25, "²", "-1"):
        assert client_of("clerk").post(reverse("registry:region-to-send"), {"chosen": wrong}).status_code == 422
