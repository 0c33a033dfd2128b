"""The way of a declaration in the database: every (state, verb, person), and a state machine against a plain model."""

import itertools

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from registry import access
from registry.actions import declarations, meetings
from registry.actions.verification import verify
from registry.models import AuditEntry, Decision, Declaration, Person, PointVersion, RiskPoint
from registry.rules import Changed, Incomplete, NotAllowed, Refused, Verdict, digest
from tests import factories

pytestmark = pytest.mark.django_db

CAST = [*factories.STAFF, *factories.OFFICES]
# Who decides the declaration of `holder` at each step: the head; the team but for who decided; an office clerk.
TEAM = {"supervisor", "member", "principal", "second_principal"}
DECIDERS = {"at_head": {"head"}, "at_team": TEAM, "at_office": {"clerk", "second_clerk"}}
VERDICTS = {"at_head": "approve", "at_team": "approve", "at_office": "file"}


def reach(body, state: str) -> Declaration:
    """Return the holder's declaration in one of the states of the table."""
    if state == "draft":
        return factories.draft(body)
    if state == "returned":
        return factories.returned(body)
    if state == "filed":
        return factories.filed(body)
    declaration = factories.submitted(body)
    for _done in range(list(DECIDERS).index(state)):
        factories.decide(declaration)
    return declaration


def act(declaration: Declaration, verb: str, by) -> str:
    """Do a verb; return "done", "refused" (the state) or "not allowed" (the person)."""
    try:
        if verb == "submit":
            declarations.submit(
                by=by, declaration=declaration, seen_digest=digest(declarations.content_of(declaration))
            )
        elif verb == "withdraw":
            declarations.withdraw(by=by, declaration=declaration, expected=declaration.version)
        elif verb == "edit":
            point = factories.first_point(declaration)
            declarations.save_point(
                by=by,
                declaration=declaration,
                version=point,
                expected=point.version,
                values=factories.point_values(title="改过"),
                measures=[],
            )
        elif declaration.approval is None:
            return "refused"
        elif verb.startswith("meeting "):
            meeting = factories.put_meeting(
                declaration.unit, [declaration], by, verb.removeprefix("meeting "), reason="理由"
            )
            meetings.confirm_meeting(**factories.confirmation(meeting, by))
        else:
            approval = declaration.approval
            declarations.decide_declaration(
                by=by,
                approval=approval,
                verdict=verb,
                version=approval.version,
                seen_digest=digest(declarations.content_of(declaration)),
                reason="理由",
            )
    except NotAllowed as why:
        assert str(why)
        return "not allowed"
    except Refused as why:
        assert str(why)
        return "refused"
    return "done"


def expected(state: str, verb: str, name: str) -> set[str]:
    """What the domain says, by hand."""
    if verb in ("submit", "edit"):
        if name != "holder":
            return {"not allowed"}
        return {"done"} if state in ("draft", "returned") else {"refused"}
    if verb == "withdraw":
        if name != "holder":
            return {"not allowed"}
        return {"done"} if state == "at_head" else {"refused"}
    if verb.startswith("meeting "):
        if state != "at_team":
            return {"refused"}
        return {"done"} if name in TEAM else {"not allowed"}
    if state not in DECIDERS:
        return {"refused"}
    if name not in DECIDERS[state]:
        return {"not allowed"}
    if state == "at_team":
        return {"refused"}  # the team decides in a meeting, nobody of it on screen
    return {"done"} if verb in (VERDICTS[state], "return") else {"refused"}


@pytest.mark.parametrize("state", ["draft", "at_head", "at_team", "at_office", "returned", "filed"])
def test_every_state_verb_and_person(body, state):
    declaration = reach(body, state)
    wrong = []
    verbs = ["edit", "submit", "withdraw", "approve", "return", "file", "meeting approve", "meeting return"]
    for verb, name in itertools.product(verbs, CAST):
        with transaction.atomic():
            found = act(Declaration.objects.get(pk=declaration.pk), verb, body[name])
            transaction.set_rollback(True)
        if {found} != expected(state, verb, name):
            wrong.append((verb, name, found))
    assert not wrong


def test_codes_are_given_at_filing_in_order_and_never_again(body):
    first = factories.filed(body, points=2)
    second = factories.filed(body, "other_holder")
    codes = list(PointVersion.objects.order_by("pk").values_list("point__code", flat=True))
    assert codes == ["CZJ-000001", "CZJ-000002", "CZJ-000003"]
    year = factories.today().year
    assert [first.number, second.number] == [f"DJ-CZJ-{year}-00001", f"DJ-CZJ-{year}-00002"]


def test_filed_points_carry_frozen_names_day_and_leader(body):
    version = factories.first_point(factories.filed(body))
    assert (version.unit_name, version.organization_name) == ("云岭地区财政局", "办公室")
    assert (version.post_name, version.holder_name) == ("印章管理岗", "林晓堃")
    assert version.valid_from == factories.today()
    # Grade I is the principal leader's to manage.
    assert version.grade == 1
    assert version.responsible_leader in (body["principal"].name, body["second_principal"].name)


def test_measures_named_with_a_point_are_proposed_not_filed(body):
    version = factories.first_point(factories.filed(body))
    assert [measure.state for measure in version.measures.all()] == ["proposed"]


def test_rank_decides_about_the_region(body):
    assert factories.filed(body).to_region is False
    assert factories.filed(body, "head").to_region is True  # ke rank
    assert factories.filed(body, "principal").to_region is True


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("holder", {"head"}),
        ("head", {"supervisor"}),
        ("member", {"principal", "second_principal"}),
        ("principal", {"second_principal"}),
        ("swj_principal", set()),  # no other principal leader, and nobody in the region's office but:
    ],
)
def test_who_is_asked_first(body, name, who):
    declaration = factories.submitted(body, name)
    asked = access.asked_now(declaration.approval)
    names = {key for key, person in body.people.items() if person.pk in asked.people}
    assert names == (who or {"region_clerk"})


def test_nobody_decides_two_steps_of_one_round(body):
    """The supervising leader is also a member of the team: having decided for the head's post, not again for the team."""
    declaration = factories.submitted(body, "head")
    factories.decide(declaration, body["supervisor"])
    assert body["supervisor"].pk not in access.asked_now(declaration.approval).people
    with pytest.raises(NotAllowed, match="."):
        factories.decide(declaration, body["supervisor"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            approval=declaration.approval,
            round=1,
            step="team",
            decided_by=body["supervisor"],
            acting_as="review_team",
            verdict="approve",
            seen_digest="x",
            decided_at=declaration.submitted_at,
        )


def test_a_return_opens_only_what_was_marked(body):
    declaration = factories.returned(body, points=2)
    marked, other = declaration.pointversions.order_by("pk")
    with pytest.raises(Refused):
        declarations.save_point(
            by=body["holder"],
            declaration=declaration,
            version=other,
            expected=other.version,
            values=factories.point_values(),
            measures=[],
        )
    with pytest.raises(Refused):
        declarations.save_point(
            by=body["holder"], declaration=declaration, values=factories.point_values(), measures=[]
        )
    with pytest.raises(Refused):
        declarations.state_nothing_found(
            by=body["holder"], declaration=declaration, category="moral", reason="换个说法", expected=1
        )
    declarations.save_point(
        by=body["holder"],
        declaration=declaration,
        version=marked,
        expected=marked.version,
        values=factories.point_values(manifestation="在复核环节补签。"),
        measures=[],
    )
    factories.submit(declaration)
    assert (declaration.approval.round, declaration.approval.step) == (2, 0)


def test_removing_the_only_point_of_an_expected_category_opens_its_statement(body):
    declaration = factories.returned(body, points=1)
    point = factories.first_point(declaration)
    declarations.remove_point(by=body["holder"], version=point, expected=point.version)
    declarations.state_nothing_found(
        by=body["holder"], declaration=declaration, category="duty", reason="该事项已划转其他岗位。"
    )
    assert factories.submit(declaration).state == "submitted"


def test_taken_back_after_a_return_the_remarks_still_stand(body):
    declaration = factories.submit(factories.returned(body))
    declarations.withdraw(by=body["holder"], declaration=declaration, expected=declaration.version)
    declaration.refresh_from_db()
    assert declaration.state == "returned"
    assert len(declarations.marks(declaration)) == 1
    factories.submit(declaration)
    assert declaration.approval.round == 3


def test_submitting_names_every_gap(body):
    declaration = declarations.start_declaration(
        by=body["holder"], declarant=access.Declarant.of_post(body.appointment("holder"))
    )
    with pytest.raises(Incomplete) as why:
        factories.submit(declaration)
    assert {gap.target for gap in why.value.gaps} == {"points", "nothing:duty", "nothing:moral", "nothing:environment"}
    assert Declaration.objects.get(pk=declaration.pk).state == "draft"


def test_what_was_changed_since_it_was_checked_is_not_submitted(body):
    declaration = factories.draft(body)
    seen = digest(declarations.content_of(declaration))
    point = factories.first_point(declaration)
    declarations.save_point(
        by=body["holder"],
        declaration=declaration,
        version=point,
        expected=point.version,
        values=factories.point_values(title="另一个窗口改的"),
        measures=[],
    )
    with pytest.raises(Changed):
        declarations.submit(by=body["holder"], declaration=declaration, seen_digest=seen)


def test_an_old_version_of_a_point_overwrites_nothing(body):
    declaration = factories.draft(body)
    point = factories.first_point(declaration)
    old = point.version
    for title in ("甲窗口", "乙窗口"):
        try:
            declarations.save_point(
                by=body["holder"],
                declaration=declaration,
                version=PointVersion.objects.get(pk=point.pk),
                expected=old,
                values=factories.point_values(title=title),
                measures=[],
            )
        except Changed as why:
            assert body["holder"].name in str(why)
    point.refresh_from_db()
    assert point.title == "甲窗口"


def test_a_decision_about_other_content_or_another_version_is_refused(body):
    declaration = factories.submitted(body)
    approval = declaration.approval
    current = digest(declarations.content_of(declaration))
    said = {"by": body["head"], "approval": approval, "verdict": "approve"}
    with pytest.raises(Changed):
        declarations.decide_declaration(**said, version=approval.version, seen_digest="sha256:other")
    with pytest.raises(Changed):
        declarations.decide_declaration(**said, version=approval.version - 1, seen_digest=current)
    # Behind the system's back: what is decided is what stands there, not what was submitted.
    before = factories.first_point(declaration).title
    PointVersion.objects.filter(declaration=declaration).update(title="事后改动")
    with pytest.raises(Changed, match="事后改动") as refused:  # which entry it is
        declarations.decide_declaration(**said, version=approval.version, seen_digest=current)
    assert before not in str(refused.value)
    assert not Decision.objects.exists()


def test_a_new_name_of_somebody_who_was_present_changes_nothing_under_review(body):
    declaration = factories.organization_draft(body)
    factories.record(declaration, body["head"])
    factories.submit(declaration)
    submission = declaration.approval.submissions.get()
    Person.objects.filter(pk=declaration.meeting.present.first().pk).update(name="改名的人")
    assert digest(declarations.content_of(declaration)) == submission.digest
    factories.decide(declaration)


def test_a_return_says_why_and_an_approval_leaves_no_remark(body):
    declaration = factories.submitted(body)
    point = factories.first_point(declaration)
    with pytest.raises(Refused):
        factories.decide(declaration, body["head"], Verdict.RETURN, reason="   ")
    with pytest.raises(Refused):
        factories.decide(declaration, body["head"], "approve", remarks={f"point:{point.pk}": "再改改"})
    with pytest.raises(NotAllowed):
        factories.decide(declaration, body["head"], Verdict.RETURN, remarks={"point:999999": "别人的"})
    assert not Decision.objects.exists()


def test_the_history_of_a_draft_says_which_field_changed(body):
    declaration = factories.draft(body)
    point = factories.first_point(declaration)
    declarations.save_point(
        by=body["holder"],
        declaration=declaration,
        version=point,
        expected=point.version,
        values=factories.point_values(title="改过的标题"),
        measures=[],
    )
    new, old = point.history.order_by("-history_date", "-history_id")
    assert "title" in new.diff_against(old).changed_fields
    assert new.history_user == body["holder"]


def test_a_login_leaves_no_row_in_the_history(body, client):
    before = body["holder"].history.count()
    assert client.login(username="holder", password=factories.PASSWORD)
    body["holder"].refresh_from_db()
    assert body["holder"].last_login is not None
    assert body["holder"].history.count() == before


def test_every_act_is_a_link_of_the_chain(body):
    factories.filed(body)
    entries = list(AuditEntry.objects.all())
    verdict = verify()
    assert (verdict.ok, verdict.entries) == (True, len(entries))
    acts = [entry.act for entry in entries]
    assert acts[-9:] == [
        "declaration.submit",
        "declaration.approve",
        "meeting.enter",
        "meeting.save",
        "meeting.put",
        "declaration.approve",
        "meeting.confirm",
        "declaration.file",
        "ledger.enter",
    ]


def test_the_chain_holds_no_text_of_what_was_decided(body):
    factories.filed(body)
    for entry in AuditEntry.objects.all():
        assert "印" not in f"{entry.act}{entry.subject}"


ACTORS = st.sampled_from(["holder", "colleague", "head", "supervisor", "member", "principal", "clerk", "inspector"])


class Workflow(RuleBasedStateMachine):
    """Any person tries any verb at any time; a dozen lines of model say what must come of it."""

    body: factories.Body  # set by the test

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.declaration = factories.draft(self.body)
        self.state, self.step, self.round, self.decided, self.had_return = "draft", 0, 0, [], False
        self.edits = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @rule(name=ACTORS)
    def edit(self, name: str) -> None:
        may = name == "holder" and self.state in ("draft", "returned")
        assert (act(self.declaration, "edit", self.body[name]) == "done") == may
        self.edits += may

    @rule(name=ACTORS)
    def submit(self, name: str) -> None:
        may = name == "holder" and self.state in ("draft", "returned")
        assert (act(self.declaration, "submit", self.body[name]) == "done") == may
        if may:
            self.state, self.step, self.round, self.decided = "submitted", 0, self.round + 1, []

    @rule(name=ACTORS)
    def withdraw(self, name: str) -> None:
        may = name == "holder" and self.state == "submitted" and not self.decided
        assert (act(self.declaration, "withdraw", self.body[name]) == "done") == may
        if may:
            self.state = "returned" if self.had_return else "draft"

    @rule(name=ACTORS, verdict=st.sampled_from(["approve", "return", "file"]), in_meeting=st.booleans())
    def decide_somehow(self, name: str, verdict: str, in_meeting: bool) -> None:
        self.decide(name, verdict, in_meeting)

    def decide(self, name: str, verdict: str, in_meeting: bool) -> None:
        place = list(DECIDERS)[self.step] if self.state == "submitted" else ""
        may = bool(place) and name in DECIDERS[place] - set(self.decided) and verdict in (VERDICTS[place], "return")
        may = may and in_meeting == (place == "at_team")
        self.declaration.refresh_from_db()
        with transaction.atomic():
            found = act(self.declaration, f"meeting {verdict}" if in_meeting else verdict, self.body[name])
            transaction.set_rollback(found != "done")  # no meeting is left behind
        assert (found == "done") == may
        if not may:
            return
        self.decided.append(name)
        if verdict == "return":
            self.state, self.had_return = "returned", True
        elif verdict == "file":
            self.state = "filed"
        else:
            self.step += 1

    @precondition(lambda self: self.state == "submitted")
    @rule()
    def say_yes(self) -> None:
        """Random people seldom come far; now and then the right one says yes."""
        place = list(DECIDERS)[self.step]
        self.decide(sorted(DECIDERS[place] - set(self.decided))[0], VERDICTS[place], place == "at_team")

    @invariant()
    def the_database_says_the_same(self) -> None:
        self.declaration.refresh_from_db()
        assert self.declaration.state == self.state
        approval = self.declaration.approval
        assert (approval is None) == (self.round == 0)
        if approval is None:
            return
        approval.refresh_from_db()
        assert approval.round == self.round
        if self.state == "submitted":
            assert approval.step == self.step
        decided = approval.decisions.filter(round=self.round).values_list("decided_by__username", flat=True)
        assert list(decided) == self.decided

    @invariant()
    def only_filed_points_have_codes_and_stand_in_the_ledger(self) -> None:
        is_filed = self.state == "filed"
        assert PointVersion.objects.in_ledger().exists() == is_filed
        assert RiskPoint.objects.filter(code__isnull=False).exists() == is_filed

    @invariant()
    def nobody_is_asked_twice_or_about_their_own(self) -> None:
        for name in ("holder", *self.decided):
            if self.declaration.approval and self.state == "submitted":
                assert not access.waiting_for(self.body[name]).filter(pk=self.declaration.approval_id).exists()

    @invariant()
    def every_submission_is_kept_whole(self) -> None:
        if self.declaration.approval is None:
            return
        submissions = list(self.declaration.approval.submissions.all())
        assert [submission.round for submission in submissions] == list(range(1, self.round + 1))
        for submission in submissions:
            assert digest(submission.content) == submission.digest


def test_the_workflow_as_a_state_machine(body):
    Workflow.body = body
    run_state_machine_as_test(
        Workflow,
        settings=settings(
            max_examples=12,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
