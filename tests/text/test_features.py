"""N-grams of texts: what scikit-learn's vectorizer counts and weighs, without it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from models.text_store import learnt
from pipeline.text.features import NGrams

TAUGHT = ["^你好请讲$", "^请稍等请稍等$", "^ 请 稍等 $", "^ 你好 请 讲 $", "^ 稍等 稍等 $"]


def fitted(**own: Any) -> TfidfVectorizer:
    """A vectorizer as the models of this project are trained with."""
    return TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **own).fit(TAUGHT)


CHARACTERS = fitted(analyzer="char", ngram_range=(1, 4))
WORDS = fitted(token_pattern=r"\S+", ngram_range=(1, 2))  # noqa: S106


@pytest.mark.parametrize("vectorizer", [CHARACTERS, WORDS])
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts=st.lists(st.text("^你好请稍等讲了 $", max_size=12), max_size=4))
def test_they_are_the_vectorizers_to_the_bit(vectorizer: TfidfVectorizer, texts: list[str]) -> None:
    """Of any texts: empty ones, ones without a known n-gram, none at all."""
    texts = [" ".join(text.split()) for text in [*texts, ""]]
    expected, found = vectorizer.transform(texts), learnt(vectorizer).transform(texts)
    assert found.dtype == np.float32
    for part in ("indptr", "indices", "data"):
        assert np.array_equal(getattr(found, part), getattr(expected, part)), part


def test_no_text_is_no_row() -> None:
    """Where a call has nothing to look at."""
    ngrams = NGrams.of(np.array(["好"]), np.ones(1, dtype=np.float32))
    assert ngrams.transform([]).shape == (0, 1)
