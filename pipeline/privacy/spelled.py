"""Names that are told a second time: how they are written, by their surname, and simply again.

佟语桐，语言的语，梧桐的桐; 令狐冲那个令狐; 么先生; 一诺奶奶.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.privacy.called import TITLE, Name, Surnames
from pipeline.privacy.words import CLAUSE_END, CLAUSE_START, HAN, IN_NAMES, STOP, spans, words
from pipeline.records import Role
from pipeline.text.digits import DIGIT
from pipeline.text.normal import is_ordinary_word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pipeline.privacy.places import SpokenTurn

_BEFORE = "是叫找给和跟带"
_STANDS_BEHIND = re.compile(rf"[{STOP}{_BEFORE}]")
_STANDS_BEFORE = re.compile(rf"{TITLE}|[和跟{STOP}]|$")
"""What is a word too is a name where these stand around it."""
_FOR_A_NAME = {
    length: re.compile(
        rf"(?:{CLAUSE_START}|(?<=[{_BEFORE}]))[小老]?(?P<name>{HAN}{{{length}}})(?:(?=老?{TITLE}|师傅|老师|[也就]行|嘛)"
        rf"|(?P<given>(?:{IN_NAMES}){{1,2}}){CLAUSE_END}|{CLAUSE_END})"
    )
    for length in (1, 2)
}
"""A surname, by its length, with a title, before a given name, behind 小 or 老, or as a clause."""
_SURNAMED = re.compile(
    rf"(?<!贵)姓(?![名氏什啥是这那])(?P<name>{HAN}(?:(?![的吧吗呢啊]){HAN}{CLAUSE_END})?)"
)
"""姓么, 姓第五."""
_SPELLED = re.compile(
    rf"(?P<one>{HAN})?是?(?P<word>{HAN}{{1,3}})的(?P<letter>{HAN})(?=$|[{STOP}]|[吗吧对是那啊])"
)
"""桂是桂花的桂: the word holds the character that it spells."""
_DESCRIBED = re.compile(
    rf"{CLAUSE_START}(?:就是|不是|[是对嗯]|(?P<one>{HAN})是|{HAN}{{2,3}}是)?(?P<name>(?:{IN_NAMES}|{DIGIT}){{1,8}}?(?:的那个|那个|的)(?P<part>{HAN}{{1,3}}?))(?=$|[{STOP}]|[吗吧啊])"
)
_BUILT = re.compile(
    rf"{CLAUSE_START}(?:就?是)?(?!感谢|欢迎|谢谢)(?P<name>(?:{IN_NAMES}|[一二三四五六七八九十]){{2,3}}(?P<letter>{HAN})){CLAUSE_END}"
)
"""Of what it is made: 言西早谭, 门三闫."""
_DRAWN = re.compile(
    rf"(?P<name>{HAN}{{0,3}}(?:字(?:上面|下面|里面|中间)|加个|字头|字旁(?!边|不)|点水|走之(?![前后间])|"
    rf"偏旁|草头|竹头|宝盖|提手|单人|双人|立刀|耳刀|金旁|木旁|王旁)[^{STOP}]{{0,6}})"
)
"""How a character is drawn: 西字头下面一个早, 两点水那个."""
_READ_AS = re.compile(rf"[念读](?:作|成)?(?P<name>(?:{IN_NAMES}){{1,2}})(?=$|[{STOP}]|的)")
"""How it is read: 念求."""
_CLAUSE = re.compile(rf"{CLAUSE_START}{HAN}{{2,4}}{CLAUSE_END}")
_MADE_OF_NAMES = re.compile(rf"(?!姓){HAN}(?:{IN_NAMES})+")


def again(
    turns: Sequence[SpokenTurn], surnames: Surnames, names: Collection[str]
) -> Iterator[Name]:
    """Where the ``names`` of a call are told again, and those that are known by how they are spelled."""
    letters = _letters(turns)
    by_letters = list(_made_of(turns, letters, surnames))
    yield from by_letters
    known = {*names, *(turns[one.turn].text[one.start : one.end] for one in by_letters)}
    known |= {a + b for a in letters for b in letters if any(a + b in said.text for said in turns)}
    known = {name for name in known if "的" not in name and name not in words("no_name")}
    given = {name[surnames.length(name) :] for name in known if surnames.length(name)}
    own = {name[: surnames.length(name)] for name in known if surnames.length(name)}
    surnamed = list(_told_surnames(turns))
    yield from surnamed
    own |= {turns[one.turn].text[one.start : one.end] for one in surnamed}
    yield from _spellings(turns, own | letters, {*given, *"".join(given)})
    yield from _by_surname(turns, own)
    for name in sorted({*known, *given}):
        if len(name) > 1:
            yield from _everywhere(turns, name, surnames.length(name))


def _letters(turns: Sequence[SpokenTurn]) -> set[str]:
    """The characters that were spelled: 语言的语, 梧桐的桐."""
    spelled = (how for said in turns for how in _SPELLED.finditer(said.text))
    return {how["letter"] for how in spelled if how["letter"] in how["word"]}


def _made_of(
    turns: Sequence[SpokenTurn], letters: Collection[str], surnames: Surnames
) -> Iterator[Name]:
    """Short clauses with a character that was spelled, and a character before its spelling."""
    for number, said in enumerate(turns) if letters else ():
        for clause in _CLAUSE.finditer(said.text):
            text = clause.group()
            other = text[:2] == text[2:] or text in words("no_name")
            if set(letters) & set(text) and not other and _MADE_OF_NAMES.fullmatch(text):
                yield Name(number, *clause.span(), surnames.length(text))
        for how in _SPELLED.finditer(said.text):
            if how["one"] == how["letter"] and how["letter"] in how["word"]:
                yield Name(number, *how.span("one"))


def _spellings(
    turns: Sequence[SpokenTurn], letters: Collection[str], given: Collection[str]
) -> Iterator[Name]:
    """How a name is written or read, where one is told in the same turn.

    ``letters``: surnames and characters that were spelled; ``given`` names, and their characters.
    """
    for number, said in enumerate(turns):
        for how in _DESCRIBED.finditer(said.text):
            if how["part"] in letters or how["part"] in given:
                yield Name(number, *how.span("name"))
                if how["one"] == how["part"]:
                    yield Name(number, *how.span("one"))
        for how in _BUILT.finditer(said.text):
            if how["letter"] in letters and not is_ordinary_word(how["name"]):
                yield Name(number, *how.span("name"))
        near = "\n".join(one.text for one in turns[max(0, number - 1) : number + 2])
        if _SURNAMED.search(near) or _SPELLED.search(near):
            for how in (*_DRAWN.finditer(said.text), *_READ_AS.finditer(said.text)):
                yield Name(number, *how.span("name"))


def _told_surnames(turns: Sequence[SpokenTurn]) -> Iterator[Name]:
    """Surnames that customers tell as such, and that agents ask them about."""
    for number, said in enumerate(turns):
        for cue in _SURNAMED.finditer(said.text):
            of_customer = cue.start() > 0 and said.text[cue.start() - 1] in "您你是"
            if said.role is not Role.AGENT or of_customer:
                yield Name(number, *cue.span("name"))


def _by_surname(turns: Sequence[SpokenTurn], told: Collection[str]) -> Iterator[Name]:
    """A surname that is known where it stands for a name: 么先生, 小么; 那英杰; 操，曹操的操."""
    for length, pattern in _FOR_A_NAME.items():
        if not any(len(surname) == length for surname in told):
            continue
        for number, said in enumerate(turns):
            for found in pattern.finditer(said.text):
                given = found["given"] or ""
                word = given in words("no_name") or is_ordinary_word(given)
                if found["name"] in told and given != found["name"] and not word:
                    yield Name(number, *found.span("given" if given else "name"))


def _everywhere(turns: Sequence[SpokenTurn], name: str, keep: int) -> Iterator[Name]:
    """Where a name is said again: one that is a word too, only where names stand."""
    word = is_ordinary_word(name)
    for number, said in enumerate(turns):
        for start, end in spans(said.text, name):
            behind = start == 0 or _STANDS_BEHIND.match(said.text, start - 1)
            if not word or (behind and _STANDS_BEFORE.match(said.text, end)):
                yield Name(number, start, end, keep)
