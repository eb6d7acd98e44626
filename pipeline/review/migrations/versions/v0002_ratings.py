"""What raters of calibration sessions say, and what agents acknowledge."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NAME, _CODE, _AT, _CALL = sa.String(120), sa.String(40), sa.String(32), sa.String(200)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ratings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session", _NAME, nullable=False),
        sa.Column("drawn", _AT, nullable=False),
        sa.Column("call_id", _CALL, nullable=False),
        sa.Column("rater", _NAME, nullable=False),
        sa.Column("rule_id", _NAME),
        sa.Column("value", _CODE),
        sa.Column("score", sa.Float),
        sa.Column("at", _AT, nullable=False),
    )
    op.create_index("ratings_by_session", "ratings", ["session"])
    op.create_table(
        "acknowledgements",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("call_id", _CALL, nullable=False),
        sa.Column("date", sa.String(10), nullable=False),
        sa.Column("agent_id", _NAME, nullable=False),
        sa.Column("word", _CODE, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("at", _AT, nullable=False),
    )
    op.create_index("acknowledgements_by_call", "acknowledgements", ["call_id"])
