"""Texts as numbers: the n-grams of characters or words that a trained model knows, weighted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class NGrams:
    """TF-IDF, as scikit-learn's ``TfidfVectorizer`` with ``sublinear_tf``, to the bit.

    ``columns``: each n-gram's column; ``idf``: what it weighs; ``longest``: the most units of one.
    The units are characters, or words between blanks where ``words``. Prediction is all that it does:
    a night need not load scikit-learn, which takes longer than the scoring of a hundred calls.
    """

    columns: Mapping[str, int]
    idf: NDArray[np.float32]
    longest: int
    words: bool = False

    @classmethod
    def of(
        cls, ngrams: NDArray[np.str_], idf: NDArray[np.float32], *, words: bool = False
    ) -> NGrams:
        """Of the n-grams in the order of their columns."""
        columns = {ngram: column for column, ngram in enumerate(ngrams.tolist())}
        longest = max(len(ngram.split()) if words else len(ngram) for ngram in columns)
        return cls(columns, idf, longest, words)

    def transform(self, texts: Sequence[str]) -> Any:
        """A sparse matrix of texts by n-grams: (1 + ln of the count) * idf, each row of length 1."""
        from scipy.sparse import csr_array

        found = [self._known_grams(text) for text in texts]
        rows = np.repeat(np.arange(len(texts)), [len(own) for own in found])
        flat = np.fromiter(chain.from_iterable(found), dtype=np.int64, count=len(rows))
        cells, counts = np.unique(rows * len(self.idf) + flat, return_counts=True)
        rows, columns = np.divmod(cells, len(self.idf))
        weights = (np.log(counts.astype(np.float32)) + 1) * self.idf[columns]
        lengths = np.sqrt(np.bincount(rows, weights * weights, minlength=len(texts)))
        ends = np.searchsorted(rows, np.arange(len(texts) + 1))
        data = (weights / lengths[rows]).astype(np.float32)
        return csr_array((data, columns, ends), shape=(len(texts), len(self.idf)))

    def _known_grams(self, text: str) -> list[int]:
        known = self.columns
        return [known[ngram] for ngram in self._ngrams(text) if ngram in known]

    def _ngrams(self, text: str) -> Iterator[str]:
        units, joined = (text.split(), " ".join) if self.words else (text, str)
        for length in range(1, self.longest + 1):
            for start in range(len(units) - length + 1):
                yield joined(units[start : start + length])
