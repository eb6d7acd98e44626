"""Whisper by faster-whisper: the only module that imports it."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.asr.base import NOTHING, Clip, Heard
from pipeline.errors import ConfigurationError
from pipeline.records import Word
from pipeline.resources import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment
    from faster_whisper.transcribe import Word as TimedWord
    from numpy.typing import NDArray

    from pipeline.settings import AsrSettings

SAMPLE_RATE = 16000
NO_SPEECH, UNLIKELY, LOOPING = 0.6, -1.0, 2.4
"""Whisper's own checks of a text (Radford et al. 2022, section 4.5): the probability of silence over
which, with a mean log probability under the second, nobody speaks; and the compression ratio over
which it goes in circles."""
BETWEEN = 0.4
"""Seconds of silence between two clips of a window: no word is nearer to the wrong one."""
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
    """One loaded model; nothing said before colours what comes after.

    Whisper's encoder takes 30 s at a time and pays for them whole: several clips of a side are laid
    into one window, with silence between, and the windows are decoded in batches.
    """

    def __init__(self, settings: AsrSettings, folder: Path, *, threads: int, workers: int) -> None:
        """Load the model in ``folder``: float16 on a GPU, int8 on a CPU."""
        from faster_whisper import WhisperModel

        device = _device(settings.device)
        self._model: WhisperModel = WhisperModel(
            str(folder),
            device=device,
            compute_type="float16" if device == "cuda" else "int8",
            cpu_threads=threads,
            num_workers=workers,
            local_files_only=True,
        )
        self.name = settings.model if "/" not in settings.model else folder.name
        self._settings = settings
        self._dice = threading.Lock()

    def transcribe(self, clips: Sequence[Clip], names: Sequence[str] = ()) -> list[Heard]:
        """What is said in each clip; an empty text where nothing is."""
        heard: dict[int, Heard] = {}
        doubtful: list[int] = []
        prompt = self._prompt(names)
        windows = packed(clips, self._settings.window_seconds)
        for window, segment in zip(windows, self._decoded(windows, prompt), strict=True):
            if _plausible(segment):
                heard.update(zip(window.clips, _shared_out(segment, window), strict=True))
            elif len(window.clips) == 1 and _is_silence(segment):
                heard[window.clips[0]] = NOTHING
            else:
                doubtful += window.clips
        alone = [packed([clips[index]], self._settings.window_seconds)[0] for index in doubtful]
        for index, window, segment in zip(doubtful, alone, self._decoded(alone, ""), strict=True):
            if _is_silence(segment):
                heard[index] = NOTHING
            elif _plausible(segment):
                (heard[index],) = _shared_out(segment, window)
            else:
                heard[index] = self._tried_again(clips[index])
        return [heard[index] for index in range(len(clips))]

    def _prompt(self, names: Sequence[str]) -> str:
        """What is told to Whisper beforehand: the style of writing, and names that may be said."""
        if not self._settings.prompt:
            return ""
        told = self._settings.prompt
        return f"{told}{'、'.join(names)}。" if names and self._settings.prompt_names else told

    def _decoded(self, windows: Sequence[Window], prompt: str) -> list[Segment]:
        """Each window as one segment, by beam search."""
        if not windows:
            return []
        from faster_whisper import BatchedInferencePipeline

        audio, places = _laid_out([window.samples for window in windows])
        segments, _ = BatchedInferencePipeline(self._model).transcribe(
            audio,
            language="zh",
            task="transcribe",
            beam_size=self._settings.beam_size,
            batch_size=self._settings.batch_size,
            temperature=0.0,
            initial_prompt=prompt or None,
            vad_filter=False,
            clip_timestamps=places,
            without_timestamps=True,
            word_timestamps=True,
            condition_on_previous_text=False,
        )
        return [
            dataclasses.replace(segment, words=_moved(segment.words or (), -place["start"]))
            for segment, place in zip(segments, places, strict=True)
        ]

    def _tried_again(self, clip: Clip) -> Heard:
        """A clip that beam search made nothing plausible of, sampled at rising temperatures.

        The dice are the same for every clip, so that a call is heard the same in every run.
        """
        import ctranslate2

        with self._dice:
            ctranslate2.set_random_seed(1)
            segments, _ = self._model.transcribe(
                clip.samples,
                language="zh",
                temperature=self._settings.temperatures,
                compression_ratio_threshold=LOOPING,
                log_prob_threshold=UNLIKELY,
                no_speech_threshold=NO_SPEECH,
                vad_filter=False,
                without_timestamps=True,
                word_timestamps=True,
                condition_on_previous_text=False,
            )
            words = [word for segment in segments for word in segment.words or ()]
        return _heard(words)


@dataclass(frozen=True, eq=False)
class Window:
    """Several clips in one window: their samples, which clips they are, and where each lies, s."""

    samples: NDArray[np.float32]
    clips: tuple[int, ...]
    places: tuple[tuple[float, float], ...]


def packed(clips: Sequence[Clip], longest: float) -> list[Window]:
    """The clips in windows of up to ``longest`` seconds, each of one side, in their order."""
    groups: list[list[int]] = []
    size, side = 0.0, None
    for index, clip in enumerate(clips):
        own = len(clip.samples) / SAMPLE_RATE
        if groups and clip.side == side and size + BETWEEN + own <= longest:
            groups[-1].append(index)
            size += BETWEEN + own
        else:
            groups.append([index])
            size, side = own, clip.side
    return [_window(clips, group) for group in groups]


def _window(clips: Sequence[Clip], group: Sequence[int]) -> Window:
    pieces, places, at = [], [], 0
    gap = np.zeros(round(BETWEEN * SAMPLE_RATE), dtype=np.float32)
    for number, index in enumerate(group):
        if number:
            pieces.append(gap)
            at += len(gap)
        samples = clips[index].samples
        pieces.append(samples)
        places.append((at / SAMPLE_RATE, (at + len(samples)) / SAMPLE_RATE))
        at += len(samples)
    return Window(np.concatenate(pieces), tuple(group), tuple(places))


def _shared_out(segment: Segment, window: Window) -> list[Heard]:
    """The words of a window as those of its clips: each to the clip that its middle is nearest to."""
    shares: list[list[TimedWord]] = [[] for _ in window.clips]
    at = 0
    for word in segment.words or ():
        middle = (word.start + word.end) / 2
        away = [max(start - middle, middle - end, 0.0) for start, end in window.places[at:]]
        at += int(np.argmin(away))
        shares[at].append(word)
    return [
        _heard(_moved(share, -start))
        for share, (start, _) in zip(shares, window.places, strict=True)
    ]


def _moved(words: Iterable[TimedWord], by: float) -> list[TimedWord]:
    return [dataclasses.replace(w, start=w.start + by, end=w.end + by) for w in words]


def _is_silence(segment: Segment) -> bool:
    """Whether Whisper itself believes that nobody speaks; the batched interface leaves this out."""
    return bool(segment.no_speech_prob > NO_SPEECH and segment.avg_logprob < UNLIKELY)


def _plausible(segment: Segment) -> bool:
    """Whether a text passes Whisper's own checks: likely enough, and it does not go in circles."""
    return bool(segment.avg_logprob >= UNLIKELY and segment.compression_ratio <= LOOPING)


def _heard(words: Sequence[TimedWord]) -> Heard:
    """Words as the text of their clip: the text is the words' own, nothing more and nothing less."""
    kept = tuple(
        Word(
            text=word.word.strip(),
            start=max(0.0, round(float(word.start), 3)),
            end=max(0.0, round(float(word.end), 3)),
            probability=round(float(word.probability), 4),
        )
        for word in words
        if word.word.strip()
    )
    return Heard("".join(word.word for word in words).strip(), kept)


def _laid_out(
    pieces: Sequence[NDArray[np.float32]],
) -> tuple[NDArray[np.float32], list[dict[str, float]]]:
    """All pieces on one line, and where each lies on it, in seconds."""
    parts: list[NDArray[np.float32]] = []
    places = []
    at = 0
    for piece in pieces:
        places.append({"start": at / SAMPLE_RATE, "end": (at + len(piece)) / SAMPLE_RATE})
        parts += [piece, _SILENCE]
        at += len(piece) + len(_SILENCE)
    return np.concatenate(parts), places


def _device(wanted: str) -> str:
    if wanted != "auto":
        return wanted
    import ctranslate2

    return "cuda" if ctranslate2.get_cuda_device_count() else "cpu"


def load(settings: AsrSettings, *, threads: int, workers: int = 1) -> WhisperRecogniser:
    """The recogniser that the settings name, for ``workers`` calls at once."""
    folder = obtain_model(settings.model)
    return WhisperRecogniser(settings, folder, threads=threads, workers=workers)
