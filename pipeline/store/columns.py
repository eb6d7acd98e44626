"""From a row's class to Arrow and back: the annotations of a frozen dataclass are its columns.

``str``, ``float``, ``int`` (64 bits), ``bool`` and ``datetime`` (seconds, in the zone of the settings)
are columns as they stand; so are a ``StrEnum`` (its text), ``tuple[X, ...]`` (a list) and another
dataclass (a struct). ``X | None`` may be null. ``Annotated[X, "meaning"]`` says what a column means,
and an Arrow type beside it takes the place of the usual one.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache, partial
from operator import attrgetter
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import pyarrow as pa

from pipeline.records import DEFAULT_ZONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_PLAIN = {str: pa.string(), float: pa.float64(), int: pa.int64(), bool: pa.bool_()}


class Row:
    """The base of all rows; ``TABLE`` names the table that they are of."""

    __slots__ = ()
    TABLE: ClassVar[str]


R = TypeVar("R", bound=Row)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column as its field declares it; ``kind`` is the annotation without ``None`` and meaning."""

    name: str
    kind: Any
    optional: bool
    arrow: pa.DataType
    meaning: str
    read: Callable[[Any], Any] | None
    """From what Arrow or JSON holds to the field's value; None: it is the value already."""


def columns(row: type, zone: str = DEFAULT_ZONE) -> tuple[Column, ...]:
    """The columns of a row's class in their order; ``TypeError`` for an annotation that is none."""
    return _columns(row, zone)


@cache
def _columns(row: type, zone: str) -> tuple[Column, ...]:
    hints = get_type_hints(row, include_extras=True)
    return tuple(_column(field.name, hints[field.name], zone) for field in fields(row))


def _column(name: str, hint: Any, zone: str) -> Column:
    hint, *notes = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    kind = _without_none(hint)
    given = [note for note in notes if isinstance(note, pa.DataType)]
    return Column(
        name=name,
        kind=kind,
        optional=kind is not hint,
        arrow=given[0] if given else _arrow(kind, name, zone),
        meaning=" ".join(note for note in notes if isinstance(note, str)),
        read=_reader(kind),
    )


def _without_none(hint: Any) -> Any:
    """``X`` of ``X | None``; any other annotation as it is."""
    if get_origin(hint) not in {Union, UnionType}:
        return hint
    others = [one for one in get_args(hint) if one is not NoneType]
    return others[0] if len(others) == 1 else hint


def _arrow(kind: Any, name: str, zone: str) -> pa.DataType:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind is datetime:
        return pa.timestamp("s", tz=zone)
    if _is_enum(kind):
        return pa.string()
    if (item := _item(kind)) is not None:
        return pa.list_(_arrow(item, name, zone))
    if isinstance(kind, type) and is_dataclass(kind):
        return pa.struct([(one.name, one.arrow) for one in columns(kind, zone)])
    raise TypeError(f"{name}: {kind!r} is no column; pipeline.store.columns says what is")


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def _item(kind: Any) -> Any:
    """``X`` of ``tuple[X, ...]``; None of anything else."""
    match get_args(kind) if get_origin(kind) is tuple else ():
        case (item, last) if last is ...:
            return item
    return None


def _reader(kind: Any) -> Callable[[Any], Any] | None:
    if kind is datetime:
        return _moment
    if _is_enum(kind):
        member: Callable[[str], StrEnum] = kind
        return member
    if (item := _item(kind)) is not None:
        one = _reader(item)
        return tuple if one is None else lambda values: tuple(map(one, values))
    if isinstance(kind, type) and is_dataclass(kind):
        return partial(from_values, kind)
    return None


def _moment(value: datetime | str) -> datetime:
    """A clock time; JSON has it as ISO text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def schema(row: type[Row], zone: str = DEFAULT_ZONE) -> pa.Schema:
    """The Arrow schema of a row's class; ``zone`` is the time zone that clock times carry."""
    return pa.schema([(one.name, one.arrow) for one in columns(row, zone)])


def to_arrow(row: type[R], rows: Iterable[R], zone: str) -> pa.Table:
    """Rows as a table."""
    own = list(rows)
    arrays = [pa.array(_arrow_values(own, c), type=c.arrow) for c in columns(row, zone)]
    return pa.Table.from_arrays(arrays, schema=schema(row, zone))


def _arrow_values(rows: list[R], column: Column) -> list[Any]:
    """The values of a column as Arrow takes them; only lists and structs have to be taken apart."""
    values = map(attrgetter(column.name), rows)
    return list(map(_plain, values) if pa.types.is_nested(column.arrow) else values)


def _plain(value: Any) -> Any:
    if type(value) in _PLAIN or value is None:
        return value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in columns(type(value))}
    return value


def from_arrow(row: type[R], table: pa.Table) -> list[R]:
    """A table's rows; a column that it lacks is None.

    Raises ``ValueError`` where a column is missing or null that never is, or holds an unknown word.
    """
    values = {one.name: _values(one, table) for one in columns(row)}
    return [
        row(**dict(zip(values, one, strict=True))) for one in zip(*values.values(), strict=True)
    ]


def _values(column: Column, table: pa.Table) -> list[Any]:
    there = column.name in table.column_names
    if not column.optional and not (there and table.column(column.name).null_count == 0):
        raise ValueError(f"{column.name} {'has nulls' if there else 'is missing'}")
    if not there:
        return [None] * table.num_rows
    values: list[Any] = table.column(column.name).to_pylist()
    if column.read is None:
        return values
    return [None if one is None else column.read(one) for one in values]


def from_values(kind: type[T], values: Mapping[str, Any]) -> T:
    """A row out of named values; one that may be None may be missing, others are ignored."""
    return kind(**{one.name: _value(one, values) for one in columns(kind)})


def _value(column: Column, values: Mapping[str, Any]) -> Any:
    value = values.get(column.name) if column.optional else values[column.name]
    return value if value is None or column.read is None else column.read(value)
