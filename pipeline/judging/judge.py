"""A rubric made ready to score calls: assemble, measure, detect, score."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from pipeline.conversation.cues import Cues
from pipeline.conversation.timing import measure
from pipeline.conversation.turns import Assembly, assemble
from pipeline.detect import PARAMETERS, detect
from pipeline.detect.history import NOTHING, History
from pipeline.errors import ConfigurationError
from pipeline.judging.answers import NOTHING_KNOWN, Answers, Known
from pipeline.judging.reviewed import apply_reviews, charges
from pipeline.judging.score import Scheme, not_scored, score
from pipeline.messages import tr
from pipeline.records import (
    Call,
    Finding,
    Measures,
    Outcome,
    Reason,
    Recording,
    Role,
    ScoredCall,
    Severity,
    Transcript,
)
from pipeline.resources import RuleFiles, rule_files
from pipeline.rubric.load import Rubric, load_rubric
from pipeline.settings import rubric_asked_for
from pipeline.text.phrases import PhraseSet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.records import Review
    from pipeline.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What was seen of a call, before any points; ``reason``: why it cannot be scored, or nothing."""

    measures: Measures
    findings: Sequence[Finding]
    reason: str


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
        cues = check(rubric)
        phrases = PhraseSet(rubric.lexicons["agent_phrases"].phrases, index=rubric.index)
        how = Assembly(
            turn_gap=settings.call.turn_gap,
            agent_phrases=phrases,
            agent_channel=settings.call.agent_channel,
            machine=PhraseSet.of(rubric.lexicons["machine"], rubric.index),
            shift_of=settings.shift_of,
        )
        return cls(rubric=rubric, how=how, cues=cues, scheme=scheme_of(rubric))

    @cached_property
    def answers(self) -> Answers:
        """How what the rules say is kept."""
        return Answers.of(self.rubric)

    @cached_property
    def arithmetic(self) -> str:
        """What tells how findings come to points, and to rows, from any other way."""
        shares = {rule_id: rule.file.shares for rule_id, rule in self.rubric.rules.items()}
        return repr((self.rubric.name, self.scheme, charges(self.rubric.rules), shares))

    def assemble(self, recording: Recording, transcript: Transcript) -> Call:
        """The call on a recording: sides and turns."""
        return assemble(recording, transcript, self.how)

    def judge(self, call: Call, history: History = NOTHING) -> ScoredCall:
        """A call, scored; ``history`` holds the customer's other calls."""
        return self.with_score(call, self.look(call, history))

    def look(self, call: Call, history: History = NOTHING, known: Known = NOTHING_KNOWN) -> Looked:
        """What the rules say of a call, and its figures; what is ``known`` of it is not asked again."""
        measures = known.measures or measure(call, self.cues)
        reason = _why_not_scored(call, self.rubric.file.shortest_call)
        heard = bool(call.turns) and (not reason or not call.roles_known)
        findings: list[Finding] = []
        if heard:
            findings = detect(call, measures, self.rubric, self.cues, history, known.findings)
        if call.by_voice:
            findings = [_no_veto(finding) for finding in findings]
        return Looked(measures=measures, findings=findings, reason=reason)

    def with_score(self, call: Call, looked: Looked) -> ScoredCall:
        """A call that was looked at, scored."""
        reason, findings = looked.reason, looked.findings
        card = not_scored(reason, findings) if reason else score(findings, self.scheme)
        return ScoredCall(
            call=call,
            measures=looked.measures,
            card=card,
            rubric=self.rubric.name,
            rubric_version=self.rubric.version,
            final=card.score,
        )

    def with_reviews(self, scored: ScoredCall, reviews: Sequence[Review]) -> ScoredCall:
        """A call that was scored here, with people's verdicts on it."""
        return apply_reviews(scored, reviews, self.scheme, self.rubric.rules)


def check(rubric: Rubric) -> Cues:
    """What calls are listened to for, by the rubric's lists.

    Raises ``ConfigurationError`` for what no rule's file shows alone: rules that wait for each other
    in a circle, and a list that is needed and not there.
    """
    try:
        _ = rubric.order, rubric.lexicons["agent_phrases"], rubric.lexicons["machine"]
        return Cues.of(rubric.lexicons, rubric.index)
    except KeyError as error:
        raise ConfigurationError(tr("lexicons: no list {name}.txt", name=error.args[0])) from error


def _no_veto(finding: Finding) -> Finding:
    """A finding in a call whose sides only their voices tell apart: what would veto goes to review."""
    grave = finding.severity is Severity.CRITICAL and finding.outcome is Outcome.VIOLATION
    if not grave:
        return finding
    message = f"{finding.message}（单声道录音按音色分人，需人工确认是谁说的）"
    return replace(
        finding, outcome=Outcome.REVIEW, message=message, reason=Reason.BY_VOICE, deduct=0.0
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
        titles={rule_id: rule.file.title for rule_id, rule in rubric.rules.items()},
        weights={rule_id: rule.file.weight for rule_id, rule in rubric.rules.items()},
        levels=[(level.name, level.at_least) for level in rubric.file.levels],
    )


def _why_not_scored(call: Call, shortest: float) -> str:
    """Why a call is not scored; empty where it is."""
    agents_channel = {turn.channel for turn in call.side(Role.AGENT)}
    machines = [
        t for t in call.side(Role.IVR) if t.channel is None or t.channel not in agents_channel
    ]
    only_machine = bool(machines) and not call.side(Role.CUSTOMER)
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
    """The rubric asked for, else the settings' own, of the house's rules where it has its own.

    One that is asked for again is only read again where a file has changed.
    """
    files, wanted = rule_files(settings.rules), rubric_asked_for(name, settings)
    if wanted.endswith(".yml"):  # it brings the files beside it
        return load_rubric(wanted, kinds=PARAMETERS, files=files)
    return _read(wanted, settings.rules, _states(files))


@lru_cache(maxsize=16)
def _read(name: str, own: Path | None, _states: tuple[tuple[str, int, int], ...]) -> Rubric:
    return load_rubric(name, kinds=PARAMETERS, files=rule_files(own))


def _states(files: RuleFiles) -> tuple[tuple[str, int, int], ...]:
    """Each file with its time and size."""
    every = (*files.rubrics.values(), *files.rules.values(), *files.lexicons.values())
    found = ((str(path), path.stat()) for path in every)
    return tuple((path, state.st_mtime_ns, state.st_size) for path, state in found)


class Judges:
    """The judge of each rubric, made when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        """``settings`` say whose rules they judge by."""
        self.settings = settings
        self._judges: dict[str, Judge] = {}

    def of(self, name: str) -> Judge:
        """The judge for calls whose folder is scored against ``name``."""
        if name not in self._judges:
            self._judges[name] = Judge.of(the_rubric(name, self.settings), self.settings)
        return self._judges[name]
