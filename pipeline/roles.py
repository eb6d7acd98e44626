"""Who is the agent, where neither the call record nor the configuration says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pipeline.text_models import agent_log_odds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.phrases import PhraseSet

Side = TypeVar("Side")

CLEAR_LEAD = 2.0
"""The agent's side has to say at least so many times as many of the norm's phrases as any other."""


CLEAR_ODDS = 1.0
"""Where the phrases do not tell: so great have the role model's log-odds to be, for and against."""


def agent_by_words(texts: Mapping[Side, Sequence[str]], phrases: PhraseSet) -> Side | None:
    """The side that speaks as an agent does, or None where that is not clear.

    A customer hardly ever says 为您服务 or 请您稍等; an agent says a handful in every call. Where
    that does not tell, the role model compares the sides by all that they say.
    """
    if not texts:
        return None
    agent = _by_phrases(texts, phrases)
    return agent if agent is not None else _by_model(texts)


def swapped(texts: Mapping[Side, Sequence[str]], agent: Side, phrases: PhraseSet) -> Side | None:
    """The side that is the agent against what was configured; None where that stands.

    Only where the phrases of the norm and the role model both say so, each clearly.
    """
    by_model = _by_model(texts)
    if by_model in {None, agent} or by_model != _by_phrases(texts, phrases):
        return None
    return by_model


def _by_model(texts: Mapping[Side, Sequence[str]]) -> Side | None:
    if len(texts) != 2:
        return None
    odds = sorted(
        ((agent_log_odds(said), side) for side, said in texts.items()), key=lambda o: o[0]
    )
    (low, _), (high, agent) = odds
    return agent if low <= -CLEAR_ODDS and high >= CLEAR_ODDS else None


def _by_phrases(texts: Mapping[Side, Sequence[str]], phrases: PhraseSet) -> Side | None:
    counts = {side: sum(len(phrases.hits(t)) for t in said) for side, said in texts.items()}
    best = max(counts, key=lambda side: counts[side])
    others = max((n for side, n in counts.items() if side != best), default=0)
    return best if counts[best] > 0 and counts[best] >= CLEAR_LEAD * others else None
