"""Rows of calls that never were, written through the store as a run writes them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pipeline.figures import agents
from pipeline.figures.rows import agent_rows
from pipeline.judging.judge import the_rubric
from pipeline.records import Judgement, Outcome, Role, Severity, Status, Verdict
from pipeline.report import write_reports
from pipeline.settings import Settings
from pipeline.store.files import Store
from pipeline.store.parts import TurnSaid
from pipeline.store.schema import (
    AgentRow,
    AttemptRow,
    CallRow,
    FailureRow,
    FindingRow,
    InterruptionRow,
    RatingRow,
    ReviewRow,
    TranscriptRow,
)
from pipeline.text.normal import spoken_characters

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.rubric.load import Rubric
    from pipeline.settings import Mean

SETTINGS = Settings()
RUBRIC = "gas-hotline"
ZONE = ZoneInfo(SETTINGS.timezone)


class Quiet:
    """Nobody watches the progress."""

    def begin(self, stage: str, total: int) -> None:
        """A stage begins."""

    def step(self, what: str, *, failed: bool = False) -> None:
        """A step is done."""

    def tell(self, line: str) -> None:
        """Something to know."""


@cache
def rubric(name: str) -> Rubric:
    """A rubric by its name."""
    return the_rubric(name, SETTINGS)


def report(out: Path, dates: Sequence[str] | None = None, mean: Mean = "machine") -> Path:
    """Write the reports, means made of the one score or the other; the folder they are in."""
    how = SETTINGS.report.model_copy(update={"mean": mean})
    settings = SETTINGS.model_copy(update={"report": how})
    write_reports(out, settings, progress=Quiet(), dates=dates)
    return out / "reports"


def call(call_id: str, date: str = "2026-11-20", **own: Any) -> CallRow:
    """A ``calls`` row: a flawless call of half a minute."""
    usual = CallRow(
        call_id=call_id,
        agent_id="0008",
        agent_name="李静",
        team="一组",
        shift="",
        direction="inbound",
        queue="",
        customer_key="",
        started_at=datetime.fromisoformat(f"{date}T09:00:00").replace(tzinfo=ZONE),
        duration_s=30.0,
        channels=2,
        audio_notes=(),
        file=f"{date}/{call_id}.wav",
        rubric=RUBRIC,
        rubric_version=rubric(RUBRIC).version,
        status=Status.SCORED,
        reason="",
        score=100.0,
        score_final=100.0,
        level="优秀",
        vetoed=False,
        review=False,
        rate_turn=190.0,
        rate_voiced=200.0,
        interruptions=0,
        overlap_s=0.0,
        agent_talk_s=10.0,
        customer_talk_s=10.0,
        silence_s=10.0,
        hold_s=0.0,
        unrecognised_s=0.0,
        dated_by_file=False,
        asr_model="transcript",
        asr_confidence=0.9,
        tags=(),
    )
    return replace(usual, **({"score_final": own["score"]} if "score" in own else {}) | own)


def moment(date: str, clock: str) -> dict[str, Any]:
    """When a call began, and so its shift: ``clock`` is local, 09:00."""
    at = datetime.fromisoformat(f"{date}T{clock}:00").replace(tzinfo=ZONE)
    return {"started_at": at, "shift": SETTINGS.shift_of(at)}


def attempt(call_id: str = "", date: str = "2026-11-20", **own: Any) -> AttemptRow:
    """An ``attempts`` row: a call to the centre that nobody answered."""
    usual = AttemptRow(
        call_id=call_id,
        agent_id="",
        agent_name="",
        team="",
        direction="inbound",
        queue="",
        customer_key="",
        **moment(date, "09:30"),
        ring_seconds=20.0,
        answered=False,
        ended_by="customer",
    )
    return replace(usual, **own)


def missed(number: int, **own: Any) -> list[AttemptRow]:
    """So many inbound calls that nobody answered."""
    return [attempt(f"m{n}", **own) for n in range(number)]


def finding(call_id: str, rule_id: str = "wording.quarrel", **own: Any) -> FindingRow:
    """A ``findings`` row: a violation of 5 points at 12.5 s."""
    usual = FindingRow(
        call_id=call_id,
        agent_id="0008",
        rule_id=rule_id,
        kind="phrase",
        section="wording",
        severity=Severity.MINOR,
        outcome=Outcome.VIOLATION,
        points=-5.0,
        deduct=None,
        reason=None,
        turn=None,
        start_s=12.5,
        end_s=14.0,
        role=Role.AGENT,
        quote="随便你",
        message="斗气语",
        source="G 3",
        confidence=0.9,
    )
    return replace(usual, **own)


def verdict(call_id: str, said: Verdict, **own: Any) -> ReviewRow:
    """A ``reviews`` row: what a person said of the usual finding."""
    usual = ReviewRow(
        call_id=call_id,
        agent_id="0008",
        rule_id="wording.quarrel",
        kind="phrase",
        turn=None,
        verdict=said,
        reviewer="甲",
        reason="",
        comment="",
        at=None,
        outcome=Outcome.VIOLATION,
        quote="随便你",
    )
    return replace(usual, **own)


def rating(call_id: str, rater: str, value: Judgement | None = None, **own: Any) -> RatingRow:
    """A ``ratings`` row: what a rater said of the usual rule in a session."""
    usual = RatingRow(
        session="w47",
        asked_at=datetime(2026, 11, 20, 12, tzinfo=ZONE),
        call_id=call_id,
        rater=rater,
        expert=False,
        rule_id="wording.quarrel",
        value=value,
        score=None,
    )
    return replace(usual, **own)


def turn(
    call_id: str, number: int, start: float, end: float, text: str, **own: Any
) -> TranscriptRow:
    """A ``transcripts`` row of the agent."""
    usual = TranscriptRow(
        call_id=call_id,
        turn=number,
        role=Role.AGENT,
        channel=0,
        start_s=start,
        end_s=end,
        tokens=(),
        text=text,
        words=(),
        confidence=0.9,
        voiced_s=end - start,
        characters=spoken_characters(text),
        masked=(),
    )
    return replace(usual, **own)


def said(number: int, start: float, end: float, text: str = "好", **own: Any) -> TurnSaid:
    """A turn as a page shows it."""
    row = turn("c", number, start, end, text, **own)
    names = [field.name for field in fields(TurnSaid)]
    return TurnSaid(**{name: getattr(row, name) for name in names})


@dataclass
class Tables:
    """What one date of the tables holds."""

    calls: list[CallRow]
    findings: list[FindingRow] = field(default_factory=list)
    turns: list[TranscriptRow] = field(default_factory=list)
    interruptions: list[InterruptionRow] = field(default_factory=list)
    attempts: list[AttemptRow] = field(default_factory=list)
    reviews: list[ReviewRow] = field(default_factory=list)
    ratings: list[RatingRow] = field(default_factory=list)

    def write(self, out: Path, date: str = "2026-11-20") -> None:
        """Publish them under a date, with their agents' figures."""
        store = Store(out, SETTINGS.timezone)
        store.write(CallRow, date, self.calls)
        store.write(FindingRow, date, self.findings)
        store.write(TranscriptRow, date, self.turns)
        store.write(InterruptionRow, date, self.interruptions)
        if self.reviews:
            store.write(ReviewRow, date, self.reviews)
        if self.ratings:
            store.write(RatingRow, date, self.ratings)
        if self.attempts:
            store.write(AttemptRow, date, self.attempts)
        found = defaultdict(list)
        for row in self.findings:
            found[row.call_id].append(row)
        store.keep_rubric(rubric(RUBRIC))
        norms = rubric(RUBRIC).file
        caps = {name: section.cap for name, section in norms.sections.items()}
        figures = [agents.figures_of_rows(c, found[c.call_id], caps) for c in self.calls]

        def level(score: float) -> str:
            return next(one.name for one in norms.levels if score >= one.at_least)

        store.write(AgentRow, date, agent_rows(agents.by_agent(figures, level)))


def failure(file: str, message: str) -> FailureRow:
    """A ``failures`` row."""
    seen = datetime(2026, 11, 20, 2, tzinfo=ZONE)
    return FailureRow(
        file=file,
        stage="audio",
        error="AudioError",
        message=message,
        first_seen=seen,
        last_seen=seen,
    )
