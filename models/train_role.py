"""The model of who is speaking: what it learns, its held-out figures."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import FeatureUnion, Pipeline

from models.text_lines import AGENT, Line, Variants, groups_of
from models.text_store import arrays, learnt, rounded
from pipeline.text.classifiers import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

FOLDS = 5
STRENGTH = 1.0
"""How closely the regression follows the data (scikit-learn's ``C``)."""
TOLERANCE, MOST_STEPS = 1e-7, 5000
"""Steps are made until the gradient is this small: with scikit-learn's own 1e-4 another processor, whose
sums are rounded otherwise, stopped up to 0.06 of a probability away."""
POOLS = (3, 8)
TRIALS = 4000

_cached_words = lru_cache(maxsize=None)(words)


def examples(lines: Sequence[Line], chance: random.Random) -> list[tuple[str, str]]:
    """The lines and a noise variant of each, with who says it; rude agents' lines only as they are.

    Otherwise a third of the agents would be rude, and angry customers be taken for them.
    """
    variants = Variants(line.text for line in lines)
    found = [(line.text, line.role) for line in lines]
    for line in lines:
        if line.tone is None:
            text = variants.misheard(variants.address(line.text, chance), chance)
            found.append((text, line.role))
    return found


def fit(lines: Sequence[Line], seed: int) -> Pipeline:
    """A model of ``lines`` and their variants; both sides weigh alike."""
    taught = examples(lines, random.Random(seed))
    return _new_model().fit(_words(text for text, _ in taught), [role for _, role in taught])


def content(model: Pipeline) -> dict[str, NDArray[Any]]:
    """What is stored of a model: ``RoleModel.of`` reads it; the weights are rounded."""
    features = dict(model.named_steps["features"].transformer_list)
    classifier = model.named_steps["classifier"]
    towards = 1 if classifier.classes_[1] == AGENT else -1
    return {
        **arrays("characters", rounded(learnt(features["characters"]))),
        **arrays("words", rounded(learnt(features["words"]))),
        "weights": towards * classifier.coef_[0].round(3).astype(np.float32),
        "bias": towards * classifier.intercept_.round(3).astype(np.float32),
    }


def _words(texts: Iterable[str]) -> list[str]:
    return [_cached_words(text) for text in texts]


def _new_model() -> Pipeline:
    """Character n-grams and words into one logistic regression."""
    shared: dict[str, Any] = {"max_features": 20000, "sublinear_tf": True, "dtype": np.float32}
    features = FeatureUnion(
        [
            ("characters", TfidfVectorizer(analyzer="char", ngram_range=(1, 3), **shared)),
            ("words", TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), **shared)),  # noqa: S106
        ]
    )
    classifier = LogisticRegression(
        C=STRENGTH, tol=TOLERANCE, max_iter=MOST_STEPS, class_weight="balanced"
    )
    return Pipeline([("features", features), ("classifier", classifier)])


@dataclass(frozen=True)
class HeldOut:
    """How likely models that had not seen a line hold it for an agent's, as it is and misheard."""

    lines: tuple[Line, ...]
    plain: NDArray[np.float64]
    noisy: NDArray[np.float64]

    @classmethod
    def of(cls, lines: Sequence[Line], seed: int) -> HeldOut:
        """Cross-validated by groups: all that is alike is in one fold; variants in training only."""
        plain, noisy = np.zeros((2, len(lines)))
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
        roles = [line.role for line in lines]
        for fold, (train, test) in enumerate(folds.split(lines, roles, groups_of(lines))):
            known = [lines[i] for i in train]
            model = fit(known, seed + fold)
            chance, variants = random.Random(seed), Variants(line.text for line in known)
            texts = [lines[i].text for i in test]
            column = list(model.classes_).index(AGENT)
            plain[test] = model.predict_proba(_words(texts))[:, column]
            misheard = _words(variants.misheard(text, chance) for text in texts)
            noisy[test] = model.predict_proba(misheard)[:, column]
        return cls(tuple(lines), plain, noisy)

    @cached_property
    def _agents(self) -> NDArray[np.bool_]:
        return np.array([line.role == AGENT for line in self.lines])

    @cached_property
    def _usual(self) -> NDArray[np.bool_]:
        return np.array([line.tone is None for line in self.lines])

    def accuracy(self, size: int, seed: int, *, noisy: bool) -> float:
        """How often ``size`` held-out lines of one side are told rightly together."""
        return (
            self._pooled(size, seed, noisy=noisy) if size > 1 else self._single(noisy, rude=False)
        )

    def of_rude(self, *, noisy: bool) -> float:
        """How often a rude agent's line is told rightly."""
        return self._single(noisy, rude=True)

    def _single(self, noisy: bool, *, rude: bool) -> float:
        told = (self.noisy if noisy else self.plain) > 0.5
        return float((told == self._agents)[self._usual != rude].mean())

    def _pooled(self, size: int, seed: int, *, noisy: bool) -> float:
        chances = (self.noisy if noisy else self.plain).clip(1e-9, 1 - 1e-9)
        odds = np.log(chances / (1 - chances))
        draw = np.random.default_rng(seed)
        right = 0
        for trial in range(TRIALS):
            agents = trial % 2 == 0
            of_side = odds[self._usual & (self._agents == agents)]
            total = draw.choice(of_side, size, replace=False).sum()
            right += int((total > 0) == agents)
        return right / TRIALS
