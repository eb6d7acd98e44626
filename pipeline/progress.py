"""Who wants to know how far a run is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """A bar, a log, or nobody."""

    def begin(self, stage: str, total: int) -> None:
        """A stage of ``total`` steps begins."""

    def step(self, what: str, *, failed: bool = False) -> None:
        """One step is done; ``what`` it was about, and whether it came to nothing."""

    def tell(self, line: str) -> None:
        """Something that whoever watches should know."""
