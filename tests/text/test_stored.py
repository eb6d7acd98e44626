"""Stored models: nothing is built of a file that could run code."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
import skops.io

from pipeline.errors import ConfigurationError
from pipeline.text.classifiers import PATH
from pipeline.text.stored import load

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_with_anything_else_in_it_is_refused(tmp_path: Path) -> None:
    """A function in a model could be any function."""
    path = tmp_path / "role.skops"
    skops.io.dump({"model": zipfile.is_zipfile}, path)
    with pytest.raises(ConfigurationError, match=r"role\.skops.*zipfile"):
        load(path)


@pytest.mark.parametrize("content", [None, b"no model"])
def test_a_missing_or_broken_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    """The message says which file."""
    path = tmp_path / "acts.skops"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"acts\.skops"):
        load(path)


def test_another_version_of_scikit_learn_is_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings are errors in these tests: that it loads says that there is none."""
    monkeypatch.setattr("sklearn.base.__version__", "0.99.0")
    assert "model" in load(PATH)
