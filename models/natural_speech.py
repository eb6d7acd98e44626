"""Natural Mandarin speech with known times, for the fixture recordings: the neural voice Kokoro-82M.

The network (Apache-2.0, int8 ONNX) and its voices are obtained like a recogniser
(``pipeline.asr.weights``); ``misaki`` writes each syllable in the phonemes that it was trained on.
The network predicts how many frames each phoneme lasts before it speaks: that prediction is the
truth of which character sounds from when to when. The same machine gives the same samples.
"""

from __future__ import annotations

import functools
import json
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jieba
import numpy as np
import onnx
import onnxruntime
import soxr
from misaki.zh import ZHG2P
from pypinyin import Style, lazy_pinyin

from pipeline.asr.weights import obtain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SAMPLE_RATE = 8000
"""Telephone speech, Hz."""
VOICE = "kokoro-82m-zh"
"""The voice's name in ``models/speech.yml``."""
NATIVE_RATE, FRAME = 24_000, 600
"""What the network speaks at, Hz, and the samples of one of its frames (its upsampling, 25 ms)."""
DURATIONS = "/encoder/Clip_output_0"
"""The tensor of the frames of each token."""
TELEPHONE_BAND = (300.0, 3400.0)
"""Hz that a telephone line carries (ITU-T G.712)."""
SLOWEST, FASTEST = 0.45, 2.2
"""Speeds between which the voice stays a voice."""
BREATHS = ((0.10, 0.25), (0.18, 0.32))
"""Seconds that a breath adds at a mark: inside a sentence, and at its end."""
ONSET, FADE = 0.12, 80
"""Seconds by which the sound begins before the network's own time of the first phoneme, a drawn vowel
that is heard as one more syllable; and the samples of the ramp in its place."""
LONGEST_PAUSE, USUAL_PAUSE, SILENT_DB = 0.61, 0.45, -45.0
"""Seconds that a pause inside a line never passes, what a longer one becomes, and how far below the
line's loudest 10 ms it is silent, dB: a pause of 0.7 s would end the turn."""
CUT_REACH = 0.12
"""Seconds around a mark in which its silence is looked for."""
LONGEST_SIGN = 4
"""Frames of a last tone or vowel; what the network predicts beyond is the silence behind it."""
MARKS = {"，": ",", "、": ",", "；": ";", "：": ":", "。": ".", "？": "?", "！": "!"}
READ_AS = {"嗯": "eng1", "呃": "e5", "诶": "ei2", "哦": "o4", "噢": "o1", "喂": "wei2", "啊": "a5"}
"""Interjections whose dictionary pinyin nobody speaks into a telephone."""


@dataclass(frozen=True)
class Voice:
    """A speaker: Kokoro's voices and how much of each; the weights come to 1."""

    parts: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, parts: Mapping[str, float]) -> Voice:
        """A voice out of its parts by name."""
        whole = sum(parts.values())
        return cls(tuple((name, share / whole) for name, share in sorted(parts.items())))


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


@dataclass(frozen=True)
class _Token:
    """A phoneme, tone or mark, and the character that it belongs to: None of marks and spaces."""

    sign: str
    character: int | None


def speak_at(text: str, voice: Voice, *, characters_per_minute: float) -> Speech:
    """Speak ``text`` so that its characters over its whole length come near the given rate.

    Han characters and Chinese marks only: ``ValueError`` for any other. At each mark inside it the
    speaker takes a breath, longer after a sentence than after a clause, never as long as the pause
    that ends a turn. The speed is found by bisection over the network's own durations and ends
    where the voice would no longer sound like one.
    """
    tokens = list(_tokens(text))
    breaths = _breaths(text, tokens)
    low, high = SLOWEST, FASTEST
    for _ in range(8):
        speed = (low * high) ** 0.5
        frames = _network().durations(_signs(tokens), voice, speed)
        slow = _rate(tokens, frames, sum(breaths.values())) <= characters_per_minute
        low, high = (speed, high) if slow else (low, speed)
    return _spoken(text, tokens, voice, (low * high) ** 0.5, breaths)


def _breaths(text: str, tokens: Sequence[_Token]) -> dict[int, float]:
    """Seconds of pause to be added at each token that is a mark inside the text."""
    dice = np.random.default_rng(zlib.crc32(text.encode()))
    said = [n for n, token in enumerate(tokens) if token.character is not None]
    inside = [n for n in range(said[0], said[-1]) if tokens[n].sign in MARKS.values()]
    return {n: float(dice.uniform(*BREATHS[tokens[n].sign in ".?!"])) for n in inside}


def _spoken(
    text: str, tokens: Sequence[_Token], voice: Voice, speed: float, breaths: Mapping[int, float]
) -> Speech:
    native, frames = _network().speak(_signs(tokens), voice, speed)
    samples = _telephone(native)
    first, last = _sounding(samples)
    samples = samples[first:last]
    times = _times(tokens, frames, len(samples) / SAMPLE_RATE)
    cuts = {n: _quietest(samples, times[n][0]) for n in breaths}
    breaths = {n: _bounded(samples, cuts[n], breath) for n, breath in breaths.items()}
    own: dict[int, tuple[float, float]] = {}
    for token, (start, end) in zip(tokens, times, strict=True):
        if token.character is not None:
            own[token.character] = (own.get(token.character, (start, 0.0))[0], end)
    later = [(cut / SAMPLE_RATE, breaths[n]) for n, cut in cuts.items()]
    characters = tuple(
        SpokenCharacter(
            text[index],
            round(start + sum(pause for cut, pause in later if cut < (start + end) / 2), 3),
            round(end + sum(pause for cut, pause in later if cut < (start + end) / 2), 3),
        )
        for index, (start, end) in sorted(own.items())
    )
    whole = _with_pauses(samples, [(cuts[n], breaths[n]) for n in breaths])
    return without_onset(text, Speech(whole, characters))


def without_onset(text: str, speech: Speech) -> Speech:
    """The utterance from its first phoneme on: what the network sounds before it is no speech.

    A single syllable before a pause (哦，) is sounded at once: of it never more than a third.
    """
    first = speech.characters[0]
    alone = text[1:2] in MARKS
    onset = min(ONSET, (first.end - first.start) / 3) if alone else ONSET
    samples = speech.samples[round(onset * SAMPLE_RATE) :].copy()
    samples[:FADE] *= np.linspace(0.0, 1.0, FADE, dtype=np.float32)
    characters = tuple(
        SpokenCharacter(c.text, round(max(0.0, c.start - onset), 3), round(c.end - onset, 3))
        for c in speech.characters
    )
    return Speech(samples, characters)


def _times(
    tokens: Sequence[_Token], frames: Sequence[int], length: float
) -> list[tuple[float, float]]:
    """Each token's seconds: the network's frames laid over the sound, first character to last."""
    lasting = _lasting(tokens, frames)
    ends = np.cumsum(lasting)
    starts = ends - lasting
    said = [n for n, token in enumerate(tokens) if token.character is not None]
    begin, scale = starts[said[0]], length / (ends[said[-1]] - starts[said[0]])
    return [
        (
            float(np.clip((start - begin) * scale, 0.0, length)),
            float(np.clip((end - begin) * scale, 0.0, length)),
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def _lasting(tokens: Sequence[_Token], frames: Sequence[int]) -> NDArray[np.float64]:
    """The frames of each token; the last sign spoken holds the silence after it, which is cut off."""
    lasting = np.array(frames[1:-1], dtype=np.float64)
    said = [n for n, token in enumerate(tokens) if token.character is not None]
    lasting[said[-1]] = min(lasting[said[-1]], LONGEST_SIGN)
    return lasting


def _rate(tokens: Sequence[_Token], frames: Sequence[int], pauses: float) -> float:
    """Characters a minute, from the first character's start to the last one's end."""
    lasting = _lasting(tokens, frames)
    said = [n for n, token in enumerate(tokens) if token.character is not None]
    seconds = float(lasting[said[0] : said[-1] + 1].sum()) * FRAME / NATIVE_RATE + pauses
    return 60 * len({tokens[n].character for n in said}) / seconds


def _quietest(samples: NDArray[np.float32], near: float) -> int:
    """The sample in the middle of the quietest 20 ms around a mark."""
    width = SAMPLE_RATE // 50
    first = max(0, round((near - CUT_REACH) * SAMPLE_RATE))
    part = samples[first : round((near + CUT_REACH) * SAMPLE_RATE)].astype(np.float64)
    power = np.convolve(part**2, np.ones(width), mode="valid")
    return first + int(np.argmin(power)) + width // 2


def _with_pauses(
    samples: NDArray[np.float32], pauses: Sequence[tuple[int, float]]
) -> NDArray[np.float32]:
    """The samples with silence laid in where somebody breathes."""
    pieces, at = [], 0
    for cut, seconds in sorted(pauses):
        pieces += [samples[at:cut], np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)]
        at = cut
    return np.concatenate([*pieces, samples[at:]])


def _bounded(samples: NDArray[np.float32], cut: int, breath: float) -> float:
    """A breath that, with the silence already there, does not come near the pause between turns."""
    width = SAMPLE_RATE // 100
    frames = samples[: len(samples) // width * width].reshape(-1, width).astype(np.float64)
    level = np.sqrt(np.mean(frames**2, axis=1))
    loud = np.flatnonzero(level > 10 ** (SILENT_DB / 20) * level.max())
    at = int(np.searchsorted(loud, cut // width))
    silence = (loud[min(at, len(loud) - 1)] - loud[max(at - 1, 0)] - 1) / 100
    return breath if silence + breath <= LONGEST_PAUSE else max(0.0, USUAL_PAUSE - silence)


def _tokens(text: str) -> Iterator[_Token]:
    """What the network is given: the phonemes of each word, a space between words, the marks."""
    at = 0
    for run in re.findall(r"[\u4e00-\u9fff]+|[^\u4e00-\u9fff]+", text):
        if run[0] not in MARKS and not "\u4e00" <= run[0] <= "\u9fff":
            msg = f"{run!r} in {text!r} is neither Han characters nor Chinese marks"
            raise ValueError(msg)
        if run[0] in MARKS:
            for mark in run:
                yield from (_Token(MARKS[mark], None), _Token(" ", None))
            at += len(run)
            continue
        words = jieba.lcut(run, HMM=False)
        pinyin = lazy_pinyin(
            words, style=Style.TONE3, neutral_tone_with_five=True, tone_sandhi=True
        )
        syllables = iter(pinyin)
        for number, word in enumerate(words):
            if number:
                yield _Token(" ", None)
            for character in word:
                said = READ_AS.get(character, next(syllables))
                yield from (_Token(sign, at) for sign in _phonemes(said))
                at += 1


@functools.cache
def _phonemes(syllable: str) -> str:
    return str(ZHG2P.py2ipa(syllable)).replace("\u032f", "")


def _signs(tokens: Sequence[_Token]) -> str:
    return "".join(token.sign for token in tokens)


class _Network:
    """The ONNX network, whole, and the part of it that only says how long each phoneme lasts."""

    def __init__(self, folder: Path) -> None:
        """Load it from the folder that ``obtain`` gives."""
        model = onnx.load(folder / "model.onnx")
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(DURATIONS))
        self._whole = _session(model.SerializeToString())
        extractor = onnx.utils.Extractor(model)
        inputs = [value.name for value in model.graph.input]
        self._encoder = _session(extractor.extract_model(inputs, [DURATIONS]).SerializeToString())
        vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        self._vocabulary: dict[str, int] = vocabulary["vocab"]
        self._folder = folder

    def durations(self, signs: str, voice: Voice, speed: float) -> list[int]:
        """The frames of the silence before, of each sign, and of the silence after."""
        (frames,) = self._encoder.run([DURATIONS], self._inputs(signs, voice, speed))
        return [round(float(n)) for n in np.ravel(frames)]

    def speak(
        self, signs: str, voice: Voice, speed: float
    ) -> tuple[NDArray[np.float32], list[int]]:
        """The samples at ``NATIVE_RATE``, and the frames as ``durations``."""
        sound, frames = self._whole.run(None, self._inputs(signs, voice, speed))
        return np.ravel(sound).astype(np.float32), [round(float(n)) for n in np.ravel(frames)]

    def _inputs(self, signs: str, voice: Voice, speed: float) -> dict[str, NDArray[np.generic]]:
        tokens = [0, *(self._vocabulary[sign] for sign in signs), 0]
        style = sum(self._style(name)[len(tokens) - 2] * share for name, share in voice.parts)
        return {
            "tokens": np.array([tokens], dtype=np.int64),
            "style": np.asarray(style, dtype=np.float32),
            "speed": np.array([speed], dtype=np.float32),
        }

    @functools.cache  # noqa: B019  one network lives as long as the process
    def _style(self, name: str) -> NDArray[np.float32]:
        """A voice: a row of shape (1, 256) for each number of phonemes."""
        return np.fromfile(self._folder / f"{name}.bin", dtype=np.float32).reshape(-1, 1, 256)


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # the order of additions, and so the last bit, hangs on the number of threads
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@functools.cache
def _network() -> _Network:
    return _Network(obtain(VOICE))


def _telephone(native: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a telephone line leaves of the voice, at ``SAMPLE_RATE``."""
    from scipy.signal import butter, sosfiltfilt

    band = butter(4, TELEPHONE_BAND, "bandpass", fs=NATIVE_RATE, output="sos")
    carried = sosfiltfilt(band, native.astype(np.float64))
    return np.asarray(soxr.resample(carried, NATIVE_RATE, SAMPLE_RATE), dtype=np.float32)


def _sounding(samples: NDArray[np.float32]) -> tuple[int, int]:
    """First and one-past-last sample that is louder than -45 dB of the peak."""
    loud = np.flatnonzero(np.abs(samples) > 10 ** (-45 / 20) * np.abs(samples).max())
    return int(loud[0]), int(loud[-1]) + 1
