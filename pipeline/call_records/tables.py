"""Tables in files: CSV, JSON lines, JSON and Parquet, row by row."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigurationError
from pipeline.messages import Cause, cause, tr
from pipeline.text.decoding import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

CALLS_CSV = "calls.csv"
OWN = (CALLS_CSV, "calls.jsonl", "calls.parquet")
"""The tables looked for in the recordings' folder, with callqa's own columns."""
METADATA = "_metadata.json"
"""What Genesys Cloud adds to a recording's name for the file that describes it."""
SEPARATORS = ",;\t，；"
OWN_SEPARATORS = ",\t，；"
"""Those of calls.csv: a semicolon there is a slip, which is named."""
_BATCH = 4096
"""Parquet rows held at a time."""

Raw = tuple[str, "Mapping[str, Any]", Cause | None]
"""Where a row stands, its values by column (in lower case), and why it cannot be read, or None.

Where is ``calls.csv:3`` for a line, ``calls.json#3`` for what has no lines.
"""


def _nothing_open() -> None:
    """A table that is held, or closed when its last row is read."""


@dataclass(frozen=True)
class Source:
    """A table: what it is called in messages, its rows, and its columns (None: not known).

    ``close`` is called when the rows are read, or will not be.
    """

    name: str
    rows: Iterable[Raw]
    columns: Sequence[str] | None = None
    path: Path | None = None
    close: Callable[[], object] = _nothing_open


def read_table(
    path: Path, name: str, header: Sequence[str] = (), separators: str = SEPARATORS
) -> Source:
    """The table in ``path``, by its suffix.

    ``header`` stands in for a CSV's missing header line; ``separators`` may stand between its
    columns.

    Raises ``ConfigurationError`` where it cannot be read as a whole.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return _csv(path, name, header, separators)
    if suffix == ".parquet":
        return _parquet(path, name)
    return _documents(path, name) if suffix == ".json" else _lines(path, name)


def metadata_files(folder: Path) -> Source:
    """What stands beside the recordings of a Genesys Cloud export, one file a recording."""
    paths = sorted(folder.rglob(f"*{METADATA}"))
    rows: list[Raw] = [(p.relative_to(folder).as_posix(), *_beside(p)) for p in paths]
    return Source(f"*{METADATA}", rows)


def plain(value: Any) -> Any:
    """A value of a database or of Parquet as JSON would have it: a time as ISO 8601, 8.0 as 8."""
    if isinstance(value, float):
        return "" if math.isnan(value) else int(value) if value.is_integer() else value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value


def _csv(path: Path, name: str, header: Sequence[str], separators: str) -> Source:
    text = _text(path)
    separator = max(separators, key=text.partition("\n")[0].count)
    # a blank line behind the last: a quote that is not closed there runs into it as anywhere else
    lines = [*io.StringIO(text, newline=""), "\n"]
    records = _records(lines, separator)
    _, cells, fault = next(records)
    if fault:
        raise ConfigurationError(
            tr("cannot be read as CSV: {fault}", fault=fault), path=path, line=1
        )
    columns = [cell.strip().lower() for cell in cells]
    if header and len({*header} & {*columns}) < 2:
        columns, records = list(header), _records(lines, separator)
    return Source(name, _cells(records, columns, name), columns, path)


_Record = tuple[int, "list[str]", Cause | None]
"""The number of a record's first line, its cells, and why it cannot be read, or None."""


def _cells(records: Iterable[_Record], columns: Sequence[str], name: str) -> Iterator[Raw]:
    for number, cells, fault in records:
        if cells or fault:
            yield f"{name}:{number}", dict(zip(columns, cells, strict=False)), fault


def _records(lines: Sequence[str], separator: str) -> Iterator[_Record]:
    """The records of a CSV, whose quoted fields may hold line breaks.

    A line that cannot be read is one by itself, and what follows is read anew: a quote that is not
    closed swallows nothing.
    """
    at, width = 0, 0
    while at < len(lines):
        cells, taken, fault = _record(lines, at, separator, width)
        yield at + 1, cells, fault
        at, width = at + taken, width or len(cells)


def _record(
    lines: Sequence[str], at: int, separator: str, width: int
) -> tuple[list[str], int, Cause | None]:
    """The record that begins at a line: its cells, how many lines it takes, and what is wrong.

    Of one whose quote is not closed, the cells before the quote.
    """
    reader = csv.reader((lines[n] for n in range(at, len(lines))), delimiter=separator)
    try:
        cells = next(reader, [])
    except csv.Error as error:  # a field that is longer than the csv module takes
        if reader.line_num <= 1:
            return [], 1, cause("this line cannot be read ({error})", error=error)
        cells = []
    taken = reader.line_num
    if taken <= 1 or (cells and _quotes_pair(lines[at : at + taken], cells, separator, width)):
        return cells, max(1, taken), None
    alone = next(csv.reader([lines[at]], delimiter=separator))
    return alone[:-1], 1, cause("a quote is not closed")


def _quotes_pair(piece: Sequence[str], cells: Sequence[str], separator: str, width: int) -> bool:
    """Whether a record of several lines is meant to be one, and no quote was left open.

    It was where the quotes do not pair, or where a line inside a field is itself as wide as the
    table: that is the next row.
    """
    try:
        next(csv.reader(piece, delimiter=separator, strict=True))
    except csv.Error:
        return False
    inside = (line for cell in cells for line in cell.splitlines()[1:])
    return width <= 1 or all(line.count(separator) != width - 1 for line in inside)


def _text(path: Path) -> str:
    text = decode(path.read_bytes())
    if text is None:
        raise ConfigurationError(tr("is neither UTF-8, UTF-16 nor GB18030 text"), path=path)
    return text


def _lines(path: Path, name: str) -> Source:
    """JSON lines; a line that is no object is a fault of its own."""
    rows: list[Raw] = []
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if line.strip():
            rows.append((f"{name}:{number}", *_object(line)))
    return Source(name, rows, _keys(rows), path)


def _documents(path: Path, name: str) -> Source:
    """One object, a list of them, or Genesys Cloud's answer ``{"conversations": [...]}``."""
    try:
        data = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(
            tr("is not valid JSON: {error}", error=error), path=path
        ) from error
    if isinstance(data, dict):
        data = data.get("conversations", [data])
    if not isinstance(data, list):
        raise ConfigurationError(tr("expected a list of call records"), path=path)
    rows: list[Raw] = [
        (f"{name}#{number}", *_with_lower_keys(one)) for number, one in enumerate(data, start=1)
    ]
    return Source(name, rows, _keys(rows), path)


def _beside(path: Path) -> tuple[Mapping[str, Any], Cause | None]:
    values, fault = _object(path.read_text(encoding="utf-8-sig", errors="replace"))
    return {**values, "recordingid": path.name.removesuffix(METADATA)}, fault


def _object(text: str) -> tuple[Mapping[str, Any], Cause | None]:
    try:
        return _with_lower_keys(json.loads(text))
    except (ValueError, RecursionError) as error:
        return {}, cause("no valid JSON: {error}", error=error)


def _with_lower_keys(value: Any) -> tuple[Mapping[str, Any], Cause | None]:
    if not isinstance(value, dict):
        return {}, cause("expected a JSON object")
    return {str(k).strip().lower(): v for k, v in value.items()}, None


def _keys(rows: Sequence[Raw]) -> list[str] | None:
    return list(dict.fromkeys(key for _, values, _ in rows for key in values)) or None


def _parquet(path: Path, name: str) -> Source:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise ConfigurationError(
            tr("cannot be read as Parquet: {error}", error=error), path=path
        ) from error
    columns = [column.lower() for column in table.schema_arrow.names]

    def rows() -> Iterator[Raw]:
        number = 0
        for batch in table.iter_batches(batch_size=_BATCH):
            for row in batch.to_pylist():
                number += 1
                values = zip(columns, map(plain, row.values()), strict=True)
                yield f"{name}#{number}", dict(values), None

    return Source(name, rows(), columns, path)
