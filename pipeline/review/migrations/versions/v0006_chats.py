"""In which chat people get messages, and by which way each is told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the columns: what waits is mail."""
    op.add_column("users", sa.Column("chat", sa.Text, nullable=False, server_default=""))
    way = sa.Column("way", sa.String(40), nullable=False, server_default="mail")
    op.add_column("outbox", way)
