"""Noise as a recogniser makes it: the same for the same call on every machine."""

from __future__ import annotations

import functools
import random
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import opencc

COMMON = 2500
"""How many characters, the most frequent ones, a recogniser chooses from."""
SUBSTITUTED = 0.03
"""Share of the characters that are heard as another one of the same sound."""
DROPPED, DISPLACED = 0.35, 0.12
"""Shares of the punctuation that is left out, and that is set a character later."""
SPLIT, SPLIT_FROM = 0.3, 12
"""Share of the turns that come in two pieces, and the length from which one can."""
TRADITIONAL = 0.15
"""Share of the calls in traditional characters."""

REPLACED, LOST = 0.7, 0.15
"""Of what ``Mishearing`` gets wrong the shares replaced and lost; in the rest a character is added."""
SURE, UNSURE = 0.92, 0.4
"""The probabilities that a recogniser gives to characters that it hears rightly and wrongly."""

_NUMBERS = frozenset("0123456789零〇一二三四五六七八九十百千万亿幺两点号")
_PUNCTUATION = frozenset("，。？！、；：,.?!;:")


class Noise:
    """The noise of one call; ask for its lines in their order."""

    def __init__(self, call_id: str) -> None:
        """``call_id`` is the seed."""
        self._random = random.Random(call_id)  # noqa: S311  a benchmark, no secret
        self._traditional = self._random.random() < TRADITIONAL

    def text(self, text: str, kept: frozenset[int] = frozenset()) -> str:
        """A line as it is heard; no sound-alike at the places in ``kept`` or inside numbers."""
        heard = [
            character if place in kept else self._heard(character)
            for place, character in enumerate(text)
        ]
        line = self._punctuated("".join(heard))
        return _traditional(line) if self._traditional else line

    def cut(self, text: str) -> tuple[int | None, float]:
        """Where a turn breaks in two and for how long it is silent there; None: it does not."""
        if self._random.random() >= SPLIT or len(text) < SPLIT_FROM:
            return None, 0.0
        places = [
            i
            for i in range(4, len(text) - 3)
            if not {text[i - 1], text[i]} & _NUMBERS and text[i] not in _PUNCTUATION
        ]
        gap = self._random.uniform(0.3, 0.6)
        return (self._random.choice(places), gap) if places else (None, 0.0)

    def _heard(self, character: str) -> str:
        if self._random.random() >= SUBSTITUTED or character in _NUMBERS:
            return character
        others = [c for c in homophones(character) if c not in _NUMBERS]
        return self._random.choice(others) if others else character

    def _punctuated(self, text: str) -> str:
        found: list[str] = []
        waiting = ""
        for character in text:
            if character not in _PUNCTUATION:
                found.append(character + waiting)
                waiting = ""
                continue
            chance = self._random.random()
            if chance < DROPPED:
                continue
            if chance < DROPPED + DISPLACED:
                waiting = character
            else:
                found.append(character)
        return "".join(found) + waiting


class Mishearing:
    """A recogniser that gets a share of the characters wrong, and writes no punctuation."""

    def __init__(self, call_id: str, share: float) -> None:
        """``call_id`` is the seed."""
        self._random = random.Random(f"{call_id} {share}")  # noqa: S311
        self._share = share

    def heard(self, text: str, kept: frozenset[int]) -> list[tuple[str, float]]:
        """The characters of a line as they are heard, each with its probability.

        What stands at the places in ``kept``, and numbers, stay as they are.
        """
        found: list[tuple[str, float]] = []
        for place, character in enumerate(text):
            if character in _PUNCTUATION:
                continue
            if place in kept or character in _NUMBERS or self._random.random() >= self._share:
                found.append((character, SURE))
                continue
            kind = self._random.random()
            others = [c for c in homophones(character) if c not in _NUMBERS] or [character]
            if kind < REPLACED:
                found.append((self._random.choice(others), UNSURE))
            elif kind >= REPLACED + LOST:
                found += [(self._random.choice(others), UNSURE), (character, SURE)]
        return found


def homophones(character: str) -> tuple[str, ...]:
    """Other common characters of the same sound, tones left aside."""
    sounds, by_sound = _table()
    sound = sounds.get(character)
    return tuple(c for c in by_sound.get(sound or "", ()) if c != character)


@functools.cache
def _table() -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """The sound of each common character, and the common characters of each sound."""
    from pypinyin import Style, lazy_pinyin

    sounds = {c: lazy_pinyin(c, style=Style.NORMAL)[0] for c in _common()}
    by_sound: dict[str, list[str]] = defaultdict(list)
    for character, sound in sounds.items():
        by_sound[sound].append(character)
    return sounds, {sound: tuple(found) for sound, found in by_sound.items()}


def _common() -> list[str]:
    """The most frequent characters, by the dictionary that jieba brings."""
    import jieba

    counts: dict[str, int] = {}
    dictionary = Path(jieba.__file__).with_name("dict.txt")
    for line in dictionary.read_text(encoding="utf-8").splitlines():
        word, count, *_ = line.split(" ")
        for character in word if "\u4e00" <= word[0] <= "\u9fff" else "":
            counts[character] = counts.get(character, 0) + int(count)
    return sorted(counts, key=lambda c: (-counts[c], c))[:COMMON]


def _traditional(text: str) -> str:
    converted: str = _converter().convert(text)
    return converted if len(converted) == len(text) else text


@functools.cache
def _converter() -> opencc.OpenCC:
    import opencc

    return opencc.OpenCC("s2t")
