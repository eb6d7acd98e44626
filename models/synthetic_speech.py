"""Synthetic Mandarin speech with known times, for the fixtures and the demonstration model.

The formant synthesiser espeak-ng speaks toned pinyin (voice ``cmn-latn-pinyin``) and reports when
each syllable begins, so that every recording made here has an exact truth: which character sounds
from when to when. ``espeakng-loader`` pins the synthesiser: the same text gives the same samples
on every machine.
"""

from __future__ import annotations

import _ctypes
import ctypes
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import espeakng_loader
import numpy as np
import soxr
from pypinyin import Style, lazy_pinyin

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE = 8000
"""Telephone speech, Hz."""

PAUSES = {"，": ", ", "、": ", ", "；": ", ", "：": ", ", "。": ". ", "？": "? ", "！": "! "}
"""How each Chinese mark is written for the synthesiser, which pauses there."""

# What speak_lib.h of espeak-ng names espeakEVENT_WORD, espeakEVENT_END, espeakRATE and so on.
_EVENT_LIST_TERMINATED, _EVENT_WORD, _EVENT_END = 0, 1, 5
_RATE, _PITCH, _RANGE = 1, 3, 4
_OUTPUT_SYNCHRONOUS, _POSITION_CHARACTER, _CHARS_UTF8 = 2, 1, 1
_SLOWEST, _FASTEST = 80, 450


@dataclass(frozen=True, kw_only=True)
class Voice:
    """A speaker: an espeak-ng voice variant (``f3``, ``m1`` …), its pitch and pitch range (0-99)."""

    variant: str
    pitch: int = 50
    pitch_range: int = 50


@dataclass(frozen=True)
class SpokenCharacter:
    """One Han character and its seconds ``[start, end)`` within the utterance."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, eq=False)
class Speech:
    """An utterance: float32 samples of shape ``(n,)`` in [-1, 1] at ``SAMPLE_RATE``, and its characters.

    The samples begin with the first sound and end with the last one: no silence at either end.
    """

    samples: NDArray[np.float32]
    characters: tuple[SpokenCharacter, ...]

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / SAMPLE_RATE


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class _Synthesiser:
    """The C library, loaded anew for every utterance.

    It goes on from the state of the utterance before (phases, flutter) and seeds its noise with the
    clock; only a fresh copy with a seed of ours gives the same samples for the same text.
    """

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.sample_rate: int = self._library.espeak_Initialize(_OUTPUT_SYNCHRONOUS, 0, data, 0)
        if self.sample_rate <= 0:
            msg = f"espeak-ng found no voice data in {data.decode()}"
            raise RuntimeError(msg)
        self._blocks: list[NDArray[np.int16]] = []
        self._events: list[tuple[int, int, int]] = []
        self._callback = _CALLBACK(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(1))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Unload the library, which alone clears what it remembers."""
        self._library.espeak_Terminate()
        _ctypes.dlclose(self._library._handle)  # noqa: SLF001  ctypes has no public way

    def _collect(self, samples: Any, count: int, events: Any) -> int:
        if count > 0:
            self._blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        for event in itertools.takewhile(lambda e: e.type != _EVENT_LIST_TERMINATED, events):
            self._events.append((event.type, event.text_position, event.sample))
        return 0

    def speak(
        self, pinyin: str, voice: Voice, words_per_minute: int
    ) -> tuple[NDArray[np.float32], list[tuple[int, int, int]]]:
        """Samples at ``self.sample_rate`` and the events ``(type, 1-based position, sample)``."""
        name = f"cmn-latn-pinyin+{voice.variant}"
        variants = Path(espeakng_loader.get_data_path()) / "voices" / "!v"
        known = (variants / voice.variant).is_file()  # an unknown one is silently passed over
        if not known or self._library.espeak_SetVoiceByName(name.encode()) != 0:
            msg = f"espeak-ng has no voice {name!r}"
            raise ValueError(msg)
        for parameter, value in (
            (_RATE, words_per_minute),
            (_PITCH, voice.pitch),
            (_RANGE, voice.pitch_range),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._blocks.clear()
        self._events.clear()
        text = pinyin.encode()
        self._library.espeak_Synth(
            text, len(text) + 1, 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None
        )
        self._library.espeak_Synchronize()
        samples = (np.concatenate(self._blocks) / 32768).astype(np.float32)
        return samples, list(self._events)


def speak(text: str, voice: Voice, *, words_per_minute: int = 175) -> Speech:
    """Speak ``text`` (Han characters and Chinese marks only) at espeak-ng's ``words_per_minute``.

    Raises ``ValueError`` for any other character (write digits as they are read: 幺三八) and for a
    voice that the synthesiser does not have.
    """
    pinyin, positions = _as_pinyin(text)
    with _Synthesiser() as synthesiser:
        native, events = synthesiser.speak(pinyin, voice, words_per_minute)
        rate = synthesiser.sample_rate
    marks = [(kind, position, sample / rate) for kind, position, sample in events]
    samples = soxr.resample(native, rate, SAMPLE_RATE).astype(np.float32)
    first, last = _sounding(samples)
    shift, length = first / SAMPLE_RATE, (last - first) / SAMPLE_RATE
    characters = []
    for index, (kind, position, at) in enumerate(marks):
        if kind == _EVENT_WORD and position - 1 in positions:
            until = next(
                (e[2] for e in marks[index + 1 :] if e[0] in (_EVENT_WORD, _EVENT_END)), at
            )
            start = min(max(at - shift, 0.0), length)
            end = min(max(until - shift, start), length)
            characters.append(
                SpokenCharacter(positions[position - 1], round(start, 3), round(end, 3))
            )
    return Speech(samples[first:last], tuple(characters))


def speak_at(text: str, voice: Voice, *, characters_per_minute: float) -> Speech:
    """Speak ``text`` so that its characters over its whole length come to the given rate (±1 %).

    The synthesiser's own unit is words a minute and its pauses do not scale with it, so the rate is
    searched by bisection. Raises ``ValueError`` where the rate lies outside what it can speak.
    """
    low, high = _SLOWEST, _FASTEST
    best: Speech | None = None
    while low <= high:
        middle = (low + high) // 2
        speech = speak(text, voice, words_per_minute=middle)
        error = _rate(speech) - characters_per_minute
        if best is None or abs(error) < abs(_rate(best) - characters_per_minute):
            best = speech
        low, high = (low, middle - 1) if error > 0 else (middle + 1, high)
    if best is None or abs(_rate(best) / characters_per_minute - 1) > 0.03:
        msg = f"{characters_per_minute:.0f} characters a minute is out of reach for {text!r}"
        raise ValueError(msg)
    return best


def _rate(speech: Speech) -> float:
    return 60 * len(speech.characters) / speech.duration


def _as_pinyin(text: str) -> tuple[str, dict[int, str]]:
    """Toned pinyin, and the Han character that begins at each of its offsets."""
    syllables = iter(
        lazy_pinyin(
            [c for c in _runs(text) if c not in PAUSES],
            style=Style.TONE3,
            neutral_tone_with_five=True,
        )
    )
    pinyin, positions = "", {}
    for character in text:
        if character in PAUSES:
            pinyin = pinyin.rstrip() + PAUSES[character]
        elif "\u4e00" <= character <= "\u9fff":
            positions[len(pinyin)] = character
            pinyin += next(syllables) + " "
        else:
            msg = f"{character!r} in {text!r} is neither a Han character nor a Chinese mark"
            raise ValueError(msg)
    return pinyin.strip(), positions


def _runs(text: str) -> list[str]:
    """The text cut at its marks, so that a reading is chosen within a phrase."""
    for mark in PAUSES:
        text = text.replace(mark, "\n")
    return [run for run in text.split("\n") if run]


def _sounding(samples: NDArray[np.float32]) -> tuple[int, int]:
    """First and one-past-last sample that is louder than -50 dB of the peak."""
    loud = np.flatnonzero(np.abs(samples) > 10 ** (-50 / 20) * np.abs(samples).max())
    return int(loud[0]), int(loud[-1]) + 1
