"""Names of customers, and words that only look like them."""

from __future__ import annotations

import pytest

from pipeline.records import CallRecord
from tests.privacy.shown import shown


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        ("C 我叫张伟。", "C 我叫张*。"),
        ("C 我叫王建国，住在城南", "C 我叫王**，住在城南"),
        ("A 张先生您好", "A *先生您好"),
        ("A 请问是李明先生本人吗", "A 请问是李*先生本人吗"),
        ("A 好的欧阳女士", "A 好的**女士"),
        ("C 免贵姓王，三横王", "C 免贵姓*，***"),
        ("A 请问您贵姓 / C 张。", "A 请问您贵姓 / C *。"),
        ("A 怎么称呼您 / C 陈丽华", "A 怎么称呼您 / C 陈**"),
        ("C 户主是李娜", "C 户主是李*"),
        ("C 我姓钭", "C 我姓*"),
        ("A 钭女士您好", "A *女士您好"),
        ("C 张伟，伟大的伟", "C 张*，****"),
        ("C 我叫张伟 / A 张伟您好", "C 我叫张* / A 张*您好"),
        ("A 收货人钟离，是您吗", "A 收货人**，是您吗"),
        ("A 户名也是令狐总的", "A 户名也是**总的"),
        ("A 好的，佟妈妈，资料对得上", "A 好的，*妈妈，资料对得上"),
    ],
)
def test_a_name_is_masked(plain: str, published: str) -> None:
    """By its title, its label, the question before it, a surname that is no other word."""
    assert shown(plain) == published


@pytest.mark.parametrize(
    "harmless",
    [
        "A 我姓李，工号八号",
        "A 对方先生说了算",
        "A 这位女士您好",
        "A 对于女士您的问题",
        "C 我是江苏的",
        "C 我叫司机去拿",
        "A 请问您贵姓，方便说一下吗",
        "C 好的谢谢。",
        "A 您好，江城中燃8号为您服务",
        "C 他先生不在家",
        "A 您上官网看一下",
        "A 我是欧阳，工号八号",
        "C 我去跟妈妈说",
        "C 诸葛亮来了也没用",
    ],
)
def test_what_is_no_customers_name_stays(harmless: str) -> None:
    """Words that end in a surname, places, the agent's own name."""
    assert shown(harmless) == harmless


def test_a_name_of_the_call_record_is_masked_wherever_it_is_said() -> None:
    """And the agent's stays: it is published anyway."""
    record = CallRecord(customer="赵敏敏", agent_name="李静")
    assert shown("A 您好，我是李静 / C 给赵敏敏送去", record) == "A 您好，我是李静 / C 给赵**送去"
