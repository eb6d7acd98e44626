"""Names of customers: by a title, as they give them, as the agent reads them back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from pipeline.privacy.called import Surnames, names_by_surroundings, unlike_any
from pipeline.privacy.persons import people
from pipeline.privacy.places import Place
from pipeline.privacy.spelled import again
from pipeline.privacy.words import HAN, any_of
from pipeline.records import Personal, Role
from pipeline.text.digits import DIGIT
from pipeline.text.normal import is_ordinary_word, sound_line, spoken_characters

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pipeline.privacy.places import SpokenTurn


_TITLE = (
    "(?:先生|女士|小姐|太太|阿姨|大爷|大妈|叔叔|大叔|大伯|大姐|大哥|奶奶|爷爷|同志|老师|师母|老板|女仕|"
    "[嬢孃娘嫲]{2}|阿[婆公伯嬷]|婶[子婶]|支书|村长|船长|"
    "(?<![向和同与跟给对当时从连于])(?:妈妈|爹爹|老头|姥姥|姥爷|外婆)|"
    "总(?=[，,。、！!？?您你好]|$))"
)
_TITLED = re.compile(_TITLE)
_COMPOUND = re.compile(rf"{any_of('compound')}|诸葛(?!亮)|上官(?![网方微])")
"""Surnames of two characters that are no other word: names wherever they stand."""
_OF_HIMSELF = re.compile("(?:我|这里|这边)[是姓叫]{0,2}$")
"""Before them: the agent says who he is."""
_NO_GIVEN = (
    "的了是您你我他她它们这那哪位个有在和与跟对把被给请问就也都还没不吗呢吧啊嗯哦呀好"
    "先后上下去来到说叫让找么很啥谁几两"
)
"""Characters of which no given name is made, and which stand before or behind names all the time."""
_GIVEN = rf"(?:(?![{_NO_GIVEN}]){HAN})"
_GIVENS = {n: re.compile(rf"(?!{_TITLE}){_GIVEN}{{{n}}}") for n in (1, 2)}
_COMMON = re.compile(f"(?:{any_of('no_surname')})$")
"""Words that end in a character which is a surname too."""
_SPELLS = re.compile(
    rf"{any_of('spelled')}|(?:(?![还是那就也都又再才很太最这])({HAN}){HAN}{{1,3}}的\1|(?![请您你我他想要有])(?:{HAN})({HAN})的\2)"
    r"(?=$|[，,。.！!？?、；;\s]|吗|吧|对|是|那|啊)"
)
"""How a character is told: 弓长张, 伟大的伟, 建国的国."""
_ASKS = re.compile(
    r"贵姓|怎么称呼|如何称呼|您姓|你姓|姓什么|姓氏|名字|姓名|全名|叫什么|称呼您|哪位|机主|户主|怎么写|哪个字"
)
_LABEL = re.compile(
    r"(?:姓名|名字|户名|全名|户主|机主|房主|业主|联系人|收件人|收货人|开户人|持卡人|经办人|申请人|登记人|报修人|投保人|承租人|租户|"
    r"我老公|我爱人|我老婆|我妈|我爸|我先生|我太太|我儿子|我女儿|我父亲|我母亲|本人)"
    r"(?:的?(?:名字|姓名))?(?:登记的?|写的?|填的?|留的?|显示|用的?)?(?:是|叫做?|为|呢|[：:，,\s])*"
)
_SELF = re.compile(r"(?:我的?(?:名字|全名|姓名)?(?:就?叫做?|名叫|本名)|敝姓|鄙人)[，,\s]*")
_CALLED = re.compile(r"(?<=[人名子女婆公妈爸友他她])叫(?:做)?")
_I_AM = re.compile(r"(?:我是|我就是|本人是|这里是|我这边是)[，,\s]*(?:机主|户主|业主|客户)?")
_YOU_ARE = re.compile(
    r"(?:[您你](?:就?是|叫做?|的?(?:名字|姓名|全名)(?:是|叫))|请问是|这边是|是不是|确认一下是|您好是)[，,\s]*"
)
_SURNAMED = re.compile(
    r"(?P<own>我|免贵|敝)?(?:是|也|就)?(?:(?<=免贵)|(?<!贵))姓(?!名|氏|什么|啥|哪)(?P<gap>[，,\s]*)"
)
_BEGINS = re.compile(r"(?:^|[，,。.！!？?、；;：:\s是叫找姓到问好名给和跟请的])$")
"""What a whole name follows."""
_TITLES_BY_EAR = re.compile("[先陷现线县献险][生省升声身]|女[是事市式示世]")
"""Behind a surname these are titles too: 林陷省, 郑子纳女是."""
_LABELS_BY_EAR = ("收件人", "收货人", "联系人", "户主", "机主", "户名", "姓名", "名字")
_BEGUN = "(?![可能会要应已现也都还用换改过没一登加])"
"""What was misheard as a name begins with none of these: 户名可以改."""
_BEHIND_LABEL = re.compile(
    rf"(?:的?(?:姓名|名字))?(?:是|叫|为|呢|写|填)?[：:，,\s]*(?P<name>{_BEGUN}{_GIVEN}{{2,4}})(?=$|[，,。.！!？?、；;\s]|对吗|是吗)"
)
"""What stands behind such a label to the end of the clause is a name, whatever surname was heard."""
_MISHEARD_NAME = re.compile(
    rf"(?:我?叫|我?是)?(?P<name>{_BEGUN}(?:(?!{DIGIT}){_GIVEN}){{2,3}})[。.，,\s]*"
)
"""What answers a question for a name and is nothing else, whatever surname was heard: 成果雷."""
_NO_NAME = re.compile(rf"[姓名只]|{DIGIT}|(?:部|公司|中心)$")
_REST = re.compile(rf"{_BEGUN}(?:(?!{DIGIT}){_GIVEN}){{2,3}}(?=$|[，,。.！!？?、；;\s])")
"""What goes on from a surname to the end of the clause belongs to it: 姓林承宏纳."""
_OWN_BY_EAR = re.compile(
    rf"^[\s，,。]*(?:(?:{HAN}?[免面]|{HAN})?贵|[我卧握])[姓性信幸兴]是?(?P<name>{_GIVEN}{{1,3}})[\s，,。]*$"
)
"""免贵姓董, heard as 面贵性董 or 免贵信懂, 我姓诸葛 as 卧性猪隔: a customer's whole turn."""
_SURNAMED_BY_EAR = "姓性信幸"
"""Before a surname of two syllables each of these says that it is one: 租客信欧阳."""
_POLITE = re.compile(
    rf"(?:^|(?<=[，,。.！!？?、；;：:\s是找叫]))(?![{_NO_GIVEN}各老小大男女本该某多俩谢])({HAN})(?=先生|女士|小姐|太太)"
)
"""What stands alone before a title is a surname, however rare."""
_SHORT_ANSWER = re.compile(r"(?:[嗯啊哦呃好对，,。、\s]|我|您?叫|是|就|免贵|姓|这个|那个)*")
_ENDS = re.compile(
    r"$|[，,。.！!？?、；;：:\s]|的|吗|吧|是|对|这|那|我|您|你|电话|手机|身份|就|也|呢|啊|哦|本人|先生|女士|小姐|同志|老师|住|家"
)
_ALONE = re.compile(rf"(?![{_NO_GIVEN}]){HAN}(?={_ENDS.pattern})")
"""A character by itself: behind 姓 it is a surname, however rare."""
_ANSWER = 12
"""Spoken characters of an answer that is little more than a name."""


@dataclass(frozen=True, slots=True)
class Names:
    """What names are known by: surnames, what is none of a customer's, whose name the record has."""

    surnames: frozenset[str]
    staff: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()


def names(turns: Sequence[SpokenTurn], about: Names) -> list[Place]:
    """Where a call's turns hold names of customers; one that is known is found wherever it stands."""
    finder = _Finder.of(about.surnames)
    spans = [(i, *span) for i in range(len(turns)) for span in finder.in_turn(turns, i)]
    spans = [s for s in spans if turns[s[0]].text[s[1] : s[2]] not in about.staff]
    full = {turns[i].text[a:b] for i, a, b, kept in spans if b - a > 1 and kept}
    full |= {n for n in about.known if len(n) > 1}
    sounds = [sound_line(said.text) for said in turns] if full else []
    spans += [
        (i, found.start(), found.end(), finder.surname_length(name))
        for name in sorted(full, key=len, reverse=True)
        for i, sounding in enumerate(sounds)
        for found in re.finditer(re.escape(sound_line(name)), sounding)
    ]
    found = [_place_of_name(*span) for span in spans]
    return [*found, *_by_conversation(turns, about, found)]


def _by_conversation(
    turns: Sequence[SpokenTurn], about: Names, known: Sequence[Place]
) -> list[Place]:
    """The names that the conversation tells, and where it tells any of them again."""
    surnames = Surnames(about.surnames)
    told = [
        name
        for number in range(len(turns))
        for name in names_by_surroundings(turns, number, surnames)
    ]
    here = [
        name
        for name in (*told, *people(turns, surnames))
        if turns[name.turn].text[name.start : name.end] not in about.staff
    ]
    places = (*known, *(name.place for name in here))
    texts = {turns[place.turn].text[place.start : place.end] for place in places}
    here += again(turns, surnames, texts - about.staff)
    named = {place.turn for place in known} | {name.turn for name in here}
    return [name.place for name in (*here, *unlike_any(turns, named))]


def _place_of_name(turn: int, start: int, end: int, keep: int) -> Place:
    """A name: of a whole one the surname stays, of a surname alone nothing does."""
    return Place(turn, start, end, Personal.NAME, tuple(range(start + keep, end)))


@dataclass(frozen=True, slots=True)
class _Finder:
    """The patterns of one list of surnames."""

    surname: re.Pattern[str]

    @staticmethod
    @lru_cache(maxsize=8)
    def of(surnames: Collection[str]) -> _Finder:
        """The patterns of a list of surnames, longer ones first."""
        listed = "|".join(sorted(map(re.escape, surnames), key=len, reverse=True)) or "(?!)"
        return _Finder(re.compile(listed))

    def surname_length(self, name: str) -> int:
        """How many characters of a whole name are its surname."""
        found = self.surname.match(name)
        return found.end() if found and found.end() < len(name) else min(1, len(name) - 1)

    def in_turn(self, turns: Sequence[SpokenTurn], number: int) -> Iterator[tuple[int, int, int]]:
        """Each name in a turn: its start, its end, and how many of its characters stay."""
        said = turns[number]
        yield from self._before_titles(said.text)
        yield from self._after_surname_cues(said)
        yield from ((m.start(), m.end(), 0) for m in _SPELLS.finditer(said.text))
        yield from self._compound(said)
        for cue in _LABEL.finditer(said.text):
            yield from self._name(said.text, cue.end(), strict=True)
        for cue in _CALLED.finditer(said.text):
            yield from self._name(said.text, cue.end(), strict=True)
        yield from self._by_ear(said)
        if said.role is not Role.AGENT:
            for cue in _SELF.finditer(said.text):
                yield from self._name(said.text, cue.end(), strict=False)
            for cue in _I_AM.finditer(said.text):
                yield from self._name(said.text, cue.end(), strict=True)
            if _asked_for_a_name(turns, number):
                answer = _SHORT_ANSWER.match(said.text)
                yield from self._answer(said.text, answer.end() if answer else 0)
        if said.role is not Role.CUSTOMER:
            for cue in _YOU_ARE.finditer(said.text):
                yield from self._name(said.text, cue.end(), strict=True)

    def _before_titles(self, text: str) -> Iterator[tuple[int, int, int]]:
        """张先生, 张伟先生: a whole name that begins a phrase, else the surname before the title."""
        for title in _TITLED.finditer(text):
            at = title.start()
            if found := next(self._found_before(text, at), None):
                yield found
            elif polite := _POLITE.match(text, at - 1):
                yield polite.start(), at, 0

    @staticmethod
    def _compound(said: SpokenTurn) -> Iterator[tuple[int, int, int]]:
        """令狐, 钟离: not where an agent says who he is."""
        for found in _COMPOUND.finditer(said.text):
            if said.role is not Role.AGENT or not _OF_HIMSELF.search(said.text[: found.start()]):
                yield found.start(), found.end(), 0

    def _by_ear(self, said: SpokenTurn) -> Iterator[tuple[int, int, int]]:
        """Names that were misheard, behind a label and before a title that may be, too."""
        for label in _labels_by_ear().finditer(sound_line(said.text)):
            found = _BEHIND_LABEL.match(said.text, label.end())
            other = label.start() > 0 and said.text[label.start() - 1] in "账帐"  # 账户名称
            if found and not other and not _is_no_name(found["name"]):
                yield *found.span("name"), 1
        for title in _TITLES_BY_EAR.finditer(said.text):
            yield from islice(self._found_before(said.text, title.start()), 1)
        if said.role is Role.CUSTOMER and (own := _OWN_BY_EAR.match(said.text)):
            yield *own.span("name"), 0
        for found in _compound_surnames(self.surname).finditer(sound_line(said.text)):
            if found.start() and said.text[found.start() - 1] in _SURNAMED_BY_EAR:
                yield found.start(), found.end(), 0

    def _found_before(self, text: str, end: int) -> Iterator[tuple[int, int, int]]:
        """The names that may end at a place, the longer first."""
        return filter(None, (self._before(text, end, given) for given in (2, 1, 0)))

    def _before(self, text: str, end: int, given: int) -> tuple[int, int, int] | None:
        """The name that ends at a place and has ``given`` characters behind its surname, if any does."""
        for length in (2, 1):
            start = end - given - length
            surname, own = text[max(start, 0) : end - given], text[end - given : end]
            if start < 0 or not self.surname.fullmatch(surname):
                continue
            if length == 1 and self.surname.fullmatch(text[start : start + 2]):
                continue  # 司马, and not 司 with a given name
            if given == 0:
                common = length == 1 and _COMMON.search(text[:end])
                return None if common else (start, end, 0)
            whole = _GIVENS[given].fullmatch(own) and own[0] != surname
            if whole and _BEGINS.search(text[:start]) and not is_ordinary_word(surname + own):
                return start, end, length
        return None

    def _after_surname_cues(self, said: SpokenTurn) -> Iterator[tuple[int, int, int]]:
        """我姓张, 您姓张吗; not what an agent says of himself."""
        for cue in _SURNAMED.finditer(said.text):
            found = self.surname.match(said.text, cue.end())
            if found is None or cue["gap"]:
                found = _ALONE.match(said.text, cue.end())
            if found and not (cue["own"] and said.role is Role.AGENT):
                given = _REST.match(said.text, found.end())
                whole = given is not None and not is_ordinary_word(given.group())
                yield found.start(), given.end() if given and whole else found.end(), 0
                told = re.compile(rf"{HAN}{{2,3}}{found.group()}(?={_ENDS.pattern})")
                yield from ((m.start(), m.end(), 0) for m in told.finditer(said.text, found.end()))

    def _name(self, text: str, at: int, *, strict: bool) -> Iterator[tuple[int, int, int]]:
        """A whole name that begins at a place; ``strict``: it must end there and be no other word."""
        found = self.surname.match(text, at)
        if found is None:
            return
        given = [g for g in (2, 1) if _GIVENS[g].match(text, found.end())]
        ends = [g for g in given if _ENDS.match(text, found.end() + g)]
        if not (ends or (given and not strict)):
            return
        end = found.end() + (ends or given)[0]
        doubled = text[found.end() : end] == found.group()  # 谢谢
        word = text[at : end if strict else found.end() + 1]
        if not doubled and not is_ordinary_word(word):
            yield at, end, found.end() - at

    def _answer(self, text: str, at: int) -> Iterator[tuple[int, int, int]]:
        """What answers 您贵姓: a surname, or a whole name."""
        whole = list(self._name(text, at, strict=True))
        other = _MISHEARD_NAME.fullmatch(text)
        if not whole and other and not _is_no_name(other["name"]):
            whole = [(*other.span("name"), 1)]
        found = self.surname.match(text, at)
        if not whole and found and _ENDS.match(text, found.end()):
            yield found.start(), found.end(), 0
        yield from whole


@lru_cache(maxsize=1)
def _labels_by_ear() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(sound_line(label)) for label in _LABELS_BY_EAR))


@lru_cache(maxsize=8)
def _compound_surnames(surname: re.Pattern[str]) -> re.Pattern[str]:
    """The surnames of two characters among those of a pattern, by their sound."""
    two = (name for name in surname.pattern.split("|") if len(name) == 2)
    return re.compile("|".join(re.escape(sound_line(name)) for name in two) or "(?!)")


def _is_no_name(words: str) -> bool:
    """Whether what stands behind a label is a word, or a room of the house."""
    return is_ordinary_word(words) or _NO_NAME.search(words) is not None


def _asked_for_a_name(turns: Sequence[SpokenTurn], number: int) -> bool:
    """Whether a short turn answers the other side's question for a name."""
    said = turns[number]
    if number == 0 or spoken_characters(said.text) > _ANSWER:
        return False
    before = turns[number - 1]
    return before.role is not said.role and asks_for_a_name(before.text)


def asks_for_a_name(words: str) -> bool:
    """Whether somebody is asked for his name, or for somebody else's."""
    return _ASKS.search(words) is not None or sound_line("贵姓") in sound_line(words)
