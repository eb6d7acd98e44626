"""The engine of one machine: several calls at once in this process, or in as many as there are jobs."""

from __future__ import annotations

from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.night.engines.base import Result, Task, calls_each, hear_one, threads_each
from pipeline.records import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.settings import Settings


def run(tasks: Sequence[Task], out: Path, settings: Settings, jobs: int) -> Iterator[Result]:
    """The result of each task, as they come; the largest recordings first, so that none is left over.

    Threads share one model, so that one call decodes while another is recognised; processes share
    nothing, and one that dies takes no other call with it.
    """
    calls, threads = calls_each(settings, jobs), threads_each(settings, jobs)
    tasks = sorted(tasks, key=_size, reverse=True)
    if jobs == 1:
        with ThreadPoolExecutor(max_workers=calls) as pool:
            yield from _results(pool, tasks, out, settings, threads, calls)
        return
    # spawn: a forked process would inherit the parent's thread pools in an unknown state
    with ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("spawn")) as processes:
        yield from _results(processes, tasks, out, settings, threads * calls, 1)


def _size(task: Task) -> int:
    """Bytes of a recording, or of the transcript alone: about how long it takes."""
    try:
        return Path(task.recording.path).stat().st_size
    except OSError:  # it was taken away since it was found: that is told when it is heard
        return 0


def _results(
    pool: Executor,
    tasks: Sequence[Task],
    out: Path,
    settings: Settings,
    threads: int,
    workers: int,
) -> Iterator[Result]:
    futures = {pool.submit(hear_one, task, out, settings, threads, workers): task for task in tasks}
    try:
        for future in as_completed(futures):
            yield _result(future, futures[future])
    finally:  # a run that is told to end begins no further call
        for future in futures:
            future.cancel()


def _result(future: Future[Result], task: Task) -> Result:
    """What a job came to; a process that died takes no other recording with it but those it held."""
    try:
        return future.result()
    except BrokenExecutor:
        file = task.recording.file
        message = "处理它的进程意外退出（内存不足？）；再运行一次会重试"
        died = Failure(file=file, stage="asr", error="ProcessDied", message=message)
        return Result(file=file, failure=died)
