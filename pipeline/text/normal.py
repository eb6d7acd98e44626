"""Chinese text: one normal form with its way back, spoken characters, sounds, words."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.records import Token

if TYPE_CHECKING:
    from collections.abc import Mapping

    import jieba
    import opencc

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f〇"
_SPOKEN = re.compile(rf"[{_HAN}]|\d|%|[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SENTENCE = re.compile(r"[^。！？!?]+[。！？!?]*")
_CLAUSE = re.compile(r"[^。！？!?，,；;]+[。！？!?，,；;]*")
_VOWELS = re.compile(r"[aeiouy]+")
_SYMBOLS: dict[str, int] = {}
_FOLDED = (("zh", "z"), ("ch", "c"), ("sh", "s"))
ORDINARY = 60
"""How often a word stands in the dictionary's corpus from which on it is hardly somebody's name: 于洋
(46), which it has for a place, may well be."""
WELL_KNOWN = 4
"""How often a name stands there from which on it is somebody's of whom books speak, or a brand."""


@dataclass(frozen=True)
class Normal:
    """The normal form of a text, with its way back."""

    text: str
    original_text: str

    @functools.cached_property
    def offsets(self) -> tuple[int, ...]:
        """Where each character stood in the original, and the length of that."""
        places = enumerate(self.original_text)
        own = (index for index, c in places for _ in _FOLDED_CHARACTERS[ord(c)])
        return (*own, len(self.original_text))

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The half-open range of the original text that ``text[start:end]`` came from."""
        if start >= end:
            return self.offsets[start], self.offsets[start]
        return self.offsets[start], self.offsets[end - 1] + 1


@functools.lru_cache(maxsize=16384)
def normalise(text: str) -> Normal:
    """NFKC, control and format characters dropped, simplified, lower case, no punctuation."""
    return Normal(text.translate(_FOLDED_CHARACTERS), text)


class _FoldedCharacters(dict[int, str]):
    """The normal form of each character, worked out when it first comes."""

    def __missing__(self, code: int) -> str:
        folded = unicodedata.normalize("NFKC", chr(code))
        kept = "".join(c for c in folded if unicodedata.category(c)[0] not in "CPSZ")
        self[code] = simplify(kept).lower() if kept else ""
        return self[code]


_FOLDED_CHARACTERS = _FoldedCharacters()


_SPELT = _FoldedCharacters({ord("…"): "…"})
"""Each character as texts are compared by it, the mark of a gap left as it is."""


def spell(text: str) -> str:
    """The normal form of a text with gaps, each ``…`` left in its place."""
    return text.translate(_SPELT)


def familiar(normal: str) -> str:
    """A normal form without the difference between 您 and 你: rudeness is no better for a 您."""
    return normal.replace("您", "你")


@functools.cache
def _converter() -> opencc.OpenCC:
    import opencc

    return opencc.OpenCC("t2s")


@functools.lru_cache(maxsize=16384)
def simplify(text: str) -> str:
    """Traditional characters as simplified ones; the length stays the same.

    OpenCC converts by phrases where it knows them. Should a phrase ever change the length, the text
    is converted character by character instead, so that offsets and word times stay true.
    """
    if text.isascii():
        return text
    converter = _converter()
    converted: str = converter.convert(text)
    if len(converted) == len(text):
        return converted
    return "".join(c if len(one := converter.convert(c)) != 1 else one for c in text)


def sentences(text: str) -> list[tuple[int, str]]:
    """Where each sentence of ``text`` begins, and the sentence with the marks that end it."""
    return [(m.start(), m.group()) for m in _SENTENCE.finditer(text)]


def clauses(text: str) -> list[tuple[int, str]]:
    """Where each clause of ``text`` begins, and the clause with the marks that end it."""
    return [(m.start(), m.group()) for m in _CLAUSE.finditer(text)]


@functools.lru_cache(maxsize=16384)
def spoken_characters(text: str) -> int:
    """How many characters a listener would count.

    Each Han character and each digit 1, ``%`` 3 (百分之), an upper-case run 1 a letter, any other
    Latin word its vowel groups and at least 1 (``WiFi`` is Wi + Fi), the rest 0.
    """
    folded = unicodedata.normalize("NFKC", text)
    return sum(_spoken_length(match.group()) for match in _SPOKEN.finditer(folded))


def _spoken_length(unit: str) -> int:
    if unit == "%":
        return 3
    if not unit.isascii():
        return 1
    if unit.isdigit():
        return len(unit)
    if unit.isupper():
        return len(unit)
    return max(1, len(_VOWELS.findall(unit.lower())))


@functools.lru_cache(maxsize=4096)
def sounds(normal: str) -> tuple[str, ...]:
    """The toneless sound of each character of a normal form, what is easily confused made equal.

    z/zh, c/ch, s/sh, n/l, f/h, in/ing and en/eng (an/ang are kept apart) count as the same sound.
    Each Han character has its most frequent reading, whatever stands beside it; any other character
    sounds like itself.
    """
    return tuple(map(_sound, normal))


@functools.cache
def _sound(character: str) -> str:
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # characters are asked for, one by one
    from pypinyin import Style, lazy_pinyin

    if not re.match(rf"[{_HAN}]", character):
        return character
    (syllable,) = lazy_pinyin(character, style=Style.NORMAL)
    return _fold(syllable)


def sound_line(normal: str) -> str:
    """What a normal form sounds like, a symbol a sound: lines that sound alike are equal."""
    return normal.translate(_SYMBOLS_OF)


class _SymbolsOf(dict[int, str]):
    """For each character one of the private use area that stands for its sound in this process."""

    def __missing__(self, code: int) -> str:
        number = _SYMBOLS.setdefault(_sound(chr(code)), len(_SYMBOLS))
        self[code] = chr(0xE000 + number)
        return self[code]


_SYMBOLS_OF = _SymbolsOf()


def _fold(syllable: str) -> str:
    for full, flat in _FOLDED:
        if syllable.startswith(full):
            syllable = flat + syllable[2:]
    if syllable[:1] in {"l", "n"}:
        syllable = "n" + syllable[1:]
    if syllable[:1] in {"f", "h"} and syllable[1:2] != "":
        syllable = "f" + syllable[1:]
    return re.sub(r"(?<=[ie])ng$", "n", syllable)


@functools.lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[Token, ...]:
    """The words of ``text`` by jieba's dictionary, punctuation and spaces left out.

    No rule adds words to it: whether a phrase lies on word borders must not depend on its being asked.
    """
    return tuple(
        Token(word, start, end)
        for word, start, end in _jieba().tokenize(text)
        if spoken_characters(word)
    )


def is_word(text: str) -> bool:
    """Whether the dictionary has ``text`` as a word of its own."""
    return text in _dictionary().frequency


def is_ordinary_word(text: str) -> bool:
    """Whether ``text`` is a word in common use that is nobody's name: 高兴 and 江苏 are, 于洋 is not."""
    known = _dictionary()
    return known.frequency.get(text, 0) >= ORDINARY and text not in known.names


def is_well_known(text: str) -> bool:
    """Whether the dictionary's corpus speaks of ``text`` more than a few times: 李宁, 王麻子, 关羽."""
    return _dictionary().frequency.get(text, 0) >= WELL_KNOWN


def holds_a_verb(text: str) -> bool:
    """Whether two characters of ``text`` beside each other are a verb in common use: 取消订单."""
    verbs = _dictionary().verbs
    return any(text[i : i + 2] in verbs for i in range(len(text) - 1))


@dataclass(frozen=True)
class _Dictionary:
    """jieba's words: how often each stands in its corpus, and which are people's names.

    And which of two characters are verbs in common use.
    """

    frequency: Mapping[str, int]
    names: frozenset[str]
    verbs: frozenset[str]


@functools.cache
def _dictionary() -> _Dictionary:
    """The dictionary as it lies in jieba's package: to read it takes a third of jieba's own start."""
    package = importlib.util.find_spec("jieba")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("jieba")
    entries = Path(package.origin).with_name("dict.txt").read_text(encoding="utf-8").split()
    words, counts, kinds = entries[::3], entries[1::3], entries[2::3]
    return _Dictionary(
        frequency=dict(zip(words, map(int, counts), strict=True)),
        names=frozenset(w for w, kind in zip(words, kinds, strict=True) if kind == "nr"),
        verbs=frozenset(
            word
            for word, count, kind in zip(words, counts, kinds, strict=True)
            if kind[0] == "v" and len(word) == 2 and int(count) >= ORDINARY
        ),
    )


COMMON = 30_000
"""How often a character stands alone in the dictionary's corpus from which on it may well be meant so:
你 and 在 do, 荐 and 煎 do not. With it one element in 3,000 turns of real agents is there by such a
sound."""


@functools.lru_cache(maxsize=4096)
def stray(text: str) -> frozenset[int]:
    """The places of Han characters that make no word with their neighbours and seldom stand alone."""
    covered = {
        i
        for start in range(len(text))
        for length in (2, 3, 4)
        if start + length <= len(text) and is_word(text[start : start + length])
        for i in range(start, start + length)
    }
    known = _dictionary().frequency
    return frozenset(
        i
        for i, c in enumerate(text)
        if i not in covered
        and re.match(rf"[{_HAN}]", c)
        and known.get("你" if c == "您" else c, 0) < COMMON
    )


@functools.cache
def _jieba() -> jieba.Tokenizer:
    import logging
    import sys

    # jieba 0.42.1 looks for its files by pkg_resources where there is one, which takes longer to load
    # than jieba itself; without, it opens them where they lie.
    slow = sys.modules.setdefault("pkg_resources", None)  # type: ignore[arg-type]
    import jieba

    if slow is None:
        del sys.modules["pkg_resources"]
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    return tokenizer
