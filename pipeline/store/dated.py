"""One date of the tables, written a batch of calls at a time and put in place together."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

import pyarrow.parquet as pq

from pipeline.store.access import atomic
from pipeline.store.columns import schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    import pyarrow as pa

    from pipeline.store.columns import Row
    from pipeline.store.files import Store

_MADE_OF = "callqa.made_of"


class DateTables:
    """New files of some tables for one date; they take the old ones' place when the block ends well.

    A table that is ``dear`` to make may be left out of a batch that it was made of already (``made_of``
    says of what): its rows are those that stand there. Where that is so of all, its file stays.
    """

    def __init__(self, store: Store, date: str, rows: Iterable[type[Row]], dear: type[Row]) -> None:
        """Nothing is written before the first batch."""
        self._store, self._date, self._rows, self._dear = store, date, tuple(rows), dear
        self._stack = ExitStack()
        self._files: dict[type[Row], pq.ParquetWriter] = {}
        self._digests: list[str] = []

    def __enter__(self) -> Self:
        """Open the files of all tables but the dear one."""
        with ExitStack() as stack:
            self._stack = stack
            for row in self._rows:
                self._open(row)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put the files in place, or take them away where the block failed."""
        if error is None:
            if len(self._digests) != len(self.made_of) and self._dear not in self._files:
                self._begin_dear()
            if self._dear in self._files:
                told = {_MADE_OF: "\n".join(self._digests)}
                self._files[self._dear].add_key_value_metadata(told)
            for file in self._files.values():
                file.close()
        self._stack.__exit__(kind, error, trace)

    @property
    def made_of(self) -> list[str]:
        """What each batch of the dear table's present file was made of; nothing where nobody knows."""
        path = self._store.part(self._dear, self._date)
        if not path.is_file():
            return []
        with pq.ParquetFile(path) as file:
            held = (file.metadata.metadata or {}).get(_MADE_OF.encode(), b"").decode()
            digests = held.split("\n") if held else []
            return digests if len(digests) == file.num_row_groups else []

    def add(self, tables: Mapping[type[Row], pa.Table], made_of: str) -> None:
        """The next batch's rows of each table."""
        for row in self._rows:
            self._files[row].write_table(tables[row])
        new = tables.get(self._dear)
        if new is not None and self._dear not in self._files:
            self._begin_dear()
        if self._dear in self._files:
            self._files[self._dear].write_table(new or self._standing(len(self._digests)))
        self._digests.append(made_of)

    def _begin_dear(self) -> None:
        """Open the dear table's file, with the batches so far as they stand."""
        self._open(self._dear)
        for number in range(len(self._digests)):
            self._files[self._dear].write_table(self._standing(number))

    def _standing(self, number: int) -> pa.Table:
        with pq.ParquetFile(self._store.part(self._dear, self._date)) as file:
            return file.read_row_group(number)

    def _open(self, row: type[Row]) -> None:
        path = self._stack.enter_context(
            atomic(self._store.part(row, self._date), self._store.access)
        )
        self._files[row] = pq.ParquetWriter(path, schema(row, self._store.zone), compression="zstd")
