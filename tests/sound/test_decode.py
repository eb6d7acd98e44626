"""Decoding: every encoding, however broken, however long."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import AudioError
from pipeline.records import SAMPLE_RATE
from pipeline.sound.decode import decode
from tests.fixtures_truth import BROKEN, truths
from tests.sounds import save, sides

SAMPLES = Path(__file__).parent.parent / "fixtures" / "encodings"
"""The same four seconds of one voice in encodings that PyAV reads and cannot write."""


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".ogg"])
def test_every_fixture_decodes_to_two_channels_of_the_scripted_length(suffix: str) -> None:
    """PCM, A-law and µ-law WAV, MP3 and Opus."""
    for truth in [t for t in truths() if t.path.suffix == suffix][:3]:
        audio = decode(truth.path)
        assert len(audio.channels) == 2
        assert audio.duration == pytest.approx(truth.data["duration"], abs=0.1)
        assert audio.notes == ()


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*")), ids=lambda p: p.name)
def test_telephone_encodings(path: Path) -> None:
    """GSM 06.10 bare and in a WAV, AMR narrow and wide, with and without pauses left out."""
    audio = decode(path)
    right = decode(SAMPLES / "reference.flac").channels[0][:]
    assert audio.notes == ()
    assert audio.duration == pytest.approx(len(right) / SAMPLE_RATE, abs=0.1)
    heard = audio.channels[0][:]
    envelopes = [
        np.abs(samples[: 40 * 1600]).reshape(40, -1).mean(axis=1) for samples in (heard, right)
    ]
    assert np.corrcoef(*envelopes)[0, 1] > 0.95


@pytest.mark.parametrize(
    ("name", "codec"), [("voice.wav", "libmp3lame"), ("voice.mp3", "pcm_s16le"), ("voice.ulaw", "")]
)
def test_a_wrong_suffix_is_no_matter(tmp_path: Path, name: str, codec: str) -> None:
    """What is inside decides."""
    agent, _ = sides("g01")
    made = {"libmp3lame": "a.mp3", "pcm_s16le": "a.wav", "": "a.flac"}[codec]
    path = save(tmp_path / made, agent, codec=codec or "flac").rename(tmp_path / name)
    assert decode(path).duration == pytest.approx(len(agent) / SAMPLE_RATE, abs=0.1)


@pytest.mark.parametrize(
    ("suffix", "codec", "form"),
    [
        (".ulaw", "pcm_mulaw", "mulaw"),
        (".alaw", "pcm_alaw", "alaw"),
        (".sln", "pcm_s16le", "s16le"),
    ],
)
def test_sound_without_a_header_is_known_by_its_suffix(
    tmp_path: Path, suffix: str, codec: str, form: str
) -> None:
    """As Asterisk writes it."""
    import av

    agent, _ = sides("g01")
    path = tmp_path / f"raw{suffix}"
    with (
        av.open(str(save(tmp_path / "a.wav", agent, codec=codec, rate=8000))) as source,
        av.open(str(path), "w", format=form) as target,
    ):
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    assert decode(path).duration == pytest.approx(len(agent) / SAMPLE_RATE, abs=0.1)


def test_two_files_are_one_calls_sides(tmp_path: Path) -> None:
    """In the order in which they are given; the shorter one is silent at its end."""
    agent, customer = sides("g01")
    first = save(tmp_path / "a-in.wav", agent)
    second = save(tmp_path / "a-out.wav", customer[: len(customer) // 2])
    audio = decode(first, second)
    assert len(audio.channels) == 2
    assert {len(channel) for channel in audio.channels} == {len(agent)}
    assert not audio.channels[1][len(customer) // 2 + 160 :].any()


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.wav", "pcm_s16le"),
        ("a.wav", "adpcm_ima_wav"),
        ("a.mp3", "libmp3lame"),
        ("a.ogg", "libopus"),
        ("a.flac", "flac"),
        ("a.wma", "wmav2"),
        ("a.mkv", "libopus"),
    ],
)
def test_a_file_that_breaks_off_is_used_as_far_as_it_goes(
    tmp_path: Path, name: str, codec: str
) -> None:
    """Marked, and with the length of what is there, not of what its header says."""
    both = [side[: 20 * SAMPLE_RATE] for side in sides("g01")]
    whole = save(tmp_path / name, *both, codec=codec, rate=48000 if "opus" in codec else 8000)
    assert decode(whole).notes == ()
    cut = tmp_path / f"cut{whole.suffix}"
    shutil.copy(whole, cut)
    with cut.open("r+b") as stream:
        stream.truncate(2 * whole.stat().st_size // 3)
    audio = decode(cut)
    assert audio.notes == ("truncated",)
    assert 0.4 < audio.duration / decode(whole).duration < 0.9


def test_two_seconds_missing_of_a_minute_are_seen(tmp_path: Path) -> None:
    """A small share of a long call may be its goodbye."""
    whole = save(tmp_path / "a.wav", *sides("g01"))
    with whole.open("r+b") as stream:
        stream.truncate(whole.stat().st_size - 2 * 2 * SAMPLE_RATE)
    assert decode(whole).notes == ("truncated",)


@pytest.mark.parametrize("counted", [0, 0xFFFFFFFF])
def test_a_recorder_that_never_wrote_the_length_cut_nothing(tmp_path: Path, counted: int) -> None:
    """A stream's WAV header holds 0 or -1 bytes: all that follows is sound."""
    agent, _ = sides("g01")
    path = save(tmp_path / "a.wav", agent)
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = counted.to_bytes(4, "little")
    path.write_bytes(data)
    audio = decode(path)
    assert audio.notes == ()
    assert audio.duration == pytest.approx(len(agent) / SAMPLE_RATE, abs=0.1)


def test_a_place_that_does_not_decode_keeps_what_follows_in_its_time(tmp_path: Path) -> None:
    """A bad sector in the middle: the rest is used, at its own time, and the call is marked."""
    agent, customer = sides("g01")
    path = save(tmp_path / "a.mp3", agent, customer, codec="libmp3lame")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    path.write_bytes(data)
    audio = decode(path)
    assert audio.duration == pytest.approx(len(agent) / SAMPLE_RATE, abs=0.3)
    tail = slice(len(agent) * 3 // 4, len(agent) - SAMPLE_RATE)
    whole = np.abs(agent[tail]).reshape(-1)[: 16000 * 12].reshape(120, -1).mean(axis=1)
    again = np.abs(audio.channels[0][tail])[: 16000 * 12].reshape(120, -1).mean(axis=1)
    assert np.corrcoef(whole, again)[0, 1] > 0.6  # a tenth of a second later it would be near 0


def test_what_is_too_loud_for_the_line_is_marked(tmp_path: Path) -> None:
    """Tops cut off, in the whole call's loud places."""
    agent, customer = sides("g01")
    loud = np.clip(agent * 40, -1, 1)
    assert decode(save(tmp_path / "loud.wav", loud, customer)).notes == ("clipped",)


@pytest.mark.parametrize("name", ["text.wav", "header-only.wav", "picture.mp3", "zero-byte.wav"])
def test_what_is_no_sound_says_so(name: str) -> None:
    """A text, a picture, an empty shell."""
    with pytest.raises(AudioError):
        decode(BROKEN / name)


LONG = """
import re, sys
from pathlib import Path
from pipeline.sound.decode import decode
from pipeline.sound.channels import told_apart
from pipeline.settings import SpeechSettings
from pipeline.sound.vad import speech_spans

def most() -> int:
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1])

before = most()
audio = told_apart(decode(Path(sys.argv[1])))
for sound in audio.channels:
    speech_spans(sound, SpeechSettings())
print((most() - before) // 1024, audio.duration)
"""


def test_a_long_call_takes_bounded_memory(tmp_path: Path) -> None:
    """A quarter of an hour of two channels: 58 MB as samples, 115 MB as floats, never as these at once.

    What the libraries and the network take is 140 MB of it.
    """
    agent, customer = sides("g01")
    times = int(900 * SAMPLE_RATE / len(agent)) + 1
    path = save(
        tmp_path / "long.wav",
        np.tile(agent, times),
        np.tile(customer, times),
        codec="pcm_alaw",
        rate=8000,
    )
    done = subprocess.run(
        [sys.executable, "-c", LONG, str(path)], capture_output=True, text=True, check=True
    )
    megabytes, duration = (float(v) for v in done.stdout.split())
    assert duration > 900
    assert megabytes < 240
