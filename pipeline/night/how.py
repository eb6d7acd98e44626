"""How a night is run; nothing heavy is imported, for a night that has nothing to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.store.shards import Shard


@dataclass(frozen=True, kw_only=True)
class How:
    """How a night is run: processes side by side, what runs them, whether it may find nothing.

    ``shard`` is the part of the night that is run; None: all of it.
    """

    jobs: int = 1
    engine: str = "local"
    allow_empty: bool = False
    shard: Shard | None = None
