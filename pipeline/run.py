"""Wires the stages: one call isolated from the next, nothing done twice, nothing lost."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipeline import agents, store
from pipeline.asr import backend
from pipeline.detect import PARAMETERS, detect, rule_order
from pipeline.engines import ENGINES, Task
from pipeline.errors import ConfigurationError
from pipeline.ingest import find_recordings
from pipeline.phrases import PhraseSet
from pipeline.records import Call, Failure, Night, Recording, Role, ScoredCall, Status
from pipeline.resources import LEXICONS, RUBRICS
from pipeline.rubric import Rubric, load_rubric
from pipeline.score import Scheme, not_scored, score
from pipeline.settings import Settings
from pipeline.store import Kept, Store
from pipeline.text import Segmenter
from pipeline.timing import Cues, measure
from pipeline.turns import Assembly, assemble

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Progress(Protocol):
    """Who wants to know how far a run is."""

    def begin(self, stage: str, total: int) -> None:
        """A stage of ``total`` steps begins."""

    def step(self, what: str) -> None:
        """One step is done."""


@dataclass(frozen=True, kw_only=True)
class Judge:
    """A rubric made ready to score calls."""

    rubric: Rubric
    how: Assembly
    cues: Cues
    scheme: Scheme

    @classmethod
    def of(cls, rubric: Rubric, settings: Settings) -> Judge:
        """The judge for a rubric; ``ConfigurationError`` where it lacks a list that is needed."""
        rule_order(rubric)
        try:
            cues = Cues.of(rubric.lexicons)
            phrases = PhraseSet(rubric.lexicons["agent_phrases"].phrases)
        except KeyError as error:
            raise ConfigurationError(f"lexicons: no list {error.args[0]}.txt") from error
        how = Assembly(
            turn_gap=settings.call.turn_gap,
            segmenter=Segmenter(rubric.terms),
            agent_phrases=phrases,
            agent_channel=settings.call.agent_channel,
        )
        return cls(rubric=rubric, how=how, cues=cues, scheme=scheme_of(rubric))

    def judge(self, kept: Kept) -> ScoredCall:
        """A kept recording, scored."""
        call = assemble(kept.recording, kept.transcript, self.how)
        measures = measure(call, self.cues)
        reason = _cannot_be_judged(call, self.rubric.file.shortest_call)
        heard = bool(call.turns) and (not reason or not call.roles_known)
        findings = detect(call, measures, self.rubric, self.cues) if heard else []
        return ScoredCall(
            call=call,
            measures=measures,
            card=not_scored(reason, findings) if reason else score(findings, self.scheme),
            rubric=self.rubric.name,
            rubric_version=self.rubric.version,
        )


def scheme_of(rubric: Rubric) -> Scheme:
    """The numbers of a rubric, for the arithmetic."""
    return Scheme(
        mode=rubric.file.mode,
        sections={name: (s.title, s.cap) for name, s in rubric.file.sections.items()},
        caps={
            rule_id: rule.file.max_deduct
            for rule_id, rule in rubric.rules.items()
            if rule.file.max_deduct is not None
        },
        weights={rule_id: rule.file.weight for rule_id, rule in rubric.rules.items()},
        levels=[(level.name, level.at_least) for level in rubric.file.levels],
    )


def _cannot_be_judged(call: Call, shortest: float) -> str:
    """Why a call is not scored; empty where it is."""
    only_machine = bool(call.side(Role.IVR)) and not call.side(Role.CUSTOMER)
    reasons = (
        (call.record.answered is False, "未接通"),
        (call.duration < shortest, f"通话只有 {call.duration:.1f} 秒，短于 {shortest:g} 秒"),
        (not call.turns, "录音里没有人说话"),
        (not call.roles_known, "分不清哪一方是客服"),
        (not call.side(Role.AGENT), "录音里没有客服的声音"),
        (only_machine, "对方只有自动语音"),
    )
    return next((reason for applies, reason in reasons if applies), "")


def the_rubric(name: str | None, settings: Settings) -> Rubric:
    """The rubric asked for, else the settings' own."""
    return load_rubric(
        name or settings.rubric, kinds=PARAMETERS, rubrics=RUBRICS, lexicons=LEXICONS
    )


def transcribe(
    folder: Path, out: Path, settings: Settings, *, jobs: int, engine: str, progress: Progress
) -> Night:
    """Hear every recording of a folder that has not been heard yet, and keep it."""
    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is no folder")
    if engine not in ENGINES:
        raise ConfigurationError(f"no engine {engine!r}; there are {', '.join(sorted(ENGINES))}")
    found = find_recordings(folder, settings)
    kept = Store(out, settings.timezone)
    tasks = [t for r in found.recordings if (t := _task(r, folder, kept, settings)) is not None]
    if any(task.recording.transcript_path is None for task in tasks):
        backend(settings.asr).obtain(settings.asr.model)
    remember_settings(out, settings)
    progress.begin("转写", len(tasks))
    failures = list(found.failures)
    heard = 0
    for result in ENGINES[engine](tasks, out, settings, jobs):
        progress.step(result.file)
        if result.failure is None:
            heard += 1
        else:
            failures.append(result.failure)
    _list_failures(kept, folder, failures, settings)
    return Night(
        found=len(found.recordings) + len(found.failures),
        transcribed=heard,
        scored=0,
        not_scored=0,
        review=0,
        failures=tuple(sorted(failures, key=lambda f: f.file)),
        dates=tuple(sorted({_date(r) for r in found.recordings})),
    )


def _date(recording: Recording) -> str:
    started = recording.record.started_at
    return "" if started is None else started.date().isoformat()


def _task(recording: Recording, folder: Path, kept: Store, settings: Settings) -> Task | None:
    """What is to be done for a recording; None where it has been heard as it would be now.

    A call record that changed since is put in place without hearing the recording again.
    """
    with_what = _heard_with(recording, settings)
    before = kept.kept(recording.content_id)
    if before is None or before.heard_with != with_what:
        return Task(recording=recording, heard_with=with_what, folder=str(folder))
    if before.recording != recording:
        kept.keep(replace(before, recording=recording, folder=str(folder)))
    return None


def _heard_with(recording: Recording, settings: Settings) -> str:
    """A digest of everything that decides what is heard in a recording."""
    if recording.transcript_path is not None:
        brought = Path(recording.transcript_path).read_bytes()
        parts = [hashlib.sha256(brought).hexdigest(), settings.speech.model_dump_json()]
    else:
        asr = settings.asr.model_dump_json(
            include={"backend", "model", "beam_size", "clip_seconds"}
        )
        parts = [asr, settings.speech.model_dump_json(), str(settings.call.turn_gap)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def score_kept(
    out: Path,
    rubric: Rubric,
    settings: Settings,
    *,
    progress: Progress,
    dates: Sequence[str] | None = None,
) -> Night:
    """Score what is kept, date by date, each replaced whole; ``dates`` None: all of it."""
    kept = Store(out, settings.timezone)
    judge = Judge.of(rubric, settings)
    there = kept.dates()
    wanted = there if dates is None else [d for d in dates if d in there]
    for table in _DATED:
        for stale in set(kept.table_dates(table)) - set(there):
            kept.drop(table, stale)
    totals = {"scored": 0, "not_scored": 0, "review": 0}
    failures: list[Failure] = []
    for date in wanted:
        calls = list(kept.of_date(date))
        progress.begin(f"评分 {date}", len(calls))
        scored = []
        for one in calls:
            try:
                scored.append(judge.judge(one))
            except Exception as error:  # noqa: BLE001  one call's fault must not stop the night
                failures.append(_unexpected(one.recording.file, "score", error))
            progress.step(one.recording.file)
        _publish(kept, date, scored, judge, settings)
        totals["scored"] += sum(s.card.status is Status.SCORED for s in scored)
        totals["not_scored"] += sum(s.card.status is Status.NOT_SCORED for s in scored)
        totals["review"] += sum(s.card.review for s in scored)
    return Night(found=0, transcribed=0, failures=tuple(failures), dates=tuple(wanted), **totals)


_DATED = ("calls", "findings", "transcripts", "interruptions", "agents")


def _publish(
    kept: Store, date: str, scored: Iterable[ScoredCall], judge: Judge, settings: Settings
) -> None:
    ordered = sorted(scored, key=lambda s: (s.call.record.started_at, s.call.call_id))
    figures = agents.by_agent(map(agents.figures_of, ordered), judge.scheme.level)
    rows: dict[str, list[dict[str, Any]]] = {
        "calls": [store.call_row(s, settings.customer_key) for s in ordered],
        "findings": [row for s in ordered for row in store.finding_rows(s)],
        "transcripts": [row for s in ordered for row in store.transcript_rows(s)],
        "interruptions": [row for s in ordered for row in store.interruption_rows(s)],
        "agents": store.agent_rows(figures),
    }
    for table, own in rows.items():
        kept.write(table, date, own)


def find_call(out: Path, call_id: str, rubric: Rubric, settings: Settings) -> ScoredCall | None:
    """A kept call by its id, scored; None where there is none."""
    kept = Store(out, settings.timezone)
    judge = Judge.of(rubric, settings)
    for date in reversed(kept.dates()):
        for one in kept.of_date(date):
            if one.recording.record.call_id == call_id:
                return judge.judge(one)
    return None


def _list_failures(
    kept: Store, folder: Path, failures: Sequence[Failure], settings: Settings
) -> None:
    """Bring the list of failures up to date: what works now goes, what fails again stays."""
    now = datetime.now(settings.zone).replace(microsecond=0).isoformat()
    place = str(folder.resolve())
    before = kept.remembered("failures")
    here = before.get(place, {})
    listed = {
        f.file: {
            "stage": f.stage,
            "error": f.error,
            "message": f.message,
            "first_seen": here.get(f.file, {}).get("first_seen", now),
            "last_seen": now,
        }
        for f in sorted(failures, key=lambda f: f.file)
    }
    state = {**before, place: listed}
    if not listed:
        del state[place]
    if state or before:
        kept.remember("failures", state)
    _publish_failures(kept, state)


def _publish_failures(kept: Store, state: dict[str, Any]) -> None:
    by_date: dict[str, list[dict[str, Any]]] = {}
    for rows in state.values():
        for file, row in rows.items():
            clock = {n: datetime.fromisoformat(row[n]) for n in ("first_seen", "last_seen")}
            by_date.setdefault(row["first_seen"][:10], []).append({"file": file, **row, **clock})
    for stale in set(kept.table_dates("failures")) - set(by_date):
        kept.drop("failures", stale)
    for date, own in by_date.items():
        kept.write("failures", date, sorted(own, key=lambda r: str(r["file"])))


def _unexpected(file: str, stage: str, error: Exception) -> Failure:
    """A fault of callqa's own, listed like any other."""
    return Failure(
        file=file,
        stage=stage,
        error=type(error).__name__,
        message=f"程序出错，请把这一行发给维护者：{error}",
    )


def remember_settings(out: Path, settings: Settings) -> None:
    """Note beside the transcripts which settings made them, for ``rescore`` and ``explain``."""
    Store(out, settings.timezone).remember("settings", settings.model_dump(mode="json"))


def settings_of(out: Path) -> Settings:
    """The settings that the last run over ``out`` used; ``ConfigurationError`` where none did."""
    state = Store(out, "UTC").remembered("settings")
    if not state:
        raise ConfigurationError(
            f"{out} holds no transcripts; first run: callqa score DIR --out {out}"
        )
    return Settings.model_validate(state)
