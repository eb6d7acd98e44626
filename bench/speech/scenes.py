"""Two-channel calls with double talk, as samples, and where the script says that each side speaks."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipeline.records import SAMPLE_RATE, Seconds, Span
from tests.fixtures_truth import Truth
from tests.sounds import scripted, sides

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

AGENT, CUSTOMER = 0, 1
"""The sides by their channels."""
LINE_NOISE: Seconds = 0.5
"""So much of a fixture's beginning is line noise alone: its first word comes at 0.6 s."""

CALLS: dict[str, tuple[int, Seconds] | None] = {
    **dict.fromkeys(("g02", "g08", "g09", "g10", "g32")),
    "g04": (CUSTOMER, 1.5),
    "g06": (CUSTOMER, 1.2),
    "g20": (CUSTOMER, 1.9),
    "g27": (CUSTOMER, 1.5),
    "g33": (CUSTOMER, 1.8),
    "g03": (AGENT, 1.9),
    "g11": (AGENT, 1.9),
    "g21": (AGENT, 1.9),
    "g37": (AGENT, 1.9),
}
"""The fixture calls with double talk as they are, and others with one side so much later: then the
other side's answers begin before it has ended. The times are such that no start lies within 0.2 s
of being no event, or of being one."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A call: float32 channels of one length at ``SAMPLE_RATE``, and each side's turns in order."""

    call_id: str
    channels: tuple[Samples, ...]
    turns: tuple[tuple[Span, ...], ...]

    @property
    def agent(self) -> Samples:
        """The agent's channel."""
        return self.channels[AGENT]

    @property
    def customer(self) -> Samples:
        """The customer's channel."""
        return self.channels[CUSTOMER]

    def with_each(self, change: Callable[[Samples], Samples]) -> Scene:
        """The call with every channel changed in the same way."""
        return replace(self, channels=tuple(as_samples(change(c)) for c in self.channels))

    def speech(self, side: int) -> Samples:
        """The samples of one side's turns."""
        parts = [self.channels[side][_at(t.start) : _at(t.end)] for t in self.turns[side]]
        return np.concatenate(parts)


def as_samples(sound: NDArray[np.floating]) -> Samples:
    """Any numbers as samples."""
    return np.asarray(sound, dtype=np.float32)


def scenes(calls: tuple[str, ...] = tuple(CALLS)) -> list[Scene]:
    """The calls of these ids."""
    return [scene_of(call_id) for call_id in calls]


@functools.cache
def scene_of(call_id: str) -> Scene:
    """A fixture call with the agent on channel 0, one side later where ``CALLS`` says so."""
    truth = scripted(call_id)
    scene = Scene(call_id, sides(call_id), (_turns(truth, "agent"), _turns(truth, "customer")))
    delay = CALLS.get(call_id)
    return scene if delay is None else later(scene, *delay)


def later(scene: Scene, side: int, seconds: Seconds) -> Scene:
    """The call with one side later: line noise before it, and after the other side's end."""
    channels = [
        np.concatenate([noise, c] if i == side else [c, noise])
        for i, c in enumerate(scene.channels)
        for noise in [line_noise(c, seconds)]
    ]
    turns = [moved(t, seconds) if i == side else t for i, t in enumerate(scene.turns)]
    return replace(scene, channels=tuple(channels), turns=tuple(turns))


def inserted(scene: Scene, at: Seconds, sounds: tuple[Samples, ...]) -> Scene:
    """The call with ``sounds``, one a channel, over line noise at a time at which nobody speaks."""
    length = len(sounds[0]) / SAMPLE_RATE
    channels = [
        np.concatenate([c[: _at(at)], line_noise(c, length) + sound, c[_at(at) :]])
        for c, sound in zip(scene.channels, sounds, strict=True)
    ]
    turns = [
        tuple(t for t in side if t.start < at) + moved([t for t in side if t.start >= at], length)
        for side in scene.turns
    ]
    return replace(scene, channels=tuple(channels), turns=tuple(turns))


def line_noise(channel: Samples, seconds: Seconds) -> Samples:
    """So much of a channel's own line noise."""
    return np.resize(channel[: _at(LINE_NOISE)], _at(seconds))


def moved(turns: tuple[Span, ...] | list[Span], seconds: Seconds) -> tuple[Span, ...]:
    """The turns so much later."""
    return tuple(Span(t.start + seconds, t.end + seconds) for t in turns)


def _turns(truth: Truth, role: str) -> tuple[Span, ...]:
    return tuple(Span(turn["start"], turn["end"]) for turn in truth.turns(role))


def _at(seconds: Seconds) -> int:
    return round(seconds * SAMPLE_RATE)
