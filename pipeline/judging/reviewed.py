"""A call after people have looked at it: their verdicts over the machine's findings.

The machine's score is not touched. What a person rejected costs nothing in the score after people, what
he confirmed of the places for review costs what the rule asks, and so does what he found missed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.judging.score import score
from pipeline.records import Attached, Finding, Judgement, Outcome, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pipeline.judging.score import Scheme
    from pipeline.records import Review, ScoredCall
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


def reviewed(
    scored: ScoredCall, reviews: Sequence[Review], scheme: Scheme, rules: Mapping[str, Rule]
) -> ScoredCall:
    """A scored call with people's verdicts on it, and its score after them."""
    verdicts = attached(scored, reviews)
    return replace(
        scored, verdicts=tuple(verdicts), final=final_score(scored, verdicts, scheme, rules)
    )


def attached(scored: ScoredCall, reviews: Sequence[Review]) -> list[Attached]:
    """Verdicts on a call with their findings: the rule's in that turn, or its only one."""
    asked = [f.finding for f in scored.card.findings if f.finding.outcome in QUESTIONED]
    return [Attached(review=one, finding=_of(one, asked)) for one in reviews]


def _of(review: Review, findings: Sequence[Finding]) -> Finding | None:
    own = [f for f in findings if f.rule_id == review.rule_id]
    there = [f for f in own if f.turn == review.turn]
    if there:
        return there[0]
    return own[0] if review.turn is None and len(own) == 1 else None


def final_score(
    scored: ScoredCall,
    verdicts: Sequence[Attached],
    scheme: Scheme,
    rules: Mapping[str, Rule],
) -> float | None:
    """The score after people's verdicts, the last one on a finding counting; None where not scored."""
    card = scored.card
    if card.status is not Status.SCORED:
        return None
    last = {id(v.finding): v.review.verdict for v in verdicts if v.finding is not None}
    findings = [_after(item.finding, last.get(id(item.finding)), rules) for item in card.findings]
    missed = (v.review for v in verdicts if v.review.verdict is Verdict.MISSED)
    findings += [_missed(one, rules[one.rule_id]) for one in missed if one.rule_id in rules]
    return score(findings, scheme).score


def _after(finding: Finding, verdict: Verdict | None, rules: Mapping[str, Rule]) -> Finding:
    """A finding as a person has it."""
    if verdict is Verdict.WRONG:
        return replace(finding, outcome=Outcome.PASS, deduct=0.0)
    if verdict is Verdict.STANDS and finding.outcome is Outcome.REVIEW:
        deduct = rules[finding.rule_id].file.deduct
        return replace(finding, outcome=Outcome.VIOLATION, deduct=deduct)
    return finding


def _missed(review: Review, rule: Rule) -> Finding:
    """What a person found and the machine did not."""
    return Finding(
        rule_id=rule.rule_id,
        kind=rule.file.kind,
        section=rule.file.section,
        severity=rule.file.severity,
        outcome=Outcome.VIOLATION,
        source=rule.source,
        message=review.comment or "人工复核补充",
        deduct=rule.file.deduct,
        absent=True,
    )
