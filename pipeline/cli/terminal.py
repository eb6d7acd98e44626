"""What the command line shows: progress, a call's arithmetic, what two rubrics differ in."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from pipeline.records import Outcome, ScoredCall, Status
from pipeline.report.names import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress, TaskID

    from pipeline.night.compare import Comparison
    from pipeline.records import Scorecard, ScoredFinding
    from pipeline.rubric.load import Rubric

LOG_EVERY = 30.0
"""Seconds between two lines of progress in a log file."""


class Bar:
    """Progress: a bar with an estimate on a terminal, a line now and then in a log file."""

    def __init__(self, *, live: bool) -> None:
        """``live``: there is a terminal to draw on."""
        self._live = live
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._stage, self._done, self._total, self._said = "", 0, 0, 0.0

    def __enter__(self) -> Self:
        """Start drawing where there is a terminal."""
        if self._live:
            self._progress = _rich_progress()
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the terminal as it was."""
        if self._progress is not None:
            self._progress.stop()

    def begin(self, stage: str, total: int) -> None:
        """A stage of ``total`` steps begins."""
        self._stage, self._done, self._total, self._said = stage, 0, total, time.monotonic()
        if self._progress is not None:
            self._task = self._progress.add_task(stage, total=total)

    def step(self, what: str) -> None:
        """One step is done; ``what`` it was about."""
        self._done += 1
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, advance=1)
        elif time.monotonic() - self._said >= LOG_EVERY:
            self._said = time.monotonic()
            self.tell(f"{self._stage} {self._done}/{self._total} {what}")

    def tell(self, line: str) -> None:
        """Something to know, above the bar where there is one."""
        if self._progress is not None:
            self._progress.console.print(line, highlight=False, markup=False)
        else:
            print(line, file=sys.stderr, flush=True)  # noqa: T201


def _rich_progress() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("剩余"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def clock(seconds: float) -> str:
    """Seconds as a person writes a place in a recording: 1:05.3."""
    minutes, rest = divmod(round(seconds * 10), 600)
    return f"{minutes}:{rest / 10:04.1f}"


def arithmetic(scored: ScoredCall) -> Iterator[str]:
    """A call's score, step by step, so that it can be done again by hand."""
    call, card = scored.call, scored.card
    yield f"通话 {call.call_id}（{call.file}）"
    agent = call.record.agent_id or "不详"
    yield f"客服 {agent}，{call.duration:.1f} 秒，规范 {scored.rubric} {scored.rubric_version}"
    if card.status is Status.NOT_SCORED:
        yield f"不评分：{card.reason}"
        return
    yield ""
    yield f"     {100:6.1f}  满分"
    for item in card.findings:
        finding = item.finding
        if finding.outcome not in {Outcome.VIOLATION, Outcome.REVIEW}:
            continue
        where = f"{clock(finding.start or 0.0)}-{clock(finding.end or 0.0)}"
        mark = "扣" if finding.outcome is Outcome.VIOLATION else "审"
        yield f"  {mark} {item.points:6.1f}  {finding.rule_id}  {where}  {finding.message}"
        yield f"             “{finding.quote}”"
        yield f"             依据 {finding.source}" + (f"；{item.note}" if item.note else "")
    yield ""
    for section in card.sections:
        if section.points:
            yield f"  {section.title}：{section.points:+.1f}（上限 {-section.cap:g}）"
    total = sum(item.points for item in card.findings)
    yield f"  100 {total:+.1f} = {100 + total:.1f}"
    if card.vetoed:
        yield "  有否决项：本通话记 0 分"
    elif card.floored:
        yield "  扣到 0 分为止"
    yield f"  得分 {card.score:.1f}，{card.level}" + ("，需人工复核" if card.review else "")
    quiet = [
        f"{OUTCOMES[outcome]}：{'、'.join(rules)}"
        for outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.NOT_MEASURABLE)
        if (rules := [i.finding.rule_id for i in card.findings if i.finding.outcome is outcome])
    ]
    yield ""
    yield from (f"  {line}" for line in quiet)


def differences(found: Comparison, old: Rubric, new: Rubric) -> Iterator[str]:
    """What a comparison found: each call that changes, then the sums."""
    yield f"旧：{old.name} {old.version}    新：{new.name} {new.version}"
    for change in found.changes:
        first, second = change.old, change.new
        yield ""
        yield (
            f"{change.date}  {first.call.call_id}  客服 {first.call.record.agent_id or '不详'}  "
            f"{_score(first.card)} → {_score(second.card)}{_by_how_much(first.card, second.card)}"
        )
        yield from (f"  － {_line(item)}" for item in change.gone)
        yield from (f"  ＋ {_line(item)}" for item in change.come)
    yield ""
    means = f"{_points(found.before)} → {_points(found.after)}"
    yield f"{found.calls} 通中有 {len(found.changes)} 通会变；平均分 {means}"
    for rule, (gone, come) in found.by_rule().items():
        yield f"  {rule}：去掉 {gone} 条，新增 {come} 条"


def _score(card: Scorecard) -> str:
    return f"{_points(card.score)}{card.level}"


def _points(score: float | None) -> str:
    return "不评分" if score is None else f"{score:.1f}"


def _by_how_much(old: Scorecard, new: Scorecard) -> str:
    if old.score is None or new.score is None or old.score == new.score:
        return ""
    return f"（{new.score - old.score:+.1f}）"


def _line(item: ScoredFinding) -> str:
    finding = item.finding
    mark = f"{item.points:.1f}" if finding.outcome is Outcome.VIOLATION else "复核"
    return f"{mark}  {finding.rule_id}  {clock(finding.start or 0.0)}  {finding.message}"
