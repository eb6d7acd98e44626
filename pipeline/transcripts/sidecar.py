"""callqa's own transcript: ``{"call": {…}, "turns": [{"role", "start", "end", "text", "words"}]}``."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from pipeline.errors import TranscriptError
from pipeline.records import Role, Utterance, Word


class _SidecarWord(BaseModel):
    model_config = ConfigDict(extra="ignore")

    text: str
    start: float
    end: float
    probability: float | None = None


class _SidecarTurn(BaseModel):
    model_config = ConfigDict(extra="ignore")

    start: float
    end: float
    text: str
    role: Role | None = None
    channel: int | None = None
    speaker: str | None = None
    words: list[_SidecarWord] = []

    @model_validator(mode="after")
    def _forward(self) -> _SidecarTurn:
        if self.start < 0 or self.end < self.start:
            msg = f"start {self.start:g} 与 end {self.end:g} 不是先后两个时刻"
            raise ValueError(msg)
        return self


class _Sidecar(BaseModel):
    model_config = ConfigDict(extra="ignore")

    turns: list[_SidecarTurn]


def recognises(data: Any) -> bool:
    """Whether a JSON document is of this format."""
    return isinstance(data, dict) and isinstance(data.get("turns"), list)


def read(data: Any) -> tuple[Utterance, ...]:
    """Its utterances, in order; ``TranscriptError`` names the turn that cannot be read."""
    try:
        sidecar = _Sidecar.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise TranscriptError(f"转写的 {where} 不能读：{message}") from error
    return tuple(_utterance(turn) for turn in sorted(sidecar.turns, key=lambda t: (t.start, t.end)))


def _utterance(turn: _SidecarTurn) -> Utterance:
    return Utterance(
        start=turn.start,
        end=turn.end,
        text=turn.text,
        words=tuple(Word(w.text, w.start, w.end, w.probability) for w in turn.words),
        role=None if turn.role is Role.UNKNOWN else turn.role,
        channel=turn.channel,
        speaker=turn.speaker,
    )
