"""The model of names and places as it is committed, and how it is trained."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from bench.privacy.strangers import LEARNT
from models.train_personal import Taught, fit, taught
from pipeline.privacy.masking import Masking
from pipeline.privacy.tagger import BITS, NETWORK, PATH, Tagger, columns
from pipeline.settings import Settings
from pipeline.text.stored import load


@pytest.fixture(scope="module")
def some() -> list[Taught]:
    """A few dialogues of those that it learns of."""
    return taught(LEARNT[-1], Masking.of(Settings()))[:12]


def test_its_size() -> None:
    """Small enough to be committed."""
    assert PATH.stat().st_size + NETWORK.stat().st_size < 1_200_000
    own = Tagger.of(load(PATH), NETWORK.read_bytes())
    assert own.regression.weights.shape == (1 << BITS, 2)


def test_it_weighs_as_scikit_learn_does(some: list[Taught]) -> None:
    """What a night adds up is what was fitted, but for the rounding of what is stored."""
    labels = np.concatenate([one.labels for one in some])
    own = fit([one.traits for one in some], labels)
    known = labels >= 0
    table = np.concatenate([one.traits for one in some])[known]
    used, cells = np.unique(columns(table, 1 << BITS), return_inverse=True)
    dense = np.zeros((len(table), len(used)))
    np.add.at(dense, (np.arange(len(table))[:, None], cells.reshape(table.shape)), 1)
    model = LogisticRegression(solver="liblinear", random_state=5).fit(dense, labels[known] == 1)
    fitted = expit(model.decision_function(dense))
    assert np.abs(own.chances(table)[:, 0] - fitted).max() < 0.1
    assert np.corrcoef(own.chances(table)[:, 0], fitted)[0, 1] > 0.99


def test_a_model_tells_what_it_was_taught(some: list[Taught]) -> None:
    """Names are likelier to be hidden than what may be read, in dialogues that it has not seen."""
    labels = np.concatenate([one.labels for one in some[:8]])
    own = fit([one.traits for one in some[:8]], labels)
    traits = np.concatenate([one.traits for one in some[8:]])
    chances, rest = (
        own.chances(traits).sum(axis=1),
        np.concatenate([one.labels for one in some[8:]]),
    )
    assert chances[rest > 0].mean() > 3 * chances[rest == 0].mean()
