"""A real chat's service over HTTP, whose messages can be read; it can refuse, be away, and come back."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.serve.centre import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET = "sup3rs3cr3tk3y"  # noqa: S105  of a chat that a test makes


@dataclass
class Chatroom:
    """What came, by the path that it came to, and the port at which it listens."""

    port: int
    messages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refuses: bool = False

    def address(self, name: str) -> str:
        """Somebody's, as Apprise writes it: whoever knows it can write there."""
        return f"json://127.0.0.1:{self.port}/{SECRET}/{name}/"

    def of(self, name: str) -> list[str]:
        """The texts that somebody got."""
        path = f"/{SECRET}/{name}"
        return [said["message"] for at, said in self.messages if at.rstrip("/") == path]

    def until(self, come: Callable[[], bool], seconds: float = 20) -> None:
        """Wait for messages."""
        ends = time.monotonic() + seconds
        while not come() and time.monotonic() < ends:
            time.sleep(0.05)
        assert come(), self.messages

    @contextmanager
    def listening(self) -> Iterator[Chatroom]:
        """While it answers."""
        room = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told = self.rfile.read(int(self.headers["Content-Length"]))
                if not room.refuses:
                    room.messages.append((self.path, json.loads(told)))
                self.send_response(403 if room.refuses else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nobody reads the log."""

        with ThreadingHTTPServer(("127.0.0.1", self.port), Answers) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield self
            finally:
                server.shutdown()


def chatroom() -> Chatroom:
    """An empty one, that does not listen yet."""
    return Chatroom(port=free_port())
