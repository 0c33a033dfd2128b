"""Three languages: every page in each without a word of another, switched where one stands; paper in the house's own."""

import re
from html.parser import HTMLParser
from itertools import product

import pdfplumber
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation
from fontTools.ttLib import TTFont

from registry.documents.declarations import blank_declaration_sheet
from registry.models import Person
from registry.output import pdf

from . import factories
from .browser.conftest import LATIN
from .browser.test_everybody import pages
from .test_catalogs import CATALOGS, ROOT, read_catalog

TAGS = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}
HAN = re.compile(r"[\u3400-\u9fff]")


class Page(HTMLParser):
    """What a page says, by the language it says it in: texts, and what assistive technology reads out."""

    SILENT = {"script", "style"}
    VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
    SPOKEN = {"alt", "aria-label", "placeholder", "title"}

    def __init__(self, response) -> None:
        super().__init__()
        self.said: dict[str, set[str]] = {}
        self.open: list[tuple[str, str]] = []
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        language = given.get("lang") or (self.open[-1][1] if self.open else "")
        for name in self.SPOKEN & set(given):
            self.say(language, given[name] or "")
        if tag not in self.VOID:
            self.open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] not in self.SILENT:
            self.say(self.open[-1][1], data)

    def say(self, language: str, text: str) -> None:
        if text.strip():
            self.said.setdefault(language, set()).add(" ".join(text.split()))


def wordings(code: str) -> set[str]:
    """Return the whole texts of a catalog, without those that something is put into."""
    return {each for message in read_catalog(CATALOGS[code])[1] for each in message.translations if "%" not in each}


def speaking(client: Client, code: str) -> Client:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = code
    return client


# ---- every page


@pytest.mark.once
@pytest.mark.django_db
def test_every_page_says_nothing_in_another_language(body, client_of):
    simplified, traditional = wordings("zh-hans"), wordings("zh-hant")
    # What people typed stays as they typed it.
    names = {person.name for person in Person.objects.all()} | {each.name for each in body.organizations.values()}
    foreign = {"zh-Hans": traditional - simplified, "zh-Hant": simplified - traditional, "en": simplified | traditional}
    visits = pages(body)
    clients = {who: client_of(who) for who, *_rest in visits} | {"": Client()}
    faults = []
    for code, (who, name, arguments, status) in product(TAGS, [("", "login", [], 200), *visits]):
        response = speaking(clients[who], code).get(reverse(name, args=arguments))
        assert (response.status_code, response.headers["Content-Language"]) == (status, code), name
        for tag, texts in Page(response).said.items():
            assert tag in TAGS.values(), f"{name}: {tag!r} of {texts}"
            latin = {text for text in texts if tag != "en" and re.search(r"[A-Za-z]{2,}", LATIN.sub("", text))}
            # What was found in a file is told in the language in which it was looked over.
            found = set() if name == "registry:import" else texts & foreign[tag] - names
            for text in latin | found:
                faults.append(f"{name} in {code} says: {text}")
    assert not faults, "\n".join(sorted(set(faults)))


@pytest.mark.once
def test_templates_and_scripts_hold_no_chinese():
    for path in [*(ROOT / "templates").rglob("*.*"), *(ROOT / "static" / "js").glob("*.js")]:
        text = re.sub(
            r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        assert not HAN.search(text), path


# ---- choosing


@pytest.mark.django_db
@pytest.mark.parametrize("code", TAGS)
def test_every_page_offers_the_other_languages_and_names_its_own(client_of, code):
    others = {tag for other, tag in TAGS.items() if other != code}
    inside = speaking(client_of("holder"), code)
    for page in (
        speaking(Client(), code).get("/login/"),
        inside.get("/"),
        inside.get("/no-such-page/"),
        inside.get(reverse("registry:people")),
    ):
        text = page.content.decode()
        assert f'<html lang="{TAGS[code]}">' in text
        assert set(re.findall(r'name="language" value="[\w-]+" lang="([\w-]+)"', text)) == others
    assert (page.status_code, inside.get("/no-such-page/").status_code) == (403, 404)


@pytest.mark.django_db
def test_the_choice_keeps_the_page_and_is_remembered(client_of):
    client = Client()
    answer = client.post(reverse("set_language"), {"language": "zh-hant", "next": "/login/?next=/ledger/"})
    assert answer.headers["Location"] == "/login/?next=/ledger/"
    cookie = answer.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie.value, cookie["max-age"], cookie["samesite"]) == ("zh-hant", settings.LANGUAGE_COOKIE_AGE, "Lax")
    assert settings.LANGUAGE_COOKIE_AGE > settings.SESSION_COOKIE_AGE
    client.post("/login/", {"username": "holder", "password": factories.PASSWORD, "next": "/ledger/?category=duty"})
    page = client.get("/ledger/?category=duty").content.decode()
    assert '<html lang="zh-Hant">' in page
    assert "廉政風險點臺賬" in page
    assert 'name="next" value="/ledger/?category=duty"' in page


@pytest.mark.django_db
def test_the_answer_to_a_form_leads_back_to_its_page_and_holds_what_was_typed(client_of):
    """What a form answers may stand at an address that shows nothing by itself."""
    page = client_of("holder").post("/password/", {}, headers={"referer": "http://testserver/password/?from=here"})
    text = page.content.decode()
    assert 'name="next" value="http://testserver/password/?from=here"' in text
    assert " data-answer>" in text
    assert " data-answer>" not in client_of("holder").get("/password/").content.decode()


@pytest.mark.django_db
def test_a_language_that_is_none_changes_nothing():
    client = Client()
    client.post(reverse("set_language"), {"language": "zh-tw", "next": "/login/"})
    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies
    assert '<html lang="zh-Hans">' in speaking(client, "tlh").get("/login/").content.decode()


# ---- paper


@pytest.mark.once
def test_paper_is_in_the_language_of_the_house(settings):
    settings.LANGUAGE_CODE = "zh-hant"
    with translation.override("en"):
        html = blank_declaration_sheet().html()
    assert '<html lang="zh-Hant">' in html
    assert "崗位廉政風險點登記表" in html
    assert "岗位" not in html
    assert pdf.missing_glyphs(html) == []


@pytest.mark.once
@pytest.mark.skipif(bool(pdf.unavailable()), reason=pdf.unavailable())
def test_traditional_paper_is_set_in_the_face_that_has_its_forms(tmp_path):
    path = tmp_path / "sheet.pdf"
    path.write_bytes(
        pdf.Layout('<html lang="zh-Hant"><body class="portrait"><h1>臺賬</h1>骨直角過戶</body></html>').pdf()
    )
    with pdfplumber.open(path) as document:
        faces = {char["text"]: char["fontname"].partition("+")[2] for char in document.pages[0].chars}
    assert {faces[each] for each in "骨直角過戶"} == {"Sheet-Rare"}
    assert faces["臺"].startswith("Sheet-Strong")


@pytest.mark.once
def test_the_common_face_holds_both_forms():
    """Taiwan's forms of what is drawn otherwise on the mainland come by the language of the text."""
    font = TTFont(ROOT / "static" / "fonts" / "NotoSerifSC-Regular.otf", lazy=True)
    table = font["GSUB"].table
    systems = [
        record.LangSys
        for script in table.ScriptList.ScriptRecord
        for record in script.Script.LangSysRecord
        if record.LangSysTag.strip() == "ZHT"
    ]
    replaced = set()
    for feature in {index for system in systems for index in system.FeatureIndex}:
        assert table.FeatureList.FeatureRecord[feature].FeatureTag == "locl"
        for lookup in table.FeatureList.FeatureRecord[feature].Feature.LookupListIndex:
            for part in table.LookupList.Lookup[lookup].SubTable:
                replaced |= set(getattr(part, "ExtSubTable", part).mapping)
    glyphs = font.getBestCmap()
    assert {character for character in "骨角過房令誤，。" if glyphs[ord(character)] not in replaced} == set()
