"""What inspectors answer to the house's own questions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NAME, _CODE = sa.String(120), sa.String(40)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("call_id", sa.String(200), nullable=False),
        sa.Column("date", sa.String(10), nullable=False),
        sa.Column("agent_id", _NAME, nullable=False),
        sa.Column("question", _NAME, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", _CODE, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("reviewer", _NAME, nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.UniqueConstraint("call_id", "question", "number", name="answers_once"),
    )
