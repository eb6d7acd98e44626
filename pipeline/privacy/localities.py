"""Streets, villages and estates that a network knows for places: 赭山西路, 东坂村, 融侨华府.

In a customer's mouth a place that no dictionary has is where he is to be found, unless he speaks of a
place of the house's (建设路营业厅). Towns and districts stay, as they do before an address.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.privacy.clauses import OURS
from pipeline.privacy.places import whole
from pipeline.privacy.words import STOP
from pipeline.records import Personal, Role
from pipeline.text.lac import locations
from pipeline.text.normal import is_well_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.privacy.places import Place, SpokenTurn

_ABOVE = re.compile("(?:[省市县区州盟旗]|地区|高新|开发区|新区)$")
"""What a place ends with that finds nobody."""
_NO_DISTRICT = re.compile("[小社校园厂院病片矿营库]区$")
_OUTLET = re.compile(
    rf"[^{STOP}]{{0,6}}(?:营业|网点|门店|支行|分行|分店|专柜|店|公园|景区|景点|机场|高铁|火车站|站|校区|套餐|旅游|航班|"
    "医院|大学|博物馆|卡|产的|特产|品牌|牌子|快递|中转|那边的人)"
)
"""Behind a place of which a customer speaks without being there."""
_IS_IT = re.compile("(?:喂|你好|您好|请问|你们?|这里|这边|那个)*是不?是?.{2,8}[吗吧]?")
"""Whether he has called the right house: 是大卫城吗."""
_CLAUSE_BEFORE = re.compile(rf"[^{STOP}]*$")
_CLAUSE_BEHIND = re.compile(rf"[^{STOP}]*")
_LEAST = 3
"""Characters of a place that may be somebody's."""


def localities(turns: Sequence[SpokenTurn]) -> Iterator[Place]:
    """Where customers name places that no dictionary has, nor the agent's greeting."""
    greeting = next((said.text for said in turns if said.role is Role.AGENT), "")
    for number, said in enumerate(turns):
        for start, end in () if said.role is Role.AGENT else _without_spaces(said.text):
            if said.text[start:end] not in greeting and _is_local(said.text, start, end):
                yield whole(number, said.text, start, end, Personal.ADDRESS)


def towns(text: str) -> Iterator[int]:
    """The characters of provinces, towns and districts in a text, which stay."""
    for start, end in _without_spaces(text):
        name = text[start:end]
        if len(name) >= _LEAST and _ABOVE.search(name) and not _NO_DISTRICT.search(name):
            yield from range(start, end)


def _without_spaces(text: str) -> Iterator[tuple[int, int]]:
    """The places in a text without the spaces around them."""
    for start, end in locations(text):
        name = text[start:end]
        yield end - len(name.lstrip()), start + len(name.rstrip())


def _is_local(text: str, start: int, end: int) -> bool:
    """Whether a place is where somebody is to be found."""
    name = text[start:end]
    if len(name) < _LEAST or is_well_known(name) or _ABOVE.search(name):
        return False
    before, behind = _CLAUSE_BEFORE.search(text[:start]), _CLAUSE_BEHIND.match(text, end)
    clause = f"{before.group() if before else ''}{name}{behind.group() if behind else ''}"
    return not (_OUTLET.match(text, end) or OURS.search(clause) or _IS_IT.fullmatch(clause))
