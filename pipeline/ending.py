"""Whether this run was told to end: by a signal, and looked at where it may stop.

A process has one such wish, as it has one set of signals; whoever holds the signals forgets it first.
"""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing import parent_process

from pipeline.errors import StoppedError
from pipeline.messages import tr

_TOLD = threading.Event()


def ask() -> None:
    """Tell the run to end when what it has in hand is done."""
    _TOLD.set()


def is_asked() -> bool:
    """Whether it was told."""
    return _TOLD.is_set()


def forget() -> None:
    """A new run begins, which nobody has told anything."""
    _TOLD.clear()


def check() -> None:
    """Stop here, if the run was told to: ``StoppedError``."""
    if is_asked():
        raise StoppedError(tr("Interrupted; another run goes on from here."))


def with_parent() -> None:
    """Make this a process that works for its parent: signals are his to answer, and it ends with him."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that is killed tells nobody, and its pool would wait for ever."""
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)
