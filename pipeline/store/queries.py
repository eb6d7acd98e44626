"""What is asked of the tables for pages, workbook and the served application: the one place that reads.

Every question is about one date, and reads the columns and rows that it is about, so that a month of
ten thousand calls a night never has to lie in memory. What a date holds is a publication's.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from pipeline.judging.reviewed import WHOLE, left_out
from pipeline.records import Outcome, Role, Severity
from pipeline.store.parts import (
    CallContact,
    CallInSession,
    CallScore,
    FindingOutcome,
    FindingPoints,
    TurnSaid,
    TurnText,
)
from pipeline.store.schema import (
    AnswerRow,
    AttemptRow,
    CallRow,
    FailureRow,
    FindingRow,
    HoldRow,
    InterruptionRow,
    RatingRow,
    ReviewRow,
    SampleRow,
    SideRow,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pipeline.store.columns import Row
    from pipeline.store.files import Store

EVENTS = (Outcome.VIOLATION, Outcome.REVIEW)
"""What a call is charged with, or what a person has to decide."""
_COUNTED = (Outcome.VIOLATION, Outcome.PASS)
_GRAVITY = {Severity.CRITICAL: 0, Severity.MAJOR: 1, Severity.MINOR: 2}


class OfCall(Protocol):
    """A row that belongs to a call."""

    @property
    def call_id(self) -> str:
        """The call."""


C = TypeVar("C", bound=OfCall)
R = TypeVar("R", bound="Row")


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """Everything that was heard in one call, and everything that was found in it."""

    call: CallRow
    findings: list[FindingRow]
    turns: list[TurnSaid]
    interruptions: list[InterruptionRow]
    holds: list[HoldRow]
    sides: list[SideRow]
    reviews: list[ReviewRow]
    answers: list[AnswerRow]
    sessions: list[str]
    """The calibration sessions that it is in: no mean is made of it then."""


@dataclass(frozen=True)
class Query:
    """Questions about one output folder."""

    store: Store

    @property
    def dates(self) -> list[str]:
        """The dates of which there is a call, recorded or tried, or a file that failed."""
        tables: tuple[type[Row], ...] = (CallRow, AttemptRow, FailureRow)
        return sorted({date for row in tables for date in self.store.table_dates(row)})

    @property
    def called(self) -> list[str]:
        """The dates of which there is a call, recorded or tried."""
        tables: tuple[type[Row], ...] = (CallRow, AttemptRow)
        return sorted({date for row in tables for date in self.store.table_dates(row)})

    def calls(self, date: str, agents: Collection[str] | None = None) -> list[CallRow]:
        """The calls of a date, all or of these agents."""
        return self.store.read(CallRow, date, _among("agent_id", agents))

    def events(
        self, date: str, agents: Collection[str] | None = None
    ) -> dict[str, list[FindingRow]]:
        """By call: its violations and reviews, by start; a call without any has an empty list."""
        return self._events(date, {"outcome": EVENTS, **(_among("agent_id", agents) or {})})

    def _events(
        self, date: str, where: Mapping[str, Collection[str]]
    ) -> dict[str, list[FindingRow]]:
        found = by_call(self.store.read(FindingRow, date, where))
        return defaultdict(list, {call: in_order(own) for call, own in found.items()})

    def calls_of(self, date: str, call_ids: Collection[str]) -> list[CallRow]:
        """These calls of a date."""
        return self.store.read(CallRow, date, {"call_id": call_ids})

    def events_of(self, date: str, call_ids: Collection[str]) -> dict[str, list[FindingRow]]:
        """By call: the violations and reviews of these calls of a date."""
        where: dict[str, Collection[str]] = {"outcome": EVENTS, "call_id": call_ids}
        return self._events(date, where)

    def points(self, date: str) -> dict[str, list[FindingPoints]]:
        """By call: what goes into figures of its violations and of the rules that it passed."""
        return by_call(self.store.read(FindingPoints, date, {"outcome": _COUNTED}))

    def turns(self, date: str, call_ids: Collection[str]) -> dict[str, list[TurnText]]:
        """By call: the agent's turns in these calls."""
        where = {"call_id": call_ids, "role": (Role.AGENT,)}
        return by_call(self.store.read(TurnText, date, where))

    def attempts(self, date: str) -> list[AttemptRow]:
        """The calls that were not recorded."""
        return self.store.read(AttemptRow, date)

    def in_sessions(self, date: str) -> dict[str, list[str]]:
        """The calls of a date that raters were given in calibration sessions, and in which."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in self.store.read(CallInSession, date):
            if row.session and row.session not in found[row.call_id]:
                found[row.call_id].append(row.session)
        return {call_id: own for call_id, own in found.items() if own}

    def calls_excluded(self, date: str) -> set[str]:
        """The calls of a date that people said not to count."""
        whole: dict[str, Collection[str]] = {"verdict": WHOLE}
        return left_out(self.store.read(ReviewRow, date, whole))

    def ratings(self) -> list[RatingRow]:
        """What people said of calls in calibration sessions, and their scores of whole calls."""
        return [
            r
            for date in self.store.table_dates(RatingRow)
            for r in self.store.read(RatingRow, date)
        ]

    def reviews(self) -> list[ReviewRow]:
        """People's verdicts."""
        return [
            r
            for date in self.store.table_dates(ReviewRow)
            for r in self.store.read(ReviewRow, date)
        ]

    def answers(self, date: str) -> list[AnswerRow]:
        """What inspectors answered to the house's own questions about the calls of a date."""
        return self.store.read(AnswerRow, date)

    def calls_drawn(self) -> list[SampleRow]:
        """The calls that were drawn for people to look at, and how likely each was to be."""
        dates = self.store.table_dates(SampleRow)
        return [r for d in dates for r in self.store.read(SampleRow, d, {"drawn": (True,)})]

    def outcomes(self, call_ids: Collection[str]) -> list[FindingOutcome]:
        """What the rules came to in these calls."""
        where = {"call_id": call_ids}
        dates = {date for date, _ in self.scores(call_ids)}
        return [r for date in sorted(dates) for r in self.store.read(FindingOutcome, date, where)]

    def contacts(self, date: str) -> list[CallContact]:
        """The recorded calls as contacts."""
        return self.store.read(CallContact, date)

    def failures(self, date: str) -> list[FailureRow]:
        """The files that could not be used, under the date on which they were first met."""
        return self.store.read(FailureRow, date)

    def scores(self, call_ids: Collection[str]) -> list[tuple[str, CallScore]]:
        """These calls' scores, each with its date; a call that nobody knows is left out."""
        if not call_ids:
            return []
        where = {"call_id": call_ids}
        return [
            (date, row)
            for date in self.store.table_dates(CallScore)
            for row in self.store.read(CallScore, date, where)
        ]

    def conversations(
        self, date: str, call_ids: Collection[str] | None = None
    ) -> list[Conversation]:
        """All that there is of the calls of a date, or of these of them."""
        where = _among("call_id", call_ids)
        findings = by_call(self.store.read(FindingRow, date, where))
        turns = by_call(self.store.read(TurnSaid, date, where))
        barged = by_call(self.store.read(InterruptionRow, date, where))
        holds = by_call(self.store.read(HoldRow, date, where))
        sides = by_call(self.store.read(SideRow, date, where))
        reviews = by_call(self.store.read(ReviewRow, date, where))
        answers = by_call(self.store.read(AnswerRow, date, where))
        sessions = self.in_sessions(date)
        return [
            Conversation(
                call=call,
                findings=findings[call.call_id],
                turns=sorted(turns[call.call_id], key=lambda t: (t.start_s, t.turn)),
                interruptions=barged[call.call_id],
                holds=holds[call.call_id],
                sides=sides[call.call_id],
                reviews=reviews[call.call_id],
                answers=answers[call.call_id],
                sessions=sessions.get(call.call_id, []),
            )
            for call in self.store.read(CallRow, date, where)
        ]


def _among(column: str, values: Collection[str] | None) -> Mapping[str, Collection[str]] | None:
    return None if values is None else {column: values}


def by_call(rows: Iterable[C]) -> dict[str, list[C]]:
    """Rows of any table by their call; a call without rows has an empty list."""
    grouped: dict[str, list[C]] = defaultdict(list)
    for row in rows:
        grouped[row.call_id].append(row)
    return grouped


def in_order(findings: Iterable[FindingRow]) -> list[FindingRow]:
    """The violations and reviews among findings, by start; what points nowhere comes first."""
    pointed = [f for f in findings if f.outcome in EVENTS]
    return sorted(pointed, key=lambda f: (f.start_s or 0.0, f.rule_id))


def gravest(found: Iterable[FindingRow]) -> list[FindingRow]:
    """Events as a person should look at them: the gravest first, then violations, then by time."""
    return sorted(
        found,
        key=lambda f: (_GRAVITY[f.severity], f.outcome != Outcome.VIOLATION, f.start_s or 0.0),
    )
