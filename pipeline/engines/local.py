"""The engine of one machine: in this process, or in as many as there are jobs."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TYPE_CHECKING

from pipeline.engines.base import Result, Task, hear_one, threads_each

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.settings import Settings


def run(tasks: Sequence[Task], out: Path, settings: Settings, jobs: int) -> Iterator[Result]:
    """The result of each task, as they come."""
    threads = threads_each(settings, jobs)
    if jobs == 1:
        for task in tasks:
            yield hear_one(task, out, settings, threads)
        return
    # spawn: a forked process would inherit the parent's thread pools in an unknown state
    with ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(hear_one, task, out, settings, threads) for task in tasks]
        for future in as_completed(futures):
            yield future.result()
