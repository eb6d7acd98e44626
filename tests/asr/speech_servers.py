"""Real speech servers out of the package index, one that plays answers, and a counting proxy."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PACKAGES = ("open-asr-server[faster-whisper]==0.3.0", "faster-whisper-server==0.0.3")
HOME = Path.home() / ".cache" / "callqa-tests" / "open-asr-server-0.3.0"
KEY = "a-key-of-the-test"
STARTS_WITHIN = 120.0
"""Seconds: loading Whisper base takes two, and other tests keep the cores busy."""


def installed() -> Path:
    """The commands of the servers, in an environment of their own; made once and kept."""
    HOME.mkdir(parents=True, exist_ok=True)
    commands, ready = HOME / "venv" / "bin", HOME / "ready"
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.is_file():
            subprocess.run([sys.executable, "-m", "venv", "--clear", HOME / "venv"], check=True)
            pip = [str(commands / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
            done = subprocess.run(
                [*pip, "install", *PACKAGES], capture_output=True, text=True, check=False
            )
            if done.returncode:
                why = f"no speech server from the package index: {done.stderr[-500:]}"
                _ = (
                    pytest.fail(why)
                    if os.environ.get("CALLQA_TEST_EVERYTHING")
                    else pytest.skip(why)
                )
            ready.touch()
    return commands


def free_port() -> int:
    """A port that nobody listens on just now."""
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class RealServer:
    """A server process over Whisper base; stopped and started again on the same port."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        """Note how it is started: ``{port}`` in the command is filled in."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._command = [str(part).replace("{port}", str(self.port)) for part in command]
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, folder: Path) -> None:
        """Start it in the folder that holds the model, and wait until it answers."""
        self._process = subprocess.Popen(
            self._command,
            cwd=folder,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < end and self._process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return
            time.sleep(0.2)
        self.kill()
        pytest.fail(f"{self._command[0]} did not start")

    def kill(self) -> None:
        """Kill it without a farewell, as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Proxy:
    """A TCP proxy before a server; ``most`` connections were open through it at once."""

    def __init__(self, port: int) -> None:
        """Listen; each connection goes on to ``port``."""
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self.most = self._open = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with self._lock:
            self._open += 1
            self.most = max(self.most, self._open)
        with near, socket.create_connection(("127.0.0.1", self._to)) as far:
            back = threading.Thread(target=_copy, args=(far, near), daemon=True)
            back.start()
            _copy(near, far)
            back.join()
        with self._lock:
            self._open -= 1

    def close(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class Played:
    """A server that answers what it is told, in order, the last again and again; it keeps the forms."""

    def __init__(self) -> None:
        """Play nothing yet: 404 to everything."""
        self.answers: list[tuple[int, dict[str, str], Any]] = []
        self.models: tuple[int, Any] = (404, {"detail": "Not Found"})
        self.forms: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.url = ""

    def answer(self, body: Any, status: int = 200, **headers: str) -> Played:
        """Play this next; an underscore in a header's name is a hyphen."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, named, body))
        return self

    def next(self) -> tuple[int, dict[str, str], Any]:
        """What is played now."""
        if not self.answers:
            return 404, {}, {"detail": "Not Found"}
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def played() -> Iterator[Played]:
    """A ``Played`` that listens."""
    state = Played()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.keys.append(self.headers.get("Authorization"))
            self._send(state.models[0], {}, state.models[1])

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            state.keys.append(self.headers.get("Authorization"))
            state.forms.append(_form(self.headers.get("Content-Type", ""), body))
            self._send(*state.next())

        def _send(self, status: int, headers: Mapping[str, str], body: Any) -> None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  its name there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _form(kind: str, body: bytes) -> dict[str, Any]:
    """The fields of a multipart form; one that stands twice is a list."""
    parsed = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    fields: dict[str, list[Any]] = {}
    for part in parsed.get_payload() if parsed.is_multipart() else ():
        if isinstance(part, Message):
            name = str(part.get_param("name", header="Content-Disposition"))
            content = part.get_payload(decode=True)
            text = isinstance(content, bytes) and name != "file"
            fields.setdefault(name, []).append(content.decode() if text else content)  # type: ignore[union-attr]
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def models_of(url: str) -> int:
    """How many models a real server lists: that it runs, told by another client than ours."""
    request = Request(f"{url}/models", headers={"Authorization": f"Bearer {KEY}"})  # noqa: S310
    with urlopen(request, timeout=30) as answer:  # noqa: S310  our own address
        return len(json.load(answer)["data"])
