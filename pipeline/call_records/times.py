"""Clock times as phone systems, databases and Chinese spreadsheets write them.

Read by hand on purpose: ``dateutil`` would guess the order of day and month and find a time in
nearly any number. Here the year stands first, an epoch is told by its number of digits, and
whatever is written otherwise needs a format of its own (``time_formats``).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

EARLIEST, LATEST = 1990, 2100
"""Years in which a call can have been."""
_EPOCHS = {10: 1, 13: 1000, 16: 1_000_000}
"""Digits of an epoch time before the point, and its parts of a second."""
_CHINA = timezone(timedelta(hours=8))
_ZONES = {"Z": UTC, "UTC": UTC, "GMT": UTC, "CST": _CHINA}
_ZONE = re.compile(
    r"(?P<clock>.*?\d(?::|点|时).*?|\d{8}[-T _]?\d{6}.*?)\s*"
    r"(?:(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d\d?):?(?P<minutes>\d\d)?|(?P<name>Z|UTC|GMT|CST))?"
    r"\s*(?:\[?(?P<place>[A-Z][A-Za-z_]+/[A-Za-z_/+-]+)\]?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)[-T _]?(\d\d)(\d\d)(\d\d)(?:[.,](\d+))?")
_CLOCK = re.compile(
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d\d?)\s*[-/.月]\s*(?P<day>\d\d?)\s*日?"
    r"(?:[-T\s_]*(?P<half>凌晨|清晨|早上|上午|中午|下午|傍晚|晚上)?\s*"
    r"(?P<hour>\d\d?)\s*[-:点时]\s*(?:(?P<minute>\d\d?)\s*分?)?"
    r"(?:\s*[-:]?\s*(?P<second>\d\d?)(?:[.,](?P<fraction>\d+))?\s*秒?)?\s*(?P<english>[AaPp][Mm])?)?"
)
_BEFORE_NOON = {"凌晨", "清晨", "早上", "上午", "am"}
_NOON = "中午"


def read_time(value: str, zone: tzinfo, formats: Sequence[str] = ()) -> datetime:
    """A clock time, in ``zone`` where it says none; told in ``zone``.

    ``formats`` are tried first (strptime). Raises ``ValueError`` for anything else and outside
    1990 to 2100.
    """
    at = _by_formats(value, formats) or _parse(unicodedata.normalize("NFKC", value).strip())
    if at is None or not EARLIEST <= at.year <= LATEST:
        raise ValueError(value)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(zone)


def _by_formats(value: str, formats: Sequence[str]) -> datetime | None:
    for form in formats:
        try:
            return datetime.strptime(value, form)  # noqa: DTZ007  the caller gives it its zone
        except ValueError:
            continue
    return None


def _parse(value: str) -> datetime | None:
    whole, _, fraction = value.partition(".")
    if whole.isdigit() and len(whole) in _EPOCHS and (fraction.isdigit() or not fraction):
        return datetime.fromtimestamp(float(value) / _EPOCHS[len(whole)], UTC)
    if not value.isdigit():
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    if zoned := _ZONE.fullmatch(value):
        at = _clock(zoned["clock"])
        return at.replace(tzinfo=_zone(zoned)) if at else None
    return _clock(value)


def _zone(zoned: re.Match[str]) -> tzinfo | None:
    """What follows the clock: an offset before a name, CST being China's."""
    if zoned["sign"]:
        offset = timedelta(hours=int(zoned["hours"]), minutes=int(zoned["minutes"] or 0))
        return timezone(-offset if zoned["sign"] == "-" else offset)
    if zoned["name"]:
        return _ZONES[zoned["name"]]
    return ZoneInfo(zoned["place"]) if zoned["place"] else None


def _clock(value: str) -> datetime | None:
    """A time without zone; ``ValueError`` for the 31st of a month that has 30 days."""
    if match := _COMPACT.fullmatch(value):
        year, month, day, hour, minute, second, fraction = match.groups()
        value = f"{year}-{month}-{day} {hour}:{minute}:{second}.{fraction or 0}"
    if not (match := _CLOCK.fullmatch(value)):
        return None
    hour = int(match["hour"] or 0)
    half = match["half"] or (match["english"] or "").lower()
    return datetime(  # noqa: DTZ001  the caller gives it its zone
        int(match["year"]),
        int(match["month"]),
        int(match["day"]),
        _of_the_day(hour, half) if half else hour,
        int(match["minute"] or 0),
        int(match["second"] or 0),
        _micros(match["fraction"]),
    )


def _of_the_day(hour: int, half: str) -> int:
    """The hour from 0 to 23; 下午 15 点 is left as it is."""
    if half in _BEFORE_NOON:
        return 0 if hour == 12 else hour
    if half == _NOON and hour in {10, 11}:
        return hour
    return hour if hour >= 12 else hour + 12


def _micros(fraction: str | None) -> int:
    return int((fraction or "0")[:6].ljust(6, "0"))
