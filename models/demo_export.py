"""From trained weights to the folder that faster-whisper loads."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from ctranslate2.converters import TransformersConverter
from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

from models import demo_network as shape
from models.demo_tokenizer import END_OF_TEXT, LANGUAGES, NO_TIMESTAMPS, START, VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from models.demo_tokenizer import TextCodec

ALL_HEADS = tuple(
    (layer, head) for layer in range(shape.DECODER_LAYERS) for head in range(shape.HEADS)
)


def export(
    weights: Mapping[str, Tensor],
    codec: TextCodec,
    tokenizer_file: Path,
    out: Path,
    *,
    heads: Sequence[tuple[int, int]] = ALL_HEADS,
) -> None:
    """Convert ``weights`` to a CTranslate2 int8 model in ``out``; ``heads`` tell the word times."""
    config = _config()
    model = WhisperForConditionalGeneration(config)
    model.model.load_state_dict(_expanded(weights, codec), strict=True)
    model.tie_weights()
    model.generation_config = _generation_config(heads)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        (Path(folder) / "tokenizer.json").write_bytes(tokenizer_file.read_bytes())
        _write_tokenizer_config(Path(folder))
        converter = TransformersConverter(
            folder, copy_files=["tokenizer.json", "preprocessor_config.json"]
        )
        converter.convert(str(out), quantization="int8", force=True)


def set_heads(folder: Path, heads: Sequence[tuple[int, int]]) -> None:
    """Change the heads that tell the word times of a converted model."""
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["alignment_heads"] = [list(h) for h in heads]
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _expanded(weights: Mapping[str, Tensor], codec: TextCodec) -> dict[str, Tensor]:
    """The weights with all rows of the vocabulary: those never used share the last trained row."""
    state = {k: v.clone() for k, v in weights.items() if not k.startswith("syllables")}
    name = "decoder.embed_tokens.weight"
    rows = state[name][-1].repeat(VOCABULARY, 1)
    rows[torch.tensor(codec.used)] = state[name][:-1]
    return state | {name: rows}


def _config() -> WhisperConfig:
    return WhisperConfig(
        vocab_size=VOCABULARY,
        d_model=shape.WIDTH,
        encoder_layers=shape.ENCODER_LAYERS,
        decoder_layers=shape.DECODER_LAYERS,
        encoder_attention_heads=shape.HEADS,
        decoder_attention_heads=shape.HEADS,
        encoder_ffn_dim=shape.INNER,
        decoder_ffn_dim=shape.INNER,
        num_mel_bins=shape.MELS,
        max_source_positions=shape.POSITIONS,
        max_target_positions=shape.TEXT_POSITIONS,
        bos_token_id=END_OF_TEXT,
        eos_token_id=END_OF_TEXT,
        pad_token_id=END_OF_TEXT,
        decoder_start_token_id=START,
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )


def _generation_config(heads: Sequence[tuple[int, int]]) -> GenerationConfig:
    # The end of text may come first, unlike in OpenAI's models: silence has no words.
    return GenerationConfig(  # type: ignore[no-untyped-call]
        alignment_heads=[list(h) for h in heads],
        lang_to_id={f"<|{name}|>": START + 1 + index for index, name in enumerate(LANGUAGES)},
        task_to_id={"translate": 50358, "transcribe": 50359},
        no_timestamps_token_id=NO_TIMESTAMPS,
        is_multilingual=True,
        suppress_tokens=[],
        begin_suppress_tokens=[],
        bos_token_id=END_OF_TEXT,
        eos_token_id=END_OF_TEXT,
        pad_token_id=END_OF_TEXT,
        decoder_start_token_id=START,
        max_length=shape.TEXT_POSITIONS,
    )


def _write_tokenizer_config(folder: Path) -> None:
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}), encoding="utf-8"
    )
    features = {
        "feature_size": shape.MELS,
        "sampling_rate": 16000,
        "hop_length": 160,
        "chunk_length": 30,
        "n_fft": 400,
    }
    (folder / "preprocessor_config.json").write_text(
        json.dumps(features, indent=2) + "\n", encoding="utf-8"
    )
