"""What stands around each character of a call, as numbers that a linear model weighs.

A call's turns lie in one row of characters with nothing between them, so that each trait is worked out
for all of them at once. A trait is a hash of 64 bits: a model takes as many of them as its table has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.records import Role
from pipeline.text import lac
from pipeline.text.normal import is_ordinary_word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from pipeline.privacy.places import Place, SpokenTurn

    Numbers = NDArray[np.uint64]
    """Of each character of a call."""

GAP = 4
"""Characters of nothing between two turns: no trait reaches across."""
NEAR = 4
"""So many turns away a word still counts as said again."""
TAIL = 8
"""Characters of the turn before that are looked at, from its end."""
_STOPS = "，。？！、；：,.?!;: "
_DIGITS = "零一二三四五六七八九十幺两百千0123456789"
_UNIT = re.compile(f"[{_DIGITS}]+|[a-zA-Z]+")
_PRICE = re.compile(f"[{_DIGITS}](?:元|块|角|毛)")
_NAME = re.compile("姓|叫|名字|称呼|哪位|谁|怎么写|哪几?个字|[机户]主|收件|联系人|登记")
_PLACE = re.compile(
    "地址|哪[里儿个边栋]|住|小区|几[号楼栋单元室层]|门牌|位置|具体|送到|街|路|房号|在哪"
)
_ROLES = {role: number for number, role in enumerate(Role, start=1)}
_SEED, _PRIME, _FOLD = (np.uint64(n) for n in (0xCBF29CE484222325, 0x9E3779B97F4A7C15, 29))


@dataclass(frozen=True, eq=False)
class Characters:
    """The characters of a call in one row: what is known of each.

    ``starts``: where each turn begins; ``turn``: which it is of, -1 between turns; ``said``: whether it
    is a letter or a digit; ``asks``: what the turn before asks for; ``tails``: the pairs of characters
    that it ends with; ``tag``, ``person``, ``place``, ``worth``: what a network takes it for, how much
    speaks for either, and for each of its tags (characters by tags); ``word``: whether a word of two, of
    three characters begins here; ``before``, ``behind``: how many characters of its ``clause`` are on
    either side; ``units``: the numbers and Latin words; ``priced``: whether its clause tells a sum of
    money.
    """

    starts: tuple[int, ...]
    code: Numbers
    turn: NDArray[np.int64]
    said: NDArray[np.bool_]
    role: Numbers
    asks: Numbers
    tails: Numbers
    tag: Numbers
    person: Numbers
    place: Numbers
    worth: NDArray[np.float32]
    word: Numbers
    surname: Numbers
    digit: Numbers
    before: Numbers
    behind: Numbers
    clause: NDArray[np.int64]
    units: tuple[tuple[int, int], ...]
    priced: NDArray[np.bool_]

    @classmethod
    def of(cls, turns: Sequence[SpokenTurn], surnames: Collection[str]) -> Characters:
        """Of a call's turns in their order; ``surnames`` are those that are known."""
        texts = [turn.text for turn in turns]
        row = "".join("\0" * GAP + text for text in texts) + "\0" * GAP
        code, turn = _codes(row), _turn_of(texts)
        stop = np.isin(code, _codes(f"\0{_STOPS}"))
        known = _codes("".join(name for name in surnames if len(name) == 1))
        seen = [lac.tag(text) for text in texts]
        clause = np.cumsum(stop, dtype=np.int64)
        return cls(
            starts=tuple(accumulate((len(text) + GAP for text in texts), initial=GAP))[:-1],
            code=code,
            turn=turn,
            said=np.array([c.isalnum() for c in row]),
            role=_of_turns([_ROLES[t.role] for t in turns], turn),
            asks=_of_turns([_asks(before) for before in ("", *texts[:-1])], turn),
            tails=_of_turns([_tail(before) for before in ("", *texts[:-1])], turn),
            tag=_join_rows([own.tags for own in seen]),
            person=_join_rows([own.person for own in seen]),
            place=_join_rows([own.place for own in seen]),
            worth=_stack_tables([own.worth for own in seen]),
            word=np.array([_begins(row, at) for at in range(len(row))], dtype=np.uint64),
            surname=np.isin(code, known).astype(np.uint64),
            digit=np.isin(code, _codes(_DIGITS)).astype(np.uint64),
            before=_since(stop),
            behind=_since(stop[::-1])[::-1],
            clause=clause,
            units=tuple(unit.span() for unit in _UNIT.finditer(row)),
            priced=np.isin(clause, [clause[one.start()] for one in _PRICE.finditer(row)]),
        )

    def traits(self) -> Numbers:
        """What is around each character that is said: characters by traits."""
        return np.stack([hash_together(*own, n) for n, own in enumerate(self._traits())], 1)[
            self.said
        ]

    def _traits(self) -> Iterator[tuple[Numbers, ...]]:
        yield from self._neighbours()
        yield from self._tags_around()
        yield from self._as_words()
        yield from self._again()
        yield from ((tail,) for tail in self.tails.T)
        yield from self._in_clause()

    def _neighbours(self) -> Iterator[tuple[Numbers, ...]]:
        """Characters by one, two and three."""
        near = _around(self.code, 4)
        yield from ((near[by],) for by in range(-4, 5))
        yield from ((near[by], near[by + 1]) for by in range(-4, 4))
        yield from ((near[by], near[by + 1], near[by + 2]) for by in range(-3, 1))

    def _tags_around(self) -> Iterator[tuple[Numbers, ...]]:
        """What the network takes it and its neighbours for."""
        code, tag = _around(self.code, 1), _around(self.tag, 2)
        yield from ((tag[by],) for by in range(-2, 3))
        yield from ((tag[-1], tag[0]), (tag[0], tag[1]), (tag[-1], tag[0], tag[1]))
        yield tag[-2], tag[-1], tag[0], tag[1], tag[2]
        yield from ((tag[0], code[0]), (tag[1], code[-1], code[0]))
        for row in (self.person, self.place):
            near = _around(row, 2)
            yield from ((near[by],) for by in range(-2, 3))
        yield self.person, self.place, self.asks, self.role

    def _as_words(self) -> Iterator[tuple[Numbers, ...]]:
        """Whether it is part of words, or a surname."""
        word, surname, code = _around(self.word, 2), _around(self.surname, 2), _around(self.code, 1)
        yield word[-1], word[0]
        yield word[-2], word[-1], word[0], word[1]
        yield word[-1], word[0], self.tag
        yield word[-1], word[0], self.asks, self.role
        yield surname[0], code[-1]
        yield surname[-1], surname[-2]
        yield surname[-1], word[-1], word[0], self.asks

    def _again(self) -> Iterator[tuple[Numbers, ...]]:
        """Whether it is said again, by whom."""
        word = _around(self.word, 1)
        first, second, three = self.said_again
        again = np.asarray(first + 3 * second + 9 * three, dtype=np.uint64)
        yield (again,)
        yield again, self.asks, self.role
        yield again, self.tag
        yield again, word[-1], word[0]
        yield again, self.person, self.place
        digit = _around(self.digit, 2)
        yield digit[-1], digit[0], digit[1], self.role, self.asks, again
        yield digit[-2], digit[-1], digit[0], digit[1], digit[2], self.asks

    def _in_clause(self) -> Iterator[tuple[Numbers, ...]]:
        """Where it stands in its clause and in its turn."""
        first, second = np.minimum(self.before, 7), np.minimum(self.behind, 9)
        start = np.arange(len(self.code)) - self.before.astype(np.int64)
        end = np.arange(len(self.code)) + self.behind.astype(np.int64)
        in_turn = np.arange(len(self.code)) - np.array([*self.starts, 0])[self.turn]
        yield np.digitize(in_turn, (1, 3, 8)).astype(np.uint64), self.role, self.asks
        yield self.code[start], self.code[np.minimum(start + 1, len(start) - 1)]
        yield self.code[end], self.code[end - 1]
        yield first, self.asks
        yield first, second, self.asks, self.role
        yield first, np.minimum(self.before + self.behind, 12)
        yield self.surname, shift(self.surname, -1), first, second

    def hidden_mask(self, places: Iterable[Place]) -> NDArray[np.bool_]:
        """Whether each character is hidden in one of some places."""
        return self.mask_of((place.turn, at) for place in places for at in place.hidden)

    def mask_of(self, where: Iterable[tuple[int, int]]) -> NDArray[np.bool_]:
        """Whether each character is one of these, each named by its turn and its place there."""
        row = np.zeros(len(self.code), dtype=bool)
        row[[self.starts[turn] + at for turn, at in where]] = True
        return row

    def _several(self, count: int) -> Numbers:
        """Each character with those behind it, as one number; 0 where one is missing."""
        rows = [shift(self.code, by) for by in range(count)]
        return np.where(np.all(rows, axis=0), hash_together(*rows), np.uint64(0))

    @cached_property
    def said_again(self) -> tuple[Numbers, Numbers, Numbers]:
        """Whether a character's pairs and threes are said again near by.

        The pair that begins with it, the one that ends with it, any of the threes that it is in.
        """
        two, three = self._repetitions(self._several(2)), self._repetitions(self._several(3))
        any_three = np.maximum.reduce([three, shift(three, -1), shift(three, -2)])
        return two, shift(two, -1), any_three

    def _repetitions(self, what: Numbers) -> Numbers:
        """1 where the other side says the same within ``NEAR`` turns, 2 where only its own does."""
        found = np.zeros_like(what)
        there = np.flatnonzero(what)
        order = there[np.argsort(what[there], kind="stable")]
        one, two = order[:-1], order[1:]
        away = self.turn[two] - self.turn[one]
        near = (what[one] == what[two]) & (away > 0) & (away <= NEAR)
        other = self.role[one] != self.role[two]
        for value, where in ((2, near & ~other), (1, near & other)):
            found[one[where]] = found[two[where]] = value
        return found


def hash_together(*parts: Numbers | int) -> Numbers:
    """One number of several, the first a row: multiplied and folded behind each."""
    found: Any = _SEED
    for part in parts:
        found = (found ^ np.asarray(part, dtype=np.uint64)) * _PRIME
        found = found ^ (found >> _FOLD)
    return np.asarray(found, dtype=np.uint64)


def shift(row: NDArray[Any], by: int) -> NDArray[Any]:
    """What stands ``by`` characters further on (before, where that is negative); 0 beyond the ends."""
    found = np.zeros_like(row)
    source, target = (row[by:], found[: len(row) - by]) if by >= 0 else (row[:by], found[-by:])
    target[:] = source
    return found


def _around(row: Numbers, reach: int) -> dict[int, Numbers]:
    """A row as it stands at each place up to ``reach`` characters away."""
    return {by: shift(row, by) for by in range(-reach, reach + 1)}


def _codes(text: str) -> Numbers:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)


def _join_rows(rows: Sequence[NDArray[np.uint8]]) -> Numbers:
    """Rows of turns as one row, with nothing between them."""
    nothing = np.zeros(GAP, dtype=np.uint8)
    parts = [part for row in rows for part in (nothing, row)]
    return np.concatenate([*parts, nothing]).astype(np.uint64)


def _stack_tables(tables: Sequence[NDArray[np.float16]]) -> NDArray[np.float32]:
    """Tables of turns as one, with nothing between them."""
    nothing = np.zeros((GAP, lac.TAGS), dtype=np.float16)
    parts = [part for table in tables for part in (nothing, table)]
    return np.concatenate([*parts, nothing]).astype(np.float32)


def _turn_of(texts: Sequence[str]) -> NDArray[np.int64]:
    """Which turn each character of the row is of; -1 between them."""
    numbers = [n for number in range(len(texts)) for n in (-1, number)]
    lengths = [length for text in texts for length in (GAP, len(text))]
    return np.repeat([*numbers, -1], [*lengths, GAP])


def _of_turns(values: Sequence[Any], turn: NDArray[np.int64]) -> Numbers:
    """The value of its turn for each character; 0 between turns."""
    rows = np.array(values, dtype=np.uint64)
    return np.concatenate([rows, np.zeros_like(rows[:1])])[turn]


def _asks(text: str) -> int:
    """What a turn asks for: 1 a name, 2 a place, 3 both."""
    return bool(_NAME.search(text)) + 2 * bool(_PLACE.search(text))


def _tail(text: str) -> list[int]:
    """The pairs of characters at the end of a turn."""
    codes = [0] * TAIL + [ord(c) for c in text[-TAIL:]]
    return [one << 32 | two for one, two in pairwise(codes[-TAIL:])]


def _begins(row: str, at: int) -> int:
    """Whether a word of two (1), of three characters (2), of either (3) begins in a row."""
    return is_ordinary_word(row[at : at + 2]) + 2 * is_ordinary_word(row[at : at + 3])


def _since(stop: NDArray[np.bool_]) -> Numbers:
    """How many characters of its clause stand before each."""
    at = np.arange(len(stop))
    last = np.maximum.accumulate(np.where(stop, at, -1))
    return np.maximum(at - last - 1, 0).astype(np.uint64)
