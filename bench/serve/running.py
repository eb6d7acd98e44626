"""The application in a process of its own, over tables that were made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.serve import server
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def serve(out: Path, port: int) -> None:
    """Answer until the process is ended."""
    server.run(server.made_ready(out, Settings(), "127.0.0.1"), "127.0.0.1", port)
