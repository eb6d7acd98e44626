"""What inspectors got through, and how long a call took them, by what they did in the application.

The time before an act is the act's call's, from the inspector's act before it on: nothing is counted
twice where he has several calls open, and a pause is nobody's. What he did elsewhere nobody knows.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from pipeline.records import Seconds

K = TypeVar("K")
PAUSE: Seconds = 30 * 60
"""Whoever does nothing for longer does something else: none of it counts."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that an inspector did with a call.

    ``place`` is what a verdict is on, empty of any other act; ``whole``: the verdict is on the call as a
    whole; ``opens``: he opened its page.
    """

    name: str
    call_id: str
    at: datetime
    place: str = ""
    whole: bool = False
    opens: bool = False


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """What an inspector got through in a period: calls that he looked through, findings that he judged.

    Each counts once, when he last spoke of it. ``median`` is the time that a call took, of ``timed`` of
    them: of the others nobody knows when he opened them. None where nobody knows it of any.
    """

    period: str
    name: str
    calls: int
    findings: int
    timed: int
    median: Seconds | None


def by_inspector(acts: Iterable[Act], period_of: Callable[[datetime], str]) -> list[Inspected]:
    """By period, the newest first, and in it by name."""
    by_name: dict[str, list[Act]] = defaultdict(list)
    for act in sorted(acts, key=lambda one: one.at):
        by_name[act.name].append(act)
    found = [
        one
        for name, own in sorted(by_name.items())
        for one in _periods_of_inspector(name, own, period_of)
    ]
    return sorted(found, key=lambda one: one.period, reverse=True)


def _periods_of_inspector(
    name: str, acts: Sequence[Act], period_of: Callable[[datetime], str]
) -> Iterable[Inspected]:
    spent = _spent(acts)
    done = {act.call_id for act in acts if act.whole}
    findings = {(a.call_id, a.place): a.at for a in acts if a.place and not a.whole}
    calls = {a.call_id: a.at for a in acts if a.place and a.call_id in done}
    judged, through = _by_period(findings, period_of), _by_period(calls, period_of)
    for period in sorted(judged.keys() | through.keys()):
        times = [spent[call] for call in through[period] if call in spent]
        yield Inspected(
            period=period,
            name=name,
            calls=len(through[period]),
            findings=len(judged[period]),
            timed=len(times),
            median=statistics.median(times) if times else None,
        )


def _by_period(
    last: Mapping[K, datetime], period_of: Callable[[datetime], str]
) -> Mapping[str, list[K]]:
    found: dict[str, list[K]] = defaultdict(list)
    for key, at in last.items():
        found[period_of(at)].append(key)
    return found


def _spent(acts: Sequence[Act]) -> Mapping[str, Seconds]:
    """By call that he opened: how long he was at it, by acts in their order.

    Until he opened it again counts where nothing else was between, and only once he speaks of it.
    """
    spent: dict[str, Seconds] = {}
    again: dict[str, Seconds] = defaultdict(float)
    for before, act in zip((acts[0], *acts), acts, strict=False):
        call = act.call_id
        if not act.opens and call in spent:
            spent[call] += again.pop(call, 0.0) + _gap(before, act)
        elif act.opens and call in spent and before.call_id == call:
            again[call] += _gap(before, act)
        elif act.opens:
            spent.setdefault(call, 0.0)
    return spent


def _gap(before: Act, act: Act) -> Seconds:
    """The time between two acts; none of it where it is a pause."""
    gap = (act.at - before.at).total_seconds()
    return gap if gap <= PAUSE else 0.0
