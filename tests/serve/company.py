"""The company's own log-in: a real OpenID Connect provider, and the application that asks it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from tests.forked import Forked
from tests.serve.centre import Server, free_port, served, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

SECRET = "CALLQA_TEST_OIDC"  # noqa: S105  the name of a variable
SEE_OTHER = 303


@contextmanager
def provider(users: Sequence[Mapping[str, object]], *options: str) -> Iterator[str]:
    """A log-in service in a process of its own; its address."""
    port = free_port()
    told = [part for user in users for part in ("--user-claims", json.dumps(user))]
    command = ["log-in service", "--port", str(port), "--require-nonce", *told, *options]
    process = Forked(command)
    try:
        wait_for(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.end()


def settings(centre: Path, issuer: str, port: int, more: str = "") -> Path:
    """The settings of an application at a port, whose people log in there; ``more``: of its own."""
    config = centre.parent / f"oidc{port}.toml"
    own = f"""
[oidc]
issuer = "{issuer}"
client_id = "callqa"
client_secret = "env:{SECRET}"
address = "http://127.0.0.1:{port}"
{more}"""
    before = (centre.parent / "callqa.toml").read_text(encoding="utf-8")
    config.write_text(before + own, encoding="utf-8")
    return config


@contextmanager
def application(centre: Path, issuer: str, more: str = "") -> Iterator[Server]:
    """Such an application, running."""
    port = free_port()
    with served(centre, settings(centre, issuer, port, more), port) as running:
        yield running


def sent(client: httpx.Client) -> httpx.URL:
    """Where a browser is sent to log in."""
    answer = client.get("/oidc/login")
    assert answer.status_code == SEE_OTHER
    return httpx.URL(answer.headers["location"])


def answered(client: httpx.Client, sub: str) -> httpx.Response:
    """What the application answers when somebody comes back from there."""
    granted = httpx.post(sent(client), data={"sub": sub})
    return client.get(granted.headers["location"])
