"""The fixtures' scripted truth, as the tests read it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent / "fixtures"
RECORDINGS = FIXTURES / "recordings"
BROKEN = FIXTURES / "broken"


@dataclass(frozen=True)
class Truth:
    """What one scripted call holds; ``data`` is the whole file."""

    data: dict[str, Any]

    @property
    def call_id(self) -> str:
        """The call."""
        return str(self.data["call_id"])

    @property
    def path(self) -> Path:
        """Its recording."""
        return RECORDINGS / str(self.data["file"])

    def turns(self, role: str) -> list[dict[str, Any]]:
        """One side's turns."""
        return [t for t in self.data["turns"] if t["role"] == role]

    def sidecar(self) -> dict[str, Any]:
        """The truth as a transcript brought along."""
        return {
            "turns": [
                {
                    "role": t["role"],
                    "start": t["start"],
                    "end": t["end"],
                    "text": t["text"],
                    "words": [
                        {"text": c, "start": a, "end": b, "probability": 0.95}
                        for c, a, b in t["characters"]
                    ],
                }
                for t in self.data["turns"]
            ]
        }


def truths() -> list[Truth]:
    """Every scripted call, by id."""
    files = sorted((FIXTURES / "truth").glob("*.json"))
    return [Truth(json.loads(f.read_text(encoding="utf-8"))) for f in files]
