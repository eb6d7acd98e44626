"""A call as it is kept: what was heard, what was made of it, and the row in which both are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pipeline.records import Recording, Transcript
from pipeline.store.ready import Packed

Row = dict[str, Any]
Key = tuple[float, str, str]


@dataclass(frozen=True, kw_only=True)
class KeptRecording:
    """A recording that was heard: all of what is kept but its words.

    ``heard_with`` tells when it has to be heard again, ``rubric`` what its folder is scored against.
    """

    recording: Recording
    heard_with: str
    rubric: str
    duration: float

    @property
    def date(self) -> str:
        """The call's date in the zone its start carries."""
        return date_of(self.recording)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A recording and what was heard in it."""

    recording: Recording
    transcript: Transcript
    heard_with: str
    rubric: str

    @property
    def date(self) -> str:
        """The call's date in the zone its start carries."""
        return date_of(self.recording)

    @property
    def known(self) -> KeptRecording:
        """The recording, without the words that were heard in it."""
        return KeptRecording(
            recording=self.recording,
            heard_with=self.heard_with,
            rubric=self.rubric,
            duration=self.transcript.duration,
        )


@dataclass(frozen=True, kw_only=True)
class Made:
    """What was made of a call that no rule changes.

    ``shown``: what the model of dialogue acts saw in it, as it writes it down; ``ready``: its sides and
    turns. Empty where nobody has looked yet.
    """

    shown: str = ""
    ready: Packed = field(default_factory=Packed)


def date_of(recording: Recording) -> str:
    """The date on which a recording began, in the zone that its start carries."""
    started = recording.record.started_at
    return "" if started is None else started.date().isoformat()


KEPT = TypeAdapter(Kept)
RECORDING = TypeAdapter(Recording)
TRANSCRIPT = TypeAdapter(Transcript)


def row_of(kept: Kept) -> Row:
    """The row of what was heard, of which nothing was made yet."""
    return {
        "content_id": kept.recording.content_id,
        "recording": RECORDING.dump_json(kept.recording).decode(),
        "heard_with": kept.heard_with,
        "rubric": kept.rubric,
        "duration": kept.transcript.duration,
        "transcript": TRANSCRIPT.dump_json(kept.transcript).decode(),
    }


def known_of(row: Row) -> KeptRecording:
    """What a row says of a recording but its words."""
    return KeptRecording(
        recording=RECORDING.validate_json(row["recording"]),
        heard_with=row["heard_with"],
        rubric=row["rubric"],
        duration=row["duration"],
    )


def kept_of(row: Row) -> Kept | None:
    """All that a row says; None where its words cannot be read any more."""
    try:
        return Kept(
            recording=RECORDING.validate_json(row["recording"]),
            transcript=TRANSCRIPT.validate_json(row["transcript"]),
            heard_with=row["heard_with"],
            rubric=row["rubric"],
        )
    except ValidationError:
        return None


def head_row(head: KeptRecording | None) -> Row:
    """What of a row another call record, or another rubric, changes."""
    if head is None:
        return {}
    return {"recording": RECORDING.dump_json(head.recording).decode(), "rubric": head.rubric}


def made_row(made: Made | None) -> Row:
    """What of a row is written of what was made of its call; nothing where nothing is new."""
    if made is None:
        return {}
    ready = made.ready
    return {
        "shown": made.shown,
        "made_of": ready.made_of,
        "call": ready.call,
        "words": list(ready.words),
    }


def key_of(row: Row) -> Key:
    """The place of a row among the calls."""
    return order_of(RECORDING.validate_json(row["recording"]))


def order_of(recording: Recording) -> Key:
    """When a call began (s), and what decides where that is the same."""
    started = recording.record.started_at
    at = 0.0 if started is None else started.timestamp()
    return at, recording.record.call_id or "", recording.content_id
