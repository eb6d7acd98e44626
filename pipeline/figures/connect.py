"""How many calls were answered, by queue.

Like everything in this room: pure functions from rows of the tables to frozen values. A share is
always given with its counts, and what the data cannot show is None or left out, never 0 and never 100 %.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures.attempts import Contact
from pipeline.figures.shares import Share, share
from pipeline.records import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


CONNECT_NORMS = {"自动应答": 0.98, "自动转接人工": 0.85, "人工接听": 0.90}
"""The least share of calls answered, by who answers (gas hotline, 服务电话管理要求)."""
CONNECT_NORM = CONNECT_NORMS["人工接听"]
"""The bound that a queue is held to: people answer it, as long as nothing says otherwise."""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The inbound calls of one queue; ``unknown`` are those of which nothing says the end."""

    queue: str
    share: Share | None
    unknown: int

    @property
    def under(self) -> bool:
        """Whether the share stays under the norm's bound."""
        return self.share is not None and self.share.value < CONNECT_NORM

    @property
    def surely(self) -> bool:
        """Whether its whole interval does."""
        return self.share is not None and self.share.high < CONNECT_NORM


@dataclass(frozen=True, kw_only=True)
class Connect:
    """How many inbound calls were answered, since the first date whose call records show others.

    ``whole`` is None where no call record knows of an unanswered call: a share would only say that
    what was recorded was answered. ``incoming`` counts all inbound calls.
    """

    incoming: int
    since: str
    whole: Answered | None
    queues: Sequence[Answered]


def connect(known: Iterable[Contact]) -> Connect:
    """The share of inbound calls that were answered, by queue, the busiest first."""
    inbound = [c for c in known if c.direction == Direction.INBOUND]
    counted, since = since_records(inbound)
    if not counted:
        return Connect(incoming=len(inbound), since="", whole=None, queues=())
    queues: dict[str, list[Contact]] = defaultdict(list)
    for one in counted:
        queues[one.queue].append(one)
    ordered = sorted(queues, key=lambda name: (-len(queues[name]), name))
    return Connect(
        incoming=len(inbound),
        since=since,
        whole=share_answered("", counted),
        queues=[share_answered(name, queues[name]) for name in ordered],
    )


def since_records(inbound: Sequence[Contact]) -> tuple[list[Contact], str]:
    """The inbound calls since the first date with one that was not recorded or not answered.

    Earlier dates may have no call records at all, only recordings, and these were all answered.
    Without any unanswered call: nothing, and no date.
    """
    if not any(c.answered is False for c in inbound):
        return [], ""
    since = min(c.date for c in inbound if c.answered is False or not c.recorded)
    return [c for c in inbound if c.date >= since], since


def share_answered(queue: str, own: Sequence[Contact]) -> Answered:
    """How many of a queue's calls were answered, of those of which it is known."""
    known = [c for c in own if c.answered is not None]
    return Answered(
        queue=queue,
        share=share(sum(c.answered is True for c in known), len(known)),
        unknown=len(own) - len(known),
    )
