"""Callbacks made over calls closed, month by month."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures.attempts import Contact
from pipeline.figures.shares import Share, share
from pipeline.records import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, kw_only=True)
class CallbackMonth:
    """The answered inbound calls of one month, and what became of them; counts.

    ``called_back`` is the share of these calls after which the customer was called back, in that month
    or later. ``failed`` are customers of whose callbacks none was answered, ``retried`` those of them
    who were tried on two dates or more.
    """

    month: str
    called_back: Share
    reached: int
    failed: int
    retried: int


@dataclass(frozen=True, kw_only=True)
class Callbacks:
    """Callbacks by month; ``unmatched`` are callbacks to customers without a call before it."""

    months: Sequence[CallbackMonth]
    unmatched: int


def callbacks(known: Iterable[Contact]) -> Callbacks | None:
    """Callbacks made over calls closed, by the month of the call (gas hotline: 月度回访量/结单量).

    A callback answers for every earlier call of its customer, since the norm wants a customer's
    matters dealt with in one; tries that failed count as made, and never twice. None where no call
    has a customer, or no call is known as a callback: then nothing says whether any was made.
    """
    own = [c for c in known if c.customer and c.at is not None]
    closed = [c for c in own if c.direction == Direction.INBOUND and c.answered]
    made: dict[str, list[Contact]] = defaultdict(list)
    for one in own:
        if one.direction == Direction.CALLBACK:
            made[one.customer].append(one)
    if not closed or not made:
        return None
    months: dict[str, list[Contact]] = defaultdict(list)
    first: dict[str, Contact] = {}
    for call in closed:
        months[call.date[:7]].append(call)
        first.setdefault(call.customer, call)
    return Callbacks(
        months=[_month(month, months[month], made) for month in sorted(months, reverse=True)],
        unmatched=sum(
            c.customer not in first or not _after(first[c.customer], [c])
            for tries in made.values()
            for c in tries
        ),
    )


def _after(call: Contact, tries: Iterable[Contact]) -> list[Contact]:
    """Those of the callbacks that came later than the call."""
    return [t for t in tries if t.at is not None and call.at is not None and t.at > call.at]


def _month(
    month: str, closed: Sequence[Contact], made: Mapping[str, Sequence[Contact]]
) -> CallbackMonth:
    tries = [(c.customer, _after(c, made.get(c.customer, ()))) for c in closed]
    back = share(sum(bool(own) for _, own in tries), len(tries))
    assert back is not None  # noqa: S101  a month has calls
    by_customer: dict[str, list[Contact]] = {}
    for customer, own in tries:  # the customer's first call of the month has the most after it
        by_customer.setdefault(customer, own)
    failed = [o for o in by_customer.values() if o and all(t.answered is False for t in o)]
    return CallbackMonth(
        month=month,
        called_back=back,
        reached=sum(any(t.answered for t in own) for _, own in tries),
        failed=len(failed),
        retried=sum(len({t.date for t in own}) > 1 for own in failed),
    )
