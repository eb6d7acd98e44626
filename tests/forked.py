"""Programs in processes of their own, forked from one in which everything is loaded already.

An application takes two seconds to load, and the suite starts some sixty: what they do is the same.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.loaded"])


class Forked:
    """A running program of ``tests.loaded``; what it says goes into a file, or nowhere."""

    def __init__(self, command: list[str], log: Path = Path(os.devnull), **variables: str) -> None:
        """Start it with its arguments, in this process's environment and the ``variables``."""
        self._log = log
        told = (command, os.fspath(log), {**os.environ, **variables})
        self._process = _FORKING.Process(target=_run, args=told)
        self._process.start()

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.exitcode is not None

    def kill(self) -> None:
        """As a machine that loses power, with ``SIGKILL``."""
        self._process.kill()
        self._wait()

    def end(self) -> str:
        """Ask it to end; all that it has said."""
        self._process.terminate()
        self._wait()
        return self.said()

    def _wait(self) -> None:
        """Until it has ended; ``AssertionError`` where it does not within 20 s."""
        self._process.join(20)
        assert self.ended

    def said(self) -> str:
        """What it has said so far."""
        return self._log.read_text(encoding="utf-8")


def _run(command: list[str], log: str, variables: dict[str, str]) -> None:
    from tests.loaded import PROGRAMS

    with Path(log).open("ab") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    os.environ.clear()
    os.environ.update(variables)
    sys.argv = command
    PROGRAMS[command[0]]()
