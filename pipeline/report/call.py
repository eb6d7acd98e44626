"""What a call's page shows: its conversation, its findings, and how its score adds up."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.figures import agents
from pipeline.records import Outcome, Role, Status
from pipeline.report import timeline
from pipeline.report.tables import by_call, events
from pipeline.store.schema import (
    CallRow,
    FindingRow,
    HoldRow,
    InterruptionRow,
    SideRow,
    TranscriptRow,
)
from pipeline.text.alignment import aligned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.report.norms import Library, Norms
    from pipeline.store.files import Store


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch of a turn's text that looks alike: heard badly, quoted by a finding, or plain."""

    text: str
    unsure: float | None = None
    """The least probability of its words, where that is too low."""
    finding: int = 0


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A turn as it stands in the conversation."""

    row: TranscriptRow
    pieces: Sequence[Piece]
    findings: Sequence[int]
    """The numbers of the findings that point at it."""
    barged: InterruptionRow | None
    """The interruption of a turn that begins inside the customer's."""


def call_view(store: Store, date: str, library: Library) -> Iterator[dict[str, Any]]:
    """The context of each call's page of one date."""
    findings = by_call(store.read(FindingRow, date))
    turns = by_call(store.read(TranscriptRow, date))
    barged = by_call(store.read(InterruptionRow, date))
    holds = by_call(store.read(HoldRow, date))
    sides = by_call(store.read(SideRow, date))
    for call in store.read(CallRow, date):
        own = sorted(turns[call.call_id], key=lambda t: (t.start_s, t.turn))
        starts = {row.start_s: row for row in barged[call.call_id]}
        norms = library(call.rubric, call.rubric_version)
        found = findings[call.call_id]
        gaps = timeline.silences(own, events(found), holds[call.call_id], call.duration_s)
        agent = next((s for s in sides[call.call_id] if s.role == Role.AGENT), None)
        yield _view(call, found, own, gaps, starts, norms) | {"date": date, "agent_side": agent}


def _view(
    call: CallRow,
    findings: Sequence[FindingRow],
    turns: Sequence[TranscriptRow],
    gaps: Sequence[timeline.Mark],
    barged: Mapping[float, InterruptionRow],
    norms: Norms,
) -> dict[str, Any]:
    found = events(findings)
    spoken = _spoken(turns, found, barged, norms)
    return {
        "call": call,
        "norms": norms,
        "scored": call.status == Status.SCORED,
        "found": found,
        "quiet": {
            outcome: rows
            for outcome in (Outcome.NOT_MEASURABLE, Outcome.PASS, Outcome.NOT_APPLICABLE)
            if (rows := [f for f in findings if f.outcome == outcome])
        },
        "arithmetic": agents.arithmetic(call, findings),
        "lines": timeline.lines(turns, found, gaps, call.duration_s),
        "conversation": _conversation(spoken, gaps),
        "unsure": any(p.unsure is not None for s in spoken for p in s.pieces),
        "masked": any(turn.masked for turn in turns),
    }


def _conversation(spoken: Sequence[Spoken], gaps: Sequence[timeline.Mark]) -> list[dict[str, Any]]:
    """Turns and long silences in the order in which they happened."""
    items: list[tuple[float, dict[str, Any]]] = [
        *((s.row.start_s, {"turn": s}) for s in spoken),
        *((g.start, {"gap": g}) for g in gaps),
    ]
    return [item for _, item in sorted(items, key=lambda pair: pair[0])]


def _spoken(
    turns: Sequence[TranscriptRow],
    found: Sequence[FindingRow],
    barged: Mapping[float, InterruptionRow],
    norms: Norms,
) -> list[Spoken]:
    owners = _owners(found)
    return [
        Spoken(
            row=turn,
            pieces=_pieces(turn, owners.get(turn.turn, {}), norms.low_confidence),
            findings=sorted(owners.get(turn.turn, {})),
            barged=barged.get(turn.start_s) if turn.role == Role.AGENT else None,
        )
        for turn in turns
    ]


def _owners(found: Sequence[FindingRow]) -> dict[int, dict[int, str]]:
    """By turn: the numbers of the findings that point at it, each with its quote."""
    owners: dict[int, dict[int, str]] = {}
    for number, finding in enumerate(found, start=1):
        if finding.turn is not None:
            owners.setdefault(finding.turn, {})[number] = finding.quote
    return owners


def _pieces(turn: TranscriptRow, quotes: Mapping[int, str], unsure: float) -> list[Piece]:
    """The turn's text cut where its look changes."""
    text = turn.text
    finding = [0] * len(text)
    for number, quote in quotes.items():
        at = text.find(quote)
        # a finding about the whole turn marks its time, not its words; one over a border has both
        if at >= 0 and len(quote) < len(text):
            finding[at : at + len(quote)] = [number] * len(quote)
    badly = _badly_heard(turn, unsure)
    cuts = [0, *(i for i in range(1, len(text)) if _changes(finding, badly, i)), len(text)]
    return [
        Piece(text=text[a:b], unsure=badly.get(a), finding=finding[a])
        for a, b in itertools.pairwise(cuts)
        if a < b
    ]


def _changes(finding: Sequence[int], badly: Mapping[int, float], at: int) -> bool:
    return finding[at] != finding[at - 1] or badly.get(at) != badly.get(at - 1)


def _badly_heard(turn: TranscriptRow, unsure: float) -> dict[int, float]:
    """The probability of each character of the text that belongs to a badly heard word."""
    badly: dict[int, float] = {}
    places = aligned(turn.text, [word.text for word in turn.words])
    for word, place in zip(turn.words, places, strict=True):
        if place is not None and word.probability is not None and word.probability < unsure:
            badly.update(dict.fromkeys(range(*place), word.probability))
    return badly
