"""Lists of phrases, a file each."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.text.notation import expand

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """One list: its phrases, those that need a person's judgement, and its exceptions."""

    name: str
    phrases: tuple[str, ...]
    review: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()


def read_lexicon(path: Path) -> Lexicon:
    """A list file: one phrase a line; ``?`` before it asks for review, ``!`` makes it an exception.

    ``#`` begins a comment. Raises ``ConfigurationError`` with the line for a phrase that stands
    twice and for one that cannot be read. A list is read again only when it has changed.
    """
    return _read_lexicon(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=1024)
def _read_lexicon(path: Path, _changed: int) -> Lexicon:
    found: dict[str, list[str]] = {"": [], "?": [], "!": []}
    seen: dict[str, int] = {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ConfigurationError(tr("is not UTF-8 text"), path=path) from error
    for number, line in enumerate(lines, start=1):
        entry = line.partition("#")[0].strip()
        if not entry:
            continue
        mark = entry[0] if entry[0] in "?!" else ""
        phrase = entry.removeprefix(mark).strip()
        if phrase in seen:
            message = tr(
                "{phrase!r} stands here and in line {line}", phrase=phrase, line=seen[phrase]
            )
            raise ConfigurationError(message, path=path, line=number)
        seen[phrase] = number
        try:
            expand(phrase)
        except ValueError as error:
            raise ConfigurationError(str(error), path=path, line=number) from error
        found[mark].append(phrase)
    return Lexicon(
        name=path.stem,
        phrases=tuple(found[""]),
        review=tuple(found["?"]),
        exceptions=tuple(found["!"]),
    )
