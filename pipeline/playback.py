"""Sound that every browser plays: good files as they are, all others as MP3.

Recordings come as A-law, AMR, WMA or GSM, which browsers do not play everywhere, and the pages must
travel without the folder they were made from.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import numpy as np

from pipeline.audio import decode
from pipeline.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import av

PLAYED = {
    ("mp3", "mp3float"): ".mp3",
    ("mp3", "mp3"): ".mp3",
    ("ogg", "opus"): ".ogg",
    ("ogg", "libopus"): ".ogg",
    ("mov,mp4,m4a,3gp,3g2,mj2", "aac"): ".m4a",
    ("flac", "flac"): ".flac",
}
"""Container and codec, as FFmpeg names them, that browsers play: with the suffix they go under."""

SUFFIXES = (*sorted(set(PLAYED.values())), ".mp3")
BIT_RATE, SAMPLE_RATE = 48_000, 16_000
"""Speech from a telephone has nothing above 8 kHz; 48 kbit/s keeps both sides clear."""


def suffix_of(source: Path) -> str:
    """The suffix that ``source`` can be played under as it is; empty where it must be converted.

    Raises ``AudioError`` where it is no recording.
    """
    import av

    try:
        with av.open(str(source)) as container:
            if not container.streams.audio:
                raise AudioError("文件里没有音频")
            codec = container.streams.audio[0].codec_context.name
            return PLAYED.get((container.format.name, codec), "")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise AudioError(f"不是可以解码的录音（{error}）") from error


def copy(source: Path, target: Path) -> None:
    """``source`` under another name: a hard link where the disk allows, else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def convert(source: Path, target: Path) -> None:
    """``source`` as MP3, at most two channels, the same bytes every time.

    A file that breaks off is converted as far as it goes; ``AudioError`` where nothing decodes.
    """
    import av

    try:
        with (
            av.open(str(source)) as container,
            av.open(str(target), "w", format="mp3", options={"fflags": "+bitexact"}) as out,
        ):
            heard = container.streams.audio[0]
            layout = "mono" if heard.codec_context.channels == 1 else "stereo"
            stream = out.add_stream("libmp3lame", rate=SAMPLE_RATE, layout=layout)
            stream.bit_rate = BIT_RATE
            stream.codec_context.flags |= av.codec.context.Flags.bitexact
            resampler = av.AudioResampler(format="s16p", layout=layout, rate=SAMPLE_RATE)
            if not _encoded(container, stream, resampler, out):
                raise AudioError("录音里没有可以播放的声音")
    except (av.FFmpegError, OSError, ValueError, IndexError) as error:
        raise AudioError(f"不是可以解码的录音（{error}）") from error


def combine(sources: Sequence[Path], target: Path) -> None:
    """The sides of a call, a file each, as one MP3 of two channels; ``AudioError`` as ``convert``."""
    import av

    audio = decode(*sources)
    with av.open(str(target), "w", format="mp3", options={"fflags": "+bitexact"}) as out:
        stream = out.add_stream("libmp3lame", rate=SAMPLE_RATE, layout="stereo")
        stream.bit_rate = BIT_RATE
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        for at in range(0, len(audio.channels[0]), SAMPLE_RATE):
            second = [channel[at : at + SAMPLE_RATE] for channel in audio.channels[:2]]
            both = np.ascontiguousarray(np.stack([second[0], second[-1]]))
            frame = av.AudioFrame.from_ndarray(both, format="fltp", layout="stereo")
            frame.rate = SAMPLE_RATE
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _encoded(
    source: av.container.InputContainer,
    stream: av.AudioStream,
    resampler: av.AudioResampler,
    out: av.container.OutputContainer,
) -> int:
    """Write every frame of ``source`` to ``out``; how many there were."""
    import av

    frames = 0
    try:
        for frame in source.decode(audio=0):
            frame.pts = None
            frames += 1
            for ready in resampler.resample(frame):
                out.mux(stream.encode(ready))
    except av.FFmpegError:  # it breaks off here; what came before is worth hearing
        pass
    if frames:
        for ready in resampler.resample(None):
            out.mux(stream.encode(ready))
        out.mux(stream.encode(None))
    return frames
