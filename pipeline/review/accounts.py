"""Accounts: who may log in, as what, and of which team or agent. Passwords are kept by Argon2."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.review import audit, chat
from pipeline.review.database import SESSIONS, USERS, now, timestamp
from pipeline.settings.mail import is_address

if TYPE_CHECKING:
    from argon2 import PasswordHasher
    from sqlalchemy import Connection, Row

    from pipeline.review.database import Database

SHORTEST = 10
"""Characters of a password, at least (NIST SP 800-63B asks for 8, and no rules on which)."""
LONGEST = 200
WINDOW = timedelta(minutes=15)
"""For so long refused log-ins count."""
PER_NAME, PER_ADDRESS = 5, 30
"""Refused log-ins of a name, and from an address, after which nobody is let in for a while."""
_TOKEN = 32
"""Bytes of a session's token."""


class Duty(StrEnum):
    """What somebody is to the centre."""

    INSPECTOR = "inspector"
    LEAD = "lead"
    AGENT = "agent"
    OWNER = "owner"
    """Of the norms: he has the last word."""
    ADMIN = "admin"


@dataclass(frozen=True, kw_only=True)
class User:
    """An account; ``team`` is a team lead's, ``agent_id`` an agent's."""

    name: str
    duty: Duty
    agent_id: str = ""
    team: str = ""
    disabled: bool = False
    mail: str = ""
    mail_off: bool = False
    """Whether he wants none, and no message in a chat either."""
    chat: bool = False
    """Whether he has a chat; its address is a secret that only whoever sends is told."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """A log-in that lasts; ``csrf`` has to come with everything that changes anything."""

    user: User
    csrf: str


def add(database: Database, user: User, password: str) -> None:
    """Make an account. An empty password: only a gateway logs it in.

    Raises ``ConfigurationError`` for a name that is taken or none, a weak password, and a team lead
    without team or an agent without id.
    """
    _check(user)
    kept = hash_password(password) if password else ""
    with database.writing() as connection:
        if find(connection, user.name) is not None:
            raise ConfigurationError(tr("there is an account {name!r} already", name=user.name))
        connection.execute(
            USERS.insert().values(
                name=user.name,
                role=user.duty,
                agent_id=user.agent_id,
                team=user.team,
                password=kept,
                disabled=user.disabled,
                made=now(),
                mail=user.mail,
            )
        )
        audit.note(connection, "callqa user", "user_added", user.name, user.duty)


def fits(name: str) -> bool:
    """Whether something can be the name of an account, a team or an agent."""
    return 0 < len(name) <= 80 and name.isprintable() and name.strip() == name


def _check(user: User) -> None:
    if not fits(user.name):
        raise ConfigurationError(tr("{name!r} cannot be the name of an account", name=user.name))
    if user.duty is Duty.LEAD and not user.team:
        raise ConfigurationError(tr("a team lead has a team: --team"))
    if user.duty is Duty.AGENT and not user.agent_id:
        raise ConfigurationError(tr("an agent has an id: --agent"))
    _check_mail(user.mail)


def _check_mail(address: str) -> None:
    if address and not is_address(address):
        raise ConfigurationError(tr("{value!r} is no address of mail", value=address))


def set_password(database: Database, name: str, password: str) -> None:
    """Change a password and end the sessions; ``ConfigurationError`` where there is no such account.

    An empty one takes it away: only a gateway or the company's log-in lets him in then.
    """
    _change(database, name, "user_passwd", password=hash_password(password) if password else "")


def disable(database: Database, name: str, *, disabled: bool = True) -> None:
    """Let nobody in by this account any more, or again; ``ConfigurationError`` where there is none."""
    _change(database, name, "user_disabled" if disabled else "user_enabled", disabled=disabled)


def set_mail(database: Database, name: str, address: str) -> None:
    """Send somebody's mail there, or none where it is empty; ``ConfigurationError`` for no address."""
    _check_mail(address)
    with database.writing() as connection:
        _write(connection, name, mail=address)
        audit.note(connection, "callqa user", "mail_set", name)


def set_chat(database: Database, name: str, address: str) -> None:
    """Send somebody's messages into that chat, or into none where it is empty; nobody is told which.

    Raises ``ConfigurationError`` for what is no chat's address.
    """
    if address:
        chat.check_address(address)
    with database.writing() as connection:
        _write(connection, name, chat=address)
        audit.note(connection, "callqa user", "chat_set" if address else "chat_taken", name)


def chat_of(connection: Connection, name: str) -> str:
    """The address of somebody's chat, a secret; empty where he has none."""
    wanted = select(USERS.c.chat).where(USERS.c.name == name)
    return connection.execute(wanted).scalar_one_or_none() or ""


def switch_mail(connection: Connection, name: str, by: str, *, off: bool) -> None:
    """Send somebody no mail and no message, or his again."""
    _write(connection, name, mail_off=off)
    audit.note(connection, by, "mail_off" if off else "mail_on", name)


def _change(database: Database, name: str, act: str, **values: str | bool) -> None:
    with database.writing() as connection:
        _write(connection, name, **values)
        connection.execute(SESSIONS.delete().where(SESSIONS.c.name == name))
        audit.note(connection, "callqa user", act, name)


def _write(connection: Connection, name: str, **values: str | bool) -> None:
    changed = connection.execute(USERS.update().where(USERS.c.name == name).values(**values))
    if not changed.rowcount:
        raise ConfigurationError(tr("there is no account {name!r}", name=name))


def users(connection: Connection) -> list[User]:
    """Every account, by name."""
    return [_user(row) for row in connection.execute(select(USERS).order_by(USERS.c.name))]


def any_user(connection: Connection) -> bool:
    """Whether there is an account that may log in."""
    usable = select(func.count()).select_from(USERS).where(USERS.c.disabled.is_(False))
    return connection.execute(usable).scalar_one() > 0


def find(connection: Connection, name: str) -> User | None:
    """An account by its name."""
    row = connection.execute(select(USERS).where(USERS.c.name == name)).one_or_none()
    return None if row is None else _user(row)


def _user(row: Row[tuple[object, ...]]) -> User:
    """The account that a row is."""
    return User(
        name=row.name,
        duty=Duty(row.role),
        agent_id=row.agent_id,
        team=row.team,
        disabled=row.disabled,
        mail=row.mail,
        mail_off=row.mail_off,
        chat=bool(row.chat),
    )


def hash_password(password: str) -> str:
    """A password as it is kept; ``ConfigurationError`` for one that is too short."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigurationError(
            tr("a password has {least} to {most} characters", least=SHORTEST, most=LONGEST)
        )
    return _hasher().hash(password)


def _hasher() -> PasswordHasher:
    try:
        from argon2 import PasswordHasher
    except ImportError as error:
        raise ConfigurationError(
            tr("accounts and reviews need more packages; first: pip install 'callqa[serve]'")
        ) from error
    return PasswordHasher()


def is_locked(connection: Connection, name: str, address: str) -> bool:
    """Whether there were too many wrong log-ins of late; without a name, from the address alone."""
    of_name, from_address = audit.refusals(connection, name, address, WINDOW)
    return (bool(name) and of_name >= PER_NAME) or from_address >= PER_ADDRESS


def log_in(database: Database, name: str, password: str, address: str, hours: float) -> str | None:
    """The token of a new session; None for a wrong name or password, and where too many were wrong.

    A name that there is not takes as long as one that there is.
    """
    with database.reading() as connection:
        if is_locked(connection, name, address):
            return None
        row = connection.execute(select(USERS).where(USERS.c.name == name)).one_or_none()
    right = _right(row.password if row and not row.disabled else "", password)
    with database.writing() as connection:
        if not right:
            audit.note(connection, name, audit.REFUSED, address=address)
            return None
        audit.note(connection, name, "login", address=address)
        return begin_session(connection, name, hours)


def let_in(database: Database, name: str, address: str, hours: float, mail: str = "") -> str | None:
    """The token of a new session of somebody whom the company's log-in has named.

    None where he has no account, or one that lets nobody in. ``mail``: where his goes from now on.
    """
    with database.writing() as connection:
        user = find(connection, name)
        if user is None or user.disabled:
            audit.note(connection, name, audit.REFUSED, detail="oidc", address=address)
            return None
        if mail not in {"", user.mail}:
            _write(connection, name, mail=mail)
        audit.note(connection, name, "login", detail="oidc", address=address)
        return begin_session(connection, name, hours)


_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43
"""Looked at in place of a password that there is not."""


def _right(kept: str, password: str) -> bool:
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        _hasher().verify(kept or _NOBODY, password[:LONGEST])
    except (Argon2Error, InvalidHashError):
        return False
    return bool(kept)


def begin_session(connection: Connection, name: str, hours: float) -> str:
    """The token of a new session, of which only a hash is kept; old sessions go."""
    connection.execute(SESSIONS.delete().where(SESSIONS.c.until < now()))
    token = secrets.token_urlsafe(_TOKEN)
    until = timestamp(datetime.now(UTC) + timedelta(hours=hours))
    connection.execute(
        SESSIONS.insert().values(
            token=_digest_of_token(token),
            name=name,
            csrf=secrets.token_urlsafe(_TOKEN),
            until=until,
        )
    )
    return token


def session(connection: Connection, token: str) -> Session | None:
    """The session of a token; None where there is none, or its account is disabled."""
    wanted = (
        select(USERS, SESSIONS.c.csrf)
        .join(SESSIONS, SESSIONS.c.name == USERS.c.name)
        .where(
            SESSIONS.c.token == _digest_of_token(token),
            SESSIONS.c.until > now(),
            USERS.c.disabled.is_(False),
        )
    )
    row = connection.execute(wanted).one_or_none()
    return None if row is None else Session(user=_user(row), csrf=row.csrf)


def end_session(connection: Connection, token: str) -> None:
    """Forget a session."""
    connection.execute(SESSIONS.delete().where(SESSIONS.c.token == _digest_of_token(token)))


def _digest_of_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
