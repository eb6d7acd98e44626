"""Tables that people keep beside the results: read strictly, every fault with file and line."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.text.decoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path


def lines(
    path: Path, columns: Sequence[str], more: Sequence[str] = ()
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each line of a CSV by its number, and its values by column, the spaces around them gone.

    ``columns`` have to be there, ``more`` may be (empty where they are not). Nothing where there is no
    file. Raises ``ConfigurationError`` for a column that is missing and for what is no CSV.
    """
    if not path.is_file():
        return
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        _check_columns(reader, path, columns)
        for row in reader:
            values = {name: (row.get(name) or "").strip() for name in (*columns, *more)}
            if any("\n" in value for value in values.values()):
                fault = tr("a cell holds a line break; most likely a quote is not closed")
                raise ConfigurationError(fault, path=path, line=reader.line_num)
            yield reader.line_num, values
    except csv.Error as error:  # its line is not counted yet
        line = reader.line_num + 1
        raise ConfigurationError(
            tr("not a CSV that can be read: {error}", error=error), path=path, line=line
        ) from error


def table(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> bytes:
    """A CSV that a spreadsheet opens: its encoding is told, and none of its texts is a formula."""
    text = io.StringIO(newline="")
    out = csv.writer(text)
    out.writerow(columns)
    out.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def file_name(name: str) -> str:
    """A file's name for a person's."""
    return "".join(c if c.isalnum() else "_" for c in name)


def _check_columns(reader: csv.DictReader[str], path: Path, columns: Sequence[str]) -> None:
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or []]
    if missing := [name for name in columns if name not in reader.fieldnames]:
        message = tr(
            "there is no column {missing}; expected {columns} in the first line",
            missing=", ".join(missing),
            columns=",".join(columns),
        )
        raise ConfigurationError(message, path=path, line=1)


def _text(path: Path) -> str:
    text = decode(path.read_bytes())
    if text is None:
        raise ConfigurationError(tr("is neither UTF-8, UTF-16 nor GB18030 text"), path=path)
    return text
