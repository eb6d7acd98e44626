"""Accounts that the company's own log-in or a gateway makes and keeps, by the groups that people are in.

It keeps an account without a password, and one by which somebody has come from there before: that of
`callqa user` with a password is not its own, for whoever has the name there may be somebody else.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from pipeline.review import audit
from pipeline.review.accounts import begin_session, find
from pipeline.review.database import AUDIT, SESSIONS, USERS, now

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from pipeline.review.accounts import User
    from pipeline.review.database import Database

OIDC, GATEWAY = "oidc", "gateway"
"""Who made or changed an account, and how somebody logged in, in the audit log."""
AWAY = timedelta(minutes=15)
"""For so long it is not written down again that somebody was not let in who asks for page after page."""


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
        _keep(connection, wanted, OIDC)
        audit.note(connection, wanted.name, "login", detail=OIDC, address=address)
        return begin_session(connection, wanted.name, hours)


def account_of(database: Database, wanted: User) -> User:
    """The account of somebody whom a gateway names with each request, made or become as ``wanted``.

    Raises ``NotLetInError``: nothing is changed then.
    """
    with database.reading() as connection:
        row = _row(connection, wanted.name)
        if row is not None and _may_keep(connection, row) and _is(row, wanted):
            return replace(wanted, mail=row.mail, mail_off=row.mail_off, chat=bool(row.chat))
    try:
        return _write_account(database, wanted)
    except IntegrityError:  # several requests at once were his first: the account is there now
        return _write_account(database, wanted)


def _write_account(database: Database, wanted: User) -> User:
    with database.writing() as connection:
        _keep(connection, wanted, GATEWAY)
        return find(connection, wanted.name) or wanted


def _keep(connection: Connection, wanted: User, by: str) -> None:
    """Make an account or bring it up to date; ``NotLetInError``."""
    row = _row(connection, wanted.name)
    if row is None:
        _make(connection, wanted, by)
    elif _may_keep(connection, row) and not _is(row, wanted):
        _keep_up(connection, wanted, by)


def _may_keep(connection: Connection, row: Row[tuple[object, ...]]) -> bool:
    """That an account may be kept up to date; ``NotLetInError`` where it may not."""
    if row.disabled:
        raise NotLetInError(Why.DISABLED)
    if not _own(connection, row):
        raise NotLetInError(Why.BY_HAND)
    return True


def turn_away(database: Database, name: str, why: Why, address: str, by: str = OIDC) -> None:
    """Write down that somebody was not let in; whoever is in no group any more is logged out too.

    Of whom a gateway names with each request, once in a while.
    """
    detail = f"{by} {why}"
    with database.reading() as connection:
        if by == GATEWAY and _is_noted(connection, name, detail):
            return
    with database.writing() as connection:
        row = _row(connection, name)
        if row is not None and _own(connection, row):
            connection.execute(SESSIONS.delete().where(SESSIONS.c.name == name))
        audit.note(connection, name, audit.TURNED_AWAY, detail=detail, address=address)


def _is_noted(connection: Connection, name: str, detail: str) -> bool:
    """Whether it is written down of late that somebody was not let in for this reason."""
    since = datetime.now(UTC) - AWAY
    acts = audit.since(connection, (audit.TURNED_AWAY,), since)
    return any((one.name, one.detail) == (name, detail) for one in acts)


def _row(connection: Connection, name: str) -> Row[tuple[object, ...]] | None:
    return connection.execute(select(USERS).where(USERS.c.name == name)).one_or_none()


def _own(connection: Connection, row: Row[tuple[object, ...]]) -> bool:
    """Whether an account is the company's log-in's to keep."""
    came = (AUDIT.c.act == "login", AUDIT.c.name == row.name, AUDIT.c.detail == OIDC)
    count = select(func.count()).select_from(AUDIT).where(*came)
    return not row.password or connection.execute(count).scalar_one() > 0


def _make(connection: Connection, wanted: User, by: str) -> None:
    own = {"name": wanted.name, "password": "", "disabled": False, "made": now()}
    connection.execute(USERS.insert().values(**own, **_rights(wanted)))
    audit.note(connection, by, "user_added", wanted.name, _rights_of(wanted))


def _is(row: Row[tuple[object, ...]], wanted: User) -> bool:
    return all(getattr(row, column) == value for column, value in _rights(wanted).items())


def _keep_up(connection: Connection, wanted: User, by: str) -> None:
    """Bring an account up to date; his open sessions see no more than he may now."""
    own = USERS.update().where(USERS.c.name == wanted.name)
    connection.execute(own.values(**_rights(wanted)))
    audit.note(connection, by, "user_changed", wanted.name, _rights_of(wanted))


def _rights(user: User) -> dict[str, str]:
    """What the company says of him; an address that it does not say is not taken away."""
    mail = {"mail": user.mail} if user.mail else {}
    return {"role": str(user.duty), "agent_id": user.agent_id, "team": user.team, **mail}


def _rights_of(user: User) -> str:
    return f"{user.duty} {user.team or user.agent_id}".strip()
