"""Rows copied from a spreadsheet become entries of a declaration."""

import time

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from registry.actions import declarations
from registry.actions.pasting import paste_points
from registry.models import AuditEntry, MeasureVersion, PointVersion
from registry.rules import Changed, Refused
from registry.rules.pasting import MOST_MEASURES, MOST_ROWS, Pasted, cells_of, read_pasted
from tests import factories

pytestmark = pytest.mark.django_db


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


RIGHT = (
    "风险点\t风险类别\t防控措施\t责任人\t等级\r\n"
    '未经审批用印\t岗位职责\t"1.双人保管\n2.用印""留痕"""\t科长\t高\r\n'
    "超期不办\t业务流程风险\t抽查\t\t\r\n"
)


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a\tb\r\nc\td\r\n", [["a", "b"], ["c", "d"]]),
        ('"1.甲\n2.乙"\t丙', [["1.甲\n2.乙", "丙"]]),
        ('"他说""好"""\tb', [['他说"好"', "b"]]),
        ('"他"说\tb', [['"他"说', "b"]]),
        ('a\t"开了没关\nc\td', [["a", '"开了没关'], ["c", "d"]]),
        ("\tb\n\t\n\n", [["", "b"]]),
        ("", []),
        ("\t\t", []),
        ('"a\tb"\t""', [["a\tb", ""]]),
    ],
)
def test_cells_as_the_clipboard_gives_them(text, rows):
    assert cells_of(text) == rows


@pytest.mark.once
def test_by_headings_or_in_the_order_shown():
    pasted = read_pasted(RIGHT)
    assert pasted.is_right and pasted.left_out == ["等级"]
    first, second = pasted.points
    assert (first.row, first.title, first.category) == (2, "未经审批用印", "duty")
    assert [measure["text"] for measure in first.measures] == ["双人保管", '用印"留痕"']
    assert {measure["responsible"] for measure in first.measures} == {"科长"}
    assert (second.category, [measure["text"] for measure in second.measures]) == ("process", ["抽查"])
    (point,) = read_pasted("思想道德\t\t收受礼品\t节日期间\t登记上交\t本人\t多余").points
    assert (point.category, point.matter, point.title, point.manifestation) == ("moral", "", "收受礼品", "节日期间")
    assert read_pasted("思想道德\t\t收受礼品\t节日期间\t登记上交\t本人\t多余").left_out == ["column 7"]


@pytest.mark.once
def test_everything_that_is_wrong_is_named_with_row_and_column():
    pasted = read_pasted("自创类\t\t\n\t\t" + "长" * 201 + "\n岗位职责\t\t甲\t\x07乙\n岗位职责\t\t甲\t\t" + "长" * 2001)
    assert not pasted.is_right
    found = [(point.row, column, sentence) for point in pasted.points for column, sentence in point.problems]
    assert [(row, column) for row, column, _sentence in found] == [
        (1, "risk category"), (1, "risk point"), (2, "risk category"), (2, "risk point"),
        (3, "main content and how it shows"), (4, "preventive measures"),
    ]  # fmt: skip
    assert "自创类" in found[0][2] and "U+0007" in found[4][2]
    assert [bool(read_pasted(text).problems) for text in ("", " \n", "风险点\t风险类别")] == [True] * 3
    many = "\n".join(["岗位职责\t\t甲"] * (MOST_ROWS + 1))
    assert "At most 50 rows" in read_pasted(many).problems[0]
    assert not Pasted().is_right


def test_all_of_them_or_none_and_never_twice(body, monkeypatch):
    draft = factories.draft(body)
    points = read_pasted(RIGHT).points
    added = paste_points(by=body["holder"], declaration=draft, points=points, expected=1)
    assert [version.title for version in added] == ["未经审批用印", "超期不办"]
    assert (added[0].level, added[0].post, added[0].grade) == ("post", draft.post, None)
    assert MeasureVersion.objects.filter(point_version=added[0]).count() == 2
    assert AuditEntry.objects.filter(act="point.save").count() == 3
    with pytest.raises(Changed):
        paste_points(by=body["holder"], declaration=draft, points=points, expected=1)
    assert draft.pointversions.count() == 3
    # Some of too many would fit; none is added.
    monkeypatch.setattr(declarations, "MOST_POINTS", 4)
    with pytest.raises(Refused, match="at most"):
        paste_points(by=body["holder"], declaration=draft, points=points, expected=3)
    assert draft.pointversions.count() == 3


@pytest.mark.once
def test_the_page_shows_them_first_and_keeps_what_was_pasted(body, client_of):
    draft = factories.draft(body)
    client, address = client_of("holder"), reverse("registry:points-paste", args=[draft.pk])
    assert address in client.get(reverse("registry:declaration-edit", args=[draft.pk])).content.decode()
    assert client.get(address).status_code == 200
    shown = client.post(address, {"expected": 1, "cells": RIGHT, "look": "1"})
    assert shown.status_code == 200 and "Add 2 risk points" in shown.content.decode()
    assert draft.pointversions.count() == 1
    wrong = client.post(address, {"expected": 1, "cells": "自创类\t\t甲\t保留", "add": "1"})
    assert wrong.status_code == 422 and "自创类\t\t甲\t保留" in wrong.content.decode()
    assert client.post(address, {"expected": 1, "cells": RIGHT, "add": "1"}).status_code == 302
    assert client.post(address, {"expected": 1, "cells": RIGHT, "add": "1"}).status_code == 409
    assert PointVersion.objects.filter(declaration=draft).count() == 3


def test_what_is_pasted_by_the_thousand_is_answered_at_once_and_shortly():
    """Of far too much only so much is read that one sees that it is too much; what the page shows stays small."""
    began = time.process_time()
    rows = read_pasted("甲\n" * 19_000)
    columns = read_pasted("风险点\t风险类别\t" + "\t".join(["甲"] * 60_000) + "\n" + "乙\n" * 19_000)
    lines = "".join(f"{number}.甲\n" for number in range(1, 15_000))
    measures = read_pasted(f'风险点\t风险类别\t防控措施\n甲\t岗位职责\t"{lines}"')
    assert time.process_time() - began < 5
    assert [len(each.points) for each in (rows, columns, measures)] == [MOST_ROWS + 1, MOST_ROWS + 1, 1]
    assert "50" in rows.problems[0] and not measures.is_right
    assert len(measures.points[0].measures) == MOST_MEASURES + 1
