"""What the rules said of calls: a Parquet file a date, a row a call.

It holds what ``judging.answers`` writes down, plain words among it, and can be made again at any
time: a date without it, or with one that cannot be read, is judged from the start.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store.access import atomic
from pipeline.store.footers import parquet_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pipeline.store.access import Access

_SCHEMA = pa.schema([("content_id", pa.string()), ("answers", pa.string())])


class KeptAnswers:
    """The answers of one output folder, under ``answers``."""

    def __init__(self, folder: Path, access: Access) -> None:
        """Nothing is written before the first write."""
        self._folder = folder
        self._access = access

    def batch(self, date: str, number: int) -> dict[str, str]:
        """By content id, what was kept of a batch; nothing where there is none that can be read."""
        try:
            with parquet_file(self._path(date), checked=True) as file:
                if number >= file.num_row_groups:
                    return {}
                group = file.read_row_group(number)
        except (OSError, pa.ArrowException):
            return {}
        return dict(zip(*(column.to_pylist() for column in group.columns), strict=True))

    @contextlib.contextmanager
    def writing(self, date: str) -> Iterator[Callable[[Mapping[str, str]], None]]:
        """A function that adds the next batch; the file takes the old one's place at the end."""
        with (
            atomic(self._path(date), self._access) as partial,
            pq.ParquetWriter(
                partial, _SCHEMA, compression="zstd", use_dictionary=False, write_page_checksum=True
            ) as file,
        ):
            yield lambda told: file.write_table(_table(told))

    def purge(self, before: str) -> None:
        """Remove what is kept of the dates before one."""
        for path in self._folder.glob("*.parquet"):
            if path.stem < before:
                path.unlink()

    def _path(self, date: str) -> Path:
        return self._folder / f"{date}.parquet"


def _table(told: Mapping[str, str]) -> pa.Table:
    columns = [pa.array(list(told), pa.string()), pa.array(list(told.values()), pa.string())]
    return pa.Table.from_arrays(columns, schema=_SCHEMA)
