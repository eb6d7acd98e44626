"""What is known of a call besides its sound: tables, databases, the sidecar, the file's name.

Field by field the first source that knows: ``calls.csv``, ``calls.jsonl`` and ``calls.parquet`` in
the recordings' folder, then ``file`` and ``database`` of the settings' ``[call_records]``.
"""

from __future__ import annotations

import difflib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipeline.call_records.fields import TOLD, first_of, record_of
from pipeline.call_records.names import name_pattern, named_record
from pipeline.call_records.query import read_query
from pipeline.call_records.table import Entry, RecordRow, Table, add_by_call, add_by_file
from pipeline.call_records.tables import (
    CALLS_CSV,
    METADATA,
    OWN,
    OWN_SEPARATORS,
    Source,
    metadata_files,
    read_table,
)
from pipeline.call_records.vendors import VENDORS
from pipeline.errors import ConfigurationError
from pipeline.messages import cause, tr
from pipeline.settings import CallRecordSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.settings import Settings

__all__ = [
    "CALLS_CSV",
    "METADATA",
    "OWN",
    "RecordRow",
    "Table",
    "first_of",
    "name_pattern",
    "named_record",
    "read_calls",
    "record_of",
    "table_file",
]


def read_calls(folder: Path, settings: Settings) -> Table:
    """The call records of a folder; none where there are no tables.

    Raises ``ConfigurationError`` for a table, a database or a column that cannot be read.
    """
    table = Table()
    told = settings.call_records
    set_file = None if told.file is None else (folder / told.file).resolve()
    plain = settings.model_copy(update={"call_records": CallRecordSettings()})
    for name in OWN:
        path = folder / name
        if path.is_file() and path.resolve() != set_file:
            source = read_table(path, name, separators=OWN_SEPARATORS)
            _gather(table, source, plain)
    for source in _set_sources(folder, told):
        _gather(table, source, settings)
    return table


def table_file(folder: Path, settings: Settings) -> Path | None:
    """The table that the settings name, so that a JSON file is not taken for a transcript."""
    file = settings.call_records.file
    return None if file is None else folder / file


def _set_sources(folder: Path, told: CallRecordSettings) -> Iterator[Source]:
    if told.file is not None:
        path = folder / told.file
        if not path.is_file():
            raise told.wrong("file", tr("there is no {path}", path=path))
        yield read_table(path, told.file.as_posix(), VENDORS[told.vendor].header)
    if told.vendor == "genesys":
        yield metadata_files(folder)
    if told.database is not None:
        yield read_query(told)


def _gather(table: Table, source: Source, settings: Settings) -> None:
    """The rows of a source into the table: by file where it names files of this folder."""
    told = settings.call_records
    table.sources.append(source.name)
    try:
        _check_columns(source, told)
        entries = _entries(source, settings)
        if told.vendor == "callqa" and "file" in {*(source.columns or ()), *told.columns}:
            add_by_file(table, entries)
        else:
            add_by_call(table, entries)
    finally:
        source.close()


def _entries(source: Source, settings: Settings) -> Iterator[Entry]:
    """Row by row what the source says; a row that cannot be read becomes the fault of its file."""
    told, zone = settings.call_records, settings.zone
    vendor = VENDORS[told.vendor]
    for where, values, fault in source.rows:
        texts = vendor.texts(values, zone)
        if texts is None:
            continue
        texts |= {name: values.get(column.lower()) for name, column in told.columns.items()}
        path = PurePosixPath(str(texts.get("file") or "").strip().replace("\\", "/") or ".")
        file = "" if path == PurePosixPath(".") else str(path)
        try:
            row = RecordRow(record_of(texts, zone, told.time_formats), source=source.name)
        except ValueError as error:
            wrong = cause("{where}: {fault}", where=where, fault=error)
            row = RecordRow(fault=wrong, source=source.name)
        if fault:
            wrong = cause("{where}: {fault}", where=where, fault=fault)
            row = RecordRow(fault=wrong, source=source.name)
        call = next((str(v) for name in vendor.together if (v := values.get(name))), "")
        yield Entry(row, where, file, call)


def _check_columns(source: Source, told: CallRecordSettings) -> None:
    """A column that is set has to be there, and so has the file or the call's id.

    A column that looks like a misspelt one of callqa's is an error; others are somebody else's.
    """
    if source.columns is None:
        return
    there = ", ".join(source.columns)
    for name, column in told.columns.items():
        if column.lower() not in source.columns:
            message = tr(
                "there is no column {column!r} in {table}, only {there}",
                column=column,
                table=source.name,
                there=there,
            )
            raise told.wrong(f"columns.{name}", message)
    if told.vendor != "callqa":
        return
    known = ["file", *TOLD]
    if not {"file", "call_id"} & {*source.columns, *told.columns}:
        message = tr(
            "no column 'file' among: {there}. Expected commas between columns, and some of {known}",
            there=there,
            known=", ".join(known),
        )
        raise _of_table(source, told, message)
    mapped = {column.lower() for column in told.columns.values()}
    for column in source.columns:
        if column in known or column in mapped:
            continue
        if close := difflib.get_close_matches(column, known, n=1, cutoff=0.8):
            message = tr(
                "unknown column {column!r}; did you mean {close!r}?", column=column, close=close[0]
            )
            raise _of_table(source, told, message)


def _of_table(source: Source, told: CallRecordSettings, message: str) -> ConfigurationError:
    if source.path is None:
        return told.wrong("query", message)
    return ConfigurationError(message, path=source.path, line=1)
