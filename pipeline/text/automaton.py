"""All phrases in one scan: an Aho-Corasick automaton over the pieces of many phrases.

A phrase is a list of wordings, the texts that it can stand for; a wording is pieces with room between
them. The automaton finds every piece of every phrase in one pass over a text; which wordings these
make up is worked out for the few phrases that have a piece in it.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from pipeline.text.normal import familiar
from pipeline.text.notation import GAP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from ahocorasick_rs import AhoCorasick

    Place = tuple[int, int]
    Places = Mapping[int, tuple[Place, ...]]
    _Gapped = tuple[int, int, frozenset[str]]


_NOWHERE: Places = {}


@dataclass(eq=False)
class Lines:
    """Texts without gaps that are asked of the same texts, found together."""

    _numbers: dict[str, int] = field(default_factory=dict)

    def add(self, line: str) -> int:
        """Know a text; its number, the same for one that is known already."""
        if line not in self._numbers:
            self._numbers[line] = len(self._numbers)
            self.__dict__.pop("_automaton", None)
        return self._numbers[line]

    def standing_in(self, text: str) -> set[int]:
        """The numbers of the lines that stand in a text."""
        return {
            line for line, *_ in self._automaton.find_matches_as_indexes(text, overlapping=True)
        }

    def scan(self, text: str) -> Places:
        """The places of each line that stands in a text, by its number, without overlap."""
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        if not matches:
            return _NOWHERE
        found: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for line, start, end in matches:
            found[line].append((start, 0, end))
        return {number: _leftmost(places) for number, places in found.items()}

    @functools.cached_property
    def _automaton(self) -> AhoCorasick:
        return _automaton(self._numbers)


def _automaton(texts: Iterable[str]) -> AhoCorasick:
    from ahocorasick_rs import AhoCorasick, MatchKind

    return AhoCorasick(list(texts), matchkind=MatchKind.Standard)


_NO_FOLLOWERS: Mapping[str, Sequence[_Gapped]] = {}


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
    def of(cls, text: str, *, kept: str) -> Wording:
        """The wording of a normal form with gaps.

        ``kept`` are the characters that the phrase distinguishes though its pieces are folded.
        """
        pieces = text.split("…")
        if len(pieces) == 1:
            (piece,) = pieces
            return cls((familiar(piece),), exact=(_places_of(piece, kept) if kept else (),))
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
            pieces=tuple(map(familiar, solid)),
            rooms=tuple(rooms),
            trailing=room,
            exact=tuple(_places_of(piece, kept) for piece in solid),
        )


def _places_of(piece: str, kept: str) -> tuple[tuple[int, str], ...]:
    if not any(c in piece for c in kept):
        return ()
    return tuple((i, c) for i, c in enumerate(piece) if c in kept)


@dataclass(frozen=True, slots=True)
class _Phrase:
    """The texts that a phrase can stand for, in order of preference, and what it distinguishes."""

    texts: tuple[str, ...]
    kept: str


class Scanned:
    """What of a vocabulary stands in a text: ``may`` holds the phrases of which some pieces do.

    By the phrase's number, which of its wordings these are. Whether the pieces make up the phrase is
    only worked out for one that somebody asks for.
    """

    __slots__ = ("_found", "_places", "_text", "_vocabulary", "may")

    def __init__(
        self,
        vocabulary: Vocabulary,
        text: str,
        found: Mapping[str, Sequence[int]],
        may: Mapping[int, Sequence[int]],
    ) -> None:
        """``found``: where each piece begins in ``text``."""
        self.may = may
        self._vocabulary = vocabulary
        self._text = text
        self._found = found
        self._places: dict[int, tuple[Place, ...]] = {}

    def places(self, number: int) -> tuple[Place, ...]:
        """Where a phrase stands, without overlap: the leftmost, there the first of its wordings."""
        if number not in self._places:
            self._places[number] = self._find(number)
        return self._places[number]

    def _find(self, number: int) -> tuple[Place, ...]:
        every: list[tuple[int, int, int]] = []
        for order in self.may.get(number, ()):
            wording = self._vocabulary.wording(number, order)
            starts = [self._found[piece] for piece in wording.pieces]
            every += [(at, order, end) for at, end in _join_pieces(wording, starts, self._text)]
        return _leftmost(every) if len(every) > 1 else tuple((at, end) for at, _, end in every)


def _leftmost(every: list[tuple[int, int, int]]) -> tuple[Place, ...]:
    """Of places, by their start, order and end, those that do not overlap: the first ones."""
    places: list[Place] = []
    for start, _, end in sorted(every):
        if not places or start >= places[-1][1]:
            places.append((start, end))
    return tuple(places)


def _join_pieces(own: Wording, starts: Sequence[Sequence[int]], text: str) -> list[Place]:
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

    Normal forms are ``familiar`` before they are scanned, so that 您 and 你 are the same. Phrases may
    be added at any time; the automaton is built when a text is first asked about, and a wording is
    read when its pieces are first found: of fifty thousand a night meets a few hundred.
    """

    _phrases: list[_Phrase] = field(default_factory=list)
    _whole: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """By its only piece, the wordings without a gap: phrase and order."""
    _gapped: list[tuple[int, int, list[str]]] = field(default_factory=list)
    """The others, with their pieces."""
    _wordings: dict[tuple[int, int], Wording] = field(default_factory=dict)

    def add(self, texts: Sequence[str], kept: str = "") -> int:
        """Know a phrase by all the texts that it can stand for, in order of preference; its number.

        The texts are normal forms with gaps; ``kept`` are characters that the phrase distinguishes
        though they are folded.
        """
        number = len(self._phrases)
        self._phrases.append(_Phrase(tuple(texts), kept))
        for order, text in enumerate(map(familiar, texts)):
            if "…" in text:
                self._gapped.append((number, order, [part for part in text.split("…") if part]))
            else:
                self._whole.setdefault(text, []).append((number, order))
        for made in ("_automaton", "_pieces", "_rarest"):
            self.__dict__.pop(made, None)
        return number

    def wording(self, number: int, order: int) -> Wording:
        """A wording of a phrase."""
        key = number, order
        if key not in self._wordings:
            phrase = self._phrases[number]
            own = Wording.of(phrase.texts[order], kept=phrase.kept)
            self._wordings[key] = own
        return self._wordings[key]

    def scan(self, text: str) -> Scanned:
        """What of the phrases stands in a text."""
        pieces = self._pieces
        found: dict[str, list[int]] = {}
        for piece, start, _ in self._matches(text):
            found.setdefault(pieces[piece], []).append(start)
        may: dict[int, list[int]] = {}
        for own in found:
            for number, order in self._whole.get(own, ()):
                may.setdefault(number, []).append(order)
        for number, order in self._perhaps(found.keys()):
            may.setdefault(number, []).append(order)
        return Scanned(self, text, found, may)

    def standing_in(self, text: str) -> set[int]:
        """The numbers of the phrases of which a text holds the pieces of some wording."""
        pieces, whole = self._pieces, self._whole
        found = {pieces[piece] for piece, *_ in self._matches(text)}
        numbers = {number for own in found for number, _ in whole.get(own, ())}
        return numbers | {number for number, _ in self._perhaps(found)}

    def _matches(self, text: str) -> Sequence[tuple[int, int, int]]:
        """The pieces in a text: which, where it begins, where it ends."""
        return self._automaton.find_matches_as_indexes(familiar(text), overlapping=True)

    def _perhaps(self, found: AbstractSet[str]) -> Iterator[tuple[int, int]]:
        """The wordings with gaps of which all pieces were found: phrase and order."""
        for own in found:
            followers = self._rarest.get(own, _NO_FOLLOWERS)
            for other in followers.keys() & found if followers else ():
                for number, order, rest in followers[other]:
                    if not rest or rest <= found:
                        yield number, order

    @functools.cached_property
    def _automaton(self) -> AhoCorasick:
        return _automaton(self._pieces)

    @functools.cached_property
    def _pieces(self) -> list[str]:
        parts = chain.from_iterable(own for *_, own in self._gapped)
        return list(dict.fromkeys((*self._whole, *parts)))

    @functools.cached_property
    def _rarest(self) -> Mapping[str, Mapping[str, list[_Gapped]]]:
        """The wordings with gaps, by their rarest piece and the next one, and their other pieces.

        A wording can only stand where its rarest pieces do: 您 is in a thousand of them. One that has
        no other piece has the same twice.
        """
        held = Counter(chain.from_iterable(own for *_, own in self._gapped))
        found: dict[str, dict[str, list[_Gapped]]] = {}
        for number, order, own in self._gapped:
            rarest, *others = sorted(dict.fromkeys(own), key=held.__getitem__)
            second = others[0] if others else rarest
            places = found.setdefault(rarest, {}).setdefault(second, [])
            places.append((number, order, frozenset(others[1:])))
        return found
