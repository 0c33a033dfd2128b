"""Schemes: the ways of scoring as rules, the verb, the pages, and declarations graded under each of them."""

from dataclasses import replace

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from registry import access
from registry.actions import declarations, imports, notices
from registry.actions import schemes as verbs
from registry.documents import schemes as documents
from registry.documents.ledger import ledger_rows
from registry.documents.schemes import differences, preview
from registry.forms.schemes import SchemeForm
from registry.models import AuditEntry, Period, PointVersion, Scheme
from registry.querysets.ledger import LedgerFilter
from registry.rules import (
    OPTIONAL_STEPS,
    STEPS,
    Category,
    Changed,
    Criterion,
    Degree,
    Grade,
    Incomplete,
    Level,
    NotAllowed,
    Phase,
    Refused,
    Scoring,
    Standing,
    StepKey,
    route,
)
from registry.rules import Scheme as SchemeRule
from registry.rules.routes import ROUTES
from registry.rules.workbooks import grade_of
from tests import factories


@pytest.fixture(autouse=True)
def in_english():
    """Sentences are compared in the language they are written in."""
    with translation.override("en"):
        yield


@pytest.fixture
def reader(client_of):
    """Return a function that gives a client of somebody who reads English."""

    def come(name):
        client = client_of(name)
        client.cookies["django_language"] = "en"
        return client

    return come


# --- The rules ---------------------------------------------------------------------------------------------------------

SCALED = SchemeRule(
    scoring=Scoring.SCALES,
    grade_1=240,
    grade_2=90,
    likelihoods=(Degree(1, "几乎不会"), Degree(3, "偶尔"), Degree(6, "经常"), Degree(10, "必然")),
    harms=(Degree(7, "轻微"), Degree(15, "一般"), Degree(40, "严重"), Degree(100, "特别严重")),
)
COUNTED = SchemeRule(
    scoring=Scoring.CRITERIA,
    grade_1=5,
    grade_2=3,
    criteria=(
        *(Criterion(f"c{number}", f"第{number}项标准") for number in range(1, 7)),
        Criterion("money", "直接经手大额资金", alone=True),
    ),
)

texts = st.text("甲乙丙丁戊己庚辛壬癸子丑寅卯", min_size=1, max_size=6)
some_criteria = st.lists(texts, min_size=3, max_size=9, unique=True).flatmap(
    lambda names: st.lists(st.booleans(), min_size=len(names), max_size=len(names)).map(
        lambda alone: tuple(
            Criterion(f"k{place}", name, flag) for place, (name, flag) in enumerate(zip(names, alone, strict=True))
        )
    )
)


@st.composite
def scales(draw):
    scores = draw(st.lists(st.integers(1, 100), min_size=2, max_size=6, unique=True))
    names = draw(st.lists(texts, min_size=len(scores), max_size=len(scores), unique=True))
    return tuple(Degree(score, name) for score, name in zip(sorted(scores), names, strict=True))


@st.composite
def schemes(draw):
    """Schemes without a fault, of every way of scoring."""
    scoring = draw(st.sampled_from(Scoring))
    grade_2, grade_1 = sorted(draw(st.lists(st.integers(1, 600), min_size=2, max_size=2, unique=True)))
    rule = SchemeRule(
        scoring=scoring,
        grade_1=grade_1,
        grade_2=grade_2,
        likelihoods=draw(scales()) if scoring == Scoring.SCALES else (),
        harms=draw(scales()) if scoring == Scoring.SCALES else (),
        criteria=draw(some_criteria) if scoring == Scoring.CRITERIA else (),
        allows_direct=draw(st.booleans()),
        words=draw(st.sampled_from([(), ("高", "中", "低"), ("Ⅰ", "Ⅱ", "Ⅲ"), ("红", "黄", "蓝")])),
        notice_days=draw(st.integers(1, 30)),
        notice_names=draw(st.booleans()),
        publish_after_region=draw(st.booleans()),
        expected={level: tuple(draw(st.sets(st.sampled_from(Category.values)))) for level in Level},
        left_out=tuple(draw(st.sets(st.sampled_from([step.value for step in OPTIONAL_STEPS])))),
    )
    if rule.faults():
        # Thresholds drawn at random reach few grades: take those of numbers that are given.
        given = sorted(_numbers(rule))
        if len(given) < 3:
            return SCALED if scoring == Scoring.SCALES else COUNTED
        rule = replace(rule, grade_1=given[-1], grade_2=given[1])
    return rule


def _numbers(rule):
    if rule.counts_criteria:
        return set(range(1, len(rule.criteria) - len(rule.decisive) + 1))
    likelihoods, harms = rule.scales
    return {likelihood.score * harm.score for likelihood in likelihoods for harm in harms}


@given(schemes())
def test_a_scheme_without_a_fault_is_stored_and_read_and_reaches_every_grade(rule):
    assert rule.faults() == []
    assert SchemeRule.from_settings(rule.to_settings()) == rule
    assert rule.reachable() == set(Grade)


@given(schemes(), st.data())
def test_more_likely_and_more_harmful_and_more_criteria_are_never_a_lower_grade(rule, data):
    if rule.counts_criteria:
        keys = [criterion.key for criterion in rule.criteria]
        fewer = data.draw(st.sets(st.sampled_from(keys), min_size=1))
        more = fewer | data.draw(st.sets(st.sampled_from(keys)))
        assert rule.grade_met(more) <= rule.grade_met(fewer)
        return
    pairs = [
        data.draw(st.tuples(*(st.sampled_from([each.score for each in scale]) for scale in rule.scales))) for _ in "ab"
    ]
    low, high = (tuple(map(choose, zip(*pairs, strict=True))) for choose in (min, max))
    assert rule.grade(*high) <= rule.grade(*low)


def test_the_standard_scheme_is_what_an_empty_setting_says():
    assert SchemeRule.from_settings({}) == SchemeRule()
    assert SchemeRule().faults() == []
    assert SchemeRule.from_settings(SchemeRule().to_settings()) == SchemeRule()
    # What was stored before there were ways of scoring reads as it did.
    assert SchemeRule.from_settings({"grade_1": 15}).grade(3, 4) == Grade.II


@pytest.mark.parametrize(
    ("likelihood", "harm", "grade"),
    [(3, 100, 1), (6, 40, 1), (6, 15, 2), (1, 100, 2), (3, 40, 2), (3, 15, 3), (1, 40, 3)],
)
def test_scales_of_ones_own(likelihood, harm, grade):
    assert SCALED.grade(likelihood, harm) == grade
    assert str(likelihood * harm) in SCALED.explain(likelihood, harm)


@pytest.mark.parametrize(("count", "grade"), [(1, 3), (2, 3), (3, 2), (4, 2), (5, 1), (6, 1)])
def test_criteria_are_counted(count, grade):
    keys = [f"c{number}" for number in range(1, count + 1)]
    assert COUNTED.grade_met(keys) == grade
    assert COUNTED.scored({"criteria": keys}) == grade
    assert str(count) in COUNTED.explained({"criteria": keys})


def test_one_criterion_alone_makes_the_highest_grade():
    assert COUNTED.grade_met(["money"]) == Grade.I
    assert "直接经手大额资金" in COUNTED.explained({"criteria": ["c1", "money"]})


def test_what_is_not_scored_by_this_scheme_gives_no_grade():
    assert COUNTED.scored({"likelihood": 3, "harm": 4, "criteria": []}) is None
    assert COUNTED.scored({"criteria": ["c1", "of another scheme"]}) is None
    assert SCALED.scored({"likelihood": 3, "harm": 4}) is None
    assert SCALED.scored({"likelihood": 3, "harm": None}) is None
    assert SchemeRule().scored({"likelihood": None, "harm": None, "criteria": ["c1"]}) is None


FAULTS = {
    "thresholds the wrong way round": (replace(SCALED, grade_1=90, grade_2=240), "grade_1"),
    "grade I out of reach": (replace(SCALED, grade_1=1001), "grade_1"),
    "grade III out of reach": (replace(SCALED, grade_2=7), "grade_2"),
    "grade II out of reach": (replace(COUNTED, grade_1=5, grade_2=5), "grade_1"),
    "only criteria that decide alone": (
        replace(COUNTED, criteria=tuple(replace(each, alone=True) for each in COUNTED.criteria)),
        "grade_2",
    ),
    "a scale that falls": (replace(SCALED, harms=tuple(reversed(SCALED.harms))), "harms"),
    "a score above the most": (replace(SCALED, harms=(*SCALED.harms, Degree(101, "更高"))), "harms"),
    "a single degree": (replace(SCALED, likelihoods=SCALED.likelihoods[:1]), "likelihoods"),
    "a degree without words": (replace(SCALED, likelihoods=(Degree(1, " "), Degree(9, "高频"))), "likelihoods"),
    "no criterion": (replace(COUNTED, criteria=()), "criteria"),
    "a criterion twice": (replace(COUNTED, criteria=(*COUNTED.criteria, Criterion("x", "第1项标准"))), "criteria"),
    "a key twice": (replace(COUNTED, criteria=(*COUNTED.criteria, Criterion("c1", "另一项"))), "criteria"),
    "two words": (SchemeRule(words=("高", "中")), "words"),
    "the same word": (SchemeRule(words=("高", "高", "低")), "words"),
    "a word in another width": (SchemeRule(words=("Ａ", "A", "C")), "words"),
    "a word that is too long": (SchemeRule(words=("高" * 11, "中", "低")), "words"),
    "a word everybody reads otherwise": (SchemeRule(words=("低", "中", "高")), "words"),
    "a word for what is open": (SchemeRule(words=("待定", "中", "低")), "words"),
    "no day": (SchemeRule(notice_days=0), "notice_days"),
    "too many days": (SchemeRule(notice_days=31), "notice_days"),
    "an unknown category": (SchemeRule(expected={Level.POST: ("weather",)}), "expected"),
    "a step the document names": (SchemeRule(left_out=("team",)), "left_out"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_named_with_its_setting(name):
    rule, setting = FAULTS[name]
    assert setting in {fault.setting for fault in rule.faults()}
    assert all(fault.sentence for fault in rule.faults())


def test_all_faults_are_named_at_once():
    rule = replace(SCALED, grade_1=1, grade_2=2, words=("一", "一", "三"), notice_days=99, left_out=("office",))
    assert {fault.setting for fault in rule.faults()} == {"grade_1", "words", "notice_days", "left_out"}


def test_own_words_are_read_before_the_usual_ones():
    words = ("红色", "黄色", "蓝色")
    assert [grade_of(word, words) for word in words] == list(Grade)
    assert grade_of("一级", words) == Grade.I
    assert grade_of("红色") is None
    assert SchemeRule(words=words).word(2) == "黄色"
    assert SchemeRule().word(None) == ""


# --- Optional steps ------------------------------------------------------------------------------------------------------


def test_only_what_the_document_does_not_name_is_optional():
    for key, step in STEPS.items():
        in_points = any(key in steps for (phase, *_rest), steps in ROUTES.items() if phase == Phase.POINTS)
        is_practice = step.clause.split(";")[0] == "practice"
        assert (key in OPTIONAL_STEPS) == (in_points and is_practice), key


def test_a_step_left_out_is_not_gone_through():
    staff = Phase.POINTS, Level.POST, Standing.STAFF
    assert route(*staff) == (StepKey.HEAD, StepKey.TEAM, StepKey.OFFICE)
    assert route(*staff, left_out=["head"]) == (StepKey.TEAM, StepKey.OFFICE)
    leadership = Phase.POINTS, Level.LEADERSHIP, None
    assert route(*leadership, left_out=("signature", "head")) == (StepKey.RESOLUTION, StepKey.OFFICE)


def test_every_route_keeps_the_steps_the_document_names():
    everything = [step.value for step in OPTIONAL_STEPS]
    for way, steps in ROUTES.items():
        left = route(*way, left_out=everything)
        assert left[-1] == StepKey.OFFICE
        if way[0] == Phase.MEASURES:
            assert left == steps  # 报党组织审核、分管领导把关 stand in the document
        else:
            assert len(left) >= 2


@pytest.mark.parametrize("step", [step for step in StepKey if step not in OPTIONAL_STEPS])
def test_a_step_the_document_names_cannot_be_left_out(step):
    with pytest.raises(Refused):
        route(Phase.POINTS, Level.POST, Standing.STAFF, left_out=[step.value])


# --- The verb ------------------------------------------------------------------------------------------------------------


def this_year() -> int:
    return factories.today().year


def enact(body, rule=SCALED, by="clerk", code="CZJ", year=None, reason="局党组会议纪要", expected=None):
    organization = body.organization(code)
    year = year or this_year()
    now = Scheme.objects.in_force(organization.tree_from, year)
    return verbs.enact_scheme(
        by=body[by],
        organization=organization,
        year=year,
        settings=rule.to_settings(),
        reason=reason,
        expected=(now.pk if now else 0) if expected is None else expected,
    )


def rule_at(body, code, year=None):
    return Scheme.objects.rule_over(body.organization(code).interval, year or this_year())


def test_the_office_puts_a_version_in_force_and_the_next_one_replaces_it(body):
    first = enact(body, SCALED)
    second = enact(body, replace(SCALED, words=("高", "中", "低")))
    assert [first.version, second.version] == [1, 2]
    first.refresh_from_db()
    assert first.rule == SCALED, "a version is never edited"
    assert rule_at(body, "CZJ-01").words == ("高", "中", "低")
    assert (second.made_by, second.reason) == (body["clerk"], "局党组会议纪要")
    assert second.made_at <= timezone.now()
    assert second.history.get().history_user == body["clerk"]
    entry = AuditEntry.objects.order_by("sequence").last()
    assert (entry.act, entry.subject, entry.actor) == ("scheme.enact", f"scheme:{second.pk}", body["clerk"])


def test_one_is_in_force_the_nearest_of_the_latest_year(body):
    """A region's scheme holds for its units until one makes its own; a later year's goes before an earlier one's."""
    enact(body, SchemeRule(notice_days=7), by="region_clerk", code="DQ")
    assert [rule_at(body, code).notice_days for code in ("DQ", "CZJ", "CZJ-01", "MZJ-01")] == [7, 7, 7, 7]
    enact(body, SchemeRule(notice_days=9))
    assert [rule_at(body, code).notice_days for code in ("DQ", "CZJ", "CZJ-01", "MZJ-01")] == [7, 9, 9, 7]
    enact(body, SchemeRule(notice_days=8), by="region_clerk", code="DQ")
    assert [rule_at(body, code).notice_days for code in ("CZJ", "MZJ")] == [9, 8]
    # It goes on into the next year …
    assert [rule_at(body, code, this_year() + 1).notice_days for code in ("CZJ", "MZJ")] == [9, 8]
    # … and not back into the last one.
    assert rule_at(body, "CZJ", this_year() - 1) == SchemeRule()
    enact(body, SchemeRule(notice_days=6), by="region_clerk", code="DQ", year=this_year() + 1)
    assert [rule_at(body, code, this_year() + 1).notice_days for code in ("CZJ", "MZJ")] == [6, 6]
    assert rule_at(body, "CZJ").notice_days == 9


@pytest.mark.parametrize(
    ("name", "code"),
    [
        *((name, "CZJ") for name in (
            "holder", "head", "supervisor", "member", "principal", "publisher", "mzj_clerk", "region_clerk",
            "inspector", "recused_inspector", "system_administrator", "security_administrator", "audit_administrator",
        )),
        ("clerk", "DQ"), ("clerk", "MZJ"), ("clerk", "CZJ-01"), ("region_clerk", "MZJ"), ("principal", "DQ"),
    ],
)  # fmt: skip
def test_nobody_else_makes_a_scheme(body, name, code):
    with pytest.raises(NotAllowed):
        enact(body, by=name, code=code)
    assert not Scheme.objects.exists()


def test_who_is_recused_from_the_unit_makes_no_scheme_of_it(body):
    recuse(body, "clerk", "CZJ")
    with pytest.raises(NotAllowed):
        enact(body)
    enact(body, by="second_clerk")


def recuse(body, name, code):
    from registry.actions import organization

    organization.recuse(
        by=organization.console_actor(),
        person=body[name],
        organization=body.organization(code),
        starts_on=factories.SINCE,
        reason="近亲属在该单位",
    )


def test_a_scheme_is_made_for_this_year_or_the_next(body):
    for year in (this_year() - 1, this_year() + 2):
        with pytest.raises(Refused):
            enact(body, year=year)
    enact(body, year=this_year() + 1)


def test_not_once_the_points_of_the_year_are_locked(body):
    day = factories.today()
    Period.objects.create(
        organization=body.organization("DQ"), year=this_year(), phase=Phase.POINTS, opens=day, due_to_region=day,
        closes=day, locked_by=body["region_clerk"], locked_at=timezone.now(),
    )  # fmt: skip
    with pytest.raises(Refused, match="next year"):
        enact(body)
    enact(body, year=this_year() + 1)


def test_what_was_looked_at_must_still_hold(body):
    enact(body, SCALED)
    with pytest.raises(Changed):
        enact(body, COUNTED, expected=0)
    # What comes into force above counts as well.
    with pytest.raises(Changed):
        enact(body, COUNTED, by="mzj_clerk", code="MZJ", expected=Scheme.objects.get().pk)
    assert Scheme.objects.count() == 1


def test_a_scheme_with_faults_comes_not_into_force_and_all_are_named(body):
    with pytest.raises(Incomplete) as refused:
        enact(body, replace(SCALED, grade_1=1, notice_days=99))
    assert {gap.field for gap in refused.value.gaps} == {"grade_1", "notice_days"}
    with pytest.raises(Refused, match="Say why"):
        enact(body, reason="  ")
    enact(body)
    with pytest.raises(Refused, match="Nothing"):
        enact(body)
    assert Scheme.objects.count() == 1


# --- Declaring under a scheme ----------------------------------------------------------------------------------------------


def file_under(body, name="holder", **values):
    """File a declaration of one point with these scores."""
    declaration = declarations.start_declaration(
        by=body[name], declarant=access.Declarant.of_post(body.appointment(name))
    )
    declarations.save_point(
        by=body[name], declaration=declaration, values=factories.point_values(**values), measures=[factories.MEASURE]
    )
    for category in declaration.rule.expected[Level.POST]:
        if category != "duty":
            declarations.state_nothing_found(
                by=body[name], declaration=declaration, category=category, reason="对照职责逐项看过。"
            )
    return factories.file_all(declaration)


NO_SCORES = {"likelihood": None, "harm": None, "criteria": []}


@pytest.mark.parametrize(
    ("rule", "values", "grade"),
    [
        (SCALED, {"likelihood": 10, "harm": 40}, 1),
        (SCALED, {"likelihood": 6, "harm": 15}, 2),
        (COUNTED, NO_SCORES | {"criteria": ["c1", "c2", "c3"]}, 2),
        (COUNTED, NO_SCORES | {"criteria": ["money"]}, 1),
    ],
)
def test_a_declaration_goes_through_under_each_way_of_scoring(body, rule, values, grade):
    enact(body, rule)
    filed = file_under(body, **values)
    version = factories.first_point(filed)
    assert (filed.state, version.grade, version.state) == ("filed", grade, "filed")
    assert version.point.code
    assert version.criteria == values.get("criteria", [])


def test_what_was_started_keeps_its_scheme_and_what_is_filed_its_grade(body):
    filed = factories.filed(body, "colleague")
    draft = factories.draft(body)
    enact(body, COUNTED)
    draft.refresh_from_db()
    assert draft.rule == SchemeRule()
    again = declarations.start_declaration(
        by=body["holder"], declarant=access.Declarant.of_post(body.appointment("holder"))
    )
    assert again == draft
    factories.file_all(draft)
    assert factories.first_point(draft).grade == factories.first_point(filed).grade == Grade.I
    later = factories.draft(body, "other_holder", points=0)
    assert later.rule == COUNTED


def test_scores_of_another_scheme_give_no_grade_in_a_supplement(body, reader):
    filed, other = factories.filed(body), factories.first_point(factories.filed(body, "colleague"))
    enact(body, replace(COUNTED, allows_direct=False))
    supplement = factories.supplement(body)
    with pytest.raises(Refused, match="directly"):
        factories.change_filed(supplement, factories.first_point(filed), title="换了说法")
    factories.change_filed(factories.supplement(body, "colleague"), other, title="换了说法", criteria=["c1"])
    version = PointVersion.objects.get(replaces=other)
    assert (version.grade, version.likelihood, version.harm, version.criteria) == (Grade.III, None, None, ["c1"])
    # On the page it is said to be graded anew.
    page = (
        reader("holder")
        .get(reverse("registry:point-edit", args=[supplement.pk, supplement.pointversions.get().pk]))
        .content.decode()
    )
    assert "grade it anew" in page


def test_a_grade_is_set_directly_only_where_the_scheme_allows_it(body):
    enact(body, replace(SCALED, allows_direct=False))
    draft = factories.draft(body, points=0)
    directly = factories.point_values(**NO_SCORES, grade=1, grade_reason="群众反映集中")
    with pytest.raises(Refused, match="directly"):
        declarations.save_point(by=body["holder"], declaration=draft, values=directly, measures=[])
    enact(body, SCALED)
    other = factories.draft(body, "colleague", points=0)
    saved = declarations.save_point(by=body["colleague"], declaration=other, values=directly, measures=[])
    assert saved.grade == Grade.I


def test_the_form_of_a_point_asks_what_the_scheme_scores(body, reader):
    enact(body, replace(COUNTED, words=("高", "中", "低")))
    draft = factories.draft(body, points=0)
    client, address = reader("holder"), reverse("registry:point-add", args=[draft.pk])
    page = client.get(address).content.decode()
    assert "第1项标准" in page
    assert 'name="likelihood"' not in page
    shown = client.get(reverse("registry:grade", args=[draft.pk]), {"criteria": ["c1", "c2", "c3"]}).content.decode()
    assert "中" in shown
    assert "3 criteria met" in shown
    data = {
        **{name: value for name, value in factories.point_values().items() if value and name not in NO_SCORES},
        "grading": "scored", "criteria": ["c3", "c1"], "version": 0,
        "measures-TOTAL_FORMS": 0, "measures-INITIAL_FORMS": 0,
    }  # fmt: skip
    # A criterion of no scheme is refused, and what was typed stays.
    wrong = client.post(address, data | {"criteria": ["c1", "invented"]})
    assert wrong.status_code == 422
    assert "未经审批用印" in wrong.content.decode()
    assert client.post(address, data).status_code == 302
    version = draft.pointversions.get()
    assert (version.grade, sorted(version.criteria)) == (Grade.III, ["c1", "c3"])
    # Read again, and in the other window that was first.
    edit = reverse("registry:point-edit", args=[draft.pk, version.pk])
    assert client.get(edit).content.decode().count("checked") >= 2
    assert client.post(edit, data | {"version": 1, "criteria": ["c1", "c2", "c3"]}).status_code == 302
    conflict = client.post(edit, data | {"version": 1, "criteria": ["c2"]})
    assert conflict.status_code == 409
    assert "第3项标准" in conflict.content.decode()


def test_a_scheme_that_forbids_it_offers_no_grade_to_choose(body, reader):
    enact(body, replace(SCALED, allows_direct=False))
    draft = factories.draft(body, points=0)
    page = reader("holder").get(reverse("registry:point-add", args=[draft.pk])).content.decode()
    assert "100 – 特别严重" in page
    assert 'name="grading"' not in page
    assert 'name="grade_reason"' not in page


# --- Words -----------------------------------------------------------------------------------------------------------------

WORDED = replace(SCALED, words=("重点", "较重", "一般"))


def test_own_words_stand_on_pages_sheets_and_in_exports(body, reader):
    enact(body, WORDED)
    filed = file_under(body, likelihood=10, harm=40)
    code = factories.first_point(filed).point.code
    for name, address in (
        ("holder", reverse("registry:declaration", args=[filed.pk])),
        ("holder", reverse("registry:declaration-sheet", args=[filed.pk])),
        ("holder", reverse("registry:ledger")),
        ("member", reverse("registry:ledger") + "?organization=CZJ"),
        ("member", reverse("registry:ledger-sheet") + "?organization=CZJ"),
        ("holder", reverse("registry:point", args=[code])),
    ):
        page = reader(name).get(address).content.decode()
        assert "重点" in page, address
        assert "grade I (high)" not in page, address
        assert "一级（高）" not in page, address
    # Over several units the words of one of them say nothing about the others.
    page = reader("inspector").get(reverse("registry:ledger")).content.decode()
    assert "grade I (high)" in page
    assert "重点" not in page


def test_a_notice_freezes_the_word_of_its_day(body, reader):
    enact(body, WORDED)
    file_under(body, likelihood=10, harm=40)
    notice = factories.posted(body)
    enact(body, replace(WORDED, words=("甲级", "乙级", "丙级")))
    assert notice.lines.get().content["grade_word"] == "重点"
    page = reader("colleague").get(reverse("registry:notice-sheet", args=[notice.pk])).content.decode()
    assert "重点" in page
    assert "甲级" not in page


def test_own_words_are_recognized_when_a_ledger_comes_back(body):
    enact(body, WORDED)
    file_under(body, likelihood=6, harm=15)
    unit = body.organization("CZJ")
    rows = PointVersion.objects.in_ledger().matching(LedgerFilter(year=this_year(), interval=unit.interval))
    assert "较重" in ledger_rows(rows, WORDED.words)[0].cells
    sheet = Sheet(
        "台账",
        [["科室", "岗位", "风险点", "主要内容及表现形式", "风险等级", "防范措施"],
         ["办公室", "印章管理岗", "空白介绍信", "外借不登记", "较重", "登记"],
         ["办公室", "印章管理岗", "代签", "代领导签字", "红色", "登记"]],
    )  # fmt: skip
    report = imports.import_ledger(
        unit=unit, year=this_year(), sheets=[sheet], file_name="a.xlsx", file_digest="x", by=body["clerk"], apply=True,
        create_missing=False,
    )  # fmt: skip
    assert report.applied, report.errors
    grades = dict(PointVersion.objects.filter(origin="imported").values_list("title", "grade"))
    assert grades == {"空白介绍信": Grade.II, "代签": None}


class Sheet:
    """A worksheet as the reader gives it."""

    def __init__(self, name, rows):
        self.name, self.rows, self.merged, self.hidden = name, rows, [], False


# --- The preview --------------------------------------------------------------------------------------------------------------


def previewed(body, rule, by="clerk", code="CZJ", year=None):
    return preview(body.organization(code), year or this_year(), rule, access.counts_scope(body[by]))


def table(found):
    return {row.grade: ([*row.given.values()], row.unknown) for row in found.rows}


def test_the_preview_counts_what_stands_by_what_it_would_be(body):
    # Products 12, 12 (grade I), 8 (II), 6 (III); one set directly to III.
    declaration = factories.draft(body, points=2)
    for values in ({"likelihood": 2}, {"likelihood": 2, "harm": 3}, NO_SCORES | {"grade": 3, "grade_reason": "理由"}):
        declarations.save_point(
            by=body["holder"], declaration=declaration, values=factories.point_values(**values), measures=[]
        )
    factories.file_all(declaration)
    factories.filed(body, "mzj_holder")
    factories.draft(body, "colleague")
    found = previewed(body, SchemeRule(grade_1=16, grade_2=6))
    assert table(found) == {1: ([0, 2, 0], 0), 2: ([0, 1, 0], 0), 3: ([0, 1, 0], 1)}
    assert (found.total, found.moved, found.unknown, found.ungraded, found.started) == (5, 3, 1, 0, 1)
    # Under another way of scoring nothing of it can be said.
    assert table(previewed(body, COUNTED)) == {1: ([0, 0, 0], 2), 2: ([0, 0, 0], 1), 3: ([0, 0, 0], 2)}
    # The same scores on other scales mean something else.
    assert previewed(body, SCALED).moved == 0
    assert previewed(body, SCALED).unknown == 5
    # It agrees with what the rule gives each of the filed points.
    for version in PointVersion.objects.in_ledger().filter(position__range=body.organization("CZJ").interval):
        if version.likelihood:
            assert table(found)[version.grade][0][
                SchemeRule(grade_1=16, grade_2=6).grade(version.likelihood, version.harm) - 1
            ]


def test_criteria_are_comparable_while_no_new_one_is_asked(body):
    enact(body, COUNTED)
    file_under(body, **NO_SCORES | {"criteria": ["c1", "c2", "c3"]})
    assert table(previewed(body, replace(COUNTED, grade_2=2, grade_1=3)))[2] == ([1, 0, 0], 0)
    fewer = replace(COUNTED, criteria=COUNTED.criteria[2:], grade_1=3, grade_2=2)
    assert table(previewed(body, fewer))[2] == ([0, 0, 1], 0)
    more = replace(COUNTED, criteria=(*COUNTED.criteria, Criterion("new", "新的一项")))
    assert table(previewed(body, more))[2] == ([0, 0, 0], 1)


def test_a_regions_preview_leaves_units_with_a_scheme_of_their_own_apart(body):
    factories.filed(body)
    factories.filed(body, "mzj_holder")
    stricter = SchemeRule(grade_1=20)
    assert previewed(body, stricter, by="region_clerk", code="DQ").moved == 2
    enact(body, SchemeRule(notice_days=9))
    found = previewed(body, stricter, by="region_clerk", code="DQ")
    assert (found.total, found.moved, [each.code for each in found.apart]) == (1, 1, ["CZJ"])


def test_the_preview_counts_nothing_of_a_place_one_is_recused_from(body):
    factories.filed(body)
    factories.filed(body, "other_holder")
    recuse(body, "clerk", "CZJ-01")
    found = previewed(body, SchemeRule(grade_1=20))
    assert found.total == 1


def test_a_preview_takes_the_same_queries_for_few_points_and_for_many(body, django_assert_num_queries):
    enact(body, SchemeRule(grade_1=16))
    factories.filed(body)
    scope = access.counts_scope(body["clerk"])
    with django_assert_num_queries(4):
        preview(body.organization("CZJ"), this_year(), SCALED, scope)
    factories.filed(body, "colleague", points=5)
    with django_assert_num_queries(4):
        preview(body.organization("CZJ"), this_year(), SCALED, scope)


def test_differences_name_each_setting_in_words():
    changes = differences(
        SchemeRule(), replace(SchemeRule(), notice_days=7, left_out=("head",), words=("高", "中", "低"))
    )
    assert {change["label"] for change in changes} == {
        "Words for the grades", "Steps left out", "Working days of a public notice",
    }  # fmt: skip
    assert [change["after"] for change in changes] == ["高, 中, 低", "section head's review", "7"]
    assert documents.differences(SCALED, SCALED) == []


# --- The pages ------------------------------------------------------------------------------------------------------------------


def posted_form(rule, **changes):
    """Return what the form of a scheme sends."""
    data = {
        "scoring": rule.scoring.value, "grade_1": rule.grade_1, "grade_2": rule.grade_2,
        "notice_days": rule.notice_days, "left_out": list(rule.left_out), "reason": "局党组会议纪要",
        **{f"expected_{level}": list(names) for level, names in rule.expected.items()},
        **{f"word_{place}": word for place, word in enumerate(rule.words, start=1)},
        **{f"inspect_{place}": months for place, months in enumerate(rule.inspect_months, start=1)},
    }  # fmt: skip
    for name in ("allows_direct", "notice_names", "publish_after_region"):
        if getattr(rule, name):
            data[name] = "on"
    for name, scale in (("likelihoods", rule.likelihoods), ("harms", rule.harms)):
        for number, degree in enumerate(scale):
            data |= {f"{name}-{number}-score": degree.score, f"{name}-{number}-words": degree.words}
    for number, criterion in enumerate(rule.criteria):
        data |= {f"criteria-{number}-key": criterion.key, f"criteria-{number}-text": criterion.text}
        if criterion.alone:
            data[f"criteria-{number}-alone"] = "1"
    return data | changes


def address(body, view="scheme-new", code="CZJ", year=None):
    return reverse(f"registry:{view}", args=[body.organization(code).pk, year or this_year()])


def hidden(page, name):
    return page.split(f'name="{name}" value="')[1].split('"')[0]


@pytest.mark.parametrize(
    "rule", [SchemeRule(grade_1=16, left_out=("head",)), WORDED, COUNTED], ids=lambda rule: rule.scoring
)
def test_choose_fill_in_preview_put_in_force(body, reader, rule):
    factories.filed(body)
    client = reader("clerk")
    assert "scoring" in client.get(address(body)).content.decode()
    assert client.get(address(body), {"scoring": rule.scoring.value}).status_code == 200
    seen = client.post(address(body), posted_form(rule, preview="1"))
    page = seen.content.decode()
    assert seen.status_code == 200
    assert "What is filed keeps its grade" in page
    assert not Scheme.objects.exists(), "a preview writes nothing"
    # Back to the form with everything typed, and forth again.
    sent = posted_form(rule, expected=hidden(page, "expected"), seen_digest=hidden(page, "seen_digest"))
    back = client.post(address(body), sent | {"change": "1"}).content.decode()
    assert "局党组会议纪要" in back
    assert client.post(address(body), sent | {"enact": "1"}).status_code == 302
    assert Scheme.objects.get().rule == rule
    shown = client.get(address(body, "scheme")).content.decode()
    assert body["clerk"].name in shown
    assert "局党组会议纪要" in shown
    # Nothing changed: nothing to put in force.
    assert client.post(address(body), posted_form(rule, preview="1")).status_code == 422


def test_every_mistake_is_named_at_its_field_and_what_was_typed_stays(body, reader):
    client = reader("clerk")
    wrong = posted_form(WORDED, grade_1=1, notice_days=99, word_2="重点", reason="", preview="1")
    wrong["likelihoods-1-score"] = "三"
    answer = client.post(address(body), wrong)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"likelihoods", "grade_1", "word_1", "notice_days", "reason"}
    assert 'value="三"' in answer.content.decode()
    rows = client.post(address(body), wrong | {"more": "likelihoods"})
    assert rows.status_code == 200, "more rows are no judgement of what is typed so far"
    assert 'value="三"' in rows.content.decode()


def test_another_version_meanwhile_is_met_by_the_preview(body, reader):
    client = reader("clerk")
    page = client.post(address(body), posted_form(SCALED, preview="1")).content.decode()
    sent = posted_form(SCALED, expected=hidden(page, "expected"), seen_digest=hidden(page, "seen_digest"), enact="1")
    enact(body, COUNTED, by="second_clerk")
    answer = client.post(address(body), sent)
    assert answer.status_code == 409
    assert "meanwhile" in answer.content.decode()
    assert Scheme.objects.count() == 1
    # What the new preview showed is put in force.
    again = sent | {"expected": hidden(answer.content.decode(), "expected")}
    assert client.post(address(body), again).status_code == 302
    assert rule_at(body, "CZJ") == SCALED


def test_what_was_not_previewed_is_not_put_in_force(body, reader):
    client = reader("clerk")
    page = client.post(address(body), posted_form(SCALED, preview="1")).content.decode()
    other = posted_form(SCALED, grade_1=300, expected=0, seen_digest=hidden(page, "seen_digest"), enact="1")
    assert client.post(address(body), other).status_code == 409
    assert client.post(address(body), posted_form(SCALED, enact="1")).status_code == 409
    assert not Scheme.objects.exists()


def test_a_reworded_criterion_keeps_its_key_and_a_new_one_gets_its_own(body, reader):
    enact(body, COUNTED)
    client = reader("clerk")
    form = posted_form(COUNTED)
    form |= {"criteria-0-text": "第一项，改了说法", "criteria-7-text": "新的一项", "criteria-7-key": ""}
    del form["criteria-1-text"], form["criteria-1-key"]
    page = client.post(address(body), form | {"preview": "1"}).content.decode()
    sent = form | {"expected": hidden(page, "expected"), "seen_digest": hidden(page, "seen_digest"), "enact": "1"}
    assert client.post(address(body), sent).status_code == 302
    criteria = {criterion.text: criterion.key for criterion in rule_at(body, "CZJ").criteria}
    assert criteria["第一项，改了说法"] == "c1"
    assert "第2项标准" not in criteria
    assert criteria["新的一项"] not in {"", *(criterion.key for criterion in COUNTED.criteria)}


def test_who_may_see_and_make(body, reader):
    region = address(body, "scheme", "DQ")
    for name, view, code, status in (
        ("clerk", "scheme", "CZJ", 200), ("clerk", "scheme-new", "CZJ", 200), ("clerk", "scheme", "DQ", 404),
        ("clerk", "scheme", "MZJ", 404), ("clerk", "scheme", "CZJ-01", 404), ("region_clerk", "scheme", "CZJ", 200),
        ("region_clerk", "scheme-new", "CZJ", 403), ("region_clerk", "scheme-new", "DQ", 200),
        ("principal", "scheme", "CZJ", 404), ("holder", "scheme", "CZJ", 404), ("mzj_clerk", "scheme-new", "CZJ", 404),
        ("system_administrator", "scheme", "CZJ", 404), ("inspector", "scheme", "CZJ", 404),
    ):  # fmt: skip
        assert reader(name).get(address(body, view, code)).status_code == status, (name, view, code)
    assert reader("region_clerk").get(region).status_code == 200
    listed = reader("region_clerk").get(reverse("registry:schemes")).content.decode()
    assert all(body.organization(code).name in listed for code in ("DQ", "CZJ", "MZJ", "SWJ"))
    listed = reader("clerk").get(reverse("registry:schemes")).content.decode()
    assert body.organization("CZJ").name in listed
    assert body.organization("MZJ").name not in listed
    assert reader("head").get(reverse("registry:schemes")).status_code == 403
    assert "schemes/" in reader("clerk").get(reverse("home")).content.decode()
    assert "schemes/" not in reader("head").get(reverse("home")).content.decode()
    for year in (1999, this_year() + 2):
        assert reader("clerk").get(address(body, "scheme", year=year)).status_code == 404


def test_the_page_says_from_where_it_is_inherited(body, reader):
    enact(body, WORDED, by="region_clerk", code="DQ")
    page = reader("clerk").get(address(body, "scheme")).content.decode()
    assert f"that of {body.organization('DQ').name} of {this_year()}, version 1" in page
    assert "No version of its own yet" in page


def test_a_locked_year_says_so_beside_the_button(body, reader):
    day = factories.today()
    Period.objects.create(
        organization=body.organization("CZJ"), year=this_year(), phase=Phase.POINTS, opens=day, due_to_region=day,
        closes=day, locked_by=body["region_clerk"], locked_at=timezone.now(),
    )  # fmt: skip
    page = reader("clerk").get(address(body, "scheme")).content.decode()
    assert "are closed" in page
    assert reader("clerk").get(address(body)).status_code == 409


@pytest.mark.parametrize(
    ("code", "word"), [("en", "leadership team"), ("zh-hans", "领导班子"), ("zh-hant", "領導班子")]
)
def test_the_form_speaks_the_language_of_its_reader(code, word):
    with translation.override(code):
        form = SchemeForm(initial=SchemeForm.initial_of(SchemeRule(), "product"), scoring="product")
        assert word in str(form["expected_leadership"].label)


def test_where_the_scheme_says_so_publication_waits_for_the_region(body):
    """Only of what goes to the region: a post below ke rank does not wait."""
    enact(body, replace(SchemeRule(), publish_after_region=True))
    below, of_ke_rank = factories.filed(body), factories.sent(body, "head")

    def offered() -> set[int]:
        notice = notices.start_notice(by=body["publisher"], organization=body.organization("CZJ"), year=this_year())
        return {version.declaration_id for version in notices.candidates(notice)}

    assert offered() == {below.pk}
    factories.decide_region(of_ke_rank, body["region_clerk"])
    assert offered() == {below.pk, of_ke_rank.pk}
