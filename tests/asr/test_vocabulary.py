"""Whisper base without the tokens that no Chinese call needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tokenizers import Tokenizer

from bench.reading import errors
from pipeline.asr import backend, vocabulary, weights
from pipeline.settings import AsrSettings
from tests.asr.test_whisper import BASE, recogniser, turn_clips
from tests.conftest import obtained

if TYPE_CHECKING:
    from pathlib import Path


def reduced() -> dict[str, bytes]:
    """The files of Whisper base as they are given to the recogniser."""
    files = vocabulary.for_chinese(weights.obtain(obtained("base")))
    assert files is not None
    return files


@pytest.mark.service
def test_two_tokens_in_three_are_left_out_and_no_command() -> None:
    """What Whisper is told with is there; of other scripts' words nothing but single bytes."""
    tokens = json.loads(reduced()["vocabulary.json"])
    assert len(tokens) < 51_865 * 0.35
    assert {"<|startoftranscript|>", "<|zh|>", "<|transcribe|>", "<|notimestamps|>"} <= set(tokens)
    config = json.loads(reduced()["config.json"])
    assert [tokens[number] for number in config["suppress_ids_begin"]] == ["Ġ", "<|endoftext|>"]
    assert not [token for token in tokens if "голов" in token or "overhe" in token]


@pytest.mark.service
@pytest.mark.parametrize(
    "text",
    [
        "您好，江城中燃，请问有什么可以帮您？",
        "Hello，App上的WiFi连不上，Starbucks那个",
        "Привет、ハイ、😊℃",
    ],
)
def test_any_text_can_still_be_written(text: str) -> None:
    """Rare words are spelt."""
    tokenizer = Tokenizer.from_buffer(reduced()["tokenizer.json"])
    numbers = tokenizer.encode(text, add_special_tokens=False).ids
    assert tokenizer.decode(numbers) == text


@pytest.mark.service
def test_it_hears_what_the_whole_model_hears() -> None:
    """The weights are the same: a character in twenty may fall otherwise, where it was unsure."""
    whole_settings = BASE.model_copy(update={"vocabulary": "whole"})
    whole = backend(whole_settings).load(whole_settings, threads=2, workers=1)
    clips, _ = turn_clips("g03", "agent", 8)
    before = "".join(one.text for one in whole.transcribe(clips))
    now = "".join(one.text for one in recogniser().transcribe(clips))
    wrong, characters = errors(before, now)
    assert characters > 80
    assert wrong <= 0.05 * characters


def test_a_model_of_another_layout_is_left_as_it_is(tmp_path: Path) -> None:
    """A later version of CTranslate2, or a folder without the tokenizer."""
    assert vocabulary.for_chinese(tmp_path) is None
    tokenizer = {"added_tokens": [], "model": {"vocab": {}, "merges": []}}
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer))
    (tmp_path / "vocabulary.json").write_text("[]")
    (tmp_path / "model.bin").write_bytes((7).to_bytes(4, "little"))
    assert vocabulary.for_chinese(tmp_path) is None


def test_the_setting_is_one_of_two() -> None:
    """Anything else stops at once."""
    with pytest.raises(ValueError, match="chinese"):
        AsrSettings.model_validate({"vocabulary": "english"})
