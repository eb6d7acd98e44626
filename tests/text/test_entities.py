"""Sums, dates, addresses and numbers, as people name them."""

from __future__ import annotations

from typing import Literal

import pytest

from pipeline.text.entities import mentions

What = Literal["amount", "date", "address", "number"]


@pytest.mark.parametrize(
    ("text", "what", "there"),
    [
        ("一共三百二十块", "amount", True),
        ("扣了我58元", "amount", True),
        ("打了三次电话", "amount", False),
        ("十一月二十号过来", "date", True),
        ("下周三上午", "date", True),
        ("明天有人在家", "date", True),
        ("我住在二十号楼", "date", False),
        ("东湖路三十六号院二栋", "address", True),
        ("江城花园小区", "address", True),
        ("打八号线地铁来", "address", False),
        ("户号是零零三五一二七", "number", True),
        ("就两个人", "number", False),
    ],
)
def test_what_is_named(text: str, what: What, *, there: bool) -> None:
    """In figures and in words; what only counts something is none of them."""
    assert mentions(text, what, digits=6) is there


def test_a_number_has_to_be_long_enough() -> None:
    """Four digits are no phone number."""
    assert mentions("尾号三五一二", "number", digits=4)
    assert not mentions("尾号三五一二", "number", digits=6)
