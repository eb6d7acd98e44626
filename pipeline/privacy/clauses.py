"""Clauses that speak of a place: 后屯六社桥南头第三家, 菜市场后面那家小卖部楼上."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.privacy.places import Place, whole
from pipeline.privacy.words import HAN, STOP, spans, words
from pipeline.records import Personal
from pipeline.text.digits import DIGIT
from pipeline.text.normal import holds_a_verb, is_ordinary_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CLAUSE = re.compile(rf"[^{STOP}]+")
_TELLS = re.compile(
    r"(?<![您你])家(?=住|在|里?是|那)|我们?(?:家|单位|公司|厂|店)|[住租](?!院|户|址|房部)(?:在|的是|[的着])?|"
    r"地址(?:[是在写填])?(?:的|错了?)?|[送寄](?:到|去|给|我|过来|吧)|^[送寄]|上班|收货(?:地址)?[是写]?|老家|门牌是?|"
    r"来接|接我|放[在到]?|门口等|从(?=.*到)|发[到往]|在家|[卸搬拉开来绕改换]到"
)
"""What a customer says before he tells a place."""
_MAY_TELL = re.compile(r"我们?就?是(?!说)|(?:^|[我他她们人车就得]|现在)+[在停]|^从")
"""And before much else: then it has to be more than a floor."""
_READS_BACK = re.compile(
    r"[您你]的?(?:家|单位|公司)?(?:住址|地址)|[单子里]上?写的?是?|写的是|登记的?是|地址(?:[写是填留]|登记|改成)|"
    r"[送寄发]到|^[送寄发]|给您送|[您你]家?是?住|[您你]家在|(?:起点|终点|上车点)是?"
)
"""What an agent says before he reads a place to the customer whose it is."""
_N = rf"(?:{DIGIT}|[十百甲乙丙丁东南西北中老头])+"
_NUMBERED = re.compile(
    rf"{_N}\s?(?:号楼|号院|号(?![码线])|[栋幢座床铺排组社队弄巷室户房厅营街院]|单元|门(?![诊票])|[楼层](?!下?单)|"
    r"大队|标段|窗口|铺位|摊位|期(?![间限])|区(?![别号])|家(?=$|[的吧]))"
)
_BARE = re.compile(rf"(?:{DIGIT}){{3,5}}")
_JUST_NUMBERED = re.compile(
    rf"负?(?:(?:{_NUMBERED.pattern})+(?:{DIGIT}){{0,4}}|(?:{DIGIT}){{3,4}})(?:左手|右手|边|[东西中南北]户|的)*"
)
_BED = re.compile(rf"(?<![一两几])(?:{DIGIT}|十){{2,4}}加?床")
_FILLER = re.compile(
    r"(?:[嗯啊哦呃额诶哎呀对好那就是的行]|不对|不是|那个|这个|还有|我看看|等一?下|说错了?|我?搬过?了|来着|这样|[您你]记|记一下)+"
)
_BEFORE = re.compile(
    r"(?:不是|[嗯啊哦呃那就对是从报去回来要我您你他她它的住在到送寄放发填写给叫这让]|[我你您]们|家里?|地址|那个|还是|登记|[订单]单?上|上面|师傅|到了)+"
)
_AFTER = re.compile(
    r"(?:[住收接等送](?=的?$)|上班|上学|的话|可以吗|对不对|[对是][吗吧]|没错|就[行好中是]|来着|那个|这边|[也都]行|也成|是不是|[的吧吗呢啊呀哦了嘛对])+$"
)
_ABOVE = re.compile(
    rf"(?:{HAN}{{2,3}}(?:(?<![超城门都菜])市|[省县乡镇]|(?<![小园期社校营景矿厂一二三四五六七八九十东南西北中])区))+"
    rf"(?={HAN}{{2}})"
)
"""Province, town and district before a place: they stay."""
_SAYS = re.compile("[了吗呢行]|可以")
"""What a clause ends with that says or asks something."""
_QUESTION = re.compile(r"(?:具体)?是?(?:几|哪|什么|多少|怎么|请问)")
"""Where what an agent repeats goes over into what he asks: 江南名府几幢几楼."""
_NO_PLACE = re.compile(
    r"[我您你他她它谁不没哪几吗姓叫钱吨字月块]|什么|怎么|多少|可以|谢谢|知道|需要|上门|师傅|时候|时间|"
    r"[上下]午|[明今昨]天|(?<!单)元|小时|分钟|点[半钟一二三四五六七八九十]|早上|中午|晚上|电话|号码|手机|单号"
)
_NO_NAME = re.compile(
    rf"[听见得能会想要做看问来去办打换装买开交申用晾洗吃喝咋嘞啦清记点等艾特]|礼拜|{DIGIT}{DIGIT}"
)
_ESTATE = re.compile(f"{HAN}{{4}}(?:小区|花园|公寓|家园|新村|新城|大厦|广场)$")
"""An estate behind its street: 人民路金水花园 is known by 金水花园 too."""
_BY_IT = re.compile("(?:上|附近|旁边|边上|那边|对面)$")
"""Behind the name of a place where somebody is: 赭山西路上."""
_NAMED = re.compile(rf"{HAN}{{2,8}}")
OURS = re.compile(
    r"营业[厅点部室]|网点|门店|大厅|服务中心|缴费点|总部|我们(?:公司|单位|商场|[这的店])|本店|专柜|售后点|"
    r"[您你]们(?:商场|营业|[那店家])|[您你](?:可以|直接|[得要带先])?[来到去]"
)
"""Where the house itself is to be found."""
_ROAD = "(?<![线电网马走公铁道问带回短思半顺铺一])路"
_COMMON = rf"(?:{DIGIT}|[十百号楼栋幢座单元层室门户的小区东南西北路街])+"
_JUST_A_FLOOR = re.compile(rf"负?{_N}[楼层].{{0,3}}")
_FEW = 3
"""Characters of a place that is hardly one, where it may be something else: 在这边."""
_LEAST = 2
"""Characters of a place."""
_PAIR, _LONG = 2, 4
"""Characters in a row by which a place is known again: of its name, and any."""


@dataclass(frozen=True, kw_only=True)
class Clause:
    """A clause of a turn: ``text`` is what it may say of a place, from ``start`` to ``end``.

    ``announced``: a place was to come; ``perhaps``: by words that come before much else too.
    ``is_said_of_something``: 明白了, 退货行吗 are answers, no names.
    """

    turn: int
    span: tuple[int, int]
    start: int
    end: int
    text: str
    announced: bool
    perhaps: bool
    is_said_of_something: bool

    @property
    def place(self) -> Place:
        """Hidden whole."""
        letters = tuple(self.start + i for i, c in enumerate(self.text) if c.isalnum())
        return Place(self.turn, self.start, self.end, Personal.ADDRESS, letters)

    def touches(self, places: Iterable[Place]) -> bool:
        """Whether one of these places lies in it."""
        return any(p.start < self.span[1] and self.span[0] < p.end for p in places)

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing but words that announce a place: 寄到我单位."""
        return len(self.text) < _LEAST or self.text in {"单位", "公司", "店里", "厂里", "家里"}

    @functools.cached_property
    def is_place(self) -> bool:
        """Whether it speaks of a place."""
        if self.is_empty or _NO_PLACE.search(self.text):
            return False
        return bool(
            _NUMBERED.search(self.text)
            or _BARE.fullmatch(self.text)
            or _spatial().search(self.text)
        )

    @functools.cached_property
    def is_just_numbered(self) -> bool:
        """Whether it is the number of a house, a floor, a room or a bed and nothing else."""
        return _JUST_NUMBERED.fullmatch(self.text) is not None

    @property
    def is_a_bed(self) -> bool:
        """Whether it tells a bed in a hospital: nobody else has one of that number."""
        return _BED.search(self.text) is not None

    @property
    def ends_with_a_place(self) -> bool:
        """Whether it comes to its end with the words for a place: not 三楼买的那条西裤."""
        ends = (m.end() for pattern in _patterns() for m in pattern.finditer(self.text))
        return any(end >= len(self.text) - 1 for end in ends)

    @property
    def up_to_the_place(self) -> Clause:
        """Without what goes on behind the words for a place: 15号二楼已经登记好了."""
        ends = [m.end() for pattern in _patterns() for m in pattern.finditer(self.text)]
        length = max(ends, default=len(self.text))
        return replace(self, end=self.start + length, text=self.text[:length])

    @property
    def is_just_a_floor(self) -> bool:
        """Whether it says no more than on which floor of the house somebody is."""
        few = self.perhaps and len(self.text) <= _FEW
        return few or _JUST_A_FLOOR.fullmatch(self.text) is not None

    @property
    def may_be_a_name(self) -> bool:
        """柳树湾, 后海南沿儿: a name of which nothing says that it is one but the question."""
        if self.is_empty or self.is_said_of_something or _NO_PLACE.search(self.text):
            return False
        other = _NO_NAME.search(self.text) or is_ordinary_word(self.text) or holds_a_verb(self.text)
        return _NAMED.fullmatch(self.text) is not None and not other

    def repeats(self, told: str) -> bool:
        """Whether what names the place, or a number of it, stands in what was told."""
        text = self.text
        if any(text[i : i + _LONG] in told for i in range(len(text) - _LONG + 1)):
            return True
        names = re.split(f"{_spatial().pattern}|{_COMMON}", text)
        pairs = (name[i : i + _PAIR] for name in names for i in range(len(name) - _PAIR + 1))
        if any(pair in told and not is_ordinary_word(pair) for pair in pairs):
            return True
        numbers = (*_NUMBERED.finditer(text), *_BARE.finditer(text))
        return any(number.group() in told for number in numbers)


def clauses(turn: int, text: str, *, agent: bool) -> Iterator[Clause]:
    """The clauses of a turn but fillers, and what is said of the house's own places."""
    for found in _CLAUSE.finditer(text):
        if _FILLER.fullmatch(found.group()) or OURS.search(found.group()):
            continue
        cue = (_READS_BACK if agent else _TELLS).search(found.group())
        perhaps = None if cue or agent else _MAY_TELL.search(found.group())
        after = cue or perhaps
        start, end = found.start() + (after.end() if after else 0), found.end()
        if agent and (question := _QUESTION.search(text, start, end)):
            end = question.start()
        for before in (_BEFORE, _ABOVE):
            if found_before := before.match(text, start, end):
                start = found_before.end()
        if tail := _AFTER.search(text[:end], start):
            end = tail.start()
        yield Clause(
            turn=turn,
            span=found.span(),
            start=start,
            end=end,
            text=text[start:end],
            announced=after is not None,
            perhaps=perhaps is not None,
            is_said_of_something=_SAYS.search(text[end : found.end()]) is not None,
        )


def names_in(told: str) -> list[str]:
    """What the places that were told are known by wherever it is said, one place a line."""
    places = [_BY_IT.sub("", place) for place in told.split("\n")]
    heads = (re.split(rf"{DIGIT}|[十百]", place)[0] for place in places)
    names = {h for h in heads if len(h) > _LEAST} | {p for p in places if len(p) >= _LONG}
    names |= {name[-_LONG:] for name in names if _ESTATE.search(name)}
    return sorted(name for name in names if not is_ordinary_word(name))


def again(turn: int, text: str, name: str) -> Iterator[Place]:
    """Where a place is named again."""
    for start, end in spans(text, name):
        yield whole(turn, text, start, end, Personal.ADDRESS)


def _patterns() -> tuple[re.Pattern[str], ...]:
    """What tells that a clause speaks of a place."""
    return _NUMBERED, _BARE, _spatial()


@functools.cache
def _spatial() -> re.Pattern[str]:
    """The words of places and of where they lie; those of one character end a name: 和平里."""
    listed = {word for name in ("place", "location") for word in words(name)}
    long = sorted((word for word in listed if len(word) > 1), key=lambda word: (-len(word), word))
    short = "".join(sorted(word for word in listed if len(word) == 1))
    return re.compile(f"{'|'.join(long)}|(?<={HAN})(?:{_ROAD}|[{short}])(?!面|边|头|外|上网|由)")
