"""The model of dialogue acts and tones: what it learns, its held-out figures, its thresholds.

An act is learnt by a logistic regression of its own, the tones by one small network, over features that
all share. Lines whose acts nobody looked at serve an act as counter-examples where a first model sees
none of it in them.
"""

from __future__ import annotations

import random
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.neural_network import MLPClassifier

from models.text_lines import AGENT, CUSTOMER, Line, Variants, groups_of
from models.text_store import arrays, learnt
from pipeline.text.acts import (
    ACTS,
    CUSTOMER_ACTS,
    LABELS,
    RUDE,
    SHORTEST,
    TONES,
    ActModel,
    mark_ends,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Bits = NDArray[np.bool_]

FOLDS = 4
FEATURES = 50_000
HIDDEN, PASSES = 64, 6
"""Units of the network, and how often it sees the data. With one fold left out 0.51 of its rude lines
were found where 1.5 % of the polite ones were taken for rude, by a regression 0.49; of another hand's
0.52 and 0.44 where 1.9 % were."""
STRENGTH = 8.0
"""How closely a regression follows the data (scikit-learn's ``C``)."""
NO_TONE = "none"
PERHAPS = 0.3
"""A line that nobody looked at may hold an act from this probability on: it is no counter-example."""
FALSE_ACTS = 0.003
"""Share of held-out lines without an act that may be taken for it."""
FALSE_TONES = 0.01
"""Share of held-out polite lines, many of them made to tempt, that may be taken for rude. Of the written
turns of real agents it is then 2 in 1,000."""


@dataclass(frozen=True)
class Lines:
    """Lines and what is known of each, labels as columns."""

    lines: tuple[Line, ...]
    doubtful: Bits
    """Whether a line, of which nobody looked at the act, may hold it."""

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Lines:
        """The lines, those that a first model suspects marked as doubtful."""
        unseen = np.array([not _looked_at(line) for line in lines])
        of_acts = np.array([label != RUDE and label not in TONES for label in LABELS])
        first = cls(tuple(lines), unseen[:, None] & of_acts)
        suspected = fit(first, range(len(lines)), seed=0).scores([line.text for line in lines])
        return cls(tuple(lines), first.doubtful & (suspected > PERHAPS))

    @cached_property
    def truth(self) -> Bits:
        """Which line has which label."""
        return np.array([[_has(line, label) for label in LABELS] for line in self.lines])

    @cached_property
    def known(self) -> Bits:
        """Where a line may teach a label: of the side that it is said by, and not doubtful."""
        customers = np.array([line.role == CUSTOMER for line in self.lines])
        of_customers = np.array([label in CUSTOMER_ACTS for label in LABELS])
        known: Bits = (customers[:, None] == of_customers[None, :]) & ~self.doubtful
        return known


def _looked_at(line: Line) -> bool:
    return line.tone is None and line.labels[0] not in {AGENT, CUSTOMER}


def _has(line: Line, label: str) -> bool:
    return label in line.labels or (label == RUDE and line.tone is not None)


def fit(data: Lines, rows: Sequence[int], seed: int) -> ActModel:
    """A model of some of the lines: each as it is, misheard, and run together with another."""
    chance = random.Random(seed)
    variants = Variants(data.lines[i].text for i in rows)
    texts: list[str] = []
    truth, known, tones = [], [], []
    for i in rows:
        own = data.lines[i]
        texts += [own.text, variants.misheard(variants.address(own.text, chance), chance)]
        truth += [data.truth[i]] * 2
        known += [data.known[i]] * 2
        tones += [own.tone or NO_TONE] * 2
        other = rows[chance.randrange(len(rows))]
        if data.lines[other].role == own.role:
            pair = [own.text, data.lines[other].text]
            chance.shuffle(pair)
            texts.append("".join(pair))
            truth.append(data.truth[i] | data.truth[other])
            known.append(data.known[i] & data.known[other])
            tones.append(own.tone or data.lines[other].tone or NO_TONE)
    vectorizer = TfidfVectorizer(
        analyzer="char",
        ngram_range=(1, 4),
        sublinear_tf=True,
        min_df=2,
        max_features=FEATURES,
        lowercase=False,
        dtype=np.float32,
    )
    features = vectorizer.fit_transform([mark_ends(text) for text in texts])
    weights, bias = _regressions(features, np.array(truth), np.array(known))
    agents = np.array(known)[:, LABELS.index(RUDE)]
    return ActModel(
        ngrams=learnt(vectorizer),
        weights=weights,
        bias=bias,
        layers=_network(features[agents], np.array(tones)[agents], seed),
        thresholds={},
    )


def _regressions(
    features: Any, truth: Bits, known: Bits
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights, features by acts, and biases."""
    weights, bias = [], []
    for column in range(len(ACTS) + len(CUSTOMER_ACTS)):
        rows = np.flatnonzero(known[:, column])
        regression = LogisticRegression(C=STRENGTH, solver="liblinear", random_state=0)
        regression.fit(features[rows], truth[rows, column])
        weights.append(regression.coef_[0])
        bias.append(regression.intercept_[0])
    return np.array(weights, dtype=np.float32).T, np.array(bias, dtype=np.float32)


def _network(
    features: Any, tones: NDArray[np.str_], seed: int
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """The two layers; the outputs in the order of ``TONES``, none before them."""
    network = MLPClassifier(
        (HIDDEN,),
        alpha=1e-3,
        learning_rate_init=1e-3,
        batch_size=256,
        max_iter=PASSES,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is stopped on purpose
        network.fit(features, tones)
    order = [list(network.classes_).index(tone) for tone in (NO_TONE, *TONES)]
    (hidden, output), (first, last) = network.coefs_, network.intercepts_
    return [
        (hidden.astype(np.float32), first.astype(np.float32)),
        (output[:, order].astype(np.float32), last[order].astype(np.float32)),
    ]


@dataclass(frozen=True)
class HeldOut:
    """What models that had not seen a line said of it, as it is and misheard; lines by labels."""

    data: Lines
    plain: NDArray[np.float32]
    noisy: NDArray[np.float32]

    @classmethod
    def of(cls, data: Lines, seed: int) -> HeldOut:
        """Cross-validated by groups: all that is alike is in one fold."""
        lines = data.lines
        plain, noisy = np.zeros((2, len(lines), len(LABELS)), dtype=np.float32)
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
        strata = [line.labels[0] for line in lines]
        for train, test in folds.split(lines, strata, groups_of(lines)):
            model = fit(data, train.tolist(), seed)
            chance, variants = random.Random(seed), Variants(lines[i].text for i in train)
            plain[test] = model.scores([lines[i].text for i in test])
            noisy[test] = model.scores([variants.misheard(lines[i].text, chance) for i in test])
        return cls(data, plain, noisy)

    def threshold(self, label: str) -> float:
        """The lowest at which few enough lines without the label are taken for it; rounded up."""
        column = LABELS.index(label)
        others = self.plain[self._others(label), column]
        allowed = int((FALSE_TONES if label == RUDE else FALSE_ACTS) * len(others))
        return float(np.floor(np.sort(others)[::-1][allowed] * 1000) / 1000 + 0.001)

    def figures(self, label: str, threshold: float) -> Figures:
        """How right it is at ``threshold``."""
        column = LABELS.index(label)
        own = self.data.truth[:, column] & self.data.known[:, column] & self._long
        found = self.plain[:, column] >= threshold
        return Figures(
            lines=int(own.sum()),
            recall=float(found[own].mean()),
            misheard=float((self.noisy[own, column] >= threshold).mean()),
            precision=float(found[own].sum() / max(1, found[own | self._others(label)].sum())),
        )

    def _others(self, label: str) -> Bits:
        column = LABELS.index(label)
        others: Bits = ~self.data.truth[:, column] & self.data.known[:, column] & self._long
        return others

    @cached_property
    def _long(self) -> Bits:
        return np.array([len(line.text) >= SHORTEST for line in self.data.lines])

    def named_rightly(self, threshold: float) -> float:
        """Of the rude lines that are found, the share that gets the tone's own name."""
        first = LABELS.index(TONES[0])
        rude = self.data.truth[:, LABELS.index(RUDE)]
        found = rude & (self.plain[:, LABELS.index(RUDE)] >= threshold)
        named = self.plain[found, first:].argmax(axis=1)
        own = self.data.truth[found, first:].argmax(axis=1)
        return float((named == own).mean())


@dataclass(frozen=True)
class Figures:
    """Of held-out lines of a label: how many, the share found, misheard too; and the precision."""

    lines: int
    recall: float
    misheard: float
    precision: float


def content(model: ActModel, thresholds: Sequence[float]) -> dict[str, NDArray[Any]]:
    """What is stored of a model: large weights in steps of a 127th of each column's largest."""
    (hidden, first), (output, last) = model.layers
    weights, scale = _steps(model.weights)
    small, small_scale = _steps(hidden)
    return {
        **arrays("ngrams", model.ngrams),
        "weights": weights,
        "scale": scale,
        "bias": model.bias.round(3),
        "hidden": small,
        "hidden_scale": small_scale,
        "hidden_bias": first.round(4),
        "output": output.round(4),
        "output_bias": last.round(4),
        "thresholds": np.array(thresholds),
    }


def _steps(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    scale = np.abs(weights).max(axis=0) / 127
    return (weights / scale).round().astype(np.int8), scale.astype(np.float32)
