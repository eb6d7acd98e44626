"""Who asks: by the session of his cookie, or by what a trusted gateway says; and how far he sees."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from pipeline.report.days import EVERYBODY, Scope
from pipeline.review import accounts, company
from pipeline.review.accounts import Duty, User
from pipeline.serve.groups import account_for, said_by_headers
from pipeline.serve.words import NOT_LET_IN_BY_GATEWAY

if TYPE_CHECKING:
    from starlette.requests import Request

    from pipeline.review.database import Database
    from pipeline.settings import Settings

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
    """Whoever asks; without ``user`` nobody knows him. ``secure``: what is sent to him is encrypted.

    ``turned_away`` says why somebody whom a gateway names is not let in.
    """

    user: User | None
    csrf: str
    address: str
    secure: bool
    token: str = ""
    turned_away: str = ""

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


def visitor(request: Request, database: Database | None, settings: Settings) -> Visitor:
    """Who asks."""
    peer = request.client.host if request.client else ""
    serve = settings.serve
    said = request.headers if peer in serve.trusted_proxies else Headers()
    secure = request.url.scheme == "https" or said.get("x-forwarded-proto", "") == "https"
    address = said.get("x-forwarded-for", "").rpartition(",")[2].strip() or peer
    plain = Visitor(user=None, csrf="", address=address, secure=secure)
    if database is None:
        return plain
    if serve.user_header:
        return _account_of_gateway(said, database, plain, settings)
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


def _header_value(said: Headers, name: str) -> str:
    """What a gateway says in a header: bytes, and those of a Chinese name UTF-8.

    What stands there twice counts as not said: one of the two came from elsewhere.
    """
    values = said.getlist(name)
    try:
        return values[0].encode("latin-1").decode() if len(values) == 1 else ""
    except UnicodeError:
        return ""


def _account_of_gateway(
    said: Headers, database: Database, plain: Visitor, settings: Settings
) -> Visitor:
    """The account that a gateway names, by its groups where it says them."""
    name = _header_value(said, settings.serve.user_header)
    if settings.serve.groups_header and accounts.fits(name):
        return _by_groups(name, said, database, plain, settings)
    with database.reading() as connection:
        user = accounts.find(connection, name)
    return plain if user is None or user.disabled else _let_in(user, plain)


def _by_groups(
    name: str, said: Headers, database: Database, plain: Visitor, settings: Settings
) -> Visitor:
    """Whoever is named, with the rights of his groups as they are said with this very request."""
    try:
        own = said_by_headers(partial(_header_value, said), settings.serve)
        wanted = account_for(name, own, settings.oidc.roles)
        return _let_in(company.account_of(database, wanted), plain)
    except company.NotLetInError as error:
        company.turn_away(database, name, error.why, plain.address, company.GATEWAY)
        return replace(plain, turned_away=NOT_LET_IN_BY_GATEWAY[error.why].format(name=name))


def _let_in(user: User, plain: Visitor) -> Visitor:
    csrf = hmac.new(_SECRET, user.name.encode(), hashlib.sha256).hexdigest()
    return replace(plain, user=user, csrf=csrf)


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
