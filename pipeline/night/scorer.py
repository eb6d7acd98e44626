"""Scoring a batch of kept calls: what has changed of each is judged, masked and put into rows."""

from __future__ import annotations

import contextlib
import gc
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.figures import agents
from pipeline.ingest.find import unexpected_failure
from pipeline.judging.answers import NOTHING_TOLD, Told
from pipeline.judging.judge import Judges
from pipeline.judging.relisted import Relisted
from pipeline.messages import cause
from pipeline.night.prepare import Assembled, Preparation, Prepared, digest
from pipeline.night.standing import StandingRows, figures_of, figures_values
from pipeline.records import Failure, ScoredCall
from pipeline.store import rows
from pipeline.store.columns import Row, to_arrow
from pipeline.store.files import Store
from pipeline.store.kept import Made
from pipeline.store.ready import turn_texts
from pipeline.store.schema import (
    CallRow,
    FindingRow,
    HoldRow,
    InterruptionRow,
    ReviewRow,
    SideRow,
    TranscriptRow,
)
from pipeline.text import acts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from pipeline.detect.history import History
    from pipeline.judging.judge import Judge
    from pipeline.records import Review
    from pipeline.store.folded import Held

    Reviews = Mapping[str, tuple[Review, ...]]

BATCHED = (CallRow, FindingRow, InterruptionRow, HoldRow, SideRow, ReviewRow)
"""The tables whose rows are made anew unless they stand; those of the turns are dear."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """A batch to score, and what its turns and its other rows were made of when they were written."""

    date: str
    number: int
    turns: str = ""
    rows: str = ""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What became of a batch: the rows of each table, and what is counted over all batches of a date.

    ``turns`` tells what the turns were made of; where that is as ``Work.turns`` has it, their table is
    left out. ``rows`` tells it of all other rows. ``made`` is what was newly made of calls, by content
    id, and ``answers`` what their rules said; ``lost`` are the contents that have to be heard again.
    """

    files: tuple[str, ...]
    tables: Mapping[type[Row], pa.Table]
    turns: str
    rows: str
    figures: tuple[agents.CallFigures, ...]
    rubrics: tuple[str, ...]
    failures: tuple[Failure, ...]
    lost: tuple[str, ...]
    made: Mapping[str, Made]
    answers: Mapping[str, str]

    @property
    def scored(self) -> int:
        """The calls that have a score."""
        return sum(one.machine is not None for one in self.figures)

    @property
    def not_scored(self) -> int:
        """Those that have none."""
        return len(self.figures) - self.scored

    @property
    def review(self) -> int:
        """Those that a person has to look at."""
        return sum(one.review for one in self.figures)


@dataclass(frozen=True, kw_only=True, slots=True)
class _DealtWith:
    """A call that was dealt with: its rows stand as they are where it is not ``published`` anew.

    ``version`` is that of its rubric, ``answers`` what its rules said, ``made`` what was newly made of
    it.
    """

    held: Held
    made_of: str
    version: str
    figures: agents.CallFigures
    answers: str
    made: Made | None = None
    published: ScoredCall | None = None
    verdicts: tuple[ReviewRow, ...] = ()

    @property
    def content_id(self) -> str:
        """By which its recording is known: a digest of what it holds."""
        return self.held.known.recording.content_id


_ROWS: Mapping[type[Row], Callable[[ScoredCall], Sequence[Row]]] = {
    FindingRow: rows.finding_rows,
    InterruptionRow: rows.interruption_rows,
    HoldRow: rows.hold_rows,
    SideRow: rows.side_rows,
    TranscriptRow: rows.transcript_rows,
}


class Scorer:
    """What scores batches in one process: the rubrics are read once."""

    def __init__(self, out: Path, judges: Judges, known: History, reviews: Reviews) -> None:
        """``known`` are the customers' other calls, ``reviews`` people's verdicts."""
        self._store = Store.of(out, judges.settings)
        self._settings = judges.settings
        self._judges = judges
        self._preparation = Preparation(judges)
        self._known = known
        self._reviews = reviews
        self._relisted: dict[tuple[str, str], Relisted | None] = {}

    def score(self, work: Work) -> Batch:
        """Judge every call of a batch; one call's fault becomes its failure and stops no other."""
        with _no_garbage_collection():
            return self._score(work)

    def _score(self, work: Work) -> Batch:
        held = self._store.transcripts.batch(work.date, work.number)
        kept = self._store.answers.batch(work.date, work.number)
        known = bool(work.turns) and work.rows == _rows_made_of(kept)
        there = StandingRows(self._store, work.date, work.number) if known else None
        told = {content_id: Told.read(text) for content_id, text in kept.items()}
        failures: list[Failure] = []
        lost: list[str] = []
        begun = self._mask(
            [self._begin(one, told, there, failures, lost) for one in held], failures
        )
        asked = [one for one in begun if isinstance(one, Prepared)]
        acts.look(turn.text for one in asked for turn in one.ready.call.turns)
        every = [
            self._judge_one(one, told, there, failures) if isinstance(one, Prepared) else one
            for one in begun
        ]
        done = [one for one in every if one is not None]
        turns, answers = _turns_made_of(done), {one.content_id: one.answers for one in done}
        return Batch(
            files=tuple(one.known.recording.file for one in held),
            tables=self._tables(done, there, with_turns=turns != work.turns),
            turns=turns,
            rows=_rows_made_of(answers),
            figures=tuple(one.figures for one in done),
            rubrics=tuple(dict.fromkeys(one.held.known.rubric for one in done)),
            failures=tuple(failures),
            lost=tuple(lost),
            made={one.content_id: one.made for one in done if one.made is not None},
            answers=answers,
        )

    def _begin(
        self,
        held: Held,
        told: Mapping[str, Told],
        there: StandingRows | None,
        failures: list[Failure],
        lost: list[str],
    ) -> _DealtWith | Prepared | Assembled | None:
        """A call whose rows stand, or one that is to be judged; None where it is neither."""
        recording = held.known.recording
        before = told.get(recording.content_id, NOTHING_TOLD)
        try:
            begun = self._stays(held, before, there) or self._preparation.prepare(held)
        except Exception as error:  # noqa: BLE001  one call's fault must not stop the night
            failures.append(unexpected_failure(recording.file, "score", error))
            return None
        if begun is None:
            failures.append(unreadable(recording.file))
            lost.append(recording.content_id)
        return begun

    def _mask(
        self, begun: Sequence[_DealtWith | Prepared | Assembled | None], failures: list[Failure]
    ) -> list[_DealtWith | Prepared | None]:
        """The calls, those that were made anew ready to be judged too."""
        with contextlib.suppress(Exception):  # whose call it was is told when that one is masked
            self._preparation.look(one for one in begun if isinstance(one, Assembled))
        return [
            self._masked_one(one, failures) if isinstance(one, Assembled) else one for one in begun
        ]

    def _masked_one(self, one: Assembled, failures: list[Failure]) -> Prepared | None:
        try:
            return self._preparation.mask(one)
        except Exception as error:  # noqa: BLE001  one call's fault must not stop the night
            failures.append(unexpected_failure(one.call.file, "score", error))
            return None

    def _stays(self, held: Held, told: Told, there: StandingRows | None) -> _DealtWith | None:
        """A call of which nothing has changed, or only lists, by phrases that are not in it."""
        if there is None or not told.rows:
            return None
        judge = self._judges.of(held.known.rubric)
        made_of = self._preparation.made_of(held, judge)
        if not held.made_of == told.made_of == made_of:
            return None
        others = self._others(judge, held)
        still = told
        if not judge.answers.hold(told, others):
            still = self._told_with_other_lists(held, judge, told, others, there)
        return self._deal_with_standing(held, judge, still, there)

    def _told_with_other_lists(
        self, held: Held, judge: Judge, told: Told, others: str, there: StandingRows
    ) -> Told:
        """What was told of a call, where lists are others now and it has none of their new words."""
        _, *values = told.rows
        call_id = figures_of(values).call_id
        if not there.has(call_id):
            return NOTHING_TOLD
        key = judge.rubric.name, there.version(call_id)
        if key not in self._relisted:
            lists = self._store.kept_lists(*key)
            self._relisted[key] = (
                None if lists is None else Relisted.of(judge.rubric, judge.answers, lists)
            )
        relisted = self._relisted[key]
        if relisted is None:
            return NOTHING_TOLD
        return relisted.still_said(told, others, turn_texts(held.made.ready)) or NOTHING_TOLD

    def _deal_with_standing(
        self, held: Held, judge: Judge, told: Told, there: StandingRows, made: Made | None = None
    ) -> _DealtWith | None:
        """A call that was told the same before, where it was scored and shown as it would be now."""
        if not told.rows:
            return None
        by, *values = told.rows
        figures = figures_of(values)
        if by != self._shown_by(judge, figures.call_id) or not there.has(figures.call_id):
            return None
        return _DealtWith(
            held=held,
            made_of=told.made_of,
            version=judge.rubric.version,
            figures=figures,
            answers=told.to_text(),
            made=made,
        )

    def _judge_one(
        self,
        one: Prepared,
        told: Mapping[str, Told],
        there: StandingRows | None,
        failures: list[Failure],
    ) -> _DealtWith | None:
        try:
            return self._deal_with(
                one, told.get(one.held.known.recording.content_id, NOTHING_TOLD), there
            )
        except Exception as error:  # noqa: BLE001  one call's fault must not stop the night
            failures.append(unexpected_failure(one.ready.call.file, "score", error))
            return None

    def _deal_with(self, one: Prepared, told: Told, there: StandingRows | None) -> _DealtWith:
        """A call that was judged. What its rules said is not kept where its sides are told by voice."""
        judge, call, made_of = one.judge, one.ready.call, one.kept.made_of
        before = told if told.made_of == made_of else NOTHING_TOLD
        others = self._others(judge, one.held)
        known = judge.answers.still_holding(before, call, others)
        with acts.record_asked() as texts:
            looked = judge.look(call, self._known, known)
        new = judge.answers.tell(looked.findings, looked.measures, others, before, known)
        new, made = replace(new, made_of=made_of, rows=before.rows), _pack_made(one, texts)
        if there is not None and new.says_as(before):
            stands = self._deal_with_standing(one.held, judge, new, there, made)
            if stands is not None:
                return stands
        scored = judge.with_score(call, looked)
        masking, shown_turns = self._preparation.masking, one.ready.shown
        published = masking.publish(scored, shown_turns)
        written = masking.mask_words_by(call, shown_turns)
        call_id = published.call.call_id
        if reviews := self._reviews.get(call_id):
            scored = judge.with_reviews(scored, reviews)
            published = replace(published, final=scored.final)
        figures = agents.figures_of(published)
        shown = [self._shown_by(judge, call_id), *figures_values(figures)]
        return _DealtWith(
            held=one.held,
            made_of=made_of,
            version=judge.rubric.version,
            figures=figures,
            answers="" if call.by_voice else replace(new, rows=shown).to_text(),
            made=made,
            published=published,
            verdicts=tuple(rows.review_rows(scored, published, written)),
        )

    def _others(self, judge: Judge, held: Held) -> str:
        """What tells what is known of the customer's other calls, where a rule asks for it."""
        customer = held.known.recording.record.customer
        return self._known.digest(customer or "") if judge.answers.by_others else ""

    def _shown_by(self, judge: Judge, call_id: str) -> str:
        """What tells how what was found in a call comes to points, and to rows."""
        reviews = self._reviews.get(call_id, ())
        return digest(judge.arithmetic, self._settings.customer_key, repr(reviews))

    def _tables(
        self, done: Sequence[_DealtWith], there: StandingRows | None, *, with_turns: bool
    ) -> dict[type[Row], pa.Table]:
        versions = [one.version for one in done]
        tables: dict[type[Row], pa.Table] = {}
        for row in (*BATCHED, TranscriptRow) if with_turns else BATCHED:
            made = [self._rows(row, one) for one in done]
            new = to_arrow(row, [r for own in made for r in own], self._settings.timezone)
            if there is not None:
                calls = [
                    len(own) if one.published else one.figures.call_id
                    for one, own in zip(done, made, strict=True)
                ]
                new = there.with_new(row, calls, new, versions)
            tables[row] = new
        return tables

    def _rows(self, row: type[Row], one: _DealtWith) -> Sequence[Row]:
        """A call's rows of a table where it is published anew."""
        if one.published is None:
            return ()
        if row is CallRow:
            return [rows.call_row(one.published, self._settings.customer_key)]
        return one.verdicts if row is ReviewRow else _ROWS[row](one.published)


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """No search for circles of objects inside the block, nor of what it leaves: a batch makes none.

    It goes by its references' counts. With searches scoring takes a third longer, most of it for the
    first one after a batch, which would look at everything that was made.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def unreadable(file: str) -> Failure:
    """The failure of what was heard and cannot be read any more."""
    message = cause(
        "the transcript that was kept cannot be read; another run of callqa score hears it again"
    )
    return Failure(file=file, stage="score", error="Unreadable", message=message)


def _turns_made_of(done: Iterable[_DealtWith]) -> str:
    """A digest of what the rows of the turns are made of."""
    return digest(*(f"{one.made_of} {one.figures.call_id}" for one in done))


def _rows_made_of(answers: Mapping[str, str]) -> str:
    """A digest of what all other rows are made of."""
    return digest(*(f"{content_id} {told}" for content_id, told in answers.items()))


def _pack_made(one: Prepared, asked: Iterable[str]) -> Made | None:
    """What was made of a call, where not all of it was kept; ``asked`` are texts that were looked at."""
    texts = dict.fromkeys((*(t.text for t in one.ready.call.turns), *asked))
    made = one.held.made
    shown = made.shown if texts.keys() <= one.shown else acts.pack(texts)
    return (
        None
        if one.kept is made.ready and shown == made.shown
        else Made(shown=shown, ready=one.kept)
    )
