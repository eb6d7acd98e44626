"""Call records out of real databases: SQLite, and a PostgreSQL cluster of the test's own."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from pipeline.errors import ConfigurationError
from pipeline.ingest.find import Found, find_recordings
from pipeline.records import Direction
from pipeline.settings import load_settings
from tests.postgresql import cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "q-600-13800000001-20261118-091500-1763428500.12.wav"
CREATE = """
CREATE TABLE cdr (
    calldate timestamp NOT NULL, src varchar(80), dst varchar(80), dcontext varchar(80),
    channel varchar(80), dstchannel varchar(80), duration integer, billsec integer,
    disposition varchar(45), uniqueid varchar(32), did varchar(50), recordingfile varchar(255),
    linkedid varchar(32)
)
"""
INSERT = f"""
INSERT INTO cdr VALUES
    ('2026-11-18 09:15:00', '13800000001', '600', 'ext-queues', 'PJSIP/trunk-1a',
     'Local/8007@from-queue-1;1', 12, 0, 'NO ANSWER', '1763428500.12', '025',
     '{FILE}', '1763428500.12'),
    ('2026-11-18 09:15:12', '13800000001', '600', 'ext-queues', 'PJSIP/trunk-1a',
     'Local/8008@from-queue-2;1', 188, 183, 'ANSWERED', '1763428500.12', '025',
     '{FILE}', '1763428500.12'),
    ('2026-11-18 10:00:00', '13700000003', '600', 'ext-queues', 'PJSIP/trunk-1b',
     '', 20, 0, 'NO ANSWER', '1763431200.50', '025', '', '1763431200.50')
"""  # noqa: S608  nobody's input
QUERY = "SELECT * FROM cdr WHERE dst NOT LIKE '%99' ORDER BY calldate"


def found(
    folder: Path, database: str, query: str = QUERY, more: str = 'vendor = "freepbx"'
) -> Found:
    """What a folder with one recording holds, with its call records in a database."""
    (folder / FILE).write_bytes(b"sound")
    lines = f'[call_records]\ndatabase = "{database}"\nquery = """{query}"""\n{more}\n'
    (folder / "callqa.toml").write_text(lines, encoding="utf-8")
    return find_recordings(folder, load_settings(folder / "callqa.toml"))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A phone system's table ``cdr`` in a file."""
    path = tmp_path / "cdr.db"
    with sqlite3.connect(path) as connection:
        connection.execute(CREATE)
        connection.execute(INSERT)
    connection.close()
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URL of a cluster with the table ``cdr``; gone afterwards."""
    with cluster() as (folder, url):
        with psycopg.connect(f"host={folder} user=reader dbname=postgres") as connection:
            connection.execute(CREATE)
            connection.execute(INSERT.encode())
            connection.execute("CREATE SEQUENCE counter")
        yield url


def check_calls(result: Found) -> None:
    """The queue call with the agent who answered, and the one that nobody did."""
    assert result.failures == ()
    (recording,) = result.recordings
    record = recording.record
    assert (record.agent_id, record.queue, record.customer) == ("8008", "600", "13800000001")
    assert (record.direction, record.ring_seconds) == (Direction.INBOUND, 5)
    assert record.started_at is not None
    assert record.started_at.isoformat() == "2026-11-18T09:15:00+08:00"
    assert [(c.customer, c.answered) for c in result.unrecorded] == [("13700000003", False)]


def test_the_rows_of_a_query_are_call_records(tmp_path: Path, sqlite_url: str) -> None:
    """A percent sign in the query is no parameter."""
    check_calls(found(tmp_path, sqlite_url))


def test_the_rows_of_a_query_on_postgresql(tmp_path: Path, postgres: str) -> None:
    """Over a socket, as a stream."""
    check_calls(found(tmp_path, postgres))


def test_the_url_can_stand_in_the_environment(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that no password stands in a file."""
    monkeypatch.setenv("CALLQA_DATABASE", sqlite_url)
    check_calls(found(tmp_path, "env:CALLQA_DATABASE"))
    monkeypatch.delenv("CALLQA_DATABASE")
    with pytest.raises(ConfigurationError, match=r"toml:2: .*variable CALLQA_DATABASE is not set"):
        found(tmp_path, "env:CALLQA_DATABASE")


def test_types_of_postgresql(tmp_path: Path, postgres: str) -> None:
    """Times with zone, truths, exact numbers, intervals; a colon in a query is a cast."""
    query = f"""SELECT '{FILE}' AS file, timestamptz '2026-11-18 01:15:00Z' AS started_at,
        true AS answered, 8008::numeric AS agent_id, interval '6 seconds' AS ring_seconds,
        ' '::text AS team, NULL AS agent_name;"""
    (recording,) = found(tmp_path, postgres, query, more="").recordings
    record = recording.record
    assert record.started_at is not None
    assert record.started_at.isoformat() == "2026-11-18T09:15:00+08:00"
    assert (record.answered, record.agent_id, record.ring_seconds) == (True, "8008", 6)
    assert (record.team, record.agent_name) == (None, None)


def test_a_database_is_only_read(tmp_path: Path, sqlite_url: str, postgres: str) -> None:
    """A query that writes is refused, and nothing is written."""
    with pytest.raises(ConfigurationError, match=r"toml:3: call_records.query: .*readonly"):
        found(tmp_path, sqlite_url, "DELETE FROM cdr RETURNING *")
    check_calls(found(tmp_path, sqlite_url))
    with pytest.raises(ConfigurationError, match=r"toml:3: .*in a read-only transaction"):
        found(tmp_path, postgres, "SELECT nextval('counter')")
    with pytest.raises(ConfigurationError, match=r"call_records.query: "):
        found(tmp_path, postgres, "DELETE FROM cdr RETURNING *")
    check_calls(found(tmp_path, postgres))


def test_a_query_that_takes_too_long_is_stopped(tmp_path: Path, postgres: str) -> None:
    """A night must not hang on it."""
    more = 'vendor = "freepbx"\nquery_seconds = 1'
    with pytest.raises(ConfigurationError, match=r"call_records.query: .*statement timeout"):
        found(tmp_path, postgres, "SELECT pg_sleep(30)", more)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT * FROM cdrs", r"toml:3: call_records.query: .*cdrs"),
        ("SELEKT 1", r"toml:3: call_records.query: .*SELEKT"),
    ],
)
def test_a_wrong_query_is_named(
    tmp_path: Path, sqlite_url: str, postgres: str, query: str, message: str
) -> None:
    """With what the database says of it."""
    for url in (sqlite_url, postgres):
        with pytest.raises(ConfigurationError, match=message):
            found(tmp_path, url, query)


def test_a_query_without_file_and_call_is_named(tmp_path: Path, sqlite_url: str) -> None:
    """Its rows could be of any recording."""
    with pytest.raises(ConfigurationError, match=r"toml:3: .*no column 'file' among: src"):
        found(tmp_path, sqlite_url, "SELECT src FROM cdr", more="")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("cdr.db", "is no URL of a database; expected postgresql"),
        ("postgresql+nobody://u:geheim@h/d", "SQLAlchemy knows no 'postgresql\\+nobody'"),
        ("oracle+oracledb://u:geheim@h/d", "not installed: pip install 'oracledb'"),
        ("sqlite:////nowhere/cdr.db", "there is no file /nowhere/cdr.db"),
        (
            "postgresql+psycopg://u:geheim@/d?host=/nowhere",
            r"cannot connect to postgresql\+psycopg://u:\*\*\*@/d.* Is it running, and are user",
        ),
    ],
)
def test_a_database_that_is_not_there_is_named_without_its_password(
    tmp_path: Path, url: str, message: str
) -> None:
    """With the settings' line and what to do."""
    with pytest.raises(ConfigurationError, match=message) as caught:
        found(tmp_path, url)
    assert (caught.value.path, caught.value.line) == (tmp_path / "callqa.toml", 2)
    assert "geheim" not in str(caught.value)
    assert "geheim" not in repr(load_settings(tmp_path / "callqa.toml"))


def test_a_fault_in_a_row_is_its_recordings(tmp_path: Path, sqlite_url: str) -> None:
    """With the number of the row."""
    query = f"SELECT '{FILE}' AS file, 'gestern' AS started_at"
    result = found(tmp_path, sqlite_url, query, more="")
    assert [f.file for f in result.failures] == [FILE]
    assert "SQL#1：started_at: 'gestern' 不能读" in str(result.failures[0].message)
