"""What was expensive: transcripts as they were heard, private to ``OUT/transcripts``.

What is heard is on disk at once, a file a call: ``<date>/<content id>.json.gz``. When its date is
scored, these are folded into one Parquet file a date, ``<date>.parquet``, in the order in which the
calls began, a row a call, in groups of ``BATCH`` calls that are read and scored together. Beside what
was heard stands the call as it was made ready to be judged (``store.ready``). A file that
lies beside the folded ones takes the place of its row; ``<content id>.gone`` takes it away. So a run
that is killed at any moment loses nothing, and an ``OUT`` of files alone is one that was not folded yet.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import heapq
import itertools
import shutil
import zlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from pipeline.records import Recording, Transcript
from pipeline.store.access import atomic
from pipeline.store.ready import Packed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from pipeline.store.access import Access

BATCH = 256
"""Calls that are read, judged and written together."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A recording that was heard: all of what is kept but its words.

    ``heard_with`` tells when it has to be heard again, ``rubric`` what its folder is scored against.
    """

    recording: Recording
    heard_with: str
    rubric: str
    duration: float

    @property
    def date(self) -> str:
        """The call's date in the zone its start carries."""
        return date_of(self.recording)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A recording and what was heard in it."""

    recording: Recording
    transcript: Transcript
    heard_with: str
    rubric: str

    @property
    def date(self) -> str:
        """The call's date in the zone its start carries."""
        return date_of(self.recording)

    @property
    def known(self) -> Known:
        """The same without the words."""
        return Known(
            recording=self.recording,
            heard_with=self.heard_with,
            rubric=self.rubric,
            duration=self.transcript.duration,
        )


@dataclass(frozen=True, kw_only=True)
class Made:
    """What was made of a call that no rule changes.

    ``shown``: what the model of dialogue acts saw in it, as it writes it down; ``ready``: its sides and
    turns. Empty where nobody has looked yet.
    """

    shown: str = ""
    ready: Packed = field(default_factory=Packed)


@dataclass(frozen=True, kw_only=True)
class Held:
    """A call of a batch: a recording that was heard, and what was made of it so far, by ``made_of``."""

    known: Known
    made_of: str
    _digest: str
    _group: _Group = field(repr=False, compare=False)

    @property
    def heard(self) -> str:
        """What tells what was heard, and what the phone system says of it, from anything else.

        Wherever the recording lies: its path is nothing that a call is made of.
        """
        digest = self._digest or _digest(self._group.written(self._content_id))
        recording = self.known.recording
        return f"{digest} {recording.content_id} {recording.file} {recording.record!r}"

    @property
    def transcript(self) -> Transcript | None:
        """What was heard, read when it is first asked for; None where it cannot be read any more."""
        try:
            return _TRANSCRIPT.validate_json(self._group.written(self._content_id))
        except ValidationError:
            return None

    @cached_property
    def made(self) -> Made:
        """What was made of it, read likewise."""
        return self._group.made(self._content_id)

    @property
    def _content_id(self) -> str:
        return self.known.recording.content_id


def date_of(recording: Recording) -> str:
    """The date on which a recording began, in the zone that its start carries."""
    started = recording.record.started_at
    return "" if started is None else started.date().isoformat()


_KEPT = TypeAdapter(Kept)
_RECORDING = TypeAdapter(Recording)
_TRANSCRIPT = TypeAdapter(Transcript)
_SCHEMA = pa.schema(
    [
        ("content_id", pa.string()),
        ("recording", pa.string()),
        ("heard_with", pa.string()),
        ("rubric", pa.string()),
        ("duration", pa.float64()),
        ("transcript", pa.string()),
        ("digest", pa.string()),
        ("shown", pa.string()),
        ("made_of", pa.string()),
        ("call", pa.string()),
        ("words", pa.list_(pa.string())),
    ]
)
_HEAD = ["content_id", "recording", "heard_with", "rubric", "duration", "digest"]
_MADE = ["made_of", "shown", "call", "words"]
_FILE, _GONE = ".json.gz", ".gone"
_BEGINNING = 1 << 16
"""Bytes of a packed file that hold its call record."""

_Row = dict[str, Any]
_Key = tuple[float, str, str]


class Transcripts:
    """The transcripts of one output folder."""

    def __init__(self, folder: Path, access: Access) -> None:
        """Nothing is written before the first write."""
        self.folder = folder
        self._access = access

    def keep(self, kept: Kept) -> None:
        """Keep what was heard, under the call's date."""
        path = self._single(kept.date, kept.recording.content_id)
        with atomic(path, self._access) as partial:
            partial.write_bytes(gzip.compress(_KEPT.dump_json(kept), compresslevel=6, mtime=0))
        self._gone(kept.date, kept.recording.content_id).unlink(missing_ok=True)

    def drop(self, date: str, content_id: str) -> None:
        """Drop what is kept of a recording under a date."""
        with atomic(self._gone(date, content_id), self._access) as partial:
            partial.touch()
        self._single(date, content_id).unlink(missing_ok=True)

    def known(self, wanted: Collection[str], dates: Iterable[str] | None = None) -> list[Known]:
        """What is kept of some recordings under ``dates`` (None: all); what cannot be read is not known.

        A recording is there twice where a run was killed while it moved it to another date.
        """
        among = self.dates() if dates is None else sorted(set(dates))
        return [head for date in among for head in self.heads(date, wanted)]

    def content_ids(self, dates: Iterable[str] | None = None) -> set[str]:
        """What is kept under ``dates`` (None: all), by content."""
        among = self.every_date() if dates is None else set(dates)
        return {content for date in among for content in self._content_ids(date)}

    def _content_ids(self, date: str) -> Iterator[str]:
        gone = self._gone_of(date)
        yield from self._singles(date)
        for row in self._folded_rows(date, ["content_id"]):
            if row["content_id"] not in gone:
                yield row["content_id"]

    def dates(self) -> list[str]:
        """The dates of which anything is kept."""
        folded = {path.stem for path in self.folder.glob("*.parquet")}
        single = {path.parent.name for path in self.folder.glob(f"*/*{_FILE}")}
        return sorted(date for date in folded | single if any(True for _ in self._heads(date)))

    def every_date(self) -> list[str]:
        """The dates of which there is any file, readable or not."""
        folded = {
            path.stem
            for suffix in ("parquet", "damaged")
            for path in self.folder.glob(f"*.{suffix}")
        }
        return sorted(folded | {path.name for path in self.folder.glob("*") if path.is_dir()})

    def purge(self, date: str) -> None:
        """Remove all that is kept of a date."""
        shutil.rmtree(self.folder / date, ignore_errors=True)
        for suffix in (".damaged", ".parquet"):
            self._folded(date).with_suffix(suffix).unlink(missing_ok=True)

    def damaged_dates(self) -> list[str]:
        """The dates whose folded file cannot be opened."""
        found = []
        for path in sorted(self.folder.glob("*.parquet")):
            with _opened(path) as file:
                found += [path.stem] if file is None else []
        return found

    def damaged(self, date: str) -> list[Path]:
        """The files of a date in which there is something that cannot be read."""
        paths = [path for path in self._singles(date).values() if _read(path) is None]
        batches = (self.batch(date, number) for number in range(self.batches(date)))
        lost = any(held.transcript is None for batch in batches for held in batch)
        return [*paths, self._folded(date)] if lost or date in self.damaged_dates() else paths

    def heads(self, date: str, wanted: Collection[str] | None = None) -> Iterator[Known]:
        """What is kept of a date but for the words; ``wanted``: of these recordings only."""
        for row in self._heads(date):
            if wanted is None or row["content_id"] in wanted:
                yield _known(row)

    def of_date(self, date: str) -> Iterator[Kept]:
        """Everything kept of one date, in the order in which the calls began."""
        yield from filter(None, map(_kept, self._rows(date)))

    def kept(self, date: str, content_id: str) -> Kept | None:
        """What is kept of one recording of a date; None where nothing is, or nothing readable."""
        rows = (row for row in self._rows(date) if row["content_id"] == content_id)
        return next(filter(None, map(_kept, rows)), None)

    def fold(self, date: str) -> list[str]:
        """Fold the files of a date into its Parquet file; the names of those that cannot be read.

        These stay where they are.
        """
        if any(self._beside(date)):
            self._write(date, lambda row: row)
        return sorted(path.name for path in self._singles(date).values())

    def change(self, date: str, heads: Mapping[str, Known]) -> None:
        """Put other call records, or rubrics, in the place of those of some recordings of a date."""
        moved = {key: head for key, head in heads.items() if head.date != date}
        for kept in self.of_date(date) if moved else ():
            if (head := moved.get(kept.recording.content_id)) is not None:
                self.keep(replace(kept, recording=head.recording, rubric=head.rubric))
                self.drop(date, kept.recording.content_id)
        if len(moved) < len(heads):
            self._write(date, lambda row: row | _head(heads.get(row["content_id"])))

    @contextlib.contextmanager
    def renewing(self, date: str) -> Iterator[Renewal]:
        """What is newly made of a folded date's calls, a batch at a time and in their order.

        The file takes the other's place at the end, where anything was new. It stands as it is where
        some of it cannot be read.
        """
        with contextlib.suppress(_NothingNew), atomic(self._folded(date), self._access) as partial:
            renewal = Renewal(self._folded(date), partial)
            try:
                yield renewal
                renewal.end()
            finally:
                renewal.close()

    def rubrics(self, date: str) -> set[str]:
        """The rubrics that the calls of a folded date are scored against."""
        return {row["rubric"] for row in self._folded_rows(date, ["rubric"])}

    def batches(self, date: str) -> int:
        """In how many batches a folded date is read."""
        with _opened(self._folded(date)) as file:
            return 0 if file is None else file.num_row_groups

    def batch(self, date: str, number: int) -> list[Held]:
        """The calls of a batch of a folded date."""
        path = self._folded(date)
        with _opened(path) as file:
            if file is None:
                return []
            rows = file.read_row_group(number, columns=_HEAD).to_pylist()
        group = _Group(path, number)
        return [_held(row, group) for row in rows]

    def _rows(self, date: str) -> Iterator[_Row]:
        """The rows of a date and its files, in the order in which the calls began."""
        singles = self._singles(date)
        away = {*singles, *self._gone_of(date)}
        folded = (row for row in self._folded_rows(date) if row["content_id"] not in away)
        ordered = sorted((key, path) for path in singles.values() if (key := _key_of(path)))
        beside = (row for _, path in ordered if (row := _read(path)) is not None)
        yield from heapq.merge(folded, beside, key=_key)

    def _folded_rows(self, date: str, columns: list[str] | None = None) -> Iterator[_Row]:
        with _opened(self._folded(date)) as file:
            if file is None:
                return
            for number in range(file.num_row_groups):
                yield from file.read_row_group(number, columns=columns).to_pylist()

    def _heads(self, date: str) -> Iterator[_Row]:
        """The rows of a date without their words."""
        singles = self._singles(date)
        away = {*singles, *self._gone_of(date)}
        for row in self._folded_rows(date, _HEAD):
            if row["content_id"] not in away:
                yield row
        yield from filter(None, map(_read, singles.values()))

    def _write(self, date: str, changed: Callable[[_Row], _Row]) -> None:
        """Write a date's Parquet file anew, its files folded in, each row as ``changed`` makes it."""
        singles, gone = self._singles(date), self._gone_of(date)
        self._set_aside_if_damaged(date)
        written: set[str] = set()
        with (
            atomic(self._folded(date), self._access) as partial,
            _writer(partial) as file,
        ):
            for group in _grouped(map(changed, self._rows(date))):
                file.write_table(_table(group))
                written.update(row["content_id"] for row in group)
        if not written:
            self._folded(date).unlink()
        for path in (
            *(path for key, path in singles.items() if key in written),
            *(self._gone(date, key) for key in gone),
        ):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            (self.folder / date).rmdir()

    def _set_aside_if_damaged(self, date: str) -> None:
        path = self._folded(date)
        with _opened(path) as file:
            damaged = file is None and path.exists()
        if damaged:
            path.rename(path.with_suffix(".damaged"))

    def _beside(self, date: str) -> Iterator[str]:
        yield from self._singles(date)
        yield from self._gone_of(date)

    def _singles(self, date: str) -> dict[str, Path]:
        paths = sorted((self.folder / date).glob(f"*{_FILE}"))
        return {path.name.removesuffix(_FILE): path for path in paths}

    def _gone_of(self, date: str) -> set[str]:
        return {path.stem for path in (self.folder / date).glob(f"*{_GONE}")}

    def _folded(self, date: str) -> Path:
        return self.folder / f"{date}.parquet"

    def _single(self, date: str, content_id: str) -> Path:
        return self.folder / date / f"{content_id}{_FILE}"

    def _gone(self, date: str, content_id: str) -> Path:
        return self.folder / date / f"{content_id}{_GONE}"


class Renewal:
    """A date's file written anew with what was newly made of its calls."""

    def __init__(self, path: Path, partial: Path) -> None:
        """Nothing is written before something is new."""
        self._path, self._partial = path, partial
        self._copied = 0
        self._unreadable = False
        self._writer: pq.ParquetWriter | None = None

    def add(self, number: int, made: Mapping[str, Made]) -> None:
        """What is new of a batch, by content id; of batches before it nothing else is."""
        if not made or self._unreadable:
            return
        if self._writer is None:
            self._writer = _writer(self._partial)
        try:
            self._copy(number)
            rows = self._group(number).to_pylist()
        except (OSError, pa.ArrowException):  # a page's checksum
            self._unreadable = True
            return
        self._write(_table([row | _made_row(made.get(row["content_id"])) for row in rows]))

    def end(self) -> None:
        """Nothing else is new; raises where nothing was, or not all could be read."""
        if self._writer is None or self._unreadable:
            raise _NothingNew
        try:
            with _opened(self._path) as file:
                self._copy(0 if file is None else file.num_row_groups)
        except (OSError, pa.ArrowException) as error:
            raise _NothingNew from error

    def close(self) -> None:
        """Nothing is written any more."""
        if self._writer is not None:
            self._writer.close()

    def _copy(self, until: int) -> None:
        while self._copied < until:
            self._write(_table(self._group(self._copied).to_pylist()))

    def _group(self, number: int) -> pa.Table:
        with pq.ParquetFile(self._path, page_checksum_verification=True) as file:
            return file.read_row_group(number)

    def _write(self, group: pa.Table) -> None:
        if self._writer is not None:
            self._writer.write_table(group)
            self._copied += 1


class _NothingNew(Exception):  # noqa: N818  no error: the file stands as it is
    """A date's file is not to be replaced."""


class _Group:
    """The large columns of a batch, each read when it is first asked for."""

    def __init__(self, path: Path, number: int) -> None:
        self._path, self._number = path, number

    def written(self, content_id: str) -> str:
        """What was heard in a recording, as it is written; empty where that cannot be read."""
        return str(self._transcripts.get(content_id, {}).get("transcript", ""))

    def made_of(self, content_id: str) -> str:
        """What a call was made of when it was made ready; empty where it was not."""
        return self._digests.get(content_id, {}).get("made_of") or ""

    def made(self, content_id: str) -> Made:
        """What was made of a call; nothing where that cannot be read."""
        row = self._made.get(content_id, {})
        ready = Packed(
            made_of=row.get("made_of") or "",
            call=row.get("call") or "",
            words=tuple(row.get("words") or ()),
        )
        return Made(shown=row.get("shown") or "", ready=ready)

    @cached_property
    def _transcripts(self) -> dict[str, _Row]:
        return self._read(["transcript"])

    @cached_property
    def _digests(self) -> dict[str, _Row]:
        return self._read(["made_of"])

    @cached_property
    def _made(self) -> dict[str, _Row]:
        return self._read(_MADE)

    def _read(self, columns: list[str]) -> dict[str, _Row]:
        """The rows by content id; none where a page's checksum says that they are not what they were."""
        with _opened(self._path) as file:
            if file is None:
                return {}
            try:
                group = file.read_row_group(self._number, columns=["content_id", *columns])
            except (OSError, pa.ArrowException):
                return {}
        return {row["content_id"]: row for row in group.to_pylist()}


def _writer(path: Path) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        path,
        _SCHEMA,
        compression="zstd",
        use_dictionary=["heard_with", "rubric"],
        write_statistics=False,
        write_page_checksum=True,
    )


def _table(rows: list[_Row]) -> pa.Table:
    """Rows as they are written; those of the version before lack columns."""
    own = [row | {"digest": row.get("digest") or _digest(row["transcript"])} for row in rows]
    return pa.Table.from_pylist(own, schema=_SCHEMA)


def _digest(transcript: str) -> str:
    """What tells a transcript from any other."""
    return hashlib.blake2b(transcript.encode(), digest_size=16).hexdigest()


def _made_row(made: Made | None) -> _Row:
    if made is None:
        return {}
    ready = made.ready
    return {
        "shown": made.shown,
        "made_of": ready.made_of,
        "call": ready.call,
        "words": list(ready.words),
    }


def _held(row: _Row, group: _Group) -> Held:
    return Held(
        known=_known(row),
        made_of=group.made_of(row["content_id"]),
        _digest=row.get("digest") or "",
        _group=group,
    )


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile | None]:
    """A Parquet file; None where there is none, or nothing that can be read."""
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
    except (OSError, pa.ArrowException):
        yield None
        return
    with file:
        yield file


def _grouped(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    """Rows in lists of ``BATCH``, the last one shorter."""
    left = iter(rows)
    while group := list(itertools.islice(left, BATCH)):
        yield group


def _head(head: Known | None) -> _Row:
    """What of a row another call record, or another rubric, changes."""
    if head is None:
        return {}
    return {"recording": _RECORDING.dump_json(head.recording).decode(), "rubric": head.rubric}


def _read(path: Path) -> _Row | None:
    """What a file holds, as a row; None where it is damaged, so that it will be heard again."""
    try:
        kept = _KEPT.validate_json(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, zlib.error, ValidationError):
        return None
    return {
        "content_id": kept.recording.content_id,
        "recording": _RECORDING.dump_json(kept.recording).decode(),
        "heard_with": kept.heard_with,
        "rubric": kept.rubric,
        "duration": kept.transcript.duration,
        "transcript": _TRANSCRIPT.dump_json(kept.transcript).decode(),
    }


def _known(row: _Row) -> Known:
    return Known(
        recording=_RECORDING.validate_json(row["recording"]),
        heard_with=row["heard_with"],
        rubric=row["rubric"],
        duration=row["duration"],
    )


def _kept(row: _Row) -> Kept | None:
    try:
        return Kept(
            recording=_RECORDING.validate_json(row["recording"]),
            transcript=_TRANSCRIPT.validate_json(row["transcript"]),
            heard_with=row["heard_with"],
            rubric=row["rubric"],
        )
    except ValidationError:
        return None


def _key(row: _Row) -> _Key:
    return _order(_RECORDING.validate_json(row["recording"]))


def _order(recording: Recording) -> _Key:
    """When a call began (s), and what decides where that is the same."""
    started = recording.record.started_at
    at = 0.0 if started is None else started.timestamp()
    return at, recording.record.call_id or "", recording.content_id


def _key_of(path: Path) -> _Key | None:
    """The place of a file among the calls, by its call record; None where it cannot be read."""
    try:
        with path.open("rb") as file:
            begun = zlib.decompressobj(wbits=31).decompress(file.read(_BEGINNING))
        held = from_json(begun, allow_partial=True)
        return _order(_RECORDING.validate_python(held["recording"]))
    except (OSError, zlib.error, ValueError, KeyError, TypeError):
        return None
