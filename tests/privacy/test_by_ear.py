"""Personal data as Whisper base writes it down: regrouped, and misheard as what sounds alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.privacy.masking import Masking
from pipeline.records import Personal, Role, Turn
from pipeline.settings import Settings
from tests.helpers import call_of
from tests.privacy.shown import shown


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        (
            "A 您的联系电话 / C 要三四 / A 嗯 / C 九五一四 / C 五七七七 / A 要三四九五一四五七七七对吗",
            "A 您的联系电话 / C *** / A 嗯 / C **** / C **** / A ***********对吗",
        ),
        (
            "A 电话呢 / C 1 18 29 57 7 66 94。 / A 好的18 29 57 76 94。",
            "A 电话呢 / C 1 18 2* ** * 66 94。 / A 好的** ** ** ** **。",
        ),
        (
            "C 一身粉证是32028死 / A 第三二零二八四 / C 19630517 / A 恩人 / C 最后是9049",
            "C 一身粉证是****** / A 第****** / C ******** / A 恩人 / C 最后是****",
        ),
        (
            "C 推到这张卡上6 28 48 17 86 7 97 63 29 27。",
            "C 推到这张卡上* ** ** ** ** * ** ** ** **。",
        ),
        (
            "A 卡号6 21 7。 / A N 00 20 N 66 16 N 8 4 19 N 08 6没错吧。",
            "A 卡号* ** *。 / A N ** ** N ** ** N * * *9 N 08 6没错吧。",
        ),
        (
            "A 银行卡号记得吗 / C 6217 / C 00274952,我手抖 / A 听见了00 27 49 52年说后面的",
            "A 银行卡号记得吗 / C **** / C ********,我手抖 / A 听见了** ** ** 52年说后面的",
        ),
        ("C 我把5 15 8 -7 42 -37 64。", "C 我把* ** * -* ** -** **。"),
        (
            "A 请问您的电话 / C 一闪六肚 / A 嗯 / C 六二零二 / C 八零闪",
            "A 请问您的电话 / C **** / A 嗯 / C **** / C ***",
        ),
    ],
)
def test_a_number_of_no_shape_is_hidden_whole(plain: str, published: str) -> None:
    """A digit more or less, 要 for 幺, 死 for 四: what stays readable of a number is not known."""
    assert shown(plain) == published


@pytest.mark.parametrize(
    "plain",
    [
        "A 您的互号是多少 / C 20331765 / A 20331765，对吗",
        "A 工单号是二零二六零七二四一零四六 / C 二零二六零七二四一零四六 / A 对",
        "A 您打四零零 八幺六 九零零零 转二",
        "C 周六上午2个人来过，13号又来1次，一共收了三百五十块",
        "A 停气时间是2026-04-09上午6点40到1点40",
        "A 就要一个，把七楼的也算上",
        "A 应在 11-19 12:00 前回电",
        "A 感谢您的等待，您的护民可以改。",
    ],
)
def test_orders_services_and_counts_stay(plain: str) -> None:
    """An order's number is known by what it was said to be, by the sound of that, and when repeated."""
    assert shown(plain) == plain


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        ("C 面贵性欧阳", "C 面贵性**"),
        ("C 卧性猪隔", "C 卧性**"),
        ("C 是租客信欧阳,你找他就行", "C 是租客***,你找他就行"),
        ("C 收建人寒智华,", "C 收建人***,"),
        ("A 郑子纳女是您的报修已经受理", "A 郑**女是您的报修已经受理"),
        ("A 好的林陷省地址呢", "A 好的*陷省地址呢"),
        ("A 您怎么称呼 / C 成果雷", "A 您怎么称呼 / C ***"),
        ("C 胎护人叫唐君春,我是他儿子", "C 胎护人叫唐**,我是他儿子"),
        ("A 您的名字是女平,没错吧", "A 您的名字是**,没错吧"),
        ("C 姓林承宏纳,电话等下报给你", "C 姓****,电话等下报给你"),
        ("C 我叫郑子娜 / A 郑子纳您好", "C 我叫郑** / A 郑**您好"),
    ],
)
def test_a_name_is_known_by_its_sound(plain: str, published: str) -> None:
    """Behind a label, before a title, and where it is said again in other characters."""
    assert shown(plain) == published


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        ("C 麻烦寄到时期动六单元90 3到了打电话", "C 麻烦寄到******** *到了打电话"),
        ("C 南山区,以景花圆四动二单元一零四,没问题吧", "C 南山区,************,没问题吧"),
        ("C 你让师傅到营宾大到20 5后来", "C 你让师傅到****** **来"),
        ("C 上海市浦东新区文昌向四十五号十起动二单元一二零二", "C 上海市浦东新区*****************"),
        ("C 人民南路102号,精英花园29床一102,听清楚了吗", "C ********,***********,听清楚了吗"),
        ("C 建设大到二百零七号东方明月二十重七零二一直没有气", "C ********************直没有气"),
        ("A 以人民录15号二楼已经登记好了", "A *********已经登记好了"),
        ("A 已经记录15号上门", "A 已经记录15号上门"),
        ("C 我们单元门口的灯不亮，方向往左", "C 我们单元门口的灯不亮，方向往左"),
    ],
)
def test_an_address_is_known_where_it_was_misheard(plain: str, published: str) -> None:
    """动 for 栋, 大到 for 大道, 90 3 for 九零三."""
    assert shown(plain) == published


def test_what_was_not_understood_is_not_played_where_a_number_was_asked_for() -> None:
    """A listener may understand it; elsewhere a turn without words is played."""
    said = call_of("""
        A 0.5-2.0 请问您的地址？
        C 2.5-6.0 嗯
        A 6.5-8.0 好的，还有别的问题吗？
        C 8.5-9.0 嗯
    """)
    turns = tuple(
        replace(turn, text="") if turn.role is Role.CUSTOMER else turn for turn in said.turns
    )
    published = Masking.of(Settings()).turns(replace(said, turns=turns))
    assert [_hidden(one) for one in published] == [[], [(Personal.ADDRESS, 2.5, 6.0)], [], []]


def _hidden(turn: Turn) -> list[tuple[Personal, float, float]]:
    return [(place.kind, place.span.start, place.span.end) for place in turn.masked]
