"""The audit chain: what nobody can write over, and what is found of those who did it behind the system."""

import datetime as dt
import io
import json
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.test import Client
from openpyxl import load_workbook

from registry.actions import confirmations, notices, organization
from registry.actions.audit import DENIED, MOST_DENIALS, entry_digest, record, row_digest, write_head_down
from registry.actions.verification import verify
from registry.models import (
    SEALED,
    Appointment,
    Assignment,
    AuditEntry,
    AuditHead,
    Confirmation,
    Counter,
    Decision,
    MeasureVersion,
    NoticeLine,
    NumberedCopy,
    PointVersion,
    PublicNotice,
    Recusal,
    Remark,
    RiskPoint,
    Seal,
    SealForm,
    Submission,
    install_guards,
    missing_guards,
)
from registry.rules.acts import ACTS_BY_KIND, act_label, acts_about
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def worked(body) -> factories.Body:
    """A body in which something of every sealed kind has happened."""
    factories.returned(body, "colleague")
    factories.filed(body, "other_holder")
    notice = factories.posted(body)
    assert notice.lines.exists()
    factories.objection(body, notice)
    factories.extended(body, notice)
    factories.copy_of(notice, body["clerk"])
    return body


def sealed(model) -> int:
    """Return the id of a row that is final."""
    return model.objects.filter(SEALED[model._meta.model_name].final).earliest("pk").pk


# --- What the system itself writes is found sound ---------------------------------------------------------------------


def test_what_was_done_by_acts_is_sound(worked):
    verdict = verify()
    assert (verdict.reason, verdict.row, verdict.first_bad) == ("", "", None)
    assert verdict.entries == AuditEntry.objects.count() == AuditHead.objects.get().sequence
    kinds = set(Seal.objects.values_list("form__table", flat=True))
    ground_floor = {name for name, table in SEALED.items() if table.model._meta.app_label == "registry"}
    assert kinds == ground_floor - {"naming", "confirmation", "optout", "standin"}


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_each_entry_names_its_algorithm(body, settings, algorithm):
    settings.AUDIT_DIGEST = algorithm
    entry = record("calendar.set", by=body["clerk"], subject="calendar")
    assert entry.digest.startswith(f"{algorithm}:")
    assert entry.content_digest.startswith(f"{algorithm}:")
    settings.AUDIT_DIGEST = "sha256"  # what was written before is read by its own name
    assert verify().ok


def test_an_entry_knows_where_it_was(worked):
    filed = AuditEntry.objects.get(
        act="ledger.enter", subject=f"declaration:{NoticeLine.objects.first().point_version.declaration_id}"
    )
    assert filed.organization == NoticeLine.objects.first().point_version.organization
    assert AuditEntry.objects.filter(act="notice.freeze").get().organization.code == "CZJ"


def test_equal_contents_have_different_digests(body):
    """Who guesses what an entry was about cannot tell whether they guessed right."""
    first, second = (
        record("calendar.set", by=body["clerk"], subject="calendar", content=["同样"]) for _time in range(2)
    )
    assert first.content_digest != second.content_digest


# --- What the database refuses ----------------------------------------------------------------------------------------


def all_changed(model, **values) -> Callable[[], object]:
    return lambda: model.objects.filter(pk=sealed(model)).update(**values)


REFUSED = {
    "text of a filed point": all_changed(PointVersion, title="改"),
    "grade of a filed point": all_changed(PointVersion, grade=3),
    "who changed a filed point": all_changed(PointVersion, changed_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)),
    "a filed point made a draft": all_changed(PointVersion, state="draft", valid_from=None),
    "a filed point removed": lambda: PointVersion.objects.filter(pk=sealed(PointVersion))._raw_delete("default"),
    "text of a filed measure": all_changed(MeasureVersion, text="改"),
    "a filed measure removed": lambda: MeasureVersion.objects.filter(pk=sealed(MeasureVersion))._raw_delete("default"),
    "verdict of a decision": lambda: Decision.objects.update(verdict="approve", reason="改"),
    "person of a decision": lambda: Decision.objects.update(decided_by=F("decided_by_id") + 1),
    "a decision removed": lambda: Decision.objects.all()._raw_delete("default"),
    "a remark": lambda: Remark.objects.update(text="改"),
    "what was submitted": lambda: Submission.objects.update(content={}),
    "a line of a notice": lambda: NoticeLine.objects.update(content={}),
    "a numbered copy": lambda: NumberedCopy.objects.update(issued_to="别处"),
    "number of a notice": lambda: PublicNotice.objects.update(number="GS-CZJ-2026-999"),
    "a notice cut short": lambda: PublicNotice.objects.update(ends_on=F("starts_on")),
    "code of a point": lambda: RiskPoint.objects.exclude(code=None).update(code="CZJ-999999"),
    "a counter turned back": lambda: Counter.objects.update(last=0),
    "role of an assignment": lambda: Assignment.objects.filter(role="section_head").update(role="inspector"),
    "place of an assignment": lambda: Assignment.objects.filter(role="section_head").update(organization=F("organization_id") + 1),
    "a recusal removed": lambda: Recusal.objects.all()._raw_delete("default"),
    "rank of an appointment": lambda: Appointment.objects.update(rank="chu"),
    "an administrator's second role": lambda: Assignment.objects.create(
        person=Assignment.objects.filter(role="audit_administrator").first().person, role="inspector",
        organization=Assignment.objects.first().organization, starts_on=factories.today(), reason="伪造",
        assigned_by=Assignment.objects.first().assigned_by,
    ),
    "actor of an entry": lambda: AuditEntry.objects.filter(sequence=5).update(actor=F("actor_id") + 1),
    "an entry removed": lambda: AuditEntry.objects.filter(sequence=5)._raw_delete("default"),
    "the head set back": lambda: AuditHead.objects.update(sequence=F("sequence") - 1),
    "a seal": lambda: Seal.objects.update(digest="sha256:0"),
    "a seal removed": lambda: Seal.objects.all()._raw_delete("default"),
    "what a seal covers": lambda: SealForm.objects.update(columns=["id"]),
}  # fmt: skip


def test_the_database_refuses(worked):
    let_through = []
    for name, act in REFUSED.items():
        try:
            with transaction.atomic():
                act()
        except DatabaseError as refusal:
            assert "registry" in str(refusal), name
        else:
            let_through.append(name)
    assert let_through == []
    assert verify().ok


def test_the_three_columns_may_change(worked):
    version = PointVersion.objects.get(pk=sealed(PointVersion))
    PointVersion.objects.filter(pk=version.pk).update(
        position=version.position + 1, state="superseded", valid_to=factories.today()
    )
    assert verify().ok
    with pytest.raises(DatabaseError, match="registry"), transaction.atomic():  # what has ended stays ended
        PointVersion.objects.filter(pk=version.pk).update(state="filed", valid_to=None)


def test_the_guards_that_stand_are_those_declared(db):
    assert missing_guards(connection) == []


def drop(name: str, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{name}"' + (f' ON "{table}"' if connection.vendor == "postgresql" else ""))


def test_a_missing_guard_is_said(db, client):
    drop("decision_changed", "registry_decision")
    assert missing_guards(connection) == ["decision_changed"]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"guards are missing\n")
    with pytest.raises(Exception, match="registry.E001"):
        call_command("check")
    install_guards(connection)
    assert client.get("/readyz").status_code == 200


def test_a_guard_that_refuses_nothing_is_said(db):
    drop("decision_changed", "registry_decision")
    other = (
        'CREATE TRIGGER "decision_changed" BEFORE UPDATE ON "registry_decision" FOR EACH ROW WHEN (1 = 0) '
        + ("EXECUTE FUNCTION registry_refuse('')" if connection.vendor == "postgresql" else "BEGIN SELECT RAISE(ABORT, 'registry: '); END")
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(other)
    assert missing_guards(connection) == ["decision_changed"]


# --- What is found of those who got past the database -----------------------------------------------------------------


def rewritten(entry: AuditEntry, **values) -> None:
    """Change an entry and close it again, as somebody would who knows the program."""
    for name, value in values.items():
        setattr(entry, name, value)
    AuditEntry.objects.filter(pk=entry.pk).update(**values, digest=entry_digest(entry))


def swap(first: int, second: int) -> None:
    for old, new in ((first, 1_000_000), (second, first), (1_000_000, second)):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE registry_auditentry SET sequence = %s WHERE sequence = %s", [new, old])


def unsealed_entry() -> int:
    """Return the number of an entry in the middle that has no seals."""
    return AuditEntry.objects.filter(seals="", sequence__gt=5).earliest("sequence").sequence


def give_a_role() -> str:
    known = Assignment.objects.earliest("pk")
    forged = Assignment.objects.create(
        person=Recusal.objects.first().person,
        organization=known.organization,
        role="inspector",
        assigned_by=known.assigned_by,
        starts_on=known.starts_on,
        reason="伪造",
    )
    return f"assignment:{forged.pk}"


def decide_for_somebody() -> str:
    known = Decision.objects.latest("pk")
    known.pk, known.round = None, 9
    known.save(force_insert=True)
    return f"decision:{known.pk}"


def changed(model, **values) -> Callable[[], str]:
    def change() -> str:
        pk = sealed(model)
        model.objects.filter(pk=pk).update(**values)
        return f"{model._meta.model_name}:{pk}"

    return change


def removed(model) -> Callable[[], str]:
    def remove() -> str:
        pk = sealed(model)
        model.objects.filter(pk=pk)._raw_delete("default")
        return f"{model._meta.model_name}:{pk}"

    return remove


def change_an_entry() -> str:
    AuditEntry.objects.filter(sequence=7).update(act="ledger.export")
    return "auditentry:7"


def change_an_entry_and_close_it() -> str:
    rewritten(AuditEntry.objects.get(sequence=7), act="ledger.export")
    return "auditentry:8"  # it no longer follows


def change_the_time_of_an_entry() -> str:
    AuditEntry.objects.filter(sequence=9).update(at=F("at") + dt.timedelta(days=1))
    return "auditentry:9"


def blame_somebody_else() -> str:
    entry = AuditEntry.objects.latest("sequence")
    AuditEntry.objects.filter(pk=entry.pk).update(actor=Assignment.objects.filter(role="inspector").first().person)
    return f"auditentry:{entry.pk}"


def remove_an_entry() -> str:
    number = unsealed_entry()
    AuditEntry.objects.filter(pk=number)._raw_delete("default")
    return f"auditentry:{number}"


def insert_an_entry() -> str:
    last = AuditEntry.objects.latest("sequence")
    forged = AuditEntry(
        sequence=last.sequence + 1, form=2, at=last.at, actor=last.actor, act="role.begin", subject="assignment:1",
        salt="0", content_digest=last.content_digest, previous=last.previous,
    )  # fmt: skip
    forged.digest = entry_digest(forged, "sha256")
    forged.save(force_insert=True)
    return f"auditentry:{forged.sequence}"


def append_an_entry_that_follows() -> str:
    last = AuditEntry.objects.latest("sequence")
    forged = AuditEntry(
        sequence=last.sequence + 1, form=2, at=last.at, actor=last.actor, act="role.begin", subject="assignment:1",
        salt="0", content_digest=last.content_digest, previous=last.digest,
    )  # fmt: skip
    forged.digest = entry_digest(forged, "sha256")
    forged.save(force_insert=True)
    return "audithead:1"


def reorder_entries() -> str:
    number = AuditEntry.objects.filter(seals="", sequence__gt=5).earliest("sequence").sequence
    other = AuditEntry.objects.filter(seals="", sequence__gt=number).earliest("sequence").sequence
    swap(number, other)
    return f"auditentry:{number}"


def cut_the_tail() -> str:
    head = AuditHead.objects.get()
    last = AuditEntry.objects.filter(seals="").latest("sequence").sequence
    Seal.objects.filter(entry__gte=last)._raw_delete("default")
    AuditEntry.objects.filter(sequence__gte=last)._raw_delete("default")
    assert head.sequence >= last
    return "audithead:1"


def swap_a_seal() -> str:
    seal = Seal.objects.filter(form__table="pointversion").earliest("pk")
    Seal.objects.filter(pk=seal.pk).update(digest="sha256:" + "0" * 64)
    return f"auditentry:{seal.entry_id}"


def seal_anew() -> str:
    """Change a filed point and put the right seal in the place of the old one."""
    seal = Seal.objects.filter(form__table="pointversion").earliest("pk")
    PointVersion.objects.filter(pk=seal.row).update(title="改写")
    row = PointVersion.objects.filter(pk=seal.row).values(*seal.form.columns).get()
    Seal.objects.filter(pk=seal.pk).update(digest=row_digest(seal, "pointversion", row, "sha256"))
    return f"auditentry:{seal.entry_id}"


def add_a_seal() -> str:
    """Change a filed point and seal it as if by a later act."""
    seal = Seal.objects.filter(form__table="pointversion").earliest("pk")
    PointVersion.objects.filter(pk=seal.row).update(title="改写")
    row = PointVersion.objects.filter(pk=seal.row).values(*seal.form.columns).get()
    last = AuditEntry.objects.filter(seals="").latest("sequence")
    forged = Seal(entry=last, form=seal.form, row=seal.row, salt="0")
    forged.digest = row_digest(forged, "pointversion", row, "sha256")
    forged.save()
    return f"auditentry:{last.sequence}"


def let_a_seal_cover_less() -> str:
    form = SealForm.objects.get(table="decision")
    SealForm.objects.filter(pk=form.pk).update(columns=["id"])
    return f"decision:{sealed(Decision)}"


def open_a_filed_point() -> str:
    pk = sealed(PointVersion)
    PointVersion.objects.filter(pk=pk).update(state="draft", valid_from=None)
    return f"pointversion:{pk}"


TAMPERING = {
    "an entry changed": change_an_entry,
    "an entry changed and closed again": change_an_entry_and_close_it,
    "the time of an entry": change_the_time_of_an_entry,
    "the actor of the last entry": blame_somebody_else,
    "an entry removed": remove_an_entry,
    "an entry inserted": insert_an_entry,
    "an entry appended": append_an_entry_that_follows,
    "entries reordered": reorder_entries,
    "the tail cut, the head left": cut_the_tail,
    "a seal changed": swap_a_seal,
    "a row changed and its seal made anew": seal_anew,
    "a row changed and sealed once more": add_a_seal,
    "a seal that covers less": let_a_seal_cover_less,
    "a filed point's text": changed(PointVersion, title="改"),
    "a filed point's place": changed(PointVersion, organization_id=1),
    "a filed point opened again": open_a_filed_point,
    "a filed measure": changed(MeasureVersion, text="改"),
    "a decision's verdict": changed(Decision, reason="改"),
    "a decision put in": decide_for_somebody,
    "a remark removed": removed(Remark),
    "what was submitted": changed(Submission, content={}),
    "a line of a notice": changed(NoticeLine, content={}),
    "a numbered copy": changed(NumberedCopy, issued_to="别处"),
    "the file of a numbered copy": changed(NumberedCopy, file_digest="0" * 64),
    "a role put in": give_a_role,
    "a role prolonged": changed(Assignment, ends_on=dt.date(2099, 1, 1)),
    "a recusal removed": removed(Recusal),
    "a recusal ended": changed(Recusal, ends_on=dt.date(2030, 1, 1)),
    "a rank lowered": changed(Appointment, rank="chu"),
}  # fmt: skip


def test_tampering_is_found_and_the_row_is_named(worked, unguarded):
    named = {}
    for name, act in TAMPERING.items():
        with transaction.atomic():
            named[name] = (act(), verify().row)
            transaction.set_rollback(True)
    assert {name: found for name, (row, found) in named.items() if found != row} == {}
    assert verify().ok
    print(f"tampering: {len(named)} ways, {len(named)} found, each row named")


def test_the_chain_is_looked_at_even_where_guards_are_gone(worked, unguarded, capsys):
    call_command("verify_chain", "--json")
    told = capsys.readouterr()
    assert json.loads(told.out)["ok"]
    assert "decision_changed" in told.err


def test_a_cut_tail_is_found_by_the_end_written_down(worked, unguarded, settings, tmp_path, capsys):
    settings.AUDIT_HEADS = tmp_path / "heads.jsonl"
    write_head_down()
    record("calendar.set", by=worked["clerk"], subject="calendar")
    record("calendar.set", by=worked["clerk"], subject="calendar")
    write_head_down()
    call_command("verify_chain", "--head", str(settings.AUDIT_HEADS))
    last = AuditHead.objects.get().sequence
    kept = AuditEntry.objects.get(sequence=last - 2)
    AuditEntry.objects.filter(sequence__gt=kept.sequence)._raw_delete("default")
    AuditHead.objects.update(sequence=kept.sequence, digest=kept.digest)
    assert verify().ok  # nothing in the database tells of it
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        call_command("verify_chain", "--head", str(settings.AUDIT_HEADS), "--json")
    assert stopped.value.code == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["entries"], found["first_bad"]) == (False, kept.sequence, kept.sequence + 1)
    assert found["reason"]


def test_a_chain_written_anew_is_found_by_the_end_printed_on_a_ledger(worked, unguarded, tmp_path, capsys):
    head = AuditHead.objects.get()
    printed = tmp_path / "head.txt"
    printed.write_text(f"{head.sequence} {head.digest}\n", encoding="utf-8")
    entry = AuditEntry.objects.get(sequence=head.sequence)
    rewritten(entry, act="ledger.export")
    AuditHead.objects.update(digest=AuditEntry.objects.get(sequence=head.sequence).digest)
    assert verify().ok
    with pytest.raises(SystemExit):
        call_command("verify_chain", "--head", str(printed))
    assert f"auditentry:{head.sequence}" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "keine Zeile\n", '{"sequence": 3}\n'])
def test_a_file_that_holds_no_ends_is_refused(db, tmp_path, text):
    path = tmp_path / "heads"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("verify_chain", "--head", str(path))


# --- Denied attempts --------------------------------------------------------------------------------------------------


def denials(person) -> list[str]:
    return list(AuditEntry.objects.filter(act=DENIED, actor=person).values_list("subject", flat=True))


def test_what_was_refused_is_an_entry_without_what_was_typed(body, client_of):
    declaration = factories.submitted(body)
    approval = declaration.approval_id
    assert client_of("mzj_holder").get(f"/declarations/{declaration.pk}/").status_code == 404
    assert client_of("mzj_holder").get("/ledger/?text=某某贪污&organization=1").status_code == 404
    assert client_of("holder").post(f"/approvals/{approval}/", {"reason": "秘密"}).status_code in (403, 404, 405)
    assert all("某" not in subject for subject in denials(body["mzj_holder"]))
    assert len(denials(body["mzj_holder"])) == 2
    assert str(declaration.pk) in denials(body["mzj_holder"])[0]


def test_nobody_is_denied_what_was_never_there(body, client_of):
    client_of("holder").get("/no/such/page/")
    Client().get("/ledger/")
    assert not AuditEntry.objects.filter(act=DENIED).exists()


def test_a_program_that_tries_everything_does_not_fill_the_chain(body, client_of):
    client = client_of("holder")
    for pk in range(MOST_DENIALS + 10):
        assert client.get(f"/declarations/{pk + 500_000}/").status_code == 404
    assert len(denials(body["holder"])) == MOST_DENIALS


# --- The audit administrator's page -----------------------------------------------------------------------------------


def shown(answer) -> list[int]:
    return [row["entry"].sequence for row in answer.context["rows"]]


def test_the_chain_is_searched_by_person_place_act_and_time(worked, client_of):
    client = client_of("audit_administrator")
    everything = client.get("/audit/")
    newest = AuditEntry.objects.latest("sequence")
    assert shown(everything)[0] == newest.sequence
    found = client.get("/audit/?person=clerk&kind=ledger")
    assert {row["entry"].act for row in found.context["rows"]} == {"ledger.enter"}
    assert {row["entry"].actor.username for row in found.context["rows"]} == {"clerk"}
    inside = client.get("/audit/?organization=CZJ&kind=ledger")
    codes = {row["entry"].organization.code for row in inside.context["rows"]}
    assert codes == {"CZJ-02"}
    assert not client.get("/audit/?organization=SWJ&kind=ledger").context["rows"]
    tomorrow = factories.today() + dt.timedelta(days=1)
    assert not client.get(f"/audit/?since={tomorrow}").context["rows"]
    assert shown(client.get(f"/audit/?until={factories.today()}")) == shown(everything)
    wrong = client.get(f"/audit/?since={tomorrow}&until={factories.today()}")
    assert wrong.status_code == 422


def test_the_chain_is_leafed_through_without_counting(worked, client_of, monkeypatch):
    monkeypatch.setattr("registry.views.audit.PAGE", 10)
    client = client_of("audit_administrator")
    first = client.get("/audit/?person=console")
    second = client.get(f"/audit/?person=console&before={first.context['older']}")
    seen = [*shown(first), *shown(second)]
    mine = AuditEntry.objects.filter(actor__username="console").order_by("-sequence")
    assert seen == list(mine.values_list("sequence", flat=True)[:20])


def test_every_act_has_its_words(worked):
    for act in AuditEntry.objects.values_list("act", flat=True).distinct():
        assert act in acts_about(act.partition(".")[0])
        assert act_label(act)
    for kind in ACTS_BY_KIND:
        assert all(act_label(act) for act in acts_about(kind))


def test_the_workbook_is_what_the_page_shows_and_an_entry_itself(worked, client_of):
    client = client_of("audit_administrator")
    answer = client.get("/audit/export/?kind=notice")
    sheet = read_workbook(answer.content)
    wanted = AuditEntry.objects.filter(act__startswith="notice.").order_by("-sequence")
    assert [row[0] for row in sheet] == list(wanted.values_list("sequence", flat=True))
    assert AuditEntry.objects.latest("sequence").act == "audit.export"
    salts = set(AuditEntry.objects.exclude(salt="").values_list("salt", flat=True))
    assert not salts & {str(cell) for row in sheet for cell in row}


def read_workbook(body: bytes) -> list[tuple]:
    """Return the rows of entries: those that begin with a number."""
    sheet = load_workbook(io.BytesIO(body)).active
    return [row for row in sheet.iter_rows(values_only=True) if isinstance(row[0], int)]


def test_the_chain_is_checked_from_the_page(worked, client_of, unguarded):
    client = client_of("audit_administrator")
    said = [str(message) for message in client.post("/audit/check/", follow=True).context["messages"]]
    assert str(AuditEntry.objects.count() - 1) in said[0]
    pk = sealed(Decision)
    Decision.objects.filter(pk=pk).update(reason="改")
    said = [str(message) for message in client.post("/audit/check/", follow=True).context["messages"]]
    assert f"decision:{pk}" in said[0]


def test_an_auditor_of_a_part_reads_that_part(worked, client_of):
    other = factories.make_person("part_auditor", "局部审计")
    county = organization.create_organization(
        by=organization.console_actor(), kind="region", code="XQ", name="小区", parent=worked.organization("DQ")
    )
    organization.assign(
        by=organization.console_actor(), person=other, organization=county, role="audit_administrator",
        starts_on=factories.today(), reason="测试",
    )  # fmt: skip
    factories.give_factor(other)
    client = Client()
    client.force_login(other)
    assert {row["entry"].organization for row in client.get("/audit/").context["rows"]} == {county}
    assert client.get("/audit/?organization=CZJ").status_code == 422


# --- Found by somebody who tried to get past it ----------------------------------------------------------------------------


def test_a_role_put_in_with_a_number_below_one_is_found(worked):
    role = Assignment.objects.first()
    role.pk, role.person = -1, worked["holder"]
    role.save(force_insert=True)
    assert verify().row == "assignment:-1"


def test_removing_all_rows_and_renaming_their_form_is_found(worked, unguarded):
    Recusal.objects.all()._raw_delete("default")
    assert verify().row.startswith("recusal:")
    form = SealForm.objects.get(table="recusal")
    SealForm.objects.filter(pk=form.pk).update(table="gone")
    assert verify().row == f"sealform:{form.pk}"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's own")
def test_what_is_final_is_not_replaced(worked):
    chosen = {field.column: f'"{field.column}"' for field in Decision._meta.concrete_fields} | {"reason": "'改过'"}
    copied = f"({', '.join(chosen)}) SELECT {', '.join(chosen.values())} FROM registry_decision"  # noqa: S608 - our own names
    with pytest.raises(DatabaseError, match="decision_removed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT OR REPLACE INTO registry_decision {copied}")  # noqa: S608 - the same


def test_who_confirmed_what_an_administrator_entered_is_found_when_changed(body):
    entered = organization.ask_password(by=body["system_administrator"], person=body["holder"], reason="忘记密码")
    confirmations.decline(by=body["security_administrator"], confirmation=entered, reason="未核实本人")
    assert verify().ok
    Confirmation.objects.filter(pk=entered.pk).update(state="confirmed", decided_by=body["inspector"], remark="")
    assert verify().row == f"confirmation:{entered.pk}"


def test_an_upheld_objection_taken_off_its_line_is_found(body):
    factories.filed(body, "other_holder")
    objection = factories.objection(body, factories.posted(body))
    said = {"ruling": "upheld", "answer": "意见成立。", "expected": objection.version}
    notices.answer_objection(by=body["second_principal"], objection=objection, **said)
    line = NoticeLine.objects.exclude(upheld_by=None).get()
    assert verify().ok
    NoticeLine.objects.filter(pk=line.pk).update(upheld_by=None)
    assert verify().row == f"noticeline:{line.pk}"
