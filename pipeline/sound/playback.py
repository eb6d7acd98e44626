"""Sound that every browser plays: good files as they are, all others as Opus in WebM.

Recordings come as A-law, AMR, WMA or GSM, which browsers do not play everywhere, and the pages must
travel without the folder they were made from. Opus costs a seventh of what MP3 did; in WebM every
Chromium and Firefox plays it, and Safari since 14.1 (on telephones since 17.4), in Ogg since 18.4.
"""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack, suppress
from itertools import zip_longest
from typing import TYPE_CHECKING, cast

import numpy as np

from pipeline.errors import AudioError
from pipeline.messages import cause
from pipeline.sound.decode import decode, open_sound, undecodable
from pipeline.sound.decode import levels as level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Any

    import av
    from av.container import InputContainer, OutputContainer
    from numpy.typing import NDArray

    from pipeline.records import Seconds, Span

PLAYED = {
    ("mp3", "mp3float"): ".mp3",
    ("mp3", "mp3"): ".mp3",
    ("ogg", "opus"): ".ogg",
    ("ogg", "libopus"): ".ogg",
    ("mov,mp4,m4a,3gp,3g2,mj2", "aac"): ".m4a",
    ("flac", "flac"): ".flac",
}
"""Container and codec, as FFmpeg names them, that browsers play: with the suffix they go under."""

CONVERTED = ".webm"
SUFFIXES = (CONVERTED, *sorted(set(PLAYED.values())))
SIDE_BIT_RATE = 12_000
"""bit/s for each side: telephone speech in Opus' speech mode; together half of what the MP3s took."""
TELEPHONE, WIDE = 8000, 16_000
"""Hz: a telephone's sound needs no more than the one, a voice no more than the other."""
OPUS = {"application": "voip", "compression_level": "0", "frame_duration": "60"}
"""Opus for music lets each side through into the other, 16 to 30 dB down; for speech it hardly does.
The least effort and packets of 60 ms take 0.20 % of a telephone recording's length on one core, where
the MP3s before took 1.37 %."""


def suffix_of(source: Path) -> str:
    """The suffix that ``source`` can be played under as it is; empty where it must be converted.

    Raises ``AudioError`` where it is no recording.
    """
    import av

    try:
        with open_sound(source) as container:
            streams = container.streams.audio
            if not streams:
                raise AudioError(cause("there is no sound in the file"))
            codec = streams[0].codec_context.name
            return PLAYED.get((container.format.name, codec), "") if len(streams) == 1 else ""
    except (av.FFmpegError, OSError, ValueError) as error:
        raise AudioError(undecodable(error)) from error


_SILENT_DB, _LOUD_DB = -56.0, -14.0
"""What is drawn as silent and as loud: a telephone's noise, and a voice at its loudest."""


def levels(source: Path, step: Seconds) -> list[str]:
    """How loud a file is, a text a channel: a digit from 0 (silent) to 9 for every ``step`` seconds.

    Raises ``AudioError`` where nothing decodes.
    """
    found = []
    for channel in decode(source).channels:
        loud = level(channel)
        width = max(1, round(step * 100))
        whole = np.pad(loud, (0, -len(loud) % width), constant_values=_SILENT_DB)
        peaks = whole.reshape(-1, width).max(axis=1)
        digits = np.clip(9 * (peaks - _SILENT_DB) / (_LOUD_DB - _SILENT_DB), 0, 9)
        found.append("".join(str(int(digit)) for digit in digits))
    return found


def copy(source: Path, target: Path, *, link: bool) -> None:
    """``source`` in the place of ``target``: a copy, or with ``link`` the same file if it can.

    Names of one file share its mode: who may not read ``target`` must not read ``source`` either.
    """
    if link:
        target.unlink(missing_ok=True)
        with suppress(OSError):
            os.link(source, target)
            return
    shutil.copyfile(source, target)


def convert(sources: Sequence[Path], target: Path, silent: Sequence[Span] = ()) -> None:
    """The sound of a call as Opus in WebM, at most two channels, the same bytes every time.

    Nothing is heard on either side in the ``silent`` spans. Several ``sources``, or streams of one, are
    the call's sides. A file that breaks off is converted as far as it goes; ``AudioError`` where nothing
    decodes.
    """
    import av

    try:
        with ExitStack() as opened:
            files = [opened.enter_context(open_sound(source)) for source in sources]
            sides = [(file, stream) for file in files for stream in file.streams.audio][:2]
            out = opened.enter_context(
                av.open(str(target), "w", format="webm", options={"fflags": "+bitexact"})
            )
            if not _encode(sides, out, silent):
                raise AudioError(cause("there is no sound in the recording that can be played"))
    except (av.FFmpegError, OSError, ValueError, IndexError) as error:
        raise AudioError(undecodable(error)) from error


def _encode(
    sides: Sequence[tuple[InputContainer, av.AudioStream]],
    out: OutputContainer,
    silent: Sequence[Span],
) -> int:
    """Write the sound of ``sides`` to ``out``, without the ``silent`` spans; how many frames it has."""
    import av

    heard = [stream.codec_context for _, stream in sides]
    rate = TELEPHONE if max(context.sample_rate for context in heard) <= TELEPHONE else WIDE
    channels = min(2, sum(context.channels for context in heard))
    layout = "mono" if channels == 1 else "stereo"
    stream = out.add_stream("libopus", rate, dict(OPUS), layout=layout)
    stream.bit_rate = channels * SIDE_BIT_RATE
    stream.codec_context.flags |= av.codec.context.Flags.bitexact
    frames = 0
    single = len(sides) == 1
    sound = _frames_of_a_second(_decode(*sides[0])) if single else _abreast(sides, rate)
    for frame in _mute(sound, silent):
        frames += 1
        out.mux(stream.encode(frame))
    if frames:
        out.mux(stream.encode(None))
    return frames


def _mute(frames: Iterator[av.AudioFrame], silent: Sequence[Span]) -> Iterator[av.AudioFrame]:
    """The same frames, nothing to be heard in them during the ``silent`` spans."""
    done = 0
    for frame in frames:
        begins, rate = done / frame.sample_rate, frame.sample_rate
        done += frame.samples
        ends = done / rate
        touched = [s for s in silent if s.start < ends and begins < s.end]
        yield _without(frame, [(s.start - begins, s.end - begins) for s in touched])


def _without(frame: av.AudioFrame, silent: Sequence[tuple[Seconds, Seconds]]) -> av.AudioFrame:
    """A frame in which some stretches of its own time are silent; itself where there are none."""
    import av

    if not silent:
        return frame
    samples = frame.to_ndarray().copy()
    nothing = 1 << 7 if samples.dtype == np.uint8 else 0
    step = 1 if frame.format.is_planar else frame.layout.nb_channels
    for start, end in silent:
        first, last = (max(0, round(at * frame.sample_rate)) * step for at in (start, end))
        samples[:, first:last] = nothing
    quiet = av.AudioFrame.from_ndarray(samples, frame.format.name, frame.layout.name)
    quiet.rate = frame.sample_rate
    return quiet


def _decode(file: InputContainer, stream: av.AudioStream) -> Iterator[av.AudioFrame]:
    """The frames of a stream, up to where the file breaks off; silence for a packet that is broken."""
    import av

    packets = file.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:  # it breaks off here; what came before is worth hearing
            return
        if packet is None:
            return
        try:
            yield from packet.decode()
        except av.FFmpegError:
            yield from _silence(packet)


def _frames_of_a_second(frames: Iterator[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    """The same sound in frames of a second: each costs alike, and a telephone's codecs give 20 ms."""
    import av

    fifo = av.AudioFifo()
    for frame in frames:
        frame.pts = None
        fifo.write(frame)
        if fifo.samples >= frame.sample_rate:
            yield from _read(fifo)
    yield from _read(fifo)


def _read(fifo: av.AudioFifo) -> Iterator[av.AudioFrame]:
    """All that is in it, if anything is."""
    if fifo.samples:
        yield cast("av.AudioFrame", fifo.read())


def _silence(packet: av.Packet[Any]) -> list[av.AudioFrame]:
    """As long as a packet says that it lasts, so that what follows keeps its time."""
    import av

    context = cast("av.AudioStream", packet.stream).codec_context
    length = float((packet.duration or 0) * (packet.time_base or 0))
    samples = round(length * context.sample_rate)
    if not samples:
        return []
    frame = av.AudioFrame(context.format.name, context.layout.name, samples)
    frame.rate = context.sample_rate
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return [frame]


def _abreast(
    sides: Sequence[tuple[InputContainer, av.AudioStream]], rate: int
) -> Iterator[av.AudioFrame]:
    """Two sides as frames of two channels; the shorter one is silent at its end."""
    import av

    for first, second in zip_longest(*(_seconds(side, rate) for side in sides)):
        both = [np.zeros(0, np.int16) if part is None else part for part in (first, second)]
        samples = np.zeros((max(map(len, both)), 2), dtype=np.int16)
        for channel, part in enumerate(both):
            samples[: len(part), channel] = part
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="stereo")
        frame.rate = rate
        yield frame


def _seconds(side: tuple[InputContainer, av.AudioStream], rate: int) -> Iterator[NDArray[np.int16]]:
    """The sound of a side, all its channels in one, in pieces of a second; the last may be shorter."""
    import av

    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate, frame_size=rate)
    for frame in _frames_of_a_second(_decode(*side)):
        for ready in resampler.resample(frame):
            yield ready.to_ndarray()[0]
    for ready in resampler.resample(None):
        yield ready.to_ndarray()[0]
