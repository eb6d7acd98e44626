"""Processor time of each step of the speech side without the recogniser, by encoding."""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.speech.encodings import ENCODINGS, write
from bench.speech.scenes import scenes
from pipeline import spans
from pipeline.settings import Settings
from pipeline.sound.channels import own_speech, told_apart
from pipeline.sound.decode import decode, levels
from pipeline.sound.dtmf import key_tones
from pipeline.sound.prosody import describe
from pipeline.sound.vad import speech_spans
from tests.fixtures_truth import truths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.records import Seconds

STEPS = ("decode", "tell apart", "speech", "own speech", "sound", "keys")
FEW = ("g08", "g09", "g10")
"""Calls enough for the cost of an encoding."""


class Stopwatch:
    """Processor seconds of each step, those of every thread of the process."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STEPS, 0.0)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what runs inside under this name."""
        begin = time.process_time()
        yield
        self.seconds[name] += time.process_time() - begin


def parts(repeats: int) -> list[dict[str, Any]]:
    """A row an encoding over the same calls, and one over all fixture recordings as they are."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="callqa-bench-") as folder:
        for encoding in ENCODINGS:
            files = [
                write(Path(folder), scene.call_id, scene.channels, encoding)
                for scene in scenes(FEW)
            ]
            rows.append({"name": encoding.name, **best(files, repeats)})
    files = [[truth.path] for truth in truths()]
    return [*rows, {"name": "all fixture recordings", **best(files, repeats)}]


def best(files: Sequence[Sequence[Path]], repeats: int) -> dict[str, Any]:
    """Audio seconds of the recordings, and of each step the least processor time of the repeats."""
    watches = []
    for _ in range(repeats):
        watch = Stopwatch()
        audio = sum(through(paths, watch) for paths in files)
        watches.append(watch)
    least = {step: min(w.seconds[step] for w in watches) for step in STEPS}
    return {
        "audio_s": round(audio, 1),
        "cpu_s": {step: round(seconds, 4) for step, seconds in least.items()},
    }


def through(paths: Sequence[Path], watch: Stopwatch) -> Seconds:
    """One recording through every step; its length."""
    settings = Settings()
    with watch.step("decode"):
        audio = decode(*paths)
    with watch.step("tell apart"):
        audio = told_apart(audio)
    with watch.step("speech"):
        found = [speech_spans(sound, settings.speech) for sound in audio.channels]
    with watch.step("own speech"):
        found = own_speech(found, [levels(sound) for sound in audio.channels])
    with watch.step("sound"):
        for sound, own in zip(audio.channels, found, strict=True):
            for turn in spans.join(own, gap=settings.call.turn_gap):
                describe(sound, spans.clip(own, turn))
    with watch.step("keys"):
        for sound in audio.channels:
            key_tones(sound)
    return audio.duration
