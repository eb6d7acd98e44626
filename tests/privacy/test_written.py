"""Car plates and e-mail addresses."""

from __future__ import annotations

import pytest

from tests.privacy.shown import shown


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        ("C 车牌苏A12345。", "C 车牌苏A*****。"),
        ("C 苏A·D12345", "C 苏A·******"),
        ("C 沪a幺二三D五", "C 沪a*****"),
        ("C 船号浙岱渔11023，停三号码头", "C 船号********，停三号码头"),
        ("C 浙普渔六八零一二", "C ********"),
        ("C 邮箱zhang.san_88@163.com", "C 邮箱*****.***_**@163.com"),
        ("C zhang三八艾特幺六三点com", "C *******艾特幺六三点com"),
    ],
)
def test_plates_and_mail_boxes_are_masked(plain: str, published: str) -> None:
    """A plate keeps its town, a mail box its domain, a vessel nothing."""
    assert shown(plain) == published


@pytest.mark.parametrize("harmless", ["C 川A新开户12", "C 电影院在三楼", "C 发我邮箱"])
def test_what_is_neither_stays(harmless: str) -> None:
    """Letters behind a town's character, and a mail box that is only spoken of."""
    assert shown(harmless) == harmless
