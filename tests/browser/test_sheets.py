"""The browser's own print of a sheet: paper size, head on every page, nothing of the bar above it."""

import io
import re
import unicodedata

import pdfplumber
import pytest
from django.urls import reverse
from django.utils.translation import gettext as _

from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MM = 72 / 25.4


def plain(text: str) -> str:
    """Without white; and a character, where the browser wrote the radical that looks the same."""
    return unicodedata.normalize("NFKC", re.sub(r"[\s\x01]+", "", text))


@pytest.mark.parametrize(
    ("who", "name", "size"), [("holder", "declaration", (210, 297)), ("principal", "ledger", (420, 297))]
)
def test_a_sheet_prints_from_the_browser(arrive, look, body, who, name, size):
    declaration = factories.filed(body, points=24)
    page = arrive(who)
    page.goto(reverse(f"registry:{name}-sheet", args=[declaration.pk] if name == "declaration" else []))
    look(page)
    page.evaluate("document.fonts.ready.then(() => 0)")
    with pdfplumber.open(io.BytesIO(page.pdf(prefer_css_page_size=True))) as printed:
        assert len(printed.pages) > 1
        texts = [plain("".join(char["text"] for char in sheet.chars)) for sheet in printed.pages]
        assert {(round(sheet.width / MM), round(sheet.height / MM)) for sheet in printed.pages} == {size}
    whole = "".join(texts)
    assert all(f"未经审批用印{number}" in whole for number in range(1, 25))
    assert plain(_("Take the PDF")) not in whole
    if name == "ledger":
        assert all("主要内容及表现形式" in text and "印章管理岗" in text for text in texts)
        assert f"第{len(texts)}页共{len(texts)}页" in texts[-1]
    else:
        assert f"—{len(texts)}—" in texts[-1]
