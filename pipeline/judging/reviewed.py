"""A call after people have looked at it: their verdicts over the machine's findings.

The machine's score is not touched. What a person rejected costs nothing in the score after people, what
he confirmed of the places for review costs what the rule asks, and so does what he found missed. A call
that was excluded has no score after people.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from pipeline.judging.score import score
from pipeline.records import Attached, Finding, Judgement, Outcome, Severity, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from pipeline.judging.score import Scheme
    from pipeline.records import Review, Scorecard, ScoredCall
    from pipeline.rubric.load import Rule

QUESTIONED = frozenset({Outcome.VIOLATION, Outcome.REVIEW})
"""What a person is asked about."""
MACHINE = "machine"
"""The machine's name among raters."""


def said_of(outcomes: Collection[Outcome]) -> Judgement | None:
    """What the machine says of a rule in a call, as a rater would; None where it could not judge it."""
    if Outcome.VIOLATION in outcomes:
        return Judgement.FAULT
    if Outcome.REVIEW in outcomes:
        return Judgement.CANNOT_TELL
    kept = Outcome.PASS in outcomes or Outcome.NOT_APPLICABLE in outcomes
    return Judgement.NO_FAULT if kept else None


WHOLE = frozenset({Verdict.DONE, Verdict.EXCLUDED})
"""Verdicts on a call as a whole."""
BY_ANSWER = "answer"
"""The reason of a verdict that follows of an answer to a question of the house's own."""
_MASK = "*"


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What a rule asks for a fault that a person found or confirmed; ``deduct`` in points, 0 or more."""

    kind: str
    section: str
    severity: Severity
    source: str
    deduct: float


def charges(rules: Mapping[str, Rule]) -> dict[str, Charge]:
    """By rule: what it asks for."""
    return {
        rule_id: Charge(
            kind=rule.file.kind,
            section=rule.file.section,
            severity=rule.file.severity,
            source=rule.source,
            deduct=rule.file.deduct,
        )
        for rule_id, rule in rules.items()
    }


def apply_reviews(
    scored: ScoredCall, reviews: Sequence[Review], scheme: Scheme, rules: Mapping[str, Rule]
) -> ScoredCall:
    """A scored call with people's verdicts on it, and its score after them."""
    findings = [item.finding for item in scored.card.findings]
    verdicts = attach(findings, reviews)
    final = None
    if scored.card.status is Status.SCORED:
        card = after_people(findings, verdicts, scheme, charges(rules))
        final = None if card is None else card.score
    return replace(scored, verdicts=tuple(verdicts), final=final)


def attach(findings: Sequence[Finding], reviews: Sequence[Review]) -> list[Attached]:
    """Verdicts on a call with their findings.

    A verdict that knows the finding's words goes with them: to the rule's finding of these words, the
    one of its turn or else the nearest in time. One that does not goes to the rule's in that turn, or
    to its only one.
    """
    asked = [f for f in findings if f.outcome in QUESTIONED]
    return [Attached(review=one, finding=_of(one, asked)) for one in reviews]


def _of(review: Review, findings: Sequence[Finding]) -> Finding | None:
    if review.verdict is Verdict.MISSED or review.verdict in WHOLE:
        return None
    own = [f for f in findings if f.rule_id == review.rule_id]
    if review.quote or review.start is not None:
        same = [f for f in own if _same_words(review, f)]
        return min(same, key=lambda f: _apart(review, f), default=None)
    there = [f for f in own if f.turn == review.turn]
    if there:
        return there[0]
    return own[0] if review.turn is None and len(own) == 1 else None


def _same_words(review: Review, finding: Finding) -> bool:
    """Whether a finding is of the words that a verdict was on; where some are masked, of their time."""
    one, other = review.quote, finding.quote
    if not one or not other or _MASK in one or _MASK in other:
        return one == other == "" or _overlap(review, finding)
    return one in other or other in one


def _overlap(review: Review, finding: Finding) -> bool:
    if review.start is None or finding.start is None:
        return review.start is finding.start
    end = review.start if review.end is None else review.end
    return finding.start <= end and review.start <= (finding.end or finding.start)


def _apart(review: Review, finding: Finding) -> tuple[bool, float]:
    """Another turn's comes after the turn's own, and one further away in time after a nearer one."""
    return finding.turn != review.turn, abs((finding.start or 0.0) - (review.start or 0.0))


def after_people(
    findings: Sequence[Finding],
    verdicts: Sequence[Attached],
    scheme: Scheme,
    rules: Mapping[str, Charge],
) -> Scorecard | None:
    """A scored call's card after people's verdicts, the last one on a finding counting.

    None where the call was excluded.
    """
    if is_excluded(verdicts):
        return None
    last = {id(v.finding): v.review.verdict for v in verdicts if v.finding is not None}
    kept = [_after(one, last.get(id(one)), rules) for one in findings]
    missed = [_missed_finding(one, rules[one.rule_id]) for one in found_missing(verdicts, rules)]
    return score([*kept, *missed], scheme)


def is_excluded(verdicts: Sequence[Attached]) -> bool:
    """Whether the last word on the whole call is that it does not count."""
    whole = [v.review.verdict for v in verdicts if v.review.verdict in WHOLE]
    return bool(whole) and whole[-1] is Verdict.EXCLUDED


class OnCall(Protocol):
    """A verdict, wherever it stands."""

    @property
    def call_id(self) -> str:
        """The call."""

    @property
    def verdict(self) -> Verdict:
        """What was said."""


def left_out(verdicts: Iterable[OnCall]) -> set[str]:
    """The calls of which the last word is that they do not count: no mean is made of them."""
    last = {one.call_id: one.verdict for one in verdicts if one.verdict in WHOLE}
    return {call_id for call_id, verdict in last.items() if verdict is Verdict.EXCLUDED}


def found_missing(verdicts: Sequence[Attached], rules: Mapping[str, Charge]) -> list[Review]:
    """What people found missed, of rules that there are; what was rejected afterwards is left out."""
    standing: dict[tuple[str, int | None, float | None], Review] = {}
    for one in (v.review for v in verdicts if v.finding is None and v.review.rule_id in rules):
        place = one.rule_id, one.turn, one.start
        if one.verdict is Verdict.MISSED:
            standing[place] = one
        elif one.verdict is Verdict.WRONG:
            standing.pop(place, None)
    return list(standing.values())


def _after(finding: Finding, verdict: Verdict | None, rules: Mapping[str, Charge]) -> Finding:
    """A finding as a person has it."""
    if verdict is Verdict.WRONG:
        return replace(finding, outcome=Outcome.PASS, deduct=0.0)
    if verdict is Verdict.STANDS and finding.outcome is Outcome.REVIEW:
        deduct = rules[finding.rule_id].deduct
        return replace(finding, outcome=Outcome.VIOLATION, deduct=deduct)
    return finding


def _missed_finding(review: Review, rule: Charge) -> Finding:
    """What a person found and the machine did not."""
    return Finding(
        rule_id=review.rule_id,
        kind=rule.kind,
        section=rule.section,
        severity=rule.severity,
        outcome=Outcome.VIOLATION,
        source=rule.source,
        message=review.comment or "人工复核补充",
        start=review.start,
        end=review.end,
        deduct=rule.deduct,
        absent=True,
    )
