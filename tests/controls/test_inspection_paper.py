"""What leaves the system about inspections and draws: sheets as PDF, workbooks; hostile text breaks none."""

import io

import openpyxl
import pdfplumber
import pytest
from django.urls import reverse
from django.utils import translation

from controls.actions import inspections
from controls.documents import draws as draw_documents
from controls.documents import inspections as documents
from controls.models import Inspection, InspectionLine
from tests import factories

from . import inspected

HOSTILE = "=1+1 <script>alert(1)</script> & “引号” \\ ' 喆·买买提"


@pytest.fixture(autouse=True)
def in_english(settings):
    """What is printed is in the language of the house; here that is English, so that it can be compared."""
    settings.LANGUAGE_CODE = "en"
    with translation.override("en"):
        yield


@pytest.fixture
def signed(body) -> Inspection:
    factories.standing_in(body)
    inspected.filed(body, "holder", 3, 3)
    sheet = inspected.issued(body).inspections.get()
    return inspected.signed(body, sheet, "stand_in", ("no", HOSTILE), ("yes", ""))


def pages(sheet) -> list:
    with pdfplumber.open(io.BytesIO(sheet.pdf())) as document:
        return [(page.width, page.height, page.extract_text()) for page in document.pages]


def test_a_signed_sheet_on_paper(body, signed):
    sheet = documents.inspection_sheet(signed, inspections.sheet_lines(signed))
    found = pages(sheet)
    width, height, text = found[0]
    assert (round(width), round(height)) == (842, 595)  # A4 landscape
    assert signed.number in text and signed.digest[:30] in text.replace("\n", "")
    assert f"{body['stand_in'].name} for {body['head'].name}" in text
    assert "not carried out" in text and "<script>" in text
    assert f"Page 1 of {len(found)}" in text
    assert "□" not in text and "signature" not in text
    assert signed.number in sheet.file_name


def test_a_blank_sheet_for_filling_in_by_hand(signed):
    text = "".join(
        page[2] for page in pages(documents.inspection_sheet(signed, inspections.sheet_lines(signed), blank=True))
    )
    assert text.count("□") == 8 and "Who checked (signature):" in text and "Who was checked (signature):" in text
    assert HOSTILE[:4] not in text and inspected.OPINION[:6] not in text and signed.digest[:30] not in text


def test_a_long_sheet_has_its_heading_on_every_page(signed):
    lines = inspections.sheet_lines(signed)
    many = [
        InspectionLine(
            ordinal=number, point_version=lines[0].point_version, measure_version=None, answer="yes", note=""
        )
        for number in range(1, 41)
    ]
    found = pages(documents.inspection_sheet(signed, many))
    assert len(found) > 2
    assert all("What is checked" in text for _w, _h, text in found[:-1])
    assert [f"Page {number} of {len(found)}" in text for number, (_w, _h, text) in enumerate(found, start=1)] == [
        True
    ] * len(found)


def test_the_workbook_of_a_sheet(signed):
    book = openpyxl.load_workbook(io.BytesIO(documents.inspection_workbook(signed, inspections.sheet_lines(signed))))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    values = [cell.value for cell in cells]
    assert HOSTILE in values and not [cell for cell in cells if cell.data_type == "f"]
    assert any(signed.number in str(value) for value in values)


def test_the_summary_on_paper_and_as_a_workbook(signed):
    found = documents.summary(Inspection.objects.all())
    sheet = documents.summary_sheet(found, scope="云岭地区财政局", made_on=factories.today())
    text = "".join(page[2] for page in pages(sheet))
    assert "Signed late" in text and "Findings raised from these sheets: 0" in text
    body = documents.summary_workbook(found, scope="云岭地区财政局", made_on=factories.today())
    book = openpyxl.load_workbook(io.BytesIO(body))
    assert book.sheetnames == ["Inspections", "Answers"]
    rows = list(book["Inspections"].iter_rows(values_only=True))
    assert ("all", 1, 1, 0, 0, 0, 0) in rows


def test_a_draw_on_paper(body):
    for name in ("holder", "colleague"):
        inspected.filed(body, name, 2)
    draw = inspected.committed(body)
    assert draw.list_digest[:20] in pages(draw_documents.draw_sheet(draw))[0][2]
    draw = inspected.revealed(body, draw)
    text = "".join(text for _w, _h, text in pages(draw_documents.draw_sheet(draw)))
    assert draw.names[0].key in text and draw.final[:20] in text and "Who revealed (signature):" in text


@pytest.mark.parametrize("route", ["inspection-pdf", "inspection-workbook"])
def test_files_are_given_to_be_kept_under_their_number(signed, client_of, route):
    response = client_of("holder").get(reverse(f"controls:{route}", args=[signed.pk]))
    assert response.status_code == 200 and signed.number in response.headers["Content-Disposition"]
