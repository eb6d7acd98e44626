"""Somebody's own account: where he is told of things, and whether he wants to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.review.accounts import find, switch_mail
from pipeline.serve.desk import leads, page
from pipeline.serve.people import DUTIES

if TYPE_CHECKING:
    from starlette.responses import Response

    from pipeline.serve.desk import Asked

PAGE = "account.html"


@dataclass(frozen=True, kw_only=True)
class AccountView:
    """An account; ``sends``: whether anybody is told of anything; ``chat``: whether he has one."""

    name: str
    duty: str
    mail: str
    chat: bool
    off: bool
    sends: bool


def show(asked: Asked) -> Response:
    """The page."""
    user, settings = asked.user, asked.desk.settings.mail
    view = AccountView(
        name=user.name,
        duty=DUTIES[user.duty],
        mail=user.mail if settings.server else "",
        chat=user.chat and settings.chat,
        off=user.mail_off,
        sends=settings.sends,
    )
    return page(asked, "serve/account.html", view, PAGE)


def switch(asked: Asked) -> Response:
    """He wants none of it, or his again."""
    name, off = asked.user.name, asked.form.get("mail", "") == "off"
    with asked.desk.open.writing() as connection:
        own = find(connection, name)
        if own is not None and own.mail_off is not off:
            switch_mail(connection, name, name, off=off)
    return leads(asked.desk, PAGE)
