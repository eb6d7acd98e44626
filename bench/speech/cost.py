"""Time, memory and errors of ``callqa transcribe`` and of the loops that anyone would write."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.launch import LAUNCH
from bench.night import RECORDINGS
from bench.reading import errors
from pipeline.settings import NAME, load_settings
from pipeline.sound.decode import decode
from pipeline.store.files import Store
from tests.fixtures_truth import truths

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.fixtures_truth import Truth

FEW = 12
"""Calls enough to compare by: eleven minutes."""
WAYS = ("callqa", "batched", "plain")


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds by the clock and of the processors, MB of its largest process."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def cost(runs: int) -> dict[str, Any]:
    """Every way ``runs`` times in turn, each one's quickest run; the texts are those of its first."""
    calls = truths()[:FEW]
    paths = [truth.path for truth in calls]
    taken_by: dict[str, list[Cost]] = {way: [] for way in WAYS}
    texts: dict[str, list[list[str]]] = {}
    for _ in range(runs):
        for way in WAYS:
            with tempfile.TemporaryDirectory(prefix="callqa-bench-") as folder:
                command, read = _way(way, Path(folder), paths)
                taken_by[way].append(taken(*command))
                texts.setdefault(way, read(calls))
    figures = {way: _quickest(taken_by[way]) | {"cer": _cer(calls, texts[way])} for way in WAYS}
    audio = round(sum(decode(path).duration for path in paths), 1)
    return {"runs": runs, "recordings": len(paths), "audio_s": audio, **figures}


def _way(
    way: str, folder: Path, paths: Sequence[Path]
) -> tuple[list[str | Path], Callable[[Sequence[Truth]], list[list[str]]]]:
    """The command of a way, and how its texts are read afterwards: of each call, by channel."""
    if way == "callqa":
        recordings = folder / "recordings"
        recordings.mkdir()
        for path in (*paths, RECORDINGS / NAME):
            shutil.copy(path, recordings)
        return ["-m", "pipeline", "transcribe", recordings, "--out", folder / "out"], (
            lambda calls: _kept(folder / "out", calls)
        )
    texts = folder / "texts.json"
    return ["-m", "bench.speech.plain", way, texts, *paths], (
        lambda _: json.loads(texts.read_text(encoding="utf-8"))
    )


def _kept(out: Path, calls: Sequence[Truth]) -> list[list[str]]:
    """What callqa heard on each channel of each call."""
    store = Store(out, load_settings(RECORDINGS / NAME).timezone)
    heard = {
        Path(kept.recording.file).stem: kept.transcript
        for date in store.transcripts.dates()
        for kept in store.transcripts.of_date(date)
    }
    return [
        ["".join(u.text for u in heard[c.call_id].utterances if u.channel == n) for n in (0, 1)]
        for c in calls
    ]


def _cer(calls: Sequence[Truth], texts: Sequence[Sequence[str]]) -> float:
    """Character errors over the characters said, of all calls."""
    wrong = said = 0
    for truth, heard in zip(calls, texts, strict=True):
        agent = truth.data["agent_channel"]
        for role, channel in (("agent", agent), ("customer", 1 - agent)):
            spoken = "".join(turn["text"] for turn in truth.turns(role))
            distance, characters = errors(spoken, heard[channel])
            wrong, said = wrong + distance, said + characters
    return round(wrong / said, 4)


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
