"""Nights in a world that is not as it should be: its clock, a second run, a share that goes away.

Each is run by the real command line over the results of a night before, in which half of the calls were
scored. What is there afterwards is verified; then the world is put right, and the next night has to come
to the bytes of one that nobody disturbed.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.night.killed import published
from tests.night.short_calls import write_call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

CALLS = 40
"""Calls of the two nights together."""
DAY = 86_400
SETTINGS_OF_THE_CLOCK = (-3600, -DAY, -365 * DAY, -20 * 365 * DAY, 365 * DAY)
"""Seconds by which the clock is put forward for a night; all but the last put it back."""
EXITS = {0, 2, 3, 4}
"""Done; could not begin; done, with recordings on the list of failures; ended before its end."""


class World:
    """A folder of calls, the results of a night of half of them, and those of the night after."""

    def __init__(self, base: Path, calls: int = CALLS, jobs: int = 2) -> None:
        """Two undisturbed nights are run, of so many ``calls`` together, by ``jobs`` processes."""
        base.mkdir(parents=True)
        self.base, self.calls, self._jobs = base, base / "calls", str(jobs)
        self.count: Counter[str] = Counter()
        self._before, self._whole = base / "before", base / "whole"
        self._write(range(0, calls, 2))
        self._undisturbed(self._before)
        shutil.copytree(self._before, self._whole)
        self._write(range(1, calls, 2))
        began = time.monotonic()
        self._undisturbed(self._whole)
        self.took = time.monotonic() - began

    def _write(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            text = f"您好，江城中燃，{number}号为您服务。"
            write_call(self.calls, f"{number}.json", text, day=20 + number % 3)

    def _undisturbed(self, out: Path) -> None:
        with self.night(out) as run:
            _, complaints = run.communicate()
        if run.returncode:
            raise SystemExit(complaints)

    @contextmanager
    def night(self, out: Path, *more: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """A night that is running; killed where the block ends before it does."""
        command = [sys.executable, "-m", "pipeline", "score", str(self.calls), "--out", str(out)]
        with subprocess.Popen(
            [*command, "--jobs", self._jobs, *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        ) as run:
            try:
                yield run
            finally:
                run.kill()

    @contextmanager
    def tried(self) -> Iterator[tuple[Path, list[int]]]:
        """The results of the first night, to run another over, and a list for its runs' exit codes.

        When the block has ended, what became of them is looked at and counted.
        """
        out, codes = shutil.copytree(self._before, self.base / "tried"), list[int]()
        yield out, codes
        self.count["tried"] += 1
        self.count["survived"] += published(out) == published(self._whole)
        self.count["broken"] += not {*codes} <= EXITS
        self.count["torn"] += bool(self._run("verify", out))
        with self.night(out) as run:
            run.communicate()
        self.count["stuck"] += run.returncode != 0
        here, there = published(out), published(self._whole)
        self.count["lost"] += bool(set(there) - set(here))
        self.count["doubled"] += bool(set(here) - set(there))
        self.count["other"] += here != there
        shutil.rmtree(out)

    @staticmethod
    def _run(*arguments: str | Path) -> int:
        command = [sys.executable, "-m", "pipeline", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, check=False).returncode

    def moments(self, count: int) -> Iterator[float]:
        """So many seconds after the start of a night, at random."""
        chance = random.Random(1)  # noqa: S311  no secret
        for _ in range(count):
            yield chance.uniform(0, self.took)


def clock(world: World, shim: Path, count: int) -> Counter[str]:
    """The clock is another for a whole night, or is set back while it runs, and the night is killed."""
    for ahead in SETTINGS_OF_THE_CLOCK[:count]:
        with world.tried() as (out, codes):
            with world.night(out, LD_PRELOAD=str(shim), CLOCK_SET=str(ahead)) as run:
                run.communicate()
            codes.append(run.returncode)
    for moment in world.moments(count):
        with world.tried() as (out, codes):
            when = {"CLOCK_SET": str(-DAY), "CLOCK_AFTER": str(moment)}
            with world.night(out, LD_PRELOAD=str(shim), **when) as run:
                run.communicate()
            codes.append(run.returncode)
        fast = {"LD_PRELOAD": str(shim), "CLOCK_SET": str(DAY)}
        with world.tried() as (out, _), world.night(out, **fast):
            time.sleep(moment)
    return world.count


def two_runs(world: World, count: int) -> Counter[str]:
    """Another run begins beside one: one of them does the night, the other leaves, or waits its turn."""
    for number, moment in enumerate(world.moments(count)):
        waits = ["--wait"] * (number % 2)
        with world.tried() as (out, codes):
            with world.night(out) as first:
                time.sleep(moment)
                with world.night(out, *waits) as second:
                    second.communicate()
                first.communicate()
            codes += [first.returncode, second.returncode]
            world.count["broken"] += 0 not in codes or bool(waits and any(codes))
    return world.count


def recordings(world: World, _: Path) -> Path:
    """The folder of the recordings."""
    return world.calls


def results(_: World, out: Path) -> Path:
    """The folder of the results."""
    return out


def share(world: World, of: Callable[[World, Path], Path], count: int) -> Counter[str]:
    """A folder goes away while a night runs: in its place there is nothing, or an empty one."""
    for number, moment in enumerate(world.moments(count)):
        with world.tried() as (out, codes):
            folder = of(world, out)
            away = folder.with_name("away")
            with world.night(out) as run:
                time.sleep(moment)
                folder.rename(away)
                if number % 2:
                    folder.mkdir()
                run.communicate()
            codes.append(run.returncode)
            shutil.rmtree(folder, ignore_errors=True)
            away.rename(folder)
    return world.count
