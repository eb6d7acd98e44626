"""Addresses of object stores, and the copies of what lies there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.ingest.addresses import (
    ADDRESS,
    address_of,
    at_hand,
    forget_others,
    with_addresses,
    working_copy,
)

if TYPE_CHECKING:
    from pathlib import Path

BUCKET, FOLDER = "s3://recordings", "s3://recordings/2026-11-20"


@pytest.fixture(autouse=True)
def _copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies of a folder and of its bucket."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for url, apart in ((BUCKET, ""), (FOLDER, ""), (FOLDER, "seen")):
        copy = working_copy(url, apart)
        copy.mkdir(parents=True)
        copy.with_name(ADDRESS).write_text(url, encoding="utf-8")


@pytest.mark.parametrize("url", [BUCKET, FOLDER])
def test_a_file_of_a_copy_is_known_by_its_address(url: str) -> None:
    """And found by it."""
    path = working_copy(url) / "early" / "1.wav"
    path.parent.mkdir()
    path.touch()
    assert address_of(path) == f"{url}/early/1.wav"
    assert at_hand(address_of(path)) == path


def test_a_file_of_a_disk_is_known_by_its_path(tmp_path: Path) -> None:
    """Whether it is there or not."""
    assert address_of(tmp_path / "1.wav") == str(tmp_path / "1.wav")
    assert at_hand(str(tmp_path / "1.wav")) == tmp_path / "1.wav"


def test_what_was_not_fetched_is_not_there() -> None:
    """It is looked for, and missing as a file of a disk is."""
    assert not at_hand(f"{FOLDER}/9.wav").exists()


def test_a_person_reads_addresses(tmp_path: Path) -> None:
    """Of any copy; what lies elsewhere stays as it is."""
    for apart in ("", "seen"):
        line = f"Report: {working_copy(FOLDER, apart)}/reports/index.html"
        assert with_addresses(line) == f"Report: {FOLDER}/reports/index.html"
    assert with_addresses(f"{FOLDER.replace('//', '/')} is whole") == f"{FOLDER} is whole"
    assert (
        with_addresses(f"{tmp_path}/out, mailto:/x, s3://a/b")
        == f"{tmp_path}/out, mailto:/x, s3://a/b"
    )


def test_others_are_forgotten() -> None:
    """The one that runs work in stays."""
    forget_others(FOLDER)
    assert working_copy(FOLDER).is_dir()
    assert working_copy(BUCKET).is_dir()
    assert not working_copy(FOLDER, "seen").exists()
