"""What another rubric would change: calls of the past, judged by both, not heard again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.judging.judge import Judge
from pipeline.messages import tr
from pipeline.night.contacts import history
from pipeline.privacy.masking import Masking
from pipeline.records import Outcome, ScoredCall, ScoredFinding
from pipeline.store.files import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.detect.history import History
    from pipeline.progress import Progress
    from pipeline.rubric.load import Rubric
    from pipeline.settings import Settings
    from pipeline.store.kept import Kept

SHOWN = frozenset({Outcome.VIOLATION, Outcome.REVIEW, Outcome.TAG})


@dataclass(frozen=True, kw_only=True)
class Change:
    """One call that the two rubrics judge differently.

    ``gone`` are findings of the old rubric that the new one does not have, ``come`` the other way round;
    a finding that only costs other points is in both.
    """

    date: str
    old: ScoredCall
    new: ScoredCall
    gone: tuple[ScoredFinding, ...]
    come: tuple[ScoredFinding, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All calls: how many, their mean score before and after (None where none is scored), changes."""

    calls: int
    before: float | None
    after: float | None
    changes: tuple[Change, ...]

    def by_rule(self) -> dict[str, tuple[int, int]]:
        """For each rule, how many findings go and how many come, the most changed first."""
        gone = Counter(f.finding.rule_id for c in self.changes for f in c.gone)
        come = Counter(f.finding.rule_id for c in self.changes for f in c.come)
        rules = sorted({*gone, *come}, key=lambda r: (-(gone[r] + come[r]), r))
        return {rule: (gone[rule], come[rule]) for rule in rules}


def compare(
    old: Rubric, new: Rubric, out: Path, settings: Settings, *, progress: Progress
) -> Comparison:
    """Every kept call judged by both rubrics, masked as it is published; ``out`` is not changed."""
    store = Store(out, settings.timezone)
    judges = Judge.of(old, settings), Judge.of(new, settings)
    known, masking = history(store, [], settings), Masking.of(settings)
    pairs: list[tuple[str, ScoredCall, ScoredCall]] = []
    for date in store.transcripts.dates():
        calls = list(store.transcripts.of_date(date))
        progress.begin(tr("comparing {date}", date=date), len(calls))
        for one in calls:
            first, second = (_score_as_published(j, one, known, masking) for j in judges)
            pairs.append((date, first, second))
            progress.step(one.recording.file)
    return Comparison(
        calls=len(pairs),
        before=_mean([first for _, first, _ in pairs]),
        after=_mean([second for _, _, second in pairs]),
        changes=tuple(_changes(pairs)),
    )


def _score_as_published(judge: Judge, kept: Kept, known: History, masking: Masking) -> ScoredCall:
    call = judge.assemble(kept.recording, kept.transcript)
    return masking.publish(judge.judge(call, known), masking.turns(call))


def _mean(calls: Sequence[ScoredCall]) -> float | None:
    scores = [c.card.score for c in calls if c.card.score is not None]
    return sum(scores) / len(scores) if scores else None


def _changes(pairs: Sequence[tuple[str, ScoredCall, ScoredCall]]) -> Iterator[Change]:
    for date, old, new in pairs:
        before, after = _chargeable(old), _chargeable(new)
        gone = tuple(before[k] for k in before if k not in after)
        come = tuple(after[k] for k in after if k not in before)
        if gone or come or old.card.score != new.card.score:
            yield Change(date=date, old=old, new=new, gone=gone, come=come)


_Key = tuple[str, str, float | None, str, float]


def _chargeable(scored: ScoredCall) -> dict[_Key, ScoredFinding]:
    """What a card holds against the agent or for a person, by rule, place, words and cost."""
    return {
        (f.finding.rule_id, f.finding.outcome, f.finding.start, f.finding.quote, f.points): f
        for f in scored.card.findings
        if f.finding.outcome in SHOWN
    }
