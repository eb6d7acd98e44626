"""Numbers as a recogniser writes them down: grouped anyhow, and misheard as what sounds alike.

Whisper base writes 幺八二九五七七六六九四 as ``1 18 29 57 7 66 94`` and 幺三四 as 要三四; a digit more
or less, and no shape fits. So whatever is left of a long row of digits is hidden whole, unless it was
said to be an order's or an account's number: doubt favours the customer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.privacy.cues import said_to_be
from pipeline.privacy.dictation import chains
from pipeline.privacy.places import Place, SpokenTurn
from pipeline.records import Personal
from pipeline.text.digits import DIGIT
from pipeline.text.normal import spoken_characters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from pipeline.privacy.dictation import Chain, Piece

    Told = tuple[str, range]
    """A number that was told, in digits, and which of them are hidden."""


_DIGIT = re.compile(DIGIT)
ALIKE = {
    "0": "洞令灵林铃另",
    "1": "要摇遥腰妖邀药耀咬雅衣医依伊以亿易移",
    "2": "而儿尔耳",
    "3": "山闪伞散删叁",
    "4": "死寺丝司肆似斯",
    "5": "无舞物武午误务屋吴",
    "6": "流留溜刘陆肚柳",
    "7": "期起齐其奇气器棋妻骑旗",
    "8": "把吧爸巴扒拔",
    "9": "就久酒旧救舅",
}
"""What digits that were said by themselves were written as, by Whisper base."""
_READ_AS = str.maketrans({character: digit for digit, own in ALIKE.items() for character in own})
MISHEARD = "".join(ALIKE.values())
_GAP = r"[\s,，、.。\-—]*+"
_ROW = re.compile(
    rf"(?:(?<!\w)[{MISHEARD}]+)?{DIGIT}(?:{_GAP}[{MISHEARD}]*+{_GAP}{DIGIT})*(?:[{MISHEARD}]+(?!\w))?"
)
"""Digits, with what sounds like them between, and at their ends where no other word goes on."""
_ANSWER = re.compile(rf"[\s,，、.。]*(?:(?:{DIGIT}|[{MISHEARD}])[\s,，、.。]*){{2,6}}")
_ENOUGH = 3
"""So many digits in a row, and what sounds like a digit beside them is one."""
LEAST, ASKED = 7, 5
"""Digits from which on a row is hidden: those of the shortest telephone number, and fewer where
somebody has said what it is."""
LAST = 4
"""Digits of an identity card's number that are asked for to know somebody: its last."""
_HAN_DIGITS = "零〇洞幺一二两三四五六七八九"
_UNITS = "年月日号点元块栋幢单层楼室"
_BROKEN = re.compile(
    rf"((?:{DIGIT}[\s,，、\-—]*){{4}})"
    rf"([^\W\da-zA-Z{_HAN_DIGITS}{_UNITS}])"
    rf"(?=(?:[\s,，、\-—]*{DIGIT}){{4}})"
)
"""A word within a long row of digits that is no unit: one that was misheard."""
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_WORD = rf"[^\W\da-zA-Z{_HAN_DIGITS}{_UNITS}十百千万毛角天分秒个加减到]"
_DENSE = re.compile(rf"(?!一[下个些直起样点定般共会]){DIGIT}(?:\s?{_WORD}{{0,3}}\s?{DIGIT})+")
"""Digits with a word or two among them."""
_MOSTLY = 0.55
"""So much of such a row is digits where it is one number: 花二零二九一欧自三游期恩二三二恩三五."""
_WRITTEN_DATE = re.compile(
    r"(?:19|20)\d\d([-./])[01]?\d\1(?:[0-2]\d|3[01]|\d)"
    r"|(?<!\d)(?:[01]?\d[-/][0-3]?\d )?[0-2]?\d:[0-5]\d(?!\d)"
)
"""2026-11-29, 11-29 12:00, 12:00."""
_SERVICE = 10
"""Digits of a 400 number, which is said in pieces."""
_FAR = 60
"""Characters of a turn within which words before a number say what it is."""
_BACK = 6
"""Turns within which an order's number, once spoken of, is what is meant."""
ECHO = 4
"""Digits of a number that tell it, where they are said again."""


def read(turns: Sequence[SpokenTurn]) -> list[SpokenTurn]:
    """The turns with a digit in the place of what was most likely one; each as long as it was."""
    there = [len(_DIGIT.findall(said.text)) for said in turns]
    return [
        SpokenTurn(said.role, (_answer if _in_dictation(turns, there, n) else _row)(said.text))
        for n, said in enumerate(turns)
    ]


def _answer(text: str) -> str:
    """A short turn that sounds like digits alone, between others that are."""
    return text.translate(_READ_AS) if _ANSWER.fullmatch(text) else _row(text)


def _row(text: str) -> str:
    """What sounds like a digit is one beside enough of them."""

    def digits(row: re.Match[str]) -> str:
        enough = len(_DIGIT.findall(row.group())) >= _ENOUGH
        return row.group().translate(_READ_AS) if enough else row.group()

    return _DENSE.sub(_only_digits, _BROKEN.sub(r"\1，", _ROW.sub(digits, text)))


def _only_digits(row: re.Match[str]) -> str:
    """A row that is mostly digits, without the words that were heard among them."""
    text = row.group()
    found = len(_DIGIT.findall(text))
    if found < LEAST or found < _MOSTLY * spoken_characters(text) or said_to_be(text):
        return text
    return "".join(c if _DIGIT.match(c) else _READ_AS.get(ord(c), "，") for c in text)


def _in_dictation(turns: Sequence[SpokenTurn], there: Sequence[int], number: int) -> bool:
    """Whether a side's turn before or after this one, within two of the call, is mostly digits."""
    near = range(max(0, number - 2), min(len(turns), number + 3))
    return any(
        n != number and turns[n].role is turns[number].role and there[n] >= _ENOUGH for n in near
    )


@dataclass(frozen=True)
class Rest:
    """What is left of long rows of digits in a call's turns, and what repeats them.

    ``is_public`` says what is nobody's secret; ``tickets`` hides orders' numbers too.
    """

    turns: Sequence[SpokenTurn]
    is_public: Callable[[str], bool]
    tickets: bool

    def places(self, known: Iterable[Place], told: Sequence[Told]) -> Iterator[Place]:
        """Where it stands; ``known`` places and numbers that were ``told`` were found by now."""
        if sum(len(_DIGIT.findall(said.text)) for said in self.turns) < LAST:
            return
        taken = {(place.turn, i) for place in known for i in range(place.start, place.end)}
        parts = {part for digits, hidden in told for part in _parts(digits, hidden)}
        orders = {
            part
            for row in self._rows
            if row.kind == Personal.TICKET and len(row.digits) > ECHO
            for part in row.parts
        }
        again: list[NumberPieces] = []
        for row in self._rows:
            if row.kind == Personal.TICKET or not orders.isdisjoint(row.parts):
                continue
            new = [p for p in row.pieces if not (_repeats(p, told) or _is_taken(p, taken))]
            left = sum(len(piece.digits) for piece in new)
            if not row.is_long:
                again.append(row)
                continue
            if left >= ECHO or any(map(self._is_misheard, row.pieces)):
                # so much beside a number that has a shape: it is none, by chance it looks like one
                yield from (_hide_whole(row.kind, piece) for piece in row.pieces)
            elif left >= _ENOUGH:
                yield from (_hide_whole(row.kind, piece) for piece in new)
            else:
                continue
            parts |= row.parts
        for row in again:
            if not parts.isdisjoint(row.parts):
                yield from (_hide_whole(row.kind, p) for p in row.pieces if not _is_taken(p, taken))

    @cached_property
    def _said_without_dates(self) -> list[SpokenTurn]:
        return [
            SpokenTurn(one.role, _WRITTEN_DATE.sub(_blank, one.text)) for one in read(self.turns)
        ]

    @cached_property
    def _rows(self) -> list[NumberPieces]:
        """The rows of pieces that may be one number, what is nobody's secret left out."""
        rows = []
        for chain in chains(self._said_without_dates):
            pieces = self._without_public([p for p in chain.pieces if not self._is_a_word(p)])
            kinds = [self._kind(chain, piece) for piece in pieces]
            for kind, own in groupby(zip(kinds, pieces, strict=True), key=lambda one: one[0]):
                rows.append(NumberPieces(kind, tuple(piece for _, piece in own)))
        return rows

    def _kind(self, chain: Chain, piece: Piece) -> str | None:
        """What a piece was said to be; an order's number also where one was spoken of last."""
        before = self._said_without_dates[piece.turn].text[max(0, piece.start - _FAR) : piece.start]
        own = "" if piece is chain.pieces[0] else before[-20:]
        recent = self._said_without_dates[max(0, piece.turn - _BACK) : piece.turn]
        last = said_to_be("".join(said.text[-_FAR:] for said in recent) + before)
        kind = last if last == Personal.TICKET else said_to_be(f"{chain.before[-60:]}\n{own}")
        if kind == Personal.TICKET:
            kind = last
        return None if self.tickets and kind == Personal.TICKET else kind

    def _is_misheard(self, piece: Piece) -> bool:
        """Whether it holds what only sounds like a digit: then no shape says which digits these are."""
        place = slice(piece.start, piece.end)
        return (
            self._said_without_dates[piece.turn].text[place] != self.turns[piece.turn].text[place]
        )

    def _is_a_word(self, piece: Piece) -> bool:
        """Whether one or two digits stand in a turn of other words: 周六上午."""
        if len(piece.digits) >= _ENOUGH:
            return False
        digits, others = self._counts[piece.turn]
        return digits == len(piece.digits) and others >= _ENOUGH

    @cached_property
    def _counts(self) -> list[tuple[int, int]]:
        """Of each turn: its digits, and its other spoken characters."""
        counted = ((len(_DIGIT.findall(one.text)), one.text) for one in self._said_without_dates)
        return [(digits, spoken_characters(text) - digits) for digits, text in counted]

    def _without_public(self, pieces: Sequence[Piece]) -> Sequence[Piece]:
        """Pieces without those that are a service's number, together or by themselves."""
        for length in range(2, min(len(pieces), _SERVICE) + 1):
            together = "".join(piece.digits for piece in pieces[:length])
            if len(together) == _SERVICE and self.is_public(together):
                return self._without_public(pieces[length:])
        alone = len(pieces) == 1
        return [
            piece
            for piece in pieces
            if not self.is_public(piece.digits) or not (alone or len(piece.digits) >= ASKED)
        ]


@dataclass(frozen=True)
class NumberPieces:
    """Pieces that may be one number, and what it was said to be."""

    kind: str | None
    pieces: tuple[Piece, ...]

    @cached_property
    def digits(self) -> str:
        """All its digits."""
        return "".join(piece.digits for piece in self.pieces)

    @cached_property
    def parts(self) -> set[str]:
        """The digits in a row that tell it."""
        return _parts(self.digits, range(len(self.digits)))

    @property
    def is_long(self) -> bool:
        """Whether it is long enough to be hidden, and no date."""
        date = self.kind is None and _DATE.fullmatch(self.digits)
        if self.kind == Personal.IDENTITY and len(self.digits) == LAST:
            return True
        return not date and len(self.digits) >= (LEAST if self.kind is None else ASKED)


def _repeats(piece: Piece, told: Iterable[Told]) -> bool:
    """Whether a piece says again what was told: then it is known what of it is hidden."""
    digits = piece.digits
    return len(digits) >= _ENOUGH and any(digits in number for number, _ in told)


def _is_taken(piece: Piece, taken: Collection[tuple[int, int]]) -> bool:
    return any((piece.turn, i) in taken for i in range(piece.start, piece.end))


def _blank(written: re.Match[str]) -> str:
    return "。" * len(written.group())


def _parts(digits: str, hidden: Collection[int]) -> set[str]:
    """The rows of digits that tell a number: most of each is hidden."""
    return {
        digits[at : at + ECHO]
        for at in range(len(digits) - ECHO + 1)
        if sum(i in hidden for i in range(at, at + ECHO)) > ECHO // 2
    }


def _hide_whole(kind: str | None, piece: Piece) -> Place:
    """A piece of which nothing is known: hidden whole."""
    hidden = [i for unit in piece.units for i in range(unit.start, unit.end)]
    personal = Personal(kind) if kind else Personal.PHONE
    return Place(piece.turn, piece.start, piece.end, personal, tuple(hidden))
