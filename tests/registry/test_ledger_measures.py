"""Which measures a version shows: those that hold, or held to its end. The rows are made directly, as no verb leaves them."""

import datetime as dt

import pytest

from registry import access
from registry.models import Declaration, Measure, MeasureVersion, PointVersion
from registry.querysets.ledger import LedgerFilter
from tests import factories

FILED_ON = dt.date(2026, 3, 2)
ENDED_ON = dt.date(2026, 5, 4)


@pytest.fixture
def version(body, unguarded) -> PointVersion:
    """A filed point without a measure."""
    version = factories.first_point(factories.filed(body))
    version.measures.all().delete()
    return version


def measure(version: PointVersion, text: str, state: str, **changes) -> MeasureVersion:
    values = {"declaration": version.declaration, "valid_from": None if state == "draft" else FILED_ON} | changes
    return MeasureVersion.objects.create(
        measure=Measure.objects.create(point=version.point), point_version=version, text=text, state=state,
        changed_by_id=version.changed_by_id, changed_at=version.changed_at, **values,
    )  # fmt: skip


def shown(body, version: PointVersion) -> list[str]:
    """Return the texts by the point's page and by the ledger's, which agree."""
    texts = [each.text for each in PointVersion.objects.with_measures().get(pk=version.pk).shown_measures]
    page = access.ledger(body["holder"], LedgerFilter(state=version.state)).page(0, 10)
    assert [[each.text for each in row.shown_measures] for row in page if row.id == version.pk] == [texts]
    return texts


def without_measure(body) -> list[int]:
    """Return the versions that stand without a measure, by the queryset and by the ledger's page, which agree."""
    wanted = LedgerFilter(without_measure=True)
    found = list(access.visible_points(body["holder"]).matching(wanted).values_list("pk", flat=True))
    ledger = access.ledger(body["holder"], wanted)
    assert [row.id for row in ledger.page(0, 10)] == found and ledger.count() == len(found)
    return found


def of_another(body) -> Declaration:
    """Return a declaration of the same post that is being prepared."""
    return factories.supplement(body)


@pytest.mark.parametrize("state", ["proposed", "filed"])
def test_what_was_filed_with_the_point_or_later_holds(body, version, state):
    measure(version, "实行双人办理。", state)
    measure(version, "每月抽查。", state, declaration=of_another(body), ordinal=2)
    assert shown(body, version) == ["实行双人办理。", "每月抽查。"]
    assert without_measure(body) == []


def test_what_another_declaration_prepares_does_not_hold_yet(body, version):
    measure(version, "实行双人办理。", "draft", declaration=of_another(body))
    assert shown(body, version) == []
    assert without_measure(body) == [version.pk]


def test_what_ended_while_the_point_stands_holds_no_longer(body, version):
    measure(version, "实行双人办理。", "superseded", valid_to=ENDED_ON)
    assert shown(body, version) == []
    assert without_measure(body) == [version.pk]


def test_a_draft_shows_its_own_drafts(body):
    declaration = factories.draft(body)
    version = factories.first_point(declaration)
    texts = [each.text for each in PointVersion.objects.with_measures().get(pk=version.pk).shown_measures]
    assert texts == [factories.MEASURE["text"]]


@pytest.mark.parametrize(
    ("ended", "is_shown"),
    [(None, True), (ENDED_ON - dt.timedelta(days=1), False), (ENDED_ON, True), (ENDED_ON + dt.timedelta(days=1), True)],
)
def test_a_version_that_ended_shows_what_held_to_its_end(body, version, ended, is_shown):
    PointVersion.objects.filter(pk=version.pk).update(state="withdrawn", valid_to=ENDED_ON)
    version.refresh_from_db()
    measure(version, "实行双人办理。", "withdrawn", valid_to=ended)
    assert shown(body, version) == (["实行双人办理。"] if is_shown else [])
    assert without_measure(body) == []  # it does not stand


def test_only_points_that_stand_where_one_reads_are_without_a_measure(body, version):
    others = factories.first_point(factories.filed(body, "mzj_holder"))
    others.measures.all().delete()
    withdrawn = factories.first_point(factories.filed(body, "colleague"))
    withdrawn.measures.all().delete()
    PointVersion.objects.filter(pk=withdrawn.pk).update(state="withdrawn", valid_to=ENDED_ON)
    factories.first_point(factories.draft(body, "head")).measures.all().delete()
    assert without_measure(body) == [version.pk]
