"""Postal addresses, written or said, and places that are nobody's home."""

from __future__ import annotations

import pytest

from tests.privacy.shown import shown


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        (
            "C 我住在江苏省南京市鼓楼区中山北路12号3栋2单元501室。",
            "C 我住在江苏省南京市鼓楼区****************。",
        ),
        ("C 地址是翠湖花园三栋二单元五零二", "C 地址是************"),
        ("C 三单元五零二", "C ******"),
        ("C 帮我看一下解放路十八号", "C 帮我看********"),
        ("C 翠湖花园，三栋，五零二", "C ****，**，***"),
        ("C 新民村三组十二号", "C ********"),
        ("C 我住翠湖花园。", "C 我住****。"),
        ("C 和平里小区18号楼2门301", "C **************"),
    ],
)
def test_an_address_is_masked_below_the_district(plain: str, published: str) -> None:
    """Province, city and district stay."""
    assert shown(plain) == published


@pytest.mark.parametrize(
    "harmless",
    [
        "C 我们小区今天停气了",
        "C 我住三楼",
        "A 您家住在哪里？",
        "A 请问您家是哪个小区",
        "A 营业厅在中山路88号，欢迎您来",
        "C 3号楼停气了",
        "C 坐2路车到一号线",
    ],
)
def test_places_that_are_nobodys_home_stay(harmless: str) -> None:
    """A floor, a question, an office of the house."""
    assert shown(harmless) == harmless
