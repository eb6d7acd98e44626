"""What inspectors got through, and how long a call took them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.figures.inspected import Act, Inspected, by_inspector

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)


def act(call_id: str, minutes: float, name: str = "张三", **more: Any) -> Act:
    """What somebody did so many minutes after nine."""
    return Act(name=name, call_id=call_id, at=NINE + timedelta(minutes=minutes), **more)


def opens(call_id: str, minutes: float) -> Act:
    """He opens a call's page."""
    return act(call_id, minutes, opens=True)


def judges(call_id: str, minutes: float, place: str) -> Act:
    """He judges a finding."""
    return act(call_id, minutes, place=place)


def ends(call_id: str, minutes: float) -> Act:
    """He has looked a call through."""
    return act(call_id, minutes, place="whole", whole=True)


def by_day(*acts: Act) -> list[Inspected]:
    """Of each day and inspector."""
    return by_inspector(acts, lambda at: at.date().isoformat())


def test_a_call_takes_from_its_opening_to_the_last_verdict() -> None:
    """What comes between that call and the next is nobody's; the median is over calls."""
    (one,) = by_day(
        opens("a", 0), judges("a", 2, "p"), judges("a", 3, "q"), ends("a", 4),
        opens("b", 14), ends("b", 15),
        opens("c", 16), ends("c", 26),
    )  # fmt: skip
    assert (one.calls, one.findings, one.timed, one.median) == (3, 2, 3, 4 * 60)


def test_a_pause_of_more_than_half_an_hour_does_not_count() -> None:
    """One of exactly that does: he may have listened to all of it."""
    (one,) = by_day(opens("a", 0), judges("a", 2, "p"), judges("a", 32, "q"), ends("a", 62.1))
    assert one.median == 32 * 60


def test_with_several_calls_open_no_time_counts_twice() -> None:
    """The time before a verdict is its call's, whichever was opened last."""
    (one,) = by_day(opens("a", 0), opens("b", 1), ends("b", 4), ends("a", 6))
    assert (one.timed, one.median) == (2, 2.5 * 60)


def test_a_page_that_is_opened_again_goes_on() -> None:
    """Where he says nothing more of it, it took no longer."""
    (one,) = by_day(opens("a", 0), opens("a", 5), ends("a", 6), opens("a", 9))
    assert one.median == 6 * 60


def test_of_a_call_that_was_opened_before_openings_were_noted_only_the_count_is_known() -> None:
    """And a call that is not looked through has no time."""
    (one,) = by_day(judges("a", 2, "p"), ends("a", 9), opens("b", 10), judges("b", 11, "p"))
    assert (one.calls, one.findings, one.timed, one.median) == (1, 2, 0, None)


def test_each_counts_once_when_he_last_spoke_of_it() -> None:
    """A verdict that he changes the day after is of that day; each inspector has lines of his own."""
    day = 24 * 60
    newer, mine, other = by_day(
        judges("a", 1, "p"), judges("a", 2, "q"), judges("a", day, "p"),
        act("a", 3, "李四", place="p"),
    )  # fmt: skip
    assert (newer.period, newer.name, newer.findings) == ("2026-11-21", "张三", 1)
    assert (mine.period, mine.name, mine.findings) == ("2026-11-20", "张三", 1)
    assert (other.period, other.name, other.findings) == ("2026-11-20", "李四", 1)
