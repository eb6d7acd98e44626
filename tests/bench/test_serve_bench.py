"""The page of what the web application stands: each measurement replaces its own part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.serve.inspector import Reviewed, page
from bench.serve.results import keep

if TYPE_CHECKING:
    from pathlib import Path


def test_each_part_replaces_its_own(tmp_path: Path) -> None:
    """Whichever of them is measured again."""
    results = tmp_path / "results.md"
    results.write_text("# Fifty\n\nold\n", encoding="utf-8")
    for part in ("## One\n\nold\n", "# Fifty\n\nnew\n", "## One\n\nnew\n"):
        keep(part, results)
    assert results.read_text(encoding="utf-8") == "# Fifty\n\nnew\n\n## One\n\nnew\n"


def test_what_a_call_takes() -> None:
    """The first one was opened by a click, and counts for no key."""
    calls = [
        Reviewed(findings=2, keys=3, verdicts=[0.1, 0.1], places=6.0, lasts=50.0),
        Reviewed(findings=1, keys=3, verdicts=[0.2], opened=0.4, places=3.0, lasts=70.0),
    ]
    told = page(calls)
    for row in (
        "| key presses a finding | 1.33 |",
        "| key presses a call | 3.0 |",
        "| from the key that ends a call until the next can be heard, s | 0.40 (0.40, 0.40) |",
        "| the application itself, 40 calls, s | 16 |",
        "| left for hearing and thinking a call, at 40 an hour, s | 90 |",
        "| a whole call to hear, s | 60 |",
    ):
        assert row in told
