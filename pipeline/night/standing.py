"""Published rows of calls of which nothing has changed: they are taken over as they stand.

A batch's rows stand where its tables were made of what was written down of its calls (in ``answers``);
a call's rows stand in them where its rules say what they said, and it is scored and shown as it was.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.figures.agents import CallFigures
from pipeline.store.dated import batch
from pipeline.store.schema import CallRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.store.columns import Row
    from pipeline.store.files import Store

FIGURES = [one.name for one in fields(CallFigures)]
"""What is kept of a call for its agent's figures, in its order."""


def figures_values(figures: CallFigures) -> list[Any]:
    """What of a call goes into its agent's figures, as plain values."""
    return [getattr(figures, name) for name in FIGURES]


def figures_of(values: Iterable[Any]) -> CallFigures:
    """The figures that have these values."""
    return CallFigures(**dict(zip(FIGURES, values, strict=True)))


class StandingRows:
    """The rows of a batch as they stand in the tables of its date."""

    def __init__(self, store: Store, date: str, number: int) -> None:
        """Each table is read when it is first asked for."""
        self._store, self._date, self._number = store, date, number
        self._tables: dict[type[Row], pa.Table] = {}

    def has(self, call_id: str) -> bool:
        """Whether there is one call of this id."""
        return self._calls.get(call_id, (0, 0))[1] == 1

    def version(self, call_id: str) -> str:
        """The version of the rubric that scored the call of this id."""
        start, _ = self._calls[call_id]
        return str(self._table(CallRow)["rubric_version"][start].as_py())

    def with_new(
        self, row: type[Row], calls: Sequence[str | int], new: pa.Table, versions: Sequence[str]
    ) -> pa.Table:
        """A table's rows of some calls: of an id those that stand, of a number so many new ones.

        ``versions`` are the calls' versions of their rubrics.
        """
        there = self._table(row)
        pieces = _pieces(calls, _stretches(there), there, new)
        table = pa.concat_tables(pieces or [new]).combine_chunks()
        if row is CallRow:
            column = table.column_names.index("rubric_version")
            version = pa.array(versions, pa.string())
            table = table.set_column(column, table.field(column), version)
        return table

    @cached_property
    def _calls(self) -> dict[str, tuple[int, int]]:
        return _stretches(self._table(CallRow))

    def _table(self, row: type[Row]) -> pa.Table:
        if row not in self._tables:
            self._tables[row] = batch(self._store, row, self._date, self._number)
        return self._tables[row]


def _stretches(table: pa.Table) -> dict[str, tuple[int, int]]:
    """By call, where its rows begin in a table, and how many there are; 0 where they lie apart."""
    runs = pc.run_end_encode(table["call_id"].combine_chunks())
    found: dict[str, tuple[int, int]] = {}
    start = 0
    for call_id, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        found[call_id] = (start, 0 if call_id in found else end - start)
        start = end
    return found


def _pieces(
    calls: Iterable[str | int], there: Mapping[str, tuple[int, int]], old: pa.Table, new: pa.Table
) -> list[pa.Table]:
    """The calls' rows in their order; rows that lie together are one piece."""
    pieces: list[tuple[pa.Table, int, int]] = []
    taken = 0
    for call in calls:
        if isinstance(call, str):
            table, (start, count) = old, there.get(call, (0, 0))
        else:
            table, start, count = new, taken, call
            taken += count
        if not count:
            continue
        if pieces and pieces[-1][0] is table and sum(pieces[-1][1:]) == start:
            _, start, before = pieces.pop()
            count += before
        pieces.append((table, start, count))
    return [table.slice(start, count) for table, start, count in pieces]
