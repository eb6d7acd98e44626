"""What people say, and who they are: accounts, verdicts, answers, appeals, notes, ratings, audit log.

``OUT/review.db`` (SQLite, write-ahead log, every commit on the disk before it returns), or a PostgreSQL
database where the settings name one. What is said is never changed: whoever changes his mind says it
again, and two who speak of one place at once are told apart by the number of what they say. Times are
ISO 8601 in UTC, so that their order is that of their text.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.review.verdicts import DATABASE
from pipeline.store.access import Access

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from pipeline.settings import Settings

_PATIENCE_MS = 15_000
"""How long a writer waits for another: a commit takes milliseconds."""
_VARIABLE = "env:"
_NAME, _CODE, _AT = String(120), String(40), String(32)

METADATA = MetaData()
USERS = Table(
    "users",
    METADATA,
    Column("name", _NAME, primary_key=True),
    Column("role", _CODE, nullable=False),
    Column("agent_id", _NAME, nullable=False),
    Column("team", _NAME, nullable=False),
    Column("password", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("made", _AT, nullable=False),
    Column("mail", String(254), nullable=False, default=""),
    Column("mail_off", Boolean, nullable=False, default=False),
    Column("chat", Text, nullable=False, default=""),
)
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token", String(64), primary_key=True),
    Column("name", _NAME, ForeignKey("users.name"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("until", _AT, nullable=False),
)
VERDICTS = Table(
    "verdicts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("call_id", String(200), nullable=False),
    Column("date", String(10), nullable=False),
    Column("place", String(200), nullable=False),
    Column("number", Integer, nullable=False),
    Column("rule_id", _NAME, nullable=False),
    Column("turn", Integer),
    Column("start_s", Float),
    Column("end_s", Float),
    Column("quote", Text, nullable=False),
    Column("verdict", _CODE, nullable=False),
    Column("reason", _CODE, nullable=False),
    Column("comment", Text, nullable=False),
    Column("reviewer", _NAME, nullable=False),
    Column("at", _AT, nullable=False),
    UniqueConstraint("call_id", "place", "number", name="verdicts_once"),
)
APPEALS = Table(
    "appeals",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("call_id", String(200), nullable=False),
    Column("date", String(10), nullable=False),
    Column("agent_id", _NAME, nullable=False),
    Column("team", _NAME, nullable=False),
    Column("place", String(200), nullable=False),
    Column("rule_id", _NAME, nullable=False),
    Column("turn", Integer),
    Column("start_s", Float),
    Column("end_s", Float),
    Column("quote", Text, nullable=False),
    Column("reason", _CODE, nullable=False),
    Column("reviewer", _NAME, nullable=False),
    UniqueConstraint("call_id", "place", name="appeals_once"),
)
APPEAL_STEPS = Table(
    "appeal_steps",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("appeal", Integer, ForeignKey("appeals.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("step", _CODE, nullable=False),
    Column("comment", Text, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("at", _AT, nullable=False),
    UniqueConstraint("appeal", "number", name="appeal_steps_once"),
)
APPEAL_HANDS = Table(
    "appeal_hands",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("appeal", Integer, ForeignKey("appeals.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("person", _NAME, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("at", _AT, nullable=False),
    Column("told", _AT, nullable=False, default=""),
    UniqueConstraint("appeal", "number", name="appeal_hands_once"),
)
NOTES = Table(
    "notes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("agent_id", _NAME, nullable=False),
    Column("team", _NAME, nullable=False),
    Column("text", Text, nullable=False),
    Column("follow_up", Date),
    Column("name", _NAME, nullable=False),
    Column("at", _AT, nullable=False),
)
NOTE_STEPS = Table(
    "note_steps",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("note", Integer, ForeignKey("notes.id"), nullable=False),
    Column("step", _CODE, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("at", _AT, nullable=False),
    UniqueConstraint("note", "step", name="note_steps_once"),
)
RATINGS = Table(
    "ratings",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("session", _NAME, nullable=False),
    Column("drawn", _AT, nullable=False),
    Column("call_id", String(200), nullable=False),
    Column("rater", _NAME, nullable=False),
    Column("rule_id", _NAME),
    Column("value", _CODE),
    Column("score", Float),
    Column("at", _AT, nullable=False),
)
ACKNOWLEDGEMENTS = Table(
    "acknowledgements",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("call_id", String(200), nullable=False),
    Column("date", String(10), nullable=False),
    Column("agent_id", _NAME, nullable=False),
    Column("word", _CODE, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("at", _AT, nullable=False),
)
ANSWERS = Table(
    "answers",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("call_id", String(200), nullable=False),
    Column("date", String(10), nullable=False),
    Column("agent_id", _NAME, nullable=False),
    Column("question", _NAME, nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", _CODE, nullable=False),
    Column("answer", Text, nullable=False),
    Column("reviewer", _NAME, nullable=False),
    Column("at", _AT, nullable=False),
    UniqueConstraint("call_id", "question", "number", name="answers_once"),
)
OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", _NAME, ForeignKey("users.name"), nullable=False),
    Column("what", _CODE, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", _AT, nullable=False),
    Column("due", _AT, nullable=False),
    Column("held", _AT, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("wrong", Text, nullable=False),
    Column("way", _CODE, nullable=False),
)
AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", _AT, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("act", _CODE, nullable=False),
    Column("about", String(300), nullable=False),
    Column("detail", Text, nullable=False),
    Column("address", _NAME, nullable=False),
)
Index("verdicts_by_call", VERDICTS.c.call_id)
Index("ratings_by_session", RATINGS.c.session)
Index("acknowledgements_by_call", ACKNOWLEDGEMENTS.c.call_id)
Index("audit_by_act", AUDIT.c.act, AUDIT.c.at)


def now() -> str:
    """This moment, as it is written down."""
    return timestamp(datetime.now(UTC))


def timestamp(at: datetime) -> str:
    """A moment as it is written down."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class Database:
    """An open database."""

    engine: Engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the data."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: when the block ends well, what was written is on the disk."""
        with self.engine.connect() as connection:
            connection.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Let go of its connections."""
        self.engine.dispose()


_WRITES = "callqa_writes"


def connect(out: Path, settings: Settings) -> Database:
    """The database of an output folder; one that is not there is made, empty.

    Raises ``ConfigurationError`` where the settings' URL, its driver or its server does not work.
    """
    if settings.serve.database:
        return Database(_server(settings.serve.database))
    path = out / DATABASE
    if not path.is_file():
        access = Access.of(settings.privacy)
        access.make_folder(out)
        access.begin(path)
        access.finish(path)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _PATIENCE_MS / 1000})
    event.listen(engine, "connect", _begin_sqlite)
    event.listen(engine, "begin", _begin_transaction)
    return Database(engine)


def _begin_sqlite(connection: Any, _: Any) -> None:
    """The log that readers do not wait for; a commit is on the disk when it returns."""
    connection.isolation_level = (
        None  # transactions begin below, and not when SQLite's driver thinks
    )
    for statement in (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        f"PRAGMA busy_timeout = {_PATIENCE_MS}",
    ):
        connection.execute(statement)


def _begin_transaction(connection: Connection) -> None:
    """Whoever writes waits for other writers first, so that nobody has to give up halfway."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _server(told: str) -> Engine:
    if told.startswith(_VARIABLE):
        told = os.environ.get(told.removeprefix(_VARIABLE), "")
    try:
        url = make_url(told)
        engine = create_engine(url, pool_pre_ping=True)
        with engine.connect():
            return engine
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        message = tr(
            "serve.database: expected postgresql+psycopg://user:password@host/name, or env: and the "
            "name of a variable that holds it, and callqa[postgresql]"
        )
        raise ConfigurationError(message) from error
    except DBAPIError as error:
        where = url.set(query={}).render_as_string(hide_password=True)
        message = tr("serve.database: cannot connect to {where}", where=where)
        raise ConfigurationError(message) from error
