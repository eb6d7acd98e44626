"""Recordings, their identity, and what is known of each call."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import ConfigurationError
from pipeline.ingest.find import find_recordings
from pipeline.settings import FileNameSettings, Settings
from tests.ingest.folder import audio, csv, found

if TYPE_CHECKING:
    from pathlib import Path

SRT = "1\n00:00:01,000 --> 00:00:03,000\n客服：您好\n"


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
    assert "a.wav" in str(result.failures[0].message)


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


def test_the_output_may_lie_inside(tmp_path: Path) -> None:
    """What a run wrote there is no recording."""
    audio(tmp_path, "a.wav")
    audio(tmp_path, "out/reports/audio/x.mp3")
    result = find_recordings(tmp_path, Settings(), leave_out=tmp_path / "out")
    assert [r.file for r in result.recordings] == ["a.wav"]


def test_an_empty_file_is_listed_with_its_reason(tmp_path: Path) -> None:
    """0 bytes."""
    (tmp_path / "zero.wav").write_bytes(b"")
    assert "0 字节" in str(found(tmp_path).failures[0].message)


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
    assert "SRT" in str(failure.message)
    assert "FunASR" in str(failure.message)


def test_a_name_as_long_as_there_can_be(tmp_path: Path) -> None:
    """A transcript beside it would have a longer one, and cannot be there."""
    name = "x" * 251 + ".wav"
    audio(tmp_path, name)
    assert [one.file for one in found(tmp_path).recordings] == [name]


def test_a_name_that_is_no_text_is_listed(tmp_path: Path) -> None:
    """GBK where UTF-8 is expected: told with what to do, and the others are found."""
    audio(tmp_path, "a.wav")
    audio(tmp_path, os.fsdecode("录音.wav".encode("gbk")), b"sound")
    here = found(tmp_path)
    assert [one.file for one in here.recordings] == ["a.wav"]
    (failure,) = here.failures
    assert (failure.file, failure.error) == ("¼\\xd2\\xf4.wav", "FileName")
