"""Folders and ``OUT`` on an object store (S3 and what speaks it, Google, Azure): a copy to work on.

What lies there is fetched into a working copy on this machine, which is kept, so that a later run
fetches only what has changed; ``OUT`` is put back when the run ends. A file's version is its ETag. Words
go first, then tables, then the manifests, each only in the place of the one that this run has seen (a
conditional put), then the rest: readers of the manifests see a date before or after, and of two runs the
later one is refused. What a run that was killed had heard is still in the copy, and the next one goes on
from there.
"""

from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigurationError, StoppedError
from pipeline.messages import tr
from pipeline.store.access import OWNER, atomic
from pipeline.store.holder import LOCK
from pipeline.store.manifest import FOLDER as MANIFESTS

if TYPE_CHECKING:
    from types import ModuleType

AT_ONCE = 16
"""Files that are fetched or put at once: each waits for the network."""
SCHEMES = ("s3", "gs", "az", "abfs", "abfss")
_ORDER = ("transcripts/", "answers/", "rubrics/", "data/", f"data/{MANIFESTS}/", "reports/")
"""What is put first; ``state.db``, which says what is done, comes last."""


def address(path: Path) -> str | None:
    """The URL that a path of the command line stands for; None where it is one of this machine."""
    scheme, colon, rest = str(path).partition(":/")
    return f"{scheme}://{rest.lstrip('/')}" if colon and scheme in SCHEMES else None


def working_copy(url: str) -> Path:
    """Where the working copy of an address lies."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    name = hashlib.sha256(url.rstrip("/").encode()).hexdigest()[:16]
    return base / "callqa" / "copies" / name / url.rstrip("/").rpartition("/")[2]


def obstore() -> ModuleType:
    """The library that speaks to object stores; ``ConfigurationError`` where it is not installed."""
    try:
        import obstore as library
    except ImportError as error:
        raise ConfigurationError(
            tr("object stores need obstore; first: pip install 'callqa[s3]'")
        ) from error
    return library


def opened(url: str) -> Any:
    """An object store at a URL, with what the environment says of keys, region and endpoint."""
    from obstore.store import from_url

    try:
        return from_url(url)
    except Exception as error:
        raise ConfigurationError(
            tr("{url} cannot be opened: {reason}", url=url, reason=error)
        ) from error


@dataclass(frozen=True, kw_only=True)
class Version:
    """A file of the copy as it was when it was last in step: its ETag there, its size and time here."""

    e_tag: str
    size: int
    mtime_ns: int


class Copy:
    """The working copy of an address."""

    def __init__(self, url: str) -> None:
        """Nothing is fetched."""
        self.url, self.folder = url, working_copy(url)
        self._library, self._store = obstore(), opened(url)
        self._index_path = self.folder.with_name("index.json")

    def pull(self) -> int:
        """Fetch what has changed there, and remove what went there; how many files were fetched."""
        index, there = self._index(), self._there()
        OWNER.make_folder(self.folder)
        wanted = [key for key, e_tag in there.items() if self._is_old(key, index.get(key), e_tag)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            index.update(zip(wanted, pool.map(self._fetch, wanted), strict=True))
        for key in set(index) - set(there):
            (self.folder / key).unlink(missing_ok=True)
            del index[key]
        self._keep(index)
        return len(wanted)

    def push(self) -> int:
        """Put what has changed here, and remove what went here; how many files were put."""
        index, here = self._index(), self._here()
        changed = [key for key in here if key not in index or _differs(here[key], index[key])]
        try:
            for _, group in groupby(sorted(changed, key=_rank), key=_room):
                self._put_all(list(group), index)
            for key in set(index) - set(here):
                self._library.delete(self._store, key)
                del index[key]
        finally:
            self._keep(index)
        return len(changed)

    def _is_old(self, key: str, known: Version | None, e_tag: str) -> bool:
        """Whether a file of the copy is not the one that lies there."""
        return known is None or known.e_tag != e_tag or not (self.folder / key).is_file()

    def _put_all(self, keys: list[str], index: dict[str, Version]) -> None:
        """Put some files at once, and note each in the index."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            puts = [(key, pool.submit(self._put, key, index.get(key))) for key in keys]
            for key, put in puts:
                index[key] = put.result()

    def _put(self, key: str, before: Version | None) -> Version:
        """Put a file; a manifest only in the place of the one that this run has seen."""
        path = self.folder / key
        how: dict[str, Any] = {}
        if key.startswith(f"data/{MANIFESTS}/"):
            how["mode"] = "create" if before is None else {"e_tag": before.e_tag}
        try:
            done = self._library.put(self._store, key, path, **how)
        except _refused(self._library) as error:
            raise StoppedError(
                tr(
                    "{url}/{key} was written by another run meanwhile; run again",
                    url=self.url,
                    key=key,
                )
            ) from error
        return _version(path, done["e_tag"])

    def _fetch(self, key: str) -> Version:
        path = self.folder / key
        found = self._library.get(self._store, key)
        with atomic(path, OWNER) as partial, partial.open("wb") as file:
            for chunk in found.stream():
                file.write(chunk)
        return _version(path, found.meta["e_tag"])

    def _there(self) -> dict[str, str]:
        """Every object by its key, and its ETag."""
        return {
            one["path"]: one["e_tag"]
            for batch in self._library.list(self._store)
            for one in batch
            if _belongs(one["path"])
        }

    def _here(self) -> dict[str, os.stat_result]:
        """Every file of the copy by its key."""
        return {
            path.relative_to(self.folder).as_posix(): path.stat()
            for path in self.folder.rglob("*")
            if path.is_file() and _belongs(path.name)
        }

    def _index(self) -> dict[str, Version]:
        if not self._index_path.is_file():
            return {}
        held = json.loads(self._index_path.read_bytes())
        return {key: Version(**version) for key, version in held.items()}

    def _keep(self, index: dict[str, Version]) -> None:
        with atomic(self._index_path, OWNER) as partial:
            held = {key: asdict(version) for key, version in sorted(index.items())}
            partial.write_text(json.dumps(held), encoding="utf-8")


def _belongs(key: str) -> bool:
    """Whether a file is part of what is kept in step: no lock, nothing that is half-written."""
    name = key.rpartition("/")[2]
    return not name.startswith((".", LOCK))


def _rank(key: str) -> tuple[int, str]:
    return _room(key), key


def _room(key: str) -> int:
    """When a file is put: that of the longest of the prefixes that it has."""
    among = [number for number, prefix in enumerate(_ORDER) if key.startswith(prefix)]
    return max(among, default=len(_ORDER))


def _version(path: Path, e_tag: str) -> Version:
    stat = path.stat()
    return Version(e_tag=e_tag, size=stat.st_size, mtime_ns=stat.st_mtime_ns)


def _differs(stat: os.stat_result, version: Version) -> bool:
    return (stat.st_size, stat.st_mtime_ns) != (version.size, version.mtime_ns)


def _refused(library: ModuleType) -> tuple[type[Exception], ...]:
    """What is raised where another has written in between."""
    return (library.exceptions.AlreadyExistsError, library.exceptions.PreconditionError)
