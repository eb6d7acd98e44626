"""Recordings that were damaged, names that nobody expects, and what else may lie in a folder.

Each is a folder that is transcribed by the real command line; every file brings its transcript, so that
no model is needed. What counts: each file was kept or listed, none twice, and the run came to its end.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import wave
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.ingest.find import AUDIO
from pipeline.store.files import Store
from tests.sounds import save

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 2
LONGEST = 255
"""Bytes of the longest name of a file."""
KINDS = {
    "wav": "pcm_s16le",
    "alaw.wav": "pcm_alaw",
    "mulaw.wav": "pcm_mulaw",
    "flac": "flac",
    "mp3": "libmp3lame",
    "ogg": "libopus",
    "m4a": "aac",
    "wma": "wmav2",
    "aiff": "pcm_s16be",
}
"""Suffixes of recordings, and how they are encoded."""
SIDECAR = {
    "turns": [
        {"role": "agent", "start": 0.0, "end": 1.0, "text": "您好，江城中燃。"},
        {"role": "customer", "start": 1.2, "end": 2.0, "text": "我要报修。"},
    ]
}


def sample(folder: Path) -> dict[str, bytes]:
    """A recording of each encoding, by suffix: two seconds of noise on two channels."""
    chance = np.random.default_rng(1)
    sides = [0.1 * chance.standard_normal(16000 * SECONDS).astype(np.float32) for _ in range(2)]
    made = {}
    for suffix, codec in KINDS.items():
        path = save(folder / f"sample.{suffix}", *sides, codec=codec)
        made[suffix] = path.read_bytes()
        path.unlink()
    return made


def cut(data: bytes, chance: random.Random) -> bytes:
    """The file breaks off."""
    return data[: chance.randrange(len(data))]


def flipped(data: bytes, chance: random.Random) -> bytes:
    """Some bits are others."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 50)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def wrong_header(data: bytes, chance: random.Random) -> bytes:
    """The first bytes are any."""
    length = chance.randint(4, 64)
    return chance.randbytes(length) + data[length:]


def corrupted(folder: Path, count: int) -> None:
    """So many damaged recordings, of every encoding and in every way, no two of them the same."""
    chance = random.Random(1)  # noqa: S311  no secret
    samples = sample(folder)
    ways = (cut, flipped, wrong_header)
    for number in range(count):
        suffix = list(samples)[number % len(samples)]
        name = f"{number:04d}.{suffix}"
        content = ways[number // len(samples) % len(ways)](samples[suffix], chance)
        (folder / name).write_bytes(content + number.to_bytes(2, "big"))
        sidecar(folder / name)


def sidecar(path: Path) -> None:
    """A transcript beside a recording."""
    path.with_suffix(".json").write_text(json.dumps(SIDECAR, ensure_ascii=False), encoding="utf-8")


NAMES = (
    *("-rf.wav", "--out.wav", "a\nb.wav", "a\tb.wav", "a'b\"c.wav", "$(reboot).wav", "%2e%2e.wav"),
    *("..wav..wav", " .wav", "a b .wav", "\u202egnp.wav", "<b>.wav", "CON.wav", "a;b&c|d.wav"),
    *("é.wav", "e\u0301.wav", "录音：1.wav", "🎧.wav", "{call}.wav", "x" * 251 + ".wav"),
)
"""Names of files that are lawful, and that programs stumble over."""


def hostile(folder: Path) -> None:
    """Recordings of such names, one of bytes that are no text, and things that are no recordings."""
    sound = sample(folder)["wav"]
    for number, name in enumerate((*NAMES, os.fsdecode(b"\xff\xfe.wav"))):
        path = folder / name
        path.write_bytes(sound + number.to_bytes(2, "big"))
        if len(os.fsencode(path.with_suffix(".json").name)) < LONGEST:
            sidecar(path)
    (folder / "loop").symlink_to(folder)
    (folder / "round.wav").symlink_to("round.wav")
    (folder / "nowhere.wav").symlink_to("/nowhere/at/all.wav")
    os.mkfifo(folder / "pipe.wav")
    (folder / "folder.wav").mkdir()


def tiny(folder: Path, count: int) -> None:
    """So many files of a byte or two."""
    for number in range(count):
        (folder / f"{number:06d}.wav").write_bytes(number.to_bytes(3, "big"))


def hours(folder: Path, count: int) -> None:
    """A recording of so many hours of silence: eight thousand samples a second, a file with a hole."""
    path = folder / "long.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80" * 8000)
    header = path.read_bytes()[:44]
    length = 8000 * 3600 * count
    data = header[:4] + (length + 36).to_bytes(4, "little") + header[8:40]
    with path.open("wb") as file:
        file.write(data + length.to_bytes(4, "little"))
        file.truncate(length + 44)
    sidecar(path)


def tried(folder: Path, fill: Callable[[Path], None]) -> Counter[str]:
    """What became of a folder's files: tried, survived (kept), listed, lost (neither), doubled."""
    calls, out = folder / "calls", folder / "out"
    calls.mkdir(parents=True)
    fill(calls)
    command = [sys.executable, "-m", "pipeline", "transcribe", str(calls), "--out", str(out)]
    done = subprocess.run([*command, "--jobs", "2"], capture_output=True, check=False)
    count = _counted(calls, out)
    count["broken"] += done.returncode not in {0, 3}
    shutil.rmtree(folder)
    return count


def _counted(calls: Path, out: Path) -> Counter[str]:
    there = {
        os.fsencode(path.relative_to(calls)).decode("utf-8", "backslashreplace")
        for path in calls.rglob("[!.]*")
        if path.suffix.lower() in AUDIO and path.is_file()
    }
    kept = Counter(_kept(out))
    listed = _listed(out)
    return Counter(
        tried=len(there),
        survived=len(there & set(kept)),
        listed=len(there & listed - set(kept)),
        lost=len(there - set(kept) - listed),
        doubled=sum(number - 1 for number in kept.values()),
    )


def _kept(out: Path) -> Iterator[str]:
    store = Store(out, "UTC")
    for date in store.transcripts.dates():
        yield from (head.recording.file for head in store.transcripts.heads(date))


def _listed(out: Path) -> set[str]:
    if not (out / "data/failures").is_dir():
        return set()
    return set(pd.read_parquet(out / "data/failures").file)
