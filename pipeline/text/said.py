"""Which of a call's texts hold which phrases: one scan a text, then a look-up a list."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from pipeline.text import acts
from pipeline.text.normal import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.text.phrases import PhraseIndex, PhraseSet


K = TypeVar("K")


class Said:
    """Some texts, and by the number of each phrase of an index those in which it stands."""

    def __init__(self, texts: Sequence[str], index: PhraseIndex) -> None:
        """Nothing is scanned before the first question."""
        self._texts = texts
        self._index = index

    def holding(self, phrases: PhraseSet) -> set[int]:
        """The places of the texts in which the phrases can stand: by words, by sound, by the model.

        Exceptions are not looked at, nor are patterns and examples.
        """
        found = _union(self._words, phrases.numbers)
        if phrases.known_by_sound:
            found |= _union(self._sounds, phrases.known_by_sound)
        return found | _union(self._acts, phrases.acts) if phrases.acts else found

    @cached_property
    def _words(self) -> Mapping[int, list[int]]:
        return _inverted(self._index.said(text).may for text in self._normal)

    @cached_property
    def _sounds(self) -> Mapping[int, list[int]]:
        return _inverted(self._index.heard(text) for text in self._normal)

    @cached_property
    def _acts(self) -> Mapping[str, list[int]]:
        return _inverted(acts.shown(text).acts for text in self._texts)

    @cached_property
    def _normal(self) -> list[str]:
        return [normalise(text).text for text in self._texts]


def _inverted(found: Iterable[Iterable[K]]) -> dict[K, list[int]]:
    where: dict[K, list[int]] = defaultdict(list)
    for place, keys in enumerate(found):
        for key in keys:
            where[key].append(place)
    return where


def _union(where: Mapping[K, list[int]], keys: Iterable[K]) -> set[int]:
    return {place for key in keys if key in where for place in where[key]}
