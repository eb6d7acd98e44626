"""Names and places that no pattern tells, by what a model has learnt of dialogues.

A logistic regression weighs what stands around each character (``traits``). A small recurrent network
reads the call from both ends: what the regression says, what LAC takes the character for, who says it,
what was asked, what is said again, what the patterns hide already: who is spelled in one turn is the
same in the next. On what they were trained and how good they are: ``models/text/personal.md``.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.privacy.localities import towns
from pipeline.privacy.places import Place
from pipeline.privacy.traits import Characters
from pipeline.privacy.words import words
from pipeline.records import Personal, Role
from pipeline.resources import MODELS
from pipeline.text.stored import load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import onnxruntime
    from numpy.typing import NDArray

    from pipeline.privacy.places import SpokenTurn
    from pipeline.privacy.traits import Numbers

    Chances = NDArray[np.float64]
    """Of each character that is said, how likely it has to be hidden as either kind."""

PATH = MODELS / "text/personal.npz"
NETWORK = PATH.with_suffix(".onnx")
KINDS = (Personal.NAME, Personal.ADDRESS)
BITS = 18
"""Traits are hashed into a table of so many bits."""
ENOUGH = 0.3
"""A character is hidden from this likelihood on. What is left in clear does more harm than what is
hidden for nothing (``models/text/personal.md`` has what other thresholds would do)."""
LONG = 5
"""A number of so many digits is left to the patterns, which know a telephone from an order."""
SURE, ODDS, WORTH, LONGEST = 1e-4, 4.0, 10.0, 9
"""What the network reads is brought to about 1: odds of likelihoods no surer than this, what speaks for
a tag, characters of a clause."""


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
    """The regression, and the network that reads a call by it."""

    regression: Regression
    network: onnxruntime.InferenceSession

    @classmethod
    def of(cls, stored: Mapping[str, NDArray[Any]], network: bytes) -> Tagger:
        """The model that these are."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return cls(
            Regression(stored["weights"].astype(np.float32), stored["bias"]),
            onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"]),
        )

    def chances(self, of: Characters, hidden: NDArray[np.bool_]) -> Chances:
        """How likely each character has to be hidden; ``hidden`` are those of the row that are."""
        read = network_input(of, self.regression.chances(of.traits()), hidden)
        (found,) = self.network.run(None, {"characters": read[None]})
        own: Chances = found[0][of.said].astype(np.float64)
        return own


def likely(
    turns: Sequence[SpokenTurn], known: Sequence[Place], surnames: Collection[str]
) -> Iterator[Place]:
    """What the model hides beyond ``known``: each run of characters as one place."""
    if not turns:
        return
    of = Characters.of(turns, surnames)
    hidden = of.hidden_mask(known)
    chances = np.zeros((len(of.code), len(KINDS)))
    chances[of.said] = _tagger().chances(of, hidden)
    for start, end in runs(of, chances.sum(axis=1), hidden | readable_anyway(of, turns, known)):
        turn = int(of.turn[start])
        kind = KINDS[int(chances[start:end].sum(axis=0).argmax())]
        at = range(start - of.starts[turn], end - of.starts[turn])
        if turns[turn].text[at.start : at.stop] not in words("no_name"):
            yield Place(turn, at.start, at.stop, kind, tuple(at))


def readable_anyway(
    of: Characters, turns: Sequence[SpokenTurn], known: Sequence[Place]
) -> NDArray[np.bool_]:
    """Of which characters it is known that they may be read: the surnames of whole names, towns."""
    surnames = (
        (place.turn, at) for place in known if place.hidden for at in range(place.start, place.end)
    )
    above = ((n, at) for n, turn in enumerate(turns) for at in towns(turn.text))
    return of.mask_of((*surnames, *above))


def runs(
    of: Characters,
    likelihood: NDArray[np.float64],
    closed: NDArray[np.bool_],
    enough: float = ENOUGH,
) -> Iterator[tuple[int, int]]:
    """The runs of characters that have to be hidden, none of those about which nothing is open.

    Each number or Latin word whole; nothing in a clause that tells a sum of money.
    """
    for start, end in of.units:
        is_long = end - start >= LONG and of.digit[start]
        likelihood[start:end] = 0 if is_long else likelihood[start:end].mean()
    more = (likelihood >= enough) & ~closed & ~of.priced
    edges = np.flatnonzero(np.diff(more, prepend=False, append=False))
    yield from ((int(start), int(end)) for start, end in edges.reshape(-1, 2))


def columns(traits: Numbers, size: int) -> NDArray[np.int64]:
    """Which column of a table of ``size``, a power of two, each trait has."""
    return (traits >> np.uint64(65 - size.bit_length())).astype(np.int64)


def network_input(
    of: Characters, chances: Chances, hidden: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """What the network reads of each character of the row: characters by numbers."""
    odds = np.zeros((len(of.code), len(KINDS)))
    own = np.clip(chances, SURE, 1 - SURE)
    odds[of.said] = np.log(own / (1 - own))
    lengths = np.minimum([of.before, of.behind], LONGEST) / LONGEST
    flags = np.stack([of.surname, of.digit, hidden, of.said, *lengths], 1)
    told = [_one_of(row, many) for row, many in _sorts(of)]
    parts = (of.worth / WORTH, odds / ODDS, *told, flags)
    return np.concatenate(parts, 1, dtype=np.float32)


def _sorts(of: Characters) -> Iterator[tuple[Numbers, int]]:
    """What is one of several of each character, and of how many."""
    yield of.role, len(Role) + 1
    yield of.asks, 4
    yield from ((again, 3) for again in of.said_again)
    yield of.word, 4


def _one_of(row: Numbers, many: int) -> NDArray[np.float32]:
    """A column for each value of a row: 1 where it is that."""
    return np.eye(many, dtype=np.float32)[row.astype(np.int64)]


@functools.cache
def _tagger() -> Tagger:
    return Tagger.of(load(PATH), NETWORK.read_bytes())
