"""The audit log: who did what, when and from where. It is only ever added to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from pipeline.review.database import AUDIT, now, timestamp

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import timedelta

    from sqlalchemy import Connection, Row

OPENED, ANSWERED = "opened", "answer"
"""A reviewer opened a call's page; he answered a question of the house's own."""
REFUSED = "login_refused"
"""A log-in with a wrong name or password."""
TURNED_AWAY = "login_turned_away"
"""One of somebody whom the company's log-in knows and who may not come in here: that is no wrong guess,
and so it keeps nobody else of his address out."""


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One act: of whom, on what, and from which address."""

    at: datetime
    name: str
    act: str
    about: str
    detail: str
    address: str


def note(
    connection: Connection,
    name: str,
    act: str,
    about: str = "",
    detail: str = "",
    address: str = "",
) -> None:
    """Write an act down, in the transaction of what was done."""
    values = {"name": name[:120], "act": act, "about": about[:300], "detail": detail}
    connection.execute(AUDIT.insert().values(at=now(), address=address[:120], **values))


def entries(connection: Connection, limit: int, before: int | None = None) -> Sequence[AuditEntry]:
    """The newest acts, at most so many, of those before an entry's number where one is named."""
    wanted = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(AUDIT.c.id < before)
    return [_entry(row) for row in connection.execute(wanted)]


def since(connection: Connection, acts: Collection[str], at: datetime) -> list[AuditEntry]:
    """Every one of these acts from a moment on, in their order."""
    late = AUDIT.c.act.in_(acts) & (AUDIT.c.at >= timestamp(at))
    wanted = select(AUDIT).where(late).order_by(AUDIT.c.id)
    return [_entry(row) for row in connection.execute(wanted)]


def _entry(row: Row[tuple[object, ...]]) -> AuditEntry:
    return AuditEntry(
        at=datetime.fromisoformat(row.at),
        name=row.name,
        act=row.act,
        about=row.about,
        detail=row.detail,
        address=row.address,
    )


def refusals(connection: Connection, name: str, address: str, within: timedelta) -> tuple[int, int]:
    """How many log-ins were refused of late: of this name, and from this address."""
    since = timestamp(datetime.now(UTC) - within)
    late = select(AUDIT.c.name, AUDIT.c.address).where(
        AUDIT.c.act == REFUSED,
        AUDIT.c.at > since,
        or_(AUDIT.c.name == name, AUDIT.c.address == address),
    )
    rows = connection.execute(late).all()
    return sum(r.name == name for r in rows), sum(r.address == address for r in rows)


def count(connection: Connection) -> int:
    """How many acts are written down."""
    return connection.execute(select(func.count()).select_from(AUDIT)).scalar_one()
