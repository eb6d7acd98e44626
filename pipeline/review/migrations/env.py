"""Alembic's entry: migrates on the connection that it is given, in its transaction."""

from __future__ import annotations

from alembic import context

from pipeline.review.database import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transaction_per_migration=False,
)
context.run_migrations()
