"""What the command line shows: progress, a call's arithmetic, what two rubrics differ in."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from pipeline.judging.reviewed import BY_ANSWER
from pipeline.messages import marked, tr
from pipeline.records import Outcome, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.progress import Progress, TaskID

    from pipeline.figures.record import RuleRecord
    from pipeline.figures.shares import Share
    from pipeline.night.compare import Comparison
    from pipeline.night.explain import Explained
    from pipeline.night.mend import Applied, Effect
    from pipeline.night.suggest import Proposal
    from pipeline.records import Scorecard, ScoredFinding
    from pipeline.report.norms import Norms
    from pipeline.rubric.load import Rubric
    from pipeline.store.schema import FindingRow, ReviewRow

LOG_EVERY = 30.0
"""Seconds between two lines of progress in a log file."""


class ProgressBar:
    """Progress: a bar with an estimate on a terminal, a line now and then in a log file."""

    def __init__(self, *, live: bool, shown: Callable[[str], str], log: str = "lines") -> None:
        """``live``: there is a terminal to draw on; ``shown``: how names of files are written there.

        ``log``: how lines of a log file are written, plain or as JSON.
        """
        self._live, self._shown, self._log = live, shown, log
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

    def step(self, what: str, *, failed: bool = False) -> None:
        """One step is done; ``what`` it was about."""
        what = f"✗ {what}" if failed else what
        self._done += 1
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, advance=1)
        elif time.monotonic() - self._said >= LOG_EVERY:
            self._said = time.monotonic()
            self.tell(f"{self._stage} {self._done}/{self._total} {self._shown(what)}")

    def tell(self, line: str) -> None:
        """Something to know, above the bar where there is one."""
        if self._progress is not None:
            self._progress.console.print(line, highlight=False, markup=False)
        else:
            print(log_line(line, self._log), file=sys.stderr, flush=True)  # noqa: T201


def log_line(line: str, how: str) -> str:
    """A line of a log, plain or as a JSON object with its time."""
    if how == "lines":
        return line
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": now, "message": line}, ensure_ascii=False)


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
        TextColumn(tr("left")),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def clock(seconds: float) -> str:
    """Seconds as a person writes a place in a recording: 1:05.3."""
    minutes, rest = divmod(round(seconds * 10), 600)
    return f"{minutes}:{rest / 10:04.1f}"


def arithmetic(told: Explained) -> Iterator[str]:
    """A call's score, step by step, so that it can be done again by hand."""
    call, norms = told.call, told.norms
    yield tr("call {call_id} ({file})", call_id=call.call_id, file=call.file)
    yield tr(
        "agent {agent}, {seconds:.1f} s, rubric {title} ({name} {version})",
        agent=call.agent_id or tr("not known"),
        seconds=call.duration_s,
        title=norms.title,
        name=call.rubric,
        version=call.rubric_version,
    )
    if call.status == Status.NOT_SCORED:
        yield tr("not scored: {reason}", reason=call.reason)
        return
    yield ""
    yield f"     {100:6.1f}  " + tr("to begin with")
    for row in told.findings:
        if row.outcome in {Outcome.VIOLATION, Outcome.REVIEW}:
            yield from _finding_lines(row, norms)
    yield ""
    yield from _sum(told)
    yield ""
    if told.reviews or told.answers:
        yield from _by_people(told)
        yield ""
    yield from _quiet(told)


def _finding_lines(row: FindingRow, norms: Norms) -> Iterator[str]:
    """A finding that costs points, or that a person has to look at."""
    mark = tr("off") if row.outcome == Outcome.VIOLATION else tr("doubt")
    where = ""
    if row.start_s is not None:
        where = f"  {clock(row.start_s)}-{clock(row.end_s or row.start_s)}"
    yield f"  {mark} {row.points:6.1f}  {_rule(row, norms)}{where}  {row.message}"
    if row.quote:
        yield f"             “{row.quote}”"
    yield "             " + tr("by {clause}", clause=row.source)


def _rule(row: FindingRow | ReviewRow, norms: Norms) -> str:
    """A rule's id and its title, where the rubric was kept."""
    title = norms.rule(row.rule_id)
    return row.rule_id if title == row.rule_id else f"{row.rule_id} {title}"


def _sum(told: Explained) -> Iterator[str]:
    """How the points add up to the score."""
    call, norms, figures = told.call, told.norms, told.arithmetic
    for section, points in figures.sections.items():
        cap = tr(" (at most {cap:g})", cap=-norms.caps[section]) if section in norms.caps else ""
        yield tr("  {section}: {points:+.1f}", section=norms.section(section), points=points) + cap
    yield f"  100 {figures.total - 100:+.1f} = {figures.total:.1f}"
    if call.vetoed:
        yield tr("  a critical violation: this call is worth 0")
    elif figures.floored:
        yield tr("  no less than 0")
    doubts = tr(", a person has to look at it") if call.review else ""
    yield tr("  score {score:.1f}, {level}", score=call.score, level=call.level) + doubts


VERDICTS = {
    Verdict.STANDS: marked("stands"),
    Verdict.WRONG: marked("wrong"),
    Verdict.CANNOT_TELL: marked("cannot tell"),
    Verdict.MISSED: marked("was missed"),
    Verdict.DONE: marked("looked through"),
    Verdict.EXCLUDED: marked("is not to count"),
}


ANSWERED = VERDICTS | {
    Verdict.MISSED: marked("charged by an answer"),
    Verdict.WRONG: marked("not charged any more"),
}


def _by_people(told: Explained) -> Iterator[str]:
    """What people said of the call, a line a verdict and answer, and the score that comes of it."""
    call, norms = told.call, told.norms
    yield tr("  what people said:")
    for row in told.reviews:
        what = _rule(row, norms) if row.rule_id else tr("the whole call")
        comment = f"  “{row.comment}”" if row.comment else ""
        named = ANSWERED if row.reason == BY_ANSWER else VERDICTS
        yield f"    {tr(named[row.verdict])}  {what}  {row.reviewer}{comment}"
    for question, answer in told.answers:
        yield f"    {question}  {answer.answer}  {answer.reviewer}"
    if call.score_final is None or call.score_final == call.score:
        yield tr("  the score is what it was")
    else:
        level = norms.level(call.score_final)
        yield tr("  score after people {score:.1f}, {level}", score=call.score_final, level=level)


QUIET = {
    Outcome.TAG: marked("about: "),
    Outcome.PASS: marked("passed: "),
    Outcome.NOT_APPLICABLE: marked("not applicable: "),
    Outcome.NOT_MEASURABLE: marked("not measurable: "),
}


def _quiet(told: Explained) -> Iterator[str]:
    """The rules that cost nothing, by outcome."""
    for outcome, what in QUIET.items():
        if rules := [f.rule_id for f in told.findings if f.outcome == outcome]:
            yield f"  {tr(what)}{', '.join(rules)}"


def differences(found: Comparison, old: Rubric, new: Rubric) -> Iterator[str]:
    """What a comparison found: each call that changes, then the sums."""
    yield tr(
        "old: {old} {version}    new: {new} {other}",
        old=old.name,
        version=old.version,
        new=new.name,
        other=new.version,
    )
    for change in found.changes:
        first, second = change.old, change.new
        yield ""
        agent = tr("agent {agent}", agent=first.call.record.agent_id or tr("not known"))
        yield (
            f"{change.date}  {first.call.call_id}  {agent}  "
            f"{_score(first.card)} → {_score(second.card)}{_by_how_much(first.card, second.card)}"
        )
        yield from (f"  － {_line(item)}" for item in change.gone)
        yield from (f"  ＋ {_line(item)}" for item in change.come)
    yield ""
    means = f"{_points(found.before)} → {_points(found.after)}"
    yield tr(
        "{changed} of {calls} calls would change; mean score {means}",
        calls=found.calls,
        changed=len(found.changes),
        means=means,
    )
    for rule, (gone, come) in found.by_rule().items():
        yield tr("  {rule}: {gone} go, {come} come", rule=rule, gone=gone, come=come)


def _score(card: Scorecard) -> str:
    return f"{_points(card.score)}{card.level}"


def _points(score: float | None) -> str:
    return tr("not scored") if score is None else f"{score:.1f}"


def _by_how_much(old: Scorecard, new: Scorecard) -> str:
    if old.score is None or new.score is None or old.score == new.score:
        return ""
    return tr(" ({points:+.1f})", points=new.score - old.score)


_UNCOSTED = {Outcome.REVIEW: marked("doubt"), Outcome.TAG: marked("tag")}


def _line(item: ScoredFinding) -> str:
    finding = item.finding
    mark = (
        f"{item.points:.1f}"
        if finding.outcome is Outcome.VIOLATION
        else tr(_UNCOSTED[finding.outcome])
    )
    return f"{mark}  {finding.rule_id}  {clock(finding.start or 0.0)}  {finding.message}"


def suggestions(records: Sequence[RuleRecord]) -> Iterator[str]:
    """What people's verdicts say of each rule, and what to do about it."""
    for one in records:
        yield one.rule_id
        if one.precision is not None:
            yield tr("  right: {share}; {state}", share=_share(one.precision), state=_state(one))
        if one.confirmed is not None:
            yield tr("  of its places for review faults: {share}", share=_share(one.confirmed))
        if (recall := one.recall) is not None:
            yield tr(
                "  found of what was there: {value:.0%} ({low:.0%} to {high:.0%}; {n} seen)",
                value=recall.value,
                low=recall.low,
                high=recall.high,
                n=recall.events,
            )
        for quote in dict.fromkeys(one.rejected):
            yield tr(
                "  rejected, an example or an exception (!) for the rule: {quote}", quote=quote
            )


def changes(applied: Applied) -> Iterator[str]:
    """What is proposed, and what was thought of and does not go."""
    if not applied.written and not applied.refused:
        yield tr("no change is proposed: too few verdicts on one rule agree on any")
    for one in applied.written:
        yield f"{one.rule_id}  {_what(one)}"
        for place in one.shown[:3]:
            yield f"    {place.text}"
    for one, fault in applied.refused:
        yield tr(
            "{rule}  {what}: not proposed, {fault}", rule=one.rule_id, what=_what(one), fault=fault
        )


_CHANGES: dict[str, str] = {
    "exception": marked("exception (unless) “{value}”: {mends} of {of} rejected"),
    "phrase": marked("new phrase “{value}”: {mends} of {of} missed"),
    "part": marked("{key}, another wording “{value}”: {mends} of {of} rejected"),
    "number": marked(
        "{key}: {value:g}: {mends} of {of} rejected go, and {loses} of those that stood"
    ),
    "judgement": marked("judgement: true: too often wrong; it asks for review and takes no points"),
}


def _what(one: Proposal) -> str:
    """A change in words."""
    return tr(
        _CHANGES[one.what],
        key=one.key,
        value=one.value,
        mends=one.mends,
        of=one.of,
        loses=one.loses,
    )


def effect_lines(found: Sequence[Effect]) -> Iterator[str]:
    """What the changes do to the findings that people judged."""
    for one in found:
        if one.rejected_gone or one.stood_gone:
            yield tr(
                "  {rule}: {gone} of {rejected} rejected violations go, {lost} of {stood} that stood",
                rule=one.rule_id,
                gone=one.rejected_gone,
                rejected=one.rejected,
                lost=one.stood_gone,
                stood=one.stood,
            )


def _state(one: RuleRecord) -> str:
    """Whether a rule is proven, failing, or how far it is from that."""
    if one.proven:
        return tr("proven: its findings need no review")
    if one.failing:
        return tr(
            "too often wrong: let it only ask for review (judgement: true) until it is mended"
        )
    return tr("{n} more that stand would prove it", n=one.to_prove)


def _share(found: Share) -> str:
    return tr(
        "{count} of {of} ({low:.0%} to {high:.0%})",
        count=found.count,
        of=found.of,
        low=found.low,
        high=found.high,
    )
