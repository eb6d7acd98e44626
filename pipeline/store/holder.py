"""Which run a lock names, and whether that run is still there."""

from __future__ import annotations

import errno
import json
import os
import platform
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.store.shards import Shard

LOCK = "callqa.lock"
"""A lock's name in the output folder that it is of."""
SHARD_LOCKS = "callqa-*-of-*.lock"
"""The names of the locks of a night's parts."""
LIMIT = 90.0
"""Seconds without a sign of life after which a holder whose process cannot be looked at is gone.

Six beats. A share may show a file's old time for a minute (NFS: ``acregmax`` is 60 s), and a night that
is believed dead while it lives is worse than one that waits.
"""
MOST = 4096
"""Bytes of a lock that are read; one that is longer is none."""
_LONGEST = 64
"""Characters of a token, which is part of a file's name."""


@dataclass(frozen=True, kw_only=True)
class Holder:
    """What a lock says of a run.

    ``machine`` tells one kernel's processes from another's, ``started`` a process from a later one of
    the same number; both are empty where the system does not say.
    """

    command: str
    host: str
    machine: str
    pid: int
    started: str
    since: str
    alive: str
    token: str

    @property
    def clock(self) -> str:
        """Since when, on the clock of whoever reads it."""
        return f"{datetime.fromisoformat(self.since).astimezone():%Y-%m-%d %H:%M:%S}"


@dataclass(frozen=True, kw_only=True)
class SeenLock:
    """A lock that stands there, and when it was written by the clock of its disk.

    ``holder`` is None where it cannot be read.
    """

    path: Path
    token: str
    holder: Holder | None
    written: float


def shard_lock(shard: Shard) -> str:
    """The name of the lock of a part of a night."""
    return f"callqa-{shard.name}.lock"


def shard_of(name: str) -> Shard | None:
    """The part that a lock of this name is of; None where it is the lock of the whole."""
    from pipeline.store.shards import Shard

    found = re.fullmatch(r"callqa-([0-9]+)-of-([0-9]+)\.lock", name)
    return Shard(number=int(found[1]), of=int(found[2])) if found else None


def this_run(command: str) -> Holder:
    """What a lock of this process says."""
    pid, since = os.getpid(), now()
    return Holder(
        command=command,
        host=platform.node(),
        machine=_machine(),
        pid=pid,
        started=_process(pid)[1],
        since=since,
        alive=since,
        token=secrets.token_hex(8),
    )


def now() -> str:
    """The time as a lock bears it; always of the same length."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def create(path: Path, content: bytes) -> bool:
    """Create a file with this content; False where there is one."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    except FileExistsError:
        return False
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return True


def read(path: Path) -> SeenLock | None:
    """The lock at ``path``; None where there is none."""
    try:
        with path.open("rb") as file:  # opening it is what makes a share look anew
            content, written = file.read(MOST), os.fstat(file.fileno())
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ESTALE}:
            return None
        raise
    holder = holder_in(content)
    token = f"{written.st_ino:x}-{written.st_mtime_ns:x}" if holder is None else holder.token
    return SeenLock(path=path, token=token, holder=holder, written=written.st_mtime)


def token_of(content: bytes) -> str:
    """The token in a lock's content; empty where there is none."""
    return str(_parse(content).get("token", ""))


def _parse(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def holder_in(content: bytes) -> Holder | None:
    """What a lock says; None where it says nothing that can be understood."""
    found = _parse(content)
    try:
        holder = Holder(**{field.name: found[field.name] for field in fields(Holder)})
        datetime.fromisoformat(holder.since)
        plain = 0 < holder.pid < 2**31 and holder.token.isalnum() and len(holder.token) <= _LONGEST
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return holder if plain else None


def lives(seen: SeenLock, quiet: Callable[[SeenLock], float] | None = None) -> bool:
    """Whether the run that a lock names is still there.

    Of this machine the process itself is looked at; of any other, the last sign of life: ``quiet`` says
    how many seconds ago that was, by default by the clock of the disk that holds the lock.
    """
    holder = seen.holder
    if holder is not None and holder.machine and holder.machine == _machine():
        return _runs(holder)
    return (quiet or _quiet_for)(seen) <= LIMIT


def _quiet_for(seen: SeenLock) -> float:
    """Seconds since a lock was written, both ends by the clock of the disk that holds it.

    Two hosts' clocks may be minutes apart; the share has only one.
    """
    probe = seen.path.with_name(f".{LOCK}.{secrets.token_hex(8)}.clock")
    try:
        probe.write_bytes(b"\n")
        now = probe.stat().st_mtime
    except OSError:
        now = time.time()
    finally:
        with suppress(OSError):
            probe.unlink()
    return now - seen.written


def _machine() -> str:
    """What tells this kernel's processes from any others': a host's name may be given twice.

    A container has its own numbers of processes, and a machine that started again has none of the
    old ones; empty where the system does not tell.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _runs(holder: Holder) -> bool:
    """Whether this process of this machine is there, and is not a later one of the same number."""
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        pass
    state, started = _process(holder.pid)
    return not started or (started == holder.started and state not in {"Z", "X"})


def _process(pid: int) -> tuple[str, str]:
    """A process's state and when it started; empty where the system does not tell.

    The name in brackets may hold anything, brackets and spaces too.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", ""
    told = stat.rpartition(")")[2].split()
    return told[0], told[19]
