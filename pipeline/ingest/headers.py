"""Headers of recordings, read in a process of its own: decoders are native code, and crash and hang."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from multiprocessing import get_context
from typing import TYPE_CHECKING, Self

from pipeline.sound.decode import outline

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from pathlib import Path

    from pipeline.records import Seconds
    from pipeline.sound.decode import Outline

PATIENCE: Seconds = 20.0
"""How long a header may take, the start of the process included."""


class Headers:
    """Reads headers while the block lasts; a process is started for the first, and after a loss."""

    def __init__(self) -> None:
        """Nothing is started."""
        self._process: BaseProcess | None = None
        self._talk: Connection | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process, if there is one."""
        self._end()

    def of(self, path: Path) -> Outline | None:
        """A file's header; None where it cannot be read, or whoever reads it dies or hangs."""
        talk = self._talk or self._start()
        with suppress(EOFError, OSError):
            talk.send(path)
            if talk.poll(PATIENCE):
                found: Outline | None = talk.recv()
                return found
        self._end()
        return None

    def _start(self) -> Connection:
        context = get_context("spawn")
        self._talk, theirs = context.Pipe()
        self._process = context.Process(target=_read, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        return self._talk

    def _end(self) -> None:
        if self._process is not None and self._talk is not None:
            self._process.kill()
            self._process.join()
            self._talk.close()
        self._process = self._talk = None


def _read(talk: Connection) -> None:
    """What the process does: read the headers that it is asked for until its parent is gone."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            talk.send(outline(talk.recv()))
    os._exit(0)
