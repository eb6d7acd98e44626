"""Recordings, their identity, and what is known of each call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipeline.errors import ConfigurationError
from pipeline.ingest.find import Found, find_recordings
from pipeline.records import Direction
from pipeline.settings import FileNameSettings, Settings
from tests.sounds import save

if TYPE_CHECKING:
    from pathlib import Path


def found(folder: Path, settings: Settings | None = None) -> Found:
    """What ingest finds in a folder."""
    return find_recordings(folder, settings or Settings())


def audio(folder: Path, name: str, content: bytes = b"") -> Path:
    """A file that counts as audio by its name; ingest does not decode."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content or name.encode())
    return path


def csv(folder: Path, *rows: str, encoding: str = "utf-8") -> None:
    """A calls.csv."""
    (folder / "calls.csv").write_text("\n".join(rows), encoding=encoding)


def test_a_folder_is_searched_recursively(tmp_path: Path) -> None:
    """Subfolders too; what is no recording is passed over."""
    audio(tmp_path, "a.wav")
    audio(tmp_path, "day/b.MP3")
    audio(tmp_path, "notes.txt")
    audio(tmp_path, ".hidden.wav")
    assert [r.file for r in found(tmp_path).recordings] == ["a.wav", "day/b.MP3"]


def test_identity_is_the_content(tmp_path: Path) -> None:
    """A copy under another name is listed, not scored twice."""
    audio(tmp_path, "a.wav", b"same")
    audio(tmp_path, "b.wav", b"same")
    result = found(tmp_path)
    assert [r.file for r in result.recordings] == ["a.wav"]
    assert [(f.file, f.error) for f in result.failures] == [("b.wav", "Duplicate")]
    assert "a.wav" in result.failures[0].message


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


def test_the_first_source_wins_field_by_field(tmp_path: Path) -> None:
    """calls.csv, then the sidecar, then the file's name."""
    audio(tmp_path, "in-8008-13800000001-20261118-091500-1763.1.wav")
    call = {"agent_id": "0009", "team": "一组", "customer": "13900000000"}
    sidecar = tmp_path / "in-8008-13800000001-20261118-091500-1763.1.json"
    sidecar.write_text(json.dumps({"call": call, "turns": []}), encoding="utf-8")
    csv(tmp_path, "file,team", "in-8008-13800000001-20261118-091500-1763.1.wav,二组")
    (recording,) = found(tmp_path).recordings
    record = recording.record
    assert (record.team, record.agent_id, record.call_id) == ("二组", "0009", "1763.1")
    assert record.started_at is not None
    assert record.started_at.isoformat() == "2026-11-18T09:15:00+08:00"
    assert recording.transcript_path is not None


def test_a_pattern_of_ones_own(tmp_path: Path) -> None:
    """Named groups become fields."""
    audio(tmp_path, "0012_20261118091500.wav")
    own = FileNameSettings(
        pattern=r"(?P<agent_id>\d{4})_(?P<started_at>\d{14})", time_format="%Y%m%d%H%M%S"
    )
    (recording,) = found(tmp_path, Settings(file_name=own)).recordings
    assert recording.record.agent_id == "0012"
    assert recording.record.started_at is not None
    assert recording.record.started_at.hour == 9


@pytest.mark.parametrize(
    ("pattern", "message"), [("(", "file_name.pattern"), ("(?P<agent>x)", "no field 'agent'")]
)
def test_a_faulty_pattern_stops_at_once(tmp_path: Path, pattern: str, message: str) -> None:
    """Before any work."""
    with pytest.raises(ConfigurationError, match=message):
        found(tmp_path, Settings(file_name=FileNameSettings(pattern=pattern)))


def test_a_transcript_alone_is_a_recording(tmp_path: Path) -> None:
    """Without audio beside it."""
    (tmp_path / "c1.json").write_text(json.dumps({"turns": []}), encoding="utf-8")
    (recording,) = found(tmp_path).recordings
    assert (recording.audio, recording.record.call_id) == (False, "c1")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a.wav,gestern,inbound", "第 2 行：started_at"),
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
    assert message in result.failures[0].message


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


@pytest.mark.parametrize(
    "content",
    [
        '{"call": {"started_at": "0001-01-01T00:00:00"}, "turns": []}',
        '{"call": {"started_at": "9999-12-31T23:59:59Z"}, "turns": []}',
        '{"call": {"duration": 1e12}, "turns": []}',
        '{"call": {"duration": NaN}, "turns": []}',
        '{"call": {"channels": -3}, "turns": []}',
        "[" * 100_000,
    ],
    ids=["year 1", "year 9999", "a trillion seconds", "not a number", "-3 channels", "nested"],
)
def test_an_impossible_value_fails_its_file_only(tmp_path: Path, content: str) -> None:
    """The other recordings go on."""
    audio(tmp_path, "a.wav")
    (tmp_path / "odd.json").write_text(content, encoding="utf-8")
    result = found(tmp_path)
    assert [r.file for r in result.recordings] == ["a.wav"]
    assert [f.file for f in result.failures] == ["odd.json"]


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
    assert "第 3 行" in failure.message
    assert "引号" in failure.message


def test_a_quoted_field_may_hold_line_breaks(tmp_path: Path) -> None:
    """A note with commas and quotes; the lines behind it have the numbers that an editor shows."""
    audio(tmp_path, "a.wav")
    note = '"客户说：""没气""\n下午两点, 再打\n\n转二线"'
    gone = "gone.wav,无,0008,二组"
    csv(tmp_path, "file,note,agent_id,team", f"a.wav,{note},0007,一组", gone, gone)
    result = found(tmp_path)
    assert [(r.record.agent_id, r.record.team) for r in result.recordings] == [("0007", "一组")]
    assert [f.message for f in result.failures] == ["calls.csv 第 7 行：gone.wav 出现了两次"]


def test_another_separator_is_named(tmp_path: Path) -> None:
    """With the header as it was read."""
    csv(tmp_path, "file;agent_id", "a.wav;8")
    with pytest.raises(ConfigurationError, match=r"file;agent_id\. Expected commas"):
        found(tmp_path)


def test_the_output_may_lie_inside(tmp_path: Path) -> None:
    """What a run wrote there is no recording."""
    audio(tmp_path, "a.wav")
    audio(tmp_path, "out/reports/audio/x.mp3")
    result = find_recordings(tmp_path, Settings(), leave_out=tmp_path / "out")
    assert [r.file for r in result.recordings] == ["a.wav"]


def test_an_empty_file_is_listed_with_its_reason(tmp_path: Path) -> None:
    """0 bytes."""
    (tmp_path / "zero.wav").write_bytes(b"")
    assert "0 字节" in found(tmp_path).failures[0].message


def test_a_start_in_another_zone_is_told_in_the_settings_own(tmp_path: Path) -> None:
    """23:30 in London is the next morning in Shanghai: that is the call's date."""
    audio(tmp_path, "a.wav")
    csv(tmp_path, "file,started_at", "a.wav,2026-11-18T23:30:00+00:00")
    (recording,) = found(tmp_path).recordings
    assert recording.record.started_at is not None
    assert recording.record.started_at.isoformat() == "2026-11-19T07:30:00+08:00"


def test_two_files_of_one_call_are_one_recording(tmp_path: Path) -> None:
    """Its record is found under the name that both share, and it stands under the first."""
    audio(tmp_path, "q/77-out.wav")
    audio(tmp_path, "q/77-in.wav")
    audio(tmp_path, "lone-in.wav")
    csv(tmp_path, "file,call_id,agent_id,direction", "q/77.wav,c77,0008,outbound")
    result = found(tmp_path)
    pair = next(r for r in result.recordings if r.more_paths)
    assert (pair.file, pair.record.call_id, pair.record.agent_id) == ("q/77-in.wav", "c77", "0008")
    assert pair.record.pbx == "asterisk"
    assert [p.rsplit("/", 1)[1] for p in pair.more_paths] == ["77-out.wav"]
    assert [r.file for r in result.recordings] == ["lone-in.wav", "q/77-in.wav"]
    assert result.failures == ()
    before = pair.content_id
    audio(tmp_path, "q/77-out.wav", b"another customer")
    assert next(r for r in found(tmp_path).recordings if r.more_paths).content_id != before


def noise(path: Path, *, seconds: float, channels: int) -> Path:
    """A sound file that decodes; no two are equal."""
    draw = np.random.default_rng(list(path.name.encode()))
    lines = [draw.normal(0, 0.1, round(seconds * 16000)).astype(np.float32)] * channels
    return save(path, *lines)


@pytest.mark.parametrize(("first", "second"), [("x_agent", "x_customer"), ("x-in", "x-out")])
@pytest.mark.parametrize(
    ("lengths", "channels"),
    [((5, 5), (2, 2)), ((5, 5), (1, 2)), ((5, 8), (1, 1)), ((60, 67), (1, 1))],
    ids=["two whole calls", "one whole call", "3 s apart", "over 10 % apart"],
)
def test_files_that_only_sound_like_two_sides_are_two_recordings(
    tmp_path: Path, first: str, second: str, lengths: tuple[int, int], channels: tuple[int, int]
) -> None:
    """Two channels each, or quite another length: neither call is lost."""
    for name, seconds, sides in zip((first, second), lengths, channels, strict=True):
        noise(tmp_path / f"{name}.wav", seconds=seconds, channels=sides)
    result = found(tmp_path)
    assert [r.file for r in result.recordings] == [f"{first}.wav", f"{second}.wav"]
    assert [r.more_paths for r in result.recordings] == [(), ()]


@pytest.mark.parametrize("lengths", [(5, 6.5), (60, 65)])
def test_the_sides_of_a_call_may_differ_a_little_in_length(
    tmp_path: Path, lengths: tuple[float, float]
) -> None:
    """Up to 2 s or a tenth: a recorder begins each with its first sound."""
    for name, seconds in zip(("x_agent", "x_customer"), lengths, strict=True):
        noise(tmp_path / f"{name}.wav", seconds=seconds, channels=1)
    (one,) = found(tmp_path).recordings
    assert len(one.more_paths) == 1


def test_a_file_with_a_row_or_a_transcript_of_its_own_is_a_recording_of_its_own(
    tmp_path: Path,
) -> None:
    """Although both are mono and equally long."""
    for name in ("a_agent.wav", "a_customer.wav", "b_agent.wav", "b_customer.wav"):
        noise(tmp_path / name, seconds=3, channels=1)
    csv(tmp_path, "file,agent_id", "a_agent.wav,0008", "a_customer.wav,0009")
    (tmp_path / "b_customer.json").write_text('{"turns": []}', encoding="utf-8")
    result = found(tmp_path)
    agents = {r.file: r.record.agent_id for r in result.recordings}
    assert agents == {
        "a_agent.wav": "0008",
        "a_customer.wav": "0009",
        "b_agent.wav": None,
        "b_customer.wav": None,
    }
    assert result.failures == ()


@pytest.mark.parametrize("named", ["x-in.wav", "x-out.wav", "x.wav"])
def test_one_row_is_the_calls_whichever_of_its_files_it_names(tmp_path: Path, named: str) -> None:
    """A phone system notes one of the two, or the name that both share."""
    noise(tmp_path / "x-in.wav", seconds=3, channels=1)
    noise(tmp_path / "x-out.wav", seconds=3, channels=1)
    csv(tmp_path, "file,agent_id", f"{named},0008")
    result = found(tmp_path)
    assert [r.record.agent_id for r in result.recordings] == ["0008"]
    assert result.failures == ()


def test_a_damaged_side_stays_with_the_other(tmp_path: Path) -> None:
    """Half a call is not judged as a whole one: the run says what does not decode."""
    noise(tmp_path / "x-in.wav", seconds=3, channels=1)
    audio(tmp_path, "x-out.wav", b"RIFF\x00\x00 nothing more")
    (one,) = found(tmp_path).recordings
    assert len(one.more_paths) == 1


def test_one_empty_side_fails_the_call(tmp_path: Path) -> None:
    """And says which file it is."""
    audio(tmp_path, "1_agent.wav")
    (tmp_path / "1_caller.wav").touch()
    (failure,) = found(tmp_path).failures
    assert failure.file == "1_agent.wav"
    assert "1_caller.wav" in failure.message


SRT = "1\n00:00:01,000 --> 00:00:03,000\n客服：您好\n"


@pytest.mark.parametrize("name", ["a.srt", "a.wav.srt"])
def test_subtitles_beside_a_recording_are_its_transcript(tmp_path: Path, name: str) -> None:
    """Under the recording's name, with or without its suffix."""
    audio(tmp_path, "a.wav")
    (tmp_path / name).write_text(SRT, encoding="utf-8")
    (one,) = found(tmp_path).recordings
    assert one.audio
    assert one.transcript_path == str((tmp_path / name).resolve())


def test_a_transcript_alone_is_a_recording_whatever_its_format(tmp_path: Path) -> None:
    """And a file of no known format is a failure that names those there are."""
    (tmp_path / "a.srt").write_text(SRT, encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps({"what": "ever"}), encoding="utf-8")
    result = found(tmp_path)
    assert [(r.file, r.audio) for r in result.recordings] == [("a.srt", False)]
    (failure,) = result.failures
    assert (failure.file, failure.stage) == ("b.json", "transcript")
    assert "SRT" in failure.message
    assert "FunASR" in failure.message
