"""What no pattern tells and a model learnt to tell; and what it has to leave alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.privacy.places import SpokenTurn, whole
from pipeline.privacy.tagger import likely
from pipeline.records import Personal, Role
from tests.privacy.shown import shown

SURNAMES = frozenset("王李张周")
TEXTS = st.text(alphabet="您好我姓周住在柳树巷三号楼零幺23ab，。？ 😀\ud800", max_size=24)
TURNS = st.lists(st.builds(SpokenTurn, st.sampled_from(Role), TEXTS), max_size=6)


@pytest.mark.parametrize(
    ("plain", "published"),
    [
        (
            "C 件放我家了，就菜场后面那个红砖楼 / A 菜场后面红砖楼，几楼呢 / C 顶楼西边那户",
            "C 件放我家了，就********* / A *******，**呢 / C ******",
        ),
        (
            "A 您住几楼 / C 十四楼，一四零二 / A 好的，一四零二",
            "A 您住几楼 / C ***，**** / A 好的，****",
        ),
        ("A 您的微信号是 / C lulu下划线88 / A 好的", "A 您的微信号是 / C ********* / A 好的"),
        (
            "A 您贵姓 / C 我叫高兴，就是高兴的高兴 / A 高兴先生您好",
            "A 您贵姓 / C 我叫高*，就是**的** / A 高*先生您好",
        ),
        (
            "C 我外婆家在石磨村五组，井边上那家 / A 石磨村五组井边",
            "C 我外婆家在*****，***** / A *******",
        ),
    ],
)
def test_what_no_pattern_tells(plain: str, published: str) -> None:
    """Names and places that are told by all that stands around them."""
    assert shown(plain) == published


@pytest.mark.parametrize(
    "plain",
    [
        "C 我想问一下这个月的话费 / A 请问是本机吗 / C 是的，怎么多扣了二十块",
        "A 您好，很高兴为您服务 / C 我家热水器打不着火，是不是没气了 / A 请看一下余额",
        "A 大概多久到 / C 要明天下午三点到五点 / A 师傅会提前给您打电话",
        "C 女装在几楼 / A 女装在三楼，餐饮在五楼，停车场在负二楼",
        "C 订单号是一二三四五六七八 / A 好的，一二三四五六七八",
        "A 亲爱的顾客您好 / C 亲，帮我看看",
        "C 阶梯价怎么算 / A 第二道美方三元四角第三道美方四元二角。",
    ],
)
def test_what_may_be_read(plain: str) -> None:
    """Business, times, floors of a shop, an order's number, forms of address."""
    assert shown(plain) == plain


@given(TURNS)
@settings(max_examples=200, deadline=None)
def test_a_place_lies_in_its_turn(turns: list[SpokenTurn]) -> None:
    """Whatever is said, by whomever: only letters and digits are hidden, each once."""
    hidden = [(place.turn, at) for place in likely(turns, [], SURNAMES) for at in place.hidden]
    assert len(hidden) == len(set(hidden))
    assert all(turns[turn].text[at].isalnum() for turn, at in hidden)


@given(TURNS)
@settings(max_examples=100, deadline=None)
def test_what_is_known_is_not_told_again(turns: list[SpokenTurn]) -> None:
    """Where everything is hidden already the model has nothing to add."""
    known = [
        whole(number, turn.text, 0, len(turn.text), Personal.NAME)
        for number, turn in enumerate(turns)
    ]
    assert not list(likely(turns, known, SURNAMES))
