"""What is kept and what is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pipeline.store.access import OWNER, atomic
from pipeline.store.columns import schema
from pipeline.store.files import Store
from pipeline.store.rows import customer_key
from pipeline.store.schema import TABLES

if TYPE_CHECKING:
    from pathlib import Path

ZONE = "Asia/Shanghai"


def test_a_reader_sees_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    """A write that breaks off leaves the old file, and nothing beside it."""
    path = tmp_path / "data.txt"
    path.write_text("old", encoding="utf-8")

    def breaks_off() -> None:
        with atomic(path, OWNER) as partial:
            partial.write_text("half", encoding="utf-8")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        breaks_off()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_every_table_reads_as_one_dataset(tmp_path: Path) -> None:
    """Hive partitions, the declared columns, and a date column; empty dates too."""
    store = Store(tmp_path, ZONE)
    for table, row in TABLES.items():
        store.write(row, "2026-11-18", [])
        store.write(row, "2026-11-19", [])
        frame = pd.read_parquet(tmp_path / "data" / table)
        assert [*schema(row).names, "date"] == list(frame.columns)


def test_a_customer_is_a_keyed_hash() -> None:
    """The same number under the same key, and no number at all."""
    assert customer_key("13800000000", "k") == customer_key("13800000000", "k")
    assert customer_key("13800000000", "k") != customer_key("13800000000", "other")
    assert "138" not in customer_key("13800000000", "k")
    assert customer_key(None, "k") == ""
