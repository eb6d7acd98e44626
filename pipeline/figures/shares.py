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
    low, high = wilson(count / of, of)
    return Share(count=count, of=of, low=low, high=high)


def wilson(p: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a share ``p`` of ``n`` after Wilson; ``n`` may be an effective number."""
    spread = _Z**2 / n
    middle = (p + spread / 2) / (1 + spread)
    reach = _Z * math.sqrt(p * (1 - p) / n + spread / (4 * n)) / (1 + spread)
    return (0.0 if p == 0 else middle - reach), (1.0 if p == 1 else middle + reach)
