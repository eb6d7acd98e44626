"""What a folder holds and what has to be heard; then hearing it: nothing twice, nothing lost."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import ending
from pipeline.asr import AUTO, AUTOMATIC, ModelChoice, backend, choose
from pipeline.errors import ConfigurationError, StoppedError
from pipeline.ingest.addresses import address_of, transcript_path
from pipeline.ingest.find import Found, find_recordings
from pipeline.judging.judge import the_rubric
from pipeline.messages import Cause, cause, tr
from pipeline.night.contacts import keep_attempts
from pipeline.night.engines import ENGINES, Task
from pipeline.night.failures import list_failures
from pipeline.night.ledger import Entries, enter
from pipeline.night.remembered import remember_settings
from pipeline.records import (
    Failure,
    Night,
    Recording,
)
from pipeline.settings import AsrSettings, Settings
from pipeline.sound import voice_embedding
from pipeline.store import space
from pipeline.store.files import Store
from pipeline.store.kept import KeptRecording, date_of
from pipeline.store.manifest import wordless
from pipeline.store.state import CALLS, reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.night.how import How
    from pipeline.progress import Progress
    from pipeline.store.shards import Shard
    from pipeline.store.state import State

MODEL = "model"
"""Where an output folder remembers which model was chosen for it."""
HOW_NOT_WHAT = {
    *("model", "device", "calls", "threads"),
    *("url", "api_key", "requests", "timeout_seconds", "retries"),
}
"""Settings that decide how fast speech is heard and not what; the model and its server are in the
backend's ``identity``."""
HEARD = "5"
"""Goes up when more is kept of a recording, or it is heard otherwise: 5, leaks and deep voices."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a folder holds, and what of it has to be heard; settled before anything is written.

    ``settings`` name the model that was ``chosen`` (None where there was no choice). ``before`` is what
    was kept of each recording, by content, and ``doubles`` what a killed run left of it under another
    date. ``unheard`` are the recordings that need a model which is not there.
    """

    place: str
    found: Found
    entries: Entries
    before: Mapping[str, KeptRecording]
    doubles: Sequence[KeptRecording]
    settings: Settings
    rubric: str
    chosen: ModelChoice | None = None
    tasks: Sequence[Task] = ()
    unheard: Sequence[Failure] = ()

    @property
    def recordings(self) -> Sequence[Recording]:
        """What the folder holds, each under a call id of its own."""
        return self.entries.recordings


def find(
    folder: Path, out: Path, settings: Settings, *, rubric: str, how: How, progress: Progress
) -> Plan:
    """What there is to hear in a folder; nothing is written.

    Raises ``ConfigurationError`` where the folder, the engine or the speech model is not there: a share
    that was not mounted must not look like a night without calls. Where only some of the recordings need
    a model that is not there, they are failures and the others go on.
    """
    _check_usage(folder, out, how.engine)
    found = find_recordings(folder, settings, leave_out=out)
    if not how.allow_empty:
        _check_something(folder, found)
    found = _without_purged(found, out)
    plan = looked_up(address_of(folder.resolve()), found, out, settings, rubric=rubric)
    chosen = None
    if any(r.transcript_path is None for r in plan.recordings):
        settings, chosen = _with_chosen_model(Store(out, settings.timezone), settings, progress)
    tasks = _tasks(plan.recordings, plan.before, settings, rubric, how.shard)
    if tasks and settings.speech.voice_model:
        voice_embedding.load(Path(settings.speech.voice_model).expanduser())
    unheard = _without_model(tasks, plan.recordings, settings, progress)
    return replace(plan, settings=settings, chosen=chosen, tasks=tasks, unheard=unheard)


def _without_purged(found: Found, out: Path) -> Found:
    """What was found, but calls of dates whose words were purged: their scores would go with them."""
    purged = wordless(out / "data", {date_of(r) for r in found.recordings})
    message = cause(
        "the calls of that day are purged but for their scores (callqa purge --keep scores); they are "
        "not judged any more"
    )
    gone = [r for r in found.recordings if date_of(r) in purged]
    failures = [Failure(file=r.file, stage="ingest", error="Purged", message=message) for r in gone]
    return replace(
        found,
        recordings=tuple(r for r in found.recordings if date_of(r) not in purged),
        failures=(*found.failures, *failures),
    )


def looked_up(place: str, found: Found, out: Path, settings: Settings, *, rubric: str) -> Plan:
    """What is known of what was found at ``place``; nothing of it is to be heard."""
    store = Store(out, settings.timezone)
    with reading(out) as state:
        entries = enter(state, found.recordings)
        kept = _kept_before(store, state, entries.recordings)
    before, doubles = _before(entries.recordings, kept)
    return Plan(
        place=place,
        found=found,
        entries=entries,
        before=before,
        doubles=doubles,
        settings=settings,
        rubric=rubric,
    )


def _kept_before(
    store: Store, state: State, recordings: Sequence[Recording]
) -> list[KeptRecording]:
    """What was kept of the recordings: under their own dates, and where a killed run may have left it.

    Only what the ledger knows and is in neither, since its record said another date, is looked for
    under every date.
    """
    dates = {date_of(r) for r in recordings} | state.due(CALLS)
    known = store.transcripts.heads_of({r.content_id for r in recordings}, dates)
    there = {one.recording.content_id for one in known}
    moved = {
        r.content_id
        for r in recordings
        if r.content_id not in there and state.has_content(r.content_id)
    }
    return [*known, *(store.transcripts.heads_of(moved) if moved else ())]


def _before(
    recordings: Sequence[Recording], known: Iterable[KeptRecording]
) -> tuple[dict[str, KeptRecording], list[KeptRecording]]:
    """What was kept of each recording, by content, and what is kept of it under another date as well."""
    dates = {r.content_id: date_of(r) for r in recordings}
    ordered = sorted(known, key=lambda one: one.date == dates[one.recording.content_id])
    before = {one.recording.content_id: one for one in ordered}
    return before, [one for one in ordered if before[one.recording.content_id] is not one]


def _tasks(
    recordings: Sequence[Recording],
    before: Mapping[str, KeptRecording],
    settings: Settings,
    rubric: str,
    shard: Shard | None,
) -> list[Task]:
    """The recordings of the part that were not heard yet, or otherwise than they would be now."""
    model = backend(settings.asr).identity(settings.asr)
    names = _names(settings, rubric)
    return [
        Task(recording=r, heard_with=wanted, rubric=rubric, names=names)
        for r in recordings
        if shard is None or shard.holds(r.content_id)
        if (wanted := _heard_with(r, settings, model))
        != getattr(before.get(r.content_id), "heard_with", "")
    ]


def hear(plan: Plan, out: Path, *, how: How, progress: Progress) -> Night:
    """Hear what the plan asks for, and keep it; whatever else the folder holds is kept or listed."""
    store = Store.of(out, plan.settings)
    space.check(out, plan.settings.night)
    store.take(progress)
    remember_settings(out, plan.settings)
    if plan.chosen is not None:
        store.remember(MODEL, plan.chosen.to_json())
    gone = [*_superseded_contents(store, plan), *plan.doubles]
    moved = {one.date for one in (*plan.before.values(), *gone)}
    dates = {date_of(r) for r in plan.recordings} | moved
    with writing(out, store.access) as state:
        state.set_due(CALLS, dates)
        # Before it is forgotten which they were: who is killed in between finds them again.
        for one in gone:
            store.transcripts.drop(one.date, one.recording.content_id)
        plan.entries.keep(state)
    _bring_up_to_date(store, plan.recordings, plan.before, plan.rubric)
    transcribed, failed = hear_tasks(plan, out, how, progress)
    failures = [*plan.found.failures, *failed]
    kept = store.transcripts.content_ids({date_of(r) for r in plan.recordings})
    failures += _unaccounted_files(plan.found, plan.recordings, kept, failures)
    list_failures(store, plan.place, failures, plan.settings)
    keep_attempts(store, plan.place, plan.found.unrecorded, plan.settings)
    return Night(
        found=len(plan.found.recordings) + len(plan.found.failures),
        transcribed=transcribed,
        scored=0,
        not_scored=0,
        review=0,
        failures=tuple(sorted(failures, key=lambda f: f.file)),
        dates=tuple(sorted(dates)),
    )


def _superseded_contents(store: Store, plan: Plan) -> list[KeptRecording]:
    """What is kept of contents whose place another one takes."""
    contents = set(plan.entries.superseded)
    return store.transcripts.heads_of(contents) if contents else []


def _check_something(folder: Path, found: Found) -> None:
    if not (found.recordings or found.failures or found.unrecorded):
        raise ConfigurationError(
            tr(
                "{folder} holds no recordings, no transcripts and no call records; is it the right "
                "folder, and is it mounted? A folder that may be empty: --allow-empty",
                folder=folder,
            )
        )


def _check_usage(folder: Path, out: Path, engine: str) -> None:
    if not folder.is_dir():
        raise ConfigurationError(tr("{folder} is no folder", folder=folder))
    if engine not in ENGINES:
        raise ConfigurationError(
            tr(
                "no engine {name!r}; there are {known}",
                name=engine,
                known=", ".join(sorted(ENGINES)),
            )
        )
    if out.exists() and not out.is_dir():
        raise ConfigurationError(tr("--out {out} is a file; expected a folder", out=out))


def _with_chosen_model(
    store: Store, settings: Settings, progress: Progress
) -> tuple[Settings, ModelChoice | None]:
    """The settings with the model that ``auto`` stands for in this output folder, and the choice.

    What was chosen once stays, so that old nights are not heard again because a machine changed.
    Where none can be had it is the smallest, and whoever needs it is told of that.
    """
    if settings.asr.model != AUTO or settings.asr.backend != "whisper":
        return settings, None
    before = store.recall(MODEL)
    try:
        choice = ModelChoice.from_json(before) if before else choose(settings.asr, progress.tell)
    except ConfigurationError:
        return with_model(settings, AUTOMATIC[-1]), None
    progress.tell(
        tr(
            "speech model: {model} ({reason}; this output folder keeps it)",
            model=choice.model,
            reason=choice.reason,
        )
    )
    return with_model(settings, choice.model), choice


def with_model(settings: Settings, model: str) -> Settings:
    """The settings with this speech model."""
    asr = settings.asr.model_copy(update={"model": model})
    return settings.model_copy(update={"asr": asr})


def _without_model(
    tasks: Sequence[Task],
    recordings: Sequence[Recording],
    settings: Settings,
    progress: Progress,
) -> list[Failure]:
    """A failure for each recording that needs the speech model, where it cannot be had.

    Raises ``ConfigurationError`` where no recording of the folder brings a transcript. What was
    heard before does not count: the same folder ends the same way every night.
    """
    wanting = [t.recording.file for t in tasks if t.recording.transcript_path is None]
    if not wanting:
        return []
    try:
        backend(settings.asr).obtain(settings.asr, progress.tell)
    except ConfigurationError:
        if all(recording.transcript_path is None for recording in recordings):
            raise
        message = _ways_out(settings.asr)
        return [Failure(file=f, stage="asr", error="NoModel", message=message) for f in wanting]
    return []


def _ways_out(asr: AsrSettings) -> Cause:
    """What is missing to hear with these settings, and what to do about it."""
    if asr.backend == "http":
        return cause(
            "the speech server {url} is of no use (see callqa doctor). Ways out: start it, or correct "
            "`url`, `model`, `api_key` under [asr] in callqa.toml; put <name>.json beside each "
            "recording",
            url=asr.url,
        )
    return cause(
        "there is no speech model {model} (see callqa doctor). Ways out: put it into models/, or give "
        "its path as `model` under [asr] in callqa.toml; set HF_ENDPOINT to a mirror; put <name>.json "
        "beside each recording",
        model=asr.model,
    )


def hear_tasks(plan: Plan, out: Path, how: How, progress: Progress) -> tuple[int, list[Failure]]:
    """Hear what the plan asks for: how many were, and a failure for each that was not.

    Where the disk is full no further call is begun; what is in hand is kept as far as there is room.
    """
    left_out = {failure.file for failure in plan.unheard}
    tasks = [task for task in plan.tasks if task.recording.file not in left_out]
    progress.begin(tr("transcribing"), len(tasks))
    failures: list[Failure] = []
    stopped: StoppedError | None = None
    for result in ENGINES[how.engine](tasks, out, plan.settings, how.jobs):
        progress.step(result.file, failed=result.failure is not None)
        if result.failure is not None:
            failures.append(result.failure)
        stopped = stopped or result.stopped or _no_room(out, plan.settings)
        if stopped is not None:
            ending.ask()
    if stopped is not None:
        raise stopped
    ending.check()
    return len(tasks) - len(failures), [*plan.unheard, *failures]


def _no_room(out: Path, settings: Settings) -> StoppedError | None:
    try:
        space.check(out, settings.night)
    except StoppedError as error:
        return error
    return None


def _unaccounted_files(
    found: Found, recordings: Iterable[Recording], kept: set[str], failures: Iterable[Failure]
) -> list[Failure]:
    """A failure for each file of the folder that is neither kept (``kept``: by content) nor listed.

    There should be none: this is what says so where a stage has a fault.
    """
    there = {r.file for r in recordings if r.content_id in kept} | {f.file for f in failures}
    message = cause(
        "the file was found, and there is neither a result nor a reason: a fault of callqa, please "
        "report it to its keepers"
    )
    return [
        Failure(file=file, stage="ingest", error="Lost", message=message)
        for file, under in found.files.items()
        if under not in there and file not in there
    ]


def _bring_up_to_date(
    store: Store,
    recordings: Iterable[Recording],
    before: Mapping[str, KeptRecording],
    rubric: str,
) -> None:
    """Put changed call records in place, without hearing their recordings again."""
    changed: dict[str, dict[str, KeptRecording]] = defaultdict(dict)
    for recording in recordings:
        old = before.get(recording.content_id)
        if old is not None and (new := replace(old, recording=recording, rubric=rubric)) != old:
            changed[old.date][recording.content_id] = new
    for date, heads in changed.items():
        store.transcripts.change(date, heads)


MOST_NAMES = 4
"""A recogniser's prompt is short, and a long list in it does more harm than good."""


def _names(settings: Settings, rubric: str) -> tuple[str, ...]:
    """The organisation's names, where the recogniser is told them."""
    if not (settings.asr.prompt and settings.asr.prompt_names):
        return ()
    return tuple(the_rubric(rubric, settings).file.names.get("organisation", ())[:MOST_NAMES])


def _heard_with(recording: Recording, settings: Settings, model: str) -> str:
    """A digest of everything that decides what is heard in a recording; ``model`` tells which.

    The rubric's names are not in it: a changed rubric never needs the speech model again.
    """
    if (path := transcript_path(recording)) is not None:
        parts = [hashlib.sha256(path.read_bytes()).hexdigest(), settings.speech.model_dump_json()]
    else:
        asr = settings.asr.model_dump_json(exclude=HOW_NOT_WHAT)
        speech = settings.speech.model_dump_json()
        parts = [asr, model, speech, str(settings.call.turn_gap)]
    return hashlib.sha256("\n".join([HEARD, *parts]).encode()).hexdigest()[:16]
