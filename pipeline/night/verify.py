"""Whether an output folder is what it says: every manifest, every sum, every kept transcript."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.messages import tr
from pipeline.store.manifest import (
    files_there,
    manifest_dates,
    manifest_path,
    pending_dates,
    read_manifest,
    sha256,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pipeline.store.files import Store
    from pipeline.store.manifest import Manifest, RubricUsed, TableFile


def complaints(store: Store) -> Iterator[str]:
    """What is wrong with an output folder, each with what mends it; nothing where all is well."""
    data = store.out / "data"
    there = files_there(data)
    kept = {*store.transcripts.dates(), *store.transcripts.damaged_dates()}
    pending = set(pending_dates(data))
    for date in sorted({*there, *manifest_dates(data), *pending, *kept}):
        for one in _of_date(store, date, there.get(date, {}), begun=date in pending):
            yield one + "; " + _how_to_mend(store, date, scored=date in kept)
        for path in store.transcripts.damaged_files(date):
            yield tr(
                "{path} cannot be read; to mend it: callqa score DIR --out {out}, which hears that call "
                "again",
                path=path,
                out=store.out,
            )


def _how_to_mend(store: Store, date: str, *, scored: bool) -> str:
    """What brings a date back: scoring it again, or any run where no call of it is kept."""
    if scored:
        return tr("to mend it: callqa rescore --out {out} --date {date}", out=store.out, date=date)
    return tr("to mend it: callqa rescore --out {out}", out=store.out)


def _of_date(store: Store, date: str, there: Mapping[str, Path], *, begun: bool) -> Iterator[str]:
    data = store.out / "data"
    if begun:
        yield tr("{date}: a run was killed while it published it", date=date)
    try:
        manifest = read_manifest(data, date)
    except ValueError as error:
        yield tr("{date}: its manifest cannot be read ({reason})", date=date, reason=error)
        return
    if manifest is None:
        path = manifest_path(data, date)
        yield tr("{date}: not published, {path} is missing", date=date, path=path)
        return
    for table in sorted(set(there) - set(manifest.tables)):
        yield tr("{path}: its manifest does not name it", path=there[table])
    for file in manifest.tables.values():
        if wrong := _wrong(data / file.file, file):
            yield wrong
    yield from _unkept(manifest, store.rubric_file)


def _wrong(path: Path, named: TableFile) -> str | None:
    """What is wrong with a table's file; None where it is the one that its manifest names."""
    if not path.is_file():
        return tr("{path} is missing", path=path)
    if sha256(path) != named.sha256:
        return tr("{path} is not the file that its manifest names", path=path)
    try:
        rows = pq.read_metadata(path).num_rows
    except pa.ArrowException as error:
        return tr("{path} is no Parquet file ({reason})", path=path, reason=error)
    if rows != named.rows:
        return tr(
            "{path} has {rows} rows, its manifest says {named}",
            path=path,
            rows=rows,
            named=named.rows,
        )
    return None


def _unkept(manifest: Manifest, place: Callable[[str, str], Path]) -> Iterator[str]:
    """The rubrics that scored a date and are not there to explain it."""

    def missing(used: RubricUsed) -> bool:
        return not place(used.name, used.version).is_file()

    for used in filter(missing, manifest.rubrics):
        path = place(used.name, used.version)
        yield tr(
            "{date}: the rubric that scored it is missing ({path})", date=manifest.date, path=path
        )
