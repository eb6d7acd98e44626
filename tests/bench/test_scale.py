"""The plan for a province says what the simulation says."""

from __future__ import annotations

from pathlib import Path

from bench.scale import lines


def test_the_pages_show_the_simulated_nights() -> None:
    """In both languages, line by line; none is late."""
    table = "\n".join(lines())
    assert "(late)" not in table
    for page in ("docs/scale.md", "docs/scale.zh-CN.md"):
        assert table in Path(page).read_text(encoding="utf-8")
