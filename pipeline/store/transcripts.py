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
import heapq
import itertools
import shutil
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_core import from_json

from pipeline.store.access import atomic
from pipeline.store.folded import (
    HEAD,
    Held,
    LargeColumns,
    NothingNew,
    Renewal,
    held_of,
    open_parquet,
    table,
    writer,
)
from pipeline.store.kept import (
    KEPT,
    RECORDING,
    Kept,
    KeptRecording,
    Key,
    Row,
    head_row,
    kept_of,
    key_of,
    known_of,
    order_of,
    row_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from pipeline.store.access import Access

BATCH = 256
"""Calls that are read, judged and written together. With 64 scoring 1,000 for the first time takes 1,090
MB in place of 1,330, but what Parquet notes of each group is four times as much: of 100,000 calls 86 MB
for a table of sixty columns."""

_FILE, _GONE = ".json.gz", ".gone"
_BEGINNING = 1 << 16
"""Bytes of a packed file that hold its call record."""


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
            partial.write_bytes(gzip.compress(KEPT.dump_json(kept), compresslevel=6, mtime=0))
        self._gone_path(kept.date, kept.recording.content_id).unlink(missing_ok=True)

    def drop(self, date: str, content_id: str) -> None:
        """Drop what is kept of a recording under a date."""
        with atomic(self._gone_path(date, content_id), self._access) as partial:
            partial.touch()
        self._single(date, content_id).unlink(missing_ok=True)

    def heads_of(
        self, wanted: Collection[str], dates: Iterable[str] | None = None
    ) -> list[KeptRecording]:
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
            self._folded_path(date).with_suffix(suffix).unlink(missing_ok=True)

    def damaged_dates(self) -> list[str]:
        """The dates whose folded file cannot be opened."""
        found = []
        for path in sorted(self.folder.glob("*.parquet")):
            with open_parquet(path) as file:
                found += [path.stem] if file is None else []
        return found

    def damaged_files(self, date: str) -> list[Path]:
        """The files of a date in which there is something that cannot be read."""
        paths = [path for path in self._singles(date).values() if _read(path) is None]
        batches = (self.batch(date, number) for number in range(self.batches(date)))
        lost = any(held.transcript is None for batch in batches for held in batch)
        return [*paths, self._folded_path(date)] if lost or date in self.damaged_dates() else paths

    def heads(self, date: str, wanted: Collection[str] | None = None) -> Iterator[KeptRecording]:
        """What is kept of a date but for the words; ``wanted``: of these recordings only."""
        for row in self._heads(date):
            if wanted is None or row["content_id"] in wanted:
                yield known_of(row)

    def of_date(self, date: str) -> Iterator[Kept]:
        """Everything kept of one date, in the order in which the calls began."""
        yield from filter(None, map(kept_of, self._rows(date)))

    def kept_call(self, date: str, content_id: str) -> Kept | None:
        """What is kept of one recording of a date; None where nothing is, or nothing readable."""
        rows = (row for row in self._rows(date) if row["content_id"] == content_id)
        return next(filter(None, map(kept_of, rows)), None)

    def fold(self, date: str) -> list[str]:
        """Fold the files of a date into its Parquet file; the names of those that cannot be read.

        These stay where they are.
        """
        if any(self._beside(date)):
            self._write(date, lambda row: row)
        return sorted(path.name for path in self._singles(date).values())

    def change(self, date: str, heads: Mapping[str, KeptRecording]) -> None:
        """Put other call records, or rubrics, in the place of those of some recordings of a date."""
        moved = {key: head for key, head in heads.items() if head.date != date}
        for kept in self.of_date(date) if moved else ():
            if (head := moved.get(kept.recording.content_id)) is not None:
                self.keep(replace(kept, recording=head.recording, rubric=head.rubric))
                self.drop(date, kept.recording.content_id)
        if len(moved) < len(heads):
            self._write(date, lambda row: row | head_row(heads.get(row["content_id"])))

    @contextlib.contextmanager
    def renewing(self, date: str) -> Iterator[Renewal]:
        """What is newly made of a folded date's calls, a batch at a time and in their order.

        The file takes the other's place at the end, where anything was new. It stands as it is where
        some of it cannot be read.
        """
        with (
            contextlib.suppress(NothingNew),
            atomic(self._folded_path(date), self._access) as partial,
        ):
            renewal = Renewal(self._folded_path(date), partial)
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
        with open_parquet(self._folded_path(date)) as file:
            return 0 if file is None else file.num_row_groups

    def batch(self, date: str, number: int) -> list[Held]:
        """The calls of a batch of a folded date."""
        path = self._folded_path(date)
        with open_parquet(path) as file:
            if file is None:
                return []
            rows = file.read_row_group(number, columns=HEAD).to_pylist()
        group = LargeColumns(path, number)
        return [held_of(row, group) for row in rows]

    def _rows(self, date: str) -> Iterator[Row]:
        """The rows of a date and its files, in the order in which the calls began."""
        singles = self._singles(date)
        away = {*singles, *self._gone_of(date)}
        folded = (row for row in self._folded_rows(date) if row["content_id"] not in away)
        ordered = sorted((key, path) for path in singles.values() if (key := _key_of(path)))
        beside = (row for _, path in ordered if (row := _read(path)) is not None)
        yield from heapq.merge(folded, beside, key=key_of)

    def _folded_rows(self, date: str, columns: list[str] | None = None) -> Iterator[Row]:
        with open_parquet(self._folded_path(date)) as file:
            if file is None:
                return
            for number in range(file.num_row_groups):
                yield from file.read_row_group(number, columns=columns).to_pylist()

    def _heads(self, date: str) -> Iterator[Row]:
        """The rows of a date without their words."""
        singles = self._singles(date)
        away = {*singles, *self._gone_of(date)}
        for row in self._folded_rows(date, HEAD):
            if row["content_id"] not in away:
                yield row
        yield from filter(None, map(_read, singles.values()))

    def _write(self, date: str, changed: Callable[[Row], Row]) -> None:
        """Write a date's Parquet file anew, its files folded in, each row as ``changed`` makes it."""
        singles, gone = self._singles(date), self._gone_of(date)
        self._set_aside_if_damaged(date)
        written: set[str] = set()
        with (
            atomic(self._folded_path(date), self._access) as partial,
            writer(partial) as file,
        ):
            for group in _in_batches(map(changed, self._rows(date))):
                file.write_table(table(group))
                written.update(row["content_id"] for row in group)
        if not written:
            self._folded_path(date).unlink()
        for path in (
            *(path for key, path in singles.items() if key in written),
            *(self._gone_path(date, key) for key in gone),
        ):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            (self.folder / date).rmdir()

    def _set_aside_if_damaged(self, date: str) -> None:
        path = self._folded_path(date)
        with open_parquet(path) as file:
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

    def _folded_path(self, date: str) -> Path:
        return self.folder / f"{date}.parquet"

    def _single(self, date: str, content_id: str) -> Path:
        return self.folder / date / f"{content_id}{_FILE}"

    def _gone_path(self, date: str, content_id: str) -> Path:
        return self.folder / date / f"{content_id}{_GONE}"


def _in_batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows in lists of ``BATCH``, the last one shorter."""
    left = iter(rows)
    while group := list(itertools.islice(left, BATCH)):
        yield group


def _read(path: Path) -> Row | None:
    """What a file holds, as a row; None where it is damaged, so that it will be heard again."""
    try:
        return row_of(KEPT.validate_json(gzip.decompress(path.read_bytes())))
    except (OSError, EOFError, zlib.error, ValidationError):
        return None


def _key_of(path: Path) -> Key | None:
    """The place of a file among the calls, by its call record; None where it cannot be read."""
    try:
        with path.open("rb") as file:
            begun = zlib.decompressobj(wbits=31).decompress(file.read(_BEGINNING))
        held = from_json(begun, allow_partial=True)
        return order_of(RECORDING.validate_python(held["recording"]))
    except (OSError, zlib.error, ValueError, KeyError, TypeError):
        return None
