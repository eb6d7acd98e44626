"""Scoring one date, and publishing it: a batch of calls at a time, each table written as it comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline import ending
from pipeline.figures import agents
from pipeline.figures.rows import agent_rows
from pipeline.messages import tr
from pipeline.night.batches import score_all
from pipeline.night.scorer import BATCHED, Work
from pipeline.store.columns import schema, to_arrow
from pipeline.store.dated import DateTables
from pipeline.store.schema import AgentRow, TranscriptRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pipeline.detect.history import History
    from pipeline.judging.judge import Judges
    from pipeline.night.scorer import Batch, Reviews
    from pipeline.progress import Progress
    from pipeline.records import Failure
    from pipeline.store.files import Store
    from pipeline.store.publishing import Publication
    from pipeline.store.state import Scored

TABLES = (*BATCHED, TranscriptRow, AgentRow)
"""What is published of a date's calls."""


@dataclass
class Counted:
    """What is counted over the batches of a date, or the dates of a run."""

    scored: int = 0
    not_scored: int = 0
    review: int = 0
    failures: list[Failure] = field(default_factory=list)

    def add(self, part: Batch | Counted) -> None:
        """Count a batch or a date in."""
        self.count(part)
        self.failures += part.failures

    def count(self, date: Batch | Counted | Scored) -> None:
        """Count a date in that stays as it is."""
        self.scored += date.scored
        self.not_scored += date.not_scored
        self.review += date.review


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """What a run scores its dates with; no mean is made of the calls ``apart``.

    At most ``jobs`` processes score; 0: as many as there are processors.
    """

    store: Store
    judges: Judges
    history: History
    reviews: Reviews
    apart: Collection[str]
    progress: Progress
    jobs: int

    def score(self, date: str) -> Counted:
        """Score one date and replace it in every table.

        An agent's level is named by the rubric of the first call.
        """
        counted, rubrics = Counted(), dict[str, None]()

        def figures() -> Iterator[agents.CallFigures]:
            for batch in self._batches(date, new):
                counted.add(batch)
                rubrics.update(dict.fromkeys(batch.rubrics))
                for one in batch.figures:
                    yield agents.without_means(one) if one.call_id in self.apart else one

        def level(score: float) -> str:
            first = next(iter(rubrics), self.judges.settings.rubric)
            return self.judges.of(first).scheme.level(score)

        with self.store.publication(date) as new:
            rows = agent_rows(agents.by_agent(figures(), level))
            self._keep_rubrics(rubrics)
            new.open(AgentRow.TABLE, schema(AgentRow, self.store.zone))
            new.add(AgentRow.TABLE, to_arrow(AgentRow, rows, self.store.zone))
        return counted

    def _batches(self, date: str, new: Publication) -> Iterable[Batch]:
        """A date's batches, each written to the tables; what was newly made of its calls is kept."""
        store = self.store
        calls = sum(1 for _ in store.transcripts.heads(date))
        self.progress.begin(tr("scoring {date}", date=date), calls)
        with store.transcripts.renewing(date) as renewal, store.answers.writing(date) as keep:
            tables = DateTables(store, date, new, BATCHED, dear=TranscriptRow)
            turns, rows = (dict(enumerate(own)) for own in (tables.dear_made_of, tables.made_of))
            works = [
                Work(date=date, number=n, turns=turns.get(n, ""), rows=rows.get(n, ""))
                for n in range(store.transcripts.batches(date))
            ]
            batches = score_all(
                works, calls, self.jobs, store.out, self.judges, self.history, self.reviews
            )
            for number, batch in enumerate(batches):
                ending.check()
                for file in batch.files:
                    self.progress.step(file)
                tables.add(batch.tables, batch.rows, batch.turns)
                renewal.add(number, batch.made)
                keep(batch.answers)
                for content_id in batch.lost:
                    store.transcripts.drop(date, content_id)
                yield batch
            tables.end()

    def _keep_rubrics(self, names: Iterable[str]) -> None:
        """Before the tables take their places: none names a rubric that was not kept."""
        for name in names:
            self.store.keep_rubric(self.judges.of(name).rubric)
