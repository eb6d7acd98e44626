"""A night that is stopped at every place: ``python -m bench.faults.stops FOLDER OUT SAMPLE``.

A night of FOLDER over a copy of OUT changes files in some number of calls: writes, renames, fsyncs,
unlinks, files made. It is run again with the process killed after the first, after the second, and so
on; then with each of these calls failing once, and from then on for ever, for want of room, by a fault
of the disk, for want of memory, for want of permission. After each, every date is whole, and the next
night comes to the bytes of one that nobody disturbed. SAMPLE: only every so manieth place.

Processes are forked, so that the rules are read once.
"""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from bench.faults import shim
from pipeline.judging.judge import Judges
from pipeline.night import rescore
from pipeline.settings import Settings
from pipeline.store.manifest import manifest_dates, pending_dates, read_manifest, sha256
from tests.night.killed import night, published

if TYPE_CHECKING:
    from collections.abc import Callable

ERRORS = (errno.ENOSPC, errno.EIO, errno.ENOMEM, errno.EACCES)
FAILURES = "data/failures/"
KILLS = 50
"""Nights that are killed at a random moment."""


def apart(work: Callable[[], object]) -> int:
    """Run something in a process of its own: its exit code, negative where a signal ended it."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        work()
    except BaseException:  # noqa: BLE001  a forked process must not go on into the loop
        os._exit(1)
    os._exit(0)


def counted(folder: Path, out: Path) -> int:
    """How many calls of an undisturbed night change something in ``out``."""
    answer = out.with_name("seen")

    def work() -> None:
        shim.arm(out, 0)
        night(folder, out)
        number = shim.seen()
        shim.arm(Path("/nowhere"), 0)
        answer.write_text(str(number), encoding="ascii")

    if apart(work):
        raise SystemExit("the undisturbed night failed")
    return int(answer.read_text(encoding="ascii"))


def torn(out: Path, states: list[dict[str, bytes]]) -> list[str]:
    """What is neither as before nor as after: files of tables, and dates that nobody would mend.

    But for the list of failures: a write that failed is on it.
    """
    data, known = out / "data", [set(state.items()) for state in states]
    wrong = [
        name
        for name, content in published(out).items()
        if name.startswith("data/") and name.endswith(".parquet") and "/." not in name
        if not name.startswith(FAILURES)
        if not any((name, content) in state for state in known)
    ]
    for date in set(manifest_dates(data)) - set(pending_dates(data)):
        manifest = read_manifest(data, date)
        files = [] if manifest is None else manifest.tables.values()
        wrong += [f.file for f in files if sha256(data / f.file) != f.sha256]
    return wrong


def listed(out: Path) -> set[str]:
    """The recordings on the list of failures."""
    files = (out / FAILURES).rglob("part-0.parquet")
    return {file for path in files for file in pq.read_table(path)["file"].to_pylist()}


class Trial:
    """A night over a copy of ``out``, disturbed, and then one that is not."""

    def __init__(self, folder: Path, out: Path) -> None:
        """The undisturbed night is run first."""
        self._folder, self._out = folder, out
        self._whole = shutil.copytree(out, out.with_name("whole"))
        self.calls = counted(folder, self._whole)
        self._states = [published(out), published(self._whole)]
        self.count: Counter[str] = Counter()

    def disturbed(self, at: int, *, error: int = 0, always: bool = False) -> None:
        """A night whose ``at``-th change is its last, or fails with ``error``, once or for ever."""
        tried = shutil.copytree(self._out, self._out.with_name("tried"))

        def work() -> None:
            shim.arm(tried, at, error=error, always=always)
            night(self._folder, tried)

        how = f"fails with {errno.errorcode[error]}" if error else "is the last"
        self._judge(f"call {at} {how}{' for ever' if always else ''}", tried, apart(work))

    def killed_after(self, seconds: float) -> None:
        """A night that is killed after some time."""
        tried = shutil.copytree(self._out, self._out.with_name("tried"))
        child = os.fork()
        if not child:
            night(self._folder, tried)
            os._exit(0)
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        self._judge(f"killed after {seconds:.3f} s", tried, code)

    def _judge(self, what: str, tried: Path, code: int) -> None:
        self.count["tried"] += 1
        self.count["survived"] += code == 0
        self.count["listed"] += bool(listed(tried) - listed(self._out))
        if wrong := torn(tried, self._states):
            self.count["torn"] += 1
            sys.stdout.write(f"{what}: between: {sorted(wrong)}\n")
        if apart(lambda: night(self._folder, tried)):
            self.count["stuck"] += 1
            sys.stdout.write(f"{what}: the next night fails\n")
        here, there = published(tried), self._states[1]
        if here != there:
            self.count["lost"] += bool(set(there) - set(here))
            self.count["other"] += 1
            differing = {n for n in {*here, *there} if here.get(n) != there.get(n)}
            sys.stdout.write(f"{what}: {sorted(differing)}\n")
        shutil.rmtree(tried)


def main(folder: Path, out: Path, every: int) -> None:
    """Try everything; the last line says how it went, as JSON."""
    judges = Judges(Settings())
    vars(rescore)["Judges"] = lambda _: judges
    night(folder, out.with_name("warm"))
    trial = Trial(folder, out)
    took = time.monotonic()
    apart(lambda: night(folder, shutil.copytree(out, out.with_name("timed"))))
    took = time.monotonic() - took
    places = range(1, trial.calls + 1, every)
    for number, at in enumerate(places):
        trial.disturbed(at)
        for always in (False, True):
            error = ERRORS[(number + always) % len(ERRORS)]
            trial.disturbed(at, error=error, always=always)
    chance = random.Random(1)  # noqa: S311  no secret
    for _ in range(max(1, KILLS // every)):
        trial.killed_after(chance.uniform(0, took))
    sys.stdout.write(json.dumps({"calls": trial.calls, **trial.count}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
