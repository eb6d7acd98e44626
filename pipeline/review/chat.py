"""One message to somebody in a chat, by Apprise: WeCom, DingTalk, Feishu, WxPusher and others.

The address of a chat is a secret: whoever has it can write there. It is handed to Apprise and nowhere
else, and what Apprise logs, which may hold a part of it, is told to nobody.
"""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.review.smtp import MailError
from pipeline.settings.review import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType
    from typing import Any

_LOG = logging.getLogger("apprise")


def check() -> None:
    """Raise ``ConfigurationError`` where nothing could send a message."""
    _apprise()


def check_address(told: str) -> None:
    """``ConfigurationError`` for an address that is none; a variable is looked at when it is sent."""
    if not told.startswith(VARIABLE) and _sender(told) is None:
        raise ConfigurationError(tr("that is no address of a chat that Apprise knows"))


def send(told: str, subject: str, text: str) -> None:
    """Hand a message to a chat; ``MailError`` where it takes none."""
    sender = _sender(_address(told))
    if sender is None:
        raise MailError(tr("the address of the chat is none that Apprise knows"), whole=False)
    with _unheard():
        taken = sender.notify(title=subject, body=text, body_format="text")
    if not taken:
        raise MailError(tr("the chat takes no message"), whole=False)


def _address(told: str) -> str:
    if told.startswith(VARIABLE):
        return os.environ.get(told.removeprefix(VARIABLE), "").strip()
    return told


def _sender(address: str) -> Any:
    """What sends to an address; None where Apprise knows none such."""
    sender = _apprise().Apprise()
    with _unheard():
        known = sender.add(address) if address else False
    return sender if known else None


@contextmanager
def _unheard() -> Iterator[None]:
    """While Apprise's log is told to nobody."""
    before, _LOG.disabled = _LOG.disabled, True
    try:
        yield
    finally:
        _LOG.disabled = before


def _apprise() -> ModuleType:
    try:
        import apprise
    except ImportError as error:
        raise ConfigurationError(
            tr("chats need Apprise; first: pip install 'callqa[notify]'")
        ) from error
    return apprise
