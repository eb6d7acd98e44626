"""What of a trained model is stored: arrays, small, and the same bytes each time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.text.features import NGrams

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from sklearn.feature_extraction.text import TfidfVectorizer


def learnt(vectorizer: TfidfVectorizer) -> NGrams:
    """What a fitted vectorizer has learnt, as it is asked at night."""
    idf = vectorizer.idf_.astype(np.float32)
    ngrams = sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.__getitem__)
    return NGrams.of(np.array(ngrams), idf, words=vectorizer.analyzer == "word")


def rounded(ngrams: NGrams) -> NGrams:
    """The same features, smaller when stored."""
    return replace(ngrams, idf=ngrams.idf.round(3).astype(np.float32))


def arrays(name: str, ngrams: NGrams) -> dict[str, NDArray[Any]]:
    """The n-grams in the order of their columns, and what each weighs: ``NGrams.of`` reads them."""
    return {name: np.array(list(ngrams.columns)), f"{name}_idf": ngrams.idf}


def store(content: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write the arrays of a model; NumPy dates the parts of the archive in 1980."""
    np.savez_compressed(path, allow_pickle=False, **content)
