"""``make bench-faults``: what is tried on a night, and what becomes of it."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from bench.faults import files, shim
from tests.night.killed import night
from tests.night.short_calls import write_call

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = ("tried", "survived", "listed", "lost", "doubled", "torn", "stuck", "other", "broken")


def stops(folder: Path, every: int) -> Counter[str]:
    """A night that is stopped, and that fails, at every place where it changes a file."""
    calls, out = folder / "calls", folder / "out"
    calls.mkdir(parents=True)
    for name in ("1.json", "2.json"):
        write_call(calls, name, f"您好，江城中燃，{name}。")
    night(calls, out)
    write_call(calls, "1.json", "您好，江城中燃，八号为您服务。", day=21)
    said = shim.preloaded(shim.built(folder), "bench.faults.stops", calls, out, str(every))
    *complaints, last = said.splitlines()
    for line in complaints:
        print(line)
    return Counter(json.loads(last))


def main() -> None:
    """Try everything, print a table; exit 1 where a call was lost or doubled, or a date torn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so manieth place")
    parser.add_argument("--recordings", type=int, default=1000, help="corrupted recordings")
    parser.add_argument("--tiny", type=int, default=100_000, help="files of a few bytes")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="callqa-faults-") as place:
        under = Path(place)
        trials: dict[str, Callable[[], Counter[str]]] = {
            "stopped, or failing, at every change of a file": lambda: stops(
                under / "stops", told.every
            ),
            "corrupted recordings": lambda: files.tried(
                under / "corrupted", lambda f: files.corrupted(f, told.recordings)
            ),
            "hostile names, loops, pipes": lambda: files.tried(under / "names", files.hostile),
            "tiny files": lambda: files.tried(under / "tiny", lambda f: files.tiny(f, told.tiny)),
            "a recording of ten hours": lambda: files.tried(
                under / "long", lambda f: files.hours(f, 10)
            ),
        }
        print("| trial | " + " | ".join(COLUMNS) + " |")
        whole: Counter[str] = Counter()
        for name, trial in trials.items():
            count = trial()
            whole.update(count)
            print(f"| {name} | " + " | ".join(str(count[c]) for c in COLUMNS) + " |", flush=True)
    if any(whole[column] for column in COLUMNS[3:]):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
