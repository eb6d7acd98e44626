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
from dataclasses import asdict, astuple, dataclass, field, fields
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
    run TEXT PRIMARY KEY, command TEXT NOT NULL, outcome TEXT NOT NULL,
    began TEXT NOT NULL, told TEXT NOT NULL,
    callqa TEXT NOT NULL, model TEXT NOT NULL, settings TEXT NOT NULL, rubrics TEXT NOT NULL,
    stage TEXT NOT NULL, stage_began TEXT NOT NULL, total INTEGER NOT NULL, done INTEGER NOT NULL,
    found INTEGER NOT NULL, transcribed INTEGER NOT NULL, failed INTEGER NOT NULL,
    scored INTEGER NOT NULL, not_scored INTEGER NOT NULL, review INTEGER NOT NULL,
    seconds TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX runs_by_begin ON runs (began);
PRAGMA user_version = 1;
"""
_SINCE_0_8 = """
CREATE TABLE IF NOT EXISTS settled (
    place TEXT PRIMARY KEY, made_of TEXT NOT NULL, nights TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scored (
    date TEXT PRIMARY KEY, made_of TEXT NOT NULL,
    scored INTEGER NOT NULL, not_scored INTEGER NOT NULL, review INTEGER NOT NULL
) WITHOUT ROWID;
PRAGMA user_version = 2;
"""
_VERSION = 2
FAILURES, ATTEMPTS = "failures", "attempts"
"""What is listed of a place and due to be published: files of no use, calls without recording."""
CALLS, PAGES = "calls", "pages"
"""What else of a date may be due: to be scored and published, and to be laid out."""

Line = dict[str, Any]


@dataclass(kw_only=True)
class Run:
    """A run: what it was made with, how far it is, and what it came to.

    ``began``, ``told`` (its last sign of life) and ``stage_began`` are times with their zone. ``model``,
    ``settings`` and ``rubrics`` tell one from any other. ``outcome`` is ``running``, ``done``,
    ``some_failed`` (listed), ``stopped`` (going on is safe) or ``broken`` (an error ended it).
    """

    run: str
    command: str
    began: str
    callqa: str
    outcome: str = "running"
    told: str = ""
    model: str = ""
    settings: str = ""
    rubrics: str = ""
    stage: str = ""
    stage_began: str = ""
    total: int = 0
    done: int = 0
    found: int = 0
    transcribed: int = 0
    failed: int = 0
    scored: int = 0
    not_scored: int = 0
    review: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Scored:
    """What a date was made of when it was scored, as a digest, and how many calls came out how."""

    made_of: str
    scored: int
    not_scored: int
    review: int


class State:
    """An output folder's memory, open."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """``database`` is open and has the tables."""
        self._database = database

    def content_of_call(self, call_id: str) -> str | None:
        """The content that a call id belongs to; None where it is free."""
        return self._one("SELECT content_id FROM calls WHERE call_id = ?", call_id)

    def has_content(self, content_id: str) -> bool:
        """Whether a call id belongs to a content."""
        return self._one("SELECT 1 FROM calls WHERE content_id = ?", content_id) is not None

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

    def anything_due(self) -> bool:
        """Whether anything of any date has to be made again."""
        return self._database.execute("SELECT 1 FROM due LIMIT 1").fetchone() is not None

    def settled_run(self, place: str) -> tuple[str, str] | None:
        """What the last run over a place was made of, and what it came to; None: it was not noted."""
        query = "SELECT made_of, nights FROM settled WHERE place = ?"
        row = self._database.execute(query, (place,)).fetchone() if self._has("settled") else None
        return None if row is None else (row[0], row[1])

    def settle(self, place: str, made_of: tuple[str, str] | None) -> None:
        """Note it, or forget what was noted."""
        with self._database as database:
            database.execute("DELETE FROM settled WHERE place = ?", (place,))
            if made_of is not None:
                database.execute("INSERT INTO settled VALUES (?, ?, ?)", (place, *made_of))

    def last_scored(self, date: str) -> Scored | None:
        """What a date was made of when it was last scored; None where that is not known."""
        query = "SELECT made_of, scored, not_scored, review FROM scored WHERE date = ?"
        row = self._database.execute(query, (date,)).fetchone() if self._has("scored") else None
        return None if row is None else Scored(*row)

    def set_scored(self, date: str, scored: Scored | None) -> None:
        """Note it, or forget what was noted."""
        with self._database as database:
            database.execute("DELETE FROM scored WHERE date = ?", (date,))
            if scored is not None:
                database.execute(
                    "INSERT INTO scored VALUES (?, ?, ?, ?, ?)", (date, *astuple(scored))
                )

    def _has(self, table: str) -> bool:
        """Whether a table is there: a version before did not make it, and a reader does not."""
        query = "SELECT 1 FROM sqlite_master WHERE name = ?"
        return self._database.execute(query, (table,)).fetchone() is not None

    def forget(self, contents: Iterable[str], *, before: str) -> None:
        """Forget contents with their ids and files, and what is listed under dates before one.

        Nothing of it is left in the file.
        """
        self._database.execute("CREATE TEMP TABLE gone (content_id TEXT PRIMARY KEY)")
        with self._database as database:
            database.executemany("INSERT OR IGNORE INTO gone VALUES (?)", ((c,) for c in contents))
            for table in ("calls", "paths"):
                database.execute(
                    f"DELETE FROM {table} WHERE content_id IN (SELECT content_id FROM gone)"  # noqa: S608
                )
            database.execute("DELETE FROM listed WHERE date < ?", (before,))
            database.execute("DELETE FROM scored WHERE date < ?", (before,))
            database.execute("DELETE FROM settled")
        self._database.execute("DROP TABLE gone")
        self._database.execute("VACUUM")

    def lines_of(self, kind: str, *, place: str) -> list[Line]:
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

    def listed_dates(self, kind: str) -> set[str]:
        """The dates under which something is listed."""
        query = "SELECT DISTINCT date FROM listed WHERE kind = ?"
        return {date for (date,) in self._database.execute(query, (kind,))}

    def _lines(self, query: str, *values: str) -> list[Line]:
        return [json.loads(line) for (line,) in self._database.execute(query, values)]

    def relist(self, kind: str, place: str, lines: Sequence[tuple[str, Line]]) -> None:
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

    def keep_run(self, run: Run) -> None:
        """Write a run as it is now, over what was written of it before."""
        values = {**asdict(run), "seconds": json.dumps(run.seconds, ensure_ascii=False)}
        marks = ", ".join(f":{name}" for name in values)
        with self._database as database:
            database.execute(
                f"REPLACE INTO runs ({', '.join(values)}) VALUES ({marks})",  # noqa: S608  field names
                values,
            )

    def last_run(self) -> Run | None:
        """The run that began last; None where there was none."""
        names = [field.name for field in fields(Run)]
        query = f"SELECT {', '.join(names)} FROM runs ORDER BY began DESC LIMIT 1"  # noqa: S608
        row = self._database.execute(query).fetchone()
        if row is None:
            return None
        values = dict(zip(names, row, strict=True))
        return Run(**{**values, "seconds": json.loads(values["seconds"])})


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
        if database.execute("PRAGMA user_version").fetchone()[0] < _VERSION:
            database.executescript(_SINCE_0_8)
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
    database.executescript(_SCHEMA + _SINCE_0_8)
    state = State(database)
    ledger = _json(out, "ledger")
    state.enter(calls=ledger.get("calls", {}), paths=ledger.get("paths", {}), gone=())
    for place, files in _json(out, "failures").items():
        lines = [{"file": file, **seen} for file, seen in files.items()]
        state.relist(FAILURES, place, [(line["first_seen"][:10], line) for line in lines])
    for place, rows in _json(out, "attempts").items():
        state.relist(ATTEMPTS, place, [(row["started_at"][:10], row) for row in rows])
    return database


def _json_file(out: Path, name: str) -> Path:
    return out / "transcripts" / f"{name}.json"


def _json(out: Path, name: str) -> dict[str, Any]:
    path = _json_file(out, name)
    if not path.is_file():
        return {}
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found
