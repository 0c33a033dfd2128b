"""Several things in one cell, as offices number them: measures, and risk points that begin with their grade as stars.

A cell is taken apart only where its marks leave no doubt; otherwise it stays whole.
"""

import re
from dataclasses import dataclass

from .vocabulary import Grade

STARS = {"★★★": Grade.I, "★★☆": Grade.II, "★☆☆": Grade.III}

_CHINESE_DIGITS = "零一二三四五六七八九"
# Marks that are one character: the first and the last of each kind.
_SINGLE = ("①⑳", "⑴⒇", "⒈⒛", "㈠㈩", "❶❿")
# A way of numbering: a mark at the beginning of a line, or within a line after a sign that ends a clause.
_BEGINNING = r"(?:^|(?<=[\n;；。]))[^\S\n]*"
_NUMBERINGS = (
    re.compile(_BEGINNING + r"(\d{1,2})[.．](?!\d)"),
    re.compile(_BEGINNING + r"(\d{1,2})、"),
    re.compile(_BEGINNING + r"(\d{1,2})[)）]"),
    re.compile(_BEGINNING + r"[(（](\d{1,2})[)）]"),
    *(re.compile(_BEGINNING + f"([{first}-{last}])") for first, last in _SINGLE),
    re.compile(_BEGINNING + r"([一二三四五六七八九十]{1,3})、"),
    re.compile(_BEGINNING + r"[(（]([一二三四五六七八九十]{1,3})[)）]"),
    # Within a numbered step: 2.1, 2.2, all of one step.
    re.compile(_BEGINNING + r"(?P<step>\d{1,2})[.．](\d{1,2})(?![\d.．])"),
)
_STARS_IN_FRONT = re.compile(_BEGINNING + f"({'|'.join(STARS)})")
_CLAUSE_ENDS = (";", "；", "。")


@dataclass(frozen=True)
class Part:
    """One thing of a cell: as it was written, and without its mark. `stars` are the grade it begins with, or empty."""

    written: str
    text: str
    stars: str = ""


def _number(mark: str) -> int:
    """Return the number a mark stands for; 0 when it is none."""
    if mark.isascii():
        return int(mark)
    for first, last in _SINGLE:
        if first <= mark <= last:
            return ord(mark) - ord(first) + 1
    tens, ten, ones = mark.partition("十")
    if not ten:
        return _CHINESE_DIGITS.find(mark) if len(mark) == 1 else 0
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return 0
    return (_CHINESE_DIGITS.find(tens) if tens else 1) * 10 + (_CHINESE_DIGITS.find(ones) if ones else 0)


def numbered_parts(text: str) -> list[Part]:
    """Return the parts of a cell whose marks of one kind count from 1 without a gap, at least two; else none.

    The parts hold, in order, every character but white space; without their marks every one but the marks.
    """
    text = text.strip()
    for numbering in _NUMBERINGS:
        if not numbering.match(text):  # nearly every cell; only lists are searched through
            continue
        marks = list(numbering.finditer(text))
        if len(marks) < 2 or len({mark.groupdict().get("step") for mark in marks}) > 1:
            continue
        if [_number(mark[mark.lastindex]) for mark in marks] != list(range(1, len(marks) + 1)):
            continue
        parts = _cut(text, marks)
        if all(part.text for part in parts):
            return parts
    return []


def _cut(text: str, marks: list[re.Match]) -> list[Part]:
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [
        Part(text[mark.start() : end].strip(), text[mark.end() : end].strip())
        for mark, end in zip(marks, ends, strict=True)
    ]


def split_measures(text: str) -> list[str]:
    """Return the measures of one cell.

    A cell is split where its marks count from 1, else where every line but the last ends a sentence. The parts hold, in
    order, every character but white space and the marks.
    """
    text = text.strip()
    if parts := numbered_parts(text):
        return [part.text for part in parts]
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and all(line.endswith(_CLAUSE_ENDS) for line in lines[:-1]):
        return lines
    return [text] if text else []


def point_parts(text: str) -> list[Part]:
    """Return the risk points of one cell: each begins with its grade as stars, or the marks count from 1; else none.

    A single one that begins with stars is one part. A line without stars goes on with the one above only where that
    broke off within a sentence; anything else leaves doubt.
    """
    text = text.strip()
    if not _STARS_IN_FRONT.match(text):
        return [_starred(part) for part in numbered_parts(text)]
    stars = list(_STARS_IN_FRONT.finditer(text))
    parts = []
    for part, mark in zip(_cut(text, stars), stars, strict=True):
        lines = [line.strip() for line in part.text.split("\n") if line.strip()]
        if not lines or any(line.endswith(_CLAUSE_ENDS) for line in lines[:-1]):
            return []
        parts.append(Part(part.written, "".join(lines), mark[1]))
    return parts


def _starred(part: Part) -> Part:
    stars = part.text[:3]
    text = part.text[3:].strip()
    return Part(part.written, text, stars) if stars in STARS and text else part


_COUNT = re.compile(r"(?:(\d{1,3})个?([高中低])|([高中低])(?:风险)?(\d{1,3})个?)[,，、;；和\s]*")


def grade_counts(text: str) -> dict[int, int]:
    """Return how many points have which grade where a cell only counts them (1中2低, 高1个、中2个); empty where it does not."""
    grades = {"高": Grade.I, "中": Grade.II, "低": Grade.III}
    found: dict[int, int] = {}
    text, at = text.strip(), 0
    while at < len(text):
        count = _COUNT.match(text, at)
        if count is None:
            return {}
        grade = grades[count[2] or count[3]]
        if grade in found:
            return {}
        found[grade], at = int(count[1] or count[4]), count.end()
    return found
