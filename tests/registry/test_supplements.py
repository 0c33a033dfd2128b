"""Changing what is filed: supplements that add, change and withdraw, and the ledger of any day."""

import datetime as dt

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import access
from registry.actions import declarations as verbs
from registry.actions import supplements
from registry.models import Declaration, MeasureVersion, PointVersion
from registry.querysets.ledger import LedgerFilter
from registry.rules import Change, Incomplete, MeasureState, NotAllowed, PointState, Refused
from tests import factories


@pytest.fixture(autouse=True)
def in_english():
    """Sentences are compared in the language they are written in."""
    with translation.override("en"):
        yield


@pytest.fixture
def filed(body):
    """Two filed points of the holder's post."""
    factories.filed(body, points=2)
    return body


def standing() -> list[PointVersion]:
    return list(PointVersion.objects.filter(state__in=["filed", "published", "in_force", "to_change"]).order_by("pk"))


def test_a_change_replaces_a_withdrawal_ends_and_a_new_point_joins(filed):
    first, second = standing()
    declaration = factories.supplement(filed)
    assert (declaration.supplement, declaration.trigger) == (1, "duties")
    assert set(supplements.open_to_change(declaration)) == {first, second}
    changed = factories.change_filed(declaration, first, manifestation="新流程下的表现形式。")
    supplements.take_up(
        by=filed["holder"], declaration=declaration, filed=second, kind="withdrawn", reason="该职权已取消。"
    )
    verbs.save_point(
        by=filed["holder"], declaration=declaration, values=factories.point_values(title="新增风险"), measures=[]
    )
    # Until it is filed the ledger stays as it is.
    assert standing() == [first, second]
    assert not supplements.open_to_change(declaration).exists()
    factories.file_all(declaration)
    for version in (first, second, changed):
        version.refresh_from_db()
    assert (first.state, first.valid_to) == (PointState.SUPERSEDED, factories.today())
    assert (second.state, second.valid_to) == (PointState.WITHDRAWN, factories.today())
    assert (changed.state, changed.point_id, changed.valid_to) == (PointState.FILED, first.point_id, None)
    assert [version.title for version in standing()] == [first.title, "新增风险"]
    assert len({version.point.code for version in standing()}) == 2
    assert set(MeasureVersion.objects.filter(point_version=second).values_list("state", flat=True)) == {
        MeasureState.WITHDRAWN
    }
    assert set(MeasureVersion.objects.filter(point_version=first).values_list("state", flat=True)) == {
        MeasureState.SUPERSEDED
    }
    assert set(changed.measures.values_list("state", flat=True)) == {MeasureState.PROPOSED}


def test_one_supplement_at_a_time_and_the_next_has_the_next_number(filed):
    declaration = factories.supplement(filed)
    assert factories.supplement(filed, trigger="law") == declaration
    factories.change_filed(declaration, standing()[0], title="改过的标题")
    factories.file_all(declaration)
    assert factories.supplement(filed).supplement == 2


def test_an_open_declaration_keeps_its_points_to_itself(filed):
    """The year's declaration of next year and a supplement cannot both change a point."""
    first, _second = standing()
    supplement = factories.supplement(filed)
    factories.change_filed(supplement, first, title="改过的标题")
    other = Declaration.objects.get(pk=supplement.pk)
    other.pk, other.supplement = None, 9
    other.save(force_insert=True)
    assert first not in supplements.open_to_change(other)
    with pytest.raises(Refused, match="already"), transaction.atomic():
        supplements.take_up(by=filed["holder"], declaration=other, filed=first, kind="changed")


def test_left_as_filed_again(filed):
    first, _second = standing()
    declaration = factories.supplement(filed)
    version = supplements.take_up(by=filed["holder"], declaration=declaration, filed=first, kind="changed")
    verbs.remove_point(by=filed["holder"], version=version, expected=version.version)
    assert first in supplements.open_to_change(declaration)
    assert first.point.versions.get() == first


def test_what_a_supplement_lacks_is_said(filed):
    first, second = standing()
    declaration = factories.supplement(filed)
    with pytest.raises(Incomplete):
        factories.submit(declaration)
    supplements.take_up(by=filed["holder"], declaration=declaration, filed=first, kind="changed")
    with pytest.raises(Incomplete) as told:
        factories.submit(declaration)
    assert [gap.sentence for gap in told.value.gaps] == [
        f"“{first.title}”: nothing of it is changed; change it, or leave it out."
    ]
    with pytest.raises(Refused, match="why it is withdrawn"):
        supplements.take_up(by=filed["holder"], declaration=declaration, filed=second, kind="withdrawn", reason=" ")
    with pytest.raises(Refused, match="changed or withdrawn"):
        supplements.take_up(by=filed["holder"], declaration=declaration, filed=second, kind="unchanged")


def test_only_the_holder_and_only_where_something_is_filed(filed):
    with pytest.raises(NotAllowed):
        supplements.start_supplement(
            by=filed["colleague"], declarant=access.Declarant.of_post(filed.appointment("holder")), trigger="duties"
        )
    with pytest.raises(Refused, match="Nothing of it stands"):
        factories.supplement(filed, "colleague")
    declaration = factories.supplement(filed)
    factories.filed(filed, "other_holder")
    foreign = PointVersion.objects.get(declaration__appointment__person=filed["other_holder"])
    with pytest.raises(Refused, match="does not stand in the ledger for it"):
        supplements.take_up(by=filed["holder"], declaration=declaration, filed=foreign, kind="changed")


def test_a_successor_changes_what_the_predecessor_filed(filed):
    from registry.actions import organization

    console = organization.console_actor()
    appointment = organization.appoint(
        by=console, person=filed["second_clerk"], post=filed.appointment("holder").post, rank="below_ke",
        starts_on=factories.SINCE,
    )  # fmt: skip
    declaration = supplements.start_supplement(
        by=filed["second_clerk"], declarant=access.Declarant.of_post(appointment), trigger="people"
    )
    assert supplements.open_to_change(declaration).count() == 2


def test_what_somebody_left_in_a_draft_is_free_again(filed):
    """The one who had begun to change it no longer holds the post; the successor changes it instead."""
    from registry.actions import organization

    left = factories.supplement(filed)
    first = PointVersion.objects.first()
    supplements.take_up(by=filed["holder"], declaration=left, filed=first, kind="changed")
    console, post = organization.console_actor(), filed.appointment("holder").post
    yesterday = factories.today() - dt.timedelta(days=1)
    organization.end_appointment(by=console, appointment=filed.appointment("holder"), ends_on=yesterday, reason="调离")
    appointment = organization.appoint(
        by=console, person=filed["second_clerk"], post=post, rank="below_ke", starts_on=factories.SINCE
    )
    declarant = access.Declarant.of_post(appointment)
    declaration = supplements.start_supplement(by=filed["second_clerk"], declarant=declarant, trigger="people")
    assert supplements.open_to_change(declaration).count() == 2
    supplements.take_up(by=filed["second_clerk"], declaration=declaration, filed=first, kind="changed")
    assert not left.pointversions.exists()
    assert PointVersion.objects.filter(pk=first.pk, state="filed").exists()


def test_an_upheld_objection_leads_to_a_supplement_and_the_point_can_be_published_again(filed):
    notice = factories.posted(filed)
    objection = factories.objection(filed, notice)
    from registry.actions import notices

    notices.answer_objection(by=filed["clerk"], objection=objection, ruling="upheld", answer="属实。", expected=1)
    to_change = PointVersion.objects.get(state=PointState.TO_CHANGE)
    declaration = factories.supplement(filed, trigger="objection")
    factories.change_filed(declaration, to_change, title="按异议修改后的风险点")
    factories.file_all(declaration)
    again = factories.posted(filed)
    assert [line.content["title"] for line in again.lines.all()] == ["按异议修改后的风险点"]


def test_a_point_that_no_longer_stands_is_not_replaced(filed):
    first, _second = standing()
    declaration = factories.supplement(filed)
    factories.change_filed(declaration, first, title="改过的标题")
    factories.submit(declaration)
    for _step in range(2):
        factories.decide(declaration)
    PointVersion.objects.filter(pk=first.pk).update(state=PointState.WITHDRAWN, valid_to=factories.today())
    with pytest.raises(Refused, match="no longer stands"), transaction.atomic():
        factories.decide(declaration)
    declaration.refresh_from_db()
    assert declaration.state == "submitted"


def test_reviewers_see_what_changed_since_it_was_filed(filed, client_of):
    first, second = standing()
    declaration = factories.supplement(filed)
    factories.change_filed(declaration, first, title="改过的标题")
    supplements.take_up(
        by=filed["holder"], declaration=declaration, filed=second, kind="withdrawn", reason="该职权已取消。"
    )
    factories.submit(declaration)
    client = client_of("head")
    client.cookies["language"] = "en"
    page = client.get(reverse("registry:declaration-decide", args=[declaration.approval_id])).content.decode()
    assert "该职权已取消。" in page
    assert f'<del class="text">{first.title}</del>' in page
    assert '<ins class="text">改过的标题</ins>' in page


def test_a_reason_typed_in_an_old_window_comes_back(filed, client_of):
    first, _second = standing()
    declaration = factories.supplement(filed)
    version = supplements.take_up(
        by=filed["holder"], declaration=declaration, filed=first, kind="withdrawn", reason="该职权已取消。"
    )
    client, address = client_of("holder"), reverse("registry:filed-withdraw", args=[declaration.pk, first.pk])
    stale = client.post(address, {"version": version.version - 1, "reason": "旧窗口里写的理由。"})
    assert (stale.status_code, "旧窗口里写的理由。" in stale.content.decode()) == (409, True)


def test_the_page_of_a_point_tells_its_story(filed, client_of):
    first, _second = standing()
    factories.posted(filed)
    declaration = factories.supplement(filed)
    factories.change_filed(declaration, first, title="改过的标题")
    factories.file_all(declaration)
    page = client_of("inspector").get(reverse("registry:point", args=[first.point.code])).content.decode()
    numbers = list(Declaration.objects.filter(appointment__person=filed["holder"]).values_list("number", flat=True))
    assert all(number in page for number in [*numbers, "GS-CZJ-"])


def test_the_ledger_as_of_a_day(filed, client_of):
    first, _second = standing()
    start = timezone.now()
    with time_machine.travel(start + dt.timedelta(days=10), tick=False):
        declaration = factories.supplement(filed)
        factories.change_filed(declaration, first, title="改过的标题")
        factories.file_all(declaration)
        client = client_of("member")
        address = reverse("registry:ledger")
        before = client.get(address, {"day": (factories.today() - dt.timedelta(days=1)).isoformat()}).content.decode()
        after = client.get(address, {"day": factories.today().isoformat()}).content.decode()
        assert first.title in before
        assert "改过的标题" not in before
        assert "改过的标题" in after
        export = client.get(reverse("registry:ledger-export"), {"day": factories.today().isoformat()})
        assert export.status_code == 200
        assert client.get(address, {"day": "nonsense"}).status_code == 422


# --- The ledger of any day equals what a simple model says ---------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=40),  # days that pass
        st.sampled_from(["add", "change", "withdraw"]),
        st.integers(min_value=0, max_value=5),  # which of those that stand
    ),
    min_size=1,
    max_size=5,
)


class Rollback(Exception):
    pass


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_ledger_of_any_day_equals_a_simple_model(body, steps):
    day = factories.today()
    # The model: on which days which title stood.
    stood: dict[int, list[tuple[dt.date, dt.date | None, str]]] = {}
    try:
        with transaction.atomic():
            factories.filed(body)
            stood[PointVersion.objects.get().point_id] = [(day, None, PointVersion.objects.get().title)]
            for number, (pause, act, which) in enumerate(steps):
                day += dt.timedelta(days=pause)
                with time_machine.travel(dt.datetime.combine(day, dt.time(4), dt.UTC), tick=False):
                    _act(body, act, which, f"标题{number}", day, stood)
            for probe in {factories.today(), day, *(day - dt.timedelta(days=back) for back in (1, 7, 30, 80, 400))}:
                expected = sorted(
                    title
                    for lives in stood.values()
                    for begins, ends, title in lives
                    if begins <= probe and (ends is None or probe < ends)
                )
                found = PointVersion.objects.matching(LedgerFilter(day=probe)).values_list("title", flat=True)
                assert sorted(found) == expected
            raise Rollback
    except Rollback:
        pass


def _act(body, act: str, which: int, title: str, day: dt.date, stood: dict) -> None:
    versions = standing()
    if act != "add" and not versions:
        return
    if not versions:
        return  # nothing stands: a supplement has nothing to supplement
    declaration = factories.supplement(body)
    if act == "add":
        made = verbs.save_point(
            by=body["holder"], declaration=declaration, values=factories.point_values(title=title), measures=[]
        )
        factories.file_all(declaration)
        stood[made.point_id] = [(day, None, title)]
        return
    chosen = versions[which % len(versions)]
    begins, _ends, old = stood[chosen.point_id][-1]
    if act == "change":
        factories.change_filed(declaration, chosen, title=title)
        stood[chosen.point_id].append((day, None, title))
    else:
        supplements.take_up(
            by=body["holder"], declaration=declaration, filed=chosen, kind=Change.WITHDRAWN, reason="不再存在。"
        )
    stood[chosen.point_id][-2 if act == "change" else -1] = (begins, day, old)
    factories.file_all(declaration)


def test_an_entry_that_withdraws_is_not_rewritten(filed):
    declaration, version = factories.supplement(filed), PointVersion.objects.order_by("pk").first()
    entry = supplements.take_up(
        by=filed["holder"], declaration=declaration, filed=version, kind="withdrawn", reason="事项已取消。"
    )
    with pytest.raises(Refused, match="withdraws a point"):
        verbs.save_point(
            by=filed["holder"], declaration=declaration, version=entry, expected=entry.version,
            values=factories.point_values(title="改写"), measures=[],
        )  # fmt: skip
