"""Brings a database to the form that this version knows, by Alembic: ``migrations/versions``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.review.database import Database, connect

if TYPE_CHECKING:
    from pipeline.settings import Settings

_LOCK = 0x63616C6C7161
"""Names the lock that only one process holds while it migrates a PostgreSQL database."""


def open_database(out: Path, settings: Settings) -> Database:
    """The database of an output folder, ready for use; one that is not there is made.

    Raises ``ConfigurationError`` where Alembic is not installed, and as ``connect`` does.
    """
    try:
        from alembic import command
        from alembic.config import Config
    except ImportError as error:
        raise ConfigurationError(
            tr("accounts and reviews need more packages; first: pip install 'callqa[serve]'")
        ) from error
    database = connect(out, settings)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return database
