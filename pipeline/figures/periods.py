"""Days, weeks and months of the dates that there are, and which came before which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date  # noqa: N812  as the field says it: a date is text here
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class PeriodKind(StrEnum):
    """How long a period is; ``RECENT``: seven days up to the newest date."""

    RECENT = "recent"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Period:
    """Some dates that belong together; ``key`` is unique: 2026-11-20, 2026-W47, 2026-11, all.

    ``dates`` are those of which there is anything, the oldest first.
    """

    kind: PeriodKind
    key: str
    dates: tuple[str, ...]

    @property
    def first(self) -> str:
        """Its first date of which there is anything."""
        return self.dates[0] if self.dates else ""

    @property
    def last(self) -> str:
        """Its last date of which there is anything."""
        return self.dates[-1] if self.dates else ""


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The periods of each kind, the oldest first; of ``recent`` the last ends with the newest date."""

    recent: Sequence[Period]
    days: Sequence[Period]
    weeks: Sequence[Period]
    months: Sequence[Period]
    whole: Period

    @classmethod
    def of(cls, dates: Iterable[str]) -> Calendar:
        """The calendar of these dates; one that is no date of a calendar belongs to the whole only."""
        ordered = sorted(set(dates))
        return cls(
            recent=_recent(ordered),
            days=_group(PeriodKind.DAY, ordered, str),
            weeks=_group(PeriodKind.WEEK, ordered, week_of),
            months=_group(PeriodKind.MONTH, ordered, month_of),
            whole=Period(kind=PeriodKind.ALL, key="all", dates=tuple(ordered)),
        )

    def kind(self, kind: PeriodKind) -> Sequence[Period]:
        """The periods of a kind, the oldest first."""
        by_kind = {
            PeriodKind.RECENT: self.recent,
            PeriodKind.DAY: self.days,
            PeriodKind.WEEK: self.weeks,
            PeriodKind.MONTH: self.months,
        }
        return by_kind.get(kind, (self.whole,))

    def before(self, period: Period) -> Period | None:
        """The period before it of which there is anything."""
        return _beside(self.kind(period.kind), period, -1)

    def after(self, period: Period) -> Period | None:
        """The period after it."""
        return _beside(self.kind(period.kind), period, 1)

    def until(self, period: Period, count: int) -> Sequence[Period]:
        """The ``count`` periods of its kind that end with it, the oldest first; of the whole: months."""
        if period.kind is PeriodKind.ALL:
            return self.months[-count:]
        own = self.kind(period.kind)
        end = own.index(period) + 1
        return own[max(0, end - count) : end]

    def holding(self, kind: PeriodKind, date: str) -> Period | None:
        """The period of a kind that a date lies in."""
        return next((p for p in self.kind(kind) if date in p.dates), None)


def _beside(own: Sequence[Period], period: Period, step: int) -> Period | None:
    at = own.index(period) + step if period in own else -1
    return own[at] if 0 <= at < len(own) else None


def _group(
    kind: PeriodKind, dates: Sequence[str], key_of: Callable[[str], str]
) -> tuple[Period, ...]:
    grouped: dict[str, list[str]] = {}
    for one in filter(_is_date, dates):
        grouped.setdefault(key_of(one), []).append(one)
    return tuple(Period(kind=kind, key=key, dates=tuple(own)) for key, own in grouped.items())


def _recent(dates: Sequence[str]) -> tuple[Period, ...]:
    """Spans of seven days that end with the newest date, and before it with every seventh."""
    days = [d for d in dates if _is_date(d)]
    if not days:
        return ()
    newest = Date.fromisoformat(days[-1])

    def key_of(date: str) -> str:
        back = (newest - Date.fromisoformat(date)).days // 7
        return f"to-{newest - timedelta(days=7 * back)}" if back else "recent"

    return _group(PeriodKind.RECENT, days, key_of)


def _is_date(text: str) -> bool:
    try:
        Date.fromisoformat(text)
    except ValueError:
        return False
    return True


def week_of(date: str) -> str:
    """The week of a date as ISO 8601 counts them: it begins on Monday, 2026-W47."""
    year, week, _ = Date.fromisoformat(date).isocalendar()
    return f"{year}-W{week:02}"


def month_of(date: str) -> str:
    """The month of a date, 2026-11."""
    return date[:7]
