"""Whoever comes by a link, as mail has them: through the log-in where he has to, and on to its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import HTMLResponse

from pipeline.serve.desk import PRIVATE, leads, render
from pipeline.serve.people import COOKIE

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pipeline.serve.desk import Asked, Desk
    from pipeline.serve.people import Visitor

WANTED = "callqa_wanted"
"""The cookie that holds where somebody wanted to go."""
_SECONDS = 900
_PLACE = re.compile(r"/(?!/)[A-Za-z0-9._~%/-]*")


def to_login(desk: Desk, request: Request, who: Visitor) -> Response:
    """On to the log-in, from where he comes back to what he wanted.

    A strict cookie comes along with no link of another site: the page asks again by itself, from here.
    """
    if request.headers.get("sec-fetch-site") == "cross-site" and COOKIE not in request.cookies:
        place = str(request.scope["path"]).lstrip("/")
        again = render(desk, who, "serve/onward.html", None, place)
        return HTMLResponse(again, headers={**PRIVATE, "Refresh": "0"})
    response = leads(desk, "login")
    if request.headers.get("sec-fetch-mode") == "navigate":
        response.set_cookie(
            WANTED,
            quote(str(request.scope["path"])),
            max_age=_SECONDS,
            path=desk.settings.serve.path or "/",
            httponly=True,
            samesite="lax",  # it has to come along from the company's page
            secure=who.secure,
        )
    return response


def wanted_place(asked: Asked) -> str:
    """Where he wanted to go, without the slash before it; empty for the first page."""
    place = asked.request.cookies.get(WANTED, "")
    return place[1:] if _PLACE.fullmatch(place) else ""


def forget(asked: Asked, response: Response) -> None:
    """He is on his way."""
    if WANTED in asked.request.cookies:
        response.delete_cookie(WANTED, path=asked.desk.settings.serve.path or "/")
