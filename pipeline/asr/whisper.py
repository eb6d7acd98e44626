"""Whisper by faster-whisper: the only module that imports it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.asr.base import Heard
from pipeline.errors import ConfigurationError
from pipeline.records import Word
from pipeline.resources import MODELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from faster_whisper import BatchedInferencePipeline
    from faster_whisper.transcribe import Segment
    from numpy.typing import NDArray

    from pipeline.settings import AsrSettings

SAMPLE_RATE = 16000
NO_SPEECH, UNLIKELY = 0.6, -1.0
_SILENCE = np.zeros(SAMPLE_RATE // 10, dtype=np.float32)
"""Laid between clips, so that rounding never lets one run into the next."""
NEEDED = ("model.bin", "config.json", "tokenizer.json")
_END = 1 << 20
_FILES = (*NEEDED, "preprocessor_config.json", "vocabulary.*")


def find_model(name: str) -> Path | None:
    """The folder of a model that is already there: a path, ``models/<name>``, the local hub cache."""
    return _folder(name) or _cached(name)


def _folder(name: str) -> Path | None:
    for folder in (Path(name).expanduser(), Path("models") / name, MODELS / name):
        if all((folder / file).is_file() for file in NEEDED):
            return folder.resolve()
    return None


def identity(name: str) -> str:
    """What tells a model from another of the same name: its name, and a digest of a local folder's.

    Weights are compared by their size and both their ends, so that gigabytes are not read every
    night. A model of the hub is its name: there a name stands for one model.
    """
    folder = _folder(name)
    if folder is None:
        return name
    weights = folder / "model.bin"
    size = weights.stat().st_size
    digest = hashlib.sha256((folder / "config.json").read_bytes() + str(size).encode())
    with weights.open("rb") as stream:
        digest.update(stream.read(_END))
        stream.seek(max(0, size - _END))
        digest.update(stream.read(_END))
    return f"{name}@{digest.hexdigest()[:12]}"


def _cached(name: str) -> Path | None:
    from faster_whisper.utils import download_model

    try:
        return Path(download_model(name, local_files_only=True))
    except Exception:  # noqa: BLE001  the hub raises many kinds for "not there"
        return None


def obtain_model(name: str) -> Path:
    """The folder of a model, downloaded with progress where it is not there yet.

    Raises ``ConfigurationError`` that says which model, where it was looked for, and the ways out.
    """
    found = find_model(name)
    if found is not None:
        return found
    from faster_whisper.utils import _MODELS as REPOSITORIES
    from huggingface_hub import snapshot_download

    cause = f"{name!r} is neither a folder nor a model that faster-whisper knows"
    repository = REPOSITORIES.get(name, name if "/" in name else None)
    if repository is not None:
        try:
            # faster-whisper's own download shows no progress, and these files take minutes
            return Path(snapshot_download(repository, allow_patterns=list(_FILES)))
        except Exception as error:  # noqa: BLE001  no network, no such repository, a broken mirror
            cause = f"it could not be downloaded ({type(error).__name__})"
    raise ConfigurationError(_not_there(name, cause))


def _not_there(name: str, cause: str) -> str:
    places = (Path("models") / name, MODELS / name)
    looked = "\n".join(f"    {p.resolve()}" for p in dict.fromkeys(p.resolve() for p in places))
    hub = os.environ.get("HF_ENDPOINT", "the Hugging Face hub")
    return (
        f"speech model {name!r}: {cause}. It was looked for in\n{looked}\n"
        f"    the local hub cache\n    {hub}\n"
        "Three ways out:\n"
        f"    a folder: put the model's files ({', '.join(NEEDED)}) into models/{name}, "
        'or set `model = "/path/to/it"` under [asr] in callqa.toml\n'
        "    a mirror: set HF_ENDPOINT to a mirror of the hub and run again\n"
        "    transcripts brought along: put <name>.json beside each recording (see docs/data.md)"
    )


class WhisperRecogniser:
    """One loaded model. Clips are decoded in batches; nothing said before colours what comes after."""

    def __init__(self, settings: AsrSettings, folder: Path, *, threads: int) -> None:
        """Load the model in ``folder``: float16 on a GPU, int8 on a CPU."""
        from faster_whisper import BatchedInferencePipeline, WhisperModel

        device = _device(settings.device)
        model = WhisperModel(
            str(folder),
            device=device,
            compute_type="float16" if device == "cuda" else "int8",
            cpu_threads=threads,
            local_files_only=True,
        )
        self.name = settings.model if "/" not in settings.model else folder.name
        self._settings = settings
        self._pipeline: BatchedInferencePipeline = BatchedInferencePipeline(model)

    def transcribe(self, clips: Sequence[NDArray[np.float32]]) -> list[Heard]:
        """What is said in each clip; an empty text where nothing is."""
        if not clips:
            return []
        audio, places = _laid_out(clips)
        segments, _ = self._pipeline.transcribe(
            audio,
            language="zh",
            task="transcribe",
            beam_size=self._settings.beam_size,
            batch_size=self._settings.batch_size,
            temperature=0.0,
            vad_filter=False,
            clip_timestamps=places,
            without_timestamps=True,
            word_timestamps=True,
            condition_on_previous_text=False,
        )
        return [
            _heard(segment, place["start"]) for segment, place in zip(segments, places, strict=True)
        ]


def _heard(segment: Segment, offset: float) -> Heard:
    """A segment as the text of its clip; nothing where Whisper itself believes in silence.

    The batched interface leaves this rule of Whisper's out: no speech where its probability is over
    0.6 and the text's mean log probability under -1 (Radford et al. 2022, section 4.5).
    """
    if segment.no_speech_prob > NO_SPEECH and segment.avg_logprob < UNLIKELY:
        return Heard("", ())
    words = tuple(
        Word(
            text=word.word.strip(),
            start=max(0.0, round(word.start - offset, 3)),
            end=max(0.0, round(word.end - offset, 3)),
            probability=round(float(word.probability), 4),
        )
        for word in segment.words or ()
    )
    return Heard(segment.text.strip(), words)


def _laid_out(
    clips: Sequence[NDArray[np.float32]],
) -> tuple[NDArray[np.float32], list[dict[str, float]]]:
    """All clips on one line, and where each lies on it, in seconds."""
    parts: list[NDArray[np.float32]] = []
    places = []
    at = 0
    for clip in clips:
        places.append({"start": at / SAMPLE_RATE, "end": (at + len(clip)) / SAMPLE_RATE})
        parts += [clip, _SILENCE]
        at += len(clip) + len(_SILENCE)
    return np.concatenate(parts), places


def _device(wanted: str) -> str:
    if wanted != "auto":
        return wanted
    import ctranslate2

    return "cuda" if ctranslate2.get_cuda_device_count() else "cpu"


def load(settings: AsrSettings, *, threads: int) -> WhisperRecogniser:
    """The recogniser that the settings name."""
    return WhisperRecogniser(settings, obtain_model(settings.model), threads=threads)
