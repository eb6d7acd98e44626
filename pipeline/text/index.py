"""All phrases of a rubric in one index: what of them stands in a text, looked up once for every rule."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.text import acts
from pipeline.text.automaton import Lines, Vocabulary
from pipeline.text.normal import normalise, sound_line, spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.text.automaton import Places, Scanned
    from pipeline.text.normal import Normal
    from pipeline.text.phrases import PhraseSet


REMEMBERED = 2048
"""Texts of which it is kept what stands in them: every rule asks about the same turns."""


@dataclass(frozen=True, slots=True)
class _InText:
    """A text as an index sees it: its normal form, what stands in that, and the sets that may hold it.

    ``sets`` has a bit for each set of the index of which some phrase may stand in the text.
    """

    normal: Normal
    scanned: Scanned
    sets: int


@dataclass(frozen=True, slots=True)
class _SoundsLike:
    """What of an index a text sounds like, and the sets that hold it, a bit each."""

    places: Places
    sets: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What may stand in any of some texts: the sets' bits, by words or by sound, and the acts."""

    sets: int
    acts: frozenset[str]


@dataclass(frozen=True, eq=False)
class PhraseIndex:
    """Every phrase that a rubric asks about, by its characters and by its sound.

    Of the last ``remembered`` texts it is remembered what stands in them.
    """

    remembered: int = REMEMBERED
    words: Vocabulary = field(default_factory=Vocabulary)
    sounds: Lines = field(default_factory=Lines)
    stray_sounds: Lines = field(default_factory=Lines)
    """The sounds of shorter texts too, for places that somebody holds to be misheard."""
    _known: dict[tuple[bool, tuple[str, ...]], int] = field(default_factory=dict)
    _count: Iterator[int] = field(default_factory=itertools.count)
    _of_words: dict[int, int] = field(default_factory=dict)
    """The bits of the sets that hold a phrase, by its number."""
    _of_sounds: dict[int, int] = field(default_factory=dict)
    _unspelt: list[PhraseSet] = field(default_factory=list)
    _unheard: list[PhraseSet] = field(default_factory=list)

    def add(self, phrases: PhraseSet) -> int:
        """Know a set, spelt out when a text is first asked about; its bit in ``sets``."""
        self._unspelt.append(phrases)
        self._unheard.append(phrases)
        self.look_up.cache_clear()
        self.look_up_by_sound.cache_clear()
        return 1 << next(self._count)

    @cached_property
    def look_up(self) -> functools._lru_cache_wrapper[_InText]:
        """Which of its phrases stand in a text."""
        return functools.lru_cache(self.remembered)(self._scan)

    @cached_property
    def look_up_by_sound(self) -> functools._lru_cache_wrapper[_SoundsLike]:
        """Which of its phrases a text sounds like."""
        return functools.lru_cache(self.remembered)(self._sounds_like)

    def look_at(self, texts: Iterable[str]) -> Seen:
        """What may stand in any of some texts, all of which are scanned at once."""
        own = list(texts)
        shown = set[str]().union(*(acts.shown_by(text).named for text in own))
        return Seen(self.standing_in("\n".join(map(spell, own))), frozenset(shown))

    def standing_in(self, spelt_out: str) -> int:
        """The bits of the sets of which something may stand in a spelt text, by words or by sound."""
        whole = spelt_out.replace("…", "")
        said = self._words_of().standing_in(whole)
        heard = self._sounds_of().standing_in(sound_line(whole))
        return _sets(said, self._of_words) | _sets(heard, self._of_sounds)

    def _scan(self, text: str) -> _InText:
        normal = normalise(text)
        scanned = self._words_of().scan(normal.text)
        return _InText(normal, scanned, _sets(scanned.may, self._of_words))

    def _sounds_like(self, text: str) -> _SoundsLike:
        places = self._sounds_of().scan(sound_line(normalise(text).text))
        return _SoundsLike(places, _sets(places, self._of_sounds))

    def _words_of(self) -> Vocabulary:
        """The words of every set that is known by now."""
        while self._unspelt:
            phrases = self._unspelt.pop()
            phrases.spell_out()
            _note(self._of_words, phrases.numbers, phrases.bit)
        return self.words

    def _sounds_of(self) -> Lines:
        """The sounds of every set that is known by now."""
        while self._unheard:
            phrases = self._unheard.pop()
            _note(self._of_sounds, phrases.known_by_sound, phrases.bit)
        return self.sounds

    def number(self, texts: tuple[str, ...], *, strict: bool) -> int:
        """The number of a phrase among ``words``, by all texts that it can stand for; longest first."""
        if (strict, texts) not in self._known:
            by_length = sorted(texts, key=len, reverse=True)
            self._known[strict, texts] = self.words.add(by_length, kept="您" if strict else "")
        return self._known[strict, texts]

    def stray_sound(self, line: str) -> int:
        """The number of a line of sounds among ``stray_sounds``, however short it is."""
        return self.stray_sounds.add(line)


def _note(holders: dict[int, int], numbers: Iterable[int], bit: int) -> None:
    for number in numbers:
        holders[number] = holders.get(number, 0) | bit


def _sets(numbers: Iterable[int], holders: Mapping[int, int]) -> int:
    found = 0
    for number in numbers:
        found |= holders.get(number, 0)
    return found
