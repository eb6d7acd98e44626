"""What rules said of calls, kept: a rule that is what it was is not asked of the same call again.

Whoever changes a phrase scores a month anew, and of fifty rules one is another. What a rule says of a
call follows from what the call was made of and from the rule: its keys, the lists that it names, the
rubric's own numbers and names, the lists by which a conversation is read, the rules that it asks about,
the model of dialogue acts and this program. A digest of all of these stands beside each answer, and
an answer under another digest is none. So it is with the figures of a call.
"""

from __future__ import annotations

import functools
import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from importlib import metadata, resources
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from pipeline import __version__
from pipeline.conversation.cues import Cues
from pipeline.detect import KINDS
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
from pipeline.rubric.load import LISTED_NAMES
from pipeline.text import acts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.records import Call
    from pipeline.rubric.load import Rubric, Rule


@dataclass(frozen=True)
class Known:
    """What is known of a call before it is judged: what some rules say of it, and its figures."""

    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    measures: Measures | None = None


NOTHING_KNOWN = Known()


@dataclass(frozen=True)
class Answers:
    """Writes down what a rubric's rules say, and reads of it what still holds.

    ``keys``: by rule, the digest of all that decides what it says of a given call; one that asks about
    a rule whose word may change has none. ``figures`` is that of what decides a call's figures.
    """

    rules: Mapping[str, Rule]
    keys: Mapping[str, str]
    figures: str
    _bare: dict[tuple[str, str], Finding] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, rubric: Rubric) -> Answers:
        """The answers of a rubric."""
        common = _common(rubric)
        return cls(rubric.rules, _keys(rubric, common), common)

    def renewed(
        self, told: str, made_of: str, known: Known, found: Sequence[Finding], measures: Measures
    ) -> str:
        """All that holds of a call, written down; ``told`` where it is what was ``known``."""
        lasting = [f for f in found if self._lasts(f)]
        if known.measures is not None and {f.rule_id for f in lasting} == known.findings.keys():
            return told
        kept: dict[str, list[list[Any]]] = defaultdict(list)
        for finding in lasting:
            kept[self.keys[finding.rule_id]].append(self._values(finding))
        kept[self.figures] = _figures_values(measures)
        return f"{made_of} {to_json(kept).decode()}"

    def unpacked(self, told: str, made_of: str, call: Call) -> Known:
        """What was written down and still holds; nothing of a call that was made of anything else."""
        by, _, rest = told.partition(" ")
        if by != made_of:
            return NOTHING_KNOWN
        held = from_json(rest)
        findings = {
            rule_id: tuple(self._finding(rule_id, values) for values in held[key])
            for rule_id, key in self.keys.items()
            if key in held
        }
        own = held.get(self.figures)
        return Known(findings, None if own is None else _measures(own, call))

    def _lasts(self, finding: Finding) -> bool:
        """Whether the rule will say it again, whatever other calls there are."""
        if finding.rule_id not in self.keys:
            return False
        return finding.outcome in KINDS[finding.kind].lasting

    def _values(self, finding: Finding) -> list[Any]:
        """What of a finding its rule does not say; the outcome alone where there is nothing else."""
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

    def _finding(self, rule_id: str, values: Sequence[Any]) -> Finding:
        if len(values) == 1:
            return self._verdict(rule_id, values[0])
        outcome, message, reason, severity, role, *where = values
        turn, start, end, quote, confidence, deduct, absent = where
        rule = self.rules[rule_id]
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
            plain = verdict(self.rules[rule_id], Outcome.PASS if pointing else known)
            self._bare[rule_id, outcome] = plain
        return self._bare[rule_id, outcome]


def _figures_values(measures: Measures) -> list[Any]:
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


def _measures(values: Sequence[Any], call: Call) -> Measures:
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


def _keys(rubric: Rubric, common: str) -> dict[str, str]:
    of_kind: dict[str, list[str]] = defaultdict(list)
    for rule_id, rule in rubric.rules.items():
        of_kind[rule.file.kind].append(rule_id)
    keys: dict[str, str] = {}
    earlier: dict[str, list[str]] = defaultdict(list)
    for rule_id in rubric.order:
        rule = rubric.rules[rule_id]
        before = set(rule.asks_about)
        if getattr(rule.params, "tone", ()):  # it keeps silent where one of its section spoke
            before.update(earlier[rule.file.section])
        earlier[rule.file.section].append(rule_id)
        if all(other in keys and _lasts(rubric.rules[other]) for other in before):
            beside = [r for kind in sorted(KINDS[rule.file.kind].looks_at) for r in of_kind[kind]]
            own = [_content(rubric, other) for other in (rule_id, *beside)]
            keys[rule_id] = _digest(common, *own, *(keys[other] for other in sorted(before)))
    return keys


def _lasts(rule: Rule) -> bool:
    """Whether everything that a rule says lasts."""
    return KINDS[rule.file.kind].lasting >= frozenset(Outcome)


def _content(rubric: Rubric, rule_id: str) -> str:
    """A rule, and the lists that it names."""
    rule = rubric.rules[rule_id]
    named = {text[1:] for text in _texts(rule.data) if text.startswith("@")}
    lists = [rubric.lexicons[name] for name in sorted(named & rubric.lexicons.keys())]
    return to_json([rule_id, rule.source, rule.data, lists]).decode()


def _common(rubric: Rubric) -> str:
    """A digest of what every rule's answer depends on, and the figures of a call."""
    own = {*Cues.__dataclass_fields__, *LISTED_NAMES} & rubric.lexicons.keys()
    lists = [rubric.lexicons[name] for name in sorted(own)]
    file = rubric.file.model_dump_json(exclude={"version", "rules", "without", "levels"})
    return _digest(_program(), acts.digest(), file, *rubric.tones, to_json(lists).decode())


def _texts(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)


_DECIDING = ("conversation", "detect", "judging", "rubric", "text")
"""The rooms of this program that decide what is said of a call."""
_BY_OTHERS = ("google-re2", "holidays", "pypinyin")
"""Libraries whose word they take, on patterns, public holidays, the readings of characters."""


@functools.cache
def _program() -> str:
    """This program: its version and, for those who work on it, what decides about calls in it."""
    package = resources.files("pipeline")
    modules = [
        (f"{room}/{module.name}", module.read_bytes())
        for room in _DECIDING
        for module in package.joinpath(room).iterdir()
        if module.name.endswith(".py")
    ]
    whole = hashlib.blake2b(__version__.encode(), digest_size=16)
    whole.update(" ".join(map(metadata.version, _BY_OTHERS)).encode())
    whole.update(package.joinpath("records.py").read_bytes())
    for name, content in sorted(modules):
        whole.update(name.encode() + content)
    return whole.hexdigest()


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()
