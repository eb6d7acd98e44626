"""Find the recordings in a folder, their identity, and what is known of each call."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pipeline.call_records import (
    CALLS_CSV,
    Row,
    first_of,
    name_pattern,
    named_record,
    read_calls,
    sidecar_record,
)
from pipeline.errors import RecordingError
from pipeline.records import CallRecord, Direction, Failure, Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pipeline.settings import Settings

AUDIO = {
    *(".wav", ".mp3", ".m4a", ".aac", ".ogg", ".opus", ".oga", ".flac", ".amr", ".awb", ".3gp"),
    *(".wma", ".asf", ".gsm", ".mp4", ".mkv", ".webm", ".mov", ".ulaw", ".alaw", ".au"),
}
"""What counts as a recording by its name; what is inside decides how it is read."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a folder holds: the recordings to judge and the files that cannot be used."""

    recordings: tuple[Recording, ...]
    failures: tuple[Failure, ...]
    unrecorded: tuple[CallRecord, ...] = ()
    """Calls that the call records know and of which there is no recording."""


def find_recordings(folder: Path, settings: Settings, leave_out: Path | None = None) -> Found:
    """Every recording below ``folder``, in the order of its path; copies are listed, not doubled.

    ``leave_out`` is a folder that may lie inside and holds none: the output. Raises
    ``ConfigurationError`` where ``calls.csv`` or the file-name pattern is wrong.
    """
    table = read_calls(folder / CALLS_CSV, settings.zone)
    rows = table.rows
    stems = _by_stem(rows)
    pattern = name_pattern(settings.file_name)
    recordings: dict[str, Recording] = {}
    failures = []
    for path in _candidates(folder, leave_out):
        file = path.relative_to(folder).as_posix()
        try:
            recording = _recording(path, file, _row_of(rows, stems, file), pattern, settings)
        except RecordingError as error:
            failures.append(failure(file, error))
            continue
        except Exception as error:  # noqa: BLE001  one file's fault must not stop the night
            failures.append(unexpected(file, "ingest", error))
            continue
        first = recordings.get(recording.content_id)
        if first is not None:
            message = f"内容与 {first.file} 完全相同，只评一次"
            failures.append(Failure(file=file, stage="ingest", error="Duplicate", message=message))
        else:
            recordings[recording.content_id] = recording
    for file, row in rows.items():
        if row.record.answered is False and row.record.started_at is not None:
            table.unrecorded.append(row.record)
            continue
        message = row.fault or f"{CALLS_CSV} 里有这一行，但文件夹里没有这个文件"
        failures.append(Failure(file=file, stage="ingest", error="Missing", message=message))
    failures += [
        Failure(file=CALLS_CSV, stage="ingest", error="RecordError", message=fault)
        for fault in table.faults
    ]
    return Found(
        recordings=tuple(recordings.values()),
        failures=tuple(failures),
        unrecorded=tuple(table.unrecorded),
    )


def _by_stem(rows: dict[str, Row]) -> dict[str, list[str]]:
    """The files of ``calls.csv`` under their names with and without suffix."""
    stems: dict[str, list[str]] = {}
    for name in rows:
        for stem in {name, str(PurePosixPath(name).with_suffix(""))}:
            stems.setdefault(stem, []).append(name)
    return stems


def _row_of(rows: dict[str, Row], stems: Mapping[str, list[str]], file: str) -> Row:
    """The line of ``calls.csv`` for a file, taken out of the table.

    A line may name the file without its suffix, or the recording of a transcript that stands alone.
    """
    if file in rows:
        return rows.pop(file)
    named = stems.get(str(PurePosixPath(file).with_suffix("")), [])
    return rows.pop(named[0], Row()) if len(named) == 1 else Row()


def failure(file: str, error: RecordingError) -> Failure:
    """The row that lists a recording which cannot be used."""
    return Failure(file=file, stage=error.stage, error=type(error).__name__, message=str(error))


def unexpected(file: str, stage: str, error: Exception) -> Failure:
    """A fault of callqa's own, listed like any other."""
    return Failure(
        file=file,
        stage=stage,
        error=type(error).__name__,
        message=f"程序出错，请把这一行发给维护者：{error}",
    )


def _candidates(folder: Path, leave_out: Path | None) -> Iterator[Path]:
    """Audio files, and transcripts that stand alone."""
    elsewhere = leave_out.resolve() if leave_out else None
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not path.name.startswith(".")
        and elsewhere not in path.resolve().parents
    )
    stems = {p.with_suffix("") for p in files if p.suffix.lower() in AUDIO}
    for path in files:
        suffix = path.suffix.lower()
        if suffix in AUDIO or (suffix == ".json" and path.with_suffix("") not in stems):
            yield path


def _recording(
    path: Path,
    file: str,
    row: Row,
    pattern: Callable[[str], Mapping[str, str]],
    settings: Settings,
) -> Recording:
    if row.fault:
        raise RecordingError(row.fault)
    audio = path.suffix.lower() in AUDIO
    sidecar = path.with_suffix(".json") if audio else path
    transcript = sidecar if sidecar.is_file() else None
    told = sidecar_record(transcript, settings.zone) if transcript else CallRecord()
    named = named_record(path.stem, pattern, settings)
    record = first_of(row.record, told, named, CallRecord(call_id=path.stem))
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
