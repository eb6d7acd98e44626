"""The demonstration model as it is committed."""

from __future__ import annotations

import json

from tokenizers import Tokenizer

from pipeline.resources import MODELS

DEMO = MODELS / "demo"


def test_its_size() -> None:
    """Small enough to be committed."""
    assert sum(f.stat().st_size for f in DEMO.iterdir()) < 16_000_000


def test_its_vocabulary_is_whispers() -> None:
    """The ids that faster-whisper and CTranslate2 count on."""
    tokenizer = Tokenizer.from_file(str(DEMO / "tokenizer.json"))
    ids = {
        "<|endoftext|>": 50257,
        "<|startoftranscript|>": 50258,
        "<|zh|>": 50260,
        "<|transcribe|>": 50359,
        "<|notimestamps|>": 50363,
        "<|0.00|>": 50364,
    }
    assert {name: tokenizer.token_to_id(name) for name in ids} == ids
    assert tokenizer.get_vocab_size() == 51865
    text = "您好，江城中燃，八号为您服务。"
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_its_heads_for_word_times_are_chosen() -> None:
    """Not all of them: those that were measured to follow the speech."""
    heads = json.loads((DEMO / "config.json").read_text(encoding="utf-8"))["alignment_heads"]
    assert 0 < len(heads) < 2 * 4
