"""The Chinese working calendar: public holidays, moved working days, deadlines in working days.

The days come from the ``holidays`` library, which follows the State Council's yearly notices; where a
year's notice is not out yet it knows the statutory holidays and no moved days.
"""

from __future__ import annotations

import functools
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import holidays

_DAY = timedelta(days=1)
SPRING_FESTIVAL = "Spring Festival"
LANTERN = 14
"""Days from the first of the Spring Festival to the fifteenth, the Lantern Festival."""
SATURDAY = 5


@functools.cache
def _calendar() -> holidays.HolidayBase:
    from holidays import country_holidays

    return country_holidays("CN", language="en_US")


def is_working_day(day: date) -> bool:
    """Whether people work: not on a weekend or a holiday, but on a moved working day."""
    return bool(_calendar().is_working_day(day))


def after_working_days(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``."""
    while count > 0:
        day += _DAY
        count -= is_working_day(day)
    return day


def in_public_holiday(day: date) -> bool:
    """Whether ``day`` lies in a public holiday, the weekend days between its days included."""
    return any(moment in _calendar() for moment in _free_run(day))


def _free_run(day: date) -> list[date]:
    """The days without work around ``day``, in one stretch; none where it is a working day."""
    if is_working_day(day):
        return []
    run = [day]
    while not is_working_day(run[0] - _DAY):
        run.insert(0, run[0] - _DAY)
    while not is_working_day(run[-1] + _DAY):
        run.append(run[-1] + _DAY)
    return run


def holiday_names(day: date) -> str:
    """The English names of the public holidays on ``day``; empty for an ordinary day."""
    return str(_calendar().get(day) or "")


def spring_festival(year: int) -> date | None:
    """The first day of the Chinese year that begins in ``year``; None where it is not known."""
    named = (date(year, 1, 20) + timedelta(days=n) for n in range(34))
    return next((d for d in named if SPRING_FESTIVAL in holiday_names(d)), None)


def in_new_year(day: date) -> bool:
    """1 to 3 January, or the Spring Festival from its eve to its fifteenth day."""
    if (day.month, day.day) in {(1, 1), (1, 2), (1, 3)}:
        return True
    first = spring_festival(day.year)
    return first is not None and first - _DAY <= day <= first + timedelta(days=LANTERN)
