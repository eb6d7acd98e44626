"""A night in parts: which recordings are a part's, and what it leaves for ``callqa publish``.

A part keeps what it hears where every run keeps it, a file a call, named by content: no two parts write
the same one. Whatever else it finds out stands in small files of its own under ``OUT/shards``; the
ledger, the tables and the pages are written by ``publish`` alone.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.records import CallRecord, Failure, Recording
from pipeline.store.access import atomic
from pipeline.store.state import Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.store.access import Access

FOLDER = "shards"
_WRITTEN = re.compile(r"([0-9]{1,4})/([0-9]{1,4})")
_PART, _RUN = ".json.gz", ".run.json"


@dataclass(frozen=True, kw_only=True, order=True)
class Shard:
    """The ``number``-th (from 1) of ``of`` parts of a night."""

    number: int
    of: int

    @classmethod
    def read(cls, text: str) -> Shard:
        """The part that ``K/N`` names; ``ConfigurationError`` where it names none."""
        match = _WRITTEN.fullmatch(text)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise ConfigurationError(
                tr("--shard {text}: expected K/N with 1 ≤ K ≤ N, such as 3/16", text=text)
            )
        return cls(number=int(match[1]), of=int(match[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @property
    def all(self) -> list[Shard]:
        """The parts of the division that it is of."""
        return [Shard(number=number, of=self.of) for number in range(1, self.of + 1)]

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{self.number}-of-{self.of}"

    def holds(self, content_id: str) -> bool:
        """Whether a content, named by hexadecimal digits, is its."""
        return int(content_id[:12], 16) % self.of == self.number - 1

    def holds_file(self, file: str) -> bool:
        """Whether it is to tell what became of a file that has no content."""
        return self.holds(hashlib.sha256(file.encode("utf-8", "surrogateescape")).hexdigest())


@dataclass(frozen=True, kw_only=True)
class NightPart:
    """What one part of a night has found and heard.

    ``command`` is what was asked for: ``score`` or ``transcribe``. ``recordings`` are its own as they
    were found, ``failures`` of files that were of no use, ``unheard`` of recordings that could not be
    heard; ``files`` are its files that may be recordings, and what each is kept or listed under.
    ``seen`` tells the whole folder, its rubric and its settings from any other. ``written`` is when it
    ended.
    """

    shard: Shard
    command: str
    folder: str
    rubric: str
    settings: dict[str, Any]
    seen: str
    written: str
    transcribed: int
    recordings: tuple[Recording, ...]
    failures: tuple[Failure, ...]
    unheard: tuple[Failure, ...]
    unrecorded: tuple[CallRecord, ...]
    files: dict[str, str]


_PARTS = TypeAdapter(NightPart)
_RUNS = TypeAdapter(Run)


@dataclass(frozen=True)
class Shards:
    """The parts of an output folder's nights."""

    out: Path
    access: Access

    def keep(self, part: NightPart) -> None:
        """Keep what a part came to; the same folder's parts of another division count no more."""
        path = self._path(part)
        for other in path.parent.glob(f"*{_PART}"):
            if not other.name.endswith(f"-of-{part.shard.of}{_PART}"):
                other.unlink(missing_ok=True)
        with atomic(path, self.access) as partial:
            partial.write_bytes(gzip.compress(_PARTS.dump_json(part), compresslevel=6, mtime=0))

    def parts(self) -> dict[str, list[NightPart]]:
        """What is there to be published, by folder; ``ConfigurationError`` for one that is damaged."""
        found: dict[str, list[NightPart]] = {}
        for path in sorted((self.out / FOLDER).glob(f"*/*{_PART}")):
            part = _read(path)
            found.setdefault(part.folder, []).append(part)
        return {folder: sorted(parts, key=lambda p: p.shard) for folder, parts in found.items()}

    def drop(self, part: NightPart) -> None:
        """Forget a part that is published."""
        path = self._path(part)
        path.unlink(missing_ok=True)
        self._run(part.shard).unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()
            path.parent.parent.rmdir()

    def keep_run(self, shard: Shard, run: Run) -> None:
        """Write down how far a part's run is."""
        with atomic(self._run(shard), self.access) as partial:
            partial.write_bytes(_RUNS.dump_json(run, indent=1))

    def runs(self) -> Iterator[tuple[Shard, Run]]:
        """How far the parts' runs are, of those that are not published yet."""
        for path in sorted((self.out / FOLDER).glob(f"*{_RUN}")):
            with suppress(OSError, ValidationError, ConfigurationError):
                shard = Shard.read(path.name.removesuffix(_RUN).replace("-of-", "/"))
                yield shard, _RUNS.validate_json(path.read_bytes())

    def _run(self, shard: Shard) -> Path:
        return self.out / FOLDER / f"{shard.name}{_RUN}"

    def _path(self, part: NightPart) -> Path:
        place = hashlib.sha256(part.folder.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        return self.out / FOLDER / place / f"{part.shard.name}{_PART}"


def _read(path: Path) -> NightPart:
    try:
        return _PARTS.validate_json(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, zlib.error, ValidationError) as error:
        raise ConfigurationError(
            tr("a part that cannot be read; remove it and run that part again"), path=path
        ) from error
