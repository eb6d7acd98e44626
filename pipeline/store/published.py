"""The tables as their readers want them: whole dates only, every table of a date from one publication.

    from pipeline.store.published import open_published

    tables = open_published("out").read("calls", "findings")
    calls = tables["calls"].to_pandas()

Any Parquet reader reads ``OUT/data/<table>`` as well; while a date is being published it may meet the
new calls beside the old findings. This one goes by the manifests: what it returns has their sums.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.store.columns import schema
from pipeline.store.manifest import manifest_dates, read_manifest
from pipeline.store.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.records import Seconds
    from pipeline.store.manifest import Manifest, TableFile

PATIENCE: Seconds = 10.0
"""How long a reader waits for a publication to end: it takes a few renamings, on a slow share too."""
_AGAIN: Seconds = 0.02


@dataclass(frozen=True, kw_only=True)
class Published:
    """The published dates of an output folder; ``data`` is ``OUT/data``."""

    data: Path

    @property
    def dates(self) -> tuple[str, ...]:
        """The dates that are published."""
        return tuple(manifest_dates(self.data))

    def manifest(self, date: str) -> Manifest | None:
        """What a date holds and what scored it; None where it is not published."""
        return read_manifest(self.data, date)

    def read(self, *tables: str, dates: Sequence[str] | None = None) -> dict[str, pa.Table]:
        """These tables (none named: all) over ``dates`` (None: all), with a column ``date``.

        What is read of a date is one publication's, in every table. Raises ``ConfigurationError`` where
        there is no such table, and where a date is not whole and nobody makes it so.
        """
        names = tables or tuple(TABLES)
        for name in set(names) - set(TABLES):
            known = ", ".join(TABLES)
            raise ConfigurationError(
                tr("no table {name!r}; there are {known}", name=name, known=known)
            )
        parts = {date: self._date(date, names) for date in (self.dates if dates is None else dates)}
        return {name: _concatenate(name, parts) for name in names}

    def _date(self, date: str, tables: Sequence[str]) -> dict[str, pa.Table]:
        """Some tables of one date, read again while they are being published."""
        until = time.monotonic() + PATIENCE
        while True:
            manifest = self.manifest(date)
            if manifest is None:
                return {}
            wanted = {name: manifest.tables[name] for name in tables if name in manifest.tables}
            read = {name: self._read(file) for name, file in wanted.items()}
            whole = {name: table for name, table in read.items() if table is not None}
            if len(whole) == len(wanted):
                return whole
            if time.monotonic() > until:
                raise ConfigurationError(
                    tr("{date} is not published whole; callqa verify says why", date=date),
                    path=self.data,
                )
            time.sleep(_AGAIN)

    def _read(self, file: TableFile) -> pa.Table | None:
        """A table's file; None where it is another than its manifest names."""
        # nothing of Python's: a thread of Arrow's that lets go of it as the interpreter ends would abort
        try:
            with pa.OSFile(str(self.data / file.file)) as opened:
                content = opened.read_buffer()
        except FileNotFoundError:
            return None
        if hashlib.sha256(content).hexdigest() != file.sha256:
            return None
        return pq.read_table(pa.BufferReader(content))


def _concatenate(name: str, parts: dict[str, dict[str, pa.Table]]) -> pa.Table:
    """One table's dates after another; a column that an earlier version did not write is null."""
    dated = [
        tables[name].append_column("date", pa.array([date] * tables[name].num_rows, pa.string()))
        for date, tables in parts.items()
        if name in tables
    ]
    if not dated:
        return schema(TABLES[name]).append(pa.field("date", pa.string())).empty_table()
    return pa.concat_tables(dated, promote_options="permissive")


def open_published(out: str | Path) -> Published:
    """The published dates of the output folder ``out``."""
    return Published(data=Path(out) / "data")
