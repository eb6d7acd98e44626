"""Short calls with their transcripts, for nights that need no recogniser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_call(folder: Path, name: str, text: str, *, day: int = 20, call_id: str = "") -> None:
    """A short call with its transcript, alone."""
    call = {"agent_id": "0008", "started_at": f"2026-11-{day}T09:00:00+08:00"}
    turns = [
        {"role": "agent", "start": 0, "end": 8, "text": text},
        {"role": "customer", "start": 9, "end": 12, "text": "我要报修。"},
    ]
    data = {"call": {**call, **({"call_id": call_id} if call_id else {})}, "turns": turns}
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
