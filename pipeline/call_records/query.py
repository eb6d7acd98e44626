"""Call records out of a database: the rows of one query, read as a stream and never written to."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.call_records.tables import Source, plain
from pipeline.messages import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from pipeline.call_records.tables import Raw
    from pipeline.errors import ConfigurationError
    from pipeline.settings import CallRecordSettings

NAME = "SQL"
_VARIABLE = "env:"
_CONNECT_SECONDS = 10
"""A database that does not answer by then is not there."""
_BUFFER = 1000
"""Rows fetched at a time."""
_TIMED = {"psycopg", "psycopg2", "pymysql", "mysqldb"}
"""Drivers whose ``connect`` knows ``connect_timeout``."""
_BEFORE = {
    "postgresql": ("SET TRANSACTION READ ONLY", "SET LOCAL statement_timeout = '{seconds}s'"),
    "mysql": (
        "SET SESSION TRANSACTION READ ONLY",
        "SET SESSION max_execution_time = {seconds}000",
    ),
    "mariadb": (
        "SET SESSION TRANSACTION READ ONLY",
        "SET SESSION max_statement_time = {seconds}",
    ),
    "sqlite": ("PRAGMA query_only = ON",),
}
"""What is said to each kind of database first: read only, and not for ever."""
_OLD = {"mysql", "mariadb"}
"""The servers of older phone systems (MariaDB 5.5) know neither, and are asked all the same."""


def read_query(settings: CallRecordSettings) -> Source:
    """The rows of ``query``.

    Raises ``ConfigurationError`` with the settings' line for a URL, driver, host or query that does
    not work; no message shows the password.
    """
    engine = _engine(settings)
    connection = _connect(engine, settings)
    try:
        rows = _execute(connection, settings)
        columns = [str(name).lower() for name in rows.keys()]  # noqa: SIM118  no mapping
    except Exception as error:
        connection.close()
        raise _refusal(settings, "query", error) from error
    return Source(NAME, _rows(rows, columns, settings), columns, close=connection.close)


def _rows(rows: Any, columns: list[str], settings: CallRecordSettings) -> Iterator[Raw]:
    try:
        for number, row in enumerate(rows, start=1):
            yield f"{NAME}#{number}", dict(zip(columns, map(plain, row), strict=True)), None
    except Exception as error:
        raise _refusal(settings, "query", error) from error


def _execute(connection: Connection, settings: CallRecordSettings) -> Any:
    """The query as it stands: a colon or a percent sign in it is no parameter."""
    from sqlalchemy.exc import DBAPIError

    dialect = connection.dialect
    name = "mariadb" if getattr(dialect, "is_mariadb", False) else dialect.name
    for statement in _BEFORE.get(name, ()):
        with suppress(*([DBAPIError] if name in _OLD else [])):
            connection.exec_driver_sql(statement.format(seconds=settings.query_seconds))
    options = {"no_parameters": True, "stream_results": True, "max_row_buffer": _BUFFER}
    return connection.execution_options(**options).exec_driver_sql(
        settings.query.strip().rstrip(";")
    )


def _engine(settings: CallRecordSettings) -> Engine:
    from sqlalchemy import create_engine, make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    try:
        url = make_url(_url(settings))
        driver = url.get_driver_name()
        timed = {"connect_timeout": _CONNECT_SECONDS} if driver in _TIMED else {}
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
            raise settings.wrong("database", tr("there is no file {path}", path=url.database))
        return create_engine(url, poolclass=NullPool, connect_args=timed)
    except ArgumentError as error:
        message = tr(
            "is no URL of a database; expected postgresql+psycopg://user:password@host/name"
        )
        if isinstance(error, NoSuchModuleError):
            message = tr(
                "SQLAlchemy knows no {name!r}; is its package installed?", name=url.drivername
            )
        raise settings.wrong("database", message) from None
    except ModuleNotFoundError as error:
        package = "callqa[postgresql]" if error.name == "psycopg" else error.name
        message = tr(
            "the driver of {name} is not installed: pip install '{package}'",
            name=url.drivername,
            package=package,
        )
        raise settings.wrong("database", message) from error


def _url(settings: CallRecordSettings) -> str:
    told = settings.database.get_secret_value() if settings.database else ""
    if not told.startswith(_VARIABLE):
        return told
    name = told.removeprefix(_VARIABLE)
    url = os.environ.get(name, "")
    if not url:
        message = tr(
            "the environment variable {name} is not set; it should hold the database's URL",
            name=name,
        )
        raise settings.wrong("database", message)
    return url


def _connect(engine: Engine, settings: CallRecordSettings) -> Connection:
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return engine.connect()
    except (SQLAlchemyError, OSError) as error:
        raise _refusal(settings, "database", error, engine) from error


def _refusal(
    settings: CallRecordSettings, key: str, error: Exception, engine: Engine | None = None
) -> ConfigurationError:
    """What the database said, on one line and without the password."""
    from sqlalchemy import make_url

    url = make_url(_url(settings))
    said = " ".join(str(getattr(error, "orig", None) or error).split())
    if engine is not None:
        where = url.set(query={}).render_as_string(hide_password=True)
        said = tr(
            "cannot connect to {where}: {said}. Is it running, and are user and password right?",
            where=where,
            said=said,
        )
    for secret in (url.password, url.query.get("password"), url.query.get("passwd")):
        if secret:
            said = said.replace(str(secret), "***")
    return settings.wrong(key, said)
