"""A process that hears: what it is given, what it says, and how much it may cost.

Decoders and speech models are other people's native code: they crash, hang and eat memory. A process
that does is killed, and takes no call with it but those that it has in hand.
"""

from __future__ import annotations

import functools
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.ingest.addresses import sources, transcript_path
from pipeline.messages import Cause, cause
from pipeline.night.engines.base import Result, Task, hear_one, recogniser
from pipeline.sound.decode import outline

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from pipeline.asr.base import Recogniser
    from pipeline.records import Seconds
    from pipeline.settings import NightSettings, Settings

LEAST_BYTES = 1000
"""Bytes of a second of sound where no header tells its length: those of G.729, the leanest codec."""
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that the whole group of processes gets, and that are the parent's to answer."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """How far a call in hand is: ``audio`` or ``asr``; ``length`` of its sound, where it is known."""

    number: int
    name: str
    length: Seconds


@dataclass(frozen=True, kw_only=True)
class CallDone:
    """A worker's word that the call of this ``number`` is done with, and what became of it."""

    number: int
    result: Result


@dataclass(kw_only=True)
class InHand:
    """A call that a worker has in hand: how far it is, and until when it may take."""

    task: Task
    until: float
    stage: str = "audio"


@dataclass(frozen=True, kw_only=True)
class Lost:
    """A call that took its worker with it, or was with it: where it was, and what happened."""

    task: Task
    stage: str
    error: str
    message: Cause


class Worker:
    """A process that hears up to ``calls`` calls at once, as its parent sees it."""

    def __init__(
        self, out: Path, settings: Settings, *, threads: int, calls: int, memory: int
    ) -> None:
        """``memory``: bytes that it may use."""
        self._limits, self._calls, self._memory = settings.night, calls, memory
        self.hands: dict[int, InHand] = {}
        self.talk, theirs = get_context("spawn").Pipe()
        # spawn: a forked process would inherit the parent's thread pools in an unknown state
        self._process = get_context("spawn").Process(
            target=work, args=(theirs, out, settings, threads, calls), daemon=True
        )
        self._process.start()
        theirs.close()

    @property
    def free(self) -> bool:
        """Whether it can take another call."""
        return len(self.hands) < self._calls

    def give(self, number: int, task: Task) -> None:
        """Let it hear a call; one that has just died is found out when it is looked at."""
        until = time.monotonic() + self._limits.call_seconds
        self.hands[number] = InHand(task=task, until=until)
        with suppress(OSError):
            self.talk.send((number, task))

    def take_results(self) -> list[Result]:
        """What it has done since it was last asked."""
        results = []
        with suppress(EOFError, OSError):
            while self.talk.poll():
                said = self.talk.recv()
                if isinstance(said, CallDone):
                    del self.hands[said.number]
                    results.append(said.result)
                else:
                    self._note(said)
        return results

    def _note(self, said: Stage) -> None:
        hand = self.hands[said.number]
        hand.stage = said.name
        hand.until += self._limits.seconds_per_second * said.length

    def trouble(self) -> tuple[str, Cause] | None:
        """What is wrong with it, as an error and a message; None while all is well."""
        if not self._process.is_alive():
            return "ProcessDied", _cause_of_death(self._process.exitcode or 0)
        if (used := _resident(self._process.pid)) > self._memory:
            return "OutOfMemory", _too_much(used, self._memory)
        if any(time.monotonic() > hand.until for hand in self.hands.values()):
            return "TimedOut", _too_long()
        return None

    def give_up(self, error: str, message: Cause) -> list[Lost]:
        """End it; the calls that it had in hand."""
        self.end()
        hands = self.hands.values()
        return [Lost(task=h.task, stage=h.stage, error=error, message=message) for h in hands]

    def end(self) -> None:
        """End it, whatever it does: what it writes is written whole or not at all."""
        self._process.kill()
        self._process.join()
        self.talk.close()


def _cause_of_death(code: int) -> Cause:
    with suppress(ValueError):
        signalled = signal.Signals(-code).name
        return cause("the process that had it in hand ended by {signal}", signal=signalled)
    return cause("the process that had it in hand ended with code {code}", code=code)


def _too_much(used: int, limit: int) -> Cause:
    return cause(
        "it took {used:.0f} MB of memory, of {limit:.0f} MB that it may (memory_mb under [night] in "
        "callqa.toml)",
        used=used / 1e6,
        limit=limit / 1e6,
    )


def _too_long() -> Cause:
    return cause(
        "it took longer than it may (call_seconds, seconds_per_second under [night] in callqa.toml)"
    )


def _resident(pid: int | None) -> int:
    """Bytes of memory that a process has; 0 where the system does not tell."""
    try:
        told = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return int(told[1]) * os.sysconf("SC_PAGE_SIZE")


def memory_each(limits: NightSettings, jobs: int) -> int:
    """Bytes of memory that each of ``jobs`` workers may use."""
    if limits.memory_mb is not None:
        return limits.memory_mb * 1_000_000
    return int(0.75 * _memory() / jobs)


def _memory() -> int:
    """Bytes of memory of this machine, or of the container that this is."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with suppress(OSError, ValueError):
        return min(machine, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return machine


def work(talk: Connection, out: Path, settings: Settings, threads: int, calls: int) -> None:
    """What the process does: hear what it is given until its parent is gone."""
    for name in _ENDING:
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, signal.SIG_IGN)
    one_at_a_time = threading.Lock()
    load = functools.partial(recogniser, settings, threads, calls)

    def say(what: Stage | CallDone) -> None:
        with one_at_a_time:
            talk.send(what)

    def hear(number: int, task: Task) -> None:
        unread = transcript_path(task.recording) is None
        loading = loader.submit(load) if unread else None  # while the sound is decoded

        def model() -> Recogniser:
            say(Stage(number=number, name="asr", length=0.0))
            return load() if loading is None else loading.result()

        say(Stage(number=number, name="audio", length=_length(sources(task.recording)[0])))
        say(CallDone(number=number, result=hear_one(task, out, settings, model)))

    pool, loader = ThreadPoolExecutor(max_workers=calls), ThreadPoolExecutor(max_workers=1)
    with suppress(EOFError, OSError):
        while True:
            pool.submit(hear, *talk.recv())
    os._exit(0)  # a call that hangs would keep the process


def _length(path: Path) -> Seconds:
    """About how long a recording is: by its header, else by its size."""
    header = outline(path)
    if header is not None and header.duration is not None:
        return header.duration
    with suppress(OSError):
        return path.stat().st_size / LEAST_BYTES
    return 0.0
