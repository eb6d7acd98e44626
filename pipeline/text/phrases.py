"""Phrases as inspectors write them, and how they match.

A phrase is plain Chinese. Four marks give it room:

    请问您…吗          … stands for up to 8 characters
    (先生|女士)         one of several
    [先生]              may be missing
    {organisation}      a name from the rubric

您 and 你 mean the same, as a recogniser writes them as it likes; where a list is about rudeness
(``strict``) a 您 in it stands only for itself: 不知道您方便吗 is polite.

Phrases and transcript meet in one normal form (``text.normalise``); a hit is given in offsets of
the transcript's own text. A phrase matches by characters, or by sound only, which is weaker
evidence and says so.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.messages import tr
from pipeline.text import acts
from pipeline.text.index import PhraseIndex
from pipeline.text.misheard import (
    DoubtfulText,
    InParts,
    Whole,
    may_stand,
    parts_may_stand,
    strays,
    with_places,
)
from pipeline.text.nearly import Nearly
from pipeline.text.normal import familiar, is_word, normalise, sound_line, sounds, spell
from pipeline.text.notation import expand
from pipeline.text.overlap import Texts, texts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import Protocol

    from pipeline.text.index import Seen
    from pipeline.text.lexicon import Lexicon

    class Match(Protocol):
        """What a regular expression found."""

        def span(self) -> tuple[int, int]:
            """Where it begins and ends."""

    class Pattern(Protocol):
        """A compiled regular expression."""

        def finditer(self, text: str) -> Iterator[Match]:
            """Every match in ``text``."""


NAME_SLIP, SLIP = 4, 6
"""Syllables of a name, and of any phrase, from which on one of them may be another where it has to be
said. A recogniser knows no local names (Whisper base writes 江城中人 for 江城中燃) and loses the first
sound of a turn (按谢您的来电); six syllables of which five are right are nothing else."""
SOUND_SYLLABLES = 4
"""Syllables from which on a phrase is known by its sound: of shorter ones 116 matches in 117 on written
chats were something else (帮助您 for 祝您)."""
_JOINED = 256
"""Joined turns are asked about again within a call, and hardly later."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place in a text, ``text[start:end]``, that a phrase matched."""

    start: int
    end: int
    by_sound: bool = False
    review: bool = False


@dataclass(frozen=True, eq=False)
class PhraseSet:
    """Phrases that mean the same to a rule, with their exceptions.

    ``names`` gives the texts that stand for each ``{name}``. ``acts`` are the dialogue acts that the
    phrases are wordings of, for what no list holds, and ``like`` are example sentences to the same
    end; ``patterns`` are regular expressions (RE2) over the normal form. The sets of a rubric share
    their ``index``, so that one scan of a text finds the phrases of all.
    """

    phrases: tuple[str, ...]
    review: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    acts: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    strict: bool = False
    index: PhraseIndex = field(default_factory=PhraseIndex, repr=False, compare=False)
    bit: int = field(init=False, repr=False)
    """What stands for it where the index says which of its sets a text holds."""

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for a phrase or a pattern that cannot be read."""
        _ = self._texts, self._matchers
        object.__setattr__(self, "bit", self.index.add(self))

    @classmethod
    def of(cls, lexicon: Lexicon, index: PhraseIndex) -> PhraseSet:
        """What a list holds."""
        return cls(lexicon.phrases, lexicon.review, lexicon.exceptions, index=index)

    def is_acted(self, text: str) -> bool:
        """Whether the model of dialogue acts finds in ``text`` what the phrases are wordings of.

        Or a sentence of it is much like one of the examples.
        """
        return bool(self.acts and not acts.shown_by(text).named.isdisjoint(self.acts)) or (
            bool(self.like) and acts.resembles(text, self.like)
        )

    def is_perhaps_acted(self, text: str) -> bool:
        """Whether the model of dialogue acts thinks it possible (``acts.PERHAPS``)."""
        return bool(self.acts and not acts.shown_by(text).perhaps.isdisjoint(self.acts))

    @cached_property
    def alone(self) -> PhraseSet:
        """The same phrases in an index of their own.

        For texts about which nobody else asks (turns that are joined): what else the rubric's index
        would find in them is not looked for.
        """
        return replace(self, index=PhraseIndex(remembered=_JOINED))

    def may_stand_in(self, text: str) -> bool:
        """Whether the phrases can stand in ``text``: by words, by sound, by the model of acts.

        Exceptions are not looked at, nor are patterns and examples.
        """
        return (
            bool(self.index.look_up(text).sets & self.bit)
            or bool(self.index.look_up_by_sound(text).sets & self.bit)
            or bool(self.acts and not acts.shown_by(text).named.isdisjoint(self.acts))
        )

    def may_be_among(self, seen: Seen) -> bool:
        """Whether the phrases can stand in any of the texts that were ``seen``, by the same ways."""
        return bool(seen.sets & self.bit) or not seen.acts.isdisjoint(self.acts)

    def may_be_said_in(self, texts: Sequence[str]) -> bool:
        """Whether they can stand in some texts, or over the border of two: by words or by sound."""
        whole = spell("".join(texts))
        return bool(self.index.standing_in(whole) & self.bit)

    def hits(self, text: str) -> list[Hit]:
        """Where the phrases stand in ``text``: in order, without overlap, exceptions taken out."""
        seen = self.index.look_up(text)
        if not (self.patterns or seen.sets & self.bit):
            return []
        normal, scanned = seen.normal, seen.scanned
        matched = [m.span() for p in self._matchers for m in p.finditer(normal.text)]
        kept = [
            (start, end, self.numbers[number])
            for number in self.numbers.keys() & scanned.may.keys()
            for start, end in scanned.places(number)
        ]
        kept += [(start, end, False) for start, end in matched if start < end]
        if not kept:
            return []
        spared = [place for number in self._exception_numbers for place in scanned.places(number)]
        if spared:
            kept = [f for f in kept if not any(f[0] < end and at < f[1] for at, end in spared)]
        return [Hit(*normal.original(a, b), review=r) for a, b, r in _merge(kept)]

    def different(self, text: str) -> int:
        """How many of the phrases stand in ``text``, each counted once."""
        scanned = self.index.look_up(text).scanned
        return sum(bool(scanned.places(number)) for number in self.numbers)

    def sound_hits(self, text: str) -> list[Hit]:
        """Where a phrase of ``SOUND_SYLLABLES`` and more only *sounds* like a place in ``text``.

        Where the heard characters are a word by themselves they were meant: 之前 is no 致歉.
        """
        heard = self.index.look_up_by_sound(text)
        if not heard.sets & self.bit:
            return []
        seen = self.index.look_up(text)
        normal, scanned = seen.normal, seen.scanned
        exact = [
            place
            for number in self.numbers.keys() & scanned.may.keys()
            for place in scanned.places(number)
        ]
        found = [
            (start, end, False)
            for number in self.known_by_sound & heard.places.keys()
            for start, end in heard.places[number]
            if not any(start < until and begin < end for begin, until in exact)
            and not is_word(normal.text[start:end])
        ]
        return [Hit(*normal.original(a, b), by_sound=True) for a, b, _ in _merge(found)]

    def says(self, text: str) -> bool:
        """Whether ``text`` holds a phrase: by characters or by sound, a long one but for a syllable.

        For what an agent has to say; doubt favours him.
        """
        if self.hits(text) or self.sound_hits(text):
            return True
        normal = normalise(text).text
        return self._nearly.stands_in(sounds(normal)) or any(
            name in normal for name in self._clipped_names
        )

    def perhaps(self, text: str, doubtful: Collection[int]) -> bool:
        """Whether ``text`` may hold a phrase, were its characters at ``doubtful`` misheard.

        More than half of a phrase must be there: a character misheard for one of the same sound counts
        whole, one for another with the same initial or final half.
        """
        heard = DoubtfulText.of(text, doubtful)
        said, places = heard.said, heard.places
        if not places:
            return False
        return any(
            may_stand(said, start, phrase.text, places) < len(phrase.text) / 2
            for phrase in self._whole
            if phrase.may_be_in(heard)
            for start in {place - i for place in places for i in range(len(phrase.text))}
        ) or any(
            parts_may_stand(said, phrase.parts, places)
            for phrase in self._in_parts
            if phrase.may_be_in(heard)
        )

    def perhaps_spared(self, text: str, doubtful: Collection[int]) -> bool:
        """Whether ``text`` may hold an exception, were its characters at ``doubtful`` misheard."""
        return bool(doubtful) and self._exception_set.perhaps(text, doubtful)

    def perhaps_by_sound(self, text: str, stray: Collection[int]) -> bool:
        """Whether ``text`` holds a phrase but for characters at ``stray`` that sound like its own."""
        said, places = with_places(text, stray)
        if not places:
            return False
        alike = self._stray_sounds
        heard = self.index.stray_sounds.scan(sound_line(said))
        return any(
            strays(said, start, phrase.text) <= places and not places.isdisjoint(range(start, end))
            for number in alike.keys() & heard.keys()
            for start, end in heard[number]
            for phrase in alike[number]
        )

    @cached_property
    def _whole(self) -> list[Whole]:
        """The texts without a gap, 您 and 你 alike."""
        texts = (e for phrase in self.phrases for e in self._all(phrase) if "…" not in e)
        known = dict.fromkeys(map(familiar, texts))
        return [Whole.of(text) for text in known if len(text) > 1]

    @cached_property
    def _in_parts(self) -> list[InParts]:
        """The texts with gaps; 您 and 你 alike."""
        texts = (e for phrase in self.phrases for e in self._all(phrase) if "…" in e)
        return [InParts.of(text.split("…")) for text in dict.fromkeys(map(familiar, texts))]

    @cached_property
    def _stray_sounds(self) -> Mapping[int, list[Whole]]:
        """The texts without a gap by their numbers in the index; those that sound alike share one."""
        found: dict[int, list[Whole]] = defaultdict(list)
        for phrase in self._whole:
            found[self.index.stray_sound(phrase.sound)].append(phrase)
        return found

    @property
    def texts(self) -> tuple[str, ...]:
        """Every literal text that the phrases can stand for (a gap is left out), normalised."""
        return self._texts.literal

    @cached_property
    def _texts(self) -> Texts:
        return texts_of((*self.phrases, *self.review), self.names)

    def may_cover(self, normal: str) -> bool:
        """Whether each character of a normal form is one that the phrases have."""
        return self._letters is None or self._letters.issuperset(normal)

    @cached_property
    def _letters(self) -> frozenset[str] | None:
        """The characters of the phrases, 您 and 你 alike; None where a gap or a pattern takes any."""
        if self.patterns or any("…" in p for p in (*self.phrases, *self.review)):
            return None
        return frozenset("".join((*self.texts, "您你")))

    def spell_out(self) -> None:
        """Tell the index what the phrases and their exceptions can stand for."""
        _ = self.numbers, self._exception_numbers

    def dead_exceptions(self) -> list[str]:
        """The exceptions that can never cancel a hit, because no phrase can overlap them."""
        if self.patterns:
            return []
        return [e for e in self.exceptions if not any(map(self._texts.overlap, self._all(e)))]

    def _all(self, phrase: str) -> list[str]:
        return expand(phrase, self.names)

    @cached_property
    def _matchers(self) -> list[Pattern]:
        return [_pattern(expression) for expression in self.patterns]

    @cached_property
    def numbers(self) -> Mapping[int, bool]:
        """The phrases' numbers in the index, and whether a hit is for a person to judge.

        What a list holds in both ways is sure.
        """
        return {self._number(p): True for p in self.review} | {
            self._number(p): False for p in self.phrases
        }

    def _number(self, phrase: str) -> int:
        return self.index.number(tuple(self._all(phrase)), strict=self.strict)

    @cached_property
    def _exception_numbers(self) -> list[int]:
        return [self._number(exception) for exception in self.exceptions]

    @cached_property
    def _exception_set(self) -> PhraseSet:
        return PhraseSet(self.exceptions, names=self.names)

    @cached_property
    def known_by_sound(self) -> frozenset[int]:
        """The numbers of the texts that are long enough to be known by their sound.

        One with a gap is not: 还有…事 sounds like any 还有 that is followed by a 十.
        """
        known = texts_of(self.phrases, self.names).sounds
        return frozenset(
            self.index.sounds.add(line) for line in known if len(line) >= SOUND_SYLLABLES
        )

    @cached_property
    def _clipped_names(self) -> frozenset[str]:
        """What is left of a name of three characters that lost one of them, unless it is a word."""
        short = {name for name in self._names_asked if len(name) == NAME_SLIP - 1}
        left = {name[:at] + name[at + 1 :] for name in short for at in range(len(name))}
        return frozenset(text for text in left if not is_word(text))

    @cached_property
    def _names_asked(self) -> list[str]:
        """The names that the phrases ask for, in their normal form."""
        asked = [name for name in self.names if any(f"{{{name}}}" in p for p in self.phrases)]
        return [normalise(text).text for name in asked for text in self.names[name]]

    @cached_property
    def _nearly(self) -> Nearly:
        """The phrases of ``SLIP`` syllables and more, the names of ``NAME_SLIP``, by their sounds."""
        whole = [e for p in self.phrases for e in self._all(p) if "…" not in e]
        return Nearly.of(
            heard
            for texts, least in ((whole, SLIP), (self._names_asked, NAME_SLIP))
            for heard in map(sounds, texts)
            if len(heard) >= least
        )


@functools.cache
def _pattern(expression: str) -> Pattern:
    """A compiled regular expression; RE2, so that none can hang a night's run."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        compiled: Pattern = re2.compile(expression, options=options)
    except re2.error as error:
        msg = tr("pattern {expression!r}: {error}", expression=expression, error=error)
        raise ValueError(msg) from error
    return compiled


def _merge(found: list[tuple[int, int, bool]]) -> list[tuple[int, int, bool]]:
    """Overlapping hits as one; it asks for review only where all of them do."""
    merged: list[tuple[int, int, bool]] = []
    for start, end, review in sorted(found):
        if merged and start < merged[-1][1]:
            first, until, doubt = merged[-1]
            merged[-1] = (first, max(until, end), doubt and review)
        else:
            merged.append((start, end, review))
    return merged
