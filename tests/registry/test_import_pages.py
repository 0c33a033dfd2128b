"""Taking in a ledger in the browser: what is kept, looked over, confirmed and taken in; the file marked; the template."""

import datetime as dt
import io
import time
import zipfile

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import override
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from registry.actions import jobs, uploads
from registry.actions.organization import console_actor, end_assignment
from registry.documents import imports as documents
from registry.models import (
    Assignment,
    AuditEntry,
    ImportBatch,
    LearnedHeading,
    Organization,
    PointVersion,
    Post,
    UploadedLedger,
    UploadedRow,
)
from registry.roles import Role
from registry.rules import Changed, NotAllowed, Refused, marked_parts
from registry.rules.uploads import ledger_of
from tests import factories

from .ledgers import SPREAD_POINTS, write_file

pytestmark = pytest.mark.django_db

ROWS = [
    ["科室", "岗位", "风险点", "风险类别", "等级", "防控措施"],
    ["办公室", "印章管理岗", "未经审批用印", "岗位职责", "高", "1.双人保管\n2.用印留痕"],
    ["督查科", "督查岗", "督查走过场", "业务流程", "低", "抽查"],
]


@pytest.fixture(autouse=True)
def in_english():
    with override("en"):
        yield


@pytest.fixture
def client_of(client_of):
    """Let the pages be in English too."""

    def sign_in(name: str):
        client = client_of(name)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        return client

    return sign_in


@pytest.fixture
def unit(body) -> Organization:
    unit = body.organization("CZJ")
    ROWS[1][0] = body.organization("CZJ-01").name
    return unit


def workbook(tmp_path, rows=None, *merged: str) -> bytes:
    return write_file(tmp_path / "own.xlsx", (rows or ROWS, merged)).read_bytes()


def kept(body, content: bytes, *, by: str = "clerk", year: int = 2026, name: str = "台账.xlsx") -> UploadedLedger:
    upload, found = ledger_of(name, content)
    assert not found
    return uploads.keep_upload(
        by=body[by], unit=body.organization("CZJ"), year=year, basis="", upload=upload,
        sheets=documents.read_upload(content, name),
    )  # fmt: skip


def look_again(body, upload: UploadedLedger, **choices) -> UploadedLedger:
    uploads.check_again(
        by=body["clerk"], upload=upload, sheets=documents.read_upload(bytes(upload.body), upload.name),
        choices=uploads.Choices(**choices), expected=upload.version,
    )  # fmt: skip
    upload.refresh_from_db()
    return upload


def take_in(body, upload: UploadedLedger, *, by: str = "clerk", seen: str | None = None):
    return uploads.apply_upload(
        by=body[by], upload=upload, sheets=documents.read_upload(bytes(upload.body), upload.name),
        seen=upload.seen if seen is None else seen,
    )  # fmt: skip


ALL = ["督查科", "督查科 / 督查岗"]


# ---- the acts


def test_what_is_not_confirmed_stays_a_problem(body, unit, tmp_path):
    upload = kept(body, workbook(tmp_path))
    assert upload.report["missing"] == {"sections": ["督查科"], "posts": ["督查科 / 督查岗"]}
    assert [(problem["row"], problem["column"]) for problem in upload.report["errors"]] == [(3, "A")]
    assert [row.outcome for row in upload.rows.all()] == ["new", "error"]
    with pytest.raises(Refused, match="still problems"):
        take_in(body, upload)
    look_again(body, upload, create=["督查科"])
    assert [problem["column"] for problem in upload.report["errors"]] == ["A"]
    look_again(body, upload, create=ALL)
    assert (upload.report["errors"], upload.report["created"]["posts"]) == ([], ["督查科 / 督查岗"])
    assert not ImportBatch.objects.exists() and not Post.objects.filter(name="督查岗").exists()
    assert take_in(body, upload).new == 2
    upload.refresh_from_db()
    assert (upload.state, upload.batch.counts["new"], upload.batch.entered_by) == ("applied", 2, body["clerk"])
    assert PointVersion.objects.get(title="督查走过场").post.name == "督查岗"
    assert AuditEntry.objects.filter(act="uploaded_ledger.upload").count() == 1


def test_taken_in_once_however_often_it_is_pressed(body, unit, tmp_path):
    upload = look_again(body, kept(body, workbook(tmp_path)), create=ALL)
    stale = UploadedLedger.objects.get(pk=upload.pk)
    take_in(body, upload)
    # The second window has read the page before the first one was done.
    with pytest.raises(Changed):
        take_in(body, stale)
    with pytest.raises(Refused, match="taken in"):
        take_in(body, UploadedLedger.objects.get(pk=upload.pk))
    assert (ImportBatch.objects.count(), PointVersion.objects.count()) == (1, 2)


def test_what_it_would_do_has_changed_since(body, unit, tmp_path):
    upload = look_again(body, kept(body, workbook(tmp_path)), create=ALL)
    other = look_again(
        body, kept(body, workbook(tmp_path, [*ROWS[:2], ["", "", "集体决策走样", "", "", ""]])), create=ALL
    )
    take_in(body, other)
    counts = PointVersion.objects.count(), ImportBatch.objects.count(), AuditEntry.objects.count()
    with pytest.raises(Changed, match="changed since"):
        take_in(body, upload)
    assert counts == (PointVersion.objects.count(), ImportBatch.objects.count(), AuditEntry.objects.count())
    look_again(body, upload, create=ALL)
    assert (upload.report["new"], upload.report["same"]) == (1, 1)
    take_in(body, upload)


def test_categories_and_headings_as_a_person_says(body, unit, tmp_path):
    rows = [
        ["科室", "风险点", "涉及对象", "等级", "怎么表现"],
        [body.organization("CZJ-01").name, "滥用职权谋取私利", "服务对象", "高", "吃拿卡要"],
    ]
    upload = kept(body, workbook(tmp_path, rows))
    (proposal,) = upload.report["proposals"]
    unknown = {heading["heading"] for heading in upload.report["headings"] if not heading["becomes"]}
    assert (proposal["category"], unknown) == ("duty", {"涉及对象", "怎么表现"})
    look_again(body, upload, mapping={"怎么表现": "manifestation"}, confirmed={proposal["place"]: "duty"})
    take_in(body, upload)
    version = PointVersion.objects.get()
    assert (version.category, version.manifestation) == ("duty", "吃拿卡要")
    assert version.kept == {"涉及对象": "服务对象"}
    assert LearnedHeading.objects.get().heading == "怎么表现"


def test_thrown_away_or_lapsed_it_is_gone(body, unit, tmp_path):
    with time_machine.travel(dt.datetime(2026, 6, 1, tzinfo=dt.UTC), tick=False):
        away, left, done = (kept(body, workbook(tmp_path)) for _number in range(3))
        take_in(body, look_again(body, done, create=ALL))
        uploads.discard_upload(by=body["clerk"], upload=away, expected=away.version)
        with pytest.raises(Refused, match="thrown away"):
            uploads.apply_upload(
                by=body["clerk"], upload=UploadedLedger.objects.get(pk=away.pk), sheets=[], seen=away.seen
            )
        assert jobs.run_due("uploads") == 0
    with time_machine.travel(dt.datetime(2026, 6, 9, tzinfo=dt.UTC), tick=False):
        assert jobs.run_due("uploads") == 2
        assert jobs.run_due("uploads") == 0
    states = UploadedLedger.objects.order_by("pk").values_list("state", "body")
    assert [(state, bytes(content)) for state, content in states] == [
        ("discarded", b""), ("expired", b""), ("applied", b"")
    ]  # fmt: skip
    assert not UploadedRow.objects.exists()
    assert done.batch_id is None or PointVersion.objects.filter(declaration__batch=done.batch_id).exists()


@pytest.mark.once
@pytest.mark.parametrize("name", ["head", "principal", "inspector", "mzj_clerk", "system_administrator"])
def test_only_the_office_of_the_unit(body, unit, tmp_path, name):
    upload = kept(body, workbook(tmp_path))
    for act in (
        lambda: kept(body, workbook(tmp_path), by=name),
        lambda: take_in(body, upload, by=name),
        lambda: uploads.discard_upload(by=body[name], upload=upload, expected=upload.version),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.once
def test_what_is_no_ledger_is_told_at_the_door(body, tmp_path):
    for name, content, sentence in (
        ("a.xlsx", b"x", "not taken"),
        ("a.xlsx", b"%PDF-1.7 ... %%EOF", "not a workbook"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100, "old Word or Excel"),
    ):
        upload, found = ledger_of(name, content)
        assert upload is None and (sentence in found[0] or "Give it its right ending" in found[0]), found
    upload, found = ledger_of("台账.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100)
    assert (upload.name, found) == ("台账.xls", [])


@pytest.mark.once
def test_the_words_that_differ_are_marked():
    before, after = marked_parts("未经审批用印", "未经核准用印。")
    assert before == [("未经", False), ("审批", True), ("用印", False)]
    assert after == [("未经", False), ("核准", True), ("用印", False), ("。", True)]
    for text in ("", "长" * 10_000):
        assert marked_parts(text, text + "x")[1][-1][1]
        assert "".join(part for part, _differs in marked_parts(text, "乙")[0]) == text


@pytest.mark.parametrize(("before", "after"), [("甲乙" * 750, "甲乙甲" * 500), ("甲乙" * 750, "乙乙甲甲" * 375)])
def test_no_pair_of_texts_takes_long_to_compare(before, after):
    """Everybody may write a text that is compared wherever its versions are read."""
    began = time.process_time()
    assert marked_parts(before, after) == ([(before, True)], [(after, True)])
    assert time.process_time() - began < 2


# ---- the file marked


@pytest.mark.once
def test_the_marked_file_is_the_own_one(body, unit, tmp_path):
    book = Workbook()
    sheet = book.active
    sheet.title = "台账"
    for row in [["某县台账"], *ROWS, ["", "", "", "", "", "=1+1"]]:
        sheet.append(row)
    sheet["A3"].font = Font(bold=True)
    sheet.merge_cells("A1:F1")
    sheet.column_dimensions["C"].width = 33
    path = tmp_path / "own.xlsx"
    book.save(path)
    upload = kept(body, path.read_bytes())
    problems = [*upload.report["errors"], {"sheet": None, "row": None, "column": None, "text": "=整个文件"}]
    problems.append({"sheet": "台账", "row": 1, "column": "B", "text": "在合并单元格里"})
    marked = load_workbook(io.BytesIO(documents.marked_copy(path.read_bytes(), "own.xlsx", problems)))
    cell = marked["台账"]["A4"]
    assert (cell.value, cell.fill.fgColor.rgb) == ("督查科", "FFFFC7CE")
    assert "督查科" in cell.comment.text
    assert "A4: " in marked["台账"]["G4"].value
    assert marked["台账"]["A3"].font.bold and marked["台账"].column_dimensions["C"].width == 33
    assert "在合并单元格里" in marked["台账"]["A1"].comment.text
    # What was a formula of their own is one still; of ours none is.
    assert marked["台账"]["F5"].data_type == "f"
    listed = marked[marked.sheetnames[-1]]
    assert [row[2].value for row in listed.iter_rows()] == [problem["text"] for problem in problems]
    assert {cell.data_type for row in listed.iter_rows() for cell in row if cell.value} == {"s"}


@pytest.mark.once
def test_a_hostile_merge_is_marked_in_a_new_workbook(tmp_path):
    """Made of objects, the cells of this merge would take minutes and all memory; the own file gives way."""
    path, small = tmp_path / "own.xlsx", write_file(tmp_path / "small.xlsx", (ROWS, ["E1:F1"]))
    with zipfile.ZipFile(small) as source, zipfile.ZipFile(path, "w") as target:
        for member in source.infolist():
            target.writestr(member, source.read(member).replace(b"E1:F1", b"E1:XFD1048576"))
    problems = [{"sheet": "表1", "row": 3, "column": "A", "text": "无此科"}]
    marked = load_workbook(io.BytesIO(documents.marked_copy(path.read_bytes(), "own.xlsx", problems)))
    assert marked["表1"]["A3"].value == "督查科" and marked["表1"]["A3"].comment.text == "无此科"


@pytest.mark.once
def test_of_an_old_workbook_a_new_one_is_marked(tmp_path):
    content = workbook(tmp_path, [*ROWS, ["=2+3", "", "", "", "", ""]])
    problems = [{"sheet": "表1", "row": 3, "column": "A", "text": "无此科"}]
    upload = documents.mark_workbook(
        content, keeps_own=False, sheets=documents.read_upload(content, "a.xlsx"), marks=problems,
        words={"heading": "h", "sheet": "s", "author": "a"},
    )  # fmt: skip
    sheet = load_workbook(io.BytesIO(upload))["表1"]
    assert [sheet["A3"].value, sheet["A4"].value, sheet["A4"].data_type] == ["督查科", "=2+3", "s"]
    assert sheet["A3"].comment.text == "无此科"


# ---- the template


def test_the_template_filled_in_is_taken_in_without_a_problem(body, unit, tmp_path):
    book = load_workbook(io.BytesIO(documents.ledger_template(unit, 2026)))
    sheet, lists = book.worksheets[:2]
    validations = {str(each.sqref): each.formula1 for each in sheet.data_validations.dataValidation}
    assert len(validations) == 5 and "A2:A301" in validations
    columns = [[cell.value for cell in column if cell.value] for column in lists.iter_cols()]
    assert body.organization("CZJ-01").name in columns[0] and body.appointment("holder").post.name in columns[1]
    assert [len(column) for column in columns[2:]] == [4, 6, 4]
    holder = body.appointment("holder").post
    for row, values in enumerate(
        [
            [holder.organization.name, holder.name, columns[2][3], columns[3][3], "印章", "未经审批用印", "事后补签", columns[4][1]],
            [holder.organization.name, "", columns[2][2], columns[3][4], "印章", "没有登记", "没有登记", columns[4][3]],
            [unit.name, "", columns[2][1], columns[3][2], "决策", "走过场", "走过场", columns[4][2]],
        ],
        start=2,
    ):  # fmt: skip
        for column, value in enumerate(values, start=1):
            sheet.cell(row, column).value = value
    book.save(tmp_path / "filled.xlsx")
    upload = kept(body, (tmp_path / "filled.xlsx").read_bytes())
    assert (upload.report["errors"], upload.report["new"]) == ([], 3)
    assert upload.report["open"] == {"category": 0, "grade": 0, "level": 0}
    assert upload.report["missing"] == {"sections": [], "posts": []}
    empty = documents.ledger_template(unit, 2026)
    assert kept(body, empty).report["rows"] == 0


# ---- the pages


def sent(body, client, content: bytes, name: str = "台账.xlsx", **fields):
    values = {"unit": body.organization("CZJ").pk, "year": 2026, "basis": "", **fields}
    return client.post(reverse("registry:import-new"), {**values, "file": SimpleUploadedFile(name, content)})


def test_the_way_through_the_pages(body, unit, client_of, tmp_path):
    client = client_of("clerk")
    answer = sent(body, client, workbook(tmp_path), basis="财发〔2026〕3号")
    upload = UploadedLedger.objects.get()
    assert answer["Location"] == reverse("registry:import", args=[upload.pk])
    page = client.get(answer["Location"])
    assert "has no section “督查科”" in page.content.decode()
    marked = client.get(reverse("registry:import-marked", args=[upload.pk]))
    assert load_workbook(io.BytesIO(marked.content))["表1"]["A3"].comment
    choices = reverse("registry:import-choices", args=[upload.pk])
    assert client.post(choices, {"version": upload.version, "create": ["自己编的"]}).status_code == 422
    assert client.post(choices, {"version": upload.version, "all_create": "1"}).status_code == 302
    assert client.post(choices, {"version": upload.version, "all_create": "1"}).status_code == 409
    upload.refresh_from_db()
    apply = reverse("registry:import-apply", args=[upload.pk])
    assert client.post(apply, {"seen": "sha256:stale"}).status_code == 409
    upload.refresh_from_db()
    assert client.post(apply, {"seen": upload.seen}).status_code == 302
    assert client.post(apply, {"seen": upload.seen}).status_code == 409
    batch = ImportBatch.objects.get()
    assert (batch.basis, PointVersion.objects.count()) == ("财发〔2026〕3号", 2)
    page = client.get(reverse("registry:import", args=[upload.pk])).content.decode()
    assert "organization=CZJ&amp;year=2026" in page and reverse("registry:import-undo", args=[batch.pk]) in page
    undo = reverse("registry:import-undo", args=[batch.pk])
    assert "Closed again, since nothing came to it: 督查科" in client.get(undo).content.decode()
    assert client.post(undo, {"reason": ""}).status_code == 422
    assert client.post(undo, {"reason": "选错文件"}).status_code == 302
    assert "选错文件" in client.get(reverse("registry:imports")).content.decode()
    assert client.get(undo).status_code == 409


@pytest.mark.once
def test_the_points_of_one_cell_say_each_what_is_wrong_and_what_is_proposed(body, unit, client_of, tmp_path):
    rows = [["科室", "风险点", "等级"], ["督查科", "1.滥用职权谋取私利\n2.吃拿卡要", "高"]]
    upload, client = kept(body, workbook(tmp_path, rows)), client_of("clerk")
    first, second = upload.rows.all()
    assert len(first.content["problems"]) == len(second.content["problems"]) == 1
    address = reverse("registry:import", args=[upload.pk])
    page = client.get(address).content.decode()
    # Two points have a problem; neither is counted as new besides.
    assert '<dt>New</dt><dd class="num">0</dd>' in page and '<dt>With problems</dt><dd class="num">2</dd>' in page
    assert '· 滥用职权谋取私利 <span class="hint d-block">' in page
    look_again(body, upload, create=["督查科"], confirmed={first.content["place"]: "duty"})
    assert "· 滥用职权谋取私利 <span" in client.get(address).content.decode()  # also once it is ticked


@pytest.mark.once
def test_the_ledger_counts_what_the_file_left_open(body, unit, client_of, tmp_path):
    rows = [["科室", "风险点", "防控措施"], [body.organization("CZJ-01").name, "集体决策走样", "抽查"]]
    take_in(body, kept(body, workbook(tmp_path, rows)))
    page = client_of("clerk").get(reverse("registry:ledger")).content.decode()
    assert '<th scope="col">to be settled</th>' in page
    assert '<span class="chip">to be settled <span class="count">1</span></span>' in page


@pytest.mark.once
def test_what_is_wrong_with_the_upload_is_said_and_the_rest_is_kept(body, unit, client_of, tmp_path):
    client = client_of("clerk")
    answer = sent(body, client, b"x", basis="财发")
    assert (answer.status_code, UploadedLedger.objects.count()) == (422, 0)
    assert "财发" in answer.content.decode()
    answer = sent(body, client, workbook(tmp_path), year="26")
    assert "choose it again" in answer.content.decode()
    answer = sent(body, client, workbook(tmp_path, [["甲", "乙"]]))
    assert "No sheet holds a ledger" in answer.content.decode()


@pytest.mark.once
def test_what_was_found_in_one_language_is_taken_in_from_a_page_in_another(body, unit, client_of, tmp_path):
    upload = look_again(body, kept(body, workbook(tmp_path)), create=ALL)
    client, address = client_of("clerk"), reverse("registry:import", args=[upload.pk])
    assert "What was found is told in" not in client.get(address).content.decode()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    page = client.get(address).content.decode()
    assert "核对结果使用的语言：英文" in page and "post level" in page
    # What a person confirmed is still confirmed, and told in the language of who asks now.
    client.post(reverse("registry:import-choices", args=[upload.pk]), {"language": "1"})
    page = client.get(address).content.decode()
    assert "核对结果使用的语言" not in page and "post level" not in page
    upload.refresh_from_db()
    assert (upload.language, upload.choices["create"], upload.report["errors"]) == ("zh-hans", ALL, [])
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    client.post(reverse("registry:import-apply", args=[upload.pk]), {"seen": upload.seen})
    upload.refresh_from_db()
    assert (upload.state, PointVersion.objects.count()) == ("applied", 2)


@pytest.mark.once
def test_the_preview_tells_before_and_after_by_kind(body, client_of, tmp_path):
    spread = write_file(tmp_path / "a.xlsx", SPREAD_POINTS).read_bytes()
    upload = kept(body, spread)
    names = [*upload.report["missing"]["sections"], *upload.report["missing"]["posts"]]
    take_in(body, look_again(body, upload, create=names))
    book = load_workbook(io.BytesIO(spread))
    sheet = book.worksheets[0]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value and "超期不办" in str(cell.value))
    cell.value = str(cell.value).replace("超期不办", "超时不办")
    book.save(tmp_path / "b.xlsx")
    upload = kept(body, (tmp_path / "b.xlsx").read_bytes())
    assert (upload.report["changed"], upload.report["same"]) == (1, 2)
    client = client_of("clerk")
    page = client.get(reverse("registry:import", args=[upload.pk]) + "?show=changed").content.decode()
    assert "<del>期</del>" in page and "<ins>时</ins>" in page
    assert page.count("<tr ") == 2
    page = client.get(reverse("registry:import", args=[upload.pk]) + "?show=error").content.decode()
    assert "No row of this kind" in page


@pytest.mark.once
def test_the_door_is_where_one_may_import(body, client_of):
    door = reverse("registry:imports")
    for name, shown in (("clerk", True), ("head", False), ("inspector", False)):
        assert (door in client_of(name).get(reverse("registry:ledger")).content.decode()) == shown
        assert client_of(name).get(door).status_code == (200 if shown else 403)


class Slow(list):
    """Sheets that take their time to be read: the first look at them lets something happen."""

    def __init__(self, sheets, happens) -> None:
        super().__init__(sheets)
        self.happens = happens

    def __iter__(self):
        happens, self.happens = self.happens, lambda: None
        happens()
        return super().__iter__()


@pytest.mark.parametrize("act", ["upload", "look again", "take in"])
def test_whose_role_ends_while_a_file_is_read_does_nothing_with_it(body, unit, tmp_path, act):
    def ends() -> None:
        held = Assignment.objects.get(person=body["second_clerk"], role=Role.OFFICE_CLERK, ends_on=None)
        yesterday = factories.today() - dt.timedelta(days=1)
        end_assignment(by=console_actor(), assignment=held, ends_on=yesterday, reason="调离")

    # Nothing has to be made for it: making a section asks for the right by itself.
    content, by = workbook(tmp_path, ROWS[:2]), body["second_clerk"]
    upload = kept(body, content)
    assert not upload.report["errors"]
    sheets = Slow(documents.read_upload(content, upload.name), ends)
    before = snapshot()
    with pytest.raises(NotAllowed):
        if act == "upload":
            found, _problems = ledger_of(upload.name, content)
            uploads.keep_upload(by=by, unit=unit, year=2026, basis="", upload=found, sheets=sheets)
        elif act == "look again":
            uploads.check_again(by=by, upload=upload, sheets=sheets, choices=uploads.Choices(), expected=upload.version)
        else:
            uploads.apply_upload(by=by, upload=upload, sheets=sheets, seen=upload.seen)
    assert snapshot() == before


def snapshot() -> list:
    """Return what an import or its taking back leaves behind."""
    rows = (UploadedLedger, UploadedRow, ImportBatch, PointVersion, Organization, Post, LearnedHeading)
    return [list(model.objects.order_by("pk").values("pk")) for model in rows] + [
        list(UploadedLedger.objects.values("state", "version")),
        list(PointVersion.objects.order_by("pk").values("state")),
    ]


def test_characters_no_database_takes_are_told_and_shown_as_marks(body, unit, client_of, tmp_path):
    """Excel can hold any character by its number; PostgreSQL refuses U+0000 in whatever is stored."""
    rows = [list(row) for row in ROWS]
    rows[1][2], rows[0][4], rows[2][0] = "题QQ", "列QQ", "科QQ"
    source, changed = zipfile.ZipFile(io.BytesIO(workbook(tmp_path, rows))), io.BytesIO()
    with zipfile.ZipFile(changed, "w") as target:
        for member in source.infolist():
            target.writestr(member, source.read(member).replace(b"QQ", b"_x0000_"))
    client = client_of("clerk")
    file = SimpleUploadedFile("台账.xlsx", changed.getvalue())
    answer = client.post(reverse("registry:import-new"), {"unit": unit.pk, "year": 2026, "file": file})
    upload = UploadedLedger.objects.get()
    assert answer.headers["Location"] == reverse("registry:import", args=[upload.pk])
    assert [problem for problem in upload.report["errors"] if "U+0000" in problem["text"]]
    assert "科\ufffd" in upload.report["missing"]["sections"]
    for name in ("import", "import-marked"):
        assert client.get(reverse(f"registry:{name}", args=[upload.pk])).status_code == 200
    assert client.post(
        reverse("registry:import-choices", args=[upload.pk]), {"version": upload.version, "all_create": "1", "heading_0": "grade"}
    ).status_code in (302, 409)  # fmt: skip
    upload.refresh_from_db()
    assert upload.report["errors"]


def test_of_a_unit_so_many_files_are_kept_and_no_more(body, unit, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_KEPT", 2)
    content = workbook(tmp_path)
    first = kept(body, content)
    take_in(body, look_again(body, kept(body, content), create=ALL))
    with pytest.raises(Refused, match="2 files"):
        kept(body, content)
    uploads.discard_upload(by=body["clerk"], upload=first, expected=first.version)
    kept(body, content)
    with pytest.raises(Refused, match="2 files"):
        kept(body, content)
    uploads.expire_upload(UploadedLedger.objects.get(state="applied"))
    kept(body, content)


def test_everything_a_long_ledger_leaves_open_can_be_confirmed_again(body, unit, client_of, tmp_path):
    """What was confirmed is ticked the next time; more boxes than Django takes by default must not lock the person out."""
    section = body.organization("CZJ-01").name
    rows = [["科室", "风险点", "表现形式", "等级"]]
    rows += [[section, f"岗位职责履行{number}", f"审批不严{number}", "高"] for number in range(1_100)]
    upload = kept(body, workbook(tmp_path, rows))
    client, address = client_of("clerk"), reverse("registry:import-choices", args=[upload.pk])
    client.post(address, {"version": upload.version, "all_confirmed": "1"})
    upload.refresh_from_db()
    confirmed = list(upload.choices["confirmed"])
    assert len(confirmed) == 1_100
    assert client.post(address, {"version": upload.version, "confirmed": confirmed}).status_code == 302
