"""Calls many times over, ready to be judged as they are: a hundred thousand within a minute or two."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.batch.calls import BEGUN, SETTINGS, customer
from pipeline.judging.judge import Judges
from pipeline.night.prepare import Preparation
from pipeline.store.folded import LargeColumns, held_of, open_parquet, table, writer
from pipeline.store.kept import RECORDING
from pipeline.store.transcripts import BATCH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.store.kept import Row


def multiply(scored: Path, out: Path, times: int) -> None:
    """Keep in ``out`` each scored call of a folder so many times: other names and customers."""
    source, target = (o / "transcripts" / f"{BEGUN:%Y-%m-%d}.parquet" for o in (scored, out))
    target.parent.mkdir(parents=True)
    rows = _copies(source, times)
    with writer(target) as file:
        while group := list(itertools.islice(rows, BATCH)):
            file.write_table(table(group))


def _copies(source: Path, times: int) -> Iterator[Row]:
    """The rows of all copies, in the order in which the calls began."""
    preparation, judges = Preparation(Judges(SETTINGS)), Judges(SETTINGS)
    with open_parquet(source) as file:
        if file is None:
            return
        for number in range(file.num_row_groups):
            group = LargeColumns(source, number)
            for row in file.read_row_group(number).to_pylist():
                judge = judges.of(row["rubric"])
                for further in range(0, times * file.metadata.num_rows, file.metadata.num_rows):
                    copy = row | _renamed(row, further)
                    yield copy | {"made_of": preparation.made_of(held_of(copy, group), judge)}


def _renamed(row: Row, further: int) -> Row:
    """What a copy has of its own: the number of its call, and all that comes of it."""
    recording = RECORDING.validate_json(row["recording"])
    number = int(recording.content_id, 16) + further
    content_id, name = f"{number:064x}", f"{number:07d}.json"
    own = replace(
        recording,
        file=name,
        path=f"/calls/{name}",
        content_id=content_id,
        record=replace(recording.record, call_id=f"c{number:07d}", customer=customer(number)),
    )
    return {"content_id": content_id, "recording": RECORDING.dump_json(own).decode()}
