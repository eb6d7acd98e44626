"""One declaration a table: what it gives the writer, the reader and whoever adds a column."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import ConfigurationError
from pipeline.records import Outcome, Personal, Role, Severity
from pipeline.store.columns import Row, columns, schema
from pipeline.store.files import Store
from pipeline.store.parts import TurnText, check
from pipeline.store.schema import (
    TABLES,
    AttemptRow,
    CallRow,
    FindingRow,
    MaskedPlace,
    TranscriptRow,
    TurnToken,
    TurnWord,
)
from tests.report.made_up import call

ZONE = "Asia/Shanghai"
DATE = "2026-11-20"
GOLDEN = Path(__file__).with_name("schemas.txt")
TURN = TranscriptRow(
    call_id="c1",
    turn=0,
    role=Role.CUSTOMER,
    channel=None,
    start_s=0.4,
    end_s=1.2,
    text="您好",
    tokens=(TurnToken(text="您好", start=0, end=2),),
    words=(
        TurnWord(text="您", start_s=0.4, end_s=0.8, probability=0.9),
        TurnWord(text="好", start_s=0.8, end_s=1.2, probability=None),
    ),
    confidence=None,
    voiced_s=0.8,
    characters=2,
    masked=(MaskedPlace(kind=Personal.NAME, start=0, end=1, start_s=0.4, end_s=0.8),),
)
NOWHERE = FindingRow(
    call_id="c1",
    agent_id="0008",
    rule_id="closing.standard",
    kind="elements",
    section="closing",
    severity=Severity.MINOR,
    outcome=Outcome.PASS,
    deduct=0.0,
    points=0.0,
    reason=None,
    turn=None,
    start_s=None,
    end_s=None,
    role=Role.AGENT,
    quote="",
    message="",
    source="G 3",
    confidence=None,
)
ATTEMPT = AttemptRow(
    call_id="",
    agent_id="",
    agent_name="",
    team="",
    shift="",
    direction="outbound",
    queue="",
    customer_key="",
    started_at=datetime(2026, 11, 20, 1, 30, tzinfo=ZoneInfo(ZONE)),
    ring_seconds=None,
    answered=None,
    ended_by="",
)


def rewrite(out: Path, row: type[Row], date: str, data: pa.Table) -> Path:
    """Put a table in the place of one date's; its file."""
    path = out / "data" / row.TABLE / f"date={date}" / "part-0.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(data, path)
    return path


def without(out: Path, row: type[Row], *names: str) -> Path:
    """Drop columns of every date of a table, as a version wrote it that did not have them."""
    path = out
    for path in sorted((out / "data" / row.TABLE).rglob("*.parquet")):
        with pq.ParquetFile(path) as file:
            data = file.read()
        pq.write_table(data.drop_columns(list(names)), path)
    return path


def test_every_table_has_the_columns_and_types_of_the_contract() -> None:
    """Readers of the files go by them: what changes here has to stand in the change log."""
    lines = [
        f"{table}.{column.name}: {column.type}"
        for table, row in TABLES.items()
        for column in schema(row)
    ]
    assert lines == GOLDEN.read_text(encoding="utf-8").splitlines()


def test_every_column_says_what_it_means() -> None:
    """The data dictionary has no empty cell."""
    silent = [f"{t}.{c.name}" for t, row in TABLES.items() for c in columns(row) if not c.meaning]
    assert silent == []


@pytest.mark.parametrize("row", [TURN, NOWHERE, ATTEMPT, call("c1"), call("c2", score=None)])
def test_a_row_comes_back_as_it_was(tmp_path: Path, row: Row) -> None:
    """Nulls, words and tokens, enums, clock times in their zone."""
    store = Store(tmp_path, ZONE)
    store.write(type(row), DATE, [row, row])
    assert store.read(type(row), DATE) == [row, row]


def test_what_comes_back_has_its_types(tmp_path: Path) -> None:
    """An enum's member and not its text, a word and not its values."""
    store = Store(tmp_path, ZONE)
    store.write(TranscriptRow, DATE, [TURN])
    (turn,) = store.read(TranscriptRow, DATE)
    assert turn.role is Role.CUSTOMER
    assert turn.words[1].probability is None
    assert turn.tokens[0].end == 2


def test_some_columns_are_read_without_the_others(tmp_path: Path) -> None:
    """The part has the values of the whole; the others are not even looked at."""
    store = Store(tmp_path, ZONE)
    store.write(TranscriptRow, DATE, [TURN])
    without(tmp_path, TranscriptRow, "words", "tokens")
    assert store.read(TurnText, DATE) == [
        TurnText(
            call_id="c1", role=Role.CUSTOMER, start_s=0.4, end_s=1.2, text="您好", characters=2
        )
    ]


def test_a_date_that_is_not_there_has_no_rows(tmp_path: Path) -> None:
    """Of no table."""
    assert Store(tmp_path, ZONE).read(CallRow, DATE) == []


@pytest.mark.parametrize("missing", ["score", "unrecognised_s"])
def test_a_row_without_one_of_its_columns_cannot_be_made(missing: str) -> None:
    """Nor with one that nobody declares: the constructor refuses both."""
    values: dict[str, Any] = {c.name: getattr(call("c1"), c.name) for c in columns(CallRow)}
    with pytest.raises(TypeError, match=missing):
        CallRow(**{name: value for name, value in values.items() if name != missing})
    with pytest.raises(TypeError, match="mood"):
        CallRow(**(values | {"mood": "good"}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Odd(Row):
    """A row with a column that Arrow has no type for."""

    TABLE: ClassVar[str] = "odd"

    fine: Annotated[tuple[int, ...], "numbers"]
    odd: Annotated[complex, "no number of a table"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair(Row):
    """A row with a list whose items differ."""

    TABLE: ClassVar[str] = "pair"

    odd: tuple[int, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Either(Row):
    """A row with a column that is of two types."""

    TABLE: ClassVar[str] = "either"

    odd: int | str


@pytest.mark.parametrize("row", [Odd, Pair, Either])
def test_an_annotation_that_is_no_column_is_refused(row: type[Row]) -> None:
    """With its field's name, when the tables are imported."""
    with pytest.raises(TypeError, match=r"odd: .* is no column"):
        columns(row)


@dataclass(frozen=True, kw_only=True, slots=True)
class Renamed(Row):
    """A part with a name that its table does not have."""

    TABLE: ClassVar[str] = "findings"

    result: Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class Surer(Row):
    """A part that says of a column that may be null that it is not."""

    TABLE: ClassVar[str] = "findings"

    start_s: float


@pytest.mark.parametrize("part", [Renamed, Surer])
def test_a_part_cannot_differ_from_its_table(part: type[Row]) -> None:
    """By a name or by a type."""
    with pytest.raises(TypeError, match="is no column of findings"):
        check(part)


def test_a_column_that_an_earlier_version_did_not_write_is_none(tmp_path: Path) -> None:
    """0.3.0 counted nothing that was not recognised."""
    store = Store(tmp_path, ZONE)
    store.write(CallRow, DATE, [call("c1"), call("c2")])
    without(tmp_path, CallRow, "unrecognised_s")
    first, second = store.read(CallRow, DATE)
    assert (first.call_id, first.unrecognised_s, first.score) == ("c1", None, 100.0)
    assert second == call("c2", unrecognised_s=None)


def test_a_column_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    """Whoever goes back a version reads what it knows."""
    store = Store(tmp_path, ZONE)
    store.write(FindingRow, DATE, [NOWHERE])
    with pq.ParquetFile(next(tmp_path.rglob("*.parquet"))) as file:
        data = file.read()
    rewrite(tmp_path, FindingRow, DATE, data.append_column("clause", pa.array(["3.1"])))
    assert store.read(FindingRow, DATE) == [NOWHERE]


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("text", None, "text is missing"),
        ("text", [None], "text has nulls"),
        ("role", ["judge"], "judge"),
    ],
)
def test_what_is_no_table_of_ours_is_named(
    tmp_path: Path, column: str, values: list[str | None] | None, said: str
) -> None:
    """File and column, and what to do: no traceback."""
    own = {"call_id": ["c1"], "role": ["agent"], "text": [""]} | {column: values}
    data = pa.table({name: pa.array(v, pa.string()) for name, v in own.items() if v is not None})
    for name in ("start_s", "end_s"):
        data = data.append_column(name, pa.array([1.0]))
    path = rewrite(tmp_path, TranscriptRow, DATE, data)
    with pytest.raises(ConfigurationError, match=said) as caught:
        Store(tmp_path, ZONE).read(TurnText, DATE)
    assert caught.value.path == path
    assert "callqa rescore" in str(caught.value)
