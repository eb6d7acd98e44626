"""The straightforward matcher: a regular expression a phrase, tried one after the other on RE2.

Slow and plain; the automaton is held against it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import re2

from pipeline.text.misheard import SHORT, may_stand, with_places
from pipeline.text.normal import familiar, is_word, normalise, sound_line
from pipeline.text.notation import GAP, expand
from pipeline.text.phrases import SOUND_SYLLABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Place = tuple[int, int]
_ROOMY = re2.Options()
_ROOMY.max_mem = 256 << 20


def places(
    phrases: tuple[str, ...], exceptions: tuple[str, ...], text: str, *, strict: bool = False
) -> list[Place]:
    """Where the phrases stand in ``text``, overlapping ones joined, exceptions taken out."""
    normal = normalise(text)
    spared = [m for phrase in exceptions for m in _found(phrase, normal.text, strict)]
    found = [m for phrase in phrases for m in _found(phrase, normal.text, strict)]
    kept = [f for f in found if not any(f[0] < end and start < f[1] for start, end in spared)]
    return [normal.original(*place) for place in joined(kept)]


def sound_places(phrases: tuple[str, ...], text: str) -> list[Place]:
    """Where a text of a phrase is heard that is long enough and whose own characters are not there."""
    normal = normalise(text)
    exact = [m for phrase in phrases for m in _found(phrase, normal.text, strict=False)]
    found = []
    for wording in dict.fromkeys(w for phrase in phrases for w in expand(phrase)):
        sound = sound_line(normalise(wording).text)
        if "…" not in wording and len(sound) >= SOUND_SYLLABLES:
            found += [m.span() for m in re2.finditer(re2.escape(sound), sound_line(normal.text))]
    kept = [
        f
        for f in found
        if not any(f[0] < end and start < f[1] for start, end in exact)
        and not is_word(normal.text[slice(*f)])
    ]
    return [normal.original(*place) for place in joined(kept)]


def joined(found: list[Place]) -> list[Place]:
    """Overlapping places as one."""
    places: list[Place] = []
    for start, end in sorted(found):
        if places and start < places[-1][1]:
            places[-1] = (places[-1][0], max(places[-1][1], end))
        else:
            places.append((start, end))
    return places


def _found(phrase: str, text: str, strict: bool) -> list[Place]:
    """A phrase's own places."""
    return [m.span() for m in _pattern(phrase, strict).finditer(text)]


@cache
def _pattern(phrase: str, strict: bool) -> Any:
    """A phrase's longest wording first, a 你 in it for a 您 too."""
    wordings = sorted(expand(phrase), key=len, reverse=True)
    pattern = "|".join(
        f".{{0,{GAP}}}".join(_literal(part, strict=strict) for part in wording.split("…"))
        for wording in wordings
    )
    return re2.compile(pattern, options=_ROOMY)


def _literal(text: str, *, strict: bool) -> str:
    normal = normalise(text).text
    escaped: str = re2.escape(normal if strict else normal.replace("您", "你"))
    return escaped.replace("你", "[你您]")


def perhaps(phrases: tuple[str, ...], text: str, doubtful: Collection[int]) -> bool:
    """Whether a phrase may stand in ``text``, were its characters at ``doubtful`` misheard."""
    said, places = with_places(text, doubtful)
    texts = [familiar(text) for phrase in phrases for text in expand(phrase)]
    there = set(sound_line(said))
    whole = [text for text in texts if "…" not in text and len(text) > 1]
    return bool(places) and (
        any(
            may_stand(said, start, text, places) < len(text) / 2
            and not places.isdisjoint(range(start, start + len(text)))
            for text in whole
            if 2 * sum(sound in there for sound in sound_line(text)) >= len(text)
            for start in range(len(said))
        )
        or any(_parts_may_stand(said, text.split("…"), places) for text in texts if "…" in text)
    )


def _parts_may_stand(said: str, parts: Sequence[str], places: Collection[int]) -> bool:
    ends = {(0, False)}
    for index, part in enumerate(parts):
        most = len(part) / 2 if len(part) > SHORT else 0.5
        ends = {
            (start + len(part), before or said[start : start + len(part)] != part)
            for start in range(len(said) - len(part) + 1)
            if may_stand(said, start, part, places) < most
            for end, before in ends
            if not index or 0 <= start - end <= GAP
        }
    return any(misheard for _, misheard in ends)
