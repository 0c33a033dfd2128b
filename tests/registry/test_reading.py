"""Several points in one cell, proposals of categories, and that every cell of a table is found again."""

from dataclasses import replace

import opencc
import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.output.reader import Sheet
from registry.rules import Category, Grade
from registry.rules.cell_lists import grade_counts, point_parts
from registry.rules.conservation import Stored, account
from registry.rules.proposals import WORDS, propose_category
from registry.rules.reading import read_ledger
from registry.rules.workbooks import HEADINGS, Column, is_number_mark, word_form

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True, scope="module")
def in_english():
    with override("en"):
        yield


def read(rows, merged=(), **options):
    return read_ledger([Sheet("表", rows, list(merged))], unit_name="某局", unit_code="MJ", **options)


def read_all(**cells):
    """Read a table of one row; `cells` by heading."""
    return read([list(cells), list(cells.values())]).rows


def said(rows):
    return [(row.values[Column.TITLE], row.grade) for row in rows]


def stored(ledger):
    return [Stored(row, ("某局", row.section, row.post)) for row in ledger.rows]


# ---- several points in one cell


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("★★☆甲；\n★☆☆乙。", [("甲；", Grade.II), ("乙。", Grade.III)]),
        ("★★★甲；★☆☆乙", [("甲；", Grade.I), ("乙", Grade.III)]),
        ("★★☆甲", [("甲", Grade.II)]),
        ("★★☆甲乙\n丙丁；\n★☆☆戊", [("甲乙丙丁；", Grade.II), ("戊", Grade.III)]),
        ("①甲\n②乙", [("甲", None), ("乙", None)]),
        ("⑴甲⑵乙", [("⑴甲⑵乙", None)]),
        ("⑴甲；⑵乙", [("甲；", None), ("乙", None)]),
        ("1、甲\n2、乙", [("甲", None), ("乙", None)]),
        ("(1)甲；（2）乙", [("甲；", None), ("乙", None)]),
        ("1.1甲\n1.2乙", [("甲", None), ("乙", None)]),
        ("1.★★☆甲\n2.★☆☆乙", [("甲", Grade.II), ("乙", Grade.III)]),
        ("一、甲\n二、乙\n三、丙", [("甲", None), ("乙", None), ("丙", None)]),
    ],
)
def test_a_list_of_points_becomes_a_point_each(text, parts):
    rows = read_all(关键环节="用车", 风险点及等级=text, 防控措施="1.登记；2.检查")
    assert said(rows) == parts
    assert {row.values[Column.MATTER] for row in rows} == {"用车"}
    assert {tuple(row.measures) for row in rows} == {("登记；", "检查")}
    if len(parts) > 1:
        assert [row.place for row in rows] == [f"表!2.{number}" for number in range(1, len(parts) + 1)]


@pytest.mark.parametrize(
    "text",
    [
        "★★☆甲；\n乙没有星。\n★☆☆丙",  # is it a point of its own, or does it go on with the one above?
        "甲\n★☆☆乙",
        "1.甲\n3.丙",
        "2.甲\n3.乙",
        "存在：1.甲；2.乙",
        "甲；\n乙；\n丙。",
        "1.1甲\n2.1乙",
        "1.\n2.乙",
        "★★☆\n★☆☆乙",
    ],
)
def test_what_leaves_doubt_stays_one_point_with_its_whole_text(text):
    (row,) = read_all(关键环节="用车", 风险点=text, 防控措施="登记")
    assert (row.grade, row.part) == (None, 0)
    assert text in (row.values[Column.TITLE], row.values[Column.MANIFESTATION])


def test_a_list_below_a_title_describes_it():
    (row,) = read_all(风险点="用车", 表现形式="1.私用；\n2.虚报", 风险等级="高", 防控措施="登记")
    assert row.values[Column.MANIFESTATION] == "1.私用；\n2.虚报"


def test_lists_of_titles_and_descriptions_pair_where_they_are_as_long():
    rows = read_all(风险点="1.甲\n2.乙", 表现形式="1.甲文\n2.乙文", 风险等级="高\n低", 防控措施="登记")
    assert [(*pair, row.values[Column.MANIFESTATION]) for pair, row in zip(said(rows), rows, strict=True)] == [
        ("甲", Grade.I, "甲文"),
        ("乙", Grade.III, "乙文"),
    ]
    (row,) = read_all(风险点="1.甲\n2.乙", 表现形式="1.甲文\n2.乙文\n3.丙文", 风险等级="高\n低", 防控措施="登记")
    assert (row.grade, row.kept["风险点"]) == (None, "1.甲\n2.乙")


def test_points_that_are_only_counted_stay_open_unless_they_are_all_alike():
    cells = {"权力事项": "休学", "表现形式": "1.受理风险\n2.审查风险\n3.决定风险", "防控措施": "公开"}
    rows = read_all(**cells, 等级="1中2低")
    assert [(row.grade, row.kept["等级"]) for row in rows] == [(None, "1中2低")] * 3
    rows = read_all(**cells, 等级="3低")
    assert [(row.grade, row.kept["等级"]) for row in rows] == [(Grade.III, "3低")] * 3
    (row,) = read_all(**cells, 等级="1中1低")
    assert (row.grade, row.values[Column.TITLE]) == (None, "休学")
    rows = read_all(**cells, 风险点数量="3", 等级="")
    assert [row.values[Column.MANIFESTATION] for row in rows] == ["受理风险", "审查风险", "决定风险"]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("1中2低", {2: 1, 3: 2}),
        ("高1 中2", {1: 1, 2: 2}),
        ("高1个、中2个，低3个", {1: 1, 2: 2, 3: 3}),
        ("2个高", {1: 2}),
        ("高", {}),
        ("1中1中", {}),
        ("高风险", {}),
        ("1高x", {}),
        ("", {}),
    ],
)
def test_counts_of_grades(text, counts):
    assert grade_counts(text) == counts


def test_a_grade_for_all_and_stars_beside_a_grade():
    rows = read_all(风险点="1.甲\n2.乙", 表现形式="", 等级="高", 措施="登记")
    assert said(rows) == [("甲", Grade.I), ("乙", Grade.I)]
    rows = read_all(风险点="★★☆甲\n★☆☆乙", 岗位="岗", 等级="高", 措施="登记")
    assert said(rows) == [("★★☆甲", Grade.I), ("★☆☆乙", Grade.I)]


def test_a_row_with_a_code_of_ours_is_one_point_whatever_it_says():
    (row,) = read_all(风险点="1.甲；2.乙", 等级="高", 措施="登记", 编号="MJ-000001")
    assert row.values[Column.TITLE] == "1.甲；2.乙"
    (row,) = read_all(风险点="★★☆甲", 等级="待定", 措施="登记", 编号="MJ-000001")
    assert (row.values[Column.TITLE], row.grade) == ("★★☆甲", None)


@given(st.text("★☆甲乙12.、(（)）①②一二;；。\n ", max_size=40))
def test_parts_of_points_hold_the_whole_cell(text):
    parts = point_parts(text)
    if parts:
        assert "".join("".join(part.written.split()) for part in parts) == "".join(text.split())
        assert all(part.text and "".join(part.text.split()) in "".join(part.written.split()) for part in parts)


# ---- several tables, text below merged cells, numbers


def test_tables_below_each_other_are_read_with_their_own_headings():
    rows = [
        ["序号", "风险点", "等级", "措施"],
        ["1", "甲", "高", "登记"],
        ["二、业务流程风险"],
        ["序号", "措施", "等级", "风险点"],
        ["1", "检查", "低", "乙"],
    ]
    ledger = read(rows, [(2, 0, 2, 3)])
    assert said(ledger.rows) == [("甲", Grade.I), ("乙", Grade.III)]
    assert ledger.rows[1].measures == ["检查"]
    assert (ledger.rows[0].category, ledger.rows[1].category) == ("", Category.PROCESS)
    assert account([ledger.tables[0].sheet], ledger.tables, stored(ledger))[0].lost == 0


def test_repeated_headings_on_each_page_are_no_points():
    heading = ["序号", "风险点", "等级", "措施"]
    over = ["", "", "风险等级", ""]
    ledger = read([heading, ["1", "甲", "高", "登记"], heading, ["2", "乙", "低", "检查"]])
    assert said(ledger.rows) == [("甲", Grade.I), ("乙", Grade.III)]
    merged = [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3), (3, 0, 4, 0), (3, 1, 4, 1), (3, 2, 3, 3)]
    top, low = ["序号", "风险点", "廉政风险", ""], ["", "", "等级", "表现形式"]
    ledger = read([top, low, ["1", "甲", "高", "文"], top, low, ["2", "乙", "低", "文"]], merged)
    assert said(ledger.rows) == [("甲", Grade.I), ("乙", Grade.III)]
    assert over not in [row.values for row in ledger.rows]


def test_text_that_merged_cells_cover_is_kept():
    rows = [
        ["序号", "科室", "风险点", "等级"],
        ["1", "法规科", "甲", "高"],
        ["2", "秘书科", "乙", "低"],
        ["3", "法规科", "丙", "低"],
    ]
    ledger = read(rows, [(1, 1, 3, 1)])
    assert [row.section for row in ledger.rows] == ["法规科"] * 3
    assert [row.kept for row in ledger.rows] == [{}, {"below merged cells": "秘书科"}, {}]
    cells, lost = account([ledger.tables[0].sheet], ledger.tables, stored(ledger))
    assert (cells.read, cells.placed, cells.remarks, cells.numbers, lost) == (16, 8, 1, 3, [])


@pytest.mark.parametrize("text", ["1", "1.1", "（一）", "①", "十二", "3、", "1-2", "⒈", "㈠"])
def test_numbers_of_rows(text):
    assert is_number_mark(text)


def test_what_is_no_number_in_the_number_column_is_kept():
    (row,) = read_all(序号="1（新增）", 风险点="甲", 等级="高")
    assert row.kept == {"序号": "1（新增）"}
    assert not is_number_mark("一级")


def test_what_a_person_said_of_a_heading_comes_before_what_everybody_knows():
    cells = {"标题": "甲", "风险点": "乙", "等级": "高", "措施": "登记"}
    rows = [list(cells), list(cells.values())]
    (row,) = read(rows, learned={word_form("标题"): Column.TITLE}).rows
    assert (row.values[Column.TITLE], row.kept) == ("甲", {"风险点": "乙"})
    (row,) = read(rows, learned={word_form("措 施"): Column.REMARK}).rows
    assert (row.measures, row.kept) == ([], {"标题": "甲", "措施": "登记"})


def test_a_table_is_found_by_headings_somebody_taught():
    rows = [["隐患", "后果", "层级高低"], ["甲", "乙", "高"]]
    assert read(rows).rows == []
    learned = {"隐患": Column.TITLE, "后果": Column.MANIFESTATION, "层级高低": Column.GRADE}
    assert said(read(rows, learned=learned).rows) == [("甲", Grade.I)]


# ---- proposals


@pytest.mark.parametrize(
    ("matter", "title", "category"),
    [
        ("制度机制", "对现有制度执行力不强。", Category.INSTITUTIONAL),
        ("", "利用职务便利谋取私利，滥用职权。", Category.DUTY),
        ("", "服务对象说情、打招呼。", Category.ENVIRONMENT),
        ("", "未按规定程序受理。", Category.PROCESS),
        ("", "理想信念动摇，弄虚作假。", Category.MORAL),
        ("", "服务對象說情、打招呼。", Category.ENVIRONMENT),
        ("", "用车", None),
        ("", "渎职；说情", None),
    ],
)
def test_a_category_is_proposed_from_the_words(matter, title, category):
    (row,) = read_all(权力事项=matter, 风险点=title, 等级="高", 措施="登记")
    proposal = propose_category(row)
    assert (proposal and proposal.category) == category
    assert row.category == ""
    if proposal:
        assert (proposal.place, proposal.sheet, proposal.row) == ("表!2", "表", 2)
        assert all(word in proposal.why for word in proposal.words)


def test_nothing_is_proposed_where_the_file_names_the_category():
    (row,) = read_all(风险类别="业务流程", 风险点="利用职务便利谋取私利", 等级="高")
    assert propose_category(row) is None


@pytest.mark.parametrize("script", ["s2t", "s2tw", "s2hk"])
def test_words_of_proposals_are_known_in_traditional_characters(script):
    convert = opencc.OpenCC(script).convert
    for line in WORDS.values():
        for word in line.split():
            assert word_form(convert(word)) == word_form(word)


# ---- every cell is found again

TEXTS = st.text("甲乙丙高中低★☆12.、；。\n（）待定 ", max_size=10)
HEADS = st.lists(
    st.sampled_from(
        ["序号", "科室", "岗位", "层次", "风险类别", "权力事项", "表现形式", "等级", "防控措施", "责任人", "责任领导", "编号", "备注",
         "依据", "科室", "说明", "责任部门", "单位", ""]
    ),
    max_size=9,
)  # fmt: skip


@st.composite
def tables(draw):
    """Draw a sheet: title, headings, rows, lines between them, and merges that do not overlap."""
    headings = draw(st.permutations(["风险点", "等级", *draw(HEADS), "措施"]))
    width = len(headings)
    body = draw(st.lists(st.lists(TEXTS, min_size=1, max_size=width + 1), min_size=1, max_size=8))
    lines = draw(st.sets(st.integers(0, len(body) - 1), max_size=3))
    rows = [["某局台账"], headings]
    merged = []
    for number, cells in enumerate(body):
        if number in lines:
            merged.append((len(rows), 0, len(rows), width - 1))
            rows.append([cells[0]])
        else:
            rows.append(cells)
    column = draw(st.integers(0, width - 1))
    first = draw(st.integers(1, len(rows) - 1))
    last = draw(st.integers(first, len(rows) - 1))
    if not any(first <= merge[0] <= last for merge in merged) and first != last:
        merged.append((first, column, last, column))
    return Sheet("表", [list(row) for row in rows], merged)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_every_cell_of_any_table_is_found_again(sheet):
    ledger = read_ledger([sheet], unit_name="某局", unit_code="MJ")
    cells, lost = account([sheet], ledger.tables, stored(ledger))
    filled = sum(bool(text.strip()) for row in sheet.rows for text in row)
    assert lost == []
    assert cells.read + cells.elsewhere == filled
    assert cells.placed + cells.remarks + cells.headings + cells.numbers == cells.read


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text("子丑寅卯", min_size=3, max_size=6), min_size=6, max_size=6, unique=True), st.data())
def test_what_a_reading_forgets_is_named(texts, data):
    """Take any one text away from the rows as they would be stored: the account misses exactly its cell."""
    columns = [Column.MATTER, Column.MANIFESTATION, Column.RESPONSIBLE, Column.LEADER, Column.MEASURES]
    headings = ["风险点", "等级", *[str(HEADINGS[name]) for name in columns], "依据"]
    sheet = Sheet("表", [headings, ["用车", "高", *texts]], [])
    ledger = read_ledger([sheet], unit_name="某局", unit_code="MJ")
    (row,) = ledger.rows
    forgotten = data.draw(st.sampled_from(range(len(texts))))
    if forgotten == len(columns):
        poorer = replace(row, kept={})
    elif columns[forgotten] == Column.MEASURES:
        poorer = replace(row, measures=[], as_written={Column.GRADE: "高"})
    else:
        poorer = replace(row, values=row.values | {columns[forgotten]: ""})
    cells, (problem,) = account([sheet], ledger.tables, [Stored(poorer, ("某局",))])
    assert (problem.row, problem.column) == (2, "CDEFGH"[forgotten])
    assert (cells.lost, cells.read) == (1, 16)
