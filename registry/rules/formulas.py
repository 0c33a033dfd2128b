"""Empty formulas: measures of which nobody could say later whether they were done (III §4(3): 有针对性地制定防范措施; the table: practice).

Hints, never refusals: whoever declares and whoever reviews decides.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from django.utils.translation import gettext as _

LEAST_CHARACTERS = 15
# What a slogan is made of: verbs of resolve, and the nouns they are said about. None of them says who does what, when.
_RESOLVE = (
    "进一步", "不断", "切实", "认真", "自觉", "全面", "坚持", "加强", "强化", "加大", "提高", "提升",
    "增强", "严格", "严守", "严肃", "落实", "完善", "健全", "规范", "深化", "推进", "做好", "抓好",
    "注重", "重视", "树立", "遵守", "遵循", "执行", "按照", "依法", "依规", "确保", "防止", "杜绝",
    "避免", "改进", "优化", "建立",
)  # fmt: skip
_ABOUT = (
    "思想政治", "法律法规", "规章制度", "职业道德", "政治", "思想", "认识", "意识", "觉悟", "观念", "素质", "能力",
    "水平", "修养", "作风", "纪律", "自律", "廉洁", "廉政", "从政", "管理", "监督", "监管", "教育",
    "学习", "培训", "检查", "审核", "把关", "责任", "责任心", "制度", "机制", "措施", "规定", "要求",
    "程序", "流程", "办事", "工作", "业务", "力度", "建设", "风险", "防范", "防控", "预防", "内部",
    "领导", "干部", "职工", "人员", "自身", "日常", "各项", "有关", "相关", "法规", "法律", "政策",
    "质量", "效率", "服务", "理论", "知识",
)  # fmt: skip
_SLOGAN = re.compile("|".join(sorted((*_RESOLVE, *_ABOUT), key=len, reverse=True)))
_JOINING = re.compile(r"[\W_的地得和与及或对在为了到中上下各等性心度好]+")
# A Chinese character counts as one, a word or a number of another script too.
_COUNTED = re.compile(r"[㐀-鿿豈-﫿𠀀-𯨟]|[^\W㐀-鿿豈-﫿𠀀-𯨟]+")
_LEFT_OVER = 2


class Formula(Enum):
    """Why a measure reads like a formula."""

    SLOGAN = "slogan"
    SHORT = "short"
    SAME = "same"


@dataclass(frozen=True)
class Told:
    """A measure as it is declared: the entry it stands under, and what it says."""

    target: str
    text: str
    responsible: str = ""
    rhythm: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class Hint:
    """That a measure reads like a formula, and the sentence that says why and what is missing."""

    target: str
    formula: Formula
    sentence: str


def characters(text: str) -> int:
    """Return how much a text says, in Chinese characters and in words of other scripts."""
    return len(_COUNTED.findall(text))


def is_slogan(text: str) -> bool:
    """Say whether nothing concrete is left of a text without the words slogans are made of."""
    return bool(characters(text)) and len(_JOINING.sub("", _SLOGAN.sub("", text))) <= _LEFT_OVER


def formula_hints(measures: Sequence[Told]) -> list[Hint]:
    """Return a hint for each measure of a declaration that reads like a formula, in order; one that holds for all comes first."""
    found = []
    written = {_plain(measure.text) for measure in measures}
    is_same = len(written) == 1 and len({measure.target for measure in measures}) > 1
    if is_same:
        sentence = _("“%(text)s” stands as the only measure at every point. Say for each what is done against it.")
        found.append(Hint("", Formula.SAME, sentence % {"text": _short(measures[0].text)}))
        measures = measures[:1]
    for measure in measures:
        if is_slogan(measure.text):
            found.append(Hint(measure.target, Formula.SLOGAN, _sentence(Formula.SLOGAN, measure)))
        elif characters(measure.text) < LEAST_CHARACTERS:
            found.append(Hint(measure.target, Formula.SHORT, _sentence(Formula.SHORT, measure)))
    return found


def _sentence(formula: Formula, measure: Told) -> str:
    about = {"text": _short(measure.text), "missing": _(", ").join(_missing(measure)), "least": LEAST_CHARACTERS}
    if formula == Formula.SLOGAN:
        return _("“%(text)s” is a formula: nobody could say later whether it was done. Missing: %(missing)s.") % about
    return _("“%(text)s” has fewer than %(least)s characters. Missing: %(missing)s.") % about


def _missing(measure: Told) -> list[str]:
    """Return what a measure does not say, in words: what is done is never said by a formula."""
    missing = [_("what exactly is done")]
    if not measure.responsible.strip():
        missing.append(_("who does it"))
    if not measure.rhythm:
        missing.append(_("when or how often"))
    if not measure.evidence.strip():
        missing.append(_("what will show it"))
    return missing


def _plain(text: str) -> str:
    return "".join(_COUNTED.findall(text))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:39] + "…"
