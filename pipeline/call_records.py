"""What is known of a call besides its sound: ``calls.csv``, the sidecar, the file's name."""

from __future__ import annotations

import csv
import difflib
import io
import json
from dataclasses import dataclass, field, fields
from datetime import datetime, tzinfo
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigurationError, RecordingError
from pipeline.records import CallRecord, Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.settings import FileNameSettings, Settings

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
EARLIEST, LATEST = 1990, 2100
"""Years in which a call can have been."""
LONGEST = 24 * 3600.0
"""Seconds: a longer call is one in milliseconds, or a slip."""
_TIMES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y%m%d-%H%M%S",
    "%Y-%m-%d-%H-%M-%S",
)


def first_of(*records: CallRecord) -> CallRecord:
    """Field by field the first that is known."""
    known = {
        f.name: next((v for r in records if (v := getattr(r, f.name)) is not None), None)
        for f in fields(CallRecord)
    }
    return CallRecord(**known)


_UNKNOWN = CallRecord()


@dataclass(frozen=True)
class Row:
    """What ``calls.csv`` says of a file, or why its line cannot be read."""

    record: CallRecord = _UNKNOWN
    fault: str = ""


@dataclass
class Table:
    """What ``calls.csv`` holds: the rows by file, and the calls of which there is no recording."""

    rows: dict[str, Row] = field(default_factory=dict)
    unrecorded: list[CallRecord] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_calls(path: Path, zone: tzinfo) -> Table:
    """The call records of ``calls.csv``; none where there is no such file."""
    table = Table()
    if not path.is_file():
        return table
    reader = csv.DictReader(io.StringIO(_decoded(path), newline=""), restkey="_more")
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or []]
    _check_columns(reader.fieldnames, path)
    try:
        for row in reader:
            _add(table, row, f"{CALLS_CSV} 第 {reader.line_num} 行", zone)
    except csv.Error as error:
        message = f"cannot be read as CSV: {error}"
        raise ConfigurationError(message, path=path, line=reader.line_num) from error
    return table


def _add(table: Table, row: Mapping[str, Any], where: str, zone: tzinfo) -> None:
    """One line of the table; a line that cannot be read becomes the fault of its file.

    A line without a file is a call of which there is no recording: unanswered, or not recorded.
    """
    rows = table.rows
    file = str(PurePosixPath((row.get("file") or "").strip().replace("\\", "/") or "."))
    values = {k: v for k, v in row.items() if k not in {"file", "_more"}}
    try:
        read = Row(record_of(values, zone))
    except ValueError as error:
        read = Row(fault=f"{where}：{error}")
    if any("\n" in str(v) for v in (file, *values.values())):
        read = Row(fault=f"{where}：一个引号没有闭合，后面的行连在了一起")
    if file == ".":
        if read.fault:
            table.faults.append(read.fault)
        elif read.record.started_at is not None:
            table.unrecorded.append(read.record)
        return
    rows[file] = Row(fault=f"{where}：{file} 出现了两次") if file in rows else read


def _check_columns(columns: Sequence[str], path: Path) -> None:
    """A column that looks like a misspelt one is an error; other columns are somebody else's."""
    known = ["file", *(f.name for f in fields(CallRecord))]
    if "file" not in columns:
        there = ", ".join(columns)
        message = (
            f"no column 'file' among: {there}. Expected commas between columns, and some of "
            f"{', '.join(known)}"
        )
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
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigurationError("is UTF-16 text; save it as UTF-8 or GB18030", path=path)
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
    """A clock time in any of the usual forms, in ``zone``; ``ValueError`` outside 1990 to 2100."""
    at = _parsed(value)
    if at is None or not EARLIEST <= at.year <= LATEST:
        raise ValueError(value)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(zone)


def _parsed(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        pass
    for form in _TIMES:
        try:
            return datetime.strptime(value, form)  # noqa: DTZ007  the caller gives it its zone
        except ValueError:
            continue
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


def _seconds(value: str) -> float:
    seconds = float(value)
    if not 0 <= seconds <= LONGEST:
        raise ValueError(value)
    return seconds


def _number(value: str, *, least: int) -> int:
    number = float(value)
    if number != int(number) or number < least:
        raise ValueError(value)
    return int(number)


def _text(value: str, _zone: tzinfo) -> str:
    return value


_READERS: dict[str, Callable[[str, tzinfo], Any]] = {
    **dict.fromkeys(("call_id", "agent_id", "agent_name", "team", "customer", "queue"), _text),
    "direction": lambda v, _: _DIRECTIONS[v.lower()],
    "started_at": _time,
    "ended_by": lambda v, _: _ENDED_BY[v.lower()],
    "ring_seconds": lambda v, _: _seconds(v),
    "answered": lambda v, _: _yes(v),
    "transferred": lambda v, _: _yes(v),
    "agent_channel": lambda v, _: _channel(v),
    "duration": lambda v, _: _seconds(v),
    "channels": lambda v, _: _number(v, least=1),
}
_EXPECTED = {
    "direction": "应为 inbound、outbound 或 callback",
    "started_at": "应为 2026-11-20T09:15:00+08:00 这样的时间",
    "ended_by": "应为 agent、customer、system 或空",
    "answered": "应为 1 或 0",
    "transferred": "应为 1 或 0",
    "agent_channel": "应为 left、right 或从 0 起的序号",
    "ring_seconds": "应为 0 到 86400 之间的秒数",
    "duration": "应为 0 到 86400 之间的秒数",
    "channels": "应为 1、2 这样的整数",
}


def sidecar_record(path: Path, zone: tzinfo) -> CallRecord:
    """The ``call`` object of a sidecar; a sidecar that is no JSON fails its recording."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError, RecursionError) as error:
        raise RecordingError(f"旁边的转写 {path.name} 不是有效的 JSON：{error}") from error
    call = data.get("call", {}) if isinstance(data, dict) else {}
    if not isinstance(call, dict):
        raise RecordingError(f"旁边的转写 {path.name} 里的 call 应是一个对象")
    try:
        return record_of(call, zone)
    except ValueError as error:
        raise RecordingError(f"旁边的转写 {path.name}：{error}") from error


def name_pattern(settings: FileNameSettings) -> Callable[[str], Mapping[str, str]]:
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


def named_record(
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
