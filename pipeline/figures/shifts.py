"""Figures of each shift."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures import agents
from pipeline.figures.attempts import Contact
from pipeline.figures.connect import share_answered, since_records
from pipeline.figures.shares import Share
from pipeline.records import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pipeline.figures.tally import Tally


@dataclass(frozen=True, kw_only=True)
class Shift:
    """One shift, or with an empty name what lies in none; ``figures`` None: no recorded call.

    ``connected`` is the share of its inbound calls that were answered, None where not measurable.
    """

    name: str
    figures: agents.AgentFigures | None
    connected: Share | None

    @property
    def violations(self) -> float | None:
        """For each hundred scored calls, all rules together."""
        if self.figures is None or not self.figures.scored:
            return None
        return math.fsum(self.figures.per_100.values())


def by_shift(
    tallies: Mapping[str, Tally],
    known: Iterable[Contact],
    level: Callable[[float], str],
    order: Sequence[str] = (),
) -> list[Shift]:
    """The figures of each shift: first those of ``order``, then others by name, "" at the end.

    ``tallies`` are what the calls of each shift add up to; a shift without any call is left out.
    """
    inbound: dict[str, list[Contact]] = defaultdict(list)
    for one in since_records([c for c in known if c.direction == Direction.INBOUND])[0]:
        inbound[one.shift].append(one)
    there = {*tallies, *inbound}
    others = sorted(there - {*order, ""})
    return [
        Shift(
            name=name,
            figures=agents.sum_up(tallies[name], level) if name in tallies else None,
            connected=share_answered("", inbound[name]).share,
        )
        for name in (*order, *others, "")
        if name in there
    ]
