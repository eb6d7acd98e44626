"""A sample of ``make bench-faults``: nothing lost, nothing doubled, no date in two states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.faults import files, nights, shim
from bench.faults.__main__ import COLUMNS, stops

if TYPE_CHECKING:
    from pathlib import Path

WRONG = COLUMNS[3:]


@pytest.mark.skipif(shim.COMPILER is None, reason="needs a C compiler")
def test_a_night_that_is_stopped_or_fails_anywhere_is_whole(tmp_path: Path) -> None:
    """Killed after some of its changes of files, and with these failing once and for ever."""
    count = stops(tmp_path / "stops", every=640)
    assert count["calls"] > 1000
    assert count["tried"] >= 3 * (count["calls"] // 640)
    assert count["survived"] < count["tried"]
    assert {column: count[column] for column in WRONG} == dict.fromkeys(WRONG, 0)


def test_no_name_and_no_damage_loses_a_recording(tmp_path: Path) -> None:
    """Each is kept or listed, once."""

    def fill(folder: Path) -> None:
        files.hostile(folder)
        files.corrupted(folder, 18)

    count = files.tried(tmp_path, fill)
    assert count["tried"] > 30
    assert count["survived"] > len(files.NAMES) // 2
    assert count["listed"] > 0
    assert {column: count[column] for column in WRONG} == dict.fromkeys(WRONG, 0)


def test_a_share_that_vanishes_changes_no_byte(tmp_path: Path) -> None:
    """The results go away in the middle of a night: the next is whole."""
    count = nights.share(nights.World(tmp_path / "nights", calls=4, jobs=1), nights.results, 1)
    assert count["tried"] == 1
    assert {column: count[column] for column in WRONG} == dict.fromkeys(WRONG, 0)
