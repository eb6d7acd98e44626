"""Where people get mail, and what they are to be told by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_NAME, _CODE, _AT = sa.String(120), sa.String(40), sa.String(32)


def upgrade() -> None:
    """Make the columns and the table."""
    op.add_column("users", sa.Column("mail", sa.String(254), nullable=False, server_default=""))
    off = sa.Column("mail_off", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("users", off)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", _NAME, sa.ForeignKey("users.name"), nullable=False),
        sa.Column("what", _CODE, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("due", _AT, nullable=False),
        sa.Column("held", _AT, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("wrong", sa.Text, nullable=False),
    )
