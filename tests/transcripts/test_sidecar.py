"""callqa's own transcript format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import TranscriptError
from pipeline.records import Role
from pipeline.transcripts.formats import read_transcript

if TYPE_CHECKING:
    from pathlib import Path


def written(tmp_path: Path, data: Any) -> Path:
    """A transcript file."""
    path = tmp_path / "c1.json"
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path


def test_turns_become_utterances_in_order(tmp_path: Path) -> None:
    """With their words, roles and times; unknown keys are somebody else's."""
    word = {"text": "您好", "start": 0.4, "end": 0.9, "probability": 0.98}
    turns = [
        {"role": "customer", "start": 2.0, "end": 3.0, "text": "喂", "extra": 1},
        {"role": "agent", "start": 0.4, "end": 0.9, "text": "您好", "words": [word]},
    ]
    first, second = read_transcript(written(tmp_path, {"turns": turns})).utterances
    assert (first.role, first.words[0].probability) == (Role.AGENT, 0.98)
    assert (second.role, second.words) == (Role.CUSTOMER, ())


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        ({"start": 1, "end": 0, "text": "x"}, "不是先后两个时刻"),
        ({"start": 0, "text": "x"}, "turns.0.end"),
        ({"start": 0, "end": 1, "text": "x", "role": "boss"}, "turns.0.role"),
        ({"start": float("nan"), "end": 1, "text": "x"}, "turns.0.start"),
        ({"start": 0, "end": 1e12, "text": "x"}, "turns.0.end"),
    ],
)
def test_a_turn_that_cannot_be_read_is_named(
    tmp_path: Path, turn: dict[str, Any], message: str
) -> None:
    """Which one, and what is wrong."""
    with pytest.raises(TranscriptError, match=message):
        read_transcript(written(tmp_path, {"turns": [turn]}))


def test_an_unknown_format_names_those_that_are_known(tmp_path: Path) -> None:
    """The way on is in the message."""
    with pytest.raises(TranscriptError, match="可以读的格式：callqa"):
        read_transcript(written(tmp_path, {"results": []}))


def test_roles_and_channels_as_others_write_them(tmp_path: Path) -> None:
    """Agent, 客户, left, a speaker's number."""
    turns = [
        {"start": 0, "end": 1, "text": "a", "role": "Agent"},
        {"start": 1, "end": 2, "text": "b", "role": "客户"},
        {"start": 2, "end": 3, "text": "c", "channel": "right"},
        {"start": 3, "end": 4, "text": "d", "speaker": 1},
    ]
    read = read_transcript(written(tmp_path, {"turns": turns}))
    assert [(u.role, u.channel, u.speaker) for u in read.utterances] == [
        (Role.AGENT, None, None),
        (Role.CUSTOMER, None, None),
        (None, 1, None),
        (None, None, "1"),
    ]
