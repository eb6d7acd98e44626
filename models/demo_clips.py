"""Telephone clips with known text and times, and their features, for the demonstration model."""

from __future__ import annotations

import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soxr
from faster_whisper.feature_extractor import FeatureExtractor

from models.synthetic_speech import SAMPLE_RATE, SpokenCharacter, Voice, speak

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from models.corpus import Corpus

VARIANTS = ("f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8")
LONGEST = 15.0
"""Seconds; longer windows are made of several clips (`demo_batches.windows`)."""
SHARD = 1000
"""Clips a cache file."""


@dataclass(frozen=True, eq=False)
class Clip:
    """A clip as the pipeline cuts it: samples ``(n,)`` at 8 kHz, its text and its characters' times."""

    samples: NDArray[np.float32]
    text: str
    characters: tuple[SpokenCharacter, ...]


def make_clip(corpus: Corpus, rng: random.Random, *, held_out: bool = False) -> Clip:
    """One clip of one random speaker: silence, one to three utterances, silence, a telephone line.

    Held-out clips take pitches that no training clip has.
    """
    noise = np.random.default_rng(rng.getrandbits(63))
    if rng.random() < 0.03:
        return Clip(_line(_silence(rng.uniform(0.4, 5.0)), rng, noise), "", ())
    pitches = [p for p in range(28, 78) if (p % 7 == 0) == held_out]
    voice = Voice(
        variant=rng.choice(VARIANTS), pitch=rng.choice(pitches), pitch_range=rng.randint(40, 60)
    )
    clip = _spoken(corpus, voice, rng)
    while not clip.text:
        clip = _spoken(corpus, voice, rng)
    return Clip(_line(clip.samples, rng, noise), clip.text, clip.characters)


def _spoken(corpus: Corpus, voice: Voice, rng: random.Random) -> Clip:
    """Up to three utterances as they fit into the longest clip, with silence around them."""
    words_per_minute = rng.randint(105, 262)  # about 115 to 330 characters a minute
    pieces = [_silence(rng.choice([0.2, rng.uniform(0, 0.5)]))]
    text, characters, at = "", [], len(pieces[0])
    for index in range(rng.choices((1, 2, 3), (75, 18, 7))[0]):
        sentence = corpus.sentence(rng)
        speech = speak(sentence, voice, words_per_minute=words_per_minute)
        gap = _silence(rng.uniform(0.1, 0.8) if index else 0.0)
        begin = (at + len(gap)) / SAMPLE_RATE
        if begin + speech.duration > LONGEST:
            break
        pieces += [gap, speech.samples]
        characters += [
            SpokenCharacter(c.text, c.start + begin, c.end + begin) for c in speech.characters
        ]
        text, at = text + sentence, at + len(gap) + len(speech.samples)
    pieces.append(_silence(rng.choice([0.2, rng.uniform(0.02, 0.6)])))
    return Clip(np.concatenate(pieces), text, tuple(characters))


def _silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32)


def _line(
    samples: NDArray[np.float32], rng: random.Random, noise: np.random.Generator
) -> NDArray[np.float32]:
    """The samples after a telephone line: band, gain, noise, sometimes companding."""
    if len(samples) > 512 and rng.random() < 0.6:
        samples = _band(
            samples, rng.choice([0, 60, 200, 300]), rng.choice([3000, 3300, 3400, 3700])
        )
    peak = max(float(np.abs(samples).max()), 1e-4)
    level = 10 ** (rng.uniform(-24, -1) / 20)
    samples = samples / peak * level if peak > 1e-3 else samples
    ratio = 10 ** (rng.uniform(15, 48) / 20)
    loudness = float(np.sqrt((samples**2).mean())) if peak > 1e-3 else level * 0.15
    hiss = noise.standard_normal(len(samples)).astype(np.float32)
    if rng.random() < 0.4:  # a line's hiss is often darker than white
        hiss = np.convolve(hiss, np.exp(-np.arange(12) / rng.uniform(0.8, 4)), "same")
    hiss /= np.sqrt((hiss**2).mean()) + 1e-9
    hum = np.sin(2 * np.pi * 50 * np.arange(len(samples)) / SAMPLE_RATE)
    samples = samples + (loudness / ratio * (hiss + hum * rng.choice([0, 0, 0.5]))).astype(
        np.float32
    )
    if rng.random() < 0.4:
        samples = _companded(samples)
    return np.clip(samples, -1, 1).astype(np.float32)


def _band(samples: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    spectrum = np.fft.rfft(samples)
    frequency = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    gain = 1 / (1 + (low / np.maximum(frequency, 1)) ** 8) / (1 + (frequency / high) ** 24)
    return np.asarray(np.fft.irfft(spectrum * gain, len(samples)), dtype=np.float32)


def _companded(samples: NDArray[np.float32], mu: float = 255.0) -> NDArray[np.float32]:
    """The samples after µ-law with 8 bits (G.711)."""
    coded = np.sign(samples) * np.log1p(mu * np.minimum(np.abs(samples), 1)) / np.log1p(mu)
    coded = np.round(coded * 127) / 127
    decoded = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(mu)) / mu
    return np.asarray(decoded, dtype=np.float32)


def features_of(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features ``(80, frames)`` of 8 kHz samples, exactly as faster-whisper computes them."""
    wide = soxr.resample(samples, SAMPLE_RATE, 2 * SAMPLE_RATE).astype(np.float32)
    return np.asarray(FeatureExtractor()(wide)[..., :-1], dtype=np.float32)


def write_shard(path: Path, corpus: Corpus, seed: int) -> None:
    """Make ``SHARD`` clips and keep their features (float16), texts and character times."""
    rng = random.Random(seed)
    clips = [make_clip(corpus, rng) for _ in range(SHARD)]
    features = [features_of(c.samples).T.astype(np.float16) for c in clips]
    times = [np.array([(c.start, c.end) for c in k.characters]).reshape(-1, 2) for k in clips]
    partial = path.with_suffix(".part.npz")
    np.savez(
        partial,
        features=np.concatenate(features),
        frames=np.array([len(f) for f in features]),
        texts=np.array([c.text for c in clips]),
        times=np.concatenate(times).astype(np.float32),
        spoken=np.array([len(t) for t in times]),
    )
    partial.rename(path)


def write_shards(folder: Path, corpus: Corpus, *, seed: int, count: int, workers: int = 2) -> None:
    """Make the shards ``0 … count-1`` that the folder does not hold yet."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(workers) as pool:
        jobs = [
            pool.submit(write_shard, path, corpus, seed * 100_000 + index)
            for index in range(count)
            if not (path := folder / f"clips-{index:03d}.npz").is_file()
        ]
        for job in jobs:
            job.result()


@dataclass(frozen=True, eq=False)
class Example:
    """Features ``(frames, 80)`` float16, the text, and seconds ``(characters, 2)`` of its characters."""

    features: NDArray[np.float16]
    text: str
    times: NDArray[np.float32]


def read_shard(path: Path) -> list[Example]:
    """The examples of one cache file."""
    with np.load(path) as data:
        features = np.split(data["features"], np.cumsum(data["frames"])[:-1])
        times = np.split(data["times"], np.cumsum(data["spoken"])[:-1])
        texts = [str(t) for t in data["texts"]]
    return [Example(f, t, s) for f, t, s in zip(features, texts, times, strict=True)]


def texts_of(folder: Path) -> set[str]:
    """All texts of the cache files."""
    return {str(t) for path in folder.glob("clips-???.npz") for t in np.load(path)["texts"]}
