"""Shares of a count with their uncertainty."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

_Z = statistics.NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, kw_only=True)
class Share:
    """``count`` of ``of`` (at least 1); ``low`` and ``high`` bound its 95 % interval, 0 to 1."""

    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself, 0 to 1."""
        return self.count / self.of


def share(count: int, of: int) -> Share | None:
    """A share with its 95 % interval (Wilson, J. Am. Stat. Assoc. 22, 1927, 209); None of nothing.

    Wilson's interval stays within 0 and 1, and says of 10 in 10 that it may be 72 %.
    """
    if of == 0:
        return None
    p, spread = count / of, _Z**2 / of
    middle = (p + spread / 2) / (1 + spread)
    reach = _Z * math.sqrt(p * (1 - p) / of + spread / (4 * of)) / (1 + spread)
    return Share(
        count=count,
        of=of,
        low=0.0 if count == 0 else middle - reach,
        high=1.0 if count == of else middle + reach,
    )
