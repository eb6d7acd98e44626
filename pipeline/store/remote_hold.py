"""Holding an ``OUT`` on an object store: one run at a time, by conditional puts of one small object.

It is created only where there is none, renewed only in the place of itself, and a dead holder's is taken
only in the place of the one that was seen: of two that want it, the store lets one.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pipeline.errors import HeldError
from pipeline.messages import tr
from pipeline.store.hold import BEAT, WAIT
from pipeline.store.holder import LIMIT, LOCK, now, this_run
from pipeline.store.remote import obstore, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def hold_remote(
    url: str, command: str, *, lost: Callable[[], None], wait: bool = False, every: float = BEAT
) -> Iterator[None]:
    """Hold an ``OUT`` for the block.

    Raises ``HeldError`` where another run does, unless it is to ``wait`` for its end.

    ``lost`` is called, from another thread, where another run took this one for dead.
    """
    lock = _RemoteLock(url, command)
    while not lock.took(wait=wait):
        time.sleep(WAIT)
    end = threading.Event()

    def beat() -> None:
        while not end.wait(every):
            if not lock.renew():
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


class _RemoteLock:
    """One run's hold."""

    def __init__(self, url: str, command: str) -> None:
        self._url, self._own = url, this_run(command)
        self._library, self._store = obstore(), opened(url)
        self._e_tag = ""

    def took(self, *, wait: bool) -> bool:
        """Take it; False where another run has it and this one waits."""
        try:
            self.take()
        except HeldError:
            if not wait:
                raise
            return False
        return True

    def take(self) -> None:
        """Take it, or raise ``HeldError``."""
        errors = self._library.exceptions
        try:
            self._put("create")
        except errors.AlreadyExistsError:
            self._inherit()

    def _inherit(self) -> None:
        """Take a dead one's place; ``HeldError`` where it lives, or another was faster."""
        errors = self._library.exceptions
        try:
            found = self._library.get(self._store, LOCK)
            holder = json.loads(bytes(found.bytes()))
        except (errors.NotFoundError, FileNotFoundError):
            self.take()
            return
        if self._clock() - found.meta["last_modified"].timestamp() <= LIMIT:
            raise self._held(holder)
        try:
            self._put({"e_tag": found.meta["e_tag"]})
        except errors.PreconditionError:
            raise self._held(holder) from None

    def _clock(self) -> float:
        """The time by the store's clock."""
        probe = f".{LOCK}.{secrets.token_hex(8)}"
        self._library.put(self._store, probe, b"\n")
        moment: float = self._library.head(self._store, probe)["last_modified"].timestamp()
        self._library.delete(self._store, probe)
        return moment

    def renew(self) -> bool:
        """Give a sign of life; False where it is another run's by now."""
        errors = self._library.exceptions
        with suppress(
            errors.GenericError, OSError
        ):  # a store that does not answer may the next time
            try:
                self._put({"e_tag": self._e_tag})
            except (errors.PreconditionError, errors.NotFoundError, FileNotFoundError):
                return False
        return True

    def release(self) -> None:
        """Let go, if it is this run's."""
        with suppress(Exception):
            if self._library.head(self._store, LOCK)["e_tag"] == self._e_tag:
                self._library.delete(self._store, LOCK)

    def _put(self, mode: Any) -> None:
        content = json.dumps({**asdict(self._own), "alive": now()}, indent=1).encode()
        self._e_tag = self._library.put(self._store, LOCK, content, mode=mode)["e_tag"]

    def _held(self, holder: dict[str, Any]) -> HeldError:
        who = tr(
            "{out} is held by another run: callqa {command}, process {pid} on {host}, since {since}",
            out=self._url,
            command=holder.get("command", "?"),
            pid=holder.get("pid", "?"),
            host=holder.get("host", "?"),
            since=holder.get("since", "?"),
        )
        message = tr("{held}. Nothing was written; to wait for its end: --wait", held=who)
        return HeldError(message, who=who, token=str(holder.get("token", "")))
