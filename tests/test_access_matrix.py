"""Every route, method, actor and state against access_matrix.yaml, which is written from the domain.

A denied call must change nothing, an act must change something; both are seen from a digest of all registry tables.
"""

import functools
import hashlib
import itertools
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from controls.actions import disposals, draws, inspection_plans, inspections
from controls.models import Task
from cycles.actions import assessment as assessments
from cycles.actions.conditions import open_ends
from integrity.urls import PUBLIC
from registry import access
from registry.actions import declarations as verbs
from registry.actions import extensions, measures, notices, organization, regions, sessions, shelf, sign_in
from registry.actions.jobs import run_due
from registry.models import (
    Appointment,
    Assignment,
    AuditEntry,
    AuditHead,
    Declaration,
    MeasureVersion,
    MeetingItem,
    Person,
    PointVersion,
    Recusal,
)
from registry.rules import NotAllowed, Scheme, Upload, digest
from registry.rules.shelf import DocumentKind
from registry.rules.sign_in import FAILURES_OF_PERSON
from tests import factories
from tests.controls import disposals as disposal_walks
from tests.controls import findings as finding_walks
from tests.controls import inspected, monitored
from tests.cycles import made as years

MATRIX = yaml.safe_load((Path(__file__).parent / "access_matrix.yaml").read_text(encoding="utf-8"))
STATES = MATRIX["states"]["all"]
METHODS = {"GET": ["GET"], "POST": ["POST"], "other": ["PUT", "DELETE"]}
# Objects that stand beside the declaration whose states these are: they are called in one of them.
BESIDE = {
    "draft notice", "submitted notice", "posted notice", "region notice", "objection", "approval of a notice",
    "approval of a posted notice", "approval of an extension", "short code", "no code", "suggestion", "filed point in a supplement",
    "point of another post in a supplement", "measures", "point in the measures", "foreign point in the measures",
    "kept section", "kept unit", "empty section", "kept post", "kept closed post", "kept appointment", "kept role",
    "kept recusal", "kept person", "kept inspector", "what was typed", "kept entry of a role", "kept entry of an account",
    "scheme of the unit", "scheme of the region",
    "draft meeting", "put meeting", "closed meeting", "record of a section",
    "role of the other head", "waiting stand-in", "place that is told", "person who is told", "waiting opt-out",
    "unit of a template", "uploaded ledger", "uploaded ledger with problems", "ledger taken in", "import of today",
    "kind of document", "no kind of document", "numbered copy", "ready document", "failed document",
    "task of the holder", "reported task", "file of the reported task", "measure on an event",
    "plan of inspections", "planned inspection", "begun inspection", "signed inspection", "special inspection of CZJ-01",
    "committed draw", "revealed draw", "drawn posts of CZJ", "expert",
    "approval at the region", "declaration at the region", "declaration the region asks about", "approval without a reviewer",
    "cycle", "cycle with its notice", "planned stage", "running stage", "asked closing", "training", "who is late in a year",
    "assessing cycle", "unit to assess", "assessment", "indicator of an assessment", "entry of an assessment", "deduction",
    "approval of an assessment",
    "finding of CZJ-01", "disposal of CZJ-01",
    "open finding", "reported finding", "file of a correction", "approval of a disposal", "proposed disposal", "returned disposal",
    "decided disposal", "served disposal", "answered disposal", "file of an answer",
    "signal", "signal of CZJ-01", "alert", "signals in a workbook",
}  # fmt: skip
DELETING = ("anonymous", "holder", "clerk", "system_administrator")
LOGIN = "login"  # the answer of a private route to somebody who is not signed in
UNCHANGED, CHANGED, NOTED, DENIED = "nothing changed", "changed", "noted in the audit chain", "one refusal noted"
_KEPT = ("registry_", "controls_", "cycles_", "mfa_")
CHAIN = {"registry_auditentry", "registry_audithead"}
WRITING = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "((?:registry|controls|cycles|mfa)_\w+)"')


class Case(NamedTuple):
    """One call and the answer it must get."""

    route: str
    object: str
    method: str
    state: str
    actor: str
    status: str
    effect: str


# --- Reading the matrix ----------------------------------------------------------------------------------------------


def everyone() -> list[str]:
    return [*MATRIX["actors"]["outsiders"], *MATRIX["actors"]["signed in"]]


def people(name: str | list[str], state: str) -> set[str]:
    """Return the actors behind a group's name, a list of such names, or the name of one actor."""
    if isinstance(name, list):
        return set().union(*(people(each, state) for each in name))
    if name in ("readers", "followers"):
        return people(MATRIX[name][state], state)
    if name in MATRIX["actors"]:
        return set(MATRIX["actors"][name])
    if name in MATRIX["groups"]:
        return people(MATRIX["groups"][name], state)
    assert name in (*everyone(), *MATRIX["actors"]["twins"]), f"the matrix names nobody called {name!r}"
    return {name}


def by_state(answers) -> dict[str, object]:
    """Return the answers of one method by state; answers that do not name states hold in all of them."""
    if not isinstance(answers, dict) or not set(answers) <= {*STATES, *MATRIX["states"]}:
        return dict.fromkeys(STATES, answers)
    if answers == {}:
        return dict.fromkeys(STATES, {})
    spread: dict[str, object] = {}
    for name, answer in answers.items():
        for state in MATRIX["states"].get(name, [name]):
            assert state not in spread, f"{state} is answered twice"
            spread[state] = answer
    return spread


def answer_of(actor: str, answers, state: str, public: bool, about_object: bool) -> str:
    """Return what the matrix says `actor` gets."""
    if not public and actor in MATRIX["actors"]["outsiders"]:
        return LOGIN
    if not isinstance(answers, dict):
        return str(answers)
    found = [str(answer) for answer, group in answers.items() if actor in people(group, state)]
    if found:
        return found[0]
    assert about_object, f"{actor} is not answered, and 404 is only for what is about an object"
    return "404"


def effect_of(answer: str, method: str, actor: str) -> str:
    if answer.split()[0] in ("403", "404"):
        return UNCHANGED if actor in MATRIX["actors"]["outsiders"] else DENIED
    if answer.endswith(" noted"):
        return NOTED
    if answer.endswith(" changed"):
        return CHANGED
    return CHANGED if answer == "302" and method == "POST" else UNCHANGED


def cases() -> Iterator[Case]:
    """Expand the matrix."""
    for route, rows in MATRIX["matrix"].items():
        for row in rows if isinstance(rows, list) else [rows]:
            subject = row.get("object", "")
            assert set(row) <= {"object", "public", *METHODS}, f"{route}: what is {set(row)}?"
            for name, methods in METHODS.items():
                if name not in row:
                    continue
                for (state, answers), method, actor in itertools.product(
                    by_state(row[name]).items(), methods, everyone()
                ):
                    # Both are refused by the same line before any view is asked: a few actors are enough for the second.
                    if method == "DELETE" and actor not in DELETING:
                        continue
                    # What is not about the declaration is the same in every state: once is enough.
                    if state != "filed" and (not subject or subject in BESIDE):
                        continue
                    answer = answer_of(actor, answers, state, row.get("public", False), bool(subject))
                    yield Case(
                        route, subject, method, state, actor, answer.split()[0], effect_of(answer, method, actor)
                    )


def routes(patterns=None, namespace: str = "") -> Iterator[str]:
    """Return the names of all routes there are."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from routes(entry.url_patterns, inner)
        elif isinstance(entry, URLPattern):
            assert entry.name, f"{entry.pattern} has no name"
            yield f"{namespace}{entry.name}"


# --- The state of things ---------------------------------------------------------------------------------------------


def declaration_in(state: str, body: factories.Body) -> Declaration:
    """Bring the holder's declaration of two points into a state by real acts."""
    if state == "draft":
        return factories.draft(body, points=2)
    if state == "returned":
        return factories.returned(body)
    declaration = factories.submitted(body, points=2)
    if state == "returned whole":
        return factories.decide(declaration, by=body["head"], verdict="return", reason="请对照岗位职责重写。")
    deciders = ["head", "member", "clerk"]
    for name in deciders[: ["at head", "at team", "at office", "filed"].index(state)]:
        factories.decide(declaration, by=body[name])
    assert state == "filed" or declaration.state == "submitted"
    return declaration


class World:
    """One state of the declaration: addresses, data that would act where acting is allowed, and a client for each actor."""

    def __init__(self, state: str, body: factories.Body) -> None:
        self.body, self.state = body, state
        factories.standing_in(body)
        # A password that is quick to check: the matrix signs in and changes passwords many times.
        Person.objects.update(password=make_password(factories.PASSWORD, hasher="md5"))
        self.declaration = declaration_in(state, body)
        self.points = list(self.declaration.pointversions.order_by("pk"))
        self.approval = self.declaration.approval
        pk = self.declaration.pk
        self.objects = {
            "": [],
            "declaration": [pk],
            "first point": [pk, self.points[0].pk],
            "second point": [pk, self.points[1].pk],
            "statement": [pk, "moral"],
            "appointment": [self.declaration.appointment_id],
            "appointment of the colleague": [body.appointment("colleague").pk],
            "ended appointment of the colleague": [self.ended().pk],
            "approval": [self.approval.pk if self.approval else 1],
            # Codes are counted per unit, so before filing this one is a good guess.
            "filed point": [self.points[0].point.code or "CZJ-000001"],
        }
        if state == "filed":
            self.objects |= self._tasks()
            self.objects |= self._notices()
            self.objects |= self._kept()
            self.objects |= self._region()
            self.objects |= self._meetings()
            self.objects |= self._imports()
            self.objects |= self._documents()
            self.objects |= self._cycles()
            self.objects |= self._findings_and_disposals()
            self.objects |= self._signals()
            self.objects |= self._inspections()
        self.clients = {actor: self._client(actor) for actor in everyone()}

    def _tasks(self) -> dict[str, list]:
        """Let the holder's measures be filed and carried out: one task is open, one reported; the second clerk's wait for an event."""
        MeasureVersion.objects.filter(declaration=self.declaration).update(state="filed")
        event = factories.measures_filed(self.body, "second_clerk", rhythm="on_event")
        run_due("tasks")
        self.task, self.reported = Task.objects.order_by("pk")
        report = factories.reported(
            self.reported, self.body["holder"], [Upload("抽查记录.pdf", "application/pdf", b"%PDF-1.7 %%EOF")]
        )
        self.reported.refresh_from_db()
        return {
            "task of the holder": [self.task.pk],
            "reported task": [self.reported.pk],
            "file of the reported task": [self.reported.pk, report.attachments.get().pk],
            "measure on an event": [event.pk],
        }

    def _notices(self) -> dict[str, list]:
        """Make notices in each state, and an objection; return the objects the matrix names."""
        body = self.body
        factories.filed(body, "other_holder")
        region = factories.posted(body, code="CZJ-02", scope="region")
        self.extension = extensions.ask_extension(by=body["publisher"], notice=region, days=2, reason="群众要求延期")
        posted = factories.posted(body)
        objection = factories.objection(body, posted)
        self.unsent = factories.filed(body, "other_head")
        draft = factories.composed(body)
        submitted = factories.submit_notice(factories.composed(body), body["publisher"])
        self.notices = {"draft notice": draft, "submitted notice": submitted, "posted notice": posted}
        supplement = factories.supplement(body, "other_head")
        theirs = PointVersion.objects.get(post=supplement.post)
        suggestion = factories.suggestion(body, supplement.post)
        other = access.Declarant.of_post(body.appointment("other_head"))
        measuring = measures.start_measures(by=body["other_head"], declarant=other)
        return {
            "suggestion": [supplement.pk, suggestion.pk],
            "filed point in a supplement": [supplement.pk, theirs.pk],
            "point of another post in a supplement": [supplement.pk, self.points[0].pk],
            "measures": [measuring.pk],
            "point in the measures": [measuring.pk, theirs.pk],
            "foreign point in the measures": [measuring.pk, self.points[0].pk],
            **{name: [notice.pk] for name, notice in self.notices.items()},
            "region notice": [region.pk],
            "objection": [posted.pk, objection.pk],
            "approval of a notice": [submitted.approval_id],
            "approval of a posted notice": [posted.approval_id],
            "approval of an extension": [self.extension.approval_id],
            "short code": [posted.code],
            "no code": ["ABCD-EFGH-JKMN"],
        }

    def _region(self) -> dict[str, list]:
        """Send the declarations of two of the team to the region, which asks about one; and leave a step without a reviewer."""
        body = self.body
        self.sent, asked = factories.sent(body, "member"), factories.sent(body, "supervisor")
        self.asked = factories.decide_region(asked, body["region_clerk"], "ask", reason="请补充依据。")
        stuck = factories.decide(factories.submitted(body, "swj_principal"), by=body["region_clerk"])
        return {
            "approval at the region": [self.sent.region_approval_id],
            "declaration at the region": [self.sent.pk],
            "declaration the region asks about": [self.asked.pk],
            "approval without a reviewer": [stuck.approval_id],
        }

    def _meetings(self) -> dict[str, list]:
        """Enter a meeting of the team, put another to confirmation, and write the record of a section's, each with a file."""
        body, unit = self.body, self.body.organization("CZJ")
        minutes = Upload("纪要.pdf", "application/pdf", b"%PDF-1.7 %%EOF")
        waiting = [
            factories.decide(factories.submitted(body, name), body["other_head"]) for name in ("publisher", "recorder")
        ]
        self.section = factories.organization_draft(body)
        factories.record(self.section, by=body["head"], attachment=minutes)
        self.meetings = {
            "draft meeting": factories.entered_meeting(unit, waiting[:1], body["clerk"], attachment=minutes),
            "put meeting": factories.put_meeting(unit, waiting[1:], body["member"]),
            "closed meeting": MeetingItem.objects.get(approval=self.approval).meeting,
        }
        return {"record of a section": [self.section.pk]} | {name: [each.pk] for name, each in self.meetings.items()}

    def _imports(self) -> dict[str, list]:
        """Upload ledgers of the unit: one that is right, one with problems, and one that is taken in."""
        self.uploaded = factories.uploaded(self.body)
        taken_in = factories.taken_in(self.body, "信访科")
        return {
            "unit of a template": [self.body.organization("CZJ").pk],
            "uploaded ledger": [self.uploaded.pk],
            "uploaded ledger with problems": [factories.uploaded(self.body, make=False).pk],
            "ledger taken in": [taken_in.pk],
            "import of today": [taken_in.batch_id],
        }

    def _documents(self) -> dict[str, list]:
        """Put documents on the member's shelf, one ready and one that failed."""
        ready, failed = (factories.document(self.body) for _number in range(2))
        shelf.fail(shelf.claim_next(), "字体缺失")
        made = shelf.claim_next()
        shelf.keep(made, shelf.Made(b"PK", "台账.xlsx", [self.body.organization("CZJ-01").pk]))
        copy = factories.copy_of(self.notices["posted notice"], self.body["clerk"])
        return {
            "kind of document": ["ledger_workbook"],
            "no kind of document": ["novel"],
            "numbered copy": [copy.pk],
            "ready document": [made.pk],
            "failed document": [({ready.pk, failed.pk} - {made.pk}).pop()],
        }

    def _cycles(self) -> dict[str, list]:
        """Set years going: one with a stage that may begin, one whose stage runs, one that is to be closed with open ends."""
        body, year = self.body, factories.today().year
        before, last, cycle = (years.cycle_of(body, year - ago) for ago in (2, 1, 0))
        years.noticed(cycle, body, issued=False)
        years.noticed(last, body, issued=True)
        self.cycle, self.running = cycle, years.begun(last, body)
        self.closing = years.asked_to_close(years.begun(before, body), body, by="region_leader")
        assessing = years.assessing_cycle(body, year - 3)
        self.assessment = years.self_assessed(assessing, body)
        theirs = years.submitted(years.self_assessed(assessing, body, by="mzj_clerk", code="MZJ"), body, by="mzj_clerk")
        self.theirs = theirs
        deduction = assessments.deduct(
            by=body["region_leader"], assessment=self.assessment, hundredths=100, reason="迟报"
        )
        return {
            "assessing cycle": [assessing.pk],
            "unit to assess": [assessing.pk, body.organization("CZJ").pk],
            "assessment": [self.assessment.pk],
            "indicator of an assessment": [self.assessment.pk, "rules"],
            "entry of an assessment": [self.assessment.entries.first().pk],
            "deduction": [deduction.pk],
            "approval of an assessment": [theirs.approval_id],
            "cycle": [cycle.pk],
            "cycle with its notice": [last.pk],
            "planned stage": [years.stage_of(cycle, "preparation").pk],
            "running stage": [self.running.pk],
            "asked closing": [self.closing.pk],
            "training": [years.trained(cycle, body).pk],
            "who is late in a year": [cycle.pk, "declare"],
        }

    def _findings_and_disposals(self) -> dict[str, list]:
        """Raise findings the holder corrects, and bring disposals of the holder into states."""
        body, point = self.body, self.points[0].point
        self.finding = finding_walks.raised(body, point=point)
        reported = finding_walks.raised(body)
        finding_walks.act(body, reported, "report", "holder", attachments=[disposal_walks.FILE])
        self.disposals = {
            f"{state} disposal": disposal_walks.in_state(body, state)
            for state in ("proposed", "returned", "decided", "served", "answered")
        }
        answered = self.disposals["answered disposal"]
        return {
            "open finding": [self.finding.pk],
            "reported finding": [reported.pk],
            "file of a correction": [reported.pk, reported.steps.get().attachments.get().pk],
            "approval of a disposal": [self.disposals["proposed disposal"].approval_id],
            "file of an answer": [answered.pk, answered.steps.get(verb="answer").attachments.get().pk],
            **{name: [disposal.pk] for name, disposal in self.disposals.items()},
        }

    def _signals(self) -> dict[str, list]:
        """Enter a signal about CZJ-01, another that became an alert of its head, and upload a workbook of one."""
        self.signal = monitored.entered(self.body)
        self.alert = monitored.alert(self.body)
        self.signals = monitored.uploaded(self.body)
        return {"signal": [self.signal.pk], "alert": [self.alert.pk], "signals in a workbook": [self.signals.pk]}

    def _inspections(self) -> dict[str, list]:
        """Issue the plan of the unit, begin and sign special inspections of the holder's post, commit to draws."""
        body = self.body
        plan = inspected.issued(body)
        begun = inspected.begun(body, inspected.special(body), "inspector")
        self.inspections = {
            "planned inspection": plan.inspections.filter(post=self.declaration.post).latest("due_on"),
            "begun inspection": inspected.answered(body, begun, "inspector"),
            "signed inspection": inspected.signed(body, inspected.special(body, inspector="supervisor"), "supervisor"),
        }
        self.draws = {
            "committed draw": inspected.committed(body),
            "revealed draw": inspected.revealed(body, inspected.committed(body)),
        }
        return {
            "plan of inspections": [plan.pk],
            "expert": [1],
            **{name: [each.pk] for name, each in (self.inspections | self.draws).items()},
        }

    def _kept(self) -> dict[str, list]:
        """Make what an administrator changes: an empty section with an empty post; the rest is there."""
        console = organization.console_actor()
        section = organization.create_organization(
            by=console, kind="section", code="CZJ-08", name="待撤科", parent=self.body.organization("CZJ")
        )
        post = organization.create_post(by=console, organization=section, name="待撤岗")
        closed = organization.create_post(by=console, organization=self.body.organization("CZJ-02"), name="已撤岗")
        organization.close_post(by=console, post=closed, ends_on=factories.SINCE, reason="职责取消")
        holder = self.body["mzj_holder"]
        for _failure in range(FAILURES_OF_PERSON):
            sign_in.begin_attempt(username=holder.username, address="192.0.2.7")
        typed = sessions.keep_form(person=self.body["holder"], page="/", fields=[("title", ["题目"])], left_out=False)
        role = organization.assign(
            by=self.body["security_administrator"], person=self.body["colleague"], role="recorder", reason="任免文件",
            organization=self.body.organization("MZJ-01"), starts_on=factories.today(),
        )  # fmt: skip
        account = organization.rename_person(
            by=self.body["system_administrator"], person=self.body["swj_holder"], name="熊明", reason="更名"
        )
        self.entered = role.pk
        opt_out = factories.opted_out(self.body, "SWJ", confirm=False)
        factories.without_second_clerk(self.body, "SWJ")
        return {
            "what was typed": [typed.pk],
            "kept entry of a role": [role.pk],
            "kept entry of an account": [account.pk],
            "kept section": [self.body.organization("CZJ-02").pk],
            "kept unit": [self.body.organization("CZJ").pk],
            "empty section": [section.pk],
            "kept post": [post.pk],
            "kept closed post": [closed.pk],
            "kept appointment": [self.body.appointment("mzj_holder").pk],
            "kept role": [Assignment.objects.get(person=self.body["mzj_head"]).pk],
            "scheme of the unit": [self.body.organization("CZJ").pk, factories.today().year],
            "scheme of the region": [self.body.organization("DQ").pk, factories.today().year],
            "role of the other head": [Assignment.objects.get(person=self.body["other_head"]).pk],
            "waiting stand-in": [factories.stood_in(self.body, "clerk", "recorder", confirm=False).pk],
            "place that is told": [self.body.organization("CZJ-01").pk],
            "person who is told": [self.body["head"].pk],
            "waiting opt-out": [opt_out.pk],
            "kept recusal": [Recusal.objects.get(person=self.body["recused_inspector"]).pk],
            "kept person": [holder.pk],
            "kept inspector": [self.body["outside_inspector"].pk],
        }

    def _client(self, actor: str) -> Client:
        client = Client(raise_request_exception=False)
        if actor != "anonymous":
            self.body[actor].refresh_from_db()
            client.force_login(self.body[actor])
        return client

    def ended(self) -> Appointment:
        return Appointment.objects.create(
            person=self.body["colleague"],
            post=self.body.appointment("other_holder").post,
            rank="below_ke",
            starts_on=factories.SINCE,
            ends_on=factories.SINCE,
        )

    def address(self, route: str, subject: str) -> str:
        """Return the address of a route for the object a row of the matrix names."""
        if subject not in self.objects:
            kind, _of, code = subject.partition(" of ")
            cell = {"owed duty": "&level=post&category=duty", "drawn posts": "&kind=posts", "signal": "&post="}.get(
                kind, ""
            )
            arguments = [kind] if kind in DocumentKind else ["ledger_sheet"] if kind == "copies" else []
            return reverse(route, args=arguments) + f"?organization={code}{cell}"
        return reverse(route, args=self.objects[subject])

    def data(self, case: Case) -> dict:
        """Return what makes a POST act where it is allowed."""
        point = {"first point": self.points[0], "second point": self.points[1]}.get(case.object)
        content = digest(verbs.content_of(self.declaration))
        match case.route:
            case "login":
                who = "holder" if case.actor == "anonymous" else case.actor
                return {"username": who, "password": factories.PASSWORD}
            case "password_change":
                new = "another-long-enough-one"
                return {"old_password": factories.PASSWORD, "new_password1": new, "new_password2": new}
            case "recovery_codes" if case.actor in people("with a factor", case.state):
                return {"code": factories.code_of(self.body[case.actor])}
            case "sessions_end":
                return {"others": "1"}
            case "set_language":
                return {"language": "en"}
            case "registry:point-add" | "registry:point-edit":
                return {
                    **{name: value for name, value in factories.point_values(title="改过的").items() if value},
                    "grading": "scored",
                    "version": point.version if point else 0,
                    "measures-TOTAL_FORMS": 1,
                    "measures-INITIAL_FORMS": 0,
                    **{f"measures-0-{name}": value for name, value in factories.MEASURE.items()},
                }
            case "registry:points-paste":
                return {"expected": len(self.points), "cells": "岗位职责\t印章\t粘贴的风险", "add": "1"}
            case "registry:point-remove":
                return {"version": point.version}
            case "registry:nothing-found" | "registry:nothing-found-remove":
                return {"version": 1, "reason": "改过的理由。"}
            case "registry:suggestion-new":
                return {"whom": f"post-{self.declaration.post_id}", "title": "建议的风险", "text": "在复核环节见过。"}
            case "registry:suggestion-decline":
                return {"reason": "该环节不在本岗位。"}
            case "registry:measure-edit" if case.object == "point in the measures":
                measuring, point = self.objects[case.object]
                seen = measures.seen_measures(Declaration.objects.get(pk=measuring), PointVersion.objects.get(pk=point))
                return {
                    "seen_digest": seen,
                    "measures-TOTAL_FORMS": 1,
                    "measures-INITIAL_FORMS": 0,
                    **{f"measures-0-{name}": value for name, value in factories.MEASURE.items()},
                }
            case "registry:supplement-start" | "registry:organization-supplement-start":
                return {"trigger": "duties"}
            case "registry:filed-withdraw":
                return {"version": 0, "reason": "该职权已取消。"}
            case "registry:declaration-check":
                return {"seen_digest": content}
            case "registry:declaration-withdraw":
                return {"version": self.declaration.version}
            case "registry:declaration-decide" if self.approval:
                verdict = "file" if self.state == "at office" else "approve"
                return {"version": self.approval.version, "seen_digest": content, "verdict": verdict}
            case "registry:meeting-record" if case.object == "record of a section":
                return {"version": self.section.meeting.version, "minutes": "改过的记录。"}
            case "controls:task-report" | "controls:task-send-back" | "controls:occurrence-report":
                version = (self.task if case.object == "task of the holder" else self.reported).version
                said = {
                    "done_on": factories.today().isoformat(),
                    "text": "逐笔核对，登记完整。",
                    "reason": "缺签字页。",
                }
                return {"version": version, **said}
            case "registry:meeting-new":
                return {"organization": "MZJ" if case.actor == "mzj_clerk" else "CZJ"}
            case (
                "registry:meeting-edit"
                | "registry:meeting-put"
                | "registry:meeting-confirm"
                | "registry:meeting-send-back"
                | ("registry:meeting-discard")
            ):
                return {
                    "version": self.meetings[case.object].version,
                    "minutes": "改过的记录。",
                    "reason": "日期不对。",
                }
            case "registry:region-to-send":
                return {"chosen": [self.unsent.pk]}
            case "registry:region-decide":
                seen = digest(regions.review_content(self.sent))
                return {"version": self.sent.region_approval.version, "seen_digest": seen, "verdict": "approve"}
            case "registry:region-answer":
                return {"version": self.asked.version, "text": "依据见附件说明。"}
            case "registry:reviewer-name":
                return {"person": self.body["swj_holder"].pk, "reason": "该局无其他班子成员"}
            case "registry:scheme-new":
                return self._scheme()
            case "registry:notice-new":
                return {"organization": "CZJ-01", "year": factories.today().year, "kind": "points"}
            case "registry:notice-compose" | "registry:notice-discard" | "registry:notice-withdraw":
                notice = self.notices[case.object]
                return {
                    "version": notice.version, "title": "改过的标题", "scope": "unit", "order": "grade",
                    "contact": factories.CONTACT, "chosen": notice.chosen, "check": "1",
                }  # fmt: skip
            case "registry:notice-check":
                return {"seen_digest": digest(notices.content_of(self.notices[case.object]))}
            case "registry:notice-decide":
                notice = self.notices["submitted notice"]
                seen = digest(notices.content_of(notice))
                return {"version": notice.approval.version, "seen_digest": seen, "verdict": "post"}
            case "registry:notice-extend":
                return {"days": 2, "reason": "群众要求延期"}
            case "registry:notice-extension-decide":
                seen = digest(extensions.extension_content(self.extension.notice, 2, self.extension.reason))
                return {"version": self.extension.approval.version, "seen_digest": seen, "verdict": "approve"}
            case "registry:calendar-enter":
                return {"text": "2031-10-01,off", "year": 2031, "reason": "放假通知", "enter": "1"}
            case "registry:notice-object" | "registry:objection-record":
                return {"text": "与实际不符。", "channel": "phone", "received_on": factories.today().isoformat()}
            case "registry:objection-answer":
                return {"version": 1, "ruling": "upheld", "answer": "属实，应予变更。"}
            case "registry:notice-take-down" if case.object == "posted notice":
                return {"version": self.notices["posted notice"].version, "reason": "误列内容。"}
            case route if case.object in self.objects and case.object.startswith(("kept", "empty")):
                return self._administering(route)
            case "registry:stand-in-give":
                today = factories.today().isoformat()
                return {"person": self.body["colleague"].pk, "starts_on": today, "ends_on": today, "reason": "外出学习"}
            case "registry:opt-out-enter":
                days = dict.fromkeys(("starts_on", "ends_on"), factories.today().isoformat())
                unit = self.body.organization("CZJ").pk
                return {"unit": unit, "relaxation": "two_steps", "reason": "仅有三人", **days}
            case "registry:opt-out-confirm" | "registry:opt-out-decline" | "registry:opt-out-end":
                return {"version": 1, "reason": "仅有三人"}
            case "registry:stand-in-confirm" | "registry:stand-in-decline" | "registry:stand-in-end":
                return {"version": 1, "reason": "外出学习"}
            case "registry:import-new":
                unit = self.body.organization("MZJ" if case.actor == "mzj_clerk" else "CZJ")
                file = SimpleUploadedFile("台账.xlsx", factories.ledger_file("调研科"))
                return {"unit": unit.pk, "year": factories.today().year, "file": file}
            case "registry:import-choices" | "registry:import-apply" | "registry:import-discard":
                return {"version": self.uploaded.version, "seen": self.uploaded.seen, "create": ["调研科"]}
            case "registry:import-undo":
                return {"reason": "选错文件"}
            case "registry:copy-issue-notice" | "registry:copy-issue-ledger":
                return {"recipients": "县档案馆\n县纪委", "purpose": "存档"}
            case "registry:copy-return":
                return {"returned_on": factories.today().isoformat(), "remark": "完好"}
            case route if route.startswith("controls:finding-") and case.object:
                return self._about_findings(route)
            case route if route.startswith("controls:disposal-") and case.object:
                return self._about_disposals(route, case.object)
            case "controls:signal-new":
                return {
                    "channel": "letter",
                    "received_on": factories.today().isoformat(),
                    "text": "来信反映。",
                    "source": "某人",
                }
            case "controls:signal-judge":
                return {"version": 1, "judged": "risk", "reason": "属实。"}
            case "controls:signal-open":
                return {"version": 1, "reason": "已公开。"}
            case "controls:signal-import-new":
                return {"file": SimpleUploadedFile("信息.xlsx", monitored.workbook(monitored.row()))}
            case "controls:signal-import":
                return {"seen": monitored.seen(self.body, self.signals)}
            case "controls:alert-answer":
                return {"version": self.alert.version, "text": "已核查。"}
            case "registry:person-add":
                return {"username": "CZJ900", "name": "新来人"}
            case "controls:inspection-plan-new":
                return self._plan(case.actor)
            case "controls:inspection-special":
                post = self.body.appointment("colleague").post_id if self.state != "filed" else self.declaration.post_id
                return {"post": post} | self._who_checks()
            case "controls:draw-inspect":
                return self._who_checks()
            case "controls:inspection-fill" if case.object == "begun inspection":
                line = self.inspections[case.object].lines.first()
                return {
                    "version": self.inspections[case.object].version, "opinion": "改过的意见。",
                    f"version-{line.pk}": line.version, f"answer-{line.pk}": "no", f"note-{line.pk}": "没有登记。",
                }  # fmt: skip
            case "controls:inspection-sign":
                inspection = self.inspections[case.object]
                return {"version": inspection.version, "seen_digest": digest(inspections.content_of(inspection))}
            case "controls:inspection-drop" | "controls:inspection-name" | "controls:inspection-plan-close":
                inspection = self.inspections.get(case.object)
                version = inspection.version if inspection else 1
                return {"version": version, "reason": "机构调整", "inspector": "supervisor"}
            case "controls:draw-new":
                seen = draws.population_digest(draws.population(inspected.wanted(self.body)))
                return {"count": 1, "purpose": "季度抽查", "seen_digest": seen}
            case "controls:draw-reveal":
                return {"version": self.draws[case.object].version}
            case "registry:confirmations-together":
                return {"chosen": [self.entered]}
            case route if route.startswith("cycles:"):
                return self._running(case)
        return {}

    def _running(self, case: Case) -> dict:
        """Return what acts on a year where it is allowed."""
        kept = {"region_clerk": "DQ", "region_leader": "DQ", "mzj_clerk": "MZJ"}.get(case.actor, "CZJ")
        stages = {
            f"{stage.kind}-{name}": value
            for stage in self.cycle.stages.all()
            for name, value in {**vars(stage.dates), "version": stage.version}.items()
            if value is not None
        }
        stage = self.running if case.object == "running stage" else years.stage_of(self.cycle, "preparation")
        left = open_ends(stage.cycle, stage.kind)
        if case.object == "approval of an assessment":
            seen = digest(assessments.content_of(self.theirs))
            return {"version": self.theirs.approval.version, "seen_digest": seen, "verdict": "approve"}
        if case.object in ("assessment", "indicator of an assessment"):
            return {
                "version": self.assessment.version,
                "percent": 70,
                "text": "有台账",
                "points": "1.5",
                "reason": "迟报",
            }
        if case.object == "asked closing":
            left = open_ends(self.closing.stage.cycle, stage.kind)
        return {
            "chosen": [self.body.appointment("principal").pk],
            "region": self.body.organization("DQ").pk, "year": factories.today().year + 1,
            **stages, "correction-closes": f"{factories.today().year}-10-20",
            "version": self.cycle.notice.version if "notice" in case.route else stage.version,
            "seen": json.dumps(left), "reason": "另行督促", "title": "改过的题目", "text": "改过的正文",
            "organization": self.body.organization(kept).pk, "held_on": factories.today().isoformat(), "topic": "培训", "people": 9,
        }  # fmt: skip

    def _about_findings(self, route: str) -> dict:
        """Return what the forms about findings need; what one does not ask for it does not read."""
        is_reported = route in ("controls:finding-verify", "controls:finding-send-back")
        due = (factories.today() + 40 * factories.DAY).isoformat()
        return {
            "version": 2 if is_reported else 1, "text": "说明如下。", "due_on": due, "phase": "points", "facts": "问题事实",
            "severity": "slight", "responsible": self.body["colleague"].pk,
        }  # fmt: skip

    def _about_disposals(self, route: str, name: str) -> dict:
        """Return what the forms about disposals need, likewise."""
        if route == "controls:disposal-decide":
            seen = digest(disposals.content_of(self.disposals["proposed disposal"]))
            return {"seen_digest": seen, "version": 1, "verdict": "approve"}
        day = factories.today() + (1 if route == "controls:disposal-send-back" else 0) * factories.DAY
        return {
            **disposal_walks.SAID, **disposal_walks.ANSWER, "kind": "warning", "term_days": 7, "target": "organization",
            "version": self.disposals[name].version if name in self.disposals else 0, "text": "说明如下。", "service": "screen",
            "day": day.isoformat(),
        }  # fmt: skip

    def _who_checks(self) -> dict:
        return {"inspector": "inspector", "due_on": factories.today().isoformat(), "purpose": "专项检查"}

    def _plan(self, actor: str) -> dict:
        """Return what issues the plan of the next year for the unit the actor plans for, where there is anything to plan."""
        code = {"mzj_clerk": "MZJ", "outside_inspector": "SWJ"}.get(actor, "CZJ")
        unit, year = self.body.organization(code), factories.today().year + 1
        try:
            seen = inspection_plans.propose(by=self.body[actor], unit=unit, year=year, quarter=None).digest
        except NotAllowed:
            seen = ""
        return {"unit": code, "year": year, "seen_digest": seen}

    def _scheme(self) -> dict:
        """Return what puts a scheme in force that was previewed: the standard one with another threshold."""
        rule = Scheme(grade_1=16)
        return {
            "scoring": rule.scoring.value, "grade_1": 16, "grade_2": rule.grade_2, "allows_direct": "on",
            "notice_days": rule.notice_days, "reason": "会议纪要", "expected": 0, "enact": "1",
            "inspect_1": 3, "inspect_2": 6, "inspect_3": 12,
            "seen_digest": digest(rule.to_settings()),
            **{f"expected_{level}": names for level, names in rule.expected.items()},
        }  # fmt: skip

    def _administering(self, route: str) -> dict:
        """Return what an administrator's form needs; what it does not ask for it does not read."""
        today = factories.today().isoformat()
        target = {"registry:organization-move": "MZJ", "registry:post-move": "MZJ-01"}.get(route, "CZJ-01")
        role = "team_member" if route.endswith("add") else "section_head"
        post = self.body.appointment("other_holder").post_id
        return {
            "kind": "section", "code": "CZJ-09", "name": "新名称", "opened_on": today, "ends_on": today, "on": today,
            "starts_on": today, "reason": "机构改革", "target": target, "person": "colleague", "rank": "ke", "role": role,
            "duties": "新的职责。", "posts": [post], "successor": post,
        }  # fmt: skip


@functools.cache
def compared_tables() -> list[str]:
    return [table for table in connection.introspection.table_names() if table.startswith(_KEPT)]


def fingerprint() -> dict[str, str]:
    """Return a digest of every table of the three floors, and of second factors. Sessions are none of them."""
    found = {}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                " UNION ALL ".join(  # one question for all: each is an answer to wait for
                    f"SELECT '{table}', md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM \"{table}\" t"  # noqa: S608
                    for table in compared_tables()
                )
            )
            found = dict(cursor.fetchall())
        else:
            for table in compared_tables():
                cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a table's own name
                found[table] = hashlib.sha256(repr(sorted(map(repr, cursor.fetchall()))).encode()).hexdigest()
    assert "registry_decision" in found and "registry_declaration" in found
    return found


class Writes:
    """Notices which registry tables are written to, so that tables are compared only where one beside the chain was."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def __call__(self, execute, sql, params, many, context):
        if sql.lstrip().split(None, 1)[0].upper() not in ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK"):
            self.tables.update(WRITING.findall(sql) or (["?"] if any(name in sql for name in _KEPT) else []))
        return execute(sql, params, many, context)


def called(world: World, case: Case, before: dict[str, str]) -> str:
    """Make the call, take back whatever it did, and return how it deviates from what is expected ("": not at all)."""
    client = world.clients[case.actor]
    session = client.cookies.get(settings.SESSION_COOKIE_NAME)
    session = session and session.value
    address = world.address(case.route, case.object)
    writes = Writes()
    savepoint = transaction.savepoint()
    try:
        with connection.execute_wrapper(writes):
            if case.method == "POST":
                response = client.post(address, world.data(case))
            else:
                response = client.generic(case.method, address)
        after = fingerprint() if writes.tables - CHAIN else before
        entries = list(AuditEntry.objects.filter(sequence__gt=world.last_entry).values_list("act", flat=True))
    finally:
        transaction.savepoint_rollback(savepoint)
        transaction.clean_savepoints()
        client.cookies.clear()
        if session:
            client.cookies[settings.SESSION_COOKIE_NAME] = session
    changed = {table for table in before if before[table] != after[table]}
    got = str(response.status_code)
    if got == "302" and response.headers["Location"].startswith(reverse("login") + "?"):
        got = LOGIN
    effect = CHANGED if changed else UNCHANGED
    if entries and not changed - CHAIN:
        effect = DENIED if entries == ["denied"] else NOTED
    if (got, effect) != (case.status, case.effect):
        return f"expected {case.status}, {case.effect}; got {got}, {effect}"
    if got in ("403", "409") and "</h1>" not in response.content.decode():
        return f"{got} without a page that says why"
    return ""


# --- The tests -------------------------------------------------------------------------------------------------------


def test_matrix_names_every_route_and_no_other(record_property):
    named, present = set(MATRIX["matrix"]), list(routes())
    assert len(present) == len(set(present)), "two routes share a name"
    assert set(present) - named == set(), "routes without a line in access_matrix.yaml"
    assert named - set(present) == set(), "lines of access_matrix.yaml without a route"
    public = {
        route
        for route, rows in MATRIX["matrix"].items()
        if any(row.get("public") for row in (rows if isinstance(rows, list) else [rows]))
    }
    assert public == PUBLIC
    for route, rows in MATRIX["matrix"].items():
        answered = set().union(*(set(row) for row in (rows if isinstance(rows, list) else [rows])))
        assert set(METHODS) <= answered, f"{route} does not answer every method"
    total = Counter(case.state for case in cases())
    spread = ", ".join(f"{state} {count}" for state, count in total.items())
    record_property(
        "figure",
        f"access matrix: {len(present)} routes, {len(everyone())} actors, {total.total()} combinations ({spread})",
    )


def test_a_part_of_the_matrix_has_every_actor():
    assert {math.gcd(len(everyone()), parts) for parts in Counter(state for state, _part in PARTS).values()} == {1}


def test_matrix_names_the_whole_cast():
    left_out = {*factories.STAFF, *factories.OFFICES} - set(everyone())
    assert left_out == set(MATRIX["actors"]["twins"])


# The calls in parts, which processes share: every n-th of them, where n shares no factor with the number of actors, so that
# each part has every route and every actor. A third of them every time, all of them on demand; one part on both databases.
OTHERS = [state for state in STATES if state != "filed"]
PARTS = [*itertools.product(["filed"], range(9)), *itertools.product(OTHERS, range(3))]
EVERY_TIME = {("filed", 0), ("filed", 3), ("filed", 6), *((state, number % 3) for number, state in enumerate(OTHERS))}
ON_BOTH = ("filed", 0)


def marks_of(part: tuple[str, int]) -> list[pytest.MarkDecorator]:
    return [pytest.mark.long] if part not in EVERY_TIME else [] if part == ON_BOTH else [pytest.mark.once]


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS])
@pytest.mark.parametrize("state, part", [pytest.param(*each, marks=marks_of(each)) for each in PARTS])
def test_every_call_gets_the_answer_of_the_domain(state, part, body, caplog, record_property):
    caplog.set_level("ERROR", "django.request")  # thousands of calls are refused
    world = World(state, body)
    before, world.last_entry = fingerprint(), AuditHead.objects.get().sequence
    deviations = defaultdict(list)
    parts = len([each for each in PARTS if each[0] == state])
    due = [case for case in cases() if case.state == state][part::parts]
    for case in due:
        if why := called(world, case, before):
            deviations[f"{case.method} {case.route} ({case.object or '-'}): {why}"].append(case.actor)
    assert fingerprint() == before, "something was left behind"
    record_property(
        "figure",
        f"access matrix on {connection.vendor}, {state}, part {part + 1} of {parts}: {len(due)} calls, {len(deviations)} "
        f"deviations, {sum(case.effect == DENIED for case in due)} refused with one entry and nothing else changed",
    )
    lines = [f"{what} – as {', '.join(actors)}" for what, actors in deviations.items()]
    assert not lines, f"{len(lines)} deviations in state {state!r}:\n" + "\n".join(lines)
