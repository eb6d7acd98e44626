"""Names as a conversation brings them: asked for, behind a kinship, on a parcel, before a title.

A list of surnames knows 张伟. Whoever answers 孩子叫什么 with 温暖, or whose mother is 斯琴高娃, is
known by what stands around it and by nothing else.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.privacy.places import Place
from pipeline.privacy.words import CLAUSE_END, CLAUSE_START, HAN, IN_NAMES, STOP, any_of, words
from pipeline.records import Personal, Role
from pipeline.text.digits import DIGIT
from pipeline.text.normal import holds_a_verb, is_ordinary_word, spoken_characters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from pipeline.privacy.places import SpokenTurn

_NAME = rf"(?P<name>(?!谢谢){IN_NAMES}(?:{IN_NAMES}|[一二三四五六七八九](?!{DIGIT})){{1,4}})"
_SHORT = rf"(?P<name>(?:{IN_NAMES}){{2,3}})"
_END = (
    rf"(?=$|[{STOP}]|[就也都]行|就[好中成]|得[啦了]|[吧吗呢啊和跟]|的(?:$|[{STOP}])|[对是]吗|收(?:$|[{STOP}])|"
    "女士|先生|小姐|同学)"
)
_SHORT_TITLE = "(?<![阿小大老叔])[姐哥嫂姨叔婶](?![姐哥叔子丈夫])"
TITLE = rf"(?:{any_of('title')}|{_SHORT_TITLE})"
"""What stands behind a name."""
_KIN = rf"(?:[我他她老俺]们?家?的?)?(?:对门|隔壁|楼上|楼下)?[大小二]?(?:{any_of('kin')})"
_OWN_KIN = rf"[我他她俺]们?家?的?(?:对门|隔壁|楼上|楼下)?[大小二]?(?:{any_of('kin')})"
"""Somebody's, told as such: 小妹 says an agent of herself."""
_LABEL = rf"(?:{any_of('party')})(?:的?(?:名字|姓名))?(?:登记的?|写的?|填的?|留的?|上)?"
_NO_NAME = re.compile(
    rf"^(?:{any_of('kin')})|{any_of('party')}|客服|接线员|话务员|公司|商贸|百货|中燃|燃气|中心|集团|银行|移动|联通|电信|超市|粮油|物流|贸易|软件|平台|程序|发票|营业|套餐|"
    "女士|先生|小姐|老师|师傅|阿姨|叔叔|大爷|大妈|伯伯|经理|主任|队长|班长|店长|分析师|"
    "[路街村镇县市区省苑园里墩湾楼室厅部科店厂网卡表费单号角证点]$|(?:周|星期|礼拜)[一二三四五六日天末]$"
)
"""Firms, places, days, things: what stands where names do and is none."""
_NO_END = re.compile("[了的吗呢吧来去么谁啊]$|什么|可以|不")
_NO_TITLED = re.compile("^[这那各每哪本贵两男女老小大该某此另]")
_ASKS = re.compile(
    "叫什么|叫啥|名字|姓名|全名|大名|称呼|哪位|是谁|写谁|收的人|怎么写|哪几个字|"
    + "|".join(sorted(words("party") - {"孩子", "老人"}))
)
"""Asks for somebody's name; 孩子 and 老人 are asked about for much else."""
_ANSWER = re.compile(
    rf"(?:[嗯啊哦呃额诶哎对好我是叫{STOP}]|就是|大名|小名|名字|这个|那个|[您你]记一?下)*"
    rf"(?:{_NAME}{_END}|(?P<long>(?:{IN_NAMES}|[不那都买来]){{4,10}}){CLAUSE_END})"
)


_WHO = re.compile(
    rf"(?:贵[姓性信幸]|怎么称呼|如何称呼|姓名|名字|叫什么)[^{STOP}]{{0,6}}[{STOP}]*(?:方便|好)?[吗呢啊]?[{STOP}]*$"
)
"""Asks for a name and for nothing behind it."""
_NO_ANSWER = re.compile(
    rf"(?:[嗯啊哦呃额喂哎呀好对是行中要不没有吗呢吧了的得嘞我姓填{STOP}]|那个|还有|可以|谢谢|什么|怎么|等一?下|稍等|我看看|听不清|"
    r"[你您]说|再说|一遍|本人|就是我|我自己|[你您]好|再见|拜拜|干嘛|不用|知道|明白|方便|问这个)*"
)
_LONGEST = 3
"""Characters of a whole name behind a surname of one, that included."""
_FEW = 4
"""Spoken characters of a turn that answers it and is nothing else, however it was heard."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a turn, and how many of its characters stay: those of its surname."""

    turn: int
    start: int
    end: int
    keep: int = 0

    @property
    def place(self) -> Place:
        """All of it is hidden but what stays; of 古丽娜尔, four characters, no single one does."""
        keep = 0 if self.keep == 1 and self.end - self.start > _LONGEST else self.keep
        hidden = tuple(range(self.start + keep, self.end))
        return Place(self.turn, self.start, self.end, Personal.NAME, hidden)


@dataclass(frozen=True, slots=True)
class Surnames:
    """The surnames that are known."""

    known: frozenset[str]

    def length(self, name: str) -> int:
        """How many characters of a whole name are its surname; 0 where it begins with none."""
        if len(set(name)) == 1:  # 毛毛
            return 0
        return next((n for n in (2, 1) if len(name) > n and name[:n] in self.known), 0)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What may be a name: whether it begins with a surname, and whether a customer says it."""

    text: str
    surnamed: bool
    customer: bool

    @property
    def is_listed(self) -> bool:
        """Whether it is one of the words, firms and things that stand where names do."""
        return self.text in words("no_name") or _NO_NAME.search(self.text) is not None


def _likely(one: _Candidate) -> bool:
    """Behind a cue that names follow: begins with a surname, or is no other word."""
    if one.is_listed:
        return False
    if one.surnamed or len(one.text) == 1:
        return one.surnamed or one.customer
    return one.customer and not (is_ordinary_word(one.text) or holds_a_verb(one.text))


def _sure(one: _Candidate) -> bool:
    """Behind a cue that much else follows: begins with a surname and is no other word."""
    doubled = one.text[0] == one.text[1]
    other = doubled or one.is_listed or _NO_END.search(one.text) or is_ordinary_word(one.text)
    return one.surnamed and not other


def _is_labelled(one: _Candidate) -> bool:
    """Behind the label of a name: begins with a surname, whatever word it is."""
    return one.surnamed and _NO_END.search(one.text) is None


def _has_title(one: _Candidate) -> bool:
    """Before a title: no other word, and not 这位."""
    return _NO_TITLED.search(one.text) is None and _is_on_screen(one)


def _is_on_screen(one: _Candidate) -> bool:
    """What a screen shows for a name, whoever reads it out: no other word."""
    return not (one.is_listed or is_ordinary_word(one.text) or holds_a_verb(one.text))


def _foreign(one: _Candidate) -> bool:
    """Whether no two of its characters are a Chinese word: 热依汗古丽."""
    return not any(is_ordinary_word(one.text[i : i + 2]) for i in range(len(one.text) - 1))


def _unmistakable(one: _Candidate) -> bool:
    """Where anything may stand: a surname, and no word at all."""
    return _sure(one) and _foreign(one)


def _asked_for(one: _Candidate) -> bool:
    """Where a name has to stand: whatever is none of the words that stand there otherwise."""
    return not (one.is_listed or (not one.surnamed and holds_a_verb(one.text)))


def _whatever(_: _Candidate) -> bool:
    """Behind a cue that nothing but names follows."""
    return True


_CUES: tuple[tuple[str, Callable[[_Candidate], bool]], ...] = (
    (rf"(?:[我他她名人子女婆公妈爸友事东的]|本|都|就)叫(?:做)?{_NAME}{_END}", _likely),
    (rf"[叫喊]我[老小阿](?P<name>{HAN}){_END}", _likely),
    (rf"[叫喊]我{_SHORT}{_END}", _likely),
    (rf"[叫喊找跟问带](?P<name>[小老阿大](?:{IN_NAMES}|幺))(?:{_END}|(?=[说讲商也去来]))", _likely),
    (rf"喊(?P<name>老[一二三四五六七八九]){_END}", _whatever),
    (
        rf"{_KIN}(?P<name>[大小阿]{IN_NAMES}|(?P<twice>{HAN})(?P=twice))(?=[{STOP}在也的给送昨今明把去来]|$)",
        _likely,
    ),
    (rf"祝(?P<name>(?:{IN_NAMES}){{1,4}})(?=生日|新婚|早日|百岁|满月)", _asked_for),
    (rf"落款就?(?:写|是)?个?(?P<name>(?:{IN_NAMES}){{1,3}}){_END}", _likely),
    (rf"(?:喊|{CLAUSE_START}(?:叫|写的是|写)){_NAME}{_END}", _likely),
    (rf"{_KIN}(?:来?的?[，,\s]+[他她]?[是叫]?|[他她]?[是叫][，,\s]*){_NAME}{_END}", _likely),
    (rf"{_LABEL}(?:的?是|叫|为)?[，,：:\s]*{_NAME}{_END}", _likely),
    (rf"{_KIN}{_SHORT}(?=[{STOP}在也的家就是住来他她]|$)", _sure),
    (rf"{_OWN_KIN}(?P<name>(?:{IN_NAMES}){{3}})", _unmistakable),
    (rf"{_OWN_KIN}(?P<name>(?:{IN_NAMES}){{3,5}})(?=[{STOP}在也的]|$)", _foreign),
    (rf"(?:写的|昵称|名字|登记的)是{_NAME}{_END}", _is_on_screen),
    (rf"{CLAUSE_START}{_NAME}是[我他她]{_KIN}", _is_on_screen),
    (rf"叫{_SHORT}{_END}", _sure),
    (rf"的(?P<name>(?:{IN_NAMES}){{3,4}}){CLAUSE_END}", _unmistakable),
    (rf"(?:[我他她]|名字)叫(?P<name>{HAN}{{2,3}}){_END}", _sure),
    (rf"{CLAUSE_START}(?P<name>{IN_NAMES}(?:{IN_NAMES}){{2}}){CLAUSE_END}", _unmistakable),
    (
        rf"(?:{any_of('party')}|(?<![账帐])户名|姓名)(?:是|叫|为|写的?)*[，,：:\s]?(?P<name>{HAN}{{2,3}})(?=$|[{STOP}]|[对是]?吗|吧)",
        _is_labelled,
    ),
    (
        (
            rf"(?:{CLAUSE_START}|(?<=[是叫找给的和跟哦带]))(?:谢谢|感谢|多谢|麻烦|辛苦)?"
            rf"(?P<name>(?!谢谢|感谢)(?:{IN_NAMES}){{2,4}}){TITLE}"
        ),
        _has_title,
    ),
    (rf"我就?是(?P<name>(?:{IN_NAMES}){{4,6}}){CLAUSE_END}", _foreign),
    (rf"(?:小名|乳名|大名|学名)[叫是]?{_NAME}{_END}", _whatever),
    (rf"单名(?:一个)?(?P<name>{HAN})", _whatever),
    (rf"复姓(?P<name>{HAN}{{2}})", _whatever),
    (rf"{CLAUSE_START}[嗯哦好的对]*(?P<name>{HAN}{{1,3}})是[姓名]{CLAUSE_END}", _whatever),
)
"""What stands around a name, and what has to be true of it there."""


@functools.cache
def _cues() -> tuple[tuple[re.Pattern[str], Callable[[_Candidate], bool]], ...]:
    """Compiled when they are first looked for: that takes a twentieth of a second."""
    return tuple((re.compile(pattern), is_name) for pattern, is_name in _CUES)


def names_by_surroundings(
    turns: Sequence[SpokenTurn], number: int, surnames: Surnames
) -> Iterator[Name]:
    """The names in a turn that what stands around them tells."""
    said = turns[number]
    customer = said.role is not Role.AGENT
    for pattern, is_name in _cues():
        for cue in pattern.finditer(said.text):
            keep = surnames.length(cue["name"])
            if is_name(_Candidate(cue["name"], keep > 0, customer)):
                yield Name(number, *cue.span("name"), keep)
    asked = number > 0 and turns[number - 1].role is Role.AGENT
    if customer and asked and _ASKS.search(turns[number - 1].text):
        yield from _answer(number, said.text, surnames)


def unlike_any(turns: Sequence[SpokenTurn], named: Collection[int]) -> Iterator[Name]:
    """Answers of a few characters to 您贵姓 in which nothing like a name was heard: 信州还.

    ``named``: the turns in which one was found.
    """
    for number in range(1, len(turns)):
        said, before = turns[number], turns[number - 1]
        if number in named or said.role is Role.AGENT or before.role is not Role.AGENT:
            continue
        few = 0 < spoken_characters(said.text) <= _FEW
        if few and _WHO.search(before.text) and not _NO_ANSWER.fullmatch(said.text):
            yield Name(number, 0, len(said.text.rstrip("，,。.！!？?、 ")))


def _answer(number: int, text: str, surnames: Surnames) -> Iterator[Name]:
    """What answers the question for a name, and begins with one."""
    answer = _ANSWER.match(text)
    if answer is None:
        return
    name = answer["name"] or answer["long"]
    keep = surnames.length(name)
    alone = answer["name"] and not re.sub(f"[{STOP}]", "", text[answer.end() :])
    is_name = _foreign if answer["long"] else _asked_for if alone else _likely
    if is_name(_Candidate(name, surnamed=keep > 0, customer=True)):
        yield Name(number, *answer.span("name" if answer["name"] else "long"), keep)
