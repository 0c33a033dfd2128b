"""Empty formulas are pointed at; filed measures of others are offered as examples."""

import pytest
from django.urls import reverse
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import access
from registry.actions import measures as verbs
from registry.actions import organization
from registry.models import Measure, MeasureVersion, PointVersion, RiskPoint
from registry.output.reader import read_workbook
from registry.rules import MOST_EXAMPLES, Example, Formula, Told, characters, formula_hints, is_slogan, likeness, ranked
from registry.rules.reading import read_ledger
from tests import factories
from tests.registry.ledgers import REAL_LEDGERS
from tests.registry.test_query_counts import copy, fetched


@pytest.fixture(autouse=True)
def in_english():
    """Sentences are compared in the language they are written in."""
    with translation.override("en"):
        yield


SLOGANS = (
    "加强管理", "提高认识", "严格要求", "进一步加强学习，提高思想认识，增强廉洁自律意识。", "严格执行各项规章制度，切实加强监督管理。",
    "加强学习教育", "完善制度，规范程序", "强化责任意识，严格按照程序办事",
)  # fmt: skip
CONCRETE = (
    "每次用印由两人在登记簿上签字，办公室主任每月抽查一次。", "每季度末由财务科长抽查五笔凭证并签字。",
    "加强管理：用印登记簿由第二人每周五核对。", "双人到现场核实，并拍照留存。",
)  # fmt: skip


@pytest.mark.parametrize("text", SLOGANS)
def test_a_slogan_is_one(text):
    assert is_slogan(text)
    (hint,) = formula_hints([Told("point:1", text)])
    assert hint.formula is Formula.SLOGAN and text[:39] in hint.sentence
    for missing in ("what exactly is done", "who does it", "when or how often", "what will show it"):
        assert missing in hint.sentence


@pytest.mark.parametrize("text", CONCRETE)
def test_what_says_something_is_none(text):
    assert not is_slogan(text)


def test_what_is_said_is_not_missing():
    (hint,) = formula_hints([Told("point:1", "加强管理", "办公室主任", "monthly", "登记簿")])
    assert "what exactly is done" in hint.sentence and "who does it" not in hint.sentence
    assert "when or how often" not in hint.sentence and "what will show it" not in hint.sentence


@pytest.mark.parametrize(
    ("text", "count"), [("双人签字", 4), ("双人签字。", 4), ("每月 2 次 audit", 5), ("", 0), ("，。！", 0), ("𠀀字", 2)]
)
def test_characters_and_words_are_counted(text, count):
    assert characters(text) == count


def test_short_ones_and_the_same_everywhere():
    (hint,) = formula_hints([Told("point:1", "登记簿由两人签字。")])
    assert hint.formula is Formula.SHORT and "fewer than 15" in hint.sentence
    assert formula_hints([Told("point:1", CONCRETE[0]), Told("point:2", CONCRETE[1])]) == []
    (same,) = formula_hints([Told(f"point:{number}", f"{CONCRETE[0]} ") for number in range(9)])
    assert same.formula is Formula.SAME and same.target == ""
    # Two measures of one point that say the same are no matter of every row.
    assert formula_hints([Told("point:1", CONCRETE[0])] * 2) == []


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_gets_at_most_a_hint(one, other):
    for hint in formula_hints([Told("point:1", one), Told("point:2", other)]):
        assert hint.sentence
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, other) == likeness(other, one)


def test_examples_are_ranked_with_the_reason_and_without_repeats():
    found = [
        Example(1, "甲", "", "", "公车使用登记不全", "公务用车"),
        Example(2, "乙", "", "", "未经审批用印", "印章使用审批"),
        Example(3, "丙", "", "", "未经审批外借用印", "档案管理"),
        Example(4, "乙 ", "", "", "未经审批用印", "印章使用审批"),
    ]
    said = ranked("未经审批用印", "印章使用审批", found)
    assert [(each.pk, each.why) for each in said] == [
        (4, "same or similar power or matter"), (3, "similar risk point"), (1, "same risk category"),
    ]  # fmt: skip
    many = [Example(number, f"措施{number}", "", "", "用印", "印章") for number in range(40)]
    assert len(ranked("用印", "印章", many)) == MOST_EXAMPLES


# --- On the pages -------------------------------------------------------------------------------------------------------------


def measuring(body, name="holder"):
    declarant = access.Declarant.of_post(body.appointment(name))
    declaration = verbs.start_measures(by=body[name], declarant=declarant)
    return declaration, declarant.filed_points.first()


def write(body, declaration, version, text: str) -> None:
    verbs.save_measures(
        by=body["holder"], declaration=declaration, version=version,
        measures=[{"text": text, "responsible": "", "rhythm": ""}], seen_digest=verbs.seen_measures(declaration, version),
    )  # fmt: skip


def test_who_declares_and_who_reviews_are_told_and_nobody_is_kept_from_it(body, client_of):
    factories.give(body, "colleague", "party_organization", "CZJ")
    factories.filed(body)
    declaration, version = measuring(body)
    client = client_of("holder")
    address = reverse("registry:measure-edit", args=[declaration.pk, version.pk])
    answer = client.post(
        address,
        {
            "seen_digest": verbs.seen_measures(declaration, version), "measures-TOTAL_FORMS": 1, "measures-INITIAL_FORMS": 0,
            "measures-0-text": "加强管理", "measures-0-evidence": "登记簿",
        },
        follow=True,
    )  # fmt: skip
    assert "加强管理" in " ".join(str(message) for message in answer.context["messages"])
    assert declaration.measureversions.get().evidence == "登记簿"
    assert [hint.formula for hint in client.get(address).context["formula_hints"]] == [Formula.SLOGAN]
    check = client.get(reverse("registry:declaration-check", args=[declaration.pk]))
    assert [hint.formula for hint in check.context["formula_hints"]] == [Formula.SLOGAN] and not check.context["gaps"]
    factories.submit(declaration)
    decide = client_of("colleague").get(reverse("registry:declaration-decide", args=[declaration.approval_id]))
    assert [hint.formula for hint in decide.context["formula_hints"]] == [Formula.SLOGAN]


def test_evidence_is_submitted_and_goes_on_with_the_measure(body):
    factories.measures_filed(body)
    declaration, version = measuring(body)
    carried = verbs.measures_for(declaration, version)
    assert [measure.evidence for measure in carried] == [factories.EVIDENCE]
    content = factories.declarations.content_of(declaration)
    assert content["points"][0]["measures"][0]["evidence"] == factories.EVIDENCE
    MeasureVersion.objects.filter(declaration=declaration).update(evidence="")
    assert "evidence" not in factories.declarations.content_of(declaration)["points"][0]["measures"][0]
    supplement = factories.supplement(body)
    taken_up = factories.change_filed(supplement, version)
    assert [measure.evidence for measure in taken_up.measures.all()] == [factories.EVIDENCE]


def test_examples_are_of_others_that_one_reads_and_one_is_taken_over_without_losing_a_word(body, client_of):
    seen = factories.measures_filed(body, "colleague", text="接待用章前由两人核对公函编号并逐次登记。")
    hidden = factories.measures_filed(body, "mzj_holder", text="低保专用章由两人共同保管。")
    mine = factories.measures_filed(body, "holder", text="本岗位自己的措施，逐次登记。")
    declaration, version = measuring(body)
    client = client_of("holder")
    address = reverse("registry:measure-edit", args=[declaration.pk, version.pk])
    assert [each.pk for each in client.get(address).context["examples"]] == [seen.pk]
    data = {
        "seen_digest": "kept", "measures-TOTAL_FORMS": 2, "measures-INITIAL_FORMS": 0, "measures-0-text": "打到一半",
        "measures-1-text": "", "use_example": str(seen.pk),
    }  # fmt: skip
    page = client.post(address, data)
    assert [row["text"].value() for row in page.context["formset"]][:2] == ["打到一半", seen.text]
    assert page.context["seen_digest"] == "kept"
    assert [measure.text for measure in verbs.measures_for(declaration, version)] == [mine.text]  # nothing was stored
    for other in (hidden, mine):
        page = client.post(address, data | {"use_example": str(other.pk)})
        assert other.text not in [row["text"].value() for row in page.context["formset"]]
    organization.recuse(
        by=organization.console_actor(), person=body["holder"], organization=body.organization("CZJ-01"),
        starts_on=factories.SINCE, reason="近亲属",
    )  # fmt: skip
    assert access.examples_for(version, body["holder"]) == []


def test_what_a_notice_shows_is_an_example_too(body):
    factories.give(body, "other_holder", "inspector", "SWJ", ends_on=factories.SINCE)
    published = factories.measures_filed(body, "other_holder", text="预算调整由两人复核并附会议纪要。")
    factories.measures_filed(body)
    _declaration, version = measuring(body)
    assert access.examples_for(version, body["holder"]) == []
    factories.posted(body, code="CZJ-02", scope="unit")
    assert [each.pk for each in access.examples_for(version, body["holder"])] == [published.pk]


@pytest.mark.once
def test_examples_take_the_same_queries_among_few_and_among_many(body, client_of):
    known = factories.measures_filed(body, "colleague", text="接待用章前由两人核对公函编号并逐次登记。")
    factories.measures_filed(body, "holder")
    declaration, version = measuring(body)
    client, address = client_of("holder"), reverse("registry:measure-edit", args=[declaration.pk, version.pk])
    first = fetched(client, address)
    point = known.point_version
    points = RiskPoint.objects.bulk_create(RiskPoint(unit=point.point.unit, code=f"X-{number}") for number in range(30))
    versions = PointVersion.objects.bulk_create(copy(point, point=each) for each in points)
    identities = Measure.objects.bulk_create(Measure(point=each) for each in points)
    MeasureVersion.objects.bulk_create(
        copy(known, measure=identity, point_version=each, text=f"由第{number}人核对并登记编号。")
        for number, (identity, each) in enumerate(zip(identities, versions, strict=True))
    )
    then = fetched(client, address)
    assert then[1] > first[1]
    assert (len(first[0]), len(then[0])) == (24, 24), "\n".join(first[0])


@pytest.mark.once
@pytest.mark.skipif(not REAL_LEDGERS.is_dir(), reason="the folder of published ledgers is not here")
def test_of_published_measures_a_part_is_pointed_at_but_not_most(record_property):
    """Published ledgers are written by people who meant them: where most got a hint, the table of slogans would be too wide."""
    counted = {}
    for path in sorted(REAL_LEDGERS.glob("*.xlsx")):
        texts = sorted(
            {
                measure
                for row in read_ledger(read_workbook(path), unit_name="某局", unit_code="MJ").rows
                for measure in row.measures
            }
        )
        hints = [hint for text in texts for hint in formula_hints([Told("point:1", text)])]
        slogans = sum(hint.formula is Formula.SLOGAN for hint in hints)
        counted[path.stem[:2]] = (len(texts), slogans, len(hints) - slogans)
    total, slogans, short = (sum(each) for each in zip(*counted.values(), strict=True))
    record_property(
        "figure", f"published measures: {total}, of these {slogans} slogans, {short} short; by file {counted}"
    )
    assert total > 100
    assert 0 < slogans < total / 4
    assert slogans + short < total / 2
