"""Wires the stages: one call isolated from the next, nothing done twice, nothing lost."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from pipeline.asr import AUTO, AUTOMATIC, Choice, backend, choose
from pipeline.errors import ConfigurationError
from pipeline.ingest.find import Found, find_recordings
from pipeline.judging.judge import the_rubric
from pipeline.messages import tr
from pipeline.night.contacts import keep_attempts
from pipeline.night.engines import ENGINES, Task
from pipeline.night.failures import list_failures
from pipeline.night.ledger import Ledger
from pipeline.records import (
    Failure,
    Night,
    Recording,
)
from pipeline.settings import AsrSettings, Settings
from pipeline.sound import voice_embedding
from pipeline.store.files import Kept, Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.progress import Progress


def transcribe(
    folder: Path,
    out: Path,
    settings: Settings,
    *,
    rubric: str,
    jobs: int,
    engine: str,
    progress: Progress,
    allow_empty: bool = False,
) -> Night:
    """Hear every recording of a folder that has not been heard yet, and keep it.

    Nothing is written before the folder, the engine and the speech model are known to be there; where
    only some of the recordings need a model that is not, they are failures and the others go on.
    A folder in which nothing is found is a ``ConfigurationError`` unless ``allow_empty``: a share that
    was not mounted must not look like a night without calls.
    """
    _check_usage(folder, out, engine)
    found = find_recordings(folder, settings, leave_out=out)
    if not (allow_empty or found.recordings or found.failures or found.unrecorded):
        raise ConfigurationError(
            tr(
                "{folder} holds no recordings, no transcripts and no call records; is it the right "
                "folder, and is it mounted? A folder that may be empty: --allow-empty",
                folder=folder,
            )
        )
    kept = Store(out, settings.timezone)
    ledger = Ledger.of(kept)
    recordings, superseded = ledger.enter(found.recordings)
    before = {r.content_id: kept.kept(r.content_id) for r in recordings}
    without_model = all(r.transcript_path is not None for r in recordings)
    settings, pinned = (settings, None) if without_model else _pinned(kept, settings, progress)
    model = backend(settings.asr).identity(settings.asr)
    names = _names(settings, rubric)
    tasks = [
        Task(recording=r, heard_with=wanted, rubric=rubric, names=names)
        for r in recordings
        if (wanted := _heard_with(r, settings, model))
        != getattr(before[r.content_id], "heard_with", "")
    ]
    unheard = _without_model(tasks, recordings, settings, progress)
    possible = [task for task in tasks if task.recording.file not in {f.file for f in unheard}]
    if tasks and settings.speech.voice_model:
        voice_embedding.load(Path(settings.speech.voice_model).expanduser())
    remember_settings(out, settings)
    if pinned is not None:
        kept.remember(_MODEL, {"model": pinned.model, "reason": pinned.reason})
    ledger.keep(kept)
    _bring_up_to_date(kept, recordings, before, rubric)
    gone = [kept.forget(content_id) for content_id in superseded]
    failed = [*unheard, *_heard(possible, out, settings, jobs, engine, progress)]
    failures = [*found.failures, *failed]
    failures += _lost(found, recordings, kept.content_ids(), failures)
    place = str(folder.resolve())
    list_failures(kept, place, failures, settings)
    keep_attempts(kept, place, found.unrecorded, settings)
    moved = {one.date for one in (*before.values(), *gone) if one is not None}
    return Night(
        found=len(found.recordings) + len(found.failures),
        transcribed=len(tasks) - len(failed),
        scored=0,
        not_scored=0,
        review=0,
        failures=tuple(sorted(failures, key=lambda f: f.file)),
        dates=tuple(sorted({_date(r) for r in recordings} | moved)),
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


_MODEL = "model"
"""Where an output folder remembers which model was chosen for it."""


def _pinned(kept: Store, settings: Settings, progress: Progress) -> tuple[Settings, Choice | None]:
    """The settings with the model that ``auto`` stands for in this output folder, and the choice.

    What was chosen once stays, so that old nights are not heard again because a machine changed.
    Where none can be had it is the smallest, and whoever needs it is told of that.
    """
    if settings.asr.model != AUTO or settings.asr.backend != "whisper":
        return settings, None
    before = kept.remembered(_MODEL)
    try:
        choice = Choice(**before) if before else choose(settings.asr, progress.tell)
    except ConfigurationError:
        return _with_model(settings, AUTOMATIC[-1]), None
    progress.tell(f"语音模型：{choice.model}（{choice.reason}；这个结果文件夹一直用它）")
    return _with_model(settings, choice.model), choice


def _with_model(settings: Settings, model: str) -> Settings:
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


def _ways_out(asr: AsrSettings) -> str:
    """What is missing to hear with these settings, and what to do about it."""
    if asr.backend == "http":
        return (
            f"语音服务器 {asr.url} 用不了（见 callqa doctor）。出路：启动服务器，或改正 callqa.toml 里 "
            "[asr] 的 url、model、api_key；在录音旁放同名 .json 转写"
        )
    return (
        f"没有可用的语音模型 {asr.model}（见 callqa doctor）。出路：把模型放进 models/，"
        "或在 callqa.toml 的 [asr] 下写明 model 路径；设 HF_ENDPOINT 用镜像下载；"
        "在录音旁放同名 .json 转写"
    )


def _heard(
    tasks: Sequence[Task],
    out: Path,
    settings: Settings,
    jobs: int,
    engine: str,
    progress: Progress,
) -> list[Failure]:
    """Hear what is to be heard; the failures among it."""
    progress.begin("转写", len(tasks))
    failures = []
    for result in ENGINES[engine](tasks, out, settings, jobs):
        progress.step(result.file)
        if result.failure is not None:
            failures.append(result.failure)
    return failures


def _lost(
    found: Found, recordings: Iterable[Recording], kept: set[str], failures: Iterable[Failure]
) -> list[Failure]:
    """A failure for each file of the folder that is neither kept (``kept``: by content) nor listed.

    There should be none: this is what says so where a stage has a fault.
    """
    there = {r.file for r in recordings if r.content_id in kept} | {f.file for f in failures}
    message = "找到了这个文件，却既没有结果也没有失败原因：是程序的缺陷，请报告给维护者"
    return [
        Failure(file=file, stage="ingest", error="Lost", message=message)
        for file, under in found.files.items()
        if under not in there and file not in there
    ]


def _bring_up_to_date(
    kept: Store,
    recordings: Iterable[Recording],
    before: Mapping[str, Kept | None],
    rubric: str,
) -> None:
    """Put changed call records in place, without hearing their recordings again."""
    for recording in recordings:
        old = before[recording.content_id]
        if old is not None and (new := replace(old, recording=recording, rubric=rubric)) != old:
            kept.keep(new)


def _date(recording: Recording) -> str:
    started = recording.record.started_at
    return "" if started is None else started.date().isoformat()


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
    if recording.transcript_path is not None:
        brought = Path(recording.transcript_path).read_bytes()
        parts = [hashlib.sha256(brought).hexdigest(), settings.speech.model_dump_json()]
    else:
        asr = settings.asr.model_dump_json(exclude=HOW_NOT_WHAT)
        speech = settings.speech.model_dump_json()
        parts = [asr, model, speech, str(settings.call.turn_gap)]
    return hashlib.sha256("\n".join([HEARD, *parts]).encode()).hexdigest()[:16]


HOW_NOT_WHAT = {
    *("model", "device", "calls", "threads"),
    *("url", "api_key", "requests", "timeout_seconds", "retries"),
}
"""Settings that decide how fast speech is heard and not what; the model and its server are in the
backend's ``identity``."""


HEARD = "5"
"""Goes up when more is kept of a recording, or it is heard otherwise: 5, crosstalk by coherence."""


def remember_settings(out: Path, settings: Settings) -> None:
    """Note beside the transcripts which settings made them, for ``rescore`` and ``explain``."""
    Store(out, settings.timezone).remember(
        "settings", settings.model_dump(mode="json", by_alias=True)
    )


def settings_of(out: Path) -> Settings:
    """The settings that the last run over ``out`` used; ``ConfigurationError`` where none did."""
    state = Store(out, "UTC").remembered("settings")
    if not state:
        raise ConfigurationError(
            tr("{out} holds no transcripts; first run: callqa score DIR --out {out}", out=out)
        )
    try:
        return Settings.model_validate(state)
    except ValidationError as error:
        raise ConfigurationError(
            tr(
                "{out} was made by another version of callqa, whose settings this one does not know; "
                "first run: callqa score DIR --out {out}",
                out=out,
            )
        ) from error
