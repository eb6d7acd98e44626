"""The page of results: a part for each measurement, which replaces its own."""

from __future__ import annotations

from pathlib import Path

RESULTS = Path(__file__).with_name("results.md")
_SECOND = "\n## "


def keep(part: str, page: Path = RESULTS) -> None:
    """Put a part in the place of the one that was measured before; the first begins with `# `."""
    first, mark, second = page.read_text(encoding="utf-8").partition(_SECOND)
    if part.startswith("# "):
        first = part
    else:
        mark, second = _SECOND, part.removeprefix("## ")
    page.write_text(first + mark + second, encoding="utf-8")
