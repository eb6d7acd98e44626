"""Sound files: any encoding decoded to channels at 16 kHz, however long, as far as it goes."""

from __future__ import annotations

import functools
import tempfile
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

import numpy as np

from pipeline.errors import AudioError
from pipeline.messages import Cause, cause
from pipeline.records import SAMPLE_RATE, Seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import av.container
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

SHORTEST: Seconds = 0.05
"""Less sound than this is none."""
MISSING: Seconds = 0.5
"""So much less than the header promises is a truncated file; a codec's own delay stays under it."""
RESAMPLED_AT_ONCE, WRITTEN_AT_ONCE = SAMPLE_RATE, 30 * SAMPLE_RATE
"""Samples of a channel."""
IN_MEMORY = 64 << 20
"""Bytes of one channel (half an hour) that stay in memory; a longer one lies on the disk."""
LOWEST = 70.0
"""Hz under which a telephone carries no voice: it begins at 300."""
FULL_SCALE = 32768
UNKNOWN = 0x7FFF0000
"""A recorder that streams writes a length from here on: it could not know."""
CLIPPED, CLIPPED_SHARE = 32000, 0.001
"""Samples this near to full scale are cut off; from this share on it is worth a note."""

_RAW = {
    **dict.fromkeys((".ulaw", ".ul", ".mulaw", ".pcmu"), ("mulaw", "8000")),
    **dict.fromkeys((".alaw", ".al", ".pcma"), ("alaw", "8000")),
    **dict.fromkeys((".sln", ".sln8"), ("s16le", "8000")),
    ".sln16": ("s16le", "16000"),
    ".gsm": ("gsm", ""),
    ".g722": ("g722", ""),
    ".g729": ("g729", ""),
}
"""Encodings without a header, by the suffix that Asterisk and others write: FFmpeg's demuxer, Hz."""
_WITHOUT_LENGTH = {
    *("wav", "w64", "aac", "amr", "gsm", "g722", "g729", "mulaw", "alaw", "s16le", "mpegts"),
}
"""Formats that count no time: a WAV counts bytes, and those are compared."""
_MAGIC = (b"RIFF", b"RF64", b"ID3", b"OggS", b"fLaC", b"#!AMR", b"FORM", b".snd", b"caff", b"\x1aE")
"""How files with a header begin: what is named .ulaw may well be a WAV."""


class Sound(Protocol):
    """Samples at ``SAMPLE_RATE``: an array, or a ``Track``; a slice gives float32 in [-1, 1)."""

    def __len__(self) -> int:
        """How many samples there are."""
        ...

    def __getitem__(self, part: slice, /) -> Samples:
        """Those in ``part``."""
        ...


class Track:
    """One channel's samples, 16 bits each, in a file that goes to the disk where it is long."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  lives on
        weakref.finalize(self, self._file.close)
        self._length = 0

    def append(self, samples: NDArray[np.int16]) -> None:
        """Add samples at the end."""
        self._file.seek(0, 2)
        self._file.write(samples.tobytes())
        self._length += len(samples)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, part: slice) -> Samples:
        start, stop, _ = part.indices(self._length)
        self._file.seek(2 * start)
        stored = np.frombuffer(self._file.read(2 * max(0, stop - start)), dtype=np.int16)
        return stored.astype(np.float32) / np.float32(FULL_SCALE)


@dataclass(frozen=True, eq=False)
class Audio:
    """A decoded recording: channels of equal length, and what was odd about it."""

    channels: tuple[Sound, ...]
    notes: tuple[str, ...] = ()

    @property
    def duration(self) -> Seconds:
        """Length in seconds of what really is there."""
        return len(self.channels[0]) / SAMPLE_RATE


@dataclass(frozen=True)
class Outline:
    """What a file's header says: how many channels there are, and how long they are, where it does."""

    channels: int
    duration: Seconds | None


def outline(path: Path) -> Outline | None:
    """A file's channels and length by its header, nothing decoded; None where it cannot be read."""
    import av

    try:
        with open_sound(path) as container:
            channels = sum(s.codec_context.channels for s in container.streams.audio)
            length = container.duration
    except (av.FFmpegError, OSError, ValueError):
        return None
    return Outline(channels, None if length is None else length / 1_000_000) if channels else None


def blocks(sound: Sound, size: int) -> Iterator[tuple[int, Samples]]:
    """The samples in pieces of ``size``, each with the index of its first."""
    for at in range(0, len(sound), size):
        yield at, sound[at : at + size]


def decode(*paths: Path) -> Audio:
    """The sound in ``paths``, each channel at ``SAMPLE_RATE``; several files are one call's sides.

    A file that breaks off is used as far as it goes, with the note ``truncated``; one with places
    that do not decode goes on behind them, with the note ``damaged``. Raises ``AudioError`` where
    there is no sound to use.
    """
    tracks: list[Track] = []
    notes: list[str] = []
    for path in paths:
        found, odd = _decode(path)
        tracks += found
        notes += odd
    longest = max(len(track) for track in tracks)
    for track in tracks:
        track.append(np.zeros(longest - len(track), dtype=np.int16))
    return Audio(tuple(tracks), tuple(dict.fromkeys(notes)))


def _decode(path: Path) -> tuple[list[Track], list[str]]:
    """The channels of one file, and what was odd about it."""
    import av

    try:
        with open_sound(path) as container:
            if not container.streams.audio:
                raise AudioError(cause("there is no sound in the file"))
            promised = _claimed_length(container, path)
            tracks, faults = _tracks(container)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise AudioError(undecodable(error)) from error
    length = max((len(track) for track in tracks), default=0) / SAMPLE_RATE
    if length < SHORTEST:
        raise AudioError(cause("the header is whole, but there is no sound behind it"))
    cut = "cut" in faults or length < promised - MISSING or _breaks_off(path)
    return tracks, [
        note
        for note, so in (
            ("truncated", cut),
            ("damaged", "damaged" in faults and not cut),
            ("clipped", "clipped" in faults),
        )
        if so
    ]


def open_sound(path: Path) -> av.container.InputContainer:
    """The file as FFmpeg sees it by its content; by its name only where it has no header."""
    import av

    raw = _RAW.get(path.suffix.lower())
    if raw is not None:
        with path.open("rb") as stream:
            head = stream.read(8)
        if not head.startswith(_MAGIC):
            form, rate = raw
            return av.open(str(path), format=form, options={"sample_rate": rate} if rate else {})
    return av.open(str(path))


def _claimed_length(container: av.container.InputContainer, path: Path) -> Seconds:
    """The length in seconds that the file's header claims; 0 where it claims none.

    Where there is no header FFmpeg reckons a length from the size and the first bit rate: that is
    no promise.
    """
    form = container.format.name
    if form in _WITHOUT_LENGTH:
        return 0.0
    if form == "mp3" and not _counts_its_frames(path):
        return 0.0
    stream = container.streams.audio[0]
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return float(container.duration or 0) / 1_000_000


def _counts_its_frames(path: Path) -> bool:
    """Whether an MP3 begins with a header that counts its frames (Xing, Info, VBRI)."""
    with path.open("rb") as stream:
        head = stream.read(10)
        if head.startswith(b"ID3"):
            size = (head[6] << 21) | (head[7] << 14) | (head[8] << 7) | head[9]
            stream.seek(10 + size)
        else:
            stream.seek(0)
        frame = stream.read(4096)
    return any(mark in frame for mark in (b"Xing", b"Info", b"VBRI"))


def _breaks_off(path: Path) -> bool:
    """Whether the bytes end before what a WAV's header or an Ogg file's last page announce."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(0)
        head = stream.read(4)
        if head == b"RIFF":
            return _data_ends_after(stream, size)
        return head == b"OggS" and _last_page_ends_after(stream, size)


def _data_ends_after(stream: BinaryIO, size: int) -> bool:
    """Whether a WAV's samples should reach beyond the file; 0 and -1 mean that nobody counted."""
    stream.seek(12)
    while len(chunk := stream.read(8)) == 8:
        length = int.from_bytes(chunk[4:], "little")
        if chunk[:4] == b"data":
            return 0 < length < UNKNOWN and stream.tell() + length > size
        stream.seek(length + length % 2, 1)
    return False


def _last_page_ends_after(stream: BinaryIO, size: int) -> bool:
    """Whether an Ogg file stops inside a page."""
    stream.seek(max(0, size - (1 << 17)))
    tail = stream.read()
    at = tail.rfind(b"OggS")
    segments = tail[at + 26] if at >= 0 and at + 26 < len(tail) else 255
    table = tail[at + 27 : at + 27 + segments]
    return len(table) < segments or at + 27 + segments + sum(table) > len(tail)


def _tracks(container: av.container.InputContainer) -> tuple[list[Track], set[str]]:
    """The channels of every audio stream, and the faults met: ``cut``, ``damaged``, ``clipped``."""
    import av

    streams = {stream.index: _Stream() for stream in container.streams.audio}
    faults: set[str] = set()
    packets = container.demux(*container.streams.audio)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            faults.add("cut")
            break
        if packet is None:
            break
        stream = streams[packet.stream.index]
        try:
            for frame in packet.decode():
                stream.add(cast("av.AudioFrame", frame))
        except av.FFmpegError:
            if not _is_pause(packet):
                faults.add("damaged")
            stream.rest(packet)
    for stream in streams.values():
        stream.end()
    if any(s.clipped > CLIPPED_SHARE * len(s.tracks[0]) for s in streams.values() if s.tracks):
        faults.add("clipped")
    return [track for stream in streams.values() for track in stream.tracks], faults


class _Stream:
    """One audio stream on its way to ``SAMPLE_RATE``; ``clipped`` counts samples at full scale."""

    def __init__(self) -> None:
        import av

        self.tracks: list[Track] = []
        self.clipped = 0
        self._frames = av.AudioFifo()
        self._resampler = av.AudioResampler(format="s16p", rate=SAMPLE_RATE)
        self._high_pass, self._memory = _high_pass(), np.zeros(0, dtype=np.float32)
        self._waiting: list[NDArray[np.int16]] = []
        self._size = 0

    def add(self, frame: av.AudioFrame) -> None:
        """Take a frame. Codecs give small ones, and each costs the resampler a round: it gets many."""
        frame.pts = None
        self._frames.write(frame)
        if self._frames.samples >= RESAMPLED_AT_ONCE:
            self._resample()

    def _resample(self) -> None:
        """Resample the frames that wait."""
        if self._frames.samples:
            self._append_resampled(self._frames.read())

    def _append_resampled(self, frame: av.AudioFrame | None) -> None:
        """Resample a frame; None gives out what the resampler still holds."""
        for out in self._resampler.resample(frame):
            self._append(out.to_ndarray().astype(np.int16, copy=False))

    def rest(self, packet: av.Packet[Any]) -> None:
        """Silence as long as a packet says that it lasts, so that what follows keeps its time."""
        self._resample()
        duration = float((packet.duration or 0) * (packet.time_base or 0))
        channels = packet.stream.codec_context.channels or 1
        self._append(np.zeros((channels, round(duration * SAMPLE_RATE)), dtype=np.int16))

    def end(self) -> None:
        """Everything into the tracks."""
        self._resample()
        if self.tracks or self._waiting:
            self._append_resampled(None)
        self._flush()

    def _append(self, samples: NDArray[np.int16]) -> None:
        self._waiting.append(samples)
        self._size += samples.shape[1]
        if self._size > WRITTEN_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        """Frames are small: they are written many at a time."""
        from scipy.signal import sosfilt

        if not self._waiting:
            return
        samples = np.concatenate(self._waiting, axis=1)
        if not self.tracks:
            self.tracks = [Track() for _ in samples]
            self._memory = np.zeros((1, len(samples), 2), dtype=np.float32)
        if samples.max() >= CLIPPED or samples.min() <= -CLIPPED:
            self.clipped += int(np.count_nonzero(np.abs(samples[0]) >= CLIPPED))
        clean, self._memory = sosfilt(self._high_pass, samples.astype(np.float32), zi=self._memory)
        for track, channel in zip(self.tracks, clean, strict=True):
            track.append(np.clip(np.rint(channel), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16))
        self._waiting, self._size = [], 0


@functools.cache
def _high_pass() -> NDArray[np.float32]:
    """A Butterworth high pass at ``LOWEST``: direct current and mains hum hide how quiet a line is."""
    from scipy.signal import butter

    return np.asarray(butter(2, LOWEST, "highpass", fs=SAMPLE_RATE, output="sos"), dtype=np.float32)


def _is_pause(packet: av.Packet[Any]) -> bool:
    """Whether an AMR packet holds no speech: FFmpeg does not decode its descriptions of noise.

    3GPP TS 26.101 and 26.201, table 1a: the frame type is in bits 3 to 6 of the first byte.
    """
    name, first = packet.stream.codec_context.name, bytes(packet)[:1]
    least = {"amrnb": 8, "amrwb": 9}.get(name)
    return least is not None and bool(first) and (first[0] >> 3) & 15 >= least


def undecodable(error: Exception) -> Cause:
    """What is said of a file that FFmpeg or the disk does not give away."""
    words = getattr(error, "strerror", "") or error
    return cause("no recording that can be decoded ({words})", words=words)


def levels(sound: Sound) -> NDArray[np.float32]:
    """The level of each 10 ms, in dB relative to full scale."""
    width = SAMPLE_RATE // 100
    found = [np.zeros(0, dtype=np.float32)]
    for _, samples in blocks(sound, 60 * SAMPLE_RATE):
        frames = samples[: len(samples) // width * width].reshape(-1, width)
        power = np.einsum("ij,ij->i", frames, frames) / width
        found.append(np.asarray(10 * np.log10(power + 1e-10), dtype=np.float32))
    return np.concatenate(found)
