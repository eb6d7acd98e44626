"""SenseVoice and Paraformer by sherpa-onnx: optional, ``pip install 'callqa[sherpa]'``.

A model is a folder as sherpa-onnx releases it: ``model.onnx`` or ``model.int8.onnx`` or both, and
``tokens.txt``. Nothing is ever downloaded.

What sherpa-onnx does with a model was read in its source (``csrc/offline-recognizer-*-impl.h``,
``offline-*-model.cc``) and measured on version 2.0.1:

- It ends the whole process where an entry of the model's metadata is missing, so that they are
  looked at here first.
- A recogniser may be used by several threads at once, a stream may not (its maintainer, issue 1450).
- Neither kind takes hotwords (only transducers do): the names of ``transcribe`` are not used.
- A network that fails logs it and returns an empty text. SenseVoice begins every text with four
  tags, so that there the failure shows; Paraformer's cannot be told from silence.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.asr.base import NOTHING, Clip, Heard
from pipeline.errors import ConfigurationError, RecognitionError
from pipeline.messages import cause, tr
from pipeline.records import SAMPLE_RATE, Seconds, Word
from pipeline.resources import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.settings import AsrSettings

SMALL, FULL, TOKENS = "model.int8.onnx", "model.onnx", "tokens.txt"
LONGEST: Seconds = 0.4
"""How long a token lasts where nothing follows at once: a syllable takes 0.15 to 0.3 s, a drawn one
hardly more than this. The models tell where tokens start and never where they end."""
SHORTEST: Seconds = 0.1
"""A shorter clip is nothing: it does not fill the first stack of seven frames (0.085 s)."""
_END = 1 << 20
_TAG = re.compile(r"<[^<>]*>")
"""<|zh|>, <|NEUTRAL|>, <|BGM|>, <unk>: what the models write that nobody said."""
_FRONT_END = ("vocab_size", "lfr_window_size", "lfr_window_shift", "neg_mean", "inv_stddev")


@dataclass(frozen=True)
class ModelKind:
    """A kind of model: its metadata's ``model_type``, its inputs, the metadata that it must have."""

    name: str
    model_type: str
    inputs: tuple[str, ...]
    metadata: tuple[str, ...]


SENSE_VOICE = ModelKind(
    "SenseVoice",
    "sense_voice_ctc",
    ("x", "x_length", "language", "text_norm"),
    (
        *_FRONT_END,
        *("normalize_samples", "with_itn", "without_itn"),
        *("lang_auto", "lang_zh", "lang_en", "lang_ja", "lang_ko", "lang_yue"),
    ),
)
PARAFORMER = ModelKind("Paraformer", "paraformer", ("speech", "speech_lengths"), _FRONT_END)
KINDS = (SENSE_VOICE, PARAFORMER)


def obtain_model(name: str) -> Path:
    """The folder of a model that is there and can be used: a path or ``models/<name>``.

    Raises ``ConfigurationError`` where there is none, sherpa-onnx is not installed, or the model is
    of no kind that is known here.
    """
    folder = _find_folder(name)
    _package()
    for weights in _weights(folder):
        kind_of(weights)
    return folder


def identity(name: str) -> str:
    """What tells a model from another of the same name: its name, and a digest of its folder's.

    Weights are compared by their size and both their ends, so that gigabytes are not read every
    night.
    """
    folder = _folder(name)
    if folder is None:
        return name
    digest = hashlib.sha256((folder / TOKENS).read_bytes())
    for weights in _weights(folder):
        size = weights.stat().st_size
        digest.update(f"{weights.name} {size}".encode())
        with weights.open("rb") as stream:
            digest.update(stream.read(_END))
            stream.seek(max(0, size - _END))
            digest.update(stream.read(_END))
    return f"{name}@{digest.hexdigest()[:12]}"


def load(settings: AsrSettings, *, threads: int, workers: int = 1) -> SherpaRecogniser:
    """The recogniser that the settings name, for ``workers`` calls at once of ``threads`` each."""
    folder = _find_folder(settings.model)
    return SherpaRecogniser(settings, folder, threads=threads, workers=workers)


def kind_of(weights: Path) -> ModelKind:
    """What kind of model an ONNX file is: by its metadata, or by its inputs where that is silent.

    Raises ``ConfigurationError`` for a file that is no ONNX model, one of another kind, and one
    without the metadata that sherpa-onnx asks for.
    """
    inputs, metadata = _inputs_and_metadata(weights)
    told = metadata.get("model_type", "")
    for kind in KINDS:
        if told == kind.model_type or (not told and inputs == kind.inputs):
            break
    else:
        raise ConfigurationError(_unknown(told, inputs), path=weights)
    if missing := [key for key in kind.metadata if not metadata.get(key)]:
        raise ConfigurationError(
            tr(
                "this {kind} lacks metadata that sherpa-onnx needs: {missing}. A file from "
                "sherpa-onnx's releases has it; FunASR's own exports and Fun-ASR-Nano do not",
                kind=kind.name,
                missing=", ".join(missing),
            ),
            path=weights,
        )
    if len(inputs) != len(kind.inputs):
        raise ConfigurationError(
            tr(
                "this {kind} takes {inputs}; sherpa-onnx gives it {given}",
                kind=kind.name,
                inputs=", ".join(inputs),
                given=", ".join(kind.inputs),
            ),
            path=weights,
        )
    return kind


class SherpaRecogniser:
    """One loaded model, shared by all threads; the same clips are always heard the same."""

    def __init__(self, settings: AsrSettings, folder: Path, *, threads: int, workers: int) -> None:
        """Load the model in ``folder``: the full one for a GPU, the int8 one for a CPU, if there.

        ``cuda`` needs a build of sherpa-onnx with CUDA; any other says so on the error output and
        takes the CPU. ``auto`` is the CPU.
        """
        cuda = settings.device == "cuda"
        found = _weights(folder)
        weights = found[-1] if cuda else found[0]
        self._kind = kind_of(weights)
        self._model = _load(
            self._kind,
            weights,
            # the threads of a pool are common to all callers, and each caller is one more
            num_threads=workers * (threads - 1) + 1,
            provider="cuda" if cuda else "cpu",
        )
        # sherpa-onnx takes no notice of how many tokens each clip of a Paraformer batch has
        # (csrc/offline-paraformer-greedy-search-decoder.cc): a short one would go on into its padding
        self._at_once = 1 if self._kind is PARAFORMER else settings.batch_size
        self.name = settings.model if "/" not in settings.model else folder.name

    def transcribe(self, clips: Sequence[Clip], names: Sequence[str] = ()) -> list[Heard]:
        """What is said in each clip; ``NOTHING`` where nothing is. ``names`` are not used."""
        del names
        heard = [NOTHING] * len(clips)
        for batch in self._batches(clips):
            for index, result in zip(batch, self._decode([clips[i] for i in batch]), strict=True):
                tokens = result.tokens
                if self._kind is PARAFORMER:
                    tokens = _with_spaces(tokens)
                seconds = len(clips[index].samples) / SAMPLE_RATE
                heard[index] = to_heard(tokens, result.timestamps, seconds)
        return heard

    def _batches(self, clips: Sequence[Clip]) -> Iterator[list[int]]:
        """The clips that are long enough, those of like length together: little is padding then."""
        lengths = [len(clip.samples) for clip in clips]
        order = sorted(
            (index for index, length in enumerate(lengths) if length >= SHORTEST * SAMPLE_RATE),
            key=lengths.__getitem__,
        )
        for first in range(0, len(order), self._at_once):
            yield order[first : first + self._at_once]

    def _decode(self, clips: Sequence[Clip]) -> list[Any]:
        """sherpa-onnx's result of each clip; ``RecognitionError`` where the network failed."""
        streams = [self._model.create_stream() for _ in clips]
        for stream, clip in zip(streams, clips, strict=True):
            stream.accept_waveform(SAMPLE_RATE, clip.samples)
        self._model.decode_streams(streams)
        results = [stream.result for stream in streams]
        if self._kind is SENSE_VOICE and not all(result.lang for result in results):
            raise RecognitionError(
                cause(
                    "the speech model {name} failed; why is in sherpa-onnx's error output",
                    name=self.name,
                )
            )
        return results


def to_heard(tokens: Sequence[str], starts: Sequence[Seconds], seconds: Seconds) -> Heard:
    """Tokens and their starts as the text and the words of a clip of ``seconds``.

    A token that begins with a space or ▁ begins a Latin word. Marks go to the word before them and
    tell no time. A word ends where the next one starts, ``LONGEST`` after its last token at most.
    Some Paraformers tell no times (``starts`` is empty): then there are no words either.
    """
    timed = len(starts) == len(tokens)
    parts: list[_OpenWord] = []
    text, space = "", False
    for token, start in zip(tokens, starts if timed else [0.0] * len(tokens), strict=True):
        piece = token.strip(" ▁")
        space = space or token.startswith((" ", "▁"))
        if not piece or _TAG.fullmatch(piece):
            continue
        if any(character.isalnum() for character in piece):
            if _latin(text[-1:]) and _latin(piece[0]) and not space:
                parts[-1] = _OpenWord(parts[-1].text + piece, parts[-1].start, start)
            else:
                apart = space and text and text[-1].isascii() and piece[0].isascii()
                text += " " if apart else ""
                parts.append(_OpenWord(piece, start, start))
            text += piece
        elif parts:
            parts[-1] = _OpenWord(parts[-1].text + piece, parts[-1].start, parts[-1].last)
            text += piece
        space = False
    return Heard(text, _words(parts, seconds) if timed else ())


@dataclass(frozen=True)
class _OpenWord:
    """A word in the making: where it starts, and where its last token does."""

    text: str
    start: Seconds
    last: Seconds


def _words(parts: Sequence[_OpenWord], seconds: Seconds) -> tuple[Word, ...]:
    nexts = [*(part.start for part in parts), seconds][1:]
    return tuple(
        Word(part.text, round(part.start, 3), round(min(following, part.last + LONGEST), 3))
        for part, following in zip(parts, nexts, strict=True)
    )


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _with_spaces(tokens: Sequence[str]) -> list[str]:
    """Paraformer's tokens written as SenseVoice's: a space before a Latin word, no @@ inside it."""
    spaced, inside = [], False
    for token in tokens:
        begins = token[:1].isascii() and not inside
        spaced.append((" " if begins else "") + token.removesuffix("@@"))
        inside = token.endswith("@@")
    return spaced


def _package() -> Any:
    try:
        import sherpa_onnx
    except ImportError as error:
        raise ConfigurationError(
            tr(
                'asr.backend = "{backend}" needs the package {package}, which is not installed: '
                "pip install 'callqa[{backend}]'",
                backend="sherpa",
                package="sherpa-onnx",
            )
        ) from error
    return sherpa_onnx


def _load(kind: ModelKind, weights: Path, *, num_threads: int, provider: str) -> Any:
    """sherpa-onnx's recogniser: SenseVoice hears Chinese and writes marks and digits.

    "auto" takes short clips of Chinese for Japanese or Cantonese.
    """
    recogniser = _package().OfflineRecognizer
    given = {
        "tokens": str(weights.with_name(TOKENS)),
        "num_threads": num_threads,
        "provider": provider,
    }
    try:
        if kind is PARAFORMER:
            return recogniser.from_paraformer(paraformer=str(weights), **given)
        return recogniser.from_sense_voice(model=str(weights), language="zh", use_itn=True, **given)
    except (IndexError, RuntimeError) as error:
        raise ConfigurationError(
            tr(
                "sherpa-onnx cannot load this {kind} ({error}); the {tokens} beside it may be "
                "another model's",
                kind=kind.name,
                error=error,
                tokens=TOKENS,
            ),
            path=weights,
        ) from error


def _inputs_and_metadata(weights: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    """The names of a network's inputs, and its metadata."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # only looked at: nothing is prepared for a run
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(
            str(weights), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        raise ConfigurationError(
            tr("is no ONNX model that can be read ({error})", error=type(error).__name__),
            path=weights,
        ) from error
    inputs = tuple(one.name for one in session.get_inputs())
    return inputs, dict(session.get_modelmeta().custom_metadata_map)


def _unknown(told: str, inputs: Sequence[str]) -> str:
    expected = ", ".join(
        f"{kind.name} (model_type {kind.model_type}, inputs {', '.join(kind.inputs)})"
        for kind in KINDS
    )
    is_now = f"model_type {told}" if told else f"no model_type, inputs {', '.join(inputs)}"
    return tr(
        "a speech model of a kind that is not known here: {now}. Expected one of {known}",
        now=is_now,
        known=expected,
    )


def _places(name: str) -> list[Path]:
    places = (Path(name).expanduser(), Path("models") / name, MODELS / name)
    return list(dict.fromkeys(place.resolve() for place in places))


def _find_folder(name: str) -> Path:
    folder = _folder(name)
    if folder is None:
        raise ConfigurationError(_not_there(name))
    return folder


def _folder(name: str) -> Path | None:
    return next((p for p in _places(name) if _weights(p) and (p / TOKENS).is_file()), None)


def _weights(folder: Path) -> list[Path]:
    """The networks in a folder, the smaller first."""
    return [folder / name for name in (SMALL, FULL) if (folder / name).is_file()]


def _not_there(name: str) -> str:
    looked = "\n".join(f"    {place} ({_lacks(place)})" for place in _places(name))
    return tr(
        "speech model {name!r}: there is no folder with {full} or {small} and {tokens}. "
        "It was looked for in\n{looked}\n"
        "callqa downloads no models for sherpa-onnx. Unpack one of its releases, such as\n"
        "    sherpa-onnx-sense-voice-zh-en-ja-ko-yue-2024-07-17\n"
        "    sherpa-onnx-paraformer-zh-2024-03-09\n"
        "(among the asr-models of k2-fsa/sherpa-onnx), into models/{place}, "
        'or set `model = "/path/to/it"` under [asr] in callqa.toml',
        name=name,
        full=FULL,
        small=SMALL,
        tokens=TOKENS,
        looked=looked,
        place=Path(name).name,
    )


def _lacks(folder: Path) -> str:
    if not folder.is_dir():
        return tr("no such folder")
    missing = [] if _weights(folder) else [f"{FULL} / {SMALL}"]
    missing += [] if (folder / TOKENS).is_file() else [TOKENS]
    return tr("lacks {missing}", missing=", ".join(missing))
