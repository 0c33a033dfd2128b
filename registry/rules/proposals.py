"""Proposing a category where a ledger leaves it open, from the words of the point (part II §2(2)), for a person to confirm.

A proposal is never a decision. What is filed never changes, so a point whose category nobody confirmed enters as open.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from .reading import LedgerRow
from .vocabulary import Category
from .workbooks import Column, category_of, word_form

# Words by which part II §2(2) of the founding document tells the categories apart, and those offices write for them.
WORDS = {
    Category.MORAL: "理想信念 世界观 人生观 价值观 宗旨意识 廉洁意识 廉政意识 纪律意识 法纪意识 责任意识不强 "
    "责任心不强 形式主义 官僚主义 享乐主义 脱离实际 脱离群众 阳奉阴违 独断专行 弄虚作假 贪图享受 "
    "铺张浪费 大吃大喝 公款吃喝 私用 态度生硬 态度恶劣 作风漂浮 工作作风 思想政治 政治学习 "
    "理论学习 学习不够 廉洁自律 拉票 跑风漏气 人情 徇私",
    Category.INSTITUTIONAL: "制度不健全 制度不完善 制度不落实 制度缺失 制度漏洞 制度滞后 制度执行 执行制度 制度形同虚设 "
    "未建立 未制定 机制不健全 机制不完善 机制缺失 缺乏监督 监督不到位 监督缺失 监管缺失 无章可循 "
    "有章不循 规定不明确 职责不清 管理不规范 管理混乱",
    Category.DUTY: "以权谋私 谋取私利 谋取利益 利用职务 滥用职权 越权 不履行 不认真履行 履职不到位 履行职责 "
    "失职 渎职 玩忽职守 不作为 乱作为 慢作为 吃拿卡要 贪污 挪用 侵占 截留 受贿 收受 索要 "
    "索取 民主集中制 一言堂 三重一大 一岗双责 把关不严 审核不严 监管不力 擅自 指使 授意 泄露",
    Category.PROCESS: "流程 程序 超期 逾期 超时 时限 受理 审批 审查 报批 报销 招标 投标 采购 验收 评审 登记 "
    "备案 存档 归档 化整为零 环节 重复申报 手续 标准不一 不按规定 未按规定 未按照 不及时 公开",
    Category.ENVIRONMENT: "说情 打招呼 请托 干扰 围猎 拉拢 腐蚀 利益诱惑 诱惑 利益输送 利益关联 社会关系 服务对象 "
    "管理对象 管理相对人 相对人 业务往来 供应商 承包人 中介 代理机构 企业老板 宴请 礼品 礼金 "
    "亲属 亲友 权钱交易 外部",
}
_FORMS = {category: tuple(word_form(word) for word in words.split()) for category, words in WORDS.items()}
_READ = (Column.MATTER, Column.TITLE, Column.MANIFESTATION)


@dataclass(frozen=True)
class Proposal:
    """A category for a point that has none: `place` names the point in the file, `why` tells what speaks for it.

    `words` are those of the point that speak for the category, empty where its matter or a cell names it.
    """

    place: str
    sheet: str
    row: int
    category: str
    words: list[str]
    why: str


def propose_category(row: LedgerRow) -> Proposal | None:
    """Return the category the words of an open row speak for, or None where they speak for none or for several alike."""
    if row.category:
        return None
    named = category_of(row.values[Column.MATTER]) or category_of(row.values[Column.TITLE])
    if named:
        return _proposal(row, named, [], _("The matter names the category."))
    text = word_form(" ".join(row.values[name] for name in _READ))
    found = {category: [word for word in words if word in text] for category, words in _FORMS.items()}
    found = {category: _longest(words) for category, words in found.items()}
    most = max(len(words) for words in found.values())
    best = [category for category, words in found.items() if words and len(words) == most]
    if len(best) != 1:
        return None
    words = found[best[0]]
    return _proposal(row, best[0], words, _("These words speak for it: %s.") % _(", ").join(words))


def _longest(words: list[str]) -> list[str]:
    """Leave out words that stand within another one that was found."""
    return [word for word in words if not any(word != other and word in other for other in words)]


def _proposal(row: LedgerRow, category: str, words: list[str], why: str) -> Proposal:
    return Proposal(row.place, row.sheet, row.numbers[0], str(category), words, why)
