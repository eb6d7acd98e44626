"""What ``callqa doctor`` looks at of the machine and its places: disk, memory, folder, lock, clock."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cli.doctor import Check
from pipeline.cli.frame import readable
from pipeline.errors import CallqaError
from pipeline.ingest.addresses import address, copies
from pipeline.ingest.find import AUDIO, TEXTS
from pipeline.messages import tr
from pipeline.night.engines.worker import memory_each
from pipeline.review.verdicts import has_database
from pipeline.store.status import status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.settings import Settings
    from pipeline.store.status import FolderStatus

ENOUGH = 1_500_000_000
"""Bytes of memory that a process with the smallest of the models and its dictionaries takes."""
SKEW = 5.0
"""Seconds by which the clock of this machine and that of the output folder's disk may differ."""


def examine(settings: Settings, folder: Path | None, out: Path, *, wait: bool) -> Iterator[Check]:
    """What a night over ``folder`` into ``out`` needs of this machine; it may ``wait`` for its turn."""
    yield _memory(settings)
    yield _disk(settings, copies() if address(out) else out)
    if settings.operations.metrics is not None:
        yield _metrics(settings.operations.metrics)
    if folder is not None:
        yield _folder(folder)
    try:
        here = readable(out, "standing")
        found = status(here, address(out)) if here.is_dir() else None
    except CallqaError as error:
        yield Check(good=False, what=tr("lock of {out}", out=out), detail=str(error))
        found = None
    else:
        yield _lock(found, out, wait=wait)
    yield _clock(found, out, settings)
    if settings.mail.sends and not address(out) and has_database(out, settings):
        yield _mail_waiting(out, settings)


def _mail_waiting(out: Path, settings: Settings) -> Check:
    """What people were to be told and was tried in vain."""
    from pipeline.review.outbox import waiting
    from pipeline.review.said import read_by_night

    with read_by_night(out, settings) as connection:
        found = waiting(connection)
    said = found[-1].wrong if found else ""
    detail = tr("{n} not taken yet; the last was told: {why}", n=len(found), why=said)
    return Check(
        good=not found,
        what=tr("mail and messages to people"),
        detail=detail if found else tr("sent"),
    )


def _memory(settings: Settings) -> Check:
    each = memory_each(settings.night, 1)
    detail = tr("{mb:.0f} MB for the processes that hear", mb=each / 1e6)
    return Check(good=each >= ENOUGH, what=tr("memory"), detail=detail)


def _disk(settings: Settings, out: Path) -> Check:
    place = next(p for p in (out.absolute(), *out.absolute().parents) if p.exists())
    free, least = shutil.disk_usage(place).free / 1e6, settings.night.free_mb
    detail = tr(
        "{free:.0f} MB left at {place}; a run stops at {least} MB",
        free=free,
        place=place,
        least=least,
    )
    good = free > least and os.access(place, os.W_OK)
    return Check(good=good, what=tr("disk"), detail=detail)


def _folder(folder: Path) -> Check:
    what = tr("folder {folder}", folder=folder)
    names = AUDIO | set(TEXTS)
    if url := address(folder):
        from pipeline.store.remote import Copy

        try:
            count = Copy(url).count(names)
        except CallqaError as error:
            return Check(good=False, what=what, detail=str(error))
    elif not folder.is_dir():
        return Check(good=False, what=what, detail=tr("is no folder; is it mounted?"))
    else:
        count = sum(1 for path in folder.rglob("*") if path.suffix.lower() in names)
    return Check(good=count > 0, what=what, detail=tr("{n} files that may be recordings", n=count))


def _metrics(path: Path) -> Check:
    """Whether the figures for monitoring can be written where they are wanted."""
    place = next(p for p in path.absolute().parents if p.exists())
    good = place.is_dir() and os.access(place, os.W_OK)
    detail = tr("can be written") if good else tr("cannot be written by this user")
    return Check(good=good, what=tr("metrics {path}", path=path), detail=detail)


def _lock(found: FolderStatus | None, out: Path, *, wait: bool) -> Check:
    """Whether a run could begin now, or ``wait``: nobody that lives holds ``out``, or a part of it."""
    holders = [] if found is None else [found.holder, *(p.holder for p in found.parts.values())]
    what = tr("lock of {out}", out=out)
    held = next(filter(None, holders), None)
    if held is None:
        return Check(good=True, what=what, detail=tr("free"))
    detail = tr(
        "held by callqa {command}, process {pid} on {host}, since {since}",
        command=held.command,
        pid=held.pid,
        host=held.host,
        since=held.clock,
    )
    return Check(good=wait, what=what, detail=detail)


def _clock(found: FolderStatus | None, out: Path, settings: Settings) -> Check:
    """Whether the clock can be right: not before the last run, and that of the disk beside it."""
    now = datetime.now(UTC)
    what, detail = tr("clock"), f"{now.astimezone(settings.zone):%Y-%m-%d %H:%M:%S %Z}"
    told = "" if found is None or found.run is None else found.run.told
    if told and now < datetime.fromisoformat(told):
        late = tr(
            "{now}, and a run wrote something at {told}: it was set back", now=detail, told=told
        )
        return Check(good=False, what=what, detail=late)
    if out.is_dir() and abs(skew := _skew(out)) > SKEW:
        other = tr(
            "{now}, and the disk of {out} is {skew:+.0f} s off", now=detail, out=out, skew=skew
        )
        return Check(good=False, what=what, detail=other)
    return Check(good=True, what=what, detail=detail)


def _skew(out: Path) -> float:
    """Seconds that the clock of a folder's disk is ahead; 0 where nothing can be written there."""
    try:
        with tempfile.NamedTemporaryFile(dir=out, prefix=".callqa.clock.") as probe:
            probe.write(b"\n")
            probe.flush()
            return Path(probe.name).stat().st_mtime - time.time()
    except OSError:
        return 0.0
