"""Writes the calls' pages: by several processes where there are many."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import TYPE_CHECKING

from pipeline import ending
from pipeline.messages import tr
from pipeline.report.call import Beside, call_view
from pipeline.report.html import Site
from pipeline.report.names import call_page
from pipeline.report.norms import Library
from pipeline.report.sound import Playback
from pipeline.store.files import Store
from pipeline.store.parts import CallFile
from pipeline.store.queries import Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from pipeline.progress import Progress
    from pipeline.report.days import Days
    from pipeline.settings import Settings

AT_ONCE = 250
"""Calls whose conversations are held at once."""
WORTH_A_PROCESS = 1000
"""Pages for which another process is worth its start."""


@dataclass(frozen=True, kw_only=True)
class PagesToWrite:
    """Some calls of a date whose pages are to be written; by call, what stands beside it."""

    date: str
    calls: Mapping[str, Beside]


def write_calls(
    site: Site,
    days: Days,
    settings: Settings,
    dates: Sequence[str] | None,
    progress: Progress,
) -> None:
    """The calls' pages of ``dates`` (None: all), and of other dates where one is missing."""
    store = days.query.store
    there = {
        date: {
            row.call_id: row.file
            for row in store.read(CallFile, date)
            if days.worth.has_page(date, row.call_id)
        }
        for date in store.table_dates(CallFile)
    }
    paths = {date: [call_page(date, call_id) for call_id in own] for date, own in there.items()}
    stale = [
        d for d, own in paths.items() if dates is None or d in dates or not all(map(site.has, own))
    ]
    sound = Playback(site, store, settings)
    playable = sound.of_pages({date: set(there[date].items()) for date in stale}, progress)
    count = sum(len(there[date]) for date in stale)
    progress.begin(tr("pages"), count)
    works = [w for date in stale for w in _to_write(days, date, playable)]
    for call_id in _write_pages(works, count, store.out, settings):
        progress.step(call_id)
    site.only("calls", [path for own in paths.values() for path in own])
    sound.tidy()


def _to_write(
    days: Days, date: str, playable: Mapping[tuple[str, str, str], str]
) -> Iterator[PagesToWrite]:
    """The calls of a date in groups, each with its sound and the calls before and after it."""
    order = sorted(
        (c for c in days.query.calls(date) if days.worth.has_page(date, c.call_id)),
        key=lambda c: (str(c.started_at), c.call_id),
    )
    paths = [call_page(date, c.call_id) for c in order]
    beside = [
        (
            c.call_id,
            Beside(audio=playable.get((date, c.call_id, c.file), ""), earlier=earlier, later=later),
        )
        for c, earlier, later in zip(order, ["", *paths], [*paths[1:], ""], strict=False)
    ]
    for at in range(0, len(beside), AT_ONCE):
        yield PagesToWrite(date=date, calls=dict(beside[at : at + AT_ONCE]))


class Writer:
    """Writes calls' pages into one output folder."""

    def __init__(self, out: Path, settings: Settings) -> None:
        """Into ``out``, as the settings have it."""
        store = Store.of(out, settings)
        self._query = Query(store)
        self._library = Library(store.kept_rubric, settings.report.levels)
        self._site = Site.at(out / "reports", store.access, settings.report)
        self._sound = Playback(self._site, store, settings)
        self._titles = settings.review.titles

    def write(self, work: PagesToWrite) -> list[str]:
        """The pages of some calls; their ids."""
        for one in self._query.conversations(work.date, work.calls.keys()):
            call, beside = one.call, work.calls[one.call.call_id]
            norms = self._library(call.rubric, call.rubric_version)
            levels = self._sound.levels(beside.audio)
            view = call_view(one, work.date, norms, replace(beside, titles=self._titles), levels)
            self._site.page(call_page(work.date, call.call_id), "call.html", view)
        return list(work.calls)


def _write_pages(
    works: Iterable[PagesToWrite], count: int, out: Path, settings: Settings
) -> Iterator[str]:
    """Each call's id when its page is written, by as many processes as there are processors."""
    processes = min(os.cpu_count() or 1, count // WORTH_A_PROCESS)
    if processes <= 1:
        writer = Writer(out, settings)
        for work in works:
            yield from writer.write(work)
        return
    pool = ProcessPoolExecutor(
        processes, get_context("spawn"), initializer=_begin, initargs=(out, settings)
    )
    ahead: deque[Future[list[str]]] = deque()
    try:
        for work in works:
            ahead.append(pool.submit(_write, work))
            if len(ahead) > 2 * processes:
                yield from ahead.popleft().result()
        while ahead:
            yield from ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


_writers: list[Writer] = []
"""The one of this process."""


def _begin(out: Path, settings: Settings) -> None:
    """Make ready a process that writes."""
    ending.with_parent()
    _writers[:] = [Writer(out, settings)]


def _write(work: PagesToWrite) -> list[str]:
    return _writers[0].write(work)
