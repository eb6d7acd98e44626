"""Whether a phrase may stand where characters of a text were misheard."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.text.nearly import distance
from pipeline.text.normal import familiar, normalise, sounds
from pipeline.text.notation import GAP

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


@dataclass(frozen=True, slots=True)
class Whole:
    """A text without a gap, and its sounds, a symbol a character."""

    text: str
    sound: str


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
    """Whether the parts of a phrase may stand in ``said`` one after the other, some of it misheard.

    Two characters with a gap beside them stand in many a text: these have to sound the same.
    """
    ends = {(0, False)}
    for index, part in enumerate(parts):
        own = [
            (start, said[start : start + len(part)] != part)
            for start in range(len(said) - len(part) + 1)
            if may_stand(said, start, part, doubtful) < (len(part) / 2 if len(part) > 2 else 0.5)
        ]
        ends = {
            (start + len(part), before or misheard)
            for start, misheard in own
            for end, before in ends
            if not index or 0 <= start - end <= GAP
        }
        if not ends:
            return False
    return any(misheard for _, misheard in ends)


@functools.cache
def _apart(heard: str, wanted: str) -> float:
    """How far two characters are from each other in sound, 0 to 1."""
    return distance(*sounds(heard + wanted))
