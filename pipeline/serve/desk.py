"""What every page of the application shares: the output folder, the database, how a page is made."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from pipeline.judging.judge import Judges
from pipeline.report import html, names
from pipeline.review.accounts import Duty
from pipeline.review.calibration import sessions
from pipeline.serve.blind import Views
from pipeline.serve.live import Live
from pipeline.serve.people import DUTIES, Reach, Subject, Visitor, scope_of

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request

    from pipeline.report.days import Scope
    from pipeline.review.accounts import User
    from pipeline.review.database import Database
    from pipeline.serve.oidc import Provider
    from pipeline.settings import Settings

POLICY = html.POLICY.replace("form-action 'none'", "form-action 'self'; connect-src 'self'")
"""What a page may load and run, and that it may send its forms and ask for calls here."""


class WrongError(Exception):
    """Something that cannot be: the status of the answer, what is said, and a page to go to instead."""

    def __init__(self, status: int, told: str, instead: str = "") -> None:
        super().__init__(told)
        self.status, self.told, self.instead = status, told, instead


@dataclass(frozen=True, kw_only=True)
class PageHead:
    """The head of a page: who is logged in, where he can go, and the token of his forms."""

    user: User | None
    duty: str
    links: tuple[tuple[str, str], ...]
    csrf: str


@dataclass
class Desk:
    """The application's own; ``database`` is None where there are no accounts."""

    live: Live
    settings: Settings
    database: Database | None
    hosts: tuple[str, ...] = ()
    """The names that a browser may ask for; empty: any."""
    company: Provider | None = None
    """The company's log-in service."""
    hashing: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(2))
    """A password costs memory: few are looked at at once."""

    @cached_property
    def templates(self) -> Environment:
        """The same templates as those of the static pages."""
        made = html.environment(self.settings.report)
        made.globals["policy"] = Markup(POLICY)  # noqa: S704  our own words
        made.filters["local"] = self._local
        return made

    def _local(self, at: datetime) -> str:
        """A moment by the clock of the house."""
        return names.moment(at.astimezone(self.settings.zone))

    @cached_property
    def views(self) -> Views:
        """What is published, as each person may see it."""
        return Views(self.live)

    @cached_property
    def plain_sound(self) -> TemporaryDirectory[str]:
        """Where recordings are decoded that no browser plays; gone with the process."""
        return TemporaryDirectory(prefix="callqa-")

    @cached_property
    def judges(self) -> Judges:
        """What judges a call again, for its words as they were said."""
        return Judges(self.settings)

    @property
    def open(self) -> Database:
        """The database, for whoever has an account."""
        if self.database is None:
            raise WrongError(404, "没有账号，只能看。")
        return self.database


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, of somebody who may make it."""

    desk: Desk
    request: Request
    visitor: Visitor
    reach: Reach
    subject: Subject
    form: Mapping[str, str]

    @property
    def user(self) -> User:
        """Whoever asks, where only people with accounts may."""
        if self.visitor.user is None:
            raise WrongError(403, "先登录。")
        return self.visitor.user

    @cached_property
    def live(self) -> Live:
        """What is published, as he may see it: of what he has still to rate blind nothing found."""
        return self.desk.views.of(self.visitor.name)

    @property
    def scope(self) -> Scope:
        """What of the tables he sees."""
        return scope_of(self.reach, self.visitor.user)

    @property
    def duty(self) -> Duty | None:
        """What he is."""
        return self.visitor.user.duty if self.visitor.user else None

    def part(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])


def page(asked: Asked, template: str, view: Any, path: str, status: int = 200) -> Response:
    """A page; links in it start from the place at which ``path`` lies."""
    return HTMLResponse(
        render(asked.desk, asked.visitor, template, view, path), status, headers=PRIVATE
    )


def render(desk: Desk, visitor: Visitor, template: str, view: Any, path: str) -> str:
    """The HTML of a page."""
    up = "../" * path.count("/")
    made = desk.templates.get_template(template)
    return made.render(page=view, up=up, desk=bar(desk, visitor))


def leads(desk: Desk, path: str) -> Response:
    """On to a page, from wherever a form was sent."""
    return RedirectResponse(f"{desk.settings.serve.path}/{path}", 303)


def answer(values: Any, status: int = 200) -> Response:
    """An answer to a script."""
    return JSONResponse(values, status, headers=PRIVATE)


PRIVATE = {"Cache-Control": "no-store"}
"""People's words are kept by no browser."""


def bar(desk: Desk, visitor: Visitor) -> PageHead:
    """The head of somebody's pages."""
    user = visitor.user
    links = _links(desk, user) if user else _READING if desk.database is None else ()
    return PageHead(
        user=user, duty=DUTIES[user.duty] if user else "", links=links, csrf=visitor.csrf
    )


def _links(desk: Desk, user: User) -> tuple[tuple[str, str], ...]:
    """Where somebody can go; a team lead who rates in a session has that as his work."""
    rates = user.duty is Duty.LEAD and any(user.name in s.raters for s in sessions(desk.live.out))
    work = (("work.html", "校准"),) if rates else ()
    mail = (("account.html", "通知"),) if desk.settings.mail.sends else ()
    return (*_LINKS[user.duty], *work, *mail)


_CALLS, _WORKBOOK = ("calls.html", "全部通话"), ("scores.xlsx", "下载表格")
_TEAM, _APPEALS = ("index.html", "团队"), ("appeals.html", "申诉")
_READING = (_TEAM, _CALLS, _WORKBOOK)
_LINKS = {
    Duty.INSPECTOR: (("work.html", "复核"), _APPEALS, *_READING),
    Duty.LEAD: (_TEAM, _CALLS, _APPEALS),
    Duty.AGENT: (("index.html", "我的评分卡"), ("calls.html", "我的通话"), _APPEALS),
    Duty.OWNER: (_APPEALS, ("work.html", "复核"), *_READING),
    Duty.ADMIN: (*_READING, _APPEALS, ("audit.html", "日志")),
}
