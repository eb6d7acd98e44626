"""``callqa.toml`` as one frozen ``Settings``; an unknown key is an error with file and line.

Every default has its reason beside it.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, PositiveFloat, PositiveInt, field_validator

from pipeline.errors import ConfigurationError
from pipeline.records import DEFAULT_ZONE
from pipeline.yamlfile import Location, Strict, validate

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "callqa.toml"


class AsrSettings(Strict):
    """The speech recogniser."""

    backend: str = "whisper"
    # Turbo hears Chinese nearly as well as large-v3 at a quarter of its decoder.
    model: str = "large-v3-turbo"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    # Beams correct greedy slips on homophones for about a third more time.
    beam_size: PositiveInt = 5
    # Clips decoded at once; more only helps a GPU.
    batch_size: PositiveInt = 8
    # Whisper's window is 30 s; a longer clip would be cut inside a word.
    clip_seconds: float = Field(default=28.0, gt=1.0, le=30.0)
    # Threads of one model; 0 takes the machine's cores divided by the jobs.
    threads: int = Field(default=0, ge=0)


class SpeechSettings(Strict):
    """Voice activity on one channel (Silero), without padding."""

    # Silero's own operating points: speech begins above 0.5 and ends below 0.35.
    threshold: float = Field(default=0.5, gt=0, lt=1)
    end_threshold: float = Field(default=0.35, gt=0, lt=1)
    # 嗯 lasts about 0.15 s; a shorter burst is a click.
    shortest_speech: PositiveFloat = 0.1
    # A pause of 0.2 s is one (DESIGN, rate_voiced); shorter ones lie inside words.
    shortest_pause: PositiveFloat = 0.2


class CallSettings(Strict):
    """How a conversation is put together."""

    # One side's speech is one turn over pauses shorter than this (DESIGN).
    turn_gap: PositiveFloat = 0.7
    # "left", "right" or a number from 0; unset: found by who says the norm's phrases.
    agent_channel: int | None = None

    @field_validator("agent_channel", mode="before")
    @classmethod
    def _side(cls, value: Any) -> Any:
        return {"left": 0, "right": 1}.get(value, value) if isinstance(value, str) else value


class ShiftSettings(Strict):
    """A shift by the clock, ``[starts, ends)``; one that ends before it starts crosses midnight."""

    name: str
    starts: time = Field(alias="from")
    ends: time = Field(alias="to")

    def holds(self, at: time) -> bool:
        """Whether a call that begins ``at`` is in it."""
        if self.starts <= self.ends:
            return self.starts <= at < self.ends
        return at >= self.starts or at < self.ends


class FileNameSettings(Strict):
    """What a recording's name tells of the call."""

    # A regular expression (RE2) with named groups: call_id, agent_id, customer, direction, started_at.
    pattern: str = ""
    # How `started_at` is written in it (strptime).
    time_format: str = "%Y%m%d-%H%M%S"


class Settings(Strict):
    """Everything that can be set; ``path`` is where it was read, None for the defaults."""

    rubric: str = "gas-hotline"
    timezone: str = DEFAULT_ZONE
    # Keys the hash that stands for a customer's number in the output.
    customer_key: str = "callqa"
    asr: AsrSettings = AsrSettings()
    speech: SpeechSettings = SpeechSettings()
    call: CallSettings = CallSettings()
    file_name: FileNameSettings = FileNameSettings()
    # The shifts of the duty desk's norm; a call in none of them has no shift.
    shifts: tuple[ShiftSettings, ...] = (
        ShiftSettings.model_validate({"name": "白班", "from": "08:00", "to": "17:00"}),
        ShiftSettings.model_validate({"name": "夜班", "from": "19:00", "to": "03:00"}),
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            msg = f"{value!r} is no time zone; expected a name such as Asia/Shanghai"
            raise ValueError(msg) from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The zone of clock times that carry none."""
        return ZoneInfo(self.timezone)

    def shift_of(self, at: datetime | None) -> str:
        """The name of the first shift in which a call begins; empty where there is none."""
        if at is None:
            return ""
        clock = at.astimezone(self.zone).time()
        return next((shift.name for shift in self.shifts if shift.holds(clock)), "")


def find_settings(folder: Path, explicit: Path | None) -> Path | None:
    """The settings file to read: the one named, the recordings' own, the current folder's, none."""
    if explicit is not None:
        return explicit
    return next((p for p in (folder / NAME, Path.cwd() / NAME) if p.is_file()), None)


def load_settings(path: Path | None) -> Settings:
    """The settings in ``path``, or the defaults for None.

    Raises ``ConfigurationError`` with file and line for bad TOML, an unknown key and a bad value.
    """
    if path is None:
        return Settings()
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", path=path) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError("is not UTF-8 text", path=path) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        at = int(line[1]) if line else None
        raise ConfigurationError(f"not valid TOML: {error}", path=path, line=at) from error
    return validate(Settings, data, dict(_lines(text)), path)


def _lines(text: str) -> Iterator[tuple[Location, int]]:
    """Where each table and key stands: ``tomllib`` itself does not tell."""
    table: Location = ()
    arrays: Counter[str] = Counter()
    yield (), 1
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*(\[\[?)([\w.-]+)\]", line):
            table = tuple(header[2].split("."))
            if header[1] == "[[":
                yield table, number
                table = (*table, arrays[header[2]])
                arrays[header[2]] += 1
            yield table, number
        elif key := re.match(r"\s*([\w-]+)\s*=", line):
            yield (*table, key[1]), number
