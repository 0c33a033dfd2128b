"""Measures: declared for what is filed, shown within the unit, reviewed by the party organization, filed (part III §4(3))."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone, translation

from registry import access
from registry.actions import declarations, notices, supplements
from registry.actions import measures as verbs
from registry.models import Declaration, MeasureVersion, PointVersion
from registry.querysets.ledger import LedgerFilter
from registry.roles import Role
from registry.rules import Changed, Incomplete, NotAllowed, Refused, StepKey, Verdict, digest
from tests import factories


@pytest.fixture(autouse=True)
def in_english():
    """Sentences are compared in the language they are written in."""
    with translation.override("en"):
        yield


@pytest.fixture
def filed(body):
    """The holder's two points stand in the ledger, with the measures proposed together with them."""
    factories.give(body, "colleague", Role.PARTY_ORGANIZATION, "CZJ")
    factories.filed(body, points=2)
    return body


def measuring(body, name="holder") -> Declaration:
    declarant = access.Declarant.of_post(body.appointment(name))
    return verbs.start_measures(by=body[name], declarant=declarant)


def write(body, declaration, version, *texts, name="holder", seen=None) -> None:
    kept = verbs.measures_for(declaration, version)
    measures = [
        {
            "text": text,
            "responsible": "办公室主任",
            "rhythm": "monthly",
            "evidence": "用印登记簿",
            "measure": kept[place].measure_id if place < len(kept) else None,
        }
        for place, text in enumerate(texts)
    ]
    verbs.save_measures(
        by=body[name], declaration=declaration, version=version, measures=measures,
        seen_digest=seen or verbs.seen_measures(declaration, version),
    )  # fmt: skip


def shown(body) -> tuple:
    """Let the publisher show what waits within the unit and the clerk post it; return the notice and the day after it."""
    notice = notices.start_notice(
        by=body["publisher"], organization=body.organization("CZJ"), year=factories.today().year, kind="measures"
    )
    values = {name: getattr(notice, name) for name in notices.COMPOSED_FIELDS} | {"contact": factories.CONTACT}
    notice = notices.save_notice(by=body["publisher"], notice=notice, expected=notice.version, values=values)
    notice = factories.submit_notice(notice, body["publisher"])
    factories.decide_notice(notice)
    end = dt.datetime.combine(notice.ends_on + dt.timedelta(days=1), dt.time(9), timezone.get_current_timezone())
    return notice, time_machine.travel(end, tick=False)


def states(version: PointVersion) -> list[tuple[str, str]]:
    return [(measure.text[:4], measure.state) for measure in version.measures.order_by("pk")]


def test_it_begins_with_what_was_proposed(filed):
    declaration = measuring(filed)
    assert declaration == measuring(filed)
    for version in PointVersion.objects.all():
        assert [measure.text for measure in verbs.measures_for(declaration, version)] == [factories.MEASURE["text"]]
        # What is being prepared is not in the ledger.
        assert len(PointVersion.objects.with_measures().get(pk=version.pk).shown_measures) == 1
    assert declarations.missing(declaration) == []


@pytest.mark.parametrize("name", ["colleague", "head", "clerk"])
def test_only_for_ones_own_post_and_only_for_what_stands(filed, name):
    with pytest.raises(NotAllowed):
        verbs.start_measures(by=filed[name], declarant=access.Declarant.of_post(filed.appointment("holder")))
    with pytest.raises(Refused, match="nothing stands in the ledger"):
        measuring(filed, name)


def test_a_point_without_a_measure_keeps_it_from_being_submitted(filed):
    declaration = measuring(filed)
    version = PointVersion.objects.first()
    write(filed, declaration, version)
    with pytest.raises(Incomplete) as why:
        factories.submit(declaration)
    assert [gap.target for gap in why.value.gaps] == [f"point:{version.pk}"]


def test_another_window_was_first(filed):
    declaration, version = measuring(filed), PointVersion.objects.first()
    seen = verbs.seen_measures(declaration, version)
    write(filed, declaration, version, "甲窗口写的措施，逐件登记。")
    with pytest.raises(Changed):
        write(filed, declaration, version, "乙窗口写的措施。", seen=seen)
    assert [measure.text for measure in verbs.measures_for(declaration, version)] == ["甲窗口写的措施，逐件登记。"]


def test_points_are_not_written_in_a_declaration_of_measures(filed):
    declaration = measuring(filed)
    with pytest.raises(Refused, match="about preventive measures"):
        declarations.save_point(
            by=filed["holder"], declaration=declaration, values=factories.point_values(), measures=[]
        )


def test_shown_first_then_reviewed_then_filed(filed):
    declaration = measuring(filed)
    first, second = PointVersion.objects.order_by("pk")
    write(filed, declaration, first, "每次用印双人签字，按月抽查台账。", "外出用印另行审批并当日归还。")
    factories.submit(declaration)
    assert declaration.approval.steps == [StepKey.PARTY, StepKey.OFFICE]
    with pytest.raises(Refused, match="first shown within the unit"):
        factories.decide(declaration, filed["colleague"])
    notice, after = shown(filed)
    assert [line.content["title"] for line in notice.lines.all()] == [first.title, second.title]
    assert "办公室主任" in notice.lines.first().content["measures"][0]
    with pytest.raises(Refused, match="until"):
        factories.decide(declaration, filed["colleague"])
    with pytest.raises(Refused, match="cannot be taken back"):
        declarations.withdraw(by=filed["holder"], declaration=declaration, expected=declaration.version)
    # Its points are not published by a notice of measures.
    assert set(PointVersion.objects.values_list("state", flat=True)) == {"filed"}
    with after:
        factories.decide(declaration, filed["colleague"])
        factories.decide(declaration)
    assert declaration.state == "filed"
    assert states(first) == [("每次用印", "superseded"), ("每次用印", "filed"), ("外出用印", "filed")]
    old, new, added = first.measures.order_by("pk")
    assert new.replaces == old and new.measure == old.measure and added.measure != old.measure
    shown_now = PointVersion.objects.with_measures().get(pk=first.pk).shown_measures
    assert [measure.state for measure in shown_now] == ["filed", "filed"]


def test_an_upheld_objection_sends_it_back_and_the_change_is_shown_again(filed):
    declaration = factories.submit(measuring(filed))
    notice, after = shown(filed)
    objection = factories.objection(filed, notice, by="other_holder")
    notices.answer_objection(
        by=filed["clerk"],
        objection=objection,
        ruling="upheld",
        answer="措施确实没有落到环节。",
        expected=objection.version,
    )
    with after:
        with pytest.raises(Refused, match="was upheld. Return"):
            factories.decide(declaration, filed["colleague"])
        factories.decide(declaration, filed["colleague"], Verdict.RETURN, reason="按异议处理意见修改。")
        first = PointVersion.objects.order_by("pk").first()
        write(filed, declaration, first, "每次用印由两人当面核对后签字登记。")
        factories.submit(declaration)
        with pytest.raises(Refused, match="first shown within the unit"):
            factories.decide(declaration, filed["colleague"])
        again, later = shown(filed)
        assert again.lines.count() == 1  # the other one was shown as it is
    with later:
        factories.decide(declaration, filed["colleague"])
        factories.decide(declaration)
    assert declaration.state == "filed"


def test_filed_measures_are_adjusted_by_a_supplement(filed):
    declaration = factories.submit(measuring(filed))
    _notice, after = shown(filed)
    with after:
        factories.decide(declaration, filed["colleague"])
        factories.decide(declaration)
        again = measuring(filed)
    assert (again.supplement, again.phase) == (1, "measures")
    assert len(verbs.measures_for(again, PointVersion.objects.first())) == 1


def test_a_changed_point_takes_along_what_is_being_prepared(filed):
    declaration, version = measuring(filed), PointVersion.objects.first()
    write(filed, declaration, version, "正在准备的措施，随风险点一起变更。")
    supplement = factories.supplement(filed)
    changed = factories.change_filed(supplement, version, manifestation="职责调整后换了环节。")
    withdrawn = PointVersion.objects.exclude(pk__in=[version.pk, changed.pk]).get()
    supplements.take_up(
        by=filed["holder"], declaration=supplement, filed=withdrawn, kind="withdrawn", reason="事项已取消。"
    )
    factories.file_all(supplement)
    assert [measure.text for measure in verbs.measures_for(declaration, changed)] == [
        "正在准备的措施，随风险点一起变更。"
    ]
    assert verbs.measures_for(declaration, withdrawn) == []
    assert [point.pk for point in declarations.measured_points(declaration)] == [changed.pk]


def test_a_point_that_changed_while_its_measures_were_under_review_sends_them_back(filed):
    declaration = factories.submit(measuring(filed))
    _notice, after = shown(filed)
    with after:
        factories.decide(declaration, filed["colleague"])
        supplement = factories.supplement(filed)
        factories.change_filed(supplement, PointVersion.objects.first(), manifestation="换了环节。")
        factories.file_all(supplement)
        with pytest.raises(Changed, match="no longer stands"):
            factories.decide(declaration)


@pytest.mark.parametrize(
    ("code", "name", "steps"),
    [
        ("CZJ-01", "head", [StepKey.SUPERVISOR, StepKey.OFFICE]),
        ("CZJ", "recorder", [StepKey.PRINCIPAL, StepKey.OFFICE]),
    ],
)
def test_measures_of_sections_and_teams(body, code, name, steps):
    """They are settled in a meeting, shown on no wall first, and go to the region."""
    factories.file_all(factories.organization_draft(body, code, name))
    declarant = access.Declarant.of_organization(body.organization(code))
    declaration = verbs.start_measures(by=body[name], declarant=declarant)
    with pytest.raises(Incomplete) as why:
        factories.submit(declaration)
    assert {gap.target for gap in why.value.gaps} == {"meeting"}
    factories.record(declaration, by=body[name])
    factories.submit(declaration)
    assert declaration.approval.steps == steps
    assert declaration.to_region
    while declaration.state == "submitted":
        factories.decide(declaration)
    assert set(MeasureVersion.objects.filter(declaration=declaration).values_list("state", flat=True)) == {"filed"}


@pytest.mark.usefixtures("unguarded")
def test_points_without_a_measure_are_listed_until_they_have_one(filed):
    without = LedgerFilter(without_measure=True)
    assert not PointVersion.objects.matching(without).exists()
    point = PointVersion.objects.first()
    point.measures.all().delete()
    assert list(PointVersion.objects.matching(without)) == [point]
    declaration = measuring(filed)
    write(filed, declaration, point, "每次用印双人签字，按月抽查台账。")
    assert list(PointVersion.objects.matching(without)) == [point]  # still being prepared
    factories.submit(declaration)
    _notice, after = shown(filed)
    with after:
        factories.decide(declaration, filed["colleague"])
        factories.decide(declaration)
    assert not PointVersion.objects.matching(without).exists()


def test_the_pages(filed, client_of):
    holder = client_of("holder")
    start = reverse("registry:measures-start", args=[filed.appointment("holder").pk])
    assert start in holder.get(reverse("home")).content.decode()
    assert client_of("colleague").post(start).status_code == 404
    edit = holder.post(start).url
    declaration = Declaration.objects.get(phase="measures")
    point = PointVersion.objects.first()
    url = reverse("registry:measure-edit", args=[declaration.pk, point.pk])
    assert url in holder.get(edit).content.decode()
    page = holder.get(url)
    seen = page.context["seen_digest"]
    stored = verbs.measures_for(declaration, point)[0]
    data = {
        "seen_digest": seen, "measures-TOTAL_FORMS": "2", "measures-INITIAL_FORMS": "0",
        "measures-0-text": "每次用印双人签字，按月抽查台账。", "measures-0-responsible": "", "measures-0-rhythm": "monthly",
        "measures-0-measure": str(stored.measure_id), "measures-1-text": "", "measures-1-responsible": "", "measures-1-rhythm": "",
    }  # fmt: skip
    assert holder.post(url, data | {"add_measure": "1"}).status_code == 200
    assert holder.post(url, data).status_code == 302
    conflict = holder.post(url, data | {"measures-0-text": "另一窗口写的。"})
    assert conflict.status_code == 409
    assert "另一窗口写的。" in conflict.content.decode() and "按月抽查台账" in conflict.content.decode()
    assert client_of("colleague").get(url).status_code == 404
    check = holder.get(reverse("registry:declaration-check", args=[declaration.pk]))
    sent = holder.post(check.request["PATH_INFO"], {"seen_digest": check.context["seen_digest"]})
    assert sent.status_code == 302
    assert holder.post(url, data).status_code == 409
    for name, page in (("holder", "declaration"), ("holder", "declaration-sheet"), ("clerk", "declaration")):
        assert (
            "按月抽查台账" in client_of(name).get(reverse(f"registry:{page}", args=[declaration.pk])).content.decode()
        )
    decide = reverse("registry:declaration-decide", args=[declaration.refresh_from_db() or declaration.approval_id])
    page = client_of("colleague").get(decide).content.decode()
    assert "按月抽查台账" in page
    version, seen = declaration.approval.version, digest(declarations.content_of(declaration))
    refused = client_of("colleague").post(
        decide, {"verdict": "approve", "version": version, "seen_digest": seen, "phrase": "", "reason": ""}
    )
    assert refused.status_code == 409


@pytest.mark.parametrize("kind", ["changed", "withdrawn"])
def test_returned_or_taken_back_they_go_with_what_replaced_their_point(filed, kind):
    """Reviewed for another text they are not filed; given back, they are about what stands now."""
    declaration, version = factories.submit(measuring(filed)), PointVersion.objects.order_by("pk").first()
    supplement = factories.supplement(filed)
    if kind == "changed":
        factories.change_filed(supplement, version, manifestation="职责调整后换了环节。")
    else:
        supplements.take_up(
            by=filed["holder"], declaration=supplement, filed=version, kind="withdrawn", reason="事项已取消。"
        )
    factories.file_all(supplement)
    factories.decide(declaration, filed["colleague"], Verdict.RETURN, reason="风险点已变更。")
    standing = access.Declarant.of(declaration).filed_points
    assert {point.pk for point in declarations.measured_points(declaration)} == set(
        standing.values_list("pk", flat=True)
    )
    assert declarations.missing(declaration) == []
    factories.submit(declaration)
    _notice, after = shown(filed)
    with after:
        factories.decide(declaration, filed["colleague"])
        assert factories.decide(declaration).state == "filed"


def test_what_is_being_prepared_is_no_part_of_a_supplement(filed, client_of):
    """Neither shown to its reviewers beside what is filed, nor taken for a change of the point."""
    version = PointVersion.objects.order_by("pk").first()
    write(filed, measuring(filed), version, "尚在准备、没有提交的措施。")
    supplement = factories.supplement(filed)
    supplements.take_up(by=filed["holder"], declaration=supplement, filed=version, kind="changed")
    assert [gap.sentence for gap in declarations.missing(supplement)] == [
        f"“{version.title}”: nothing of it is changed; change it, or leave it out."
    ]
    entry = supplement.pointversions.get()
    declarations.save_point(
        by=filed["holder"], declaration=supplement, version=entry, expected=entry.version,
        values=factories.point_values(manifestation="换了环节。"), measures=[],
    )  # fmt: skip
    factories.submit(supplement)
    page = client_of("head").get(reverse("registry:declaration-decide", args=[supplement.approval_id]))
    assert "尚在准备" not in page.content.decode()


def test_sent_twice_or_after_a_conflict_a_measure_stays_the_same_one(filed, client_of):
    declaration, version = measuring(filed), PointVersion.objects.first()
    url, holder = reverse("registry:measure-edit", args=[declaration.pk, version.pk]), client_of("holder")

    def sent(page, text: str):
        row = page.context["formset"].forms[0]
        data = {f"measures-0-{name}": row[name].value() or "" for name in row.fields} | {"measures-0-text": text}
        counts = {"measures-TOTAL_FORMS": "1", "measures-INITIAL_FORMS": "0"}
        return holder.post(url, data | counts | {"seen_digest": page.context["seen_digest"]})

    first = holder.get(url)
    same = first.context["formset"].forms[0]["text"].value()
    assert [sent(first, same).status_code for _click in range(2)] == [302, 302]
    assert sent(first, "甲窗口写的。").status_code == 302
    conflict = sent(first, "乙窗口写的。")
    assert (conflict.status_code, sent(conflict, "乙窗口写的。").status_code) == (409, 302)
    (stored,) = verbs.measures_for(declaration, version)
    assert (stored.text, stored.replaces.state) == ("乙窗口写的。", "proposed")


def test_typed_for_a_point_that_was_replaced_meanwhile_it_is_shown_again(filed, client_of):
    declaration, version = measuring(filed), PointVersion.objects.order_by("pk").first()
    url, holder = reverse("registry:measure-edit", args=[declaration.pk, version.pk]), client_of("holder")
    seen = holder.get(url).context["seen_digest"]
    supplement = factories.supplement(filed)
    factories.change_filed(supplement, version, manifestation="换了环节。")
    factories.file_all(supplement)
    data = {"measures-TOTAL_FORMS": "1", "measures-INITIAL_FORMS": "0", "measures-0-text": "敲了很久的措施。"}
    answer = holder.post(url, data | {"seen_digest": seen})
    assert (answer.status_code, "敲了很久的措施。" in answer.content.decode()) == (409, True)


def test_an_objection_to_other_words_or_to_another_line_does_not_matter(filed):
    factories.filed(filed, "other_holder")
    declaration, other = factories.submit(measuring(filed)), factories.submit(measuring(filed, "other_holder"))
    earlier, _after = shown(filed)
    objection = factories.objection(filed, earlier, by="head")
    factories.decide(declaration, filed["colleague"], Verdict.RETURN, reason="请改写。")
    for point in PointVersion.objects.filter(declaration__appointment__person=filed["holder"]).order_by("pk"):
        write(filed, declaration, point, "完全重写的措施，双人双锁。")
    factories.submit(declaration)
    later, after = shown(filed)
    notices.answer_objection(
        by=filed["clerk"], objection=objection, ruling="upheld", answer="原文确实不妥。", expected=objection.version
    )
    assert not later.lines.exclude(upheld_by=None).exists()
    line = earlier.lines.get(declaration=other)
    notices.object_to(by=filed["head"], notice=earlier, line=line, text="只涉及预算编审岗。", objector="x")
    with after:
        factories.decide(declaration, filed["colleague"])
        with pytest.raises(Refused, match="still to be answered"):
            factories.decide(other, filed["colleague"])


@pytest.mark.usefixtures("unguarded")
def test_nobody_answers_an_objection_to_measures_they_declared(filed):
    """Not after they have left the post either."""
    declaration = factories.submit(measuring(filed))
    notice, _after = shown(filed)
    objection = factories.objection(filed, notice, by="head")
    factories.give(filed, "holder", Role.OFFICE_CLERK, "CZJ")
    # The points were another holder's: only the measures are this person's.
    PointVersion.objects.update(declaration=factories.filed(filed, "other_holder"))
    yesterday = factories.today() - dt.timedelta(days=1)
    type(declaration.appointment).objects.filter(pk=declaration.appointment_id).update(ends_on=yesterday)
    assert "your own matter" in access.refusal(access.check_answer, objection, filed["holder"])
