"""Find the recordings in a folder, their identity, and what is known of each call."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
from collections import Counter
from dataclasses import dataclass, fields, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigurationError, RecordingError
from pipeline.records import CallRecord, Direction, Failure, Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pipeline.settings import FileNameSettings, Settings

AUDIO = {
    *(".wav", ".mp3", ".m4a", ".aac", ".ogg", ".opus", ".oga", ".flac", ".amr", ".awb", ".3gp"),
    *(".wma", ".asf", ".gsm", ".mp4", ".mkv", ".webm", ".mov", ".ulaw", ".alaw", ".au"),
}
"""What counts as a recording by its name; what is inside decides how it is read."""

CALLS_CSV = "calls.csv"
FILE_NAMES = (
    # Asterisk / FreePBX / Issabel: in-8008-13800000001-20261118-091500-1763428500.12.wav
    (
        r"(?P<direction>in|out|external|internal|q|rg)-(?P<agent_id>\w+)-(?P<customer>\+?\d+)-"
        r"(?P<started_at>\d{8}-\d{6})-(?P<call_id>[\d.]+)"
    ),
    # FreeSWITCH: 2026-11-18-09-15-00_13800000001_8008.wav
    r"(?P<started_at>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)_(?P<customer>\+?\d+)_(?P<agent_id>\w+)",
)
_DIRECTIONS = {
    **dict.fromkeys(("in", "inbound", "q", "rg", "呼入", "来电"), Direction.INBOUND),
    **dict.fromkeys(("out", "outbound", "external", "呼出", "外呼"), Direction.OUTBOUND),
    **dict.fromkeys(("callback", "回访", "回拨"), Direction.CALLBACK),
}
_ENDED_BY = {
    **dict.fromkeys(("agent", "坐席", "客服"), "agent"),
    **dict.fromkeys(("customer", "caller", "客户"), "customer"),
    **dict.fromkeys(("system", "系统"), "system"),
}
_TIMES = ("%Y%m%d-%H%M%S", "%Y-%m-%d-%H-%M-%S", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a folder holds: the recordings to judge and the files that cannot be used."""

    recordings: tuple[Recording, ...]
    failures: tuple[Failure, ...]


def find_recordings(folder: Path, settings: Settings) -> Found:
    """Every recording below ``folder``, in the order of its path; copies are listed, not doubled.

    Raises ``ConfigurationError`` where ``calls.csv`` or the file-name pattern is wrong.
    """
    rows = _read_calls(folder / CALLS_CSV, settings.zone)
    pattern = _name_pattern(settings.file_name)
    recordings: dict[str, Recording] = {}
    failures = []
    for path in _candidates(folder):
        file = path.relative_to(folder).as_posix()
        try:
            recording = _recording(path, file, rows.pop(file, _Row()), pattern, settings)
        except RecordingError as error:
            failures.append(failure(file, error))
            continue
        first = recordings.get(recording.content_id)
        if first is not None:
            message = f"内容与 {first.file} 完全相同，只评一次"
            failures.append(Failure(file=file, stage="ingest", error="Duplicate", message=message))
        else:
            recordings[recording.content_id] = recording
    for file in rows:
        message = f"{CALLS_CSV} 里有这一行，但文件夹里没有这个文件"
        failures.append(Failure(file=file, stage="ingest", error="Missing", message=message))
    return Found(recordings=_distinct(recordings.values()), failures=tuple(failures))


def failure(file: str, error: RecordingError) -> Failure:
    """The row that lists a recording which cannot be used."""
    return Failure(file=file, stage=error.stage, error=type(error).__name__, message=str(error))


def _distinct(found: Iterable[Recording]) -> tuple[Recording, ...]:
    """Two different recordings under one call id: each gets its content behind it."""
    recordings = list(found)
    seen = Counter(recording.record.call_id for recording in recordings)
    return tuple(
        replace(r, record=replace(r.record, call_id=f"{r.record.call_id}-{r.content_id[:6]}"))
        if seen[r.record.call_id] > 1
        else r
        for r in recordings
    )


def _candidates(folder: Path) -> Iterator[Path]:
    """Audio files, and transcripts that stand alone."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    stems = {p.with_suffix("") for p in files if p.suffix.lower() in AUDIO}
    for path in files:
        suffix = path.suffix.lower()
        if suffix in AUDIO or (suffix == ".json" and path.with_suffix("") not in stems):
            yield path


def _recording(
    path: Path,
    file: str,
    row: _Row,
    pattern: Callable[[str], Mapping[str, str]],
    settings: Settings,
) -> Recording:
    if row.fault:
        raise RecordingError(row.fault)
    audio = path.suffix.lower() in AUDIO
    sidecar = path.with_suffix(".json") if audio else path
    transcript = sidecar if sidecar.is_file() else None
    told = _sidecar_record(transcript, settings.zone) if transcript else CallRecord()
    named = _named_record(path.stem, pattern, settings)
    record = _first_of(row.record, told, named, CallRecord(call_id=path.stem))
    if record.started_at is None:
        modified = datetime.fromtimestamp(path.stat().st_mtime, settings.zone)
        record = replace(record, started_at=modified.replace(microsecond=0))
    record = replace(record, direction=record.direction or Direction.INBOUND)
    return Recording(
        file=file,
        path=str(path.resolve()),
        content_id=_content_id(path),
        record=record,
        audio=audio,
        transcript_path=str(transcript.resolve()) if transcript else None,
    )


def _content_id(path: Path) -> str:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if path.stat().st_size == 0:
        raise RecordingError("文件是空的（0 字节）")
    return digest


def _first_of(*records: CallRecord) -> CallRecord:
    """Field by field the first that is known."""
    known = {
        f.name: next((v for r in records if (v := getattr(r, f.name)) is not None), None)
        for f in fields(CallRecord)
    }
    return CallRecord(**known)


_UNKNOWN = CallRecord()


@dataclass(frozen=True)
class _Row:
    """What ``calls.csv`` says of a file, or why its line cannot be read."""

    record: CallRecord = _UNKNOWN
    fault: str = ""


def _read_calls(path: Path, zone: tzinfo) -> dict[str, _Row]:
    """The rows of ``calls.csv`` by file."""
    if not path.is_file():
        return {}
    reader = csv.DictReader(io.StringIO(_decoded(path), newline=""))
    _check_columns(reader.fieldnames or [], path)
    rows: dict[str, _Row] = {}
    for row in reader:
        file = (row.get("file") or "").strip().replace("\\", "/")
        if not file:
            continue
        where = f"{CALLS_CSV} 第 {reader.line_num} 行"
        try:
            values = {k: v for k, v in row.items() if k and k != "file"}
            read = _Row(record_of(values, zone))
        except ValueError as error:
            read = _Row(fault=f"{where}：{error}")
        rows[file] = _Row(fault=f"{where}：{file} 出现了两次") if file in rows else read
    return rows


def _check_columns(columns: Sequence[str], path: Path) -> None:
    """A column that looks like a misspelt one is an error; other columns are somebody else's."""
    known = ["file", *(f.name for f in fields(CallRecord))]
    if "file" not in columns:
        message = f"no column 'file'; expected some of {', '.join(known)}"
        raise ConfigurationError(message, path=path, line=1)
    for column in columns:
        if column in known:
            continue
        if close := difflib.get_close_matches(column, known, n=1, cutoff=0.8):
            message = f"unknown column {column!r}; did you mean {close[0]!r}?"
            raise ConfigurationError(message, path=path, line=1)


def _decoded(path: Path) -> str:
    """UTF-8 with or without BOM, else GB18030, as Chinese spreadsheets write it."""
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigurationError("neither UTF-8 nor GB18030 text", path=path)


def record_of(values: Mapping[str, Any], zone: tzinfo) -> CallRecord:
    """A call record out of texts (or JSON values); empty is not known.

    Raises ``ValueError`` that names the field and what was expected.
    """
    known: dict[str, Any] = {}
    for name, value in values.items():
        if name not in _READERS or value is None or str(value).strip() == "":
            continue
        try:
            known[name] = _READERS[name](str(value).strip(), zone)
        except (ValueError, KeyError) as error:
            msg = f"{name}: {value!r} 不能读；{_EXPECTED.get(name, '应为一个数')}"
            raise ValueError(msg) from error
    return CallRecord(**known)


def _time(value: str, zone: tzinfo) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        at = next(t for f in _TIMES if (t := _strptime(value, f)) is not None)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(zone)


def _strptime(value: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(value, form)  # noqa: DTZ007  the caller gives it its zone
    except ValueError:
        if form == _TIMES[-1]:
            raise
        return None


def _yes(value: str) -> bool:
    return {"1": True, "true": True, "yes": True, "是": True}.get(value.lower()) or {
        "0": False,
        "false": False,
        "no": False,
        "否": False,
    }[value.lower()]


def _channel(value: str) -> int:
    channel = {"left": 0, "右": 1, "right": 1, "左": 0}.get(value.lower())
    number = int(value) if channel is None else channel
    if number < 0:
        raise ValueError(value)
    return number


def _text(value: str, _zone: tzinfo) -> str:
    return value


_READERS: dict[str, Callable[[str, tzinfo], Any]] = {
    **dict.fromkeys(("call_id", "agent_id", "agent_name", "team", "customer", "queue"), _text),
    "direction": lambda v, _: _DIRECTIONS[v.lower()],
    "started_at": _time,
    "ended_by": lambda v, _: _ENDED_BY[v.lower()],
    "ring_seconds": lambda v, _: float(v),
    "answered": lambda v, _: _yes(v),
    "agent_channel": lambda v, _: _channel(v),
    "duration": lambda v, _: float(v),
    "channels": lambda v, _: int(v),
}
_EXPECTED = {
    "direction": "应为 inbound、outbound 或 callback",
    "started_at": "应为 2026-11-20T09:15:00+08:00 这样的时间",
    "ended_by": "应为 agent、customer、system 或空",
    "answered": "应为 1 或 0",
    "agent_channel": "应为 left、right 或从 0 起的序号",
}


def _sidecar_record(path: Path, zone: tzinfo) -> CallRecord:
    """The ``call`` object of a sidecar; a sidecar that is no JSON fails its recording."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError) as error:
        raise RecordingError(f"旁边的转写 {path.name} 不是有效的 JSON：{error}") from error
    call = data.get("call", {}) if isinstance(data, dict) else {}
    if not isinstance(call, dict):
        raise RecordingError(f"旁边的转写 {path.name} 里的 call 应是一个对象")
    try:
        return record_of(call, zone)
    except ValueError as error:
        raise RecordingError(f"旁边的转写 {path.name}：{error}") from error


def _name_pattern(settings: FileNameSettings) -> Callable[[str], Mapping[str, str]]:
    """A function from a file's stem to the fields its name gives."""
    import re2

    own = [settings.pattern] if settings.pattern else []
    try:
        patterns = [re2.compile(p) for p in (*own, *FILE_NAMES)]
    except re2.error as error:
        raise ConfigurationError(f"file_name.pattern: {error}") from error
    for name in patterns[0].groupindex if own else ():
        if name not in _READERS:
            raise ConfigurationError(
                f"file_name.pattern: no field {name!r}; there are {', '.join(_READERS)}"
            )

    def read(stem: str) -> Mapping[str, str]:
        for pattern in patterns:
            if match := pattern.fullmatch(stem):
                return {k: v for k, v in match.groupdict().items() if v}
        return {}

    return read


def _named_record(
    stem: str, pattern: Callable[[str], Mapping[str, str]], settings: Settings
) -> CallRecord:
    """What a name tells; a part that cannot be read is not known."""
    values = dict(pattern(stem))
    at = values.get("started_at")
    if at and settings.file_name.pattern and (own := _own_time(at, settings)):
        values["started_at"] = own.isoformat()
    try:
        return record_of(values, settings.zone)
    except ValueError:
        return CallRecord()


def _own_time(value: str, settings: Settings) -> datetime | None:
    try:
        at = datetime.strptime(value, settings.file_name.time_format)  # noqa: DTZ007  zone below
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=settings.zone)
