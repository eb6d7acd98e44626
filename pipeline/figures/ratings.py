"""People's own scores of calls, and the machine's beside them."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.figures import agents
from pipeline.messages import tr
from pipeline.text.csvfile import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pipeline.store.parts import CallScore


RATERS = 3
"""So many people make a score (gas hotline, 检查考核: the mean of three people's scores)."""
RATINGS = "ratings.csv"
"""People's own scores, in the output folder."""


@dataclass(frozen=True, kw_only=True)
class Rating:
    """One person's score of one call, 0 to 100."""

    call_id: str
    rater: str
    score: float


@dataclass(frozen=True, kw_only=True)
class RatedCall:
    """A call that people scored: by how many, their mean, and the machine's score beside it.

    ``machine`` is None where the machine did not score the call; ``call`` is None where there is no such
    call.
    """

    call_id: str
    raters: int
    mean: float
    machine: float | None
    call: CallScore | None

    @property
    def enough(self) -> bool:
        """Whether as many people scored it as the norm wants."""
        return self.raters >= RATERS

    @property
    def difference(self) -> float | None:
        """How much higher the machine scored it."""
        return None if self.machine is None else self.machine - self.mean


@dataclass(frozen=True, kw_only=True)
class Rated:
    """The rated calls, the greatest difference first; ``compared`` have raters enough and a score.

    ``mean`` is the mean of their differences (machine less people), ``apart`` of the absolute ones.
    """

    calls: Sequence[RatedCall]
    enough: int
    compared: int
    mean: float | None
    apart: float | None


def compare(ratings: Iterable[Rating], calls: Iterable[CallScore]) -> Rated | None:
    """People's scores beside the machine's, from ``calls`` rows; None without any rating."""
    known = {row.call_id: row for row in calls}
    scores: dict[str, list[float]] = defaultdict(list)
    for rating in ratings:
        scores[rating.call_id].append(rating.score)
    return sum_up([_compare_call(one, own, known.get(one)) for one, own in scores.items()])


def sum_up(found: Sequence[RatedCall]) -> Rated | None:
    """What rated calls add up to; None without any."""
    if not found:
        return None
    differences = [c.difference for c in found if c.enough and c.difference is not None]
    return Rated(
        calls=sorted(
            found, key=lambda c: (-abs(c.difference or 0.0), c.machine is None, c.call_id)
        ),
        enough=sum(c.enough for c in found),
        compared=len(differences),
        mean=agents.mean(differences),
        apart=agents.mean([abs(d) for d in differences]),
    )


def _compare_call(call_id: str, scores: Sequence[float], call: CallScore | None) -> RatedCall:
    return RatedCall(
        call_id=call_id,
        raters=len(scores),
        mean=math.fsum(scores) / len(scores),
        machine=None if call is None else call.score,
        call=call,
    )


_COLUMNS = ("call_id", "rater", "score")


def read_ratings(path: Path) -> list[Rating]:
    """People's scores from a file of ``call_id,rater,score`` lines; [] without it.

    Raises ``ConfigurationError`` with file and line for a missing column, a line that is not
    complete, a score that is no number from 0 to 100, and a second score by the same person.
    """
    return list(_ratings(path))


def _ratings(path: Path) -> Iterator[Rating]:
    seen: dict[tuple[str, str], int] = {}
    for line, values in lines(path, _COLUMNS):
        call_id, rater, score = values.values()
        if not call_id or not rater:
            fault = tr("no {column}", column="rater" if call_id else "call_id")
        elif (call_id, rater) in seen:
            fault = tr(
                "{rater} has scored {call_id} in line {line}",
                rater=rater,
                call_id=call_id,
                line=seen[call_id, rater],
            )
        elif (points := _points(score)) is None:
            fault = tr("score: {score!r} is none; expected a number from 0 to 100", score=score)
        else:
            seen[call_id, rater] = line
            yield Rating(call_id=call_id, rater=rater, score=points)
            continue
        raise ConfigurationError(fault, path=path, line=line)


def _points(value: str) -> float | None:
    """A score; None where it is none."""
    try:
        score = float(value)
    except ValueError:
        return None
    return score if 0 <= score <= 100 else None
