"""Clock times as phone systems, databases and spreadsheets write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.call_records import record_of
from pipeline.errors import ConfigurationError
from tests.call_records.sources import MOMENT, ZONE, audio, clock, found, only


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-20T09:15:30", "2026-11-20T01:15:30Z", "2026-11-20T09:15:30+08:00"),
        *("2026-11-20 09:15:30", "2026/11/20 9:15:30", "2026.11.20 09:15:30", "20261120091530"),
        *("20261120-091530", "20261120T091530+0800", "2026-11-20-09-15-30", "20261120 091530"),
        *("2026年11月20日 9时15分30秒", "2026年11月20日 09:15:30", "2026年11月20日上午9:15:30"),
        *("2026年11月20日 9点15分30秒", "2026/11/20 上午 09:15:30", "2026-11-20 9:15:30 AM"),
        *(
            "２０２６/１１/２０ ０９：１５：３０",
            "2026-11-20 09:15:30 +0800",
            "2026-11-20 09:15:30+08",
        ),
        *(
            "2026-11-20 09:15:30 CST",
            "2026-11-20T09:15:30[Asia/Shanghai]",
            "2026-11-20 01:15:30 UTC",
        ),
        *("2026-11-20T09:15:30+08:00[Asia/Shanghai]", "2026-11-20 09:15:30 GMT+8"),
        *("1795137330", "1795137330.0", "1795137330000", "1795137330000000"),
    ],
)
def test_a_time_as_somebody_writes_it(text: str) -> None:
    """The same moment in all of them."""
    assert record_of({"started_at": text}, ZONE).started_at == MOMENT


@pytest.mark.parametrize(
    ("text", "clock_time"),
    [
        ("2026-11-20T09:15:30.25", "09:15:30.250000"),
        ("1795137330.25", "09:15:30.250000"),
        ("1795137330250", "09:15:30.250000"),
        ("1795137330250.5", "09:15:30.250500"),
        ("2026年11月20日 9时15分", "09:15:00"),
        ("2026年11月20日 9时", "09:00:00"),
        ("2026/11/20 下午 3:05", "15:05:00"),
        ("2026/11/20 上午12:30", "00:30:00"),
        ("2026/11/20 中午12:30", "12:30:00"),
        ("2026/11/20 中午11:30", "11:30:00"),
        ("2026/11/20 晚上11:30", "23:30:00"),
        ("2026-11-20 12:30 PM", "12:30:00"),
        ("2026-11-20 09:15:30-0500", "22:15:30"),
        ("2026-11-20", "00:00:00"),
    ],
)
def test_fractions_halves_of_the_day_and_other_zones(text: str, clock_time: str) -> None:
    """In the zone of the settings."""
    record = record_of({"started_at": text}, ZONE)
    assert record.started_at is not None
    assert record.started_at.time().isoformat() == clock_time


@pytest.mark.parametrize(
    "text",
    [
        *("46346", "46346.385", "20.11.2026 09:15", "11/20/2026 9:15", "2026-02-30 09:15:00"),
        *("2026-11-20 25:00", "1763", "0", "gestern", "2026-11-20 09:15 Mars/Base", "20261399"),
    ],
)
def test_a_time_that_could_be_anything_is_not_guessed(text: str) -> None:
    """Excel's day numbers, the day or the month first, days that never were."""
    with pytest.raises(ValueError, match=r"started_at: .*不能读"):
        record_of({"started_at": text}, ZONE)


def test_a_way_of_ones_own_to_write_the_time(tmp_path: Path) -> None:
    """Before the usual ones; one that is none is named with its line."""
    audio(tmp_path, "a.wav")
    (tmp_path / "cdr.csv").write_text("file,started_at\na.wav,20.11.2026 09:15\n", encoding="utf-8")
    told = '[call_records]\nfile = "cdr.csv"\n'
    record = only(tmp_path, told + 'time_formats = ["%d.%m.%Y %H:%M"]')
    assert clock(record) == "2026-11-20T09:15:00+08:00"
    with pytest.raises(ConfigurationError, match=r"toml:3: .*'%Q' is no time format"):
        found(tmp_path, told + 'time_formats = ["%Q"]')
