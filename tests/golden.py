"""Takes a scored OUT of the fixture recordings as the golden one: ``python -m tests.golden OUT``."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.test_night import GOLDEN, STABLE, stable

if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for table in STABLE:
        stable(Path(sys.argv[1]), table).to_csv(GOLDEN / f"{table}.csv", index=False)
