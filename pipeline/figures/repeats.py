"""Customers who call again: was their matter dealt with the first time?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.figures.shares import Share, share
from pipeline.records import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.figures.attempts import Contact

WITHIN = timedelta(days=7)
"""Another call of a customer within so long is a repeat: the usual span of first-contact resolution."""


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """A customer's answered calls to the centre that followed each other within 7 days."""

    customer: str
    calls: Sequence[Contact]


@dataclass(frozen=True, kw_only=True)
class Repeats:
    """Of the answered inbound calls with a known customer: after how many he called again in 7 days.

    ``open`` are those whose 7 days are not over yet in the data: they count, and may still become
    repeats. ``customers`` are those who called again, most calls first.
    """

    share: Share
    open: int
    customers: Sequence[Repeat]


Asked = tuple["Contact", "Contact | None"]
"""An answered inbound call of a known customer, and his next one."""


def next_calls(known: Iterable[Contact]) -> list[Asked]:
    """Each answered inbound call whose customer is known, with his next; ``known`` by their start."""
    by_customer: dict[str, list[Contact]] = defaultdict(list)
    for one in known:
        if one.customer and one.at and one.answered and one.direction == Direction.INBOUND:
            by_customer[one.customer].append(one)
    return [
        pair for own in by_customer.values() for pair in zip(own, [*own[1:], None], strict=True)
    ]


def repeats(asked: Iterable[Asked], until: str) -> Repeats | None:
    """After how many of these calls the customer called again; ``until`` is the data's last date.

    None where no inbound call says whose it is.
    """
    own = list(asked)
    again = [(one, following) for one, following in own if _soon(one, following)]
    whole = share(len(again), len(own))
    if whole is None:
        return None
    unsure = (one for one, following in own if not _soon(one, following))
    return Repeats(
        share=whole, open=sum(_open(one, until) for one in unsure), customers=_customers(again)
    )


def _soon(one: Contact, following: Contact | None) -> bool:
    if following is None or one.at is None or following.at is None:
        return False
    return following.at - one.at <= WITHIN


def _open(one: Contact, until: str) -> bool:
    """Whether its 7 days reach beyond the data."""
    return one.at is not None and (one.at + WITHIN).date().isoformat() > until


def _customers(again: Iterable[Asked]) -> list[Repeat]:
    chains: dict[str, dict[str, Contact]] = defaultdict(dict)
    for one, following in again:
        for call in (one, following):
            if call is not None:
                chains[call.customer][f"{call.at} {call.call_id}"] = call
    found = [Repeat(customer=c, calls=list(own.values())) for c, own in chains.items()]
    return sorted(found, key=lambda r: (-len(r.calls), r.calls[-1].date, r.customer))
