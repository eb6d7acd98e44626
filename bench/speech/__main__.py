"""``python -m bench.speech``: what the speech side costs, and how right it is."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from bench.night import machine
from bench.speech.cost import cost
from bench.speech.page import page
from bench.speech.parts import parts
from bench.speech.right import right

OUT = Path(__file__).parent
PARTS = ("cost", "parts", "right")


def main() -> None:
    """Measure, print, write the results."""
    parser = argparse.ArgumentParser(prog="python -m bench.speech", description=__doc__)
    parser.add_argument("--runs", type=int, default=2, help="runs of which the quickest counts")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="for accuracy alone")
    parser.add_argument("--out", type=Path, default=OUT, help="where the results go")
    parser.add_argument("--only", choices=PARTS, help="only this part; nothing is written")
    chosen = parser.parse_args()
    data: dict[str, Any] = {"machine": machine()}
    if chosen.only in {None, "cost"}:
        data["cost"] = cost(chosen.runs)
    if chosen.only in {None, "parts"}:
        data["parts"] = parts(chosen.runs)
    if chosen.only in {None, "right"}:
        data["right"] = right(workers=chosen.workers)
    print(page(data), end="")
    if chosen.only is None:
        (chosen.out / "results.md").write_text(page(data), encoding="utf-8")
        text = json.dumps(data, ensure_ascii=False, indent=1)
        (chosen.out / "results.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
