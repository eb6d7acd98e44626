"""Who is speaking, by a small trained classifier of words.

It decides nothing by itself: it is asked where neither record nor phrases say who speaks. How it was
trained, on what and how good it is stands in ``models/text/README.md``.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

from pipeline.resources import MODELS
from pipeline.text.normal import normalise, tokens
from pipeline.text.stored import load

if TYPE_CHECKING:
    from collections.abc import Sequence

PATH = MODELS / "text/role.skops"
AGENT = "agent"


def agent_log_odds(texts: Sequence[str]) -> float:
    """Pooled log-odds that these turns of one side are the agent's; > 0 agent, < 0 customer.

    Turns of one call resemble each other, so evidence grows with the square root of their number.
    Turns without a word count for nothing; 0.0 where there is no other.
    """
    prepared = [words(text) for text in texts if normalise(text).text]
    if not prepared:
        return 0.0
    model = _model()
    column = list(model.classes_).index(AGENT)
    odds = [_log_odds(float(row[column])) for row in model.predict_proba(prepared)]
    return math.fsum(odds) / math.sqrt(len(odds))


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(bounded / (1 - bounded))


def words(text: str) -> str:
    """What the models see of a text: its normal form's words, its start and its end marked."""
    cut = (token.text for token in tokens(normalise(text).text))
    return " ".join(("^", *cut, "$"))


@functools.cache
def _model() -> Any:
    return load(PATH)["model"]
