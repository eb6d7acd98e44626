"""SubRip and WebVTT as people really have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import TranscriptError
from pipeline.records import Role
from pipeline.transcripts.formats import read_transcript

SAMPLES = Path(__file__).parent / "samples"


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    """A subtitle file; its name says nothing."""
    path = tmp_path / "c1.txt"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("name", ["subtitles.srt", "subtitles.vtt"])
def test_encodings_of_chinese_windows(tmp_path: Path, name: str, encoding: str) -> None:
    """Also with the line ends of Windows."""
    text = (SAMPLES / name).read_text(encoding="utf-8")
    path = written(tmp_path, text.replace("\n", "\r\n"), encoding)
    assert read_transcript(path) == read_transcript(SAMPLES / name)


@pytest.mark.parametrize(
    ("line", "role", "speaker", "text"),
    [
        ("客服：您好", Role.AGENT, None, "您好"),
        ("坐席: 您好", Role.AGENT, None, "您好"),
        ("【客户】：您好", Role.CUSTOMER, None, "您好"),
        ("Agent: 您好", Role.AGENT, None, "您好"),
        ("Speaker 1: 您好", None, "Speaker 1", "您好"),
        ("SPEAKER_00: 您好", None, "SPEAKER_00", "您好"),
        ("说话人2：您好", None, "说话人2", "您好"),
        ("请注意：您好", None, None, "请注意：您好"),
        ("客服热线：10086", None, None, "客服热线：10086"),
    ],
)
def test_who_speaks_stands_before_the_line(
    tmp_path: Path, line: str, role: Role | None, speaker: str | None, text: str
) -> None:
    """Roles and speakers are taken off; what only looks like one stays."""
    path = written(tmp_path, f"1\n00:00:01,000 --> 00:00:02,000\n{line}\n")
    (said,) = read_transcript(path).utterances
    assert (said.role, said.speaker, said.text) == (role, speaker, text)


def test_cues_without_numbers_and_with_points(tmp_path: Path) -> None:
    """As some tools write SubRip."""
    text = "00:00:01.000 --> 00:00:02.500\n您好\n\n00:00:03.000 --> 00:00:04.000\n8008\n再见\n"
    read = read_transcript(written(tmp_path, text))
    assert [(u.start, u.end, u.text) for u in read.utterances] == [
        (1.0, 2.5, "您好"),
        (3.0, 4.0, "8008再见"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "1\n00:00:01,000 --> 00:00:02,000\n甲\n\n2\n00:00:03 --> 明天\n乙\n",
            "第 6 行不是两个时刻",
        ),
        ("1\n00:00:03,000 --> 00:00:02,000\n甲\n", "SRT 第 1 条转写不能读"),
        ("WEBVTT\n\n00:01.000 --> 99:00:02.000\n甲\n", "不能大于 86400"),
        ("1\n00:00:01,000 --> 00:00:02,000\n甲\n\n2\n00:03,000 --> 00:04,000\n乙\n", "只有 1 条"),
        ("WEBVTT\n\n00:71.000 --> 00:72.000\n甲\n", "WebVTT 字幕不能读"),
    ],
)
def test_a_cue_that_cannot_be_read_is_named(tmp_path: Path, text: str, message: str) -> None:
    """By its line, or by its number."""
    with pytest.raises(TranscriptError, match=message):
        read_transcript(written(tmp_path, text))
