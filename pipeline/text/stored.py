"""Stored text models: arrays, and nothing that could run code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import ConfigurationError
from pipeline.messages import tr

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def load(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a stored model (``.npz``), by name. Pickled objects are refused, never built."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return dict(stored)
    except OSError as error:
        raise ConfigurationError(
            tr("the text model cannot be read: {error}", error=error), path=path
        ) from error
    except Exception as error:
        # NumPy raises whatever the broken part of a file brings about.
        raise ConfigurationError(
            tr("no usable text model: {error}", error=error), path=path
        ) from error
