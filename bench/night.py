"""``make bench``: a night over the fixture recordings, in time, memory and errors, on this machine."""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from bench.truth import LONG_TRUTH, Comparison, compare
from pipeline.sound import playback
from pipeline.sound.decode import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

FIXTURES = Path("tests/fixtures")
RECORDINGS, LONG = FIXTURES / "recordings", FIXTURES / "long"

RESULTS = Path(__file__).with_suffix(".json")
"""Where the figures are kept; each wrong case is only printed."""
SOUND = {".wav", ".mp3", ".ogg"}
"""Suffixes of the recordings among the fixtures."""
RATE_TOLERANCE = 0.05
"""Share of the true speaking rate by which a measured one may be off."""


def timed(*arguments: str | Path) -> float:
    """Seconds that a callqa command takes; its output is not shown unless it fails."""
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    return time.perf_counter() - begin


def machine() -> str:
    """What this machine is, in a line."""
    model = platform.processor() or platform.machine()
    cpu = Path("/proc/cpuinfo")
    if cpu.is_file():
        names = [x for x in cpu.read_text().splitlines() if x.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return f"{os.cpu_count()} × {model}, Python {platform.python_version()}, {platform.system()}"


def percentile(values: list[float], share: float) -> float:
    """The value under which so great a share of the values lies; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def playable(target: Path) -> float:
    """Processor time of making every recording playable, over the sound's length."""
    recordings = [path for path in sorted(RECORDINGS.rglob("*")) if path.suffix in SOUND]
    begin = time.process_time()
    for path in recordings:
        playback.convert([path], target)
    taken = time.process_time() - begin
    return taken / sum(decode(path).duration for path in recordings)


def unmasked(out: Path) -> Path:
    """The same results with nothing masked: errors are counted in every word that was heard."""
    config = out.with_suffix(".toml")
    plain = '[asr]\nmodel = "base"\n\n[privacy]\npublish = "plain"\n'
    config.write_text(plain, encoding="utf-8")
    timed("rescore", "--out", out, "--config", config)
    return out


def rows(out: Path) -> Iterator[tuple[str, str]]:
    """Each figure with its name."""
    yield "machine", machine()
    yield "callqa --help", f"{min(timed('--help') for _ in range(5)):.2f} s (best of 5)"
    whole = timed("score", RECORDINGS, "--out", out / "short")
    audio = float(pd.read_parquet(out / "short/data/calls").duration_s.sum())
    calls = len(pd.read_parquet(out / "short/data/calls"))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    yield "recordings", f"{calls} calls, {audio / 60:.1f} min, two channels, Whisper base"
    yield "callqa score, first run", f"{whole:.1f} s, {100 * whole / audio:.1f} % of the audio"
    yield "peak memory", f"{peak:.0f} MB"
    again = timed("score", RECORDINGS, "--out", out / "short")
    yield "the same again (nothing new)", f"{again:.1f} s"
    yield "callqa rescore", f"{timed('rescore', '--out', out / 'short'):.1f} s"
    share = playable(out / "copy.webm")
    yield "a recording as browsers play it", f"{100 * share:.2f} % of the audio, one core"
    yield from errors("short calls", compare(unmasked(out / "short")))
    found = Comparison()
    for folder in sorted(LONG.iterdir()):
        timed("score", folder, "--out", out / folder.name)
        compare(unmasked(out / folder.name), LONG_TRUTH, found)
    yield from errors("conversations", found)


def errors(of: str, found: Comparison) -> Iterator[tuple[str, str]]:
    """The figures of a comparison with the truth."""
    right = found.judged - len(found.wrong_outcomes)
    rates = found.rate_errors
    good = sum(error <= RATE_TOLERANCE for error in rates)
    starts = found.interruptions - len(found.interruptions_missed)
    figures = {
        "outcomes as scripted": _share(right, found.judged),
        "outcomes for a person": _share(found.reviews, found.judged),
        "planted violations found or sent to a person": _share(
            found.planted - len(found.missed), found.planted
        ),
        "violations nobody planted": (
            f"{len(found.invented)} in {found.calls} calls, {len(found.grave)} critical"
        ),
        "agent starts inside a customer's turn": (
            f"{starts} of {found.interruptions} within 0.3 s, "
            f"{len(found.interruptions_invented)} invented"
        ),
        "speaking rate within 5 %": (
            f"{_share(good, len(rates))}; {100 * statistics.mean(rates):.1f} % off on average"
        ),
        "character error rate": f"{100 * found.cer:.1f} % of {found.characters} characters",
        "turns of a second and more without words": f"{found.unrecognised:.1f} s",
        "word starts": (
            f"{statistics.mean(found.word_errors):.2f} s off on average, "
            f"{percentile(found.word_errors, 0.9):.2f} s at the 90th percentile"
        ),
    }
    for name, value in figures.items():
        yield f"{of}: {name}", value
    for name in ("wrong_outcomes", "missed", "invented", "interruptions_missed"):
        for case in getattr(found, name):
            yield f"  {name.replace('_', ' ')}", case


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / max(1, whole):.1f} %)"


def main() -> None:
    """Measure, print a table, and keep its figures for ``docs/measured.md``."""
    folder = Path(tempfile.mkdtemp(prefix="callqa-bench-"))
    found = []
    try:
        for name, value in rows(folder / "out"):
            print(f"| {name} | {value} |", flush=True)
            found.append([name, value])
    finally:
        shutil.rmtree(folder)
    figures = [row for row in found if not row[0].startswith(" ")]
    RESULTS.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
