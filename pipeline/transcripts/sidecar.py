"""callqa's own transcript: ``{"call": {…}, "turns": [{"role", "start", "end", "text", "words"}]}``."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import TranscriptError
from pipeline.records import Role, Utterance, Word

LONGEST = 24 * 3600.0
"""Seconds: a time beyond a day is one in milliseconds, or a slip."""

_ROLES = {"客服": "agent", "坐席": "agent", "客户": "customer"}
_CHANNELS = {"left": 0, "right": 1, "左": 0, "右": 1}


def _role(value: Any) -> Any:
    """A role however it is written."""
    return _ROLES.get(value, value.lower()) if isinstance(value, str) else value


def _channel(value: Any) -> Any:
    return _CHANNELS.get(value.lower(), value) if isinstance(value, str) else value


Time = Annotated[float, Field(ge=0, le=LONGEST, allow_inf_nan=False)]


class _SidecarWord(BaseModel):
    model_config = ConfigDict(extra="ignore")

    text: str
    start: Time
    end: Time
    probability: float | None = Field(default=None, allow_inf_nan=False)


class _SidecarTurn(BaseModel):
    model_config = ConfigDict(extra="ignore")

    start: Time
    end: Time
    text: str
    role: Annotated[Role | None, BeforeValidator(_role)] = None
    channel: Annotated[int | None, BeforeValidator(_channel)] = None
    speaker: Annotated[str | None, Field(coerce_numbers_to_str=True)] = None
    words: list[_SidecarWord] = []

    @model_validator(mode="after")
    def _forward(self) -> _SidecarTurn:
        if self.end < self.start:
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
        words=tuple(
            Word(w.text.strip(), w.start, w.end, w.probability)
            for w in turn.words
            if w.text.strip() and w.start <= w.end
        ),
        role=None if turn.role is Role.UNKNOWN else turn.role,
        channel=turn.channel,
        speaker=turn.speaker,
    )
