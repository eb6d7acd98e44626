"""Where somebody speaks, against the scripted truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.records import SAMPLE_RATE, Span
from pipeline.settings import SpeechSettings
from pipeline.sound.channels import own_speech, told_apart
from pipeline.sound.decode import decode, levels
from pipeline.sound.vad import speech_spans
from pipeline.spans import join
from tests.fixtures_truth import Truth, truths
from tests.sounds import save, scripted, sides


def heard(truth: Truth) -> list[tuple[Span, dict[str, float]]]:
    """Each scripted turn with the stretch of speech that was found for it."""
    audio = decode(truth.path)
    pairs = []
    for channel, samples in enumerate(audio.channels):
        role = "agent" if channel == truth.data["agent_channel"] else "customer"
        found = join(speech_spans(samples, SpeechSettings()), gap=0.7)
        turns = truth.turns(role)
        assert len(found) == len(turns), (truth.call_id, role)
        pairs += list(zip(found, turns, strict=True))
    return pairs


@pytest.mark.parametrize("truth", truths()[::4], ids=lambda t: t.call_id)
def test_every_scripted_turn_is_found_with_its_edges(truth: Truth) -> None:
    """No turn lost, none invented, none split; ends within 0.1 s, starts within 0.3 s."""
    for span, turn in heard(truth):
        assert span.start == pytest.approx(turn["start"], abs=0.3), turn
        assert span.end == pytest.approx(turn["end"], abs=0.25), turn


def on_a_noisy_line(samples: np.ndarray, voice: float, decibels: float) -> np.ndarray:
    """In the telephone band at 8 kHz, with white noise so many dB under the ``voice``'s level."""
    from scipy.signal import butter, resample_poly, sosfilt

    noise = np.random.default_rng(1).normal(0, voice * 10 ** (-decibels / 20), len(samples))
    band = butter(6, (300, 3400), "bandpass", fs=SAMPLE_RATE, output="sos")
    heard = sosfilt(band, samples + noise.astype(np.float32))
    return np.asarray(resample_poly(resample_poly(heard, 1, 2), 2, 1), dtype=np.float32)


def loudness(samples: np.ndarray) -> float:
    """The root mean square of where there is a voice."""
    return float(np.sqrt(np.mean(np.square(samples[np.abs(samples) > 1e-3]))))


@pytest.mark.parametrize(
    ("call_id", "said", "decibels"),
    [
        ("g01", "再见", 10),
        ("g01", "再见", 15),
        ("g05", "好的，有需要", 10),
        ("g20", "好的，再见", 10),
        ("g20", "后天上午", 15),
    ],
)
def test_in_noise_a_turn_begins_with_its_first_syllable(
    call_id: str, said: str, decibels: float
) -> None:
    """Although what lies between the first two sinks into the noise."""
    turn = next(t for t in scripted(call_id).turns("customer") if t["text"].startswith(said))
    _, customer = sides(call_id)
    line = on_a_noisy_line(customer, loudness(customer), decibels)
    found = [s for s in speech_spans(line, SpeechSettings()) if s.end > turn["start"] + 0.05]
    assert found[0].start == pytest.approx(turn["start"], abs=0.25)


@pytest.mark.parametrize(("call_id", "role", "share"), [("g20", 1, 0.82), ("g29", 0, 0.9)])
def test_a_voice_whose_fundamental_the_line_cut_off_is_heard(
    call_id: str, role: int, share: float
) -> None:
    """Of a deep voice a telephone passes only the overtones: its words are no silence."""
    turns = scripted(call_id).turns(("agent", "customer")[role])
    found = speech_spans(sides(call_id)[role], SpeechSettings())
    scripted_length = sum(turn["end"] - turn["start"] for turn in turns)
    assert sum(span.duration for span in found) > share * scripted_length


@pytest.mark.parametrize("pitch", [450, 1000, 2000])
def test_a_tone_just_before_a_turn_is_not_its_beginning(pitch: float) -> None:
    """It does not rise and fall as a syllable does."""
    turn = scripted("g01").turns("customer")[0]
    side = sides("g01")[1]
    start, end = (round(turn[edge] * SAMPLE_RATE) for edge in ("start", "end"))
    quiet = np.zeros(2 * SAMPLE_RATE, dtype=np.float32)
    beep, gap = tones(0.2, pitch, on=0.2, off=0.0), quiet[: round(0.1 * SAMPLE_RATE)]
    line = np.concatenate([quiet, beep, gap, side[start:end], quiet])
    first = speech_spans(on_a_noisy_line(line, loudness(line), 30), SpeechSettings())[0]
    assert first.start == pytest.approx(2.3, abs=0.15)


def hummed(pitch: float, seconds: float, softness: float) -> np.ndarray:
    """嗯嗯 as a glottis makes it: two syllables whose pitch (Hz) falls by three semitones."""
    at = np.arange(round(seconds * SAMPLE_RATE)) / seconds / SAMPLE_RATE
    phase = 2 * np.pi * np.cumsum(pitch * 2 ** (-3 / 12 * at)) / SAMPLE_RATE
    voice = sum(np.sin(k * phase) / k**softness for k in range(1, 12)) * np.sin(np.pi * at) ** 0.5
    both = np.concatenate([voice, np.zeros(round(0.06 * SAMPLE_RATE)), voice])
    return np.asarray(0.1 * both / np.abs(both).max(), dtype=np.float32)


@pytest.mark.parametrize(
    ("pitch", "seconds", "softness"), [(90, 0.16, 1), (150, 0.16, 2), (230, 0.16, 2)]
)
def test_a_hum_that_silero_nearly_takes_for_speech_is_a_back_channel(
    pitch: float, seconds: float, softness: float
) -> None:
    """Silero's probability peaks at 0.42 to 0.48; loudness and a gliding pitch say the rest."""
    quiet, hum = np.zeros(round(1.5 * SAMPLE_RATE)), hummed(pitch, seconds, softness)
    line = on_a_noisy_line(np.concatenate([quiet, hum, quiet]), 0.0003, 0)
    (found,) = speech_spans(line, SpeechSettings())
    assert found.start == pytest.approx(1.5, abs=0.05)
    assert found.end == pytest.approx(1.5 + len(hum) / SAMPLE_RATE, abs=0.1)


@pytest.mark.parametrize("seconds", [0.08, 0.12])
def test_keys_and_clicks_are_no_hum(seconds: float) -> None:
    """Every key tone, and bursts of noise: their pitch does not glide."""
    keys = [(a, b) for a in (697, 770, 852, 941) for b in (1209, 1336, 1477)]
    pause = np.zeros(round(0.7 * SAMPLE_RATE))
    sounds = [tones(seconds, *key, on=seconds, off=0.0) for key in keys]
    sounds.append(np.random.default_rng(2).normal(0, 0.1, round(seconds * SAMPLE_RATE)))
    line = np.concatenate([pause, *(part for sound in sounds for part in (sound, pause))])
    assert speech_spans(on_a_noisy_line(line, 0.0003, 0), SpeechSettings()) == []


def test_a_line_without_speech_has_none() -> None:
    """Line noise is nobody."""
    (silent,) = [t for t in truths() if not t.data["turns"]]
    audio = decode(silent.path)
    assert [speech_spans(c, SpeechSettings()) for c in audio.channels] == [[], []]


def test_noise_and_nothing_are_no_speech() -> None:
    """Steady noise, and a recording of no length at all."""
    noise = np.random.default_rng(7).normal(0, 0.01, SAMPLE_RATE * 3).astype(np.float32)
    assert speech_spans(noise, SpeechSettings()) == []
    assert speech_spans(np.zeros(0, dtype=np.float32), SpeechSettings()) == []


def tones(seconds: float, *frequencies: float, on: float, off: float) -> np.ndarray:
    """Tones together, ``on`` seconds of every ``on + off``."""
    at = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    sound = sum(0.15 * np.sin(2 * np.pi * f * at) for f in frequencies)
    return np.asarray(sound * (at % (on + off) < on), dtype=np.float32)


@pytest.mark.parametrize(
    "signal",
    [
        tones(20, 450, on=1.0, off=4.0),
        tones(10, 450, on=0.35, off=0.35),
        tones(12, 440, 480, on=2.0, off=4.0),
        tones(12, 440, 554, 659, on=0.5, off=0.02),
        tones(4, 770, 1336, on=0.1, off=0.1),
    ],
    ids=["ringing (GB/T 3971.2)", "busy", "ringing in America", "music", "keys"],
)
def test_signals_of_the_line_are_nobody(signal: np.ndarray) -> None:
    """Ringing, busy, chords, key tones: also on a companded line."""
    assert speech_spans(signal, SpeechSettings()) == []


ENCODINGS = [
    ("a.wav", "pcm_u8", 8000),
    ("a.wav", "pcm_s24le", 16000),
    ("a.wav", "pcm_s32le", 48000),
    ("a.wav", "pcm_f32le", 16000),
    ("a.wav", "pcm_alaw", 8000),
    ("a.wav", "pcm_mulaw", 8000),
    ("a.wav", "adpcm_ima_wav", 8000),
    ("a.wav", "adpcm_ms", 8000),
    ("a.mp3", "libmp3lame", 8000),
    ("a.m4a", "aac", 16000),
    ("a.ogg", "libopus", 48000),
    ("a.flac", "flac", 44100),
    ("a.wma", "wmav2", 16000),
    ("a.mp4", "aac", 44100),
    ("a.mkv", "libopus", 48000),
]


@pytest.fixture(scope="module")
def spoken() -> list[list[Span]]:
    """The speech in the samples of both sides of a call."""
    return [join(speech_spans(side, SpeechSettings()), gap=0.7) for side in sides("g25")]


@pytest.mark.parametrize(("name", "codec", "rate"), ENCODINGS, ids=str)
def test_every_encoding_has_the_same_speech(
    tmp_path: Path, spoken: list[list[Span]], name: str, codec: str, rate: int
) -> None:
    """Turn by turn within 0.15 s of the speech in the samples themselves, on both channels.

    Eight bits without companding leave nothing of a syllable's end: 0.3 s there.
    """
    off = 0.3 if codec == "pcm_u8" else 0.15
    audio = decode(save(tmp_path / name, *sides("g25"), codec=codec, rate=rate))
    assert len(audio.channels) == 2
    assert audio.notes == ()
    audio = told_apart(audio)
    own = [speech_spans(sound, SpeechSettings()) for sound in audio.channels]
    own = own_speech(own, [levels(sound) for sound in audio.channels])
    for spans, right in zip(own, spoken, strict=True):
        found = join(spans, gap=0.7)
        assert len(found) == len(right)
        for got, wanted in zip(found, right, strict=True):
            assert got.start == pytest.approx(wanted.start, abs=off)
            assert got.end == pytest.approx(wanted.end, abs=off)
