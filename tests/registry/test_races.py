"""Real processes on one database: what two people do at the same moment happens once, or one after the other.

Each race is run a few times, and 500 times with `--long`. Three things are counted and must be none: what was decided twice,
what was told to be done and is not there, and what was decided by whoever no longer had the right.
"""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db.models import Q
from django.utils import timezone

from controls.actions.draws import replay_draw
from controls.actions.inspections import content_of
from controls.models import Inspection, InspectionPlan
from controls.rules import Holding
from registry.actions import confirmations, declarations, extensions, notices, organization, uploads
from registry.models import (
    Approval,
    Assignment,
    AuditEntry,
    Declaration,
    ImportBatch,
    Objection,
    PointVersion,
    Post,
    PublicNotice,
    StandIn,
    UploadedLedger,
)
from registry.roles import Role
from registry.rules import digest
from tests import factories
from tests.controls import inspected

pytestmark = pytest.mark.django_db(transaction=True)
trials = pytest.mark.parametrize("trials", [3, pytest.param(500, marks=pytest.mark.long)])


def decision(declaration: Declaration, by: str, verdict: str) -> tuple[str, dict[str, Any]]:
    """Return the job of deciding on a declaration as it is seen now."""
    approval = Approval.objects.get(declaration=declaration)
    seen = digest(declarations.content_of(declaration))
    return "decide", {
        "approval": approval.pk, "by": by, "verdict": verdict, "version": approval.version, "seen": seen,
    }  # fmt: skip


def again(declaration: Declaration) -> Declaration:
    """Bring a declaration back to the first step of its next round."""
    declaration.refresh_from_db()
    while declaration.state == "submitted":
        factories.decide(declaration, verdict="return", reason="请再看。")
    return factories.submit(declaration)


def second_head() -> factories.Body:
    """The cast, in which two people may review what the section's staff declare."""
    body = factories.make_body()
    factories.give(body, "other_head", Role.SECTION_HEAD, "CZJ-01")
    return body


@trials
@pytest.mark.parametrize("second", ["approve", "return"])
def test_two_reviewers_decide_at_once(racing, trials, second):
    body = second_head()
    declaration = factories.submitted(body)
    with racing(f"approve/{second}") as race:
        for _trial in range(trials):
            number = declaration.approval.round
            said = race.at_once(decision(declaration, "head", "approve"), decision(declaration, "other_head", second))
            race.count_decisions(declaration.approval_id, said["decide"], number)
            declaration = again(declaration)


@trials
@pytest.mark.parametrize("second", ["file", "return"])
def test_two_clerks_of_the_office_file_at_once(racing, trials, second):
    """What is filed stays filed, so each trial goes on with a supplement that changes it once more."""
    body = factories.make_body()
    factories.filed(body)
    with racing(f"file/{second}") as race:
        for trial in range(trials):
            declaration = factories.supplement(body)
            standing = PointVersion.objects.get(state="filed")
            if not declaration.pointversions.exists():
                factories.change_filed(declaration, standing, title=f"改过的标题{trial}")
            factories.submit(declaration)
            while declaration.approval.step_key != "office":
                factories.decide(declaration)
            said = race.at_once(decision(declaration, "clerk", "file"), decision(declaration, "second_clerk", second))
            race.count_decisions(declaration.approval_id, said["decide"], declaration.approval.round)
            filed = PointVersion.objects.filter(state="filed").count()
            race.count(double=filed != 1, lost=PointVersion.objects.filter(replaces=standing).count() != 1)


def test_two_first_clicks_make_one_declaration(racing):
    body = factories.make_body()
    with racing("start/start") as race:
        for name in ("holder", "colleague", "other_holder"):
            said = race.at_once(("start", {"by": name}), ("start", {"by": name}))
            made = Declaration.objects.filter(appointment=body.appointment(name)).count()
            race.count(double=made > 1, lost=made < 1 or said["start"] != ["done", "done"])


@trials
def test_taken_back_and_changed_while_somebody_approves(racing, trials):
    """Whoever approves approves what they saw: either it was approved first, or the approval is refused."""
    body = factories.make_body()
    declaration = factories.submitted(body)
    with racing("edit/approve") as race:
        for trial in range(trials):
            title = f"换过的标题{trial}"
            said = race.at_once(
                ("change", {"declaration": declaration.pk, "by": "holder", "title": title}),
                decision(declaration, "head", "approve"),
            )
            declaration.refresh_from_db()
            approval = declaration.approval
            decided = approval.decisions.filter(round=approval.round, step="head").first()
            submission = approval.submissions.get(round=approval.round)
            is_there = factories.first_point(declaration).title == title
            race.count(
                double=[*said["change"], *said["decide"]] == ["done", "done"],
                lost=(said["change"] == ["done"]) != is_there or (said["decide"] == ["done"]) != bool(decided),
                stale=decided is not None and decided.seen_digest != submission.digest,
            )
            declaration = again(declaration)


@trials
def test_edited_in_one_window_and_submitted_in_the_other(racing, trials):
    """What is under review is what was looked at when it was submitted; a text told to be saved is in it, or was refused."""
    body = factories.make_body()
    declaration = factories.returned(body, points=1)
    with racing("edit/submit") as race:
        for trial in range(trials):
            title = f"另写的标题{trial}"
            said = race.at_once(
                ("edit", {"declaration": declaration.pk, "by": "holder", "title": title}),
                ("submit", {"declaration": declaration.pk, "by": "holder"}),
            )
            declaration.refresh_from_db()
            is_there = factories.first_point(declaration).title == title
            last = declaration.approval.submissions.last()
            is_stale = declaration.state == "submitted" and last.digest != digest(declarations.content_of(declaration))
            race.count(
                double=said["edit"] == said["submit"] == ["done"],
                lost=(said["edit"] == ["done"]) != is_there
                or (said["submit"] == ["done"]) != (declaration.state == "submitted"),
                stale=is_stale,
            )
            if declaration.state == "submitted":
                factories.decide(declaration, verdict="return", reason="请再看。")


def came_after(act: str, subject: str, later: str) -> bool:
    """Say whether the last entry `act` of `subject` stands in the chain behind the last entry of the act `later`."""
    entries = AuditEntry.objects.order_by("-sequence")
    one, other = entries.filter(act=act, subject=subject).first(), entries.filter(act=later).first()
    return one is not None and other is not None and one.sequence > other.sequence


@trials
def test_a_role_ends_while_its_holder_decides(racing, trials):
    """Either it was decided before the role ended, or it was not decided."""
    body = second_head()
    declaration = factories.submitted(body)
    with racing("role ended") as race:
        for _trial in range(trials):
            number = declaration.approval.round
            held = Assignment.objects.get(person=body["head"], role=Role.SECTION_HEAD, ends_on=None)
            said = race.at_once(
                ("end_role", {"assignment": held.pk, "by": "security_administrator"}),
                decision(declaration, "head", "approve"),
            )
            race.count_decisions(declaration.approval_id, said["decide"], number)
            subject = f"approval:{declaration.approval_id}"
            is_decided = said["decide"] == ["done"]
            race.count(
                lost=said["end_role"] != ["done"],
                stale=is_decided and came_after("declaration.approve", subject, "role.end"),
            )
            factories.give(body, "head", Role.SECTION_HEAD, "CZJ-01", starts_on=factories.SINCE)
            declaration = again(declaration)


@trials
def test_somebody_is_recused_while_they_decide(racing, trials):
    body = second_head()
    declaration, place = factories.submitted(body), body.organization("CZJ-01")
    with racing("recused") as race:
        for trial in range(trials):
            number, day = declaration.approval.round, factories.SINCE + dt.timedelta(days=trial)
            said = race.at_once(
                (
                    "recuse",
                    {"person": "head", "organization": place.pk, "starts_on": day, "by": "security_administrator"},
                ),
                decision(declaration, "head", "approve"),
            )
            race.count_decisions(declaration.approval_id, said["decide"], number)
            subject = f"approval:{declaration.approval_id}"
            is_decided = said["decide"] == ["done"]
            race.count(
                lost=said["recuse"] != ["done"],
                stale=is_decided and came_after("declaration.approve", subject, "recusal.begin"),
            )
            for recusal in body["head"].recusals.filter(ends_on=None):
                organization.end_recusal(
                    by=organization.console_actor(), recusal=recusal, ends_on=day, reason="事由消失"
                )
            declaration = again(declaration)


@trials
def test_a_stand_in_ends_while_they_decide(racing, trials):
    """Either it was decided for the absent person before the stand-in ended, or it was not decided."""
    body = second_head()
    factories.standing_in(body)
    declaration = factories.submitted(body)
    with racing("stand-in ended") as race:
        for _trial in range(trials):
            number = declaration.approval.round
            stand_in = StandIn.objects.get(person=body["stand_in"], state="confirmed")
            said = race.at_once(
                ("end_stand_in", {"stand_in": stand_in.pk, "by": "head"}),
                decision(declaration, "stand_in", "approve"),
            )
            race.count_decisions(declaration.approval_id, said["decide"], number)
            subject = f"approval:{declaration.approval_id}"
            is_decided = said["decide"] == ["done"]
            race.count(
                lost=said["end_stand_in"] != ["done"],
                stale=is_decided and came_after("declaration.approve", subject, "stand_in.end"),
            )
            factories.stood_in(body, "head", "stand_in")
            declaration = again(declaration)


@trials
@pytest.mark.parametrize("second", ["confirm", "decline"])
def test_two_administrators_decide_on_one_entry_at_once(racing, trials, second):
    """One of them decides, and the role is given once or not at all."""
    body = factories.make_body()
    keeper = factories.make_person("second_keeper", "第二安维")
    given = {"organization": body.organization("DQ"), "starts_on": factories.today(), "reason": "任免文件"}
    organization.assign(by=organization.console_actor(), person=keeper, role="system_administrator", **given)
    given |= {"organization": body.organization("CZJ-01"), "starts_on": factories.SINCE}
    with racing(f"confirm/{second}") as race:
        for _trial in range(trials):
            entry = organization.assign(
                by=body["security_administrator"], person=body["clerk"], role="inspector", **given
            )
            said = race.at_once(
                ("confirm", {"entry": entry.pk, "by": "system_administrator"}),
                (second, {"entry": entry.pk, "by": "second_keeper"}),
            )
            entry.refresh_from_db()
            held = Assignment.objects.filter(person=body["clerk"], role="inspector", ends_on=None)
            done = [answer for answers in said.values() for answer in answers].count("done")
            race.count(
                double=done > 1 or held.count() > 1, lost=done < 1 or held.exists() != (entry.state == "confirmed")
            )
            yesterday = factories.today() - dt.timedelta(days=1)
            for assignment in held:
                organization.end_assignment(
                    by=organization.console_actor(), assignment=assignment, ends_on=yesterday, reason="调整"
                )


@trials
def test_two_ends_of_one_recusal_are_confirmed_at_once(racing, trials):
    """Each was entered knowing that it had no end: one is confirmed, and the other has to be entered anew."""
    body = factories.make_body()
    keeper = factories.make_person("second_keeper", "第二安维")
    given = {"organization": body.organization("DQ"), "starts_on": factories.today(), "reason": "任免文件"}
    organization.assign(by=organization.console_actor(), person=keeper, role="system_administrator", **given)
    place = body.organization("CZJ-01")
    with racing("recusal's end/end") as race:
        for trial in range(trials):
            first = factories.SINCE + dt.timedelta(days=2 * trial)
            recusal = organization.recuse(
                by=organization.console_actor(),
                person=body["head"],
                organization=place,
                starts_on=first,
                reason="近亲属",
            )
            entries = [
                organization.end_recusal(
                    by=body["security_administrator"], recusal=recusal, ends_on=last, reason="事由消失"
                )
                for last in (first, first + dt.timedelta(days=1))
            ]
            said = race.at_once(
                ("confirm", {"entry": entries[0].pk, "by": "system_administrator"}),
                ("confirm", {"entry": entries[1].pk, "by": "second_keeper"}),
            )
            recusal.refresh_from_db()
            confirmed = [entry for entry in entries if type(entry).objects.get(pk=entry.pk).state == "confirmed"]
            done = said["confirm"].count("done")
            race.count(
                double=done > 1 or len(confirmed) > 1,
                lost=done < 1 or str(recusal.ends_on) not in [entry.values["ends_on"]["day"] for entry in confirmed],
            )
            for entry in entries:
                if entry not in confirmed:
                    confirmations.take_back(by=body["security_administrator"], confirmation=entry)


# --- Notices -----------------------------------------------------------------------------------------------------------


def posted_long_ago(body: factories.Body, title: str) -> PublicNotice:
    """A notice of one point whose time is over and whose result waits to be recorded."""
    with time_machine.travel(timezone.now() - dt.timedelta(days=60), tick=False):
        if not Declaration.objects.filter(appointment__person=body["holder"]).exists():
            factories.filed(body)
        else:
            declaration = factories.supplement(body)
            standing = PointVersion.objects.exclude(state__in=["draft", "superseded"]).get()
            factories.change_filed(declaration, standing, title=title)
            factories.file_all(declaration)
        return factories.posted(body)


@trials
def test_an_objection_comes_in_while_the_result_is_recorded(racing, trials):
    """An objection that was in the chain before the result keeps the result waiting; told to be recorded, it is there."""
    body = factories.make_body()
    with racing("notice closing/objection") as race:
        for trial in range(trials):
            notice = posted_long_ago(body, f"公示过的标题{trial}")
            said = race.at_once(
                ("end_notice", {"notice": notice.pk, "by": "console"}),
                ("object", {"notice": notice.pk, "by": "clerk", "received_on": notice.ends_on}),
            )
            notice.refresh_from_db()
            stored = Objection.objects.filter(notice=notice)
            has_ended = notice.state == "ended"
            ended = AuditEntry.objects.filter(act="notice.end", subject=f"notice:{notice.pk}").first()
            recorded = AuditEntry.objects.filter(act="objection.record", subject=f"objection:{stored.last().pk}").get()
            race.count(
                double=stored.count() > 1,
                lost=(said["end_notice"] == ["done"]) != has_ended or (said["object"] == ["done"]) != stored.exists(),
                stale=has_ended and recorded.sequence < ended.sequence,
            )
            notices.answer_objection(
                by=body["publisher"], objection=stored.get(), ruling="not_upheld", answer="已核实。", expected=1
            )
            if not has_ended:
                notices.end_notice(notice=notice)


@trials
def test_a_notice_is_extended_at_midnight_while_it_ends(racing, trials):
    """By one clock it still runs, by the other it is over: it is extended, or it has ended, never both and never neither."""
    body = factories.make_body()
    factories.filed(body)
    with racing("extend/end") as race:
        for _trial in range(trials):
            notice = factories.posted(body)
            before = notice.ends_on
            extension = extensions.ask_extension(by=body["publisher"], notice=notice, days=1, reason="群众要求延期")
            midnight = dt.datetime.combine(before, dt.time(16), dt.UTC)
            said = race.at_once(
                ("agree", {"extension": extension.pk, "by": "clerk", "at": midnight - dt.timedelta(minutes=1)}),
                ("end_notice", {"notice": notice.pk, "by": "console", "at": midnight + dt.timedelta(minutes=1)}),
            )
            notice.refresh_from_db()
            extension.refresh_from_db()
            is_longer, has_ended = notice.ends_on > before, notice.state == "ended"
            race.count(
                double=is_longer and has_ended,
                lost=(said["agree"] == ["done"], said["end_notice"] == ["done"]) != (is_longer, has_ended)
                or is_longer == has_ended,
                stale=extension.state != ("extended" if is_longer else "lapsed"),
            )
            notices.take_down(by=body["clerk"], notice=notice, reason="重新公示", expected=notice.version)
            # What came into force is not shown again: the next trial needs a point that is filed.
            PointVersion.objects.filter(state="in_force").update(state="filed")


@trials
def test_a_notice_is_posted_while_days_of_the_calendar_are_entered(racing, trials):
    """Whichever is first, the notice runs as long as the new days ask for."""
    body = factories.make_body()
    factories.filed(body)
    with racing("post/calendar") as race:
        for trial in range(trials):
            notice = factories.submit_notice(factories.composed(body), body["publisher"])
            approval, seen = notice.approval, digest(notices.content_of(notice))
            days = [[factories.today() + dt.timedelta(days=3 + trial), "off", "放假"]]
            said = race.at_once(
                (
                    "decide",
                    {
                        "approval": approval.pk,
                        "verdict": "post",
                        "version": approval.version,
                        "seen": seen,
                        "by": "clerk",
                    },
                ),
                ("set_calendar", {"days": days, "by": "console"}),
            )
            notice.refresh_from_db()
            asked_for = extensions.period_of(notice, extensions.own_calendar()).ends_on
            race.count(
                double=notice.extensions.count() > 1,
                lost=(said["decide"], said["set_calendar"]) != (["done"], ["done"]),
                stale=notice.ends_on != asked_for,
            )
            notices.take_down(by=body["clerk"], notice=notice, reason="重新公示", expected=notice.version)


@trials
def test_two_people_answer_an_objection_at_once(racing, trials):
    body = factories.make_body()
    factories.filed(body)
    notice = factories.posted(body)
    with racing("answer/answer") as race:
        for _trial in range(trials):
            objection = factories.objection(body, notice)
            said = race.at_once(*(("answer", {"objection": objection.pk, "by": by}) for by in ("clerk", "publisher")))
            entries = AuditEntry.objects.filter(act="objection.not_upheld", subject=f"objection:{objection.pk}").count()
            race.count(double=entries > 1, lost=said["answer"].count("done") != entries)


@trials
def test_two_publishers_post_at_once(racing, trials):
    """A notice is posted once, under one number."""
    body = factories.make_body()
    factories.filed(body)
    with racing("post/post") as race:
        for _trial in range(trials):
            notice = factories.submit_notice(factories.composed(body), body["publisher"])
            approval, seen = notice.approval, digest(notices.content_of(notice))
            job = {"approval": approval.pk, "verdict": "post", "version": approval.version, "seen": seen}
            said = race.at_once(*(("decide", {**job, "by": by}) for by in ("clerk", "second_clerk")))
            race.count_decisions(approval.pk, said["decide"], 1)
            notice.refresh_from_db()
            race.count(double=notice.lines.count() != 1, lost=notice.state != "posted")
            notices.take_down(by=body["clerk"], notice=notice, reason="重新公示", expected=notice.version)


def standing_of(batch: ImportBatch | None) -> int:
    """Return how many points of a batch stand."""
    return PointVersion.objects.filter(declaration__batch=batch, state="filed").count() if batch else 0


def forget_files() -> None:
    """Let the uploaded files of a trial lapse: of a unit only so many are kept at a time."""
    for upload in UploadedLedger.objects.exclude(body=b""):
        uploads.expire_upload(upload)


@trials
def test_a_file_is_taken_in_by_two_people_at_once(racing, trials):
    """Both have looked it over; one takes it in, the other is told so."""
    body = factories.make_body()
    with racing("apply/apply") as race:
        for trial in range(trials):
            forget_files()
            upload = factories.uploaded(body, f"第{trial}科")
            said = race.at_once(*(("apply", {"upload": upload.pk, "by": by}) for by in ("clerk", "second_clerk")))
            batches = ImportBatch.objects.filter(upload=upload)
            versions = PointVersion.objects.filter(organization_name=f"第{trial}科").count()
            race.count(
                double=said["apply"].count("done") > 1 or versions > 2,
                lost=batches.count() != 1 or versions != 2 or "done" not in said["apply"],
            )


@trials
def test_two_files_that_say_the_same_are_taken_in_at_once(racing, trials):
    """No point is entered twice: the second file would now do something else than its page showed."""
    body = factories.make_body()
    with racing("apply/apply of two files") as race:
        for trial in range(trials):
            forget_files()
            files = [factories.uploaded(body, f"第{trial}科") for _file in range(2)]
            people = ("clerk", "second_clerk")
            said = race.at_once(
                *(("apply", {"upload": upload.pk, "by": by}) for upload, by in zip(files, people, strict=True))
            )
            versions = PointVersion.objects.filter(organization_name=f"第{trial}科").count()
            applied = UploadedLedger.objects.filter(pk__in=[each.pk for each in files], state="applied").count()
            race.count(double=versions > 2, lost=versions != 2 or said["apply"].count("done") != applied)


@trials
def test_a_file_is_taken_in_while_another_is_taken_back(racing, trials):
    """The second file was looked over beside the first: it is taken in beside it, or refused once that was taken back."""
    body = factories.make_body()
    with racing("apply/undo") as race:
        for trial in range(trials):
            forget_files()
            first = factories.taken_in(body, f"第{trial}科").batch
            second = factories.uploaded(body, f"第{trial}科", points=3)
            said = race.at_once(
                ("apply", {"upload": second.pk, "by": "clerk"}), ("undo", {"batch": first.pk, "by": "second_clerk"})
            )
            second.refresh_from_db()
            is_undone, is_in = ImportBatch.objects.filter(undoes=first).exists(), second.state == "applied"
            # Of the second file only what the first does not hold is written.
            standing = PointVersion.objects.filter(organization_name=f"第{trial}科", state="filed").count()
            race.count(
                double=standing > 2 * (not is_undone) + is_in,
                lost=(said["undo"], said["apply"])
                != (["done" if is_undone else "refused"], ["done" if is_in else "refused"])
                or standing < 2 * (not is_undone) + is_in,
            )


@trials
def test_an_import_is_taken_back_by_two_people_at_once(racing, trials):
    body = factories.make_body()
    with racing("undo/undo") as race:
        for trial in range(trials):
            forget_files()
            batch = factories.taken_in(body, f"第{trial}科").batch
            said = race.at_once(*(("undo", {"batch": batch.pk, "by": by}) for by in ("clerk", "second_clerk")))
            undone = ImportBatch.objects.filter(undoes=batch).count()
            race.count(double=said["undo"].count("done") > 1, lost=undone != 1 or standing_of(batch) > 0)


@trials
@pytest.mark.parametrize("act", ["apply", "undo"])
def test_a_role_ends_while_its_holder_takes_a_file_in_or_back(racing, trials, act):
    """Either it was done before the role ended, or it was not done."""
    body = factories.make_body()
    with racing(f"{act}/role ended") as race:
        for trial in range(trials):
            forget_files()
            if act == "apply":
                job = {"upload": factories.uploaded(body, f"第{trial}科").pk}
            else:
                job = {"batch": factories.taken_in(body, f"第{trial}科").batch.pk}
            held = Assignment.objects.get(person=body["second_clerk"], role=Role.OFFICE_CLERK, ends_on=None)
            said = race.at_once(
                ("end_role", {"assignment": held.pk, "by": "security_administrator"}),
                (act, {**job, "by": "second_clerk"}),
            )
            made = ImportBatch.objects.filter(
                Q(upload=job.get("upload")) if act == "apply" else Q(undoes=job["batch"])
            ).first()
            entry = "ledger.import" if act == "apply" else "ledger.take_back"
            race.count(
                lost=said["end_role"] != ["done"] or (said[act] == ["done"]) != (made is not None),
                stale=made is not None and came_after(entry, f"import_batch:{made.pk}", "role.end"),
            )
            factories.give(body, "second_clerk", Role.OFFICE_CLERK, "CZJ", starts_on=factories.SINCE)


@trials
def test_a_post_is_filled_while_the_import_that_made_it_is_taken_back(racing, trials):
    """Nobody holds a post that is closed: it was filled before and stays open, or it was closed before and is not filled."""
    body = factories.make_body()
    with racing("undo/appoint") as race:
        for trial in range(trials):
            forget_files()
            batch = factories.taken_in(body, f"第{trial}科", post=f"第{trial}岗").batch
            post = Post.objects.get(name=f"第{trial}岗")
            said = race.at_once(
                ("undo", {"batch": batch.pk, "by": "clerk"}),
                ("appoint", {"post": post.pk, "person": "colleague", "by": "console"}),
            )
            post.refresh_from_db()
            is_held = post.appointments.exists()
            race.count(
                lost=said["undo"] != ["done"] or (said["appoint"] == ["done"]) != is_held,
                stale=is_held and post.closed_on is not None,
            )


# --- Inspections and draws -----------------------------------------------------------------------------------------------


@trials
def test_two_reveal_a_draw_at_once(racing, trials):
    body = factories.make_body()
    for name in ("holder", "colleague"):
        inspected.filed(body, name, 2)
    with racing("reveal/reveal") as race:
        for _trial in range(trials):
            draw = inspected.committed(body)
            acts = [
                ("reveal", {"draw": draw.pk, "by": name, "version": draw.version})
                for name in ("second_clerk", "inspector")
            ]
            said = race.at_once(*acts)["reveal"]
            entries = AuditEntry.objects.filter(subject=f"draw:{draw.pk}", act="draw.reveal").count()
            draw.refresh_from_db()
            race.count(
                double=said.count("done") > 1 or entries > 1,
                lost=draw.state != "revealed" or "done" not in said,
                stale=Holding.FAILS in dict(replay_draw(draw)).values(),
            )


def test_two_sign_a_sheet_at_once(racing):
    """The head and whoever stands in for them."""
    body = factories.make_body()
    factories.standing_in(body)
    inspected.filed(body, "holder", 3)
    sheet = inspected.issued(body).inspections.get()
    sheet = inspected.answered(body, inspected.begun(body, sheet, "head"), "head")
    job = {"inspection": sheet.pk, "version": sheet.version, "seen": digest(content_of(sheet))}
    with racing("sign/sign") as race:
        said = race.at_once(*(("sign_sheet", job | {"by": name}) for name in ("head", "stand_in")))["sign_sheet"]
        entries = AuditEntry.objects.filter(subject=f"inspection:{sheet.pk}", act="inspection.sign").count()
        race.count(double=said.count("done") > 1 or entries > 1, lost=said.count("done") != entries)


def test_two_issue_a_plan_at_once(racing):
    body = factories.make_body()
    inspected.filed(body, "holder", 1, 2, 3)
    found = inspected.proposal(body)
    with racing("issue/issue") as race:
        acts = [
            ("issue_plan", {"unit": "CZJ", "by": name, "year": found.year, "seen": found.digest})
            for name in ("clerk", "second_clerk")
        ]
        said = race.at_once(*acts)["issue_plan"]
        race.count(
            double=said.count("done") > 1 or InspectionPlan.objects.count() > 1,
            lost=Inspection.objects.count() != len(found.sheets) or "done" not in said,
        )
