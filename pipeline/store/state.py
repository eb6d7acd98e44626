"""What an output folder remembers between runs: ``OUT/state.db``, one SQLite file.

Which call id belongs to which content, which content a file held when it was last seen, what could not
be used, calls without recording, dates that have to be scored or laid out again, and the runs
themselves. A run looks up what it needs; it never loads all of it.

One run at a time writes, since it holds ``OUT`` (``hold``). The journal is SQLite's own rollback journal
and not WAL, which shares memory between processes and is not safe on a network share. Every change is on
the disk when it returns.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.store.access import Access

NAME = "state.db"
_PATIENCE = 5.0
"""Seconds to wait for another process that has the file for a moment."""
_BEFORE = ("ledger", "failures", "attempts")
"""The JSON files under ``transcripts/`` in which versions up to 0.6 remembered this."""
_SCHEMA = """
CREATE TABLE calls (call_id TEXT PRIMARY KEY, content_id TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX calls_by_content ON calls (content_id);
CREATE TABLE paths (path TEXT PRIMARY KEY, content_id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE listed (
    kind TEXT NOT NULL, place TEXT NOT NULL, number INTEGER NOT NULL, date TEXT NOT NULL,
    line TEXT NOT NULL, PRIMARY KEY (kind, place, number)
) WITHOUT ROWID;
CREATE INDEX listed_by_date ON listed (kind, date);
CREATE TABLE due (what TEXT NOT NULL, date TEXT NOT NULL, PRIMARY KEY (what, date)) WITHOUT ROWID;
CREATE TABLE runs (
    run INTEGER PRIMARY KEY, token TEXT NOT NULL, command TEXT NOT NULL, began TEXT NOT NULL,
    told TEXT NOT NULL, outcome TEXT NOT NULL, line TEXT NOT NULL
);
PRAGMA user_version = 1;
"""
FAILURES, ATTEMPTS = "failures", "attempts"
"""What is listed of a place and due to be published: files of no use, calls without recording."""
CALLS, PAGES = "calls", "pages"
"""What else of a date may be due: to be scored and published, and to be laid out."""

Line = dict[str, Any]


class State:
    """An output folder's memory, open."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """``database`` is open and has the tables."""
        self._database = database

    def content_of_call(self, call_id: str) -> str | None:
        """The content that a call id belongs to; None where it is free."""
        return self._one("SELECT content_id FROM calls WHERE call_id = ?", call_id)

    def content_at(self, path: str) -> str | None:
        """What a file held when it was last seen; None where it was never seen."""
        return self._one("SELECT content_id FROM paths WHERE path = ?", path)

    def _one(self, query: str, *values: str) -> str | None:
        row = self._database.execute(query, values).fetchone()
        return None if row is None else row[0]

    def enter(
        self, *, calls: Mapping[str, str], paths: Mapping[str, str], gone: Iterable[str]
    ) -> None:
        """Contents by call id and by path, over what was there; ``gone`` contents lose their ids."""
        with self._database as database:
            database.executemany("DELETE FROM calls WHERE content_id = ?", ((c,) for c in gone))
            database.executemany("REPLACE INTO calls VALUES (?, ?)", calls.items())
            database.executemany("REPLACE INTO paths VALUES (?, ?)", paths.items())

    def listed(self, kind: str, *, place: str) -> list[Line]:
        """What is listed of a place, in its order."""
        query = "SELECT line FROM listed WHERE kind = ? AND place = ? ORDER BY number"
        return self._lines(query, kind, place)

    def listed_on(self, kind: str, date: str) -> list[Line]:
        """What is listed under a date, over all places."""
        query = "SELECT line FROM listed WHERE kind = ? AND date = ? ORDER BY place, number"
        return self._lines(query, kind, date)

    def listed_since(self, kind: str, date: str) -> list[Line]:
        """What is listed under a date and later ones, over all places."""
        query = "SELECT line FROM listed WHERE kind = ? AND date >= ? ORDER BY place, number"
        return self._lines(query, kind, date)

    def _lines(self, query: str, *values: str) -> list[Line]:
        return [json.loads(line) for (line,) in self._database.execute(query, values)]

    def list(self, kind: str, place: str, lines: Sequence[tuple[str, Line]]) -> None:
        """Replace what is listed of a place, each line under its date.

        The dates that it touches are due to be published again.
        """
        with self._database as database:
            mark = "INSERT OR IGNORE INTO due SELECT kind, date FROM listed WHERE kind = ? AND place = ?"
            database.execute(mark, (kind, place))
            database.execute("DELETE FROM listed WHERE kind = ? AND place = ?", (kind, place))
            database.executemany(
                "INSERT INTO listed VALUES (?, ?, ?, ?, ?)",
                (
                    (kind, place, number, date, json.dumps(line, ensure_ascii=False))
                    for number, (date, line) in enumerate(lines)
                ),
            )
            database.execute(mark, (kind, place))

    def due(self, what: str) -> set[str]:
        """The dates of which something has to be made again: ``CALLS``, ``PAGES`` or what is listed."""
        query = "SELECT date FROM due WHERE what = ?"
        return {date for (date,) in self._database.execute(query, (what,))}

    def set_due(self, what: str, dates: Iterable[str]) -> None:
        """Remember that they have to be, until it is done, whoever is killed meanwhile."""
        with self._database as database:
            rows = ((what, date) for date in dates)
            database.executemany("INSERT OR IGNORE INTO due VALUES (?, ?)", rows)

    def set_done(self, what: str, dates: Iterable[str]) -> None:
        """They have been."""
        with self._database as database:
            rows = ((what, date) for date in dates)
            database.executemany("DELETE FROM due WHERE what = ? AND date = ?", rows)


@contextmanager
def reading(out: Path) -> Iterator[State]:
    """What ``out`` remembers, to look things up; nothing is written."""
    with closing(_open(out / NAME) if (out / NAME).is_file() else _anew(out)) as database:
        yield State(database)


@contextmanager
def writing(out: Path, access: Access) -> Iterator[State]:
    """What ``out`` remembers, to change it; a version's before is carried over, once."""
    path = out / NAME
    if not path.is_file():
        with closing(_anew(out)) as made, access.writing(out / f".{NAME}.tmp") as partial:
            partial.write_bytes(made.serialize())
        partial.replace(path)
    for name in _BEFORE:
        _json_file(out, name).unlink(missing_ok=True)
    access.finish(path)
    with closing(_open(path)) as database:
        yield State(database)


def _open(path: Path) -> sqlite3.Connection:
    """The file, which is there; its owner's next look rolls back what a killed run had begun."""
    address = f"{path.absolute().as_uri()}?mode=rw"
    database = sqlite3.connect(address, uri=True, timeout=_PATIENCE)
    database.execute("PRAGMA synchronous = FULL")
    return database


def _anew(out: Path) -> sqlite3.Connection:
    """A memory that holds what the JSON files of a version before say; none where there are none."""
    database = sqlite3.connect(":memory:")
    database.executescript(_SCHEMA)
    state = State(database)
    ledger = _json(out, "ledger")
    state.enter(calls=ledger.get("calls", {}), paths=ledger.get("paths", {}), gone=())
    for place, files in _json(out, "failures").items():
        lines = [{"file": file, **seen} for file, seen in files.items()]
        state.list(FAILURES, place, [(line["first_seen"][:10], line) for line in lines])
    for place, rows in _json(out, "attempts").items():
        state.list(ATTEMPTS, place, [(row["started_at"][:10], row) for row in rows])
    return database


def _json_file(out: Path, name: str) -> Path:
    return out / "transcripts" / f"{name}.json"


def _json(out: Path, name: str) -> dict[str, Any]:
    path = _json_file(out, name)
    if not path.is_file():
        return {}
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found
