"""What must not stand on a public notice: numbers that find a person, and words for what was done to one.

Part III §4(2) shows points 在一定范围内公示 (within a certain scope); what a notice never shows is practice. This checker
points, a person decides: whatever is not certain may well be meant in general.

Numbers are looked for in a plain copy of the text, in which digits of every script are 0 to 9, full-width signs are
ASCII, dashes and spaces are uniform and invisible characters are gone. Digits written without a break are a group; a
window is some groups in a row with only separators between them, at most 19 digits in all. Rules look at windows, of
which each group begins only so many: the work grows with the length of the text and no pattern can run away. Two
numbers grown together without a break and numbers spelt in Chinese characters are not found.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SuspicionKind(TextChoices):
    IDENTITY = "identity", _("identity number")
    MOBILE = "mobile", _("mobile phone number")
    LANDLINE = "landline", _("landline number")
    BANK_CARD = "bank_card", _("bank card number")
    EMAIL = "email", _("e-mail address")
    DISPOSAL = "disposal", _("word for a disposal")


@dataclass(frozen=True)
class Suspicion:
    """A finding: `excerpt` as it was written, `place` its first character in the text, counted from 1."""

    kind: SuspicionKind
    excerpt: str
    place: int
    is_certain: bool


def suspicions(text: str) -> list[Suspicion]:
    """Return what looks as if it should not be shown, in the order of the text; no character is reported twice."""
    plain, places = _plain(text)
    found = [*_emails(plain), *_numbers(plain), *_disposals(plain)]
    # Of findings that overlap, an address goes before the number in it, what is certain before what is not, then the
    # kind that says more, then the one that begins earlier and is longer.
    found.sort(key=lambda hit: (hit.kind != SuspicionKind.EMAIL, not hit.is_certain, hit.rank, hit.start, -hit.end))
    taken = bytearray(len(plain))
    kept = []
    for hit in found:
        if not any(taken[hit.start : hit.end]):
            taken[hit.start : hit.end] = b"\x01" * (hit.end - hit.start)
            first, last = places[hit.start], places[hit.end - 1]
            kept.append(Suspicion(hit.kind, text[first : last + 1], first + 1, hit.is_certain))
    return sorted(kept, key=lambda suspicion: suspicion.place)


@dataclass(frozen=True)
class _Hit:
    """A finding in the plain copy: from `start` to before `end`."""

    kind: SuspicionKind
    start: int
    end: int
    is_certain: bool
    rank: int = 9


# --- the plain copy --------------------------------------------------------------------------------------------------

# Traditional characters of the words below (臵 is what machine conversion made of 置), and other alphabets' X.
_FOLDED = str.maketrans(
    "記過級職黨銷務開處嚴紀給從輕誡談話糾錯責書檢辭報評審調偵雙規內產權資財風險預標門別國類發臵ХхΧχ×",
    "记过级职党销务开处严纪给从轻诫谈话纠错责书检辞报评审调侦双规内产权资财风险预标门别国类发置XXXXX",
)


def _plain_character(character: str) -> str:
    """Return the one character that stands for `character` in the plain copy, or nothing if it cannot be seen."""
    category = unicodedata.category(character)
    if (digit := unicodedata.digit(character, None)) is not None:  # also circled, raised and dotted ones
        return str(digit)
    # Zero-width characters, variation selectors, marks laid over a digit, letters that are blank.
    if category in ("Cf", "Mn", "Me") or character in "\u115f\u1160\u2800\u3164\uffa0":
        return ""
    if category == "Pd" or character in "−ー":
        return "-"
    if character.isspace():
        return " "
    # The Chinese comma stays what it is: it divides clauses, and the ASCII one may divide thousands.
    if character != "，" and unicodedata.decomposition(character).startswith(("<wide>", "<small>", "<font>")):
        character = unicodedata.normalize("NFKC", character)
    return character.translate(_FOLDED)


def _plain(text: str) -> tuple[str, list[int]]:
    """Return the plain copy and, for each of its characters, the index in `text`."""
    table = {character: _plain_character(character) for character in set(text)}
    kept = [(table[character], index) for index, character in enumerate(text) if table[character]]
    return "".join(character for character, _index in kept), [index for _character, index in kept]


# --- numbers ---------------------------------------------------------------------------------------------------------

_DIGITS = re.compile(r"[0-9]+")
_GAP = re.compile(r"[ \-()\[\].,，、。·・•/_~|]{1,6}")
_USUAL_GAP = re.compile(r"[ \-()\[\]]*")
_AMOUNT_FOLLOWS = re.compile(r"(?:\.[0-9]{1,2}(?![0-9]))? ?[余多]?[百千]?[元万萬亿億]|\.[0-9]{2}(?![0-9])")


class _Window(NamedTuple):
    """Some groups of digits in a row. `gaps` is all that stands between them, joined."""

    plain: str
    start: int
    end: int
    digits: str
    sizes: tuple[int, ...]
    gaps: str

    @property
    def is_usual(self) -> bool:
        """Say whether only spaces, dashes and brackets divide it."""
        return _USUAL_GAP.fullmatch(self.gaps) is not None

    @property
    def is_amount(self) -> bool:
        return _AMOUNT_FOLLOWS.match(self.plain, self.end) is not None

    def hit(self, kind: SuspicionKind, is_certain: bool, rank: int, end: int | None = None) -> _Hit:
        start = self.start
        if self.plain[start - 1 : start] == "+":
            start -= 1
        if ")" in self.gaps and self.plain[start - 1 : start] == "(":
            start -= 1
        return _Hit(kind, start, end or self.end, is_certain, rank)


def _windows(plain: str) -> Iterator[_Window]:
    """Yield what the rules look at; each group begins at most one window for every length in `_RULES`."""
    groups = [match.span() for match in _DIGITS.finditer(plain)]
    digits = "".join(plain[start:end] for start, end in groups)
    lengths = [end - start for start, end in groups]
    places = [0, *accumulate(lengths)]  # in `digits`, where each group begins
    group_at = {place: number for number, place in enumerate(places)}
    joints = [plain[end:start] for (_start, end), (start, _end) in pairwise(groups)]
    # The number of the group behind the last one that is joined to this one.
    reach = list(range(1, len(groups) + 1))
    for number in range(len(groups) - 2, -1, -1):
        if _GAP.fullmatch(joints[number]):
            reach[number] = reach[number + 1]
    for first, (start, _end) in enumerate(groups):
        for length, (beginning, most_groups, _rules) in _RULES.items():
            last = group_at.get(places[first] + length)  # the number of the group behind the window
            if last is None or last > reach[first] or not beginning.match(digits, places[first]):
                continue
            # Beyond a handful of groups, only a number of which each digit stands by itself.
            if last - first > most_groups and (last - first < length or not _SPELT.match(digits, places[first])):
                continue
            window = digits[places[first] : places[last]]
            gaps = "".join(joints[first : last - 1])
            yield _Window(plain, start, groups[last - 1][1], window, tuple(lengths[first:last]), gaps)


def _numbers(plain: str) -> Iterator[_Hit]:
    for window in _windows(plain):
        for rule in _RULES[len(window.digits)][2]:
            hit = rule(window)
            if hit:
                yield hit


def _is_date(digits: str) -> bool:
    """Say whether eight digits are a day of the twentieth or twenty-first century."""
    if digits[:2] not in ("19", "20"):
        return False
    try:
        dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


# GB/T 2260: the first two digits are the province; 9 begins the numbers of residents from abroad.
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[0-9]")
_IDENTITY_SIZES = {(18,), (6, 8, 4), (6, 4, 4, 4), (6, 12), (14, 4), (3, 3, 4, 4, 4), (3, 3, 8, 4)}
_OLD_IDENTITY_SIZES = {(15,), (6, 6, 3)}
_X = re.compile(r"[ \-()\[\].,，、。·・•/_~|]{0,3}[Xx]")
_WEIGHTS = [pow(2, 17 - place, 11) for place in range(17)]


def _check_character(digits: str) -> str:
    """Return the last character of an identity number from its first 17 digits (GB 11643)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=False))
    return "10X98765432"[total % 11]


def _identity(window: _Window) -> _Hit | None:
    digits, sizes, end = window.digits, window.sizes, window.end
    if not _is_date(digits[6:14]):
        return None
    if len(digits) == 17:
        x = _X.match(window.plain, end)
        if not x:
            return None
        after = window.plain[x.end() : x.end() + 1]
        is_last = not (after.isascii() and after.isalnum())
        last, end, sizes = "X", x.end(), (*sizes[:-1], sizes[-1] + 1)
    else:
        last, is_last = digits[17], True
    is_certain = _check_character(digits) == last
    # Pieces of other numbers may happen to fit when put together; then at least the province has to exist.
    if sizes != (18,) and not _PROVINCE.match(digits):
        return None
    if is_certain or (is_last and sizes in _IDENTITY_SIZES and window.is_usual):
        return window.hit(SuspicionKind.IDENTITY, is_certain, 0, end)
    return None


def _old_identity(window: _Window) -> _Hit | None:
    """Numbers of 15 digits carry no check character, so they are never certain."""
    if window.sizes in _OLD_IDENTITY_SIZES and _PROVINCE.match(window.digits) and _is_date("19" + window.digits[6:12]):
        return window.hit(SuspicionKind.IDENTITY, False, 2)
    return None


def _bank_card(window: _Window) -> _Hit | None:
    # Cards begin with 3 to 6, some older Chinese ones with 9; 1 and 2 begin dates and numbers of files.
    if window.digits[0] not in "34569" or not window.is_usual or any(size < 4 for size in window.sizes[:-1]):
        return None
    if len(window.digits) in (17, 18) and _identity(window):
        return None  # an identity number with a slip in it is not a card
    total = 0
    for place, digit in enumerate(reversed(window.digits)):  # Luhn: every second digit doubled, its digits added
        total += sum(divmod(2 * int(digit), 10)) if place % 2 else int(digit)
    return window.hit(SuspicionKind.BANK_CARD, True, 1) if total % 10 == 0 else None


_MOBILE = re.compile(r"((?:00)?86|0)?1[3-9][0-9]{9}")
_MOBILE_SIZES = {(11,), (3, 4, 4), (3, 8), (7, 4), (3, 3, 5)}


def _mobile(window: _Window) -> _Hit | None:
    match = _MOBILE.fullmatch(window.digits)
    if not match:
        return None
    before, sizes = len(match[1] or ""), window.sizes
    if before:
        if sizes[0] < before:
            return None
        sizes = (sizes[0] - before, *sizes[1:]) if sizes[0] > before else sizes[1:]
    if sizes in _MOBILE_SIZES:
        # Eleven digits can be a sum of money. Better to ask once too often than to show a number.
        return window.hit(SuspicionKind.MOBILE, window.is_usual and not window.is_amount, 3)
    is_odd = all(size >= 3 for size in sizes) or (sizes[0] == 3 and all(size >= 2 for size in sizes))
    is_spelt = all(size == 1 for size in sizes)
    if not window.is_amount and (is_spelt or (is_odd and window.is_usual)):
        return window.hit(SuspicionKind.MOBILE, False, 3)
    return None


_LANDLINE = re.compile(r"((?:0|(?:00)?86)(?:10|2[0-9]|[3-9][0-9]{2}))([2-9][0-9]{6,7})")
_LOCAL_SIZES = {(7,), (8,), (4, 4), (3, 4), (4, 3)}
_SERVICE = re.compile(r"[48]00[0-9]{7}")
_SERVICE_SIZES = {(3, 3, 4), (3, 4, 3), (4, 3, 3), (3, 7)}
_TELEPHONE = re.compile(r"(?:电话|電話|座机|座機|传真|傳真|tel|TEL|Tel)(?:号码|號碼|号)?[ :.]{0,3}$")


def _landline(window: _Window) -> _Hit | None:
    match = _LANDLINE.fullmatch(window.digits)
    if not match or not window.is_usual or window.is_amount:
        return None
    if len(window.sizes) == 1:
        return window.hit(SuspicionKind.LANDLINE, False, 4)
    # The area code ends with a group; the country's code may be one of its own.
    for count in (1, 2):
        if sum(window.sizes[:count]) == len(match[1]) and window.sizes[count:] in _LOCAL_SIZES:
            return window.hit(SuspicionKind.LANDLINE, not _is_date(f"{match[2]:0<8}"), 4)
    return None


def _service_number(window: _Window) -> _Hit | None:
    if not _SERVICE.fullmatch(window.digits) or not window.is_usual or window.is_amount:
        return None
    if window.sizes in _SERVICE_SIZES:
        return window.hit(SuspicionKind.LANDLINE, True, 4)
    return window.hit(SuspicionKind.LANDLINE, False, 4) if window.sizes == (10,) else None


def _local_number(window: _Window) -> _Hit | None:
    """Seven or eight digits are a telephone number only where the words before them say so."""
    if window.digits[0] in "01" or window.sizes not in _LOCAL_SIZES or not window.is_usual or window.is_amount:
        return None
    said = _TELEPHONE.search(window.plain[max(0, window.start - 8) : window.start])
    return window.hit(SuspicionKind.LANDLINE, False, 5) if said else None


# For a window of so many digits: how it begins, of how many groups it is at most, which rules look at it.
_CARD_OR_BIRTH = re.compile(r"[34569]|[0-9]{6}(?:19|20)")
_RULES = {
    7: (re.compile(r"[2-9]"), 2, (_local_number,)),
    8: (re.compile(r"[2-9]"), 2, (_local_number,)),
    10: (re.compile(r"0|86|[48]00"), 4, (_landline, _service_number)),
    11: (re.compile(r"0|1[3-9]|86"), 5, (_mobile, _landline)),
    12: (re.compile(r"0|86"), 6, (_mobile, _landline)),
    13: (re.compile(r"86"), 6, (_mobile, _landline)),
    14: (re.compile(r"0086"), 4, (_landline,)),
    15: (re.compile(r"0086|[1-9]"), 6, (_old_identity, _mobile, _landline)),
    16: (re.compile(r"[34569]"), 5, (_bank_card,)),
    17: (_CARD_OR_BIRTH, 7, (_identity, _bank_card)),
    18: (_CARD_OR_BIRTH, 7, (_identity, _bank_card)),
    19: (re.compile(r"[34569]"), 5, (_bank_card,)),
}
# How a number begins whose every digit may stand by itself: a mobile phone, or a date of birth behind six digits.
_SPELT = re.compile(r"(?:(?:00)?86|0)?1[3-9]|[0-9]{6}(?:19|20)")


# --- addresses and words ---------------------------------------------------------------------------------------------

_BEFORE_AT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-")
_AFTER_AT = re.compile(r" ?[A-Za-z0-9-]{1,63}(?:[.。][A-Za-z0-9-]{1,63}){1,8}")


def _emails(plain: str) -> Iterator[_Hit]:
    at = plain.find("@")
    while at >= 0:
        domain = _AFTER_AT.match(plain, at + 1)
        last = at - 1 if plain[at - 1 : at] == " " else at
        start = last
        while start > 0 and last - start < 64 and plain[start - 1] in _BEFORE_AT:
            start -= 1
        if domain and start < last and domain[0][-1].isalpha():
            yield _Hit(SuspicionKind.EMAIL, start, domain.end(), True)
        at = plain.find("@", at + 1)


# 处 is also a division and 分 also begins 分管, 分别, 分析 …; 处分 is also what an owner does with property.
_NO_PUNISHMENT = "(?![别管析类工配布发解级成权物项享])(?!资产|财产|国有|土地|房|股|抵押|公司)"
_DISPOSAL = re.compile(
    "|".join(
        [
            f"(?:(?:党内)?(?:严重)?(?<!预)警告(?![知标牌信语示])|(?<![登忘标笔书惦切])记过(?![程账度于去期高低多长短失往户])"
            f"|记大过|(?<!风险)(?<!等级)降级(?!使用)|撤职|留党察看|撤销党内职务|(?<![公展打分离])开除(?![外尘湿草垢])"
            f"(?:党籍|公职)?)(?:处分{_NO_PUNISHMENT})?",
            f"(?:党纪|政纪|党政纪|政务|行政|纪律|党内|给予|受到|受过|受|作出|免予|从重|从轻|解除)处分{_NO_PUNISHMENT}",
            "警示提醒",
            "诫勉(?:谈话|纠错)?",
            "责令(?:限期|立即|其)?(?:整改|(?:作出|做出)?(?:书面)?检查|公开道歉|辞职)",
            "通报批评",
            "停职检查|引咎辞职|(?<!任)免职(?![务级称])",
            "立案(?:审查|调查|查处|侦查)",
            "(?<![停保存])留置(?!权|送达|针|物)",
            "双规|双开(?!门)",
        ]
    )
)


def _disposals(plain: str) -> Iterator[_Hit]:
    """Never certain: risks and measures speak of such things in general."""
    for match in _DISPOSAL.finditer(plain):
        yield _Hit(SuspicionKind.DISPOSAL, match.start(), match.end(), False)
