"""Taking an import back: what stood before stands again, nothing is removed, and never once something was built on it."""

import datetime as dt
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import override

from registry.actions.organization import console_actor
from registry.actions.undoing import built_on, undo_import, what_undoing_does
from registry.models import (
    AuditEntry,
    Declaration,
    ImportBatch,
    MeasureVersion,
    NoticeLine,
    Organization,
    PointVersion,
    Post,
    PublicNotice,
    RiskPoint,
)
from registry.querysets.ledger import LedgerFilter
from registry.rules import Incomplete, NotAllowed, Refused
from tests import factories

from . import consistency
from .ledgers import MERGED_OFFICE, change_cell, make_person, make_unit, take_in, write_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    with override("en"):
        yield


@pytest.fixture
def unit():
    return make_unit()


@pytest.fixture
def office(tmp_path):
    return write_file(tmp_path / "office.xlsx", MERGED_OFFICE)


def undo(reason: str = "选错了文件", by=None, batch: ImportBatch | None = None) -> ImportBatch:
    batch = batch or ImportBatch.objects.filter(undoes=None).last()
    return undo_import(by=by or console_actor(), batch=batch, reason=reason)


def shown(day: dt.date | None = None) -> list[tuple]:
    """Return what the ledger shows, or showed on a day: of each point its texts and its measures as they are shown."""
    rows = PointVersion.objects.in_ledger().matching(LedgerFilter(day=day)).select_related("point").with_measures()
    return sorted(
        (
            row.point.code, row.year, row.state, row.origin, row.category, row.title, row.manifestation, row.grade,
            str(row.kept), str(row.as_written), row.organization_name, row.post_name,
            *((measure.text, measure.state) for measure in row.shown_measures),
        )
        for row in rows
    )  # fmt: skip


def on(day: int):
    return time_machine.travel(dt.datetime(2026, 6, day, 10, tzinfo=dt.UTC), tick=False)


def test_new_points_are_withdrawn_and_what_was_made_for_them_is_closed(unit, tmp_path):
    rows = [["科室", "岗位", "风险点", "等级"], ["法规科", "复议岗", "甲", "高"], ["窗口", "接件岗", "乙", "低"]]
    take_in(write_file(tmp_path / "a.xlsx", (rows, [])), unit)
    batch = ImportBatch.objects.get()
    would = what_undoing_does(by=console_actor(), batch=batch)
    assert (would.withdrawn, would.restored) == (2, 0)
    assert [str(place) for place in (*would.sections, *would.posts)] == ["法规科", "复议岗", "接件岗"]
    made = undo()
    assert (made.undoes, made.reason, made.counts["withdrawn"]) == (batch, "选错了文件", 2)
    assert shown() == [] and shown(timezone.localdate()) == []
    # Nothing was removed: the ledger of what was withdrawn tells of it, with the reason.
    withdrawn = PointVersion.objects.in_ledger().matching(LedgerFilter(state="withdrawn"))
    assert {(version.change, version.change_reason) for version in withdrawn} == {
        ("new", ""),
        ("withdrawn", "选错了文件"),
    }
    assert RiskPoint.objects.count() == 2
    assert Organization.objects.get(name="法规科").closed_on == timezone.localdate()
    assert set(Post.objects.exclude(closed_on=None).values_list("name", flat=True)) == {"复议岗", "接件岗"}
    assert Organization.objects.get(name="窗口").closed_on is None
    assert AuditEntry.objects.filter(act="ledger.take_back", subject=f"import_batch:{made.pk}").count() == 1
    assert consistency.problems() == []


def test_what_was_made_for_it_is_opened_again_by_the_next_import(unit, tmp_path):
    rows = [["科室", "岗位", "风险点", "等级"], ["法规科", "复议岗", "甲", "高"]]
    path = write_file(tmp_path / "a.xlsx", (rows, []))
    take_in(path, unit)
    undo()
    assert [problem.row for problem in take_in(path, unit, create_missing=False).errors] == [2]
    report = take_in(path, unit)
    assert (report.errors, report.created) == ([], {"sections": ["法规科"], "posts": ["法规科 / 复议岗"]})
    assert Organization.objects.get(name="法规科").closed_on is None
    assert Post.objects.get(name="复议岗").closed_on is None
    assert [row[0] for row in shown()] == ["DAG-000002"]
    undo()
    assert Post.objects.get(name="复议岗").closed_on == timezone.localdate()
    assert consistency.problems() == []


def test_what_was_replaced_stands_again_with_its_measures(unit, office):
    with on(1):
        take_in(office, unit)
        before = shown()
    with on(2):
        change_cell(office, 0, "F3", "中")
        change_cell(office, 0, "G3", "1.钥匙分管; 2.装监控")
        change_cell(office, 0, "E4", "未经批准借出原件或者拍照。")
        assert take_in(office, unit).changed == 2
        assert shown() != before
        undo()
        assert shown() == before
        assert shown(dt.date(2026, 6, 2)) == before
        told = [row[1:] for row in shown(dt.date(2026, 6, 1))]
        assert [row[:1] + row[2:11] for row in told] == [row[1:2] + row[3:12] for row in before]
        assert {row[1] for row in told} == {"filed", "superseded"}
        first = PointVersion.objects.filter(point__code="DAG-000001").order_by("pk")
        assert [version.state for version in first] == ["superseded", "superseded", "filed"]
        assert [version.replaces_id for version in first] == [None, first[0].pk, first[1].pk]
        assert consistency.problems() == []
        # And the same file again does again what it did.
        assert take_in(office, unit).changed == 2
        undo()
        assert shown() == before
        assert consistency.problems() == []


def test_what_was_carried_into_the_year_goes_back_to_its_own(unit, office):
    with on(1):
        take_in(office, unit, year=2025)
        before = shown()
    with on(2):
        assert take_in(office, unit, year=2026).carried == 3
        undo()
        assert shown() == before
        assert set(Declaration.objects.filter(batch__undoes__isnull=False).values_list("year", flat=True)) == {2025}
        assert consistency.problems() == []


def test_what_was_approved_and_carried_stays_approved(body, tmp_path):
    year = factories.filed(body, points=2).year
    before, path = shown(), tmp_path / "a.xlsx"
    call_command("export_ledger", unit="CZJ", year=year, out=str(path), stdout=StringIO())
    report = take_in(path, body.organization("CZJ"), year=year + 1)
    assert (report.errors, report.carried) == ([], 2)
    assert {row[3] for row in shown()} == {"imported"}
    undo()
    assert shown() == before
    assert consistency.problems() == []


def test_only_on_the_same_day_only_once_only_by_the_office_and_with_a_reason(unit, office):
    clerk = make_person("clerk", "office_clerk", unit)
    with on(1):
        take_in(office, unit, by=clerk)
        with pytest.raises(NotAllowed):
            undo(by=make_person("head", "principal_leader", unit))
        with pytest.raises(Refused, match="Say why"):
            undo("  ", by=clerk)
    with on(2), pytest.raises(Refused, match="on the same day only"):
        undo(by=clerk)
    with on(1):
        made = undo(by=clerk)
        with pytest.raises(Refused, match="人员clerk has taken this import back"):
            undo(by=clerk)
        with pytest.raises(Refused, match="takes an import back"):
            undo(batch=made)


def a_later_import(unit, office):
    change_cell(office, 0, "F3", "高")
    take_in(office, unit)
    return "Changed, carried on or withdrawn since: DAG-000001"


def a_notice_being_composed(unit, office):
    version = PointVersion.objects.get(point__code="DAG-000002")
    PublicNotice.objects.create(
        organization=unit, unit=unit, position=unit.tree_from, year=2026, title="公示", shown_within=unit,
        chosen=[version.pk], composed_by=console_actor(), composed_at=timezone.now(), changed_by=console_actor(),
        changed_at=timezone.now(),
    )  # fmt: skip
    return "Chosen for a public notice that is being composed: DAG-000002"


def a_notice(unit, office):
    a_notice_being_composed(unit, office)
    notice, version = PublicNotice.objects.get(), PointVersion.objects.get(point__code="DAG-000002")
    PublicNotice.objects.update(chosen=[])
    NoticeLine.objects.create(
        notice=notice, ordinal=1, point_version=version, position=version.position, content={}, digest="x"
    )
    return "On a public notice: DAG-000002"


def a_state(unit, office):
    PointVersion.objects.filter(point__code="DAG-000003").update(state="to_change")
    return "It no longer stands as it was taken in: DAG-000003"


def a_declaration(unit, office):
    return _draft(unit, "DAG-000001", "Taken up in a declaration that is not filed: DAG-000001")


def measures(unit, office):
    version = PointVersion.objects.get(point__code="DAG-000001")
    declaration = _declaration(unit, "measures")
    MeasureVersion.objects.create(
        measure=version.measures.first().measure, point_version=version, declaration=declaration, text="新措施",
        changed_by=console_actor(), changed_at=timezone.now(),
    )  # fmt: skip
    return "Measures are declared for it: DAG-000001"


def _declaration(unit, phase: str) -> Declaration:
    return Declaration.objects.create(
        level="section", organization=unit, unit=unit, position=unit.tree_from, year=2026, phase=phase,
        drafted_by=console_actor(), drafted_at=timezone.now(),
    )  # fmt: skip


def _draft(unit, code: str, sentence: str) -> str:
    version = PointVersion.objects.get(point__code=code)
    PointVersion.objects.create(
        point=version.point, declaration=_declaration(unit, "points"), replaces=version, change="changed", year=2026,
        position=version.position, organization=version.organization, level=version.level, title="改",
        changed_by=console_actor(), changed_at=timezone.now(),
    )  # fmt: skip
    return sentence


@pytest.mark.once
@pytest.mark.parametrize("build", [a_later_import, a_notice_being_composed, a_notice, a_state, a_declaration, measures])
def test_never_once_something_was_built_on_it(unit, office, build):
    take_in(office, unit)
    batch = ImportBatch.objects.get()
    sentence = build(unit, office)
    before = PointVersion.objects.count()
    with pytest.raises(Incomplete) as why:
        undo(batch=batch)
    assert [gap.sentence for gap in why.value.gaps] == [sentence]
    assert what_undoing_does(by=console_actor(), batch=batch).obstacles == [sentence]
    assert (PointVersion.objects.count(), ImportBatch.objects.filter(undoes=batch).count()) == (before, 0)


@pytest.mark.once
def test_a_post_somebody_holds_stays_open(unit, tmp_path):
    rows = [["科室", "岗位", "风险点", "等级"], ["法规科", "复议岗", "甲", "高"]]
    take_in(write_file(tmp_path / "a.xlsx", (rows, [])), unit)
    post = Post.objects.get(name="复议岗")
    post.appointments.create(person=make_person("holder"), starts_on=timezone.localdate())
    assert not built_on(ImportBatch.objects.get())
    undo()
    assert (Post.objects.get(pk=post.pk).closed_on, Organization.objects.get(name="法规科").closed_on) == (None, None)


def test_many_points_take_few_queries(unit, tmp_path, django_assert_max_num_queries):
    rows = [["科室", "风险点", "等级", "措施"], *(["窗口", f"点{n}", "高", "1.甲\n2.乙"] for n in range(300))]
    path = write_file(tmp_path / "a.xlsx", (rows, []))
    take_in(path, unit)
    rows[1:] = [["窗口", f"点{n}", "低", "1.甲\n2.丙"] for n in range(300)]
    take_in(write_file(path, (rows, [])), unit)
    with django_assert_max_num_queries(80):
        undo()
    assert {row[7] for row in shown()} == {1}
