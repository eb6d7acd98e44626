"""By when somebody promised something: 半小时内, 今天下班前, 两个工作日内, as a clock time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from pipeline.text.workdays import after_working_days

if TYPE_CHECKING:
    from collections.abc import Callable

MIDNIGHT = time(0)
NOON = time(12)
_NUMBER = r"(?P<n>\d+|[零一二两俩三四五六七八九十]+|半)"
_WITHIN = r"(?:之内|以内|之后|以后|左右|内|后)?"
_UNITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline as it was said, ``text[start:end]``, and the clock time that it means."""

    at: datetime
    start: int
    end: int


def find_deadline(text: str, said_at: datetime, end_of_work: time) -> Deadline | None:
    """The first deadline in ``text``; ``said_at`` is when the clock starts. None: none is named.

    Days end at midnight; working days and their end are those of the Chinese working calendar.
    """
    found = [
        Deadline(read(match, said_at, end_of_work), match.start(), match.end())
        for pattern, read in _READERS
        for match in pattern.finditer(text)
    ]
    return min(found, key=lambda d: (d.start, -d.end), default=None)


def _count(match: re.Match[str]) -> float:
    said = match["n"]
    if said.isdigit():
        return float(said)
    if said == "半":
        return 0.5
    said = said.replace("两", "二").replace("俩", "二")
    tens, ten, units = said.rpartition("十")
    value = _UNITS.index(units) if len(units) == 1 else 0
    return float(value + (10 * (_UNITS.index(tens) if tens else 1) if ten else 0))


def _hours(match: re.Match[str], said_at: datetime, _end: time) -> datetime:
    half = 0.5 if match.groupdict().get("half") else 0.0
    return said_at + timedelta(hours=_count(match) + half)


def _minutes(match: re.Match[str], said_at: datetime, _end: time) -> datetime:
    return said_at + timedelta(minutes=_count(match))


def _working_days(match: re.Match[str], said_at: datetime, _end: time) -> datetime:
    day = after_working_days(said_at.date(), max(1, round(_count(match))))
    return _at(said_at, day - said_at.date() + timedelta(days=1), MIDNIGHT)


def _days(match: re.Match[str], said_at: datetime, _end: time) -> datetime:
    if match["n"] == "半":
        return said_at + timedelta(hours=12)
    return _at(said_at, timedelta(days=_count(match) + 1), MIDNIGHT)


def _weeks(match: re.Match[str], said_at: datetime, _end: time) -> datetime:
    return _at(said_at, timedelta(days=7 * _count(match) + 1), MIDNIGHT)


def _day_part(match: re.Match[str], said_at: datetime, end_of_work: time) -> datetime:
    """今天下班前, 明天上午, 后天: the named day's noon, end of work, or end."""
    said = match["day"] or "今天"
    offset = timedelta(days=2 if said == "后天" else 1 if said.startswith("明") else 0)
    part = match["part"] or ""
    if "上午" in part or "中午" in part or "早上" in part:
        return _at(said_at, offset, NOON)
    if "下班" in part or "下午" in part:
        return max(_at(said_at, offset, end_of_work), said_at)
    return _at(said_at, offset + timedelta(days=1), MIDNIGHT)


def _at(said_at: datetime, offset: timedelta, clock: time) -> datetime:
    return datetime.combine(said_at.date() + offset, clock, said_at.tzinfo)


_READERS: tuple[
    tuple[re.Pattern[str], Callable[[re.Match[str], datetime, time], datetime]], ...
] = (
    (re.compile(rf"{_NUMBER}个?(?P<half>半)?(?:小时|钟头){_WITHIN}"), _hours),
    (re.compile(rf"{_NUMBER}分钟{_WITHIN}"), _minutes),
    (re.compile(rf"{_NUMBER}个?工作日{_WITHIN}"), _working_days),
    (re.compile(rf"{_NUMBER}天{_WITHIN}"), _days),
    (re.compile(rf"{_NUMBER}个?(?:星期|周|礼拜){_WITHIN}"), _weeks),
    (
        re.compile(
            r"(?P<day>今天|今日|当天|明天|明日|后天)"
            r"(?P<part>下班(?:之前|以前|前)|(?:上午|中午|早上|下午|晚上)(?:下班)?(?:之前|以前|前)?|之内|以内|内|之前|前)?"
        ),
        _day_part,
    ),
    (re.compile(r"(?P<day>)(?P<part>下班(?:之前|以前|前))"), _day_part),
)
