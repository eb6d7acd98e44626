"""Tables in files: CSV, JSON lines, JSON and Parquet, and what is wrong in them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import ConfigurationError
from tests.call_records.sources import MOMENT, audio, clock, found, only


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (pa.timestamp("us", tz="UTC"), datetime(2026, 11, 20, 1, 15, 30, tzinfo=UTC)),
        (pa.timestamp("ns"), datetime(2026, 11, 20, 9, 15, 30)),  # noqa: DTZ001  as Parquet has it
        (pa.timestamp("ms"), datetime(2026, 11, 20, 9, 15, 30)),  # noqa: DTZ001
        (pa.int64(), 1795137330000),
        (pa.string(), "2026-11-20 09:15:30"),
    ],
)
def test_parquet_brings_its_own_types(tmp_path: Path, kind: pa.DataType, value: Any) -> None:
    """Times with and without zone, whole numbers, numbers that became floats, truths, gaps."""
    audio(tmp_path, "a.wav")
    columns = {
        "file": pa.array(["a.wav"]),
        "started_at": pa.array([value], type=kind),
        "agent_id": pa.array([8008], type=pa.int64()),
        "customer": pa.array([13800000001.0], type=pa.float64()),
        "duration": pa.array([float("nan")], type=pa.float64()),
        "answered": pa.array([True]),
        "transferred": pa.array([None], type=pa.bool_()),
    }
    pq.write_table(pa.table(columns), tmp_path / "calls.parquet")
    record = only(tmp_path)
    assert record.started_at == MOMENT
    assert (record.agent_id, record.customer) == ("8008", "13800000001")
    assert (record.duration, record.answered, record.transferred) == (None, True, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", "，"])
def test_calls_csv_as_spreadsheets_save_it(tmp_path: Path, encoding: str, separator: str) -> None:
    """Excel's "Unicode text" is UTF-16 with tabs; an input method may write a full-width comma."""
    audio(tmp_path, "a.wav")
    lines = [("file", "agent_name", "team"), ("a.wav", "王芳", "一组")]
    text = "\r\n".join(separator.join(line) for line in lines)
    (tmp_path / "calls.csv").write_bytes(text.encode(encoding))
    record = only(tmp_path)
    assert (record.agent_name, record.team) == ("王芳", "一组")


def test_a_fault_in_a_line_is_its_files_only(tmp_path: Path) -> None:
    """Named with its line, in JSON lines as in Parquet; what has no file is the table's."""
    for name in ("a.wav", "b.wav", "c.wav"):
        audio(tmp_path, name)
    lines = ['{"file": "a.wav", "answered": "vielleicht"}', "", "{", "[]", '{"file": "b.wav"}']
    (tmp_path / "calls.jsonl").write_text("\n".join(lines), encoding="utf-8")
    rows = {"file": ["b.wav", "c.wav"], "duration": [60, -1]}
    pq.write_table(pa.table(rows), tmp_path / "calls.parquet")
    result = found(tmp_path)
    assert [r.file for r in result.recordings] == ["b.wav"]
    messages = {f.file: str(f.message) for f in result.failures if f.file != "calls.jsonl"}
    assert messages["a.wav"].startswith("calls.jsonl:1：answered: 'vielleicht' 不能读")
    assert messages["c.wav"].startswith("calls.parquet#2：duration: -1 不能读")
    of_table = [str(f.message) for f in result.failures if f.file == "calls.jsonl"]
    assert "calls.jsonl:3：不是有效的 JSON" in of_table[0]
    assert of_table[1] == "calls.jsonl:4：应是一个 JSON 对象"


def test_what_is_found_out_here_is_no_column(tmp_path: Path) -> None:
    """A call record has it as a field, but no phone system tells it."""
    audio(tmp_path, "a.wav")
    (tmp_path / "calls.csv").write_text("file,dated_by_file\na.wav,1\n", encoding="utf-8")
    assert only(tmp_path).call_id == "a"


def test_a_fault_in_a_line_is_told_in_english_and_kept_in_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs the night, the tables are the same."""
    monkeypatch.setenv("CALLQA_LANG", "en")
    for name in "abcd":
        audio(tmp_path, f"{name}.wav")
    lines = ["file,answered", "a.wav,perhaps", 'b.wav,"1', "c.wav,1", "c.wav,1"]
    (tmp_path / "calls.csv").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "d.json").write_text('{"call": {"pbx": "x"}, "turns": []}', encoding="utf-8")
    failures = found(tmp_path).failures
    assert [f.message.within("en") for f in failures] == [
        "calls.csv:2: answered: 'perhaps' cannot be read; expected 1 or 0",
        "calls.csv:3: a quote is not closed",
        "calls.csv:5: c.wav stands twice",
        "the transcript d.json: pbx: 'x' cannot be read; expected asterisk or freeswitch",
    ]
    assert [str(f.message) for f in failures] == [
        "calls.csv:2：answered: 'perhaps' 不能读；应为 1 或 0",
        "calls.csv:3：有一个引号没有闭合",
        "calls.csv:5：c.wav 出现了两次",
        "转写 d.json：pbx: 'x' 不能读；应为 asterisk 或 freeswitch",
    ]


def test_a_table_that_is_none_stops_at_once(tmp_path: Path) -> None:
    """Before any work, with the file."""
    (tmp_path / "calls.parquet").write_bytes(b"no parquet")
    with pytest.raises(ConfigurationError, match=r"calls\.parquet: cannot be read as Parquet"):
        found(tmp_path)
    (tmp_path / "calls.parquet").unlink()
    (tmp_path / "calls.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="neither UTF-8, UTF-16 nor GB18030"):
        found(tmp_path)
    (tmp_path / "calls.csv").unlink()
    (tmp_path / "cdr.json").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"cdr\.json: is not valid JSON"):
        found(tmp_path, '[call_records]\nfile = "cdr.json"')


@pytest.mark.parametrize("separator", [",", ";", "\t", "；"])
def test_another_table_with_other_columns(tmp_path: Path, separator: str) -> None:
    """Named in the settings, with this table's columns for our fields."""
    audio(tmp_path, "day/a.wav")
    lines = [("录音", "工号", "开始"), ("day/a.wav", "0008", "2026-11-20 9:15")]
    text = "\n".join(separator.join(line) for line in lines)
    (tmp_path / "导出.csv").write_text(text, encoding="gb18030")
    told = '[call_records]\nfile = "导出.csv"\n[call_records.columns]\nfile = "录音"\n'
    record = only(tmp_path, told + 'agent_id = "工号"\nstarted_at = "开始"\n')
    assert (record.agent_id, clock(record)) == ("0008", "2026-11-20T09:15:00+08:00")
    with pytest.raises(ConfigurationError, match=r"toml:5: call_records.columns.team: .*'班组'"):
        found(tmp_path, told + 'team = "班组"\n')


def test_a_json_table_is_no_transcript(tmp_path: Path) -> None:
    """The table that the settings name is not listed as a recording without turns."""
    audio(tmp_path, "a.wav")
    (tmp_path / "cdr.json").write_text('[{"file": "a.wav", "agent_id": "0008"}]', encoding="utf-8")
    assert only(tmp_path, '[call_records]\nfile = "cdr.json"').agent_id == "0008"


def test_an_empty_table_is_named(tmp_path: Path) -> None:
    """Not even a header line; JSON lines may be none."""
    (tmp_path / "calls.jsonl").write_text("", encoding="utf-8")
    assert found(tmp_path).recordings == ()
    (tmp_path / "calls.csv").write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"calls\.csv:1: no column 'file'"):
        found(tmp_path)
