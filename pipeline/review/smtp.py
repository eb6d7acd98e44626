"""One mail over SMTP (RFC 5321), by TLS where the server has it."""

from __future__ import annotations

import os
import smtplib
import ssl
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from pipeline.errors import CallqaError
from pipeline.messages import tr
from pipeline.settings.mail import is_server
from pipeline.settings.review import LOOPBACK, VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.settings import MailSettings

PATIENCE = 20.0
"""Seconds that a mail server has for each of its answers."""
_PORTS = {"smtp": 25, "smtps": 465}
_TOLD = 200
"""Characters of what a server says that are told on."""


class MailError(CallqaError):
    """A mail, or a message in a chat, was not taken; ``whole``: the server takes none at all."""

    def __init__(self, told: str, *, whole: bool) -> None:
        plain = "".join(c if c.isprintable() else " " for c in told)
        super().__init__(plain[:_TOLD])
        self.whole = whole


def send(mail: MailSettings, to: str, subject: str, text: str, name: str) -> None:
    """Hand a mail to the server; ``name`` is its Message-ID before the @. Raises ``MailError``."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail.sender, to, subject
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{name}@{mail.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    with _connect(mail) as server:
        try:
            server.send_message(message, mail.sender, [to])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = error.recipients[to]
            raise MailError(f"{code} {said.decode(errors='replace')}", whole=False) from error
        except smtplib.SMTPDataError as error:
            raise MailError(_answer_of(error), whole=False) from error


def check(mail: MailSettings) -> None:
    """Whether the server answers and lets callqa in; ``MailError``."""
    with _connect(mail) as server:
        server.noop()


@contextmanager
def _connect(mail: MailSettings) -> Iterator[smtplib.SMTP]:
    try:
        with _greet(mail) as server:
            yield server
    except smtplib.SMTPResponseException as error:
        raise MailError(_answer_of(error), whole=True) from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(str(error) or type(error).__name__, whole=True) from error


def _greet(mail: MailSettings) -> smtplib.SMTP:
    """A server that has said who it is, by TLS where it can, and knows who asks."""
    at = urlsplit(address_of(mail))
    host, port = at.hostname or "", at.port or _PORTS[at.scheme]
    context = ssl.create_default_context()
    if at.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=PATIENCE)
    try:
        _introduce(server, at, context)
    except BaseException:
        server.close()
        raise
    return server


def _introduce(server: smtplib.SMTP, at: SplitResult, context: ssl.SSLContext) -> None:
    """Speak by TLS from here on where the server can, and say who asks."""
    server.ehlo_or_helo_if_needed()
    safe = at.scheme == "smtps" or at.hostname in LOOPBACK
    if at.scheme == "smtp" and server.has_extn("starttls"):
        server.starttls(context=context)
        server.ehlo()
        safe = True
    if not at.username:
        return
    if not safe:
        raise MailError(tr("no password is sent without TLS"), whole=True)
    name, password = unquote(at.username), unquote(at.password or "")
    if not (name + password).isascii():  # smtplib has no other
        raise MailError(tr("name and password have to be ASCII"), whole=True)
    server.login(name, password)


def address_of(mail: MailSettings) -> str:
    """The server's address, with what the settings may not hold; ``MailError`` where it is not there."""
    told = mail.server
    if told.startswith(VARIABLE):
        told = os.environ.get(told.removeprefix(VARIABLE), "").strip()
    if not is_server(told):
        name = mail.server.removeprefix(VARIABLE)
        raise MailError(tr("the variable {name} holds no smtp://host:port", name=name), whole=True)
    return told


def _answer_of(error: smtplib.SMTPResponseException) -> str:
    said = error.smtp_error
    return f"{error.smtp_code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
