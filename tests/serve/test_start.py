"""The application as a user starts it: a process that loads what it needs by itself."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import httpx

from tests.conftest import chinese
from tests.serve.centre import PASSWORD, free_port

if TYPE_CHECKING:
    from pathlib import Path


def test_a_fresh_process_says_where_it_is_and_answers(centre: Path) -> None:
    """The other tests fork theirs from one in which everything is loaded."""
    port, config = free_port(), centre.parent / "callqa.toml"
    command = [sys.executable, "-m", "pipeline", "serve", str(centre), "--port", str(port)]
    with subprocess.Popen(
        [*command, "--config", str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=chinese(),
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"callqa 在 http://127.0.0.1:{port}/\n"
            patient = httpx.HTTPTransport(retries=8)  # it listens a moment later
            address = f"http://127.0.0.1:{port}"
            with httpx.Client(base_url=address, transport=patient, timeout=30) as client:
                form = {"name": "owner", "password": PASSWORD}
                assert client.post("/login", data=form).status_code == 303
                assert "g01" in client.get("/calls/2026-11-18/g01.html").text
        finally:
            process.terminate()
