"""Calls ready to be judged, as they are kept beside what was heard of them.

What no rule changes is made once: sides and turns, spoken characters, what of it is personal. Words
and their times, most of what a call holds, are read only where somebody asks for those of a turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from pydantic_core import from_json, to_json

from pipeline.records import Call, Masked, Personal, Prosody, Role, Span, Tone, Turn, Word

if TYPE_CHECKING:
    from pipeline.records import Recording


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A call, and its turns as they are published: a turn in which nothing is hidden is in both."""

    call: Call
    shown: tuple[Turn, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Packed:
    """A call that was made ready, written down.

    ``made_of`` tells what it was made of and by which settings, lists and version; ``call`` is all of
    it but what the recording says, and the words, which stand in ``words``, JSON a turn.
    """

    made_of: str = ""
    call: str = ""
    words: tuple[str, ...] = ()


def pack(ready: Ready, made_of: str) -> Packed:
    """A call written down; ``unpack`` gives it back."""
    call = ready.call
    head = {
        "duration": call.duration,
        "channels": call.channels,
        "audio_notes": call.audio_notes,
        "asr_model": call.asr_model,
        "roles_known": call.roles_known,
        "roles_by": call.roles_by,
        "roles_confidence": call.roles_confidence,
        "by_voice": call.by_voice,
        "shift": call.shift,
        "confidence": call.confidence,
        "tones": None if call.tones is None else [(t.key, t.start, t.end) for t in call.tones],
    }
    pairs = list(zip(call.turns, ready.shown, strict=True))
    turns = [_turn_values(turn, shown) for turn, shown in pairs]
    return Packed(
        made_of=made_of,
        call=to_json([head, turns]).decode(),
        words=tuple(_words_values(turn, shown) for turn, shown in pairs),
    )


def unpack(kept: Packed, recording: Recording) -> Ready:
    """A call that was written down; ``recording`` is what it was made of."""
    head, turns = from_json(kept.call)
    pairs = [_turn(values, words) for values, words in zip(turns, kept.words, strict=True)]
    tones = head.pop("tones")
    call = Call(
        call_id=recording.record.call_id or recording.content_id[:16],
        file=recording.file,
        content_id=recording.content_id,
        record=recording.record,
        audio_notes=tuple(head.pop("audio_notes")),
        turns=tuple(turn for turn, _ in pairs),
        tones=None if tones is None else tuple(Tone(*tone) for tone in tones),
        **head,
    )
    return Ready(call=call, shown=tuple(shown for _, shown in pairs))


_TEXT = 4
"""Where the text stands among a turn's values."""


def turn_texts(kept: Packed) -> list[str]:
    """The words of a call's turns as they were heard, a text a turn."""
    _, turns = from_json(kept.call)
    return [values[_TEXT] for values in turns]


def _turn_values(turn: Turn, shown: Turn) -> list[Any]:
    sound = turn.sound
    return [
        turn.role,
        turn.channel,
        turn.start,
        turn.end,
        turn.text,
        [at for span in turn.spans for at in (span.start, span.end)],
        turn.characters,
        turn.unrecognised,
        sound and [sound.loudness, sound.pitch_spread, sound.lufs, sound.clipped],
        None if shown is turn else [shown.text, [_place_values(place) for place in shown.masked]],
    ]


def _place_values(place: Masked) -> list[Any]:
    return [place.kind, place.start, place.end, place.span.start, place.span.end]


def _words_values(turn: Turn, shown: Turn) -> str:
    """The words of a turn, and their texts as they are published where some are hidden."""
    words = [[w.text, w.start, w.end, w.probability] for w in turn.words]
    hidden = None if shown is turn else [w.text for w in shown.words]
    return to_json([words, hidden]).decode()


_ROLES = {str(role): role for role in Role}


def _turn(values: list[Any], words: str) -> tuple[Turn, Turn]:
    """A turn, and as it is published."""
    role, channel, start, end, text, spans, characters, unrecognised, sound, shown = values
    turn = Turn(
        role=_ROLES[role],
        channel=channel,
        start=start,
        end=end,
        text=text,
        words=_Words(words),
        spans=tuple(map(Span, spans[::2], spans[1::2])),
        characters=characters,
        sound=sound and Prosody(*sound),
        unrecognised=unrecognised,
    )
    if shown is None:
        return turn, turn
    text, places = shown
    masked = tuple(Masked(Personal(kind), a, b, Span(c, d)) for kind, a, b, c, d in places)
    return turn, replace(turn, text=text, words=_Words(words, hidden=True), masked=masked)


class _Words(Sequence[Word]):
    """The words of a turn, read when they are first asked for; ``hidden``: as they are published."""

    def __init__(self, written: str, *, hidden: bool = False) -> None:
        self._written = written
        self._hidden = hidden

    @cached_property
    def _read(self) -> tuple[Word, ...]:
        words, hidden = from_json(self._written)
        if self._hidden and hidden is not None:
            return tuple(Word(t, a, b, p) for t, (_, a, b, p) in zip(hidden, words, strict=True))
        return tuple(Word(*values) for values in words)

    @overload
    def __getitem__(self, index: int) -> Word: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Word]: ...

    def __getitem__(self, index: int | slice) -> Word | Sequence[Word]:
        return self._read[index]

    def __iter__(self) -> Iterator[Word]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)

    def __eq__(self, other: object) -> bool:
        return self._read == (other._read if isinstance(other, _Words) else other)

    def __hash__(self) -> int:
        return hash(self._read)
