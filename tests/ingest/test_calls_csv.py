"""``calls.csv`` as people and spreadsheets write it, and what is wrong in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import ConfigurationError
from pipeline.records import Direction
from tests.ingest.folder import audio, csv, found

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_call_records_in_the_encodings_that_spreadsheets_write(
    tmp_path: Path, encoding: str
) -> None:
    """With and without a byte order mark, and GB18030; ids keep their zeros."""
    audio(tmp_path, "a.wav")
    csv(
        tmp_path,
        "file,agent_id,agent_name,direction",
        "a.wav,0008,王芳,outbound",
        encoding=encoding,
    )
    (recording,) = found(tmp_path).recordings
    record = recording.record
    assert (record.agent_id, record.agent_name) == ("0008", "王芳")
    assert record.direction is Direction.OUTBOUND


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a.wav,gestern,inbound", "calls.csv:2：started_at"),
        ("a.wav,,sideways", "应为 inbound、outbound 或 callback"),
    ],
)
def test_a_row_that_cannot_be_read_fails_its_file_only(
    tmp_path: Path, row: str, message: str
) -> None:
    """The other recordings go on."""
    audio(tmp_path, "a.wav")
    audio(tmp_path, "b.wav")
    csv(tmp_path, "file,started_at,direction", row, "b.wav,2026-11-18 09:15,inbound")
    result = found(tmp_path)
    assert [r.file for r in result.recordings] == ["b.wav"]
    assert message in str(result.failures[0].message)


def test_a_row_without_its_file_is_listed(tmp_path: Path) -> None:
    """Nothing is lost."""
    csv(tmp_path, "file,team", "gone.wav,一组")
    assert [(f.file, f.error) for f in found(tmp_path).failures] == [("gone.wav", "Missing")]


def test_a_misspelt_column_stops_at_once(tmp_path: Path) -> None:
    """It would silently be ignored otherwise; another system's columns are."""
    audio(tmp_path, "a.wav")
    csv(tmp_path, "file,agentid,trunk", "a.wav,8,7")
    with pytest.raises(ConfigurationError, match="did you mean 'agent_id'"):
        found(tmp_path)
    csv(tmp_path, "file,trunk", "a.wav,7")
    assert len(found(tmp_path).recordings) == 1


def test_a_table_written_by_hand(tmp_path: Path) -> None:
    """Spaces and capitals in the header, a path with a dot, an hour of one digit."""
    audio(tmp_path, "a.wav")
    csv(tmp_path, "File, Agent_id ,started_at", "./a.wav,0008,2026-11-20 9:15")
    (recording,) = found(tmp_path).recordings
    assert recording.record.agent_id == "0008"
    assert recording.record.started_at is not None
    assert recording.record.started_at.hour == 9


@pytest.mark.parametrize("named", ["c1", "c1.wav", "./c1.json"])
def test_a_line_names_its_file_with_or_without_its_suffix(tmp_path: Path, named: str) -> None:
    """The phone system knows of a recording; here is its transcript."""
    (tmp_path / "c1.json").write_text('{"turns": []}', encoding="utf-8")
    csv(tmp_path, "file,agent_id", f"{named},0008")
    result = found(tmp_path)
    assert [r.record.agent_id for r in result.recordings] == ["0008"]
    assert result.failures == ()


@pytest.mark.parametrize(
    "bad", ['b.wav,"王芳,0008', '"b.wav,王芳,0008', 'b.wav,"王芳",0008,"', 'b.wav,王芳,"0008']
)
@pytest.mark.parametrize("more", ["", 'd.wav,"李""四""",0010'], ids=["", "quotes behind"])
def test_a_quote_that_is_not_closed_costs_only_its_own_line(
    tmp_path: Path, bad: str, more: str
) -> None:
    """The line is named by its number; the rows behind it are used."""
    for name in "abcd":
        audio(tmp_path, f"{name}.wav")
    csv(tmp_path, "file,agent_name,agent_id", "a.wav,赵,0007", bad, "c.wav,钱,0009", more)
    result = found(tmp_path)
    agents = {r.file: r.record.agent_id for r in result.recordings}
    assert (agents["a.wav"], agents["c.wav"]) == ("0007", "0009")
    assert agents["d.wav"] == ("0010" if more else None)
    (failure,) = result.failures
    assert str(failure.message) == "calls.csv:3：有一个引号没有闭合"


def test_a_quoted_field_may_hold_line_breaks(tmp_path: Path) -> None:
    """A note with commas and quotes; the lines behind it have the numbers that an editor shows."""
    audio(tmp_path, "a.wav")
    note = '"客户说：""没气""\n下午两点, 再打\n\n转二线"'
    gone = "gone.wav,无,0008,二组"
    csv(tmp_path, "file,note,agent_id,team", f"a.wav,{note},0007,一组", gone, gone)
    result = found(tmp_path)
    assert [(r.record.agent_id, r.record.team) for r in result.recordings] == [("0007", "一组")]
    assert [str(f.message) for f in result.failures] == ["calls.csv:7：gone.wav 出现了两次"]


def test_another_separator_is_named(tmp_path: Path) -> None:
    """With the header as it was read."""
    csv(tmp_path, "file;agent_id", "a.wav;8")
    with pytest.raises(ConfigurationError, match=r"file;agent_id\. Expected commas"):
        found(tmp_path)


def test_a_start_in_another_zone_is_told_in_the_settings_own(tmp_path: Path) -> None:
    """23:30 in London is the next morning in Shanghai: that is the call's date."""
    audio(tmp_path, "a.wav")
    csv(tmp_path, "file,started_at", "a.wav,2026-11-18T23:30:00+00:00")
    (recording,) = found(tmp_path).recordings
    assert recording.record.started_at is not None
    assert recording.record.started_at.isoformat() == "2026-11-19T07:30:00+08:00"
