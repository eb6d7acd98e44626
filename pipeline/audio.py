"""Sound: decode any file to channels at 16 kHz, and find where somebody speaks."""

from __future__ import annotations

import functools
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline import spans
from pipeline.errors import AudioError
from pipeline.records import Seconds, Span

if TYPE_CHECKING:
    import av.container
    import onnxruntime
    from numpy.typing import NDArray

    from pipeline.settings import SpeechSettings

    Samples = NDArray[np.float32]

SAMPLE_RATE = 16000
"""What Whisper and Silero listen at, Hz."""

TRUNCATED_SHARE = 0.98
"""Less than this share of the length that the header promises is a truncated file."""

_FRAME, _CONTEXT = 512, 64
"""Silero looks at 32 ms, and at the 4 ms before them."""
_BLOCK = 4000
"""Frames a run: about two minutes of sound, so that memory stays bounded."""
_LEVEL_STEP: Seconds = 0.01
_REACH_BACK: Seconds = 0.5
_REACH_ON: Seconds = 0.1
_PULL_BACK: Seconds = 0.15
"""How far an edge may move: back before an onset, on after an end, back before an end."""
_ABOVE_NOISE, _BELOW_PEAK = 10.0, 35.0
"""Sound is this many dB above the line's noise and at most this many under the span's loudest."""
_DIP = 4
"""Frames of 10 ms that a stop consonant may be silent."""
_SHORTEST: Seconds = 0.05
"""Less sound than this is none."""


@dataclass(frozen=True, eq=False)
class Audio:
    """A decoded recording: one float32 array of equal length a channel, and what was odd about it."""

    channels: tuple[Samples, ...]
    notes: tuple[str, ...] = ()

    @property
    def duration(self) -> Seconds:
        """Length in seconds of what really is there."""
        return len(self.channels[0]) / SAMPLE_RATE


def decode(path: Path) -> Audio:
    """The sound in ``path``, each channel at ``SAMPLE_RATE``.

    A file that breaks off is used as far as it goes, with the note ``truncated``. Raises
    ``AudioError`` where there is no sound to use.
    """
    import av

    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise AudioError("文件里没有音频")
            promised = _promised(container)
            blocks, broken = _blocks(container)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise AudioError(f"不是可以解码的录音（{_reason(error)}）") from error
    channels = tuple(np.concatenate(channel) for channel in zip(*blocks, strict=True))
    length = len(channels[0]) / SAMPLE_RATE if channels else 0.0
    if length < _SHORTEST:
        raise AudioError("文件头完整，但里面没有声音数据")
    truncated = broken or length < TRUNCATED_SHARE * promised
    return Audio(channels, ("truncated",) if truncated else ())


def _promised(container: av.container.InputContainer) -> Seconds:
    """The length in seconds that the file's header claims; 0 where it claims none."""
    stream = container.streams.audio[0]
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return float(container.duration or 0) / 1_000_000


def _blocks(container: av.container.InputContainer) -> tuple[list[list[Samples]], bool]:
    """Decoded blocks, each a list of channels, and whether the stream broke off."""
    import av

    stream = container.streams.audio[0]
    resampler = av.AudioResampler(format="fltp", rate=SAMPLE_RATE)
    blocks: list[list[Samples]] = []
    broken = False
    try:
        for frame in container.decode(stream):
            frame.pts = None
            blocks += [list(out.to_ndarray()) for out in resampler.resample(frame)]
    except av.FFmpegError:
        broken = True
    if blocks:
        blocks += [list(out.to_ndarray()) for out in resampler.resample(None)]
    return blocks, broken


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", "") or error)


def speech_spans(samples: Samples, settings: SpeechSettings) -> list[Span]:
    """Where somebody speaks on one channel: Silero with hysteresis, without padding.

    Speech begins where the probability passes ``threshold`` and ends where it stays below
    ``end_threshold``; bursts under ``shortest_speech`` are none. Silero reports loud onsets late (up
    to half a second on a narrow-band line), so the edges are then moved to where the sound is.
    """
    probabilities = speech_probabilities(samples)
    step = _FRAME / SAMPLE_RATE
    found: list[Span] = []
    start: int | None = None
    for index, probability in enumerate(probabilities):
        if start is None and probability >= settings.threshold:
            start = index
        elif start is not None and probability < settings.end_threshold:
            found.append(Span(start * step, index * step))
            start = None
    if start is not None:
        found.append(Span(start * step, min(len(probabilities) * step, len(samples) / SAMPLE_RATE)))
    refined = spans.join(_refined(samples, found), gap=settings.shortest_pause)
    return [span for span in refined if span.duration >= settings.shortest_speech]


def _refined(samples: Samples, found: list[Span]) -> list[Span]:
    """The spans with their edges at the energy's: earlier onsets, ends where the sound ends."""
    if not found:
        return []
    level = _levels(samples)
    quiet = np.ones(len(level), dtype=bool)
    for span in found:
        quiet[_frame(span.start - _REACH_BACK) : _frame(span.end + _REACH_ON)] = False
    floor = float(np.median(level[quiet])) if quiet.any() else float(level.min())
    refined: list[Span] = []
    for span in found:
        first, last = _frame(span.start), min(_frame(span.end), len(level) - 1)
        bound = max(floor + _ABOVE_NOISE, float(level[first : last + 1].max()) - _BELOW_PEAK)
        after = _frame(refined[-1].end) if refined else 0
        start = _sounding_since(level, first, max(after, first - _frame(_REACH_BACK)), bound)
        end = _sounding_until(level, last, last + _frame(_REACH_ON), bound)
        refined.append(Span(start * _LEVEL_STEP, max(start + 1, end) * _LEVEL_STEP))
    return refined


def _levels(samples: Samples) -> NDArray[np.float32]:
    """The level of each 10 ms, in dB relative to full scale."""
    size = _frame(1.0)
    width = SAMPLE_RATE // size
    frames = samples[: len(samples) // width * width].reshape(-1, width)
    power = np.einsum("ij,ij->i", frames, frames) / width
    return np.asarray(10 * np.log10(power + 1e-10), dtype=np.float32)


def _frame(seconds: Seconds) -> int:
    return max(0, round(seconds / _LEVEL_STEP))


def _sounding_since(level: NDArray[np.float32], at: int, earliest: int, bound: float) -> int:
    """The first frame from which the sound runs on to ``at``, over dips of up to 40 ms."""
    start = at
    for index in range(at - 1, earliest - 1, -1):
        if level[index] >= bound:
            start = index
        elif start - index > _DIP:
            break
    return start


def _sounding_until(level: NDArray[np.float32], at: int, latest: int, bound: float) -> int:
    """The first frame after the sound that was there at ``at`` or shortly before it."""
    end = at
    while end > at - _frame(_PULL_BACK) and level[end - 1] < bound:
        end -= 1
    for index in range(end, min(latest, len(level))):
        if level[index] >= bound:
            end = index + 1
        elif index - end > _DIP:
            break
    return end


def speech_probabilities(samples: Samples) -> NDArray[np.float32]:
    """Silero's speech probability of each 32 ms of ``samples`` (float32, 16 kHz)."""
    if not len(samples):
        return np.zeros(0, dtype=np.float32)
    frames = -(-len(samples) // _FRAME)
    padded = np.zeros(_CONTEXT + frames * _FRAME, dtype=np.float32)
    padded[_CONTEXT : _CONTEXT + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, _CONTEXT + _FRAME)[::_FRAME]
    hidden = cell = np.zeros((1, 1, 128), dtype=np.float32)
    heard: list[NDArray[np.float32]] = []
    for at in range(0, frames, _BLOCK):
        block = np.ascontiguousarray(windows[at : at + _BLOCK])
        out, hidden, cell = _silero().run(None, {"input": block, "h": hidden, "c": cell})
        heard.append(np.asarray(out, dtype=np.float32).reshape(-1))
    found: NDArray[np.float32] = np.concatenate([np.zeros(0, dtype=np.float32), *heard])
    return found


@functools.cache
def _silero() -> onnxruntime.InferenceSession:
    """The Silero network that faster-whisper ships, without importing faster-whisper itself."""
    import onnxruntime

    found = importlib.util.find_spec("faster_whisper")
    if found is None or not found.submodule_search_locations:
        msg = "faster-whisper is not installed"
        raise ImportError(msg)
    assets = Path(found.submodule_search_locations[0]) / "assets"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(assets / "silero_vad_v6.onnx"), options, providers=["CPUExecutionProvider"]
    )
