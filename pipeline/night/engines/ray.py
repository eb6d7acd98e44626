"""The engine of a cluster: Ray actors that hear, on an existing cluster or on one of this machine.

An actor holds a process with the speech model, as this machine's engine does, with the same limits, on a
graphics card where the cluster has one. Only what tells a recording travels through Ray: its files and
``OUT`` are mounted on every node, and the actor reads the one and writes into the other. A call whose
actor or node is lost is heard again by another; that one may have kept it already does no harm, since
what is kept is named by content. Where several nodes fail, a call may be tried ``TRIES`` times.
"""

from __future__ import annotations

import os
import time
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from pipeline import ending
from pipeline.errors import ConfigurationError, StoppedError
from pipeline.messages import cause, tr
from pipeline.night.engines.base import Result, Task, calls_each, hear_one, recogniser, threads_each
from pipeline.night.engines.local import LOOK, given_up, size
from pipeline.night.engines.worker import Lost, Worker, memory_each

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

    from pipeline.settings import Settings

TRIES = 4
"""How often a call is begun whose actors are lost: nodes that may be taken away are taken away."""
PATIENCE = 900.0
"""Seconds that a run without a single actor waits: an autoscaler brings a node within minutes."""


def run(tasks: Sequence[Task], out: Path, settings: Settings, jobs: int) -> Iterator[Result]:
    """The result of each task, as they come, heard by ``jobs`` actors; the largest recordings first.

    Raises ``ConfigurationError`` where Ray is not installed, or its nodes lack callqa.
    """
    for task in tasks:
        if not task.recording.audio and not ending.is_asked():
            yield hear_one(task, out, settings, lambda: recogniser(settings, 1, 1))
    sounding = sorted((t for t in tasks if t.recording.audio), key=size, reverse=True)
    if sounding and not ending.is_asked():
        ray = _ray()
        with _cluster(ray):
            yield from _Driver(ray, sounding, out.absolute(), settings, jobs).results()


def _ray() -> ModuleType:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the house
    try:
        import ray
    except ImportError as error:
        raise ConfigurationError(
            tr("--engine ray needs Ray; first: pip install 'callqa[ray]'")
        ) from error
    return ray


@contextmanager
def _cluster(ray: ModuleType) -> Iterator[None]:
    """The cluster that RAY_ADDRESS names or that runs here, else one of this machine for the block."""
    if ray.is_initialized():
        yield
        return
    ray.init(log_to_driver=False, logging_level="error", include_dashboard=False)
    try:
        yield
    finally:
        ray.shutdown()


class Ear:
    """What an actor does: it hears one call at a time in a process that may be killed."""

    def __init__(self, out: Path, settings: Settings, threads: int, memory: int) -> None:
        """The process is started with the first call."""
        self._out, self._settings = out, settings
        self._threads, self._memory = threads, memory
        self._worker: Worker | None = None

    def ready(self) -> bool:
        """True, from where it runs: whoever asks waits until the actor is there."""
        return True

    def hear(self, task: Task) -> Result:
        """Hear a call; one that takes its process with it is tried once more."""
        lost = None
        for _ in range(2):
            came = self._once(task)
            if isinstance(came, Result):
                return came
            lost = came
        return given_up(lost) if lost is not None else Result(file="", failure=None)

    def _once(self, task: Task) -> Result | Lost:
        worker = self._worker = self._worker or self._start()
        worker.give(0, task)
        while True:
            wait([worker.talk], timeout=LOOK)
            trouble = worker.trouble()
            for result in worker.take_results():
                return result
            if trouble is not None:
                self._worker = None
                return worker.give_up(*trouble)[0]

    def _start(self) -> Worker:
        return Worker(
            self._out, self._settings, threads=self._threads, calls=1, memory=self._memory
        )


@dataclass(kw_only=True)
class _Actor:
    """An actor, and what it has in hand."""

    handle: Any
    hand: Any = None


@dataclass(kw_only=True)
class _Try:
    """A call, and how often it was begun."""

    task: Task
    tries: int = field(default=0)


class _Driver:
    """Gives calls to actors, and again where one is lost."""

    def __init__(
        self, ray: ModuleType, tasks: Sequence[Task], out: Path, settings: Settings, jobs: int
    ) -> None:
        self._ray = ray
        self._waiting = deque(_Try(task=task) for task in tasks)
        self._hands: dict[Any, tuple[_Actor, _Try]] = {}
        self._actors: list[_Actor] = []
        self._starting: dict[Any, _Actor] = {}
        self._since = 0.0
        together = jobs * calls_each(settings, jobs)
        cards = int(ray.cluster_resources().get("GPU", 0))
        self._most = min(together, cards) if cards else together
        threads, memory = threads_each(settings, jobs), memory_each(settings.night, together)
        self._made_of = (out, settings, threads, memory)
        self._needs = {"num_gpus": 1} if cards else {"num_cpus": threads}

    def results(self) -> Iterator[Result]:
        """What becomes of each call.

        Raises ``StoppedError`` where no actor is left and none can be started for a while.
        """
        self._check()
        while True:
            if ending.is_asked():
                self._waiting.clear()
            self._hand_out()
            if not (self._hands or self._waiting):
                break
            done, _ = self._ray.wait([*self._hands, *self._starting], num_returns=1, timeout=LOOK)
            for reference in done:
                if reference in self._starting:
                    self._has_started(reference)
                else:
                    yield from self._came(reference)
            self._check_patience()
        for actor in self._starting.values():
            self._ray.kill(actor.handle)

    def _check(self) -> None:
        """See that an actor can be made at all."""
        for last in (False,) * (TRIES - 1) + (True,):
            first = self._actor()
            try:
                self._ray.get(first.handle.ready.remote())
            except self._ray.exceptions.RayError as error:
                if last:
                    message = tr(
                        "no actor can be started on the Ray cluster: {reason}", reason=error
                    )
                    raise ConfigurationError(message) from error
            else:
                self._actors.append(first)
                return

    def _actor(self) -> _Actor:
        remote = self._ray.remote(**self._needs)(Ear)
        return _Actor(handle=remote.remote(*self._made_of))

    def _hand_out(self) -> None:
        """Give calls to actors that are there; what waits still has another one started.

        None is given to one that is only starting: where a node is lost there may be no room for it.
        """
        free = [actor for actor in self._actors if actor.hand is None]
        while free and self._waiting:
            actor, one = free.pop(), self._waiting.popleft()
            one.tries += 1
            actor.hand = actor.handle.hear.remote(one.task)
            self._hands[actor.hand] = (actor, one)
        wanted = min(self._most - len(self._actors), len(self._waiting))
        while len(self._starting) < wanted:
            actor = self._actor()
            self._starting[actor.handle.ready.remote()] = actor

    def _has_started(self, reference: Any) -> None:
        actor = self._starting.pop(reference)
        with suppress(self._ray.exceptions.RayError):
            self._ray.get(reference)
            self._actors.append(actor)

    def _check_patience(self) -> None:
        """Stop where nothing hears any more and nothing has begun to for a while."""
        now = time.monotonic()
        if self._actors or not self._since:
            self._since = now
        elif now - self._since > PATIENCE:
            message = tr(
                "no node of the Ray cluster could take an actor for {seconds:.0f} s; "
                "another run goes on from here",
                seconds=PATIENCE,
            )
            raise StoppedError(message)

    def _came(self, reference: Any) -> Iterator[Result]:
        actor, one = self._hands.pop(reference)
        actor.hand = None
        try:
            yield self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            self._actors.remove(actor)
            self._ray.kill(actor.handle)
            if one.tries < TRIES:
                self._waiting.append(one)
            else:
                lost = cause("its actor was lost {n} times", n=TRIES)
                name = type(error).__name__
                yield given_up(Lost(task=one.task, stage="asr", error=name, message=lost))
