"""Scoring kept calls a batch at a time, in several processes: nothing grows with the night."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

from pipeline import __version__, ending
from pipeline.figures import agents
from pipeline.ingest.find import unexpected
from pipeline.judging.judge import Judges
from pipeline.privacy.masking import masker
from pipeline.records import Failure, ScoredCall, Status
from pipeline.store import rows
from pipeline.store.columns import Row, to_arrow
from pipeline.store.files import Store
from pipeline.store.schema import (
    CallRow,
    FindingRow,
    HoldRow,
    InterruptionRow,
    SideRow,
    TranscriptRow,
)
from pipeline.text import acts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    import pyarrow as pa

    from pipeline.detect.history import History
    from pipeline.judging.judge import Judge
    from pipeline.records import Call
    from pipeline.settings import Settings
    from pipeline.store.transcripts import Kept

WORTH_A_PROCESS = 512
"""Calls for which another process is worth its start: it reads rubric, dictionary and model anew."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """A batch to score; ``written``: what the turns were made of when they were last written down."""

    date: str
    number: int
    written: str = ""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What became of a batch: the rows of each table, and what is counted over all batches of a date.

    ``turns`` tells what the turns were made of; where that is as ``Work.written`` has it, their table is
    left out. ``shown`` is what the model of dialogue acts newly saw, by content id; ``lost`` are the
    contents that have to be heard again.
    """

    files: tuple[str, ...]
    tables: Mapping[type[Row], pa.Table]
    turns: str
    figures: tuple[agents.CallFigures, ...]
    rubrics: tuple[str, ...]
    scored: int
    not_scored: int
    review: int
    failures: tuple[Failure, ...]
    lost: tuple[str, ...]
    shown: Mapping[str, str]


class Scorer:
    """What scores batches in one process: the rubrics are read once."""

    def __init__(self, out: Path, judges: Judges, known: History) -> None:
        """``known`` are the customers' other calls."""
        self._store = Store.of(out, judges.settings)
        self._settings = judges.settings
        self._judges = judges
        self._known = known
        self._shown = masker(judges.settings)

    def score(self, work: Work) -> Batch:
        """Judge every call of a batch; one call's fault becomes its failure and stops no other."""
        kept, lost = self._store.transcripts.batch(work.date, work.number)
        for one in kept:
            acts.remember(acts.unpacked(one.shown))
        failures = [unreadable(head.recording.file) for head in lost]
        calls = [call for one in kept if (call := self._assembled(one, failures)) is not None]
        acts.look(turn.text for _, _, call in calls for turn in call.turns)
        judged = [
            (one, result)
            for one, judge, call in calls
            if (result := self._judged(judge, call, failures)) is not None
        ]
        scored = [self._shown(result) for _, result in judged]
        turns = _made_of([one.digest for one, _ in judged], scored)
        return Batch(
            files=(*(k.recording.file for k in kept), *(h.recording.file for h in lost)),
            tables=self._tables(scored, with_turns=turns != work.written),
            turns=turns,
            figures=tuple(map(agents.figures_of, scored)),
            rubrics=tuple(dict.fromkeys(one.rubric for one, _ in judged)),
            scored=sum(s.card.status is Status.SCORED for s in scored),
            not_scored=sum(s.card.status is Status.NOT_SCORED for s in scored),
            review=sum(s.card.review for s in scored),
            failures=tuple(failures),
            lost=tuple(head.recording.content_id for head in lost),
            shown=_newly_shown(judged),
        )

    def _assembled(self, one: Kept, failures: list[Failure]) -> tuple[Kept, Judge, Call] | None:
        judge = self._judges.of(one.rubric)
        try:
            return one, judge, judge.assemble(one.recording, one.transcript)
        except Exception as error:  # noqa: BLE001  one call's fault must not stop the night
            failures.append(unexpected(one.recording.file, "score", error))
            return None

    def _judged(self, judge: Judge, call: Call, failures: list[Failure]) -> ScoredCall | None:
        try:
            return judge.judge(call, self._known)
        except Exception as error:  # noqa: BLE001  one call's fault must not stop the night
            failures.append(unexpected(call.file, "score", error))
            return None

    def _tables(
        self, scored: Sequence[ScoredCall], *, with_turns: bool
    ) -> dict[type[Row], pa.Table]:
        zone, secret = self._settings.timezone, self._settings.customer_key
        tables: dict[type[Row], pa.Table] = {
            CallRow: to_arrow(CallRow, [rows.call_row(s, secret) for s in scored], zone),
            FindingRow: to_arrow(
                FindingRow, [r for s in scored for r in rows.finding_rows(s)], zone
            ),
            InterruptionRow: to_arrow(
                InterruptionRow, [r for s in scored for r in rows.interruption_rows(s)], zone
            ),
            HoldRow: to_arrow(HoldRow, [r for s in scored for r in rows.hold_rows(s)], zone),
            SideRow: to_arrow(SideRow, [r for s in scored for r in rows.side_rows(s)], zone),
        }
        if with_turns:
            turns = [r for s in scored for r in rows.transcript_rows(s)]
            tables[TranscriptRow] = to_arrow(TranscriptRow, turns, zone)
        return tables


def unreadable(file: str) -> Failure:
    """The failure of what was heard and cannot be read any more."""
    message = "保存的转写读不出来；再运行一次 callqa score 会重新转写"
    return Failure(file=file, stage="score", error="Unreadable", message=message)


def _made_of(heard: Sequence[str], shown: Sequence[ScoredCall]) -> str:
    """A digest of what the rows of the turns are made of: what was heard, and the turns as published.

    Where these begin, whose they are and what of them is masked hangs on settings and lists.
    """
    whole = hashlib.blake2b(__version__.encode())
    for digest, scored in zip(heard, shown, strict=True):
        whole.update(f"\n{digest} {scored.call.call_id}".encode())
        for turn in scored.call.turns:
            own = (turn.role, turn.channel, turn.start, turn.end, turn.text, turn.masked)
            whole.update(repr(own).encode())
    return whole.hexdigest()


def _newly_shown(judged: Sequence[tuple[Kept, ScoredCall]]) -> dict[str, str]:
    """What the model saw in the calls of which that was not kept, or not all."""
    packed = {
        one.recording.content_id: (one, acts.packed(turn.text for turn in scored.call.turns))
        for one, scored in judged
    }
    return {content: shown for content, (one, shown) in packed.items() if shown != one.shown}


def score_all(
    works: Sequence[Work], calls: int, jobs: int, out: Path, judges: Judges, known: History
) -> Iterator[Batch]:
    """The batches in their order, ``calls`` calls in all, scored by at most ``jobs`` processes.

    0: by as many as there are processors.
    """
    processes = min(jobs or os.cpu_count() or 1, -(-calls // WORTH_A_PROCESS), len(works))
    if processes <= 1:
        yield from map(Scorer(out, judges, known).score, works)
        return
    pool = ProcessPoolExecutor(
        processes, get_context("spawn"), initializer=_begin, initargs=(out, judges.settings, known)
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


def _begin(out: Path, settings: Settings, known: History) -> None:
    """Make ready a process that scores."""
    ending.with_parent()
    _scorers[:] = [Scorer(out, Judges(settings), known)]


def _score(work: Work) -> Batch:
    return _scorers[0].score(work)
