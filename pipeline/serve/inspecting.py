"""What inspectors got through of late, and how long a call took them: by their acts here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from pipeline.figures.inspected import PAUSE, Act, by_inspector
from pipeline.figures.periods import week_of
from pipeline.judging.reviewed import BY_ANSWER
from pipeline.review import audit, said
from pipeline.review.appeals import DECIDED
from pipeline.review.whole import BY_WHOLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from pipeline.figures.inspected import Inspected
    from pipeline.review.audit import AuditEntry
    from pipeline.review.said import VerdictGiven
    from pipeline.serve.desk import Desk

WEEKS, DAYS = 4, 7
"""So many weeks and days are shown, up to today."""
_FOLLOWS = frozenset({DECIDED, BY_WHOLE, BY_ANSWER})
"""Reasons of verdicts that follow of something else."""


@dataclass(frozen=True, kw_only=True)
class InspectedView:
    """By week and by day, the newest first."""

    weeks: Sequence[Inspected]
    days: Sequence[Inspected]

    @property
    def pause(self) -> int:
        """Minutes from which on a pause does not count."""
        return int(PAUSE / 60)


def inspected_view(desk: Desk) -> InspectedView:
    """The view of the newest weeks and days, by the clock of the house."""
    zone = desk.settings.zone
    today = datetime.now(zone).date()
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    acts = _acts(desk, datetime.combine(monday, time.min, zone))
    first = (today - timedelta(days=DAYS - 1)).isoformat()
    by_day = by_inspector(acts, lambda at: _day(at, zone))
    return InspectedView(
        weeks=by_inspector(acts, lambda at: week_of(_day(at, zone))),
        days=[one for one in by_day if one.period >= first],
    )


def _day(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).date().isoformat()


def _acts(desk: Desk, since: datetime) -> list[Act]:
    """What reviewers did with calls; what follows of an appeal or an answer is none of its own."""
    with desk.open.reading() as connection:
        noted = audit.since(connection, (audit.OPENED, audit.ANSWERED), since)
        spoken = said.since(connection, since)
    verdicts = (_verdict(one) for one in spoken if one.reason not in _FOLLOWS)
    return [*map(_as_act, noted), *verdicts]


def _as_act(entry: AuditEntry) -> Act:
    call_id = entry.about.partition(" ")[2]  # behind the date
    return Act(name=entry.name, call_id=call_id, at=entry.at, opens=entry.act == audit.OPENED)


def _verdict(one: VerdictGiven) -> Act:
    return Act(
        name=one.reviewer,
        call_id=one.call_id,
        at=one.at,
        place=one.place,
        whole=one.place == said.WHOLE_CALL,
    )
