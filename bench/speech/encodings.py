"""The encodings that recorders write, as far as PyAV's FFmpeg can write them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import numpy as np

from pipeline.records import SAMPLE_RATE
from pipeline.sound.decode import FULL_SCALE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from av import AudioFrame, AudioStream
    from av.container import OutputContainer
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

LAYOUTS = {1: "mono", 2: "stereo", 4: "4.0"}
CANNOT_WRITE = ("GSM 06.10", "AMR-WB", "G.729")
"""FFmpeg reads these; the one that PyAV brings has no encoder for them, so they are not measured."""


@dataclass(frozen=True)
class Encoding:
    """A file's suffix, codec, Hz, and bit/s for the whole file (0: the encoder's own).

    ``split``: each side in a file of its own; ``video``: beside a picture, as video calls are kept;
    ``leaks``: the codec itself lets each side through into the other, so that crosstalk is no error.
    """

    name: str
    suffix: str
    codec: str
    rate: int = 8000
    bit_rate: int = 0
    split: bool = False
    video: bool = False
    leaks: bool = False


MULAW = Encoding("WAV µ-law, 8 kHz", ".wav", "pcm_mulaw")

ENCODINGS = (
    Encoding("WAV PCM 8 bit, 8 kHz", ".wav", "pcm_u8"),
    Encoding("WAV PCM 16 bit, 8 kHz", ".wav", "pcm_s16le"),
    Encoding("WAV PCM 24 bit, 16 kHz", ".wav", "pcm_s24le", 16000),
    Encoding("WAV PCM 32 bit, 48 kHz", ".wav", "pcm_s32le", 48000),
    Encoding("WAV float, 16 kHz", ".wav", "pcm_f32le", 16000),
    Encoding("WAV A-law, 8 kHz", ".wav", "pcm_alaw"),
    MULAW,
    Encoding("WAV ADPCM IMA, 8 kHz", ".wav", "adpcm_ima_wav"),
    Encoding("WAV ADPCM MS, 8 kHz", ".wav", "adpcm_ms"),
    Encoding("MP3 16 kbit/s, 8 kHz", ".mp3", "libmp3lame", 8000, 16_000),
    Encoding("MP3 32 kbit/s, 8 kHz", ".mp3", "libmp3lame", 8000, 32_000),
    Encoding("AAC 32 kbit/s, 16 kHz", ".m4a", "aac", 16000, 32_000),
    Encoding("Opus 24 kbit/s", ".ogg", "libopus", 48000, 24_000, leaks=True),
    Encoding("Opus 32 kbit/s", ".ogg", "libopus", 48000, 32_000),
    Encoding("FLAC, 44.1 kHz", ".flac", "flac", 44100),
    Encoding("WMA 32 kbit/s, 16 kHz", ".wma", "wmav2", 16000, 32_000, leaks=True),
    Encoding("AMR-NB 12.2, a file a side", ".amr", "libopencore_amrnb", 8000, 12_200, split=True),
    Encoding("Matroska, AAC and a picture", ".mkv", "aac", 44100, 64_000, video=True),
)


def write(folder: Path, name: str, channels: Sequence[Samples], encoding: Encoding) -> list[Path]:
    """The channels (float32 at ``SAMPLE_RATE``) as one file, or as one each, of this name."""
    files = [[channel] for channel in channels] if encoding.split else [channels]
    paths = []
    for number, own in enumerate(files):
        path = folder / f"{name}-{number}{encoding.suffix}"
        _write(path, own, encoding)
        paths.append(path)
    return paths


def _write(path: Path, channels: Sequence[Samples], encoding: Encoding) -> None:
    import av

    layout = LAYOUTS[len(channels)]
    with av.open(str(path), "w") as out:
        stream = cast(
            "AudioStream",
            out.add_stream(encoding.codec, rate=encoding.rate, layout=layout),
        )
        if encoding.bit_rate:
            stream.bit_rate = encoding.bit_rate
        if encoding.video:
            _picture(out, len(channels[0]) // SAMPLE_RATE)
        stream.codec_context.open(strict=False)
        resampler = av.AudioResampler(
            format=stream.codec_context.format.name,
            layout=layout,
            rate=encoding.rate,
            frame_size=stream.codec_context.frame_size,
        )
        written = 0
        for frame in (*_frames(channels, layout), None):
            for ready in resampler.resample(frame):
                # the muxers note an encoder's delay only where the frames' times are known
                ready.pts, ready.time_base = written, Fraction(1, encoding.rate)
                written += ready.samples
                out.mux(stream.encode(ready))
        out.mux(stream.encode(None))


def _frames(channels: Sequence[Samples], layout: str) -> list[AudioFrame]:
    """A second each, 16 bits a sample."""
    import av

    scaled = np.clip(np.stack(channels, axis=1) * FULL_SCALE, -FULL_SCALE, FULL_SCALE - 1)
    samples = np.round(scaled).astype(np.int16)
    frames = []
    for at in range(0, len(samples), SAMPLE_RATE):
        block = np.ascontiguousarray(samples[at : at + SAMPLE_RATE]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout=layout)
        frame.sample_rate = SAMPLE_RATE
        frames.append(frame)
    return frames


def _picture(out: OutputContainer, seconds: int) -> None:
    """A grey picture, one a second."""
    import av

    stream = out.add_stream("mpeg4", rate=1)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    grey = np.full((48, 64, 3), 128, dtype=np.uint8)
    for _ in range(seconds):
        out.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
    out.mux(stream.encode(None))
