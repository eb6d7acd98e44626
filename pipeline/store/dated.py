"""One date of the tables, written a batch of calls at a time."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.store.columns import schema
from pipeline.store.footers import parquet_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.store.columns import Row
    from pipeline.store.files import Store
    from pipeline.store.publishing import Publication

_MADE_OF = "callqa.made_of"


class DateTables:
    """The tables of one date in a publication.

    Each says in its file what each batch of its rows was made of. A table that is ``dear`` to make may
    be left out of a batch that it was made of already (``dear_made_of`` says of what): its rows are
    those that stand there. Where that is so of all, its file stays.
    """

    def __init__(
        self,
        store: Store,
        date: str,
        publication: Publication,
        rows: Iterable[type[Row]],
        dear: type[Row],
    ) -> None:
        """Open the files of all tables but the dear one."""
        self._store, self._date, self._new = store, date, publication
        self._rows, self._dear = tuple(rows), dear
        self._digests: list[str] = []
        self._others: list[str] = []
        for row in self._rows:
            self._open(row)

    @cached_property
    def dear_made_of(self) -> list[str]:
        """What each batch of the dear table's present file was made of; nothing where nobody knows."""
        return self._noted_columns(self._dear)

    @cached_property
    def made_of(self) -> list[str]:
        """What each batch of all other tables was made of; nothing where that is not one thing."""
        first, *others = map(self._noted_columns, self._rows)
        return first if all(one == first for one in others) else []

    def add(self, tables: Mapping[type[Row], pa.Table], made_of: str, dear_made_of: str) -> None:
        """The next batch's rows of each table."""
        for row in self._rows:
            self._new.add(row.TABLE, tables[row])
        new = tables.get(self._dear)
        if new is not None and not self._new.opens(self._dear.TABLE):
            self._begin_dear()
        if self._new.opens(self._dear.TABLE):
            standing = len(self._digests)
            self._new.add(
                self._dear.TABLE, new or batch(self._store, self._dear, self._date, standing)
            )
        self._digests.append(dear_made_of)
        self._others.append(made_of)

    def end(self) -> None:
        """All batches were added."""
        if len(self._digests) != len(self.dear_made_of) and not self._new.opens(self._dear.TABLE):
            self._begin_dear()
        if self._new.opens(self._dear.TABLE):
            self._new.note(self._dear.TABLE, {_MADE_OF: "\n".join(self._digests)})
        for row in self._rows:
            self._new.note(row.TABLE, {_MADE_OF: "\n".join(self._others)})

    def _noted_columns(self, row: type[Row]) -> list[str]:
        """What a table's file says; nothing of one whose columns another version wrote."""
        if not self._new.stands(row.TABLE):
            return []
        with parquet_file(self._store.part(row, self._date)) as file:
            if not _alike(file.schema_arrow, schema(row, self._store.zone)):
                return []
            held = (file.metadata.metadata or {}).get(_MADE_OF.encode(), b"").decode()
            digests = held.split("\n") if held else []
            return digests if len(digests) == file.num_row_groups else []

    def _begin_dear(self) -> None:
        """Open the dear table's file, with the batches so far as they stand."""
        self._open(self._dear)
        for number in range(len(self._digests)):
            self._new.add(self._dear.TABLE, batch(self._store, self._dear, self._date, number))

    def _open(self, row: type[Row]) -> None:
        self._new.open(row.TABLE, schema(row, self._store.zone))


def batch(store: Store, row: type[Row], date: str, number: int) -> pa.Table:
    """A batch's rows of a table, as they stand."""
    with parquet_file(store.part(row, date)) as file:
        return file.read_row_group(number).cast(schema(row, store.zone))


def _alike(one: pa.Schema, other: pa.Schema) -> bool:
    """Whether columns and types are the same; Parquet has no whole seconds and keeps milliseconds."""
    return one.names == other.names and all(
        a.equals(b) or isinstance(b, pa.TimestampType)
        for a, b in zip(one.types, other.types, strict=True)
    )
