"""Mail and chats to whoever is concerned by what happens in the web application."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import NonNegativeFloat, field_validator, model_validator

from pipeline.messages import tr
from pipeline.yamlfile import Meaning, Strict

LONGEST_ADDRESS = 254
"""Characters of an address (RFC 5321)."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def is_address(value: str) -> bool:
    """Whether mail can be sent there: such as HTML takes for one; no header slips in by it."""
    return len(value) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(value) is not None


class MailSettings(Strict):
    """Mail and chats to whoever is concerned: of appeals, coaching, work lists; by ``callqa serve``."""

    server: Annotated[
        str,
        Meaning(
            "the mail server: `smtp://host:port` (by TLS where it offers that), `smtps://host:port`, or "
            "`env:NAME`, a variable that holds it with `user:password@` before the host; unset: no mail",
            "邮件服务器：`smtp://主机:端口`（对方支持就用 TLS）、`smtps://主机:端口`，或 `env:变量名`，"
            "变量里是这种地址，主机前面可以有 `user:password@`；不写：不发邮件",
        ),
    ] = ""
    sender: Annotated[str, Meaning("the address that mail is from", "发件人的邮件地址")] = ""
    address: Annotated[
        str,
        Meaning(
            "where browsers find callqa, for the links, such as `https://quality.example.com`",
            "浏览器打开 callqa 的地址，邮件里的链接用它，如 `https://quality.example.com`",
        ),
    ] = ""
    chat: Annotated[
        bool,
        Meaning(
            "whether people whose account has a chat (`callqa user chat`) are told there too; needs "
            "`callqa[notify]` and `address`",
            "账号有聊天地址（`callqa user chat`）的人，是否也发到那里；要装 `callqa[notify]`，"
            "并写 `address`",
        ),
    ] = False
    gather_minutes: Annotated[
        NonNegativeFloat,
        Meaning(
            "what happens to somebody within so many minutes of the first is one mail",
            "从第一件事起，这么多分钟里的事合成一封",
        ),
    ] = 5.0

    @field_validator("server")
    @classmethod
    def _no_secret(cls, value: str) -> str:
        """It is remembered with the results, and so holds no password."""
        if not value or value.startswith("env:"):
            return value
        if urlsplit(value).password:
            msg = tr("has a password; write it into a variable, and here env: and its name")
            raise ValueError(msg)
        if not is_server(value):
            raise ValueError(tr("expected smtp://host:port, smtps://host:port or env: and a name"))
        return value

    @field_validator("sender")
    @classmethod
    def _can_be_from(cls, value: str) -> str:
        if value and not is_address(value):
            raise ValueError(tr("{value!r} is no address of mail", value=value))
        return value

    @field_validator("address")
    @classmethod
    def _leads_here(cls, value: str) -> str:
        at = urlsplit(value)
        if value and not (at.scheme in {"http", "https"} and at.hostname and not at.query):
            raise ValueError(tr("expected an address such as https://quality.example.com"))
        return value.rstrip("/")

    @model_validator(mode="after")
    def _whole(self) -> MailSettings:
        if self.server and not (self.sender and self.address):
            raise ValueError(tr("server needs sender and address beside it"))
        if self.chat and not self.address:
            raise ValueError(tr("chat needs address beside it"))
        return self

    @property
    def sends(self) -> bool:
        """Whether anybody is told of anything, by mail or in a chat."""
        return bool(self.server) or self.chat


def is_server(value: str) -> bool:
    """Whether it is an address at which a mail server can be asked."""
    at = urlsplit(value)
    try:
        return at.scheme in {"smtp", "smtps"} and bool(at.hostname) and at.port != 0
    except ValueError:  # a port that is no number
        return False
