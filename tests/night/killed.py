"""Nights that are killed at every place where a file takes its name, each followed by a whole one.

``python -m tests.night.killed FOLDER OUT`` runs a night of FOLDER over a copy of OUT, then again over
another copy, killed at its first ``os.replace``, then at its second, and so on until one comes through.
After each, the next night must come to the same bytes: it prints how many were killed, or
says what differed. Processes are forked, so that the rules are read once and their judges made once.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import traceback
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.judging.judge import Judges
from pipeline.night import rescore
from pipeline.night.how import How
from pipeline.night.rescore import score_kept
from pipeline.night.transcribe import find, hear
from pipeline.settings import Settings
from tests.report.made_up import Quiet

if TYPE_CHECKING:
    from collections.abc import Callable


def night(folder: Path, out: Path) -> None:
    """Hear and score a folder, as ``callqa score`` does, without pages."""
    settings = Settings()
    plan = find(folder, out, settings, rubric="gas-hotline", how=How(), progress=Quiet())
    heard = hear(plan, out, how=How(), progress=Quiet())
    score_kept(out, settings, progress=Quiet(), dates=heard.dates, anew=False)


def killed_at(number: int) -> Callable[..., Any]:
    """An ``os.replace`` that ends its process, as a power cut does, in place of its n-th call."""
    calls, replace = count(1), os.replace

    def dies(*arguments: Any, **named: Any) -> None:
        if next(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        replace(*arguments, **named)

    return dies


def apart(folder: Path, out: Path, *, kill: int | None) -> bool:
    """A night in a process of its own; whether it came to its end."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    try:
        if kill is not None:
            os.replace = killed_at(kill)
        night(folder, out)
    except BaseException:  # noqa: BLE001  a forked process must not go on into the loop
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def published(out: Path) -> dict[str, bytes]:
    """Every file of the tables, hidden ones too, and every kept transcript."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for room in ("data", "transcripts")
        for path in sorted((out / room).rglob("*"))
        if path.is_file()
    }


def main(folder: Path, out: Path) -> None:
    """Kill every night that can be killed."""
    judges = Judges(Settings())
    vars(rescore)["Judges"] = lambda _: judges
    night(folder, out.with_name("warm"))
    gc.freeze()  # or each forked process would look through all that was loaded
    whole = shutil.copytree(out, out.with_name("whole"))
    if not apart(folder, whole, kill=None):
        sys.exit("the undisturbed night failed")
    for number in count(1):
        tried = shutil.copytree(out, out.with_name(f"tried{number}"))
        if apart(folder, tried, kill=number):
            sys.stdout.write(f"{number - 1}\n")
            return
        apart(folder, tried, kill=None)
        here, there = published(tried), published(whole)
        if here != there:
            differing = {name for name in {*here, *there} if here.get(name) != there.get(name)}
            sys.exit(f"killed at {number}: {sorted(differing)}")
        shutil.rmtree(tried)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
