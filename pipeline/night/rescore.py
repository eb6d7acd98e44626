"""Scoring what is kept, date by date, and publishing it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import ending
from pipeline.figures import agents
from pipeline.figures.rows import agent_rows
from pipeline.ingest.find import unexpected
from pipeline.judging.judge import Judges
from pipeline.messages import tr
from pipeline.night.contacts import history, open_promises, publish_attempts
from pipeline.night.failures import list_failures, publish_failures
from pipeline.records import (
    Failure,
    Night,
    Scorecard,
    ScoredCall,
    Status,
)
from pipeline.settings import Settings
from pipeline.store import rows, space
from pipeline.store.columns import Row
from pipeline.store.files import Kept, Store
from pipeline.store.schema import (
    AgentRow,
    CallRow,
    FindingRow,
    HoldRow,
    InterruptionRow,
    SideRow,
    TranscriptRow,
)
from pipeline.store.state import CALLS, PAGES, reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.detect.history import History
    from pipeline.progress import Progress


def score_kept(
    out: Path,
    settings: Settings,
    *,
    progress: Progress,
    rubric: str | None = None,
    dates: Sequence[str] | None = None,
) -> Night:
    """Score what is kept, date by date, each replaced whole; ``dates`` None: all of it.

    Dates that an earlier run heard and did not score are scored too, those whose publication broke off
    before all others, and earlier ones on which a promise to call back was still open. Each call is
    scored against the rubric that was last named for it: its folder's, or here ``rubric`` for all.
    """
    store = Store.of(out, settings)
    store.take(progress)
    judges = Judges(settings)
    if rubric is not None:
        judges.of(rubric)
        _score_by(store, rubric)
    there = store.dates()
    broken, due = store.not_whole(), _due(out)
    _withdraw(store, broken | due, there)
    publish_failures(store, broken)
    publish_attempts(store, broken)
    asked = there if dates is None else [d for d in there if d in {*dates, *broken, *due}]
    wanted = sorted({*asked, *open_promises(store, asked)})
    known = history(store, wanted, settings)
    cards: list[Scorecard] = []
    failures: list[Failure] = []
    for date in sorted(wanted, key=lambda d: (d not in broken, d)):
        ending.check()
        space.check(out, settings.night)
        scored, failed = _scored(list(store.of_date(date)), judges, known, date, progress)
        _publish(store, date, scored, judges, settings)
        _settle(store, date)
        cards += [one.card for one in scored]
        failures += [*failed, *map(_unreadable, store.unreadable(date))]
    list_failures(store, _SCORING, failures, settings)
    return Night(
        found=0,
        transcribed=0,
        scored=sum(card.status is Status.SCORED for card in cards),
        not_scored=sum(card.status is Status.NOT_SCORED for card in cards),
        review=sum(card.review for card in cards),
        failures=tuple(failures),
        dates=tuple(wanted),
    )


def _due(out: Path) -> set[str]:
    """The dates of which calls were heard, or went, since they were last scored."""
    with reading(out) as state:
        return state.due(CALLS)


def _settle(store: Store, date: str) -> None:
    """Remember that a date is published, and that its pages are older."""
    with writing(store.out, store.access) as state:
        state.set_due(PAGES, [date])
        state.set_done(CALLS, [date])


def _withdraw(store: Store, changed: set[str], there: Sequence[str]) -> None:
    """Drop what was published of dates of which no call is kept any more."""
    published = {date for table in _DATED for date in store.table_dates(table)}
    for date in (published | changed) - set(there):
        store.publish(date, dict.fromkeys(_DATED))
        _settle(store, date)


def _score_by(store: Store, rubric: str) -> None:
    """Remember with each call that it is scored against another rubric now, until one is named again."""
    for date in store.dates():
        for one in store.of_date(date):
            if one.rubric != rubric:
                store.keep(replace(one, rubric=rubric))


def _scored(
    calls: Sequence[Kept], judges: Judges, known: History, date: str, progress: Progress
) -> tuple[list[ScoredCall], list[Failure]]:
    """The calls of a date, scored; one call's fault becomes its failure and stops no other."""
    progress.begin(tr("scoring {date}", date=date), len(calls))
    scored, failures = [], []
    for one in calls:
        judge = judges.of(one.rubric)
        try:
            scored.append(judge.judge(one.recording, one.transcript, known))
        except Exception as error:  # noqa: BLE001  one call's fault must not stop the night
            failures.append(unexpected(one.recording.file, "score", error))
        progress.step(one.recording.file)
    return scored, failures


def _unreadable(file: str) -> Failure:
    message = "保存的转写读不出来；再运行一次 callqa score 会重新转写"
    return Failure(file=file, stage="score", error="Unreadable", message=message)


_SCORING = "scoring"
"""Where a call failed that had been heard well."""
_DATED = (CallRow, FindingRow, TranscriptRow, InterruptionRow, HoldRow, SideRow, AgentRow)


def _publish(
    store: Store, date: str, scored: Iterable[ScoredCall], judges: Judges, settings: Settings
) -> None:
    """Write one date of every table; an agent's level is named by the rubric of the first call.

    The rubrics come first: no table names one that was not kept.
    """
    ordered = sorted(scored, key=lambda s: (s.call.record.started_at, s.call.call_id))
    used = [judges.that_scored(call) for call in ordered]
    for judge in used:
        store.keep_rubric(judge.rubric)
    levels = used[0].scheme.level if used else judges.of(settings.rubric).scheme.level
    figures = agents.by_agent(map(agents.figures_of, ordered), levels)
    tables: dict[type[Row], list[Row]] = {
        CallRow: [rows.call_row(s, settings.customer_key) for s in ordered],
        FindingRow: [r for s in ordered for r in rows.finding_rows(s)],
        TranscriptRow: [r for s in ordered for r in rows.transcript_rows(s)],
        InterruptionRow: [r for s in ordered for r in rows.interruption_rows(s)],
        HoldRow: [r for s in ordered for r in rows.hold_rows(s)],
        SideRow: [r for s in ordered for r in rows.side_rows(s)],
        AgentRow: list(agent_rows(figures)),
    }
    store.publish(date, tables)
