"""Recordings, streamed in ranges: the copy that is silent where a page is masked, or the original."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, Response

from pipeline.errors import AudioError
from pipeline.ingest.addresses import sources as sources_of
from pipeline.night.explain import kept_of
from pipeline.report.html import Site
from pipeline.report.sound import Playback
from pipeline.serve.desk import PRIVATE, WrongError
from pipeline.sound import playback

if TYPE_CHECKING:
    from pipeline.report.timeline import Levels
    from pipeline.serve.desk import Asked, Desk
    from pipeline.serve.live import Called


_KINDS = {".webm": "audio/webm"}
"""What the system takes for a film."""


class _Nobody:
    """Progress that nobody watches."""

    def begin(self, stage: str, total: int) -> None:
        """Nothing."""

    def step(self, what: str, *, failed: bool = False) -> None:
        """Nothing."""

    def tell(self, line: str) -> None:
        """Nothing."""


def masked_sound(desk: Desk, called: Called) -> tuple[Path | None, Levels]:
    """What plays a call to everybody, which is made where it is missing, and how loud it is."""
    live = desk.live
    site = Site(live.out / "reports", desk.templates, live.store.access, desk.settings.report)
    sound = Playback(site, live.store, desk.settings)
    wanted = {called.date: {(called.call_id, called.file)}}
    found = sound.of_pages(wanted, _Nobody())
    path = found.get((called.date, called.call_id, called.file), "")
    return (site.root / path if path else None), sound.levels(path)


def original(desk: Desk, called: Called) -> Path | None:
    """What plays a call as it was said; decoded where no browser plays its file."""
    kept = kept_of(desk.live.store, called.call_id, desk.settings)
    if kept is None or not kept.recording.audio:
        return None
    sources = sources_of(kept.recording)
    try:
        if len(sources) == 1 and playback.suffix_of(sources[0]):
            return sources[0]
        made = Path(desk.plain_sound.name) / (kept.recording.content_id + playback.CONVERTED)
        if not made.is_file():
            playback.convert(sources, made, [])
    except (AudioError, OSError):
        return None
    return made


def listen(asked: Asked, called: Called) -> Response:
    """The sound of a call."""
    path, _ = masked_sound(asked.desk, called)
    return play(path)


def play(path: Path | None) -> Response:
    """A file, whole or the range that is asked for."""
    if path is None or not path.is_file():
        raise WrongError(404, "没有可以播放的录音。")
    return FileResponse(path, headers=PRIVATE, media_type=_KINDS.get(path.suffix.lower()))
