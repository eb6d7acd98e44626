"""Which calls of a week people look at, and how likely each was to be drawn.

All of what must be seen (vetoes, badly heard, long calls) are taken; of each agent's other calls a few
are drawn by chance without replacement, of new agents more, and of the calls in which a rule under test
has a finding a few again. The draws do not hang on each other, so that the probability of being in any
of them is ``1 - (1 - n/N) * ...`` over the draws that a call could be in (Horvitz and Thompson,
J. Am. Stat. Assoc. 47, 1952, 663): one over it is the call's weight in every estimate.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.settings import InspectorSettings, SamplingSettings

RANDOM, NEW_AGENT = "random", "new_agent"
"""Why a call was drawn by chance."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A scored call of the week; ``rules`` are those of which it has a violation or a review."""

    call_id: str
    date: str
    agent_id: str
    team: str
    new_agent: bool
    vetoed: bool
    confidence: float | None
    duration: float
    rules: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Draw:
    """What the draw did with a call: ``why`` it was taken, empty where it was not."""

    call: Candidate
    probability: float
    why: tuple[str, ...] = ()

    @property
    def random(self) -> bool:
        """Whether it was taken by chance from all calls of its agent."""
        return not {RANDOM, NEW_AGENT}.isdisjoint(self.why)


@dataclass(frozen=True, kw_only=True)
class _Stratum:
    """Calls of which ``taken`` are drawn, each as likely as any other."""

    why: str
    calls: Sequence[Candidate]
    taken: int

    @property
    def share(self) -> float:
        """How likely each of them is to be drawn."""
        return min(1.0, self.taken / len(self.calls))


def draw(calls: Iterable[Candidate], how: SamplingSettings, week: str) -> list[Draw]:
    """What is drawn of a week's calls, in the order of their ids; the same again for the same calls."""
    ordered = sorted(calls, key=lambda call: call.call_id)
    must = {call.call_id: why for call in ordered if (why := _must(call, how))}
    rest = [call for call in ordered if call.call_id not in must]
    drawn: dict[str, list[str]] = defaultdict(list)
    missed = dict.fromkeys((call.call_id for call in rest), 1.0)
    for stratum in _strata(rest, how):
        chance = random.Random(f"{how.seed} {week} {stratum.why} {stratum.calls[0].agent_id}")  # noqa: S311  no secret
        for call in chance.sample(stratum.calls, min(stratum.taken, len(stratum.calls))):
            drawn[call.call_id].append(stratum.why)
        for call in stratum.calls:
            missed[call.call_id] *= 1 - stratum.share
    return [
        Draw(
            call=call,
            probability=1.0 if call.call_id in must else 1 - missed[call.call_id],
            why=must.get(call.call_id) or tuple(drawn[call.call_id]),
        )
        for call in ordered
    ]


def _must(call: Candidate, how: SamplingSettings) -> tuple[str, ...]:
    """Why a call is taken whatever chance says."""
    reasons = (
        ("veto", how.vetoed and call.vetoed),
        ("low_confidence", call.confidence is not None and call.confidence < how.low_confidence),
        ("long", bool(how.long_seconds) and call.duration > how.long_seconds),
    )
    return tuple(why for why, applies in reasons if applies)


def _strata(calls: Sequence[Candidate], how: SamplingSettings) -> list[_Stratum]:
    by_agent: dict[str, list[Candidate]] = defaultdict(list)
    for call in calls:
        by_agent[call.agent_id].append(call)
    agents = [
        _Stratum(
            why=NEW_AGENT if own[0].new_agent else RANDOM,
            calls=own,
            taken=how.per_new_agent if own[0].new_agent else how.per_agent,
        )
        for own in by_agent.values()
    ]
    rules = [
        _Stratum(why=rule, calls=own, taken=how.per_rule)
        for rule in how.rules
        if (own := [call for call in calls if rule in call.rules])
    ]
    return [*agents, *rules]


def shared_out(
    drawn: Sequence[Draw], inspectors: Sequence[InspectorSettings], week: str, seed: str
) -> Mapping[str, str]:
    """Whose work list each drawn call is on, by call id; a call that nobody may judge is on none.

    They are dealt in an order of chance, each to the one who has the fewest so far.
    """
    taken = [one.call for one in drawn if one.why]
    random.Random(f"{seed} {week} deal").shuffle(taken)  # noqa: S311  no secret
    load = {one.name: 0 for one in inspectors}
    dealt: dict[str, str] = {}
    for call in taken:
        free = [one.name for one in inspectors if one.may_judge(call.agent_id, call.team)]
        least = min(free, key=lambda name: load[name], default="")
        dealt[call.call_id] = least
        if least:
            load[least] += 1
    return dealt
