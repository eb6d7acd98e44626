"""Names that a network knows for names: 黎少玲, 努尔夏提, 老刘, with nothing around them that tells.

A person in its eyes is a customer only where nothing speaks against it: whom a dictionary has is
somebody famous or a shop's brand (李宁, 王麻子), and what an agent calls himself is his own name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.privacy.called import Name
from pipeline.privacy.words import HAN, STOP, any_of, words
from pipeline.records import Role
from pipeline.text.digits import DIGIT
from pipeline.text.lac import persons
from pipeline.text.normal import is_ordinary_word, is_well_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.privacy.called import Surnames
    from pipeline.privacy.places import SpokenTurn

_FAMILIAR = re.compile("谢谢|免贵姓?|姓|[老小大](?=.$)")
"""Before a name, and no part of it: 老刘, 谢谢戈先生."""
_COLLEAGUE = re.compile("小.$")
"""So those are called who work there: 小田今天轮休."""
_NO_NAME = re.compile(
    "^阿..$|^阿[他她它我你您这那哪谁是不就]|^[蓝黄白金].*子$|^黄[连芪豆瓜]$|^祝|^王八|记$|[不了]$"
)
"""An 啊 that was misheard, a thing, a wish, an insult, an old shop: 黄管子, 祝囡囡."""
_TITLE = re.compile(rf"(?:{any_of('title')}|(?<=.)[姐哥嫂姨叔婶总工](?=$|[{STOP}您你]))")
_OFFICE = re.compile("师傅|医生|大夫|老师|主任|经理|教练|律师|护士|[校院所队科店组班]长")
"""By these those are called who work there."""
_OWN = re.compile(
    rf"(?:本人姓|号，?姓|(?:我|这里|这边|名字|叫我)(?:是|叫|姓)?|客服|工号|接线员)[^{STOP}]{{0,6}}$"
)
"""Before what an agent calls himself: 我是站点的小鲁."""
_AT_YOUR_SERVICE = re.compile(rf"[{STOP}]*(?:为您|竭诚|很?高兴|工号)")
_ASKED = re.compile(rf"(?:{any_of('title')})|[是对][吗吧]|[吗吧]")
"""Behind whom an agent's first words ask for; other names there are his firm's: 张垣通达快运."""
_FIRM = re.compile(
    "分?店|书[屋店]|燃气|快[运递]|网点|烧烤|影院|电影|校区|专[柜卖]|系列|牌|代言|主题|[款卡街路湖巷]|旁边|时候"
)
"""Behind what is no person's."""
_ALONE = re.compile(rf"(?:^|[{STOP}老小阿是叫姓找])$")
"""Before a single character that is a name; ``_ENDS`` stands behind it."""
_SHEET = re.compile("[一两几二三四五六七八九十那这有换拍办每]张$")
"""Before what is counted, and is nobody's name: 换张卡."""
_JOINT = re.compile(f"(?![和跟与叫是的]){HAN}")
"""What stands between two parts of one name, and not between two people."""
_STOPS = "，,。.！!？?、；;：: "
_HAN = re.compile(f"{HAN}+")
_ENDS = re.compile(rf"$|[{STOP}]|[吧吗呢啊的是]")


def people(turns: Sequence[SpokenTurn], surnames: Surnames) -> Iterator[Name]:
    """The names in a call that the network takes for people's."""
    found = [
        (number, at, name) for number, said in enumerate(turns) for at, name in _persons(said.text)
    ]
    agents = {name for number, at, name in found if _is_own(turns[number], at, name)}
    for number, at, name in found:
        greets = number == 0 and turns[0].role is Role.AGENT
        asked = not greets or _ASKED.match(turns[0].text, at + len(name))
        alone = len(name) == 1 and name not in surnames.known
        if asked and not alone and name not in agents and _is_nobody_known(name):
            keep = 0 if name.startswith("阿") else surnames.length(name)
            yield Name(number, at, at + len(name), keep)


def _persons(text: str) -> Iterator[tuple[int, str]]:
    """Each person in a text, without a title: where the name begins, and the name."""
    for start, until in _people_in(text):
        familiar = _FAMILIAR.match(text[start:until])
        at = start + (familiar.end() if familiar else 0)
        title = _TITLE.search(text[: until + 1], at)
        name = text[at : min(until, title.start() if title else until)].rstrip(_STOPS)
        end = at + len(name)
        works_there = _COLLEAGUE.match(text[start:end]) or _OFFICE.search(text[: end + 2], at)
        no_person = _FIRM.match(text, end) or _SHEET.search(text[: at + 1])
        by_itself = _ALONE.search(text[:at]) and _ENDS.match(text, end)
        is_told = len(name) > 1 or familiar or title or by_itself
        if name and is_told and not (works_there or no_person):
            yield at, name


def _people_in(text: str) -> list[tuple[int, int]]:
    """Where people stand in a text; two with a single character between them are one: 努尔夏 提 艾力."""
    found: list[tuple[int, int]] = []
    for start, end in persons(text):
        gap = text[found[-1][1] : start] if found else ""
        if _JOINT.fullmatch(gap):
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return found


def _is_own(said: SpokenTurn, at: int, name: str) -> bool:
    """Whether an agent speaks of himself."""
    if said.role is not Role.AGENT:
        return False
    behind = _AT_YOUR_SERVICE.match(said.text, at + len(name))
    return behind is not None or _OWN.search(said.text[:at]) is not None


def _is_nobody_known(name: str) -> bool:
    """Whether no dictionary has the name, for a word or for somebody of whom books speak."""
    if not _HAN.fullmatch(name) or len(re.findall(DIGIT, name)) > 1:
        return False
    listed = is_ordinary_word(name) or is_well_known(name)
    if name in words("no_name") or _NO_NAME.search(name):
        return False
    return len(name) == 1 or not listed
