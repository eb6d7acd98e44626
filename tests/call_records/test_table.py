"""The rows of all sources, joined to the recordings they are about."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.call_records.sources import TAIL, UUID, audio, clock, found, only


def test_json_lines_and_parquet_stand_beside_calls_csv(tmp_path: Path) -> None:
    """Field by field the first that knows: CSV, JSON lines, Parquet."""
    audio(tmp_path, "a.wav")
    (tmp_path / "calls.csv").write_text("file,team\na.wav,一组\n", encoding="utf-8")
    line = {"file": "a", "team": "二组", "agent_id": "0008", "ring_seconds": 6, "answered": True}
    (tmp_path / "calls.jsonl").write_text(json.dumps(line, ensure_ascii=False), encoding="utf-8")
    rows = {"file": ["a.wav"], "agent_id": ["0009"], "queue": ["抢修"]}
    pq.write_table(pa.table(rows), tmp_path / "calls.parquet")
    record = only(tmp_path)
    assert (record.team, record.agent_id, record.queue) == ("一组", "0008", "抢修")
    assert (record.ring_seconds, record.answered) == (6, True)


def test_rows_without_a_file_find_their_recording_by_the_calls_id(tmp_path: Path) -> None:
    """Where the table names no files at all; a call without recording is known as such."""
    audio(tmp_path, f"in-02588886666-13800000001-{TAIL}.wav")
    audio(tmp_path, f"anruf_{UUID}_links.wav")
    rows = [
        {"call_id": "1763428500.12", "agent_id": "0008"},
        {"call_id": UUID, "agent_id": "0009"},
        {"call_id": "1763428500.99", "started_at": "2026-11-18 10:00", "answered": 0},
    ]
    text = "\n".join(json.dumps(row) for row in rows)
    (tmp_path / "cdr.jsonl").write_text(text, encoding="utf-8")
    result = found(tmp_path, '[call_records]\nfile = "cdr.jsonl"')
    assert result.failures == ()
    assert {r.record.agent_id for r in result.recordings} == {"0008", "0009"}
    assert [(c.call_id, c.answered) for c in result.unrecorded] == [("1763428500.99", False)]


def test_other_days_of_a_phone_systems_records_are_left_out(tmp_path: Path) -> None:
    """The table holds all calls since the system was set up; the folder is one night's."""
    audio(tmp_path, f"in-02588886666-13800000001-{TAIL}.wav")
    lines = ["calldate,src,disposition,uniqueid,did"]
    lines += [
        f"2026-11-{day} 10:00:00,13700000003,NO ANSWER,176343{day}00.50,025" for day in (17, 18, 19)
    ]
    (tmp_path / "cdr.csv").write_text("\n".join(lines), encoding="utf-8")
    result = found(tmp_path, '[call_records]\nfile = "cdr.csv"\nvendor = "freepbx"')
    assert [clock(c) for c in result.unrecorded] == ["2026-11-18T10:00:00+08:00"]


def test_a_file_that_another_table_names_need_not_be_here(tmp_path: Path) -> None:
    """It may be another folder's; one that ``calls.csv`` names is missing."""
    rows = "file,started_at\ngone.wav,2026-11-18 10:00\n"
    (tmp_path / "cdr.csv").write_text(rows, encoding="utf-8")
    result = found(tmp_path, '[call_records]\nfile = "cdr.csv"')
    assert (result.failures, len(result.unrecorded)) == ((), 1)
    (tmp_path / "calls.jsonl").write_text('{"file": "gone.wav"}', encoding="utf-8")
    (missing,) = found(tmp_path, '[call_records]\nfile = "cdr.csv"').failures
    assert str(missing.message) == "calls.jsonl 里有这一行，但文件夹里没有这个文件"
