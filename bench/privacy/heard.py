"""``python -m bench.privacy.heard [FOLDER …]``: what can be heard of masked words in the pages' sound.

Recordings, those of the fixtures unless others are named, are scored, and the copies that the pages play
are heard again by the same model. Of each masked place it is asked whether what stood there stands in
what was heard: of a number five of its digits in a row, of anything else all of it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench.night import RECORDINGS
from pipeline.text.digits import digit_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_A_ROW = 5
"""Digits of a number that tell it."""
PLAIN = '[asr]\nmodel = "base"\n\n[privacy]\npublish = "plain"\n'


def callqa(*arguments: str | Path) -> None:
    """Run a command as a user does."""
    command = [sys.executable, "-m", "pipeline", *map(str, arguments)]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def digits_in(text: str) -> list[str]:
    """The runs of digits in a text, however they are said."""
    return [run.digits for run in digit_runs(text)]


def stands_in(secret: str, heard: str, digits: list[str]) -> bool:
    """Whether what was masked can be told from what was heard."""
    number = "".join(digits_in(secret))
    if len(number) >= IN_A_ROW:
        pieces = {number[i : i + IN_A_ROW] for i in range(len(number) - IN_A_ROW + 1)}
        return any(piece in run for run in digits for piece in pieces)
    return len(secret) > 1 and secret in heard


def main() -> None:
    """Measure and print."""
    folders = [Path(told) for told in sys.argv[1:]] or [RECORDINGS]
    copies, places, left = 0, 0, list[tuple[str, str, str]]()
    for folder in folders:
        with tempfile.TemporaryDirectory() as scratch:
            count, masked, told = heard_again(folder, Path(scratch))
        copies, places, left = copies + count, places + masked, [*left, *told]
    print(f"{copies} copies, {places} masked places, {len(left)} heard again")
    for place in left:
        print(*place)


def heard_again(folder: Path, base: Path) -> tuple[int, int, list[tuple[str, str, str]]]:
    """Copies, masked places, and those of them that are heard again: call, kind, words."""
    out, plain, again = base / "out", base / "plain", base / "again"
    config = base / "plain.toml"
    config.write_text(PLAIN, encoding="utf-8")
    callqa("score", folder, "--out", out)
    shutil.copytree(out, plain)
    callqa("rescore", "--out", plain, "--no-report", "--config", config)
    copies = out / "reports" / "audio"
    callqa("score", copies, "--out", again, "--config", config)
    said = {(r.call_id, r.turn): r.text for r in turns(plain)}
    heard = [str(r.text) for r in turns(again)]
    digits = [run for text in heard for run in digits_in(text)]
    places = [
        (r.call_id, str(place["kind"]), said[r.call_id, r.turn][place["start"] : place["end"]])
        for r in turns(out)
        for place in (r.masked if r.masked is not None else ())
    ]
    left = [p for p in places if stands_in(p[2], "\n".join(heard), digits)]
    return len(list(copies.iterdir())), len(places), left


def turns(out: Path) -> Iterator[Any]:
    """The rows of the turns that a folder of results has."""
    return pd.read_parquet(out / "data/transcripts").itertuples()


if __name__ == "__main__":
    main()
