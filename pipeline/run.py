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
from pipeline.records import (
    Call,
    Failure,
    Night,
    Recording,
    Role,
    Scorecard,
    ScoredCall,
    Status,
)
from pipeline.resources import LEXICONS, RUBRICS
from pipeline.rubric import Rubric, load_rubric
from pipeline.score import Scheme, not_scored, score
from pipeline.settings import Settings
from pipeline.store import Kept, Store
from pipeline.text import Segmenter
from pipeline.timing import Cues, measure
from pipeline.turns import Assembly, assemble

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


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
    folder: Path,
    out: Path,
    settings: Settings,
    *,
    rubric: str,
    jobs: int,
    engine: str,
    progress: Progress,
) -> Night:
    """Hear every recording of a folder that has not been heard yet, and keep it.

    Nothing is written before the folder, the engine and the speech model are known to be there.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is no folder")
    if engine not in ENGINES:
        raise ConfigurationError(f"no engine {engine!r}; there are {', '.join(sorted(ENGINES))}")
    found = find_recordings(folder, settings)
    kept = Store(out, settings.timezone)
    before = {r.content_id: kept.kept(r.content_id) for r in found.recordings}
    tasks = [
        Task(recording=r, heard_with=wanted, rubric=rubric)
        for r in found.recordings
        if (wanted := _heard_with(r, settings)) != getattr(before[r.content_id], "heard_with", "")
    ]
    if any(task.recording.transcript_path is None for task in tasks):
        backend(settings.asr).obtain(settings.asr.model)
    remember_settings(out, settings)
    _bring_up_to_date(kept, found.recordings, before, rubric)
    failed = _heard(tasks, out, settings, jobs, engine, progress)
    failures = [*found.failures, *failed]
    _list_failures(kept, str(folder.resolve()), failures, settings)
    moved = {one.date for one in before.values() if one is not None}
    return Night(
        found=len(found.recordings) + len(found.failures),
        transcribed=len(tasks) - len(failed),
        scored=0,
        not_scored=0,
        review=0,
        failures=tuple(sorted(failures, key=lambda f: f.file)),
        dates=tuple(sorted({_date(r) for r in found.recordings} | moved)),
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
    settings: Settings,
    *,
    progress: Progress,
    rubric: str | None = None,
    dates: Sequence[str] | None = None,
) -> Night:
    """Score what is kept, date by date, each replaced whole; ``dates`` None: all of it.

    Each call is scored against the rubric of its folder, unless another ``rubric`` is asked for.
    """
    kept = Store(out, settings.timezone)
    judges = Judges(settings, rubric)
    there = kept.dates()
    wanted = there if dates is None else [d for d in dates if d in there]
    for table in _DATED:
        for stale in set(kept.table_dates(table)) - set(there):
            kept.drop(table, stale)
    cards: list[Scorecard] = []
    failures: list[Failure] = []
    for date in wanted:
        scored, failed = _scored(list(kept.of_date(date)), judges, date, progress)
        _publish(kept, date, scored, judges, settings)
        cards += [one.card for one in scored]
        failures += failed
    _list_failures(kept, _SCORING, failures, settings)
    return Night(
        found=0,
        transcribed=0,
        scored=sum(card.status is Status.SCORED for card in cards),
        not_scored=sum(card.status is Status.NOT_SCORED for card in cards),
        review=sum(card.review for card in cards),
        failures=tuple(failures),
        dates=tuple(wanted),
    )


class Judges:
    """The judge of each rubric, made when it is first needed."""

    def __init__(self, settings: Settings, rubric: str | None = None) -> None:
        """``rubric``: the one for every call, whatever its folder's is."""
        self._settings = settings
        self._rubric = rubric
        self._judges: dict[str, Judge] = {}
        if rubric is not None:
            self.of(rubric)

    def of(self, name: str) -> Judge:
        """The judge for calls whose folder is scored against ``name``."""
        name = self._rubric or name
        if name not in self._judges:
            self._judges[name] = Judge.of(the_rubric(name, self._settings), self._settings)
        return self._judges[name]


def _scored(
    calls: Sequence[Kept], judges: Judges, date: str, progress: Progress
) -> tuple[list[ScoredCall], list[Failure]]:
    """The calls of a date, scored; one call's fault becomes its failure and stops no other."""
    progress.begin(f"评分 {date}", len(calls))
    scored, failures = [], []
    for one in calls:
        judge = judges.of(one.rubric)
        try:
            scored.append(judge.judge(one))
        except Exception as error:  # noqa: BLE001  one call's fault must not stop the night
            failures.append(_unexpected(one.recording.file, "score", error))
        progress.step(one.recording.file)
    return scored, failures


_SCORING = "scoring"
"""Where a call failed that had been heard well."""
_DATED = ("calls", "findings", "transcripts", "interruptions", "agents")


def _publish(
    kept: Store, date: str, scored: Iterable[ScoredCall], judges: Judges, settings: Settings
) -> None:
    """Write one date of every table; an agent's level is named by the rubric of the first call."""
    ordered = sorted(scored, key=lambda s: (s.call.record.started_at, s.call.call_id))
    levels = judges.of(ordered[0].rubric if ordered else settings.rubric).scheme.level
    figures = agents.by_agent(map(agents.figures_of, ordered), levels)
    rows: dict[str, list[dict[str, Any]]] = {
        "calls": [store.call_row(s, settings.customer_key) for s in ordered],
        "findings": [row for s in ordered for row in store.finding_rows(s)],
        "transcripts": [row for s in ordered for row in store.transcript_rows(s)],
        "interruptions": [row for s in ordered for row in store.interruption_rows(s)],
        "agents": store.agent_rows(figures),
    }
    for table, own in rows.items():
        kept.write(table, date, own)


def find_call(out: Path, call_id: str, settings: Settings, rubric: str | None) -> ScoredCall | None:
    """A kept call by its id, scored; None where there is none."""
    kept = Store(out, settings.timezone)
    for date in reversed(kept.dates()):
        for one in kept.of_date(date):
            if one.recording.record.call_id == call_id:
                return Judges(settings, rubric).of(one.rubric).judge(one)
    return None


def _list_failures(
    kept: Store, place: str, failures: Sequence[Failure], settings: Settings
) -> None:
    """Bring the list of failures of a place up to date: what works now goes, the rest stays."""
    now = datetime.now(settings.zone).replace(microsecond=0).isoformat()
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
    state = {name: rows for name, rows in {**before, place: listed}.items() if rows}
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
