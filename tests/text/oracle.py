"""The straightforward matcher: a regular expression a phrase, tried one after the other on RE2.

Slow and plain; the automaton is held against it.
"""

from __future__ import annotations

import re2

from pipeline.text.normal import normalise, sound_line
from pipeline.text.notation import GAP, expand

Place = tuple[int, int]


def places(phrases: tuple[str, ...], exceptions: tuple[str, ...], text: str) -> list[Place]:
    """Where the phrases stand in ``text``, overlapping ones joined, exceptions taken out."""
    normal = normalise(text)
    spared = [m for phrase in exceptions for m in _found(phrase, normal.text)]
    found = [m for phrase in phrases for m in _found(phrase, normal.text)]
    kept = [f for f in found if not any(f[0] < end and start < f[1] for start, end in spared)]
    return [normal.original(*place) for place in joined(kept)]


def sound_places(phrases: tuple[str, ...], text: str, syllables: int) -> list[Place]:
    """Where a text of a phrase is heard that is long enough and whose own characters are not there."""
    normal = normalise(text)
    exact = [m for phrase in phrases for m in _found(phrase, normal.text)]
    found = []
    for wording in dict.fromkeys(w for phrase in phrases for w in expand(phrase)):
        parts = [sound_line(normalise(part).text) for part in wording.split("…")]
        if sum(map(len, parts)) >= syllables and (len(parts) == 1 or min(map(len, parts)) >= 2):
            pattern = f".{{0,{GAP}}}".join(map(re2.escape, parts))
            found += [m.span() for m in re2.finditer(pattern, sound_line(normal.text))]
    kept = [f for f in found if not any(f[0] < end and start < f[1] for start, end in exact)]
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


def _found(phrase: str, text: str) -> list[Place]:
    """A phrase's own places: its longest wording first, a 你 in it for a 您 too."""
    wordings = sorted(expand(phrase), key=len, reverse=True)
    pattern = "|".join(
        f".{{0,{GAP}}}".join(_literal(normalise(part).text) for part in wording.split("…"))
        for wording in wordings
    )
    return [m.span() for m in re2.finditer(pattern, text)]


def _literal(text: str) -> str:
    escaped: str = re2.escape(text)
    return escaped.replace("你", "[你您]")
