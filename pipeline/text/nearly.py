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
        """Whether one of the lines stands in what was ``heard``, but for at most one syllable in all."""
        for at, pair in enumerate(itertools.pairwise(heard)):
            for line, into in self.pairs.get(pair, ()):
                own = heard[at - into : at - into + len(line)] if into <= at else ()
                if len(own) == len(line) and sum(map(_distance, own, line)) <= 1:
                    return True
        return False


def _distance(first: str, second: str) -> float:
    """How far two syllables are from each other: 0.5 where they share their initial or their final."""
    if first == second:
        return 0.0
    (a, x), (b, y) = _halves(first), _halves(second)
    return 0.5 if a == b or x == y else 1.0


@functools.cache
def _halves(syllable: str) -> tuple[str, str]:
    final = syllable.lstrip(_CONSONANTS)
    return syllable[: len(syllable) - len(final)], final
