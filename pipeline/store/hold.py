"""Holding an output folder: one run at a time writes into it, or the parts of one night.

``OUT/callqa.lock`` names the run that does: its host, its process, since when, and when it last gave a
sign of life. It is created with ``O_EXCL`` and inherited by renaming, which a network share does as
well as a disk; locks of the operating system are left alone, since many shares ignore them.

A holder that is gone has an heir. Whoever wants a dead lock's place first creates a claim that bears
the dead one's token in its name, then reads the lock once more, then renames the claim over it. Tokens
are never used twice: a claim can only ever replace the lock that it was made for, however late its
process comes. A claimant that dies leaves a claim that is inherited in the same way.
"""

from __future__ import annotations

import json
import os
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeVar

from pipeline.errors import ConfigurationError, HeldError, StoppedError
from pipeline.messages import tr
from pipeline.store.holder import (
    LIMIT,
    LOCK,
    MOST,
    SHARD_LOCKS,
    SeenLock,
    create,
    lives,
    now,
    read,
    shard_lock,
    this_run,
    token_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pipeline.store.shards import Shard

T = TypeVar("T")
BEAT = 15.0
"""Seconds between two signs of life."""
WAIT = 2.0
"""Seconds between two looks of a run that waits."""
_SETTLE = 1.0
"""Seconds that a lock may stand there empty: it is created first and written next."""


@contextmanager
def hold(
    out: Path,
    command: str,
    *,
    tell: Callable[[str], None],
    lost: Callable[[], None],
    shard: Shard | None = None,
    wait: bool = False,
    every: float = BEAT,
) -> Iterator[None]:
    """Hold ``out`` for the block; what only the lock needed is gone again when the block ends.

    A ``shard`` holds its part of ``out``: other parts of the same division run beside it, and nothing
    else does.

    Raises ``HeldError`` where another run holds it, unless it is to ``wait`` for that one's end.
    ``lost`` is called, from another thread, where another run took this one for dead and its place, or
    where ``out`` is gone: the block must end then.

    Raises ``StoppedError``, whatever the block came to, where ``out`` is no longer the folder that it
    was: what was written since went nowhere, or into another.
    """
    lock = _Lock(out, command, shard)
    try:
        _take(lock, tell, wait=wait)
        with lock.beating(every, tell, lost), lock.in_place():
            yield
    finally:
        lock.release()


def _take(lock: _Lock, tell: Callable[[str], None], *, wait: bool) -> None:
    """Take the lock, waiting for whoever has it if need be, and say what there is to know."""

    def take() -> SeenLock | None:
        gone = lock.take()
        lock.stand_alone()
        return gone

    try:
        gone = when_free(take, tell, wait=wait)
    except OSError as error:
        message = tr("cannot write into {out}: {reason}", out=lock.out, reason=error.strerror)
        raise ConfigurationError(message) from error
    if gone is not None:
        tell(_taken_over(gone, lock.out))


def when_free(take: Callable[[], T], tell: Callable[[str], None], *, wait: bool) -> T:
    """What ``take`` gives; while another run holds it, it is told of once and asked again.

    Raises its ``HeldError`` unless it is to ``wait``.
    """
    waits_for = None
    while True:
        try:
            return take()
        except HeldError as held:
            if not wait:
                raise
            if held.token != waits_for:
                tell(tr("waiting: {held}", held=held.who))
            waits_for = held.token
            time.sleep(WAIT)


def _taken_over(gone: SeenLock, out: Path) -> str:
    holder = gone.holder
    if holder is None:
        return tr(
            "{path} could not be read and nobody renewed it; this run holds it now", path=gone.path
        )
    return tr(
        "the run that held {out} was killed (callqa {command}, process {pid} on {host}, since {since}); "
        "this one goes on from there",
        out=out,
        command=holder.command,
        pid=holder.pid,
        host=holder.host,
        since=holder.clock,
    )


def beside(shard: Shard | None, there: Iterable[str]) -> list[str]:
    """Those of the locks that are ``there`` that a run's own excludes.

    For the whole those of all parts; for a part that of the whole, and of parts of another division.
    """
    if shard is None:
        return [name for name in there if name != LOCK]
    own = {shard_lock(one) for one in shard.all}
    return [name for name in there if name not in own]


class _AgainError(Exception):
    """The lock changed while it was looked at."""


class _Lock:
    """One run's hold on an output folder."""

    def __init__(self, out: Path, command: str, shard: Shard | None) -> None:
        self.out = out
        self._shard = shard
        self._path = out / (LOCK if shard is None else shard_lock(shard))
        self._made: list[Path] = []
        self._own = this_run(command)
        self._folder: tuple[int, int] | None = None

    def take(self) -> SeenLock | None:
        """Take the lock: whose place was taken, None where it was free.

        Raises ``HeldError`` where another run lives and holds it.
        """
        until = time.monotonic() + _SETTLE
        while True:
            with suppress(_AgainError):
                self._make_folder()
                try:
                    return self._claim(self._path)
                except HeldError as held:
                    if held.token or time.monotonic() > until:
                        raise
            time.sleep(0.02)

    def stand_alone(self) -> None:
        """Let go of the lock again, and raise ``HeldError``, where a run that it excludes is there.

        Each run takes its own lock first and then looks for the others': of two that exclude each
        other, one at least sees the other, whichever way they meet.
        """
        for path in self._excluding_locks():
            seen = read(path)
            if seen is not None and lives(seen):
                self._drop(self._path)
                raise held_by(seen, self.out)

    def _excluding_locks(self) -> list[Path]:
        there = [path.name for path in sorted(self.out.glob(SHARD_LOCKS))]
        return [self.out / name for name in beside(self._shard, [LOCK, *there])]

    def _make_folder(self) -> None:
        """Make the folder, and remember what was made for the lock's sake."""
        made = [folder for folder in (self.out, *self.out.parents) if not folder.exists()]
        try:
            self.out.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            message = tr("--out {out} is a file; expected a folder", out=self.out)
            raise ConfigurationError(message) from error
        self._made = self._made or made

    def _claim(self, path: Path) -> SeenLock | None:
        """Make ``path`` this run's: created, or inherited from the dead run that it names."""
        try:
            if create(path, self._content()):
                return None
        except FileNotFoundError:  # a run that came to nothing took its folder away again
            raise _AgainError from None
        seen = read(path)
        if seen is None:
            raise _AgainError
        if lives(seen):
            if path != self._path:  # it is about to hold the lock; the lock will tell
                raise _AgainError
            raise held_by(seen, self.out)
        claim = self._path.with_name(f"{self._path.name}.{seen.token}")
        self._claim(claim)
        try:
            self._inherit(claim, seen)
        finally:
            self._drop(claim)
        return seen

    def _inherit(self, claim: Path, dead: SeenLock) -> None:
        """Put the claim in the dead one's place, if that is still there."""
        again = read(dead.path)
        if again is None or again.token != dead.token or lives(again):
            raise _AgainError
        try:
            claim.replace(dead.path)
        except FileNotFoundError:
            raise _AgainError from None
        if not self._is_mine(dead.path):
            raise _AgainError

    def _is_mine(self, path: Path) -> bool:
        seen = read(path)
        return seen is not None and seen.token == self._own.token

    def _drop(self, path: Path) -> None:
        """Take a file away if it is this run's."""
        with suppress(OSError):
            if self._is_mine(path):
                path.unlink()

    def release(self) -> None:
        """Let go of the lock, and of folders that hold nothing but it."""
        self._drop(self._path)
        with suppress(OSError):
            for folder in self._made:
                folder.rmdir()

    def _content(self) -> bytes:
        """The lock as it is now; always of the same length, so that it is written over in place."""
        return json.dumps({**asdict(self._own), "alive": now()}, indent=1).encode()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Stop where the folder went away in the block: its errors are those of a share that did."""
        self._folder = _identity(self.out)
        try:
            yield
        except BaseException as error:
            if self._is_gone():
                raise StoppedError(self._went_away()) from error
            raise
        if self._is_gone():
            raise StoppedError(self._went_away())

    def _is_gone(self) -> bool:
        return self._folder is not None and _identity(self.out) != self._folder

    def _went_away(self) -> str:
        return tr(
            "{out} went away while this run wrote into it, or another folder took its place (was a "
            "share unmounted?). What was done before is still in it: mount it and run this again",
            out=self.out,
        )

    @contextmanager
    def beating(
        self, every: float, tell: Callable[[str], None], lost: Callable[[], None]
    ) -> Iterator[None]:
        """Give a sign of life every so often while the block runs."""
        end = threading.Event()

        def beat() -> None:
            while not end.wait(every):
                if self._is_gone():
                    lost()
                    return
                with suppress(OSError):  # a share that does not answer may answer the next time
                    if not self._renew():
                        tell(
                            tr(
                                "another run took {out} over, because this one gave no sign of life "
                                "for {limit:.0f} s; this one stops",
                                out=self.out,
                                limit=LIMIT,
                            )
                        )
                        lost()
                        return

        heart = threading.Thread(target=beat, name="callqa-holder", daemon=True)
        heart.start()
        try:
            yield
        finally:
            end.set()
            heart.join(timeout=BEAT)

    def _renew(self) -> bool:
        """Write the time into the lock; False where it is another run's.

        What is written is the file that was read, even where another takes its name meanwhile. A lock
        that somebody removed is put back.
        """
        try:
            with self._path.open("r+b") as file:
                if token_of(file.read(MOST)) != self._own.token:
                    return False
                file.seek(0)
                file.write(self._content())
                file.flush()
                os.fsync(file.fileno())
        except FileNotFoundError:
            return create(self._path, self._content())
        return True


def _identity(folder: Path) -> tuple[int, int]:
    """What tells a folder from another of its name; of none, zeros."""
    try:
        told = folder.stat()
    except OSError:
        return 0, 0
    return told.st_dev, told.st_ino


def held_by(seen: SeenLock, out: Path | str) -> HeldError:
    """What to say to a run that must not begin."""
    holder = seen.holder
    if holder is None:
        who = tr(
            "{path} is there and cannot be read: is another run about to begin? It counts as gone "
            "{limit:.0f} s after it was last written",
            path=seen.path,
            limit=LIMIT,
        )
        return HeldError(who, who=who, token="")
    who = tr(
        "{out} is held by another run: callqa {command}, process {pid} on {host}, since {since}",
        out=out,
        command=holder.command,
        pid=holder.pid,
        host=holder.host,
        since=holder.clock,
    )
    return HeldError(
        tr("{held}. Nothing was written; to wait for its end: --wait", held=who),
        who=who,
        token=seen.token,
    )
