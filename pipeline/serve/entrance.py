"""Logging in and out, and the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.report.names import VERDICTS
from pipeline.review import accounts, audit
from pipeline.serve.desk import leads, page
from pipeline.serve.people import COOKIE, DUTIES
from pipeline.serve.words import ACTS, GROUNDS, REASONS, STEPS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from pipeline.review.audit import Entry
    from pipeline.serve.desk import Asked

ENTRIES = 200
"""Acts on a page of the log."""


@dataclass(frozen=True, kw_only=True)
class LoginView:
    """The page on which one logs in; ``wrong`` says why that did not work."""

    wrong: str = ""
    name: str = ""
    gateway: bool = False


@dataclass(frozen=True, kw_only=True)
class AuditView:
    """The newest acts."""

    entries: Sequence[Entry]
    acts: Mapping[str, str]
    count: int

    @staticmethod
    def told(entry: Entry) -> str:
        """What an act's detail says, in people's words; a rule keeps its id."""
        return " ".join(_SAID.get(word, word) for word in entry.detail.split())


_CODED: Sequence[Mapping[Any, str]] = (DUTIES, VERDICTS, REASONS, GROUNDS, STEPS)
_SAID = {str(code): said for own in _CODED for code, said in own.items()}


def login_page(asked: Asked) -> Response:
    """The page on which one logs in."""
    gateway = bool(asked.desk.settings.serve.user_header)
    return page(asked, "serve/login.html", LoginView(gateway=gateway), "login")


def log_in(asked: Asked) -> Response:
    """Log in: with a new session, and the same answer whether name or password was wrong."""
    desk = asked.desk
    name, password = asked.form.get("name", "").strip(), asked.form.get("password", "")
    hours, address = desk.settings.serve.session_hours, asked.visitor.address
    with desk.open.reading() as connection:
        locked = accounts.locked(connection, name, address)
    if locked:
        wrong = "试错太多次了，请十五分钟后再试。"
        return page(asked, "serve/login.html", LoginView(wrong=wrong, name=name), "login", 429)
    with desk.hashing:
        token = accounts.log_in(desk.open, name, password, address, hours)
    if token is None:
        wrong = "账号或密码不对。"
        return page(asked, "serve/login.html", LoginView(wrong=wrong, name=name), "login", 403)
    response = leads(desk, "")
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(hours * 3600),
        path=desk.settings.serve.path or "/",
        httponly=True,
        samesite="strict",
        secure=asked.visitor.secure,
    )
    return response


def log_out(asked: Asked) -> Response:
    """End the session."""
    with asked.desk.open.writing() as connection:
        accounts.end_session(connection, asked.visitor.token)
        audit.note(connection, asked.user.name, "logout", address=asked.visitor.address)
    response = leads(asked.desk, "login")
    response.delete_cookie(COOKIE, path=asked.desk.settings.serve.path or "/")
    return response


def log(asked: Asked) -> Response:
    """Who did what, the newest first."""
    with asked.desk.open.reading() as connection:
        newest = audit.entries(connection, ENTRIES)
        count = audit.count(connection)
    view = AuditView(entries=newest, acts=ACTS, count=count)
    return page(asked, "serve/audit.html", view, "audit.html")
