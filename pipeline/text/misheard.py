"""Whether a phrase may stand where characters of a text were misheard."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.text.nearly import distance
from pipeline.text.normal import familiar, normalise, sound_line, sounds
from pipeline.text.notation import GAP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from collections.abc import Set as AbstractSet

SHORT = 2
"""Characters of a part up to which, with a gap beside it, it has to sound the same: two stand in many a
text."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A text without a gap, its sounds, a symbol a character, and its characters."""

    text: str
    sound: str
    letters: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Whole:
        """A text as it is asked about."""
        return cls(text, sound_line(text), frozenset(text))

    def may_be_in(self, heard: DoubtfulText) -> bool:
        """Whether as much of it is in a text as has to be, in whatever order."""
        if len(self.letters - heard.letters) > len(heard.places):
            return False
        return 2 * sum(map(heard.sounds.__contains__, self.sound)) >= len(self.text)


@dataclass(frozen=True, slots=True)
class InParts:
    """A text with gaps, cut at them; the sounds that it needs, and of its longer parts one each."""

    parts: tuple[str, ...]
    letters: frozenset[str]
    sounds: frozenset[str]
    longer: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, parts: Sequence[str]) -> InParts:
        """Such a text."""
        heard = [(part, frozenset(sound_line(part))) for part in parts]
        return cls(
            parts=tuple(parts),
            letters=frozenset("".join(parts)),
            sounds=frozenset[str]().union(*(own for part, own in heard if len(part) <= SHORT)),
            longer=tuple(own for part, own in heard if len(part) > SHORT),
        )

    def may_be_in(self, heard: DoubtfulText) -> bool:
        """Whether as much of it is in a text as has to be, in whatever order."""
        return (
            len(self.letters - heard.letters) <= len(heard.places)
            and self.sounds <= heard.sounds
            and not any(own.isdisjoint(heard.sounds) for own in self.longer)
        )


@dataclass(frozen=True, slots=True)
class DoubtfulText:
    """A normal form, 您 as 你, some of whose characters, at ``places``, may have been others."""

    said: str
    places: AbstractSet[int]
    letters: AbstractSet[str]
    sounds: AbstractSet[str]

    @classmethod
    def of(cls, text: str, places: Collection[int]) -> DoubtfulText:
        """What was heard of a text, ``places`` of its own characters in doubt."""
        said, own = with_places(text, places)
        return cls(said, own, set(said), set(sound_line(said)))


def with_places(text: str, places: Collection[int]) -> tuple[str, set[int]]:
    """A normal form, 您 as 你, and which of its characters stood at ``places`` of ``text``."""
    normal = normalise(text)
    own = {i for i, offset in enumerate(normal.offsets[:-1]) if offset in places}
    return familiar(normal.text), own


def strays(said: str, start: int, phrase: str) -> set[int]:
    """Where ``said`` has other characters than ``phrase``, were that to stand at ``start``."""
    return {place for place, wanted in enumerate(phrase, start) if said[place] != wanted}


def may_stand(said: str, start: int, phrase: str, doubtful: Collection[int]) -> float:
    """How far the doubtful characters sound from ``phrase``'s own, if it is to stand at ``start``.

    Infinitely far, where others differ.
    """
    if start < 0 or start + len(phrase) > len(said):
        return math.inf
    other = 0.0
    for place, wanted in enumerate(phrase, start):
        if said[place] == wanted:
            continue
        if place not in doubtful:
            return math.inf
        other += _apart(said[place], wanted)
    return other


def parts_may_stand(said: str, parts: Sequence[str], doubtful: Collection[int]) -> bool:
    """Whether the parts of a phrase may stand in ``said`` one after the other, some of it misheard."""
    ends = {(0, False)}
    for index, part in enumerate(parts):
        ends = {
            (start + len(part), before or misheard)
            for start, misheard in _places_of(said, part, doubtful)
            for end, before in ends
            if not index or 0 <= start - end <= GAP
        }
        if not ends:
            return False
    return any(misheard for _, misheard in ends)


def _places_of(said: str, part: str, doubtful: Collection[int]) -> Iterator[tuple[int, bool]]:
    """Where a part begins, as it is written or, where some of its characters are doubtful, misheard."""
    start = said.find(part)
    while start >= 0:
        yield start, False
        start = said.find(part, start + 1)
    most = len(part) / 2 if len(part) > SHORT else 0.5
    for start in {place - i for place in doubtful for i in range(len(part))}:
        if may_stand(said, start, part, doubtful) < most and not said.startswith(part, start):
            yield start, True


@functools.cache
def _apart(heard: str, wanted: str) -> float:
    """How far two characters are from each other in sound, 0 to 1."""
    return distance(*sounds(heard + wanted))
