"""What every detector kind is made of: its parameters, the scene it looks at, its findings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.detect.history import NOTHING, History
from pipeline.records import Call, Finding, Measures, Outcome, Role, Seconds, Severity, Span, Turn
from pipeline.rubric.load import Rubric, Rule
from pipeline.rubric.schema import Nearby, Params

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pipeline.conversation.cues import Cues


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All that a detector may look at: the call, its figures, and what earlier rules found."""

    call: Call
    measures: Measures
    cues: Cues
    rubric: Rubric
    findings: Mapping[str, tuple[Finding, ...]]
    history: History = NOTHING

    def sides_told_apart(self) -> bool:
        """Whether both sides have a channel of their own, so that their timing can be compared."""
        return self.call.roles_known and self.call.channels > 1

    def outcome_of(self, rule_id: str) -> Outcome | None:
        """What an earlier rule came to; None where the rubric has no such rule."""
        earlier = self.findings.get(rule_id, ())
        return first_present(list(earlier)) if earlier else None

    def next_turns(self, role: Role, moment: Seconds, count: int | None) -> list[Turn]:
        """The role's turns that end after ``moment``, up to the ``count``-th of substance.

        Back-channels in between come along and do not count; None: all of them.
        """
        kept: list[Turn] = []
        substantial = 0
        for turn in self.call.side(role):
            if turn.end <= moment:
                continue
            kept.append(turn)
            substantial += not self.cues.only_listens(turn)
            if count is not None and substantial >= count:
                break
        return kept

    def said_after(self, nearby: Nearby, turn: Turn) -> bool:
        """Whether what ``nearby`` asks was said in the turns after ``turn``."""
        later = [t for t in self.call.side(nearby.role) if t.start > turn.start]
        return any(nearby.any.hits(t.text) for t in later[: nearby.turns])

    def said_before(self, nearby: Nearby, turn: Turn) -> bool:
        """Whether what ``nearby`` asks was said in the turns before ``turn``."""
        earlier = [t for t in self.call.side(nearby.role) if t.start < turn.start]
        return any(nearby.any.hits(t.text) for t in earlier[-nearby.turns :])

    def unsure(
        self, words: Turn, start: int = 0, end: int | None = None, *, grave: bool = False
    ) -> bool:
        """Whether the words of ``words.text[start:end]`` were heard too badly to take points.

        ``grave``: what would veto the call has to be heard better. In a call that was heard badly as
        a whole nothing is sure, whatever the recogniser holds of a single word.
        """
        if not words.text or self._badly_heard:
            return True
        file = self.rubric.file
        heard = _probability(words, start, len(words.text) if end is None else end)
        bound = file.low_confidence_critical if grave else file.low_confidence
        return heard is not None and heard < bound

    @cached_property
    def _badly_heard(self) -> bool:
        heard = self.call.confidence
        return heard is not None and heard < self.rubric.file.low_call_confidence


def _probability(turn: Turn, start: int, end: int) -> float | None:
    """Mean probability of the words that make up a stretch of the turn's text."""
    known, at = [], 0
    for word in turn.words:
        at = max(turn.text.find(word.text.strip(), at), at)
        until = at + len(word.text.strip())
        if at < end and start < until and word.probability is not None:
            known.append(word.probability)
        at = until
    return sum(known) / len(known) if known else None


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A detector kind: the parameters a rule file may give it, and how it looks."""

    params: type[Params]
    detect: Callable[[Rule, Scene], Iterator[Finding]]


def when_said(turn: Turn, start: int, end: int) -> Span:
    """When ``turn.text[start:end]`` was said: by its words, or in proportion where there are none."""
    at, times = 0, []
    for word in turn.words:
        text = word.text.strip()
        at = max(turn.text.find(text, at), at)
        if at < end and start < at + len(text):
            times.append((word.start, word.end))
        at += len(text)
    if times:
        return Span(times[0][0], max(times[-1][1], times[0][0]))
    share = turn.duration / max(1, len(turn.text))
    return Span(turn.start + start * share, turn.start + end * share)


def verdict(rule: Rule, outcome: Outcome, *, why: str = "") -> Finding:
    """The one row of a rule that found nothing to point at."""
    return Finding(
        rule_id=rule.rule_id,
        section=rule.file.section,
        severity=rule.file.severity,
        outcome=outcome,
        source=rule.source,
        message=why,
        shares=rule.file.shares,
    )


UNHEARD = "（听不清）"
"""The quote of speech in which no words were recognised."""


def event(
    rule: Rule,
    span: Span,
    quote: str,
    *,
    outcome: Outcome = Outcome.VIOLATION,
    role: Role = Role.AGENT,
    severity: Severity | None = None,
    deduct: float | None = None,
    confidence: float | None = None,
    note: str = "",
    **fields: str | float,
) -> Finding:
    """A place that a rule points at; ``fields`` fill the placeholders of the rule's message."""
    shown = {
        k: v if isinstance(v, str) else f"{v:.1f}".removesuffix(".0") for k, v in fields.items()
    }
    quote = quote or UNHEARD
    message = rule.file.message.format(quote=quote, **shown)
    return Finding(
        rule_id=rule.rule_id,
        section=rule.file.section,
        severity=severity or rule.file.severity,
        outcome=outcome,
        source=rule.source,
        message=f"{message}（{note}）" if note else message,
        role=role,
        start=span.start,
        end=span.end,
        quote=quote,
        confidence=confidence,
        deduct=(rule.file.deduct if deduct is None else deduct)
        if outcome is Outcome.VIOLATION
        else 0.0,
        shares=rule.file.shares,
    )


def without_agent(rule: Rule, scene: Scene) -> Finding | None:
    """The verdict on a call in which no agent can be told: not measurable, or nothing to judge."""
    if scene.call.roles_known and scene.call.side(Role.AGENT):
        return None
    unknown = bool(scene.call.turns) and not scene.call.roles_known
    return verdict(rule, Outcome.NOT_MEASURABLE if unknown else Outcome.NOT_APPLICABLE)


def first_present(findings: list[Finding]) -> Outcome:
    """A rule's outcome for a call: the strongest that any of its findings has."""
    present = {finding.outcome for finding in findings}
    return next(outcome for outcome in Outcome if outcome in present)
