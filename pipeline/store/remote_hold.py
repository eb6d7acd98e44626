"""Holding an ``OUT`` on an object store, or a part of it, by conditional puts of one small object.

It is created only where there is none, renewed only in the place of itself, and a dead holder's is taken
only in the place of the one that was seen: of two that want it, the store lets one. It also bears how
far its run is: what the run itself writes down lies on its own machine until it ends.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from pipeline.store.hold import BEAT, beside, held_by, when_free
from pipeline.store.holder import (
    LOCK,
    SHARD_LOCKS,
    Holder,
    SeenLock,
    holder_in,
    lives,
    now,
    shard_lock,
    this_run,
)
from pipeline.store.remote import asking, obstore, open_store
from pipeline.store.state import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.store.shards import Shard

_RUN = TypeAdapter(Run)


@contextmanager
def hold_remote(
    url: str,
    command: str,
    *,
    tell: Callable[[str], None],
    lost: Callable[[], None],
    shard: Shard | None = None,
    wait: bool = False,
    every: float = BEAT,
    run: Callable[[], Run | None] = lambda: None,
) -> Iterator[None]:
    """Hold an ``OUT``, or a part of it, for the block.

    Raises ``HeldError`` where another run does, unless it is to ``wait`` for its end. ``lost`` is
    called, from another thread, where another run took this one for dead. ``run`` says how far this one
    is.
    """
    lock = _RemoteLock(url, command, shard)
    with asking(url):
        when_free(lock.take, tell, wait=wait)
    end = threading.Event()

    def beat() -> None:
        while not end.wait(every):
            if not lock.renew(run()):
                lost()
                return

    heart = threading.Thread(target=beat, name="callqa-remote-holder", daemon=True)
    heart.start()
    try:
        yield
    finally:
        end.set()
        heart.join(timeout=every)
        lock.release()


class Locks:
    """The locks that stand at an address."""

    def __init__(self, url: str) -> None:
        """Nothing is asked yet."""
        self._library, self._store = obstore(), open_store(url)

    def names(self) -> list[str]:
        """Of the whole and of parts."""
        there = self._library.list_with_delimiter(self._store)["objects"]
        names = [one["path"].rpartition("/")[2] for one in there]
        return sorted(n for n in names if n == LOCK or fnmatchcase(n, SHARD_LOCKS))

    def look_at(self, name: str) -> tuple[SeenLock, dict[str, Any]] | None:
        """A lock, and what its run said of itself when it last gave a sign of life."""
        try:
            found = self._library.get(self._store, name)
            content = bytes(found.bytes())
        except FileNotFoundError:
            return None
        holder = holder_in(content)
        token = found.meta["e_tag"] if holder is None else holder.token
        written = found.meta["last_modified"].timestamp()
        seen = SeenLock(path=Path(name), token=token, holder=holder, written=written)
        return seen, {"e_tag": found.meta["e_tag"], "content": content}


def holder_and_run(locks: Locks, name: str) -> tuple[Holder | None, Run | None]:
    """Who holds a lock and lives, and how far its run was when it last gave a sign of life.

    Nothing is written: how long that is ago goes by this machine's clock.
    """
    found = locks.look_at(name)
    if found is None:
        return None, None
    alive = lives(found[0], quiet=lambda seen: time.time() - seen.written)
    holder, run = found[0].holder if alive else None, None
    with suppress(ValidationError, ValueError, KeyError):
        run = _RUN.validate_python(json.loads(found[1]["content"])["run"])
    return holder, run


class _RemoteLock:
    """One run's hold."""

    def __init__(self, url: str, command: str, shard: Shard | None) -> None:
        self._url, self._shard, self._own = url, shard, this_run(command)
        self._key = LOCK if shard is None else shard_lock(shard)
        self._library, self._store, self._locks = obstore(), open_store(url), Locks(url)
        self._e_tag = ""

    def take(self) -> None:
        """Take it, or raise ``HeldError``: also where a run that it excludes is there.

        Each takes its own first and then looks for the others': of two that exclude each other, one at
        least sees the other.
        """
        try:
            self._put("create", None)
        except self._library.exceptions.AlreadyExistsError:
            self._inherit()
        for name in beside(self._shard, self._locks.names()):
            other = self._locks.look_at(name)
            if other is not None and lives(other[0], quiet=self._quiet_for):
                self.release()
                raise held_by(other[0], self._url)

    def _inherit(self) -> None:
        """Take a dead one's place; ``HeldError`` where it lives, or another was faster."""
        found = self._locks.look_at(self._key)
        if found is None:
            self.take()
            return
        seen, there = found
        if lives(seen, quiet=self._quiet_for):
            raise held_by(seen, self._url)
        try:
            self._put({"e_tag": there["e_tag"]}, None)
        except self._library.exceptions.PreconditionError:
            raise held_by(seen, self._url) from None

    def _quiet_for(self, seen: SeenLock) -> float:
        """Seconds since a lock was written, both ends by the store's clock."""
        probe = f".{LOCK}.{secrets.token_hex(8)}"
        self._library.put(self._store, probe, b"\n")
        moment: float = self._library.head(self._store, probe)["last_modified"].timestamp()
        self._library.delete(self._store, probe)
        return moment - seen.written

    def renew(self, run: Run | None) -> bool:
        """Give a sign of life; False where it is another run's by now."""
        errors = self._library.exceptions
        with suppress(
            errors.GenericError, OSError
        ):  # a store that does not answer may the next time
            try:
                self._put({"e_tag": self._e_tag}, run)
            except (errors.PreconditionError, FileNotFoundError):
                return False
        return True

    def release(self) -> None:
        """Let go, if it is this run's."""
        with suppress(Exception):
            if self._library.head(self._store, self._key)["e_tag"] == self._e_tag:
                self._library.delete(self._store, self._key)

    def _put(self, mode: Any, run: Run | None) -> None:
        told = {**asdict(self._own), "alive": now(), "run": None if run is None else asdict(run)}
        content = json.dumps(told, indent=1).encode()
        self._e_tag = self._library.put(self._store, self._key, content, mode=mode)["e_tag"]
