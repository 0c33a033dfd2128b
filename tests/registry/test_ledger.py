"""The ledger's page asks by statements written once: the same answers as the querysets they were written from."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry import access
from registry.models import Assignment, PointVersion, Recusal
from registry.querysets.ledger import Ledger, LedgerFilter
from registry.querysets.prepared import Given, Prepared
from registry.roles import Role
from registry.rules import Category, Level, PointState
from tests import factories

READERS = ("holder", "colleague", "head", "member", "inspector", "outside_inspector", "region_clerk", "mzj_holder")
YEAR = factories.today().year
FILTERS = [
    LedgerFilter(),
    LedgerFilter(year=YEAR),
    LedgerFilter(year=YEAR - 1),
    LedgerFilter(year=YEAR, level=Level.POST, category=Category.DUTY, grade=2),
    LedgerFilter(level="section"),
    LedgerFilter(state=PointState.WITHDRAWN),
    LedgerFilter(day=factories.today()),
    LedgerFilter(day=factories.today() - dt.timedelta(days=400), category="duty"),
    LedgerFilter(words="用印 审批"),
    LedgerFilter(words="100%"),
    LedgerFilter(without_measure=True),
]


@pytest.fixture
def full(body, unguarded) -> factories.Body:
    """Points of several sections and units in several states; one inspector reads three stretches, one is recused."""
    for name in ("holder", "colleague", "other_holder", "mzj_holder"):
        factories.filed(body, name, points=2)
    factories.draft(body, "head")
    ended = PointVersion.objects.filter(declaration__appointment__person=body["holder"]).latest("pk")
    PointVersion.objects.filter(pk=ended.pk).update(state="withdrawn", valid_to=factories.today())
    PointVersion.objects.filter(pk=PointVersion.objects.in_ledger().earliest("pk").pk).update(
        title="用印100%未审批", grade=2
    )
    for code in ("CZJ-02", "MZJ-01"):
        factories.give(body, "outside_inspector", Role.INSPECTOR, code)
    return body


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_a_page_has_what_the_queryset_has(full, wanted):
    for name in READERS:
        for asked in (wanted, replace(wanted, interval=full.organization("CZJ-01").interval)):
            ledger = access.ledger(full[name], asked)
            rows = access.visible_points(full[name]).matching(asked).select_related("point").with_measures()
            assert ledger.count() == len(rows), name
            assert sum(ledger.counted().values()) == len(rows)
            assert ledger.page(0, 50) == [
                (
                    row.pk, row.unit_name, row.organization_name, row.post_name, row.level, row.category, row.matter, row.title,
                    row.manifestation, row.grade, row.responsible, row.responsible_leader, row.point.code,
                    [(measure.text, measure.state) for measure in row.shown_measures],
                )
                for row in rows
            ]  # fmt: skip
            assert ledger.counted() == {
                kind: sum((row.level, row.category, row.grade) == kind for row in rows) for kind in ledger.counted()
            }


def test_the_filters_find_something_and_the_readers_differ(full):
    """What the test above compares is not nothing."""
    found = [access.ledger(full["member"], wanted).count() for wanted in FILTERS]
    assert [wanted for wanted, count in zip(FILTERS, found, strict=True) if not count] == [
        FILTERS[2], FILTERS[4], FILTERS[7], FILTERS[10]
    ]  # fmt: skip
    counts = {name: access.ledger(full[name], LedgerFilter()).count() for name in READERS}
    assert counts["region_clerk"] == 0 and len(set(counts.values())) > 2, counts
    assert len(access.ledger_scope(full["outside_inspector"])) > 2


def test_pages_follow_each_other(full):
    ledger = access.ledger(full["member"], LedgerFilter())
    total = ledger.count()
    pages = [ledger.page(first, 2) for first in range(0, total, 2)]
    assert [row for page in pages for row in page] == ledger.page(0, total)
    assert ledger.page(total, 2) == []


def test_a_row_says_its_words_as_an_object_does(full):
    objects = {version.pk: version for version in PointVersion.objects.with_measures()}
    for row in access.ledger(full["member"], LedgerFilter()).page(0, 50):
        version = objects[row.id]
        for name in ("get_level_display", "get_category_display"):
            assert getattr(row, name)() == getattr(version, name)()
        assert [measure.get_state_display() for measure in row.shown_measures] == [
            measure.get_state_display() for measure in version.shown_measures
        ]


def test_only_the_text_of_a_question_is_kept(full):
    """What was filed, a recusal and the end of a role are seen at once."""
    inspector = full["inspector"]

    def total() -> int:
        return access.ledger(inspector, LedgerFilter(year=YEAR)).count()

    before = total()
    with CaptureQueriesContext(connection) as captured:
        assert total() == before > 0
    assert len(captured) == 5  # rights (twice; a page asks once), posts, recusals, the count
    factories.filed(full, "other_head")
    assert total() == before + 1
    Recusal.objects.create(
        person=inspector, organization=full.organization("CZJ"), starts_on=factories.SINCE, reason="亲属在该单位",
        entered_by=full["security_administrator"],
    )  # fmt: skip
    assert total() == PointVersion.objects.in_ledger().filter(organization__code="MZJ-01").count() > 0
    Assignment.objects.filter(person=inspector).update(ends_on=factories.today() - dt.timedelta(days=1))
    assert total() == 0


def test_two_roles_in_one_place_give_each_right_once(body):
    factories.give(body, "head", Role.INSPECTOR, "CZJ-01")
    rights = access.rights_of(body["head"])
    assert len(rights) == len(set(rights)) > 1


def test_who_reads_nothing_asks_nothing(body):
    with CaptureQueriesContext(connection) as captured:
        ledger = Ledger(PointVersion, [], LedgerFilter())
        assert (ledger.count(), ledger.counted(), ledger.page(0, 50)) == (0, {}, [])
    assert len(captured) == 0


def test_columns_that_need_converting_are_refused():
    with pytest.raises(TypeError):
        Prepared(PointVersion.objects.filter(pk=Given("pk")).values_list("causes"))
