"""Postal addresses, written or said: from the street or the estate down to the room."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from pipeline.privacy.by_ear import MISHEARD
from pipeline.privacy.places import Place, whole
from pipeline.privacy.words import HAN
from pipeline.records import Personal

if TYPE_CHECKING:
    from collections.abc import Iterator

_N = (
    r"(?:[0-9]{1,3}(?: [0-9]{1,3}){1,3}|"
    r"[A-Za-z]?[0-9０-９]{1,5}[A-Za-z]?(?:[-－—][0-9]{1,4})?|[A-Za-z甲乙丙丁东南西北]|"
    r"[零〇一二两三四五六七八九十百千幺]{1,7})"
)
_S = r"[\s,，、]{0,2}(?:的)?"
_LANE = rf"{_N}\s*(?:弄|支弄|巷|支路)"
_NUMBER = rf"{_N}\s*号(?![码线卡楼院])(?:大院|附{_N}号?)?|{_N}\s*号(?:大|小)?院"
_BUILDING = rf"{_N}\s*(?:号楼|号公寓楼|栋|幢|座|楼栋)"
_UNIT = rf"{_N}\s*(?:单元|门洞?(?!外|口|诊|卡|课|店|市|铃)|梯(?!形))"
_FLOOR = rf"{_N}\s*[楼层](?![道梯上下])"
_ROOM = rf"{_N}\s*(?:室|号房|房间?(?!子|产|东|租))"
_BARE = (
    r"(?:[0-9]{3,4}|[零〇一二三四五六七八九幺]{3,4})"
    r"(?![0-9零〇一二三四五六七八九幺个元块年月日度方立次分秒十百千万])"
)
_INNER = rf"(?:{_S}(?:{_LANE}|{_NUMBER}|{_BUILDING}|{_UNIT}|{_FLOOR}|{_ROOM}))"
_BELOW = rf"{_INNER}+(?:{_S}{_BARE})?"
_ROAD = rf"{HAN}{{1,6}}(?:大道|大街|胡同|[路街巷弄道里])"
_ESTATE = (
    rf"{HAN}{{1,8}}?(?:小区|花园|公寓|家园|新村|新城|[花雅佳名豪嘉美怡]苑|[东西南北]苑|广场|大厦|大院|山庄|别墅|"
    r"[新华佳嘉]园|名邸|名都|华府|华庭|豪庭|雅居|一期|二期|三期|[东西南北中]区|宿舍|家属院|家属楼|社区)"
)
_ANY_ESTATE = rf"{HAN}{{2,7}}?[馆里苑城湾府轩阁居墅郡邸坊洲岸园村庭]"
"""What is an estate where a building of it is named."""
_VILLAGE = (
    rf"{HAN}{{1,5}}(?:镇|乡|街道)?{HAN}{{1,5}}村(?:{_S}(?:{_N}|{HAN}{{1,3}})\s*组)?"
    rf"{_S}{_N}\s*(?:[组社]|号(?![楼院]))"
)
_ADDRESS = (
    rf"(?P<village>{_VILLAGE}(?:{_BELOW})?)"
    rf"|(?P<road>{_ROAD}){_S}(?:与{HAN}{{1,4}}[路街](?:交叉口|路口))?(?:{_ESTATE})?{_BELOW}(?:{_S}{_ESTATE}{_S}(?:{_BELOW}|{_BARE}))?"
    rf"|(?P<estate>{_ESTATE}){_S}(?:{_BELOW}|{_BARE})"
    rf"|(?P<other>{_ANY_ESTATE}){_S}{_BUILDING}(?:{_INNER})*(?:{_S}{_BARE})?"
    rf"|(?P<rooms>(?:{_BUILDING}|{_UNIT}){_S}(?:{_INNER}+(?:{_S}{_BARE})?|{_BARE}))"
)
_HEARD_N = rf"[0-9零〇一二两三四五六七八九十百千幺时是力动{MISHEARD}]"
_HEARD_BUILDING = r"(?:号楼|[栋幢座洞动冻懂床创窗重丛种撞])"
_UNIT_BY_EAR = re.compile("[单丹担][元圆员园原源]")
_HEARD_BLOCK = rf"(?:{_HEARD_N}\s?){{1,4}}{_HEARD_BUILDING}"
_HEARD = re.compile(
    # 十七栋六单元九零三, heard as 时期动六单元90 3; 二十一栋, as 20以动
    rf"(?P<unit>{_HEARD_BLOCK}[\s,，、]?{HAN}?{_N}?单元|{HAN}?{_N}单元)"
    # 文昌巷四十五号, as 文昌向四十五号; 迎宾大道二百零五号, as 营宾大到20 5后
    rf"|(?P<street>{HAN}{{2,4}}(?:大[道到倒]|大街|[路街巷向弄]|(?<![记登目收])录))"
    r"\s?(?:[0-9] ?|[零一二两三四五六七八九十百]){2,7}[号好后]"
    # 金鹰花园二十九幢, as 精英花园29床
    rf"|(?P<place>{HAN}{{2,6}}(?:小区|花园|公寓|家园|新村|新城|[花雅佳名豪嘉]苑))"
    rf"[\s,，]?{_HEARD_BLOCK}"
)
"""Addresses as a recogniser writes them down, where it has misheard them (Whisper base)."""
_MORE = (
    r"[零〇一二两三四五六七八九幺]{1,5}|[0-9]{1,4}(?: [0-9]{1,3})?|"
    rf"{HAN}{{0,5}}{_HEARD_BLOCK}|{HAN}{{2,6}}[，,]?{HAN}?{_BARE}|{_N}\s*(?:号(?![码线卡])|层)|{HAN}?{_N}?\s*单元"
)
_TAIL = re.compile(rf"(?:[\s,，、]?(?:{_MORE}))+(?:[室市事]|号房)?")
"""What goes on with an address: the building, the unit and the room behind it."""
_LIVES = re.compile(
    rf"(?:住在?|家在|家里?是|地址(?:在|是|填|写)?[：:]?)(?:{HAN}{{2,6}}[省市区县])*"
    rf"(?P<estate>{_ESTATE}|{_ROAD})(?=[，。,.!！?？\s的]|$)"
)
_BEFORE = re.compile(
    r".*(?:(?<!城)市|[省县区镇乡在住是到去了的我你您他她它给说址叫看有这那就从帮问个,，。、：:]|街道|地区|登记|送往|寄往)"
)
"""What stands before a street's name and is no part of it, up to the last of such characters."""
_LONGEST_NAME = 6
_NAMED = re.compile(rf"{HAN}{{2,{_LONGEST_NAME}}}$")
_NAMELESS = ("rooms", "unit")
"""Groups that begin with a number, not with a name."""
_SUFFIX = 2
"""Characters of 小区 and its like, which alone name nothing: 哪个小区."""
_OURS = re.compile(
    r"营业[厅点部室]|网点|门店|大厅|服务中心|缴费点|总部|公司地址|我们(?:公司|单位)|派出所|售后点"
)
"""Where the house itself is to be found."""


def addresses(turn: int, text: str) -> Iterator[Place]:
    """Addresses: province, town and district stay, the rest is hidden."""
    end = 0
    text = _UNIT_BY_EAR.sub("单元", text)
    found = (*_address().finditer(text), *_LIVES.finditer(text), *_HEARD.finditer(text))
    for match in sorted(found, key=lambda m: (m.start(), -m.end())):
        group = match.lastgroup or ""
        start = match.start(group) + (0 if group in _NAMELESS else _not_its_name(match[group]))
        if group == "unit":
            start = _estate_before(text, start)
        tail = _TAIL.match(text, match.end())
        stop = tail.end() if tail else match.end()
        if stop - start > _SUFFIX and stop > end and not _is_ours(text, match.start()):
            yield whole(turn, text, start, stop, Personal.ADDRESS)
            end = stop


@functools.cache
def _address() -> re.Pattern[str]:
    """Compiled when it is first looked for: that takes a tenth of a second."""
    return re.compile(_ADDRESS)


def _not_its_name(name: str) -> int:
    """How many characters before a street's or an estate's name were taken for a part of it."""
    found = _BEFORE.match(name[:-2])
    return found.end() if found else 0


def _estate_before(text: str, start: int) -> int:
    """Where the name that stands before a building begins, however it was heard: 以景花圆四动."""
    before = _NAMED.search(text, max(0, start - _LONGEST_NAME), start)
    if before is None:
        return start
    cut = _BEFORE.match(before.group())
    begin = before.start() + (cut.end() if cut else 0)
    return begin if start - begin >= _SUFFIX else start


def _is_ours(text: str, start: int) -> bool:
    """Whether the sentence in which an address stands is about a place of the house's."""
    begun = max(text.rfind(mark, 0, start) for mark in "。！？!?；;")
    return _OURS.search(text, begun + 1, start + 40) is not None
