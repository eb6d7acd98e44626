"""What is heard nearly as it is due: a long phrase but for a syllable."""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


_CONSONANTS = "bpmfdtnlgkhjqxzcsryw"
"""What a syllable's initial is spelt with."""


@dataclass(frozen=True)
class Nearly:
    """Lines of syllables, by each two neighbours in them and how far in these stand.

    Where one syllable of at least four is wrong, two neighbours are right; so they mostly are where
    two are half wrong (看现 for 感谢, 乡城中人 for 江城中燃).
    """

    pairs: Mapping[tuple[str, ...], Sequence[tuple[tuple[str, ...], int]]]

    @classmethod
    def of(cls, lines: Iterable[Sequence[str]]) -> Nearly:
        """The index of some lines of syllables."""
        pairs: dict[tuple[str, ...], list[tuple[tuple[str, ...], int]]] = defaultdict(list)
        for line in dict.fromkeys(map(tuple, lines)):
            for at, pair in enumerate(itertools.pairwise(line)):
                pairs[pair].append((line, at))
        return cls(pairs)

    def stands_in(self, heard: Sequence[str]) -> bool:
        """Whether one of the lines stands in what was ``heard``, but for one syllable in all.

        That one is another, or lost or added inside the line.
        """
        for at, pair in enumerate(itertools.pairwise(heard)):
            for line, into in self.pairs.get(pair, ()):
                if _differs_little(heard, at - into, line):
                    return True
        return False


def _differs_little(heard: Sequence[str], start: int, line: Sequence[str]) -> bool:
    """Whether ``line`` was heard from about ``start`` on, but for one wrong, lost or added syllable."""
    for begin in (start, start - 1, start + 1):
        for length in (len(line), len(line) - 1, len(line) + 1):
            own = heard[begin : begin + length] if begin >= 0 else ()
            if len(own) != length:
                continue
            if length == len(line):
                if begin == start and sum(map(distance, own, line)) <= 1:
                    return True
            elif _without_one(*sorted((tuple(own), tuple(line)), key=len)):
                return True
    return False


def _without_one(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Whether ``short`` is ``long`` without one syllable inside it; both ends are there."""
    if short[0] != long[0] or short[-1] != long[-1]:
        return False
    same = next(
        (i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short)
    )
    return short[same:] == long[same + 1 :]


def distance(first: str, second: str) -> float:
    """How far two syllables are from each other: 0.5 where they share their initial or their final."""
    if first == second:
        return 0.0
    (a, x), (b, y) = _halves(first), _halves(second)
    return 0.5 if a == b or x == y else 1.0


@functools.cache
def _halves(syllable: str) -> tuple[str, str]:
    final = syllable.lstrip(_CONSONANTS)
    return syllable[: len(syllable) - len(final)], final
