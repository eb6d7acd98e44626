"""``make bench-scale``: a province's night, simulated, the recogniser replaced by what it costs.

Nothing is heard. Calls of random lengths are shared out by ``--shard`` over machines, as their contents'
hashes would; each machine hears the longest first, a call at a time on each of its lanes. Calls take
their processes with them, machines fail and begin again; at the end one machine publishes. The costs are
those of ``docs/measured.md``, or published by others where that is said. The same seed gives the same
night.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BEGIN, END = 1.0, 8.0
"""O'clock, when the night begins and when it must be over."""
MEDIAN, SPREAD = 110.0, 1.0
"""Seconds of a call, log-normal: 181 s on average, one in a hundred longer than 19 minutes."""
START = 60.0
"""Seconds until a machine hears its first call: it looks at the whole folder, and loads the model."""
CRASHES = 1 / 1000
"""Calls that take their process with them, and are heard twice."""
FAILURES = 1 / 200
"""Failures of a machine an hour; its part begins again after ``RESTART`` and goes on."""
RESTART = 600.0
SCORE, PAGE, COPY = 0.1, 0.011, 0.0035 * 181
"""Processor seconds of a call: scored for the first time, its page written, its playable copy made."""
PUBLISHER = 16
"""Cores of the machine that publishes."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """So many calls on so many machines, whose lanes each hear ``speed`` times real time."""

    name: str
    calls: int
    machines: int
    lanes: int
    speed: float


@dataclass(frozen=True, kw_only=True)
class Came:
    """How a night came out: o'clock when all was heard, and published, and what went wrong on the way.

    ``with_copies``: when it would be published with copies that the pages play.
    """

    heard: float
    published: float
    with_copies: float
    busy: float
    twice: int
    failures: int


PLANS = (
    Plan(name="190,000, Whisper base, 16 cores", calls=190_000, machines=8, lanes=16, speed=15.4),
    Plan(name="190,000, Paraformer, 16 cores", calls=190_000, machines=4, lanes=16, speed=34.9),
    Plan(name="190,000, turbo, H100", calls=190_000, machines=5, lanes=4, speed=100.0),
    Plan(name="500,000, Whisper base, 16 cores", calls=500_000, machines=19, lanes=16, speed=15.4),
    Plan(name="500,000, Paraformer, 16 cores", calls=500_000, machines=9, lanes=16, speed=34.9),
    Plan(name="500,000, turbo, H100", calls=500_000, machines=13, lanes=4, speed=100.0),
)
"""Base: 6.5 % of the sound's length, one core (``make bench-speech``), so 15.4 times real time a core.
Published by others: Paraformer on 16 cores 559 times, large-v3-turbo on an H100 about 400 times."""


def simulated(plan: Plan, seed: int = 1) -> Came:
    """One night of a plan, its calls' lengths and what fails drawn by chance."""
    chance = random.Random(seed)  # noqa: S311  no secret
    parts: list[list[float]] = [[] for _ in range(plan.machines)]
    for _ in range(plan.calls):
        parts[chance.randrange(plan.machines)].append(chance.lognormvariate(log(MEDIAN), SPREAD))
    ends, busy, twice, failures = [], 0.0, 0, 0
    for part in parts:
        work, again = _work(part, plan.speed, chance)
        lost = _failed(chance, sum(work) / plan.lanes)
        end = START + _last(sorted(work, reverse=True), plan.lanes) + lost * RESTART
        ends.append(end)
        busy += sum(work)
        twice, failures = twice + again, failures + lost
    heard = max(ends)
    published = heard + plan.calls * (SCORE + PAGE) / PUBLISHER
    with_copies = published + plan.calls * COPY / PUBLISHER
    return Came(
        heard=BEGIN + heard / 3600,
        published=BEGIN + published / 3600,
        with_copies=BEGIN + with_copies / 3600,
        busy=busy / (heard * plan.machines * plan.lanes),
        twice=twice,
        failures=failures,
    )


def _work(part: Sequence[float], speed: float, chance: random.Random) -> tuple[list[float], int]:
    """Seconds that each call of a part takes, and how many took their process with them, and twice."""
    twice = [chance.random() < CRASHES for _ in part]
    seconds = [length / speed * (1 + again) for length, again in zip(part, twice, strict=True)]
    return seconds, sum(twice)


def _failed(chance: random.Random, seconds: float) -> int:
    """How often a machine fails in such a time."""
    failures, at = 0, chance.expovariate(FAILURES / 3600)
    while at < seconds:
        failures, at = failures + 1, at + chance.expovariate(FAILURES / 3600)
    return failures


def _last(work: Sequence[float], lanes: int) -> float:
    """When the last call is done, each given to the lane that is free first."""
    free = [0.0] * lanes
    for seconds in work:
        heapq.heapreplace(free, free[0] + seconds)
    return max(free)


def lines() -> Iterator[str]:
    """The table of all plans, a line each."""
    yield (
        "| calls, recogniser, machine | machines | heard | published | with copies | busy "
        "| twice | failures |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for plan in PLANS:
        came = simulated(plan)
        late = "" if came.published <= END else " (late)"
        yield (
            f"| {plan.name} | {plan.machines} | {_clock(came.heard)} | {_clock(came.published)}{late} "
            f"| {_clock(came.with_copies)} | {came.busy:.0%} | {came.twice} | {came.failures} |"
        )


def _clock(hours: float) -> str:
    minutes = round(hours * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def main() -> None:
    """Print the table; exit 1 where a night would be late."""
    table = list(lines())
    print("\n".join(table))
    if any("(late)" in line for line in table):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
