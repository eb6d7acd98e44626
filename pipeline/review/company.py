"""Accounts that the company's own log-in makes and keeps up to date, by the groups that people are in.

It keeps an account without a password, and one by which somebody has come from there before: that of
`callqa user` with a password is not its own, for whoever has the name there may be somebody else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from pipeline.review import audit
from pipeline.review.accounts import begin_session
from pipeline.review.database import AUDIT, SESSIONS, USERS, now

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from pipeline.review.accounts import User
    from pipeline.review.database import Database

OIDC = "oidc"
"""Who made or changed an account, and how somebody logged in, in the audit log."""


class Why(StrEnum):
    """Why somebody whom the company has logged in is not let in here."""

    NO_GROUP = "no_group"
    NO_TEAM = "no_team"
    NO_AGENT = "no_agent"
    DISABLED = "disabled"
    BY_HAND = "by_hand"


class NotLetInError(Exception):
    """Somebody is not let in."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


def let_in(database: Database, wanted: User, address: str, hours: float) -> str:
    """The token of a new session of somebody, whose account is made or becomes as ``wanted``.

    Raises ``NotLetInError``: nothing is changed then.
    """
    try:
        return _let_in(database, wanted, address, hours)
    except IntegrityError:  # he came twice at once for the first time: the account is there now
        return _let_in(database, wanted, address, hours)


def _let_in(database: Database, wanted: User, address: str, hours: float) -> str:
    with database.writing() as connection:
        row = _row(connection, wanted.name)
        if row is None:
            _make(connection, wanted)
        elif row.disabled:
            raise NotLetInError(Why.DISABLED)
        elif not _own(connection, row):
            raise NotLetInError(Why.BY_HAND)
        else:
            _keep_up(connection, row, wanted)
        audit.note(connection, wanted.name, "login", detail=OIDC, address=address)
        return begin_session(connection, wanted.name, hours)


def turn_away(database: Database, name: str, why: Why, address: str) -> None:
    """Write down that somebody was not let in; whoever is in no group any more is logged out too."""
    with database.writing() as connection:
        row = _row(connection, name)
        if row is not None and _own(connection, row):
            connection.execute(SESSIONS.delete().where(SESSIONS.c.name == name))
        audit.note(connection, name, audit.TURNED_AWAY, detail=f"{OIDC} {why}", address=address)


def _row(connection: Connection, name: str) -> Row[tuple[object, ...]] | None:
    return connection.execute(select(USERS).where(USERS.c.name == name)).one_or_none()


def _own(connection: Connection, row: Row[tuple[object, ...]]) -> bool:
    """Whether an account is the company's log-in's to keep."""
    came = (AUDIT.c.act == "login", AUDIT.c.name == row.name, AUDIT.c.detail == OIDC)
    count = select(func.count()).select_from(AUDIT).where(*came)
    return not row.password or connection.execute(count).scalar_one() > 0


def _make(connection: Connection, wanted: User) -> None:
    own = {"name": wanted.name, "password": "", "disabled": False, "made": now()}
    connection.execute(USERS.insert().values(**own, **_rights(wanted)))
    audit.note(connection, OIDC, "user_added", wanted.name, _account_as_told(wanted))


def _keep_up(connection: Connection, row: Row[tuple[object, ...]], wanted: User) -> None:
    """Bring an account up to date; his open sessions see no more than he may now."""
    rights = _rights(wanted)
    if all(getattr(row, column) == value for column, value in rights.items()):
        return
    connection.execute(USERS.update().where(USERS.c.name == wanted.name).values(**rights))
    audit.note(connection, OIDC, "user_changed", wanted.name, _account_as_told(wanted))


def _rights(user: User) -> dict[str, str]:
    """What the company says of him; an address that it does not say is not taken away."""
    mail = {"mail": user.mail} if user.mail else {}
    return {"role": str(user.duty), "agent_id": user.agent_id, "team": user.team, **mail}


def _account_as_told(user: User) -> str:
    return f"{user.duty} {user.team or user.agent_id}".strip()
