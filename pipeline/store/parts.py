"""Some columns of a table, for readers that would wait for the others.

A part has fields of its table's row, under the same names and of the same types.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pipeline.records import Outcome, Reason, Role, Status
from pipeline.store.columns import Row, columns
from pipeline.store.schema import TABLES, MaskedPlace, TurnWord


@dataclass(frozen=True, kw_only=True, slots=True)
class CallFile(Row):
    """Which recording a call is."""

    TABLE: ClassVar[str] = "calls"

    call_id: str
    file: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CallWhose(Row):
    """Whose a call is, and when it began."""

    TABLE: ClassVar[str] = "calls"

    call_id: str
    agent_id: str
    agent_name: str
    team: str
    file: str
    started_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CallContact(Row):
    """What a call was as a contact: whose, when, and why it may not be scored."""

    TABLE: ClassVar[str] = "calls"

    call_id: str
    team: str
    direction: str
    queue: str
    shift: str
    customer_key: str
    started_at: datetime | None
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CallTimes(Row):
    """When a customer's call began, and how long it was."""

    TABLE: ClassVar[str] = "calls"

    call_id: str
    customer_key: str
    direction: str
    started_at: datetime | None
    duration_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CallScore(Row):
    """A call's score, and whose it is."""

    TABLE: ClassVar[str] = "calls"

    call_id: str
    agent_id: str
    agent_name: str
    started_at: datetime | None
    score: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CallDrawn(Row):
    """What decides whether people look at a call."""

    TABLE: ClassVar[str] = "calls"

    call_id: str
    agent_id: str
    agent_name: str
    team: str
    status: Status
    score: float | None
    vetoed: bool
    duration_s: float
    asr_confidence: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingAsked(Row):
    """A finding as a person is asked about it."""

    TABLE: ClassVar[str] = "findings"

    call_id: str
    rule_id: str
    outcome: Outcome
    turn: int | None
    start_s: float | None
    quote: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingOutcome(Row):
    """What a rule came to in a call."""

    TABLE: ClassVar[str] = "findings"

    call_id: str
    rule_id: str
    outcome: Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingPlace(Row):
    """Where a finding lies, and what it says."""

    TABLE: ClassVar[str] = "findings"

    call_id: str
    rule_id: str
    turn: int | None
    start_s: float | None
    end_s: float | None
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CallInSession(Row):
    """That a call was rated, and in which calibration session."""

    TABLE: ClassVar[str] = "ratings"

    session: str
    call_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentSeen(Row):
    """That an agent had calls."""

    TABLE: ClassVar[str] = "agents"

    agent_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CallStanding(Row):
    """Whether a call needs a person."""

    TABLE: ClassVar[str] = "calls"

    call_id: str
    status: Status
    vetoed: bool
    review: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingReason(Row):
    """What a finding was decided by."""

    TABLE: ClassVar[str] = "findings"

    reason: Reason | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingPoints(Row):
    """What a finding says of its rule, and what it cost."""

    TABLE: ClassVar[str] = "findings"

    call_id: str
    rule_id: str
    section: str
    outcome: Outcome
    points: float


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnText(Row):
    """A turn without its words and tokens."""

    TABLE: ClassVar[str] = "transcripts"

    call_id: str
    role: Role
    start_s: float
    end_s: float
    text: str
    characters: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnSaid(Row):
    """A turn as a page shows it: without its segmentation."""

    TABLE: ClassVar[str] = "transcripts"

    call_id: str
    turn: int
    role: Role
    start_s: float
    end_s: float
    text: str
    words: tuple[TurnWord, ...]
    masked: tuple[MaskedPlace, ...] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnMasked(Row):
    """What is masked in a turn."""

    TABLE: ClassVar[str] = "transcripts"

    call_id: str
    masked: tuple[MaskedPlace, ...] | None


PARTS: tuple[type[Row], ...] = (
    *(CallFile, CallWhose, CallContact, CallTimes, CallScore, CallStanding, CallDrawn),
    *(CallInSession, AgentSeen, FindingAsked, FindingReason, FindingOutcome, FindingPlace),
    *(FindingPoints, TurnText, TurnSaid, TurnMasked),
)


def check(part: type[Row]) -> None:
    """Raise ``TypeError`` for a field that its table's row does not have just so."""
    whole = {one.name: (one.kind, one.optional) for one in columns(TABLES[part.TABLE])}
    for one in columns(part):
        if whole.get(one.name) != (one.kind, one.optional):
            raise TypeError(f"{part.__name__}.{one.name} is no column of {part.TABLE}")


for _part in PARTS:
    check(_part)
