"""Train the model of names and places: ``python -m models.train_personal``.

It learns of the dialogues of other hands in ``bench/privacy`` that were opened (``LEARNT``), and of
ordinary calls (``ORDINARY``) that in which no pattern hides anything may be read. Its figures are of
each set by a model of the others, since one dialogue's people come back all through it.
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, vstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from bench.accuracy.dataset import CALLS, load_items
from bench.privacy.__main__ import Sample, samples
from bench.privacy.strangers import KINDS as KIND_OF
from bench.privacy.strangers import LEARNT, SEED, counted
from models.text_store import store
from pipeline.privacy.masking import Masking
from pipeline.privacy.places import SpokenTurn
from pipeline.privacy.tagger import (
    BITS,
    ENOUGH,
    KINDS,
    NETWORK,
    PATH,
    Regression,
    columns,
    network_input,
    readable_anyway,
    runs,
)
from pipeline.privacy.traits import Characters
from pipeline.records import CallRecord
from pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from models.personal_network import Network
    from pipeline.privacy.traits import Numbers

STRENGTH = 1.0
"""How closely the regression follows the data (scikit-learn's ``C``)."""
FOLDS = 3
"""The network learns of what regressions say that have not learnt of the same sets; and so many models
are made to say what is held out."""
LEAST = 0.02
"""Weights under this are left out: the file is half as large, and nothing is told otherwise."""
ORDINARY = ("eighth", "ninth", "twelfth", "thirteenth")
"""Labelled calls of ``bench/accuracy``, about everything that people call for."""
LABELS = {"name": 1, "address": 2, "number": -1, "account": -1}
"""What the model learns a value for; it is not asked about numbers and accounts."""
CARD = PATH.with_suffix(".md")
_CARD = """\
# Names and places

How likely each character of a call has to be hidden, as somebody's name or as a place: a regression
(`personal.npz`) and a recurrent network that reads the call by it (`personal.onnx`).
[`tagger.py`](../../pipeline/privacy/tagger.py) asks them where no pattern tells. Made by
`python -m models.train_personal`, for which PyTorch has to be there; `--held-out` writes this card.

Learnt: {values:,} names and places of customers in {dialogues} dialogues (`bench/privacy/`: {sets}),
each set by a writer who saw neither patterns nor lists, a language model all of them; and {calls}
labelled calls of `bench/accuracy/` ({usual}) in which what no pattern hides may be read. Nothing real,
nothing copied.

Held out: each set by one of three models that has not learnt of it, beside the patterns, which were
written on some of these sets and are better on them than on others. A value counts as hidden when all of
it is.

{table}

From {enough} on is hidden. A set that nobody had seen:
[strangers.md](../../bench/privacy/strangers.md).
"""
THRESHOLDS = (0.7, 0.5, 0.4, 0.3, 0.2, 0.1)


@dataclass(frozen=True)
class Taught:
    """A dialogue: its characters, what patterns hide in it, and of each said one what it is.

    ``labels``: 0 what may be read, 1 a name, 2 a place; -1 what the model is not asked about.
    ``closed``: of which characters of the row nothing is open, hidden or not.
    """

    sample: Sample
    of: Characters
    hidden: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    traits: Numbers
    labels: NDArray[np.int64]

    def read(self, regression: Regression) -> NDArray[np.float32]:
        """What a network reads of it behind a regression."""
        return network_input(self.of, regression.chances(self.traits), self.hidden)

    @property
    def label(self) -> NDArray[np.int64]:
        """The labels of all characters of its row."""
        row = np.full(len(self.of.code), -1, dtype=np.int64)
        row[self.of.said] = self.labels
        return row


def ordinary(name: str, masking: Masking) -> list[Taught]:
    """Calls in which all may be read but what patterns hide: nobody marked what they overlook."""
    found = []
    for item in load_items(CALLS.with_name(name)):
        turns = tuple(SpokenTurn(line.role, line.text) for line in item.labelled.turns)
        call = _taught(Sample("spoken", "", False, turns, ()), masking)
        found.append(replace(call, labels=np.where(call.hidden[call.of.said], -1, 0)))
    return found


def taught(name: str, masking: Masking) -> list[Taught]:
    """The dialogues of a set."""
    return [_taught(sample, masking) for sample in samples(f"{name}.txt", 1, SEED)]


def _taught(sample: Sample, masking: Masking) -> Taught:
    of = Characters.of(sample.turns, masking.surnames)
    known = masking.places_told(sample.turns, CallRecord())
    hidden = of.hidden_mask(known)
    closed = hidden | readable_anyway(of, sample.turns, known)
    labels = np.zeros(len(of.code), dtype=np.int64)
    for slot in sample.slots:
        labels[[of.starts[slot.turn] + at for at in slot.secret]] = LABELS[KIND_OF[slot.kind]]
    return Taught(sample, of, hidden, closed, of.traits(), labels[of.said])


def fit(traits: Sequence[Numbers], labels: NDArray[np.int64]) -> Regression:
    """A regression of the characters that the model is asked about."""
    table = vstack([_table(own) for own in traits], format="csr")[labels >= 0]
    known = labels[labels >= 0]
    each = [_one(table, known == label) for label in range(1, len(KINDS) + 1)]
    weights = np.stack([one.coef_[0] for one in each], 1)
    weights[np.abs(weights) < LEAST] = 0
    # as they are stored, so that the network learns of the regression as it is asked at night
    stored = weights.astype(np.float16).astype(np.float32)
    return Regression(stored, np.array([one.intercept_[0] for one in each], dtype=np.float32))


def _one(table: csr_array, is_kind: NDArray[np.bool_]) -> LogisticRegression:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(C=STRENGTH, solver="liblinear", random_state=SEED)
        return model.fit(table, is_kind)


def _table(traits: Numbers) -> csr_array:
    rows, each = traits.shape
    cells = columns(traits, 1 << BITS).ravel().astype(np.int32)
    ends = np.arange(0, rows * each + 1, each, dtype=np.int32)
    return csr_array((np.ones(rows * each, np.float32), cells, ends), shape=(rows, 1 << BITS))


def regression_of(sets: Sequence[Sequence[Taught]]) -> Regression:
    """The regression."""
    calls = [call for one in sets for call in one]
    return fit([call.traits for call in calls], np.concatenate([call.labels for call in calls]))


def network_of(sets: Sequence[Sequence[Taught]]) -> Network:
    """The network, of what regressions say that have not learnt of the same sets."""
    from models.personal_network import fit as fit_network

    calls = []
    for fold in range(FOLDS):
        others = [one for number, one in enumerate(sets) if number % FOLDS != fold]
        regression = regression_of(others)
        calls += [(call.read(regression), call.label) for one in sets[fold::FOLDS] for call in one]
    return fit_network(calls, SEED)


def chances(regression: Regression, network: Network, call: Taught) -> NDArray[np.float64]:
    """How likely each character of a dialogue's row has to be hidden."""
    told = network.chances(call.read(regression)).sum(axis=1)
    return np.where(call.of.said, told.astype(np.float64), 0)


def held_out(sets: Sequence[Sequence[Taught]], usual: Sequence[Sequence[Taught]]) -> Iterator[str]:
    """A line for each threshold: what of each set a model of the others hides, beside the patterns."""
    parts = []
    for fold in range(FOLDS):
        others = [*(one for n, one in enumerate(sets) if n % FOLDS != fold), *usual]
        regression, network = regression_of(others), network_of(others)
        calls = [call for one in sets[fold::FOLDS] for call in one]
        parts += [(call, chances(regression, network, call)) for call in calls]
    yield "| from a likelihood of | names and places hidden | turns with more hidden |"
    yield "|---:|---:|---:|"
    for threshold in (2.0, *THRESHOLDS):
        yield _line(parts, threshold)


def _line(parts: Sequence[tuple[Taught, NDArray[np.float64]]], threshold: float) -> str:
    """What is hidden from a likelihood on; over 1 by the patterns alone."""
    hidden = {id(call.sample): _hidden(call, likely, threshold) for call, likely in parts}
    count = counted(lambda one: hidden[id(one)], [call.sample for call, _ in parts])
    own, masked = ([count[f"{kind}{end}"] for kind in KINDS] for end in ("", " masked"))
    more = count["turns with more"] / count["turns"]
    told = "patterns alone" if threshold > 1 else f"{threshold:.2f}"
    return f"| {told} | {100 * sum(masked) / sum(own):.1f} % | {100 * more:.1f} % |"


def _hidden(call: Taught, likely: NDArray[np.float64], threshold: float) -> list[set[int]]:
    """By turn, what patterns or the model hide."""
    hidden = call.hidden.copy()
    for start, end in runs(call.of, likely.copy(), call.closed, threshold):
        hidden[start:end] = True
    return [
        set(np.flatnonzero(hidden[start : start + len(turn.text)]).tolist())
        for start, turn in zip(call.of.starts, call.sample.turns, strict=True)
    ]


def card(sets: Sequence[Sequence[Taught]], usual: Sequence[Sequence[Taught]]) -> str:
    """What the model is, of what it learnt, and how good it is on what it did not."""
    calls = [call for one in sets for call in one]
    slots = (slot for call in calls for slot in call.sample.slots if slot.secret)
    return _CARD.format(
        values=sum(LABELS[KIND_OF[slot.kind]] > 0 for slot in slots),
        dialogues=len(calls),
        sets=", ".join(LEARNT),
        calls=sum(map(len, usual)),
        usual=", ".join(ORDINARY),
        table="\n".join(held_out(sets, usual)),
        enough=ENOUGH,
    )


def main() -> None:
    """Train on all that was opened and store the model, or measure what is held out."""
    parser = argparse.ArgumentParser(prog="python -m models.train_personal", description=__doc__)
    parser.add_argument(
        "--held-out", action="store_true", help="the card alone, in about half an hour"
    )
    chosen = parser.parse_args()
    masking = Masking.of(Settings())
    sets = [taught(name, masking) for name in LEARNT]
    usual = [ordinary(name, masking) for name in ORDINARY]
    if chosen.held_out:
        CARD.write_text(card(sets, usual), encoding="utf-8")
        return
    sets += usual
    regression = regression_of(sets)
    store({"weights": regression.weights.astype(np.float16), "bias": regression.bias}, PATH)
    NETWORK.write_bytes(network_of(sets).stored())


if __name__ == "__main__":
    main()
