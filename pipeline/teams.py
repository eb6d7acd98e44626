"""Figures of a whole team over many calls: calls answered, shifts, callbacks, people's own scores.

Pure functions from rows of the tables to frozen values. A share is always given with its counts,
and what the data cannot show is None or left out, never 0 and never 100 %.
"""

from __future__ import annotations

import csv
import io
import math
import statistics
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pipeline import agents
from pipeline.errors import ConfigurationError
from pipeline.records import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    Row = Mapping[str, Any]

SMALL = 5
"""Fewer scored calls than this say little about an agent, whatever their interval."""
TOP = 10
"""The best one in so many is rewarded (duty desk: 排名前10%的客服人员将获得绩效奖金)."""
RATERS = 3
"""So many people make a score (gas hotline, 检查考核: the mean of three people's scores)."""
CONNECT_NORMS = {"自动应答": 0.98, "自动转接人工": 0.85, "人工接听": 0.90}
"""The least share of calls answered, by who answers (gas hotline, 服务电话管理要求)."""
CONNECT_NORM = CONNECT_NORMS["人工接听"]
"""The bound that a queue is held to: people answer it, as long as nothing says otherwise."""
NOT_CONNECTED = "未接通"
"""Why a recorded call that nobody answered is not scored (the ``reason`` of ``calls``)."""
RATINGS = "ratings.csv"
"""People's own scores, in the output folder."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """A call that the tables know of; ``answered`` is None where nothing says.

    ``recorded``: it has a row in ``calls``, and not only in ``attempts``.
    """

    at: datetime | None
    direction: str
    queue: str
    shift: str
    customer: str
    answered: bool | None
    recorded: bool

    @property
    def date(self) -> str:
        """The local date on which it began, empty where that is not known."""
        return "" if self.at is None else self.at.date().isoformat()


def contacts(calls: Iterable[Row], attempts: Iterable[Row]) -> list[Contact]:
    """The calls of ``calls`` and ``attempts`` rows, by their start; those without one come first.

    A phone system may write a line for each agent whom a call rang at: rows with the same
    ``call_id``, date and direction are one call, answered when any of them was.
    """
    grouped: dict[object, list[tuple[Row, Contact]]] = defaultdict(list)
    rows = [(row, True) for row in calls] + [(row, False) for row in attempts]
    for row, recorded in rows:
        one = _contact(row, recorded=recorded)
        key = (row["call_id"], one.date, one.direction) if row["call_id"] else len(grouped)
        grouped[key].append((row, one))
    found = [_joined([one for _, one in own]) for own in grouped.values()]
    return sorted(found, key=lambda c: "" if c.at is None else c.at.isoformat())


def _contact(row: Row, *, recorded: bool) -> Contact:
    answered = row["reason"] != NOT_CONNECTED if recorded else row["answered"]
    return Contact(
        at=row["started_at"],
        direction=row["direction"] or Direction.INBOUND,
        queue=row["queue"],
        shift=row["shift"],
        customer=row["customer_key"],
        answered=answered,
        recorded=recorded,
    )


def _joined(own: Sequence[Contact]) -> Contact:
    """One call out of its rows: where it was answered counts, and then where it began."""
    if len(own) == 1:
        return own[0]
    known = {one.answered for one in own}
    first = next((one for one in own if one.answered), own[0])
    return Contact(
        at=first.at,
        direction=first.direction,
        queue=first.queue or next((one.queue for one in own if one.queue), ""),
        shift=first.shift,
        customer=first.customer or next((one.customer for one in own if one.customer), ""),
        answered=True if True in known else False if False in known else None,
        recorded=any(one.recorded for one in own),
    )


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
    counted, since = _since_records(inbound)
    if not counted:
        return Connect(incoming=len(inbound), since="", whole=None, queues=())
    queues: dict[str, list[Contact]] = defaultdict(list)
    for one in counted:
        queues[one.queue].append(one)
    ordered = sorted(queues, key=lambda name: (-len(queues[name]), name))
    return Connect(
        incoming=len(inbound),
        since=since,
        whole=_answered("", counted),
        queues=[_answered(name, queues[name]) for name in ordered],
    )


def _since_records(inbound: Sequence[Contact]) -> tuple[list[Contact], str]:
    """The inbound calls since the first date with one that was not recorded or not answered.

    Earlier dates may have no call records at all, only recordings, and these were all answered.
    Without any unanswered call: nothing, and no date.
    """
    if not any(c.answered is False for c in inbound):
        return [], ""
    since = min(c.date for c in inbound if c.answered is False or not c.recorded)
    return [c for c in inbound if c.date >= since], since


def _answered(queue: str, own: Sequence[Contact]) -> Answered:
    known = [c for c in own if c.answered is not None]
    return Answered(
        queue=queue,
        share=share(sum(c.answered is True for c in known), len(known)),
        unknown=len(own) - len(known),
    )


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
    calls: Iterable[tuple[str, agents.CallFigures]],
    known: Iterable[Contact],
    level: Callable[[float], str],
    order: Sequence[str] = (),
) -> list[Shift]:
    """The figures of each shift: first those of ``order``, then others by name, "" at the end.

    ``calls`` are the calls' figures, each with its shift; a shift without any call is left out.
    """
    figures: dict[str, list[agents.CallFigures]] = defaultdict(list)
    for name, own in calls:
        figures[name].append(own)
    inbound: dict[str, list[Contact]] = defaultdict(list)
    for one in _since_records([c for c in known if c.direction == Direction.INBOUND])[0]:
        inbound[one.shift].append(one)
    there = {*figures, *inbound}
    others = sorted(there - {*order, ""})
    return [
        Shift(
            name=name,
            figures=agents.together(figures[name], level),
            connected=_answered("", inbound[name]).share,
        )
        for name in (*order, *others, "")
        if name in there
    ]


class Mark(StrEnum):
    """What an agent's rank says for sure."""

    TOP = "top"
    COACH = "coach"


def marks(figures: Iterable[agents.AgentFigures], good: float) -> dict[str, Mark]:
    """Who is surely among the best tenth, and who surely stays under ``good`` points, by agent.

    ``TOP``: the worst rank that his interval allows is still in the top tenth of those with a rank.
    ``COACH``: the upper bound of his mean's interval is under ``good``. Of fewer than ``SMALL`` scored
    calls neither is said.
    """
    listed = list(figures)
    ranks = agents.ranks(listed)
    found = {}
    for one in listed:
        if one.scored < SMALL or one.high is None:
            continue
        if ranks[one.agent_id][1] * TOP <= len(ranks):
            found[one.agent_id] = Mark.TOP
        elif one.high < good:
            found[one.agent_id] = Mark.COACH
    return found


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


@dataclass(frozen=True, kw_only=True)
class Rating:
    """One person's score of one call, 0 to 100."""

    call_id: str
    rater: str
    score: float


@dataclass(frozen=True, kw_only=True)
class RatedCall:
    """A call that people scored: by how many, their mean, and the machine's score beside it.

    ``machine`` is None where the machine did not score the call; ``call`` its ``calls`` row, None where
    there is no such call.
    """

    call_id: str
    raters: int
    mean: float
    machine: float | None
    call: Row | None

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


def rated(ratings: Iterable[Rating], calls: Iterable[Row]) -> Rated | None:
    """People's scores beside the machine's, from ``calls`` rows; None without any rating."""
    known = {row["call_id"]: row for row in calls}
    scores: dict[str, list[float]] = defaultdict(list)
    for rating in ratings:
        scores[rating.call_id].append(rating.score)
    found = [_rated(call_id, own, known.get(call_id)) for call_id, own in scores.items()]
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


def _rated(call_id: str, scores: Sequence[float], call: Row | None) -> RatedCall:
    return RatedCall(
        call_id=call_id,
        raters=len(scores),
        mean=math.fsum(scores) / len(scores),
        machine=None if call is None else call["score"],
        call=call,
    )


_COLUMNS = ("call_id", "rater", "score")


def read_ratings(path: Path) -> list[Rating]:
    """People's scores from a file of ``call_id,rater,score`` lines, UTF-8 or GB18030; [] without it.

    Raises ``ConfigurationError`` with file and line for a missing column, a line that is not
    complete, a score that is no number from 0 to 100, and a second score by the same person.
    """
    if not path.is_file():
        return []
    reader = csv.DictReader(io.StringIO(_decoded(path), newline=""), strict=True)
    try:
        _check_columns(reader, path)
        return list(_ratings(reader, path))
    except csv.Error as error:  # its line is not counted yet
        line = reader.line_num + 1
        raise ConfigurationError(f"不是能读的 CSV：{error}", path=path, line=line) from error


def _check_columns(reader: csv.DictReader[str], path: Path) -> None:
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or []]
    if missing := [name for name in _COLUMNS if name not in reader.fieldnames]:
        message = f"缺少列 {'、'.join(missing)}；第一行应为 {','.join(_COLUMNS)}"
        raise ConfigurationError(message, path=path, line=1)


def _ratings(reader: csv.DictReader[str], path: Path) -> Iterator[Rating]:
    seen: dict[tuple[str, str], int] = {}
    for row in reader:
        call_id, rater, score = ((row[name] or "").strip() for name in _COLUMNS)
        line = reader.line_num
        if "\n" in f"{call_id}{rater}{score}":
            fault = "一格里有换行；多半是引号没有闭合"
        elif not call_id or not rater:
            fault = f"缺少 {'rater' if call_id else 'call_id'}"
        elif (call_id, rater) in seen:
            fault = f"{rater} 在第 {seen[call_id, rater]} 行已经评过 {call_id}"
        elif (points := _points(score)) is None:
            fault = f"score: {score!r} 不能读；应为 0 到 100 之间的数"
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


def _decoded(path: Path) -> str:
    """UTF-8 with or without BOM, else GB18030, as Chinese spreadsheets write it."""
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigurationError("不是 UTF-8，也不是 GB18030 文字", path=path)
