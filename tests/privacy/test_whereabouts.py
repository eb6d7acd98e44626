"""Places that customers tell in their own words, and places that are nobody's secret."""

from __future__ import annotations

import pytest

from tests.privacy.shown import shown


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        ("A 您家是哪个小区？ / C 柳树湾。", "A 您家是哪个小区？ / C ***。"),
        ("A 地址说一下 / C 红旗渠，六排，第三家", "A 地址说一下 / C ***，**，***"),
        ("C 我家在后屯，桥南头第三家", "C 我家在**，******"),
        ("C 送到菜市场后面那家小卖部楼上", "C 送到************"),
        ("C 人在大槐树对面的修车铺门口", "C 人在***********"),
        ("C 我住纺织厂老宿舍，六排四门", "C 我住******，****"),
        ("C 我在望江镇中学教师楼，东边一楼", "C 我在********，****"),
        ("A 地址写的是南湖批发城三楼丙区，对吗", "A 地址写的是*********，对吗"),
        (
            "A 送到哪里？ / C 砖塔胡同甲四十一号 / A 砖塔胡同，车进得去吗？",
            "A 送到哪里？ / C ********* / A ****，车进得去吗？",
        ),
        (
            "A 在哪个位置？ / C 滨河三标段工地，工棚四排 / A 工棚四排几号？",
            "A 在哪个位置？ / C *******，**** / A ******？",
        ),
    ],
)
def test_a_place_that_was_asked_for_or_announced(plain: str, published: str) -> None:
    """In whatever words it is told, and where the other side repeats it, its town too."""
    assert shown(plain) == published


@pytest.mark.parametrize(
    "harmless",
    [
        "A 您家是哪个小区？ / C 你等一下，我看看",
        "A 收货地址在哪里？ / C 现在取消可以吗 / A 可以的 / C 明白了",
        "C 我在你们三楼买的鞋",
        "C 我在三楼，找不到人",
        "A 您到一楼服务台，那里可以开发票",
        "A 卫生间在电梯右手边",
        "C 我家里两条宽带，有一条不用了",
        "A 哪里不舒服？ / C 就是信号不好",
        "C 水管爆了，满地都是水",
    ],
)
def test_what_is_no_place_of_a_customers(harmless: str) -> None:
    """The house's own places, a floor, answers without a place."""
    assert shown(harmless) == harmless
