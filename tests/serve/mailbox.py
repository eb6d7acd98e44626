"""A real mail server, whose mail can be read; it can refuse, be away, and come back."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller

from tests.serve.centre import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from email.message import EmailMessage

    from aiosmtpd.smtp import SMTP, Envelope, Session

REFUSED = "refused@example.com"
"""Nobody has this address."""


@dataclass
class Mailbox:
    """What a mail server took, and the port at which it listens."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, to: str, _options: Sequence[str]
    ) -> str:
        """Refuse one address."""
        if to == REFUSED:
            return "550 no such user here"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  likewise
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail, with the one whom it is for."""
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert [mail["To"]] == envelope.rcpt_tos
        self.mails.append(mail)
        return "250 OK"

    def of(self, address: str) -> list[str]:
        """The texts of somebody's mail."""
        own = (mail for mail in self.mails if mail["To"] == address)
        return [mail.get_content().replace("\r\n", "\n") for mail in own]

    @property
    def all(self) -> set[str]:
        """Who has got any."""
        return {str(mail["To"]) for mail in self.mails}

    def until(self, come: Callable[[], bool], seconds: float = 20) -> None:
        """Wait for mail."""
        ends = time.monotonic() + seconds
        while not come() and time.monotonic() < ends:
            time.sleep(0.05)
        assert come(), [(mail["To"], mail.get_content()) for mail in self.mails]

    @contextmanager
    def listening(self) -> Iterator[Mailbox]:
        """While it takes mail."""
        controller = Controller(self, hostname="127.0.0.1", port=self.port)
        controller.start()
        try:
            yield self
        finally:
            controller.stop()


def mailbox() -> Mailbox:
    """An empty one, that does not listen yet."""
    return Mailbox(port=free_port())
