"""Every kind of sheet: as it was approved of (tests/golden), in three languages, by the rules of PDF/UA-1.

A change that is meant is written anew with GOLDEN=write in the environment, and looked at in the difference git shows.
"""

import json
import os
import re
from itertools import zip_longest
from pathlib import Path

import pytest

from registry.output import pdf
from tests.browser.conftest import LATIN
from tests.test_catalogs import CATALOGS, read_catalog

from .kinds import make_content, makers
from .paper import described, element_texts, opened, page_texts, tags, ua_problems

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
HAN = re.compile(r"[\u3400-\u9fff]")
# Positions in millimetres and shades of 16 may differ by this much: a glyph more or less in the head of the audit chain.
NEAR, SHADES = 0.3, 1
# What stands in Latin letters on a Chinese sheet beside that: the address and the code for checking, in pieces of lines.
TYPED = re.compile(r"https?:/*|registry\.example|verify|\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")

# One of each template and paper; the others differ from these in what they are filled with.
IN_EVERY_LANGUAGE = {
    "post-declaration",
    "section-declaration",
    "notice",
    "ledger",
    "measures-table",
    "coverage",
    "blank-post-points",
}

pytestmark = [
    pytest.mark.once,
    pytest.mark.django_db,
    pytest.mark.skipif(bool(pdf.unavailable()), reason="the libraries for PDF are not on this machine"),
]


def compared(path: Path, found: list[list]) -> list[str]:
    """Return where a sheet differs from its golden description."""
    if os.environ.get("GOLDEN") == "write":
        path.write_text("[\n" + ",\n".join(json.dumps(each, ensure_ascii=False) for each in found) + "\n]\n", "utf-8")
    golden = json.loads(path.read_text("utf-8"))
    pairs = list(zip_longest(golden, found))
    return [f"{path.name}: {was} became {is_now}" for was, is_now in pairs if not _alike(was, is_now)]


def _alike(was: list | None, is_now: list | None) -> bool:
    if was is None or is_now is None or len(was) != len(is_now) or was[0] != is_now[0]:
        return False
    if was[0] == "ink":
        pairs = zip(was[1], is_now[1], strict=True)
        return len(was[1]) == len(is_now[1]) and all(abs(int(a, 16) - int(b, 16)) <= SHADES for a, b in pairs)
    return all(
        abs(a - b) <= NEAR if isinstance(a, float) and isinstance(b, float) else a == b
        for a, b in zip(was, is_now, strict=True)
    )


# The large fonts of traditional script take three times as long; one of its sheets is measured in test_sheets every time.
@pytest.mark.parametrize("language", ["zh-hans", pytest.param("zh-hant", marks=pytest.mark.long), "en"])
def test_every_kind_of_sheet_is_as_it_should_be(body, settings, language, record_property):
    made = make_content(body)
    settings.LANGUAGE_CODE = language
    wrong, pages, count = [], 0, 0
    for name, make in makers(body, made).items():
        if language != "zh-hans" and name not in IN_EVERY_LANGUAGE:
            continue
        sheet = make()
        printed = sheet.pdf()
        count += 1
        wrong += [f"{name}: {problem}" for problem in ua_problems(printed)]
        with opened(printed) as document:
            pages += len(document.pages)
            wrong += [f"{name}: {word}" for word in untranslated(document, language)]
            is_kept = language == "zh-hans" or name in ("post-declaration", "notice")
            suffix = "" if language == "zh-hans" else f".{language}"
            if is_kept:
                wrong += compared(GOLDEN / f"{name}{suffix}.json", described(document))
    assert wrong == []
    record_property("figure", f"{language}: {count} kinds of sheets, {pages} pages, as approved of and by PDF/UA-1")


def untranslated(document, language: str) -> set[str]:
    """Return what stands on a sheet in another language than it ought to, of what nobody typed."""
    if language != "en":
        text = "\n".join(page_texts(document))
        found = set(re.findall(r"[A-Za-z]{2,}", TYPED.sub("", LATIN.sub("", text))))
        if language == "zh-hant":
            found |= {text for text in element_texts(document, "TH", "H2") if text in _simplified_only()}
        return found
    heads = element_texts(document, "TH", "H2") + ([] if _is_notice(document) else element_texts(document, "H1"))
    return {text for text in heads if HAN.search(text)}


def _is_notice(document) -> bool:
    """Say whether its title is somebody's own."""
    return any(figure.alternative for figure in tags(document).every("Figure"))


def _simplified_only() -> set[str]:
    said = [
        {each for message in read_catalog(CATALOGS[code])[1] for each in message.translations if "%" not in each}
        for code in ("zh-hans", "zh-hant")
    ]
    return said[0] - said[1]


def test_a_golden_description_tells_what_changed(body, tmp_path):
    made = make_content(body)
    with opened(makers(body, made)["blank-post-points"]().pdf()) as document:
        found = described(document)
    path = tmp_path / "x.json"
    path.write_text(json.dumps(found), "utf-8")
    assert compared(path, found) == []
    texts = [number for number, each in enumerate(found) if each[0] == "text"]
    for place, value in (
        (1, found[texts[3]][1] + 2),
        (2, found[texts[3]][2] - 1),
        (3, 99.0),
        (4, "Sheet-Kai"),
        (5, ""),
    ):
        changed = [list(each) for each in found]
        changed[texts[3]][place] = value
        assert len(compared(path, changed)) == 1
    ink = next(number for number, each in enumerate(found) if each[0] == "ink" and set(each[1]) != {"0"})
    blank = [["ink", "0" * len(each[1])] if number == ink else each for number, each in enumerate(found)]
    assert len(compared(path, blank)) == 1
