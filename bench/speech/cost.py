"""Time and memory of ``callqa transcribe`` and of the plain loop, on the same files and machine."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.night import RECORDINGS
from pipeline.audio import decode
from tests.fixtures_truth import truths

LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds by the clock and of the processors, MB of its largest process."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def cost(runs: int) -> dict[str, Any]:
    """Both ways ``runs`` times in turn, each one's quickest run."""
    paths = [truth.path for truth in truths()]
    ours: list[Cost] = []
    plain: list[Cost] = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(prefix="callqa-bench-") as folder:
            ours.append(taken("-m", "pipeline", "transcribe", RECORDINGS, "--out", folder))
        plain.append(taken("-m", "bench.speech.plain", *paths))
    return {
        "runs": runs,
        "recordings": len(paths),
        "audio_s": round(sum(decode(path).duration for path in paths), 1),
        "callqa": _quickest(ours),
        "plain": _quickest(plain),
    }


def taken(*arguments: str | Path) -> Cost:
    """What Python takes with these arguments; its output is not shown unless it fails."""
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(
        [sys.executable, LAUNCH, *command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    return Cost(**json.loads(done.stdout))


def _quickest(costs: list[Cost]) -> dict[str, float]:
    best = min(costs, key=lambda c: c.wall_s)
    return {name: round(value, 2) for name, value in asdict(best).items()}
