"""Numbers as they are said on the telephone."""

from __future__ import annotations

import pytest

from pipeline.text.digits import digit_runs


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("我的电话是138 0000 1234。", ["13800001234"]),
        ("幺三八，零零零零，嗯，幺二三四", ["13800001234"]),
        ("一三八零零零零一二三四，三天之内都可以打", ["13800001234"]),
        ("我家3号楼2单元，电话13800001234", ["13800001234"]),
        ("户号是零零三五一二八九", ["00351289"]),
    ],
)
def test_a_number_is_read_as_it_was_said(text: str, digits: list[str]) -> None:
    """In Arabic or Chinese digits, 幺 for 1, in groups, with 嗯 between them."""
    assert [run.digits for run in digit_runs(text) if len(run.digits) > 3] == digits


@pytest.mark.parametrize(
    "text",
    [
        "二零二六年十一月十八日",
        "2026-11-18",
        "一共一千二百三十四块",
        "1234567元",
        "用了三百二十八方",
        "下午三点二十分",
    ],
)
def test_dates_sums_and_times_are_no_numbers_to_read_back(text: str) -> None:
    """What is counted in something is no telephone number."""
    assert [run for run in digit_runs(text) if len(run.digits) > 3] == []


def test_where_it_stands() -> None:
    """So that the quote is the transcript's own text."""
    text = "好的，幺三八零零零零一二三四，对吗？"
    (run,) = digit_runs(text)
    assert text[run.start : run.end] == "幺三八零零零零一二三四"
