"""What the child processes of the race and kill tests do. Nothing of Django is imported before the database is known."""

import multiprocessing
import os
import random
import signal
import time


def connect(database_name: str) -> None:
    """Set Django up on the test's database."""
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database_name
    import django

    django.setup()


SPREAD = 0.008  # seconds


# --- Races: each worker does, at the same moment as the other, what comes through its queue ------------------------------


def race(database_name: str, barrier, jobs, answers) -> None:
    """Do the acts that come through `jobs` as (act, arguments), each at the same moment as the others; None ends.

    The same moment is a few milliseconds, so that now one and now the other is first.
    """
    connect(database_name)
    from django.db import connection

    from registry.rules import Refused

    for act, arguments in iter(jobs.get, None):
        by = _person(arguments.pop("by"))
        try:
            ready = ACTS[act](by=by, **arguments)
        finally:
            barrier.wait(60)
        time.sleep(random.random() * SPREAD)
        try:
            ready()
            answer = "done"
        except Refused:
            answer = "refused"
        except Exception as error:  # told to the test, which fails on it
            answer = repr(error)
        connection.close()  # while it waits, the database may be copied
        answers.put((act, answer))


def _person(username: str):
    from registry.models import Person

    return Person.objects.get(username=username)


def _decide(approval: int, by, verdict: str, version: int, seen: str):
    from registry.actions import declarations, notices, regions
    from registry.models import Approval

    verbs = {
        "declaration": declarations.decide_declaration,
        "notice": notices.decide_notice,
        regions.REGION_REVIEW: regions.decide_region,
    }
    found = Approval.objects.get(pk=approval)
    said = {"verdict": verdict, "version": version, "seen_digest": seen, "reason": "同时"}
    return lambda: verbs[found.kind](by=by, approval=found, **said)


def _start(by):
    from registry.access import Declarant
    from registry.actions import declarations
    from registry.models import Appointment

    appointment = Appointment.objects.select_related("post__organization").get(person=by)
    return lambda: declarations.start_declaration(by=by, declarant=Declarant.of_post(appointment))


def _change(declaration: int, by, title: str):
    """Take a declaration back, write another title and submit it again: three acts, each of its own."""
    from registry.actions import declarations
    from registry.models import Declaration
    from registry.rules import digest

    found = Declaration.objects.get(pk=declaration)

    def act() -> None:
        declarations.withdraw(by=by, declaration=found, expected=found.version)
        _edit(declaration, by, title)()
        now = Declaration.objects.get(pk=declaration)
        declarations.submit(by=by, declaration=now, seen_digest=digest(declarations.content_of(now)))

    return act


def _edit(declaration: int, by, title: str):
    from registry.actions import declarations
    from registry.models import PointVersion

    version = PointVersion.objects.filter(declaration=declaration).order_by("pk").first()
    content = declarations.point_content(version)
    values = {name: content[name] for name in declarations.POINT_FIELDS} | {"title": title}
    return lambda: declarations.save_point(
        by=by,
        declaration=version.declaration,
        version=version,
        expected=version.version,
        values=values,
        measures=content["measures"],
    )


def _submit(declaration: int, by):
    from registry.actions import declarations
    from registry.models import Declaration
    from registry.rules import digest

    found = Declaration.objects.get(pk=declaration)
    seen = digest(declarations.content_of(found))
    return lambda: declarations.submit(by=by, declaration=found, seen_digest=seen)


def _end_role(assignment: int, by):
    import datetime as dt

    from django.utils import timezone

    from registry.actions import organization
    from registry.models import Assignment

    found = Assignment.objects.get(pk=assignment)
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    return lambda: organization.end_assignment(by=by, assignment=found, ends_on=yesterday, reason="调离")


def _recuse(person: str, organization: int, starts_on, by):
    from registry.actions import organization as verbs
    from registry.models import Organization

    place = Organization.objects.get(pk=organization)
    said = {"starts_on": starts_on, "reason": "近亲属"}
    return lambda: verbs.recuse(by=by, person=_person(person), organization=place, **said)


def _end_notice(notice: int, by, at=None):
    from registry.actions import notices
    from registry.models import PublicNotice

    found = PublicNotice.objects.get(pk=notice)
    return _at(at, lambda: notices.end_notice(notice=found))


def _agree(extension: int, by, at):
    """Agree to a longer notice, at a moment by this process's clock."""
    from registry.actions import extensions
    from registry.models import NoticeExtension
    from registry.rules import digest

    found = NoticeExtension.objects.get(pk=extension)
    seen = digest(extensions.extension_content(found.notice, found.days, found.reason))
    said = {"verdict": "approve", "version": found.approval.version, "seen_digest": seen}
    return _at(at, lambda: extensions.decide_extension(by=by, approval=found.approval, **said))


def _at(moment, act):
    if moment is None:
        return act
    import time_machine

    def moved() -> None:
        with time_machine.travel(moment, tick=True):
            act()

    return moved


def _set_calendar(days: list, by):
    from registry.actions import calendar

    return lambda: calendar.set_calendar(by=by, days=days, reason="放假通知")


def _object(notice: int, by, received_on):
    from registry.actions import notices
    from registry.models import PublicNotice

    found = PublicNotice.objects.get(pk=notice)
    said = {"channel": "letter", "received_on": received_on, "text": "来信反映与实际不符。", "objector": "来信人"}
    return lambda: notices.object_to(by=by, notice=found, line=found.lines.get(), **said)


def _answer(objection: int, by, ruling: str = "not_upheld"):
    from registry.actions import notices
    from registry.models import Objection

    found = Objection.objects.get(pk=objection)
    said = {"ruling": ruling, "answer": "已核实。", "expected": found.version}
    return lambda: notices.answer_objection(by=by, objection=found, **said)


def _withdraw(declaration: int, by):
    from registry.actions import declarations
    from registry.models import Declaration

    found = Declaration.objects.get(pk=declaration)
    return lambda: declarations.withdraw(by=by, declaration=found, expected=found.version)


def _add(declaration: int, by, values: dict, measures: list):
    from registry.actions import declarations
    from registry.models import Declaration

    found = Declaration.objects.get(pk=declaration)
    return lambda: declarations.save_point(by=by, declaration=found, values=values, measures=measures)


def _put_meeting(meeting: int, by):
    from registry.actions import meetings
    from registry.models import Meeting

    found = Meeting.objects.get(pk=meeting)
    return lambda: meetings.put_meeting(by=by, meeting=found, expected=found.version)


def _confirm_meeting(meeting: int, by):
    from registry.actions import meetings
    from registry.models import Meeting

    found = Meeting.objects.get(pk=meeting)
    return lambda: meetings.confirm_meeting(by=by, meeting=found, expected=found.version)


def _supplement(by):
    from registry.access import Declarant
    from registry.actions import supplements
    from registry.models import Appointment

    appointment = Appointment.objects.select_related("post__organization").get(person=by)
    return lambda: supplements.start_supplement(by=by, declarant=Declarant.of_post(appointment), trigger="law")


def _take_up(declaration: int, filed: int, by):
    from registry.actions import supplements
    from registry.models import Declaration, PointVersion

    about = {"declaration": Declaration.objects.get(pk=declaration), "filed": PointVersion.objects.get(pk=filed)}
    return lambda: supplements.take_up(by=by, kind="changed", **about)


def _send(declaration: int, by):
    from registry.actions import regions
    from registry.models import Declaration

    found = [Declaration.objects.get(pk=declaration)]
    return lambda: regions.send_to_region(by=by, declarations=found)


def _import(unit: str, sheets: list, by):
    from registry.actions import imports
    from registry.models import Organization

    said = {"file_name": "x.xlsx", "file_digest": "sha256:test", "apply": True, "create_missing": True, "year": 2026}
    found = Organization.objects.get(code=unit)
    return lambda: imports.import_ledger(by=by, unit=found, sheets=sheets, **said)


def _apply(upload: int, by):
    """Take in an uploaded file as the page shows it. The file is read before: that happens outside every transaction."""
    from registry.actions import uploads
    from registry.documents.imports import read_upload
    from registry.models import UploadedLedger

    found = UploadedLedger.objects.select_related("unit").get(pk=upload)
    said = {"sheets": read_upload(bytes(found.body), found.name), "seen": found.seen}
    return lambda: uploads.apply_upload(by=by, upload=found, **said)


def _undo(batch: int, by):
    from registry.actions import undoing
    from registry.models import ImportBatch

    found = ImportBatch.objects.get(pk=batch)
    return lambda: undoing.undo_import(by=by, batch=found, reason="选错了文件")


def _appoint(post: int, person: str, by):
    import datetime as dt

    from django.utils import timezone

    from registry.actions import organization
    from registry.models import Post

    found = Post.objects.select_related("organization").get(pk=post)
    said = {"person": _person(person), "rank": "below_ke", "starts_on": timezone.localdate() + dt.timedelta(days=1)}
    return lambda: organization.appoint(by=by, post=found, **said)


def _move(organization: str, parent: str, by):
    from registry.actions import organization as verbs
    from registry.models import Organization

    about = {
        "organization": Organization.objects.get(code=organization),
        "parent": Organization.objects.get(code=parent),
    }
    return lambda: verbs.move_organization(by=by, reason="机构改革", **about)


# An act reads what a page would have shown, and returns what the press of the button does.
def _confirm(entry: int, by):
    from registry.actions import confirmations
    from registry.models import Confirmation

    found = Confirmation.objects.get(pk=entry)
    return lambda: confirmations.confirm(by=by, confirmation=found)


def _decline(entry: int, by):
    from registry.actions import confirmations
    from registry.models import Confirmation

    found = Confirmation.objects.get(pk=entry)
    return lambda: confirmations.decline(by=by, confirmation=found, reason="同时")


def _end_stand_in(stand_in: int, by):
    from registry.actions import stand_ins
    from registry.models import StandIn

    found = StandIn.objects.get(pk=stand_in)
    return lambda: stand_ins.end_stand_in(by=by, stand_in=found, expected=found.version, reason="提前返岗")


def _decide_disposal(approval: int, by, verdict: str, version: int, seen: str):
    from controls.actions import disposals
    from registry.models import Approval

    found = Approval.objects.get(pk=approval)
    said = {"verdict": verdict, "version": version, "seen_digest": seen, "reason": "同时"}
    return lambda: disposals.decide_disposal(by=by, approval=found, **said)


def _answer_disposal(disposal: int, by, at=None):
    from controls.actions import disposals
    from controls.models import Disposal

    found = Disposal.objects.get(pk=disposal)
    said = {name: "如实说明。" for name in ("analysis", "commitment", "correction")}
    return _at(at, lambda: disposals.answer(by=by, disposal=found, expected=found.version, **said))


def _run_due(job: str, by, at=None):
    from registry.actions import jobs
    from registry.rules import Refused

    def act() -> None:
        if not jobs.run_due(job):
            raise Refused("nothing is due")

    return _at(at, act)


def _claim_document(by):
    from registry.actions import shelf
    from registry.rules import Refused

    def act() -> None:
        if shelf.claim_next() is None:
            raise Refused("none is due")

    return act


def _reveal(draw: int, by, version: int):
    from controls.actions import draws
    from controls.models import Draw

    found = Draw.objects.get(pk=draw)
    return lambda: draws.reveal_draw(by=by, draw=found, expected=version)


def _sign_sheet(inspection: int, by, version: int, seen: str):
    from controls.actions import inspections
    from controls.models import Inspection

    found = Inspection.objects.get(pk=inspection)
    return lambda: inspections.sign_inspection(by=by, inspection=found, seen_digest=seen, expected=version)


def _issue_plan(unit: str, by, year: int, seen: str):
    from controls.actions import inspection_plans
    from registry.models import Organization

    found = Organization.objects.get(code=unit)
    return lambda: inspection_plans.issue_plan(by=by, unit=found, year=year, quarter=None, seen_digest=seen)


ACTS = {
    "decide_disposal": _decide_disposal,
    "answer_disposal": _answer_disposal,
    "run_due": _run_due,
    "reveal": _reveal,
    "sign_sheet": _sign_sheet,
    "issue_plan": _issue_plan,
    "claim_document": _claim_document,
    "confirm": _confirm,
    "decline": _decline,
    "end_stand_in": _end_stand_in,
    "decide": _decide,
    "start": _start,
    "change": _change,
    "edit": _edit,
    "submit": _submit,
    "end_role": _end_role,
    "recuse": _recuse,
    "end_notice": _end_notice,
    "agree": _agree,
    "set_calendar": _set_calendar,
    "object": _object,
    "answer": _answer,
    "withdraw": _withdraw,
    "add": _add,
    "put_meeting": _put_meeting,
    "confirm_meeting": _confirm_meeting,
    "supplement": _supplement,
    "take_up": _take_up,
    "send": _send,
    "import": _import,
    "apply": _apply,
    "undo": _undo,
    "appoint": _appoint,
    "move": _move,
}


# --- Kills: a process that never opens the database forks one for each act, and kills it ----------------------------------


def kill(jobs, answers) -> None:
    """Let a child do each act that comes through `jobs`, and kill it after some seconds or before its n-th statement.

    Answers how many statements it began, whether it said that it was done, in how many seconds, and what went wrong.
    """
    connect("")
    for database, act, arguments, seconds, statement in iter(jobs.get, None):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _one_act(database, act, arguments, statement, writing)
        os.close(writing)
        told = os.read(reading, 1)
        began = time.monotonic()
        if told == BEGUN and seconds is not None:
            time.sleep(seconds)
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        took = time.monotonic() - began
        while part := os.read(reading, 65536):
            told += part
        os.close(reading)
        wrong = told.partition(WRONG)[2].decode()
        answers.put((told.count(STATEMENT), told.endswith(DONE), took, wrong))


BEGUN, STATEMENT, DONE, WRONG = b"b", b"s", b"d", b"!"


def _one_act(database: str, act: str, arguments: dict, statement: int | None, writing: int) -> None:
    from django.db import connection

    begun = 0

    def count(execute, sql, parameters, many, context):
        nonlocal begun
        begun += 1
        os.write(writing, STATEMENT)
        if begun == statement:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, parameters, many, context)

    try:
        connection.settings_dict["NAME"] = database
        by = _person(arguments.pop("by"))
        ready = ACTS[act](by=by, **arguments)
        os.write(writing, BEGUN)
        with connection.execute_wrapper(count):
            ready()
        os.write(writing, DONE)
    except Exception as error:  # told to the test, which fails on it
        os.write(writing, WRONG + repr(error).encode())
    os._exit(0)


# --- A worker of the shelf that says when it is in the middle of a document, and waits there ----------------------------------


def work(database_name: str, told) -> None:
    """Make what is due; at the first sign of a document tell the pids of the processes that make it, and go no further."""
    connect(database_name)
    from registry.actions import shelf
    from registry.documents import making

    renew = shelf.renew

    def renewed(item, **how_far) -> None:
        renew(item, **how_far)
        told.send([child.pid for child in multiprocessing.active_children()])
        told.recv()

    shelf.renew = renewed
    making.make_waiting()


# --- A worker of the clock that says when it has made its tasks and not committed yet, and waits there -------------------------


def plan(database_name: str, told) -> None:
    """Run the job of the tasks; tell when they are written, right before the act is entered in the chain, and go no further."""
    connect(database_name)
    from controls.actions import tasks
    from registry.actions.jobs import run_due

    def recorded(*_arguments, **_said) -> None:
        told.send("made")
        told.recv()

    tasks.record = recorded
    run_due("tasks")
