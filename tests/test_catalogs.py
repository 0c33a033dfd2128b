"""The words on screen and paper: every catalog complete, compiled, faithful to its English, and Chinese where nothing else was chosen."""

import ast
import gettext
import re
from dataclasses import dataclass, field
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation.template import templatize

from integrity import wording
from registry.rules import Category, Grade, Level
from registry.rules.workbooks import HEADINGS

from . import traditional

ROOT = Path(__file__).resolve().parent.parent
CATALOGS = {
    code: Path(settings.LOCALE_PATHS[0]) / translation.to_locale(code) / "LC_MESSAGES" / "django.po"
    for code, _name in settings.LANGUAGES
    if code != "en"
}
FORMS = 1  # Chinese has no plural

# What must stand in a translation as it stands in the English: %(name)s, %s, {name}, tags, Excel's page codes.
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w+\}|</?\w+[^>]*>|&[PN]\b")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?()\"']|[,;:!?()\"'][\u4e00-\u9fff]|[\u4e00-\u9fff]\.(?:\s|$)")
ENDS = {".": "。", ":": "：", "?": "？", "…": "…"}

CALLS = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
CALL = re.compile(r"\b(_|n?p?gettext)\(((?:\s*u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\s*,?)+)", re.DOTALL)


@dataclass
class Message:
    """One entry of a catalog."""

    context: str | None = None
    text: str = ""
    plural: str | None = None
    translations: list[str] = field(default_factory=list)
    flags: str = ""

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.text


def read_catalog(path: Path) -> tuple[str, list[Message]]:
    """Return header and messages of a .po file; obsolete entries come as messages flagged so."""
    messages, current = [Message()], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        is_obsolete = line.startswith("#~")
        line = line.removeprefix("#~").strip()
        found = re.fullmatch(r'(?:(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)\s+)?(".*")', line)
        if not found:
            if not line or not current.startswith("#"):
                messages.append(Message())
            current = "#"
            messages[-1].flags += line[2:] if line.startswith("#,") else ""
            continue
        keyword, text = found[1] or current, ast.literal_eval(found[2])
        message = messages[-1]
        message.flags += " obsolete" if is_obsolete else ""
        if keyword == "msgctxt":
            message.context = (message.context or "") + text
        elif keyword == "msgid":
            message.text += text
        elif keyword == "msgid_plural":
            message.plural = (message.plural or "") + text
        elif found[1]:
            message.translations.append(text)
        else:
            message.translations[-1] += text
        current = keyword
    messages = [message for message in messages if message.translations]
    return messages[0].translations[0], messages[1:]


@pytest.fixture(params=CATALOGS)
def code(request) -> str:
    return request.param


@pytest.fixture
def messages(code) -> list[Message]:
    return read_catalog(CATALOGS[code])[1]


def used_in_source() -> dict[tuple[str | None, str], str]:
    """Return every text the program asks a translation for, with a file that does."""
    used = {}
    floors = ("registry", "controls", "cycles", "integrity")
    for path in sorted(path for floor in floors for path in (ROOT / floor).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", "")).removesuffix("_lazy")
                name = name.removesuffix("_noop")
                texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
                if name in CALLS and texts and isinstance(texts[0], str):
                    used[_key(name, texts)] = str(path.relative_to(ROOT))
    for path in sorted((ROOT / "templates").rglob("*.*")):
        for name, arguments in CALL.findall(templatize(path.read_text(encoding="utf-8"))):
            used[_key(name, ast.literal_eval(f"({arguments.rstrip(', ')},)"))] = str(path.relative_to(ROOT))
    return used


def _key(name: str, texts) -> tuple[str | None, str]:
    return (texts[0], texts[1]) if name in ("pgettext", "npgettext") else (None, texts[0])


# ---- every catalog


def test_nothing_is_missing_fuzzy_or_obsolete(messages):
    assert [message.key for message in messages if "fuzzy" in message.flags] == []
    assert [message.key for message in messages if "obsolete" in message.flags] == []
    wanting = [
        message.key
        for message in messages
        if len(message.translations) != (FORMS if message.plural else 1) or not all(message.translations)
    ]
    assert wanting == []


def test_holds_exactly_what_the_program_says(messages):
    used, known = used_in_source(), {message.key for message in messages}
    assert {key: where for key, where in used.items() if key not in known} == {}
    assert known - set(used) == set()


def test_compiled_catalog_is_up_to_date(code, messages):
    with CATALOGS[code].with_suffix(".mo").open("rb") as file:
        compiled = dict(gettext.GNUTranslations(file)._catalog)
    compiled.pop("", None)
    written = {}
    for message in messages:
        text = message.text if message.context is None else f"{message.context}\x04{message.text}"
        if message.plural is None:
            written[text] = message.translations[0]
        else:
            written |= {(text, form): each for form, each in enumerate(message.translations)}
    assert compiled == written, "run: manage.py compilemessages"


def test_placeholders_agree(messages):
    for message in messages:
        expected = sorted(PLACEHOLDER.findall(message.plural or message.text))
        for each in message.translations:
            assert sorted(PLACEHOLDER.findall(each)) == expected, message.text


def test_punctuation_is_full_width(messages):
    """Between Chinese characters; and a sentence ends as its English does."""
    wrong = []
    for message in messages:
        is_sentence = " " in message.text
        for each in message.translations:
            if HALF_WIDTH.search(PLACEHOLDER.sub("一", each)):
                wrong.append(each)
            if is_sentence and any(message.text.endswith(end) != each.endswith(ENDS[end]) for end in ENDS):
                wrong.append((message.text, each))
    assert wrong == []


def test_header_names_the_language_and_no_person(code):
    header, _messages = read_catalog(CATALOGS[code])
    assert f"Language: {translation.to_locale(code)}\n" in header
    assert f"Plural-Forms: nplurals={FORMS}; plural=0;\n" in header
    text = CATALOGS[code].read_text(encoding="utf-8")
    assert "Last-Translator" not in text and not re.search(r"\S+@\S+\.\w", text)
    assert str(ROOT) not in text


def test_sentences_of_django_that_we_word_are_still_its_own():
    """A release that changes one leaves our wording without a use, and the page with Django's own or in English."""

    def texts(path: Path) -> set[str]:
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        calls = [node.args[0] for node in nodes if isinstance(node, ast.Call) and node.args]
        return {each.value for each in calls if isinstance(each, ast.Constant) and isinstance(each.value, str)}

    home = Path(django.__file__).parent
    said = set()
    for part in ("forms/*.py", "core/validators.py", "contrib/auth/*.py"):
        for path in home.glob(part):
            said |= texts(path)
    assert texts(Path(wording.__file__)) - said == set()


# ---- Chinese is what an office sees


def test_default_language_is_simplified_chinese():
    assert settings.LANGUAGE_CODE == "zh-hans"
    assert settings.LANGUAGE_CODE in CATALOGS


@pytest.mark.django_db
@pytest.mark.parametrize("preferred", ["", "en-US,en;q=0.9"])
def test_login_page_is_chinese_whatever_the_browser_prefers(preferred):
    page = Client().get("/login/", headers={"accept-language": preferred}).content.decode()
    assert '<html lang="zh-Hans">' in page
    assert "廉政风险防控登记系统" in page


@pytest.mark.django_db
def test_login_page_is_english_for_who_chose_it():
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "Integrity-risk registry" in client.get("/login/").content.decode()


def test_words_offices_use():
    """The vocabulary of the domain is not a matter of taste: forms, ledgers and their import rest on it."""
    with translation.override("zh-hans"):
        assert " ".join(map(str, Category.labels)) == "思想道德风险 制度机制风险 岗位职责风险 业务流程风险 外部环境风险"
        assert " ".join(map(str, Level.labels)) == "领导班子 科室 岗位"
        assert " ".join(map(str, Grade.labels)) == "一级（高） 二级（中） 三级（低）"
        assert " ".join(map(str, HEADINGS.values())) == (
            "序号 单位/科室 岗位 层次 风险类别 职权事项 风险点 主要内容及表现形式 风险等级 防范措施 责任人 责任领导 编号 备注"
        )


def test_glossary_says_what_the_screens_say(code, messages):
    words = {message.text: message.translations[0] for message in messages if message.context is None}
    column = {"zh-hans": "简体", "zh-hant": "繁體"}[code]
    rows = [row for row in traditional.glossary_rows() if row["English"] in words]
    assert len(rows) > 60
    assert [row for row in rows if words[row["English"]] != row[column]] == []


# ---- traditional Chinese is the simplified wording in other characters


def test_traditional_catalog_is_the_simplified_one_converted():
    simplified, stored = (
        {message.key: message.translations for message in read_catalog(CATALOGS[code])[1]}
        for code in ("zh-hans", "zh-hant")
    )
    made = {key: [traditional.traditional(each) for each in translations] for key, translations in simplified.items()}
    differing = {
        key: (made.get(key), stored.get(key)) for key in made.keys() | stored if made.get(key) != stored.get(key)
    }
    assert differing == {}, "run: python3 dev.py traditional"


def test_traditional_catalog_holds_no_simplified_character():
    """Characters in use in traditional script are those of Big5."""
    wrong = {
        character: each
        for message in read_catalog(CATALOGS["zh-hant"])[1]
        for each in message.translations
        for character in re.findall(r"[\u3400-\u9fff]", each)
        if not character.encode("big5", "ignore")
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("simplified", "expected"),
    [
        ("备案后在此页面办理", "備案後在此頁面辦理"),
        ("若干干部的干预", "若干幹部的干預"),
        ("拟制并发布，制作或复制", "擬制並發布，製作或複製"),
        ("领导签批；复核后恢复；重复、答复、覆盖", "領導簽批；復核後恢復；重複、答覆、覆蓋"),
        ("只有三只，里面和公里", "只有三隻，裡面和公里"),
        ("台账、平台和后台", "臺賬、平臺和後臺"),
        ("工作周期从周一起", "工作周期從周一起"),
        ("准予；准确；核准", "准予；準確；核准"),
        ("一并划转，合并，并说明", "一併劃轉，合併，並說明"),
        ("日历、历次、系统、关系、联系", "日曆、歷次、系統、關係、聯繫"),
        ("登录用户的信息、数据和文件", "登錄用戶的信息、數據和文件"),
        ("群众为本、启用、秘密", "群眾為本、啟用、秘密"),
        ("“%(title)s”：“看‘附件’”", "「%(title)s」：「看『附件』」"),
    ],
)
def test_one_simplified_character_for_several(simplified, expected):
    assert traditional.traditional(simplified) == expected


def test_words_decided_here_come_out_as_decided():
    decided = traditional.words()
    assert {word: form for word, form in decided.items() if traditional.traditional(word) != form} == {}
