"""The Chinese working calendar."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.text import workdays


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 10, 10), True),  # a Saturday, worked for the National Day holiday
        (date(2026, 9, 20), True),  # a Sunday
        (date(2026, 10, 7), False),
        (date(2026, 11, 21), False),
        (date(2026, 11, 20), True),
    ],
)
def test_moved_working_days(day: date, works: bool) -> None:
    """Weekends that are worked and weekdays that are free."""
    assert workdays.is_working_day(day) is works


def test_the_weekend_inside_a_holiday_belongs_to_it() -> None:
    """4 October 2026 is a Sunday between the days of the National Day."""
    assert workdays.in_public_holiday(date(2026, 10, 4))
    assert not workdays.in_public_holiday(date(2026, 11, 22))


def test_new_year_twice() -> None:
    """1 to 3 January; the Spring Festival from its eve to its fifteenth day."""
    wished = [date(2026, 1, 3), date(2026, 2, 16), date(2026, 2, 17), date(2026, 3, 3)]
    assert all(workdays.in_new_year(day) for day in wished)
    assert not any(workdays.in_new_year(day) for day in (date(2026, 1, 4), date(2026, 3, 4)))
    assert workdays.spring_festival(2027) == date(2027, 2, 6)
