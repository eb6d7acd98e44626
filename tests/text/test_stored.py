"""Stored models: nothing is built of a file that could run code."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipeline.errors import ConfigurationError
from pipeline.text.stored import load

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_with_anything_else_in_it_is_refused(tmp_path: Path) -> None:
    """A function in a model could be any function."""
    path = tmp_path / "role.npz"
    np.savez(path, weights=np.array([zipfile.is_zipfile], dtype=object))
    with pytest.raises(ConfigurationError, match=r"role\.npz.*pickle"):
        load(path)


@pytest.mark.parametrize("content", [None, b"no model"])
def test_a_missing_or_broken_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    """The message says which file."""
    path = tmp_path / "acts.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"acts\.npz"):
        load(path)


def test_a_night_loads_no_scikit_learn() -> None:
    """It takes longer than the scoring of many calls; training has it."""
    code = (
        "import sys\nfrom pipeline.text import acts, classifiers\n"
        "acts.shown_by('请稍等，我帮您查一下。')\nclassifiers.agent_log_odds(['请稍等。'])\n"
        "print('sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
