"""Whether there is room to write: a night that fills the disk stops, and breaks nothing."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from typing import TYPE_CHECKING

from pipeline.errors import StoppedError
from pipeline.messages import tr

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.settings import NightSettings

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""The disk, a user's share of it, or the longest file that a process may write."""
_SQLITE_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE}


def check(out: Path, limits: NightSettings) -> None:
    """Raise ``StoppedError`` where the disk that ``out`` is on, or will be, has too little left."""
    place = out.absolute()
    there = next(folder for folder in (place, *place.parents) if folder.exists())
    free = shutil.disk_usage(there).free / 1e6
    if free < limits.free_mb:
        raise StoppedError(
            tr(
                "the disk of {out} has {free:.0f} MB left, less than {least} MB ([night] free_mb); what "
                "is done is kept, and another run goes on from here",
                out=out,
                free=free,
                least=limits.free_mb,
            )
        )


def is_full(error: BaseException) -> bool:
    """Whether an error says that there is no room to write."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) in _SQLITE_FULL
    return isinstance(error, OSError) and error.errno in _FULL


def stopped_error(out: Path, error: BaseException) -> StoppedError:
    """What to say where a write failed for want of room."""
    return StoppedError(
        tr(
            "cannot write into {out}: {reason}; what is done is kept, and another run goes on from here",
            out=out,
            reason=error,
        )
    )
