"""All phrases in one scan: an Aho-Corasick automaton over the pieces of many phrases.

A phrase is a list of wordings, the texts that it can stand for; a wording is pieces with room between
them. The automaton finds every piece of every phrase in one pass over a text; which wordings these
make up is worked out for the few phrases that have a piece in it.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.text.notation import GAP

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ahocorasick_rs import AhoCorasick

    Place = tuple[int, int]
    Places = Mapping[int, tuple[Place, ...]]


@dataclass(eq=False)
class Lines:
    """Texts without gaps that are asked of the same texts, found together."""

    _numbers: dict[str, int] = field(default_factory=dict)

    def add(self, line: str) -> int:
        """Know a text; its number, the same for one that is known already."""
        if line not in self._numbers:
            self._numbers[line] = len(self._numbers)
            self.__dict__.pop("_automaton", None)
            self.scan.cache_clear()
        return self._numbers[line]

    @functools.cached_property
    def scan(self) -> functools._lru_cache_wrapper[Places]:
        """The places of each line that stands in a text, by its number, without overlap."""
        return functools.lru_cache(REMEMBERED)(self._scan)

    def _scan(self, text: str) -> Places:
        found: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for line, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            found[line].append((start, 0, end))
        return {number: _leftmost(places) for number, places in found.items()}

    @functools.cached_property
    def _automaton(self) -> AhoCorasick:
        return _automaton(self._numbers)


def _automaton(texts: Iterable[str]) -> AhoCorasick:
    from ahocorasick_rs import AhoCorasick, MatchKind

    return AhoCorasick(list(texts), matchkind=MatchKind.Standard)


REMEMBERED = 8192
"""Texts whose scan is kept: every rule asks about the same turns."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One text that a phrase can stand for.

    At most ``rooms[i]`` characters lie between piece ``i`` and the next; up to ``trailing`` of those
    behind the last belong to the phrase. ``exact[i]`` are the characters of piece ``i``, and where in
    it they stand, that a text must hold as they are, though the pieces themselves are folded.
    """

    pieces: tuple[str, ...]
    rooms: tuple[int, ...] = ()
    trailing: int = 0
    exact: tuple[tuple[tuple[int, str], ...], ...] = ()

    @classmethod
    def of(cls, pieces: Sequence[str], *, fold: Mapping[int, str], kept: str) -> Wording:
        """The wording of a text cut at its gaps; an empty piece stands for a gap beside another.

        ``fold`` translates a piece as it will translate the texts; ``kept`` are the characters that
        the phrase distinguishes all the same.
        """
        if len(pieces) == 1:
            (piece,) = pieces
            return cls((piece.translate(fold),), exact=(_kept(piece, kept) if kept else (),))
        solid: list[str] = []
        rooms: list[int] = []
        room = 0
        for index, piece in enumerate(pieces):
            room += GAP if index else 0
            if piece:
                rooms += [room] if solid else []
                solid.append(piece)
                room = 0
        return cls(
            pieces=tuple(piece.translate(fold) for piece in solid),
            rooms=tuple(rooms),
            trailing=room,
            exact=tuple(_kept(piece, kept) for piece in solid),
        )


def _kept(piece: str, kept: str) -> tuple[tuple[int, str], ...]:
    if not any(c in piece for c in kept):
        return ()
    return tuple((i, c) for i, c in enumerate(piece) if c in kept)


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A phrase's wordings in order of preference, by the numbers of their pieces."""

    wordings: tuple[Wording, ...]
    pieces: tuple[tuple[int, ...], ...]

    def places(
        self, orders: Sequence[int], found: Mapping[int, Sequence[int]], text: str
    ) -> tuple[Place, ...]:
        """Where it stands, without overlap: the leftmost, there the first of its wordings that does.

        Only the wordings number ``orders`` are looked at, all of whose pieces were ``found``.
        """
        every: list[tuple[int, int, int]] = []
        for order in orders:
            starts = [found[number] for number in self.pieces[order]]
            places = _joined(self.wordings[order], starts, text)
            every += [(at, order, end) for at, end in places]
        return _leftmost(every) if len(every) > 1 else tuple((at, end) for at, _, end in every)


def _leftmost(every: list[tuple[int, int, int]]) -> tuple[Place, ...]:
    """Of places, by their start, order and end, those that do not overlap: the first ones."""
    places: list[Place] = []
    for start, _, end in sorted(every):
        if not places or start >= places[-1][1]:
            places.append((start, end))
    return tuple(places)


def _joined(own: Wording, starts: Sequence[Sequence[int]], text: str) -> list[Place]:
    """Every place where the pieces of a wording follow each other; gaps are as long as they can be."""
    if not own.rooms and not own.trailing and not own.exact[0]:
        length = len(own.pieces[0])
        return [(at, at + length) for at in starts[0]]
    fitting = [
        [at for at in places if all(text[at + i] == c for i, c in exact)] if exact else places
        for places, exact in zip(starts, own.exact, strict=True)
    ]
    ends: dict[int, int] = {
        at: min(len(text), at + len(own.pieces[-1]) + own.trailing) for at in fitting[-1]
    }
    for index in range(len(own.rooms) - 1, -1, -1):
        length, room = len(own.pieces[index]), own.rooms[index]
        reached: dict[int, int] = {}
        for at in fitting[index]:
            least = at + length
            later = [start for start in ends if least <= start <= least + room]
            if later:
                reached[at] = ends[max(later)]
        if not reached:
            return []
        ends = reached
    return list(ends.items())


@dataclass(eq=False)
class Vocabulary:
    """Phrases that are asked of the same texts, found together.

    Texts are translated by ``fold`` before they are scanned, so that characters that are taken for
    one another are the same. Phrases may be added at any time; the automaton is built when a text is
    first asked about.
    """

    fold: Mapping[int, str] = field(default_factory=dict)
    _phrases: list[_Phrase] = field(default_factory=list)
    _pieces: dict[str, int] = field(default_factory=dict)
    _holders: list[list[tuple[int, int, tuple[int, ...]]]] = field(default_factory=list)
    """By each piece the wordings of which it is the longest: phrase, order, and the other pieces."""

    def add(self, wordings: Sequence[Wording]) -> int:
        """Know a phrase; its number."""
        own = tuple(wordings)
        number = len(self._phrases)
        pieces = tuple(tuple(map(self._piece, w.pieces)) for w in own)
        self._phrases.append(_Phrase(own, pieces))
        # A wording can only stand where its longest piece does.
        for order, (w, numbers) in enumerate(zip(own, pieces, strict=True)):
            longest = self._pieces[max(w.pieces, key=len)]
            others = tuple(n for n in numbers if n != longest)
            self._holders[longest].append((number, order, others))
        self.__dict__.pop("_automaton", None)
        self.scan.cache_clear()
        return number

    def _piece(self, text: str) -> int:
        if text not in self._pieces:
            self._pieces[text] = len(self._holders)
            self._holders.append([])
        return self._pieces[text]

    @functools.cached_property
    def scan(self) -> functools._lru_cache_wrapper[Places]:
        """The places of each phrase that stands in a text, by the phrase's number."""
        return functools.lru_cache(REMEMBERED)(self._scan)

    def _scan(self, text: str) -> Places:
        found: dict[int, list[int]] = defaultdict(list)
        folded = text.translate(self.fold) if self.fold else text
        for piece, start, _ in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            found[piece].append(start)
        candidates: dict[int, list[int]] = defaultdict(list)
        for piece in found:
            for number, order, others in self._holders[piece]:
                if not others or all(other in found for other in others):
                    candidates[number].append(order)
        return {
            number: places
            for number, orders in candidates.items()
            if (places := self._phrases[number].places(orders, found, text))
        }

    @functools.cached_property
    def _automaton(self) -> AhoCorasick:
        return _automaton(self._pieces)
