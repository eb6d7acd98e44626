"""The Parquet file of a date: a row a call, in groups that are read and scored together."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from pipeline.store.footers import parquet_file
from pipeline.store.kept import TRANSCRIPT, KeptRecording, Made, Row, known_of, made_row
from pipeline.store.ready import Packed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pipeline.records import Transcript

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
HEAD = ["content_id", "recording", "heard_with", "rubric", "duration", "digest"]
"""The columns of a call without its words."""
_MADE = ["made_of", "shown", "call", "words"]


@contextlib.contextmanager
def open_parquet(path: Path) -> Iterator[pq.ParquetFile | None]:
    """A Parquet file; None where there is none, or nothing that can be read."""
    try:
        file = parquet_file(path, checked=True)
    except (OSError, pa.ArrowException):
        yield None
        return
    with file:
        yield file


@dataclass(frozen=True, kw_only=True)
class Held:
    """A call of a batch: a recording that was heard, and what was made of it so far, by ``made_of``."""

    known: KeptRecording
    made_of: str
    _digest: str
    _group: LargeColumns = field(repr=False, compare=False)

    @property
    def identity(self) -> str:
        """What tells what was heard, and what the phone system says of it, from anything else.

        Wherever the recording lies: its path is nothing that a call is made of.
        """
        digest = self._digest or _digest_of(self._group.transcript_text(self._content_id))
        recording = self.known.recording
        return f"{digest} {recording.content_id} {recording.file} {recording.record!r}"

    @property
    def transcript(self) -> Transcript | None:
        """What was heard, read when it is first asked for; None where it cannot be read any more."""
        try:
            return TRANSCRIPT.validate_json(self._group.transcript_text(self._content_id))
        except ValidationError:
            return None

    @cached_property
    def made(self) -> Made:
        """What was made of it, read likewise."""
        return self._group.made_of_call(self._content_id)

    @property
    def _content_id(self) -> str:
        return self.known.recording.content_id


class LargeColumns:
    """The large columns of a batch, each read when it is first asked for."""

    def __init__(self, path: Path, number: int) -> None:
        self._path, self._number = path, number

    def transcript_text(self, content_id: str) -> str:
        """What was heard in a recording, as it is written; empty where that cannot be read."""
        return str(self._transcripts.get(content_id, {}).get("transcript", ""))

    def made_of(self, content_id: str) -> str:
        """What a call was made of when it was made ready; empty where it was not."""
        return self._digests.get(content_id, {}).get("made_of") or ""

    def made_of_call(self, content_id: str) -> Made:
        """What was made of a call; nothing where that cannot be read."""
        row = self._made.get(content_id, {})
        ready = Packed(
            made_of=row.get("made_of") or "",
            call=row.get("call") or "",
            words=tuple(row.get("words") or ()),
        )
        return Made(shown=row.get("shown") or "", ready=ready)

    @cached_property
    def _transcripts(self) -> dict[str, Row]:
        return self._read(["transcript"])

    @cached_property
    def _digests(self) -> dict[str, Row]:
        return self._read(["made_of"])

    @cached_property
    def _made(self) -> dict[str, Row]:
        return self._read(_MADE)

    def _read(self, columns: list[str]) -> dict[str, Row]:
        """The rows by content id; none where a page's checksum says that they are not what they were."""
        with open_parquet(self._path) as file:
            if file is None:
                return {}
            try:
                group = file.read_row_group(self._number, columns=["content_id", *columns])
            except (OSError, pa.ArrowException):
                return {}
        return {row["content_id"]: row for row in group.to_pylist()}


def held_of(row: Row, group: LargeColumns) -> Held:
    """The call of a row, what is large of it in its batch's group."""
    return Held(
        known=known_of(row),
        made_of=group.made_of(row["content_id"]),
        _digest=row.get("digest") or "",
        _group=group,
    )


class NothingNew(Exception):  # noqa: N818  no error: the file stands as it is
    """A date's file is not to be replaced."""


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
            self._writer = writer(self._partial)
        try:
            self._copy(number)
            rows = self._group(number).to_pylist()
        except (OSError, pa.ArrowException):  # a page's checksum
            self._unreadable = True
            return
        self._write(table([row | made_row(made.get(row["content_id"])) for row in rows]))

    def end(self) -> None:
        """Nothing else is new; raises where nothing was, or not all could be read."""
        if self._writer is None or self._unreadable:
            raise NothingNew
        try:
            with open_parquet(self._path) as file:
                self._copy(0 if file is None else file.num_row_groups)
        except (OSError, pa.ArrowException) as error:
            raise NothingNew from error

    def close(self) -> None:
        """Nothing is written any more."""
        if self._writer is not None:
            self._writer.close()

    def _copy(self, until: int) -> None:
        while self._copied < until:
            self._write(table(self._group(self._copied).to_pylist()))

    def _group(self, number: int) -> pa.Table:
        with parquet_file(self._path, checked=True) as file:
            return file.read_row_group(number)

    def _write(self, group: pa.Table) -> None:
        if self._writer is not None:
            self._writer.write_table(group)
            self._copied += 1


def writer(path: Path) -> pq.ParquetWriter:
    """What writes such a file."""
    return pq.ParquetWriter(
        path,
        _SCHEMA,
        compression="zstd",
        use_dictionary=["heard_with", "rubric"],
        write_statistics=False,
        write_page_checksum=True,
    )


def table(rows: list[Row]) -> pa.Table:
    """Rows as they are written; those of the version before lack columns."""
    own = [row | {"digest": row.get("digest") or _digest_of(row["transcript"])} for row in rows]
    return pa.Table.from_pylist(own, schema=_SCHEMA)


def _digest_of(transcript: str) -> str:
    """What tells a transcript from any other."""
    return hashlib.blake2b(transcript.encode(), digest_size=16).hexdigest()
