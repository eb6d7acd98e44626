"""``python -m bench.batch``: calls scored a second, beside a plain script; start-up, memory, growth."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from bench.batch.calls import SETTINGS, calls, fill
from bench.batch.many import multiply
from bench.launch import LAUNCH
from bench.night import machine
from pipeline.night.remembered import remember_settings
from pipeline.resources import LEXICONS
from pipeline.store.files import Store
from pipeline.store.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Iterator

OUT = Path(__file__).parent
LIST = "quarrel"
"""The list that gets one phrase more: rules of four trades name it."""
FEWER = 4
"""One in so many calls is scored alone too, to tell what each costs from what is paid once."""
STARTS = 3
"""Starts on an empty folder, of which the quickest counts: it is short, and others use the machine."""
_KEPT = TypeAdapter(Kept)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a command took: seconds of the clock and of the processors, and its largest process, MB."""

    wall: float
    processor: float
    memory: float


def cost(*command: str) -> Cost:
    """Run a command of this interpreter and measure it, its own processes included."""
    run = [sys.executable, str(LAUNCH), sys.executable, *command]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    used = json.loads(done.stdout)
    return Cost(wall=used["wall_s"], processor=used["cpu_s"], memory=used["peak_mb"])


def rescored(out: Path, *more: str, jobs: int = 1) -> Cost:
    """Score again what is kept, without the pages."""
    command = ("-m", "pipeline", "rescore", "--out", str(out), "--no-report", "--jobs", str(jobs))
    return cost(*command, *more)


def anew(out: Path, jobs: int = 1) -> Cost:
    """What a rescore costs where nothing is known of what the rules said."""
    shutil.rmtree(out / "answers", ignore_errors=True)
    return rescored(out, jobs=jobs)


def changed(out: Path, rules: Path) -> Cost:
    """What a rescore costs after a phrase has come to one list of one rule."""
    (rules / "lexicons").mkdir(parents=True)
    words = (LEXICONS / f"{LIST}.txt").read_text(encoding="utf-8")
    (rules / "lexicons" / f"{LIST}.txt").write_text(f"{words}问这个干嘛\n", encoding="utf-8")
    return rescored(out, "--rules", str(rules))


def kept(folder: Path, count: int, turns: int | None = None) -> Path:
    """An output folder that holds so many generated calls."""
    out = folder / f"out-{count}-{turns or 'mixed'}"
    store = Store.of(out, SETTINGS)
    fill(store.transcripts, count, turns)
    remember_settings(out, SETTINGS)
    return out


def plain(folder: Path, count: int) -> Cost:
    """The plain script over the same calls."""
    texts = folder / f"texts-{count}"
    texts.mkdir()
    for one in calls(count):
        (texts / one.recording.file).write_bytes(_KEPT.dump_json(one))
    return cost("-m", "bench.batch.plain", str(texts), str(folder / "plain.parquet"))


def of_so_many(folder: Path, count: int) -> dict[str, Cost]:
    """What each way of scoring so many calls costs."""
    out = kept(folder, count)
    first = rescored(out)
    one = anew(out)
    two = anew(out, jobs=2)
    known = rescored(out)
    phrase = changed(out, folder / f"rules-{count}")
    return {
        "plain": plain(folder, count),
        "one": one,
        "two": two,
        "changed": phrase,
        "known": known,
        "first": first,
    }


def measure(folder: Path, count: int, more: list[int]) -> dict[str, Any]:
    """Every figure of the table."""
    empty = folder / "empty"
    empty.mkdir()
    remember_settings(empty, SETTINGS)
    start = min((rescored(empty) for _ in range(STARTS)), key=lambda used: used.processor)
    few, many = (of_so_many(folder, number) for number in (count // FEWER, count))
    out = folder / f"out-{count}-mixed"
    kept_files = (p for room in ("transcripts", "answers") for p in (out / room).rglob("*"))
    size = sum(path.stat().st_size for path in kept_files if path.is_file())
    lengths = {turns: rescored(kept(folder, 100, turns)) for turns in (60, 600)}
    for turns in lengths:
        lengths[turns] = anew(folder / f"out-100-{turns}")
    others = {number: of_many(out, folder / f"many-{number}", number // count) for number in more}
    return {
        "machine": machine(),
        "calls": count,
        "start": asdict(start),
        "few": {name: asdict(used) for name, used in few.items()},
        "many": {name: asdict(used) for name, used in many.items()},
        "bytes": size / count,
        "turns": {str(turns): asdict(used) for turns, used in lengths.items()},
        "more": {str(number): {w: asdict(u) for w, u in o.items()} for number, o in others.items()},
    }


def of_many(scored: Path, out: Path, times: int) -> dict[str, Cost]:
    """What so many calls for each of a scored folder cost: every rule asked, a list changed, nothing."""
    multiply(scored, out, times)
    remember_settings(out, SETTINGS)
    rescored(out)  # their words are published, as those of the first folder are
    used = {"one": anew(out), "known": rescored(out), "changed": changed(out, out / "rules")}
    shutil.rmtree(out)
    return used


_WHAT = (
    "generated calls of five trades, 60 turns on average, one in a hundred of 600, one character in "
    "each turn misheard. Processor seconds are those of all processes, the start and the reading of "
    "five rubrics among them. Calls a second and core are those of each further call: what is paid once "
    "(also by the plain script, for its dictionary) is left out by the difference to one in {few} of "
    "them; where rows stand, that is too short to tell, and it is the difference to copies of them, "
    "with other names and customers. Pages are not made. The plain script is `bench/batch/plain.py`: "
    "jieba, an alternation a list, no sounds, exceptions, models or timing."
)
_NAMES = {
    "plain": "plain script",
    "one": "every rule asked again, 1 process",
    "two": "every rule asked again, 2 processes",
    "changed": "scored again after one list has changed",
    "known": "scored again, nothing changed",
    "first": "scored for the first time (words cut, acts looked at)",
}

_BRIEF = ("changed", "known")
"""Ways in which the rows of most calls stand."""


def page(found: dict[str, Any]) -> str:
    """The figures as a page."""
    lines = [
        "# What scoring costs",
        "",
        f"`make bench-batch` on {found['machine']}: {found['calls']:,} {_WHAT.format(few=FEWER)}",
        "",
        "| | calls a second and core | processor, s | wall, s | memory, MB |",
        "|---|---|---|---|---|",
    ]
    for key, name in _NAMES.items():
        used = Cost(**found["many"][key])
        cells = f"{_speed(found, key):.0f} | {used.processor:.1f} | {used.wall:.1f}"
        lines.append(f"| {name} | {cells} | {used.memory:.0f} |")
    start = Cost(**found["start"])
    lines.append(
        f"| nothing there: the start | | {start.processor:.2f} | {start.wall:.2f} | "
        f"{start.memory:.0f} |"
    )
    lines += ["", f"- A kept call takes {found['bytes'] / 1000:.1f} kB."]
    turns = {int(k): Cost(**v) for k, v in found["turns"].items()}
    grown = (turns[600].processor - start.processor) / (turns[60].processor - start.processor)
    lines.append(f"- A call of ten times the turns takes {grown:.1f} times as long.")
    lines += [*_memory(found), ""] if found["more"] else []
    return "\n".join(lines) + "\n"


def _speed(found: dict[str, Any], way: str) -> float:
    """Calls a second and core, of each further call."""
    count: int = found["calls"]
    sizes: dict[int, dict[str, float]] = {
        count // FEWER: found["few"][way],
        count: found["many"][way],
    }
    if way in _BRIEF and found["more"]:
        largest = max(found["more"], key=int)
        sizes = {count: found["many"][way], int(largest): found["more"][largest][way]}
    (fewer, less), (more, used) = sizes.items()
    return (more - fewer) / max(0.01, used["processor"] - less["processor"])


def _memory(found: dict[str, Any]) -> Iterator[str]:
    """How much the largest process takes, by the number of calls; their words are those of the first."""
    columns = ("one", "changed", "known")
    yield from (
        "",
        "| calls, 1 process: wall s, MB | " + " | ".join(_NAMES[way] for way in columns) + " |",
    )
    yield "|---" * (len(columns) + 1) + "|"
    for count, ways in ((found["calls"], found["many"]), *found["more"].items()):
        cells = (f"{ways[way]['wall']:.0f} s, {ways[way]['memory']:.0f}" for way in columns)
        yield f"| {int(count):,} | " + " | ".join(cells) + " |"


def main() -> None:
    """Measure, and write ``results.json`` and ``results.md``."""
    asked = argparse.ArgumentParser(prog="python -m bench.batch")
    asked.add_argument("--calls", type=int, default=1000)
    asked.add_argument("--more", type=int, nargs="*", default=[10_000])
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), options.calls, options.more)
    (OUT / "results.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (OUT / "results.md").write_text(page(found), encoding="utf-8")
    print(page(found))


if __name__ == "__main__":
    main()
