"""Telephone, identity card and bank card numbers: all digits made up, all valid."""

from __future__ import annotations

import pytest

from pipeline.records import CallRecord
from tests.privacy.shown import shown


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        ("C 我的电话是13800001234。", "C 我的电话是138****1234。"),
        ("C 打138 0000 1234找我", "C 打138 **** 1234找我"),
        ("C 我的电话幺三八零零零零一二三四你记一下", "C 我的电话幺三八****一二三四你记一下"),
        ("C 一三八，四个零，一二三四", "C 一三八，***，一二三四"),
        ("C 13800001234家里的", "C 138****1234家里的"),
        ("C 我手机13800001234二号线，你记一下", "C 我手机138****1234二号线，你记一下"),
        ("C 加86的，+8613800001234", "C 加86的，+86138****1234"),
        ("C 025-62345678", "C 025-****5678"),
        ("C 区号零二五，六二三四五六七八", "C 区号零二五，****五六七八"),
        ("C 我家座机62345678", "C 我家座机****5678"),
        ("C 身份证号110105194912310021", "C 身份证号110*************21"),
        ("C 身份证号三二零一零六一九九零零三零七八五一叉", "C 身份证号三二零*************一叉"),
        ("C 卡号6222021234567890128", "C 卡号***************0128"),
        ("C 六二二二零二一二三四五六七八九零一二八", "C ***************零一二八"),
    ],
)
def test_a_number_is_masked_where_it_is_said(plain: str, published: str) -> None:
    """Written or said, in groups, beside Han characters; as many characters as before."""
    assert shown(plain) == published


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        (
            "A 请问您的电话 / C 幺三八 / A 嗯 / C 零零零零 / A 好的 / C 一二三四",
            "A 请问您的电话 / C 幺三八 / A 嗯 / C **** / A 好的 / C 一二三四",
        ),
        (
            "A 电话 / C 138 / A 138 / C 0000 / A 0000 / C 1234 / A 好的",
            "A 电话 / C 138 / A 138 / C **** / A **** / C 1234 / A 好的",
        ),
        (
            "C 我手机13800001234 / A 好的，中间四位是零零零零，对吗",
            "C 我手机138****1234 / A 好的，中间四位是****，对吗",
        ),
        (
            "A 电话多少 / C 138，138，0010，1234",
            "A 电话多少 / C 138，138，****，1234",
        ),
        (
            "A 您的身份证号 / C 三二零一零六 / A 嗯 / C 一九九零零三零七 / A 您说 / C 八五一五",
            "A 您的身份证号 / C 三二零*** / A 嗯 / C ******** / A 您说 / C **一五",
        ),
        (  # read back from the birthday on, it has the shape of a telephone number
            "A 身份证？ / C 三二二七九幺，幺九四五，零一零七，八二九X / A 幺九四五，零一零七，八二九X",
            "A 身份证？ / C 三二二***，****，****，**九X / A ****，****，**九X",
        ),
        (  # where a password is sent to is a telephone number, and so is where a code is
            "A 密码会发到幺七七五九二三幺四五五 / C 取件码发我这个号，幺五零，七三七三，二六九三",
            "A 密码会发到幺七七****幺四五五 / C 取件码发我这个号，幺五零，****，二六九三",
        ),
        (
            "A 身份证后四位？ / C 四六七七",
            "A 身份证后四位？ / C ****",
        ),
        (  # four digits, not four ones
            "A 身份证号？ / C 三二四五七三，幺九七七，嗯，零八零四，后面四个一零九零",
            "A 身份证号？ / C 三二四***，****，嗯，****，后面四个**九零",
        ),
        (
            "A 卡号多少 / C 六二二八，四八六零，六零幺五，慢点儿啊，二八四三，末了是七零零",
            "A 卡号多少 / C ****，****，****，慢点儿啊，***三，末了是七零零",
        ),
        (  # members are known by their telephones
            "A 有会员吗？ / C 幺五三，九幺八四，三三幺九",
            "A 有会员吗？ / C 幺五三，****，三三幺九",
        ),
        (  # an order that the other side only speaks of is not what the number is of
            "A 工单转给城管局了 / C 那回复打幺三八、三九九六、四三零二",
            "A 工单转给城管局了 / C 那回复打幺三八、****、四三零二",
        ),
        (
            "A 订单派出去了 / C 我爱人的是13839964302",
            "A 订单派出去了 / C 我爱人的是138****4302",
        ),
    ],
)
def test_a_dictated_number_is_masked_piece_by_piece(plain: str, published: str) -> None:
    """Over turns of a side, with the other's 嗯 and echo between them, and where it is read back."""
    assert shown(plain) == published


@pytest.mark.parametrize(
    "harmless",
    [
        "A 您的工单号是202611200123，请您记一下",
        "C 订单13800001234什么时候到",
        "A 请问您的户号 / C 零零三五一二八九",
        "A 订单您报一下 / C 13839964302",
        "A 您的燃气卡 / C 13839964302",
        "C 表上是一二三四五六七八",
        "C 打你们4008881234，打10086，打九五五九八",
        "A 售后电话是四零零 八八零 六一零零。 / C 四零零 八八零 六一零零 / A 对的，400 880 6100。",
        "C 二零二六年十一月二十日交了一千二百三十四块五",
        "C 卡里还有12345678元",
        "A 您尾号1234的手机",
        "C 快递单号6222021234567890128",
        "A 工号1024为您服务",
    ],
)
def test_other_numbers_stay(harmless: str) -> None:
    """Orders, accounts, readings, service numbers, dates and sums are nobody's secret."""
    assert shown(harmless) == harmless


def test_tickets_are_masked_where_the_settings_ask_for_it() -> None:
    """And only then."""
    assert shown("A 您的工单号是202611200123", mask_tickets=True) == "A 您的工单号是********0123"


def test_the_houses_own_numbers_stay() -> None:
    """As they are written in the settings, said either way."""
    plain = "A 您可以打营业厅电话零二五六二三四五六七八"
    assert shown(plain, own_numbers=["025-62345678"]) == plain
    assert "*" in shown(plain)


def test_the_customers_number_is_known_from_the_call_record() -> None:
    """Even a form of it that is no telephone number anywhere else: there it is hidden whole."""
    record = CallRecord(customer="62345678")
    assert shown("A 您是六二三四五六七八的用户吗", record) == "A 您是****五六七八的用户吗"
    assert shown("A 您是六二三四五六七八的用户吗") == "A 您是********的用户吗"
