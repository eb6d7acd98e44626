"""Names of files, and numbers as they are written."""

from __future__ import annotations

import pytest

from pipeline.report.names import clock, lasting, link, number, points, safe_name


def test_a_plain_id_is_its_own_name() -> None:
    """Chinese ones too."""
    assert safe_name("0008") == "0008"
    assert safe_name("客服-8.a_b") == "客服-8.a_b"


def test_two_ids_never_share_a_name() -> None:
    """Though they look alike when what is unsafe is taken out."""
    ids = ["a/b", "a b", "a_b", "", "_", "..", "con", "x" * 99, "x" * 98, "a/b-c14cddc0"]
    names = [safe_name(one) for one in ids]
    assert len(set(names)) == len(ids)
    assert not any(set(name) & set('/\\:*?"<>| ') or name.startswith(".") for name in names)
    assert max(map(len, names)) < 80


def test_links_are_quoted() -> None:
    """What has a meaning in an address does not keep it."""
    assert link("calls/一#.html", 12.3) == "calls/%E4%B8%80%23.html#t=12.30"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (clock(65.9), "1:05"),
        (clock(3725), "1:02:05"),
        (clock(None), "0:00"),
        (lasting(59.6), "1 分 00 秒"),
        (number(-0.04), "0.0"),
        (number(-1.25, 1), "−1.2"),
        (number(None), "—"),
        (points(-2.0), "−2"),
        (points(-0.0), "0"),
        (points(-12.5), "−12.5"),
        (points(100), "100"),
        (points(None), "—"),
    ],
)
def test_numbers_are_written_for_people(written: str, expected: str) -> None:
    """True minus signs, no negative zero, a dash for none."""
    assert written == expected
