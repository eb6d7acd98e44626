"""A centre, made once for all tests of the application; each module serves a copy."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pipeline.settings import load_settings
from tests.conftest import made_once
from tests.report.conftest import browser
from tests.serve.centre import Server, made_playable, peopled, scored, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["browser"]


@pytest.fixture(scope="session")
def base(judged_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scored folder of results, its settings beside it, without accounts."""

    def make(folder: Path) -> None:
        scored(judged_out, folder / "out")

    return made_once(tmp_path_factory, "centre", make) / "out"


@pytest.fixture(scope="session")
def accounts(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with everybody's account, and what plays the calls."""

    def make(folder: Path) -> None:
        shutil.copytree(base.parent, folder, dirs_exist_ok=True)
        settings = load_settings(folder / "callqa.toml")
        peopled(folder / "out", settings)
        made_playable(folder / "out", settings)

    return made_once(tmp_path_factory, "accounts", make) / "out"


@pytest.fixture(scope="module")
def centre(accounts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with everybody's account."""
    folder = tmp_path_factory.mktemp("centre")
    shutil.copytree(accounts.parent, folder, dirs_exist_ok=True)
    return folder / "out"


@pytest.fixture(scope="module")
def server(centre: Path) -> Iterator[Server]:
    """The application over it."""
    with served(centre, centre.parent / "callqa.toml") as running:
        yield running
