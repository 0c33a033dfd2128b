"""Paper: measures, fonts and text of the PDFs, what may get in, who gets which sheet, and a machine that cannot make any."""

import http.server
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override, to_locale

from registry.documents.declarations import blank_declaration_sheet, declaration_sheet
from registry.documents.notice_sheet import notice_sheet
from registry.documents.sheets import Grid, Plan, Unprintable
from registry.models import AuditEntry, Declaration
from registry.output import pdf
from registry.rules import StepKey
from tests import factories

from .kinds import RARE, SECTIONS, content, line
from .ledgers import MERGED_OFFICE, make_unit, take_in, write_file
from .paper import MM, opened

ROOT = Path(settings.BASE_DIR)
needs_libraries = pytest.mark.skipif(bool(pdf.unavailable()), reason="the libraries for PDF are not on this machine")


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def page_text(page) -> str:
    """The characters of a page from top to bottom without any white."""
    return squeezed("".join(char["text"] for char in page.chars))


def column_text(pages, heading: str) -> str:
    """The characters of the column under a heading over all pages, without the heading."""
    found = []
    for page in pages:
        heads = [char for char in page.chars if char["fontname"].endswith("Sheet-Hei")]
        start = squeezed("".join(char["text"] for char in heads)).find(heading)
        if start < 0:
            continue
        mine = [char for char in heads if not char["text"].isspace()][start : start + len(heading)]
        middle = (mine[0]["x0"] + mine[-1]["x1"]) / 2
        found += [
            char["text"] for char in only_body(page).chars if abs(char["x0"] - middle) < 19.5 * MM and char not in heads
        ]
    return squeezed("".join(found))


def counted(pages) -> Counter:
    return Counter("".join(page_text(page) for page in pages))


def only_body(page):
    """The page without its margin boxes."""
    return page.filter(lambda thing: thing.get("bottom", 0) < page.height - 26 * MM)


@pytest.fixture(scope="module")
def forty():
    sheet = notice_sheet(content(*map(line, range(40))))
    return sheet, sheet.pdf()


# ---- measures and fonts


@needs_libraries
def test_a_notice_has_the_measures_of_an_official_document(forty):
    with opened(forty[1]) as document:
        assert len(document.pages) > 3
        for page in document.pages:
            assert (round(page.width / MM), round(page.height / MM)) == (297, 210)
            body = only_body(page).chars
            assert min(char["x0"] for char in body) >= 35 * MM
            assert max(char["x1"] for char in body) <= (297 - 37) * MM + 1
            assert min(char["top"] for char in body) >= 28 * MM - 1
            edges = only_body(page).rects + only_body(page).lines + only_body(page).curves
            if edges:
                assert min(edge["x0"] for edge in edges) == pytest.approx(35 * MM, abs=1)
        first = document.pages[0].chars
        fonts = {(char["fontname"].partition("+")[2], round(char["size"], 1)) for char in first}
        assert {
            ("Sheet-Song", 22.0),
            ("Sheet-FangSong", 16.0),
            ("Sheet-FangSong", 10.5),
            ("Sheet-Hei", 10.5),
            ("Sheet-FangSong", 14.0),
        } <= fonts
        intro = sorted({round(char["bottom"], 1) for char in first if round(char["size"], 1) == 16.0})
        assert intro[1] - intro[0] == pytest.approx(28.99, abs=0.1)


@needs_libraries
def test_the_form_has_the_measures_of_an_official_document():
    with opened(blank_declaration_sheet().pdf()) as document:
        assert len(document.pages) > 1
        for number, page in enumerate(document.pages, start=1):
            assert (round(page.width / MM), round(page.height / MM)) == (210, 297)
            numbers = [char for char in page.chars if char["top"] > (297 - 35) * MM and not char["text"].isspace()]
            assert squeezed("".join(char["text"] for char in numbers)) == f"—{number}—"
            assert {round(char["size"]) for char in numbers} == {14}
            on_the_right = min(char["x0"] for char in numbers) > page.width / 2
            assert on_the_right == bool(number % 2)
            body = [char for char in page.chars if char not in numbers]
            assert min(char["x0"] for char in body) >= 28 * MM
            assert max(char["x1"] for char in body) <= (210 - 26) * MM
            assert min(char["top"] for char in body) >= 37 * MM - 1


@needs_libraries
def test_the_file_is_tagged_and_says_its_language_and_title(forty):
    with opened(forty[1]) as document:
        catalog = document.doc.catalog
        assert catalog["MarkInfo"]["Marked"] is True
        assert catalog["Lang"].decode("utf-8").lower().startswith("zh")
        assert document.metadata["Title"] == "关于岗位廉政风险点的公示"


@needs_libraries
@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_a_page_of_text_has_22_lines_of_28_characters(language):
    text = "廉" * (28 * 22 * 3)  # so much that no line at the end of a page waits for the next
    page = (
        f'<html lang="{to_locale(language).replace("_", "-")}"><body class="portrait paged"><main><div class="sheet">'
    )
    with opened(pdf.Layout(f"{page}<h1></h1><p>{text}</p></div></main></body></html>").pdf()) as document:
        second = document.pages[1].filter(lambda thing: thing.get("text") == "廉")
        lines: dict[float, list] = {}
        for char in second.chars:
            lines.setdefault(round(char["top"], 1), []).append(char)
        assert [len(chars) for chars in lines.values()][:22] == [28] * 22 and len(lines) == 22
        tops = sorted(lines)
        assert [round(after - before, 2) for before, after in pairwise(tops)] == pytest.approx([28.99] * 21, abs=0.11)
        # The text area of 156 × 225 mm, 37 mm from the top and 28 mm from the left edge.
        assert min(char["x0"] for char in second.chars) == pytest.approx(28 * MM, abs=0.5)
        assert max(char["x1"] for char in second.chars) == pytest.approx((28 + 156) * MM, abs=1.5)
        assert tops[0] >= 37 * MM and second.chars[-1]["bottom"] <= (37 + 225) * MM + 0.5
        assert {round(char["size"], 1) for char in second.chars} == {16.0}


@needs_libraries
def test_a_numbered_copy_says_its_number_at_the_head_of_every_page(forty):
    with override(settings.LANGUAGE_CODE):
        words = _("Copy no. %s") % "000012"
    for sheet in (forty[0], blank_declaration_sheet()):
        copy = replace(sheet, serial="000012")
        with opened(copy.pdf()) as document:
            assert len(document.pages) > 1
            for page in document.pages:
                head = page.filter(
                    lambda thing, page=page: thing["bottom"] < (28 if page.width > page.height else 37) * MM
                )
                assert page_text(head) == squeezed(words)
        assert (copy.frame()["copy"], sheet.frame()["copy"]) == (words, "")


# ---- tables over pages


def headed(page) -> bool:
    return "风险点" in page_text(page) and squeezed("主要内容及表现形式") in page_text(page)


@needs_libraries
@pytest.mark.parametrize("count", [1, 40, 120, pytest.param(400, marks=pytest.mark.long)])
def test_every_page_repeats_head_number_and_organization(count):
    lines = [line(number) for number in range(count)]
    with opened(notice_sheet(content(*lines)).pdf()) as document:
        pages = len(document.pages)
        seen = 0
        for number, page in enumerate(document.pages, start=1):
            text = page_text(page)
            assert squeezed(f"第 {number} 页 共 {pages} 页") in text
            assert "GS-CZJ-2026-00003" in text
            rows = [int(found) - 1 for found in re.findall(r"（(\d+)）", text)]
            if not rows:
                assert number == pages  # the end of the notice alone
                continue
            assert headed(page)
            assert rows == list(range(seen, seen + len(rows)))
            seen += len(rows)
            # Merged: each run of an organization is told once on each page that it touches.
            for name in SECTIONS:
                starts = [
                    row for row in rows if lines[row]["organization"] == name and (row == rows[0] or row % 14 == 0)
                ]
                assert text.count(name) == len(starts)
        assert seen == count
        last = page_text(document.pages[-1])
        assert last.index("云岭地区财政局") and "2026年4月20日" in last


@needs_libraries
def test_a_row_is_split_only_when_it_is_longer_than_a_page():
    sentences = [f"第{number}句，登记不全。" for number in range(600)]
    lines = [line(0), line(1, manifestation="".join(sentences)), line(2), line(3)]
    with opened(notice_sheet(content(*lines)).pdf()) as document:
        assert all(headed(page) for page in document.pages[:-1])
        assert "".join(sentences) in column_text(document.pages, "主要内容及表现形式")
        there = counted(document.pages)
        assert not any(Counter(squeezed(each["title"])) - there for each in lines)


def test_cells_are_merged_within_a_page_and_never_around_a_long_row():
    grid = Grid(
        columns=("a", "b"),
        headings=("A", "B"),
        rows=[("x", "1"), ("x", "1"), ("x", "2"), ("x", "2"), ("y", "2")],
        merge_down={0: (), 1: (0,)},
    )

    def spans(plan):
        return [[cell["span"] for cell in each["cells"]] for each in grid.lines(plan)]

    assert spans(Plan()) == [[1, 1]] * 5
    assert spans(Plan(pages=(0, 0, 0, 0, 0))) == [[4, 2], [], [2], [], [1, 1]]
    assert spans(Plan(pages=(0, 0, 0, 1, 1))) == [[3, 2], [], [1], [1, 1], [1, 1]]
    assert spans(Plan(pages=(0, 0, 0, 0, 0), long=frozenset({1}))) == [[1, 1], [1, 1], [2, 2], [], [1, 1]]


# ---- what may get in


HOSTILE = (
    "<script>alert(1)</script><img src=file:///etc/passwd><img src='http://127.0.0.1:PORT/a.png'>",
    "</style><style>@import url(http://127.0.0.1:PORT/b.css);*{display:none}}} url(file:///etc/passwd) {{ title }}",
    "长" * 1000 + "x" * 1000,
)


@pytest.fixture
def listener():
    """A server on this machine that remembers what was asked of it."""
    asked = []

    class Remember(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Remember) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, asked
        server.shutdown()


@needs_libraries
def test_all_text_arrives_and_hostile_text_stays_text(listener):
    port, asked = listener
    hostile = [text.replace("PORT", str(port)) for text in HOSTILE]
    lines = [
        line(0),
        *(line(1, manifestation=text, title=text[:150]) for text in hostile),
        line(2, measures=hostile[:2]),
    ]
    with opened(notice_sheet(content(*lines)).pdf()) as document:
        there = counted(document.pages)
        for each in lines:
            for text in (each["title"], each["manifestation"], *each["measures"]):
                assert not Counter(squeezed(text)) - there
        there = "".join(map(page_text, document.pages))
        assert there.count("长") >= 1150 and "root:" not in there
    assert asked == []


@needs_libraries
@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://127.0.0.1:PORT/x.png", "ftp://127.0.0.1/x"])
def test_nothing_is_fetched_but_our_own(listener, address):
    port, asked = listener
    address = address.replace("PORT", str(port))
    with pytest.raises(ValueError, match="disallowed"):
        pdf._engine().fetcher.fetch(address)
    markup = f'<base href="{address}"><link rel="stylesheet" href="{address}"><img src="{address}"><p>字</p>'
    pdf.Layout(f'<html lang="zh">{markup}<style>p{{background:url("{address}")}}</style></html>').pdf()
    assert asked == []


@needs_libraries
def test_rare_names_are_printed_and_what_no_font_has_is_told():
    with opened(notice_sheet(content(*map(line, range(4)))).pdf()) as document:
        there = "".join(map(page_text, document.pages))
        for name in RARE:
            assert not Counter(name) - Counter(there)
        assert "\ufffd" not in there
        fonts = {char["fontname"].partition("+")[2] for char in document.pages[0].chars if char["text"] in "堃喆玥"}
        assert fonts == {"Sheet-Rare"}
    assert pdf.missing_glyphs("堃喆玥臵㎡镕·\u200b\n\t　 \ufeff") == []
    sheet = notice_sheet(content(line(0, title="印章🙂")))
    with override("zh-hans"), pytest.raises(Unprintable, match=r"🙂 \(U\+1F642\)"):
        sheet.pdf()


@needs_libraries
def test_a_preview_says_that_it_is_one(forty):
    changes = {"number": "", "code": "", "address": "", "starts_on": None, "ends_on": None, "posted_on": None}
    sheet = notice_sheet(content(*map(line, range(8)), **changes))
    marked = [(sheet.mark, True), ("", False)]
    for made, (mark, is_there) in zip((sheet, forty[0]), marked, strict=True):
        assert made.mark == mark
        assert ('class="mark"' in made.body()) == is_there
        assert ("<img" in made.body()) != is_there
    with opened(sheet.pdf()) as document:
        assert all(not Counter(squeezed(sheet.mark)) - counted([page]) for page in document.pages)


# ---- the same bytes

CHILD = """
import os, sys, hashlib
os.environ["DJANGO_SETTINGS_MODULE"] = "integrity.settings"
import django, time_machine
django.setup()
from tests.registry.kinds import content, line
from dataclasses import replace
from registry.documents.declarations import blank_declaration_sheet
from registry.documents.notice_sheet import notice_sheet
with time_machine.travel(sys.argv[1]):
    if sys.argv[2]:
        notice_sheet(content(line(1))).pdf()
    for sheet in (notice_sheet(content(*map(line, range(8)))), replace(blank_declaration_sheet(), serial="000012")):
        print(hashlib.sha256(sheet.pdf()).hexdigest())
"""


@needs_libraries
def test_the_same_content_gives_the_same_bytes_in_any_process_on_any_day():
    def made(seed: str, day: str, zone: str, warm: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C.UTF-8" if warm else "C"}
        command = [sys.executable, "-c", CHILD, day, warm]
        ran = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=120
        )
        return ran.stdout.strip()

    first = made("1", "2026-04-20", "Asia/Shanghai", "warm")
    assert len(first.split()) == 2
    assert first == made("4711", "2027-11-03", "America/Lima", "")


# ---- pages and rights


@needs_libraries
def test_a_declaration_is_printed_with_its_decisions_for_those_on_its_way(body, client_of):
    declaration = factories.submitted(body, points=2)
    factories.decide(declaration, reason="同意上报，措施可行。")
    while declaration.state == "submitted":
        factories.decide(declaration)
    for name, sees in (("holder", True), ("head", True), ("inspector", False)):
        for url in ("registry:declaration-sheet", "registry:declaration-pdf"):
            answer = client_of(name).get(reverse(url, args=[declaration.pk]))
            assert answer.status_code == 200
            if url.endswith("sheet"):
                assert ("同意上报，措施可行。" in answer.text) == sees
                assert "未经审批用印2" in answer.text and "林晓堃" in answer.text
            else:
                with opened(answer.content) as document:
                    there = "".join(map(page_text, document.pages))
                assert ("同意上报，措施可行。" in there) == sees
                assert squeezed(declaration.number) in there
                assert answer.headers["Content-Type"] == "application/pdf"


def test_a_draft_shows_the_boxes_of_its_own_way(body, client_of):
    for name, first in (("holder", StepKey.HEAD), ("head", StepKey.SUPERVISOR)):
        declaration = factories.draft(body, name)
        page = client_of(name).get(reverse("registry:declaration-sheet", args=[declaration.pk])).text
        with override(settings.LANGUAGE_CODE):
            assert page.count('class="step"') == 3 and str(first.label) in page
        assert 'class="mark"' in page


def test_what_was_filed_on_paper_says_so(tmp_path, db):
    unit = make_unit()
    take_in(write_file(tmp_path / "ledger.xlsx", MERGED_OFFICE), unit)
    for declaration in Declaration.objects.filter(origin="imported"):
        sheet = declaration_sheet(
            declaration,
            points=declaration.pointversions.with_measures(),
            nothing_found=[],
            meeting=None,
            with_decisions=True,
        )
        text = sheet.body()
        assert declaration.batch.entered_by.name in text and 'class="step"' not in text
        assert all(point.title in unescape(text) for point in declaration.pointversions.all())


def test_a_sheet_is_there_for_whom_the_page_is_there(body, client_of):
    declaration = factories.submitted(body)
    for url in ("registry:declaration-sheet", "registry:declaration-pdf"):
        assert client_of("mzj_holder").get(reverse(url, args=[declaration.pk])).status_code == 404
        assert Client().get(reverse(url, args=[declaration.pk])).status_code == 302
        assert client_of("holder").post(reverse(url, args=[declaration.pk])).status_code == 405


def test_what_an_owner_is_mending_is_not_printed_for_others(body, client_of):
    declaration = factories.returned(body)
    point = factories.first_point(declaration)
    point.title = "还没有交上来的话"
    point.save()
    url = reverse("registry:declaration-sheet", args=[declaration.pk])
    assert "还没有交上来的话" in client_of("holder").get(url).text
    others = client_of("head").get(url).text
    assert "还没有交上来的话" not in others and "未经审批用印1" in others and "请写清发生在哪个环节。" in others


@needs_libraries
def test_the_ledger_is_printed_with_its_filter_and_noted(body, client_of):
    factories.filed(body, points=3)
    client = client_of("principal")
    query = "?category=duty"
    page = client.get(reverse("registry:ledger-sheet") + query)
    assert page.status_code == 200 and "未经审批用印3" in page.text
    assert reverse("registry:ledger-pdf") + query in page.text
    answer = client.get(reverse("registry:ledger-pdf") + query)
    with opened(answer.content) as document:
        assert (round(document.pages[0].width / MM), round(document.pages[0].height / MM)) == (420, 297)
        there = page_text(document.pages[0])
        assert there.count("未经审批用印") == 3 and there.count("印章管理岗") == 1
    assert AuditEntry.objects.filter(act="ledger.export", actor=body["principal"]).count() == 2
    empty = client.get(reverse("registry:ledger-sheet") + "?category=moral")
    assert "未经审批用印" not in empty.text


@needs_libraries
def test_measures_and_coverage_are_printed_for_whom_their_page_is(body, client_of):
    factories.filed(body, points=2)
    unit = "?organization=CZJ"
    noted = AuditEntry.objects.filter(act="ledger.export")
    page = client_of("principal").get(reverse("registry:ledger-measures-sheet") + unit)
    assert page.status_code == 200 and page.text.count(factories.MEASURE["text"]) == 2
    assert reverse("registry:ledger-measures-pdf") + unit in page.text and noted.count() == 1
    with opened(client_of("principal").get(reverse("registry:ledger-measures-pdf") + unit).content) as document:
        assert "".join(map(page_text, document.pages)).count("CZJ-00000") == 2
    with opened(client_of("principal").get(reverse("registry:coverage-pdf") + unit).content) as document:
        assert "云岭地区财政局" in page_text(document.pages[0])
    for name in ("registry:ledger-measures-sheet", "registry:coverage-sheet"):
        assert client_of("mzj_holder").get(reverse(name) + unit).status_code == 404
        assert client_of("principal").post(reverse(name) + unit).status_code == 405
    for query, status in (("?level=section&phase=measures", 200), ("?level=x", 404), ("?phase=x", 404)):
        assert client_of("holder").get(reverse("registry:declaration-blank") + query).status_code == status


def test_a_long_ledger_is_not_laid_out_while_somebody_waits(body, client_of, monkeypatch):
    factories.filed(body, points=3)
    monkeypatch.setattr("registry.documents.ledger.MOST_ROWS_ON_PAPER", 2)
    for url in ("registry:ledger-sheet", "registry:ledger-pdf"):
        answer = client_of("principal").get(reverse(url))
        assert answer.headers["Location"] == reverse("registry:shelf-new", args=["ledger_sheet"])


# ---- a machine without the libraries

BROKEN = """
import os, sys
class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
sys.meta_path.insert(0, Gone())
os.environ["DJANGO_SETTINGS_MODULE"] = "integrity.settings"
import django
django.setup()
from django.test import RequestFactory
from django.utils.translation import override, to_locale
from registry.documents.declarations import blank_declaration_sheet
from registry.documents.sheets import Unprintable
from registry.output.pdf import INSTALL, unavailable
from registry.views.sheets import sheet_page, sheet_pdf
import integrity.urls
assert "libpango" in unavailable()
sheet = blank_declaration_sheet()
with override("zh-hans"):
    page = sheet_page(RequestFactory().get("/"), sheet, pdf_url="/x.pdf", back_url="/")
assert page.status_code == 200 and INSTALL in page.content.decode() and "/x.pdf" not in page.content.decode()
try:
    sheet_pdf(sheet)
except Unprintable as why:
    assert INSTALL in str(why)
    print("told")
"""


def test_without_the_libraries_the_page_says_the_line_that_mends_it():
    command = [sys.executable, "-c", BROKEN]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.stdout.strip() == "told", ran.stderr
