"""The calls to a customer: what a promise to call back is held against."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.records import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """A call that the phone system knows of, answered or not, recorded or not.

    ``customer`` is the number, or whatever stands for it: only equality counts.
    """

    customer: str
    direction: Direction
    started_at: datetime


@dataclass(frozen=True, kw_only=True)
class History:
    """The known calls to customers, and how far the data reach; ``until`` None: there are none.

    What a customer does himself keeps no promise of theirs: his own calls, most of a hotline's, are not
    held. Each process that scores has all of it.
    """

    by_customer: Mapping[str, tuple[Attempt, ...]]
    until: datetime | None
    key: Callable[[str], str] = str
    """From a customer's number to what stands for it in ``by_customer``."""

    @classmethod
    def of(
        cls,
        attempts: Iterable[Attempt],
        *,
        until: datetime | None = None,
        key: Callable[[str], str] = str,
    ) -> History:
        """The attempts to customers, each one's in their order; ``customer`` is given as by ``key``."""
        found: dict[str, tuple[Attempt, ...]] = {}
        for attempt in attempts:
            if attempt.customer and attempt.direction is not Direction.INBOUND:
                found[attempt.customer] = (*found.get(attempt.customer, ()), attempt)
        for customer, own in found.items():
            if len(own) > 1:
                found[customer] = tuple(sorted(own, key=lambda a: a.started_at))
        return cls(by_customer=found, until=until, key=key)

    def after(self, customer: str, moment: datetime) -> list[Attempt]:
        """The calls that began after ``moment`` to the customer of that number."""
        calls = self.by_customer.get(self.key(customer), ())
        return [a for a in calls if a.started_at > moment]

    def digest(self, customer: str) -> str:
        """What tells what is known of the calls to the customer of that number from anything else."""
        calls = self.by_customer.get(self.key(customer), ())
        return hashlib.blake2b(repr((calls, self.until)).encode(), digest_size=12).hexdigest()


NOTHING = History(by_customer={}, until=None)
"""No other call is known."""
