"""What phrases can stand for, spelt out, and whether an exception can overlap any of it."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.text.normal import familiar, sound_line
from pipeline.text.notation import GAP, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def stands_in(parts: Sequence[str], text: str) -> bool:
    """Whether a phrase's parts stand in ``text``, each at most ``GAP`` characters after the last."""
    if not all(part in text for part in parts):
        return False
    first, *others = parts
    ends = [at + len(first) for at in _places(first, text)]
    for part in others:
        starts = [at for at in _places(part, text) if any(0 <= at - end <= GAP for end in ends)]
        ends = [at + len(part) for at in starts]
    return bool(ends)


def _places(part: str, text: str) -> list[int]:
    return [at for at in range(len(text) + 1) if text.startswith(part, at)]


@dataclass(frozen=True)
class Borders:
    """Texts by their beginnings and, read backwards, by their ends; both in order."""

    forwards: Sequence[str]
    backwards: Sequence[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Borders:
        """The borders of some texts."""
        own = set(texts)
        return cls(sorted(own), sorted(text[::-1] for text in own))

    def touch(self, text: str) -> bool:
        """Whether ``text`` begins as one of them ends, or ends as one begins."""
        back = text[::-1]
        return any(
            _longer(self.forwards, text[-n:]) or _longer(self.backwards, back[-n:])
            for n in range(1, len(text))
        )


def _longer(texts: Sequence[str], start: str) -> bool:
    """Whether one of some texts, which are in order, begins with ``start`` and goes on."""
    at = bisect_right(texts, start)
    return at < len(texts) and texts[at].startswith(start)


@dataclass(frozen=True, eq=False)
class Texts:
    """Every text that some phrases can stand for: normal forms, gaps kept."""

    lines: tuple[str, ...]
    _overlapped: dict[str, bool] = field(default_factory=dict)

    @cached_property
    def literal(self) -> tuple[str, ...]:
        """They, each gap left out."""
        return tuple(dict.fromkeys(line.replace("…", "") for line in self.lines))

    @cached_property
    def sounds(self) -> tuple[str, ...]:
        """The sounds of those without a gap, a symbol a syllable."""
        return tuple(sound_line(line) for line in self.lines if "…" not in line)

    def overlap(self, text: str) -> bool:
        """Whether one of them can overlap ``text``, a normal form with gaps."""
        if text not in self._overlapped:
            self._overlapped[text] = self._overlap(familiar(text.replace("…", "某")))
        return self._overlapped[text]

    def _overlap(self, normal: str) -> bool:
        return (
            not self._plain.isdisjoint(_parts_of(normal))
            or normal in self._plain_lines
            or self._borders.touch(normal)
            or any(
                stands_in(parts, normal)
                for longest, own in self._lines_with_gaps.items()
                if longest in normal
                for parts in own
            )
        )

    @cached_property
    def _plain(self) -> frozenset[str]:
        return frozenset(map(familiar, self.literal))

    @cached_property
    def _plain_lines(self) -> str:
        return "\n".join(self._plain)

    @cached_property
    def _borders(self) -> Borders:
        return Borders.of(self._plain)

    @cached_property
    def _lines_with_gaps(self) -> Mapping[str, list[list[str]]]:
        """Those that have gaps, cut at them, by their longest part."""
        found: dict[str, list[list[str]]] = defaultdict(list)
        for line in self.lines:
            parts = familiar(line).split("…")
            if len(parts) == 1:
                continue
            found[max(parts, key=len)].append(parts)
        return found


def texts_of(phrases: tuple[str, ...], names: Mapping[str, Sequence[str]]) -> Texts:
    """What phrases can stand for; ``ValueError`` for one that cannot be read."""
    asked = (name for name in names if any(f"{{{name}}}" in phrase for phrase in phrases))
    try:
        return _texts_of(phrases, tuple((name, tuple(names[name])) for name in asked))
    except ValueError:
        for phrase in phrases:
            expand(phrase, names)  # says of an unknown name which there are
        raise


@functools.lru_cache(maxsize=1024)
def _texts_of(phrases: tuple[str, ...], names: tuple[tuple[str, tuple[str, ...]], ...]) -> Texts:
    """What phrases can stand for, remembered: most lists are of several rules, and name nobody."""
    known = dict(names)
    return Texts(tuple(dict.fromkeys(text for phrase in phrases for text in expand(phrase, known))))


def _parts_of(text: str) -> set[str]:
    """Every stretch of a text."""
    return {text[a:b] for a in range(len(text)) for b in range(a + 1, len(text) + 1)}
