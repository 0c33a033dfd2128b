"""What must not stand on a public notice. Every number here is computed; none is anybody's."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules import Suspicion, SuspicionKind, suspicions
from registry.rules.privacy import _RULES, _plain, _windows

IDENTITY, MOBILE, LANDLINE = SuspicionKind.IDENTITY, SuspicionKind.MOBILE, SuspicionKind.LANDLINE
BANK_CARD, EMAIL, DISPOSAL = SuspicionKind.BANK_CARD, SuspicionKind.EMAIL, SuspicionKind.DISPOSAL


def identity(first_17: str) -> str:
    """Return a whole number: weights and characters as GB 11643 lists them, not as the rule computes them."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first_17 + "10X98765432"[sum(w * int(d) for w, d in zip(weights, first_17, strict=True)) % 11]


def card(digits: str) -> str:
    """Return the digits with the one behind them that Luhn asks for."""
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    return digits + str(-sum(number // 10 + number % 10 for number in doubled) % 10)


ID = identity("36999919900228123")
ID_X = next(number for number in (identity(f"369999199002281{n:02}") for n in range(100)) if number.endswith("X"))
WRONG_ID = ID[:-1] + ("1" if ID[-1] != "1" else "2")
PHONE = "13800001234"
CARD = card("622200000000123456")


def found(text: str) -> list[tuple[str, str, bool]]:
    return [(hit.kind, hit.excerpt, hit.is_certain) for hit in suspicions(text)]


def test_a_finding_names_kind_excerpt_place_and_certainty():
    assert suspicions(f"请找张某，手机{PHONE}。") == [Suspicion(MOBILE, PHONE, 8, True)]


@pytest.mark.parametrize(
    ("text", "kind", "is_certain"),
    [
        (ID, IDENTITY, True),
        (ID_X, IDENTITY, True),
        (ID_X.lower(), IDENTITY, True),
        (ID_X[:-1] + "×", IDENTITY, True),
        (f"{ID[:6]} {ID[6:14]} {ID[14:]}", IDENTITY, True),
        (f"{ID[:3]}、{ID[3:9]}、{ID[9:]}", IDENTITY, True),
        (" ".join(ID), IDENTITY, True),
        (" ".join(ID_X), IDENTITY, True),
        (WRONG_ID, IDENTITY, False),
        ("369999900228123", IDENTITY, False),
        (PHONE, MOBILE, True),
        ("138-0000-1234", MOBILE, True),
        ("138 0000 1234", MOBILE, True),
        ("138\n0000\n1234", MOBILE, True),
        ("138 000 01234", MOBILE, True),
        ("+86 138 0000 1234", MOBILE, True),
        ("+8613800001234", MOBILE, True),
        ("8613800001234", MOBILE, True),
        ("008613800001234", MOBILE, True),
        ("013800001234", MOBILE, True),
        ("（+86）138 0000 1234", MOBILE, True),
        ("138—0000—1234", MOBILE, True),
        ("１３８\u3000００００\u3000１２３４", MOBILE, True),
        ("１３８－００００－１２３４", MOBILE, True),
        ("138\u200b0000\u200d12\ufeff34", MOBILE, True),
        ("1\ufe0f\u20e33\ufe0f\u20e38\ufe0f\u20e300001234", MOBILE, True),
        ("١٣٨٠٠٠٠١٢٣٤", MOBILE, True),
        ("𝟏𝟑𝟖𝟎𝟎𝟎𝟎𝟏𝟐𝟑𝟒", MOBILE, True),
        ("138·0000·1234", MOBILE, False),
        ("138，0000，1234", MOBILE, False),
        ("138、0000、1234", MOBILE, False),
        ("1380 0001 234", MOBILE, False),
        ("138-00-00-12-34", MOBILE, False),
        ("1 3 8 0 0 0 0 1 2 3 4", MOBILE, False),
        ("0799-2345678", LANDLINE, True),
        ("（0799）2345678", LANDLINE, True),
        ("010-2345 6789", LANDLINE, True),
        ("+86-10-23456789", LANDLINE, True),
        ("07992345678", LANDLINE, False),
        ("0799-20260410", LANDLINE, False),
        ("400-000-1234", LANDLINE, True),
        ("800-0000-123", LANDLINE, True),
        ("4000001234", LANDLINE, False),
        (CARD, BANK_CARD, True),
        (f"{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:16]} {CARD[16:]}", BANK_CARD, True),
        (card("455555000000123"), BANK_CARD, True),
        ("someone@example.org", EMAIL, True),
        ("some.one+x@mail.example.org", EMAIL, True),
        ("ｓｏｍｅｏｎｅ＠ｅｘａｍｐｌｅ．ｏｒｇ", EMAIL, True),
        ("someone @ example.org", EMAIL, True),
        (f"{PHONE}@example.org", EMAIL, True),
    ],
)
def test_a_number_is_found_once_and_shown_as_it_was_written(text, kind, is_certain):
    for before, after in (("", ""), ("联系", "，谢谢"), ("1、", "。"), ("见附件2:", "\n3、下一项")):
        assert found(before + text + after) == [(kind, text, is_certain)]


def test_numbers_in_a_list_are_found_one_by_one():
    other = "13900005678"
    assert found(f"{PHONE}、{other},{ID} {CARD}") == [
        (MOBILE, PHONE, True),
        (MOBILE, other, True),
        (IDENTITY, ID, True),
        (BANK_CARD, CARD, True),
    ]


def test_figures_before_a_phone_do_not_hide_it():
    for before in ("1300 1400 ", "2026-04-10 ", "1,234,567 ", "801,", "第3号 "):
        assert (MOBILE, "138 0000 1234", True) in found(f"{before}138 0000 1234")
    assert (LANDLINE, "010-23456789", True) in found("转801,010-23456789")


def test_seven_or_eight_digits_are_a_phone_only_behind_the_word():
    assert found("联系电话：23456789") == [(LANDLINE, "23456789", False)]
    assert found("座机 234 5678") == [(LANDLINE, "234 5678", False)]
    assert found("项目编号：23456789") == []
    assert found("电话5000000元") == []


@pytest.mark.parametrize(
    "text",
    [
        "财办〔2026〕12号",
        "赣财购[2026]第000123号",
        "1,234,567.00元",
        "13,812,345,678元",
        "138,000,012.34元",
        "50000元",
        "5000000000元",
        "4000000000元",
        "1500—2000元、300万元",
        "0.13800001元",
        "2026-04-10",
        "2026-04-15 2026-05-10 8:30",
        "1999-10-01-001",
        "2025－2026年度，1998年10月1日",
        "CZJ-000123",
        "CZJ-000123、CZJ-000124、CZJ-000125",
        "《条例》第138条、第139条第2款第3项",
        "第1、3、5、7、8、9、10、11、12条",
        "2010301、2010302、2010399",
        "2026041500000001",
        CARD[:-1] + str((int(CARD[-1]) + 1) % 10),
        "99999999999999999999999999",
        "① ② ③ 1³",
        "@全体人员 见@。",
        "a@b 10@20",
        "360999199013451234",  # no such day
    ],
)
def test_numbers_that_find_nobody_are_left_alone(text):
    assert found(text) == []
    assert found(f"按照{text}办理") == []


def test_eleven_digits_that_are_money_are_asked_about():
    """They might be a phone all the same; a person looks."""
    assert found("收入13800001234元") == [(MOBILE, PHONE, False)]
    assert found("收入13800001234.50元") == [(MOBILE, PHONE, False)]


def test_an_identity_number_with_a_slip_is_not_a_card():
    slips = [ID[:-1] + digit for digit in "0123456789" if ID[-1] != digit]
    assert any(card(slip[:-1]) == slip for slip in slips)  # one of them would pass as a card
    for slip in slips:
        assert found(slip) == [(IDENTITY, slip, False)]


@pytest.mark.parametrize(
    "word",
    [
        "警告",
        "党内严重警告处分",
        "记过",
        "记大过处分",
        "降级",
        "撤职",
        "开除",
        "开除党籍",
        "诫勉",
        "诫勉谈话",
        "责令整改",
        "责令限期整改",
        "责令检查",
        "通报批评",
        "党纪处分",
        "政务处分",
        "给予处分",
        "立案审查",
        "留置",
        "黨內嚴重警告處分",
        "記大過",
        "誡勉",
        "責令整改",
        "通報批評",
        "留臵",
        "警\u200b告",
    ],
)
def test_words_for_disposals_are_pointed_at_but_never_certain(word):
    assert found(word) == [(DISPOSAL, word, False)]
    assert found(f"曾被{word}，现已结束") == [(DISPOSAL, word, False)]


@pytest.mark.parametrize(
    "text",
    [
        "违规处分资产",
        "财产处分、处分权",
        "行政处分管领导、各处分别负责、办公处分发",
        "登记过程不完整，忘记过期",
        "公开除外事项，展开除尘",
        "预警告知，警告标志",
        "风险降级、等级降级",
        "任免职务",
        "留置权、留置送达、停留置物",
        "不警不告",
    ],
)
def test_words_that_only_look_like_disposals_are_left_alone(text):
    assert found(text) == []


def test_hostile_texts_cost_no_more_than_their_length():
    """No group of digits begins more windows than there are lengths, and a window is at most 19 digits."""
    for piece in (
        "1 ",
        "1",
        "19 ",
        "1 9 ",
        "138 0000 1234 ",
        "5 ",
        "4444-",
        "1,234,",
        "0 8 6 ",
        "1(",
        "((",
        "a@",
        "警告",
    ):
        text = piece * (10_000 // len(piece))
        windows = list(_windows(_plain(text)[0]))
        assert len(windows) <= len(_RULES) * text.count(piece[0])
        assert all(len(window.digits) <= 19 and window.end - window.start <= 19 + 18 * 6 for window in windows)
        assert len(suspicions(text)) <= len(text)


def test_places_count_in_the_text_as_written():
    text = f"\u200b\u200b一、\u200b１３８\u200b００００１２３４，{ID}"
    for hit in suspicions(text):
        assert text[hit.place - 1 :].startswith(hit.excerpt)
    assert [hit.place for hit in suspicions(text)] == [6, text.index(ID) + 1]


# --- properties ------------------------------------------------------------------------------------------------------

# Running text without digits, signs that belong to numbers, and words that are pointed at by themselves.
chinese = st.text(
    st.one_of(
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), st.sampled_from("，。；：、！？《》（）“”　\n ,;:!?")
    ),
    max_size=40,
).filter(lambda text: not suspicions(text))
mobiles = st.builds("1{}{}".format, st.sampled_from("3456789"), st.text("0123456789", min_size=9, max_size=9))
births = st.dates(min_value=dt.date(1930, 1, 1), max_value=dt.date(2010, 1, 1))
identities = st.builds(
    lambda place, born, number: identity(f"{place}{born:%Y%m%d}{number:03}"),
    st.integers(110000, 659999).filter(lambda place: str(place)[:2] in ("11", "23", "36", "44", "51", "65")),
    births,
    st.integers(0, 999),
)
hidden = st.sampled_from(["", "\u200b", "\u2060", "\ufeff", "\u00ad", "\ufe0f"])
between = st.sampled_from(["", " ", "-", "—", "－", "\u3000", "\u00a0", "·", "、", "，", ".", "/"])
scripts = st.sampled_from([0x30, 0xFF10, 0x660, 0x966, 0x1D7CE])


def written(draw, number: str, groups: tuple[int, ...]) -> str:
    """Return the number in some script, in groups, with something between them and something invisible in them."""
    separator, zero = draw(between), draw(scripts)
    pieces, start = [], 0
    for size in groups:
        piece = number[start : start + size]
        pieces.append(draw(hidden).join(chr(zero + int(c)) if c.isdigit() else c for c in piece))
        start += size
    return separator.join(pieces)


@given(st.data(), chinese, mobiles, chinese)
def test_any_mobile_number_in_any_text_is_found(data, before, number, after):
    text = written(data.draw, number, data.draw(st.sampled_from([(11,), (3, 4, 4), (3, 8), (7, 4), (3, 3, 5)])))
    assert [(hit.kind, hit.excerpt, hit.place) for hit in suspicions(before + text + after)] == [
        (MOBILE, text, len(before) + 1)
    ]


@given(st.data(), chinese, identities, chinese)
def test_any_identity_number_in_any_text_is_found_for_certain(data, before, number, after):
    text = written(data.draw, number, data.draw(st.sampled_from([(18,), (6, 8, 4), (6, 4, 4, 4), (3, 3, 4, 4, 4)])))
    assert suspicions(before + text + after) == [Suspicion(IDENTITY, text, len(before) + 1, True)]


@given(st.text(st.characters(exclude_categories=["Nd", "Cs"], exclude_characters="@＠﹫"), max_size=200))
def test_without_digits_and_signs_only_words_are_found(text):
    assert {hit.kind for hit in suspicions(text)} <= {DISPOSAL}


@given(st.text(st.sampled_from("0123456789 -()（）.,，、+@aX×.oO警告处分元万\u200b\n１２"), max_size=120))
def test_findings_never_overlap_and_quote_the_text(text):
    end = 0
    for hit in suspicions(text):
        assert hit.place > end
        assert text[hit.place - 1 :].startswith(hit.excerpt)
        assert hit.excerpt
        end = hit.place - 1 + len(hit.excerpt)
