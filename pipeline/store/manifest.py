"""What a date's tables are: the manifest that is written last, and what stands beside it on the disk.

``OUT/data/_manifest/date=YYYY-MM-DD.json`` names every file of a date with its rows, bytes and SHA-256,
the rubrics that scored it and the version that wrote it. A date is published when its manifest stands
there and its files are those that it names; its folder's name begins with ``_``, which readers of
Parquet datasets leave out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FOLDER = "_manifest"
PART = "part-0.parquet"
"""The only file of a table's date."""


@dataclass(frozen=True, kw_only=True)
class TableFile:
    """One table's file of a date; ``file`` is relative to ``OUT/data``."""

    file: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True, order=True)
class RubricUsed:
    """A rubric that scored some call of the date."""

    name: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A date as it was published; ``callqa`` is empty where a version without manifests wrote it."""

    date: str
    callqa: str
    rubrics: tuple[RubricUsed, ...]
    tables: dict[str, TableFile]

    @property
    def wordless(self) -> bool:
        """Whether its words were purged and its scores stay: calls, and no turns of theirs."""
        return "calls" in self.tables and "transcripts" not in self.tables


_MANIFEST = TypeAdapter(Manifest)


def manifest_path(data: Path, date: str) -> Path:
    """Where the manifest of a date stands; ``data`` is ``OUT/data``."""
    return data / FOLDER / f"date={date}.json"


def pending_path(data: Path, date: str) -> Path:
    """Where it stands while the files it names take their places: who is killed then leaves it."""
    return data / FOLDER / f".date={date}.json.tmp"


def content(manifest: Manifest) -> bytes:
    """A manifest as its file holds it."""
    return _MANIFEST.dump_json(manifest, indent=1) + b"\n"


def read_manifest(data: Path, date: str) -> Manifest | None:
    """The manifest of a date; None where there is none, ``ValueError`` where it cannot be read."""
    try:
        return _MANIFEST.validate_json(manifest_path(data, date).read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise ValueError(f"{manifest_path(data, date)}: {error.errors()[0]['msg']}") from error


def wordless(data: Path, dates: Iterable[str]) -> set[str]:
    """Those of the dates whose words were purged and whose scores stay."""
    manifests = {date: readable(data, date) for date in dates}
    return {date for date, manifest in manifests.items() if manifest and manifest.wordless}


def readable(data: Path, date: str) -> Manifest | None:
    """The manifest of a date; None where there is none, or none that can be read."""
    try:
        return read_manifest(data, date)
    except ValueError:
        return None


def manifest_dates(data: Path) -> list[str]:
    """The dates that have a manifest."""
    found = (data / FOLDER).glob("date=*.json")
    return sorted(path.name.removeprefix("date=").removesuffix(".json") for path in found)


def pending_dates(data: Path) -> list[str]:
    """The dates whose publication broke off."""
    found = (data / FOLDER).glob(".date=*.json.tmp")
    return sorted(path.name.removeprefix(".date=").removesuffix(".json.tmp") for path in found)


def table_path(table: str, date: str) -> str:
    """A table's file of a date, relative to ``OUT/data``."""
    return f"{table}/date={date}/{PART}"


def files_there(data: Path) -> dict[str, dict[str, Path]]:
    """By date and table: the files that stand under ``OUT/data``, whoever names them."""
    found: dict[str, dict[str, Path]] = {}
    for folder in sorted(data.glob("[!._]*/date=*")):
        if (path := folder / PART).is_file():
            found.setdefault(folder.name.removeprefix("date="), {})[folder.parent.name] = path
    return found


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def not_whole(data: Path) -> set[str]:
    """The dates whose files and manifest disagree at a glance, by names and sizes.

    What only the sums tell is left to ``callqa verify``: they would mean reading everything every night.
    """
    there = files_there(data)
    dates = {*there, *manifest_dates(data)}
    differing = {date for date in dates if _sizes(there.get(date, {})) != _sizes_named(data, date)}
    return differing | set(pending_dates(data))


def _sizes(files: dict[str, Path]) -> dict[str, int]:
    return {table: path.stat().st_size for table, path in files.items()}


def _sizes_named(data: Path, date: str) -> dict[str, int] | None:
    """The tables of a manifest with their sizes; None where it is missing or cannot be read."""
    manifest = readable(data, date)
    if manifest is None:
        return None
    return {table: one.bytes for table, one in manifest.tables.items()}
