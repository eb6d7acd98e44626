"""How well a converted model hears: character errors and word times, through faster-whisper."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soxr
from faster_whisper import BatchedInferencePipeline, WhisperModel

from models.corpus import MARKS
from models.demo_clips import make_clip
from models.demo_export import ALL_HEADS, set_heads
from models.synthetic_speech import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from models.corpus import Corpus
    from models.demo_clips import Clip


@dataclass(frozen=True)
class Measurement:
    """Errors over a set of clips."""

    clips: int
    characters: int
    character_errors: int
    start_errors: tuple[float, ...]
    """Absolute error of each rightly heard character's start, seconds, sorted."""
    worst: tuple[tuple[str, str], ...]
    """Clips with most errors: what was said, what was heard."""

    @property
    def cer(self) -> float:
        """Character error rate; marks do not count."""
        return self.character_errors / max(self.characters, 1)

    @property
    def percent(self) -> float:
        """Character error rate in per cent."""
        return 100 * self.cer

    @property
    def start_mean(self) -> float:
        """Mean absolute error of starts, seconds."""
        return float(np.mean(self.start_errors)) if self.start_errors else float("nan")

    @property
    def start_p90(self) -> float:
        """90th percentile of the absolute error of starts, seconds."""
        return float(np.percentile(self.start_errors, 90)) if self.start_errors else float("nan")

    def __str__(self) -> str:
        """One line for the log."""
        return (
            f"{self.clips} clips, {self.characters} characters: CER {self.percent:.2f} %, "
            f"start error mean {self.start_mean:.3f} s, p90 {self.start_p90:.3f} s"
        )


def held_out_clips(corpus: Corpus, count: int, *, seed: int = 20_261_121) -> list[Clip]:
    """Clips with pitches, speeds and mixtures of sentences that training did not have."""
    rng = random.Random(seed)
    return [make_clip(corpus, rng, held_out=True) for _ in range(count)]


def load(folder: Path) -> WhisperModel:
    """The model as the pipeline loads it."""
    return WhisperModel(str(folder), device="cpu", compute_type="int8", local_files_only=True)


def measure(model: WhisperModel, clips: Sequence[Clip], *, beam_size: int = 5) -> Measurement:
    """Transcribe the clips and compare with their truth."""
    errors = said = 0
    starts: list[float] = []
    scored: list[tuple[int, str, str]] = []
    for clip in clips:
        heard, times = transcribe(model, clip, beam_size=beam_size)
        truth = [c.text for c in clip.characters]
        wrong, pairs = align(truth, heard)
        starts += [abs(times[j] - clip.characters[i].start) for i, j in pairs]
        errors, said = errors + wrong, said + len(truth)
        scored.append((wrong, "".join(truth), "".join(heard)))
    scored.sort(reverse=True)
    worst = tuple((t, h) for wrong, t, h in scored[:12] if wrong)
    return Measurement(len(clips), said, errors, tuple(sorted(starts)), worst)


def transcribe(
    model: WhisperModel, clip: Clip, *, beam_size: int = 5
) -> tuple[list[str], list[float]]:
    """The characters heard, without marks, and the second at which each begins.

    In batches, as the pipeline does: one clip is one window. faster-whisper's other way decodes what
    is left after the last word once more, and a fraction of a second of noise gives it words.
    """
    wide = soxr.resample(clip.samples, SAMPLE_RATE, 16000).astype(np.float32)
    segments, _ = BatchedInferencePipeline(model).transcribe(
        wide,
        language="zh",
        beam_size=beam_size,
        temperature=0.0,
        vad_filter=False,
        clip_timestamps=[{"start": 0.0, "end": len(wide) / 16000}],
        without_timestamps=True,
        condition_on_previous_text=False,
        word_timestamps=True,
        max_new_tokens=150,
    )
    heard, times = [], []
    for word in (w for s in segments for w in s.words or ()):
        for character in word.word.strip():
            if character not in MARKS:
                heard.append(character)
                times.append(float(word.start))
    return heard, times


def align(truth: Sequence[str], heard: Sequence[str]) -> tuple[int, list[tuple[int, int]]]:
    """Edit distance, and the index pairs of the characters that agree on its cheapest path."""
    cost = np.zeros((len(truth) + 1, len(heard) + 1), dtype=int)
    cost[:, 0], cost[0, :] = range(len(truth) + 1), range(len(heard) + 1)
    for i, a in enumerate(truth, start=1):
        for j, b in enumerate(heard, start=1):
            cost[i, j] = min(cost[i - 1, j - 1] + (a != b), cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    pairs, i, j = [], len(truth), len(heard)
    while i and j:
        if truth[i - 1] == heard[j - 1] and cost[i, j] == cost[i - 1, j - 1]:
            pairs.append((i - 1, j - 1))
            i, j = i - 1, j - 1
        elif cost[i, j] == cost[i - 1, j - 1] + 1:
            i, j = i - 1, j - 1
        elif cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return int(cost[-1, -1]), pairs[::-1]


def choose_heads(folder: Path, clips: Sequence[Clip]) -> list[tuple[int, int]]:
    """Find the attention heads with the best word times, alone or together; leave them set."""

    def error(heads: Sequence[tuple[int, int]]) -> float:
        set_heads(folder, heads)
        return measure(load(folder), clips, beam_size=1).start_mean

    ranked = sorted(ALL_HEADS, key=lambda head: error([head]))
    options = [ranked[:1], ranked[:2], ranked[:3]]
    best = min(options, key=error)
    set_heads(folder, best)
    return best
