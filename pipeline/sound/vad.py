"""Where somebody speaks on one channel: Silero with hysteresis, edges at the sound's."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline import spans
from pipeline.records import SAMPLE_RATE, Seconds, Span
from pipeline.sound.crosstalk import Gated
from pipeline.sound.decode import Sound, levels
from pipeline.sound.voice_features import pitches

if TYPE_CHECKING:
    import onnxruntime
    from numpy.typing import NDArray

    from pipeline.settings import SpeechSettings
    from pipeline.sound.decode import Samples

FRAME, CONTEXT = 512, 64
"""Silero looks at 32 ms, and at the 4 ms before them."""
BLOCK = 1000
"""Frames a run: half a minute of sound, so that memory stays bounded."""
LEVEL_STEP: Seconds = 0.01
REACH_BACK: Seconds = 0.5
REACH_ON: Seconds = 0.1
PULL_BACK: Seconds = 0.15
"""How far an edge may move: back before an onset, on after an end, back before an end."""
ABOVE_NOISE, BELOW_PEAK = 10.0, 35.0
"""Sound is this many dB above the line's noise and at most this many under the span's loudest."""
DIP = 4
"""Frames of 10 ms that a stop consonant may be silent."""
NOISY_DIP, SHORTEST_BURST, SYLLABLE = 12, 3, 6.0
"""Frames of a dip that noise may fill between the syllables of a word; how many frames a syllable
lasts at least, and the dB by which it rises and falls. Of 234 real onsets in white noise, 10 to 20 dB
under the voice, 12 came over 0.15 s late where it had been 21, and none earlier; without noise, and
behind a steady tone, nothing moved."""

HUM_NEAR, LONGEST_HUM, HUM_LEAD = 0.8, 0.8, 0.08
"""A hum's probability, as a share of the threshold, at least; and its length, s, at most. Silero
notices it so many seconds late."""
HUM_ABOVE, GLIDE = 12.0, (0.5, 6.0)
"""dB above the line's noise, and the semitones over which a hum's pitch glides."""

AUDIBLE = 6.0
"""dB above the line's noise under which nobody can be speaking."""
FAINTEST = -65.0
"""dBFS under which nobody can be heard at all."""
_FUNDAMENTAL = (80.0, 300.0)
"""Hz between which the fundamental of a voice lies; a telephone line passes from 300 on."""
STRENGTH = 0.5
"""How much of it is added: of 0.3, 0.5 and 1 the one from which voices gain no more and music, which is
heard higher with each, stays under 0.3."""
SETTLE: Seconds = 0.1
"""Sound before a stretch that the filter needs."""
LEAD: Seconds = 0.32
"""Silero hears so much of the line before a stretch that may be speech, and after it."""


def speech_spans(sound: Sound, settings: SpeechSettings) -> list[Span]:
    """Where somebody speaks on one channel, without padding.

    Speech begins where Silero's probability passes ``threshold`` and ends where it stays below
    ``end_threshold``; bursts under ``shortest_speech`` are none, and a hum that nearly passes is one if
    it sounds like a voice (嗯嗯). Silero reports loud onsets late (up
    to half a second on a narrow-band line), so the edges are then moved to where the sound is.
    """
    level = levels(sound)
    probabilities = speech_probabilities(sound, level)
    step = FRAME / SAMPLE_RATE
    found: list[Span] = []
    start: int | None = None
    for index, probability in enumerate(probabilities):
        if start is None and probability >= settings.threshold:
            start = index
        elif start is not None and probability < settings.end_threshold:
            found.append(Span(start * step, index * step))
            start = None
    if start is not None:
        found.append(Span(start * step, min(len(probabilities) * step, len(sound) / SAMPLE_RATE)))
    hummed = _hums(sound, level, probabilities, found, settings)
    found = sorted([*found, *hummed], key=lambda span: span.start)
    refined = spans.join(_refine(level, found), gap=settings.shortest_pause)
    return [span for span in refined if span.duration >= settings.shortest_speech]


def _refine(level: NDArray[np.float32], found: list[Span]) -> list[Span]:
    """The spans with their edges at the energy's: earlier onsets, ends where the sound ends."""
    if not found or not len(level):
        return []
    floor = _floor(level, found)
    refined: list[Span] = []
    for span in found:
        first, last = _frame(span.start), min(_frame(span.end), len(level) - 1)
        if first > last:
            continue
        bound = max(floor + ABOVE_NOISE, float(level[first : last + 1].max()) - BELOW_PEAK)
        after = _frame(refined[-1].end) if refined else 0
        start = _sounding_since(level, first, max(after, first - _frame(REACH_BACK)), bound)
        end = _sounding_until(level, last, last + _frame(REACH_ON), bound)
        refined.append(Span(start * LEVEL_STEP, max(start + 1, end) * LEVEL_STEP))
    return refined


def _floor(level: NDArray[np.float32], found: list[Span]) -> float:
    """The line's noise, dBFS: the level where nobody speaks."""
    quiet = np.ones(len(level), dtype=bool)
    for span in found:
        quiet[_frame(span.start - REACH_BACK) : _frame(span.end + REACH_ON)] = False
    return float(np.median(level[quiet])) if quiet.any() else float(level.min())


def _hums(
    sound: Sound,
    level: NDArray[np.float32],
    probabilities: NDArray[np.float32],
    found: list[Span],
    settings: SpeechSettings,
) -> list[Span]:
    """Short stretches that Silero nearly takes for speech and that sound like a voice humming.

    Clearly louder than the line, with a pitch that glides: a key tone, a chord and an instrument's
    note hold theirs, or have none that a voice could have.
    """
    if not len(level):
        return []
    step, floor, hummed = FRAME / SAMPLE_RATE, _floor(level, found), []
    for first, last in _runs(probabilities >= settings.end_threshold):
        peak = float(probabilities[first:last].max())
        span = Span(max(0.0, first * step - HUM_LEAD), last * step)
        short = HUM_NEAR * settings.threshold <= peak < settings.threshold
        if not short or span.duration > LONGEST_HUM + HUM_LEAD:
            continue
        loud = float(np.percentile(level[_frame(span.start) : _frame(span.end) + 1], 90))
        if loud >= floor + HUM_ABOVE and _glides(pitches(sound, span)):
            hummed.append(Span(first * step, last * step))
    return hummed


def _glides(pitch: NDArray[np.float64]) -> bool:
    """Whether half of the frames have a pitch, and it moves as a voice's does in a syllable."""
    known = pitch[~np.isnan(pitch)]
    low, high = GLIDE
    return 2 * len(known) >= len(pitch) > 0 and low <= float(np.ptp(known)) <= high


def _frame(seconds: Seconds) -> int:
    return max(0, round(seconds / LEVEL_STEP))


def _sounding_since(level: NDArray[np.float32], at: int, earliest: int, bound: float) -> int:
    """The first frame from which the sound runs on to ``at``, over dips of up to 40 ms.

    In noise the weaker half of a word sinks below ``bound``: a dip of up to 120 ms is one too where
    what comes before it rises and falls as speech does, and not where it is steady as a tone.
    """
    start = at
    for first, last in reversed(_runs(level[earliest:at] >= bound)):
        dip = start - (earliest + last)
        if dip > NOISY_DIP:
            break
        if dip <= DIP or _moves(level[earliest + first : earliest + last]):
            start = earliest + first
    return start


def _runs(loud: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The stretches of true values, as ``[first, last)``."""
    edges = np.flatnonzero(np.diff(loud.astype(np.int8), prepend=0, append=0))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def _moves(level: NDArray[np.float32]) -> bool:
    """Whether a burst's level moves as a syllable's does, its ends left out where it is long."""
    inner = level[1:-1] if len(level) > SHORTEST_BURST + 1 else level
    return len(level) >= SHORTEST_BURST and float(np.ptp(inner)) >= SYLLABLE


def _sounding_until(level: NDArray[np.float32], at: int, latest: int, bound: float) -> int:
    """The first frame after the sound that was there at ``at`` or shortly before it."""
    end = at
    while end > at - _frame(PULL_BACK) and level[end - 1] < bound:
        end -= 1
    for index in range(end, min(latest, len(level))):
        if level[index] >= bound:
            end = index + 1
        elif index - end > DIP:
            break
    return end


def speech_probabilities(sound: Sound, level: NDArray[np.float32]) -> NDArray[np.float32]:
    """Silero's speech probability of each 32 ms; 0 where the line is too quiet, or another's leaks in.

    ``level`` is that of each 10 ms (``audio.levels``).
    """
    frames = -(-len(sound) // FRAME)
    found = np.zeros(frames, dtype=np.float32)
    for first, last in _audible(level, frames):
        hidden = cell = np.zeros((1, 1, 128), dtype=np.float32)
        for at in range(first, last, BLOCK):
            until = min(at + BLOCK, last)
            windows = _windows(sound, at, until)
            out, hidden, cell = _silero().run(None, {"input": windows, "h": hidden, "c": cell})
            found[at:until] = np.asarray(out, dtype=np.float32).reshape(-1)
    if isinstance(sound, Gated):  # turned down as it is, Silero hears the other's voice in it
        found[sound.is_others_throughout(FRAME, frames)] = 0
    return found


def _windows(sound: Sound, first: int, last: int) -> Samples:
    """The frames from ``first`` to ``last``, each behind the end of the one before it."""
    padded = np.zeros(CONTEXT + (last - first) * FRAME, dtype=np.float32)
    begin = first * FRAME - CONTEXT
    samples = _with_fundamental(sound, max(0, begin), last * FRAME)
    padded[max(0, -begin) : max(0, -begin) + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + FRAME)[::FRAME]
    return np.ascontiguousarray(windows)


def _with_fundamental(sound: Sound, first: int, last: int) -> Samples:
    """The samples from ``first`` to ``last`` with the fundamental that a telephone line cuts off.

    The overtones of a voice are its fundamental apart: rectified, they sound it again, as the ear
    hears it. Without it Silero takes a deep voice on a telephone for none.
    """
    from scipy.signal import sosfilt

    before = max(0, first - round(SETTLE * SAMPLE_RATE))
    samples = np.asarray(sound[before:last], dtype=np.float32)
    restored = samples + STRENGTH * sosfilt(_fundamental(), np.abs(samples))
    return np.asarray(restored[first - before :], dtype=np.float32)


@functools.cache
def _fundamental() -> NDArray[np.float64]:
    """A Butterworth band pass, in second-order sections."""
    from scipy.signal import butter

    return np.asarray(butter(1, _FUNDAMENTAL, "bandpass", fs=SAMPLE_RATE, output="sos"))


def _audible(level: NDArray[np.float32], frames: int) -> list[tuple[int, int]]:
    """Silero's frames, as ``[first, last)``, in which the line is loud enough for a voice."""
    if not len(level):
        return [(0, frames)] if frames else []
    floor = float(np.percentile(level, 10))
    loud = np.flatnonzero(level > max(FAINTEST, min(floor + AUDIBLE, -45.0)))
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) > _frame(2 * LEAD))
    starts = loud[np.concatenate([[0], breaks + 1])]
    ends = loud[np.concatenate([breaks, [len(loud) - 1]])]
    scale = SAMPLE_RATE * LEVEL_STEP / FRAME
    return [
        (
            max(0, int((start - _frame(LEAD)) * scale)),
            min(frames, int((end + _frame(LEAD)) * scale) + 1),
        )
        for start, end in zip(starts, ends, strict=True)
    ]


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
