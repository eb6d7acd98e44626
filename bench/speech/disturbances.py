"""What happens to a recording on the line and in the recorder, made on samples, and its verdict."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bench.speech.scenes import AGENT, Scene, as_samples, inserted
from pipeline import spans
from pipeline.records import SAMPLE_RATE, Seconds, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

RINGING: Seconds = 10.0
MUSIC: Seconds = 12.0
TONE_DB, MUSIC_DB, HUM_DB = -16.0, -20.0, -35.0
"""dBFS, root mean square, of the ringing tone, of the music and of the hum."""
OFFSET = 0.05
"""The direct current's share of full scale."""
OVERDRIVE = 12.0
"""dB by which a recording that clips is too loud."""
LATE = 3
"""Samples by which the second channel of fake stereo comes late."""
CHORDS = ((262, 330, 392), (196, 247, 294), (220, 262, 330), (175, 220, 262))
"""C, G, A minor, F: their notes, Hz."""


@dataclass(frozen=True)
class Disturbance:
    """A way to disturb a call, and the right verdict: ``told_apart``'s notes, how many sides."""

    name: str
    make: Callable[[Scene], Scene]
    notes: frozenset[str] = frozenset()
    sides: int = 2


def clean(scene: Scene) -> Scene:
    """The call as it is."""
    return scene


def noisy(scene: Scene, *, under: float) -> Scene:
    """White noise so many dB under each side's speech."""
    random = np.random.default_rng(zlib.crc32(scene.call_id.encode()))
    return _replaced(
        scene,
        *(
            channel + random.normal(0, _rms(scene.speech(side)) * _gain(-under), len(channel))
            for side, channel in enumerate(scene.channels)
        ),
    )


def leaking(scene: Scene, *, level: float, late: Seconds) -> Scene:
    """Each side's voice on the other's channel too, at so many dB of its level, so much later."""
    return _replaced(
        scene,
        scene.agent + _gain(level) * _delayed(scene.customer, round(late * SAMPLE_RATE)),
        scene.customer + _gain(level) * _delayed(scene.agent, round(late * SAMPLE_RATE)),
    )


def quieter(scene: Scene, *, by: float) -> Scene:
    """The customer so many dB quieter, with his line's noise."""
    return _replaced(scene, scene.agent, _gain(-by) * scene.customer)


def clipping(scene: Scene) -> Scene:
    """Both sides so loud that they are cut off at full scale."""
    return scene.with_each(lambda c: np.clip(_gain(OVERDRIVE) * c, -1, 1))


def ringing(scene: Scene) -> Scene:
    """Two rings before the call on the customer's channel: 450 Hz, 1 s in 5 (GB/T 3971.2)."""
    at = _clock(RINGING)
    tone = np.sqrt(2) * _gain(TONE_DB) * np.sin(2 * np.pi * 450 * at) * (at % 5 < 1)
    return inserted(scene, 0.0, (np.zeros(len(at), np.float32), as_samples(tone)))


def music_on_hold(scene: Scene) -> Scene:
    """Chords, two a second, on the agent's channel in the middle of the longest silence."""
    at = _clock(MUSIC)
    silences = spans.gaps([t for side in scene.turns for t in side], _conversation(scene))
    longest = max(silences, key=lambda s: s.duration)
    music = np.zeros(len(at))
    for half_second in range(int(2 * MUSIC)):
        since = at - half_second / 2
        struck = np.where((since >= 0) & (since < 0.5), np.exp(-4 * since), 0.0)
        for note in CHORDS[half_second // 4 % len(CHORDS)]:
            for overtone in (1, 2, 3):
                music += struck * np.sin(2 * np.pi * note * overtone * at) / overtone
    sound = as_samples(music * _gain(MUSIC_DB) / _rms(music))
    middle = (longest.start + longest.end) / 2
    return inserted(scene, middle, (sound, np.zeros(len(at), np.float32)))


def offset(scene: Scene) -> Scene:
    """Direct current on both channels."""
    return scene.with_each(lambda c: c + OFFSET)


def hum(scene: Scene) -> Scene:
    """The mains on both channels."""
    wave = np.sqrt(2) * _gain(HUM_DB) * np.sin(2 * np.pi * 50 * np.arange(len(scene.agent)) / 16000)
    return scene.with_each(lambda c: c + wave)


def fake_stereo(scene: Scene) -> Scene:
    """Both sides mixed on both channels, the second a little late and fainter."""
    mix = as_samples((scene.agent + scene.customer) / 2)
    return _replaced(scene, mix, 0.7 * _delayed(mix, LATE))


def equal(scene: Scene) -> Scene:
    """Both sides mixed, the same on both channels."""
    mix = as_samples((scene.agent + scene.customer) / 2)
    return _replaced(scene, mix, mix)


def dead(scene: Scene) -> Scene:
    """Nothing on the customer's channel."""
    silent = _replaced(scene, scene.agent, np.zeros_like(scene.customer))
    return replace(silent, turns=(scene.turns[AGENT], ()))


def swapped(scene: Scene) -> Scene:
    """The sides on each other's channel."""
    return replace(scene, channels=scene.channels[::-1], turns=scene.turns[::-1])


def four_channels(scene: Scene) -> Scene:
    """Both sides, the agent once more, and nothing."""
    silence = np.zeros_like(scene.agent)
    return _replaced(scene, scene.agent, scene.customer, scene.agent, silence)


_LEAKS = [
    Disturbance(
        f"the other side leaks, {level:.0f} dB, {1000 * late:.0f} ms late",
        partial(leaking, level=level, late=late),
        frozenset({"crosstalk"}),
    )
    for level in (-20.0, -25.0, -30.0)
    for late in (0.0, 0.05)
]

DISTURBANCES = (
    Disturbance("none", clean),
    Disturbance("white noise 30 dB under the speech", partial(noisy, under=30.0)),
    Disturbance("white noise 20 dB under the speech", partial(noisy, under=20.0)),
    *_LEAKS,
    Disturbance("customer 12 dB quieter", partial(quieter, by=12.0)),
    Disturbance(f"clipping, {OVERDRIVE:.0f} dB too loud", clipping, frozenset({"clipped"})),
    Disturbance("two rings at 450 Hz before", ringing),
    Disturbance(f"music on hold, {MUSIC:.0f} s", music_on_hold),
    Disturbance(f"direct current, {100 * OFFSET:.0f} % of full scale", offset),
    Disturbance(f"hum of 50 Hz at {HUM_DB:.0f} dBFS", hum),
    Disturbance("fake stereo", fake_stereo, frozenset({"fake_stereo"}), sides=1),
    Disturbance("equal channels", equal, frozenset({"dual_mono"}), sides=1),
    Disturbance("dead channel", dead, frozenset({"dead_channel"})),
    Disturbance("channels swapped", swapped),
    Disturbance("four channels", four_channels, frozenset({"dual_mono", "dead_channel"})),
)


def _replaced(scene: Scene, *channels: NDArray[np.floating]) -> Scene:
    return replace(scene, channels=tuple(as_samples(c) for c in channels))


def _gain(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def _rms(sound: NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(sound))))


def _delayed(channel: Samples, samples: int) -> Samples:
    return np.concatenate([np.zeros(samples, np.float32), channel[: len(channel) - samples]])


def _clock(seconds: Seconds) -> NDArray[np.float64]:
    return np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def _conversation(scene: Scene) -> Span:
    """From the first word to the last."""
    turns = [turn for side in scene.turns for turn in side]
    return Span(min(t.start for t in turns), max(t.end for t in turns))
