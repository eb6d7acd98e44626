"""A gateway that speaks TLS and puts an application below a path: a small real one, as nginx is a large.

Starlette over uvicorn in a thread, with a certificate that was signed by nobody.
"""

from __future__ import annotations

import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.requests import Request

_OWN = {"connection", "content-length", "content-encoding", "transfer-encoding", "date"}
"""Headers that are between two ends of a line."""


@contextmanager
def gateway(upstream: str, path: str, folder: Path, *, strips: bool) -> Iterator[str]:
    """The address of ``upstream`` below ``path``; ``strips``: what is passed on is without it."""

    async def pass_on(request: Request) -> Response:
        asked = request.url.path.removeprefix(path) if strips else request.url.path
        told = {name: value for name, value in request.headers.items() if name not in _OWN}
        told |= {"x-forwarded-proto": "https", "x-forwarded-for": "10.1.2.3"}
        url = httpx.URL(upstream).copy_with(path=asked, query=request.url.query.encode())
        async with httpx.AsyncClient(timeout=60) as client:
            body = await request.body()
            answer = await client.request(request.method, url, headers=told, content=body)
        passed = Response(answer.content, answer.status_code)
        for name, value in answer.headers.multi_items():  # cookies come several at a time
            if name not in _OWN:
                passed.headers.append(name, value)
        return passed

    ways = [Route(f"{path}/{{rest:path}}", pass_on, methods=["GET", "POST"])]
    certificate, key = _certificate(folder)
    config = uvicorn.Config(
        Starlette(routes=ways),
        port=0,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        log_level="error",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"https://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def _certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    told = ["-subj", "/CN=gateway", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*made, *told], check=True, capture_output=True)
    return certificate, key
