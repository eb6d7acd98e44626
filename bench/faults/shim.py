"""Faults of the file system on demand: ``shim.c``, compiled and preloaded."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCE = Path(__file__).with_name("shim.c")
COMPILER = shutil.which("cc")
"""A C compiler; None where there is none, and then none of this can be tried."""


def preloaded(library: Path, module: str, *arguments: str | Path) -> str:
    """Run a module of this interpreter with ``library`` preloaded: what it printed."""
    command: Sequence[str] = [sys.executable, "-m", module, *map(str, arguments)]
    environment = {**os.environ, "LD_PRELOAD": str(library)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout


def built(folder: Path) -> Path:
    """The library, compiled into ``folder``."""
    if COMPILER is None:
        raise SystemExit("faults of the file system need a C compiler (cc)")
    library = folder / "faults.so"
    subprocess.run([COMPILER, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    return library


def arm(under: Path, at: int, *, error: int = 0, always: bool = False) -> None:
    """From now on: the ``at``-th call that changes something ``under`` a folder is this process's last.

    With an ``error`` it fails instead, and with ``always`` every later one as well; 0: they only count.
    """
    ctypes.CDLL(None).fault_arm(os.fsencode(under), at, error, int(always))


def seen() -> int:
    """How many such calls there were since."""
    number: int = ctypes.CDLL(None).fault_seen()
    return number
