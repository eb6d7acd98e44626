"""Scoring kept calls a batch at a time, in several processes: nothing grows with the night."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from pipeline import ending
from pipeline.judging.judge import Judges
from pipeline.night.scorer import Batch, Scorer, Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from pipeline.detect.history import History
    from pipeline.night.scorer import Reviews
    from pipeline.settings import Settings


WORTH_A_PROCESS = 512
"""Calls for which another process is worth its start: it reads rubric, dictionary and model anew."""


def score_all(
    works: Sequence[Work],
    calls: int,
    jobs: int,
    out: Path,
    judges: Judges,
    known: History,
    reviews: Reviews,
) -> Iterator[Batch]:
    """The batches in their order, ``calls`` calls in all, scored by at most ``jobs`` processes.

    0: by as many as there are processors.
    """
    processes = min(jobs or os.cpu_count() or 1, -(-calls // WORTH_A_PROCESS), len(works))
    if processes <= 1:
        yield from map(Scorer(out, judges, known, reviews).score, works)
        return
    pool = ProcessPoolExecutor(
        processes,
        get_context("spawn"),
        initializer=_begin,
        initargs=(out, judges.settings, known, reviews),
    )
    ahead: deque[Future[Batch]] = deque()
    try:
        for work in works:
            ahead.append(pool.submit(_score, work))
            if len(ahead) > 2 * processes:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


_scorers: list[Scorer] = []
"""The one of this process."""


def _begin(out: Path, settings: Settings, known: History, reviews: Reviews) -> None:
    """Make ready a process that scores."""
    ending.with_parent()
    _scorers[:] = [Scorer(out, Judges(settings), known, reviews)]


def _score(work: Work) -> Batch:
    return _scorers[0].score(work)
