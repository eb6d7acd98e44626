"""Digits as they are dictated: in groups, over several turns of a side, with the other's 嗯 between."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.privacy.cues import what_is_asked
from pipeline.text.digits import DIGIT, counts, read_digits
from pipeline.text.normal import spoken_characters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.privacy.places import SpokenTurn
    from pipeline.records import Role

_PART = r"(?<!后面)(?<!前面)(?<!中间)(?<!最后)(?<!末尾)(?<!后头)(?<!末了)"
"""后面四个一零九零 are four digits, not four ones."""
_TIMES = rf"{_PART}[二两三四五六七八]个{DIGIT}(?![十百千万亿点个])"
_ONE = rf"{DIGIT}(?!个{DIGIT})"
_UNIT = re.compile(rf"(?={_TIMES})(?P<times>.)个(?P<digit>.)|(?P<one>{_ONE})")
_PIECE = re.compile(rf"(?:{_TIMES}|{_ONE})+")
_LAST = re.compile(r"[\s,，、-]{0,2}(?:大写的?|字母)?([xXＸ×叉])(?![A-Za-z])")
_FILLER = (
    r"嗯|恩|[Nn]|啊|阿|呃|额|哦|噢|那个|这个|然后|接着|接下来|完了|再来|再是|就是|是|还有|后面|后边|中间|最后|前面|"
    r"(?:最后|最末|末尾|末了|后面|后头|前面|前头|中间|[后中前])?的?(?:[一两二三四五六几]|那[一两二三四五六几]?)(?:位|个数?)|末了|后头|慢[着点](?:儿|啊)?|等下|听好|尾号|区号|号码|转|杠|横杠|空格|减|对|好|好的|的话"
)
_GAP = re.compile(rf"[\s,，、.。;；:：\-—…～~()（）+]*(?:(?:{_FILLER})[\s,，、.。:：]*){{0,4}}")
_COUNTED = re.compile(
    r"\s*(?:[十百千万亿%％℃]|元|块|毛|角|年|月|日|立方|方|吨|米|公里|岁|次|遍|条|倍|兆|分钟|秒|小时|"
    r"号(?!码)|单元|栋|幢|(?![Nn](?![a-zA-Z]))[a-zA-Z])"
)
"""What even a long row of digits counts; after the row of a telephone number 家 and 位 begin a word."""
_SHORT = 3
"""From so many digits on a row is no count of 家, 位, 下 …"""
_COUNT = 8
"""Digits of the longest date, sum or reading."""
_LEFT_OVER = 6
"""Spoken characters behind the digits of a turn, or of a turn without digits, that leave a dictation
open: 嗯, 你记一下."""
_ASKED = 12
"""Spoken characters of the other side that leave it open: 好的您请说后面的号码."""
_FAR = 64
"""Characters before a row of digits that are looked at."""
LONGEST = 24
"""Digits: no number is longer."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What is said at once: a digit, or 四个零; ``text[start:end]`` of its turn."""

    digits: str
    start: int
    end: int


@dataclass(frozen=True)
class Piece:
    """Digits of a turn with nothing between them."""

    turn: int
    units: tuple[Unit, ...]
    counted: bool
    """Whether its last digit counts something: 13800001234二号楼."""

    @cached_property
    def digits(self) -> str:
        """All its digits."""
        return "".join(unit.digits for unit in self.units)

    @property
    def start(self) -> int:
        """Where it begins in its turn."""
        return self.units[0].start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.units[-1].end

    def shorter(self) -> Piece:
        """The piece without its last unit."""
        return Piece(self.turn, self.units[:-1], counted=False)


@dataclass(frozen=True, slots=True)
class Chain:
    """Pieces that may be one number, in order, and what was said before the first of them.

    ``before`` holds the other side's question too, where the first piece begins an answer.
    """

    pieces: tuple[Piece, ...]
    before: str


def pieces_of(turn: int, text: str) -> list[Piece]:
    """The rows of digits in a text, without those that count something."""
    found = (_piece(turn, text, m.start(), m.end()) for m in _PIECE.finditer(text))
    return [piece for piece in found if piece is not None]


def _piece(turn: int, text: str, start: int, end: int) -> Piece | None:
    units = [Unit(_digits_of(m), m.start(), m.end()) for m in _UNIT.finditer(text, start, end)]
    digits = sum(len(unit.digits) for unit in units)
    if (last := _LAST.match(text, end)) and digits >= _SHORT:
        return Piece(turn, (*units, Unit("X", *last.span(1))), counted=False)
    counted = _COUNTED.match(text, end) is not None
    if (digits < _SHORT and counts(text, start, end)) or (counted and digits <= _COUNT):
        return None
    return Piece(turn, tuple(units), counted)


def _digits_of(unit: re.Match[str]) -> str:
    """The digits of a unit: 四个零 is 0000."""
    if unit["one"]:
        return read_digits(unit["one"])
    return read_digits(unit["digit"]) * int(read_digits(unit["times"]))


def chains(turns: Sequence[SpokenTurn]) -> list[Chain]:
    """Every row of pieces that may be one number, over turns of one side."""
    heard = _Heard(turns)
    for number in range(len(turns)):
        heard.turn(number)
    return [*heard.closed, *heard.open.values()]


@dataclass
class _Heard:
    """The dictations of a call up to a turn: those that are over, and each side's that goes on."""

    turns: Sequence[SpokenTurn]
    closed: list[Chain] = field(default_factory=list)
    open: dict[Role, Chain] = field(default_factory=dict)

    def turn(self, number: int) -> None:
        """Listen to the next turn."""
        said = self.turns[number]
        if not _leaves_open(said.text, _ASKED):
            self._close(*(side for side in self.open if side is not said.role))
        groups = list(_groups(number, said.text))
        for at, group in enumerate(groups):
            self._group(number, group, first=at == 0)
        spoken = said.text[groups[-1][-1].end :] if groups else said.text
        if not _leaves_open(spoken, _LEFT_OVER):
            self._close(said.role)

    def _group(self, number: int, group: Sequence[Piece], *, first: bool) -> None:
        """Pieces that stand together: they go on with a dictation, or begin one."""
        said = self.turns[number]
        before = said.text[max(0, group[0].start - _FAR) : group[0].start]
        going_on = self.open.get(said.role)
        if going_on is not None and first and _leaves_open(before, _LEFT_OVER):
            self.open[said.role] = Chain((*going_on.pieces, *group), going_on.before)
            return
        self._close(said.role)
        answers = spoken_characters(before) <= _ASKED
        question = _question(self.turns, number) if answers else ""
        self.open[said.role] = Chain(tuple(group), question + before)

    def _close(self, *sides: Role) -> None:
        """End the dictations of some sides."""
        self.closed += [self.open.pop(side) for side in sides if side in self.open]


def _groups(turn: int, text: str) -> Iterator[list[Piece]]:
    """The pieces of a turn, those together between which only fillers stand."""
    group: list[Piece] = []
    for piece in pieces_of(turn, text):
        if group and not _GAP.fullmatch(text, group[-1].end, piece.start):
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _leaves_open(text: str, most: int) -> bool:
    """Whether words leave a dictation open: few of them, or themselves mostly digits (an echo)."""
    digits = sum(len(unit) for unit in _PIECE.findall(text))
    return spoken_characters(text) - digits <= most


def _question(turns: Sequence[SpokenTurn], number: int) -> str:
    """What the other side said last before a turn, as far as it matters; its 嗯 is none."""
    earlier = reversed(turns[max(0, number - 3) : number])
    asked = (said.text for said in earlier if said.role is not turns[number].role)
    last = next((text[-40:] for text in asked if spoken_characters(text) > 2), "")
    return what_is_asked(last)
