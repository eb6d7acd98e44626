"""Names and places that no pattern tells, by what a model has learnt of dialogues.

Two logistic regressions, one behind the other. The first weighs what stands around a character
(``traits``). The second weighs what the first makes of it, of its neighbours, of its clause and of the
same words elsewhere in the call, and what the patterns hide already: who is spelled in one turn is the
same in the next. On what they were trained and how good they are: ``models/text/README.md``.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.privacy.places import Place
from pipeline.privacy.traits import Characters, hashed, moved
from pipeline.privacy.words import words
from pipeline.records import Personal
from pipeline.resources import MODELS
from pipeline.text.stored import load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from pipeline.privacy.places import Said
    from pipeline.privacy.traits import Numbers

    Chances = NDArray[np.float64]
    """Of each character that is said, how likely it has to be hidden as either kind."""

PATH = MODELS / "text/personal.npz"
KINDS = (Personal.NAME, Personal.ADDRESS)
FIRST_BITS, SECOND_BITS = 18, 16
"""Traits are hashed into tables of so many bits."""
ENOUGH, ALONE = 0.1, 0.3
"""A character is hidden from this likelihood on; from the second where none beside it is. What
is left in clear does more harm than what is hidden for nothing (``models/text/README.md`` has what other
thresholds would do)."""
LONG = 5
"""A number of so many digits is left to the patterns, which know a telephone from an order."""
_STEPS = (0.01, 0.03, 0.06, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97)


@dataclass(frozen=True, eq=False)
class Regression:
    """A logistic regression over hashed traits: ``weights``, columns by kinds, and a bias a kind."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def chances(self, traits: Numbers) -> Chances:
        """How likely each character is of each kind."""
        odds = self.weights[columns(traits, len(self.weights))].sum(axis=1) + self.bias
        return np.asarray(1 / (1 + np.exp(-odds.astype(np.float64))))


@dataclass(frozen=True)
class Tagger:
    """The two regressions."""

    first: Regression
    second: Regression

    @classmethod
    def of(cls, stored: Mapping[str, NDArray[Any]]) -> Tagger:
        """The model that these arrays are."""
        first, second = (
            Regression(stored[name].astype(np.float32), stored[f"{name}_bias"])
            for name in ("first", "second")
        )
        return cls(first, second)

    def chances(self, of: Characters, hidden: NDArray[np.bool_]) -> Chances:
        """How likely each character has to be hidden; ``hidden`` are those of the row that are."""
        first = self.first.chances(of.traits())
        return self.second.chances(second_traits(of, first, hidden))


def likely(
    turns: Sequence[Said], known: Sequence[Place], surnames: Collection[str]
) -> Iterator[Place]:
    """What the model hides beyond ``known``: each run of characters as one place."""
    if not turns:
        return
    of = Characters.of(turns, surnames)
    hidden = of.hidden(known)
    chances = np.zeros((len(of.code), len(KINDS)))
    chances[of.said] = _tagger().chances(of, hidden)
    for start, end in runs(of, chances.sum(axis=1), hidden):
        turn = int(of.turn[start])
        kind = KINDS[int(chances[start:end].sum(axis=0).argmax())]
        at = range(start - of.starts[turn], end - of.starts[turn])
        if turns[turn].text[at.start : at.stop] not in words("no_name"):
            yield Place(turn, at.start, at.stop, kind, tuple(at))


def runs(
    of: Characters,
    likelihood: NDArray[np.float64],
    hidden: NDArray[np.bool_],
    enough: float = ENOUGH,
) -> Iterator[tuple[int, int]]:
    """The runs of characters that have to be hidden and are not; each number or Latin word whole.

    Nothing in a clause that tells a sum of money.
    """
    for start, end in of.units:
        is_long = end - start >= LONG and of.digit[start]
        likelihood[start:end] = 0 if is_long else likelihood[start:end].mean()
    more = (likelihood >= enough) & ~hidden & ~of.priced
    edges = np.flatnonzero(np.diff(more, prepend=False, append=False))
    for start, end in edges.reshape(-1, 2).tolist():
        if end - start > 1 or likelihood[start] >= ALONE:
            yield start, end


def columns(traits: Numbers, size: int) -> NDArray[np.int64]:
    """Which column of a table of ``size``, a power of two, each trait has."""
    return (traits >> np.uint64(65 - size.bit_length())).astype(np.int64)


def second_traits(of: Characters, chances: Chances, hidden: NDArray[np.bool_]) -> Numbers:
    """What the second regression weighs: of each character that is said, its traits."""
    row = np.zeros(len(of.code))
    row[of.said] = np.minimum(chances.sum(axis=1), 1)
    is_name = np.zeros(len(of.code), dtype=np.uint64)
    is_name[of.said] = chances[:, 0] > chances[:, 1]
    step = _steps(row)
    near = [moved(step, by) for by in range(-3, 4)]
    by_pattern = hidden.astype(np.uint64)
    masked = [moved(by_pattern, by) for by in range(-2, 3)]
    elsewhere, hidden_there, times = _elsewhere(of, row, by_pattern)
    mean, most = _of_clause(of, row)
    own, before, word = near[3], near[2], of.word
    traits: list[tuple[Numbers, ...]] = [
        *((one,) for one in near),
        (before, own, near[4]),
        (own, near[4], near[5]),
        (near[1], before, own),
        tuple(masked),
        (own, *masked[1:4]),
        (own, of.role),
        (own, is_name),
        (elsewhere, hidden_there, times),
        (elsewhere, hidden_there, own),
        (hidden_there, by_pattern, own, word),
        (mean,),
        (most, own),
        (mean, np.minimum(of.before + of.behind, 12), of.asks),
        (own, of.asks, of.role),
        (own, np.minimum(of.before, 7), np.minimum(of.behind, 9)),
        (own, of.tag),
        (own, word, moved(word, -1)),
        (own, of.person, of.place),
    ]
    return np.stack([hashed(*one, n) for n, one in enumerate(traits)], 1)[of.said]


def _steps(row: NDArray[np.float64]) -> Numbers:
    return np.digitize(row, _STEPS).astype(np.uint64)


def _elsewhere(
    of: Characters, row: NDArray[np.float64], hidden: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """What becomes of the pairs that a character is in where they are said elsewhere in the call.

    How likely the likeliest is, whether one is hidden, and how often they are said (3 at most).
    """
    pairs = of.pairs()
    there = np.flatnonzero(pairs)
    likeliest, is_hidden, times = (np.zeros(len(row)) for _ in range(3))
    if there.size:
        both = np.minimum(row, moved(row, 1))[there]
        masked = np.minimum(hidden, moved(hidden, 1))[there].astype(np.float64)
        _, same, count = np.unique(pairs[there], return_inverse=True, return_counts=True)
        order = np.lexsort((-both, same))
        first = np.searchsorted(same[order], np.arange(len(count)))
        best, top = order[first], both[order[first]][same]
        top[best] = np.where(count > 1, both[order[np.minimum(first + 1, len(order) - 1)]], 0)
        likeliest[there] = top
        is_hidden[there] = np.bincount(same, masked)[same] - masked > 0
        times[there] = np.minimum(count[same] - 1, 3)
    either = [np.maximum(one, moved(one, -1)) for one in (likeliest, is_hidden, times)]
    return _steps(either[0]), either[1].astype(np.uint64), either[2].astype(np.uint64)


def _of_clause(of: Characters, row: NDArray[np.float64]) -> tuple[Numbers, Numbers]:
    """How likely the characters of its clause are on an average, and the likeliest of them."""
    size = of.clause[-1] + 1
    mean = np.bincount(of.clause, row, size) / np.maximum(np.bincount(of.clause, of.said, size), 1)
    most = np.zeros(size)
    np.maximum.at(most, of.clause, row)
    return _steps(mean[of.clause]), _steps(most[of.clause])


@functools.cache
def _tagger() -> Tagger:
    return Tagger.of(load(PATH))
