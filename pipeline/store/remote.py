"""Folders and ``OUT`` on an object store (S3 and what speaks it, Google, Azure): a copy to work on.

What lies there is fetched into a working copy on this machine, which is kept, so that a later run
fetches only what has changed; ``OUT`` is put back when the run ends. A file's version is its ETag. The
model that was chosen goes first, then words, tables, the manifests, and the rest. Model and manifests go
only in the place of those that this run has seen (a conditional put): readers of the manifests see a
date before or after, and of two runs the later one is refused. What a run that was killed had heard is
still in the copy, and the next one goes on from there.

A part of a night has a copy of its own, and whoever only reads has one in which nobody works: it is what
lies there, as it is.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pipeline import ending
from pipeline.errors import CallqaError, ConfigurationError, StoppedError
from pipeline.ingest.addresses import ADDRESS, working_copy
from pipeline.messages import tr
from pipeline.store.access import OWNER, atomic
from pipeline.store.holder import LOCK, SHARD_LOCKS
from pipeline.store.manifest import FOLDER as MANIFESTS
from pipeline.store.shards import FOLDER as SHARDS
from pipeline.store.state import NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from types import ModuleType

AT_ONCE = 16
"""Files that are fetched or put at once: each waits for the network."""
SETTINGS, MODEL = "transcripts/settings.json", "transcripts/model.json"
_GUARDED = (MODEL, f"data/{MANIFESTS}/")
"""What is put only in the place of what this run has seen."""
_ORDER = (
    *(MODEL, "transcripts/", "answers/", "rubrics/"),
    *("data/", f"data/{MANIFESTS}/", "reports/", f"{SHARDS}/"),
)
"""What is put first; ``state.db``, which says what is done, comes last."""
ROOMS = {
    "": ("",),
    "standing": (NAME, f"{SHARDS}/", "reviews/", SETTINGS),
    "scores": ("data/", "rubrics/", SETTINGS),
    "words": (
        *("data/", "rubrics/", "transcripts/", "reviews/", "calibration/"),
        *("reviews.csv", "ratings.csv", NAME),
    ),
    "part": ("transcripts/", f"{SHARDS}/", f"data/{MANIFESTS}/", NAME),
}
"""What of an ``OUT`` is fetched: all of it; what tells how far runs are; the tables and what they were
made with; all but pages and what rules said; what a part of a night reads and writes."""


def obstore() -> ModuleType:
    """The library that speaks to object stores; ``ConfigurationError`` where it is not installed."""
    try:
        import obstore as library
    except ImportError as error:
        raise ConfigurationError(
            tr("object stores need obstore; first: pip install 'callqa[s3]'")
        ) from error
    return library


def open_store(url: str) -> Any:
    """An object store at a URL, with what the environment says of keys, region and endpoint."""
    obstore()
    from obstore.store import from_url

    with asking(url):
        return from_url(url)


@contextmanager
def asking(url: str, error: type[CallqaError] = ConfigurationError) -> Iterator[None]:
    """Ask a store something: where it does not answer, or refuses, that is an ``error``."""
    refused = (obstore().exceptions.BaseError, FileNotFoundError, PermissionError)
    try:
        yield
    except refused as fault:
        if isinstance(fault, OSError) and fault.errno is not None:  # of a disk of this machine
            raise
        raise error(tr("{url}: {reason}", url=url, reason=_reason(fault))) from fault


def _reason(fault: Exception) -> str:
    """What a store's answer says to a person."""
    told = str(fault).partition("\n\n")[0]
    code = re.search(r"<Code>(.*?)</Code>(?:.*?<Message>(.*?)</Message>)?", told, re.DOTALL)
    return ": ".join(filter(None, code.groups())) if code else " ".join(told.split())


@dataclass(frozen=True, kw_only=True)
class Version:
    """A file of the copy as it was when it was last in step: its ETag there, its size and time here."""

    e_tag: str
    size: int
    mtime_ns: int


class Copy:
    """The working copy of an address, or of some ``ROOMS`` of it; ``apart``: one beside others."""

    def __init__(self, url: str, *, apart: str = "", rooms: str = "") -> None:
        """Nothing is fetched."""
        self.url, self.folder = url, working_copy(url, apart)
        self._rooms = ROOMS[rooms]
        self._library, self._store = obstore(), open_store(url)
        self._index_path = self.folder.with_name("index.json")

    def pull(self) -> int:
        """Fetch what has changed there, and remove what went there; how many files were fetched.

        One process of this machine at a time. Raises ``ConfigurationError`` where it cannot be fetched.
        """
        with self._alone(), asking(self.url):
            index, there = self._index(), self._there()
            wanted = [k for k, e_tag in there.items() if self._is_old(k, index.get(k), e_tag)]
            self._each(self._fetch, wanted, index)
            for key in set(self._own(index)) - set(there):
                (self.folder / key).unlink(missing_ok=True)
                del index[key]
            self._keep(index)
        return len(wanted)

    def push(self) -> int:
        """Put what has changed here, and remove what went here; how many files were put.

        Raises ``StoppedError`` where it cannot be put: what is here stays, and goes the next time.
        """
        index, here = self._index(), self._here()
        changed = [key for key in here if key not in index or _differs(here[key], index[key])]
        with asking(self.url, StoppedError):
            for _, group in groupby(sorted(changed, key=_rank), key=_room):
                self._each(lambda key: self._put(key, index.get(key)), list(group), index)
            for key in set(self._own(index)) - set(here):
                self._library.delete(self._store, key)
                del index[key]
            self._keep(index)
        return len(changed)

    def count(self, suffixes: Iterable[str]) -> int:
        """How many files of these kinds lie there."""
        with asking(self.url):
            kinds = tuple(suffixes)
            return sum(key.lower().endswith(kinds) for key in self._there())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Bring the copy in step alone; its folder is there, and says what it is a copy of."""
        OWNER.make_folder(self.folder)
        lock = os.open(self.folder.with_name("lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with atomic(self.folder.with_name(ADDRESS), OWNER) as partial:
                partial.write_text(self.url.rstrip("/"), encoding="utf-8")
            yield
        finally:
            os.close(lock)

    def _is_old(self, key: str, known: Version | None, e_tag: str) -> bool:
        """Whether a file of the copy is not the one that lies there."""
        return known is None or known.e_tag != e_tag or not (self.folder / key).is_file()

    def _each(
        self, work: Callable[[str], Version], keys: list[str], index: dict[str, Version]
    ) -> None:
        """Fetch or put some files at once; each that is done stands in the index."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            begun = [(key, pool.submit(work, key)) for key in keys]
            try:
                for key, one in begun:
                    index[key] = one.result()
            finally:
                for _, one in begun:
                    one.cancel()
                self._keep(index)

    def _put(self, key: str, before: Version | None) -> Version:
        """Put a file; a manifest only in the place of the one that this run has seen."""
        path = self.folder / key
        how: dict[str, Any] = {}
        if key.startswith(_GUARDED):
            how["mode"] = "create" if before is None else {"e_tag": before.e_tag}
        try:
            done = self._library.put(self._store, key, path, **how)
        except _conflict_errors(self._library) as error:
            found = self._library.get(self._store, key)
            if bytes(found.bytes()) != path.read_bytes():
                message = tr(
                    "{url}/{key} was written by another run meanwhile; run again",
                    url=self.url,
                    key=key,
                )
                raise StoppedError(message) from error
            return _version(path, found.meta["e_tag"])
        return _version(path, done["e_tag"])

    def _fetch(self, key: str) -> Version:
        ending.check()
        path = self.folder / key
        found = self._library.get(self._store, key)
        with atomic(path, OWNER) as partial, partial.open("wb") as file:
            for chunk in found.stream():
                file.write(chunk)
        return _version(path, found.meta["e_tag"])

    def _there(self) -> dict[str, str]:
        """Every object by its key, and its ETag."""
        return {one["path"]: one["e_tag"] for room in self._rooms for one in self._list(room)}

    def _list(self, room: str) -> Iterator[Any]:
        """What lies in a room, or the one file that it is."""
        if room and not room.endswith("/"):
            with suppress(FileNotFoundError):
                yield self._library.head(self._store, room)
            return
        for batch in self._library.list(self._store, room or None):
            yield from (one for one in batch if _is_kept(one["path"]))

    def _here(self) -> dict[str, os.stat_result]:
        """Every file of the copy by its key."""
        found = {
            path.relative_to(self.folder).as_posix(): path
            for path in self.folder.rglob("*")
            if path.is_file()
        }
        return {key: found[key].stat() for key in self._own(found) if _is_kept(key)}

    def _own(self, keys: Iterable[str]) -> list[str]:
        """Those of some files that are of its rooms."""
        folders = tuple(room for room in self._rooms if not room or room.endswith("/"))
        return [key for key in keys if key in self._rooms or key.startswith(folders)]

    def _index(self) -> dict[str, Version]:
        if not self._index_path.is_file():
            return {}
        held = json.loads(self._index_path.read_bytes())
        return {key: Version(**version) for key, version in held.items()}

    def _keep(self, index: dict[str, Version]) -> None:
        with atomic(self._index_path, OWNER) as partial:
            held = {key: asdict(version) for key, version in sorted(index.items())}
            partial.write_text(json.dumps(held), encoding="utf-8")


def _is_kept(key: str) -> bool:
    """Whether a file is part of what is kept in step: no lock, nothing that is half-written."""
    name = key.rpartition("/")[2]
    return not name.startswith((".", LOCK)) and not fnmatchcase(name, SHARD_LOCKS)


def _rank(key: str) -> tuple[int, str]:
    return _room(key), key


def _room(key: str) -> int:
    """When a file is put: that of the longest of the prefixes that it has."""
    among = [prefix for prefix in _ORDER if key.startswith(prefix)]
    return _ORDER.index(max(among, key=len)) if among else len(_ORDER)


def _version(path: Path, e_tag: str) -> Version:
    stat = path.stat()
    return Version(e_tag=e_tag, size=stat.st_size, mtime_ns=stat.st_mtime_ns)


def _differs(stat: os.stat_result, version: Version) -> bool:
    return (stat.st_size, stat.st_mtime_ns) != (version.size, version.mtime_ns)


def _conflict_errors(library: ModuleType) -> tuple[type[Exception], ...]:
    """What is raised where another has written in between."""
    return (library.exceptions.AlreadyExistsError, library.exceptions.PreconditionError)
