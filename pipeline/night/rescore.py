"""Scoring what is kept, date by date, and publishing it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline import ending
from pipeline.detect.history import NOTHING
from pipeline.figures import agents
from pipeline.figures.rows import agent_rows
from pipeline.judging.judge import Judges
from pipeline.judging.reviewed import left_out
from pipeline.messages import tr
from pipeline.night.batches import Batch, Work, score_all, unreadable
from pipeline.night.contacts import history, open_promises, publish_attempts
from pipeline.night.failures import list_failures, publish_failures
from pipeline.night.made_of import MadeOf
from pipeline.night.ratings import publish_ratings
from pipeline.records import Failure, Night
from pipeline.resources import rule_files
from pipeline.review.calibration import sessions
from pipeline.review.verdicts import all_reviews, appeals_by_date, by_call
from pipeline.store import space
from pipeline.store.columns import schema, to_arrow
from pipeline.store.dated import DateTables
from pipeline.store.files import Store
from pipeline.store.manifest import wordless
from pipeline.store.schema import (
    AgentRow,
    AppealRow,
    CallRow,
    FindingRow,
    HoldRow,
    InterruptionRow,
    ReviewRow,
    SideRow,
    TranscriptRow,
)
from pipeline.store.state import CALLS, PAGES, reading, writing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from pipeline.detect.history import History
    from pipeline.night.batches import Reviews
    from pipeline.progress import Progress
    from pipeline.records import Review
    from pipeline.settings import Settings
    from pipeline.store.state import Scored


@dataclass
class _Counted:
    """What is counted over the dates of a run."""

    scored: int = 0
    not_scored: int = 0
    review: int = 0
    failures: list[Failure] = field(default_factory=list)

    def add(self, batch: Batch) -> None:
        """Count a batch in."""
        self.scored += batch.scored
        self.not_scored += batch.not_scored
        self.review += batch.review
        self.failures += batch.failures

    def join(self, other: _Counted) -> None:
        """Count a date in."""
        self.scored += other.scored
        self.not_scored += other.not_scored
        self.review += other.review
        self.failures += other.failures

    def stays(self, date: Scored) -> None:
        """Count a date in that stays as it is."""
        self.scored += date.scored
        self.not_scored += date.not_scored
        self.review += date.review


def score_kept(
    out: Path,
    settings: Settings,
    *,
    progress: Progress,
    rubric: str | None = None,
    dates: Sequence[str] | None = None,
    jobs: int = 0,
    anew: bool = True,
) -> Night:
    """Score what is kept, date by date, each replaced whole; ``dates`` None: all of it.

    Dates that an earlier run heard and did not score are scored too, those whose publication broke off
    before all others, and earlier ones on which a promise to call back was still open. Each call is
    scored against the rubric that was last named for it: its folder's, or here ``rubric`` for all. At
    most ``jobs`` processes score; 0: as many as there are processors. Where what is masked has changed,
    every date is published again. Unless it is to be ``anew``, a date stays that would come out as it
    is.
    """
    store = Store.of(out, settings)
    store.take(progress)
    if settings.privacy.publish == "plain":
        progress.tell(tr('privacy.publish = "plain": what is published is not masked'))
    judges = Judges(settings)
    if rubric is not None:
        judges.of(rubric)
        _score_by(store, rubric)
    there = store.transcripts.dates()
    if masked_otherwise(store, settings):
        dates = None
    broken, due = store.not_whole(), _due(out)
    damaged = sorted(set(store.transcripts.damaged_dates()) - set(there))
    _withdraw(store, broken | due, [*there, *damaged])
    publish_failures(store, settings, broken)
    publish_attempts(store, broken)
    asked = there if dates is None else [d for d in there if d in {*dates, *broken, *due}]
    wanted = sorted({*asked, *open_promises(store, asked)})
    counted = _Counted()
    counted.failures += [unreadable(f"transcripts/{date}.parquet") for date in damaged]
    for date in wanted:
        counted.failures += map(unreadable, store.transcripts.fold(date))
    made_of = MadeOf(store, settings)
    same = {} if anew else made_of.unchanged(d for d in wanted if d not in broken)
    for date, before in same.items():
        counted.stays(before)
        _settle(store, date, pages=False)
    to_score = [d for d in wanted if d not in same]
    known = history(store, wanted, settings) if to_score else NOTHING
    verdicts, contested = all_reviews(out, settings), appeals_by_date(out, settings)
    _tell_unknown(verdicts, judges, rubric, progress)
    reviews = by_call(verdicts)
    apart = {call for session in sessions(out) for call in session.calls} | left_out(verdicts)
    each: dict[str, _Counted] = {}
    for date in sorted(to_score, key=lambda d: (d not in broken, d)):
        ending.check()
        space.check(out, settings.night)
        each[date] = _Counted()
        _score_date(store, date, judges, known, reviews, apart, progress, each[date], jobs)
        _publish_appeals(store, date, contested.get(date, ()))
        _settle(store, date, pages=True)
        counted.join(each[date])
    for date, own in each.items():
        if not own.failures:
            made_of.keep(date, scored=own.scored, not_scored=own.not_scored, review=own.review)
    publish_ratings(store)
    list_failures(store, _SCORING, counted.failures, settings)
    store.remember(_PUBLISHED, _how_masked(settings))
    return Night(
        found=0,
        transcribed=0,
        scored=counted.scored,
        not_scored=counted.not_scored,
        review=counted.review,
        failures=tuple(counted.failures),
        dates=tuple(wanted),
    )


def _tell_unknown(
    verdicts: Iterable[Review], judges: Judges, rubric: str | None, progress: Progress
) -> None:
    """Say of which rules people spoke that there are none: a slip of the pen changes no score."""
    known = {
        *rule_files(judges.settings.rules).rules,
        *judges.of(rubric or judges.settings.rubric).rubric.rules,
    }
    counted = Counter(one.rule_id for one in verdicts if one.rule_id not in {"", *known})
    for rule_id, count in sorted(counted.items()):
        progress.tell(
            tr(
                "{n} verdicts on the rule {rule!r}: there is none, and they change nothing",
                n=count,
                rule=rule_id,
            )
        )


_PUBLISHED = "published"
"""Where an output folder remembers how it was masked."""
_MASKING = "1"
"""Goes up when more is masked than before."""


def _how_masked(settings: Settings) -> dict[str, str]:
    what = settings.privacy.model_dump_json(exclude={"group", "audio"})
    return {"masking": _MASKING, "settings": what}


def masked_otherwise(store: Store, settings: Settings) -> bool:
    """Whether what an output folder publishes was masked otherwise than it would be now, or never."""
    published = bool(store.table_dates(CallRow))
    return published and store.remembered(_PUBLISHED) != _how_masked(settings)


def _due(out: Path) -> set[str]:
    """The dates of which calls were heard, or went, since they were last scored."""
    with reading(out) as state:
        return state.due(CALLS)


def _settle(store: Store, date: str, *, pages: bool) -> None:
    """Remember that a date is published, and whether its ``pages`` are older."""
    with writing(store.out, store.access) as state:
        if pages:
            state.set_due(PAGES, [date])
        state.set_done(CALLS, [date])


def _withdraw(store: Store, changed: set[str], there: Sequence[str]) -> None:
    """Drop what was published of dates of which no call is kept any more, unless it was to stay."""
    published = {date for table in _DATED for date in store.table_dates(table)}
    gone = (published | changed) - set(there)
    for date in gone - wordless(store.out / "data", gone):
        store.publish(date, dict.fromkeys(_DATED))
        _settle(store, date, pages=True)


def _score_by(store: Store, rubric: str) -> None:
    """Remember with each call that it is scored against another rubric now, until one is named again."""
    for date in store.transcripts.dates():
        others = {
            head.recording.content_id: replace(head, rubric=rubric)
            for head in store.transcripts.heads(date)
            if head.rubric != rubric
        }
        if others:
            store.transcripts.change(date, others)


def _score_date(
    store: Store,
    date: str,
    judges: Judges,
    known: History,
    reviews: Reviews,
    apart: Collection[str],
    progress: Progress,
    counted: _Counted,
    jobs: int,
) -> None:
    """Score one date and replace it in every table.

    No mean is made of the calls ``apart``. An agent's level is named by the rubric of the first call.
    The rubrics come first: no table names one that was not kept.
    """
    settings = judges.settings
    calls = sum(1 for _ in store.transcripts.heads(date))
    progress.begin(tr("scoring {date}", date=date), calls)
    figures: list[agents.CallFigures] = []
    rubrics: dict[str, None] = {}
    with (
        store.publication(date) as new,
        store.transcripts.renewing(date) as renewal,
        store.answers.writing(date) as keep_answers,
    ):
        tables = DateTables(store, date, new, _BATCHED, dear=TranscriptRow)
        written = dict(enumerate(tables.made_of))
        works = [
            Work(date=date, number=n, written=written.get(n, ""))
            for n in range(store.transcripts.batches(date))
        ]
        for number, batch in enumerate(
            score_all(works, calls, jobs, store.out, judges, known, reviews)
        ):
            ending.check()
            for file in batch.files:
                progress.step(file)
            tables.add(batch.tables, batch.turns)
            counted.add(batch)
            figures += [agents.uncounted(f) if f.call_id in apart else f for f in batch.figures]
            rubrics |= dict.fromkeys(batch.rubrics)
            renewal.add(number, batch.made)
            keep_answers(batch.answers)
            for content_id in batch.lost:
                store.transcripts.drop(date, content_id)
        tables.end()
        used = [judges.of(name) for name in rubrics or (settings.rubric,)]
        for judge in used if rubrics else ():
            store.keep_rubric(judge.rubric)
        own = agent_rows(agents.by_agent(figures, used[0].scheme.level))
        new.open(AgentRow.TABLE, schema(AgentRow, store.zone))
        new.add(AgentRow.TABLE, to_arrow(AgentRow, own, store.zone))


def _publish_appeals(store: Store, date: str, contested: Sequence[AppealRow]) -> None:
    """The appeals against a date's findings; a date without any has no such table."""
    if contested or store.part(AppealRow, date).is_file():
        store.publish(date, {AppealRow: contested or None})


_SCORING = "scoring"
"""Where a call failed that had been heard well."""
_BATCHED = (CallRow, FindingRow, InterruptionRow, HoldRow, SideRow, ReviewRow)
_DATED = (*_BATCHED, TranscriptRow, AgentRow, AppealRow)
