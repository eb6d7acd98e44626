"""The engine of one machine: processes that hear, as many as there are jobs.

One that crashes, hangs or eats memory is killed and replaced. The calls that it had in hand are heard
once more, each alone; only one that does it again is a failure, and no other call notices.
"""

from __future__ import annotations

from collections import deque
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import ending
from pipeline.ingest.addresses import sources
from pipeline.messages import cause
from pipeline.night.engines.base import Result, Task, calls_each, hear_one, recogniser, threads_each
from pipeline.night.engines.worker import Lost, Worker, memory_each
from pipeline.records import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipeline.settings import Settings

LOOK = 0.5
"""Seconds between two looks at how much memory the workers use, and since when."""


def run(tasks: Sequence[Task], out: Path, settings: Settings, jobs: int) -> Iterator[Result]:
    """The result of each task, as they come; the largest recordings first, so that none is left over.

    In a process, threads share one model, so that one call decodes while another is recognised. A run
    that is told to end begins no further call. A transcript without sound is read here.
    """
    together = calls_each(settings, jobs)
    threads, memory = threads_each(settings, jobs), memory_each(settings.night, jobs)
    calls, threads = (together, threads) if jobs == 1 else (1, threads * together)

    def worker() -> Worker:
        return Worker(out, settings, threads=threads, calls=calls, memory=memory)

    def lonely() -> Worker:
        return Worker(out, settings, threads=threads, calls=1, memory=memory * jobs)

    for task in tasks:
        if not task.recording.audio and not ending.is_asked():
            yield hear_one(task, out, settings, lambda: recogniser(settings, threads, calls))
    sounding = sorted((t for t in tasks if t.recording.audio), key=size, reverse=True)
    again: list[Task] = []
    for came in _results(sounding, worker, jobs):
        if isinstance(came, Lost):
            again.append(came.task)
        else:
            yield came
    for came in _results(again, lonely, 1):
        yield given_up(came) if isinstance(came, Lost) else came


def size(task: Task) -> int:
    """Bytes of a recording: about how long it takes."""
    try:
        return sources(task.recording)[0].stat().st_size
    except OSError:  # it was taken away since it was found: that is told when it is heard
        return 0


def _results(
    tasks: Sequence[Task], start: Callable[[], Worker], most: int
) -> Iterator[Result | Lost]:
    """What becomes of each task, with at most so many workers."""
    waiting = deque(enumerate(tasks))
    workers: list[Worker] = []
    try:
        while True:
            if ending.is_asked():
                waiting.clear()
            _hand_out(waiting, workers, start, most)
            if not any(worker.hands for worker in workers):
                return
            wait([worker.talk for worker in workers], timeout=LOOK)
            for worker in tuple(workers):
                trouble = worker.trouble()  # first: what it said before it died is heard below
                yield from worker.take_results()
                if trouble is not None:
                    workers.remove(worker)
                    yield from worker.give_up(*trouble)
    finally:
        for worker in workers:
            worker.end()


def _hand_out(
    waiting: deque[tuple[int, Task]],
    workers: list[Worker],
    start: Callable[[], Worker],
    most: int,
) -> None:
    """Give the workers what they can take, and start one where all there are have enough."""
    while waiting:
        free = next((worker for worker in workers if worker.free), None)
        if free is None and len(workers) == most:
            return
        if free is None:
            workers.append(free := start())
        free.give(*waiting.popleft())


def given_up(lost: Lost) -> Result:
    """The failure of a call that takes its process with it, alone too."""
    file = lost.task.recording.file
    message = cause(
        "{cause}; alone, too. The other recordings are all right. Export this one in another format, "
        "or put <name>.json beside it",
        cause=lost.message,
    )
    failure = Failure(file=file, stage=lost.stage, error=lost.error, message=message)
    return Result(file=file, failure=failure)
