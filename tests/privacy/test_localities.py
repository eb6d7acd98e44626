"""Streets, villages and estates that customers name in passing."""

from __future__ import annotations

import pytest

from tests.privacy.shown import shown


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        ("C 我是东坂村的，一个字差老远了", "C 我是***的，一个字差老远了"),
        ("C 在赭山西路上，往南走 / A 赭山西路离得不远", "C 在*****，往南走 / A ****离得不远"),
        ("C 我那小区融侨华府，地下室信号也差，你记上", "C 我那******，*******，你记上"),
        ("C 我妈在骨科，三十六床", "C 我****，****"),
        (
            "A 哪一间 / C 十六座一七一六 / A 好的 / C 啊不，一九零五。",
            "A 哪一间 / C ******* / A 好的 / C 啊不，****。",
        ),
    ],
)
def test_where_somebody_is_to_be_found(plain: str, published: str) -> None:
    """A place that no dictionary has, a bed, and a number that goes on with a place."""
    assert shown(plain) == published


@pytest.mark.parametrize(
    "plain",
    [
        "A 您好，江城中燃，请讲 / C 喂，是江城中燃吧",
        "C 是正弘城吗，我约了做指甲的",
        "C 我要去北京，从浙江那边过来",
        "C 建设路那个营业厅几点开门",
        "C 我们临潼区停气了吗",
        "C 黄山旅游套餐多少钱",
        "A 您到胜利街网点办",
    ],
)
def test_what_finds_nobody(plain: str) -> None:
    """The house that was called, towns and districts, its outlets, what is sold."""
    assert shown(plain) == plain
