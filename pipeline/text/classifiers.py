"""Who is speaking, by a small trained classifier of words.

It decides nothing by itself: it is asked where neither record nor phrases say who speaks. How it was
trained, on what and how good it is stands in ``models/text/README.md``.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.resources import MODELS
from pipeline.text.features import NGrams
from pipeline.text.normal import normalise, tokens
from pipeline.text.stored import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

PATH = MODELS / "text/role.npz"


def agent_log_odds(texts: Sequence[str]) -> float:
    """Pooled log-odds that these turns of one side are the agent's; > 0 agent, < 0 customer.

    Turns of one call resemble each other, so evidence grows with the square root of their number.
    Turns without a word count for nothing; 0.0 where there is no other.
    """
    prepared = [words(text) for text in texts if normalise(text).text]
    if not prepared:
        return 0.0
    odds = [float(own) for own in _model().log_odds(prepared)]
    return math.fsum(odds) / math.sqrt(len(odds))


@dataclass(frozen=True)
class RoleModel:
    """A logistic regression over n-grams of characters and of words.

    ``weights`` and ``bias``: towards the agent; the columns of the characters come first.
    """

    features: tuple[NGrams, NGrams]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    @classmethod
    def of(cls, stored: Mapping[str, NDArray[Any]]) -> RoleModel:
        """The model that these arrays are."""
        characters = NGrams.of(stored["characters"], stored["characters_idf"])
        own_words = NGrams.of(stored["words"], stored["words_idf"], words=True)
        return cls((characters, own_words), stored["weights"], stored["bias"])

    def log_odds(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Of each text, as ``words`` gives it, that it is the agent's."""
        from scipy.sparse import hstack

        found: NDArray[np.float32] = (
            hstack([own.transform(texts) for own in self.features], format="csr") @ self.weights
        )
        return found + self.bias


def words(text: str) -> str:
    """What the models see of a text: its normal form's words, its start and its end marked."""
    cut = (token.text for token in tokens(normalise(text).text))
    return " ".join(("^", *cut, "$"))


@functools.cache
def _model() -> RoleModel:
    return RoleModel.of(load(PATH))
