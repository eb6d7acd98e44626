"""Addresses of object stores, and where on this machine a copy of what lies there is worked on.

A recording is known by its address wherever it was fetched to: two machines that fetch one folder into
two places know the same files.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.records import Recording

SCHEMES = ("s3", "gs", "az", "abfs", "abfss")
ADDRESS = "address"
"""The file beside a copy that says what it is a copy of."""
_WRITTEN = re.compile(rf"\b({'|'.join(SCHEMES)}):/(?=[^/])")


def address(path: Path) -> str | None:
    """The URL that a path of the command line stands for; None where it is one of this machine."""
    scheme, colon, rest = str(path).partition(":/")
    return f"{scheme}://{rest.lstrip('/')}" if colon and scheme in SCHEMES else None


def copies() -> Path:
    """Where the copies lie."""
    return _real(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "callqa" / "copies"


def forget_others(url: str) -> None:
    """Remove the copies of an address on this machine, but the one that runs work in."""
    for copy in copies().glob(f"{working_copy(url).parent.name}-*"):
        shutil.rmtree(copy)


def working_copy(url: str, apart: str = "") -> Path:
    """Where the copy of an address lies; ``apart`` tells one from others of the same address."""
    name = hashlib.sha256(url.rstrip("/").encode()).hexdigest()[:16]
    folder = f"{name}-{apart}" if apart else name
    return copies() / folder / url.rstrip("/").rpartition("/")[2]


def address_of(path: Path) -> str:
    """What a file is known by on whichever machine: its path, or its address where it is in a copy."""
    base = copies()
    if not path.is_relative_to(base):
        return str(path)
    copy, _, *rest = path.relative_to(base).parts
    return "/".join([_url(base / copy), *rest])


def at_hand(name: str) -> Path:
    """Where a file that ``address_of`` calls so lies on this machine, if it does."""
    scheme, there, key = name.partition("://")
    if not there:
        return Path(name)
    parts = key.split("/")
    places = [
        working_copy(f"{scheme}://{'/'.join(parts[:n])}") / "/".join(parts[n:])
        for n in range(len(parts) - 1, 0, -1)
    ]
    return next((path for path in places if path.exists()), places[0])


def sources(recording: Recording) -> tuple[Path, ...]:
    """A recording's files, as they lie on this machine."""
    return tuple(map(at_hand, (recording.path, *recording.more_paths)))


def transcript_path(recording: Recording) -> Path | None:
    """Its transcript, likewise; None where it brings none."""
    return None if recording.transcript_path is None else at_hand(recording.transcript_path)


def with_addresses(line: str) -> str:
    """A line for a person: what lies in a copy is called by its address."""
    base = copies()
    if str(base) in line:
        for told in base.glob(f"*/{ADDRESS}"):
            url = _url(told.parent)
            line = line.replace(str(told.parent / url.rpartition("/")[2]), url)
    return _WRITTEN.sub(r"\1://", line)


@cache
def _real(folder: str) -> Path:
    return Path(folder).expanduser().resolve()


def _url(copy: Path) -> str:
    return (copy / ADDRESS).read_text(encoding="utf-8")
