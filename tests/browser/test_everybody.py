"""Every kind of page: readable for assistive technology, on a telephone, enlarged, in Chinese and in English, by keyboard."""

import datetime as dt
import re

import pytest
import time_machine
from django.urls import get_resolver, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from playwright.sync_api import Locator, Page, expect

from controls.actions import inspections
from controls.actions.disposals import bring_before
from controls.models import Task
from controls.rules import DisposalState
from cycles.actions import assessment
from registry import access
from registry.actions import confirmations, extensions, measures, organization, sessions, shelf
from registry.models import Assignment, PointVersion, Recusal
from registry.rules import Upload
from tests import factories
from tests.controls import disposals as disposal_walks
from tests.controls import findings as finding_walks
from tests.controls import inspected, monitored
from tests.cycles import made as years
from tests.registry.test_uploads import PDF

from .acts import button, expect_text, field, link, panel
from .conftest import latin_words, width_lost

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Addresses that are no page of their own: answers to forms, fragments, files, health.
NO_PAGES = {
    "healthz",
    "readyz",
    "logout",
    "login_provider",
    "login_provider_back",
    "sessions_end",
    "stay",
    "set_language",
    "registry:audit-check",
    "registry:audit-export",
    "registry:declaration-start",
    "registry:organization-declaration-start",
    "registry:measures-start",
    "registry:organization-measures-start",
    "registry:grade",
    "registry:nothing-found-remove",
    "registry:ledger-export",
    "registry:import-choices",
    "registry:import-apply",
    "registry:import-marked",
    "registry:import-template",
    "registry:ledger-pdf",
    "registry:ledger-measures-pdf",
    "registry:coverage-pdf",
    "registry:copy-digests",
    "registry:shelf-progress",
    "registry:shelf-file",
    "registry:shelf-again",
    "registry:shelf-delete",
    "registry:declaration-pdf",
    "registry:declaration-blank-pdf",
    "registry:notice-pdf",
    "registry:notice-anew",
    "registry:notice-extension-withdraw",
    "registry:filed-change",
    "registry:suggestion-take-up",
    "registry:record-attachment",
    "registry:meeting-attachment",
    "controls:finding-attachment",
    "controls:disposal-attachment",
    "controls:disposals-register",
    "controls:disposal-pdf",
    "controls:disposal-answer-pdf",
    "registry:confirmation-confirm",
    "registry:confirmation-take-back",
    "cycles:board",
    "cycles:training-file",
    "cycles:assessment-start",
    "cycles:assessment-file",
    "cycles:assessment-pdf",
    "cycles:notice-pdf",
    "controls:signals-export",
    "controls:signals-pdf",
    "controls:signal-judge",
    "controls:signal-source",
    "controls:signal-import-template",
    "controls:signal-import-discard",
    "controls:task-board-export",
    "controls:task-file",
    "controls:inspection-begin",
    "controls:inspection-pdf",
    "controls:inspection-workbook",
    "controls:inspection-summary-pdf",
    "controls:inspection-summary-workbook",
    "controls:draw-list",
    "controls:draw-pdf",
}


def all_names() -> set[str]:
    """Return the name of every address of the site."""
    resolver = get_resolver()
    names = {name for name in resolver.reverse_dict if isinstance(name, str)}
    for space, (_prefix, inner) in resolver.namespace_dict.items():
        names |= {f"{space}:{name}" for name in inner.reverse_dict if isinstance(name, str)}
    return names


def pages(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """Make something of every kind; return (who, name, arguments, status) of a page of every kind, and of refusals."""
    returned = factories.returned(body, "holder")
    submitted = factories.submitted(body, "colleague")
    filed = factories.filed(body, "other_holder", points=2)
    draft = factories.draft(body, "head")
    submitted_elsewhere = factories.submitted(body, "mzj_holder")
    decided = factories.decide(submitted_elsewhere)
    notices = notices_of(body)
    supplement = factories.supplement(body, "other_holder")
    suggestion = factories.suggestion(body, supplement.post, "other_head")
    withdrawn = PointVersion.objects.filter(post=supplement.post, state="in_force").first() or factories.first_point(
        filed
    )
    asked = factories.decide_region(factories.sent(body, "member"), body["region_clerk"], "ask", reason="请补充依据。")
    sent = factories.sent(body, "supervisor")
    stuck = factories.decide(factories.submitted(body, "swj_principal"), body["region_clerk"])
    point, marked = factories.first_point(draft).pk, factories.first_point(returned).pk
    return [
        ("head", "home", [], 200),
        ("head", "password_change", [], 200),
        ("head", "registry:my-declarations", [], 200),
        ("head", "registry:declaration-edit", [draft.pk], 200),
        ("head", "registry:point-add", [draft.pk], 200),
        ("head", "registry:points-paste", [draft.pk], 200),
        ("head", "registry:point-edit", [draft.pk, point], 200),
        ("head", "registry:point-remove", [draft.pk, point], 200),
        ("head", "registry:nothing-found", [draft.pk, "moral"], 200),
        ("head", "registry:declaration-check", [draft.pk], 200),
        ("head", "registry:queue", [], 200),
        ("head", "registry:decided", [], 200),
        ("head", "registry:declaration-decide", [submitted.approval.pk], 200),
        ("holder", "registry:declaration-edit", [returned.pk], 200),
        ("holder", "registry:point-edit", [returned.pk, marked], 200),
        ("colleague", "registry:declaration", [submitted.pk], 200),
        ("colleague", "registry:declaration-receipt", [submitted.pk], 200),
        ("colleague", "registry:declaration-withdraw", [submitted.pk], 200),
        ("inspector", "registry:declaration", [filed.pk], 200),
        ("clerk", "registry:region-to-send", [], 200),
        ("clerk", "registry:region-answer", [asked.pk], 200),
        ("region_clerk", "registry:region", [], 200),
        ("region_clerk", "registry:region-decide", [sent.region_approval_id], 200),
        ("region_clerk", "registry:without-reviewer", [], 200),
        ("region_clerk", "registry:reviewer-name", [stuck.approval_id], 200),
        ("clerk", "registry:schemes", [], 200),
        ("clerk", "registry:scheme", [body.organization("CZJ").pk, factories.today().year], 200),
        ("clerk", "registry:scheme-new", [body.organization("CZJ").pk, factories.today().year], 200),
        ("inspector", "registry:ledger", [], 200),
        ("inspector", "registry:point", [factories.first_point(filed).point.code], 200),
        ("inspector", "registry:point", ["CZJ-999999"], 404),
        ("inspector", "registry:declaration-decide", [filed.approval.pk], 403),
        ("mzj_holder", "registry:declaration-withdraw", [decided.pk], 409),
        ("other_holder", "registry:supplement-start", [supplement.appointment_id], 200),
        ("other_holder", "registry:declaration-edit", [supplement.pk], 200),
        ("other_holder", "registry:filed-withdraw", [supplement.pk, withdrawn.pk], 200),
        ("other_holder", "registry:suggestions", [], 200),
        ("other_holder", "registry:suggestion-new", [], 200),
        ("other_holder", "registry:suggestion-decline", [supplement.pk, suggestion.pk], 200),
        ("inspector", "registry:coverage", [], 200),
        ("clerk", "registry:coverage", [], 200),
        ("clerk", "registry:without-holder", [], 200),
        ("clerk", "registry:coverage-missing", [], 404),
        ("inspector", "registry:ledger-sheet", [], 200),
        ("inspector", "registry:ledger-measures-sheet", [], 200),
        ("inspector", "registry:coverage-sheet", [], 200),
        ("inspector", "registry:shelf", [], 200),
        ("inspector", "registry:shelf-new", ["ledger_sheet"], 200),
        *documents_of(body),
        ("inspector", "registry:declaration-sheet", [filed.pk], 200),
        ("head", "registry:declaration-blank", [], 200),
        *notices,
        *imports_of(body),
        *meetings_of(body),
        *measures_of(body),
        *administration_of(body),
        *rights_of(body),
        *years_of(body),
        *findings_of(body, factories.first_point(filed)),
        *disposals_of(body),
        *inspections_of(body),
        *tasks_of(body),
        *signals_of(body),
    ]


def years_of(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """Set years going, one with a stage asked to be closed with open ends; return the pages of the year."""
    year = factories.today().year
    before, cycle = years.cycle_of(body, year - 1), years.cycle_of(body, year)
    begun = years.begun(before, body)
    closing = years.asked_to_close(begun, body, by="second_region_clerk")
    training = years.trained(cycle, body)
    years.noticed(cycle, body, issued=False)
    planned = years.stage_of(cycle, "preparation")
    return [
        ("region_clerk", "cycles:cycle", [before.pk], 200),
        ("clerk", "cycles:cycle", [cycle.pk], 200),
        ("clerk", "cycles:progress", [cycle.pk], 200),
        ("region_clerk", "cycles:progress", [cycle.pk], 200),
        ("clerk", "cycles:late", [cycle.pk, "declare"], 200),
        ("holder", "cycles:late", [cycle.pk, "declare"], 403),
        ("region_clerk", "cycles:cycle-open", [], 200),
        ("region_clerk", "cycles:dates", [cycle.pk], 200),
        ("region_clerk", "cycles:stage-begin", [planned.pk], 200),
        ("region_clerk", "cycles:stage-close", [begun.pk], 200),
        ("region_clerk", "cycles:closing-agree", [closing.pk], 200),
        ("region_clerk", "cycles:closing-decline", [closing.pk], 200),
        ("clerk", "cycles:trainings", [cycle.pk], 200),
        ("clerk", "cycles:training-add", [cycle.pk], 200),
        ("clerk", "cycles:training-strike", [training.pk], 200),
        ("region_clerk", "cycles:notice", [cycle.pk], 200),
        ("region_clerk", "cycles:notice-edit", [cycle.pk], 200),
        ("region_clerk", "cycles:notice-issue", [cycle.pk], 200),
        ("region_clerk", "cycles:notice-sheet", [cycle.pk], 200),
        ("holder", "cycles:notice", [cycle.pk], 404),
        *assessments_of(body),
    ]


def assessments_of(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """Let two units assess themselves, one with points off; return the pages of it."""
    cycle = years.assessing_cycle(body, factories.today().year - 2)
    ours = years.self_assessed(cycle, body)
    theirs = years.submitted(years.self_assessed(cycle, body, by="mzj_clerk", code="MZJ"), body, by="mzj_clerk")
    deduction = assessment.deduct(by=body["region_clerk"], assessment=ours, hundredths=150, reason="报送迟延")
    return [
        ("region_clerk", "cycles:assessments", [cycle.pk], 200),
        ("clerk", "cycles:assessments", [cycle.pk], 200),
        ("clerk", "cycles:assessment", [ours.pk], 200),
        ("region_clerk", "cycles:assessment", [ours.pk], 200),
        ("clerk", "cycles:assessment-enter", [ours.pk, "rules"], 200),
        ("region_clerk", "cycles:assessment-deduct", [ours.pk], 200),
        ("region_clerk", "cycles:deduction-strike", [deduction.pk], 200),
        ("clerk", "cycles:assessment-submit", [ours.pk], 200),
        ("region_clerk", "cycles:assessment-decide", [theirs.approval_id], 200),
        ("clerk", "cycles:assessment-sheet", [ours.pk], 200),
    ]


def findings_of(body: factories.Body, version: PointVersion) -> list[tuple[str, str, list, int]]:
    """Raise findings and bring them on; return the pages of them."""
    place = {"code": "CZJ-02", "responsible": "other_holder"}
    finding, reported = finding_walks.raised(body, point=version.point, **place), finding_walks.raised(body, **place)
    finding_walks.act(body, reported, "report", "other_holder", attachments=[disposal_walks.FILE])
    taken_over = finding_walks.raised(body, **place)
    finding_walks.act(body, taken_over, "hand_over", "inspector")
    return [
        ("clerk", "controls:findings", [], 200),
        ("other_holder", "controls:findings-to-correct", [], 200),
        ("clerk", "controls:findings-to-verify", [], 200),
        ("clerk", "controls:finding-new", [], 200),
        ("clerk", "registry:point", [version.point.code], 200),
        ("other_holder", "controls:finding", [finding.pk], 200),
        ("other_holder", "controls:finding", [taken_over.pk], 200),
        ("inspector", "controls:finding", [taken_over.pk], 200),
        ("clerk", "controls:finding", [reported.pk], 200),
        ("other_holder", "controls:finding-report", [finding.pk], 200),
        ("clerk", "controls:finding-verify", [reported.pk], 200),
        ("clerk", "controls:finding-send-back", [reported.pk], 200),
        ("clerk", "controls:finding-extend", [finding.pk], 200),
        ("clerk", "controls:finding-supplement", [finding.pk], 200),
        ("inspector", "controls:finding-hand-over", [finding.pk], 200),
        ("holder", "controls:finding", [finding.pk], 404),
        ("other_head", "controls:finding-verify", [reported.pk], 403),
        ("clerk", "controls:finding-verify", [finding.pk], 409),
    ]


def disposals_of(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """Bring disposals into each state; return the pages of them, as whom they are about and as who deals with them."""
    made = {state: disposal_walks.in_state(body, state, "colleague") for state in DisposalState}
    of_leader = disposal_walks.in_state(body, DisposalState.SERVED, "member", decider="region_leader")
    with time_machine.travel(timezone.now() + 11 * factories.DAY, tick=False):
        bring_before(disposal=of_leader)
    return [
        ("inspector", "controls:disposals", [], 200),
        ("colleague", "controls:disposals", [], 200),
        ("clerk", "controls:disposals", [], 403),
        ("region_clerk", "controls:disposal-numbers", [], 200),
        ("inspector", "controls:disposal-new", [], 200),
        ("principal", "controls:disposal-decide", [made["proposed"].approval_id], 200),
        ("inspector", "controls:disposal-decide", [made["proposed"].approval_id], 200),
        *(("inspector", "controls:disposal", [disposal.pk], 200) for disposal in made.values()),
        ("colleague", "controls:disposal", [made["served"].pk], 200),
        ("colleague", "controls:disposal", [made["closed"].pk], 200),
        ("colleague", "controls:disposal", [made["decided"].pk], 404),
        ("principal", "controls:disposal", [of_leader.pk], 200),
        ("colleague", "controls:disposal-sheet", [made["served"].pk], 200),
        ("inspector", "controls:disposal-answer-sheet", [made["answered"].pk], 200),
        ("inspector", "controls:disposal-revise", [made["returned"].pk], 200),
        ("inspector", "controls:disposal-drop", [made["proposed"].pk], 200),
        ("inspector", "controls:disposal-serve", [made["decided"].pk], 200),
        ("colleague", "controls:disposal-acknowledge", [made["served"].pk], 200),
        ("colleague", "controls:disposal-answer", [made["served"].pk], 200),
        ("inspector", "controls:disposal-accept", [made["answered"].pk], 200),
        ("inspector", "controls:disposal-send-back", [made["answered"].pk], 200),
        ("principal", "controls:disposal-annul", [made["closed"].pk], 200),
    ]


def signals_of(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """Enter signals, let one become an alert and upload a workbook that is right and one that is not; return the pages."""
    signal, alert = monitored.entered(body), monitored.alert(body)
    right = monitored.uploaded(body)
    wrong = monitored.uploaded(body, "clerk", monitored.row(channel="传闻"), monitored.row(post="没有的岗"))
    return [
        ("inspector", "controls:signals", [], 200),
        ("inspector", "controls:signals-sheet", [], 200),
        ("clerk", "controls:signals", [], 200),
        ("holder", "controls:signals", [], 403),
        ("clerk", "controls:signal-new", [], 200),
        ("inspector", "controls:signal", [signal.pk], 200),
        ("inspector", "controls:signal", [alert.signal_id], 200),
        ("clerk", "controls:signal", [signal.pk], 200),
        ("inspector", "controls:signal-open", [signal.pk], 200),
        ("clerk", "controls:signal-import-new", [], 200),
        *(("clerk", "controls:signal-import", [each.pk], 200) for each in (right, wrong)),
        ("head", "controls:alerts", [], 200),
        ("head", "controls:alert", [alert.pk], 200),
        ("head", "controls:alert-answer", [alert.pk], 200),
    ]


def tasks_of(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """File measures of a post of which one is carried out, and one on an event; return the pages of their tasks."""
    measure = factories.measures_filed(body, "second_clerk", points=2)
    event = factories.measures_filed(body, "clerk", rhythm="on_event")
    task = factories.task_of(measure)
    done = Task.objects.exclude(pk=task.pk).get()
    factories.reported(done, body["second_clerk"], [Upload("抽查记录.PDF", "application/pdf", PDF)])
    return [
        ("second_clerk", "controls:my-tasks", [], 200),
        ("second_clerk", "controls:task-report", [task.pk], 200),
        ("second_clerk", "controls:task-report", [done.pk], 409),
        ("clerk", "controls:occurrences", [], 200),
        ("clerk", "controls:occurrence-report", [event.pk], 200),
        ("other_head", "controls:task", [done.pk], 200),
        ("other_head", "controls:task-send-back", [done.pk], 200),
        ("clerk", "controls:task-board", [], 200),
        ("clerk", "controls:point-tasks", [measure.point_version.point.code], 200),
    ]


def inspections_of(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """Plan, begin, sign and drop inspections, commit to draws and reveal one; return the pages about them."""
    plan = inspected.issued(body)
    post = body.appointment("other_holder").post
    planned = plan.inspections.filter(post=post).latest("due_on")
    begun = inspected.begun(body, inspected.special(body, "other_holder"), "inspector")
    inspected.answered(body, begun, "inspector", ("yes", ""), ("", ""), opinion="")
    signed = inspected.special(body, "other_holder", "other_head")
    inspected.signed(body, signed, "other_head", ("partly", "八月缺两次登记。"))
    dropped = inspected.special(body, "other_holder")
    inspections.drop_inspection(by=body["clerk"], inspection=dropped, reason="岗位撤销", expected=dropped.version)
    committed = inspected.committed(body)
    revealed = inspected.revealed(body, inspected.committed(body))
    factories.give(body, "outside_inspector", "inspector", "DQ")
    expert = inspected.experts(body, "outside_inspector")[0].pk
    return [
        ("clerk", "controls:inspections", [], 200),
        ("holder", "controls:inspections", [], 403),
        ("principal", "controls:inspections-mine", [], 200),
        ("clerk", "controls:inspections-mine", [], 200),
        ("clerk", "controls:inspection-special", [], 200),
        ("clerk", "controls:inspection-summary", [], 200),
        ("clerk", "controls:inspection-summary-sheet", [], 200),
        ("clerk", "controls:inspection-plans", [], 200),
        ("clerk", "controls:inspection-plan-new", [], 200),
        ("clerk", "controls:inspection-plan", [plan.pk], 200),
        ("clerk", "controls:inspection-plan-close", [plan.pk], 200),
        ("principal", "controls:inspection", [planned.pk], 200),
        ("clerk", "controls:inspection", [planned.pk], 200),
        ("clerk", "controls:inspection", [dropped.pk], 200),
        ("other_holder", "controls:inspection", [signed.pk], 200),
        ("other_holder", "controls:inspection", [planned.pk], 404),
        ("inspector", "controls:inspection-fill", [begun.pk], 200),
        ("inspector", "controls:inspection-sign", [begun.pk], 200),
        ("clerk", "controls:inspection-drop", [begun.pk], 200),
        ("clerk", "controls:inspection-drop", [signed.pk], 409),
        ("clerk", "controls:inspection-name", [planned.pk], 200),
        ("other_head", "controls:inspection-sheet", [signed.pk], 200),
        ("clerk", "controls:draws", [], 200),
        ("clerk", "controls:draw-new", [], 200),
        ("clerk", "controls:draw", [committed.pk], 200),
        ("principal", "controls:draw", [revealed.pk], 200),
        ("second_clerk", "controls:draw-reveal", [committed.pk], 200),
        ("principal", "controls:draw-replay", [revealed.pk], 200),
        ("clerk", "controls:draw-inspect", [revealed.pk], 200),
        ("clerk", "controls:draw-sheet", [revealed.pk], 200),
        ("outside_inspector", "controls:experts", [], 200),
        ("outside_inspector", "controls:expert-new", [], 200),
        ("outside_inspector", "controls:expert-change", [expert], 200),
        ("outside_inspector", "controls:expert-end", [expert], 200),
    ]


def imports_of(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """Upload ledgers and take one in; return the pages of each state."""
    wrong, right, done = (
        factories.uploaded(body, make=False),
        factories.uploaded(body),
        factories.taken_in(body, "信访科"),
    )
    return [
        ("clerk", "registry:imports", [], 200),
        ("clerk", "registry:import-new", [], 200),
        *(("clerk", "registry:import", [each.pk], 200) for each in (wrong, right, done)),
        ("clerk", "registry:import-discard", [right.pk], 200),
        ("clerk", "registry:import-undo", [done.batch_id], 200),
        ("holder", "registry:imports", [], 403),
        ("holder", "registry:import", [right.pk], 404),
    ]


def rights_of(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """Let people stand in for each other and a small office opt out; return the pages about it and about who may do what."""
    factories.standing_in(body)
    waiting = factories.stood_in(body, "clerk", "recorder", confirm=False)
    factories.opted_out(body, "CZJ")
    opt_out = factories.opted_out(body, "MZJ", confirm=False)
    factories.without_second_clerk(body, "SWJ")  # where a step is to stay without a reviewer
    role = Assignment.objects.get(person=body["other_head"])
    return [
        ("head", "registry:stand-ins", [], 200),
        ("other_head", "registry:stand-in-give", [role.pk], 200),
        ("principal", "registry:stand-ins", [], 200),
        ("principal", "registry:stand-in-confirm", [waiting.pk], 200),
        ("principal", "registry:stand-in-decline", [waiting.pk], 200),
        ("clerk", "registry:stand-in-end", [waiting.pk], 200),
        ("audit_administrator", "registry:rights", [], 200),
        ("audit_administrator", "registry:rights-of-person", [body["stand_in"].pk], 200),
        ("audit_administrator", "registry:rights-of-organization", [body.organization("CZJ").pk], 200),
        ("region_clerk", "registry:opt-outs", [], 200),
        ("region_clerk", "registry:opt-out-enter", [], 200),
        ("second_region_clerk", "registry:opt-out-confirm", [opt_out.pk], 200),
        ("second_region_clerk", "registry:opt-out-decline", [opt_out.pk], 200),
        ("region_clerk", "registry:opt-out-end", [opt_out.pk], 200),
        *account_of(body),
    ]


def documents_of(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """Put documents in every state on the member's shelf."""
    for _number in range(4):
        factories.document(body)
    shelf.fail(shelf.claim_next(), _("It took longer than one document may. Narrow the filter, and ask for it again."))
    shelf.keep(shelf.claim_next(), shelf.Made(b"PK" * 5_000_000, "台账.xlsx", []))
    shelf.renew(shelf.claim_next(), done=1, total=4)
    return [("member", "registry:shelf", [], 200)]


def account_of(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """Return the pages of one's own account; one person has a second factor they need not have."""
    factories.give_factor(body["supervisor"])
    fields = [("title", ["打到一半的题目"]), ("category", ["duty"])]
    typed = sessions.keep_form(person=body["supervisor"], page=reverse("home"), fields=fields, left_out=True)
    return [
        ("head", "account", [], 200),
        ("head", "second_factor", [], 200),
        ("supervisor", "account", [], 200),
        ("supervisor", "second_factor_remove", [], 200),
        ("supervisor", "recovery_codes", [], 200),
        ("supervisor", "second_factor", [], 409),
        ("supervisor", "kept_form", [typed.pk], 200),
    ]


def measures_of(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """Begin the measures of a post and file something of a section; return the pages of both."""
    declarant = access.Declarant.of_post(body.appointment("other_holder"))
    measuring = measures.start_measures(by=body["other_holder"], declarant=declarant)
    point = declarant.filed_points.first()
    section = body.organization("CZJ-02")
    return [
        ("other_holder", "registry:measures-edit", [measuring.pk], 200),
        ("other_holder", "registry:measure-edit", [measuring.pk, point.pk], 200),
        ("other_head", "registry:organization-supplement-start", [section.pk], 409),
    ]


def meetings_of(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """Enter a meeting of the team and put another; return (who, name, arguments, status) of a page of every kind of it."""
    unit = body.organization("CZJ")
    entered, dealt_with = (
        factories.decide(factories.submitted(body, name), body["other_head"]) for name in ("recorder", "publisher")
    )
    draft = factories.entered_meeting(unit, [entered], body["clerk"]).pk
    waiting = factories.put_meeting(unit, [dealt_with], body["member"]).pk
    section = factories.organization_draft(body)
    return [
        ("head", "registry:meeting-record", [section.pk], 200),
        ("clerk", "registry:meetings", [], 200),
        ("holder", "registry:meetings", [], 403),
        ("clerk", "registry:meeting-new", [], 200),
        ("clerk", "registry:meeting", [waiting], 200),
        ("holder", "registry:meeting", [waiting], 404),
        ("clerk", "registry:meeting-edit", [draft], 200),
        ("clerk", "registry:meeting-edit", [waiting], 409),
        ("clerk", "registry:meeting-put", [draft], 200),
        ("clerk", "registry:meeting-discard", [draft], 200),
        ("member", "registry:meeting-confirm", [waiting], 200),
        ("member", "registry:meeting-send-back", [waiting], 200),
    ]


def administration_of(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """Return every page of the two administrators."""
    post, section, unit = body.appointment("swj_holder"), body.organization("SWJ-01"), body.organization("CZJ")
    keeper, giver, person = "system_administrator", "security_administrator", [body["swj_holder"].pk]
    role = Assignment.objects.get(person=body["mzj_head"])
    recusal = Recusal.objects.get(person=body["recused_inspector"])
    return [
        (keeper, "registry:organizations", [], 200),
        (keeper, "registry:organization", [unit.pk], 200),
        *(
            (keeper, f"registry:organization-{verb}", [section.pk], 200)
            for verb in ("rename", "move", "merge", "split", "close")
        ),
        (keeper, "registry:organization-add", [unit.pk], 200),
        (keeper, "registry:post-add", [section.pk], 200),
        *(
            (keeper, f"registry:{name}", [post.post_id], 200)
            for name in ("post", "post-change", "post-move", "post-close")
        ),
        (keeper, "registry:post-successor", [closed_post(body)], 200),
        (keeper, "registry:appoint", [post.post_id], 200),
        (keeper, "registry:appointment-end", [post.pk], 200),
        (keeper, "registry:hand-over", [post.pk], 200),
        ("audit_administrator", "registry:audit", [], 200),
        (keeper, "registry:audit", [], 403),
        (keeper, "registry:people", [], 200),
        (keeper, "registry:person-add", [], 200),
        *((keeper, f"registry:person-{verb}", person, 200) for verb in ("rename", "password", "unlock", "end")),
        (keeper, "registry:person-factor", [body["outside_inspector"].pk], 200),
        (giver, "registry:person", person, 200),
        (giver, "registry:organization", [body.organization("CZJ-01").pk], 200),
        (giver, "registry:role-give", [unit.pk], 200),
        (giver, "registry:role-end", [role.pk], 200),
        (giver, "registry:recusal-add", [unit.pk], 200),
        (giver, "registry:recusal-end", [recusal.pk], 200),
        (giver, "registry:post-add", [section.pk], 403),
        *confirmations_of(body),
    ]


def confirmations_of(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """Enter something of each kind that waits, something in effect and something declined; return the pages of each."""
    keeper, giver, today = body["system_administrator"], body["security_administrator"], factories.today()
    given, declined = (
        organization.assign(
            by=giver, person=body["mzj_holder"], role=role, reason="任免文件", starts_on=today,
            organization=body.organization("MZJ-01"),
        )
        for role in ("recorder", "supervising_leader")
    )  # fmt: skip
    confirmations.decline(by=keeper, confirmation=declined, reason="人选未定")
    moved = organization.move_post(
        by=keeper, post=body.appointment("mzj_holder").post, organization=body.organization("MZJ"), reason="机构改革"
    )
    ended = organization.recuse(
        by=giver, person=body["swj_holder"], organization=body.organization("MZJ"), starts_on=today, reason="近亲属"
    )
    return [
        *(("system_administrator", "registry:confirmation", [each.pk], 200) for each in (given, ended, declined)),
        ("security_administrator", "registry:confirmation", [moved.pk], 200),
        ("system_administrator", "registry:confirmations", [], 200),
        ("system_administrator", "registry:confirmations-together", [], 200),
        ("system_administrator", "registry:confirmation-decline", [given.pk], 200),
        ("system_administrator", "registry:organization", [body.organization("MZJ-01").pk], 200),
    ]


def closed_post(body: factories.Body) -> int:
    """A post that was closed some days ago, with nobody after it."""
    console, days = organization.console_actor(), [factories.today() - dt.timedelta(days=ago) for ago in (9, 3)]
    post = organization.create_post(
        by=console, organization=body.organization("SWJ-01"), name="已撤岗", opened_on=days[0]
    )
    organization.close_post(by=console, post=post, ends_on=days[1], reason="机构改革")
    return post.pk


def notices_of(body: factories.Body) -> list[tuple[str, str, list, int]]:
    """Make notices in every state and return the pages of each."""
    posted = factories.posted(body)
    objection = factories.objection(body, posted)
    extension = extensions.ask_extension(by=body["publisher"], notice=posted, days=2, reason="群众要求延期")
    copy = factories.copy_of(posted, body["clerk"])
    factories.filed(body, "other_head")
    draft = factories.composed(body)
    submitted = factories.submit_notice(factories.composed(body), body["publisher"])
    return [
        ("clerk", "registry:notices", [], 200),
        ("clerk", "registry:notice-new", [], 200),
        ("clerk", "registry:notice-compose", [draft.pk], 200),
        ("clerk", "registry:notice-check", [draft.pk], 200),
        ("clerk", "registry:notice-discard", [draft.pk], 200),
        ("clerk", "registry:notice-decide", [submitted.approval_id], 200),
        ("clerk", "registry:notice", [submitted.pk], 200),
        ("clerk", "registry:notice-withdraw", [submitted.pk], 200),
        ("clerk", "registry:notice", [posted.pk], 200),
        ("clerk", "registry:objection-record", [posted.pk], 200),
        ("clerk", "registry:objection-answer", [posted.pk, objection.pk], 200),
        ("clerk", "registry:notice-take-down", [posted.pk], 200),
        ("clerk", "registry:notice-extend", [posted.pk], 200),
        ("clerk", "registry:notice-extension-decide", [extension.approval_id], 200),
        ("system_administrator", "registry:calendar", [], 200),
        ("system_administrator", "registry:calendar-enter", [], 200),
        ("colleague", "registry:notice", [posted.pk], 200),
        ("colleague", "registry:notice-object", [posted.pk], 200),
        ("colleague", "registry:notice-sheet", [posted.pk], 200),
        ("colleague", "registry:check", [], 200),
        ("colleague", "registry:verify", [posted.code], 200),
        ("colleague", "registry:verify", [copy.code], 200),
        ("clerk", "registry:copies", [], 200),
        ("colleague", "registry:copies", [], 403),
        ("clerk", "registry:copy-issue-notice", [posted.pk], 200),
        ("clerk", "registry:copy-issue-ledger", ["ledger_sheet"], 409),
        ("clerk", "registry:copy-return", [copy.pk], 200),
        ("colleague", "registry:verify", ["ABCD-EFGH-JKMN"], 404),
    ]


@pytest.mark.parametrize("half", [0, 1])
def test_every_kind_of_page(arrive, new_page, look, watch, body, half):
    """In two halves, which processes share."""
    visits = pages(body)
    assert {name for _who, name, _arguments, _status in visits} | {"login", "login_code"} | NO_PAGES == all_names()
    magnified = {"viewport": {"width": 640, "height": 800}, "device_scale_factor": 2}
    faults = []

    def examine(page: Page, what: str) -> None:
        if width_lost(page):
            faults.append(f"{what} at 200 %: {width_lost(page)} px too wide")
        page.set_viewport_size({"width": 360, "height": 780})
        if width_lost(page):
            faults.append(f"{what} at 360 px: {width_lost(page)} px too wide")
        else:
            try:
                look(page)
            except AssertionError as found:
                faults.append(str(found))
        if latin_words(page):
            faults.append(f"{what} says in Latin letters: {latin_words(page)}")
        page.set_viewport_size(magnified["viewport"])

    outside = new_page(**magnified)
    outside.goto(reverse("login"))
    examine(outside, "login")
    field(outside, "Staff number").fill("inspector")
    outside.get_by_label(_("Password"), exact=True).fill(factories.PASSWORD)
    button(outside, "Sign in").click()
    expect(outside.locator("h1")).to_have_text(_("Second factor"))
    examine(outside, "login_code")
    people: dict[str, Page] = {}
    for who, name, arguments, status in visits[half::2]:
        page = people[who] if who in people else people.setdefault(who, arrive(who, **magnified))
        if status != 200:
            watch.expect(status)
        page.goto(reverse(name, args=arguments))
        examine(page, f"{name} ({status})")
    assert not faults, "\n".join(faults)


def test_the_watch_itself_misses_nothing(new_page, watch):
    page = new_page()
    page.goto(reverse("login"))
    assert not watch.complaints
    violation = "content security policy"
    inline = "document.body.append(Object.assign(document.createElement('script'), {text: '0'}))"
    for script, event, complaint in (
        (inline, "console", violation),
        ("console.error('oh')", "console", "console: oh"),
        ("setTimeout(() => { throw new Error('ah') })", "weberror", "error in a script"),
        ("fetch('/no-such-page')", "console", "404 from GET"),
        ("fetch('http://127.0.0.1:9/').catch(() => null)", "console", violation),
    ):
        with page.context.expect_event(event):
            page.evaluate(f"() => {{ {script} }}")
        page.evaluate("0")
        assert any(complaint in each for each in watch.complaints), (script, watch.complaints)
        watch.complaints.clear()


def test_the_language_can_be_changed_and_changed_back(arrive, look, body):
    factories.filed(body, "holder")
    page = arrive("inspector")  # whose browser prefers English; the office's language is Chinese all the same
    html = page.locator("html")
    expect(html).to_have_attribute("lang", re.compile("^zh-hans$", re.IGNORECASE))
    page.goto(reverse("registry:ledger") + "?category=duty")
    expect(page.locator("h1")).to_have_text("廉政风险点台账")
    page.get_by_role("button", name="English").click()
    expect(html).to_have_attribute("lang", "en")
    expect(page).to_have_url(re.compile(r"/ledger/\?category=duty$"))
    expect(page.locator("h1")).to_have_text("Ledger of integrity-risk points")
    expect_text(page.locator("table.ledger"), "post duties", "grade I (high)", "CZJ-000001")
    assert look(page)
    page.get_by_role("button", name="简体中文").click()
    expect(html).to_have_attribute("lang", re.compile("^zh-hans$", re.IGNORECASE))
    expect(page.locator("h1")).to_have_text("廉政风险点台账")


def focused(target: Locator) -> bool:
    """Say whether the focus is on `target`."""
    return target.evaluate("element => element === document.activeElement")


def tab_to(page: Page, target: Locator, most: int = 60) -> None:
    """Press Tab until the focus is on `target`, which must then show it."""
    for _press in range(most):
        page.keyboard.press("Tab")
        if focused(target):
            return
    pytest.fail(f"the Tab key does not reach {target}")


def test_by_keyboard_alone(new_page, quick_passwords):
    page = new_page()
    page.goto("/")
    if not focused(field(page, "Staff number")):
        tab_to(page, field(page, "Staff number"))
    page.keyboard.type("holder")
    tab_to(page, page.get_by_label(_("Password"), exact=True))
    page.keyboard.type(factories.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(_("Workbench"))

    # The first stop on every page leads past the head of it.
    skip = link(page, "Skip to the content")
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(button(page, "Begin the declaration")).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel(page, "Risk points")).to_be_visible()
    tab_to(page, link(page, "Add a risk point"))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(_("Add a risk point"))

    # Radio buttons by arrow, a menu by arrow, Enter saves.
    tab_to(page, page.get_by_role("radio").first)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tab_to(page, field(page, "Risk point"))
    page.keyboard.type("未经审批用印")
    page.keyboard.press("Enter")
    expect_text(panel(page, "Risk points"), "未经审批用印")
    expect_text(page.locator("#category-duty .task-status"), "1")
