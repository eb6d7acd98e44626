"""The recordings behind the pages, as files that every browser plays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import playback
from pipeline.errors import AudioError
from pipeline.store import atomic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.records import Recording
    from pipeline.report.html import Site
    from pipeline.store import Store

FOLDER = "audio"
_SHORT = 16
"""Hex digits of the content's hash that name a file: 64 bits, and no two recordings share them."""


@dataclass(frozen=True)
class Sound:
    """The folder of playable files of a site."""

    site: Site
    store: Store

    def of_date(self, date: str) -> dict[tuple[str, str], str]:
        """By call id and file: the path of what can be played; recordings without sound are left out."""
        found = {}
        for kept in self.store.of_date(date):
            recording = kept.recording
            if path := self._playable(recording):
                found[recording.record.call_id or "", recording.file] = path
        return found

    def tidy(self) -> None:
        """Remove what belongs to no kept recording."""
        stems = [content_id[:_SHORT] for content_id in self.store.content_ids()]
        self.site.only(
            FOLDER, [f"{FOLDER}/{stem}{suffix}" for stem in stems for suffix in playback.SUFFIXES]
        )

    def _playable(self, recording: Recording) -> str:
        """The path of a recording's playable file, made where it is missing; empty for none."""
        if not recording.audio:
            return ""
        stem = f"{FOLDER}/{recording.content_id[:_SHORT]}"
        there = [stem + suffix for suffix in playback.SUFFIXES if self.site.has(stem + suffix)]
        sources = [Path(recording.path), *map(Path, recording.more_paths)]
        return there[0] if there else self._made(sources, stem)

    def _made(self, sources: Sequence[Path], stem: str) -> str:
        try:
            suffix = playback.suffix_of(sources[0]) if len(sources) == 1 else ""
            path = stem + (suffix or ".mp3")
            with atomic(self.site.root / path) as partial:
                if suffix:
                    playback.copy(sources[0], partial)
                elif len(sources) == 1:
                    playback.convert(sources[0], partial)
                else:
                    playback.combine(sources, partial)
        except (AudioError, OSError):  # gone, moved or broken: the page says that there is none
            return ""
        return path
