"""``make bench-faults``: what is tried on a night, and what becomes of it."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from bench.faults import files, nights, shim
from bench.faults.stops import KILLS
from tests.night.killed import night
from tests.night.short_calls import write_call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RESULTS = Path(__file__).with_name("results.md")
STOPS = "stopped, or failing, at a change of a file"
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


def page(counts: Mapping[str, Counter[str]], every: int) -> str:
    """The results as a page."""
    calls, killed = counts[STOPS]["calls"], max(1, KILLS // every)
    which = "each of them" if every == 1 else f"one in {every} of them"
    told = (
        f"A night of two calls changes files in {calls:,} calls of the system. At {which} it "
        "is killed; then that call fails once, and for ever: for want of room, by a fault of "
        f"the disk, for want of memory or of permission, in turn. {killed} more are killed at "
        "a random moment. After each, every date is whole, and the next night comes to the "
        "bytes of one that nobody disturbed. *Lost* is a recording that is neither kept nor "
        "listed, *torn* a date in two states, *stuck* a next night that fails, *other* one "
        "that comes to other bytes, *broken* a run with another exit code than 0 and 3 (or 2 and 4, "
        "where it could not begin or go on: beside another run, without its folders)."
    )
    lines = [
        "# What becomes of a night that is killed, or fails",
        "",
        "<!-- written by `make bench-faults` -->",
        "",
        told,
        "",
        "| trial | " + " | ".join(COLUMNS) + " |",
        "|" + "---|" * (len(COLUMNS) + 1),
        *(line(name, count) for name, count in counts.items()),
    ]
    return "\n".join(lines) + "\n"


def line(name: str, count: Counter[str]) -> str:
    """A trial's line of the table."""
    return f"| {name} | " + " | ".join(str(count[c]) for c in COLUMNS) + " |"


def main() -> None:
    """Try everything, say so; exit 1 where a call was lost or doubled, or a date torn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so manieth place")
    parser.add_argument("--recordings", type=int, default=1000, help="corrupted recordings")
    parser.add_argument("--tiny", type=int, default=100_000, help="files of a few bytes")
    parser.add_argument("--moments", type=int, default=10, help="nights disturbed in each way")
    told = parser.parse_args()
    counts: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory(prefix="callqa-faults-") as place:
        under = Path(place)
        trials: dict[str, Callable[[], Counter[str]]] = {
            "hostile names, loops, pipes": lambda: files.tried(under / "names", files.hostile),
            "corrupted recordings": lambda: files.tried(
                under / "corrupted", lambda f: files.corrupted(f, told.recordings)
            ),
            "a recording of ten hours": lambda: files.tried(
                under / "long", lambda f: files.hours(f, 10)
            ),
            "tiny files": lambda: files.tried(under / "tiny", lambda f: files.tiny(f, told.tiny)),
            "the clock set back, and forward": lambda: nights.clock(
                nights.World(under / "clock"), shim.built(under), told.moments
            ),
            "two runs at once": lambda: nights.two_runs(nights.World(under / "two"), told.moments),
            "the share of the recordings vanishes": lambda: nights.share(
                nights.World(under / "share"), nights.recordings, told.moments
            ),
            "the share of the results vanishes": lambda: nights.share(
                nights.World(under / "results"), nights.results, told.moments
            ),
            STOPS: lambda: stops(under / "stops", told.every),
        }
        for name, trial in trials.items():
            counts[name] = trial()
            print(line(name, counts[name]), flush=True)
    RESULTS.write_text(page(counts, told.every), encoding="utf-8")
    if any(count[column] for count in counts.values() for column in COLUMNS[3:]):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
