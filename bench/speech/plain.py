"""The loops that anyone would write around faster-whisper: what callqa is held against.

``python -m bench.speech.plain plain|batched TEXTS RECORDING …`` writes the text of each channel of each
recording into the file TEXTS, as JSON. ``plain``: its defaults, one channel after the other.
``batched``: its own batched pipeline with word times, two recordings at once. Both with its own
voice detection, nothing kept.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.asr.weights import obtain

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

MODEL = "base"
AT_ONCE = 2
"""Recordings that the batched loop hears at once."""


def plain(model: WhisperModel, path: Path) -> list[str]:
    """The text of each channel, as faster-whisper's README has it."""
    from faster_whisper import decode_audio

    texts = []
    for channel in decode_audio(str(path), split_stereo=True):
        segments, _ = model.transcribe(channel, language="zh", vad_filter=True)
        texts.append("".join(segment.text for segment in segments))
    return texts


def batched(model: WhisperModel, path: Path) -> list[str]:
    """The text of each channel, with the times of its words."""
    from faster_whisper import BatchedInferencePipeline, decode_audio

    pipeline = BatchedInferencePipeline(model)
    texts = []
    for channel in decode_audio(str(path), split_stereo=True):
        segments, _ = pipeline.transcribe(
            channel, language="zh", batch_size=8, word_timestamps=True
        )
        texts.append("".join(segment.text for segment in segments))
    return texts


def main(way: str, paths: list[Path]) -> list[list[str]]:
    """Every recording's texts, in their order."""
    from faster_whisper import WhisperModel

    at_once = AT_ONCE if way == "batched" else 1
    model = WhisperModel(str(obtain(MODEL)), device="cpu", compute_type="int8", num_workers=at_once)
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(partial({"plain": plain, "batched": batched}[way], model), paths))


if __name__ == "__main__":
    heard = main(sys.argv[1], [Path(name) for name in sys.argv[3:]])
    Path(sys.argv[2]).write_text(json.dumps(heard, ensure_ascii=False), encoding="utf-8")
