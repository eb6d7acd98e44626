"""``callqa serve``: the application on an address, as long as it is wanted."""

from __future__ import annotations

import ipaddress
import threading
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.review import chat, smtp
from pipeline.review.accounts import any_user
from pipeline.review.migrate import open_database
from pipeline.review.verdicts import has_database
from pipeline.serve.desk import Desk
from pipeline.serve.live import Live
from pipeline.serve.oidc import Provider
from pipeline.serve.postman import Postman
from pipeline.settings.review import LOOPBACK

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.review.database import Database
    from pipeline.settings import Settings


def made_ready(out: Path, settings: Settings, host: str) -> Desk:
    """What the application works with.

    Raises ``ConfigurationError`` where nobody has an account and others than this machine could come,
    where the company's log-in cannot be asked, and where chats need Apprise; ``MailError`` where no
    mail server is named.
    """
    if settings.mail.server:
        smtp.address_of(settings.mail)
    if settings.mail.chat:
        chat.check()
    database = _database(out, settings)
    local = is_local(host)
    if database is None and not local:
        raise ConfigurationError(
            tr(
                "nobody has an account, and {host} is not this machine alone; first: callqa user add "
                "NAME --role admin --out {out}",
                host=host,
                out=out,
            )
        )
    hosts = LOOPBACK if database is None else ()
    return Desk(
        live=Live(out, settings, database),
        settings=settings,
        database=database,
        hosts=hosts,
        company=Provider(settings.oidc) if settings.oidc.issuer else None,
    )


def _database(out: Path, settings: Settings) -> Database | None:
    """The database, where somebody has an account, or comes by one with his first log-in."""
    if settings.oidc.roles:
        return open_database(out, settings)
    if not has_database(out, settings):
        return None
    database = open_database(out, settings)
    with database.reading() as connection:
        if any_user(connection):
            return database
    database.close()
    return None


def is_local(host: str) -> bool:
    """Whether an address is this machine's alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def run(desk: Desk, host: str, port: int) -> None:
    """Answer until it is told to end."""
    import uvicorn

    from pipeline.serve.app import application
    from pipeline.serve.pages import front_view

    threading.Thread(target=front_view, args=(desk.live,), daemon=True).start()  # ready by then
    if desk.database is not None and desk.settings.mail.sends:
        postman = Postman(desk)
        threading.Thread(target=postman.work, daemon=True).start()
    uvicorn.run(
        application(desk),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,  # longer than people look at a page: the next click finds the line open
        timeout_graceful_shutdown=5,
    )
