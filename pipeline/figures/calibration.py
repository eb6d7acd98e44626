"""What a calibration session shows: how well raters agree, who is stricter, how the machine compares.

Everything is a function of the table ``ratings`` and, for the machine as one more rater, of ``findings``
and ``calls``. A rater who cannot tell has said nothing, as if he had not been asked.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures.agreement import Agreement, Estimate, agreement, estimate
from pipeline.figures.shares import Share, share
from pipeline.judging.reviewed import MACHINE, said_of
from pipeline.records import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.records import Outcome
    from pipeline.store.parts import CallScore, FindingOutcome
    from pipeline.store.schema import RatingRow

    Unit = tuple[str, str]
    """A call and a rule."""

_SAYS = {Judgement.NO_FAULT: 0, Judgement.FAULT: 1}


@dataclass(frozen=True, kw_only=True)
class RuleAgreement:
    """How well raters agree on one rule, or on all; ``faults`` is how often they said that it is one."""

    rule_id: str
    faults: Share | None
    agreement: Agreement | None


@dataclass(frozen=True, kw_only=True)
class RaterFigures:
    """One rater beside the others.

    ``said`` and ``cannot_tell`` count his lines. ``alike`` is the share of pairs of his and another's
    words on one rule in one call that are alike; ``index`` the share of his that are the expert's.
    ``stricter`` is how much oftener he says fault than the others do of the same calls and rules, 0 to
    1; ``higher`` how many points more he gives a call than they do, and ``apart`` how far he is from
    them, whichever way. ``found`` and ``right`` are of the faults that the expert has, how many he has,
    and of his, how many the expert has.
    """

    rater: str
    expert: bool
    said: int
    cannot_tell: int
    alike: Estimate | None
    index: Share | None
    found: Share | None
    right: Share | None
    stricter: Estimate | None
    higher: Estimate | None
    apart: float | None


@dataclass(frozen=True, kw_only=True)
class SessionFigures:
    """A session. ``apart`` is how far the scores of two raters of one call are from each other.

    ``machine`` is what the machine says of the same calls today, beside the people.
    """

    name: str
    calls: int
    raters: Sequence[str]
    expert: str
    asked: int
    said: int
    whole: RuleAgreement
    rules: Sequence[RuleAgreement]
    apart: Estimate | None
    people: Sequence[RaterFigures]
    machine: RaterFigures

    @property
    def everybody(self) -> Sequence[RaterFigures]:
        """The people and, last, the machine."""
        return [*self.people, self.machine]


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A rater over the sessions, the earliest first: each session's name, and how he was in it."""

    rater: str
    sessions: Sequence[tuple[str, RaterFigures]]


@dataclass(frozen=True, kw_only=True)
class RaterWords:
    """What one rater said: by call and rule whether there is a fault, by call its score."""

    rules: Mapping[Unit, int]
    scores: Mapping[str, float]
    cannot_tell: int = 0


def machine_words(
    findings: Iterable[FindingOutcome], calls: Iterable[CallScore], rules: Iterable[str]
) -> RaterWords:
    """The machine as one more rater, of these rules: a doubt of it is no word."""
    found: dict[Unit, set[Outcome]] = defaultdict(set)
    asked = set(rules)
    for row in findings:
        if row.rule_id in asked:
            found[row.call_id, row.rule_id].add(row.outcome)
    said = {unit: said_of(own) for unit, own in found.items()}
    return RaterWords(
        rules={unit: _SAYS[word] for unit, word in said.items() if word in _SAYS},
        scores={c.call_id: c.score for c in calls if c.score is not None},
        cannot_tell=sum(word is Judgement.CANNOT_TELL for word in said.values()),
    )


def session_figures(
    rows: Sequence[RatingRow], findings: Iterable[FindingOutcome], calls: Iterable[CallScore]
) -> SessionFigures:
    """What the rows of one session show; ``findings`` and ``calls`` are the machine's, of its calls."""
    words = {rater: _words(own) for rater, own in _by_rater(rows).items()}
    expert = next((r.rater for r in rows if r.expert), "")
    rules = sorted({r.rule_id for r in rows if r.rule_id is not None})
    there = {r.call_id for r in rows}
    machine = machine_words(
        (f for f in findings if f.call_id in there), (c for c in calls if c.call_id in there), rules
    )
    asked = [r for r in rows if r.rule_id is not None]
    return SessionFigures(
        name=rows[0].session,
        calls=len(there),
        raters=list(words),
        expert=expert,
        asked=len(asked),
        said=sum(r.value is not None for r in asked),
        whole=_of_rules("", words, rules),
        rules=[_of_rules(rule, words, [rule]) for rule in rules],
        apart=_scores_apart(list(words.values())),
        people=[_beside(r, words, words.get(expert), expert=r == expert) for r in words],
        machine=_beside(MACHINE, {**words, MACHINE: machine}, words.get(expert)),
    )


def drifts(sessions: Iterable[SessionFigures]) -> list[Drift]:
    """Each rater over the sessions, the machine last."""
    found: dict[str, list[tuple[str, RaterFigures]]] = defaultdict(list)
    for session in sessions:
        for one in session.everybody:
            found[one.rater].append((session.name, one))
    ordered = sorted(found, key=lambda rater: (rater == MACHINE, rater))
    return [Drift(rater=rater, sessions=found[rater]) for rater in ordered]


def _by_rater(rows: Iterable[RatingRow]) -> dict[str, list[RatingRow]]:
    found: dict[str, list[RatingRow]] = defaultdict(list)
    for row in rows:
        found[row.rater].append(row)
    return found


def _words(rows: Sequence[RatingRow]) -> RaterWords:
    return RaterWords(
        rules={
            (r.call_id, r.rule_id): _SAYS[r.value]
            for r in rows
            if r.rule_id is not None and r.value in _SAYS
        },
        scores={r.call_id: r.score for r in rows if r.score is not None},
        cannot_tell=sum(r.value is Judgement.CANNOT_TELL for r in rows),
    )


def _of_rules(name: str, words: Mapping[str, RaterWords], rules: Sequence[str]) -> RuleAgreement:
    """The agreement of raters on some rules together."""
    asked = set(rules)
    units = sorted({u for own in words.values() for u in own.rules if u[1] in asked})
    ratings = [[own.rules.get(unit) for own in words.values()] for unit in units]
    said = [value for own in ratings for value in own if value is not None]
    return RuleAgreement(
        rule_id=name,
        faults=share(sum(said), len(said)),
        agreement=agreement(ratings, [call for call, _ in units]) if units else None,
    )


def _scores_apart(words: Sequence[RaterWords]) -> Estimate | None:
    """The mean distance of the scores that two raters gave one call, over pairs of raters."""
    pairs = [
        (abs(one.scores[call] - other.scores[call]), call)
        for one, other in itertools.combinations(words, 2)
        for call in sorted(one.scores.keys() & other.scores.keys())
    ]
    return estimate([apart for apart, _ in pairs], [call for _, call in pairs])


def _beside(
    rater: str, words: Mapping[str, RaterWords], index: RaterWords | None, *, expert: bool = False
) -> RaterFigures:
    """One rater beside the others, and beside the expert where there is one and it is not he."""
    own, others = words[rater], [w for name, w in words.items() if name != rater]
    alike = [
        (float(own.rules[u] == w.rules[u]), u[0])
        for w in others
        for u in sorted(own.rules.keys() & w.rules.keys())
    ]
    stricter = [
        (value - _mean(theirs), unit[0])
        for unit, value in own.rules.items()
        if (theirs := [w.rules[unit] for w in others if unit in w.rules])
    ]
    higher = [
        (value - _mean(given), call)
        for call, value in own.scores.items()
        if (given := [w.scores[call] for w in others if call in w.scores])
    ]
    beside_index = _pairs(own, index) if index is not None and not expert else []
    return RaterFigures(
        rater=rater,
        expert=expert,
        said=len(own.rules) + own.cannot_tell,
        cannot_tell=own.cannot_tell,
        alike=_estimate(alike),
        index=share(sum(a == b for a, b in beside_index), len(beside_index)),
        found=share(sum(a and b for a, b in beside_index), sum(b for _, b in beside_index)),
        right=share(sum(a and b for a, b in beside_index), sum(a for a, _ in beside_index)),
        stricter=_estimate(stricter),
        higher=_estimate(higher),
        apart=_mean([abs(d) for d, _ in higher]) if higher else None,
    )


def _pairs(own: RaterWords, index: RaterWords) -> list[tuple[int, int]]:
    """What he says and what the expert says of the same call and rule."""
    return [(own.rules[unit], index.rules[unit]) for unit in own.rules.keys() & index.rules.keys()]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _estimate(pairs: Sequence[tuple[float, str]]) -> Estimate | None:
    return estimate([value for value, _ in pairs], [call for _, call in pairs])
