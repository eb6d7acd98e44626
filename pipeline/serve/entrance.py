"""Logging in and out, and the audit log."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse

from pipeline.report.names import VERDICTS
from pipeline.review import accounts, audit, company
from pipeline.serve.arriving import forget, wanted_place
from pipeline.serve.desk import PRIVATE, WrongError, leads, page
from pipeline.serve.groups import account_for, said_by_claims
from pipeline.serve.oidc import BACK, AwayError, Errand, LoginRefusedError
from pipeline.serve.people import COOKIE, DUTIES
from pipeline.serve.words import ACTS, GROUNDS, NODS, NOT_LET_IN, REASONS, STEPS, TURNED_AWAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from pipeline.review.audit import AuditEntry
    from pipeline.serve.desk import Asked
    from pipeline.serve.oidc import Arrival, Provider

_LOG = logging.getLogger("uvicorn.error")
ERRAND, ERRAND_SECONDS = "callqa_oidc", 600
"""The cookie of whoever is at the company's log-in, and how long he may stay there."""
COMPANY = "callqa_company"
"""The cookie of whoever the company has logged in."""
TOO_OFTEN = "试错太多次了，请十五分钟后再试。"
ENTRIES = 200
"""Acts on a page of the log."""


@dataclass(frozen=True, kw_only=True)
class LoginView:
    """The page on which one logs in; ``wrong`` says why that did not work."""

    wrong: str = ""
    name: str = ""
    gateway: bool = False
    company: str = ""
    """What the button to the company's own log-in says, where there is one."""


@dataclass(frozen=True, kw_only=True)
class AuditView:
    """The newest acts."""

    entries: Sequence[AuditEntry]
    acts: Mapping[str, str]
    count: int

    @staticmethod
    def detail(entry: AuditEntry) -> str:
        """What an act's detail says, in people's words; a rule keeps its id."""
        return " ".join(_SAID.get(word, word) for word in entry.detail.split())


_CODED: Sequence[Mapping[Any, str]] = (DUTIES, VERDICTS, REASONS, GROUNDS, STEPS, NODS, TURNED_AWAY)
_SAID = {str(code): said for own in _CODED for code, said in own.items()}


def login_page(asked: Asked) -> Response:
    """The page on which one logs in."""
    return _login_page(asked)


def _login_page(
    asked: Asked, wrong: str = "", status: int = 200, *, name: str = "", path: str = "login"
) -> Response:
    desk = asked.desk
    view = LoginView(
        wrong=wrong,
        name=name,
        gateway=bool(desk.settings.serve.user_header),
        company=desk.settings.oidc.title if desk.company else "",
    )
    return page(asked, "serve/login.html", view, path, status)


def log_in(asked: Asked) -> Response:
    """Log in: with a new session, and the same answer whether name or password was wrong."""
    desk = asked.desk
    name, password = asked.form.get("name", "").strip(), asked.form.get("password", "")
    hours, address = desk.settings.serve.session_hours, asked.visitor.address
    with desk.open.reading() as connection:
        locked = accounts.is_locked(connection, name, address)
    if locked:
        return _login_page(asked, TOO_OFTEN, 429, name=name)
    with desk.hashing:
        token = accounts.log_in(desk.open, name, password, address, hours)
    if token is None:
        return _login_page(asked, "账号或密码不对。", 403, name=name)
    response = leads(desk, wanted_place(asked))
    _begin(asked, response, COOKIE, token)
    forget(asked, response)
    return response


def _begin(asked: Asked, response: Response, cookie: str, content: str) -> None:
    """Give a browser a cookie of its session."""
    serve = asked.desk.settings.serve
    response.set_cookie(
        cookie,
        content,
        max_age=int(serve.session_hours * 3600),
        path=serve.path or "/",
        httponly=True,
        samesite="strict",
        secure=asked.visitor.secure,
    )


def to_company(asked: Asked) -> Response:
    """On to the company's log-in, with an errand that only this browser has."""
    errand = Errand.new()
    try:
        way = _company(asked).way(errand)
    except AwayError as error:
        return _back(asked, _away(error))
    response = RedirectResponse(way, 303, headers=PRIVATE)
    response.set_cookie(
        ERRAND,
        errand.as_cookie(),
        max_age=ERRAND_SECONDS,
        path=_errands(asked),
        httponly=True,
        samesite="lax",  # it has to come along from the company's page
        secure=asked.visitor.secure,
    )
    return response


def from_company(asked: Asked) -> Response:
    """Back from there: with a session, where an account has the name that was said."""
    try:
        token = _let_in(asked)
    except WrongError as wrong:
        return _back(asked, wrong)
    response = page(asked, "serve/welcome.html", None, BACK)
    # A strict cookie comes along with no redirect that began elsewhere: the page itself leads on.
    response.headers["Refresh"] = f"0; url={asked.desk.settings.serve.path}/{wanted_place(asked)}"
    forget(asked, response)
    _begin(asked, response, COOKIE, token)
    _begin(asked, response, COMPANY, "1")
    response.delete_cookie(ERRAND, path=_errands(asked))
    return response


def _let_in(asked: Asked) -> str:
    """The token of a new session; ``WrongError`` where nobody is let in."""
    desk, address, said = asked.desk, asked.visitor.address, asked.request.query_params
    service = _company(asked)
    errand = Errand.read(asked.request.cookies.get(ERRAND, ""))
    if errand is None or not secrets.compare_digest(
        said.get("state", "").encode(), errand.state.encode()
    ):
        raise WrongError(403, "登录没有完成，请再试一次。")
    if "error" in said:
        raise WrongError(403, "没有登录：公司的登录页没有同意。")
    with desk.open.reading() as connection:
        if accounts.is_locked(connection, "", address):
            raise WrongError(429, TOO_OFTEN)
    try:
        arrival = service.arrival(
            f"{desk.settings.oidc.address}/{BACK}?{asked.request.url.query}", errand
        )
    except AwayError as error:
        raise _away(error) from error
    except LoginRefusedError as error:
        _LOG.warning("OpenID Connect: %s", error)
        with desk.open.writing() as connection:
            audit.note(connection, "", audit.REFUSED, detail="oidc", address=address)
        raise WrongError(403, "登录没有完成，请再试一次；一直这样，请找管理员。") from error
    return _session_of(asked, arrival)


def _session_of(asked: Asked, arrival: Arrival) -> str:
    """The token of a new session of whoever has arrived: by his account, or by his groups."""
    desk, address, name = asked.desk, asked.visitor.address, arrival.name
    hours, oidc = desk.settings.serve.session_hours, desk.settings.oidc
    if oidc.roles:
        try:
            wanted = account_for(name, said_by_claims(arrival.claims, oidc), oidc.roles)
            own = replace(wanted, mail=arrival.mail)
            return company.let_in(desk.open, own, address, hours)
        except company.NotLetInError as error:
            company.turn_away(desk.open, name, error.why, address)
            raise WrongError(403, NOT_LET_IN[error.why].format(name=name)) from error
    token = accounts.let_in(desk.open, name, address, hours, arrival.mail)
    if token is None:
        raise WrongError(403, f"公司账号 {name} 在 callqa 里还没有账号，请找管理员。")
    return token


def _company(asked: Asked) -> Provider:
    if asked.desk.company is None:
        raise WrongError(404, "没有这一页。")
    return asked.desk.company


def _errands(asked: Asked) -> str:
    """The path below which a browser brings its errand along."""
    return f"{asked.desk.settings.serve.path}/oidc"


def _away(error: AwayError) -> WrongError:
    _LOG.warning("OpenID Connect: %s", error)
    return WrongError(502, "公司的登录服务没有应答，请稍后再试。")


def _back(asked: Asked, wrong: WrongError) -> Response:
    """The log-in page with what went wrong; the errand is over."""
    if asked.desk.company is None:
        raise wrong
    response = _login_page(asked, wrong.told, wrong.status, path=BACK)
    response.delete_cookie(ERRAND, path=_errands(asked))
    return response


def log_out(asked: Asked) -> Response:
    """End the session; the company's too, where it began there and the settings have it so."""
    with asked.desk.open.writing() as connection:
        accounts.end_session(connection, asked.visitor.token)
        audit.note(connection, asked.user.name, "logout", address=asked.visitor.address)
    way = _way_out(asked)
    if way is None:
        response = leads(asked.desk, "login")
    else:  # a form's answer may lead nowhere else (form-action): the page itself does
        response = page(asked, "serve/goodbye.html", None, "logout")
        response.headers["Refresh"] = f"0; url={way}"
    for cookie in (COOKIE, COMPANY):
        response.delete_cookie(cookie, path=asked.desk.settings.serve.path or "/")
    return response


def _way_out(asked: Asked) -> str | None:
    """Where the company's session ends; None where it is none of ours to end, or nobody answers."""
    service = asked.desk.company
    if service is None or COMPANY not in asked.request.cookies:
        return None
    try:
        return service.way_out()
    except AwayError as error:
        _LOG.warning("OpenID Connect: %s", error)
        return None


def log(asked: Asked) -> Response:
    """Who did what, the newest first."""
    with asked.desk.open.reading() as connection:
        newest = audit.entries(connection, ENTRIES)
        count = audit.count(connection)
    view = AuditView(entries=newest, acts=ACTS, count=count)
    return page(asked, "serve/audit.html", view, "audit.html")
