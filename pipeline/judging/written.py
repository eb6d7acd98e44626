"""Findings and figures of a call as plain values, to be kept as JSON, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.detect.base import verdict
from pipeline.records import (
    Finding,
    Floor,
    Hold,
    Interruption,
    Measures,
    Outcome,
    Rates,
    Reason,
    Role,
    Severity,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.records import Call
    from pipeline.rubric.load import Rule


class Findings:
    """Findings of some rules as values: of each what its rule does not say."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        """The rules, by id."""
        self._rules = rules
        self._bare: dict[tuple[str, str], Finding] = {}

    def values(self, finding: Finding) -> list[Any]:
        """A finding's values; the outcome alone where there is nothing else."""
        if finding == self._verdict(finding.rule_id, finding.outcome):
            return [finding.outcome]
        return [
            finding.outcome,
            finding.message,
            finding.reason,
            finding.severity,
            finding.role,
            finding.turn,
            finding.start,
            finding.end,
            finding.quote,
            finding.confidence,
            finding.deduct,
            finding.absent,
        ]

    def finding(self, rule_id: str, values: Sequence[Any]) -> Finding:
        """The finding that has these values."""
        if len(values) == 1:
            return self._verdict(rule_id, values[0])
        outcome, message, reason, severity, role, *where = values
        turn, start, end, quote, confidence, deduct, absent = where
        rule = self._rules[rule_id]
        return Finding(
            rule_id=rule_id,
            kind=rule.file.kind,
            section=rule.file.section,
            severity=Severity(severity),
            outcome=Outcome(outcome),
            source=rule.source,
            message=message,
            reason=reason and Reason(reason),
            role=Role(role),
            turn=turn,
            start=start,
            end=end,
            quote=quote,
            confidence=confidence,
            deduct=deduct,
            shares=rule.file.shares,
            absent=absent,
        )

    def _verdict(self, rule_id: str, outcome: str) -> Finding:
        """The rule's row where it found nothing to point at and has nothing to say."""
        if (rule_id, outcome) not in self._bare:
            known = Outcome(outcome)
            pointing = known in {Outcome.VIOLATION, Outcome.REVIEW, Outcome.TAG}
            plain = verdict(self._rules[rule_id], Outcome.PASS if pointing else known)
            self._bare[rule_id, outcome] = plain
        return self._bare[rule_id, outcome]


def measures_values(measures: Measures) -> list[Any]:
    """The figures of a call as values."""
    rates = measures.rates
    return [
        [rates.rate_turn, rates.rate_voiced, rates.turns],
        [
            [
                i.turn,
                i.start,
                i.end,
                i.overlap,
                i.intrusion,
                i.customer_spoke,
                i.characters,
                i.backchannel,
                i.courtesy,
                i.floor,
            ]
            for i in measures.interruptions
        ],
        [[h.start, h.end, h.before, h.after, h.announced] for h in measures.holds],
        measures.overlap,
        measures.agent_talk,
        measures.customer_talk,
        measures.silence,
        measures.hold,
    ]


def measures_of(values: Sequence[Any], call: Call) -> Measures:
    """The figures of a call that have these values."""
    rates, interruptions, holds, overlap, agent_talk, customer_talk, silence, hold = values
    rate_turn, rate_voiced, turns = rates
    return Measures(
        rates=Rates(rate_turn=rate_turn, rate_voiced=rate_voiced, turns=tuple(turns)),
        interruptions=tuple(_interruption(own, call) for own in interruptions),
        holds=tuple(
            Hold(start=start, end=end, before=before, after=after, announced=announced)
            for start, end, before, after, announced in holds
        ),
        overlap=overlap,
        agent_talk=agent_talk,
        customer_talk=customer_talk,
        silence=silence,
        hold=hold,
    )


def _interruption(values: Sequence[Any], call: Call) -> Interruption:
    turn, start, end, overlap, intrusion, spoke, characters, backchannel, courtesy, floor = values
    return Interruption(
        turn=turn,
        start=start,
        end=end,
        overlap=overlap,
        intrusion=intrusion,
        customer_spoke=spoke,
        characters=characters,
        backchannel=backchannel,
        courtesy=courtesy,
        floor=Floor(floor),
        text=call.turns[turn].text,
    )
