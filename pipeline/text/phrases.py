"""Phrases as inspectors write them, and how they match.

A phrase is plain Chinese. Four marks give it room:

    请问您…吗          … stands for up to 8 characters
    (先生|女士)         one of several
    [先生]              may be missing
    {organisation}      a name from the rubric

A 你 in a phrase stands for 您 too; a 您 only for itself.

Phrases and transcript meet in one normal form (``text.normalise``); a hit is given in offsets of
the transcript's own text. A phrase matches by characters, or by sound only, which is weaker
evidence and says so. Matching runs on RE2: no phrase can hang a night's run.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.text.nearly import Nearly
from pipeline.text.normal import normalise, sounds
from pipeline.text.notation import GAP, expand
from pipeline.text.overlap import Borders, familiar, stands_in, without_gaps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Protocol

    class _Match(Protocol):
        def start(self) -> int: ...
        def end(self) -> int: ...
        def span(self) -> tuple[int, int]: ...

    class _Pattern(Protocol):
        def search(self, text: str) -> _Match | None: ...
        def finditer(self, text: str) -> Iterator[_Match]: ...


NAME_SLIP, SLIP = 4, 6
"""Syllables of a name, and of any phrase, from which on one of them may be another where it has to be
said. A recogniser knows no local names (Whisper base writes 江城中人 for 江城中燃) and loses the first
sound of a turn (按谢您的来电); six syllables of which five are right are nothing else."""
_ANY = "<[^>]*>"
"""Any syllable in a line of sounds."""
PATTERN_MEMORY = 256 << 20
"""Bytes that RE2 may use for one list; its default of 8 MiB is too little for a few hundred phrases."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place in a text, ``text[start:end]``, that a phrase matched."""

    start: int
    end: int
    by_sound: bool = False
    review: bool = False


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """One list: its phrases, those that need a person's judgement, and its exceptions."""

    name: str
    phrases: tuple[str, ...]
    review: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()


def read_lexicon(path: Path) -> Lexicon:
    """A list file: one phrase a line; ``?`` before it asks for review, ``!`` makes it an exception.

    ``#`` begins a comment. Raises ``ConfigurationError`` with the line for a phrase that stands
    twice and for one that cannot be read. A list is read again only when it has changed.
    """
    return _read_lexicon(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=1024)
def _read_lexicon(path: Path, _changed: int) -> Lexicon:
    found: dict[str, list[str]] = {"": [], "?": [], "!": []}
    seen: dict[str, int] = {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ConfigurationError(tr("is not UTF-8 text"), path=path) from error
    for number, line in enumerate(lines, start=1):
        entry = line.partition("#")[0].strip()
        if not entry:
            continue
        mark = entry[0] if entry[0] in "?!" else ""
        phrase = entry.removeprefix(mark).strip()
        if phrase in seen:
            message = tr(
                "{phrase!r} stands here and in line {line}", phrase=phrase, line=seen[phrase]
            )
            raise ConfigurationError(message, path=path, line=number)
        seen[phrase] = number
        try:
            expand(phrase)
        except ValueError as error:
            raise ConfigurationError(str(error), path=path, line=number) from error
        found[mark].append(phrase)
    return Lexicon(
        name=path.stem,
        phrases=tuple(found[""]),
        review=tuple(found["?"]),
        exceptions=tuple(found["!"]),
    )


@dataclass(frozen=True)
class PhraseSet:
    """Phrases that mean the same to a rule, with their exceptions.

    ``names`` gives the texts that stand for each ``{name}``.
    """

    phrases: tuple[str, ...]
    review: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def hits(self, text: str) -> list[Hit]:
        """Where the phrases stand in ``text``: in order, without overlap, exceptions taken out."""
        normal = normalise(text)
        if not normal.text or self._any is None or not self._any.search(normal.text):
            return []
        spared = [m.span() for p in self._exceptions for m in p.finditer(normal.text)]
        found = [
            (*match.span(), review)
            for pattern, review in self._patterns
            for match in pattern.finditer(normal.text)
        ]
        kept = [f for f in found if not any(f[0] < end and start < f[1] for start, end in spared)]
        return [Hit(*normal.original(a, b), review=r) for a, b, r in _merged(kept)]

    def sound_hits(self, text: str, *, syllables: int) -> list[Hit]:
        """Where a phrase of at least so many ``syllables`` only *sounds* like a place in ``text``."""
        normal = normalise(text)
        if not normal.text:
            return []
        heard = sounds(normal.text)
        starts = list(itertools.accumulate((len(s) + 2 for s in heard), initial=0))
        at = {offset: index for index, offset in enumerate(starts)}
        line = "".join(f"<{s}>" for s in heard)
        exact = [m.span() for p, _ in self._patterns for m in p.finditer(normal.text)]
        found = []
        for pattern in self._sound_patterns(syllables):
            for match in pattern.finditer(line):
                start, end = at[match.start()], at[match.end()]
                if not any(start < until and begin < end for begin, until in exact):
                    found.append((start, end, False))
        return [Hit(*normal.original(a, b), by_sound=True) for a, b, _ in _merged(found)]

    def says(self, text: str, *, syllables: int = 2) -> bool:
        """Whether ``text`` holds a phrase: by characters or by sound, a long one but for a syllable.

        For what an agent has to say; doubt favours him.
        """
        if self.hits(text) or self.sound_hits(text, syllables=syllables):
            return True
        return self._nearly.stands_in(sounds(normalise(text).text))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Every literal text that the phrases can stand for (a gap is left out), normalised."""
        texts = dict.fromkeys(e for p in (*self.phrases, *self.review) for e in self._all(p))
        return tuple(dict.fromkeys(map(without_gaps, texts)))

    def dead_exceptions(self) -> list[str]:
        """The exceptions that can never cancel a hit, because no phrase can overlap them."""
        return [e for e in self.exceptions if not self._can_overlap(e)]

    def _all(self, phrase: str) -> list[str]:
        return expand(phrase, self.names)

    def _can_overlap(self, exception: str) -> bool:
        for text in self._all(exception):
            normal = familiar(text.replace("…", "某"))
            if (
                any(own in normal or normal in own for own in self._plain)
                or any(stands_in(parts, normal) for parts in self._gapped)
                or self._borders.touch(normal)
            ):
                return True
        return False

    @cached_property
    def _plain(self) -> list[str]:
        return [text.replace("您", "你") for text in self.texts]

    @cached_property
    def _borders(self) -> Borders:
        return Borders.of(self._plain)

    @cached_property
    def _gapped(self) -> list[list[str]]:
        """The phrases' texts that have gaps, cut at them."""
        texts = (e for phrase in (*self.phrases, *self.review) for e in self._all(phrase))
        return [[familiar(part) for part in text.split("…")] for text in texts if "…" in text]

    @cached_property
    def _patterns(self) -> list[tuple[_Pattern, bool]]:
        return [
            (_compile(self._all(phrase)), review)
            for group, review in ((self.phrases, False), (self.review, True))
            for phrase in group
        ]

    @cached_property
    def _any(self) -> _Pattern | None:
        texts = [e for p in (*self.phrases, *self.review) for e in self._all(p)]
        return _compile(texts) if texts else None

    @cached_property
    def _exceptions(self) -> list[_Pattern]:
        return [_compile(self._all(exception)) for exception in self.exceptions]

    @cached_property
    def _nearly(self) -> Nearly:
        """The phrases of ``SLIP`` syllables and more, the names of ``NAME_SLIP``, by their sounds."""
        whole = [e for p in self.phrases for e in self._all(p) if "…" not in e]
        asked = [name for name in self.names if any(f"{{{name}}}" in p for p in self.phrases)]
        named = [text for name in asked for text in self.names[name]]
        return Nearly.of(
            heard
            for texts, least in ((whole, SLIP), (named, NAME_SLIP))
            for heard in (sounds(normalise(text).text) for text in texts)
            if len(heard) >= least
        )

    def _sound_patterns(self, syllables: int) -> list[_Pattern]:
        if syllables not in self._sound_cache:
            texts = [e for p in self.phrases for e in self._all(p)]
            long_enough = [t for t in texts if _sounds_of_its_own(t, syllables)]
            self._sound_cache[syllables] = [_compile_sounds(long_enough)] if long_enough else []
        return self._sound_cache[syllables]

    @cached_property
    def _sound_cache(self) -> dict[int, list[_Pattern]]:
        return {}


def _compile(texts: Sequence[str]) -> _Pattern:
    """One RE2 pattern over normal forms, the longest text first."""
    parts = [
        f".{{0,{GAP}}}".join(_literal(normalise(part).text) for part in text.split("…"))
        for text in sorted(texts, key=len, reverse=True)
    ]
    return _pattern("|".join(parts))


@functools.cache
def _pattern(expression: str) -> _Pattern:
    """A compiled pattern, with room for a long list: RE2 falls back to a slower engine without it.

    Rules and rubrics share most of their lists: each pattern is compiled once in a process.
    """
    import re2

    options = re2.Options()
    options.max_mem = PATTERN_MEMORY
    options.log_errors = False
    pattern: _Pattern = re2.compile(expression, options=options)
    return pattern


def _literal(text: str) -> str:
    """A text as RE2 reads it; rudeness is no better for a 您 in the place of 你."""
    import re2

    escaped: str = re2.escape(text)
    return escaped.replace("你", "[你您]")


def _sounds_of_its_own(text: str, syllables: int) -> bool:
    """Whether a text is long enough to be known by its sound, and each part about a gap too.

    还有…事 sounds like any 还有 that is followed by a 十 somewhere.
    """
    parts = [len(normalise(part).text) for part in text.split("…")]
    return sum(parts) >= syllables and (len(parts) == 1 or min(parts) >= 2)


def _compile_sounds(texts: Sequence[str]) -> _Pattern:
    """The same over ``<ni><hao>``."""
    parts = [
        f"(?:{_ANY}){{0,{GAP}}}".join(
            "".join(_escaped(s) for s in sounds(normalise(part).text)) for part in text.split("…")
        )
        for text in sorted(texts, key=len, reverse=True)
    ]
    return _pattern("|".join(parts))


def _escaped(syllable: str) -> str:
    """A syllable as RE2 reads it in a line of sounds."""
    import re2

    return str(re2.escape(f"<{syllable}>"))


def _merged(found: list[tuple[int, int, bool]]) -> list[tuple[int, int, bool]]:
    """Overlapping hits as one; it asks for review only where all of them do."""
    merged: list[tuple[int, int, bool]] = []
    for start, end, review in sorted(found):
        if merged and start < merged[-1][1]:
            first, until, doubt = merged[-1]
            merged[-1] = (first, max(until, end), doubt and review)
        else:
            merged.append((start, end, review))
    return merged
