"""Who asks: by the session of his cookie, or by what a trusted gateway says; and how far he sees."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.report.days import EVERYBODY, Scope
from pipeline.review import accounts
from pipeline.review.accounts import Duty, User

if TYPE_CHECKING:
    from starlette.requests import Request

    from pipeline.review.database import Database
    from pipeline.settings import ServeSettings

COOKIE = "callqa_session"
_SECRET = secrets.token_bytes(32)
"""Makes the tokens of those whom a gateway has logged in: they last as long as this process."""


class Reach(StrEnum):
    """How far a duty sees: all calls, those of his team, his own, those that he was given to rate."""

    ALL = "all"
    TEAM = "team"
    OWN = "own"
    GIVEN = "given"


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Whoever asks; without ``user`` nobody knows him. ``secure``: what is sent to him is encrypted."""

    user: User | None
    csrf: str
    address: str
    secure: bool
    token: str = ""

    @property
    def name(self) -> str:
        """His account's name."""
        return self.user.name if self.user else ""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whose something is; ``raters`` are those of the calibration session that it is part of."""

    agent_id: str = ""
    team: str = ""
    raters: frozenset[str] = frozenset()


def visitor(request: Request, database: Database | None, settings: ServeSettings) -> Visitor:
    """Who asks."""
    peer = request.client.host if request.client else ""
    trusted = peer in settings.trusted_proxies
    said = request.headers if trusted else {}
    secure = request.url.scheme == "https" or said.get("x-forwarded-proto", "") == "https"
    address = said.get("x-forwarded-for", "").rpartition(",")[2].strip() or peer
    plain = Visitor(user=None, csrf="", address=address, secure=secure)
    if database is None:
        return plain
    if settings.user_header:
        return _account_named(said.get(settings.user_header.lower(), ""), database, plain)
    token = request.cookies.get(COOKIE, "")
    if not token:
        return plain
    with database.reading() as connection:
        session = accounts.session(connection, token)
    if session is None:
        return plain
    return Visitor(
        user=session.user, csrf=session.csrf, address=address, secure=secure, token=token
    )


def _account_named(said: str, database: Database, plain: Visitor) -> Visitor:
    """The account that a gateway names; headers are bytes, and those of a Chinese name UTF-8."""
    try:
        name = said.encode("latin-1").decode()
    except UnicodeError:
        return plain
    with database.reading() as connection:
        user = accounts.find(connection, name)
    if user is None or user.disabled:
        return plain
    csrf = hmac.new(_SECRET, user.name.encode(), hashlib.sha256).hexdigest()
    return Visitor(user=user, csrf=csrf, address=plain.address, secure=plain.secure)


def holds(reach: Reach, user: User | None, subject: Subject) -> bool:
    """Whether something is within somebody's reach."""
    if reach is Reach.ALL or user is None:
        return reach is Reach.ALL
    if reach is Reach.GIVEN:
        return user.name in subject.raters
    if reach is Reach.TEAM:
        return bool(user.team) and subject.team == user.team
    return bool(user.agent_id) and subject.agent_id == user.agent_id


def scope_of(reach: Reach, user: User | None) -> Scope:
    """What of the tables somebody sees."""
    if reach is Reach.ALL or user is None:
        return EVERYBODY
    return Scope("team", user.team) if reach is Reach.TEAM else Scope("agent_id", user.agent_id)


DUTIES = {
    Duty.INSPECTOR: "质检员",
    Duty.LEAD: "班组长",
    Duty.AGENT: "客服",
    Duty.OWNER: "规范负责人",
    Duty.ADMIN: "管理员",
}
"""What the pages call them."""
