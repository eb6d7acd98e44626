"""Who is the agent, where neither the call record nor the configuration says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.phrases import PhraseSet

Side = TypeVar("Side")

CLEAR_LEAD = 2.0
"""The agent's side has to say at least so many times as many of the norm's phrases as any other."""


def agent_by_words(texts: Mapping[Side, str], phrases: PhraseSet) -> Side | None:
    """The side that speaks the norm's phrases, or None where that is not clear.

    A customer hardly ever says 为您服务 or 请您稍等; an agent says a handful in every call.
    """
    counts = {side: len(phrases.hits(text)) for side, text in texts.items()}
    if not counts:
        return None
    best = max(counts, key=lambda side: counts[side])
    others = max((n for side, n in counts.items() if side != best), default=0)
    return best if counts[best] > 0 and counts[best] >= CLEAR_LEAD * others else None
