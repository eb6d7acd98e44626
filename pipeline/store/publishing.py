"""Publishing a date whole: first all its files beside their places, then their names, then the manifest.

A reader that goes by manifests sees the old date or the new one. A run that is killed between the first
name and the last leaves behind, hidden, the manifest of what it meant: the next run finds it and scores
the date again.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

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
    read_manifest,
    sha256,
    table_path,
)
from pipeline.store.views import VIEWS, views

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from pipeline.store.access import Access


def publish(data: Path, date: str, tables: Mapping[str, pa.Table | None], access: Access) -> None:
    """Replace tables of one date, and drop those that are None; its other tables stay as they are.

    ``data`` is ``OUT/data``. A date of which no table is left has no manifest either.
    """
    new = {name: table for name, table in tables.items() if table is not None}
    places = {name: data / table_path(name, date) for name in tables}
    pending = pending_path(data, date)
    with ExitStack() as undo:
        for name, table in new.items():
            undo.callback(_hidden(places[name]).unlink, missing_ok=True)
            with access.writing(_hidden(places[name])) as partial:
                pq.write_table(table, partial, compression="zstd")
        manifest = _manifest(data, date, tables)
        undo.callback(pending.unlink, missing_ok=True)
        with access.writing(pending) as partial:
            partial.write_bytes(content(manifest))
        undo.pop_all()
    for name, path in places.items():
        if name in new:
            _hidden(path).replace(path)
            _settle(path.parent)
        else:
            _remove(path)
    if manifest.tables:
        pending.replace(manifest_path(data, date))
    else:
        manifest_path(data, date).unlink(missing_ok=True)
        pending.unlink()
    _settle(pending.parent)
    _keep_views(data, access)


def _hidden(path: Path) -> Path:
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


def _manifest(data: Path, date: str, tables: Mapping[str, pa.Table | None]) -> Manifest:
    """What the date will be: its tables as they were, and over them those that were just written."""
    before = _readable(data, date)
    files = dict(before.tables) if before else {}
    for name, table in tables.items():
        files.pop(name, None)
        if table is not None:
            path = _hidden(data / table_path(name, date))
            files[name] = _table_file(table_path(name, date), path, table.num_rows)
    if (calls := tables.get("calls")) is not None:
        rubrics = _rubrics(calls)
    else:
        rubrics = before.rubrics if before and "calls" in files else ()
    return Manifest(
        date=date, callqa=__version__, rubrics=rubrics, tables=dict(sorted(files.items()))
    )


def _readable(data: Path, date: str) -> Manifest | None:
    with suppress(ValueError):
        return read_manifest(data, date)
    return None


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
        with access.writing(_hidden(path)) as partial:
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
            path.write_bytes(content(_adopted(date, tables)))
    made.replace(data / FOLDER)
    _keep_views(data, access)


def _adopted(date: str, tables: Mapping[str, Path]) -> Manifest:
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
