"""What a night's start costs where many calls are known: ``python -m bench.known_calls``.

A night of a thousand calls, half of them known, is looked up and entered where ten thousand calls are
known, and where a million and ten million are: time, and memory of a process that does nothing else.
By the real command line two hundred new calls where ten thousand and ten million are known, and a night
of ten thousand files in which nothing is new.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pipeline.night.ledger import enter
from pipeline.records import CallRecord, Recording
from pipeline.store.access import OWNER
from pipeline.store.state import reading, writing
from tests.night.short_calls import write_call

NIGHT = 1000
"""Calls of the night that begins."""
NEW = 200
"""Calls of a night by the command line."""
FILES = 10_000
"""Files of a night in which nothing is new."""


def digest(number: int) -> str:
    """A content, made up."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def path(number: int) -> str:
    """Where it lies."""
    return f"/recordings/2026-11-20/{number:09}.wav"


def remember(out: Path, known: int) -> None:
    """An output folder that knows so many calls."""
    numbers = range(known)
    with writing(out, OWNER) as state:
        state.enter(
            calls={f"call-{n:09}": digest(n) for n in numbers},
            paths={path(n): digest(n) for n in numbers},
            gone=(),
        )


def night(known: int) -> list[Recording]:
    """Half of the night's calls are known, half are new."""
    numbers = range(max(0, known - NIGHT // 2), known + NIGHT // 2)
    return [
        Recording(
            file=Path(path(n)).name,
            path=path(n),
            content_id=digest(n),
            record=CallRecord(call_id=f"call-{n:09}"),
            audio=True,
        )
        for n in numbers
    ]


def resident() -> float:
    """The memory of this process, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(out: Path, known: int) -> None:
    """Look a night's calls up, enter them, and say what it cost."""
    calls = night(known)
    before, began = resident(), time.monotonic()
    with reading(out) as state:
        entries = enter(state, calls)
    looked_up = time.monotonic()
    with writing(out, OWNER) as state:
        entries.keep(state)
    kept = time.monotonic()
    size = (out / "state.db").stat().st_size / 1e6
    print(
        f"{known:>9} known: {len(calls)} looked up in {1000 * (looked_up - began):.0f} ms, "
        f"kept in {1000 * (kept - looked_up):.0f} ms, {resident() - before:+.1f} MB of memory, "
        f"state.db {size:.0f} MB"
    )


def written(folder: Path, calls: int, days: int) -> Path:
    """A folder of short calls."""
    for number in range(calls):
        words = f"您好，江城中燃，{number}号为您服务。"
        write_call(folder, f"{number}.json", words, day=1 + number % days)
    return folder


def spent(folder: Path, out: Path) -> str:
    """What it costs to score a folder by the command line."""
    command = [sys.executable, "-m", "pipeline", "score", str(folder), "--out", str(out)]
    before, began = os.times(), time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    took, after = time.monotonic() - began, os.times()
    return f"{sum(after[2:4]) - sum(before[2:4]):.2f} s of processor, {took:.2f} s"


def by_command(base: Path, known: int) -> None:
    """A night of new calls over results that know many."""
    remember(base / "out", known)
    calls = written(base / "calls", NEW, days=1)
    print(f"{known:>9} known: {NEW} new calls scored in {spent(calls, base / 'out')}")


def nothing_new(base: Path) -> None:
    """Score ten thousand short calls, and once more: what the second night costs."""
    calls, out = written(base / "calls", FILES, days=25), base / "out"
    spent(calls, out)
    print(f"{FILES:>9} files, nothing new: {spent(calls, out)}")


def main() -> None:
    """Measure each in a process of its own: what made the memory counts for nothing."""
    for known in (10_000, 1_000_000, 10_000_000):
        with tempfile.TemporaryDirectory() as folder:
            remember(Path(folder), known)
            command = [sys.executable, "-m", "bench.known_calls", folder, str(known)]
            subprocess.run(command, check=True)
    for known in (10_000, 10_000_000, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            by_command(Path(folder), known)
    with tempfile.TemporaryDirectory() as folder:
        nothing_new(Path(folder))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        main()
