"""What is kept and what is published."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from pipeline.records import CallRecord, Recording, Role, Span, Transcript, Utterance, Word
from pipeline.store.access import OWNER
from pipeline.store.columns import schema
from pipeline.store.files import Kept, Store, atomic
from pipeline.store.rows import customer_key
from pipeline.store.schema import TABLES

if TYPE_CHECKING:
    from pathlib import Path

ZONE = "Asia/Shanghai"


def kept(content_id: str = "a" * 64, day: int = 18) -> Kept:
    """A recording and what was heard in it."""
    utterance = Utterance(
        start=0.4,
        end=1.2,
        text="您好",
        words=(Word("您", 0.4, 0.8, 0.9), Word("好", 0.8, 1.2, None)),
        spans=(Span(0.4, 1.2),),
        role=Role.AGENT,
        channel=0,
    )
    record = CallRecord(call_id="c1", started_at=datetime(2026, 11, day, 9, tzinfo=ZoneInfo(ZONE)))
    return Kept(
        recording=Recording(
            file="a.wav", path="/a.wav", content_id=content_id, record=record, audio=True
        ),
        transcript=Transcript(duration=30.0, channels=2, utterances=(utterance,)),
        heard_with="x",
        rubric="gas-hotline",
    )


def test_what_was_heard_comes_back_as_it_was(tmp_path: Path) -> None:
    """Every field, the zone of the clock time too."""
    store = Store(tmp_path, ZONE)
    store.keep(kept())
    assert store.kept("a" * 64) == kept()
    assert store.dates() == ["2026-11-18"]
    assert list(store.of_date("2026-11-18")) == [kept()]


def test_the_same_is_kept_byte_for_byte(tmp_path: Path) -> None:
    """Same input, same output."""
    for name in ("one", "two"):
        Store(tmp_path / name, ZONE).keep(kept())
    files = [next((tmp_path / n).rglob("*.json.gz")).read_bytes() for n in ("one", "two")]
    assert files[0] == files[1]


def test_a_call_that_moves_to_another_date_leaves_no_copy(tmp_path: Path) -> None:
    """Its call record was corrected."""
    store = Store(tmp_path, ZONE)
    store.keep(kept(day=18))
    store.keep(kept(day=19))
    assert store.dates() == ["2026-11-19"]


def test_a_damaged_file_counts_as_not_heard(tmp_path: Path) -> None:
    """It will be heard again instead of stopping the night."""
    store = Store(tmp_path, ZONE)
    store.keep(kept())
    (path,) = tmp_path.rglob("*.json.gz")
    path.write_bytes(gzip.compress(b"{}")[:-4])
    assert store.kept("a" * 64) is None
    assert list(store.of_date("2026-11-18")) == []


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


def test_files_of_one_date_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    """Not in that of their digests."""
    store = Store(tmp_path, ZONE)
    for digest, name in (("b" * 64, "1.wav"), ("a" * 64, "2.wav")):
        one = kept(digest)
        store.keep(replace(one, recording=replace(one.recording, file=name)))
    assert [k.recording.file for k in store.of_date("2026-11-18")] == ["1.wav", "2.wav"]
