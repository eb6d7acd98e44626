"""Where a customer is to be found, as he tells it: asked for it, or behind 我家在 and the like.

Addresses that people tell on the telephone have few shapes in common: 柳树湾, 后屯六社桥南头第三家,
菜市场后面那家小卖部楼上. What tells them is what was asked, and that a clause speaks of a place at all:
then it is hidden whole, and hidden again where the other side repeats it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.privacy.clauses import Clause, again, clauses, names_in
from pipeline.privacy.localities import localities
from pipeline.records import Personal, Role
from pipeline.text.normal import spoken_characters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.privacy.places import Place, SpokenTurn

_ASKS_ITS_NAME = (
    r"地址|住址|位置|的地方(?=[是在呢，,。？]|$)|(?:[住家人您你趴车从卸停放]|[送寄发]到?)[^，。？]{0,4}哪(?:点上|里(?![不有出])|[儿边块片呢啊]|(?=[，,。？?]|$))|[住家您你][^，。？]{0,4}什么(?:地方|位置)|"
    r"哪[一个条]?(?:小区|村|块|片|带|方|段|院|巷|胡同|厂|宿舍|街道|[路街镇乡队屯]|市场|商场|工地|园区|单位|学校|医院)|"
    r"什么(?:[路街村镇]|小区|单位)|(?:小区|单位|店|厂)名|起点|终点|上车点|收货"
)
_ASKS_ITS_PARTS = (
    r"门牌|房号|房间号|楼号|什么位置|哪儿|在哪里|标志|附近有|怎么走|"
    r"哪[一个条家]?(?:[院楼门区户栋幢座层家边头床组社期排]|单元|病区)|"
    r"(?<![十年])几(?:号楼|单元|[号栋幢楼层门组队排室床座期区社弄])|多少[号室栋]"
)
_ASKS = re.compile(f"(?P<name>{_ASKS_ITS_NAME})|{_ASKS_ITS_PARTS}")
"""Asks for a place that has a name, or for a part of one."""
_SHORT = 14
"""Spoken characters of a turn that answers where somebody lives and says nothing else."""
_PATIENCE = 3
"""Turns after a question for a place within which a customer still answers it."""

_STILL = 2
"""Turns after a place within which a number of a house or a room belongs to it."""

_OTHER_NUMBERS = re.compile(
    "[表卡价钱元方度]|数|单号|尾号|户号|工号|号码|末[位尾三四]|后[几三四]位|多少|点[零一二三四五六七八九]"
)
"""Where a number is of something else: 表底数是幺三四七方."""


def whereabouts(turns: Sequence[SpokenTurn], known: Iterable[Place]) -> Iterator[Place]:
    """Where places are told; ``known`` addresses have been found by their shapes."""
    shaped: dict[int, list[Place]] = {}
    named = list(localities(turns))
    yield from named
    for place in known:
        if place.kind == Personal.ADDRESS:
            shaped.setdefault(place.turn, []).append(place)
    told = [
        turns[p.turn].text[p.start : p.end] for places in (*shaped.values(), named) for p in places
    ]
    asked, by_name = -_PATIENCE - 1, False
    spoken_of = -_STILL - 1
    for number, said in enumerate(turns):
        agent = said.role is Role.AGENT
        own = list(clauses(number, said.text, agent=agent))
        beside = [
            any(p.start < c.span[1] and c.span[0] < p.end for p in shaped.get(number, ()))
            for c in own
        ]
        one_number = sum(clause.is_just_numbered for clause in own) == 1
        near = "".join(one.text for one in turns[max(0, number - 1) : number + 1])
        goes_on = one_number and number - spoken_of <= _STILL and not _OTHER_NUMBERS.search(near)
        beside = [
            at or c.is_a_bed or (goes_on and c.is_just_numbered)
            for at, c in zip(beside, own, strict=True)
        ]
        if agent:
            new = _read_back(own, beside, "\n".join(told))
            if question := _ASKS.search(said.text):
                asked, by_name = number, question["name"] is not None
        else:
            answers = number - asked <= _PATIENCE
            new = _telling_clauses(own, beside, "\n".join(told), answers=answers)
            if answers and by_name and number - 1 == asked:
                new = _with_a_name(own, new, is_short=spoken_characters(said.text) <= _SHORT)
        told += [clause.text for clause in new]
        if new or number in shaped:
            spoken_of = number
        yield from (clause.place for clause in new)
    for name in names_in("\n".join(told)):
        for number, said in enumerate(turns):
            yield from again(number, said.text, name)


def _telling_clauses(
    own: Sequence[Clause], beside: Sequence[bool], told: str, *, answers: bool
) -> list[Clause]:
    """The clauses of a customer's turn that tell a place; ``beside``: it holds an address."""
    tells = [
        clause.is_place and (answers or at_one or _is_told(clause, told))
        for clause, at_one in zip(own, beside, strict=True)
    ]
    for at, clause in enumerate(own):
        announced = (
            at > 0 and own[at - 1].announced and own[at - 1].is_empty and not own[at - 1].perhaps
        )
        tells[at] |= announced and (clause.is_place or clause.may_be_a_name)
    return _with_neighbours(own, tells, [c.is_place for c in own])


def _read_back(own: Sequence[Clause], beside: Sequence[bool], told: str) -> list[Clause]:
    """The clauses of an agent's turn that repeat a place, or ask whether it is right."""
    tells = [
        c.is_place and (at_one or _is_told(c, told)) for c, at_one in zip(own, beside, strict=True)
    ]
    told_again = _with_neighbours(own, tells, [c.is_place and c.ends_with_a_place for c in own])
    return [clause.up_to_the_place for clause in told_again]


def _is_told(clause: Clause, told: str) -> bool:
    """Whether a place was to come, or was told before."""
    announced = clause.announced and not clause.is_just_a_floor
    return clause.ends_with_a_place and (announced or clause.repeats(told))


def _with_neighbours(
    own: Sequence[Clause], tells: list[bool], places: Sequence[bool]
) -> list[Clause]:
    """The clauses that tell a place, and the places right beside them."""
    for at in range(1, len(own)):
        tells[at] |= places[at] and tells[at - 1]
    for at in reversed(range(len(own) - 1)):
        tells[at] |= places[at] and tells[at + 1]
    return [clause for clause, tell in zip(own, tells, strict=True) if tell]


def _with_a_name(own: Sequence[Clause], told: list[Clause], *, is_short: bool) -> list[Clause]:
    """What answers the question for a place by its name alone: 柳树湾; 阳光一百，六号楼."""
    if not told:
        return [clause for clause in own if is_short and clause.may_be_a_name]
    first = own[0]
    if len(own) > 1 and told[0] is own[1] and first.may_be_a_name:
        return [first, *told]
    return told
