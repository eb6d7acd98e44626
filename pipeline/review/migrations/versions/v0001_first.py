"""The first form: accounts, verdicts, appeals, notes; a log that nobody can change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NAME, _CODE, _AT, _CALL = sa.String(120), sa.String(40), sa.String(32), sa.String(200)
_SQLITE = """
CREATE TRIGGER audit_no_{act} BEFORE {act} ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END
"""
_POSTGRESQL = (
    """
CREATE FUNCTION audit_only_added_to() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is only added to'; END $$
""",
    """
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added_to()
""",
)


def upgrade() -> None:
    """Make the tables."""
    _accounts()
    _verdicts()
    _appeals()
    _notes()
    _audit()


def _accounts() -> None:
    op.create_table(
        "users",
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("role", _CODE, nullable=False),
        sa.Column("agent_id", _NAME, nullable=False),
        sa.Column("team", _NAME, nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("made", _AT, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("name", _NAME, sa.ForeignKey("users.name"), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("until", _AT, nullable=False),
    )


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("call_id", _CALL, nullable=False),
        sa.Column("date", sa.String(10), nullable=False),
        sa.Column("place", _CALL, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("rule_id", _NAME, nullable=False),
        sa.Column("turn", sa.Integer),
        sa.Column("start_s", sa.Float),
        sa.Column("end_s", sa.Float),
        sa.Column("quote", sa.Text, nullable=False),
        sa.Column("verdict", _CODE, nullable=False),
        sa.Column("reason", _CODE, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("reviewer", _NAME, nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.UniqueConstraint("call_id", "place", "number", name="verdicts_once"),
    )
    op.create_index("verdicts_by_call", "verdicts", ["call_id"])


def _appeals() -> None:
    op.create_table(
        "appeals",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("call_id", _CALL, nullable=False),
        sa.Column("date", sa.String(10), nullable=False),
        sa.Column("agent_id", _NAME, nullable=False),
        sa.Column("team", _NAME, nullable=False),
        sa.Column("place", _CALL, nullable=False),
        sa.Column("rule_id", _NAME, nullable=False),
        sa.Column("turn", sa.Integer),
        sa.Column("start_s", sa.Float),
        sa.Column("end_s", sa.Float),
        sa.Column("quote", sa.Text, nullable=False),
        sa.Column("reason", _CODE, nullable=False),
        sa.Column("reviewer", _NAME, nullable=False),
        sa.UniqueConstraint("call_id", "place", name="appeals_once"),
    )
    op.create_table(
        "appeal_steps",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("appeal", sa.Integer, sa.ForeignKey("appeals.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("step", _CODE, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("final", sa.Boolean, nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.UniqueConstraint("appeal", "number", name="appeal_steps_once"),
    )


def _notes() -> None:
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("agent_id", _NAME, nullable=False),
        sa.Column("team", _NAME, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("follow_up", sa.Date),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("at", _AT, nullable=False),
    )
    op.create_table(
        "note_steps",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("note", sa.Integer, sa.ForeignKey("notes.id"), nullable=False),
        sa.Column("step", _CODE, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.UniqueConstraint("note", "step", name="note_steps_once"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", _AT, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("act", _CODE, nullable=False),
        sa.Column("about", sa.String(300), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("address", _NAME, nullable=False),
    )
    op.create_index("audit_by_act", "audit", ["act", "at"])
    if op.get_context().dialect.name == "postgresql":
        for statement in _POSTGRESQL:
            op.execute(statement)
    else:
        for act in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(act=act))
