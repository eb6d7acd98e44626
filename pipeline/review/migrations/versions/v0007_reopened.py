"""Since when others know that an appeal that was handed to somebody is open to them again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the column: nobody has been told."""
    told = sa.Column("told", sa.String(32), nullable=False, server_default="")
    op.add_column("appeal_hands", told)
