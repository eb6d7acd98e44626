"""The same night in parts, on as many machines as there are; ``publish`` folds them together.

Each part looks at the whole folder, so that all agree on call ids, copies and records, and hears what is
its own by content. The parts may run anywhere where the recordings and ``OUT`` are mounted; what they
leave is put together by the code that ends a night on one machine.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.asr import AUTO, AUTOMATIC
from pipeline.ingest.find import Found
from pipeline.messages import Cause, cause
from pipeline.night.how import How
from pipeline.night.remembered import remember_settings, settings_of
from pipeline.night.rescore import score_kept
from pipeline.night.run import write_pages
from pipeline.night.transcribe import (
    MODEL,
    Plan,
    find,
    hear,
    hear_tasks,
    looked_up,
    with_model,
)
from pipeline.records import Failure, Night
from pipeline.settings import Settings
from pipeline.store import space
from pipeline.store.files import ROOMS, Store
from pipeline.store.shards import NightPart, Shard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.progress import Progress

SCORE = "score"
"""The command whose parts are scored when they are published."""


@dataclass(frozen=True, kw_only=True)
class PartAsked:
    """What a part of a night is asked for: the command, the folder, where to, the rubric."""

    command: str
    folder: Path
    out: Path
    rubric: str
    shard: Shard


def hear_part(asked: PartAsked, settings: Settings, *, how: How, progress: Progress) -> Night:
    """Hear one part of a folder and leave it to be published."""
    store, how = Store.of(asked.out, settings), replace(how, shard=asked.shard)
    plan = _find(asked, settings, how, progress)
    space.check(asked.out, plan.settings.night)
    store.access.take(asked.out, ROOMS, progress)
    plan = _same_model(store, plan, asked, how, progress)
    transcribed, failed = hear_tasks(plan, asked.out, how, progress)
    part = _part(asked, plan, transcribed, failed)
    store.shards.keep(part)
    return Night(
        found=len(part.recordings) + len(part.failures),
        transcribed=transcribed,
        scored=0,
        not_scored=0,
        review=0,
        failures=tuple(sorted((*part.failures, *part.unheard), key=lambda f: f.file)),
    )


def _find(asked: PartAsked, settings: Settings, how: How, progress: Progress) -> Plan:
    return find(asked.folder, asked.out, settings, rubric=asked.rubric, how=how, progress=progress)


def _same_model(store: Store, plan: Plan, asked: PartAsked, how: How, progress: Progress) -> Plan:
    """The plan with the model that the first part has chosen, on whichever machine."""
    if plan.chosen is None:
        return plan
    choice = plan.chosen.to_json()
    if store.remember_first(MODEL, choice) == choice:
        return plan
    return _find(asked, plan.settings, how, progress)


def settings_of_part(out: Path, settings: Settings) -> Settings:
    """The settings with the model that the parts have chosen, where they had a choice."""
    if settings.asr.model != AUTO or settings.asr.backend != "whisper":
        return settings
    chosen = Store(out, settings.timezone).recall(MODEL)
    return with_model(settings, chosen.get("model", AUTOMATIC[-1]))


def _part(asked: PartAsked, plan: Plan, transcribed: int, failed: Sequence[Failure]) -> NightPart:
    shard, found = asked.shard, plan.found
    own = tuple(r for r in found.recordings if shard.holds(r.content_id))
    listed = tuple(f for f in found.failures if shard.holds_file(f.file))
    of_others = {r.file for r in found.recordings}
    files = {
        file: under
        for file, under in found.files.items()
        if under not in of_others and shard.holds_file(file)
    }
    mine = {r.file for r in own}
    files |= {file: under for file, under in found.files.items() if under in mine}
    settings = plan.settings.model_dump(mode="json", by_alias=True)
    return NightPart(
        shard=shard,
        command=asked.command,
        folder=plan.place,
        rubric=asked.rubric,
        settings=settings,
        seen=_digest_of_knowledge(found, asked.rubric, settings),
        written=datetime.now(UTC).isoformat(timespec="seconds"),
        transcribed=transcribed,
        recordings=own,
        failures=listed,
        unheard=tuple(failed),
        unrecorded=found.unrecorded if shard.number == 1 else (),
        files=files,
    )


def _digest_of_knowledge(found: Found, rubric: str, settings: object) -> str:
    """A digest of what a part knew: the folder's contents and files, the rubric, the settings."""
    told = [rubric, json.dumps(settings, sort_keys=True), *sorted(found.files)]
    told += sorted(r.content_id for r in found.recordings)
    return hashlib.sha256("\n".join(told).encode("utf-8", "surrogateescape")).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class PublishedParts:
    """What was published of the parts: how they were heard, how their dates came out, how many."""

    heard: Night
    scored: Night
    parts: int


def settings_of_parts(out: Path) -> Settings | None:
    """The settings of the last part that is there to be published; None where there is none."""
    parts = [part for own in Store(out, "UTC").shards.parts().values() for part in own]
    return Settings.model_validate(_last(parts).settings) if parts else None


def publish(out: Path, *, progress: Progress, jobs: int = 0, pages: bool = True) -> PublishedParts:
    """Fold the parts of every folder together: the bytes of a run that was never divided.

    A part that is missing, or that knew another folder or other settings than the last one, is listed
    as a failure, and the parts stay for another time. Otherwise they go when all is published: whoever
    is killed before that does it again.
    """
    shards = Store(out, "UTC").shards
    folders = shards.parts()
    nights, score = [], False
    for parts in folders.values():
        nights.append(_fold(parts, out, progress))
        score = score or any(part.command == SCORE for part in parts)
    heard = _together(nights)
    scored = Night(found=0, transcribed=0, scored=0, not_scored=0, review=0, dates=heard.dates)
    if score:
        settings = settings_of(out)
        scored = score_kept(
            out, settings, progress=progress, dates=heard.dates, jobs=jobs, anew=False
        )
        if pages:
            write_pages(out, settings, progress=progress, dates=())
    for parts in folders.values():
        for part in parts if not _amiss(parts) else ():
            shards.drop(part)
    return PublishedParts(heard=heard, scored=scored, parts=sum(map(len, folders.values())))


def _fold(parts: Sequence[NightPart], out: Path, progress: Progress) -> Night:
    """What one folder's parts have heard, entered and listed as one run's."""
    last = _last(parts)
    settings = Settings.model_validate(last.settings)
    found = Found(
        recordings=tuple(
            sorted((r for p in parts for r in p.recordings), key=lambda r: Path(r.file))
        ),
        failures=tuple(f for p in parts for f in p.failures),
        unrecorded=tuple(record for p in parts for record in p.unrecorded),
        files={file: under for p in parts for file, under in p.files.items()},
    )
    remember_settings(out, settings)
    plan = looked_up(last.folder, found, out, settings, rubric=last.rubric)
    unheard = [*(f for p in parts for f in p.unheard), *_amiss(parts)]
    heard = hear(replace(plan, unheard=unheard), out, how=How(), progress=progress)
    return replace(heard, transcribed=sum(part.transcribed for part in parts))


def _last(parts: Sequence[NightPart]) -> NightPart:
    return max(parts, key=lambda part: (part.written, part.shard))


def _amiss(parts: Sequence[NightPart]) -> list[Failure]:
    """A failure for each part that is missing, or knew something else than the last one."""
    last = _last(parts)
    there = {part.shard: part for part in parts}
    failures = []
    for shard in last.shard.all:
        part = there.get(shard)
        if part is None:
            message = cause(
                "part {shard} of the night has not ended yet: callqa {command} DIR --shard {shard}",
                shard=shard,
                command=last.command,
            )
            failures.append(_of_part(shard, "PartMissing", message))
        elif part.seen != last.seen:
            message = cause(
                "part {shard} saw another folder or other settings than the last one, run it again: "
                "callqa {command} DIR --shard {shard}",
                shard=shard,
                command=last.command,
            )
            failures.append(_of_part(shard, "PartOutdated", message))
    return failures


def _of_part(shard: Shard, error: str, message: Cause) -> Failure:
    return Failure(file=f"--shard {shard}", stage="shard", error=error, message=message)


def _together(nights: Sequence[Night]) -> Night:
    return Night(
        found=sum(night.found for night in nights),
        transcribed=sum(night.transcribed for night in nights),
        scored=0,
        not_scored=0,
        review=0,
        failures=tuple(failure for night in nights for failure in night.failures),
        dates=tuple(sorted({date for night in nights for date in night.dates})),
    )
