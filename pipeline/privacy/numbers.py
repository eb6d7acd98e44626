"""Telephone, identity card and bank card numbers, written or said, whole or dictated in pieces."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.privacy import by_ear, shapes
from pipeline.privacy.cues import said_to_be
from pipeline.privacy.dictation import LONGEST, Chain, Piece, chains
from pipeline.privacy.places import Place
from pipeline.records import Personal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from pipeline.privacy.places import SpokenTurn
    from pipeline.privacy.shapes import Shape

_LIKELY: dict[str | None, tuple[Shape, ...]] = {
    Personal.PHONE: (shapes.LIKELY_PHONE, shapes.LOCAL),
    Personal.IDENTITY: (shapes.LIKELY_IDENTITY,),
    Personal.BANK_CARD: (shapes.LIKELY_BANK, shapes.PART_OF_BANK),
}
_PUBLIC = re.compile(r"[48]00\d{7}|9[56]\d{3,6}|1[012]\d{1,5}|100\d{5}")
"""Service numbers: 400 and 800, 95598, 12345, 10086."""
_SERVICE = re.compile(r"[48]00\d{7}")
"""One that is said in pieces: what stands beside it is no part of another number."""
_LEAST_ECHO = 3
"""From so many digits on a piece of a number that was told is that number again."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Digits in their place in a number, and every piece that says them: two where one is repeated."""

    digits: str
    pieces: tuple[Piece, ...]

    @property
    def where(self) -> tuple[int, int]:
        """The turn in which it stands first, and where."""
        return self.pieces[0].turn, self.pieces[0].start


@dataclass(frozen=True, slots=True)
class Number:
    """A number that was found: its digits as the shape reads them, and its slots in order."""

    digits: str
    shape: Shape
    slots: tuple[Slot, ...]


@dataclass
class _Search:
    """What is looked for in a call, and what has been found."""

    public: Collection[str]
    tickets: bool
    found: list[Number] = field(default_factory=list)

    def is_public(self, digits: str) -> bool:
        """Whether a number is a service's, the house's own, or the agent's."""
        return _PUBLIC.fullmatch(digits) is not None or any(
            digits.endswith(own) or own.endswith(digits) for own in self.public
        )


def numbers(
    turns: Sequence[SpokenTurn],
    *,
    public: Collection[str] = (),
    known: Collection[str] = (),
    tickets: bool = False,
) -> list[Place]:
    """Where a call's turns hold personal numbers.

    ``public`` are numbers, in digits, that are nobody's secret; ``known`` those of the customer that the
    call record has; ``tickets`` hides orders' and accounts' numbers too.
    """
    search = _Search([n for n in public if n], tickets)
    rows = chains(turns)
    search.found = [number for chain in rows for number in _in_chain(chain, turns, search)]
    told = [(n.digits, n.shape.hidden_range(n.digits)) for n in search.found]
    told += [
        (digits, _shape_of(digits).hidden_range(digits)) for digits in known if len(digits) >= 7
    ]
    places = [place for number in search.found for place in _places(number)]
    # of a number that was found as well: read back, a birthday may have the shape of a telephone number
    places += [place for chain in rows for piece in chain.pieces for place in _echo(piece, told)]
    return [*places, *by_ear.Rest(turns, search.is_public, tickets).places(places, told)]


def too_few_digits(turns: Sequence[SpokenTurn]) -> bool:
    """Whether turns hold fewer digits than the least piece of a number that is known again."""
    pieces = (piece for chain in chains(turns) for piece in chain.pieces)
    return sum(len(piece.digits) for piece in pieces) < _LEAST_ECHO


def _shape_of(digits: str) -> Shape:
    """The shape that a known number has; an unknown one is hidden like a telephone number."""
    return next((s for s in shapes.SURE if s.fits(digits)), shapes.LOCAL)


def _in_chain(chain: Chain, turns: Sequence[SpokenTurn], search: _Search) -> Iterator[Number]:
    """The numbers of a chain: what is sure first, without what was said twice where only that helps."""
    slots = [Slot(piece.digits, (piece,)) for piece in chain.pieces]
    cues = {piece: _cue(chain, piece, turns) for piece in chain.pieces}
    sure = list(_in_slots(slots, cues, _sure, search))
    if not sure:
        merged = _without_repeats(slots)
        sure = list(_in_slots(merged, cues, _sure, search))
        slots = merged if sure else slots
    yield from sure
    taken = {slot.where for number in sure for slot in number.slots}
    for is_taken, rest in groupby(slots, key=lambda slot: slot.where in taken):
        if not is_taken:
            own = list(rest)
            likely = list(_in_slots(own, cues, _likely, search))
            whole = sum(len(number.slots) for number in likely) == len(own)
            yield from likely if whole else (replace(n, shape=n.shape.whole) for n in likely)


def _without_repeats(slots: Sequence[Slot]) -> list[Slot]:
    """Slots in which a piece that follows its like stands beside it."""
    merged: list[Slot] = []
    for slot in slots:
        if merged and merged[-1].digits == slot.digits:
            merged[-1] = Slot(slot.digits, (*merged[-1].pieces, *slot.pieces))
        else:
            merged.append(slot)
    return merged


def _in_slots(
    slots: Sequence[Slot],
    cues: Mapping[Piece, str | None],
    shapes_of: Callable[[str | None, _Search], tuple[Shape, ...]],
    search: _Search,
) -> Iterator[Number]:
    """The numbers in a row of slots, from left to right, the longer first."""
    at = 0
    while at < len(slots):
        if service := next(
            (row for row in _rows(slots, at) if _SERVICE.fullmatch(_digits(row))), None
        ):
            at += len(service)
            continue
        wanted = shapes_of(cues[slots[at].pieces[0]], search)
        number = _longest(slots, at, wanted, search)
        if number is not None:
            yield number
        at += 1 if number is None else len(number.slots)


def _sure(cue: str | None, search: _Search) -> tuple[Shape, ...]:
    """What is known by its digits, unless it was said to be a ticket's number."""
    if cue == Personal.TICKET:
        return (shapes.TICKET,) if search.tickets else ()
    return shapes.SURE


def _likely(cue: str | None, _: _Search) -> tuple[Shape, ...]:
    """What a number is where it was said what it is."""
    return _LIKELY.get(cue, ())


def _cue(chain: Chain, piece: Piece, turns: Sequence[SpokenTurn]) -> str | None:
    """What a number was said to be: by the words before it, else before the whole chain."""
    own = "" if piece is chain.pieces[0] else turns[piece.turn].text[: piece.start]
    return said_to_be(f"{chain.before[-60:]}\n{own[-20:]}")


def _longest(
    slots: Sequence[Slot], at: int, wanted: Sequence[Shape], search: _Search
) -> Number | None:
    """The longest number that begins at a slot; None where none does."""
    for row in reversed(list(_rows(slots, at))):
        digits = _digits(row)
        shape = next((s for s in wanted if s.fits(digits)), None)
        if shape is not None and not search.is_public(digits):
            return Number(digits, shape, row)
    return None


def _rows(slots: Sequence[Slot], at: int) -> Iterator[tuple[Slot, ...]]:
    """The rows of slots that begin at one, the shorter first; a counted last digit may be left out."""
    length = 0
    for end in range(at, len(slots)):
        length += len(slots[end].digits)
        if length > LONGEST:
            return
        last = slots[end].pieces[-1]
        if last.counted and len(last.units) > 1:
            shorter = last.shorter()
            yield (*slots[at:end], Slot(shorter.digits, (shorter,)))
        yield tuple(slots[at : end + 1])


def _digits(row: Sequence[Slot]) -> str:
    return "".join(slot.digits for slot in row)


def _places(number: Number) -> Iterator[Place]:
    """The pieces of a number as places, each unit hidden that holds a digit which is."""
    hidden = number.shape.hidden_range(number.digits)
    at = 0
    for slot in number.slots:
        for piece in slot.pieces:
            yield _place(piece, hidden, at, number.shape.kind)
        at += len(slot.digits)


def _place(piece: Piece, hidden: range, at: int, kind: Personal) -> Place:
    """A piece whose first digit is digit ``at`` of a number of which ``hidden`` is hidden."""
    places: list[int] = []
    for unit in piece.units:
        if at < hidden.stop and at + len(unit.digits) > hidden.start:
            places += range(unit.start, unit.end)
        at += len(unit.digits)
    return Place(piece.turn, piece.start, piece.end, kind, tuple(places))


def _echo(piece: Piece, told: Sequence[tuple[str, range]]) -> Iterator[Place]:
    """A piece that repeats part of a number that was told, its hidden digits among it."""
    if len(piece.digits) < _LEAST_ECHO:
        return
    for digits, hidden in told:
        at = digits.find(piece.digits)
        if at >= 0 and at < hidden.stop and at + len(piece.digits) > hidden.start:
            yield _place(piece, hidden, at, Personal.PHONE)
            return
