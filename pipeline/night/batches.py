"""Scoring kept calls a batch at a time, in several processes: nothing grows with the night."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import TYPE_CHECKING

from pipeline import ending
from pipeline.figures import agents
from pipeline.ingest.find import unexpected
from pipeline.judging.judge import Judges
from pipeline.night.prepare import Preparation, Prepared
from pipeline.records import Failure, ScoredCall, Status
from pipeline.store import rows
from pipeline.store.columns import Row, to_arrow
from pipeline.store.files import Store
from pipeline.store.schema import (
    CallRow,
    FindingRow,
    HoldRow,
    InterruptionRow,
    ReviewRow,
    SideRow,
    TranscriptRow,
)
from pipeline.store.transcripts import Made
from pipeline.text import acts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    import pyarrow as pa

    from pipeline.detect.history import History
    from pipeline.records import Review
    from pipeline.settings import Settings
    from pipeline.store.transcripts import Held

    Reviews = Mapping[str, tuple[Review, ...]]

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
    left out. ``made`` is what was newly made of calls, by content id, and ``answers`` what their rules
    said; ``lost`` are the contents that have to be heard again.
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
    made: Mapping[str, Made]
    answers: Mapping[str, str]


class Scorer:
    """What scores batches in one process: the rubrics are read once."""

    def __init__(self, out: Path, judges: Judges, known: History, reviews: Reviews) -> None:
        """``known`` are the customers' other calls, ``reviews`` people's verdicts."""
        self._store = Store.of(out, judges.settings)
        self._settings = judges.settings
        self._preparation = Preparation(judges)
        self._known = known
        self._reviews = reviews

    def score(self, work: Work) -> Batch:
        """Judge every call of a batch; one call's fault becomes its failure and stops no other."""
        with _uncollected():
            return self._score(work)

    def _score(self, work: Work) -> Batch:
        held = self._store.transcripts.batch(work.date, work.number)
        told = self._store.answers.batch(work.date, work.number)
        failures: list[Failure] = []
        lost: list[str] = []
        calls = [c for one in held if (c := self._prepared(one, failures, lost)) is not None]
        acts.look(turn.text for one in calls for turn in one.ready.call.turns)
        judged = [j for one in calls if (j := self._judged(one, told, failures)) is not None]
        scored = [one.published for one in judged]
        turns = _made_of(judged)
        return Batch(
            files=tuple(one.known.recording.file for one in held),
            tables=self._tables(judged, with_turns=turns != work.written),
            turns=turns,
            figures=tuple(map(agents.figures_of, scored)),
            rubrics=tuple(dict.fromkeys(one.prepared.held.known.rubric for one in judged)),
            scored=sum(s.card.status is Status.SCORED for s in scored),
            not_scored=sum(s.card.status is Status.NOT_SCORED for s in scored),
            review=sum(s.card.review for s in scored),
            failures=tuple(failures),
            lost=tuple(lost),
            made=_newly_made(judged),
            answers={one.prepared.held.known.recording.content_id: one.answers for one in judged},
        )

    def _prepared(self, held: Held, failures: list[Failure], lost: list[str]) -> Prepared | None:
        recording = held.known.recording
        try:
            prepared = self._preparation.prepare(held)
        except Exception as error:  # noqa: BLE001  one call's fault must not stop the night
            failures.append(unexpected(recording.file, "score", error))
            return None
        if prepared is None:
            failures.append(unreadable(recording.file))
            lost.append(recording.content_id)
        return prepared

    def _judged(
        self, one: Prepared, told: Mapping[str, str], failures: list[Failure]
    ) -> _Judged | None:
        answers, before = one.judge.answers, told.get(one.held.known.recording.content_id, "")
        try:
            known = answers.unpacked(before, one.kept.made_of, one.ready.call)
            with acts.asked() as texts:
                scored = one.judge.judge(one.ready.call, self._known, known)
            if not scored.call.by_voice:
                found = [own.finding for own in scored.card.findings]
                made_of, figures = one.kept.made_of, scored.measures
                before = answers.renewed(before, made_of, known, found, figures)
            published = self._preparation.masking.published(scored, one.ready.shown)
            if reviews := self._reviews.get(published.call.call_id):
                scored = one.judge.reviewed(scored, reviews)
                published = replace(published, final=scored.final)
            return _Judged(one, scored, published, texts, before)
        except Exception as error:  # noqa: BLE001  one call's fault must not stop the night
            failures.append(unexpected(one.ready.call.file, "score", error))
            return None

    def _tables(self, judged: Sequence[_Judged], *, with_turns: bool) -> dict[type[Row], pa.Table]:
        scored = [one.published for one in judged]
        verdicts = [r for one in judged for r in rows.review_rows(one.scored, one.published)]
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
            ReviewRow: to_arrow(ReviewRow, verdicts, zone),
            SideRow: to_arrow(SideRow, [r for s in scored for r in rows.side_rows(s)], zone),
        }
        if with_turns:
            turns = [r for s in scored for r in rows.transcript_rows(s)]
            tables[TranscriptRow] = to_arrow(TranscriptRow, turns, zone)
        return tables


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """No search for circles of objects inside the block: a batch makes none, and is a sixth quicker."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def unreadable(file: str) -> Failure:
    """The failure of what was heard and cannot be read any more."""
    message = "保存的转写读不出来；再运行一次 callqa score 会重新转写"
    return Failure(file=file, stage="score", error="Unreadable", message=message)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A call that was judged, and as it is published.

    ``texts`` are those of which it was asked what they show, ``answers`` what the rules said. Of a
    call whose sides only their voices tell apart they are not kept: what would veto was softened.
    """

    prepared: Prepared
    scored: ScoredCall
    published: ScoredCall
    texts: Collection[str]
    answers: str


def _made_of(judged: Sequence[_Judged]) -> str:
    """A digest of what the rows of the turns are made of."""
    whole = hashlib.blake2b()
    for one in judged:
        whole.update(f"{one.prepared.kept.made_of} {one.published.call.call_id}\n".encode())
    return whole.hexdigest()


def _newly_made(judged: Sequence[_Judged]) -> dict[str, Made]:
    """What was made of the calls of which it was not kept, or not all, by content id."""
    found = {}
    for one in judged:
        held, ready = one.prepared.held, one.prepared.kept
        texts = dict.fromkeys((*(t.text for t in one.prepared.ready.call.turns), *one.texts))
        shown = held.made.shown if texts.keys() <= one.prepared.shown else acts.packed(texts)
        if ready is not held.made.ready or shown != held.made.shown:
            found[held.known.recording.content_id] = Made(shown=shown, ready=ready)
    return found


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
