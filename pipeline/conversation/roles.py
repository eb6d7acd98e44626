"""Who is the agent: as it is told, by the phone system's convention, or by what is said."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pipeline.records import Direction
from pipeline.text.classifiers import agent_log_odds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.text.phrases import PhraseSet

Side = TypeVar("Side")

CLEAR_LEAD = 2.0
"""The agent's side has to say at least so many times as many of the norm's phrases as any other."""
CLEAR_ODDS = 1.0
"""Where the phrases do not tell: so great have the role model's log-odds to be, for and against."""


@dataclass(frozen=True)
class AgentSide(Generic[Side]):
    """Which side is the agent's, by what that was decided, and how sure it is, 0 to 1.

    ``by``: ``phrases`` (confidence: his share of the norm's phrases) or ``model`` (the role model's
    own probability).
    """

    side: Side
    by: str
    confidence: float


def conventional_channel(pbx: str | None, direction: Direction | None) -> int | None:
    """The agent's channel as the phone system records; None where no convention is known.

    FreeSWITCH (``RECORD_STEREO``) and Asterisk (Monitor, MixMonitor) put the recorded leg's party
    first and what that leg hears second. The leg is the caller's: the customer's on an inbound call,
    the agent's on an outbound one.
    """
    if pbx not in {"asterisk", "freeswitch"} or direction is None:
        return None
    return 1 if direction is Direction.INBOUND else 0


def agent_by_words(
    texts: Mapping[Side, Sequence[str]], phrases: PhraseSet
) -> AgentSide[Side] | None:
    """The side that speaks as an agent does, or None where that is not clear.

    A customer hardly ever says 为您服务 or 请您稍等; an agent says a handful in every call. Where
    that does not tell, the role model compares the sides by all that they say.
    """
    if not texts:
        return None
    agent = _by_phrases(texts, phrases)
    return agent if agent is not None else _by_model(texts)


def swapped_agent(
    texts: Mapping[Side, Sequence[str]], agent: Side, phrases: PhraseSet
) -> AgentSide[Side] | None:
    """The side that is the agent against what was configured; None where that stands.

    Only where the phrases of the norm and the role model both say so, each clearly.
    """
    by_model, by_phrases = _by_model(texts), _by_phrases(texts, phrases)
    if by_model is None or by_phrases is None or by_model.side == agent:
        return None
    return by_model if by_model.side == by_phrases.side else None


def _by_model(texts: Mapping[Side, Sequence[str]]) -> AgentSide[Side] | None:
    if len(texts) != 2:
        return None
    odds = sorted(
        ((agent_log_odds(said), side) for side, said in texts.items()), key=lambda o: o[0]
    )
    (low, _), (high, agent) = odds
    if low > -CLEAR_ODDS or high < CLEAR_ODDS:
        return None
    return AgentSide(agent, "model", round(1 / (1 + math.exp(-min(high, -low))), 3))


def _by_phrases(texts: Mapping[Side, Sequence[str]], phrases: PhraseSet) -> AgentSide[Side] | None:
    counts = {side: sum(len(phrases.hits(t)) for t in said) for side, said in texts.items()}
    best = max(counts, key=lambda side: counts[side])
    others = max((n for side, n in counts.items() if side != best), default=0)
    if counts[best] == 0 or counts[best] < CLEAR_LEAD * others:
        return None
    return AgentSide(best, "phrases", round(counts[best] / (counts[best] + others), 3))
