"""Postal addresses, written or said: from the street or the estate down to the room."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from pipeline.privacy.places import Place, whole
from pipeline.records import Personal

if TYPE_CHECKING:
    from collections.abc import Iterator

_HAN = r"[\u4e00-\u9fff]"
_N = (
    r"(?:[A-Za-z]?[0-9０-９]{1,5}[A-Za-z]?(?:[-－—][0-9]{1,4})?|[A-Za-z甲乙丙丁东南西北]|"
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
_ROAD = rf"{_HAN}{{1,6}}(?:大道|大街|胡同|[路街巷弄道里])"
_ESTATE = (
    rf"{_HAN}{{1,8}}?(?:小区|花园|公寓|家园|新村|新城|[花雅佳名豪嘉美怡]苑|[东西南北]苑|广场|大厦|大院|山庄|别墅|"
    r"[新华佳嘉]园|名邸|名都|华府|华庭|豪庭|雅居|一期|二期|三期|[东西南北中]区|宿舍|家属院|家属楼|社区)"
)
_ANY_ESTATE = rf"{_HAN}{{2,7}}?[馆里苑城湾府轩阁居墅郡邸坊洲岸园村庭]"
"""What is an estate where a building of it is named."""
_VILLAGE = (
    rf"{_HAN}{{1,5}}(?:镇|乡|街道)?{_HAN}{{1,5}}村(?:{_S}(?:{_N}|{_HAN}{{1,3}})\s*组)?"
    rf"{_S}{_N}\s*(?:[组社]|号(?![楼院]))"
)
_ADDRESS = (
    rf"(?P<village>{_VILLAGE}(?:{_BELOW})?)"
    rf"|(?P<road>{_ROAD}){_S}(?:与{_HAN}{{1,4}}[路街](?:交叉口|路口))?(?:{_ESTATE})?{_BELOW}(?:{_S}{_ESTATE}{_S}(?:{_BELOW}|{_BARE}))?"
    rf"|(?P<estate>{_ESTATE}){_S}(?:{_BELOW}|{_BARE})"
    rf"|(?P<other>{_ANY_ESTATE}){_S}{_BUILDING}(?:{_INNER})*(?:{_S}{_BARE})?"
    rf"|(?P<rooms>(?:{_BUILDING}|{_UNIT}){_S}(?:{_INNER}+(?:{_S}{_BARE})?|{_BARE}))"
)
_LIVES = re.compile(
    rf"(?:住在?|家在|家里?是|地址(?:在|是|填|写)?[：:]?)(?:{_HAN}{{2,6}}[省市区县])*"
    rf"(?P<estate>{_ESTATE}|{_ROAD})(?=[，。,.!！?？\s的]|$)"
)
_BEFORE = re.compile(
    r".*(?:(?<!城)市|[省县区镇乡在住是到去了的我你您他她它给说址叫看有这那就从帮问个,，。、：:]|街道|地区|登记|送往|寄往)"
)
"""What stands before a street's name and is no part of it, up to the last of such characters."""
_SUFFIX = 2
"""Characters of 小区 and its like, which alone name nothing: 哪个小区."""
_OURS = re.compile(
    r"营业[厅点部室]|网点|门店|大厅|服务中心|缴费点|总部|公司地址|我们(?:公司|单位)|派出所|售后点"
)
"""Where the house itself is to be found."""


def addresses(turn: int, text: str) -> Iterator[Place]:
    """Addresses: province, town and district stay, the rest is hidden."""
    end = 0
    for match in (*_address().finditer(text), *_LIVES.finditer(text)):
        group = match.lastgroup or ""
        start = match.start(group) + (_not_its_name(match[group]) if group != "rooms" else 0)
        named = match.end() - start > _SUFFIX
        if named and match.end() > end and not _is_ours(text, match.start()):
            yield whole(turn, text, start, match.end(), Personal.ADDRESS)
            end = match.end()


@functools.cache
def _address() -> re.Pattern[str]:
    """Compiled when it is first looked for: that takes a tenth of a second."""
    return re.compile(_ADDRESS)


def _not_its_name(name: str) -> int:
    """How many characters before a street's or an estate's name were taken for a part of it."""
    found = _BEFORE.match(name[:-2])
    return found.end() if found else 0


def _is_ours(text: str, start: int) -> bool:
    """Whether the sentence in which an address stands is about a place of the house's."""
    begun = max(text.rfind(mark, 0, start) for mark in "。！？!?；;")
    return _OURS.search(text, begun + 1, start + 40) is not None
