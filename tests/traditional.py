"""Makes the traditional catalog from the simplified one: python -m tests.traditional, or python3 dev.py traditional

The wording is that of the simplified catalog, in traditional characters and with corner quotes. Words of the glossary's 繁體
column and of `integrity/locale/zh_Hant/words.txt` go before those of OpenCC's dictionaries.
"""

import ast
import json
import re
import sys
import tempfile
from functools import cache
from pathlib import Path

import opencc

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "integrity" / "locale"
SIMPLIFIED, TRADITIONAL = (LOCALE / name / "LC_MESSAGES" / "django.po" for name in ("zh_Hans", "zh_Hant"))
WORDS = LOCALE / "zh_Hant" / "words.txt"
GLOSSARY = ROOT / "docs" / "glossary.md"

# Simplified characters to traditional ones with the forms common today; it changes no vocabulary (that would be "s2twp").
CONFIGURATION = "s2tw.json"
# “ ” and, inside them, ‘ ’ are 「 」 and 『 』 in traditional script, also around figures and foreign words.
QUOTES = str.maketrans("“”‘’", "「」『』")
HEADER = """\
# Traditional Chinese wording of the integrity-risk registry, made from the simplified one: change that, or the words
# beside this catalog, and run python3 dev.py traditional. See docs/how-to/translate.md.
# This file is distributed under the same license as the program.
"""
MESSAGE = re.compile(r'(msgstr(?:\[\d+\])?)((?:\s*"(?:[^"\\]|\\.)*")+)')
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def glossary_rows() -> list[dict[str, str]]:
    """Return the rows of the glossary's tables as heading → cell; a row of another length is a ValueError."""
    rows, headings = [], []
    for number, line in enumerate(GLOSSARY.read_text(encoding="utf-8").splitlines(), start=1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells or set(line) <= set("|-: "):
            headings = headings if cells else []
        elif not headings:
            headings = cells
        elif len(cells) != len(headings):
            raise ValueError(f"{GLOSSARY.name}, line {number}: {len(cells)} cells under {len(headings)} headings")
        else:
            rows.append(dict(zip(headings, cells, strict=True)))
    return rows


def words() -> dict[str, str]:
    """Return simplified → traditional: the words of the file, over them those of the glossary, a list term by term."""
    decided = {}
    for number, line in enumerate(WORDS.read_text(encoding="utf-8").splitlines(), start=1):
        if line and not line.startswith("#"):
            simplified, _tab, traditional = line.partition("\t")
            if len(simplified) < 2 or len(simplified) != len(traditional):
                raise ValueError(f"{WORDS.name}, line {number}: {line!r} is no word and its form of the same length")
            decided[simplified] = traditional
    for row in glossary_rows():
        pair = row["简体"].split("、"), row["繁體"].split("、")
        if [len(word) for word in pair[0]] != [len(word) for word in pair[1]]:
            raise ValueError(f"{GLOSSARY.name}: {row['简体']} and {row['繁體']} do not match character by character")
        decided |= {word: form for word, form in zip(*pair, strict=True) if len(word) > 1}
    return decided


@cache
def _converter() -> opencc.OpenCC:
    """Return OpenCC with our words in front of its own."""
    share = Path(opencc.__file__).parent / "clib" / "share" / "opencc"
    with tempfile.TemporaryDirectory() as place:
        ours = Path(place, "words.txt")
        ours.write_text("".join(f"{word}\t{form}\n" for word, form in sorted(words().items())), encoding="utf-8")

        def settled(part):
            """Return a part of the configuration with full paths, and our words in every group of phrases."""
            if isinstance(part, list):
                return [settled(each) for each in part]
            if not isinstance(part, dict):
                return part
            part = {key: str(share / each) if key == "file" else settled(each) for key, each in part.items()}
            if part.get("match_policy") == "union":
                part["dicts"].insert(0, {"type": "text", "file": str(ours)})
            return part

        configuration = Path(place, "ours.json")
        configuration.write_text(json.dumps(settled(json.loads((share / CONFIGURATION).read_text(encoding="utf-8")))))
        return opencc.OpenCC(str(configuration))


def traditional(text: str) -> str:
    """Return a simplified text in traditional characters and quotes."""
    return _converter().convert(text).translate(QUOTES)


def convert_catalog(text: str) -> str:
    """Return the text of a simplified .po file as that of the traditional one; obsolete entries are left out.

    Flags stay, and what is empty stays empty: the tests speak of those in both catalogs.
    """
    header, *entries = (part for part in text.strip().split("\n\n") if not re.search("^#~", part, re.MULTILINE))
    header = re.sub(r"\A(?:#.*\n)*", HEADER, header)
    header = header.replace("Simplified", "Traditional").replace("zh_Hans", "zh_Hant")
    return "\n\n".join([header, *(MESSAGE.sub(_converted, entry) for entry in entries)]) + "\n"


def _converted(found: re.Match) -> str:
    said = traditional("".join(ast.literal_eval(each) for each in STRING.findall(found[2])))
    lines = said.splitlines(keepends=True) or [""]
    lines = lines if len(lines) == 1 else ["", *lines]
    return " ".join([found[1], "\n".join(_quoted(line) for line in lines)])


def _quoted(line: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        line = line.replace(plain, escaped)
    return f'"{line}"'


def main() -> None:
    """Write the catalog and say what changed."""
    try:
        text = convert_catalog(SIMPLIFIED.read_text(encoding="utf-8"))
    except ValueError as why:
        sys.exit(str(why))
    before = TRADITIONAL.read_text(encoding="utf-8") if TRADITIONAL.exists() else ""
    TRADITIONAL.parent.mkdir(parents=True, exist_ok=True)
    TRADITIONAL.write_text(text, encoding="utf-8", newline="\n")
    place = TRADITIONAL.relative_to(ROOT).as_posix()
    print(f"{place} was written anew; read what differs." if text != before else f"{place} is up to date.")


if __name__ == "__main__":
    main()
