"""Voice vectors by a speaker model of the user's own, run by sherpa-onnx (an optional package).

Any model of WeSpeaker, 3D-Speaker or NeMo that was exported for sherpa-onnx will do.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.records import SAMPLE_RATE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.sound.diarisation import Embedder

_GENERAL = ("output_dim", "sample_rate", "normalize_samples", "language")
NEEDED = {
    "wespeaker": _GENERAL,
    "3d-speaker": _GENERAL,
    "nemo": (
        "output_dim",
        "sample_rate",
        "feat_dim",
        "window_size_ms",
        "window_stride_ms",
        "language",
    ),
}
"""What sherpa-onnx wants in a model's metadata, by ``framework``; without it, it ends the process."""
SHORTEST = SAMPLE_RATE // 4
"""Samples: pieces under a quarter of a second are filled up with silence, as models pool over time."""


def load(path: Path) -> Embedder:
    """The speaker model in ``path``, an ONNX file with sherpa-onnx's metadata.

    Raises ``ConfigurationError`` where the file or the package is missing, or the file is no such
    model.
    """
    if not path.is_file():
        raise ConfigurationError(tr("there is no such model of voices"), path=path)
    try:
        sherpa = import_module("sherpa_onnx")
    except ImportError as error:
        raise ConfigurationError(
            tr("a model of voices needs sherpa-onnx: pip install sherpa-onnx")
        ) from error
    _check(path)
    config = sherpa.SpeakerEmbeddingExtractorConfig(model=str(path), num_threads=1)
    try:
        extractor = sherpa.SpeakerEmbeddingExtractor(config)
    except (RuntimeError, ValueError) as error:
        message = tr("sherpa-onnx cannot load this model of voices: {error}", error=error)
        raise ConfigurationError(message, path=path) from error
    return _Extractor(extractor)


def _check(path: Path) -> None:
    """Refuse what sherpa-onnx would end the process for instead of raising."""
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own kinds share no public base
        message = tr("is no ONNX model that can be read ({error})", error=type(error).__name__)
        raise ConfigurationError(message, path=path) from error
    known = session.get_modelmeta().custom_metadata_map
    framework = known.get("framework", "")
    missing = [name for name in NEEDED.get(framework, ("framework",)) if not known.get(name)]
    if missing:
        raise ConfigurationError(
            tr(
                "is no model of voices for sherpa-onnx: its metadata lack {missing}, or it is not "
                "known (framework should be one of {known})",
                missing=", ".join(missing),
                known=", ".join(NEEDED),
            ),
            path=path,
        )


class _Extractor:
    """A loaded model: samples at ``SAMPLE_RATE`` in, one voice vector out."""

    def __init__(self, extractor: Any) -> None:
        self._extractor = extractor

    def __call__(self, samples: NDArray[np.float32], /) -> NDArray[np.float32]:
        """The voice vector of a piece of speech, shape ``(output_dim,)``."""
        filled = np.zeros(max(len(samples), SHORTEST), dtype=np.float32)
        filled[: len(samples)] = samples
        stream = self._extractor.create_stream()
        stream.accept_waveform(sample_rate=SAMPLE_RATE, waveform=filled)
        stream.input_finished()
        return np.asarray(self._extractor.compute(stream), dtype=np.float32)
