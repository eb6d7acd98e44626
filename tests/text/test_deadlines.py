"""By when somebody promised something."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from pipeline.text.deadlines import find_deadline

BEFORE_NATIONAL_DAY = datetime(2026, 9, 30, 16, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("我半小时内给您回电", "09-30 16:30"),
        ("一个半小时以内", "09-30 17:30"),
        ("2个小时之内", "09-30 18:00"),
        ("二十四小时内答复", "10-01 16:00"),
        ("今天下班前", "09-30 18:00"),
        ("今天之内", "10-01 00:00"),
        ("明天上午", "10-01 12:00"),
        ("三天内", "10-04 00:00"),
        ("两个工作日内", "10-10 00:00"),  # 8 and 9 October; 1 to 7 is the holiday
        ("四个工作日内", "10-13 00:00"),  # Saturday the 10th is worked
        ("十五分钟", "09-30 16:15"),
    ],
)
def test_a_deadline_is_a_clock_time(text: str, deadline: str) -> None:
    """In hours from now, in days to midnight, in working days by the calendar."""
    found = find_deadline(text, BEFORE_NATIONAL_DAY, time(18))
    assert found is not None
    assert f"{found.at:%m-%d %H:%M}" == deadline


def test_soon_is_no_deadline() -> None:
    """The rubric's own applies then."""
    assert find_deadline("尽快给您回复", BEFORE_NATIONAL_DAY, time(18)) is None
