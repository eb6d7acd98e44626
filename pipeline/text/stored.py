"""Stored text models: read without running code of theirs."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigurationError
from pipeline.messages import tr

if TYPE_CHECKING:
    from pathlib import Path

TRUSTED: tuple[str, ...] = ()
"""Types beyond those of scikit-learn, NumPy and SciPy that the stored models may hold: none."""


def load(path: Path) -> dict[str, Any]:
    """A stored model and what belongs to it, under ``model`` and other keys.

    Nothing but scikit-learn, NumPy and SciPy types is built: the file runs no code of its own. A
    model stored by another version of scikit-learn is used without a warning: a person who scores
    calls can do nothing about it, and the tests show whether it still says the same.
    """
    import skops.io
    from sklearn.exceptions import InconsistentVersionWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        try:
            stored = skops.io.load(path, trusted=list(TRUSTED))
        except OSError as error:
            raise ConfigurationError(
                tr("the text model cannot be read: {error}", error=error), path=path
            ) from error
        except Exception as error:
            # skops raises whatever the broken part of a file brings about.
            raise ConfigurationError(
                tr("no usable text model: {error}", error=error), path=path
            ) from error
    if not isinstance(stored, dict) or "model" not in stored:
        raise ConfigurationError(tr("no usable text model: it holds none"), path=path)
    return stored
