"""The loop that anyone would write around faster-whisper: what callqa's cost is held against."""

from __future__ import annotations

import sys
from pathlib import Path

MODEL = Path("models/demo")


def transcribe(paths: list[Path]) -> int:
    """Each channel of each recording through faster-whisper's defaults; how many characters."""
    from faster_whisper import WhisperModel, decode_audio

    model = WhisperModel(str(MODEL), device="cpu", compute_type="int8")
    said = 0
    for path in paths:
        for channel in decode_audio(str(path), split_stereo=True):
            segments, _ = model.transcribe(channel, language="zh", vad_filter=True)
            said += sum(len(segment.text) for segment in segments)
    return said


if __name__ == "__main__":
    print(transcribe([Path(name) for name in sys.argv[1:]]))
