"""The recordings behind the pages, as files that every browser plays."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import AudioError
from pipeline.messages import tr
from pipeline.sound import playback
from pipeline.store.access import atomic

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pipeline.progress import Progress
    from pipeline.records import Recording
    from pipeline.report.html import Site
    from pipeline.store.files import Store

FOLDER = "audio"
_SHORT = 16
"""Hex digits of the content's hash that name a file: 64 bits, and no two recordings share them."""


@dataclass(frozen=True)
class Playback:
    """The folder of playable files of a site."""

    site: Site
    store: Store

    def of_pages(
        self, pages: Mapping[str, Collection[tuple[str, str]]], progress: Progress
    ) -> dict[tuple[str, str, str], str]:
        """By date, call id and file: the path of what can be played; those without sound are left out.

        ``pages`` are the calls, by date, whose pages are written: what has no page needs no sound. What
        is missing is made by as many threads as there are processors: FFmpeg works beside Python.
        """
        recordings = {
            (date, *call): kept.recording
            for date, calls in pages.items()
            for kept in self.store.transcripts.heads(date)
            if kept.recording.audio
            and (call := (kept.recording.record.call_id or "", kept.recording.file)) in calls
        }
        found = {page: self._there(recording) for page, recording in recordings.items()}
        missing = [page for page, path in found.items() if not path]
        progress.begin(tr("playable recordings"), len(missing))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            made = pool.map(self._playable_path, [recordings[page] for page in missing])
            for page, path in zip(missing, made, strict=True):
                found[page] = path
                progress.step(recordings[page].file)
        return {page: path for page, path in found.items() if path}

    def tidy(self) -> None:
        """Remove what belongs to no kept recording, and MP3s of before where there is a newer file."""
        wanted = []
        for content_id in self.store.transcripts.content_ids():
            paths = [_stem(content_id) + suffix for suffix in playback.SUFFIXES]
            converted, *_ = paths
            wanted += [converted] if self.site.has(converted) else paths
        self.site.only(FOLDER, wanted)

    def _there(self, recording: Recording) -> str:
        """The path of a recording's playable file, where there is one."""
        paths = [_stem(recording.content_id) + suffix for suffix in playback.SUFFIXES]
        path = next(filter(self.site.has, paths), "")
        return "" if path.endswith(".mp3") and _converted(recording) else path

    def _playable_path(self, recording: Recording) -> str:
        """The path of a recording's playable file, which is made; empty where there is no sound."""
        sources, stem = _sources(recording), _stem(recording.content_id)
        try:
            suffix = playback.suffix_of(sources[0]) if len(sources) == 1 else ""
            path = stem + (suffix or playback.CONVERTED)
            access = self.site.access
            with atomic(self.site.root / path, access) as partial:
                if suffix:
                    playback.copy(sources[0], partial, link=access.fits(sources[0]))
                else:
                    playback.convert(sources, partial)
        except (AudioError, OSError):  # gone, moved or broken: the page says that there is none
            return ""
        return path


def _stem(content_id: str) -> str:
    return f"{FOLDER}/{content_id[:_SHORT]}"


def _sources(recording: Recording) -> Sequence[Path]:
    return [Path(recording.path), *map(Path, recording.more_paths)]


def _converted(recording: Recording) -> bool:
    """Whether an MP3 of a recording is none itself but was made of it, as all were up to 0.3."""
    sources = _sources(recording)
    try:
        return len(sources) > 1 or not playback.suffix_of(sources[0])
    except AudioError:  # gone: what there is goes on being played
        return False
