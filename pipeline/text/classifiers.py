"""Two small trained classifiers of words: who is speaking, and in what attitude.

They are for what no list of phrases can hold, and neither decides anything by itself: who speaks is
asked where neither record nor phrases say it, an attitude leads to a person's look at most. How they
were trained, on what and how good they are stands in ``models/text/README.md``.
"""

from __future__ import annotations

import functools
import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.resources import MODELS
from pipeline.text.normal import Segmenter, normalise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FOLDER = MODELS / "text"
AGENT = "agent"
NEUTRAL = "neutral"
SHORTEST_ATTITUDE = 6
"""Turns of fewer characters (嗯, 稍等, 好的) show none: too little to go by."""

TRUSTED: tuple[str, ...] = ()
"""Types beyond those of scikit-learn, NumPy and SciPy that the stored models may hold: none."""


@dataclass(frozen=True)
class Attitude:
    """An attitude that a turn may show.

    ``label`` is ``impatience``, ``contempt``, ``shirk`` or ``sarcasm``; ``probability`` that the turn
    is not neutral, by the model's own reckoning.
    """

    label: str
    probability: float


def agent_log_odds(texts: Sequence[str]) -> float:
    """Pooled log-odds that these turns of one side are the agent's; > 0 agent, < 0 customer.

    Turns of one call resemble each other, so evidence grows with the square root of their number.
    Turns without a word count for nothing; 0.0 where there is no other.
    """
    prepared = [words(text) for text in texts if normalise(text).text]
    if not prepared:
        return 0.0
    model = _load("role")["model"]
    column = list(model.classes_).index(AGENT)
    odds = [_log_odds(float(row[column])) for row in model.predict_proba(prepared)]
    return math.fsum(odds) / math.sqrt(len(odds))


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(bounded / (1 - bounded))


@functools.lru_cache(maxsize=65536)
def attitude(text: str) -> Attitude | None:
    """The attitude that an agent's turn shows beyond doubt enough for a person's look, or None."""
    if len(normalise(text).text) < SHORTEST_ATTITUDE:
        return None
    stored = _load("attitude")
    (row,) = stored["model"].predict_proba([words(text)])
    chances = dict(zip(stored["model"].classes_, row, strict=True))
    shown = 1.0 - float(chances.pop(NEUTRAL))
    if shown < stored["threshold"]:
        return None
    return Attitude(str(max(chances, key=lambda label: chances[label])), shown)


def words(text: str) -> str:
    """What the models see of a text: its normal form's words, its start and its end marked."""
    tokens = (token.text for token in _segmenter().tokens(normalise(text).text))
    return " ".join(("^", *tokens, "$"))


@functools.cache
def _segmenter() -> Segmenter:
    return Segmenter()


@functools.cache
def _load(name: str) -> dict[str, Any]:
    return load(FOLDER / f"{name}.skops")


def load(path: Path) -> dict[str, Any]:
    """A stored model and what belongs to it: ``model`` and, for attitudes, ``threshold``.

    Nothing but scikit-learn, NumPy and SciPy types is built: the file runs no code of its own. A
    model stored by another version of scikit-learn is used without a warning: a person who scores
    calls can do nothing about it, and the tests show whether it still says the same.
    """
    import skops.io
    from sklearn.exceptions import InconsistentVersionWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        try:
            stored = skops.io.load(path, trusted=list(TRUSTED))
        except OSError as error:
            raise ConfigurationError(
                tr("the text model cannot be read: {error}", error=error), path=path
            ) from error
        except Exception as error:
            # skops raises whatever the broken part of a file brings about.
            raise ConfigurationError(
                tr("no usable text model: {error}", error=error), path=path
            ) from error
    if not isinstance(stored, dict) or "model" not in stored:
        raise ConfigurationError(tr("no usable text model: it holds none"), path=path)
    return stored
