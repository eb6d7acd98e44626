"""``callqa.toml`` as one frozen ``Settings``; an unknown key is an error with file and line.

Every default has its reason beside it.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    PrivateAttr,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.records import DEFAULT_ZONE, CallRecord
from pipeline.resources import not_rules
from pipeline.yamlfile import Location, Strict, validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAME = "callqa.toml"


def _beside(value: str, info: ValidationInfo) -> Path:
    """A path as it is meant in the file it stands in: from that file's folder on."""
    path = Path(value).expanduser()
    file: Path | None = (info.context or {}).get("path")
    return path if file is None else file.absolute().parent / path


class AsrSettings(Strict):
    """The speech recogniser."""

    backend: str = "whisper"
    # Turbo where there is a GPU, what the processor can carry in a night otherwise; chosen at the
    # first run over an output folder and kept for it.
    model: str = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    # Beams correct greedy slips on homophones for about a third more time.
    beam_size: PositiveInt = 5
    # Windows decoded at once; more only helps a GPU.
    batch_size: PositiveInt = 8
    # Clips of a side that share a window. Its cost grows faster than its length, and with few clips
    # in it little is lost where Whisper stops early; a shorter one lacks what was said around.
    window_seconds: float = Field(default=20.0, gt=1.0, le=29.0)
    # Tried one after the other where a text is unlikely or goes in circles: Whisper's own ladder.
    temperatures: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8, 1.0)
    # Told to Whisper beforehand, and it goes on in this style. Off: marks and simplified characters
    # are set afterwards, and on human voices any prompt costs a quarter more character errors.
    prompt: str = ""
    # Names of the rubric's organisation are told with a prompt, so that they are written as they are.
    prompt_names: bool = True
    # Calls heard at once by one model: 0 takes as many as the machine has cores, four at most, for
    # each call keeps a core busy and more only costs memory.
    calls: int = Field(default=0, ge=0)
    # Threads for each of them; 0 takes the machine's cores divided by the calls and the jobs.
    threads: int = Field(default=0, ge=0)
    # Where backend = "http" finds its server: "http://asr-server:8000/v1". Unset: there is none.
    url: str = ""
    # Its key, or "env:NAME": the key is in that variable, and not in this file. Unset: it needs none.
    api_key: SecretStr | None = None
    # Requests under way at once, of each process: servers batch a few, and more only wait there.
    requests: int = Field(default=4, ge=1, le=256)
    # For one answer: a busy server queues a few windows of 28 s, each of them seconds on a CPU.
    timeout_seconds: PositiveFloat = 120.0
    # After 1, 2, 4, 8 and 16 s: by then a server that was restarted is there again.
    retries: int = Field(default=5, ge=0, le=20)

    @field_validator("model")
    @classmethod
    def _a_folder_beside(cls, value: str, info: ValidationInfo) -> str:
        """A path where it leads to a folder; else a name, of a model here, of the hub, of a server."""
        written_as_path = "/" in value or value.startswith((".", "~"))
        if info.data.get("backend") == "http" or not written_as_path:
            return value
        folder = _beside(value, info)
        return str(folder) if folder.is_dir() else value

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = tr(
                "{value!r} is no address of a server; expected http://host:8000/v1", value=value
            )
            raise ValueError(msg)
        if parts.username or parts.password or parts.query or parts.fragment:
            msg = tr(
                "has more than host and path; expected http://host:8000/v1, and the key as api_key"
            )
            raise ValueError(msg)
        return value


class SpeechSettings(Strict):
    """Voice activity on one channel (Silero), without padding."""

    # Of 94 sides of fixture calls talk time was off by 0.9 % at these, and at Silero's own operating
    # points, 0.5 and 0.35, too, once the fundamental is restored that a telephone line cuts off;
    # starts came over 0.2 s late in 3.2 and 3.5 %. Without it 0.5 loses half of some men's speech, and
    # of 14 human recordings through a telephone's band a third of what the wide band shows.
    threshold: float = Field(default=0.4, gt=0, lt=1)
    end_threshold: float = Field(default=0.2, gt=0, lt=1)
    # 嗯 lasts about 0.15 s; a shorter burst is a click.
    shortest_speech: PositiveFloat = 0.1
    # A pause of 0.2 s is one (DESIGN, rate_voiced); shorter ones lie inside words.
    shortest_pause: PositiveFloat = 0.2
    # Speech that no words were recognised in counts as talk from this length on: a real Whisper
    # writes nothing for every third 嗯; a shorter burst is a click or a breath.
    shortest_unrecognised: PositiveFloat = 0.25
    # An ONNX model of voices (speaker embedding) that tells the two apart in a mono mix by
    # sherpa-onnx, an optional extra; unset: by callqa's own voice features.
    voice_model: str = ""

    @field_validator("voice_model")
    @classmethod
    def _file_beside(cls, value: str, info: ValidationInfo) -> str:
        return str(_beside(value, info)) if value else ""


class CallSettings(Strict):
    """How a conversation is put together."""

    # One side's speech is one turn over pauses shorter than this (DESIGN).
    turn_gap: PositiveFloat = 0.7
    # "left", "right" or a number from 0; unset: by the phone system's convention where it is known,
    # else found by who says the norm's phrases.
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


Vendor = Literal["callqa", "asterisk", "freepbx", "issabel", "freeswitch", "genesys"]
_PHONE_SYSTEMS: dict[Vendor, str] = {
    **dict.fromkeys(("asterisk", "freepbx", "issabel"), "asterisk"),
    "freeswitch": "freeswitch",
}
_TABLES = (".csv", ".jsonl", ".ndjson", ".json", ".parquet")
_COLUMNS = ("file", *(f.name for f in fields(CallRecord)))


def _field(name: str) -> str:
    if name not in _COLUMNS:
        msg = tr("no field {name!r}; there are {known}", name=name, known=", ".join(_COLUMNS))
        raise ValueError(msg)
    return name


class CallRecordSettings(Strict):
    """Where call records come from besides ``calls.csv``, and how they are written."""

    # Another table, relative to the recordings' folder; read by its suffix. Unset: none.
    file: Path | None = None
    # Whose columns `file` and `query` have; calls.csv has callqa's own.
    vendor: Vendor = "callqa"
    # An SQLAlchemy URL, or "env:NAME": the URL is in that variable, and no password in this file.
    database: SecretStr | None = None
    # Each row of its result is a call record.
    query: str = ""
    # Longer than any query that has an index, shorter than the night.
    query_seconds: PositiveInt = 300
    # Further ways to write `started_at` (strptime), tried before the usual ones.
    time_formats: tuple[str, ...] = ()
    # The phone system of all calls. Unset: the vendor's, else what a recording's name tells.
    pbx: Literal["asterisk", "freeswitch"] | None = None
    # Our field = the table's column, over the vendor's.
    columns: dict[Annotated[str, AfterValidator(_field)], str] = Field(default_factory=dict)
    _places: tuple[Path | None, Mapping[Location, int]] = PrivateAttr(default=(None, {}))

    @field_validator("file")
    @classmethod
    def _readable(cls, value: Path | None) -> Path | None:
        if value is not None and value.suffix.lower() not in _TABLES:
            msg = tr(
                "cannot read {kind}; expected {known}",
                kind=value.suffix or tr("a file without suffix"),
                known=", ".join(_TABLES),
            )
            raise ValueError(msg)
        return value

    @field_validator("time_formats")
    @classmethod
    def _formats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for form in value:
            try:
                datetime.strptime(_MOMENT.strftime(form), form)  # noqa: DTZ007  only tried
            except ValueError as error:
                msg = tr("{form!r} is no time format: {error}", form=form, error=error)
                raise ValueError(msg) from error
        return value

    @model_validator(mode="after")
    def _together(self) -> CallRecordSettings:
        if bool(self.database) != bool(self.query.strip()):
            msg = tr("database and query go together: where the call records are, and which")
            raise ValueError(msg)
        return self

    def model_post_init(self, context: Any, /) -> None:
        """Remember the file and its lines, for what is found wrong only when it is used."""
        if context is not None:
            self._places = (context["path"], context["lines"])

    @property
    def phone_system(self) -> str | None:
        """``asterisk``, ``freeswitch`` or not known."""
        return self.pbx or _PHONE_SYSTEMS.get(self.vendor)

    def wrong(self, key: str, message: str) -> ConfigurationError:
        """An error about one of these keys, with the settings' file and line."""
        path, lines = self._places
        at: Location = ("call_records", *key.split("."))
        while at and at not in lines:
            at = at[:-1]
        text = f"call_records.{key}: {message}"
        return ConfigurationError(text, path=path, line=lines.get(at))


def _list(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}"


_MOMENT = datetime(2026, 11, 20, 9, 15)  # noqa: DTZ001  only tried


class Settings(Strict):
    """Everything that can be set. Paths are from the folder of the file that they stand in on."""

    # A name, or the path of a rubric's .yml.
    rubric: str = "gas-hotline"
    # A folder of the house's own rubrics, rules and lists; a file in it takes the place of the packaged
    # one of its name. Unset: the packaged ones.
    rules: Path | None = None
    timezone: str = DEFAULT_ZONE
    # Keys the hash that stands for a customer's number in the output.
    customer_key: str = "callqa"
    asr: AsrSettings = AsrSettings()
    speech: SpeechSettings = SpeechSettings()
    call: CallSettings = CallSettings()
    file_name: FileNameSettings = FileNameSettings()
    call_records: CallRecordSettings = CallRecordSettings()
    # The shifts of the duty desk's norm; a call in none of them has no shift.
    shifts: tuple[ShiftSettings, ...] = (
        ShiftSettings.model_validate({"name": "白班", "from": "08:00", "to": "17:00"}),
        ShiftSettings.model_validate({"name": "夜班", "from": "19:00", "to": "03:00"}),
    )

    @field_validator("rubric")
    @classmethod
    def _rubric_beside(cls, value: str, info: ValidationInfo) -> str:
        return str(_beside(value, info)) if value.endswith(".yml") else value

    @field_validator("rules")
    @classmethod
    def _rules_beside(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        """Looked into where it is written; what is remembered is looked into when it is used."""
        if value is None or info.context is None:
            return value
        folder = _beside(str(value), info)
        if wrong := not_rules(folder):
            raise ValueError(wrong)
        return folder

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            msg = tr(
                "{value!r} is no time zone; expected a name such as Asia/Shanghai", value=value
            )
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
        raise ConfigurationError(
            tr("cannot be read: {error}", error=error.strerror), path=path
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(tr("is not UTF-8 text"), path=path) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        at = int(line[1]) if line else None
        raise ConfigurationError(
            tr("not valid TOML: {problem}", problem=error), path=path, line=at
        ) from error
    lines = dict(_lines(text))
    return validate(Settings, data, lines, path, context={"path": path, "lines": lines})


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
