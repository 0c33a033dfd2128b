"""What a ledger of somebody else says: headings, merged cells, words, measures in one cell."""

import re

import opencc
import pytest
from django.utils.translation import override
from hypothesis import example, given
from hypothesis import strategies as st

from registry.output.reader import Sheet
from registry.rules import Category, Grade, Level
from registry.rules.cell_lists import split_measures
from registry.rules.reading import read_ledger
from registry.rules.workbooks import (
    CATEGORY_WORDS,
    GRADE_WORDS,
    HEADINGS,
    LEVEL_WORDS,
    SYNONYMS,
    Column,
    category_cell,
    category_of,
    column_of,
    grade_cell,
    grade_of,
    level_of,
    measures_cell,
)

HEADER = ["序号", "科室", "岗位", "风险类别", "风险点", "表现形式", "风险等级", "防控措施", "责任人"]


def read(rows, merged=(), name="表"):
    return read_ledger([Sheet(name, rows, list(merged))], unit_name="某局", unit_code="MJ")


def read_one(**cells):
    """Read a table of one row; `cells` by heading."""
    return read([list(cells), list(cells.values())]).rows[0]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("单位/科室", Column.ORGANIZATION),
        ("单 位", Column.UNIT),
        ("责任\n部门", Column.BODY),
        ("岗位名称", Column.POST),
        ("廉政风险类别", Column.CATEGORY),
        ("职权名称", Column.MATTER),
        ("廉政风险点", Column.TITLE),
        ("廉政风险点及等级", Column.TITLE),
        ("廉政风险主要内容及表现形式", Column.MANIFESTATION),
        ("风险等级（高/中/低）", Column.GRADE),
        ("制度措施", Column.MEASURES),
        ("主管领导", Column.LEADER),
        ("涉及对象", None),
    ],
)
def test_headings_are_known_in_their_spellings(heading, column):
    assert column_of(heading) == column


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_headings_of_our_own_ledger_are_known_in_every_language(language):
    with override(language):
        for column, heading in HEADINGS.items():
            assert column_of(str(heading)) == column


@pytest.mark.parametrize("script", ["s2t", "s2tw", "s2hk"])
@pytest.mark.parametrize(
    ("known", "words"),
    [(column_of, SYNONYMS), (category_of, CATEGORY_WORDS), (grade_of, GRADE_WORDS), (level_of, LEVEL_WORDS)],
)
def test_every_word_is_known_in_traditional_characters(known, words, script):
    convert = opencc.OpenCC(script).convert
    for value, line in words.items():
        for word in line.split():
            assert known(convert(word)) == value, convert(word)
    assert column_of("廉潔風險點（名稱）") == Column.TITLE
    assert grade_of("一級風險") == Grade.I
    assert category_of("三、崗位職責類") == Category.DUTY
    assert level_of("科室層面") == Level.SECTION


@pytest.mark.parametrize(
    "text", "高 高风险 一级 一级风险 Ⅰ I Ⅰ级 1 1级 A a级 ★★★ 一级(高) 一级（高）\u2028Ⅰ".split(" ")
)
def test_first_grade_in_all_its_words(text):
    assert grade_of(text) == Grade.I


@pytest.mark.parametrize("text", ["", "1中2低", "高或中", "高\n低", "待定", "★", "4"])
def test_what_names_no_grade_stays_open(text):
    assert grade_of(text) is None


@pytest.mark.parametrize(
    "text", ["岗位职责", "岗位职责风险", "一、岗位职责风险", "（三）岗位职责类", "3.岗位职责", "廉政岗位职责风险"]
)
def test_category_in_all_its_spellings(text):
    assert category_of(text) == Category.DUTY


def test_two_categories_in_one_cell_stay_open():
    assert category_of("岗位职责、业务流程") == ""


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_what_our_cells_show_is_read_back(language):
    with override(language):
        for category in Category:
            assert category_of(category_cell(category)) == category
        for grade in Grade:
            assert grade_of(grade_cell(grade, {1: "Ⅰ", 2: "B", 3: "3级"}[grade])) == grade
        for level in Level:
            assert level_of(str(level.label)) == level


def test_a_stale_wording_is_not_shown():
    assert category_cell(Category.MORAL, "岗位职责风险") == str(Category.MORAL.label)
    assert "Ⅰ" not in grade_cell(Grade.III, "Ⅰ")
    assert measures_cell(["甲", "乙"], "1.甲 2.丙") == "1.甲\n2.乙"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1.教育; 2.制度;\n3.检查。", ["教育;", "制度;", "检查。"]),
        ("一、教育。二、制度；三、检查", ["教育。", "制度；", "检查"]),
        ("（1）甲；（2）乙", ["甲；", "乙"]),
        ("①甲\n②乙", ["甲", "乙"]),
        ("1、甲\n2、乙", ["甲", "乙"]),
        ("1)甲\n2)乙", ["甲", "乙"]),
        ("1.甲\n(1)子\n(2)丑\n2.乙", ["甲\n(1)子\n(2)丑", "乙"]),
        ("1.投入1.5万元;2.检查", ["投入1.5万元;", "检查"]),
        ("1.甲\n3.丙", ["1.甲\n3.丙"]),
        ("2.甲\n3.乙", ["2.甲\n3.乙"]),
        ("1.甲", ["1.甲"]),
        ("1.\n2.乙", ["1.\n2.乙"]),
        ("严格登记；\n定期检查。\n追究责任", ["严格登记；", "定期检查。", "追究责任"]),
        ("一句话写了\n两行", ["一句话写了\n两行"]),
        ("", []),
    ],
)
def test_measures_are_split_where_the_marks_count_from_one(text, parts):
    assert split_measures(text) == parts


MARK = r"\d{1,2}[.．、)）]|[(（]\d{1,2}[)）]|[①-⑳]|[一二三四五六七八九十]{1,3}、|[(（][一二三四五六七八九十]{1,3}[)）]"
_MARKED = st.lists(st.text("甲乙丙 12.、;；。()（）①一二\n", max_size=8), max_size=6).map(
    lambda parts: "".join(f"{number}.{part}\n" for number, part in enumerate(parts, start=1))
)


@given(st.one_of(st.text(), st.text("甲乙12.、;；。()（）①②一二十\n 　", max_size=40), _MARKED))
@example("1.\u30001.5;2.乙")
def test_splitting_loses_nothing_but_marks_and_white_space(text):
    parts = ("".join(part.split()) for part in split_measures(text))
    assert re.fullmatch("".join(f"(?:{MARK})?{re.escape(part)}" for part in parts), "".join(text.split()))


@given(st.lists(st.text("甲乙1.2;\n（）", min_size=1).filter(str.strip), min_size=1, max_size=5))
def test_what_the_measures_cell_shows_is_never_changed_by_splitting_it_again(texts):
    shown = measures_cell(texts)
    assert measures_cell(split_measures(shown), shown) == shown


def test_header_is_found_below_titles_and_over_two_rows():
    rows = [
        ["某局廉政风险台账"],
        ["填报单位：某局"],
        ["序号", "科室", "廉政风险", "", "", "防控措施"],
        ["", "", "风险名称", "表现形式", "等级", ""],
        ["1", "法规科", "用章", "私用公章", "高", "登记"],
    ]
    merged = [(0, 0, 0, 5), (2, 0, 3, 0), (2, 1, 3, 1), (2, 2, 2, 4), (2, 5, 3, 5)]
    ledger = read(rows, merged)
    assert ledger.sources == [
        {
            "sheet": "表",
            "titles": ["某局廉政风险台账", "填报单位：某局"],
            "headings": ["序号", "科室", "廉政风险", "防控措施", "风险名称", "表现形式", "等级"],
        }
    ]
    (row,) = ledger.rows
    assert (row.numbers, row.section, row.values[Column.TITLE], row.grade, row.measures) == (
        (5,),
        "法规科",
        "用章",
        1,
        ["登记"],
    )
    assert row.letters[Column.GRADE] == "E"


def test_a_title_over_the_table_is_no_heading():
    rows = [["廉政风险点"], ["序号", "风险点", "等级", "措施"], ["1", "用章", "高", "登记"]]
    ledger = read(rows, [(0, 0, 0, 3)])
    assert ledger.sources[0]["titles"] == ["廉政风险点"]
    assert len(ledger.rows) == 1


def test_sheets_without_a_ledger_are_named():
    ledger = read_ledger(
        [Sheet("说明", [["怎样填写"], ["风险点", "说明"]], []), Sheet("空", [], [])], unit_name="某局", unit_code="MJ"
    )
    assert (ledger.rows, ledger.without) == ([], ["说明", "空"])


def test_merged_cells_are_filled_down_and_blank_ones_stay_blank():
    rows = [
        HEADER,
        ["1", "法规科", "主任岗", "岗位职责", "甲", "甲文", "高", "措施甲", "负责人甲"],
        ["2", "", "", "业务流程", "乙", "乙文", "", "措施乙", ""],
    ]
    first, second = read(rows, [(1, 1, 2, 1)]).rows
    assert (first.section, first.post, first.level) == ("法规科", "主任岗", Level.POST)
    assert (second.section, second.post, second.level, second.grade) == ("法规科", "", Level.SECTION, None)
    assert second.values[Column.RESPONSIBLE] == ""


def test_one_point_over_several_rows_is_joined():
    rows = [
        HEADER,
        ["1", "法规科", "", "岗位职责", "甲", "1.一", "高", "措施", ""],
        ["", "", "", "", "", "2.二", "", "", ""],
        ["2", "法规科", "", "岗位职责", "乙", "文", "低", "措施一", ""],
        ["", "", "", "", "", "", "", "措施二", ""],
    ]
    merged = [(1, column, 2, column) for column in (0, 1, 3, 4, 6, 7)]
    first, second = read(rows, merged).rows
    assert (first.numbers, first.values[Column.MANIFESTATION]) == ((2, 3), "1.一\n2.二")
    assert (second.numbers, second.as_written[Column.MEASURES]) == ((4, 5), "措施一\n措施二")


def test_points_below_a_merged_matter_stay_apart():
    rows = [
        ["序号", "权力事项", "表现形式", "等级", "防控措施"],
        ["1", "处罚", "甲文", "高", "甲措施"],
        ["2", "", "乙文", "低", "乙措施"],
    ]
    first, second = read(rows, [(1, 1, 2, 1)]).rows
    assert [row.values[Column.MATTER] for row in (first, second)] == ["处罚", "处罚"]
    assert [row.values[Column.TITLE] for row in (first, second)] == ["处罚", "处罚"]


def test_lines_between_rows_and_below_the_table_are_kept():
    rows = [
        ["序号", "风险点", "等级", "措施"],
        ["一、业务流程风险"],
        ["1", "甲", "高", "登记"],
        ["（二）对外"],
        ["2", "乙", "低", "检查"],
        ["注：一式两份"],
    ]
    first, second = read(rows, [(1, 0, 1, 3), (3, 0, 3, 3)]).rows
    assert (first.category, first.as_written[Column.CATEGORY]) == (Category.PROCESS, "一、业务流程风险")
    assert second.category == ""
    assert list(second.kept.values()) == ["（二）对外", "注：一式两份"]


def test_a_list_in_the_place_of_the_title_is_the_description():
    row = read_one(职权内容="用车", 风险点="私用；\n虚报。", 风险等级="中", 防控措施="登记")
    assert (row.values[Column.TITLE], row.values[Column.MANIFESTATION]) == ("用车", "私用；\n虚报。")
    row = read_one(单位="某局", 风险点="长" * 250, 风险等级="中", 防控措施="登记")
    assert (len(row.values[Column.TITLE]), len(row.values[Column.MANIFESTATION])) == (60, 250)


def test_level_follows_from_what_is_named():
    assert read_one(科室="领导班子", 风险点="甲", 等级="高").level == Level.LEADERSHIP
    assert read_one(层次="领导班子", 风险点="甲", 等级="高").level == Level.LEADERSHIP
    assert read_one(科室="某局", 风险点="甲", 等级="高").level == ""
    assert read_one(科室="法规科", 岗位="主任", 风险点="甲", 等级="高").level == Level.POST


def test_a_responsible_body_is_the_organization_only_where_no_other_is():
    row = read_one(责任部门="窗口", 风险点="甲", 等级="高")
    assert (row.section, row.values[Column.RESPONSIBLE]) == ("窗口", "")
    row = read_one(科室="法规科", 责任部门="窗口", 风险点="甲", 等级="高")
    assert (row.section, row.values[Column.RESPONSIBLE]) == ("法规科", "窗口")
    row = read_one(科室="法规科", 责任部门="窗口", 责任人="科长", 风险点="甲", 等级="高")
    assert (row.values[Column.RESPONSIBLE], row.kept) == ("科长", {"责任部门": "窗口"})


def test_text_without_a_field_is_kept_under_its_heading():
    row = read_one(风险点="甲", 风险类别="其他", 等级="1中2低", 措施="登记", 法律依据="某条", 编号="旧-7", 备注="无")
    assert row.kept == {"风险类别": "其他", "等级": "1中2低", "法律依据": "某条", "编号": "旧-7", "备注": "无"}


def test_open_words_of_our_own_ledger_are_not_kept():
    row = read_one(风险点="甲", 风险类别="待定", 等级="待定", 层次="待定", 编号="MJ-000012")
    assert (row.kept, row.values[Column.CODE]) == ({}, "MJ-000012")


@pytest.mark.parametrize(
    ("column", "text", "part"),
    [("风险点", "甲\x01", "B"), ("措施", "长" * 2001, "D"), ("依据", "长" * 10_001, "E"), ("科室", "长" * 101, "A")],
)
def test_problems_name_sheet_row_and_column(column, text, part):
    cells = {"科室": "法规科", "风险点": "甲", "等级": "高", "措施": "登记", "依据": ""} | {column: text}
    (problem,) = read_one(**cells).problems
    assert (problem.sheet, problem.row, problem.column) == ("表", 2, part)


def test_a_row_that_says_nothing_is_a_problem():
    (problem,) = read_one(科室="法规科", 风险点="", 表现形式="", 等级="高", 措施="登记").problems
    assert problem.row == 2
