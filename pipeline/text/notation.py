"""The notation of phrases: alternatives, optional parts and names, spelt out."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from pipeline.messages import tr
from pipeline.text.normal import spell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GAP = 8
"""How many characters ``…`` may stand for: a name or a number, not another clause."""
_HALF_WIDTH = str.maketrans("（）｜［］｛｝", "()|[]{}")
"""Chinese keyboards write the marks in full width; they mean the same."""
_OPENING, _CLOSING = {"(": ")", "[": "]"}, {")", "]"}
_MARKS = {*_OPENING, *_CLOSING, "|", "{"}


def expand(phrase: str, names: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """Every text that a phrase's alternatives, optional parts and names allow.

    In their normal form, with each ``…`` in its place.

    Raises ``ValueError`` for unbalanced brackets, an unknown name and an empty phrase.
    ``names`` None leaves names unread (the syntax check of a list).
    """
    phrase = phrase.translate(_HALF_WIDTH)
    return list(_nameless(phrase) if "{" not in phrase else _spelt_out(phrase, names))


@functools.lru_cache(maxsize=1 << 14)
def _nameless(phrase: str) -> tuple[str, ...]:
    """The texts of a phrase that holds no name: several rules and rubrics share most lists."""
    return _spelt_out(phrase, None)


def _spelt_out(phrase: str, names: Mapping[str, Sequence[str]] | None) -> tuple[str, ...]:
    texts, rest = _sequence(phrase, 0, names)
    if rest != len(phrase):
        msg = tr("{phrase!r}: {mark!r} closes nothing", phrase=phrase, mark=phrase[rest])
        raise ValueError(msg)
    if not all(text.strip("…") for text in texts):
        msg = tr("{phrase!r} can match nothing at all", phrase=phrase)
        raise ValueError(msg)
    return tuple(dict.fromkeys(texts))


def _sequence(
    phrase: str, at: int, names: Mapping[str, Sequence[str]] | None
) -> tuple[list[str], int]:
    texts = [""]
    while at < len(phrase) and phrase[at] not in ")]|":
        options, at = _unit(phrase, at, names)
        texts = [a + b for a in texts for b in options]
    return texts, at


def _unit(phrase: str, at: int, names: Mapping[str, Sequence[str]] | None) -> tuple[list[str], int]:
    character = phrase[at]
    if character == "{":
        end = phrase.find("}", at)
        name = phrase[at + 1 : end]
        if end < 0 or (names is not None and name not in names):
            known = ", ".join(sorted(names or {}))
            msg = tr(
                "{phrase!r}: no name {{{name}}} in the rubric; it has {known}",
                phrase=phrase,
                name=name,
                known=known,
            )
            raise ValueError(msg)
        return (["某"] if names is None else list(map(spell, names[name]))), end + 1
    if character not in _OPENING:
        end = next((i for i in range(at, len(phrase)) if phrase[i] in _MARKS), len(phrase))
        return [spell(phrase[at:end])], end
    options: list[str] = [""] if character == "[" else []
    close, at = _OPENING[character], at + 1
    while True:
        texts, at = _sequence(phrase, at, names)
        options += texts
        if at >= len(phrase) or (phrase[at] in _CLOSING and phrase[at] != close):
            msg = tr("{phrase!r}: {mark!r} is not closed", phrase=phrase, mark=character)
            raise ValueError(msg)
        at += 1
        if phrase[at - 1] == close:
            return options, at
