"""Footers of Parquet files are parsed once, and never taken for another file's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.store.footers import parquet_file

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, values: list[int], group: int) -> None:
    """A file of so many values a group, in the place of the one before it."""
    partial = path.with_suffix(".tmp")
    pq.write_table(pa.table({"n": values}), partial, row_group_size=group)
    partial.replace(path)


def groups(path: Path) -> list[list[int]]:
    """What each group holds."""
    with parquet_file(path) as file:
        return [
            file.read_row_group(number)["n"].to_pylist() for number in range(file.num_row_groups)
        ]


def test_a_file_that_took_anothers_place_is_read_by_its_own_footer(tmp_path: Path) -> None:
    """Of other groups, and of the same size."""
    path = tmp_path / "a.parquet"
    write(path, [1, 2, 3, 4], 2)
    assert groups(path) == groups(path) == [[1, 2], [3, 4]]
    write(path, [5, 6, 7, 8], 2)
    assert groups(path) == [[5, 6], [7, 8]]
    write(path, [1, 2, 3], 1)
    assert groups(path) == [[1], [2], [3]]


def test_what_is_no_file_or_none_of_its_kind_is_told(tmp_path: Path) -> None:
    """By the errors that Arrow has for them."""
    with pytest.raises(FileNotFoundError):
        parquet_file(tmp_path / "none.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(pa.ArrowInvalid):
        parquet_file(tmp_path / "broken.parquet")
