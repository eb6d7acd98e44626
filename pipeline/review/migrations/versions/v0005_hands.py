"""To whom an appeal was handed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_NAME = sa.String(120)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "appeal_hands",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("appeal", sa.Integer, sa.ForeignKey("appeals.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("person", _NAME, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.UniqueConstraint("appeal", "number", name="appeal_hands_once"),
    )
