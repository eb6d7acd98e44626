"""Many short runs after one output folder, most of them killed while they hold it.

``python -m tests.store.contenders OUT RUNS`` starts so many, one after the other, and prints how many
held OUT. Each looks whether anybody else holds it at the same time: then it ends with 1.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from pipeline.errors import HeldError
from pipeline.store.hold import hold

HELD, TWO, NOT_HELD = 9, 1, 0
"""How a run ends: killed while it held OUT, beside another one, or without having held it."""


def run(out: Path) -> int:
    """Hold OUT for a moment; three of four are killed before they let go of it."""
    try:
        with hold(out, "score", tell=lambda _: None, lost=lambda: None):
            alone = out / "alone"
            try:
                os.close(os.open(alone, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return TWO
            time.sleep(random.uniform(0, 0.003))  # noqa: S311  no secret
            alone.unlink()
            if random.random() < 0.75:  # noqa: S311
                os.kill(os.getpid(), signal.SIGKILL)
            return HELD
    except HeldError:
        return NOT_HELD


def main(out: Path, runs: int) -> int:
    """Start the runs, each a process of its own; 1 where two of them held OUT at once."""
    held = 0
    for _ in range(runs):
        child = os.fork()
        if child == 0:
            random.seed()
            os._exit(run(out))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code not in {HELD, -HELD, NOT_HELD}:
            return TWO
        held += code in {HELD, -HELD}
    print(held)  # noqa: T201  what the test reads
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
