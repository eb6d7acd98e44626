"""A PostgreSQL cluster of the tests' own, on a Unix socket."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


def _tool(name: str) -> str | None:
    """Debian keeps PostgreSQL's own tools out of the path."""
    there = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(there[-1]) if there else shutil.which(name)


def _run(*command: str) -> None:
    """As ``postgres`` where we are root: the server refuses to run as root."""
    user = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    done = subprocess.run([*user, *command], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def cluster() -> Iterator[tuple[Path, str]]:
    """The folder of its socket and its URL; gone afterwards."""
    initdb, pg_ctl = _tool("initdb"), _tool("pg_ctl")
    if not initdb or not pg_ctl:
        if os.environ.get("CALLQA_TEST_EVERYTHING"):
            pytest.fail("no PostgreSQL on this machine, and nothing is to be left out")
        pytest.skip("no PostgreSQL on this machine: apt-get install postgresql")
    # A socket's path is short: below pytest's own folders it would not fit.
    folder = Path(tempfile.mkdtemp(prefix="callqa-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = str(folder / "data")
    try:
        _run(initdb, "-D", data, "-U", "reader", "-A", "trust", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c timezone=Asia/Shanghai"
        _run(pg_ctl, "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield folder, f"postgresql+psycopg://reader@/postgres?host={folder}"
        finally:
            _run(pg_ctl, "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
