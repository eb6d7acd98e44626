"""What stands in a vCon and in no other format: lists of entries, and the World Transcription Format.

Entries have a speaker or the number of a party, ``start``, ``end`` (seconds), and ``text`` or
``message``. The World Transcription Format (draft-howe-vcon-wtf-extension, "WTF Structure") has them
as ``segments``, whose ``words`` are **indexes** into a list beside them, and ``speakers`` with their
labels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import AliasChoices, Field

from pipeline.errors import TranscriptError
from pipeline.messages import cause
from pipeline.records import Utterance
from pipeline.transcripts.base import (
    Label,
    Part,
    Probability,
    Stretch,
    Time,
    first_of,
    side,
    validate,
    words,
)

NAME = "vCon"
PARTY = "party "
"""Before the number of a party as a speaker, until the parties are looked up."""
_LISTS = ("segments", "utterances", "transcript", "entries", "dialog")


class _Word(Stretch):
    text: str = Field(validation_alias=AliasChoices("text", "word"))
    confidence: Probability = None


class _Entry(Stretch):
    start: Time = Field(validation_alias=AliasChoices("start", "start_time"))
    end: Time = Field(validation_alias=AliasChoices("end", "end_time"))
    text: str = Field(validation_alias=AliasChoices("text", "message", "transcript"))
    party: int | None = None
    speaker: Label | None = Field(
        default=None, validation_alias=AliasChoices("speaker", "speaker_label", "role")
    )
    words: tuple[int | _Word, ...] = ()


class _Speaker(Part):
    label: str | None = None


class _Body(Part):
    segments: list[_Entry]
    words: tuple[_Word, ...] = ()
    speakers: dict[str, _Speaker] = Field(default_factory=dict)


def entries(data: Any) -> Callable[[], Iterator[Utterance]] | None:
    """The utterances of a list of entries or of the World Transcription Format; None for others."""
    if isinstance(data, list):
        body: dict[str, Any] = {"segments": data}
    else:
        whole = first_of([data])
        key = next((k for k in _LISTS if isinstance(whole.get(k), list)), None)
        if key is None or (key == "segments" and not isinstance(whole.get("transcript"), dict)):
            return None
        body = {**whole, "segments": whole[key]}
    first = set(first_of(body["segments"]))
    if not first & {"start", "start_time"} or not first & {"text", "message", "transcript"}:
        return None
    if "words" in body and not isinstance(body["words"], list):
        return None
    return lambda: _utterances(validate(_Body, body, NAME))


def _utterances(body: _Body) -> Iterator[Utterance]:
    for entry in body.segments:
        speaker = entry.speaker
        label = body.speakers.get(speaker or "", _Speaker()).label
        pointed = (w if isinstance(w, _Word) else _at(body.words, w) for w in entry.words)
        yield Utterance(
            start=entry.start,
            end=entry.end,
            text=entry.text.strip(),
            words=words((w.text, w.start, w.end, w.confidence) for w in pointed),
            **side(label or speaker if entry.party is None else f"{PARTY}{entry.party}"),
        )


def _at(found: Sequence[_Word], index: int) -> _Word:
    if not 0 <= index < len(found):
        raise TranscriptError(
            cause(
                "{name} transcript: segments point at word {number}, and words has fewer",
                name=NAME,
                number=index + 1,
            )
        )
    return found[index]
