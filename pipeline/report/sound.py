"""The recordings behind the pages, as files that every browser plays, silent where a page is masked."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import spans
from pipeline.errors import AudioError
from pipeline.ingest.addresses import sources as sources_of
from pipeline.messages import tr
from pipeline.privacy.files import published_as
from pipeline.records import Seconds, Span
from pipeline.report.timeline import LEVEL_STEP
from pipeline.sound import playback
from pipeline.store.access import atomic
from pipeline.store.parts import TurnMasked
from pipeline.store.queries import by_call

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from pipeline.progress import Progress
    from pipeline.records import Recording
    from pipeline.report.html import Site
    from pipeline.report.timeline import Levels
    from pipeline.settings import Settings
    from pipeline.store.files import Store

FOLDER, LEVELS = "audio", "levels"
_SHORT = 16
"""Hex digits of the content's hash that name a file: 64 bits, and no two recordings share them."""
_FEW = 20
"""Of so many calls only their own rows are read."""
PAD: Seconds = 0.15
"""What is silent before and after a masked word: recognisers place words to about that."""


@dataclass(frozen=True, kw_only=True)
class Sounding:
    """A recording, and what of it nobody is to hear; ``original``: its own file may be played."""

    recording: Recording
    silent: Sequence[Span]
    original: bool

    @cached_property
    def stem(self) -> str:
        """The file under ``reports/`` that plays it, without suffix.

        Another one where other spans are silent: none is played that was made before they were.
        """
        name = f"{FOLDER}/{self.recording.content_id[:_SHORT]}"
        if self.original:
            return name
        where = ",".join(f"{s.start:.3f}-{s.end:.3f}" for s in self.silent)
        return f"{name}-{hashlib.sha256(where.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Playback:
    """The folder of playable files of a site."""

    site: Site
    store: Store
    settings: Settings

    def of_pages(
        self, pages: Mapping[str, Collection[tuple[str, str]]], progress: Progress
    ) -> dict[tuple[str, str, str], str]:
        """By date, call id and file: the path of what can be played; those without sound are left out.

        ``pages`` are the calls, by date, whose pages are written: what has no page needs no sound. What
        is missing is made by as many threads as there are processors: FFmpeg works beside Python.
        """
        if self.settings.privacy.audio == "none":
            return {}
        sounding = {
            (date, *call): one
            for date, calls in pages.items()
            for call, one in self._recordings_of(date, calls).items()
        }
        found = {page: self._there(one) for page, one in sounding.items()}
        missing = [page for page, path in found.items() if not path]
        progress.begin(tr("playable recordings"), len(missing))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            made = pool.map(self._playable_path, [sounding[page] for page in missing])
            for page, path in zip(missing, made, strict=True):
                found[page] = path
                progress.step(sounding[page].recording.file)
        self._forget_others(sounding.values())
        return {page: path for page, path in found.items() if path}

    def _recordings_of(
        self, date: str, calls: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], Sounding]:
        """By call id and file, as they are published: the recordings of a date's calls."""
        few = {"call_id": [call_id for call_id, _ in calls]} if len(calls) <= _FEW else None
        hidden = by_call(self.store.read(TurnMasked, date, few))
        original = self.settings.privacy.publish == "plain"
        kept = [one.recording for one in self.store.transcripts.heads(date) if one.recording.audio]
        called = {published_as(one, self.settings): one for one in kept}
        return {
            call: Sounding(
                recording=called[call], silent=_silent(hidden[call[0]]), original=original
            )
            for call in calls
            if call in called
        }

    def levels(self, path: str) -> Levels:
        """How loud each channel of a playable file is; kept beside it, and measured where it is not.

        Nothing of what is not there or cannot be decoded.
        """
        kept = f"{LEVELS}/{Path(path).stem}.txt"
        if not path:
            return ()
        if not self.site.has(kept):
            try:
                measured = playback.levels(self.site.root / path, LEVEL_STEP)
            except (AudioError, OSError):
                return ()
            self.site.write(kept, "\n".join(measured).encode())
        return (self.site.root / kept).read_text(encoding="utf-8").split("\n")

    def tidy(self) -> None:
        """Remove what belongs to no kept recording, and MP3s of before where there is a newer file."""
        if self.settings.privacy.audio == "none":
            self.site.only(FOLDER, [])
            self.site.only(LEVELS, [])
            return
        kept = {content_id[:_SHORT] for content_id in self.store.transcripts.content_ids()}
        files = [f for f in self.site.files(FOLDER) if Path(f).stem[:_SHORT] in kept]
        converted = {Path(f).stem for f in files if f.endswith(playback.CONVERTED)}
        self.site.only(
            FOLDER,
            [f for f in files if f.endswith(playback.CONVERTED) or Path(f).stem not in converted],
        )
        played = {Path(f).stem for f in self.site.files(FOLDER)}
        self.site.only(LEVELS, [f for f in self.site.files(LEVELS) if Path(f).stem in played])

    def _there(self, one: Sounding) -> str:
        """The path of a recording's playable file, where there is one."""
        path = next(filter(self.site.has, _paths(one)), "")
        return "" if path.endswith(".mp3") and _is_converted(one) else path

    def _forget_others(self, sounding: Iterable[Sounding]) -> None:
        """Remove what played these recordings before: with other spans silent, or none."""
        wanted = {one.recording.content_id[:_SHORT]: Path(one.stem).name for one in sounding}
        files = self.site.files(FOLDER)
        stems = {file: Path(file).stem for file in files}
        self.site.only(
            FOLDER, [f for f in files if wanted.get(stems[f][:_SHORT], stems[f]) == stems[f]]
        )

    def _playable_path(self, one: Sounding) -> str:
        """The path of a recording's playable file, which is made; empty where there is no sound."""
        sources = sources_of(one.recording)
        try:
            suffix = playback.suffix_of(sources[0]) if _may_be_copied(one) else ""
            path = one.stem + (suffix or playback.CONVERTED)
            access = self.site.access
            with atomic(self.site.root / path, access) as partial:
                if suffix:
                    playback.copy(sources[0], partial, link=access.fits(sources[0]))
                else:
                    playback.convert(sources, partial, one.silent)
        except (AudioError, OSError):  # gone, moved or broken: the page says that there is none
            return ""
        return path


def _silent(turns: Sequence[TurnMasked]) -> list[Span]:
    """What nobody is to hear of a call: what is masked, with a little before and after it."""
    places = [place for turn in turns for place in turn.masked or ()]
    return spans.join(Span(max(0.0, p.start_s - PAD), p.end_s + PAD) for p in places)


def _may_be_copied(one: Sounding) -> bool:
    """Whether a recording's own file may be played: a file's tags may hold what is masked."""
    return one.original and not one.recording.more_paths


def _paths(one: Sounding) -> list[str]:
    """The files that may play it."""
    suffixes = playback.SUFFIXES if one.original else (playback.CONVERTED,)
    return [one.stem + suffix for suffix in suffixes]


def _is_converted(one: Sounding) -> bool:
    """Whether an MP3 of a recording is none itself but was made of it, as all were up to 0.3."""
    sources = sources_of(one.recording)
    try:
        return len(sources) > 1 or not playback.suffix_of(sources[0])
    except AudioError:  # gone: what there is goes on being played
        return False
