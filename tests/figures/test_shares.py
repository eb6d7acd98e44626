"""Shares and how sure they are."""

from __future__ import annotations

import pytest

from pipeline.figures import shares


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_of_a_share_is_wilsons(count: int, of: int, low: float, high: float) -> None:
    """10 in 10 may be 72 %; 81 in 263 is Newcombe's example (Stat. Med. 17, 1998, 857)."""
    found = shares.share(count, of)
    assert found is not None
    assert [found.low, found.high] == pytest.approx([low, high], abs=5e-5)
    assert shares.share(0, 0) is None
