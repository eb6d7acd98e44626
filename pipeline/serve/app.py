"""The application: every request goes through its door of ``doors``, or nowhere."""

from __future__ import annotations

import hmac
import logging
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from pipeline.serve.arriving import to_login
from pipeline.serve.desk import PRIVATE, Asked, Desk, WrongError, render
from pipeline.serve.doors import DOORS, Door
from pipeline.serve.people import Reach, Subject, Visitor, holds, visitor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

_LOG = logging.getLogger("uvicorn.error")
LARGEST = 64 * 1024
"""Bytes of a form."""
FIELDS = 500
"""Fields of one: a tick for each finding of a call that falls."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_CSRF = "x-csrf"
_OWN = {"same-origin", "none"}
"""Where a form comes from, as browsers say it."""


def application(desk: Desk) -> Starlette:
    """The application over an output folder."""

    async def answer_fault(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        told = {404: "没有这一页。", 405: "不能这样做。"}.get(status, "出错了。")
        return await run_in_threadpool(_wrong, desk, request, _stranger(request), status, told)

    routes = [Route(d.path, _endpoint(desk, d), methods=[d.method]) for d in DOORS]
    below = [Middleware(_Below, path=path)] if (path := desk.settings.serve.path) else []
    faults = {HTTPException: answer_fault, Exception: answer_fault}
    return Starlette(routes=routes, middleware=below, exception_handlers=faults)


class _Below:
    """Below a path of another's host name, whether the gateway leaves that path away or not."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app, self._path = app, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope.get("path", "")
        if asked == self._path:
            await RedirectResponse(f"{self._path}/", 303)(scope, receive, send)
        elif asked.startswith(f"{self._path}/"):
            await self._app({**scope, "path": asked.removeprefix(self._path)}, receive, send)
        else:
            await self._app(scope, receive, send)


def _endpoint(desk: Desk, door: Door) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        form = await _form(request) if door.method == "POST" else {}
        response = await run_in_threadpool(_enter, desk, door, request, form)
        response.headers.update(_HEADERS)
        return response

    return endpoint


async def _form(request: Request) -> Mapping[str, str] | None:
    """The fields of a form; None for one that is too large or none."""
    length = request.headers.get("content-length", "")
    if length in {"", "0"} and "transfer-encoding" not in request.headers:
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0]
    known = kind == "application/x-www-form-urlencoded"
    if not known or not length.isdecimal() or int(length) > LARGEST:
        return None
    async with request.form(max_files=0, max_fields=FIELDS) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def _enter(desk: Desk, door: Door, request: Request, form: Mapping[str, str] | None) -> Response:
    """Let somebody in who may, and say why not to anybody else."""
    who = visitor(request, desk.database, desk.settings)
    try:
        _check_host(desk, request)
        asked = _admit(desk, door, request, who, form)
        if asked is None:
            return to_login(desk, request, who)
        return door.enter(asked)
    except WrongError as wrong:
        return _wrong(desk, request, who, wrong.status, wrong.told, wrong.instead)
    except Exception:  # noqa: BLE001  one page's fault must not end the connection
        _LOG.exception("%s %s", request.method, door.path)
        return _wrong(desk, request, who, 500, "出错了，请稍后再试。")


def _check_host(desk: Desk, request: Request) -> None:
    """A page of elsewhere whose name leads here reads nothing (DNS rebinding)."""
    if desk.hosts and request.url.hostname not in desk.hosts:
        raise WrongError(403, "请用这台机器自己的地址打开。")


def _admit(
    desk: Desk, door: Door, request: Request, who: Visitor, form: Mapping[str, str] | None
) -> Asked | None:
    """A request that may be made; None for one of nobody, who has to log in first."""
    if form is None:
        raise WrongError(413, "表单太大，或不是表单。")
    reach = _reach(desk, door, who)
    if reach is None:
        if door.method == "GET" and not _by_script(request):
            return None
        raise WrongError(401, "请先登录。")
    if door.method == "POST" and request.headers.get("sec-fetch-site", "none") not in _OWN:
        raise WrongError(403, "这个请求来自别的网站。")
    if door.method == "POST" and who.user is not None:
        given = form.get("csrf") or request.headers.get(_CSRF, "")
        if not hmac.compare_digest(given.encode(), who.csrf.encode()):
            raise WrongError(403, "页面放得太久了，请刷新再试。")
    subject = Subject()
    if door.whose is not None:
        found = door.whose(desk, {k: str(v) for k, v in request.path_params.items()})
        if found is None or not holds(reach, who.user, found):
            raise WrongError(404, "没有这一页，或不归你看。")
        subject = found
    return Asked(desk=desk, request=request, visitor=who, reach=reach, subject=subject, form=form)


def _reach(desk: Desk, door: Door, who: Visitor) -> Reach | None:
    """How far he sees through a door; None where he has to log in; ``WrongError`` where he may not."""
    if door.anybody or (desk.database is None and door.reading):
        return Reach.ALL
    if who.user is None:
        if desk.database is None:
            raise WrongError(403, "没有账号，只能看。先用 callqa user add 建账号，再重新启动。")
        if who.turned_away:
            raise WrongError(403, who.turned_away)
        return None
    reach = door.who.get(who.user.duty)
    if reach is None:
        raise WrongError(403, "这一页不归你看。")
    return reach


def _by_script(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _stranger(request: Request) -> Visitor:
    address = request.client.host if request.client else ""
    return Visitor(user=None, csrf="", address=address, secure=False)


def _wrong(
    desk: Desk, request: Request, who: Visitor, status: int, told: str, instead: str = ""
) -> Response:
    """Why something cannot be, for a person or for a script."""
    headers = {**PRIVATE, **_HEADERS}
    if _by_script(request):
        return JSONResponse({"wrong": told}, status, headers=headers)
    view: dict[str, Any] = {"status": status, "told": told, "instead": instead}
    path = request.url.path.lstrip("/")
    content = render(desk, who, "serve/wrong.html", view, path)
    return Response(content, status, headers=headers, media_type="text/html")
