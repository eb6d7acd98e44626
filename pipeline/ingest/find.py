"""Find the recordings in a folder, their identity, and what is known of each call."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.call_records import (
    METADATA,
    OWN,
    first_of,
    name_pattern,
    named_record,
    read_calls,
    record_of,
    table_file,
)
from pipeline.errors import RecordingError
from pipeline.ingest import addresses
from pipeline.ingest.headers import Headers
from pipeline.ingest.sides import Pair, pairs
from pipeline.messages import cause
from pipeline.records import CallRecord, Direction, Failure, Recording, Seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.call_records import RecordRow, Table
    from pipeline.settings import Settings

AUDIO = {
    *(".wav", ".mp3", ".m4a", ".aac", ".ogg", ".opus", ".oga", ".flac", ".amr", ".awb", ".3gp"),
    *(".wma", ".asf", ".gsm", ".mp4", ".mkv", ".webm", ".mov", ".avi", ".flv", ".ts", ".3g2"),
    *(".ulaw", ".ul", ".alaw", ".al", ".au", ".sln", ".sln16", ".g722", ".g729", ".wav49", ".w64"),
    *(".caf", ".aif", ".aiff", ".mka", ".mp2", ".voc", ".wave"),
}
"""What counts as a recording by its name; what is inside decides how it is read."""
TEXTS = (".json", ".srt", ".vtt", ".vcon")
"""What may be a transcript by its name, the first beside a recording before the others."""
UNEVEN, UNEVEN_SHARE = 2.0, 0.1
"""Seconds, or the share of the longer one, by which the two sides of a call may differ in length: a
recorder starts a side with its first sound and leaves out what was lost on the way."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a folder holds: the recordings to judge and the files that cannot be used."""

    recordings: tuple[Recording, ...]
    failures: tuple[Failure, ...]
    unrecorded: tuple[CallRecord, ...] = ()
    """Calls that the call records know and of which there is no recording."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Every file that may be a recording, and the file that it is kept or listed under."""


def find_recordings(folder: Path, settings: Settings, leave_out: Path | None = None) -> Found:
    """Every recording below ``folder``, in the order of its path; copies are listed, not doubled.

    ``leave_out`` is a folder that may lie inside and holds none: the output. Raises
    ``ConfigurationError`` where the call records or the file-name pattern are wrong.
    """
    table = read_calls(folder, settings)
    pattern = name_pattern(settings.file_name)
    recordings: dict[str, Recording] = {}
    sounds, texts, unnamed = _files(folder, leave_out, table_file(folder, settings))
    failures = [_unreadable_name(path.relative_to(folder)) for path in unnamed]
    files = {path.relative_to(folder).as_posix(): "" for path in sounds}
    for candidate in _candidates(folder, sounds, texts, table):
        file = candidate.path.relative_to(folder).as_posix()
        known_as = candidate.name.relative_to(folder).as_posix()
        named = first_of(candidate.told, named_record(known_as, pattern, settings))
        other = [path.relative_to(folder).as_posix() for path in candidate.more]
        files |= dict.fromkeys((file, *other), file)
        rows = [table.take(name, named) for name in dict.fromkeys((file, *other, known_as))]
        try:
            recording = _recording(candidate, file, rows, named, settings)
        except RecordingError as error:
            failures.append(failure(file, error))
            continue
        except Exception as error:  # noqa: BLE001  one file's fault must not stop the night
            failures.append(unexpected_failure(file, "ingest", error))
            continue
        first = recordings.get(recording.content_id)
        if first is not None:
            again = cause("the same content as {file}, judged once", file=first.file)
            failures.append(Failure(file=file, stage="ingest", error="Duplicate", message=again))
        else:
            recordings[recording.content_id] = recording
    table.close({at.date() for r in recordings.values() if (at := r.record.started_at)})
    failures += _without_recording(table)
    return Found(
        recordings=tuple(recordings.values()),
        failures=tuple(failures),
        unrecorded=tuple(table.unrecorded),
        files=files,
    )


def _without_recording(table: Table) -> Iterator[Failure]:
    """What is wrong with the call records: a line without its file, one that cannot be read.

    A call that nobody answered needs no file: it goes to the table's own unrecorded ones.
    """
    for file, row in table.missing():
        if row.record.answered is False and row.record.started_at is not None:
            table.unrecorded.append(row.record)
            continue
        message = row.fault or cause(
            "{table} has a line for it, but there is no such file in the folder", table=row.source
        )
        yield Failure(file=file, stage="ingest", error="Missing", message=message)
    for source, fault in table.faults:
        yield Failure(file=source, stage="ingest", error="RecordError", message=fault)


def failure(file: str, error: RecordingError) -> Failure:
    """The row that lists a recording which cannot be used."""
    return Failure(file=file, stage=error.stage, error=type(error).__name__, message=error.cause)


def unexpected_failure(file: str, stage: str, error: Exception) -> Failure:
    """A fault of the machine's disks, or of callqa's own, listed like any other."""
    message = cause("a fault of callqa; please send this line to its keepers: {error}", error=error)
    if isinstance(error, OSError):
        message = cause(
            "the system could not read or write: {error}. That is how it ends where a disk, a network "
            "share or a permission is at fault; mend that and run it again",
            error=error,
        )
    return Failure(file=file, stage=stage, error=type(error).__name__, message=message)


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A file that may be a recording, the transcript beside it, and the other side's file."""

    path: Path
    name: Path
    audio: bool
    transcript: Path | None = None
    more: tuple[Path, ...] = ()
    told: CallRecord = field(default_factory=CallRecord)


def _files(
    folder: Path, leave_out: Path | None, records: Path | None
) -> tuple[list[Path], list[Path], list[Path]]:
    """What may be a recording and what may be a transcript by its name; not the call records.

    And those whose names are no text.
    """
    elsewhere = leave_out.resolve() if leave_out else None
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not path.name.startswith(".")
        and elsewhere not in path.resolve().parents
    )
    sounds = [p for p in files if p.suffix.lower() in AUDIO]
    texts = [p for p in files if p.suffix.lower() in TEXTS and p != records and p.name not in OWN]
    unnamed = [p for p in (*sounds, *texts) if not _is_text(str(p))]
    return (
        [p for p in sounds if p not in unnamed],
        [p for p in texts if p not in unnamed],
        unnamed,
    )


def _is_text(name: str) -> bool:
    """Whether a file's name is text: in the folders of Windows and of old archives some are GBK."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unreadable_name(path: Path) -> Failure:
    shown = os.fsencode(path).decode("utf-8", "backslashreplace")
    message = cause(
        "the file's name is not UTF-8 (most likely GBK); please rename it, for example with "
        "convmv -f gbk -t utf8 --notest -r FOLDER"
    )
    return Failure(file=shown, stage="ingest", error="FileName", message=message)


def _candidates(
    folder: Path, sounds: Sequence[Path], texts: Sequence[Path], table: Table
) -> Iterator[_Candidate]:
    """The recordings that there may be, and transcripts that stand alone; not what describes one."""
    heard, stems = set(sounds), {p.with_suffix("") for p in sounds}
    found: dict[Path, _Candidate] = {}
    used: set[Path] = set()
    for pair in _calls_of_two_files(sounds, folder, table):
        transcript = _beside(pair.name)
        used |= {pair.second} | ({transcript} if transcript else set())
        found[pair.first] = _Candidate(
            path=pair.first,
            name=pair.name,
            audio=True,
            transcript=transcript,
            more=(pair.second,),
            told=pair.told,
        )
    for path in sounds:
        if path not in found and path not in used:
            found[path] = _Candidate(path=path, name=path, audio=True, transcript=_beside(path))
    for path in texts:
        beside = path.with_suffix("") in stems or path.with_suffix("") in heard
        metadata = path.suffix.lower() == ".json" and _is_metadata(path, stems)
        if path not in used and not beside and not metadata:
            found[path] = _Candidate(path=path, name=path, audio=False, transcript=path)
    yield from (found[path] for path in sorted(found))


def _calls_of_two_files(sounds: Sequence[Path], folder: Path, table: Table) -> Iterator[Pair]:
    with Headers() as headers:
        yield from (pair for pair in pairs(sounds) if _is_one_call(pair, folder, table, headers))


def _is_one_call(pair: Pair, folder: Path, table: Table, headers: Headers) -> bool:
    """Whether nothing speaks against it that two files are one call's sides, as their names say.

    Each with a row of its own, or one with its own transcript, they are two recordings, and so they
    are where a header shows two channels or quite another length. One that cannot be read stays with
    the other: half a call must not be judged as a whole one.
    """
    both = (pair.first, pair.second)
    own_rows = all(table.names_file(path.relative_to(folder).as_posix()) for path in both)
    if own_rows or any(_beside(path) for path in both):
        return False
    known = [header for path in both if (header := headers.of(path)) is not None]
    lengths = [header.duration for header in known if header.duration is not None]
    return all(header.channels == 1 for header in known) and _about_equal(lengths)


def _about_equal(lengths: Sequence[Seconds]) -> bool:
    longest = max(lengths, default=0.0)
    return longest - min(lengths, default=0.0) <= max(UNEVEN, UNEVEN_SHARE * longest)


def _beside(audio: Path) -> Path | None:
    """The transcript of a recording: ``<stem>.json``, then other suffixes, then ``<name>.json``."""
    places = [
        *(audio.with_suffix(suffix) for suffix in TEXTS),
        *(audio.with_name(audio.name + suffix) for suffix in TEXTS),
    ]
    return next((place for place in places if _is_file(place)), None)


def _is_file(path: Path) -> bool:
    """Whether a file is there; one of a name that is too long for the file system is not."""
    try:
        return path.is_file()
    except OSError:
        return False


def _is_metadata(path: Path, stems: set[Path]) -> bool:
    """Whether it is the metadata of a recording beside it, as Genesys Cloud exports them."""
    recording = path.with_name(path.name.removesuffix(METADATA))
    return recording != path and bool(stems & {recording, recording.with_suffix("")})


def _recording(
    candidate: _Candidate,
    file: str,
    rows: Sequence[RecordRow],
    named: CallRecord,
    settings: Settings,
) -> Recording:
    if fault := next((row.fault for row in rows if row.fault), None):
        raise RecordingError(fault)
    path, transcript = candidate.path, candidate.transcript
    told = _record_of_transcript(transcript, settings) if transcript else CallRecord()
    records = [row.record for row in rows]
    record = first_of(*records, told, named, CallRecord(call_id=candidate.name.stem))
    if record.started_at is None:
        modified = datetime.fromtimestamp(path.stat().st_mtime, settings.zone)
        record = replace(record, started_at=modified.replace(microsecond=0), dated_by_file=True)
    record = replace(record, direction=record.direction or Direction.INBOUND)
    return Recording(
        file=file,
        path=addresses.address_of(path.resolve()),
        content_id=_content_id(path, *candidate.more),
        record=record,
        audio=candidate.audio,
        transcript_path=addresses.address_of(transcript.resolve()) if transcript else None,
        more_paths=tuple(addresses.address_of(other.resolve()) for other in candidate.more),
    )


def _record_of_transcript(transcript: Path, settings: Settings) -> CallRecord:
    """What a transcript says of its call; one that cannot be read fails its recording."""
    from pipeline.transcripts.formats import read_transcript

    call = read_transcript(transcript).call
    try:
        return record_of(call, settings.zone)
    except ValueError as error:
        raise RecordingError(
            cause("the transcript {file}: {error}", file=transcript.name, error=error)
        ) from error


def _content_id(*paths: Path) -> str:
    """The SHA-256 of a file, or of the digests of the two files of a call."""
    digests = []
    for path in paths:
        if path.stat().st_size == 0:
            raise RecordingError(cause("the file is empty ({file}, 0 bytes)", file=path.name))
        with path.open("rb") as stream:
            digests.append(hashlib.file_digest(stream, "sha256").hexdigest())
    return (
        digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    )
