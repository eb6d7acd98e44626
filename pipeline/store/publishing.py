"""Publishing a date whole: first all its files beside their places, then their names, then the manifest.

A reader that goes by manifests sees the old date or the new one. A run that is killed between the first
name and the last leaves behind, hidden, the manifest of what it meant: the next run finds it and scores
the date again.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Self

import pyarrow.parquet as pq

from pipeline import __version__
from pipeline.store.manifest import (
    FOLDER,
    Manifest,
    RubricUsed,
    TableFile,
    content,
    files_there,
    manifest_path,
    pending_path,
    readable,
    sha256,
    table_path,
)
from pipeline.store.views import VIEWS, views

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    import pyarrow as pa

    from pipeline.store.access import Access


class Publication:
    """New files of some tables for one date, written a piece at a time; they take their places together.

    That is when the block ends well: what is dropped then goes, and the date's other tables stay as they
    are. ``data`` is ``OUT/data``. A date of which no table is left has no manifest either.
    """

    def __init__(self, data: Path, date: str, access: Access) -> None:
        """Nothing is written before the first table is opened."""
        self._data, self._date, self._access = data, date, access
        self._undo, self._files = ExitStack(), ExitStack()
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._rows: Counter[str] = Counter()
        self._dropped: set[str] = set()
        self._rubrics: set[RubricUsed] = set()

    def __enter__(self) -> Self:
        """What is added within is published on leaving, unless that is by an error."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put the files in place, or take them away where the block failed."""
        with self._undo:
            with self._files:
                for writer in self._writers.values():
                    writer.close()
            if error is None:
                self._put_in_place()

    def open(self, name: str, columns: pa.Schema) -> None:
        """Begin a table's new file."""
        hidden = _partial_path(self._data / table_path(name, self._date))
        self._undo.callback(hidden.unlink, missing_ok=True)
        partial = self._files.enter_context(self._access.writing(hidden))
        self._writers[name] = pq.ParquetWriter(partial, columns, compression="zstd")
        self._rows[name] = 0

    def stands(self, name: str) -> bool:
        """Whether a table's present file is the one that the date's manifest names."""
        before = readable(self._data, self._date)
        named = before.tables.get(name) if before else None
        path = self._data / table_path(name, self._date)
        return named is not None and path.is_file() and sha256(path) == named.sha256

    def opens(self, name: str) -> bool:
        """Whether a table gets a new file."""
        return name in self._writers

    def add(self, name: str, table: pa.Table) -> None:
        """More rows of a table that was opened."""
        self._writers[name].write_table(table)
        self._rows[name] += table.num_rows
        if name == "calls":
            self._rubrics.update(_rubrics(table))

    def note(self, name: str, about: Mapping[str, str]) -> None:
        """Write something about a table into its file."""
        self._writers[name].add_key_value_metadata(dict(about))

    def drop(self, name: str) -> None:
        """Take a table's file away."""
        self._dropped.add(name)

    def _put_in_place(self) -> None:
        pending = pending_path(self._data, self._date)
        manifest = self._manifest()
        self._undo.callback(pending.unlink, missing_ok=True)
        with self._access.writing(pending) as partial:
            partial.write_bytes(content(manifest))
        self._undo.pop_all()
        for name in (*self._writers, *self._dropped):
            path = self._data / table_path(name, self._date)
            if name in self._writers:
                _partial_path(path).replace(path)
                _settle(path.parent)
            else:
                _remove(path)
        if manifest.tables:
            pending.replace(manifest_path(self._data, self._date))
        else:
            manifest_path(self._data, self._date).unlink(missing_ok=True)
            pending.unlink()
        _settle(pending.parent)
        _keep_views(self._data, self._access)

    def _manifest(self) -> Manifest:
        """What the date will be: its tables as they were, and over them those that were just written."""
        before = readable(self._data, self._date)
        files = dict(before.tables) if before else {}
        for name in self._dropped:
            files.pop(name, None)
        for name, rows in self._rows.items():
            path = _partial_path(self._data / table_path(name, self._date))
            files[name] = _table_file(table_path(name, self._date), path, rows)
        rubrics = before.rubrics if before and "calls" in files else ()
        if self.opens("calls"):
            rubrics = tuple(sorted(self._rubrics))
        return Manifest(
            date=self._date, callqa=__version__, rubrics=rubrics, tables=dict(sorted(files.items()))
        )


def _partial_path(path: Path) -> Path:
    """Where a file is written: a name that no reader of Parquet datasets takes for one."""
    return path.with_name(f".{path.name}.tmp")


def _settle(folder: Path) -> None:
    """See that the names in a folder are on the disk, where the file system can say so."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    with suppress(OSError):
        path.parent.rmdir()


def _table_file(file: str, path: Path, rows: int) -> TableFile:
    return TableFile(file=file, rows=rows, bytes=path.stat().st_size, sha256=sha256(path))


def _rubrics(calls: pa.Table) -> tuple[RubricUsed, ...]:
    names = zip(
        *(calls[column].to_pylist() for column in ("rubric", "rubric_version")), strict=True
    )
    return tuple(RubricUsed(name=name, version=version) for name, version in sorted(set(names)))


def _keep_views(data: Path, access: Access) -> None:
    """Write the views where the tables have become others."""
    path = data / VIEWS
    there = [folder.name for folder in data.glob("[!._]*") if any(folder.glob("date=*"))]
    text = views(there).encode()
    if not path.is_file() or path.read_bytes() != text:
        with access.writing(_partial_path(path)) as partial:
            partial.write_bytes(text)
        partial.replace(path)


def adopt(data: Path, access: Access) -> None:
    """Give the dates of a version that wrote no manifests theirs, once, from what stands there."""
    if (data / FOLDER).is_dir() or not (there := files_there(data)):
        return
    made = data / f".{FOLDER}.tmp"
    access.make_folder(made)
    for date, tables in there.items():
        path = made / manifest_path(data, date).name
        with access.writing(path):
            path.write_bytes(content(_adopt(date, tables)))
    made.replace(data / FOLDER)
    _keep_views(data, access)


def _adopt(date: str, tables: Mapping[str, Path]) -> Manifest:
    files = {
        name: _table_file(table_path(name, date), path, pq.read_metadata(path).num_rows)
        for name, path in tables.items()
    }
    known = pq.read_table(tables["calls"], partitioning=None) if "calls" in tables else None
    rubrics = _rubrics(known) if known is not None else ()
    return Manifest(date=date, callqa="", rubrics=rubrics, tables=files)


def sweep(data: Path) -> None:
    """Take away the tables that killed runs left half-written."""
    for path in data.glob("*/date=*/.*.tmp"):
        path.unlink(missing_ok=True)
