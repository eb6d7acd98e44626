"""callqa's own transcript: ``{"call": {…}, "turns": [{"role", "start", "end", "text", "words"}]}``.

Times are seconds. ``call`` has the fields of a call record and is passed on as it stands; roles and
channels may be written as people write them. A word that ends before it begins is left out.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from pipeline.records import Role, Utterance, Word
from pipeline.transcripts.base import (
    Brought,
    Document,
    Label,
    Part,
    Stretch,
    Time,
    role_of,
    validate,
)

NAME = "callqa"
_CHANNELS = {"left": 0, "right": 1, "左": 0, "右": 1}


def _role(value: Any) -> Any:
    """A role however it is written."""
    return role_of(value) or value.lower() if isinstance(value, str) else value


def _channel(value: Any) -> Any:
    return _CHANNELS.get(value.lower(), value) if isinstance(value, str) else value


class _SidecarWord(Part):
    text: str
    start: Time
    end: Time
    probability: float | None = Field(default=None, allow_inf_nan=False)


class _SidecarTurn(Stretch):
    text: str
    role: Annotated[Role | None, BeforeValidator(_role)] = None
    channel: Annotated[int | None, BeforeValidator(_channel)] = None
    speaker: Label | None = None
    words: tuple[_SidecarWord, ...] = ()


class _Sidecar(Part):
    call: dict[str, Any] = Field(default_factory=dict)
    turns: list[_SidecarTurn]


def recognises(document: Document) -> bool:
    """Turns in a list."""
    return isinstance(document.data, dict) and isinstance(document.data.get("turns"), list)


def read(document: Document) -> Brought:
    """Its utterances, in order, and its ``call``."""
    sidecar = validate(_Sidecar, document.data, NAME)
    turns = sorted(sidecar.turns, key=lambda t: (t.start, t.end))
    return Brought(utterances=tuple(_utterance(turn) for turn in turns), call=sidecar.call)


def _utterance(turn: _SidecarTurn) -> Utterance:
    return Utterance(
        start=turn.start,
        end=turn.end,
        text=turn.text,
        words=tuple(
            Word(w.text.strip(), w.start, w.end, w.probability)
            for w in turn.words
            if w.text.strip() and w.start <= w.end
        ),
        role=None if turn.role is Role.UNKNOWN else turn.role,
        channel=turn.channel,
        speaker=turn.speaker,
    )
